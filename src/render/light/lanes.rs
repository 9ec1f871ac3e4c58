//! Light of one source at eight points.

use glam::Vec3;

use super::{DeltaKind, DeltaLight, FRAC_PI_2, RectLight};
use crate::render::lanes::{F, V, clamp, max, set_lane, set_lanes, splat};

/// What a light without size gives eight points; see [`super::Incident`].
pub struct Incident8 {
    pub towards: V,
    pub distance_m: F,
    pub lux: V,
}

impl DeltaLight {
    /// What arrives with nothing in between.
    #[inline(always)]
    pub fn incident8(&self, position: V) -> Incident8 {
        let from_point = |light: Vec3, candela: Vec3| {
            let offset = V::splat(light) - position;
            let squared = max(offset.length_squared(), splat(1e-8));
            let distance_m = squared.sqrt();
            Incident8 {
                towards: offset.map(|v| v / distance_m),
                distance_m,
                lux: V::splat(candela).map(|v| v / squared),
            }
        };
        match self.kind {
            DeltaKind::Directional { towards, lux, .. } => Incident8 {
                towards: V::splat(towards),
                distance_m: splat(f32::INFINITY),
                lux: V::splat(lux),
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
                let cosine = -incident.towards.dot(V::splat(direction));
                let range = splat((cos_inner - cos_outer).max(1e-4));
                let x = clamp((cosine - splat(cos_outer)) / range, 0.0, 1.0);
                incident.lux = incident.lux * (x * x);
                incident
            }
        }
    }
}

impl RectLight {
    /// [`RectLight::form_factor_pi`] of the lanes in `active`, 0 elsewhere.
    #[inline]
    pub fn form_factor_pi8(&self, position: V, normal: V, active: u32) -> F {
        let before = (position - V::splat(self.center)).dot(V::splat(self.normal));
        let active = active & before.simd_gt(F::ZERO).to_bitmask();
        if active == 0 {
            return F::ZERO;
        }
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(u, v)| V::splat(self.point(u, v)) - position);
        let above = corners.map(|c| c.dot(normal).simd_gt(F::ZERO).to_bitmask());
        let some = active & (above[0] | above[1] | above[2] | above[3]);
        let all = active & above[0] & above[1] & above[2] & above[3];
        let mut result = F::ZERO;
        if all != 0 {
            // The whole rectangle is above the horizon: nothing is cut.
            let p = corners.map(|c| c.normalize_or(normal));
            let edge = |a: V, b: V| a.cross(b).dot(normal) * arc_over_sine8(a.dot(b));
            let sum =
                F::ZERO + edge(p[0], p[1]) + edge(p[1], p[2]) + edge(p[2], p[3]) + edge(p[3], p[0]);
            result = (splat(0.5) * sum.abs()) & crate::render::lanes::mask(all);
        }
        for lane in set_lanes(some & !all) {
            let value = self.form_factor_pi(position.lane(lane), normal.lane(lane));
            set_lane(&mut result, lane, value);
        }
        result
    }

    /// The points of the rectangle nearest to the lines from `position` along `direction`.
    #[inline(always)]
    pub fn nearest_to_ray8(&self, position: V, direction: V) -> V {
        let facing = direction.dot(V::splat(self.normal));
        let offset = V::splat(self.center) - position;
        // A line that never meets the front is followed far.
        let meets = facing.simd_lt(splat(-1e-4));
        let far = splat(2.0) * offset.length();
        let along = meets.select(offset.dot(V::splat(self.normal)) / facing, far);
        let from_center = direction * along - offset;
        let along = |axis: Vec3| {
            let scale = splat(axis.length_squared().max(1e-12));
            clamp(from_center.dot(V::splat(axis)) / scale, -1.0, 1.0)
        };
        V::splat(self.center)
            + V::splat(self.half_axes[0]) * along(self.half_axes[0])
            + V::splat(self.half_axes[1]) * along(self.half_axes[1])
    }
}

/// [`super::arc_over_sine`] of eight cosines.
#[inline(always)]
fn arc_over_sine8(cosine: F) -> F {
    let x = cosine.abs();
    let top = splat(FRAC_PI_2)
        + x * (splat(1.646_019) + x * (splat(0.359_977_8) + x * splat(0.004_686_78)));
    let bottom =
        F::ONE + x * (splat(1.684_507_9) + x * (splat(0.801_562_8) + x * splat(0.095_409_27)));
    let g = top / bottom;
    let obtuse = splat(std::f32::consts::PI) / max(F::ONE - x * x, splat(1e-7)).sqrt() - g;
    cosine.simd_ge(F::ZERO).select(g, obtuse)
}
