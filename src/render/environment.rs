//! Light from all around.

use std::f32::consts::TAU;

use glam::Vec3;

use super::bsdf::turn;
use super::light::LightSet;

/// All light from infinitely far.
pub struct Environment {
    sky: Vec3,
    ground: Vec3,
}

/// A direction that light comes from.
pub struct EnvironmentSample {
    pub direction: Vec3,
    /// cd/m².
    pub radiance: Vec3,
    /// Per steradian.
    pub pdf: f32,
}

impl Environment {
    pub fn new(lights: &LightSet) -> Self {
        Self {
            sky: lights.ambient.sky_nits,
            ground: lights.ambient.ground_nits,
        }
    }

    pub fn radiance(&self, direction: Vec3) -> Vec3 {
        self.ground.lerp(self.sky, 0.5 + 0.5 * direction.z)
    }

    pub fn diffuse(&self, normal: Vec3) -> Vec3 {
        self.radiance(normal)
    }

    pub fn sample(&self, [u, v]: [f32; 2]) -> Option<EnvironmentSample> {
        if self.is_black() {
            return None;
        }
        let z = 1.0 - 2.0 * u;
        let (sin, cos) = turn(v);
        let r = (1.0 - z * z).max(0.0).sqrt();
        let direction = Vec3::new(r * cos, r * sin, z);
        Some(EnvironmentSample {
            direction,
            radiance: self.radiance(direction),
            pdf: self.pdf(direction),
        })
    }

    pub fn pdf(&self, _: Vec3) -> f32 {
        0.5 / TAU
    }

    pub fn is_black(&self) -> bool {
        self.sky + self.ground == Vec3::ZERO
    }
}
