//! The checked task: every name resolved, every default filled in.

use std::collections::BTreeMap;

use serde_json::Value;

pub use super::predicate::{BodySet, Content, Predicate, RegionRef};
pub use super::raw::{Aim, Moment, Symmetry, Way};
use crate::base::pose::Pose;
use crate::robot::desc::Rigid;

/// What robots are to do in a scene, and when they have done it.
#[derive(Clone, Debug)]
pub struct TaskDesc {
    /// The file's name without extension.
    pub name: String,
    /// SHA-256 of the file's text, lower-case hexadecimal.
    pub sha256: String,
    /// Phrasings; at least one.
    pub instructions: Vec<Phrase>,
    /// Commands a second.
    pub control_hz: u32,
    /// A multiple of `control_hz`.
    pub physics_hz: u32,
    pub time_limit_secs: f64,
    /// How much the expert varies what it does; 0: not at all.
    pub noise: f64,
    /// By name; at least one. In the order of [`crate::episode::spec::EpisodeSpec::robots`].
    pub robots: Vec<TaskRobot>,
    /// Whatever one refers to comes before it.
    pub objects: Vec<ObjectBinding>,
    /// Names of liquids.
    pub liquids: Vec<String>,
    /// By liquid: linear sRGB, 0 … 1.
    pub liquid_colors: Vec<[f32; 3]>,
    pub vessels: Vec<Vessels>,
    /// In order of progress; at least one.
    pub stages: Vec<Stage>,
    pub success: Predicate,
    /// By name.
    pub safety: Vec<Safety>,
    pub expert: Vec<Step>,
    /// How many `held_for` the predicates have.
    pub timers: usize,
}

/// An instruction with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(pub Vec<PhrasePart>);

/// A piece of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhrasePart {
    Text(String),
    /// An attribute of an object: index into [`TaskDesc::objects`], and the attribute's name.
    Attribute(usize, String),
}

/// A robot, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRobot {
    pub name: String,
    /// Index into the loaded robots.
    pub robot: usize,
    pub world_from_base: Pose,
    /// The arm's joints start this far from home at most, rad and m.
    pub start_jitter: (f64, f64),
}

/// A name for a thing that is chosen when the scene has settled.
#[derive(Clone, Debug)]
pub struct ObjectBinding {
    pub name: String,
    pub source: Source,
    pub symmetry: Symmetry,
    /// From the first robot's base, metres.
    pub reach_m: f64,
    /// Attributes from JSON files, by name.
    pub words: BTreeMap<String, WordTable>,
}

/// A JSON document and a pointer into it with attributes in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct WordTable {
    pub document: Value,
    pub pointer: String,
}

/// Among what is chosen, and how.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The items of an entry of the recipe.
    Spawn {
        spawn: String,
        /// `None`: any.
        index: Option<u32>,
        /// Attributes and their values.
        with: BTreeMap<String, String>,
        /// The attribute whose value no other item may share.
        unique: Option<String>,
        /// The region that holds it.
        inside: Option<String>,
        /// Which object of the asset.
        object: Option<String>,
    },
    /// An object of the scene file.
    Scene { object: String },
    /// A slot.
    Slot {
        region: String,
        pick: SlotPick,
        /// Index of the object that has the slot.
        owner: Option<usize>,
        /// First and last, counted from 1 on each object.
        numbers: Option<(u32, u32)>,
    },
}

/// Slots that are vessels.
#[derive(Clone, Debug, PartialEq)]
pub struct Vessels {
    pub region: String,
    /// Only on items of this entry.
    pub spawn: Option<String>,
    /// First and last, counted from 1 on each item.
    pub numbers: Option<(u32, u32)>,
    /// Whether the cross-section is an ellipse.
    pub round: bool,
    /// `None`: all that fits in the region's box.
    pub capacity_ul: Option<f64>,
    /// Index into [`TaskDesc::liquids`].
    pub liquid: Option<usize>,
    /// Least and most of it at the start.
    pub start_ul: (f64, f64),
    /// Whether nothing else may get in.
    pub clean: bool,
}

/// Which slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotPick {
    Random,
    RandomFree,
    FirstFree,
    Index(u32),
    /// Across from this object.
    Opposite(usize),
}

/// A frame whose origin may move.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameDesc {
    pub origin: Origin,
    /// Where it was when the episode began, not where it is.
    pub at_start: bool,
    pub origin_from_frame: Rigid,
}

impl FrameDesc {
    /// The object whose grasp it moves with, if it does.
    pub fn grasped(&self) -> Option<usize> {
        match self.origin {
            Origin::Object(object, Part::Grasp(_) | Part::Grasps(_)) => Some(object),
            _ => None,
        }
    }
}

/// What a frame hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    World,
    /// Index into [`TaskDesc::objects`].
    Object(usize, Part),
    /// Index into [`TaskDesc::robots`].
    Tool(usize),
    Base(usize),
    /// And of the link, which has geometry.
    Link(usize, usize),
}

/// A frame of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The object's own, or the middle of a slot's floor.
    Origin,
    /// The middle of its bounding box, or of a slot's box.
    Center,
    Keypoint(String),
    Grasp(String),
    /// The best for the robot of those whose names begin so.
    Grasps(String),
    /// The middle of the floor of its first region of this name.
    Region(String),
}

/// A step of progress.
#[derive(Clone, Debug)]
pub struct Stage {
    pub name: String,
    pub when: Predicate,
}

/// What must not happen.
#[derive(Clone, Debug)]
pub struct Safety {
    pub name: String,
    pub when: Predicate,
}

/// A step of the expert's program.
#[derive(Clone, Debug)]
pub struct Step {
    /// Of the step in the file: `reach`, `line` …
    pub word: &'static str,
    pub label: Option<String>,
    /// Index into [`TaskDesc::robots`].
    pub robot: usize,
    pub skill: Skill,
    pub expect: Option<Predicate>,
    /// Index of the step to go back to if `expect` does not hold, and how often.
    pub otherwise: Option<(usize, u32)>,
}

/// What a step does. Speeds in m/s, or as a share of the robot's.
#[derive(Clone, Debug)]
pub enum Skill {
    Reach {
        to: FrameDesc,
        clear_m: Option<f64>,
        via: Vec<FrameDesc>,
        speed: f64,
    },
    Line {
        to: FrameDesc,
        speed_m_per_s: f64,
        until_force_n: Option<f64>,
    },
    Open {
        fraction: f64,
    },
    Close {
        fraction: f64,
    },
    Carry {
        object: usize,
        to: FrameDesc,
        clear_m: Option<f64>,
        via: Vec<FrameDesc>,
        speed: f64,
        speed_m_per_s: Option<f64>,
        aim: Aim,
    },
    Insert {
        object: usize,
        to: FrameDesc,
        speed_m_per_s: f64,
        force_n: f64,
        search_m: f64,
        within_m: f64,
        aim: Aim,
    },
    Retreat {
        distance_m: f64,
        way: Way,
        speed_m_per_s: f64,
    },
    /// A stroke of a pipette's plunger, by open fraction; `None`: pressed home.
    Pipette {
        vessel: usize,
        stroke: Option<f64>,
        /// Of the tip's end, above the level.
        above_m: f64,
        /// Open fraction a second.
        rate: f64,
    },
    Wait {
        secs: f64,
        until: Option<Predicate>,
    },
}

impl Symmetry {
    /// Rotations of the object about its own axes that look the same, as half turns and quarter
    /// turns; [`Symmetry::AnyTurnZ`] has further ones.
    pub fn rotations(self) -> Vec<glam::DQuat> {
        use glam::DQuat;
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let (x, y, z) = (
            DQuat::from_xyzw(1.0, 0.0, 0.0, 0.0),
            DQuat::from_xyzw(0.0, 1.0, 0.0, 0.0),
            DQuat::from_xyzw(0.0, 0.0, 1.0, 0.0),
        );
        let mut rotations = vec![DQuat::IDENTITY];
        match self {
            Self::None | Self::AnyTurnZ => {}
            Self::HalfTurnX => rotations.push(x),
            Self::HalfTurnY => rotations.push(y),
            Self::HalfTurnZ => rotations.push(z),
            Self::QuarterTurnZ => rotations.extend([
                DQuat::from_xyzw(0.0, 0.0, half, half),
                z,
                DQuat::from_xyzw(0.0, 0.0, -half, half),
            ]),
            Self::HalfTurns => rotations.extend([x, y, z]),
        }
        rotations
    }
}
