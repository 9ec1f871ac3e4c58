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
    /// Liquids and what holds them, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquids: Option<LiquidsSpec>,
}

/// The liquids of an episode and where they are at its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiquidsSpec {
    /// Their names; each once.
    pub names: Vec<String>,
    /// By name: linear sRGB, 0 … 1. Those beyond the end look like water.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colors: Vec<[f32; 3]>,
    pub vessels: Vec<VesselSpec>,
}

/// An upright vessel of the same cross-section from its floor to its rim: a slot of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VesselSpec {
    /// Name of the region.
    pub region: String,
    /// Which of its nodes in this episode, in their order.
    pub slot: u32,
    /// Index into [`EpisodeSpec::objects`] of what it is part of; `None`: fixed in the world.
    pub owner: Option<u32>,
    /// The middle of its floor, Z up, in the owner's frame or the world's.
    pub owner_from_floor: Pose,
    /// Of the inside, along X and Y, metres.
    pub half_size_m: [f64; 2],
    /// The cross-section is an ellipse, not a rectangle.
    pub round: bool,
    /// From floor to rim, metres.
    pub depth_m: f64,
    /// More runs over, µL.
    pub capacity_ul: f64,
    /// Index into [`LiquidsSpec::names`] of what is in it at the start; `None`: nothing.
    pub liquid: Option<u32>,
    /// How much, µL.
    pub start_ul: f64,
    /// Whether nothing that is not in it at the start may get in.
    pub clean: bool,
}

/// Of liquids without a colour of their own: water in a white vessel, linear sRGB.
pub const WATER: [f32; 3] = [0.62, 0.72, 0.76];

impl LiquidsSpec {
    /// Of what is in a vessel or a piece of a tip's column, mixed by volume. `None` if nothing is.
    pub fn color(&self, volumes_ul: &[f64]) -> Option<[f32; 3]> {
        let total: f64 = volumes_ul.iter().sum();
        let mut mixed = [0.0; 3];
        for (index, volume) in volumes_ul.iter().enumerate() {
            let color = self.colors.get(index).unwrap_or(&WATER);
            for (sum, channel) in mixed.iter_mut().zip(color) {
                *sum += volume * f64::from(*channel);
            }
        }
        (total > 0.0).then(|| mixed.map(|sum| (sum / total) as f32))
    }
}

impl VesselSpec {
    /// Of the inside, m².
    pub fn area_m2(&self) -> f64 {
        let [x, y] = self.half_size_m;
        let shape = if self.round {
            std::f64::consts::PI
        } else {
            4.0
        };
        shape * x * y
    }
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
    /// What contacts' tolerances count in, metres.
    #[serde(default = "labware", skip_serializing_if = "is_labware")]
    pub length_unit_m: f32,
    /// Factor on the friction coefficient of everything but robots.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub friction_scale: f32,
    /// Factor on the mass of everything but robots.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub mass_scale: f32,
}

fn labware() -> f32 {
    0.1
}

fn is_labware(x: &f32) -> bool {
    *x == labware()
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
