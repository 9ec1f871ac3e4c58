//! Building: binary splits by binned SAH, then joined into nodes of four.

use arrayvec::ArrayVec;
use wide::f32x4;

use super::{Bvh, EMPTY, LEAF, Node, WIDTH};
use crate::scene::desc::Bounds;

const BINS: usize = 16;
/// Beyond this depth splits are by the median, which bounds the depth of the whole tree.
pub(super) const SAH_DEPTH: u32 = 48;

/// Nodes over `bounds`, and the primitives by leaf.
pub(super) fn tree(bounds: &[Bounds], leaf_size: usize) -> (Vec<Node>, Vec<u32>) {
    let mut order: Vec<u32> = (0..bounds.len() as u32).collect();
    if bounds.is_empty() {
        return (Vec::new(), order);
    }
    let mut splits = split_all(bounds, &mut order, leaf_size);
    let order = align_leaves(&mut splits, &order, leaf_size);
    (collapse(&splits), order)
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
        let left = if count <= WIDTH {
            // Most often the children of one node, however they are split.
            count / 2
        } else {
            let split = (depth < SAH_DEPTH).then(|| sah_split(bounds, range));
            let split = split.flatten();
            split.unwrap_or_else(|| median_split(bounds, range))
        };
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

/// Reorders `range` by the cheapest of up to 3 × 15 planes; the size of the left side, or `None` if
/// all centres fall together.
fn sah_split(bounds: &[Bounds], range: &mut [u32]) -> Option<usize> {
    // Few primitives need few planes.
    let used = (2 * range.len()).clamp(2, BINS);
    let mut centers = Bounds::EMPTY;
    for &i in range.iter() {
        centers.include(bounds[i as usize].center());
    }
    let bin_of = |i: u32, axis: usize| {
        let scale = used as f32 / (centers.max[axis] - centers.min[axis]);
        let x = (bounds[i as usize].center()[axis] - centers.min[axis]) * scale;
        (x as usize).min(used - 1)
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
        for k in (1..used).rev() {
            sum.merge(&bins[k].0);
            count += bins[k].1;
            right_cost[k] = if count > 0 {
                half_area(&sum) * count as f32
            } else {
                0.0
            };
        }
        let (mut sum, mut count) = (Bounds::EMPTY, 0);
        for k in 1..used {
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
        let mut children = ArrayVec::<usize, 4>::new();
        children.push(at);
        while !children.is_full() {
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
