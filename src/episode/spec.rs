//! Everything needed to replay one episode, given the files.

use std::collections::BTreeMap;

use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::base::camera::CameraSpec;
use crate::base::frame::MaterialLook;
use crate::base::ids::{AssetId, ClassId, ObjectId};
use crate::base::light::Light;
use crate::base::pose::Pose;

/// Version of the JSON form of [`EpisodeSpec`].
pub const EPISODE_SCHEMA: u32 = 1;

/// Pure data; serializes to JSON and replays alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpisodeSpec {
    pub schema: u32,
    pub seed: u64,
    pub episode: u64,
    /// The instance id of `objects[i]` is i + 1: the scene's own objects, then the spawned ones.
    pub objects: Vec<ObjectSpec>,
    pub lights: Vec<Light>,
    pub physics: PhysicsSpec,
    /// In order of time; all have the same cameras, in the same order.
    pub frames: Vec<FrameSpec>,
    /// What could not be placed.
    pub shortfalls: Vec<Shortfall>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub robots: Vec<RobotSpec>,
}

/// One robot at the start of the episode. Its links that have geometry are among the objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotSpec {
    /// Unique in the episode.
    pub name: String,
    /// Index into the loaded robots.
    pub robot: u32,
    pub world_from_base: Pose,
    /// rad or m, by joint; fixed and mimicking ones included.
    pub start: Vec<f64>,
    /// By link: its index in [`EpisodeSpec::objects`], if it has geometry.
    pub links: Vec<Option<u32>>,
}

/// One object at the start of the episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectSpec {
    /// Unique in the episode.
    pub name: String,
    pub asset: AssetId,
    pub object: ObjectId,
    pub class: ClassId,
    pub role: Role,
    /// Name of the recipe's `[[spawn]]`; `None` for the scene's own objects.
    pub spawn: Option<String>,
    pub world_from_object: Pose,
    pub looks: Vec<MaterialLook>,
    /// Recorded draws that readers may want: atlas cells, variants, group values.
    pub attributes: BTreeMap<String, String>,
}

/// Why an object is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Part of the scene file.
    Scene,
    Object,
    Clutter,
    Distractor,
    /// A link of a robot.
    Robot,
}

/// Timing of one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhysicsSpec {
    pub gravity_m_per_s2: Vec3,
    pub timestep_secs: f64,
    /// Simulated at most this long before the first frame; stops earlier at rest. 0 if the first
    /// frame is taken at release.
    pub settle_secs: f64,
    /// Optical flow is to this much after each frame; a multiple of the time step.
    pub flow_secs: f64,
    /// Factor on the friction coefficient of everything but robots.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub friction_scale: f32,
    /// Factor on the mass of everything but robots.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub mass_scale: f32,
}

fn one() -> f32 {
    1.0
}

fn is_one(x: &f32) -> bool {
    *x == 1.0
}

/// When a frame is taken, and through which cameras.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameSpec {
    /// After settling; a multiple of the time step.
    pub after_settling_secs: f64,
    pub cameras: Vec<CameraSpec>,
    /// Those that move with its cameras.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lights: Vec<Light>,
}

/// Fewer objects were placed than drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shortfall {
    pub spawn: String,
    pub asset: String,
    pub region: String,
    pub wanted: u32,
    pub placed: u32,
    pub reason: String,
}
