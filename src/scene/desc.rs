//! The validated scene: flat tables, no `Option` that means "default".

use std::ops::Range;
use std::path::PathBuf;

use glam::{Affine3A, Quat, Vec3};

use super::environment::EnvironmentMap;
use super::material::{Material, Texture};
use super::mesh::Mesh;
use super::taxonomy::Taxonomy;
use crate::base::ids::{AssetId, ClassId, MaterialId, MeshId, ObjectId, PartId};
use crate::base::light::Light;
use crate::base::pose::Pose;

/// A scene file and every asset its recipe can spawn.
#[derive(Clone, Debug)]
pub struct SceneDesc {
    pub name: String,
    pub taxonomy: Taxonomy,
    /// The scene file first, then the spawnable assets in order of their paths.
    pub assets: Vec<AssetDesc>,
    pub objects: Vec<ObjectDesc>,
    pub meshes: Vec<Mesh>,
    pub materials: Vec<Material>,
    pub textures: Vec<Texture>,
    /// Surroundings that lights refer to.
    pub environments: Vec<EnvironmentMap>,
    /// Names of parts; the first is "" (unnamed).
    pub parts: Vec<String>,
    /// What liquid is drawn with, if something tracks it here.
    pub liquid: Option<LiquidBodies>,
    /// Every file read, by path relative to the recipe, sorted.
    pub files: Vec<FileDigest>,
}

impl SceneDesc {
    /// Nothing but the unnamed part.
    pub fn empty(name: impl Into<String>, taxonomy: Taxonomy) -> Self {
        Self {
            name: name.into(),
            taxonomy,
            assets: Vec::new(),
            objects: Vec::new(),
            meshes: Vec::new(),
            materials: Vec::new(),
            textures: Vec::new(),
            environments: Vec::new(),
            parts: vec![String::new()],
            liquid: None,
            files: Vec::new(),
        }
    }

    /// Bounds of an asset's objects, as its file has them, after a rotation about its origin.
    pub fn extent(&self, asset: AssetId, rotation: Quat) -> Bounds {
        let mut extent = Bounds::EMPTY;
        for id in self.assets[asset.index()].object_ids() {
            let object = &self.objects[id.index()];
            for corner in object.bounds.corners() {
                extent.include(rotation * object.asset_from_object.point(corner));
            }
        }
        extent
    }
}

/// A file that the scene depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct FileDigest {
    /// Relative to the recipe's folder, with forward slashes.
    pub path: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// One glTF file, or one robot. Poses are in the file's world frame, turned to Z up.
#[derive(Clone, Debug)]
pub struct AssetDesc {
    /// File name without extension.
    pub name: String,
    /// As found on disk.
    pub path: PathBuf,
    /// Its objects are neighbours in [`SceneDesc::objects`].
    pub objects: Range<u32>,
    /// Its objects are the links of a robot: joints hold them together, and one of them need not
    /// have a collision shape, nor anything to be seen.
    pub articulated: bool,
    /// Regions that belong to no object.
    pub regions: Vec<RegionDesc>,
    pub cameras: Vec<CameraNode>,
    pub lights: Vec<Light>,
    /// Names of KHR_materials_variants; [`Surface::variants`] refers to them by index.
    pub variants: Vec<String>,
    /// Every node with a name (suffix kept), for mounts.
    pub nodes: Vec<(String, Pose)>,
}

impl AssetDesc {
    /// Ids of its objects.
    pub fn object_ids(&self) -> impl Iterator<Item = ObjectId> + use<> {
        self.objects.clone().map(ObjectId)
    }
}

/// One rigid thing with an instance id.
#[derive(Clone, Debug)]
pub struct ObjectDesc {
    /// `bs_instance`, or the node's name.
    pub name: String,
    pub class: ClassId,
    pub asset_from_object: Pose,
    pub surfaces: Vec<Surface>,
    pub keypoints: Vec<NamedPoint>,
    pub grasps: Vec<NamedFrame>,
    /// Regions that move with the object; poses in the object's frame.
    pub regions: Vec<RegionDesc>,
    pub body: BodyDesc,
    /// Of the rendered surfaces, in the object's frame, metres. Never empty.
    pub bounds: Bounds,
}

/// A mesh with a material, as part of an object.
#[derive(Clone, Debug)]
pub struct Surface {
    pub mesh: MeshId,
    pub material: MaterialId,
    /// (index into [`AssetDesc::variants`], the material under it).
    pub variants: Vec<(u32, MaterialId)>,
    /// May scale and shear; never mirrors: the loader puts mirroring into the mesh.
    pub object_from_mesh: Affine3A,
    pub part: PartId,
    /// Shows liquid as the file has it: not drawn where the object's liquid is tracked.
    pub liquid: bool,
}

/// What tracked liquid is drawn with: see [`crate::base::frame::Filling`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidBodies {
    /// A box.
    pub block: MeshId,
    pub cylinder: MeshId,
    /// White; takes the liquid's colour.
    pub material: MaterialId,
    pub part: PartId,
}

/// An axis-aligned box.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bounds {
    pub min: Vec3,
    pub max: Vec3,
}

impl Bounds {
    /// Holds nothing; grows by [`Bounds::include`].
    pub const EMPTY: Self = Self {
        min: Vec3::INFINITY,
        max: Vec3::NEG_INFINITY,
    };

    /// Grows to hold `point`.
    pub fn include(&mut self, point: Vec3) {
        self.min = self.min.min(point);
        self.max = self.max.max(point);
    }

    /// Grows to hold `other`.
    pub fn merge(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The middle.
    pub fn center(&self) -> Vec3 {
        0.5 * (self.min + self.max)
    }

    /// Edge lengths.
    pub fn size(&self) -> Vec3 {
        self.max - self.min
    }

    /// The eight corners: bit 0 of the index chooses max x, bit 1 max y, bit 2 max z.
    pub fn corners(&self) -> [Vec3; 8] {
        std::array::from_fn(|i| {
            Vec3::new(
                if i & 1 == 0 { self.min.x } else { self.max.x },
                if i & 2 == 0 { self.min.y } else { self.max.y },
                if i & 4 == 0 { self.min.z } else { self.max.z },
            )
        })
    }
}

/// A keypoint, in its object's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPoint {
    pub name: String,
    pub point_m: Vec3,
}

/// A grasp frame: Z approaches the object, X is the way the fingers close.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedFrame {
    pub name: String,
    pub object_from_frame: Pose,
}

/// A box for placement: spans ±`half_size_m` about `parent_from_region`.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDesc {
    /// `bs_region`; several may share it (slots).
    pub name: String,
    /// Of the object, or of the asset for regions of no object.
    pub parent_from_region: Pose,
    pub half_size_m: Vec3,
}

/// A glTF camera node.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraNode {
    /// Of the node.
    pub name: String,
    /// OpenCV axes.
    pub asset_from_camera: Pose,
    pub vertical_fov_rad: f64,
}

/// Whether physics moves an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Static,
    Dynamic,
}

/// How an object takes part in physics.
#[derive(Clone, Debug)]
pub struct BodyDesc {
    pub motion: Motion,
    /// If the author gave one; else colliders' volume × density.
    pub mass_kg: Option<f32>,
    pub density_kg_per_m3: f32,
    pub friction: f32,
    pub restitution: f32,
    pub colliders: Vec<ColliderDesc>,
}

/// A collision shape, to be fitted to a mesh.
#[derive(Clone, Debug)]
pub struct ColliderDesc {
    pub kind: ColliderKind,
    pub mesh: MeshId,
    pub object_from_mesh: Affine3A,
}

/// How the shape follows the mesh; axes are those of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColliderKind {
    /// Bounding box in the mesh's axes.
    Box,
    /// Smallest sphere about the bounding box's centre.
    Sphere,
    /// About the bounding box's centre, axis Z.
    Cylinder,
    /// About the bounding box's centre, axis Z.
    Capsule,
    ConvexHull,
    /// Approximate convex decomposition (VHACD).
    ConvexDecomposition,
    /// Every triangle; static objects only.
    TriangleMesh,
}
