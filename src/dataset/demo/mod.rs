//! Robot demonstrations: what one recorded episode is, and the files that it becomes.
//!
//! ```text
//! manifest.json                       schema and request; written first
//! episodes/000/000017/episode.json    instruction, verdict, spec, objects, stages, digests
//!                     steps.parquet   one row a control step
//!                     <camera>.mp4    H.264
//!                     <camera>.depth.zip, <camera>.instance.zip    16-bit PNGs, one a step
//! lerobot3/, lerobot2/, robomimic.hdf5   for learners, made from the episodes
//! summary.json                        what came out; written last
//! ```
//!
//! Every byte is a function of the episodes and the request: [`Recording`] may be killed and gone
//! on with, and episodes may come from any thread in any order.

pub mod camera;
pub mod check;
pub mod groups;
pub mod layout;
pub mod lerobot;
pub mod manifest;
pub mod mp4;
pub mod native;
pub mod recording;
pub mod robomimic;
pub mod stats;
pub mod steps;
pub mod table;
pub mod training;
mod valid;
pub mod video;
pub mod zip;

pub use camera::{CameraEncoder, EncodedCamera};
pub use manifest::{DemoFormat, DemoManifest, DemoRequest};
pub use recording::{Recording, RecordingSummary};

use serde::{Deserialize, Serialize};

use crate::base::camera::CameraSpec;
use crate::base::pose::Pose;

/// What is the same in all episodes of one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoSchema {
    /// Such as `load_slide`.
    pub task: String,
    /// Names of the task's stages, in order.
    pub stages: Vec<String>,
    /// Such as `fr3`.
    pub robot: String,
    /// Control steps a second: one step and one picture of each camera each.
    pub rate_hz: u32,
    /// Proprioception: what [`DemoStep::state`] holds.
    pub state: Vec<Channel>,
    /// What [`DemoStep::action`] holds.
    pub action: Vec<Channel>,
    pub cameras: Vec<DemoCamera>,
    /// Names of the reward's terms; their sum is the reward.
    pub reward_terms: Vec<String>,
    /// Depth unit of 16-bit depth pictures, metres; 0 is "nothing seen".
    pub depth_unit_m: f64,
}

/// One number of a state or action vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Such as `fr3_joint1.position` or `gripper.open_fraction`.
    pub name: String,
    /// `rad`, `m`, `rad/s`, `m/s`, `1` …
    pub unit: String,
    /// Least and greatest value; infinite bounds are `None`.
    pub range: Option<(f64, f64)>,
}

/// A camera of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoCamera {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    pub width_px: u32,
    pub height_px: u32,
    /// Whether [`DemoFrames::z_depth_m`] is recorded.
    pub depth: bool,
    /// Whether [`DemoFrames::instance`] is recorded.
    pub instances: bool,
}

/// One episode, complete.
#[derive(Clone, Debug)]
pub struct DemoEpisode {
    /// Number in the recording, from 0; kept failures count too.
    pub index: u64,
    /// What to tell the robot, in the phrasing drawn for this episode.
    pub instruction: String,
    pub verdict: DemoVerdict,
    /// JSON from which the episode replays, together with the actions.
    pub spec: serde_json::Value,
    /// By instance id − 1: name and class name of every object.
    pub objects: Vec<DemoObject>,
    /// Observation, then the action taken on it.
    pub steps: Vec<DemoStep>,
    /// By camera of the schema.
    pub frames: Vec<DemoFrames>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoVerdict {
    pub success: bool,
    /// `success`, `timed out`, `dropped the slide`, `diverged` …
    pub reason: String,
}

/// A thing with an instance id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoObject {
    pub name: String,
    pub class: String,
}

/// One control step.
#[derive(Clone, Debug)]
pub struct DemoStep {
    /// Before the action; as [`DemoSchema::state`].
    pub state: Vec<f32>,
    /// As [`DemoSchema::action`].
    pub action: Vec<f32>,
    /// Earned by this step; as [`DemoSchema::reward_terms`].
    pub reward_terms: Vec<f32>,
    /// Index of the stage that is being worked on; the number of stages once all are done.
    pub stage: u32,
    /// By instance id − 1: `world_from_object` before the action.
    pub poses: Vec<Pose>,
    /// Touching pairs with a robot link in them, before the action.
    pub contacts: Vec<DemoContact>,
    /// SHA-256 of the whole simulated state before the action.
    pub state_digest: [u8; 32],
    /// By camera of the schema: where it was.
    pub cameras: Vec<CameraSpec>,
}

/// Two things that touch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemoContact {
    /// Instance ids, smaller first.
    pub instances: (u32, u32),
    /// Sum of the normal forces, newtons, mean over the control step.
    pub force_n: f32,
}

/// The pictures of one camera, one a step.
#[derive(Clone, Debug, Default)]
pub struct DemoFrames {
    /// 8-bit sRGB, row by row, 3 bytes a pixel.
    pub color: Vec<Vec<u8>>,
    /// Planar depth, metres, row by row; 0 where nothing is seen. Empty if not recorded.
    pub z_depth_m: Vec<Vec<f32>>,
    /// Instance ids, row by row. Empty if not recorded.
    pub instance: Vec<Vec<u32>>,
}
