//! Lights, photometric, with every random choice made.

use glam::Vec3;
use serde::{Deserialize, Serialize};

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
}
