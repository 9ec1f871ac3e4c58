//! Names of frames and bodies.

use std::collections::BTreeSet;

use glam::{DQuat, DVec3};

use super::Checker;
use crate::robot::desc::{Rigid, RobotDesc};
use crate::scene::desc::ObjectDesc;
use crate::scene::recipe::reader::{At, Place};
use crate::task::desc::{BodySet, FrameDesc, Moment, Origin, Part, RegionRef};
use crate::task::raw::{RawBodies, RawFrame};

const PARTS: [&str; 4] = ["center", "grasp", "keypoint", "region"];

impl<'a> Checker<'a> {
    /// A frame that is one at any time: any but "the best grasp".
    pub(super) fn frame(&mut self, raw: &'a RawFrame) -> Option<FrameDesc> {
        let desc = self.any_frame(raw)?;
        if let Origin::Object(index, Part::Grasps(_)) = desc.origin {
            let name = self.objects[index];
            let found = format!(
                "`{}`, which only a robot that reaches for it decides",
                raw.frame.value
            );
            let grasps = self.names_of(index, |o| o.grasps.iter().map(|g| g.name.as_str()));
            let first = grasps.into_iter().next().unwrap_or("NAME");
            let expected = format!("one grasp, such as `{name}.grasp.{first}`");
            self.error(&raw.frame.place, found, expected, "");
            return None;
        }
        Some(desc)
    }

    /// The same, with "the best grasp".
    pub(super) fn any_frame(&mut self, raw: &'a RawFrame) -> Option<FrameDesc> {
        let origin = self.origin(&raw.frame);
        let bounded = |at: &Option<At<[f64; 3]>>| at.as_ref().map_or([0.0; 3], |at| at.value);
        for (at, most, unit) in [
            (&raw.offset_mm, 100_000.0, "mm"),
            (&raw.turn_deg, 360.0, "°"),
        ] {
            if let Some(at) = at
                && let Some(x) = at.value.iter().find(|x| x.abs() > most)
            {
                let expected = format!("−{most} … {most} {unit} each");
                self.error(&at.place, x.to_string(), expected, "");
                return None;
            }
        }
        let turn = DVec3::from(bounded(&raw.turn_deg)) * std::f64::consts::PI / 180.0;
        Some(FrameDesc {
            origin: origin?,
            at_start: raw.moment == Some(Moment::Start),
            origin_from_frame: Rigid {
                rotation: rotation_of(turn),
                translation_m: DVec3::from(bounded(&raw.offset_mm)) / 1000.0,
            },
        })
    }

    fn origin(&mut self, at: &'a At<String>) -> Option<Origin> {
        let (first, rest) = match at.value.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (at.value.as_str(), None),
        };
        if first == "world" && rest.is_none() {
            return Some(Origin::World);
        }
        if let Some(robot) = self.robots.iter().position(|(name, _)| *name == first) {
            return self.robot_frame(robot, rest, &at.place);
        }
        if !self.raw.objects.value.contains_key(first) {
            if self.raw.objects.broken || self.raw.robots.broken {
                return None;
            }
            let objects = self.raw.objects.value.keys().map(String::as_str);
            let robots = self.raw.robots.value.keys().map(String::as_str);
            let names: Vec<&str> = objects.chain(robots).chain(["world"]).collect();
            let expected = "world, an object or a robot";
            self.unknown_part(first, &at.place, "frame", expected, names.into_iter());
            return None;
        }
        let index = self.object_named(first, &at.place)?;
        self.object_part(index, rest, &at.place)
            .map(|part| Origin::Object(index, part))
    }

    fn object_part(&mut self, index: usize, rest: Option<&str>, place: &Place) -> Option<Part> {
        let name = self.objects[index];
        let Some(rest) = rest else {
            return Some(Part::Origin);
        };
        let (kind, inner) = match rest.split_once('.') {
            Some((kind, inner)) => (kind, Some(inner)),
            None => (rest, None),
        };
        if !self.is_slot(index) && self.candidates(index).is_empty() {
            // What it should stand for is not there, which has been reported.
            return None;
        }
        if self.is_slot(index) && kind != "center" {
            let found = format!("`{name}.{rest}` of a slot");
            let expected = format!("`{name}` or `{name}.center`");
            self.error(place, found, expected, "");
            return None;
        }
        let (what, names) = match kind {
            "center" if inner.is_none() => return Some(Part::Center),
            "grasp" => (
                "grasp",
                self.names_of(index, |o| o.grasps.iter().map(|g| g.name.as_str())),
            ),
            "keypoint" => (
                "keypoint",
                self.names_of(index, |o| o.keypoints.iter().map(|k| k.name.as_str())),
            ),
            "region" => (
                "region",
                self.names_of(index, |o| o.regions.iter().map(|r| r.name.as_str())),
            ),
            _ => {
                let expected = format!("a part of `{name}`");
                self.unknown_part(kind, place, "part", &expected, PARTS.into_iter());
                return None;
            }
        };
        // `across_*`: all that begin so, if there are such.
        let begins = |inner: &'_ str| -> Option<String> {
            let prefix = inner.strip_suffix('*')?;
            let begin = names.iter().any(|name| name.starts_with(prefix));
            begin.then(|| prefix.to_owned())
        };
        match inner {
            None if kind == "grasp" && !names.is_empty() => Some(Part::Grasps(String::new())),
            Some(inner) if kind == "grasp" && begins(inner).is_some() => {
                begins(inner).map(Part::Grasps)
            }
            Some(inner) if names.contains(inner) => {
                let inner = inner.to_owned();
                Some(match kind {
                    "grasp" => Part::Grasp(inner),
                    "keypoint" => Part::Keypoint(inner),
                    _ => Part::Region(inner),
                })
            }
            _ => {
                let expected = format!("a {what} of `{name}`");
                let inner = inner.unwrap_or("");
                self.unknown_part(inner, place, what, &expected, names.into_iter());
                None
            }
        }
    }

    /// Names that every object has that this one can be.
    fn names_of<I: Iterator<Item = &'a str>>(
        &self,
        index: usize,
        names: impl Fn(&'a ObjectDesc) -> I,
    ) -> BTreeSet<&'a str> {
        let mut sets = self.candidates(index).into_iter().map(|object| {
            let set: BTreeSet<&str> = names(object).collect();
            set
        });
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |all, set| all.intersection(&set).copied().collect())
    }

    fn robot_frame(&mut self, robot: usize, rest: Option<&str>, place: &Place) -> Option<Origin> {
        let (name, desc) = self.robots[robot];
        match rest {
            Some("tool") => Some(Origin::Tool(robot)),
            Some("base") => Some(Origin::Base(robot)),
            Some(rest) if rest.starts_with("link.") => {
                let link = self.link(desc?, &rest["link.".len()..], place)?;
                Some(Origin::Link(robot, link))
            }
            _ => {
                let rest = rest.unwrap_or("");
                let expected = format!("a frame of `{name}`");
                let parts = ["tool", "base", "link.NAME"].into_iter();
                self.unknown_part(rest, place, "frame", &expected, parts);
                None
            }
        }
    }

    /// A link with geometry: others have no body of their own.
    fn link(&mut self, desc: &'a RobotDesc, name: &str, place: &Place) -> Option<usize> {
        let solid = desc
            .links
            .iter()
            .enumerate()
            .filter(|(_, l)| l.object.is_some());
        let found = solid.clone().find(|(_, link)| link.name == name);
        if found.is_none() {
            let expected = format!("a link of `{}` with geometry", desc.name);
            let names = solid.map(|(_, link)| link.name.as_str());
            self.unknown_part(name, place, "link", &expected, names);
        }
        found.map(|(index, _)| index)
    }

    pub(super) fn bodies(&mut self, raw: &'a RawBodies) -> Option<Vec<BodySet>> {
        let sets: Vec<Option<BodySet>> = raw.0.iter().map(|at| self.body_set(at)).collect();
        sets.into_iter().collect()
    }

    fn body_set(&mut self, at: &'a At<String>) -> Option<BodySet> {
        let place = &at.place;
        let (first, rest) = match at.value.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (at.value.as_str(), None),
        };
        let files = self.files;
        match (first, rest) {
            ("anything", None) => return Some(BodySet::Anything),
            ("spawn", Some(name)) => {
                let mut names = files.recipe.spawns.iter().map(|s| s.name.as_str());
                if names.any(|known| known == name) {
                    return Some(BodySet::Spawn(name.to_owned()));
                }
                let names = files.recipe.spawns.iter().map(|s| s.name.as_str());
                self.unknown_part(name, place, "entry", "a [[spawn]] of the recipe", names);
                return None;
            }
            ("scene", Some(name)) => {
                let names = self.scene_names();
                if names.contains(name) {
                    return Some(BodySet::Scene(name.to_owned()));
                }
                let expected = "an object of the scene file";
                self.unknown_part(name, place, "object", expected, names.into_iter());
                return None;
            }
            ("class", Some(name)) => {
                if let Some(class) = files.scene.taxonomy.by_name(name) {
                    return Some(BodySet::Class(class.id));
                }
                let names = files.scene.taxonomy.classes.iter().map(|c| c.name.as_str());
                self.unknown_part(name, place, "class", "a class of the taxonomy", names);
                return None;
            }
            _ => {}
        }
        if let Some(robot) = self.robots.iter().position(|(name, _)| *name == first) {
            let (name, desc) = self.robots[robot];
            return match rest {
                None => Some(BodySet::Robot(robot)),
                Some("fingers") => Some(BodySet::Fingers(robot)),
                Some(rest) if rest.starts_with("link.") => {
                    let link = self.link(desc?, &rest["link.".len()..], place)?;
                    Some(BodySet::Link(robot, link))
                }
                Some(rest) => {
                    let expected = format!("bodies of `{name}`");
                    let parts = ["fingers", "link.NAME"].into_iter();
                    self.unknown_part(rest, place, "bodies", &expected, parts);
                    None
                }
            };
        }
        if rest.is_none() && self.raw.objects.value.contains_key(first) {
            return self.body_named(at).map(BodySet::Object);
        }
        if self.raw.objects.broken || self.raw.robots.broken {
            return None;
        }
        let objects = self.raw.objects.value.keys().map(String::as_str);
        let robots = self.raw.robots.value.keys().map(String::as_str);
        let kinds = ["anything", "spawn.NAME", "scene.NAME", "class.NAME"];
        let names: Vec<&str> = objects.chain(robots).chain(kinds).collect();
        self.unknown_part(&at.value, place, "bodies", "bodies", names.into_iter());
        None
    }

    pub(super) fn region(&mut self, at: &'a At<String>) -> Option<RegionRef> {
        if self.raw.objects.value.contains_key(&at.value) {
            let index = self.object_named(&at.value, &at.place)?;
            if !self.is_slot(index) {
                let found = format!("`{}`, which is no slot", at.value);
                let expected = "an object of [objects] with `region`, or a region's name";
                self.error(&at.place, found, expected, "");
                return None;
            }
            return Some(RegionRef::Bound(index));
        }
        self.region_exists(at)?;
        Some(RegionRef::Named(at.value.clone()))
    }
}

fn rotation_of(vector_rad: DVec3) -> DQuat {
    let angle = vector_rad.length();
    if angle == 0.0 {
        return DQuat::IDENTITY;
    }
    crate::robot::kinematics::turn(vector_rad / angle, angle)
}
