//! Predicates as they stand in a task file.

use super::raw::{RawContaminated, RawFrame, RawOverfilled, RawSpilled, RawVolume, Symmetry};
use crate::scene::recipe::reader::{At, Node, Read, Reader};
use crate::scene::recipe::record::{keyed, record};

keyed! {
    /// Something that holds or does not.
    pub enum RawPredicate {
        /// All of these hold.
        "all" => All(At<Vec<RawPredicate>>),
        /// At least one of these holds.
        "any" => Any(At<Vec<RawPredicate>>),
        /// This does not hold.
        "not" => Not(Box<RawPredicate>),
        /// It has held without a break for a time.
        "held_for" => HeldFor(Box<RawHeldFor>),
        /// An object is where it belongs.
        "at_pose" => AtPose(RawAtPose),
        /// Two frames' origins are near each other.
        "near" => Near(RawNear),
        /// A frame's origin is above or below a height.
        "height" => Height(RawHeight),
        /// An object's Z axis points up.
        "upright" => Upright(RawUpright),
        /// A frame's origin is in a region.
        "inside" => Inside(RawInside),
        /// Bodies reach into a region: their bounding boxes overlap with it.
        "entered" => Entered(RawEntered),
        /// Bodies touch.
        "touching" => Touching(RawTouching),
        /// A robot holds an object between its fingers.
        "held" => Held(RawHeld),
        /// No robot touches an object.
        "released" => Released(RawObjectOnly),
        /// An object does not move.
        "still" => Still(RawStill),
        /// How far the fingers are open.
        "gripper" => Gripper(RawGripper),
        /// Nobody holds an object and it falls.
        "dropped" => Dropped(RawDropped),
        /// How much liquid is in a vessel or a tip.
        "volume" => Volume(RawVolume),
        /// Liquid has fallen beside vessels or run over.
        "spilled" => Spilled(RawSpilled),
        /// A vessel has run over.
        "overfilled" => Overfilled(RawOverfilled),
        /// A liquid got where it should not.
        "contaminated" => Contaminated(RawContaminated),
        /// Time since the episode began.
        "after" => After(RawAfter),
    }
}

record! {
    /// It has held without a break.
    pub struct RawHeldFor {
        /// For so long, seconds, above 0.
        secs: At<f64>,
        /// What has.
        when: RawPredicate,
    }
}

record! {
    /// An object is where it belongs.
    pub struct RawAtPose {
        /// The object, or one of its frames.
        object: RawFrame,
        /// Where it belongs.
        target: RawFrame,
        /// Distance of the origins at most, mm.
        within_mm: At<f64>,
        /// Angle between the two at most, degrees, 0 … 180; default: any.
        within_deg: Option<At<f64>>,
        /// Rotations that nobody can tell apart. Default: those of the object.
        symmetry: Option<Symmetry>,
    }
}

record! {
    /// Two frames' origins are near each other.
    pub struct RawNear {
        /// The one.
        a: RawFrame,
        /// The other.
        b: RawFrame,
        /// Distance at most, mm.
        within_mm: At<f64>,
    }
}

record! {
    /// A frame's origin is above or below a height. At least one bound.
    pub struct RawHeight {
        /// The frame.
        of: RawFrame,
        /// From where heights are counted, along the world's Z. Default "world".
        from: Option<RawFrame>,
        /// At least, mm.
        above_mm: Option<At<f64>>,
        /// At most, mm.
        below_mm: Option<At<f64>>,
    }
}

record! {
    /// The Z axis of an object, or of one of its frames, points up.
    pub struct RawUpright {
        /// The object.
        object: RawFrame,
        /// Angle with the world's Z at most, degrees, 0 … 180.
        within_deg: At<f64>,
    }
}

record! {
    /// A frame's origin is in a region's box, or in any of those that share its name.
    pub struct RawInside {
        /// The frame.
        object: RawFrame,
        /// A slot of `[objects]`, or a region by its name in scene or assets.
        region: At<String>,
        /// The box is made larger by this on each side, mm, −1000 … 1000. Default 0.
        margin_mm: Option<At<f64>>,
    }
}

record! {
    /// Bodies reach into a region.
    pub struct RawEntered {
        /// Which bodies.
        bodies: RawBodies,
        /// A slot of `[objects]`, or a region by its name in scene or assets.
        region: At<String>,
        /// The box is made larger by this on each side, mm, −1000 … 1000. Default 0.
        margin_mm: Option<At<f64>>,
    }
}

record! {
    /// One of these bodies touches one of those.
    pub struct RawTouching {
        /// These.
        a: RawBodies,
        /// Those. Default "anything".
        b: Option<RawBodies>,
        /// These do not count among the second.
        except: Option<RawBodies>,
        /// Normal force above this, newtons, ≥ 0; mean over a control step. Default 0.
        over_n: Option<At<f64>>,
        /// Normal force below this, newtons. Default: any.
        under_n: Option<At<f64>>,
        /// The largest force in a control step counts instead of the mean. Default false.
        peak: Option<bool>,
    }
}

record! {
    /// A robot holds an object.
    pub struct RawHeld {
        /// The object.
        object: At<String>,
        /// By this robot. Default: any.
        robot: Option<At<String>>,
    }
}

record! {
    /// An object.
    pub struct RawObjectOnly {
        /// The object.
        object: At<String>,
    }
}

record! {
    /// An object does not move.
    pub struct RawStill {
        /// The object.
        object: At<String>,
        /// Slower than this, mm/s. Default 5.
        under_mm_per_s: Option<At<f64>>,
        /// Turning slower than this, degrees/s. Default 10.
        under_deg_per_s: Option<At<f64>>,
    }
}

record! {
    /// How far the fingers of a robot are open: 0 closed … 1 open. At least one bound.
    pub struct RawGripper {
        /// The robot. Default: the only one.
        robot: Option<At<String>>,
        /// At least.
        above: Option<At<f64>>,
        /// At most.
        below: Option<At<f64>>,
    }
}

record! {
    /// No robot holds an object, and it falls.
    pub struct RawDropped {
        /// The object.
        object: At<String>,
        /// Falling faster than this, mm/s, above 0. Default 500: a free fall from 13 mm.
        faster_than_mm_per_s: Option<At<f64>>,
    }
}

record! {
    /// Time since the episode began.
    pub struct RawAfter {
        /// At least, seconds.
        secs: At<f64>,
    }
}

/// Bodies by name: one text or several.
#[derive(Clone, Debug)]
pub struct RawBodies(pub Vec<At<String>>);

impl Read for RawBodies {
    fn expected() -> String {
        "names of bodies: a text, or an array of texts".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if node.value.is_str() {
            return At::<String>::read(node, reader).map(|name| Self(vec![name]));
        }
        if !node.value.is_array() {
            reader.wrong_type::<Self>(node);
            return None;
        }
        let names = Vec::<At<String>>::read(node, reader)?;
        if names.is_empty() {
            reader.problem(&node.place, "an array of 0", Self::expected(), "");
            return None;
        }
        Some(Self(names))
    }
}

impl schemars::JsonSchema for RawBodies {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bodies".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Bodies: `anything`, an object of `[objects]`, a robot (all its links), \
                `arm.fingers`, `arm.link.hand`, `spawn.NAME`, `scene.NAME` or `class.NAME`; or several of these.",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            ],
        })
    }
}
