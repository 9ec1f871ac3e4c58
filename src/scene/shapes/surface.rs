//! Triangle meshes as they are, for static objects.

use std::collections::BTreeMap;

use glam::Vec3;
use rapier3d::parry::shape::{SharedShape, TriMeshFlags};

use super::fit::Scaled;
use super::hull::{self, Hull};
use super::{Misfit, Shape};
use crate::base::pose::Pose;
use crate::scene::desc::Bounds;

/// Of a component's size, by which a point may stand out of a face that still counts as convex.
const CONVEX_TOLERANCE: f32 = 1e-5;

/// Of a component's area, that the gaps in a closed surface may have together.
const GAP_TOLERANCE: f32 = 1e-3;

/// Larger components are not tested for convexity: triangles × points.
const CONVEX_TEST_LIMIT: usize = 100_000_000;

/// Every triangle. Components that are closed and convex become solids of the same surface: a
/// surface without an inside lets thin things through under a heavy blow, a solid does not. Of
/// the rest, closed ones push outwards only, which keeps tubes still in drilled holes; open ones
/// both ways.
pub fn triangle_mesh(mesh: &Scaled) -> Result<Vec<Shape>, Misfit> {
    let mut shapes = Vec::new();
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for component in components(mesh) {
        if let Some(solid) = solid(mesh, &component) {
            shapes.push(solid);
        } else if is_closed(mesh, &component) {
            closed.extend(component);
        } else {
            open.extend(component);
        }
    }
    let one_sided = TriMeshFlags::FIX_INTERNAL_EDGES;
    let two_sided = one_sided | TriMeshFlags::FIX_INTERNAL_EDGES_TWO_SIDED;
    for (triangles, flags) in [(closed, one_sided), (open, two_sided)] {
        if triangles.is_empty() {
            continue;
        }
        let (points, triangles) = compact(mesh, &triangles);
        let shape = SharedShape::trimesh_with_flags(points, triangles, flags);
        let shape = shape.map_err(|error| Misfit {
            found: format!("a mesh that makes no collision mesh: {error}"),
            expected: "proper triangles",
            remedy: "mend the mesh, or set bs_collider = \"none\"",
        })?;
        shapes.push(Shape {
            object_from_shape: Pose::IDENTITY,
            shape,
        });
    }
    Ok(shapes)
}

/// Triangles that hang together by shared vertices, in order of their first triangle.
fn components(mesh: &Scaled) -> Vec<Vec<[u32; 3]>> {
    let mut parent: Vec<u32> = (0..mesh.points.len() as u32).collect();
    for &[a, b, c] in &mesh.triangles {
        let a = root(&mut parent, a);
        for other in [b, c] {
            let other = root(&mut parent, other);
            parent[other as usize] = a;
        }
    }
    let mut number_of_root = BTreeMap::new();
    let mut components: Vec<Vec<[u32; 3]>> = Vec::new();
    for triangle in &mesh.triangles {
        let root = root(&mut parent, triangle[0]);
        let number = *number_of_root.entry(root).or_insert(components.len());
        if number == components.len() {
            components.push(Vec::new());
        }
        components[number].push(*triangle);
    }
    components
}

/// Representative of a vertex' component; halves the path on the way.
fn root(parent: &mut [u32], mut vertex: u32) -> u32 {
    while parent[vertex as usize] != vertex {
        let next = parent[parent[vertex as usize] as usize];
        parent[vertex as usize] = next;
        vertex = next;
    }
    vertex
}

/// Whether a component has an inside and faces away from it. Boolean operations leave slits
/// between slivers behind: gaps that enclose next to no area do not count.
fn is_closed(mesh: &Scaled, triangles: &[[u32; 3]]) -> bool {
    let (points, triangles) = compact(mesh, triangles);
    let mut bounds = Bounds::EMPTY;
    points.iter().for_each(|&p| bounds.include(p));
    let from_center = |i: u32| points[i as usize] - bounds.center();

    let mut crossings: BTreeMap<[u32; 2], i32> = BTreeMap::new();
    let (mut area, mut volume) = (0.0, 0.0);
    for &[a, b, c] in &triangles {
        for (from, to) in [(a, b), (b, c), (c, a)] {
            *crossings.entry([from.min(to), from.max(to)]).or_default() +=
                if from < to { 1 } else { -1 };
        }
        let [a, b, c] = [a, b, c].map(from_center);
        area += 0.5 * (b - a).cross(c - a).length();
        volume += a.dot(b.cross(c)) / 6.0;
    }
    // What is not crossed as often one way as the other is a border; borders that hang
    // together enclose one gap.
    crossings.retain(|_, net| *net != 0);
    let mut parent: Vec<u32> = (0..points.len() as u32).collect();
    for &[a, b] in crossings.keys() {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[b as usize] = a;
    }
    let mut gaps: BTreeMap<u32, Vec3> = BTreeMap::new();
    for (&[a, b], &net) in &crossings {
        let enclosed = from_center(a).cross(from_center(b)) * (0.5 * net as f32);
        *gaps.entry(root(&mut parent, a)).or_default() += enclosed;
    }
    let gaps: f32 = gaps.values().map(|v| v.length()).sum();
    volume > 0.0 && gaps <= GAP_TOLERANCE * area
}

/// Whether every edge has exactly one triangle on each side, consistently turned.
fn is_watertight(triangles: &[[u32; 3]]) -> bool {
    let mut edges: Vec<[u32; 2]> = triangles
        .iter()
        .flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]])
        .collect();
    edges.sort_unstable();
    edges.windows(2).all(|pair| pair[0] != pair[1])
        && edges
            .iter()
            .all(|&[a, b]| edges.binary_search(&[b, a]).is_ok())
}

/// The solid that a watertight component bounds, if it is convex and faces outwards.
fn solid(mesh: &Scaled, triangles: &[[u32; 3]]) -> Option<Shape> {
    let (points, triangles) = compact(mesh, triangles);
    if !is_watertight(&triangles) || triangles.len() * points.len() > CONVEX_TEST_LIMIT {
        return None;
    }
    let mut bounds = Bounds::EMPTY;
    points.iter().for_each(|&p| bounds.include(p));
    let tolerance = CONVEX_TOLERANCE * bounds.size().length();
    let convex = triangles.iter().all(|t| {
        let [a, b, c] = t.map(|i| points[i as usize]);
        let normal = (b - a).cross(c - a).normalize_or_zero();
        points.iter().all(|p| normal.dot(p - a) <= tolerance)
    });
    convex
        .then(|| hull::polyhedron(&Hull { points, triangles }))
        .flatten()
}

/// Without the points that the triangles do not use.
fn compact(mesh: &Scaled, triangles: &[[u32; 3]]) -> (Vec<Vec3>, Vec<[u32; 3]>) {
    let mut new_of_old = BTreeMap::new();
    let mut points = Vec::new();
    let mut renumbered = |old: u32| {
        *new_of_old.entry(old).or_insert_with(|| {
            points.push(mesh.points[old as usize]);
            points.len() as u32 - 1
        })
    };
    let triangles = triangles.iter().map(|t| t.map(&mut renumbered)).collect();
    (points, triangles)
}
