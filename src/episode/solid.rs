//! What already stands where: exact queries between collision shapes.

use glam::Vec3;
use rapier3d::math::Pose as ParryPose;
use rapier3d::parry::bounding_volume::{Aabb, BoundingVolume};
use rapier3d::parry::query::{self, Ray, RayCullingMode};
use rapier3d::parry::shape::{SharedShape, TriMesh};

use crate::base::ids::ObjectId;
use crate::base::pose::Pose;
use crate::scene::shapes::{Shapes, to_parry};

/// A collision shape in the world.
#[derive(Clone)]
pub struct Solid {
    world_from_shape: ParryPose,
    shape: SharedShape,
    bounds: Aabb,
    /// Objects that were placed as one.
    pub unit: usize,
    /// Of a static object of the scene file.
    pub fixed: bool,
}

/// The shapes of an object at a pose.
pub fn solids_of(
    shapes: &Shapes,
    object: ObjectId,
    world_from_object: &Pose,
    unit: usize,
    fixed: bool,
) -> Vec<Solid> {
    shapes
        .of(object)
        .iter()
        .map(|shape| {
            let world_from_shape = to_parry(&(*world_from_object * shape.object_from_shape));
            Solid {
                bounds: shape.shape.compute_aabb(&world_from_shape),
                world_from_shape,
                shape: shape.shape.clone(),
                unit,
                fixed,
            }
        })
        .collect()
}

/// How near an item may come to what is already there.
pub struct Rule {
    /// Least clearance to other items; 0: no overlap.
    pub gap_m: f32,
    /// World direction away from the floor. Clearance to what may carry the item is measured
    /// with the item raised by the gap.
    pub up: Vec3,
    /// The unit whose region holds the item; `None`: the fixed parts of the scene.
    pub holder: Option<usize>,
    /// How deep it may reach into the holder.
    pub holder_depth_m: f32,
}

/// Everything placed so far.
#[derive(Default)]
pub struct Solids {
    list: Vec<Solid>,
}

impl Solids {
    /// Adds shapes.
    pub fn extend(&mut self, solids: Vec<Solid>) {
        self.list.extend(solids);
    }

    /// The unit of the first shape that is in the way of `item`.
    pub fn obstacle(&self, item: &[Solid], rule: &Rule) -> Option<usize> {
        let obstacle = item.iter().find_map(|part| {
            let reach = part.bounds.loosened(2.0 * rule.gap_m.max(0.0) + 1e-4);
            self.list
                .iter()
                .filter(|other| reach.intersects(&other.bounds))
                .find(|other| !rule.allows(part, other))
        });
        obstacle.map(|solid| solid.unit)
    }

    /// Distance from a point to the nearest shape; 0 inside of one.
    pub fn clearance(&self, point: Vec3) -> f32 {
        self.list
            .iter()
            .map(|solid| solid.distance_to(point))
            .fold(f32::INFINITY, f32::min)
    }
}

impl Rule {
    fn allows(&self, item: &Solid, other: &Solid) -> bool {
        if item.encloses(other) || other.encloses(item) {
            return false;
        }
        let carries = other.fixed || self.holder == Some(other.unit);
        if !carries {
            return if self.gap_m > 0.0 {
                item.distance(other) >= self.gap_m
            } else {
                !item.overlaps(other)
            };
        }
        let holds = match self.holder {
            Some(unit) => other.unit == unit,
            None => other.fixed,
        };
        let allowed = if holds { self.holder_depth_m } else { 0.0 };
        if item.depth(other) > allowed {
            return false;
        }
        self.gap_m <= 0.0 || item.raised(self.up * self.gap_m).distance(other) >= self.gap_m
    }
}

/// All pairs of shapes the loader makes are supported by parry; were one not, the cautious
/// answer is that the two overlap.
impl Solid {
    fn overlaps(&self, other: &Self) -> bool {
        query::intersection_test(
            &self.world_from_shape,
            &*self.shape,
            &other.world_from_shape,
            &*other.shape,
        )
        .map_or(true, |answer| answer.intersecting)
    }

    fn distance(&self, other: &Self) -> f32 {
        query::distance(
            &self.world_from_shape,
            &*self.shape,
            &other.world_from_shape,
            &*other.shape,
        )
        .map_or(0.0, |answer| answer.distance)
    }

    /// How deep the two overlap; 0 if they do not.
    fn depth(&self, other: &Self) -> f32 {
        if !self.overlaps(other) {
            return 0.0;
        }
        query::contact(
            &self.world_from_shape,
            &*self.shape,
            &other.world_from_shape,
            &*other.shape,
            0.0,
        )
        .map_or(f32::INFINITY, |contact| {
            contact.map_or(0.0, |contact| -contact.dist)
        })
    }

    fn raised(&self, by: Vec3) -> Self {
        let mut raised = self.clone();
        raised.world_from_shape.translation += by;
        raised
    }

    fn distance_to(&self, point: Vec3) -> f32 {
        match self.shape.as_trimesh() {
            Some(mesh) if self.is_inside_mesh(mesh, point) => 0.0,
            _ => self
                .shape
                .distance_to_point(&self.world_from_shape, point, true),
        }
    }

    /// Whether this is a closed mesh with `other` inside. A mesh is a surface to parry, so that
    /// no overlap is seen there.
    fn encloses(&self, other: &Self) -> bool {
        match self.shape.as_trimesh() {
            Some(mesh) => self.is_inside_mesh(mesh, other.bounds.center()),
            None => false,
        }
    }

    /// Whether the first surface in each of six directions is seen from behind. In a room whose
    /// walls face inwards it is not.
    fn is_inside_mesh(&self, mesh: &TriMesh, point: Vec3) -> bool {
        const DIRECTIONS: [Vec3; 6] = [
            Vec3::X,
            Vec3::NEG_X,
            Vec3::Y,
            Vec3::NEG_Y,
            Vec3::Z,
            Vec3::NEG_Z,
        ];
        if !self.bounds.contains_local_point(point) {
            return false;
        }
        DIRECTIONS.iter().all(|&direction| {
            let ray = Ray::new(point, direction);
            let hit = |culling| {
                mesh.cast_ray_with_culling(&self.world_from_shape, &ray, f32::MAX, culling)
                    .map_or(f32::INFINITY, |hit| hit.time_of_impact)
            };
            hit(RayCullingMode::IgnoreFrontfaces) < hit(RayCullingMode::IgnoreBackfaces)
        })
    }
}
