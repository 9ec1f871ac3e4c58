//! What many rays might meet, asked once for all of them.

use arrayvec::ArrayVec;
use glam::Vec3;
use wide::f32x4;

use super::{Bvh, EMPTY, LEAF, SLACK, STACK, leaf_range};
use crate::render::geometry::Rays4;
use crate::render::lanes::{LANES, set_lanes};

/// The room that some rays pass: by axis, between two straight lines over the rays' common
/// parameter, below which and above which none of them is.
#[derive(Clone, Copy)]
pub struct Shaft {
    low: [Line; 3],
    high: [Line; 3],
    end: f32,
}

/// `start` + t · slope.
#[derive(Clone, Copy)]
struct Line {
    start: f32,
    /// 1 / slope; 1e18 for a slope of (nearly) zero, with its sign.
    inverse: f32,
}

impl Line {
    fn new(start: f32, slope: f32) -> Self {
        let slope = if slope.abs() < 1e-18 {
            1e-18_f32.copysign(slope)
        } else {
            slope
        };
        Self {
            start,
            inverse: 1.0 / slope,
        }
    }

    #[inline(always)]
    fn rises(&self) -> bool {
        self.inverse > 0.0
    }

    /// The parameter at which the line is at `value`.
    #[inline(always)]
    fn at(&self, value: f32x4) -> f32x4 {
        (value - f32x4::splat(self.start)) * f32x4::splat(self.inverse)
    }
}

/// Of the distance from the origin: more than what rounding makes of rays and boxes.
const MARGIN: f32 = 1e-5;

impl Shaft {
    /// About the rays in `active` of each four, from 0 to `end`.
    pub fn around<'r>(rays: impl IntoIterator<Item = (&'r Rays4, u32)>, end: f32) -> Self {
        let (mut low, mut high) = ([Vec3::INFINITY; 2], [Vec3::NEG_INFINITY; 2]);
        for (rays, active) in rays {
            for i in set_lanes(active) {
                let ray = [rays.origin.lane(i), rays.direction.lane(i)];
                for (k, v) in ray.into_iter().enumerate() {
                    // This way round a NaN, which meets nothing, changes nothing.
                    (low[k], high[k]) = (v.min(low[k]), v.max(high[k]));
                }
            }
        }
        let margin = |v: f32| MARGIN * (1.0 + v.abs());
        Self {
            low: [0, 1, 2].map(|k| Line::new(low[0][k] - margin(low[0][k]), low[1][k])),
            high: [0, 1, 2].map(|k| Line::new(high[0][k] + margin(high[0][k]), high[1][k])),
            end,
        }
    }
}

impl Bvh {
    /// Offers the start of every leaf whose box the shaft may meet; `visit` ends it by returning
    /// true.
    pub fn within(&self, shaft: &Shaft, mut visit: impl FnMut(u32) -> bool) {
        if self.nodes.is_empty() {
            return;
        }
        let mut stack = ArrayVec::<u32, STACK>::new();
        stack.push(0);
        while let Some(child) = stack.pop() {
            if child & LEAF != 0 {
                if visit(leaf_range(child).0) {
                    return;
                }
                continue;
            }
            let node = &self.nodes[child as usize];
            let mut near = f32x4::ZERO;
            let mut far = f32x4::splat(shaft.end);
            for axis in 0..3 {
                // The lower line has to be below the top of the box, the upper one above its bottom.
                let (low, high) = (&shaft.low[axis], &shaft.high[axis]);
                let (under, over) = (low.at(node.max[axis]), high.at(node.min[axis]));
                if low.rises() {
                    far = far.fast_min(under);
                } else {
                    near = near.fast_max(under);
                }
                if high.rises() {
                    near = near.fast_max(over);
                } else {
                    far = far.fast_min(over);
                }
            }
            let hits = near.simd_le(far * f32x4::splat(SLACK)).to_bitmask();
            for c in (0..LANES).filter(|c| hits >> c & 1 == 1) {
                if node.child[c] != EMPTY {
                    stack.push(node.child[c]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::bvh::BoxRays4;
    use crate::render::lanes::{V, splat};
    use crate::scene::desc::Bounds;

    /// A number in −1 … 1, another one at each call.
    fn numbers() -> impl FnMut() -> f32 {
        let mut state = 1u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    #[test]
    fn what_a_ray_meets_is_within_its_shaft() {
        let mut number = numbers();
        let mut vector = move || Vec3::new(number(), number(), number());
        let boxes: Vec<Bounds> = (0..400)
            .map(|_| {
                let (center, half) = (4.0 * vector(), 0.6 * vector().abs());
                Bounds {
                    min: center - half,
                    max: center + half,
                }
            })
            .collect();
        let bvh = Bvh::build(&boxes, 1);
        let (mut met_by_all, mut offered) = (0, 0);
        for round in 0..500 {
            // From near each other towards near each other, or every which way; along an axis, too.
            let spread = [0.01, 0.3, 3.0][round % 3];
            let (from, mut to) = (4.0 * vector(), 4.0 * vector());
            if round % 7 == 0 {
                (to.x, to.y) = (from.x, from.y);
            }
            let origin = V::lanes(|_| from + spread * vector());
            let target = V::lanes(|_| to + spread * vector());
            let rays = Rays4 {
                origin,
                direction: target - origin,
            };
            let active = (round % 15 + 1) as u32;
            let end = if round % 5 == 0 { f32::INFINITY } else { 0.999 };
            let mut within = vec![false; boxes.len()];
            bvh.within(&Shaft::around([(&rays, active)], end), |start| {
                within[bvh.order[start as usize] as usize] = true;
                false
            });
            let each = BoxRays4::new(rays.origin, rays.direction);
            for (index, bounds) in boxes.iter().enumerate() {
                let met = each.meet(bounds, splat(end)) & active != 0;
                assert!(!met || within[index], "round {round}, box {index}");
                met_by_all += usize::from(met);
            }
            offered += within.iter().filter(|w| **w).count();
        }
        // Neither nothing nor everything.
        assert!(
            met_by_all > 1000 && offered < 50 * met_by_all,
            "{met_by_all} {offered}"
        );
    }
}
