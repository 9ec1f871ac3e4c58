//! Rigid transforms.

use glam::{Affine3A, Mat3, Quat, Vec3};
use serde::{Deserialize, Serialize};

/// A rotation followed by a translation; named `target_from_source` where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Unit quaternion (x, y, z, w).
    #[serde(rename = "quat_xyzw")]
    pub rotation: Quat,
    /// Metres.
    pub translation_m: Vec3,
}

impl Pose {
    /// No rotation, no translation.
    pub const IDENTITY: Self = Self {
        rotation: Quat::IDENTITY,
        translation_m: Vec3::ZERO,
    };

    /// Rotation, then translation in metres.
    pub fn new(rotation: Quat, translation_m: Vec3) -> Self {
        Self {
            rotation,
            translation_m,
        }
    }

    /// A translation in metres alone.
    pub fn at(translation_m: Vec3) -> Self {
        Self::new(Quat::IDENTITY, translation_m)
    }

    /// The point of the target frame that `point` of the source frame is.
    #[inline]
    pub fn point(&self, point: Vec3) -> Vec3 {
        self.rotation * point + self.translation_m
    }

    /// The direction of the target frame that `direction` of the source frame is.
    #[inline]
    pub fn direction(&self, direction: Vec3) -> Vec3 {
        self.rotation * direction
    }

    /// `source_from_target`.
    pub fn inverse(&self) -> Self {
        let rotation = self.rotation.inverse();
        Self::new(rotation, rotation * -self.translation_m)
    }

    /// Moved on towards `next` by a fraction of the way, at an even pace; beyond 0 … 1 it goes on.
    pub fn moved(&self, next: &Self, fraction: f32) -> Self {
        let turn = next.rotation * self.rotation.inverse();
        let turn = if turn.w < 0.0 { -turn } else { turn };
        let sine = turn.xyz().length();
        let rotation = if sine < 1e-9 {
            self.rotation
        } else {
            let half = libm::atan2f(sine, turn.w) * fraction;
            let v = turn.xyz() * (libm::sinf(half) / sine);
            Quat::from_xyzw(v.x, v.y, v.z, libm::cosf(half)) * self.rotation
        };
        let step = next.translation_m - self.translation_m;
        Self::new(rotation.normalize(), self.translation_m + step * fraction)
    }

    /// The same transform as an affine one.
    pub fn affine(&self) -> Affine3A {
        Affine3A::from_rotation_translation(self.rotation, self.translation_m)
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        self.rotation.is_finite() && self.translation_m.is_finite()
    }

    /// World pose of a camera (x right, y down, z forward) at `eye` that looks at `target`,
    /// upright in a Z-up world; straight up or down, the image's top points to +Y.
    pub fn looking_at(eye: Vec3, target: Vec3) -> Self {
        let z = (target - eye).normalize_or(Vec3::NEG_Z);
        let up = if z.z.abs() > 0.9999 { Vec3::Y } else { Vec3::Z };
        let x = z.cross(up).normalize();
        let y = z.cross(x);
        Self::new(Quat::from_mat3(&Mat3::from_cols(x, y, z)).normalize(), eye)
    }
}

impl std::ops::Mul for Pose {
    type Output = Self;

    /// `a_from_b * b_from_c = a_from_c`.
    fn mul(self, rhs: Self) -> Self {
        Self::new(
            (self.rotation * rhs.rotation).normalize(),
            self.point(rhs.translation_m),
        )
    }
}

/// Rotation about a unit axis, by the right hand. (glam's own goes through f32 functions.)
pub fn turn(axis: Vec3, rad: f64) -> Quat {
    let (sin, cos) = libm::sincos(0.5 * rad);
    let v = axis * sin as f32;
    Quat::from_xyzw(v.x, v.y, v.z, cos as f32).normalize()
}
