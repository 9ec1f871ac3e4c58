//! `episodes/…/000017.json`: every random choice of an episode, and what physics made of it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{json, layout};
use crate::base::frame::FrameSnapshot;
use crate::base::pose::Pose;
use crate::base::problem::Problems;
use crate::base::settling::Settling;
use crate::episode::spec::EpisodeSpec;

/// The file. The spec replays alone, given the scene's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpisodeRecord {
    pub outcome: Outcome,
    pub spec: EpisodeSpec,
}

/// What physics made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    Simulated {
        settling: Settling,
        frames: Vec<FrameRecord>,
    },
    /// Physics could not go on: the episode has no images.
    Failed { message: String },
}

/// Where everything is in one frame, seen by a camera or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameRecord {
    /// Simulated time since release.
    pub time_secs: f64,
    /// In order of instance, 1 first.
    pub world_from_object: Vec<Pose>,
}

impl FrameRecord {
    /// Of one snapshot.
    pub fn new(snapshot: &FrameSnapshot) -> Self {
        let instances = snapshot.instances.iter();
        Self {
            time_secs: snapshot.time_secs,
            world_from_object: instances.map(|i| i.world_from_instance).collect(),
        }
    }
}

impl EpisodeRecord {
    /// Reads the record of an episode.
    ///
    /// # Errors
    /// If it is missing or not a record.
    pub fn read(dataset: &Path, episode: u64) -> Result<Self, Problems> {
        json::read(&dataset.join(layout::episode(episode)))
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self, 3)
    }

    /// Whether it has images.
    pub fn has_images(&self) -> bool {
        matches!(self.outcome, Outcome::Simulated { .. })
    }
}
