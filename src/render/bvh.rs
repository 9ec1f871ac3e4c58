//! Bounding volume hierarchy, four children a node: built by binned SAH, walked four boxes at
//! a time.

use arrayvec::ArrayVec;
use glam::Vec3;
use wide::f32x4;

use super::lanes::{F, LANES, V, mask, set_lanes, splat};
use crate::scene::desc::Bounds;

const LEAF: u32 = 1 << 31;
const EMPTY: u32 = u32::MAX;
const START_MASK: u32 = (1 << 28) - 1;
const BINS: usize = 16;
/// Beyond this depth splits are by the median, which bounds the depth of the whole tree.
const SAH_DEPTH: u32 = 48;
/// Three siblings a level wait at most: 3 · (48 + 28) levels of at most 2²⁸ primitives.
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
        let mut order: Vec<u32> = (0..bounds.len() as u32).collect();
        let nodes = if bounds.is_empty() {
            Vec::new()
        } else {
            let mut splits = split_all(bounds, &mut order, leaf_size);
            order = align_leaves(&mut splits, &order, leaf_size);
            collapse(&splits)
        };
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

/// Four rays as box tests want them, from 0 on.
pub struct BoxRays4 {
    origin: V,
    inverse: V,
}

impl BoxRays4 {
    /// From `origin` along `direction`.
    #[inline]
    pub fn new(origin: V, direction: V) -> Self {
        let inverse = direction.map(|d| {
            let tiny = d.is_sign_negative().select(splat(-1e-18), splat(1e-18));
            F::ONE / d.abs().simd_lt(splat(1e-18)).select(tiny, d)
        });
        Self { origin, inverse }
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
    fn child_met_by(&self, child: usize, rays: &BoxRays4, t_max: F) -> (u32, F) {
        let mut near = F::ZERO;
        let mut far = t_max;
        let axes = [
            (rays.origin.x, rays.inverse.x),
            (rays.origin.y, rays.inverse.y),
            (rays.origin.z, rays.inverse.z),
        ];
        for (axis, (origin, inverse)) in axes.into_iter().enumerate() {
            let a = (splat(self.min[axis].to_array()[child]) - origin) * inverse;
            let b = (splat(self.max[axis].to_array()[child]) - origin) * inverse;
            near = near.fast_max(a.fast_min(b));
            far = far.fast_min(a.fast_max(b));
        }
        (near.simd_le(far * splat(SLACK)).to_bitmask(), near)
    }
}

impl Bvh {
    /// Offers the leaves that any of the rays in `alive` meets within its `t_max` to `visit`,
    /// with the rays that do; roughly near to far if `ORDERED`. `visit` may lower `t_max`, and
    /// takes rays that need no more out of `alive`.
    #[inline]
    pub fn walk4<const ORDERED: bool>(
        &self,
        rays: &BoxRays4,
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
            for c in 0..LANES {
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

/// A node of the binary tree the wide one is made from.
struct Split {
    bounds: Bounds,
    /// Children, or for a leaf its range of the order.
    kind: SplitKind,
}

enum SplitKind {
    Inner(usize, usize),
    Leaf { start: usize, count: usize },
}

fn split_all(bounds: &[Bounds], order: &mut [u32], leaf_size: usize) -> Vec<Split> {
    let leaf = |start, count| SplitKind::Leaf { start, count };
    let mut splits = vec![Split {
        bounds: union(bounds, order),
        kind: leaf(0, order.len()),
    }];
    let mut open = vec![(0, 0)];
    while let Some((at, depth)) = open.pop() {
        let SplitKind::Leaf { start, count } = splits[at].kind else {
            continue;
        };
        if count <= leaf_size {
            continue;
        }
        let range = &mut order[start..start + count];
        let left = if depth < SAH_DEPTH {
            sah_split(bounds, range)
        } else {
            None
        };
        let left = left.unwrap_or_else(|| median_split(bounds, range));
        let children = splits.len();
        for (start, count) in [(start, left), (start + left, count - left)] {
            splits.push(Split {
                bounds: union(bounds, &order[start..start + count]),
                kind: leaf(start, count),
            });
            open.push((splits.len() - 1, depth + 1));
        }
        splits[at].kind = SplitKind::Inner(children, children + 1);
    }
    splits
}

fn union(bounds: &[Bounds], order: &[u32]) -> Bounds {
    order.iter().fold(Bounds::EMPTY, |mut sum, &i| {
        sum.merge(&bounds[i as usize]);
        sum
    })
}

fn half_area(b: &Bounds) -> f32 {
    let s = b.size();
    s.x * s.y + s.y * s.z + s.z * s.x
}

/// Reorders `range` by the cheapest of 3 × 15 planes; the size of the left side, or `None` if
/// all centres fall together.
fn sah_split(bounds: &[Bounds], range: &mut [u32]) -> Option<usize> {
    let mut centers = Bounds::EMPTY;
    for &i in range.iter() {
        centers.include(bounds[i as usize].center());
    }
    let bin_of = |i: u32, axis: usize| {
        let scale = BINS as f32 / (centers.max[axis] - centers.min[axis]);
        let x = (bounds[i as usize].center()[axis] - centers.min[axis]) * scale;
        (x as usize).min(BINS - 1)
    };
    let mut best: Option<(f32, usize, usize)> = None;
    for axis in 0..3 {
        if !(centers.max[axis] > centers.min[axis]) {
            continue;
        }
        let mut bins = [(Bounds::EMPTY, 0usize); BINS];
        for &i in range.iter() {
            let bin = &mut bins[bin_of(i, axis)];
            bin.0.merge(&bounds[i as usize]);
            bin.1 += 1;
        }
        let mut right_cost = [0.0f32; BINS];
        let (mut sum, mut count) = (Bounds::EMPTY, 0);
        for k in (1..BINS).rev() {
            sum.merge(&bins[k].0);
            count += bins[k].1;
            right_cost[k] = if count > 0 {
                half_area(&sum) * count as f32
            } else {
                0.0
            };
        }
        let (mut sum, mut count) = (Bounds::EMPTY, 0);
        for k in 1..BINS {
            sum.merge(&bins[k - 1].0);
            count += bins[k - 1].1;
            if count == 0 || count == range.len() {
                continue;
            }
            let cost = half_area(&sum) * count as f32 + right_cost[k];
            if best.is_none_or(|(least, _, _)| cost < least) {
                best = Some((cost, axis, k));
            }
        }
    }
    let (_, axis, bin) = best?;
    let mut left = 0;
    for i in 0..range.len() {
        if bin_of(range[i], axis) < bin {
            range.swap(i, left);
            left += 1;
        }
    }
    Some(left)
}

fn median_split(bounds: &[Bounds], range: &mut [u32]) -> usize {
    let size = union(bounds, range).size();
    let axis = (0..3).fold(0, |a, b| if size[b] > size[a] { b } else { a });
    let key = |i: u32| bounds[i as usize].center()[axis];
    range.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
    range.len() / 2
}

/// Moves every leaf to a multiple of the leaf size.
fn align_leaves(splits: &mut [Split], order: &[u32], leaf_size: usize) -> Vec<u32> {
    let mut aligned = Vec::new();
    for split in splits {
        if let SplitKind::Leaf { start, count } = &mut split.kind {
            let from = std::mem::replace(start, aligned.len());
            aligned.extend_from_slice(&order[from..from + *count]);
            aligned.resize(aligned.len().next_multiple_of(leaf_size), Bvh::PADDING);
        }
    }
    aligned
}

/// Joins binary nodes into nodes of four, opening the child of largest surface first.
fn collapse(splits: &[Split]) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut open = vec![(0usize, None)];
    while let Some((at, parent)) = open.pop() {
        let mut children = vec![at];
        while children.len() < 4 {
            let inner = children
                .iter()
                .enumerate()
                .filter_map(|(i, &c)| match splits[c].kind {
                    SplitKind::Inner(a, b) => Some((i, a, b, half_area(&splits[c].bounds))),
                    SplitKind::Leaf { .. } => None,
                });
            let Some((i, a, b, _)) = inner.reduce(|x, y| if y.3 > x.3 { y } else { x }) else {
                break;
            };
            children[i] = a;
            children.push(b);
        }
        let index = nodes.len();
        if let Some((parent, lane)) = parent {
            let parent: &mut Node = &mut nodes[parent];
            parent.child[lane] = index as u32;
        }
        let mut node = Node {
            min: [f32x4::splat(f32::INFINITY); 3],
            max: [f32x4::splat(f32::NEG_INFINITY); 3],
            child: [EMPTY; 4],
        };
        let (mut min, mut max) = ([[f32::INFINITY; 4]; 3], [[f32::NEG_INFINITY; 4]; 3]);
        for (lane, &c) in children.iter().enumerate() {
            for axis in 0..3 {
                min[axis][lane] = splits[c].bounds.min[axis];
                max[axis][lane] = splits[c].bounds.max[axis];
            }
            match splits[c].kind {
                SplitKind::Leaf { start, count } => {
                    node.child[lane] = LEAF | ((count as u32 - 1) << 28) | start as u32;
                }
                SplitKind::Inner(..) => open.push((c, Some((index, lane)))),
            }
        }
        node.min = min.map(f32x4::new);
        node.max = max.map(f32x4::new);
        nodes.push(node);
    }
    nodes
}
