//! Looks through a whole recording and reports everything that is wrong with it.
//!
//! Digests must agree with the bytes, tables, videos and archives with each other and the
//! schema, and the learners' data sets with the episodes that they are made from.

mod learners;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use rayon::prelude::*;

use super::manifest::{DemoFormat, DemoManifest};
use super::mp4::Track;
use super::native::{self, EpisodeRecord, broken};
use super::recording::{RecordingSummary, indices};
use super::training::Training;
use super::zip::ZipReader;
use super::{DemoCamera, layout};
use crate::base::problem::{Problem, Problems};
use crate::dataset::check::folder;
use crate::dataset::image_file::{PixelFormat, decode};
use crate::dataset::layout::{MANIFEST, SUMMARY, WORK};
use crate::dataset::record::sha256_hex;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    pub problems: Problems,
    /// Episodes looked at.
    pub episodes: u64,
    /// Steps of the episodes that are kept.
    pub steps: u64,
}

/// Episodes checked at once: bounds the memory.
const CHUNK: usize = 64;

const LOST: &str = "remove summary.json, then record again with --resume";

/// Checks a recording. Reads every file once; keeps one file a thread in memory.
pub fn check(root: &Path) -> Report {
    let mut report = Report::default();
    let manifest = match DemoManifest::read(root) {
        Ok(manifest) => manifest,
        Err(problems) => {
            report.problems = problems;
            return report;
        }
    };
    let checker = Checker {
        root,
        manifest: &manifest,
    };
    checker.top(&mut report.problems);
    let summary = match root.join(SUMMARY).exists() {
        true => RecordingSummary::read(root)
            .map_err(|p| report.problems.extend(p))
            .ok(),
        false => None,
    };
    let there = indices(root);
    let count = match &summary {
        Some(summary) => summary.episodes,
        None => there.last().map_or(0, |last| last + 1),
    };
    checker.shards(count, &mut report.problems);
    let mut counted = RecordingSummary::default();
    let there: Vec<u64> = there.into_iter().filter(|&i| i < count).collect();
    for chunk in there.chunks(CHUNK) {
        let parts: Vec<_> = chunk.par_iter().map(|&i| checker.episode(i)).collect();
        for (record, problems) in parts {
            report.problems.extend(problems);
            report.episodes += 1;
            if let Some(record) = record {
                counted.add(&record);
            }
        }
    }
    report.steps = counted.steps;
    if report.problems.has_errors() {
        return report;
    }
    // Everything there is read: what is made from it can be held against it.
    match Training::gather(root, &manifest, count) {
        Err(problems) => report.problems.extend(problems),
        Ok((training, counted)) => {
            if summary.as_ref().is_some_and(|s| *s != counted) {
                let (found, expected) = ("other counts", "the counts of the episodes");
                let remedy = "remove it, then run the same command with --resume";
                let path = root.join(SUMMARY);
                report
                    .problems
                    .push(Problem::error(path, "", found, expected, remedy));
            }
            if summary.is_some() {
                learners::check(&training, &mut report.problems);
            }
        }
    }
    report
}

struct Checker<'a> {
    root: &'a Path,
    manifest: &'a DemoManifest,
}

impl Checker<'_> {
    /// The folder itself.
    fn top(&self, problems: &mut Problems) {
        let mut expected: BTreeSet<String> =
            [MANIFEST, SUMMARY, "episodes"].map(String::from).into();
        let is_finished = self.root.join(SUMMARY).exists();
        for (format, place) in [
            (DemoFormat::Lerobot3, layout::LEROBOT3),
            (DemoFormat::Lerobot2, layout::LEROBOT2),
            (DemoFormat::Robomimic, layout::ROBOMIMIC),
        ] {
            let is_made = is_finished || self.root.join(place).exists();
            if self.manifest.request.has(format) && is_made {
                expected.insert(place.into());
            }
        }
        if self.root.join(WORK).exists() {
            let found = "the work folder of an unfinished run";
            let remedy = "finish it: run the same command with --resume";
            let path = self.root.join(WORK);
            problems.push(Problem::error(
                path,
                "",
                found,
                "a finished recording",
                remedy,
            ));
            expected.insert(WORK.into());
        }
        folder(
            self.root,
            &expected,
            "run the same command with --resume",
            problems,
        );
    }

    /// The folders above the episodes.
    fn shards(&self, count: u64, problems: &mut Problems) {
        let mut shards = BTreeSet::new();
        for first in (0..count).step_by(1000) {
            let names = (first..count.min(first + 1000)).map(|i| format!("{i:06}"));
            let shard = format!("{:03}", first / 1000);
            let path = self.root.join("episodes").join(&shard);
            if path.exists() {
                folder(&path, &names.collect(), LOST, problems);
            }
            shards.insert(shard);
        }
        let path = self.root.join("episodes");
        if count > 0 || path.exists() {
            folder(&path, &shards, LOST, problems);
        }
    }

    fn episode(&self, index: u64) -> (Option<EpisodeRecord>, Problems) {
        let mut problems = Problems::default();
        let path = self.root.join(layout::episode(index));
        let record = match EpisodeRecord::read(self.root, index) {
            Ok(record) => record,
            Err(p) => return (None, p),
        };
        let schema = &self.manifest.demonstrations;
        let mut expected: BTreeSet<String> = [layout::EPISODE.to_string()].into();
        if record.kept {
            expected.extend(native::names(schema));
        }
        folder(&path, &expected, native::REMEDY, &mut problems);
        self.record(index, &record, &mut problems);
        if record.kept && !problems.has_errors() {
            self.files(&path, &record, &mut problems);
        }
        (Some(record), problems)
    }

    /// A record against the manifest.
    fn record(&self, index: u64, record: &EpisodeRecord, problems: &mut Problems) {
        let path = self.root.join(layout::episode(index)).join(layout::EPISODE);
        let schema = &self.manifest.demonstrations;
        let mut expect = |place: &str, found: String, expected: String| {
            if found != expected {
                problems.extend(broken(&path, place, found, &expected));
            }
        };
        expect("index", record.index.to_string(), index.to_string());
        let wanted = record.verdict.success || self.manifest.request.keep_failures;
        let kept = wanted && record.steps > 0;
        expect("kept", record.kept.to_string(), kept.to_string());
        let names: Vec<&String> = record.stages.iter().map(|s| &s.name).collect();
        let stages: Vec<&String> = schema.stages.iter().collect();
        expect("stages", format!("{names:?}"), format!("{stages:?}"));
        if !record.kept {
            return;
        }
        let names: BTreeSet<String> = native::names(schema).into_iter().collect();
        let found: BTreeSet<String> = record.files.keys().cloned().collect();
        expect("files", format!("{found:?}"), format!("{names:?}"));
        let (found, cameras) = (record.cameras.len(), schema.cameras.len());
        expect("cameras", found.to_string(), cameras.to_string());
        for (i, (camera, spec)) in record.cameras.iter().zip(&schema.cameras).enumerate() {
            let pixels = u64::from(spec.width_px) * u64::from(spec.height_px) * record.steps;
            for counts in &camera.color_histogram {
                let sum = counts.iter().fold(0, |sum: u64, c| sum.saturating_add(*c));
                let place = format!("cameras[{i}].color_histogram");
                let found = format!("{} values, {sum} pixels", counts.len());
                expect(&place, found, format!("256 values, {pixels} pixels"));
            }
        }
    }

    /// The files of an episode that is kept.
    fn files(&self, episode: &Path, record: &EpisodeRecord, problems: &mut Problems) {
        let schema = &self.manifest.demonstrations;
        let mut steps_are_whole = false;
        for (name, expected) in &record.files {
            let path = episode.join(name);
            match std::fs::read(&path) {
                Ok(bytes) if sha256_hex(&bytes) == *expected => {
                    steps_are_whole |= name == layout::STEPS;
                    self.pictures(&path, name, &bytes, record, problems);
                }
                Ok(_) => {
                    let found = "other bytes than were written";
                    let expected = "the SHA-256 that stands in episode.json";
                    problems.extend(broken(&path, "", found, expected));
                }
                Err(e) => problems.extend(broken(&path, "", e.to_string(), "a readable file")),
            }
        }
        if steps_are_whole && let Err(p) = native::read_steps(episode, schema, record) {
            problems.extend(p);
        }
    }

    /// A video or an archive.
    fn pictures(
        &self,
        path: &Path,
        name: &str,
        bytes: &[u8],
        record: &EpisodeRecord,
        problems: &mut Problems,
    ) {
        for camera in &self.manifest.demonstrations.cameras {
            let steps = record.steps;
            let result = if name == layout::video(&camera.name) {
                self.video(path, camera, bytes, steps)
            } else if name == layout::depth(&camera.name) {
                archive(path, camera, bytes, steps, u16::MAX)
            } else if name == layout::instance(&camera.name) {
                let most = u16::try_from(record.objects.len()).unwrap_or(u16::MAX);
                archive(path, camera, bytes, steps, most)
            } else {
                continue;
            };
            if let Err(p) = result {
                problems.extend(p);
            }
        }
    }

    fn video(
        &self,
        path: &Path,
        camera: &DemoCamera,
        bytes: &[u8],
        steps: u64,
    ) -> Result<(), Problems> {
        let problem = |found: String| broken(path, "", found, "a video as benchside writes it");
        let (track, _) =
            Track::read(&mut Cursor::new(bytes)).map_err(|e| problem(e.to_string()))?;
        let say = |n: u64, w: u32, h: u32, rate: u32| {
            format!("{n} pictures of {w} x {h} px, {rate} a second")
        };
        let found = say(
            track.len() as u64,
            track.width_px,
            track.height_px,
            track.rate_hz,
        );
        let rate = self.manifest.demonstrations.rate_hz;
        let expected = say(steps, camera.width_px, camera.height_px, rate);
        if found != expected {
            return Err(broken(path, "", found, &expected));
        }
        Ok(())
    }
}

/// An archive of 16-bit pictures, with values up to `most`.
fn archive(
    path: &Path,
    camera: &DemoCamera,
    bytes: &[u8],
    steps: u64,
    most: u16,
) -> Result<(), Problems> {
    let archive = ZipReader::new(Cursor::new(bytes));
    let mut archive =
        archive.map_err(|e| broken(path, "", e.to_string(), "an archive of pictures"))?;
    if archive.len() as u64 != steps {
        let found = format!("{} pictures", archive.len());
        return Err(broken(path, "", found, &steps.to_string()));
    }
    for i in 0..archive.len() {
        let place = super::camera::picture_name(i);
        let problem = |found: String, expected: &str| broken(path, &place, found, expected);
        let (name, png) = archive
            .get(i)
            .map_err(|e| problem(e.to_string(), "a picture"))?;
        if name != place {
            return Err(problem(name.to_string(), &place));
        }
        let raw = decode(&png).map_err(|e| problem(e.to_string(), "a PNG file"))?;
        let size = (raw.width_px, raw.height_px);
        if raw.format != PixelFormat::Gray16 || size != (camera.width_px, camera.height_px) {
            let found = format!("{:?}, {} x {} px", raw.format, size.0, size.1);
            let expected = format!("Gray16, {} x {} px", camera.width_px, camera.height_px);
            return Err(problem(found, &expected));
        }
        let greatest = raw.values_u16().max().unwrap_or(0);
        if greatest > most {
            return Err(problem(
                format!("id {greatest}"),
                &format!("ids up to {most}"),
            ));
        }
    }
    Ok(())
}
