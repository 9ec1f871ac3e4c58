//! Raw task × loaded files → [`TaskDesc`]: every name looked up, every range checked.

mod frames;
mod objects;
mod predicates;
mod skills;
mod vessels;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::desc::{Phrase, PhrasePart, Safety, Stage, TaskDesc, TaskRobot};
use super::raw::{RawRobot, RawStage, RawTask};
use crate::base::pose::{Pose, turn};
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::robot::desc::RobotDesc;
use crate::scene::desc::SceneDesc;
use crate::scene::recipe::check::listed;
use crate::scene::recipe::desc::RecipeDesc;
use crate::scene::recipe::reader::{At, Place, shorten};

/// What a task refers to. What could not be loaded is not here; whoever loaded has reported it.
pub struct Files<'a> {
    pub scene: &'a SceneDesc,
    pub recipe: &'a RecipeDesc,
    /// All robots that were loaded.
    pub robots: &'a [RobotDesc],
    /// Index into `robots` by the path that the task writes.
    pub robot_paths: BTreeMap<String, usize>,
    /// JSON files by the path that the task writes.
    pub words: BTreeMap<String, Value>,
}

/// Checks a task against the loaded files. `file` is for messages; `sha256` is that of its text.
/// The task is there if no problem is an error and no part was missing.
pub fn check(
    raw: &RawTask,
    files: &Files<'_>,
    file: &Path,
    sha256: String,
) -> (Option<TaskDesc>, Problems) {
    let mut checker = Checker {
        raw,
        files,
        file,
        problems: Vec::new(),
        robots: Vec::new(),
        objects: Vec::new(),
        time_limit_secs: f64::INFINITY,
        timers: 0,
        timers_allowed: true,
        used: BTreeSet::new(),
    };
    let task = checker.task(sha256);
    checker.problems.sort_by_key(|(line, _)| *line);
    let mut problems = Problems::default();
    for (_, problem) in checker.problems {
        problems.push(problem);
    }
    let task = task.filter(|_| !problems.has_errors() && !raw.broken());
    (task, problems)
}

/// Names that mean something by themselves.
const RESERVED: [&str; 5] = ["world", "anything", "spawn", "scene", "class"];

struct Checker<'a> {
    raw: &'a RawTask,
    files: &'a Files<'a>,
    file: &'a Path,
    /// With the line of each.
    problems: Vec<(usize, Problem)>,
    /// Names, with the robot if it could be loaded.
    robots: Vec<(&'a str, Option<&'a RobotDesc>)>,
    /// Names in the order of binding.
    objects: Vec<&'a str>,
    time_limit_secs: f64,
    timers: usize,
    /// Not in what is looked at only once.
    timers_allowed: bool,
    /// Objects that something refers to.
    used: BTreeSet<usize>,
}

impl<'a> Checker<'a> {
    fn task(&mut self, sha256: String) -> Option<TaskDesc> {
        let raw = self.raw;
        if raw.version.value != 1 {
            let found = format!("version {}", raw.version.value);
            self.error(&raw.version.place, found, "version 1", "");
        }
        let (control_hz, physics_hz) = self.rates();
        let time_limit_secs = self.number(&raw.time_limit_secs, "above 0, at most 3600", |x| {
            x > 0.0 && x <= 3600.0
        });
        // An error of its own is enough.
        self.time_limit_secs = time_limit_secs.unwrap_or(f64::INFINITY);
        let noise = match &raw.noise {
            Some(noise) => self.number(noise, "0 … 3", |x| (0.0..=3.0).contains(&x)),
            None => Some(0.0),
        };
        let robots = self.robots();
        let objects = self.objects();
        let vessels = self.vessels();
        let liquid_colors = self.liquid_colors();
        let instructions = self.instructions();
        let stages = self.stages();
        let success = self.predicate(&raw.success.when);
        let safety = self.safety();
        let expert = self.expert();
        self.unused();
        Some(TaskDesc {
            name: self
                .file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default(),
            sha256,
            instructions: instructions?,
            control_hz: control_hz? as u32,
            physics_hz: physics_hz? as u32,
            time_limit_secs: time_limit_secs?,
            noise: noise?,
            robots: robots?,
            objects: objects?,
            liquids: self.liquids().into_iter().map(str::to_owned).collect(),
            liquid_colors,
            vessels: vessels?,
            stages: stages?,
            success: success?,
            safety: safety?,
            expert: expert?,
            timers: self.timers,
        })
    }

    fn rates(&mut self) -> (Option<i64>, Option<i64>) {
        let control = self.rate(self.raw.control_hz.as_ref(), 20, 1, 1000);
        let physics = self.rate(self.raw.physics_hz.as_ref(), 500, 20, 100_000);
        if let (Some(control), Some(physics)) = (control, physics)
            && physics % control != 0
        {
            let top = Place {
                line: 1,
                path: String::new(),
            };
            let raw = self.raw;
            let at = raw.physics_hz.as_ref().or(raw.control_hz.as_ref());
            let place = at.map_or(&top, |at| &at.place);
            let steps = (physics as f64 / control as f64).round().max(1.0) as i64;
            self.error(
                place,
                format!("{physics} physics steps a second for {control} commands a second"),
                "a whole number of physics steps for each command",
                format!("physics_hz = {}", steps * control),
            );
            return (None, None);
        }
        (control, physics)
    }

    fn rate(&mut self, raw: Option<&At<i64>>, default: i64, low: i64, high: i64) -> Option<i64> {
        let Some(at) = raw else {
            return Some(default);
        };
        if !(low..=high).contains(&at.value) {
            let expected = format!("{low} … {high}");
            self.error(&at.place, at.value.to_string(), expected, "");
            return None;
        }
        Some(at.value)
    }

    fn robots(&mut self) -> Option<Vec<TaskRobot>> {
        let raw = &self.raw.robots;
        if raw.value.is_empty() && !raw.broken {
            let place = self.raw.at.clone();
            let expected = "at least one robot, such as [robots.arm]";
            self.error(&place, "no [robots]", expected, "");
        }
        let mut robots = Vec::new();
        for (name, robot) in &raw.value {
            self.own_name(name, &robot.at);
            let index = self.files.robot_paths.get(&robot.path.value).copied();
            let desc = index.map(|index| &self.files.robots[index]);
            self.robots.push((name, desc));
            robots.push(self.robot(name, robot, index));
        }
        robots.into_iter().collect()
    }

    fn robot(&mut self, name: &str, raw: &'a RawRobot, index: Option<usize>) -> Option<TaskRobot> {
        let world_from_base = match (&raw.mount, &raw.position_m) {
            (Some(mount), None) => {
                if let Some(yaw) = &raw.yaw_deg {
                    let found = "yaw_deg, which a mount does not use";
                    self.error(&yaw.place, found, "position_m, or no yaw_deg", "");
                }
                self.mount(mount)
            }
            (None, Some(position)) => {
                let yaw = raw.yaw_deg.as_ref().map_or(0.0, |yaw| yaw.value);
                let [x, y, z] = position.value.map(|m| m as f32);
                let rotation = turn(glam::Vec3::Z, yaw.to_radians());
                Some(Pose::new(rotation, glam::Vec3::new(x, y, z)))
            }
            (both, _) => {
                let found = match both {
                    Some(_) => "mount and position_m",
                    None => "neither mount nor position_m",
                };
                self.error(&raw.at, found, "one of mount and position_m", "");
                None
            }
        };
        let jitter = |this: &mut Self, at: &Option<At<f64>>, most: f64| match at {
            None => Some(0.0),
            Some(at) => this.number(at, &format!("0 … {most}"), |x| (0.0..=most).contains(&x)),
        };
        let turning = jitter(self, &raw.start_jitter_deg, 30.0);
        let sliding = jitter(self, &raw.start_jitter_mm, 100.0);
        if let Some(robot) = index.map(|index| &self.files.robots[index])
            && robot.control.arm.is_empty()
        {
            let found = format!("robot `{}`, of which nothing moves on command", robot.name);
            let remedy = "add a robot.toml with its arm, and name its folder";
            self.error(&raw.path.place, found, "a robot with an arm", remedy);
        }
        Some(TaskRobot {
            name: name.to_owned(),
            robot: index?,
            world_from_base: world_from_base?,
            start_jitter: (turning?.to_radians(), sliding? / 1000.0),
        })
    }

    fn mount(&mut self, mount: &At<String>) -> Option<Pose> {
        let room = self.files.scene.assets.first()?;
        let mut found = room.nodes.iter().filter(|(name, _)| *name == mount.value);
        let Some((_, pose)) = found.next() else {
            // Of a room's hundreds of nodes, only those meant for it.
            let mounts = room.nodes.iter().map(|(name, _)| name.as_str());
            let mounts = mounts.filter(|name| name.contains("mount"));
            let names: BTreeSet<&str> = mounts.collect();
            let all = room.nodes.iter().map(|(name, _)| name.as_str());
            let remedy = did_you_mean(&mount.value, all)
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_default();
            self.error(
                &mount.place,
                format!("unknown node `{}`", shorten(&mount.value)),
                listed("a node of the scene file", &names),
                remedy,
            );
            return None;
        };
        if found.next().is_some() {
            let found = format!("`{}`, a name of several nodes", mount.value);
            self.error(&mount.place, found, "a name that one node has", "");
        }
        Some(*pose)
    }

    /// Of objects and robots, which stand beside each other in frames.
    fn own_name(&mut self, name: &str, place: &Place) {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !name.chars().all(letters) || name.is_empty() {
            let found = format!("the name {:?}", shorten(name));
            self.error(place, found, "letters, digits, `_` and `-`", "");
        } else if RESERVED.contains(&name) {
            let found = format!("the name `{name}`, which has a meaning of its own");
            self.error(place, found, "another name", "");
        }
    }

    fn instructions(&mut self) -> Option<Vec<Phrase>> {
        let raw = &self.raw.instruction;
        if raw.value.is_empty() {
            let expected = "at least one phrasing";
            self.error(&raw.place, "no instruction", expected, "");
        }
        let phrases: Vec<Option<Phrase>> = raw.value.iter().map(|at| self.phrase(at)).collect();
        phrases.into_iter().collect()
    }

    fn phrase(&mut self, at: &'a At<String>) -> Option<Phrase> {
        let mut parts = Vec::new();
        let mut rest = at.value.as_str();
        while let Some(open) = rest.find('{') {
            if open > 0 {
                parts.push(PhrasePart::Text(rest[..open].to_owned()));
            }
            let Some(length) = rest[open..].find('}') else {
                let found = format!("`{{` without `}}` in {:?}", shorten(&at.value));
                self.error(&at.place, found, "such as `{slide.variant}`", "");
                return None;
            };
            let inner = &rest[open + 1..open + length];
            let Some((object, attribute)) = inner.split_once('.') else {
                let found = format!("`{{{}}}`", shorten(inner));
                let expected = "an object and an attribute, such as `{slide.variant}`";
                self.error(&at.place, found, expected, "");
                return None;
            };
            let index = self.object_named(object, &at.place)?;
            self.attribute(index, attribute, &at.place)?;
            parts.push(PhrasePart::Attribute(index, attribute.to_owned()));
            rest = &rest[open + length + 1..];
        }
        if !rest.is_empty() {
            parts.push(PhrasePart::Text(rest.to_owned()));
        }
        Some(Phrase(parts))
    }

    fn stages(&mut self) -> Option<Vec<Stage>> {
        let raw = &self.raw.stage;
        if raw.value.is_empty() && !raw.broken {
            let place = self.raw.at.clone();
            self.error(&place, "no [[stage]]", "at least one stage", "");
            return None;
        }
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for stage in &raw.value {
            if let Some(line) = seen.insert(&stage.name.value, stage.name.place.line) {
                let found = format!("stage `{}`, as in line {line}", stage.name.value);
                self.error(&stage.name.place, found, "a name of its own", "");
            }
        }
        let order = self.stage_order(&raw.value);
        let stages: Vec<Option<Stage>> = raw
            .value
            .iter()
            .map(|stage| {
                Some(Stage {
                    name: stage.name.value.clone(),
                    when: self.predicate(&stage.when)?,
                })
            })
            .collect();
        let stages: Vec<Stage> = stages.into_iter().collect::<Option<_>>()?;
        for (later, stage) in stages.iter().enumerate() {
            let same = |other: &Stage| other.when == stage.when;
            if let Some(earlier) = stages[..later].iter().position(same) {
                let found = format!(
                    "stage `{}`, which is reached when `{}` is",
                    stage.name, stages[earlier].name
                );
                let expected = "a stage that takes something more";
                self.error(&raw.value[later].name.place, found, expected, "");
            }
        }
        Some(order?.into_iter().map(|i| stages[i].clone()).collect())
    }

    /// Indices such that each stage comes after the one it names, else in the order of the file.
    fn stage_order(&mut self, raw: &'a [RawStage]) -> Option<Vec<usize>> {
        let names: Vec<&str> = raw.iter().map(|s| s.name.value.as_str()).collect();
        let mut before: Vec<Option<usize>> = Vec::new();
        for (index, stage) in raw.iter().enumerate() {
            before.push(match &stage.after {
                None => index.checked_sub(1),
                Some(after) => {
                    let found = names.iter().position(|name| *name == after.value);
                    if found.is_none() {
                        self.unknown(after, "stage", "a stage", names.iter().copied());
                        return None;
                    }
                    found
                }
            });
        }
        let mut order: Vec<usize> = Vec::new();
        while order.len() < raw.len() {
            let ready = |i: &usize| {
                !order.contains(i) && before[*i].is_none_or(|earlier| order.contains(&earlier))
            };
            let Some(next) = (0..raw.len()).find(ready) else {
                let stuck = (0..raw.len()).filter(|i| !order.contains(i));
                let stuck: Vec<String> = stuck.map(|i| format!("`{}`", names[i])).collect();
                let named = raw.iter().filter_map(|stage| stage.after.as_ref());
                let place = named.map(|after| &after.place).next_back()?;
                self.error(
                    place,
                    format!(
                        "stages that wait for each other: {}",
                        shorten(&stuck.join(", "))
                    ),
                    "an order: each stage after one that can come before it",
                    "remove `after`, and write the stages in the order in which they happen",
                );
                return None;
            };
            order.push(next);
        }
        Some(order)
    }

    fn safety(&mut self) -> Option<Vec<Safety>> {
        let raw = &self.raw.safety.value;
        let all: Vec<Option<Safety>> = raw
            .iter()
            .map(|(name, safety)| {
                Some(Safety {
                    name: name.clone(),
                    when: self.predicate(&safety.when)?,
                })
            })
            .collect();
        all.into_iter().collect()
    }

    /// A name nothing refers to is a mistake.
    fn unused(&mut self) {
        if self.raw.broken() || !self.problems.is_empty() {
            return;
        }
        for index in 0..self.objects.len() {
            if self.used.contains(&index) {
                continue;
            }
            let name = self.objects[index];
            let place = self.raw.objects.value[name].at.clone();
            let found = format!("`{name}`, which nothing uses");
            let remedy = "refer to it in a predicate, a skill or an instruction, or remove it";
            self.error(&place, found, "objects that something uses", remedy);
        }
    }

    /// A number that must satisfy a test.
    fn number(&mut self, at: &At<f64>, expected: &str, valid: impl Fn(f64) -> bool) -> Option<f64> {
        if !valid(at.value) {
            self.error(&at.place, at.value.to_string(), expected, "");
            return None;
        }
        Some(at.value)
    }

    /// The same for a key that may be missing.
    fn number_or(
        &mut self,
        at: Option<&At<f64>>,
        default: f64,
        expected: &str,
        valid: impl Fn(f64) -> bool,
    ) -> Option<f64> {
        at.map_or(Some(default), |at| self.number(at, expected, valid))
    }

    /// Reports a name that is none of `names`.
    fn unknown<'n>(
        &mut self,
        name: &At<String>,
        what: &str,
        expected: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        self.unknown_part(&name.value, &name.place, what, expected, names);
    }

    /// The same for a part of a text.
    pub(super) fn unknown_part<'n>(
        &mut self,
        name: &str,
        place: &Place,
        what: &str,
        expected: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let names: BTreeSet<&str> = names.collect();
        let remedy = did_you_mean(name, names.iter().copied())
            .map(|near| format!("did you mean `{near}`?"))
            .unwrap_or_default();
        let found = format!("unknown {what} `{}`", shorten(name));
        self.error(place, found, listed(expected, &names), remedy);
    }

    fn error(
        &mut self,
        place: &Place,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let problem = Problem::error(self.file, place.to_string(), found, expected, remedy);
        self.problems.push((place.line, problem));
    }
}
