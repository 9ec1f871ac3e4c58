//! What a task is, in a few lines.

use super::desc::{ObjectBinding, PhrasePart, SlotPick, Source, TaskDesc, Vessels};
use crate::robot::desc::RobotDesc;

impl TaskDesc {
    /// For people who check what they wrote; ends with a newline. `robots` are those that were
    /// loaded with it.
    pub fn summary(&self, robots: &[RobotDesc]) -> String {
        let mut lines = vec![format!(
            "{}: {} commands and {} physics steps a second, at most {} s",
            self.name, self.control_hz, self.physics_hz, self.time_limit_secs
        )];
        for phrase in &self.instructions {
            let words = phrase.0.iter().map(|part| match part {
                PhrasePart::Text(text) => text.clone(),
                PhrasePart::Attribute(object, key) => {
                    format!("{{{}.{key}}}", self.objects[*object].name)
                }
            });
            lines.push(format!("  says      {}", words.collect::<String>()));
        }
        for robot in &self.robots {
            let desc = &robots[robot.robot];
            let [x, y, z] = robot.world_from_base.translation_m.to_array();
            let joints = desc.control.arm.len();
            lines.push(format!(
                "  robot     {}: {}, {joints} joints, at ({x:.3}, {y:.3}, {z:.3}) m",
                robot.name, desc.name
            ));
        }
        for object in &self.objects {
            lines.push(format!(
                "  object    {}: {}",
                object.name,
                self.source(object)
            ));
        }
        for vessels in &self.vessels {
            lines.push(format!("  vessels   {}", self.vessels_text(vessels)));
        }
        let names: Vec<&str> = self.stages.iter().map(|s| s.name.as_str()).collect();
        lines.push(format!("  stages    {}, success", names.join(", ")));
        let names: Vec<&str> = self.safety.iter().map(|s| s.name.as_str()).collect();
        match names.is_empty() {
            true => lines.push("  safety    nothing ends it".to_owned()),
            false => lines.push(format!("  safety    {}", names.join(", "))),
        }
        let words: Vec<&str> = self.expert.iter().map(|step| step.word).collect();
        match words.is_empty() {
            true => lines.push("  expert    none".to_owned()),
            false => lines.push(format!("  expert    {}", words.join(", "))),
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn vessels_text(&self, vessels: &Vessels) -> String {
        let mut text = format!("`{}`", vessels.region);
        if let Some((first, last)) = vessels.numbers {
            text += &format!(" {first} to {last}");
        }
        if let Some(spawn) = &vessels.spawn {
            text += &format!(" of `{spawn}`");
        }
        let (least, most) = vessels.start_ul;
        text += &match vessels.liquid {
            Some(liquid) if least == most => format!(": {most} µL of {}", self.liquids[liquid]),
            Some(liquid) => format!(": {least} … {most} µL of {}", self.liquids[liquid]),
            None => ": empty".to_owned(),
        };
        if vessels.clean {
            text += ", clean";
        }
        text
    }

    fn source(&self, object: &ObjectBinding) -> String {
        let mut text = match &object.source {
            Source::Scene { object } => format!("`{object}` of the scene"),
            Source::Spawn {
                spawn,
                index,
                with,
                unique,
                inside,
                ..
            } => {
                let mut text = match index {
                    None => format!("any of `{spawn}`"),
                    Some(index) => format!("number {index} of `{spawn}`"),
                };
                for (key, value) in with {
                    text += &format!(", {key} {value}");
                }
                if let Some(key) = unique {
                    text += &format!(", with a {key} of its own");
                }
                if let Some(region) = inside {
                    text += &format!(", in `{region}`");
                }
                text
            }
            Source::Slot {
                region,
                pick,
                owner,
                numbers,
            } => {
                let mut text = match pick {
                    SlotPick::Random => format!("any slot of `{region}`"),
                    SlotPick::RandomFree => format!("any free slot of `{region}`"),
                    SlotPick::FirstFree => format!("the first free slot of `{region}`"),
                    SlotPick::Index(index) => format!("slot {index} of `{region}`"),
                    SlotPick::Opposite(of) => {
                        format!(
                            "the slot of `{region}` across from {}",
                            self.objects[*of].name
                        )
                    }
                };
                if let Some(owner) = owner {
                    text += &format!(" of {}", self.objects[*owner].name);
                }
                if let Some((first, last)) = numbers {
                    text += &format!(", numbers {first} to {last}");
                }
                text
            }
        };
        if object.reach_m.is_finite() {
            text += &format!(", within {} m of the robot", object.reach_m);
        }
        text
    }
}
