//! Lights prepared for shading: colours multiplied out, rectangles as corners.

mod lanes;

use std::f32::consts::FRAC_PI_2;

use glam::Vec3;

use super::bsdf::turn;
use super::environment::Environment;
use crate::base::light::{Light, LightKind};

/// All lights of a frame, by how they are shaded.
#[derive(Default)]
pub struct LightSet {
    /// Lights without size: hard shadows, one ray each.
    pub deltas: Vec<DeltaLight>,
    pub rects: Vec<RectLight>,
    /// Ambient lights, skies and panoramas.
    pub environment: Environment,
}

/// A light without size.
pub struct DeltaLight {
    pub kind: DeltaKind,
    pub casts_shadow: bool,
}

/// Intensities in cd or lux, by colour.
pub enum DeltaKind {
    Point {
        position: Vec3,
        candela: Vec3,
    },
    Spot {
        position: Vec3,
        direction: Vec3,
        candela: Vec3,
        cos_inner: f32,
        cos_outer: f32,
    },
    Directional {
        /// Towards the light.
        towards: Vec3,
        lux: Vec3,
        /// Tangent of half the angle that the light's disk spans.
        disk: f32,
    },
}

/// A rectangle that shines from its front.
pub struct RectLight {
    pub center: Vec3,
    /// From the centre to the middle of two sides.
    pub half_axes: [Vec3; 2],
    /// Of the front.
    pub area_m2: f32,
    /// Unit, the way it shines.
    pub normal: Vec3,
    pub nits: Vec3,
    pub casts_shadow: bool,
}

/// What a light without size gives a point.
pub struct Incident {
    /// Unit, towards the light.
    pub towards: Vec3,
    pub distance_m: f32,
    /// Illuminance of a surface that faces the light.
    pub lux: Vec3,
}

impl LightSet {
    /// Whether any of the light's visibility is sampled, and filtered afterwards.
    pub fn sampled(&self) -> bool {
        !self.rects.is_empty() || self.environment.is_shadowed()
    }

    /// Of a snapshot's lights, and what shines from all around among them.
    pub fn new(lights: &[Light], environment: Environment) -> Self {
        let mut set = Self {
            environment,
            ..Self::default()
        };
        for light in lights {
            let color = Vec3::from(light.color);
            let delta = |kind| DeltaLight {
                kind,
                casts_shadow: light.casts_shadow,
            };
            match &light.kind {
                LightKind::Point {
                    position_m,
                    candela,
                } => set.deltas.push(delta(DeltaKind::Point {
                    position: *position_m,
                    candela: color * *candela,
                })),
                LightKind::Spot {
                    position_m,
                    direction,
                    candela,
                    inner_rad,
                    outer_rad,
                } => set.deltas.push(delta(DeltaKind::Spot {
                    position: *position_m,
                    direction: *direction,
                    candela: color * *candela,
                    cos_inner: libm::cosf(*inner_rad),
                    cos_outer: libm::cosf(*outer_rad),
                })),
                LightKind::Directional {
                    direction,
                    lux,
                    angular_diameter_rad,
                } => set.deltas.push(delta(DeltaKind::Directional {
                    towards: -*direction,
                    lux: color * *lux,
                    disk: libm::tanf(0.5 * *angular_diameter_rad),
                })),
                LightKind::Rect {
                    world_from_light,
                    half_size_m,
                    nits,
                } => set.rects.push(RectLight {
                    area_m2: 4.0 * half_size_m[0] * half_size_m[1],
                    center: world_from_light.translation_m,
                    half_axes: [
                        world_from_light.direction(Vec3::X) * half_size_m[0],
                        world_from_light.direction(Vec3::Y) * half_size_m[1],
                    ],
                    normal: world_from_light.direction(Vec3::NEG_Z),
                    nits: color * *nits,
                    casts_shadow: light.casts_shadow,
                }),
                LightKind::Ambient { .. }
                | LightKind::Sky { .. }
                | LightKind::EnvironmentMap { .. } => {}
            }
        }
        set
    }
}

impl DeltaLight {
    /// What arrives at `position` with nothing in between.
    #[inline]
    pub fn incident(&self, position: Vec3) -> Incident {
        let from_point = |light: Vec3, candela: Vec3| {
            let offset = light - position;
            let squared = offset.length_squared().max(1e-8);
            let distance_m = squared.sqrt();
            Incident {
                towards: offset / distance_m,
                distance_m,
                lux: candela / squared,
            }
        };
        match self.kind {
            DeltaKind::Directional { towards, lux, .. } => Incident {
                towards,
                distance_m: f32::INFINITY,
                lux,
            },
            DeltaKind::Point {
                position: light,
                candela,
            } => from_point(light, candela),
            DeltaKind::Spot {
                position: light,
                direction,
                candela,
                cos_inner,
                cos_outer,
            } => {
                let mut incident = from_point(light, candela);
                let cosine = -incident.towards.dot(direction);
                let x = ((cosine - cos_outer) / (cos_inner - cos_outer).max(1e-4)).clamp(0.0, 1.0);
                // KHR_lights_punctual's recommended falloff, squared.
                incident.lux *= x * x;
                incident
            }
        }
    }
}

impl DeltaLight {
    /// A direction towards a point of the light's disk, by a point of the unit square; `towards`
    /// its middle.
    pub fn point_of_disk(&self, towards: Vec3, [u, v]: [f32; 2]) -> Vec3 {
        match self.kind {
            DeltaKind::Directional { disk, .. } if disk > 0.0 => {
                let (sin, cos) = turn(v);
                let (tangent, bitangent) = towards.any_orthonormal_pair();
                let offset = (tangent * cos + bitangent * sin) * (disk * u.sqrt());
                (towards + offset).normalize()
            }
            _ => towards,
        }
    }
}

impl RectLight {
    /// The point at (u, v), each −1 … 1.
    #[inline]
    pub fn point(&self, u: f32, v: f32) -> Vec3 {
        self.center + self.half_axes[0] * u + self.half_axes[1] * v
    }

    /// π × the form factor from a surface element to the rectangle: irradiance is this times
    /// the luminance. Exact (Lambert's polygon formula), with the part below the horizon cut.
    #[inline]
    pub fn form_factor_pi(&self, position: Vec3, normal: Vec3) -> f32 {
        if (position - self.center).dot(self.normal) <= 0.0 {
            return 0.0;
        }
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(u, v)| self.point(u, v) - position);
        let heights = corners.map(|c| c.dot(normal));
        let mut polygon = [Vec3::ZERO; 5];
        let mut n = 0;
        for i in 0..4 {
            let j = (i + 1) % 4;
            if heights[i] > 0.0 {
                polygon[n] = corners[i];
                n += 1;
            }
            if (heights[i] > 0.0) != (heights[j] > 0.0) {
                polygon[n] = corners[i]
                    + (corners[j] - corners[i]) * (heights[i] / (heights[i] - heights[j]));
                n += 1;
            }
        }
        if n < 3 {
            return 0.0;
        }
        for p in &mut polygon[..n] {
            *p = p.normalize_or(normal);
        }
        let sum: f32 = (0..n)
            .map(|i| {
                let (a, b) = (polygon[i], polygon[(i + 1) % n]);
                a.cross(b).dot(normal) * arc_over_sine(a.dot(b))
            })
            .sum();
        0.5 * sum.abs()
    }

    /// A cheap stand-in for [`Self::form_factor_pi`], good from a few sizes away.
    #[inline]
    pub fn form_factor_far(&self, position: Vec3, normal: Vec3) -> f32 {
        let offset = self.center - position;
        let squared = offset.length_squared();
        let area = self.area_m2;
        let cosines = offset.dot(normal).max(0.0) * (-offset.dot(self.normal)).max(0.0);
        // The area term keeps it bounded (by π) at contact.
        cosines * area / (squared * (squared + area * std::f32::consts::FRAC_1_PI)).max(1e-12)
    }
}

/// θ / sin θ of the angle with this cosine. Rational fit, relative error under 2·10⁻⁷ in f32
/// (fitted with numpy to 3·10⁻⁹ on [0, 1]); below 0 by θ = π − acos(−x).
#[inline]
fn arc_over_sine(cosine: f32) -> f32 {
    let x = cosine.abs();
    let top = FRAC_PI_2 + x * (1.646_019 + x * (0.359_977_8 + x * 0.004_686_78));
    let bottom = 1.0 + x * (1.684_507_9 + x * (0.801_562_8 + x * 0.095_409_27));
    let g = top / bottom;
    if cosine >= 0.0 {
        g
    } else {
        std::f32::consts::PI / (1.0 - x * x).max(1e-7).sqrt() - g
    }
}
