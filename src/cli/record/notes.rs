//! What is written down of an episode while it is played; pictures are made later, of those
//! episodes alone that are kept.

use glam::Vec3;

use super::cameras::Cameras;
use crate::base::camera::CameraSpec;
use crate::base::frame::FrameSnapshot;
use crate::base::pose::Pose;
use crate::dataset::demo::{Channel, DemoContact, DemoStep};
use crate::episode::spec::EpisodeSpec;
use crate::robot::Command;
use crate::robot::desc::{JointKind, RobotDesc};
use crate::task::judge::Progress;
use crate::task::rollout::{Moment, Watcher};
use crate::world::state::WorldState;

/// Writes every step down.
pub struct Notes<'a> {
    spec: &'a EpisodeSpec,
    robots: Vec<&'a RobotDesc>,
    cameras: &'a Cameras,
    pub steps: Vec<DemoStep>,
    /// For the pictures, one a step.
    pub snapshots: Vec<FrameSnapshot>,
}

impl<'a> Notes<'a> {
    /// Of an episode with these robots (as loaded).
    pub fn new(spec: &'a EpisodeSpec, robots: &'a [RobotDesc], cameras: &'a Cameras) -> Self {
        let of = |r: &crate::episode::spec::RobotSpec| &robots[r.robot as usize];
        Self {
            spec,
            robots: spec.robots.iter().map(of).collect(),
            cameras,
            steps: Vec::new(),
            snapshots: Vec::new(),
        }
    }
}

impl Watcher for Notes<'_> {
    fn before(&mut self, moment: &Moment<'_>, commands: &[Command]) {
        let cameras = self.cameras.now(self.spec, moment.session);
        let robots = || self.robots.iter().copied().zip(0..);
        self.steps.push(DemoStep {
            state: robots()
                .flat_map(|(desc, i)| observe(desc, self.spec.robots[i].world_from_base, i, moment.state))
                .collect(),
            action: commands.iter().flat_map(action).collect(),
            reward_terms: Vec::new(),
            stage: moment.progress.stage as u32,
            poses: (moment.state.bodies.iter()).map(|b| b.world_from_object).collect(),
            contacts: contacts(self.spec, moment.state),
            state_digest: moment.session.digest(),
            cameras: cameras.clone(),
        });
        self.snapshots.push(moment.session.snapshot(cameras));
    }

    fn after(&mut self, progress: &Progress) {
        if let Some(step) = self.steps.last_mut() {
            step.reward_terms = progress.reward_terms.iter().map(|&x| x as f32).collect();
        }
    }
}

/// The state of one robot, as [`state_channels`] says.
fn observe(desc: &RobotDesc, world_from_base: Pose, index: usize, state: &WorldState) -> Vec<f32> {
    let robot = &state.robots[index];
    let arm = || desc.control.arm.iter();
    let mut values: Vec<f32> = arm().map(|&j| robot.positions[j] as f32).collect();
    values.extend(arm().map(|&j| robot.speeds[j] as f32));
    if desc.control.gripper.is_some() {
        values.push(robot.open_fraction as f32);
    }
    let tool = world_from_base.inverse() * robot.world_from_tool;
    values.extend(tool.translation_m.to_array());
    // One of the two quaternions of a rotation, so that it does not jump.
    let q = tool.rotation;
    let q = if q.w < 0.0 { -q } else { q };
    values.extend([q.x, q.y, q.z, q.w]);
    values
}

fn prefix(robots: usize, name: &str) -> String {
    if robots == 1 {
        String::new()
    } else {
        format!("{name}.")
    }
}

/// What the state of a task's robots is, in order.
pub fn state_channels(robots: &[(&str, &RobotDesc)]) -> Vec<Channel> {
    let mut channels = Vec::new();
    for (name, desc) in robots {
        let prefix = prefix(robots.len(), name);
        let mut push = |name: String, unit: &str, range| {
            channels.push(Channel {
                name: format!("{prefix}{name}"),
                unit: unit.into(),
                range,
            });
        };
        for &j in &desc.control.arm {
            let joint = &desc.joints[j];
            push(format!("{}.position", joint.name), unit(joint.kind).0, finite(joint.range));
        }
        for &j in &desc.control.arm {
            let joint = &desc.joints[j];
            let most = joint.max_speed;
            push(format!("{}.speed", joint.name), unit(joint.kind).1, finite((-most, most)));
        }
        if desc.control.gripper.is_some() {
            push("gripper.open_fraction".into(), "1", Some((0.0, 1.0)));
        }
        for axis in ["x", "y", "z"] {
            push(format!("tool.{axis}"), "m", None);
        }
        for axis in ["qx", "qy", "qz", "qw"] {
            push(format!("tool.{axis}"), "1", Some((-1.0, 1.0)));
        }
    }
    channels
}

/// What the action is: where the arm's joints shall be at the end of the step, and the hand.
pub fn action_channels(robots: &[(&str, &RobotDesc)]) -> Vec<Channel> {
    let mut channels = Vec::new();
    for (name, desc) in robots {
        let prefix = prefix(robots.len(), name);
        for &j in &desc.control.arm {
            let joint = &desc.joints[j];
            channels.push(Channel {
                name: format!("{prefix}{}.position", joint.name),
                unit: unit(joint.kind).0.into(),
                range: finite(joint.range),
            });
        }
        channels.push(Channel {
            name: format!("{prefix}gripper.open_fraction"),
            unit: "1".into(),
            range: Some((0.0, 1.0)),
        });
    }
    channels
}

fn unit(kind: JointKind) -> (&'static str, &'static str) {
    match kind {
        JointKind::Prismatic => ("m", "m/s"),
        JointKind::Revolute | JointKind::Fixed => ("rad", "rad/s"),
    }
}

fn finite(range: (f64, f64)) -> Option<(f64, f64)> {
    (range.0.is_finite() && range.1.is_finite()).then_some(range)
}

/// One robot's part of an action.
fn action(command: &Command) -> impl Iterator<Item = f32> + '_ {
    let arm = command.arm.iter().map(|&x| x as f32);
    arm.chain([command.open_fraction as f32])
}

/// The commands that an action stands for.
pub fn commands(robots: &[&RobotDesc], action: &[f32]) -> Vec<Command> {
    let mut rest = action;
    let mut take = |n: usize| {
        let (head, tail) = rest.split_at(n);
        rest = tail;
        head
    };
    let command = |robot: &&RobotDesc| Command {
        arm: take(robot.control.arm.len()).iter().map(|&x| f64::from(x)).collect(),
        open_fraction: f64::from(take(1)[0]),
    };
    robots.iter().map(command).collect()
}

/// The same commands as they come back from an action's single precision.
pub fn rounded(commands: Vec<Command>) -> Vec<Command> {
    let round = |x: f64| f64::from(x as f32);
    let command = |c: Command| Command {
        arm: c.arm.into_iter().map(round).collect(),
        open_fraction: round(c.open_fraction),
    };
    commands.into_iter().map(command).collect()
}

/// Touching pairs with a robot's link in them.
fn contacts(spec: &EpisodeSpec, state: &WorldState) -> Vec<DemoContact> {
    let links: Vec<u32> = spec.robots.iter().flat_map(|r| &r.links).flatten().copied().collect();
    let robot = |id: u32| links.contains(&(id - 1));
    let pairs = state.contacts.iter().map(|c| DemoContact {
        instances: (c.instances.0.0, c.instances.1.0),
        force_n: c.force_n,
    });
    pairs.filter(|c| robot(c.instances.0) || robot(c.instances.1)).collect()
}

/// The middle of everything a robot may take, for cameras that look on.
pub fn middle_of(points: impl Iterator<Item = Vec3>) -> Vec3 {
    let (sum, count) = points.fold((Vec3::ZERO, 0.0f32), |(s, n), p| (s + p, n + 1.0));
    sum / count.max(1.0)
}
