//! Bounding volume hierarchy, four children a node: built by binned SAH, walked four boxes at
//! a time.

mod build;
mod shaft;

use arrayvec::ArrayVec;
use glam::Vec3;
use wide::f32x4;

use super::lanes::{F, V, mask, set_lanes, splat};
use crate::scene::desc::Bounds;
pub use shaft::Shaft;

/// Children of a node.
const WIDTH: usize = 4;
const LEAF: u32 = 1 << 31;
const EMPTY: u32 = u32::MAX;
const START_MASK: u32 = (1 << 28) - 1;
/// Three siblings a level wait at most: 3 · ([`build::SAH_DEPTH`] + 28) levels of at most 2²⁸
/// primitives.
const STACK: usize = 240;
/// Rounding may make a thin box seem missed; 3 ulp more is conservative.
const SLACK: f32 = 1.000_000_4;

/// A tree over primitives; leaves are ranges of [`Bvh::order`].
pub struct Bvh {
    nodes: Vec<Node>,
    /// Primitive indices, grouped by leaf; each leaf starts at a multiple of the leaf size, what
    /// it leaves unused is [`Bvh::PADDING`].
    pub order: Vec<u32>,
}

/// Up to four children: boxes by axis, and what they are.
struct Node {
    min: [f32x4; 3],
    max: [f32x4; 3],
    /// A node index; or `LEAF`, count − 1 in bits 28–30, start in the bits below; or `EMPTY`.
    child: [u32; 4],
}

/// A ray as box tests want it. The parameter `t` counts in lengths of the direction.
#[derive(Clone, Copy)]
pub struct BoxRay {
    origin: [f32x4; 3],
    inverse: [f32x4; 3],
    t_min: f32x4,
}

impl BoxRay {
    /// From `origin` along `direction`, from `t_min` on.
    #[inline]
    pub fn new(origin: Vec3, direction: Vec3, t_min: f32) -> Self {
        // A zero component would give 0 · ∞; this stands for "parallel" well enough.
        let inverse = direction.to_array().map(|d| {
            let d = if d.abs() < 1e-18 {
                1e-18_f32.copysign(d)
            } else {
                d
            };
            f32x4::splat(1.0 / d)
        });
        Self {
            origin: origin.to_array().map(f32x4::splat),
            inverse,
            t_min: f32x4::splat(t_min),
        }
    }
}

impl Bvh {
    /// No primitive.
    pub const PADDING: u32 = u32::MAX;

    /// Over primitives with these bounds, at most `leaf_size` (1 … 8) a leaf.
    pub fn build(bounds: &[Bounds], leaf_size: usize) -> Self {
        debug_assert!((1..=8).contains(&leaf_size) && bounds.len() <= START_MASK as usize);
        let (nodes, order) = build::tree(bounds, leaf_size);
        Self { nodes, order }
    }

    /// The nodes as plain numbers: boxes of the four children by axis, least and greatest, and
    /// what the children are: a node index; or bit 31, count − 1 in bits 28–30, start of
    /// [`Bvh::order`] in the bits below; or all ones for none.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = ([[f32; 4]; 6], [u32; 4])> {
        self.nodes.iter().map(|node| {
            let boxes = std::array::from_fn(|i| {
                if i < 3 { node.min[i] } else { node.max[i - 3] }.to_array()
            });
            (boxes, node.child)
        })
    }

    /// Visits leaves that the ray meets within `t_max`, roughly near to far. `visit` gets start
    /// and count of a leaf, may lower `t_max`, and ends the walk by returning true.
    pub fn walk(
        &self,
        ray: &BoxRay,
        t_max: &mut f32,
        mut visit: impl FnMut(u32, u32, &mut f32) -> bool,
    ) {
        if self.nodes.is_empty() {
            return;
        }
        // Not a plain array: filling one for every ray would cost more than many a walk.
        let mut stack = ArrayVec::<(f32, u32), STACK>::new();
        stack.push((0.0, 0));
        while let Some((near, child)) = stack.pop() {
            if near > *t_max {
                continue;
            }
            if child & LEAF != 0 {
                let (start, count) = leaf_range(child);
                if visit(start, count, t_max) {
                    return;
                }
                continue;
            }
            let node = &self.nodes[child as usize];
            let (hits, near) = node.met_by(ray, *t_max);
            let near = near.to_array();
            let first = stack.len();
            for lane in set_lanes(hits) {
                let (child, near) = (node.child[lane], near[lane]);
                if child == EMPTY {
                    continue;
                }
                // Far to near, so that the nearest is taken first.
                let mut at = stack.len();
                stack.push((near, child));
                while at > first && stack[at - 1].0 < near {
                    stack[at] = stack[at - 1];
                    at -= 1;
                }
                stack[at] = (near, child);
            }
        }
    }
}

impl Bvh {
    /// Whether `leaf` says so of any leaf (start and count) in boxes (least and most corner) that
    /// `enter` lets in.
    pub fn any_leaf(
        &self,
        enter: impl Fn(Vec3, Vec3) -> bool,
        leaf: impl Fn(u32, u32) -> bool,
    ) -> bool {
        let mut open: Vec<&Node> = self.nodes.first().into_iter().collect();
        while let Some(node) = open.pop() {
            for (lane, &child) in node.child.iter().enumerate() {
                let corner = |c: &[f32x4; 3]| Vec3::from(c.map(|v| v.to_array()[lane]));
                if child == EMPTY || !enter(corner(&node.min), corner(&node.max)) {
                    continue;
                }
                if child & LEAF == 0 {
                    open.push(&self.nodes[child as usize]);
                } else {
                    let (start, count) = leaf_range(child);
                    if leaf(start, count) {
                        return true;
                    }
                }
            }
        }
        false
    }
}

/// Eight rays as box tests want them, from 0 on.
pub struct BoxRays8 {
    origin: V,
    inverse: V,
}

impl BoxRays8 {
    /// From `origin` along `direction`.
    #[inline]
    pub fn new(origin: V, direction: V) -> Self {
        let inverse = direction.map(|d| {
            let tiny = d.is_sign_negative().select(splat(-1e-18), splat(1e-18));
            F::ONE / d.abs().simd_lt(splat(1e-18)).select(tiny, d)
        });
        Self { origin, inverse }
    }

    /// Of the rays, those that meet a box within `t_max`.
    #[inline(always)]
    pub fn meet(&self, bounds: &Bounds, t_max: F) -> u32 {
        self.enter(bounds.min.to_array(), bounds.max.to_array(), t_max)
            .0
    }

    /// The rays that meet a box within `t_max`, and where.
    #[inline(always)]
    fn enter(&self, least: [f32; 3], most: [f32; 3], t_max: F) -> (u32, F) {
        let mut near = F::ZERO;
        let mut far = t_max;
        let axes = [
            (self.origin.x, self.inverse.x),
            (self.origin.y, self.inverse.y),
            (self.origin.z, self.inverse.z),
        ];
        for (axis, (origin, inverse)) in axes.into_iter().enumerate() {
            let a = (splat(least[axis]) - origin) * inverse;
            let b = (splat(most[axis]) - origin) * inverse;
            near = near.fast_max(a.fast_min(b));
            far = far.fast_min(a.fast_max(b));
        }
        (near.simd_le(far * splat(SLACK)).to_bitmask(), near)
    }

    #[inline]
    fn lane(&self, i: usize) -> BoxRay {
        BoxRay {
            origin: self.origin.lane(i).to_array().map(f32x4::splat),
            inverse: self.inverse.lane(i).to_array().map(f32x4::splat),
            t_min: f32x4::ZERO,
        }
    }
}

impl Node {
    /// The children whose boxes a ray meets within `t_max`, and where.
    #[inline(always)]
    fn met_by(&self, ray: &BoxRay, t_max: f32) -> (u32, f32x4) {
        let mut near = ray.t_min;
        let mut far = f32x4::splat(t_max);
        for axis in 0..3 {
            let a = (self.min[axis] - ray.origin[axis]) * ray.inverse[axis];
            let b = (self.max[axis] - ray.origin[axis]) * ray.inverse[axis];
            near = near.fast_max(a.fast_min(b));
            far = far.fast_min(a.fast_max(b));
        }
        let hits = near.simd_le(far * f32x4::splat(SLACK)).to_bitmask();
        (hits, near)
    }

    /// The rays that meet the box of one child within `t_max`, and where.
    #[inline(always)]
    fn child_met_by(&self, child: usize, rays: &BoxRays8, t_max: F) -> (u32, F) {
        let corner = |c: &[f32x4; 3]| [0, 1, 2].map(|axis| c[axis].as_array()[child]);
        rays.enter(corner(&self.min), corner(&self.max), t_max)
    }
}

impl Bvh {
    /// Offers the leaves that any of the rays in `alive` meets within its `t_max` to `visit`,
    /// with the rays that do; roughly near to far if `ORDERED`. `visit` may lower `t_max`, and
    /// takes rays that need no more out of `alive`.
    #[inline]
    pub fn walk8<const ORDERED: bool>(
        &self,
        rays: &BoxRays8,
        t_max: &mut F,
        alive: &mut u32,
        mut visit: impl FnMut(u32, u32, u32, &mut F, &mut u32),
    ) {
        if self.nodes.is_empty() {
            return;
        }
        // Where the first of them enters, what, and who.
        let mut stack = ArrayVec::<(f32, u32, u32), STACK>::new();
        stack.push((0.0, 0, *alive));
        while let Some((near, child, who)) = stack.pop() {
            let mut who = who & *alive;
            if ORDERED {
                who &= t_max.simd_ge(splat(near)).to_bitmask();
            }
            if who == 0 {
                continue;
            }
            if child & LEAF != 0 {
                let (start, count) = leaf_range(child);
                visit(start, count, who, t_max, alive);
                continue;
            }
            let node = &self.nodes[child as usize];
            let first = stack.len();
            let mut push = |near: f32, child: u32, who: u32| {
                // Far to near, so that the nearest is taken first.
                let mut at = stack.len();
                stack.push((near, child, who));
                if ORDERED {
                    while at > first && stack[at - 1].0 < near {
                        stack[at] = stack[at - 1];
                        at -= 1;
                    }
                    stack[at] = (near, child, who);
                }
            };
            if who.is_power_of_two() {
                // One ray left: all boxes at once.
                let lane = who.trailing_zeros() as usize;
                let (hits, near) = node.met_by(&rays.lane(lane), t_max.to_array()[lane]);
                let near = near.to_array();
                for c in set_lanes(hits).filter(|&c| node.child[c] != EMPTY) {
                    push(near[c], node.child[c], who);
                }
                continue;
            }
            for c in 0..WIDTH {
                if node.child[c] == EMPTY {
                    break;
                }
                let (met, near) = node.child_met_by(c, rays, *t_max);
                let met = met & who;
                if met != 0 {
                    let mut first = 0.0;
                    if ORDERED {
                        let near = mask(met).select(near, splat(f32::INFINITY)).to_array();
                        first = near
                            .into_iter()
                            .fold(f32::INFINITY, |a, b| if b < a { b } else { a });
                    }
                    push(first, node.child[c], met);
                }
            }
        }
    }
}

#[inline]
fn leaf_range(child: u32) -> (u32, u32) {
    (child & START_MASK, ((child >> 28) & 7) + 1)
}
