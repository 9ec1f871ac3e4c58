//! `summary.json`: what came out. Its presence marks a finished data set.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::episode::{EpisodeRecord, Outcome};
use super::json;
use super::manifest::{ClassRecord, Manifest};
use crate::episode::spec::Shortfall;
use crate::sense::FrameLabels;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub images: u64,
    pub episodes: EpisodeCounts,
    /// Over all episodes, by spawn, asset, region and reason.
    pub shortfalls: Vec<Shortfall>,
    /// Classes that were labelled at least once, in order of id.
    pub classes: Vec<ClassCounts>,
}

/// How the episodes went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpisodeCounts {
    pub asked_for: u64,
    /// Have images.
    pub simulated: u64,
    /// Physics could not go on; no images.
    pub failed: Vec<u64>,
    /// Of the simulated ones: at rest when the first frame was taken.
    pub at_rest: u64,
    /// With objects that left the scene.
    pub with_escapes: u64,
    pub settling_secs_mean: f64,
    pub settling_secs_max: f64,
}

/// One class over all images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCounts {
    pub id: u32,
    pub name: String,
    /// Objects in images, hidden ones included.
    pub labelled: u64,
    /// Of these: with at least one visible pixel.
    pub visible: u64,
    pub visible_px: u64,
    /// Mean of `visibility` over the labelled ones.
    pub visibility_mean: f64,
    pub keypoints_labelled: u64,
    pub keypoints_visible: u64,
}

/// Adds up episodes and images, in order.
#[derive(Debug)]
pub struct Tally {
    summary: Summary,
    settling_secs: f64,
}

impl Tally {
    /// Of nothing yet.
    pub fn new(manifest: &Manifest) -> Self {
        let zero = |c: &ClassRecord| ClassCounts {
            id: c.id,
            name: c.name.clone(),
            labelled: 0,
            visible: 0,
            visible_px: 0,
            visibility_mean: 0.0,
            keypoints_labelled: 0,
            keypoints_visible: 0,
        };
        let mut summary = Summary {
            classes: manifest.classes.iter().map(zero).collect(),
            ..Summary::default()
        };
        summary.episodes.asked_for = manifest.request.episodes;
        Self {
            summary,
            settling_secs: 0.0,
        }
    }

    /// Adds an episode.
    pub fn episode(&mut self, record: &EpisodeRecord) {
        let counts = &mut self.summary.episodes;
        match &record.outcome {
            Outcome::Simulated { settling, .. } => {
                counts.simulated += 1;
                counts.at_rest += u64::from(settling.at_rest);
                counts.with_escapes += u64::from(!settling.escaped.is_empty());
                counts.settling_secs_max = counts.settling_secs_max.max(settling.secs);
                self.settling_secs += settling.secs;
            }
            Outcome::Failed { .. } => counts.failed.push(record.spec.episode),
        }
        for s in &record.spec.shortfalls {
            self.shortfall(s);
        }
    }

    fn shortfall(&mut self, s: &Shortfall) {
        let list = &mut self.summary.shortfalls;
        let key = |s: &Shortfall| {
            let texts = [&s.spawn, &s.asset, &s.region, &s.reason];
            texts.map(|t| t.clone())
        };
        match list.binary_search_by_key(&key(s), key) {
            Ok(i) => {
                list[i].wanted += s.wanted;
                list[i].placed += s.placed;
            }
            Err(i) => list.insert(i, s.clone()),
        }
    }

    /// Adds an image.
    pub fn image(&mut self, labels: &FrameLabels) {
        use crate::sense::labels::KeypointState::{BehindGlass, Outside, Visible};
        self.summary.images += 1;
        for object in &labels.objects {
            let class = self.summary.classes.iter_mut();
            let Some(class) = class.into_iter().find(|c| c.id == object.class_id) else {
                continue;
            };
            class.labelled += 1;
            class.visible += u64::from(object.visible_px > 0);
            class.visible_px += u64::from(object.visible_px);
            class.visibility_mean += object.visibility;
            for k in &object.keypoints {
                class.keypoints_labelled += u64::from(k.state != Outside);
                let seen = matches!(k.state, Visible | BehindGlass { .. });
                class.keypoints_visible += u64::from(seen);
            }
        }
    }

    /// The sums.
    pub fn finish(mut self) -> Summary {
        self.summary.classes.retain(|c| c.labelled > 0);
        for class in &mut self.summary.classes {
            class.visibility_mean /= class.labelled as f64;
        }
        let counts = &mut self.summary.episodes;
        if counts.simulated > 0 {
            counts.settling_secs_mean = self.settling_secs / counts.simulated as f64;
        }
        self.summary
    }
}

impl Summary {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self, 2)
    }

    /// Whether a data set is finished.
    pub fn is_there(dataset: &Path) -> bool {
        dataset.join(super::layout::SUMMARY).exists()
    }
}
