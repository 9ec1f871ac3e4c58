//! The episodes that learners get, with their numbers in those data sets.

use std::path::{Path, PathBuf};

use super::DemoSchema;
use super::camera::ColorHistogram;
use super::manifest::DemoManifest;
use super::native::{EpisodeRecord, NativeEpisode};
use super::recording::RecordingSummary;
use crate::base::problem::Problems;

/// A plan of a data set; small, whatever the recording's size.
#[derive(Clone, Debug)]
pub struct Training {
    /// The recording's folder.
    pub root: PathBuf,
    pub manifest: DemoManifest,
    /// In order of their index in the recording.
    pub episodes: Vec<TrainingEpisode>,
    /// Instructions without doubles, in order of appearance.
    pub tasks: Vec<String>,
    /// Of all episodes, by camera.
    pub color_histograms: Vec<ColorHistogram>,
    /// Number of steps of all episodes.
    pub frames: u64,
}

/// An episode of a data set.
#[derive(Clone, Debug)]
pub struct TrainingEpisode {
    /// In the recording.
    pub index: u64,
    /// Number of its first step in the data set.
    pub first_frame: u64,
    pub steps: u64,
    pub task: usize,
    pub success: bool,
}

impl Training {
    /// Looks through the records of all episodes.
    ///
    /// # Errors
    /// If records are missing or broken.
    pub fn gather(
        root: &Path,
        manifest: &DemoManifest,
        episodes: u64,
    ) -> Result<(Self, RecordingSummary), Problems> {
        let none = || [vec![0; 256], vec![0; 256], vec![0; 256]];
        let cameras = manifest.demonstrations.cameras.iter();
        let mut training = Self {
            root: root.to_path_buf(),
            manifest: manifest.clone(),
            episodes: Vec::new(),
            tasks: Vec::new(),
            color_histograms: cameras.map(|_| none()).collect(),
            frames: 0,
        };
        let mut summary = RecordingSummary::default();
        for index in 0..episodes {
            let record = EpisodeRecord::read(root, index)?;
            summary.add(&record);
            if record.kept {
                training.add(&record);
            }
        }
        summary.training_episodes = training.episodes.len() as u64;
        summary.training_steps = training.frames;
        Ok((training, summary))
    }

    fn add(&mut self, record: &EpisodeRecord) {
        let known = self.tasks.iter().position(|t| *t == record.instruction);
        let task = known.unwrap_or_else(|| {
            self.tasks.push(record.instruction.clone());
            self.tasks.len() - 1
        });
        self.episodes.push(TrainingEpisode {
            index: record.index,
            first_frame: self.frames,
            steps: record.steps,
            task,
            success: record.verdict.success,
        });
        self.frames += record.steps;
        for (sum, camera) in self.color_histograms.iter_mut().zip(&record.cameras) {
            for (sum, counts) in sum.iter_mut().zip(&camera.color_histogram) {
                sum.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
            }
        }
    }

    /// What the episodes hold.
    pub fn schema(&self) -> &DemoSchema {
        &self.manifest.demonstrations
    }

    /// Reads the i-th episode.
    ///
    /// # Errors
    /// If files are missing or broken.
    pub fn read(&self, i: usize) -> Result<NativeEpisode, Problems> {
        NativeEpisode::read(&self.root, self.schema(), self.episodes[i].index)
    }
}
