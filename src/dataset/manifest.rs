//! `manifest.json`: what was asked for, and how to read what came out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::planes::{self, PlaneRecord};
use super::{json, layout};
use crate::base::problem::{Problem, Problems};
use crate::base::sensor::DepthMethod;
use crate::scene::desc::{FileDigest, SceneDesc};

/// Version of the native layout.
pub const MANIFEST_SCHEMA: u32 = 1;

/// A kind of data set; several may be written in one run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// All planes and labels, one folder an image.
    Native,
    /// COCO instances and keypoints.
    Coco,
}

/// Everything that the bytes of a data set depend on, beside the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub seed: u64,
    pub episodes: u64,
    /// Without doubles, in order.
    pub formats: Vec<Format>,
    pub size_px: [u32; 2],
    /// Names of the cameras of every frame, in order.
    pub cameras: Vec<String>,
    pub frames_per_episode: u32,
    pub interval_secs: f64,
    pub flow_secs: f64,
    /// Of the 16-bit depth planes.
    pub depth_unit_m: f64,
    /// Colour samples a pixel; in reference mode the paths.
    pub color_samples: u32,
    /// Of reference mode; `None` in fast mode.
    pub paths: Option<PathsRecord>,
    /// Cameras whose sensors are modelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensors: Vec<SensorRequest>,
}

/// How reference mode traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathsRecord {
    /// Surfaces a path meets after the first one.
    pub bounces: u32,
    /// Whether light that glass focuses was followed; else it shines straight through.
    pub caustics: bool,
    pub denoised: bool,
}

/// A camera whose sensor is modelled; the parameters of each image are in its labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorRequest {
    /// One of the cameras.
    pub camera: String,
    /// How depth is measured, if it is.
    pub depth: Option<DepthMethod>,
}

impl Request {
    /// Images of one episode.
    pub fn images_per_episode(&self) -> u64 {
        u64::from(self.frames_per_episode) * self.cameras.len() as u64
    }

    /// Images of all episodes, if none diverges.
    pub fn images(&self) -> u64 {
        self.episodes * self.images_per_episode()
    }

    /// Number of an image.
    pub fn image(&self, episode: u64, frame: u32, camera: usize) -> u64 {
        let frame = episode * u64::from(self.frames_per_episode) + u64::from(frame);
        frame * self.cameras.len() as u64 + camera as u64
    }

    /// (episode, frame, camera) of an image.
    pub fn place(&self, image: u64) -> (u64, u32, usize) {
        let cameras = self.cameras.len() as u64;
        let frames = u64::from(self.frames_per_episode);
        let frame = image / cameras;
        (
            frame / frames,
            (frame % frames) as u32,
            (image % cameras) as usize,
        )
    }

    /// Whether a camera's sensor is modelled.
    pub fn has_sensor(&self, camera: usize) -> bool {
        self.sensor(camera).is_some()
    }

    /// Whether a camera's sensor measures depth.
    pub fn has_depth_sensor(&self, camera: usize) -> bool {
        self.sensor(camera).is_some_and(|s| s.depth.is_some())
    }

    fn sensor(&self, camera: usize) -> Option<&SensorRequest> {
        let name = self.cameras.get(camera)?;
        self.sensors.iter().find(|sensor| sensor.camera == *name)
    }

    /// Whether this format is asked for.
    pub fn has(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub schema: u32,
    pub tool: Tool,
    pub scene: String,
    pub request: Request,
    pub renderer: RendererRecord,
    pub conventions: BTreeMap<String, String>,
    pub layout: BTreeMap<String, String>,
    pub planes: Vec<PlaneRecord>,
    pub classes: Vec<ClassRecord>,
    /// By part id; the first is unnamed.
    pub parts: Vec<String>,
    /// Everything read, the recipe among it, by path relative to the recipe.
    pub files: Vec<FileDigest>,
}

/// Who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// What made the planes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RendererRecord {
    pub executor: String,
    pub mode: String,
}

/// A class of the taxonomy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRecord {
    pub id: u32,
    pub name: String,
    pub parent: Option<u32>,
    #[serde(rename = "abstract")]
    pub is_abstract: bool,
    /// sRGB, for overlays.
    pub color: [u8; 3],
    /// Of all objects of the class, in order of first appearance.
    pub keypoints: Vec<String>,
}

const CONVENTIONS: [(&str, &str); 9] = [
    ("units", "metres, radians, seconds, kilograms, pixels"),
    ("world", "right-handed, Z up"),
    ("camera", "x right, y down, z forward (OpenCV)"),
    (
        "pixels",
        "the centre of the pixel in column i, row j is at (i + 0.5, j + 0.5)",
    ),
    ("boxes", "[x, y, width, height]"),
    (
        "transforms",
        "target_from_source; quat_xyzw is a unit quaternion, rotation first, then translation",
    ),
    (
        "color",
        "luminance L (cd/m2) / (1.2 * 2^ev100), white balance, Khronos PBR Neutral tone curve, sRGB",
    ),
    (
        "masks",
        "COCO compressed run-length encoding, of the first surface",
    ),
    (
        "image",
        "(episode * frames_per_episode + frame) * cameras + camera",
    ),
];

const LAYOUT: [(&str, &str); 3] = [
    ("episode", "episodes/{episode/1000:03}/{episode:06}.json"),
    ("image", "images/{image/1000:03}/{image:06}/"),
    (
        "coco",
        "coco/annotations.json; its file names are relative to this folder",
    ),
];

impl Manifest {
    /// Of a scene and what is asked of it.
    pub fn new(scene: &SceneDesc, request: Request) -> Self {
        let texts = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs.map(|&(k, v)| (k.into(), v.into())).collect()
        };
        let native = request.has(Format::Native);
        Self {
            schema: MANIFEST_SCHEMA,
            tool: Tool {
                name: "benchside".into(),
                version: env!("CARGO_PKG_VERSION").into(),
            },
            scene: scene.name.clone(),
            renderer: RendererRecord {
                executor: "cpu".into(),
                mode: match request.paths {
                    None => "fast".into(),
                    Some(_) => "reference".into(),
                },
            },
            conventions: texts(&CONVENTIONS),
            layout: texts(&LAYOUT),
            planes: if native {
                planes::records(&request)
            } else {
                Vec::new()
            },
            classes: classes(scene),
            parts: scene.parts.clone(),
            files: scene.files.clone(),
            request,
        }
    }

    /// Reads the manifest of a data set.
    ///
    /// # Errors
    /// If there is none, or it is of another version.
    pub fn read(dataset: &Path) -> Result<Self, Problems> {
        let path = dataset.join(layout::MANIFEST);
        /// The part that every version has.
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let Version { schema } = json::read(&path)?;
        if schema != MANIFEST_SCHEMA {
            return Err(Problem::error(
                path,
                "schema",
                schema.to_string(),
                MANIFEST_SCHEMA.to_string(),
                "use the version of benchside that wrote the data set",
            )
            .into());
        }
        let manifest: Self = json::read(&path)?;
        let r = &manifest.request;
        if r.cameras.is_empty() || r.frames_per_episode == 0 || r.size_px.contains(&0) {
            return Err(Problem::error(
                path,
                "request",
                "no cameras, no frames or no pixels",
                "at least one of each",
                "generate the data set again",
            )
            .into());
        }
        Ok(manifest)
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self, 2)
    }

    /// The class of this id.
    pub fn class(&self, id: u32) -> Option<&ClassRecord> {
        self.classes.iter().find(|c| c.id == id)
    }

    /// What keeps a run that asks for `self` from going on with the data set of `there`.
    pub fn differences(&self, there: &Self, path: &Path) -> Problems {
        let tree = |m: &Self| serde_json::to_value(m).expect("a manifest has text keys");
        let mut problems = Problems::default();
        compare(&mut problems, path, "", &tree(there), &tree(self));
        problems
    }
}

/// Reports every leaf that differs.
pub(super) fn compare(
    problems: &mut Problems,
    path: &Path,
    place: &str,
    there: &serde_json::Value,
    here: &serde_json::Value,
) {
    use serde_json::Value::Object;
    if there == here {
        return;
    }
    let join = |key: &str| match place {
        "" => key.to_string(),
        _ => format!("{place}.{key}"),
    };
    if let (Object(a), Object(b)) = (there, here) {
        for (key, a) in a {
            let b = b.get(key).unwrap_or(&serde_json::Value::Null);
            compare(problems, path, &join(key), a, b);
        }
        return;
    }
    let (found, expected) = match place {
        "files" => (
            format!("the scene's files have changed: {}", changed(there, here)),
            "the files that the data set was begun with".into(),
        ),
        _ => (short(there), format!("{} (as asked for now)", short(here))),
    };
    problems.push(Problem::error(
        path,
        place,
        found,
        expected,
        "resume with the same recipe, files and options, or choose another folder with -o",
    ));
}

/// Names of the files that differ between two lists of digests.
fn changed(there: &serde_json::Value, here: &serde_json::Value) -> String {
    let list = |v: &serde_json::Value| v.as_array().cloned().unwrap_or_default();
    let (there, here) = (list(there), list(here));
    let only = there.iter().filter(|f| !here.contains(f));
    let only = only.chain(here.iter().filter(|f| !there.contains(f)));
    let names: std::collections::BTreeSet<&str> =
        only.filter_map(|f| f.get("path")?.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn short(value: &serde_json::Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text,
    }
}

fn classes(scene: &SceneDesc) -> Vec<ClassRecord> {
    let keypoints = |id| {
        let mut names: Vec<String> = Vec::new();
        for object in scene.objects.iter().filter(|o| o.class == id) {
            for k in &object.keypoints {
                if !names.contains(&k.name) {
                    names.push(k.name.clone());
                }
            }
        }
        names
    };
    let record = |c: &crate::scene::taxonomy::Class| ClassRecord {
        id: c.id.0,
        name: c.name.clone(),
        parent: c.parent.map(|p| p.0),
        is_abstract: c.is_abstract,
        color: c.color,
        keypoints: keypoints(c.id),
    };
    scene.taxonomy.classes.iter().map(record).collect()
}
