//! `robot.toml`: names looked up, values checked.

use std::collections::BTreeMap;
use std::path::Path;

use glam::{DMat3, DQuat, DVec3};

use super::assemble::LinkLook;
use super::desc::{
    ControlDesc, DriveDesc, GripperDesc, JointDesc, JointKind, LinkDesc, Rigid, RobotCameraDesc,
    TipDesc,
};
use super::draft::Draft;
use super::raw::{RawCamera, RawGripper, RawRobot, RawTip};
use crate::base::ids::ClassId;
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::scene::recipe::reader::{At, Place};
use crate::scene::taxonomy::Taxonomy;

/// Class of links of robots that are loaded without a `robot.toml`.
const DEFAULT_CLASS: &str = "robot_arm";

struct Checker<'a> {
    file: &'a Path,
    links: BTreeMap<&'a str, usize>,
    joints: BTreeMap<&'a str, usize>,
    problems: Vec<(usize, Problem)>,
}

impl Checker<'_> {
    fn error(&mut self, place: &Place, found: impl Into<String>, expected: &str, remedy: &str) {
        let problem = Problem::error(self.file, place.to_string(), found, expected, remedy);
        self.problems.push((place.line, problem));
    }

    fn link(&mut self, name: &str, place: &Place) -> Option<usize> {
        let found = self.links.get(name).copied();
        if found.is_none() {
            let remedy = meant(name, self.links.keys().copied());
            let found = format!("link {name:?}, which the model does not have");
            self.error(place, found, "the name of a link", &remedy);
        }
        found
    }

    fn joint(&mut self, name: &str, place: &Place) -> Option<usize> {
        let found = self.joints.get(name).copied();
        if found.is_none() {
            let remedy = meant(name, self.joints.keys().copied());
            let found = format!("joint {name:?}, which the model does not have");
            self.error(place, found, "the name of a joint", &remedy);
        }
        found
    }

    /// A joint that moves by itself.
    fn driven(&mut self, joints: &[JointDesc], name: &str, place: &Place) -> Option<usize> {
        let index = self.joint(name, place)?;
        let what = match (joints[index].kind, joints[index].mimic) {
            (JointKind::Fixed, _) => "is fixed",
            (_, Some(_)) => "mimics another",
            _ => return Some(index),
        };
        let found = format!("joint {name:?}, which {what}");
        self.error(place, found, "a joint that moves by itself", "");
        None
    }

    fn finish(mut self) -> Problems {
        self.problems.sort_by_key(|(line, _)| *line);
        let mut problems = Problems::default();
        self.problems
            .into_iter()
            .for_each(|(_, p)| problems.push(p));
        problems
    }
}

fn meant<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    did_you_mean(name, names).map_or(String::new(), |n| format!("did you mean {n:?}?"))
}

/// By link of the draft: class and friction.
pub(super) fn looks(
    raw: Option<&RawRobot>,
    file: &Path,
    draft: &Draft,
    taxonomy: &Taxonomy,
) -> (Vec<LinkLook>, Problems) {
    let links = draft
        .links
        .iter()
        .enumerate()
        .map(|(i, l)| (l.name.as_str(), i));
    let mut checker = Checker {
        file,
        links: links.collect(),
        joints: BTreeMap::new(),
        problems: Vec::new(),
    };
    let class = match raw {
        Some(raw) => checker.class(&raw.class, taxonomy),
        None => checker.class_of(DEFAULT_CLASS, &Place::default(), taxonomy),
    };
    let class = class.unwrap_or(ClassId(0));
    let plain = |_: &_| LinkLook {
        class,
        friction: None,
    };
    let mut looks: Vec<LinkLook> = draft.links.iter().map(plain).collect();
    for (name, link) in raw.iter().flat_map(|raw| &raw.link.value) {
        let index = checker.link(name, &link.at);
        let class = link.class.as_ref().and_then(|c| checker.class(c, taxonomy));
        let friction = link.friction.as_ref();
        if let Some(f) = friction.filter(|f| f.value < 0.0) {
            checker.error(&f.place, format!("friction {}", f.value), "0 or more", "");
        }
        if let Some(index) = index {
            looks[index].class = class.unwrap_or(looks[index].class);
            looks[index].friction = friction.map(|f| f.value);
        }
    }
    (looks, checker.finish())
}

impl Checker<'_> {
    fn class(&mut self, name: &At<String>, taxonomy: &Taxonomy) -> Option<ClassId> {
        self.class_of(&name.value, &name.place, taxonomy)
    }

    fn class_of(&mut self, name: &str, place: &Place, taxonomy: &Taxonomy) -> Option<ClassId> {
        let concrete = taxonomy.classes.iter().filter(|c| !c.is_abstract);
        let class = concrete.clone().find(|c| c.name == name);
        if class.is_none() {
            let remedy = meant(name, concrete.map(|c| c.name.as_str()));
            let found = format!("class {name:?}");
            let expected = "a class of the taxonomy that is not abstract";
            // Without a robot.toml there is no line to point at.
            if place.line == 0 {
                let problem = Problem::error(self.file, "", found, expected, remedy);
                self.problems.push((0, problem));
            } else {
                self.error(place, found, expected, &remedy);
            }
        }
        class.map(|c| c.id)
    }
}

/// Zero, or the limit nearest to it, for all; mimicking joints follow.
pub(super) fn rest(joints: &[JointDesc]) -> Vec<f64> {
    let near = |j: &JointDesc| 0.0_f64.max(j.range.0).min(j.range.1);
    let mut home: Vec<f64> = joints.iter().map(near).collect();
    follow(joints, &mut home);
    home
}

fn follow(joints: &[JointDesc], positions: &mut [f64]) {
    for (i, joint) in joints.iter().enumerate() {
        if let Some(mimic) = joint.mimic {
            positions[i] = mimic.multiplier * positions[mimic.joint] + mimic.offset;
        }
    }
}

/// What the file adds to a sound tree.
pub(super) fn control(
    raw: &RawRobot,
    file: &Path,
    links: &[LinkDesc],
    joints: &[JointDesc],
) -> (ControlDesc, Problems) {
    let mut checker = Checker {
        file,
        links: links
            .iter()
            .enumerate()
            .map(|(i, l)| (l.name.as_str(), i))
            .collect(),
        joints: joints
            .iter()
            .enumerate()
            .map(|(i, j)| (j.name.as_str(), i))
            .collect(),
        problems: Vec::new(),
    };
    if raw.version.value != 1 {
        let found = format!("version {}", raw.version.value);
        checker.error(&raw.version.place, found, "1", "");
    }
    let mut home = rest(joints);
    for (name, position) in &raw.home.value {
        let Some(index) = checker.driven(joints, name, &position.place) else {
            continue;
        };
        let (low, high) = joints[index].range;
        if !(low..=high).contains(&position.value) {
            let found = format!("{} for joint {name:?}", position.value);
            let expected = format!("a position inside its limits, {low} … {high}");
            checker.error(&position.place, found, &expected, "");
        }
        home[index] = position.value;
    }
    follow(joints, &mut home);
    for (joint, position) in joints.iter().zip(&home).filter(|(j, _)| j.mimic.is_some()) {
        let (low, high) = joint.range;
        let slack = 1e-6 * (high - low).min(1.0);
        if !(low - slack..=high + slack).contains(position) {
            let found = format!(
                "joint {:?} at {position}, where its mimic puts it",
                joint.name
            );
            let expected = format!("a position inside its limits, {low} … {high}");
            checker.error(
                &raw.at,
                found,
                &expected,
                "change the position of the joint it mimics",
            );
        }
    }
    let arm = checker.arm(raw, joints);
    let tool = checker.link(&raw.arm.tool.value, &raw.arm.tool.place);
    let gripper = raw.gripper.value.as_ref();
    let gripper = gripper.and_then(|g| checker.gripper(g, links, joints, &arm));
    let drives = checker.drives(raw, joints);
    let mut names = BTreeMap::new();
    let mut cameras = Vec::new();
    for camera in &raw.camera.value {
        if names.insert(camera.name.value.clone(), ()).is_some() {
            let found = format!("a second camera {:?}", camera.name.value);
            checker.error(&camera.name.place, found, "a name of its own for each", "");
        }
        cameras.extend(checker.camera(camera));
    }
    let control = ControlDesc {
        home,
        arm,
        tool: tool.unwrap_or(0),
        gripper,
        drives,
        cameras,
    };
    (control, checker.finish())
}

impl Checker<'_> {
    fn arm(&mut self, raw: &RawRobot, joints: &[JointDesc]) -> Vec<usize> {
        let mut arm = Vec::new();
        for name in &raw.arm.joints {
            let Some(index) = self.driven(joints, &name.value, &name.place) else {
                continue;
            };
            if arm.contains(&index) {
                let found = format!("joint {:?} twice", name.value);
                self.error(&name.place, found, "each joint once", "");
            } else if arm.last().is_some_and(|&last| last > index) {
                let found = format!("joint {:?} after one that is farther out", name.value);
                self.error(&name.place, found, "joints from the base outwards", "");
            }
            arm.push(index);
        }
        if raw.arm.joints.is_empty() {
            self.error(
                &raw.arm.at,
                "an arm without joints",
                "at least one joint",
                "",
            );
        }
        arm
    }

    fn gripper(
        &mut self,
        raw: &RawGripper,
        links: &[LinkDesc],
        joints: &[JointDesc],
        arm: &[usize],
    ) -> Option<GripperDesc> {
        let joint = self.driven(joints, &raw.joint.value, &raw.joint.place);
        if let Some(joint) = joint {
            let (low, high) = joints[joint].range;
            for at in [&raw.open, &raw.closed] {
                if !(low..=high).contains(&at.value) {
                    let expected = format!("a position inside the joint's limits, {low} … {high}");
                    self.error(&at.place, format!("{}", at.value), &expected, "");
                }
            }
            if arm.contains(&joint) {
                let found = format!("joint {:?}, which is one of the arm's", raw.joint.value);
                self.error(&raw.joint.place, found, "a joint of its own", "");
            }
        }
        if raw.open.value == raw.closed.value {
            self.error(
                &raw.closed.place,
                "closed where it is open",
                "two positions",
                "",
            );
        }
        if !(raw.effort.value > 0.0) {
            let found = format!("{}", raw.effort.value);
            self.error(&raw.effort.place, found, "a number above 0", "");
        }
        // A pipette's plunger has neither width nor fingers.
        if raw.opening_m.value < 0.0 {
            let found = format!("{}", raw.opening_m.value);
            self.error(&raw.opening_m.place, found, "0 or more", "");
        }
        let fingers = raw.fingers.iter();
        let fingers: Vec<usize> = fingers
            .filter_map(|f| self.link(&f.value, &f.place))
            .collect();
        if let Some(at) = raw.volume_ul.as_ref().filter(|at| !(at.value > 0.0)) {
            self.error(&at.place, format!("{}", at.value), "above 0", "");
        }
        Some(GripperDesc {
            joint: joint?,
            open: raw.open.value,
            closed: raw.closed.value,
            effort: raw.effort.value,
            opening_m: raw.opening_m.value,
            volume_ul: raw.volume_ul.as_ref().map(|at| at.value),
            tip: raw.tip.as_ref().and_then(|tip| self.tip(tip, links)),
            fingers,
        })
    }

    fn tip(&mut self, raw: &RawTip, links: &[LinkDesc]) -> Option<TipDesc> {
        let bore = &raw.bore_mm.value;
        let ascends = bore.windows(2).all(|pair| pair[0][0] < pair[1][0]);
        let flaw = match bore.iter().find(|[_, radius]| !(*radius > 0.0)) {
            Some([_, radius]) => Some(format!("a radius of {radius} mm")),
            None if bore.len() < 2 => Some(format!("{} of at least two", bore.len())),
            None if !ascends => Some("heights that do not ascend".to_owned()),
            None => None,
        };
        if let Some(found) = &flaw {
            let expected = "heights and radii of the bore, from the tip's end upwards, \
                            such as [[-52.0, 0.2], [0.0, 2.5]]";
            self.error(&raw.bore_mm.place, found, expected, "");
        }
        let link = self.link(&raw.link.value, &raw.link.place)?;
        if links[link].object.is_none() {
            let found = format!("link {:?}, of which nothing is seen", raw.link.value);
            self.error(&raw.link.place, found, "a link with geometry", "");
        }
        let bore_m = bore.iter().map(|[z, r]| (z / 1000.0, r / 1000.0));
        flaw.is_none().then(|| TipDesc {
            link,
            bore_m: bore_m.collect(),
        })
    }

    fn drives(&mut self, raw: &RawRobot, joints: &[JointDesc]) -> Vec<DriveDesc> {
        let mut drives: Vec<Option<DriveDesc>> = vec![None; joints.len()];
        for (name, drive) in &raw.drives.value {
            if !(drive.stiffness.value > 0.0) {
                let found = format!("stiffness {}", drive.stiffness.value);
                self.error(&drive.stiffness.place, found, "a number above 0", "");
            }
            if drive.damping.value < 0.0 {
                let found = format!("damping {}", drive.damping.value);
                self.error(&drive.damping.place, found, "0 or more", "");
            }
            if let Some(index) = self.driven(joints, name, &drive.at) {
                drives[index] = Some(DriveDesc {
                    stiffness: drive.stiffness.value,
                    damping: drive.damping.value,
                });
            }
        }
        for (joint, drive) in joints.iter().zip(&drives) {
            let moves = joint.kind != JointKind::Fixed && joint.mimic.is_none();
            if moves && drive.is_none() && !raw.drives.broken {
                let found = format!("no drive for joint {:?}", joint.name);
                let expected = "a drive for every joint that moves by itself";
                let remedy = format!("add [drives.{}] with stiffness and damping", joint.name);
                self.error(&raw.at, found, expected, &remedy);
            }
        }
        drives.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn camera(&mut self, raw: &RawCamera) -> Option<RobotCameraDesc> {
        let link = self.link(&raw.link.value, &raw.link.place);
        let eye = DVec3::from(raw.position_m.value);
        let forward = (DVec3::from(raw.look_at_m.value) - eye).normalize_or_zero();
        let right = forward.cross(DVec3::from(raw.up.value)).normalize_or_zero();
        if forward == DVec3::ZERO {
            let expected = "a point away from the camera";
            self.error(
                &raw.look_at_m.place,
                "the camera's own position",
                expected,
                "",
            );
        } else if right == DVec3::ZERO {
            let found = "a direction along the line of sight, or none";
            self.error(&raw.up.place, found, "what points up in the picture", "");
        }
        if !(1.0..=170.0).contains(&raw.vertical_fov_deg.value) {
            let found = format!("{}°", raw.vertical_fov_deg.value);
            self.error(&raw.vertical_fov_deg.place, found, "1 … 170", "");
        }
        let [width, height] = raw.size_px.value;
        if [width, height].iter().any(|s| !(1..=8192).contains(s)) {
            let found = format!("{width} × {height} px");
            self.error(&raw.size_px.place, found, "1 … 8192 each", "");
            return None;
        }
        let axes = DMat3::from_cols(right, forward.cross(right), forward);
        let link_from_camera = Rigid {
            rotation: DQuat::from_mat3(&axes).normalize(),
            translation_m: eye,
        };
        Some(RobotCameraDesc {
            name: raw.name.value.clone(),
            link: link?,
            link_from_camera: link_from_camera.pose(),
            size_px: (width as u32, height as u32),
            vertical_fov_rad: raw.vertical_fov_deg.value.to_radians(),
        })
    }
}
