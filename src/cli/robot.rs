//! `benchside check` of a robot: its tree, then its problems.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::output::{count, print};
use crate::base::ids::ClassId;
use crate::base::problem::Problems;
use crate::robot::desc::{JointDesc, JointKind, RobotDesc};
use crate::scene::builder::SceneBuilder;
use crate::scene::shapes::Shapes;
use crate::scene::taxonomy::{Class, Taxonomy};

/// Prints the tree; the problems, and what was looked at.
pub(super) fn check(path: &Path) -> Result<(Problems, String), Problems> {
    let taxonomy = match taxonomy(path) {
        Some(file) => Taxonomy::load(&file)?.0,
        None => default_taxonomy(),
    };
    let mut builder = SceneBuilder::new("robot", taxonomy, path.parent().unwrap_or(path));
    let robot = crate::robot::load(&mut builder, path);
    let (scene, mut problems) = builder.finish();
    let Some(robot) = robot else {
        return Ok((problems, "robot".into()));
    };
    if let Err(shapes) = Shapes::build(&scene) {
        problems.extend(shapes);
    }
    print(&tree(&robot))?;
    let triangles: u64 = scene.meshes.iter().map(|m| m.triangles.len() as u64).sum();
    let moving = robot.joints.iter().filter(|j| moves(j)).count();
    let what = format!(
        "{}, {}, {}, {}",
        count(robot.links.len() as u64, "link"),
        count(moving as u64, "moving joint"),
        count(scene.objects.len() as u64, "object"),
        count(triangles, "triangle")
    );
    Ok((problems, what))
}

fn moves(joint: &JointDesc) -> bool {
    joint.kind != JointKind::Fixed && joint.mimic.is_none()
}

/// `taxonomy.toml` of a folder above the robot, or of `scenes` beside one, else above the current
/// folder.
fn taxonomy(path: &Path) -> Option<PathBuf> {
    let full = std::path::absolute(path).ok()?;
    let here = std::path::absolute(".").ok()?;
    let folders = full.ancestors().chain(here.ancestors());
    let mut files = folders.flat_map(|f| [f.join("taxonomy.toml"), f.join("scenes/taxonomy.toml")]);
    files.find(|f| f.is_file())
}

/// For robots from elsewhere.
fn default_taxonomy() -> Taxonomy {
    Taxonomy {
        classes: vec![Class {
            id: ClassId(1),
            name: "robot_arm".into(),
            parent: None,
            is_abstract: false,
            color: [128, 128, 128],
        }],
    }
}

/// Links indented below their parents, with their joints and masses.
fn tree(robot: &RobotDesc) -> String {
    let mut text = format!("{}\n", robot.name);
    let mut depth = vec![0; robot.links.len()];
    let mut total = 0.0;
    for (i, link) in robot.links.iter().enumerate() {
        let joint = i.checked_sub(1).map(|j| &robot.joints[j]);
        if let Some(joint) = joint {
            depth[i] = depth[joint.parent] + 1;
        }
        let mut line = format!("{}{}", "  ".repeat(depth[i] + 1), link.name);
        if let Some(joint) = joint {
            let _ = write!(line, "  [{}]", describe(robot, joint));
        }
        if let Some(inertial) = &link.inertial {
            total += inertial.mass_kg;
            let _ = write!(line, "  {:.4} kg", inertial.mass_kg);
        }
        text += &line;
        text += "\n";
    }
    let _ = writeln!(text, "  total mass {total:.3} kg");
    text
}

fn describe(robot: &RobotDesc, joint: &JointDesc) -> String {
    let (what, unit, effort) = match joint.kind {
        JointKind::Fixed => return format!("{}: fixed", joint.name),
        JointKind::Revolute => ("turns", "rad", "N m"),
        JointKind::Prismatic => ("slides", "m", "N"),
    };
    let (low, high) = joint.range;
    let mut text = if low.is_finite() || high.is_finite() {
        format!("{}: {what} {low:.4} … {high:.4} {unit}", joint.name)
    } else {
        format!("{}: {what} without limits", joint.name)
    };
    if joint.max_speed.is_finite() {
        let _ = write!(text, ", {} {unit}/s", joint.max_speed);
    }
    if joint.max_effort.is_finite() {
        let _ = write!(text, ", {} {effort}", joint.max_effort);
    }
    if let Some(mimic) = joint.mimic {
        let master = &robot.joints[mimic.joint].name;
        let _ = write!(
            text,
            ", = {} · {master} + {}",
            mimic.multiplier, mimic.offset
        );
    }
    text
}
