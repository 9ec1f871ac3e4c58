//! What many rays might meet, asked once for all of them.

use arrayvec::ArrayVec;
use wide::f32x4;

use super::{Bvh, EMPTY, LEAF, SLACK, STACK, WIDTH, leaf_range};
use crate::render::geometry::Rays8;
use crate::render::lanes::set_lanes;

/// The room that some rays pass: by axis, between two straight lines over the rays' common
/// parameter, below which and above which none of them is.
#[derive(Clone, Copy)]
pub struct Shaft {
    low: Lines,
    high: Lines,
    end: f32,
}

/// By axis: `start` + t · slope; the fourth numbers say nothing.
#[derive(Clone, Copy)]
struct Lines {
    start: [f32; 4],
    /// 1 / slope; 1e18 for a slope of (nearly) zero, with its sign.
    inverse: [f32; 4],
}

impl Lines {
    #[inline(always)]
    fn new(start: f32x4, slope: f32x4) -> Self {
        let tiny = slope
            .is_sign_negative()
            .select(f32x4::splat(-1e-18), f32x4::splat(1e-18));
        let slope = slope.abs().simd_lt(f32x4::splat(1e-18)).select(tiny, slope);
        Self {
            start: start.to_array(),
            inverse: (f32x4::ONE / slope).to_array(),
        }
    }

    #[inline(always)]
    fn rises(&self, axis: usize) -> bool {
        self.inverse[axis] > 0.0
    }

    /// The parameter at which the line of an axis is at `value`.
    #[inline(always)]
    fn at(&self, axis: usize, value: f32x4) -> f32x4 {
        (value - f32x4::splat(self.start[axis])) * f32x4::splat(self.inverse[axis])
    }
}

/// Of the distance from the origin: more than what rounding makes of rays and boxes.
const MARGIN: f32 = 1e-5;

impl Shaft {
    /// About the rays in `active` of each eight, from 0 to `end`.
    #[inline]
    pub fn around<'r>(rays: impl IntoIterator<Item = (&'r Rays8, u32)>, end: f32) -> Self {
        let none = [f32x4::splat(f32::INFINITY), f32x4::splat(f32::NEG_INFINITY)];
        let (mut origin, mut direction) = (none, none);
        // This way round a NaN, which meets nothing, changes nothing.
        let include =
            |all: &mut [f32x4; 2], v: f32x4| *all = [v.fast_min(all[0]), v.fast_max(all[1])];
        for (rays, active) in rays {
            let rows = (rays.origin.to_rows(), rays.direction.to_rows());
            for i in set_lanes(active) {
                include(&mut origin, rows.0[i]);
                include(&mut direction, rows.1[i]);
            }
        }
        let margin = |v: f32x4| f32x4::splat(MARGIN) * (f32x4::ONE + v.abs());
        let [low, high] = origin;
        Self {
            low: Lines::new(low - margin(low), direction[0]),
            high: Lines::new(high + margin(high), direction[1]),
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
                let (low, high) = (&shaft.low, &shaft.high);
                let (under, over) = (low.at(axis, node.max[axis]), high.at(axis, node.min[axis]));
                if low.rises(axis) {
                    far = far.fast_min(under);
                } else {
                    near = near.fast_max(under);
                }
                if high.rises(axis) {
                    near = near.fast_max(over);
                } else {
                    far = far.fast_min(over);
                }
            }
            let hits = near.simd_le(far * f32x4::splat(SLACK)).to_bitmask();
            for c in (0..WIDTH).filter(|c| hits >> c & 1 == 1) {
                if node.child[c] != EMPTY {
                    stack.push(node.child[c]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::*;
    use crate::render::bvh::BoxRays8;
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
            let rays = Rays8 {
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
            let each = BoxRays8::new(rays.origin, rays.direction);
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
