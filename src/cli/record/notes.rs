//! What is written down of an episode while it is played; pictures are made later, of those
//! episodes alone that are kept.

use crate::base::frame::FrameSnapshot;
use crate::base::pose::Pose;
use crate::dataset::demo::{Channel, DemoContact, DemoStep};
use crate::episode::spec::EpisodeSpec;
use crate::robot::action::ActionSpace;
use crate::robot::desc::{JointKind, RobotDesc};
use crate::task::cameras::Cameras;
use crate::task::judge::Progress;
use crate::task::rollout::{Moment, Watcher};
use crate::world::state::{ContactState, WorldState};

/// Writes every step down.
pub struct Notes<'a> {
    spec: &'a EpisodeSpec,
    robots: Vec<&'a RobotDesc>,
    cameras: &'a Cameras,
    pub steps: Vec<DemoStep>,
    /// For the pictures, one a step.
    pub snapshots: Vec<FrameSnapshot>,
    /// Of the last step.
    pub last_contacts: Vec<ContactState>,
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
            last_contacts: Vec::new(),
        }
    }
}

impl Watcher for Notes<'_> {
    fn before(&mut self, moment: &Moment<'_>, actions: &[Vec<f32>]) {
        let cameras = self.cameras.now(self.spec, moment.session);
        let robots = || self.robots.iter().copied().zip(0..);
        self.steps.push(DemoStep {
            state: robots()
                .flat_map(|(desc, i)| {
                    observe(desc, self.spec.robots[i].world_from_base, i, moment.state)
                })
                .collect(),
            action: actions.iter().flatten().copied().collect(),
            reward_terms: Vec::new(),
            stage: moment.progress.stage as u32,
            poses: (moment.state.bodies.iter())
                .map(|b| b.world_from_object)
                .collect(),
            contacts: contacts(self.spec, moment.state),
            state_digest: moment.session.digest(),
            cameras: cameras.clone(),
        });
        self.snapshots.push(moment.session.snapshot(cameras));
    }

    fn after(&mut self, progress: &Progress, state: Option<&WorldState>) {
        self.last_contacts = state.map_or_else(Vec::new, |s| s.contacts.clone());
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
        // Without ranges: limits are soft, a joint may be a little beyond.
        for &j in &desc.control.arm {
            let joint = &desc.joints[j];
            let name = format!("{}.position", joint.name);
            push(name, unit(joint.kind).0, None);
        }
        for &j in &desc.control.arm {
            let joint = &desc.joints[j];
            push(format!("{}.speed", joint.name), unit(joint.kind).1, None);
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

/// What the action of a task's robots is, in order.
pub fn action_channels(
    actions: ActionSpace,
    control_hz: u32,
    robots: &[(&str, &RobotDesc)],
) -> Vec<Channel> {
    let of = |(name, desc): &(&str, &RobotDesc)| {
        let prefix = prefix(robots.len(), name);
        let channels = actions.channels(desc, control_hz).into_iter();
        let channel = move |c: crate::robot::action::ActionChannel| Channel {
            name: format!("{prefix}{}", c.name),
            unit: c.unit.into(),
            range: finite(c.range),
        };
        channels.map(channel).collect::<Vec<_>>()
    };
    robots.iter().flat_map(of).collect()
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

/// Touching pairs with a robot's link in them.
fn contacts(spec: &EpisodeSpec, state: &WorldState) -> Vec<DemoContact> {
    let links: Vec<u32> = spec
        .robots
        .iter()
        .flat_map(|r| &r.links)
        .flatten()
        .copied()
        .collect();
    let robot = |id: u32| links.contains(&(id - 1));
    let pairs = state.contacts.iter().map(|c| DemoContact {
        instances: (c.instances.0.0, c.instances.1.0),
        force_n: c.force_n,
    });
    pairs
        .filter(|c| robot(c.instances.0) || robot(c.instances.1))
        .collect()
}
