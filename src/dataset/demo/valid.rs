//! What a recording can hold: the schema once, and every episode before it is written.

use std::path::Path;

use super::video::{LEAST_SIDE_PX, MOST_SIDES_PX};
use super::zip::MOST_ENTRIES;
use super::{Channel, DemoEpisode, DemoSchema, DemoStep};
use crate::base::camera::CameraSpec;
use crate::base::pose::Pose;
use crate::base::problem::{Problem, Problems};

impl DemoSchema {
    /// Everything that keeps episodes of this kind from being written; `file` is named in the
    /// problems.
    pub fn problems(&self, file: &Path) -> Problems {
        let mut list = List::new(file);
        if !(1..=1000).contains(&self.rate_hz) {
            let expected = "1 to 1000 steps a second";
            list.push("rate_hz", self.rate_hz.to_string(), expected, "");
        }
        if !(self.depth_unit_m > 0.0 && self.depth_unit_m.is_finite()) {
            let expected = "metres above 0";
            list.push("depth_unit_m", self.depth_unit_m.to_string(), expected, "");
        }
        for (place, channels) in [("state", &self.state), ("action", &self.action)] {
            if channels.is_empty() {
                list.push(place, "no channels", "at least one", "");
            }
            let names = channels.iter().map(|c| c.name.as_str());
            list.doubles(place, names);
            for (i, channel) in channels.iter().enumerate() {
                list.range(&format!("{place}[{i}].range"), channel);
            }
        }
        list.doubles("stages", self.stages.iter().map(String::as_str));
        list.doubles("reward_terms", self.reward_terms.iter().map(String::as_str));
        // Their files would be one where the file system has no case.
        let names: Vec<String> = self.cameras.iter().map(|c| c.name.to_lowercase()).collect();
        list.doubles("cameras", names.iter().map(String::as_str));
        for (i, camera) in self.cameras.iter().enumerate() {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if camera.name.is_empty() || !camera.name.chars().all(allowed) {
                let place = format!("cameras[{i}].name");
                let found = format!("{:?}", camera.name);
                list.push(&place, found, "letters, digits, _ and -", "");
            }
            let sides = (camera.width_px, camera.height_px);
            let most = (
                sides.0.max(sides.1) <= MOST_SIDES_PX.0,
                sides.0.min(sides.1) <= MOST_SIDES_PX.1,
            );
            let least = sides.0.min(sides.1) >= LEAST_SIDE_PX;
            let even = sides.0 % 2 == 0 && sides.1 % 2 == 0;
            if !(even && least && most == (true, true)) {
                let place = format!("cameras[{i}] ({})", camera.name);
                let found = format!("{} x {} px", sides.0, sides.1);
                let expected = "even numbers of at least 16, at most 3840 x 2160 or 2160 x 3840";
                let remedy = "choose another size: H.264 stores colour for every 2 x 2 pixels";
                list.push(&place, found, expected, remedy);
            }
        }
        list.problems
    }
}

/// Everything that keeps an episode from being written whole; `file` is named in the problems.
/// Pictures are looked at where they are encoded.
pub(super) fn episode_problems(
    schema: &DemoSchema,
    episode: &DemoEpisode,
    file: &Path,
) -> Problems {
    let mut list = List::new(file);
    if episode.steps.len() > MOST_ENTRIES {
        let found = episode.steps.len().to_string();
        list.push("steps", found, "at most 65534", "end episodes earlier");
    }
    if episode.instruction.trim().is_empty() {
        let expected = "what to tell the robot";
        list.push("instruction", "nothing", expected, "");
    }
    if episode.objects.len() > usize::from(u16::MAX) {
        let found = episode.objects.len().to_string();
        let expected = "at most 65535: instance ids are stored in 16 bits";
        list.push("objects", found, expected, "");
    }
    let first = episode.steps.first().map_or(&[][..], |s| &s.cameras);
    for (i, step) in episode.steps.iter().enumerate() {
        list.step(schema, i, step, episode.objects.len());
        let constant = |a: &CameraSpec, b: &CameraSpec| {
            let still = |c: &CameraSpec| CameraSpec {
                world_from_camera: Pose::IDENTITY,
                world_from_camera_next: Pose::IDENTITY,
                ..c.clone()
            };
            still(a) == still(b)
        };
        if let Some(c) = (0..first.len().min(step.cameras.len()))
            .find(|&c| !constant(&first[c], &step.cameras[c]))
        {
            let place = format!("steps[{i}].cameras[{c}]");
            let found = "another camera than in the first step";
            list.push(&place, found, "the same camera, its pose aside", "");
        }
        if list.full() {
            break;
        }
    }
    list.problems
}

/// Says so much of one episode and no more.
const MOST_PROBLEMS: usize = 20;

/// Actions may miss their range by this share of it: bounds are f64, actions f32.
const RANGE_TOLERANCE: f64 = 1e-5;

struct List<'a> {
    file: &'a Path,
    problems: Problems,
}

impl<'a> List<'a> {
    fn new(file: &'a Path) -> Self {
        Self {
            file,
            problems: Problems::default(),
        }
    }

    fn full(&self) -> bool {
        self.problems.iter().count() >= MOST_PROBLEMS
    }

    fn push(&mut self, place: &str, found: impl Into<String>, expected: &str, remedy: &str) {
        let problem = Problem::error(self.file, place, found, expected, remedy);
        self.problems.push(problem);
    }

    fn doubles<'b>(&mut self, place: &str, names: impl Iterator<Item = &'b str>) {
        let mut seen = std::collections::BTreeSet::new();
        for (i, name) in names.enumerate() {
            if name.is_empty() || !seen.insert(name) {
                let found = format!("{name:?}");
                let expected = "a name that no other one here has";
                self.push(&format!("{place}[{i}]"), found, expected, "");
            }
        }
    }

    fn range(&mut self, place: &str, channel: &Channel) {
        if let Some((low, high)) = channel.range
            && !(low < high && low.is_finite() && high.is_finite())
        {
            let found = format!("{low} to {high} ({})", channel.name);
            self.push(place, found, "a least and a greatest value, or null", "");
        }
    }

    fn count(&mut self, i: usize, what: &str, found: usize, expected: usize) {
        if found != expected {
            let place = format!("steps[{i}].{what}");
            self.push(&place, found.to_string(), &expected.to_string(), "");
        }
    }

    fn finite(&mut self, i: usize, what: &str, values: impl IntoIterator<Item = f32>) {
        for (k, value) in values.into_iter().enumerate() {
            if !value.is_finite() {
                let place = format!("steps[{i}].{what}[{k}]");
                self.push(&place, value.to_string(), "a finite number", "");
                return;
            }
        }
    }

    fn step(&mut self, schema: &DemoSchema, i: usize, step: &DemoStep, objects: usize) {
        self.count(i, "state", step.state.len(), schema.state.len());
        self.count(i, "action", step.action.len(), schema.action.len());
        let terms = (step.reward_terms.len(), schema.reward_terms.len());
        self.count(i, "reward_terms", terms.0, terms.1);
        self.count(i, "poses", step.poses.len(), objects);
        self.count(i, "cameras", step.cameras.len(), schema.cameras.len());
        self.finite(i, "state", step.state.iter().copied());
        self.finite(i, "action", step.action.iter().copied());
        self.finite(i, "reward_terms", step.reward_terms.iter().copied());
        self.finite(i, "poses", step.poses.iter().flat_map(pose_numbers));
        let cameras = step.cameras.iter().map(|c| &c.world_from_camera);
        self.finite(i, "cameras", cameras.flat_map(pose_numbers));
        self.finite(i, "contacts", step.contacts.iter().map(|c| c.force_n));
        if step.stage as usize > schema.stages.len() {
            let expected = format!("0 to {}", schema.stages.len());
            self.push(
                &format!("steps[{i}].stage"),
                step.stage.to_string(),
                &expected,
                "",
            );
        }
        for (k, (&action, channel)) in step.action.iter().zip(&schema.action).enumerate() {
            let Some((low, high)) = channel.range else {
                continue;
            };
            let slack = RANGE_TOLERANCE * (high - low);
            let action = f64::from(action);
            if action.is_finite() && !(low - slack..=high + slack).contains(&action) {
                let place = format!("steps[{i}].action[{k}] ({})", channel.name);
                self.push(&place, action.to_string(), &format!("{low} to {high}"), "");
            }
        }
        for contact in &step.contacts {
            let (a, b) = contact.instances;
            if !(1 <= a && a < b && b as usize <= objects) {
                let place = format!("steps[{i}].contacts");
                let expected = format!("two instance ids of 1 to {objects}, smaller first");
                self.push(&place, format!("{a} and {b}"), &expected, "");
            }
        }
    }
}

/// x, y, z, qx, qy, qz, qw.
pub(super) fn pose_numbers(pose: &Pose) -> [f32; 7] {
    let (p, q) = (pose.translation_m, pose.rotation);
    [p.x, p.y, p.z, q.x, q.y, q.z, q.w]
}
