//! Adapters: what a policy is shown, under which names, and what its numbers mean, as data.

mod check;
pub mod raw;

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::robot::action::ActionSpace;
use crate::scene::recipe::reader::Reader;

/// The shipped adapters: name and text.
pub const PRESETS: [(&str, &str); 4] = [
    ("benchside", include_str!("../presets/benchside.toml")),
    ("droid", include_str!("../presets/droid.toml")),
    ("libero", include_str!("../presets/libero.toml")),
    ("aloha", include_str!("../presets/aloha.toml")),
];

/// A checked adapter; names of cameras and objects are looked up for each task.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterDesc {
    /// For messages: the preset's name, or the file.
    pub name: String,
    /// SHA-256 of its text, lower-case hexadecimal.
    pub sha256: String,
    pub rate_hz: Option<u32>,
    pub inputs: Vec<InputDesc>,
    pub action: ActionDesc,
    pub onnx: Option<OnnxDesc>,
}

/// One entry of an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct InputDesc {
    /// One part, or the levels of nested maps.
    pub key: Vec<String>,
    pub source: InputSource,
    /// How many numbers the policy's authors say that these are.
    pub length: Option<u32>,
}

/// What an entry holds.
#[derive(Clone, Debug, PartialEq)]
pub enum InputSource {
    Camera {
        camera: CameraRef,
        /// Width, height.
        size_px: (u32, u32),
        channels_first: bool,
    },
    Numbers(Vec<NumberSource>),
    Instruction,
}

/// A camera of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraRef {
    Named(String),
    /// Of the scene's.
    Scene(usize),
    /// Of the robots'.
    Robot(usize),
}

/// Some numbers of an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberSource {
    /// As it stands in the file.
    pub text: String,
    /// `None`: the first.
    pub robot: Option<String>,
    pub quantity: Quantity,
}

/// What numbers are. Positions and rotations are in the frame of the robot's base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// rad or m.
    ArmPosition,
    ArmSpeed,
    /// 0 closed … 1 open.
    OpenFraction,
    /// 1 closed … 0 open.
    ClosedFraction,
    /// Half the opening, m, as two fingers have it: +, −.
    Fingers,
    ToolPosition,
    /// w ≥ 0.
    ToolQuatXyzw,
    ToolQuatWxyz,
    /// Rotation vector, rad.
    ToolAxisAngle,
    /// The first two columns of the rotation's matrix.
    ToolRotation6d,
    /// An object or slot by its name in the task.
    ObjectPosition(String),
    ObjectQuatXyzw(String),
    /// Its position seen from the tool: in the tool's frame.
    ObjectFromTool(String),
    /// Seconds since the start.
    Time,
    /// Control steps since the start, and the episode's number: for tests of a policy's loop, which
    /// no real robot could know.
    Step,
    Episode,
}

/// What answers mean.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDesc {
    pub space: ActionSpace,
    /// Actions carried out before the policy is asked again.
    pub execute: usize,
    /// One for all numbers but the gripper's, or one each.
    pub scale: Vec<f64>,
    pub gripper_open: f64,
    pub gripper_closed: f64,
    /// Named parts of the answer, in order; empty: as the server has it.
    pub keys: Vec<String>,
}

/// Of an ONNX file.
#[derive(Clone, Debug, PartialEq)]
pub struct OnnxDesc {
    pub output: String,
    /// Numbers of an action.
    pub action_width: usize,
    /// Empty: zeros.
    pub action_mean: Vec<f32>,
    /// Empty: ones.
    pub action_std: Vec<f32>,
    pub inputs: Vec<OnnxInputDesc>,
}

/// Of one of its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct OnnxInputDesc {
    pub name: String,
    pub key: Vec<String>,
    /// Empty: zeros.
    pub mean: Vec<f32>,
    /// Empty: ones.
    pub std: Vec<f32>,
    pub scale: f32,
}

impl AdapterDesc {
    /// A shipped adapter by its name, or a file.
    ///
    /// # Errors
    ///
    /// All problems of the file, or that there is none.
    pub fn load(name: &str) -> Result<Self, Problems> {
        if let Some((name, text)) = PRESETS.iter().find(|(n, _)| *n == name) {
            return Self::parse(text, Path::new(name));
        }
        let path = Path::new(name);
        let names = || PRESETS.iter().map(|(n, _)| *n);
        let bytes = crate::scene::files::read(path).map_err(|found| {
            let list = names().collect::<Vec<_>>().join(", ");
            let expected = format!("an adapter file, or a shipped adapter: {list}");
            let meant = did_you_mean(name, names());
            let remedy = meant.map_or(String::new(), |m| format!("did you mean `{m}`?"));
            Problem::error(path, "", found, expected, remedy)
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let found = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
            Problem::error(path, "", found, "a TOML file, which is UTF-8", "")
        })?;
        Self::parse(&text, path)
    }

    /// From a text; `file` is for messages.
    ///
    /// # Errors
    ///
    /// All problems at once.
    pub fn parse(text: &str, file: &Path) -> Result<Self, Problems> {
        let (raw, mut problems) = Reader::document::<raw::RawAdapter>(text, file);
        let Some(raw) = raw else {
            return Err(problems);
        };
        let mut adapter = check::check(&raw, file, &mut problems);
        if let Some(adapter) = &mut adapter {
            adapter.sha256 = crate::scene::files::hex(&Sha256::digest(text.as_bytes()));
        }
        match adapter {
            Some(adapter) if !problems.has_errors() => Ok(adapter),
            _ => Err(problems),
        }
    }
}

/// The JSON Schema of an adapter file, for editors, as indented text.
pub fn schema_json() -> String {
    crate::scene::recipe::schema_of::<raw::RawAdapter>()
}
