//! Robots in an episode: their start, and their links among its objects.

use std::collections::BTreeMap;

use super::spec::{EpisodeSpec, ObjectSpec, RobotSpec, Role};
use crate::base::pose::Pose;
use crate::base::seed::SeedPath;
use crate::robot::desc::{JointKind, RobotDesc};
use crate::robot::kinematics;
use crate::scene::desc::SceneDesc;

/// Joint positions for the start: home, the arm's joints moved by up to `jitter` (rad, m) either
/// way, inside their ranges.
pub fn start(robot: &RobotDesc, jitter: (f64, f64), stream: &SeedPath) -> Vec<f64> {
    let mut positions = robot.control.home.clone();
    for &index in &robot.control.arm {
        let joint = &robot.joints[index];
        let most = match joint.kind {
            JointKind::Revolute => jitter.0,
            JointKind::Prismatic => jitter.1,
            JointKind::Fixed => 0.0,
        };
        let draw = stream.child(&joint.name).rng().uniform(-most, most);
        let (low, high) = joint.range;
        positions[index] = (positions[index] + draw).clamp(low, high);
    }
    kinematics::resolve(robot, &mut positions);
    positions
}

/// Puts a robot into an episode: its links become the last objects. `robot` is the `index`-th of
/// the loaded ones; `start` is by joint.
pub fn add(
    spec: &mut EpisodeSpec,
    scene: &SceneDesc,
    robot: &RobotDesc,
    index: usize,
    name: &str,
    world_from_base: Pose,
    start: Vec<f64>,
) {
    let poses = kinematics::forward(robot, &start);
    let mut links = Vec::with_capacity(robot.links.len());
    for (link, base_from_link) in robot.links.iter().zip(&poses) {
        let Some(object) = link.object else {
            links.push(None);
            continue;
        };
        links.push(Some(spec.objects.len() as u32));
        spec.objects.push(ObjectSpec {
            name: format!("{name}/{}", link.name),
            asset: robot.asset,
            object,
            class: scene.objects[object.index()].class,
            role: Role::Robot,
            spawn: None,
            world_from_object: world_from_base * base_from_link.pose(),
            looks: Vec::new(),
            attributes: BTreeMap::new(),
        });
    }
    spec.robots.push(RobotSpec {
        name: name.to_owned(),
        robot: index as u32,
        world_from_base,
        start,
        links,
    });
}
