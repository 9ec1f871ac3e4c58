//! Action spaces: the numbers that a policy gives in each control step, and what they command.
//!
//! All end with the gripper's open fraction, of robots that have a gripper. Values beyond the
//! bounds, and poses beyond the arm's reach, are clamped and counted.

use glam::DVec3;

use super::Command;
use super::desc::{JointKind, Rigid, RobotDesc};
use super::kinematics::{InverseGoal, forward, inverse, rotation_vector, turn};

/// A step of [`ActionSpace::ToolDelta`] at most: metres and radians, along and about each axis.
pub const MAX_TOOL_STEP: (f64, f64) = (0.05, 0.25);
/// A tool's pose counts as reached within this; beyond, an action was clamped.
const TOLERANCE_M: f64 = 1e-3;
const TOLERANCE_RAD: f64 = 5e-3;
/// Redundant joints go this share of the way home in each step.
const POSTURE_PULL: f64 = 0.05;
/// Of joints whose file gives no speed: rad/s and m/s.
const DEFAULT_SPEED: (f64, f64) = (1.5, 0.25);

/// What an action's numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionSpace {
    /// Targets of the arm's joints.
    JointPosition,
    /// Changes of the targets of the arm's joints.
    JointDelta,
    /// Change of the target pose of the tool: a shift, then a rotation vector, both in the axes of
    /// the robot's base, the rotation about the tool's origin.
    ToolDelta,
}

/// One number of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionChannel {
    /// Such as `fr3_joint1.position`, `tool.x.delta` or `gripper.open_fraction`.
    pub name: String,
    /// `rad`, `m` or `1`.
    pub unit: &'static str,
    /// Least and greatest value; infinite for joints without limits.
    pub range: (f64, f64),
}

/// What an action commands.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub command: Command,
    /// How many of the action's numbers were beyond their bounds or no numbers at all, or led a
    /// joint to the end of its range; of tool poses beyond the arm's reach, one more.
    pub clamped: u32,
}

impl ActionSpace {
    /// As files and the command line name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::JointPosition => "joint_position",
            Self::JointDelta => "joint_delta",
            Self::ToolDelta => "tool_delta",
        }
    }

    /// Of this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::JointPosition, Self::JointDelta, Self::ToolDelta];
        all.into_iter().find(|space| space.name() == name)
    }

    /// The numbers of an action, in order. Deltas are those of one control step.
    pub fn channels(self, robot: &RobotDesc, control_hz: u32) -> Vec<ActionChannel> {
        let control = &robot.control;
        let mut channels: Vec<ActionChannel> = match self {
            Self::JointPosition | Self::JointDelta => {
                let joint_channel = |&joint: &usize| {
                    let desc = &robot.joints[joint];
                    let step = max_step(robot, joint, control_hz);
                    let (what, range) = match self {
                        Self::JointPosition => ("position", desc.range),
                        _ => ("delta", (-step, step)),
                    };
                    ActionChannel {
                        name: format!("{}.{what}", desc.name),
                        unit: match desc.kind {
                            JointKind::Prismatic => "m",
                            _ => "rad",
                        },
                        range,
                    }
                };
                control.arm.iter().map(joint_channel).collect()
            }
            Self::ToolDelta => {
                let (metres, radians) = MAX_TOOL_STEP;
                let axes = ["x", "y", "z", "rx", "ry", "rz"];
                let channel = |(i, axis): (usize, &str)| {
                    let most = if i < 3 { metres } else { radians };
                    ActionChannel {
                        name: format!("tool.{axis}.delta"),
                        unit: if i < 3 { "m" } else { "rad" },
                        range: (-most, most),
                    }
                };
                axes.into_iter().enumerate().map(channel).collect()
            }
        };
        if control.gripper.is_some() {
            channels.push(ActionChannel {
                name: "gripper.open_fraction".to_owned(),
                unit: "1",
                range: (0.0, 1.0),
            });
        }
        channels
    }

    /// The action that gives a command, if the last command was `last` (targets by joint of the
    /// robot). Not clamped: a command too far from the last gives numbers beyond the bounds.
    ///
    /// # Panics
    ///
    /// If `last` are not as many as joints, or the command is of another robot.
    pub fn encode(self, robot: &RobotDesc, last: &[f64], command: &Command) -> Vec<f32> {
        let arm = &robot.control.arm;
        assert_eq!(arm.len(), command.arm.len());
        let mut action: Vec<f64> = match self {
            Self::JointPosition => command.arm.clone(),
            Self::JointDelta => {
                let pairs = arm.iter().zip(&command.arm);
                pairs.map(|(&joint, q)| q - last[joint]).collect()
            }
            Self::ToolDelta => {
                let tool = robot.control.tool;
                let from = forward(robot, last)[tool];
                let to = forward(robot, &with_arm(robot, last, &command.arm))[tool];
                let shift = to.translation_m - from.translation_m;
                let rotation = rotation_vector(to.rotation * from.rotation.inverse());
                shift
                    .to_array()
                    .into_iter()
                    .chain(rotation.to_array())
                    .collect()
            }
        };
        if robot.control.gripper.is_some() {
            action.push(command.open_fraction);
        }
        action.into_iter().map(|x| x as f32).collect()
    }

    /// What an action commands, if the last command was `last` (targets by joint of the robot).
    /// What is no number counts as no change, of joint positions and the gripper as well.
    ///
    /// # Panics
    ///
    /// If `last` are not as many as joints, or the action has not as many numbers as
    /// [`ActionSpace::channels`].
    pub fn decode(
        self,
        robot: &RobotDesc,
        last: &[f64],
        last_open_fraction: f64,
        action: &[f32],
        control_hz: u32,
    ) -> Decoded {
        let channels = self.channels(robot, control_hz);
        assert_eq!(channels.len(), action.len(), "numbers of an action");
        let arm = &robot.control.arm;
        let mut clamped = 0;
        let mut value = |index: usize, unchanged: f64| {
            let x = f64::from(action[index]);
            let (low, high) = channels[index].range;
            // Bounds are compared as the action has them, in single precision.
            if x.is_nan() {
                clamped += 1;
                return unchanged;
            }
            if action[index] < low as f32 || action[index] > high as f32 {
                clamped += 1;
            }
            x.max(low).min(high)
        };
        let (joints, own) = match self {
            Self::JointPosition => {
                let each = arm.iter().enumerate();
                (
                    each.map(|(i, &joint)| value(i, last[joint])).collect(),
                    arm.len(),
                )
            }
            Self::JointDelta => {
                let each = arm.iter().enumerate();
                let moved = each.map(|(i, &joint)| last[joint] + value(i, 0.0));
                (moved.collect::<Vec<f64>>(), arm.len())
            }
            Self::ToolDelta => {
                let numbers: [f64; 6] = std::array::from_fn(|i| value(i, 0.0));
                let [x, y, z, rx, ry, rz] = numbers;
                let target = moved(
                    forward(robot, last)[robot.control.tool],
                    DVec3::new(x, y, z),
                    DVec3::new(rx, ry, rz),
                );
                let (joints, reached) = reach(robot, last, target, control_hz);
                clamped += u32::from(!reached);
                (joints, 6)
            }
        };
        let mut joints: Vec<f64> = joints;
        if self == Self::JointDelta {
            for (q, &joint) in joints.iter_mut().zip(arm) {
                let (low, high) = robot.joints[joint].range;
                if *q < low || *q > high {
                    clamped += 1;
                    *q = q.max(low).min(high);
                }
            }
        }
        let open_fraction = match robot.control.gripper {
            None => 1.0,
            Some(_) => {
                let x = f64::from(action[own]);
                if !(0.0..=1.0).contains(&x) {
                    clamped += 1;
                }
                if x.is_nan() {
                    last_open_fraction
                } else {
                    x.clamp(0.0, 1.0)
                }
            }
        };
        Decoded {
            command: Command {
                arm: joints,
                open_fraction,
            },
            clamped,
        }
    }
}

/// Targets of the arm near the last ones that bring the tool to a pose, and whether they do.
fn reach(robot: &RobotDesc, last: &[f64], target: Rigid, control_hz: u32) -> (Vec<f64>, bool) {
    let control = &robot.control;
    let goal = InverseGoal {
        rotation_weights: match control.arm.len() {
            6.. => DVec3::ONE,
            5 => DVec3::new(1.0, 1.0, 0.0),
            _ => DVec3::ZERO,
        },
        posture_pull: POSTURE_PULL,
        tolerance_m: TOLERANCE_M,
        tolerance_rad: TOLERANCE_RAD,
        ..InverseGoal::new(control.tool, target)
    };
    let solution = inverse(robot, &goal, last, &control.home);
    // All joints slow down together, so that the tool stays on its way.
    let excess = control.arm.iter().map(|&joint| {
        (solution.positions[joint] - last[joint]).abs() / max_step(robot, joint, control_hz)
    });
    let excess = excess.fold(1.0, f64::max);
    let share = 1.0 / excess;
    let joints = control
        .arm
        .iter()
        .map(|&joint| last[joint] + share * (solution.positions[joint] - last[joint]));
    (joints.collect(), !solution.clamped && excess <= 1.0 + 1e-6)
}

/// A pose shifted, and turned about its own origin, in the axes of the base.
fn moved(pose: Rigid, shift: DVec3, rotation: DVec3) -> Rigid {
    let angle = rotation.length();
    let turned = match angle > 0.0 {
        true => turn(rotation / angle, angle) * pose.rotation,
        false => pose.rotation,
    };
    Rigid {
        rotation: turned.normalize(),
        translation_m: pose.translation_m + shift,
    }
}

/// How far a joint goes in one control step at most.
fn max_step(robot: &RobotDesc, joint: usize, control_hz: u32) -> f64 {
    let desc = &robot.joints[joint];
    let speed = match (desc.max_speed.is_finite(), desc.kind) {
        (true, _) => desc.max_speed,
        (false, JointKind::Prismatic) => DEFAULT_SPEED.1,
        (false, _) => DEFAULT_SPEED.0,
    };
    speed / f64::from(control_hz)
}

fn with_arm(robot: &RobotDesc, positions: &[f64], arm: &[f64]) -> Vec<f64> {
    let mut all = positions.to_vec();
    for (&joint, q) in robot.control.arm.iter().zip(arm) {
        all[joint] = *q;
    }
    all
}
