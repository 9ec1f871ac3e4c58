//! A task file as it stands, before any name is looked up. The doc comments here are the
//! descriptions of the JSON Schema.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

pub use super::raw_predicate::*;
pub use super::raw_skill::*;
pub use super::raw_vessel::*;
use crate::scene::recipe::raw::{Count, Number, Text, Vector};
use crate::scene::recipe::reader::{At, Fields, Node, Read, Reader, Salvaged};
use crate::scene::recipe::record::{record, words};

record! {
    /// What a robot is to do in a scene, and when it has done it. Paths are relative to this file.
    #[schemars(title = "Benchside task")]
    pub struct RawTask {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: At<i64>,
        /// The scene's recipe.
        recipe: At<String>,
        /// What to tell the robot, in several phrasings; one is drawn for each episode. `{slide.variant}`
        /// stands for an attribute of an object.
        instruction: At<Vec<At<String>>>,
        /// Commands a second, 1 … 1000. Default 20.
        #[schemars(range(min = 1, max = 1000))]
        control_hz: Option<At<i64>>,
        /// Physics steps a second, a multiple of control_hz, 20 … 100000. Default 500.
        #[schemars(range(min = 20, max = 100_000))]
        physics_hz: Option<At<i64>>,
        /// An episode ends after this, seconds, above 0, at most 3600.
        #[schemars(range(min = 0, max = 3600))]
        time_limit_secs: At<f64>,
        /// How much the expert varies what it does, 0 … 3. Default 0: not at all; 1 is meant for recording.
        #[schemars(range(min = 0, max = 3))]
        noise: Option<At<f64>>,
        /// Robots by name; at least one.
        #[schemars(default)]
        robots: Salvaged<BTreeMap<String, RawRobot>>,
        /// Things that the task speaks of, by name.
        #[schemars(default)]
        objects: Salvaged<BTreeMap<String, RawObject>>,
        /// What holds liquid.
        #[schemars(default)]
        vessel: Salvaged<Vec<RawVessel>>,
        /// How liquids look, by name.
        #[schemars(default)]
        liquids: Salvaged<BTreeMap<String, RawLiquid>>,
        /// Changes to entries of the recipe.
        #[schemars(default)]
        variation: Salvaged<Vec<RawVariation>>,
        /// What has to happen on the way, in this order; at least one.
        #[schemars(default)]
        stage: Salvaged<Vec<RawStage>>,
        /// When the task is done.
        success: RawSuccess,
        /// What must not happen: ends the episode as a failure of that name.
        #[schemars(default)]
        safety: Salvaged<BTreeMap<String, RawSafety>>,
        /// The program of the expert, step by step.
        #[schemars(default)]
        expert: Salvaged<Vec<RawSkill>>,
    }
}

impl RawTask {
    /// Whether any part was left out because it could not be read.
    pub fn broken(&self) -> bool {
        self.robots.broken
            || self.objects.broken
            || self.vessel.broken
            || self.liquids.broken
            || self.variation.broken
            || self.stage.broken
            || self.safety.broken
            || self.expert.broken
    }
}

record! {
    /// A robot, and where it stands. Exactly one of mount and position_m.
    pub struct RawRobot {
        /// The robot's folder (with a robot.toml), or its URDF or MJCF file.
        path: At<String>,
        /// A node of the scene file: the robot's base goes there.
        mount: Option<At<String>>,
        /// World position of the robot's base instead, metres.
        position_m: Option<At<[f64; 3]>>,
        /// Turn about the world's Z axis for position_m, degrees. Default 0.
        yaw_deg: Option<At<f64>>,
        /// The arm starts this far from its home at most, turning joints, degrees, 0 … 30. Default 0.
        #[schemars(range(min = 0, max = 30))]
        start_jitter_deg: Option<At<f64>>,
        /// The same for sliding joints, mm, 0 … 100. Default 0.
        #[schemars(range(min = 0, max = 100))]
        start_jitter_mm: Option<At<f64>>,
    }
}

record! {
    /// A thing that the task speaks of: exactly one of spawn, scene and region. Which one it is in an
    /// episode is drawn when the scene has settled, and recorded.
    pub struct RawObject {
        /// One of the items of this entry of the recipe.
        spawn: Option<At<String>>,
        /// The object of this name in the scene file.
        scene: Option<At<String>>,
        /// A slot of this region: a node of it. Its frame is the middle of the box's floor.
        region: Option<At<String>>,
        /// Which of several. Default "random".
        pick: Option<At<RawPick>>,
        /// Regions: the slot across the middle of all slots of this object, which must be free, seen
        /// from the slot (or object in it) of this name. Instead of pick.
        opposite: Option<At<String>>,
        /// Regions: only slots that belong to this object.
        owner: Option<At<String>>,
        /// Regions: only slots of these numbers, first and last, counted from 1 on each object.
        numbers: Option<At<[i64; 2]>>,
        /// Spawns: only items whose attributes have these values.
        with: Option<BTreeMap<String, At<String>>>,
        /// Spawns: only items whose value of this attribute no other item of the entry has.
        unique: Option<At<String>>,
        /// Spawns: only items that lie in a slot of this region.
        inside: Option<At<String>>,
        /// Spawns of assets with several objects: which of them.
        object: Option<At<String>>,
        /// Only what lies within this distance of the (first) robot's base, metres.
        reach_m: Option<At<f64>>,
        /// Rotations that nobody can tell apart. Default "none".
        symmetry: Option<Symmetry>,
        /// Further attributes, looked up in JSON files by the attributes that the object has.
        words: Option<BTreeMap<String, RawWord>>,
    }
}

record! {
    /// An attribute from a JSON file.
    pub struct RawWord {
        /// The JSON file.
        file: At<String>,
        /// Where in it, as a JSON pointer: "/cells/{label.cell}/code", with attributes in braces.
        pointer: At<String>,
    }
}

words! {
    /// Rotations of an object, about its own axes, that nobody can tell apart.
    pub enum Symmetry {
        /// None.
        "none" => None,
        /// By 180° about X.
        "half_turn_x" => HalfTurnX,
        /// By 180° about Y.
        "half_turn_y" => HalfTurnY,
        /// By 180° about Z.
        "half_turn_z" => HalfTurnZ,
        /// By 90° about Z.
        "quarter_turn_z" => QuarterTurnZ,
        /// By any angle about Z: tubes, jars.
        "any_turn_z" => AnyTurnZ,
        /// By 180° about X, Y or Z: a plain box.
        "half_turns" => HalfTurns,
    }
}

/// Which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawPick {
    Random,
    RandomFree,
    FirstFree,
    Index(i64),
}

/// The words of [`RawPick`].
const PICKS: &[&str] = &["random", "random_free", "first_free"];

impl Read for RawPick {
    fn expected() -> String {
        "\"random\", \"random_free\", \"first_free\" or a number from 0".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(word) = node.value.as_str() else {
            if !node.value.is_integer() {
                reader.wrong_type::<Self>(node);
                return None;
            }
            return i64::read(node, reader).map(Self::Index);
        };
        match word {
            "random" => Some(Self::Random),
            "random_free" => Some(Self::RandomFree),
            "first_free" => Some(Self::FirstFree),
            other => {
                crate::scene::recipe::reader::unknown_word(reader, &node.place, other, PICKS);
                None
            }
        }
    }
}

impl JsonSchema for RawPick {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pick".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Any one, any free slot, the first free slot, or a number from 0.",
            "anyOf": [
                { "type": "string", "enum": PICKS },
                { "type": "integer", "minimum": 0 },
            ],
        })
    }
}

record! {
    /// Changes an entry of the recipe, for this task only.
    pub struct RawVariation {
        /// The entry's name in the recipe.
        spawn: At<String>,
        /// Replaces how many.
        count: Option<Count>,
        /// Replaces the region.
        region: Option<At<String>>,
        /// Replaces the turn about the region's Z axis, degrees.
        yaw_deg: Option<Number>,
        /// Replaces what is added to the position, in the region's axes, metres.
        offset_m: Option<Vector>,
        /// Replaces the material variant.
        variant: Option<Text>,
    }
}

record! {
    /// A step of progress. It counts once its predicate has held, and so do all before it.
    pub struct RawStage {
        /// A name of your own; unique.
        name: At<String>,
        /// When it is reached.
        when: RawPredicate,
        /// The stage that comes before it. Default: the one above.
        after: Option<At<String>>,
    }
}

record! {
    /// When the task is done.
    pub struct RawSuccess {
        /// What holds then.
        when: RawPredicate,
    }
}

record! {
    /// What must not happen.
    pub struct RawSafety {
        /// What it is.
        when: RawPredicate,
    }
}

/// A frame: its name alone, or a table.
#[derive(Clone, Debug)]
pub struct RawFrame {
    pub frame: At<String>,
    pub moment: Option<Moment>,
    pub offset_mm: Option<At<[f64; 3]>>,
    pub turn_deg: Option<At<[f64; 3]>>,
}

record! {
    /// A frame, moved.
    pub struct FrameTable {
        /// `world`, an object, slot or robot by name, or one of its frames: `slide.grasp.edges_from_above`,
        /// `slide.keypoint.corner`, `slide.center`, `rack.region.slot` (the first of that name), `arm.tool`, `arm.base`,
        /// `arm.link.hand`.
        frame: At<String>,
        /// Where it is now, or where it was when the episode began. Default "now".
        moment: Option<Moment>,
        /// Moved by this in the frame's axes, mm. Default [0, 0, 0].
        offset_mm: Option<At<[f64; 3]>>,
        /// Then turned by this rotation vector in the frame's axes, degrees. Default [0, 0, 0].
        turn_deg: Option<At<[f64; 3]>>,
    }
}

words! {
    /// When a frame is looked at.
    pub enum Moment {
        /// Now.
        "now" => Now,
        /// When the episode began.
        "start" => Start,
    }
}

impl Read for RawFrame {
    fn expected() -> String {
        "the name of a frame, or a table with `frame`".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if node.value.is_str() {
            let frame = At::<String>::read(node, reader)?;
            return Some(Self {
                frame,
                moment: None,
                offset_mm: None,
                turn_deg: None,
            });
        }
        let fields = Fields::open::<Self>(node, reader)?;
        let table = FrameTable::from_fields(fields, reader)?;
        Some(Self {
            frame: table.frame,
            moment: table.moment,
            offset_mm: table.offset_mm,
            turn_deg: table.turn_deg,
        })
    }
}

impl JsonSchema for RawFrame {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Frame".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<FrameTable>();
        json_schema!({
            "description": "The name of a frame, or a table that moves one.",
            "anyOf": [{ "type": "string" }, table],
        })
    }
}
