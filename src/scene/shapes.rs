//! Collision shapes of a scene's objects, fitted to their meshes once, before any episode.
//!
//! Placement asks them for overlaps, physics builds colliders from them. Scales are baked into
//! the shapes; equal shapes (same mesh, kind and scale) share one allocation.

mod cache;
mod decompose;
mod fit;
mod hull;
mod surface;

use std::collections::BTreeMap;

use rapier3d::math::Pose as ParryPose;
use rapier3d::parry::shape::SharedShape;

pub use cache::ShapeCache;

use super::desc::{BodyDesc, ColliderDesc, ColliderKind, Motion, SceneDesc};
use super::mesh::Mesh;
use crate::base::ids::{MeshId, ObjectId};
use crate::base::pose::Pose;
use crate::base::problem::{Problem, Problems};
use fit::Linear;

/// One convex piece or triangle mesh of an object.
#[derive(Clone)]
pub struct Shape {
    /// Metres.
    pub object_from_shape: Pose,
    pub shape: SharedShape,
}

/// Collision shapes of every object of a scene.
pub struct Shapes {
    /// By object id.
    objects: Vec<Vec<Shape>>,
}

impl Shapes {
    /// Fits the shapes of all objects. Convex decompositions are kept in the user's cache
    /// folder ([`ShapeCache::user`]).
    ///
    /// # Errors
    ///
    /// All at once: a mesh to which its kind of shape cannot be fitted (flat, sheared, nothing
    /// but degenerate triangles), a triangle mesh on a dynamic object, a dynamic object without
    /// any shape (links of robots excepted).
    pub fn build(scene: &SceneDesc) -> Result<Self, Problems> {
        Self::build_with(scene, &ShapeCache::user())
    }

    /// The same with a cache of the caller's choice. The cache never changes a bit of the result.
    ///
    /// # Errors
    ///
    /// As [`Shapes::build`].
    pub fn build_with(scene: &SceneDesc, cache: &ShapeCache) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut fitter = Fitter {
            cache,
            fitted: BTreeMap::new(),
        };
        let mut objects = Vec::with_capacity(scene.objects.len());
        for (index, object) in scene.objects.iter().enumerate() {
            let id = ObjectId(index as u32);
            let mut shapes = Vec::new();
            for collider in &object.body.colliders {
                match fitter.fit(scene, &object.body, collider) {
                    Ok(fitted) => shapes.extend(fitted),
                    Err(misfit) => problems.push(misfit.problem(scene, id, collider.mesh)),
                }
            }
            let bare = object.body.motion == Motion::Dynamic && object.body.colliders.is_empty();
            if bare && !is_link(scene, id) {
                problems.push(Problem::error(
                    file_of(scene, id),
                    format!("object {:?}", object.name),
                    "a dynamic object without a collision shape",
                    "at least one shape, or it would fall through everything",
                    "remove bs_collider = \"none\", add a collision mesh, or set bs_body = \"static\"",
                ));
            }
            objects.push(shapes);
        }
        if problems.has_errors() {
            return Err(problems);
        }
        Ok(Self { objects })
    }

    /// The shapes of an object of the scene they were built from, in its own frame; none for
    /// static objects that do not collide.
    pub fn of(&self, object: ObjectId) -> &[Shape] {
        &self.objects[object.index()]
    }

    /// Sum of the volumes of the object's shapes, m³; where they overlap it counts twice. Of a
    /// triangle mesh: the volume it encloses if it is closed.
    pub fn volume_m3(&self, object: ObjectId) -> f32 {
        self.of(object)
            .iter()
            .map(|s| s.shape.mass_properties(1.0).mass())
            .sum()
    }
}

/// The same pose in rapier's and parry's type.
pub fn to_parry(pose: &Pose) -> ParryPose {
    ParryPose::from_parts(pose.translation_m, pose.rotation)
}

/// The same pose in the crate's type.
pub fn from_parry(pose: &ParryPose) -> Pose {
    Pose::new(pose.rotation, pose.translation)
}

/// Why a shape could not be fitted.
struct Misfit {
    found: String,
    expected: &'static str,
    remedy: &'static str,
}

impl Misfit {
    fn problem(self, scene: &SceneDesc, object: ObjectId, mesh: MeshId) -> Problem {
        Problem::error(
            file_of(scene, object),
            format!(
                "object {:?}, mesh {:?}",
                scene.objects[object.index()].name,
                scene.meshes[mesh.index()].name
            ),
            self.found,
            self.expected,
            self.remedy,
        )
    }
}

/// Joints hold it: it cannot fall.
fn is_link(scene: &SceneDesc, object: ObjectId) -> bool {
    let mut assets = scene.assets.iter();
    assets.any(|asset| asset.articulated && asset.objects.contains(&object.0))
}

fn file_of(scene: &SceneDesc, object: ObjectId) -> &std::path::Path {
    scene
        .assets
        .iter()
        .find(|asset| asset.objects.contains(&object.0))
        .map_or(std::path::Path::new(""), |asset| asset.path.as_path())
}

/// What makes two fitted shapes equal: mesh, kind, and the bits of the scale.
type Key = (u32, u8, [u32; 9]);

struct Fitter<'a> {
    cache: &'a ShapeCache,
    /// Poses are `mesh_from_shape`, scale baked.
    fitted: BTreeMap<Key, Vec<Shape>>,
}

impl Fitter<'_> {
    fn fit(
        &mut self,
        scene: &SceneDesc,
        body: &BodyDesc,
        collider: &ColliderDesc,
    ) -> Result<Vec<Shape>, Misfit> {
        if body.motion == Motion::Dynamic && collider.kind == ColliderKind::TriangleMesh {
            return Err(Misfit {
                found: "a triangle-mesh collider on a dynamic object".into(),
                expected: "a solid shape",
                remedy: "set bs_collider to \"hull\" or \"decompose\", or bs_body to \"static\"",
            });
        }
        let (object_from_mesh, linear) = fit::split(&collider.object_from_mesh)?;
        let key = (collider.mesh.0, collider.kind as u8, linear.bits());
        if !self.fitted.contains_key(&key) {
            let mesh = &scene.meshes[collider.mesh.index()];
            let shapes = self.fit_scaled(mesh, collider.kind, &linear)?;
            self.fitted.insert(key, shapes);
        }
        Ok(self.fitted[&key]
            .iter()
            .map(|s| Shape {
                object_from_shape: object_from_mesh * s.object_from_shape,
                shape: s.shape.clone(),
            })
            .collect())
    }

    fn fit_scaled(
        &self,
        mesh: &Mesh,
        kind: ColliderKind,
        linear: &Linear,
    ) -> Result<Vec<Shape>, Misfit> {
        let mesh = fit::scaled(mesh, linear)?;
        match kind {
            ColliderKind::Box => fit::cuboid(&mesh, linear),
            ColliderKind::Sphere => fit::sphere(&mesh, linear),
            ColliderKind::Cylinder => fit::cylinder(&mesh, linear),
            ColliderKind::Capsule => fit::capsule(&mesh, linear),
            ColliderKind::ConvexHull => hull::convex_hull(&mesh.points).map(|h| vec![h]),
            ColliderKind::ConvexDecomposition => decompose::convex_pieces(&mesh, self.cache),
            ColliderKind::TriangleMesh => surface::triangle_mesh(&mesh),
        }
    }
}
