//! One robot's arm: where its tool is, and how it gets elsewhere.

use glam::DVec3;

use crate::robot::desc::{JointKind, Rigid, RobotDesc};
use crate::robot::kinematics::{InverseGoal, Solution, forward, inverse, resolve};

/// Of joints whose file gives no speed: rad/s and m/s.
const DEFAULT_SPEED: (f64, f64) = (1.5, 0.25);
/// An arm comes to its top speed in a quarter of a second at the soonest; files give no
/// acceleration.
const ACCELERATION_PER_SEC: f64 = 4.0;
/// Share of the way home of redundant joints, for each pose of a way.
const POSTURE_PULL: f64 = 0.05;
/// rad or m.
const RANGE_SLACK: f64 = 1e-5;
/// What counts as reached when planning; physics is coarser.
const TOLERANCE_M: f64 = 2e-4;
const TOLERANCE_RAD: f64 = 2e-3;

/// The arm of one robot. Positions are by joint of the robot.
#[derive(Clone, Debug)]
pub struct Arm<'a> {
    pub desc: &'a RobotDesc,
    pub world_from_base: Rigid,
    /// Where redundant joints drift to, by joint.
    pub posture: Vec<f64>,
}

impl Arm<'_> {
    /// The same arm with its elbow elsewhere: home, with its first joint and its third, which
    /// together swing the elbow about, moved against each other. Itself if it is not redundant.
    pub fn with_elbow(&self, swing_rad: f64) -> Self {
        let mut arm = self.clone();
        let joints = self.joints();
        if joints.len() > 6 {
            arm.posture.clone_from(&self.desc.control.home);
            arm.posture[joints[0]] -= swing_rad;
            arm.posture[joints[2]] += swing_rad;
        }
        arm
    }

    /// `world_from_tool`.
    pub fn tool(&self, positions: &[f64]) -> Rigid {
        self.world_from_base * forward(self.desc, positions)[self.desc.control.tool]
    }

    /// `world_from_link`, by link.
    pub fn links(&self, positions: &[f64]) -> Vec<Rigid> {
        let links = forward(self.desc, positions).into_iter();
        links.map(|link| self.world_from_base * link).collect()
    }

    /// A pose for the tool without a turn that the arm, which has fewer than five joints, could not
    /// follow anyway.
    pub fn as_it_turns(&self, world_from_tool: Rigid, positions: &[f64]) -> Rigid {
        match self.desc.control.arm.len() {
            5.. => world_from_tool,
            _ => Rigid {
                rotation: self.tool(positions).rotation,
                ..world_from_tool
            },
        }
    }

    /// Positions that bring the tool to a pose, near `start`. Arms with fewer than six joints give
    /// up the rotation about the approach first, then all of it. Redundant joints drift home.
    pub fn solve(&self, world_from_tool: Rigid, start: &[f64], restarts: usize) -> Solution {
        let redundant = self.desc.control.arm.len() > 6;
        let pull = if redundant { POSTURE_PULL } else { 0.0 };
        self.solution(world_from_tool, start, restarts, pull)
    }

    /// The same with the least motion: a pose that is reached already gives the same posture.
    pub fn solve_near(&self, world_from_tool: Rigid, start: &[f64]) -> Solution {
        self.solution(world_from_tool, start, 0, 0.0)
    }

    fn solution(
        &self,
        world_from_tool: Rigid,
        start: &[f64],
        restarts: usize,
        posture_pull: f64,
    ) -> Solution {
        let control = &self.desc.control;
        let target = self.world_from_base.inverse() * world_from_tool;
        let goal = InverseGoal {
            rotation_weights: match control.arm.len() {
                6.. => DVec3::ONE,
                5 => DVec3::new(1.0, 1.0, 0.0),
                _ => DVec3::ZERO,
            },
            posture_pull,
            restarts,
            tolerance_m: TOLERANCE_M,
            tolerance_rad: TOLERANCE_RAD,
            ..InverseGoal::new(control.tool, target)
        };
        inverse(self.desc, &goal, start, &self.posture)
    }

    /// Of a joint of the arm: rad/s or m/s.
    pub fn max_speed(&self, joint: usize) -> f64 {
        let joint = &self.desc.joints[joint];
        match (joint.max_speed.is_finite(), joint.kind) {
            (true, _) => joint.max_speed,
            (false, JointKind::Prismatic) => DEFAULT_SPEED.1,
            (false, _) => DEFAULT_SPEED.0,
        }
    }

    /// Of a joint of the arm: rad/s² or m/s².
    pub fn max_acceleration(&self, joint: usize) -> f64 {
        ACCELERATION_PER_SEC * self.max_speed(joint)
    }

    /// The arm's joints, from the base outwards.
    pub fn joints(&self) -> &[usize] {
        &self.desc.control.arm
    }

    /// The nearest position within a joint's range; a hair inside, for actions are written in
    /// single precision.
    pub fn inside(&self, joint: usize, q: f64) -> f64 {
        let (low, high) = self.desc.joints[joint].range;
        q.max(low + RANGE_SLACK).min(high - RANGE_SLACK)
    }

    /// What a command holds.
    pub fn arm_positions(&self, positions: &[f64]) -> Vec<f64> {
        self.joints().iter().map(|&j| positions[j]).collect()
    }

    /// All joints, with those of the gripper at an open fraction.
    pub fn with_gripper(&self, positions: &[f64], open_fraction: f64) -> Vec<f64> {
        let mut all = positions.to_vec();
        if let Some(gripper) = &self.desc.control.gripper {
            all[gripper.joint] = gripper.closed + open_fraction * (gripper.open - gripper.closed);
        }
        resolve(self.desc, &mut all);
        all
    }

    /// How far apart two postures are: the root of the mean square of the joints' shares of a turn.
    pub fn distance(&self, a: &[f64], b: &[f64]) -> f64 {
        let squares = self.joints().iter().map(|&j| {
            let d = (a[j] - b[j]) / self.max_speed(j);
            d * d
        });
        (squares.sum::<f64>() / self.joints().len().max(1) as f64).sqrt()
    }

    /// The least distance of a joint from the ends of its range, as a share of it, 0 … 0.5.
    pub fn margin(&self, positions: &[f64]) -> f64 {
        let margins = self.joints().iter().map(|&j| {
            let (low, high) = self.desc.joints[j].range;
            let span = high - low;
            match span.is_finite() && span > 0.0 {
                true => (positions[j] - low).min(high - positions[j]) / span,
                false => 0.5,
            }
        });
        margins.fold(0.5, f64::min)
    }
}
