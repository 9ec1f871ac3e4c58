//! Looks through a whole data set and reports everything that is wrong with it.
//!
//! Planes are decoded and counted again; labels, boxes and masks must agree with them to the
//! pixel, digests with the bytes, COCO with the labels, and the folders with the manifest.

mod coco;
mod image;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::episode::EpisodeRecord;
use super::manifest::{Format, Manifest};
use super::record::{color_path, labels_path};
use super::summary::{Summary, Tally};
use super::{json, layout, planes};
use crate::base::problem::{Problem, Problems};
use crate::sense::FrameLabels;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    pub problems: Problems,
    /// Images looked at.
    pub images: u64,
    pub episodes: u64,
}

/// Checks a data set. Reads every file once; keeps one image a thread in memory.
pub fn check(root: &Path) -> Report {
    let manifest = match Manifest::read(root) {
        Ok(manifest) => manifest,
        Err(problems) => {
            return Report {
                problems,
                ..Report::default()
            };
        }
    };
    let checker = Checker {
        root,
        manifest: &manifest,
    };
    checker.run()
}

struct Checker<'a> {
    root: &'a Path,
    manifest: &'a Manifest,
}

/// What one episode adds.
struct EpisodeReport {
    problems: Problems,
    record: Option<EpisodeRecord>,
    /// Without masks.
    labels: Vec<FrameLabels>,
}

/// Episodes checked between two additions to the sums: bounds the memory.
const CHUNK: u64 = 64;

impl Checker<'_> {
    fn run(&self) -> Report {
        let request = &self.manifest.request;
        let mut report = Report::default();
        let mut tally = Tally::new(self.manifest);
        let mut failed = BTreeSet::new();
        self.folders(&mut report.problems);
        let mut begin = 0;
        while begin < request.episodes {
            let end = request.episodes.min(begin + CHUNK);
            let parts: Vec<EpisodeReport> = (begin..end)
                .into_par_iter()
                .map(|e| self.episode(e))
                .collect();
            for (episode, part) in (begin..).zip(parts) {
                report.problems.extend(part.problems);
                report.images += part.labels.len() as u64;
                if let Some(record) = part.record {
                    report.episodes += 1;
                    tally.episode(&record);
                    if !record.has_images() {
                        failed.insert(episode);
                    } else if !request.has(Format::Native) {
                        report.images += request.images_per_episode();
                    }
                }
                for labels in &part.labels {
                    tally.image(labels);
                }
            }
            begin = end;
        }
        self.image_folders(&failed, &mut report.problems);
        let whole = !report.problems.has_errors();
        self.summary(tally, whole, &mut report.problems);
        if request.has(Format::Coco) {
            coco::check(self, &failed, whole, &mut report.problems);
        }
        report
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    fn episode(&self, episode: u64) -> EpisodeReport {
        let mut problems = Problems::default();
        let mut all_labels = Vec::new();
        let record = EpisodeRecord::read(self.root, episode);
        let record = record.map_err(|p| problems.extend(p)).ok();
        if let Some(record) = &record {
            self.record(episode, record, &mut problems);
            if record.has_images() && self.manifest.request.has(Format::Native) {
                let request = &self.manifest.request;
                for i in request.image(episode, 0, 0)..request.image(episode + 1, 0, 0) {
                    let labels = image::check(self, record, i, &mut problems);
                    all_labels.extend(labels.map(without_masks));
                }
            }
        }
        EpisodeReport {
            problems,
            record,
            labels: all_labels,
        }
    }

    /// An episode's record against the manifest.
    fn record(&self, episode: u64, record: &EpisodeRecord, problems: &mut Problems) {
        let request = &self.manifest.request;
        let path = self.path(&layout::episode(episode));
        let mut expect = |place: &str, found: u64, expected: u64| {
            if found != expected {
                let (found, expected) = (found.to_string(), expected.to_string());
                problems.push(Problem::error(&path, place, found, expected, REMEDY));
            }
        };
        expect("spec.seed", record.spec.seed, request.seed);
        expect("spec.episode", record.spec.episode, episode);
        let frames = u64::from(request.frames_per_episode);
        expect("spec.frames", record.spec.frames.len() as u64, frames);
        if let super::episode::Outcome::Simulated { frames: poses, .. } = &record.outcome {
            expect("outcome.frames", poses.len() as u64, frames);
            let objects = record.spec.objects.len() as u64;
            for (i, frame) in poses.iter().enumerate() {
                let place = format!("outcome.frames[{i}].world_from_object");
                expect(&place, frame.world_from_object.len() as u64, objects);
            }
        }
    }

    /// The folders above the images: nothing missing, nothing extra.
    fn folders(&self, problems: &mut Problems) {
        let request = &self.manifest.request;
        let mut top = names([layout::MANIFEST, layout::SUMMARY, "episodes"]);
        if request.has(Format::Native) {
            top.insert("images".into());
        }
        if request.has(Format::Coco) {
            top.insert("coco".into());
            let mut inside = names(["annotations.json"]);
            if !request.has(Format::Native) {
                inside.insert("images".into());
            }
            self.folder("coco", &inside, problems);
        }
        if self.path(layout::WORK).exists() {
            let found = "the work folder of an unfinished run";
            let expected = "a finished data set";
            let remedy = "finish it: run the same command with --resume";
            let path = self.path(layout::WORK);
            problems.push(Problem::error(path, "", found, expected, remedy));
            top.insert(layout::WORK.into());
        }
        self.folder("", &top, problems);
        let places = (0..request.episodes).map(layout::episode);
        self.tree("episodes", places, problems);
    }

    /// The folders of the images, now that the failed episodes are known.
    fn image_folders(&self, failed: &BTreeSet<u64>, problems: &mut Problems) {
        let request = &self.manifest.request;
        let images = (0..request.images()).filter(|&i| !failed.contains(&request.place(i).0));
        if request.has(Format::Native) {
            self.tree("images", images.map(layout::image), problems);
        } else {
            self.tree(
                "coco/images",
                images.map(|i| color_path(request, i)),
                problems,
            );
        }
    }

    /// A folder of folders of a thousand; `places` ascend.
    fn tree(&self, top: &str, places: impl Iterator<Item = String>, problems: &mut Problems) {
        let mut shards = BTreeSet::new();
        let mut shard: Option<(String, BTreeSet<String>)> = None;
        let mut finish = |shard: Option<(String, BTreeSet<String>)>, problems: &mut Problems| {
            if let Some((folder, inside)) = shard {
                self.folder(&folder, &inside, problems);
                shards.extend(folder.rsplit('/').next().map(String::from));
            }
        };
        for place in places {
            let (folder, name) = place.rsplit_once('/').expect("places lie in folders");
            match &mut shard {
                Some((same, inside)) if same == folder => {
                    inside.insert(name.into());
                }
                _ => {
                    let next = Some((folder.into(), names([name])));
                    finish(std::mem::replace(&mut shard, next), problems);
                }
            }
        }
        finish(shard, problems);
        if !shards.is_empty() {
            self.folder(top, &shards, problems);
        }
    }

    fn folder(&self, relative: &str, expected: &BTreeSet<String>, problems: &mut Problems) {
        folder(&self.path(relative), expected, REMEDY, problems);
    }

    /// The summary against what was counted; only worth it if everything else is right.
    fn summary(&self, tally: Tally, whole: bool, problems: &mut Problems) {
        let path = self.path(layout::SUMMARY);
        if !path.exists() {
            return;
        }
        match json::read::<Summary>(&path) {
            Err(p) => problems.extend(p),
            Ok(found) => {
                let native = self.manifest.request.has(Format::Native);
                if whole && native && found != tally.finish() {
                    let (found, expected) = ("other counts", "the counts of the labels");
                    problems.push(Problem::error(path, "", found, expected, REMEDY));
                }
            }
        }
    }
}

/// One folder: reports every missing and every extra entry.
pub(super) fn folder(
    path: &Path,
    expected: &BTreeSet<String>,
    lost: &str,
    problems: &mut Problems,
) {
    let found: Result<BTreeSet<String>, std::io::Error> =
        std::fs::read_dir(path).and_then(|entries| {
            entries
                .map(|e| Ok(e?.file_name().to_string_lossy().into_owned()))
                .collect()
        });
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let expected = "a folder";
            problems.push(Problem::error(path, "", error.to_string(), expected, lost));
            return;
        }
    };
    for name in expected.difference(&found) {
        let remedy = if name == layout::SUMMARY {
            "finish the data set: run the same command with --resume"
        } else {
            lost
        };
        let path = path.join(name);
        problems.push(Problem::error(
            path,
            "",
            "missing",
            "a file or folder",
            remedy,
        ));
    }
    for name in found.difference(expected) {
        let (found, expected) = ("does not belong to the data set", "nothing here");
        problems.push(Problem::error(
            path.join(name),
            "",
            found,
            expected,
            "move it away",
        ));
    }
}

/// Masks are most of the bytes, and the summary does not need them.
fn without_masks(mut labels: FrameLabels) -> FrameLabels {
    for object in &mut labels.objects {
        object.mask = None;
    }
    labels
}

const REMEDY: &str = "make the image again with --only, or the data set from the beginning";

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(String::from).collect()
}
