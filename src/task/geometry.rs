//! Angles and boxes.

use glam::{DQuat, DVec3};

use super::desc::Symmetry;
use crate::robot::desc::Rigid;

/// Angle of the least rotation from `a` to `b`, or to what looks like it, 0 … π.
pub fn angle(a: DQuat, b: DQuat, symmetry: Symmetry) -> f64 {
    if symmetry == Symmetry::AnyTurnZ {
        return angle_between(a * DVec3::Z, b * DVec3::Z);
    }
    let difference = a.inverse() * b;
    let alike = symmetry.rotations().into_iter();
    alike
        .map(|turn| {
            let q = turn * difference;
            let sine = DVec3::new(q.x, q.y, q.z).length();
            2.0 * libm::atan2(sine, q.w.abs())
        })
        .fold(f64::INFINITY, f64::min)
}

/// Angle between two directions, 0 … π.
pub fn angle_between(a: DVec3, b: DVec3) -> f64 {
    libm::atan2(a.cross(b).length(), a.dot(b))
}

/// A box somewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrientedBox {
    /// Its middle and axes.
    pub world_from_box: Rigid,
    /// Along its axes, metres.
    pub half_size_m: DVec3,
}

impl OrientedBox {
    /// Larger by `margin_m` on each side, at least nothing.
    pub fn grown(&self, margin_m: f64) -> Self {
        Self {
            half_size_m: (self.half_size_m + margin_m).max(DVec3::ZERO),
            ..*self
        }
    }

    /// Whether a point is inside or on the surface.
    pub fn contains(&self, point_in_world: DVec3) -> bool {
        let point = self.world_from_box.inverse().point(point_in_world);
        point.abs().cmple(self.half_size_m).all()
    }

    /// Whether two boxes overlap: no axis separates them.
    pub fn overlaps(&self, other: &Self) -> bool {
        let axes = |b: &Self| DVec3::AXES.map(|axis| b.world_from_box.rotation * axis);
        let (a, b) = (axes(self), axes(other));
        let between = other.world_from_box.translation_m - self.world_from_box.translation_m;
        let reach = |axes: &[DVec3; 3], half: DVec3, along: DVec3| {
            let each = axes.iter().zip(half.to_array());
            each.map(|(axis, half)| half * axis.dot(along).abs())
                .sum::<f64>()
        };
        let separates = |along: DVec3| {
            // Of parallel edges there is no such axis.
            along.length_squared() > 1e-12
                && between.dot(along).abs()
                    > reach(&a, self.half_size_m, along) + reach(&b, other.half_size_m, along)
        };
        let crossed = a.iter().flat_map(|x| b.iter().map(|y| x.cross(*y)));
        !a.iter().chain(&b).copied().chain(crossed).any(separates)
    }
}
