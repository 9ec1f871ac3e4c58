//! Lights, photometric, with every random choice made.

use glam::Vec3;
use serde::{Deserialize, Serialize};

use super::ids::EnvironmentId;
use super::pose::Pose;

/// One light of one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    pub name: String,
    #[serde(flatten)]
    pub kind: LightKind,
    /// Linear sRGB, scaled to luminance 1 (see [`super::color::blackbody_rgb`]).
    pub color: [f32; 3],
    pub casts_shadow: bool,
}

/// Shape and strength; positions and directions in the world frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LightKind {
    Point {
        position_m: Vec3,
        candela: f32,
    },
    /// Full strength inside `inner_rad` of the axis, none outside `outer_rad`, smooth between.
    Spot {
        position_m: Vec3,
        /// Unit, the way the light travels.
        direction: Vec3,
        candela: f32,
        inner_rad: f32,
        outer_rad: f32,
    },
    Directional {
        /// Unit, the way the light travels.
        direction: Vec3,
        /// Illuminance of a surface that faces the light.
        lux: f32,
        /// Angle its disk spans, radians; 0: none, shadows are sharp.
        #[serde(default, skip_serializing_if = "is_zero")]
        angular_diameter_rad: f32,
    },
    /// Spans ±`half_size_m` in the light's own X and Y, shines along its −Z.
    Rect {
        world_from_light: Pose,
        half_size_m: [f32; 2],
        /// Luminance, cd/m²: flux / (π · area) of a Lambertian panel.
        nits: f32,
    },
    /// Light from all around: `sky` from above, `ground` from below, blended by the cosine.
    /// Blocked by what stands nearer than `reach_m`.
    Ambient {
        /// Luminance from straight above, cd/m².
        sky_nits: f32,
        /// Luminance from straight below, cd/m².
        ground_nits: f32,
        reach_m: f32,
    },
    /// A clear sky above, the ground it lights below: [`super::atmosphere`]. Without the sun's
    /// disk, which is a light of its own.
    Sky {
        /// Unit.
        towards_sun: Vec3,
        /// Optical depth of air and haze by that of air alone, ≥ 1.
        turbidity: f32,
        /// Share of light that the ground reflects, 0 … 1.
        ground_albedo: f32,
        /// Factor on its luminance.
        scale: f32,
    },
    /// Surroundings at infinite distance, from a picture.
    EnvironmentMap {
        map: EnvironmentId,
        /// Turn about world Z, counter-clockwise seen from above; see
        /// [`EnvironmentMap`](crate::scene::environment::EnvironmentMap).
        rotation_rad: f32,
        /// Luminance of a pixel of luminance 1, cd/m².
        nits_per_unit: f32,
    },
}

fn is_zero(x: &f32) -> bool {
    *x == 0.0
}
