//! Convex hulls.

use std::collections::BTreeSet;

use glam::Vec3;
use rapier3d::parry::shape::{ConvexPolyhedron, SharedShape};
use rapier3d::parry::transformation::try_convex_hull;

use super::fit::MIN_THICKNESS_M;
use super::{Misfit, Shape};
use crate::base::guard::quietly;
use crate::base::pose::Pose;
use crate::scene::desc::Bounds;

/// Of up to so many points the hull is exact.
const EXACT_UP_TO: usize = 256;
/// Of more, those count that are farthest along the directions of a grid of so many steps
/// squared on each face of a cube.
const STEPS: i32 = 10;

/// A convex polyhedron as a triangle mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct Hull {
    pub points: Vec<Vec3>,
    /// Counter-clockwise from outside.
    pub triangles: Vec<[u32; 3]>,
}

/// The convex hull of points in the mesh's frame.
pub fn convex_hull(points: &[Vec3]) -> Result<Shape, Misfit> {
    hull(points)
        .and_then(|hull| polyhedron(&hull))
        .ok_or_else(|| Misfit {
            found: "points that span no solid convex hull".into(),
            expected: "points not all in one plane, at least 0.00001 m apart from it",
            remedy: "give the mesh thickness, or add a collision mesh",
        })
}

/// The hull of points, none if they are too near to one plane or the algorithm fails on them.
pub fn hull(points: &[Vec3]) -> Option<Hull> {
    let mut bounds = Bounds::EMPTY;
    points.iter().for_each(|&p| bounds.include(p));
    let size = bounds.size();
    if !size.is_finite() || size.min_element() < MIN_THICKNESS_M {
        return None;
    }
    // Hulls are affine invariant, but the algorithm's tolerances are absolute: thin sheets are
    // solved as cubes.
    let center = bounds.center();
    let in_cube: Vec<Vec3> = points.iter().map(|&p| (p - center) / size).collect();
    // The algorithm fails on some sets of nearly coplanar points; of fewer it makes a hull.
    let tries = [
        (EXACT_UP_TO, STEPS),
        (EXACT_UP_TO / 4, STEPS / 2),
        (0, STEPS / 3),
    ];
    let mut tries = tries.into_iter();
    let hull = tries.find_map(|(exact, steps)| around(&outermost(&in_cube, exact, steps)))?;
    Some(Hull {
        points: hull.points.iter().map(|p| p * size + center).collect(),
        triangles: hull.triangles,
    })
}

/// The hull of points in a cube, if the algorithm finds one that holds them all.
fn around(in_cube: &[Vec3]) -> Option<Hull> {
    // parry asserts what odd geometry can break; a user's mesh must not end the program.
    let (points, triangles) = quietly(|| try_convex_hull(in_cube).ok())??;
    let holds_all = triangles.iter().all(|t| {
        let [a, b, c] = t.map(|i| points[i as usize]);
        let normal = (b - a).cross(c - a).normalize_or_zero();
        in_cube.iter().all(|p| normal.dot(p - a) < 1e-3)
    });
    (triangles.len() >= 4 && holds_all).then_some(Hull { points, triangles })
}

/// The points themselves if they are few, else those farthest along many directions. A smooth
/// body of radius r loses up to 0.4 % of r between neighbouring directions, and a hull of a
/// hundred thousand points would slow every contact and overflow the algorithm's recursion.
fn outermost(points: &[Vec3], exact_up_to: usize, steps: i32) -> Vec<Vec3> {
    if points.len() <= exact_up_to {
        return points.to_vec();
    }
    let mut keep = BTreeSet::new();
    for axis in 0..3 {
        for (sign, u, v) in face_grid(steps) {
            let mut direction = [0.0; 3];
            direction[axis] = sign;
            direction[(axis + 1) % 3] = u;
            direction[(axis + 2) % 3] = v;
            let direction = Vec3::from(direction);
            let mut farthest = (f32::NEG_INFINITY, 0);
            for (i, p) in points.iter().enumerate() {
                let distance = p.dot(direction);
                if distance > farthest.0 {
                    farthest = (distance, i);
                }
            }
            keep.insert(farthest.1);
        }
    }
    keep.into_iter().map(|i| points[i]).collect()
}

/// A grid of `steps`² directions on each of two opposite faces of a cube.
fn face_grid(steps: i32) -> impl Iterator<Item = (f32, f32, f32)> {
    let at = move |i: i32| (2 * i + 1 - steps) as f32 / steps as f32;
    [-1.0, 1.0]
        .into_iter()
        .flat_map(move |sign| (0..steps * steps).map(move |i| (sign, at(i % steps), at(i / steps))))
}

/// The collision shape of a hull, if it is thick enough to have an inside.
pub fn polyhedron(hull: &Hull) -> Option<Shape> {
    let polyhedron =
        quietly(|| ConvexPolyhedron::from_convex_mesh(hull.points.clone(), &hull.triangles))??;
    let shape = SharedShape::new(polyhedron);
    let volume = shape.mass_properties(1.0).mass();
    // Of a plate, its thickness; of a ball, two thirds of its radius.
    let thickness = volume / (0.5 * area(hull));
    (thickness >= MIN_THICKNESS_M && volume.is_finite()).then_some(Shape {
        object_from_shape: Pose::IDENTITY,
        shape,
    })
}

fn area(hull: &Hull) -> f32 {
    let areas = hull.triangles.iter().map(|t| {
        let [a, b, c] = t.map(|i| hull.points[i as usize]);
        0.5 * (b - a).cross(c - a).length()
    });
    areas.sum()
}
