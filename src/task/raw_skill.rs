//! Steps of an expert's program as they stand in a task file.

use super::raw::RawFrame;
use super::raw_predicate::RawPredicate;
use crate::scene::recipe::reader::At;
use crate::scene::recipe::record::{record, tagged, words};

tagged! {
    /// A step of the expert's program.
    pub enum RawSkill by "skill" {
        /// Brings the tool to a frame.
        "reach" => Reach(RawReach),
        /// Moves the tool straight to a frame.
        "line" => Line(RawLine),
        /// Opens the fingers.
        "open" => Open(RawOpen),
        /// Closes the fingers until they hold something or stop.
        "close" => Close(RawClose),
        /// Brings the object that is held to a frame.
        "carry" => Carry(RawCarry),
        /// Moves the object that is held straight to a frame, slowly, giving way.
        "insert" => Insert(RawInsert),
        /// Moves the tool back, away from what it works on.
        "retreat" => Retreat(RawRetreat),
        /// Draws liquid in.
        "aspirate" => Aspirate(RawAspirate),
        /// Pushes liquid out.
        "dispense" => Dispense(RawDispense),
        /// Waits.
        "wait" => Wait(RawWait),
    }
}

/// The keys that all steps share, after their own.
macro_rules! skill_record {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        record! {
            $(#[$meta])*
            pub struct $name {
                $($own)*
                /// A name for `otherwise` of later steps.
                label: Option<At<String>>,
                /// Which robot. Default: the only one.
                robot: Option<At<String>>,
                /// What must hold when the step is over.
                expect: Option<RawPredicate>,
                /// If it does not: the label of the step to go back to.
                otherwise: Option<At<String>>,
                /// So often at most, 1 … 20. Default 3.
                tries: Option<At<i64>>,
            }
        }

        impl $name {
            /// The keys that all steps share.
            pub fn common(&self) -> SkillKeys<'_> {
                SkillKeys {
                    at: &self.at,
                    label: self.label.as_ref(),
                    robot: self.robot.as_ref(),
                    expect: self.expect.as_ref(),
                    otherwise: self.otherwise.as_ref(),
                    tries: self.tries.as_ref(),
                }
            }
        }
    };
}

/// The keys that all steps share.
pub struct SkillKeys<'a> {
    pub at: &'a crate::scene::recipe::reader::Place,
    pub label: Option<&'a At<String>>,
    pub robot: Option<&'a At<String>>,
    pub expect: Option<&'a RawPredicate>,
    pub otherwise: Option<&'a At<String>>,
    pub tries: Option<&'a At<i64>>,
}

impl RawSkill {
    /// The keys that all steps share.
    pub fn common(&self) -> SkillKeys<'_> {
        match self {
            Self::Reach(raw) => raw.common(),
            Self::Line(raw) => raw.common(),
            Self::Open(raw) => raw.common(),
            Self::Close(raw) => raw.common(),
            Self::Carry(raw) => raw.common(),
            Self::Insert(raw) => raw.common(),
            Self::Retreat(raw) => raw.common(),
            Self::Aspirate(raw) => raw.common(),
            Self::Dispense(raw) => raw.common(),
            Self::Wait(raw) => raw.common(),
        }
    }
}

skill_record! {
    /// Brings the tool to a frame, without touching anything on the way.
    pub struct RawReach {
        /// Where. `slide.grasp` alone stands for the best grasp of the object; a grasp may also be
        /// taken turned by 180° about its approach. offset_mm is in the axes of the frame.
        to: RawFrame,
        /// Straight up, across and straight down, this far above start and end, mm, 0 … 2000. Default:
        /// the joints move directly.
        clear_mm: Option<At<f64>>,
        /// Frames to pass on the way.
        #[schemars(default)]
        via: Vec<RawFrame>,
        /// Share of the robot's top speed, above 0, at most 1. Default 0.5.
        speed: Option<At<f64>>,
    }
}

skill_record! {
    /// Moves the tool straight to a frame.
    pub struct RawLine {
        /// Where.
        to: RawFrame,
        /// Top speed, above 0, at most 2000. Default 100.
        speed_mm_per_s: Option<At<f64>>,
        /// Stops once the robot, or what it holds, presses with more than this on something else, N.
        until_force_n: Option<At<f64>>,
    }
}

skill_record! {
    /// Opens the fingers.
    pub struct RawOpen {
        /// 0 closed … 1 open. Default 1.
        fraction: Option<At<f64>>,
    }
}

skill_record! {
    /// Closes the fingers until they hold something or stop.
    pub struct RawClose {
        /// At most to this: 0 closed … 1 open. Default 0.
        fraction: Option<At<f64>>,
    }
}

skill_record! {
    /// Brings the object that is held to a frame.
    pub struct RawCarry {
        /// The object.
        object: At<String>,
        /// Where it goes.
        to: RawFrame,
        /// Straight up, across and straight down, this far above start and end, mm, 0 … 2000. Default:
        /// straight there.
        clear_mm: Option<At<f64>>,
        /// Frames that the object passes on the way.
        #[schemars(default)]
        via: Vec<RawFrame>,
        /// Share of the robot's top speed, above 0, at most 1. Default 0.3.
        speed: Option<At<f64>>,
        /// Stays straight with a top speed instead, above 0, at most 2000.
        speed_mm_per_s: Option<At<f64>>,
        /// With "position" the object stays turned as it is: arms that cannot turn it. With "axis" it is
        /// put upright, turned any way about its Z axis. Default "pose".
        aim: Option<Aim>,
    }
}

words! {
    /// What of a pose is to be reached.
    pub enum Aim {
        /// Position and rotation.
        "pose" => Pose,
        /// Position and Z axis.
        "axis" => Axis,
        /// Position alone.
        "position" => Position,
    }
}

skill_record! {
    /// Moves the object that is held straight to a frame, slowly. Where it meets more than the force,
    /// it backs off and tries beside it, on a spiral across the target's Z axis.
    pub struct RawInsert {
        /// The object.
        object: At<String>,
        /// Where it goes.
        to: RawFrame,
        /// Top speed, above 0, at most 500. Default 20.
        speed_mm_per_s: Option<At<f64>>,
        /// Gives way above this, N, above 0. Default 5.
        force_n: Option<At<f64>>,
        /// Radius of the spiral, mm, 0 … 20. Default 2.
        search_mm: Option<At<f64>>,
        /// Counts as there within this, mm, above 0. Default 1.
        within_mm: Option<At<f64>>,
        /// As of "carry". Default "pose".
        aim: Option<Aim>,
    }
}

skill_record! {
    /// Moves the tool back.
    pub struct RawRetreat {
        /// How far, mm, above 0, at most 1000.
        mm: At<f64>,
        /// Which way. Default "back".
        way: Option<Way>,
        /// Top speed, above 0, at most 2000. Default 100.
        speed_mm_per_s: Option<At<f64>>,
    }
}

words! {
    /// Which way to retreat.
    pub enum Way {
        /// Against the tool's approach, its −Z.
        "back" => Back,
        /// Along the world's Z.
        "up" => Up,
    }
}

skill_record! {
    /// Draws liquid in. The tip goes to the middle of the vessel, and follows the level as it falls.
    pub struct RawAspirate {
        /// The vessel, a slot of `[objects]`. The tip should be above it.
        from: At<String>,
        /// How much, µL, above 0.
        volume_ul: At<f64>,
        /// The tip's end below the level, mm, above 0. Default 2.
        depth_mm: Option<At<f64>>,
        /// How fast, µL/s, above 0, at most 10000. Default 100.
        rate_ul_per_s: Option<At<f64>>,
    }
}

skill_record! {
    /// Pushes liquid out. The tip goes to the middle of the vessel, and follows the level as it rises.
    pub struct RawDispense {
        /// The vessel, a slot of `[objects]`. The tip should be above it.
        into: At<String>,
        /// How much, µL, above 0. Default: all.
        volume_ul: Option<At<f64>>,
        /// The tip's end above the level, mm, −100 … 100. Default 2.
        above_mm: Option<At<f64>>,
        /// How fast, µL/s, above 0, at most 10000. Default 100.
        rate_ul_per_s: Option<At<f64>>,
    }
}

skill_record! {
    /// Waits.
    pub struct RawWait {
        /// So long at most, seconds, 0 … 600.
        secs: At<f64>,
        /// Until this holds.
        until: Option<RawPredicate>,
    }
}
