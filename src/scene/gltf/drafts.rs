//! Objects in the making, and how they become [`ObjectDesc`]s.

use std::collections::BTreeSet;

use glam::{Affine3A, DAffine3, DVec3};

use super::accessors::Accessors;
use super::extras::ColliderChoice;
use super::meshes::Meshes;
use super::nodes::Frame;
use super::report::At;
use crate::base::ids::{ClassId, MeshId, PartId};
use crate::base::pose::Pose;
use crate::scene::desc::{
    BodyDesc, Bounds, ColliderDesc, ColliderKind, Motion, NamedFrame, NamedPoint, ObjectDesc,
    RegionDesc, Surface,
};
use crate::scene::mesh::Mesh;

/// Scales whose product is smaller are taken for zero.
const MIN_DETERMINANT: f64 = 1e-27;

/// Properties that come from the nearest ancestor that has them.
#[derive(Clone, Copy)]
pub(super) struct Inherited {
    pub motion: Motion,
    pub density_kg_per_m3: f32,
    pub friction: f32,
    pub restitution: f32,
    pub collider: Option<ColliderChoice>,
    pub part: PartId,
    /// Index into the drafts.
    pub object: Option<usize>,
    /// The object that the node belongs to could not be made, which has been reported.
    pub broken: bool,
    /// From the node to its object; to the world if there is none.
    pub object_from_node: DAffine3,
}

impl Inherited {
    /// Above the roots: the defaults of `scenes/README.md`.
    pub(super) const ROOT: Self = Self {
        motion: Motion::Static,
        density_kg_per_m3: 1000.0,
        friction: 0.6,
        restitution: 0.1,
        collider: None,
        part: PartId(0),
        object: None,
        broken: false,
        object_from_node: DAffine3::IDENTITY,
    };
}

/// A mesh that an object's colliders may be made of.
#[derive(Clone)]
pub(super) struct ColliderDraft<'a> {
    pub at: At<'a>,
    pub mesh: usize,
    pub only: bool,
    pub choice: Option<ColliderChoice>,
    pub object_from_mesh: DAffine3,
}

/// An object in the making.
pub(super) struct Draft<'a> {
    pub at: At<'a>,
    pub name: String,
    pub class: ClassId,
    pub pose: Pose,
    pub inherited: Inherited,
    pub mass_kg: Option<f32>,
    pub surfaces: Vec<Surface>,
    pub colliders: Vec<ColliderDraft<'a>>,
    pub keypoints: Vec<NamedPoint>,
    pub grasps: Vec<NamedFrame>,
    pub regions: Vec<RegionDesc>,
    pub bounds: Bounds,
    /// Names of keypoints and of grasps.
    pub marks: BTreeSet<(&'static str, String)>,
    /// Instanced nodes below have taken its class: it need not have a mesh itself.
    pub lent: bool,
    /// A mesh of it had an error, which has been reported.
    pub flawed: bool,
}

/// The meshes of the file, and the tables they go to.
pub(super) struct MeshSource<'l, 'a> {
    pub meshes: Meshes<'a>,
    pub accessors: &'l Accessors<'a>,
}

impl<'a> MeshSource<'_, 'a> {
    /// The box around all positions of mesh `index`; `None` where an error has been reported.
    pub(super) fn bounds(&self, index: usize) -> Option<Bounds> {
        self.meshes.bounds(index, self.accessors)
    }

    /// The mesh and transform without mirroring: a mirror is put into the mesh itself.
    pub(super) fn unmirrored(
        &mut self,
        at: &At<'a>,
        mesh: MeshId,
        object_from_mesh: &DAffine3,
        table: &mut Vec<Mesh>,
    ) -> Option<(MeshId, Affine3A)> {
        let (mesh, affine) = if object_from_mesh.matrix3.determinant() < 0.0 {
            let mesh = self.meshes.mirrored(mesh, at, self.accessors, table)?;
            let mirror = DAffine3::from_scale(DVec3::new(-1.0, 1.0, 1.0));
            (mesh, *object_from_mesh * mirror)
        } else {
            (mesh, *object_from_mesh)
        };
        // No −0, which would show in files.
        let plain = affine.to_cols_array().map(|v| v as f32 + 0.0);
        Some((mesh, Affine3A::from_cols_array(&plain)))
    }
}

/// Whether the frame has an inverse; an error if not.
pub(super) fn check_scale(at: &At<'_>, object_from_mesh: &DAffine3) -> bool {
    let fine = object_from_mesh.matrix3.determinant().abs() >= MIN_DETERMINANT;
    if !fine {
        at.error("a frame with scale 0", "a scale other than 0", "");
    }
    fine
}

impl<'a> Draft<'a> {
    /// Without anything in it yet.
    pub(super) fn new(
        at: &At<'a>,
        name: String,
        class: ClassId,
        frame: &Frame,
        inherited: Inherited,
        mass_kg: Option<f32>,
    ) -> Self {
        Self {
            at: at.clone(),
            name,
            class,
            pose: frame.pose(),
            inherited,
            mass_kg,
            surfaces: Vec::new(),
            colliders: Vec::new(),
            keypoints: Vec::new(),
            grasps: Vec::new(),
            regions: Vec::new(),
            bounds: Bounds::EMPTY,
            marks: BTreeSet::new(),
            lent: false,
            flawed: false,
        }
    }

    /// The object; `None` if it has nothing to be seen, which is an error unless its class was
    /// all that was wanted.
    pub(super) fn finish(
        self,
        source: &mut MeshSource<'_, 'a>,
        table: &mut Vec<Mesh>,
    ) -> Option<(At<'a>, ObjectDesc)> {
        if self.surfaces.is_empty() {
            let bare = self.colliders.is_empty()
                && self.keypoints.is_empty()
                && self.grasps.is_empty()
                && self.regions.is_empty();
            if !(self.flawed || self.lent && bare) {
                self.at.error(
                    "an object without a rendered mesh",
                    "at least one mesh at or below a node with `bs_class`, in no other object",
                    "",
                );
            }
            return None;
        }
        let colliders = self.fit_colliders(source, table);
        let inherited = &self.inherited;
        let object = ObjectDesc {
            name: self.name,
            class: self.class,
            asset_from_object: self.pose,
            surfaces: self.surfaces,
            keypoints: self.keypoints,
            grasps: self.grasps,
            regions: self.regions,
            body: BodyDesc {
                motion: inherited.motion,
                mass_kg: self.mass_kg,
                density_kg_per_m3: inherited.density_kg_per_m3,
                friction: inherited.friction,
                restitution: inherited.restitution,
                colliders,
            },
            bounds: self.bounds,
        };
        Some((self.at, object))
    }

    /// If any mesh is for collision only, those; else all. The default is `hull` on dynamic and
    /// `mesh` on static objects.
    fn fit_colliders(
        &self,
        source: &mut MeshSource<'_, 'a>,
        table: &mut Vec<Mesh>,
    ) -> Vec<ColliderDesc> {
        let motion = self.inherited.motion;
        let any_only = self.colliders.iter().any(|c| c.only);
        let (mut colliders, mut flawed) = (Vec::new(), self.flawed);
        for collider in self.colliders.iter().filter(|c| c.only == any_only) {
            let kind = match (collider.choice, motion) {
                (Some(ColliderChoice::None), _) => continue,
                (Some(ColliderChoice::Fit(kind)), _) => kind,
                (None, Motion::Static) => ColliderKind::TriangleMesh,
                (None, Motion::Dynamic) => ColliderKind::ConvexHull,
            };
            if kind == ColliderKind::TriangleMesh && motion == Motion::Dynamic {
                collider.at.error(
                    "a `mesh` collider on a dynamic object",
                    "a closed convex shape",
                    "use hull, decompose, box, sphere, cylinder or capsule",
                );
                flawed = true;
                continue;
            }
            let fitted = source
                .meshes
                .merged(collider.mesh, source.accessors, table)
                .and_then(|mesh| {
                    source.unmirrored(&collider.at, mesh, &collider.object_from_mesh, table)
                });
            let Some((mesh, object_from_mesh)) = fitted else {
                flawed = true;
                continue;
            };
            colliders.push(ColliderDesc {
                kind,
                mesh,
                object_from_mesh,
            });
        }
        if colliders.is_empty() && motion == Motion::Dynamic && !flawed {
            self.at.error(
                "a dynamic object without colliders",
                "something that can rest on something",
                "remove `bs_collider = none`, or make it static",
            );
        }
        colliders
    }
}
