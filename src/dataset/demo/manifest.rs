//! `manifest.json` of a recording: what was asked for, and how to read what came out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::DemoSchema;
use crate::base::problem::{Problem, Problems};
use crate::dataset::manifest::{Tool, compare};
use crate::dataset::{json, layout};

/// Version of a recording's layout.
pub const RECORDING_SCHEMA: u32 = 1;

/// Tells a recording from other data sets.
const KIND: &str = "demonstrations";

/// A kind of files; several may be written in one run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum DemoFormat {
    /// Episodes with everything in them; always written, for the others are made from it.
    Native,
    /// LeRobot v3.0.
    Lerobot3,
    /// LeRobot v2.1, with GR00T's modality.json.
    Lerobot2,
    /// robomimic HDF5.
    Robomimic,
}

/// What the bytes of a recording depend on, beside the episodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoRequest {
    /// In order, without doubles, [`DemoFormat::Native`] among them.
    pub formats: Vec<DemoFormat>,
    /// Whether failed episodes are kept whole, and go into all formats.
    pub keep_failures: bool,
    /// Of whoever records: seed, number of episodes, files …
    pub recorder: serde_json::Value,
}

impl DemoRequest {
    /// Puts the formats in order.
    pub fn new(
        formats: impl IntoIterator<Item = DemoFormat>,
        keep_failures: bool,
        recorder: serde_json::Value,
    ) -> Self {
        let mut formats: Vec<DemoFormat> = formats.into_iter().collect();
        formats.push(DemoFormat::Native);
        formats.sort();
        formats.dedup();
        Self {
            formats,
            keep_failures,
            recorder,
        }
    }

    /// Whether this format is asked for.
    pub fn has(&self, format: DemoFormat) -> bool {
        self.formats.contains(&format)
    }
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoManifest {
    pub kind: String,
    pub schema: u32,
    pub tool: Tool,
    pub request: DemoRequest,
    pub demonstrations: DemoSchema,
    pub conventions: BTreeMap<String, String>,
    pub layout: BTreeMap<String, String>,
}

const CONVENTIONS: [(&str, &str); 8] = [
    (
        "units",
        "metres, radians, seconds, kilograms, newtons, pixels",
    ),
    ("world", "right-handed, Z up"),
    ("camera", "x right, y down, z forward (OpenCV)"),
    (
        "poses",
        "world_from_object and world_from_camera as x, y, z, then the unit quaternion qx, qy, qz, qw",
    ),
    (
        "step",
        "state, poses, contacts, digest and pictures of step i are before action i, at i / rate_hz \
         seconds; reward i is earned by action i",
    ),
    (
        "depth",
        "16-bit PNG; metres along the optical axis = value * depth_unit_m; 0: nothing seen; \
         65535: that far or farther",
    ),
    (
        "instance",
        "16-bit PNG; value - 1 is an index into the objects of episode.json; 0: background",
    ),
    (
        "sidecars",
        "ZIP archives, picture i is 00000i.png: \
         PIL.Image.open(zipfile.ZipFile(path).open(f\"{i:06}.png\"))",
    ),
];

const LAYOUT: [(&str, &str); 5] = [
    (
        "episode",
        "episodes/{index/1000:03}/{index:06}/: episode.json, steps.parquet, {camera}.mp4, \
         {camera}.depth.zip, {camera}.instance.zip; failures that are not kept have episode.json alone",
    ),
    (
        "lerobot3",
        "LeRobot v3.0; depth, masks and poses are in its folder sidecars",
    ),
    (
        "lerobot2",
        "LeRobot v2.1 with meta/modality.json; depth, masks and poses are in its folder sidecars",
    ),
    (
        "robomimic",
        "robomimic.hdf5; its attributes say how to read it",
    ),
    ("summary", "summary.json: counts; written last"),
];

impl DemoManifest {
    /// Of what is recorded and what is asked for.
    pub fn new(demonstrations: DemoSchema, request: DemoRequest) -> Self {
        let texts = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs.map(|&(k, v)| (k.into(), v.into())).collect()
        };
        Self {
            kind: KIND.into(),
            schema: RECORDING_SCHEMA,
            tool: Tool {
                name: "benchside".into(),
                version: env!("CARGO_PKG_VERSION").into(),
            },
            request,
            demonstrations,
            conventions: texts(&CONVENTIONS),
            layout: texts(&LAYOUT),
        }
    }

    /// Whether a folder has the manifest of a recording, of any version.
    pub fn is_there(root: &Path) -> bool {
        #[derive(Deserialize)]
        struct Kind {
            kind: String,
        }
        json::read::<Kind>(&root.join(layout::MANIFEST)).is_ok_and(|m| m.kind == KIND)
    }

    /// Reads the manifest of a recording.
    ///
    /// # Errors
    /// If there is none, or it is of another kind or version, or says what no recording can be.
    pub fn read(root: &Path) -> Result<Self, Problems> {
        let path = root.join(layout::MANIFEST);
        /// The part that every version has.
        #[derive(Deserialize)]
        struct Version {
            kind: Option<String>,
            schema: u32,
        }
        let problem = |place: &str, found: String, expected: String, remedy: &str| {
            Problems::from(Problem::error(&path, place, found, expected, remedy))
        };
        let version: Version = json::read(&path)?;
        if version.kind.as_deref() != Some(KIND) {
            let found = version.kind.unwrap_or_else(|| "missing".into());
            let remedy = "name a folder that benchside record has written";
            return Err(problem("kind", found, KIND.into(), remedy));
        }
        if version.schema != RECORDING_SCHEMA {
            let (found, expected) = (version.schema.to_string(), RECORDING_SCHEMA.to_string());
            let remedy = "use the version of benchside that wrote the recording";
            return Err(problem("schema", found, expected, remedy));
        }
        let manifest: Self = json::read(&path)?;
        let problems = manifest.demonstrations.problems(&path);
        if problems.has_errors() {
            return Err(problems);
        }
        Ok(manifest)
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self, 3)
    }

    /// What keeps a run that asks for `self` from going on with the recording of `there`.
    pub fn differences(&self, there: &Self, path: &Path) -> Problems {
        let tree = |m: &Self| serde_json::to_value(m).expect("a manifest has text keys");
        let mut problems = Problems::default();
        compare(&mut problems, path, "", &tree(there), &tree(self));
        problems
    }
}
