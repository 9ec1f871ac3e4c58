//! One episode in the native layout: its record, its files, and how they are read again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::camera::{ColorHistogram, EncodedCamera};
use super::steps::StepTable;
use super::table::{self, TableWriter};
use super::{DemoEpisode, DemoObject, DemoSchema, DemoVerdict, layout};
use crate::base::camera::CameraSpec;
use crate::base::problem::{Problem, Problems};
use crate::dataset::json;
use crate::dataset::record::sha256_hex;

/// `episode.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpisodeRecord {
    pub index: u64,
    pub instruction: String,
    pub verdict: DemoVerdict,
    /// Number of control steps, whether kept or not.
    pub steps: u64,
    /// Whether steps and pictures are here; failures may be left out.
    pub kept: bool,
    pub stages: Vec<StageRecord>,
    /// By instance id − 1.
    pub objects: Vec<DemoObject>,
    /// By camera of the schema; empty if the episode is not kept.
    pub cameras: Vec<CameraRecord>,
    /// SHA-256 of the other files of the folder, lower-case hexadecimal, by name.
    pub files: BTreeMap<String, String>,
    /// From which the episode replays, together with the actions.
    pub spec: Value,
}

/// A stage of the task in one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageRecord {
    pub name: String,
    /// Number of steps in which it was worked on.
    pub steps: u64,
}

/// A camera in one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraRecord {
    /// In the first step; later only its pose differs.
    pub first: CameraSpec,
    /// Over all pictures, before compression.
    pub color_histogram: ColorHistogram,
}

/// What an episode's folder holds, as (name, bytes), with the record last.
pub type Files = Vec<(String, Vec<u8>)>;

impl EpisodeRecord {
    fn new(schema: &DemoSchema, episode: &DemoEpisode, kept: bool) -> Self {
        let stages = schema.stages.iter().enumerate();
        Self {
            index: episode.index,
            instruction: episode.instruction.clone(),
            verdict: episode.verdict.clone(),
            steps: episode.steps.len() as u64,
            kept,
            stages: stages
                .map(|(i, name)| {
                    let steps = episode.steps.iter().filter(|s| s.stage as usize == i);
                    let (name, steps) = (name.clone(), steps.count() as u64);
                    StageRecord { name, steps }
                })
                .collect(),
            objects: episode.objects.clone(),
            cameras: Vec::new(),
            files: BTreeMap::new(),
            spec: episode.spec.clone(),
        }
    }

    /// Reads the record of an episode.
    ///
    /// # Errors
    /// If it is missing or broken.
    pub fn read(root: &Path, index: u64) -> Result<Self, Problems> {
        json::read(&root.join(layout::episode(index)).join(layout::EPISODE))
    }

    fn file(&self) -> (String, Vec<u8>) {
        (layout::EPISODE.into(), json::to_bytes(self, 2))
    }
}

/// The files of an episode that is kept. Cameras as in the schema.
pub fn files(
    schema: &DemoSchema,
    episode: &DemoEpisode,
    cameras: Vec<EncodedCamera>,
) -> parquet::errors::Result<Files> {
    let columns = StepTable::new(&episode.steps).columns();
    let mut writer = TableWriter::new(Vec::new(), &columns, &[])?;
    writer.write(&columns)?;
    let mut files = vec![(layout::STEPS.to_string(), writer.finish()?)];
    let mut record = EpisodeRecord::new(schema, episode, true);
    let first = episode.steps.first().map_or(&[][..], |s| &s.cameras);
    for ((camera, encoded), first) in schema.cameras.iter().zip(cameras).zip(first) {
        files.push((layout::video(&camera.name), encoded.mp4));
        if camera.depth {
            files.push((layout::depth(&camera.name), encoded.depth));
        }
        if camera.instances {
            files.push((layout::instance(&camera.name), encoded.instance));
        }
        record.cameras.push(CameraRecord {
            first: first.clone(),
            color_histogram: encoded.histogram,
        });
    }
    let digest = |(name, bytes): &(String, Vec<u8>)| (name.clone(), sha256_hex(bytes));
    record.files = files.iter().map(digest).collect();
    files.push(record.file());
    Ok(files)
}

/// The file of a failed episode that is not kept.
pub fn marker(schema: &DemoSchema, episode: &DemoEpisode) -> Files {
    vec![EpisodeRecord::new(schema, episode, false).file()]
}

/// Names of the files of a kept episode, the record's aside.
pub fn names(schema: &DemoSchema) -> Vec<String> {
    let mut names = vec![layout::STEPS.to_string()];
    for camera in &schema.cameras {
        names.push(layout::video(&camera.name));
        if camera.depth {
            names.push(layout::depth(&camera.name));
        }
        if camera.instances {
            names.push(layout::instance(&camera.name));
        }
    }
    names
}

/// An episode that is read again: its record and steps; pictures stay in their files.
#[derive(Clone, Debug)]
pub struct NativeEpisode {
    pub folder: PathBuf,
    pub record: EpisodeRecord,
    pub steps: StepTable,
}

impl NativeEpisode {
    /// Reads an episode that is kept.
    ///
    /// # Errors
    /// If files are missing or broken.
    pub fn read(root: &Path, schema: &DemoSchema, index: u64) -> Result<Self, Problems> {
        let record = EpisodeRecord::read(root, index)?;
        let folder = root.join(layout::episode(index));
        let steps = read_steps(&folder, schema, &record)?;
        Ok(Self {
            folder,
            record,
            steps,
        })
    }

    /// Opens a file of the episode's folder.
    ///
    /// # Errors
    /// If it is not there.
    pub fn open(&self, name: &str) -> Result<BufReader<File>, Problems> {
        open(&self.folder.join(name))
    }
}

/// Opens a file of a recording.
pub fn open(path: &Path) -> Result<BufReader<File>, Problems> {
    match File::open(path) {
        Ok(file) => Ok(BufReader::new(file)),
        Err(error) => Err(broken(path, "", error.to_string(), "a readable file")),
    }
}

/// The steps of a kept episode.
///
/// # Errors
/// If they are missing or broken.
pub fn read_steps(
    folder: &Path,
    schema: &DemoSchema,
    record: &EpisodeRecord,
) -> Result<StepTable, Problems> {
    let path = folder.join(layout::STEPS);
    let problem = |found: String| broken(&path, "", found, "the steps of the episode");
    let columns = table::read(&path).map_err(|e| problem(e.to_string()))?;
    let steps = StepTable::from_columns(schema, record.objects.len(), columns).map_err(problem)?;
    if steps.len as u64 != record.steps || steps.len == 0 {
        let found = format!("{} rows", steps.len);
        let expected = format!("{}, as {} says", record.steps, layout::EPISODE);
        return Err(broken(&path, "", found, &expected));
    }
    Ok(steps)
}

/// What to do about a broken recording.
pub(super) const REMEDY: &str =
    "remove the episode's folder and summary.json, then record again with --resume";

/// A problem of a file of a recording.
pub(in crate::dataset) fn broken(
    path: &Path,
    place: &str,
    found: impl Into<String>,
    expected: &str,
) -> Problems {
    Problem::error(path, place, found, expected, REMEDY).into()
}
