//! What the world shows at one moment: the joint between physics and rendering.

use glam::Affine3A;
use serde::{Deserialize, Serialize};

use super::camera::CameraSpec;
use super::ids::{ClassId, InstanceId, MaterialId, ObjectId, TextureId};
use super::light::Light;
use super::pose::Pose;

/// Pure data: everything a renderer needs beside the scene's files.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSnapshot {
    /// Simulated time since release.
    pub time_secs: f64,
    /// From this frame to the poses named `next`.
    pub flow_secs: f64,
    /// In order of instance id, 1 first.
    pub instances: Vec<InstanceSnapshot>,
    pub lights: Vec<Light>,
    pub cameras: Vec<CameraSpec>,
}

/// One object at that moment.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceSnapshot {
    pub id: InstanceId,
    pub object: ObjectId,
    pub class: ClassId,
    pub world_from_instance: Pose,
    /// `flow_secs` later.
    pub world_from_instance_next: Pose,
    /// Changes to the materials of the object's surfaces.
    pub looks: Vec<MaterialLook>,
    /// The liquid in it now, where liquid is tracked: drawn instead of the surfaces that show some in
    /// the file ([`crate::scene::desc::Surface::liquid`]). `None`: those are drawn.
    pub fillings: Option<Vec<Filling>>,
}

/// A body of liquid in a vessel or a tip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filling {
    /// The cross-section is an ellipse, not a rectangle.
    pub round: bool,
    /// From the unit that spans −1 … 1 in X and Y and 0 … 1 in Z.
    pub object_from_unit: Affine3A,
    /// Linear sRGB, 0 … 1.
    pub color: [f32; 3],
}

/// How one material of one object looks in one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaterialLook {
    /// The material as the file has it.
    pub of: MaterialId,
    /// Its name, for readers.
    pub name: String,
    /// The material it becomes: another one if a variant was chosen, else the same.
    pub becomes: MaterialId,
    /// Multiplies the base colour, linear sRGB.
    pub tint: [f32; 3],
    /// Replaces the roughness factor.
    pub roughness: Option<f32>,
    /// Replaces the metallic factor.
    pub metallic: Option<f32>,
    /// Added to the base colour texture's UV after its own transform.
    pub uv_offset: [f32; 2],
    /// Replaces the base colour texture.
    pub texture: Option<TextureId>,
}
