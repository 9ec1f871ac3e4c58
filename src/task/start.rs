//! Robots and liquids in an episode, at its start.

use std::collections::BTreeMap;

use super::desc::{TaskDesc, Vessels};
use super::regions::region_nodes;
use crate::base::ids::InstanceId;
use crate::base::pose::Pose;
use crate::base::seed::SeedPath;
use crate::episode::spec::{EpisodeSpec, LiquidsSpec, ObjectSpec, RobotSpec, Role, VesselSpec};
use crate::robot::desc::{JointKind, Rigid, RobotDesc};
use crate::robot::kinematics::{forward, resolve};
use crate::scene::desc::SceneDesc;

impl TaskDesc {
    /// Puts the task's robots into an episode of its recipe: their starting posture is drawn, and
    /// their links that have geometry become objects after all others, named `arm.hand`. Physics gets
    /// the task's time step, and flow and frames go with it.
    pub fn add_robots(
        &self,
        scene: &SceneDesc,
        robots: &[RobotDesc],
        stream: &SeedPath,
        spec: &mut EpisodeSpec,
    ) {
        spec.physics.timestep_secs = 1.0 / f64::from(self.physics_hz);
        for robot in &self.robots {
            let desc = &robots[robot.robot];
            let stream = stream.child("robot").child(&robot.name);
            let start = start(desc, robot.start_jitter, &stream);
            let links = desc.links.iter().map(|link| {
                let object = link.object?;
                spec.objects.push(ObjectSpec {
                    name: format!("{}.{}", robot.name, link.name),
                    asset: desc.asset,
                    object,
                    class: scene.objects[object.index()].class,
                    role: Role::Robot,
                    spawn: None,
                    world_from_object: Pose::IDENTITY,
                    looks: Vec::new(),
                    attributes: BTreeMap::new(),
                });
                Some(spec.objects.len() as u32 - 1)
            });
            let links = links.collect();
            spec.robots.push(RobotSpec {
                name: robot.name.clone(),
                robot: robot.robot as u32,
                world_from_base: robot.world_from_base,
                start,
                links,
            });
            place_links(desc, spec, spec.robots.len() - 1);
        }
    }
}

/// Puts the links of a robot of the episode where its base and its start have them.
pub fn place_links(desc: &RobotDesc, spec: &mut EpisodeSpec, robot: usize) {
    let robot = &spec.robots[robot];
    let world_from_base = Rigid::from(robot.world_from_base);
    let poses = forward(desc, &robot.start);
    for (object, base_from_link) in robot.links.iter().zip(poses) {
        if let Some(object) = object {
            let pose = (world_from_base * base_from_link).pose();
            spec.objects[*object as usize].world_from_object = pose;
        }
    }
}

impl TaskDesc {
    /// Fills the task's vessels in an episode of its recipe: how much is in each is drawn.
    pub fn fill_vessels(&self, scene: &SceneDesc, stream: &SeedPath, spec: &mut EpisodeSpec) {
        if self.vessels.is_empty() {
            return;
        }
        let nodes = region_nodes(scene, spec);
        let mut vessels = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let before = || nodes[..index].iter().filter(|n| n.name == node.name);
            let number = before().filter(|n| n.owner == node.owner).count() as u32 + 1;
            let owner = node.owner.and_then(InstanceId::object_index);
            let spawn = owner.and_then(|owner| spec.objects[owner].spawn.as_ref());
            let fits = |vessels: &Vessels| {
                let numbers = vessels.numbers;
                vessels.region == node.name
                    && numbers.is_none_or(|(first, last)| (first..=last).contains(&number))
                    && (vessels.spawn.is_none() || vessels.spawn.as_ref() == spawn)
            };
            let Some(vessel) = self.vessels.iter().find(|vessels| fits(vessels)) else {
                continue;
            };
            let (least, most) = vessel.start_ul;
            let stream = stream.child("vessel").child(&node.name);
            let slot = before().count() as u32;
            let floor = Pose::at(-glam::Vec3::Z * node.half_size_m.z);
            let half = node.half_size_m.as_dvec3();
            let mut filled = VesselSpec {
                region: node.name.clone(),
                slot,
                owner: owner.map(|owner| owner as u32),
                owner_from_floor: node.owner_from_region * floor,
                half_size_m: [half.x, half.y],
                round: vessel.round,
                depth_m: 2.0 * half.z,
                capacity_ul: 0.0,
                liquid: vessel.liquid.map(|liquid| liquid as u32),
                start_ul: 0.0,
                clean: vessel.clean,
            };
            let holds = filled.area_m2() * filled.depth_m * 1e9;
            filled.capacity_ul = vessel.capacity_ul.unwrap_or(holds).min(holds);
            let drawn = stream.index(u64::from(slot)).rng().uniform(least, most);
            filled.start_ul = drawn.clamp(0.0, filled.capacity_ul);
            vessels.push(filled);
        }
        spec.liquids = Some(LiquidsSpec {
            names: self.liquids.clone(),
            colors: self.liquid_colors.clone(),
            vessels,
        });
    }
}

/// Home, with the arm's joints up to the jitter (rad, m) away from it.
fn start(desc: &RobotDesc, jitter: (f64, f64), stream: &SeedPath) -> Vec<f64> {
    let mut start = desc.control.home.clone();
    for (i, &joint) in desc.control.arm.iter().enumerate() {
        let most = match desc.joints[joint].kind {
            JointKind::Prismatic => jitter.1,
            _ => jitter.0,
        };
        let (low, high) = desc.joints[joint].range;
        let moved = start[joint] + stream.index(i as u64).rng().uniform(-most, most);
        start[joint] = moved.max(low).min(high);
    }
    resolve(desc, &mut start);
    start
}
