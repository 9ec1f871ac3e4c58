//! A recording's folder, being written: episodes from any thread, then the other formats.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::camera::{CameraEncoder, EncodedCamera};
use super::manifest::{DemoFormat, DemoManifest};
use super::native::{self, EpisodeRecord};
use super::training::Training;
use super::valid::episode_problems;
use super::video::VideoError;
use super::{DemoEpisode, DemoVerdict, layout, lerobot, robomimic};
use crate::base::problem::{Problem, Problems};
use crate::dataset::json;
use crate::dataset::layout::{MANIFEST, SUMMARY, WORK};
use crate::dataset::store::{Found, Store};

/// A folder that one run, and no other, records to.
///
/// Episodes appear whole or not at all, so a run that is killed goes on with those that are
/// missing. Memory: the files of the episodes that are being written (about 50 KB a step and
/// 256 × 256 camera with depth and instances); in [`Recording::finish`] the numbers of one episode
/// and, for robomimic, one camera's pictures of it, uncompressed, three times over.
#[derive(Debug)]
pub struct Recording {
    store: Store,
    manifest: DemoManifest,
}

/// `summary.json`: what came out. Its presence marks a finished recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingSummary {
    /// Successes and failures, kept or not.
    pub episodes: u64,
    pub successes: u64,
    /// With steps and pictures.
    pub kept: u64,
    /// Of the episodes that are kept.
    pub steps: u64,
    /// Number of episodes by how they ended.
    pub reasons: BTreeMap<String, u64>,
    /// Number of episodes in the formats other than native.
    pub training_episodes: u64,
    /// Number of steps in the formats other than native.
    pub training_steps: u64,
}

impl RecordingSummary {
    /// Adds an episode.
    pub fn add(&mut self, record: &EpisodeRecord) {
        self.episodes += 1;
        self.successes += u64::from(record.verdict.success);
        self.kept += u64::from(record.kept);
        self.steps += if record.kept { record.steps } else { 0 };
        *self
            .reasons
            .entry(record.verdict.reason.clone())
            .or_default() += 1;
    }

    /// Reads the summary of a finished recording.
    ///
    /// # Errors
    /// If it is missing or broken.
    pub fn read(root: &Path) -> Result<Self, Problems> {
        json::read(&root.join(SUMMARY))
    }
}

/// What [`Recording::finish`] is about: the format, episodes done and of how many.
pub type Progress<'a> = dyn Fn(DemoFormat, u64, u64) + 'a;

impl Recording {
    /// Begins a recording in an empty folder; with `resume` goes on with one that was begun with
    /// the same manifest.
    ///
    /// # Errors
    /// If the schema is one that no recording can have, the folder has other contents or cannot
    /// be written to, or another run is writing to it.
    pub fn create_or_resume(
        root: &Path,
        manifest: DemoManifest,
        resume: bool,
    ) -> Result<Self, Problems> {
        let path = root.join(MANIFEST);
        let problems = manifest.demonstrations.problems(&path);
        if problems.has_errors() {
            return Err(problems);
        }
        let found = Store::look(root)?;
        let (text, remedy) = match found {
            Found::Nothing => ("", ""),
            Found::Dataset if resume => ("", ""),
            Found::Dataset if root.join(SUMMARY).exists() => (
                "a finished data set",
                "choose another folder with -o, or remove this one",
            ),
            Found::Dataset => (
                "an unfinished data set",
                "go on with it by --resume, choose another folder with -o, or remove this one",
            ),
            Found::OtherFiles => (
                "files, but no manifest.json",
                "choose another folder with -o",
            ),
        };
        if !text.is_empty() {
            let expected = "an empty folder, or none";
            return Err(Problem::error(root, "", text, expected, remedy).into());
        }
        if found == Found::Dataset {
            let there = DemoManifest::read(root)?;
            let differences = manifest.differences(&there, &path);
            if differences.has_errors() {
                return Err(differences);
            }
        }
        let store = Store::open(root)?;
        if found != Found::Dataset {
            store.write_file(MANIFEST, &manifest.to_bytes())?;
        }
        Ok(Self { store, manifest })
    }

    /// What is recorded, and what was asked for.
    pub fn manifest(&self) -> &DemoManifest {
        &self.manifest
    }

    /// Whether everything is written.
    pub fn is_finished(&self) -> bool {
        self.store.has(SUMMARY)
    }

    /// Whether an episode is written, as a failure that is not kept or whole.
    pub fn has(&self, index: u64) -> bool {
        self.store.has(&layout::episode(index))
            && (!self.wants_lossless()
                || self.store.has(&layout::work_color(index))
                || self.record(index).is_ok_and(|r| !r.kept))
    }

    /// How an episode that is written ended.
    ///
    /// # Errors
    /// If its record is missing or broken.
    pub fn verdict(&self, index: u64) -> Result<DemoVerdict, Problems> {
        Ok(self.record(index)?.verdict)
    }

    fn record(&self, index: u64) -> Result<EpisodeRecord, Problems> {
        EpisodeRecord::read(self.store.root(), index)
    }

    /// Whether colour must be kept as it is: robomimic's pictures are not compressed.
    fn wants_lossless(&self) -> bool {
        self.manifest.request.has(DemoFormat::Robomimic) && !self.store.has(layout::ROBOMIMIC)
    }

    fn folder(&self, index: u64) -> PathBuf {
        self.store.root().join(layout::episode(index))
    }

    /// Encoders for the cameras of one episode, in the schema's order: pictures given to them as
    /// they are rendered need not be kept.
    ///
    /// # Errors
    /// If an encoder cannot be opened.
    pub fn encoders(&self) -> Result<Vec<CameraEncoder>, VideoError> {
        let schema = &self.manifest.demonstrations;
        let lossless = self.wants_lossless();
        let cameras = schema.cameras.iter();
        cameras
            .map(|c| CameraEncoder::new(schema, c, lossless))
            .collect()
    }

    /// Writes an episode with its pictures; from any thread.
    ///
    /// # Errors
    /// If it does not agree with the schema, or cannot be written.
    pub fn write(&self, episode: &DemoEpisode) -> Result<(), Problems> {
        let folder = self.folder(episode.index);
        let problem = |place: String, found: String| {
            Problems::from(Problem::error(
                &folder,
                place,
                found,
                "pictures of every step",
                "",
            ))
        };
        let schema = &self.manifest.demonstrations;
        let (found, expected) = (episode.frames.len(), schema.cameras.len());
        let is_kept = self.keeps(episode);
        if is_kept && found != expected {
            return Err(problem(
                "frames".into(),
                format!("{found} cameras, not {expected}"),
            ));
        }
        let encoders = self.encoders();
        let mut encoders = encoders.map_err(|e| problem("frames".into(), e.to_string()))?;
        let cameras = encoders
            .iter_mut()
            .zip(&episode.frames)
            .zip(&schema.cameras);
        for ((encoder, frames), camera) in cameras.take(if is_kept { expected } else { 0 }) {
            for (i, color) in frames.color.iter().enumerate() {
                let depth = frames.z_depth_m.get(i).map_or(&[][..], |d| d);
                let instance = frames.instance.get(i).map_or(&[][..], |d| d);
                let pushed = encoder.push(color, depth, instance);
                let place = || format!("frames of {}, step {i}", camera.name);
                pushed.map_err(|e| problem(place(), e.to_string()))?;
            }
        }
        let encoded = encoders.into_iter().map(CameraEncoder::finish).collect();
        self.write_encoded(episode, encoded)
    }

    fn keeps(&self, episode: &DemoEpisode) -> bool {
        let wanted = episode.verdict.success || self.manifest.request.keep_failures;
        wanted && !episode.steps.is_empty()
    }

    /// Writes an episode whose pictures went through [`Recording::encoders`]; its `frames` are
    /// not looked at. From any thread. A failure that is not kept leaves its record alone.
    ///
    /// # Errors
    /// If it does not agree with the schema, or cannot be written.
    pub fn write_encoded(
        &self,
        episode: &DemoEpisode,
        mut cameras: Vec<EncodedCamera>,
    ) -> Result<(), Problems> {
        let schema = &self.manifest.demonstrations;
        let (index, folder) = (episode.index, self.folder(episode.index));
        if !self.keeps(episode) {
            if episode.verdict.success {
                let expected = "at least one step";
                return Err(Problem::error(folder, "steps", "none", expected, "").into());
            }
            let files = native::marker(schema, episode);
            return self.store.write_folder(&layout::episode(index), &files);
        }
        let mut problems = episode_problems(schema, episode, &folder);
        let mut expect = |what: &str, found: usize, is_right: bool, expected: usize| {
            if !is_right {
                let (found, expected) = (found.to_string(), expected.to_string());
                problems.push(Problem::error(&folder, what, found, expected, ""));
            }
        };
        let (found, expected) = (cameras.len(), schema.cameras.len());
        expect("cameras", found, found == expected, expected);
        for (camera, spec) in cameras.iter().zip(&schema.cameras) {
            let steps = episode.steps.len();
            let place = format!("pictures of {}", spec.name);
            expect(&place, camera.pictures, camera.pictures == steps, steps);
            let (most, objects) = (camera.most_instance as usize, episode.objects.len());
            let place = format!("greatest instance id of {}", spec.name);
            expect(&place, most, most <= objects, objects);
        }
        if problems.has_errors() {
            return Err(problems);
        }
        if self.wants_lossless() {
            let names = schema.cameras.iter().map(|c| layout::lossless(&c.name));
            let lossless = cameras.iter_mut().filter_map(|c| c.lossless.take());
            let files: Vec<_> = names.zip(lossless).collect();
            // First, so that an episode that is there has them.
            self.store
                .write_folder(&layout::work_color(index), &files)?;
        }
        let files = native::files(schema, episode, cameras);
        let problem = |e: parquet::errors::ParquetError| {
            Problem::error(&folder, layout::STEPS, e.to_string(), "a table", "")
        };
        self.store
            .write_folder(&layout::episode(index), &files.map_err(problem)?)
    }

    /// Makes the other formats from episodes 0 … `episodes` − 1, in order, and closes the
    /// recording. Episodes beyond, which a run may have made in passing, are removed.
    ///
    /// # Errors
    /// If episodes are missing or broken, none is fit for a format that is asked for, or the
    /// folder cannot be written to.
    pub fn finish(self, episodes: u64, progress: &Progress) -> Result<RecordingSummary, Problems> {
        if self.is_finished() {
            let summary = RecordingSummary::read(self.store.root())?;
            self.store.finish()?;
            return Ok(summary);
        }
        if let Some(missing) = (0..episodes).find(|&i| !self.has(i)) {
            let remedy = "record it: run the same command with --resume";
            let folder = self.folder(missing);
            return Err(Problem::error(folder, "", "missing", "an episode", remedy).into());
        }
        self.remove_beyond(episodes)?;
        let root = self.store.root();
        let (training, summary) = Training::gather(root, &self.manifest, episodes)?;
        for format in self.manifest.request.formats.iter().copied() {
            let place = match format {
                DemoFormat::Native => continue,
                DemoFormat::Lerobot3 => layout::LEROBOT3,
                DemoFormat::Lerobot2 => layout::LEROBOT2,
                DemoFormat::Robomimic => layout::ROBOMIMIC,
            };
            if self.store.has(place) {
                continue;
            }
            if training.episodes.is_empty() {
                let found = format!("none of {episodes} episodes succeeded");
                let expected = "at least one success";
                let remedy = "record more episodes, or keep failures with --keep-failures";
                return Err(Problem::error(root.join(place), "", found, expected, remedy).into());
            }
            let progress = |done| progress(format, done, training.episodes.len() as u64);
            self.store.build(place, |new| match format {
                DemoFormat::Lerobot2 => lerobot::v2::write(new, &training, &progress),
                DemoFormat::Robomimic => robomimic::write(new, &training, &progress),
                _ => lerobot::v3::write(new, &training, &progress),
            })?;
        }
        self.store
            .write_file(SUMMARY, &json::to_bytes(&summary, 1))?;
        self.store.finish()?;
        Ok(summary)
    }

    /// Leaves what is written for a later run.
    pub fn release(self) {
        self.store.release();
    }

    fn remove_beyond(&self, episodes: u64) -> Result<(), Problems> {
        for index in indices(self.store.root()) {
            if index >= episodes {
                self.store.remove_folder(&layout::episode(index))?;
                let color = layout::work_color(index);
                if self.store.has(&color) {
                    self.store.remove_folder(&color)?;
                }
            }
        }
        // Their folders, if nothing else is in them: a fresh run would not have made them.
        for shards in ["episodes".to_string(), format!("{WORK}/color")] {
            let shards = std::fs::read_dir(self.store.root().join(shards));
            for shard in shards.into_iter().flatten().flatten() {
                let _ = std::fs::remove_dir(shard.path());
            }
        }
        Ok(())
    }
}

/// Numbers of the episodes that are there, ascending.
pub fn indices(root: &Path) -> Vec<u64> {
    let mut all = Vec::new();
    for shard in std::fs::read_dir(root.join("episodes"))
        .into_iter()
        .flatten()
        .flatten()
    {
        for episode in std::fs::read_dir(shard.path())
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = episode.file_name();
            let index = name.to_str().and_then(|n| n.parse::<u64>().ok());
            all.extend(index.filter(|&i| episode.path() == root.join(layout::episode(i))));
        }
    }
    all.sort_unstable();
    all
}
