//! Ways of the arm, first as poses or postures, then in time.

use glam::DVec3;

use super::arm::Arm;
use crate::robot::desc::Rigid;
use crate::robot::kinematics::{rotation_vector, turn};

/// Poses of a way follow each other at this distance, turns counted at [`METRES_PER_RAD`].
const SPACING_M: f64 = 0.005;
const METRES_PER_RAD: f64 = 0.15;
/// Corners are rounded over at most this much on each side.
const ROUNDING_M: f64 = 0.05;
/// From one pose of a way to the next no joint moves farther: else the arm would switch over.
const MAX_STEP: f64 = 0.3;
/// Postures of a way in joint space.
const JOINT_STEPS: usize = 64;
/// Postures over which the pace changes.
const PACE_REACH: usize = 5;
/// Of the limits, so that sampling in between stays within them.
const LIMIT_SHARE: f64 = 0.95;

/// Poses at even distances along straight lines from corner to corner; turns go evenly with
/// the way. At least the first and the last.
pub fn poses(corners: &[Rigid]) -> Vec<Rigid> {
    let mut poses = vec![corners[0]];
    for pair in corners.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let step = to.translation_m - from.translation_m;
        let turning = rotation_vector(to.rotation * from.rotation.inverse());
        let length = step.length().max(METRES_PER_RAD * turning.length());
        let count = libm::ceil(length / SPACING_M) as usize;
        for i in 1..=count {
            poses.push(between(from, to, i as f64 / count as f64));
        }
    }
    poses
}

/// The pose a share of the way from one to another.
pub fn between(from: Rigid, to: Rigid, share: f64) -> Rigid {
    let turning = rotation_vector(to.rotation * from.rotation.inverse());
    let angle = turning.length();
    let rotation = match angle > 1e-12 {
        true => turn(turning / angle, share * angle) * from.rotation,
        false => from.rotation,
    };
    Rigid {
        rotation: rotation.normalize(),
        translation_m: from.translation_m + share * (to.translation_m - from.translation_m),
    }
}

/// Rounds the corners of a way: each pose becomes the mean of its neighbourhood, which shrinks to
/// nothing at both ends. Straight stretches stay straight.
pub fn rounded(poses: &[Rigid]) -> Vec<Rigid> {
    let reach = (ROUNDING_M / SPACING_M) as usize;
    let last = poses.len() - 1;
    let mean = |i: usize| {
        let w = reach.min(i).min(last - i);
        let near = &poses[i - w..=i + w];
        let count = near.len() as f64;
        let rotation = near
            .iter()
            .fold(glam::DQuat::from_xyzw(0.0, 0.0, 0.0, 0.0), |sum, p| {
                let sign = p.rotation.dot(poses[i].rotation).signum();
                sum + p.rotation * sign
            });
        Rigid {
            rotation: rotation.normalize(),
            translation_m: near.iter().map(|p| p.translation_m).sum::<DVec3>() / count,
        }
    };
    (0..poses.len()).map(mean).collect()
}

/// Postures, by joint of the robot, that bring the tool along a way; `None` if it leads out of
/// reach or the arm would have to switch over.
pub fn follow(arm: &Arm<'_>, poses: &[Rigid], start: &[f64]) -> Option<Vec<Vec<f64>>> {
    let mut postures = vec![start.to_vec()];
    for pose in &poses[1..] {
        let last = postures.last().expect("never empty");
        let solution = arm.solve(*pose, last, 0);
        let leaps = |&j: &usize| (solution.positions[j] - last[j]).abs() > MAX_STEP;
        if solution.clamped || arm.joints().iter().any(leaps) {
            return None;
        }
        postures.push(solution.positions);
    }
    Some(postures)
}

/// Postures along straight lines in joint space, corners rounded.
pub fn joint_way(corners: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut way = vec![corners[0].clone()];
    for pair in corners.windows(2) {
        for i in 1..=JOINT_STEPS {
            let share = i as f64 / JOINT_STEPS as f64;
            let each = pair[0].iter().zip(&pair[1]);
            way.push(each.map(|(a, b)| a + share * (b - a)).collect());
        }
    }
    let last = way.len() - 1;
    let mean = |i: usize| -> Vec<f64> {
        let w = (JOINT_STEPS / 3).min(i).min(last - i);
        let near = &way[i - w..=i + w];
        let sum = |j: usize| near.iter().map(|q| q[j]).sum::<f64>() / near.len() as f64;
        (0..way[i].len()).map(sum).collect()
    };
    (0..way.len()).map(mean).collect()
}

/// A way in time, from rest to rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// By joint of the robot.
    way: Vec<Vec<f64>>,
    /// How long it takes to each posture of the way at an even pace, ascending from 0.
    knots: Vec<f64>,
    secs: f64,
}

impl Trajectory {
    /// As fast as a share of the arm's top speed allows; with a speed of the tool (m/s), no faster
    /// than that either. Speeds and accelerations of all joints stay within their limits.
    pub fn new(
        arm: &Arm<'_>,
        way: Vec<Vec<f64>>,
        share: f64,
        tool_m_per_s: Option<f64>,
        control_secs: f64,
    ) -> Self {
        let tools: Vec<Rigid> = way.iter().map(|q| arm.tool(q)).collect();
        let pace = |i: usize| {
            let joints = arm.joints().iter();
            let slowest = joints
                .map(|&j| (way[i + 1][j] - way[i][j]).abs() / (share * arm.max_speed(j)))
                .fold(0.0, f64::max);
            let (from, to) = (tools[i], tools[i + 1]);
            let moved = (to.translation_m - from.translation_m).length();
            let turned = rotation_vector(to.rotation * from.rotation.inverse()).length();
            let length = moved.max(METRES_PER_RAD * turned);
            tool_m_per_s.map_or(slowest, |speed| slowest.max(length / speed))
        };
        let paces: Vec<f64> = (0..way.len() - 1).map(pace).collect();
        let mut knots = vec![0.0];
        for i in 0..paces.len() {
            // The pace changes gently: it is the mean of what the neighbourhood takes at most.
            let near =
                |i: usize| i.saturating_sub(PACE_REACH)..(i + PACE_REACH + 1).min(paces.len());
            let most = |i: usize| paces[near(i)].iter().copied().fold(1e-6, f64::max);
            let mean = near(i).map(most).sum::<f64>() / near(i).len() as f64;
            knots.push(knots[i] + mean);
        }
        let evenly = knots.last().copied().unwrap_or(0.0);
        let mut this = Self {
            way,
            knots,
            // The fastest moment of a quintic is at 15/8 of its mean speed.
            secs: (1.875 * evenly).max(control_secs),
        };
        // Speeds go with 1/T, accelerations with 1/T²: a few rounds, as the moments of sampling move.
        for _ in 0..20 {
            let excess = this.excess(arm, share, control_secs);
            if excess <= 1.0 {
                break;
            }
            this.secs *= excess * 1.001;
        }
        this
    }

    /// By how much the time must grow for speeds and accelerations to be within their limits.
    fn excess(&self, arm: &Arm<'_>, share: f64, dt: f64) -> f64 {
        // Between samples of control as well: these are what the drives see.
        let steps = libm::ceil(self.secs / dt).max(1.0) as usize;
        let samples: Vec<Vec<f64>> = (0..=steps + 1).map(|i| self.at(i as f64 * dt)).collect();
        let mut excess: f64 = 0.0;
        for &j in arm.joints() {
            let speed = LIMIT_SHARE * share * arm.max_speed(j);
            let acceleration = LIMIT_SHARE * arm.max_acceleration(j);
            let rate = |i: usize| (samples[i + 1][j] - samples[i][j]) / dt;
            let mut before = 0.0;
            for i in 0..=steps {
                let now = rate(i);
                excess = excess.max(now.abs() / speed);
                excess = excess.max(((now - before).abs() / dt / acceleration).sqrt());
                before = now;
            }
        }
        excess
    }

    /// Where the joints are so many seconds after the start; the end from then on.
    pub fn at(&self, secs: f64) -> Vec<f64> {
        let last = self.way.len() - 1;
        if last == 0 {
            return self.way[0].clone();
        }
        let t = (secs / self.secs).clamp(0.0, 1.0);
        let along = t * t * t * (10.0 + t * (6.0 * t - 15.0)) * self.knots[last];
        let i = self
            .knots
            .partition_point(|knot| *knot <= along)
            .clamp(1, last)
            - 1;
        let f = ((along - self.knots[i]) / (self.knots[i + 1] - self.knots[i])).clamp(0.0, 1.0);
        let point = |k: isize| &self.way[(i as isize + k).clamp(0, last as isize) as usize];
        let (a, b, c, d) = (point(-1), point(0), point(1), point(2));
        // Catmull and Rom's spline.
        let spline = |j: usize| {
            let (a, b, c, d) = (a[j], b[j], c[j], d[j]);
            b + 0.5
                * f
                * (c - a + f * (2.0 * a - 5.0 * b + 4.0 * c - d + f * (3.0 * (b - c) + d - a)))
        };
        (0..b.len()).map(spline).collect()
    }

    /// How long it takes.
    pub fn secs(&self) -> f64 {
        self.secs
    }
}
