//! Joint positions that bring a link to a pose: damped least squares (Levenberg and Marquardt)
//! within the joints' ranges, then along the null space towards a posture.

use glam::{DQuat, DVec3};

use super::dense::{dot, halton, joined, solve, without};
use super::desc::{JointKind, Rigid, RobotDesc};
use super::kinematics::{forward, jacobian_at, resolve, rotation_vector};

/// An error of 1 rad counts as much as one of so many metres. Where the first leads to a standstill
/// short of the goal, the others may not.
const METRES_PER_RAD: [f64; 3] = [0.2, 1.0, 0.05];
/// Where that fails as well, the goal is approached in so many steps.
const WAY_POINTS: usize = 8;
/// No joint moves farther in one step, rad or m.
const MAX_STEP: (f64, f64) = (0.4, 0.2);
const MAX_STEPS: usize = 200;
const MAX_NULL_STEPS: usize = 60;
/// Errors below these are none: the search for a better solution ends.
const FINE_M: f64 = 1e-9;
const FINE_RAD: f64 = 1e-9;

/// Where a link should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseGoal {
    /// Index into [`RobotDesc::links`].
    pub link: usize,
    pub base_from_link: Rigid,
    /// How much a wrong turn about each of the link's axes matters, ≥ 0. 0 frees that rotation:
    /// (1, 1, 0) aligns the Z axes only, (0, 0, 1) cares only for the
    /// turn about Z, (0, 0, 0) for the position alone.
    pub rotation_weights: DVec3,
    /// How far redundant joints go from the start towards the posture where that does not move
    /// the link: 0 (they stay) … 1 (all the way).
    pub posture_pull: f64,
    /// If the start leads nowhere (by two other weights of rotation, and by way points): how many others to try, the posture first, then such as spread
    /// over the joints' ranges. They may reach the goal with other elbows: 0 for control, a dozen
    /// for planning.
    pub restarts: usize,
    /// Errors up to these count as reached.
    pub tolerance_m: f64,
    pub tolerance_rad: f64,
}

impl InverseGoal {
    /// All of a pose, to 0.01 mm and 0.1 mrad; posture pull 0.1, no restarts.
    pub fn new(link: usize, base_from_link: Rigid) -> Self {
        Self {
            link,
            base_from_link,
            rotation_weights: DVec3::ONE,
            posture_pull: 0.1,
            restarts: 0,
            tolerance_m: 1e-5,
            tolerance_rad: 1e-4,
        }
    }
}

/// The answer, as near to the goal as was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// By joint; inside the ranges, mimicking joints resolved. Joints that are not of the arm as
    /// at the start.
    pub positions: Vec<f64>,
    /// Distance from the goal.
    pub position_error_m: f64,
    /// Angle from the goal, about axes with a weight only.
    pub rotation_error_rad: f64,
    /// The goal is out of reach (or was not found): an error is above the tolerance.
    pub clamped: bool,
    /// Steps taken, those of all starts together.
    pub iterations: usize,
}

/// Positions of the arm's joints (of [`super::desc::ControlDesc::arm`]) that bring a link to a
/// pose, searched from `start` on. Deterministic; ends after a bounded number of steps.
/// `start` and `posture` are by joint; the start is moved into the ranges first.
///
/// # Panics
/// If `start` or `posture` are not as many as joints, or the link is out of range.
pub fn inverse(robot: &RobotDesc, goal: &InverseGoal, start: &[f64], posture: &[f64]) -> Solution {
    assert_eq!(start.len(), robot.joints.len());
    assert_eq!(posture.len(), robot.joints.len());
    let mut search = Search {
        robot,
        goal: *goal,
        joints: &robot.control.arm,
        metres_per_rad: METRES_PER_RAD[0],
    };
    let mut best = search.from(start, start, posture);
    for attempt in 1..METRES_PER_RAD.len() + 1 + goal.restarts {
        if !best.clamped {
            break;
        }
        let weight = METRES_PER_RAD.get(attempt).copied();
        search.metres_per_rad = weight.unwrap_or(METRES_PER_RAD[0]);
        let other = match attempt.checked_sub(METRES_PER_RAD.len()) {
            None => start.to_vec(),
            Some(0) => search.approached(start),
            Some(restart) => search.restart(restart - 1, start, posture),
        };
        let mut found = search.from(&other, start, posture);
        let iterations = best.iterations + found.iterations;
        let cost = |s: &Solution| s.position_error_m + METRES_PER_RAD[0] * s.rotation_error_rad;
        if !found.clamped || cost(&found) < cost(&best) {
            found.iterations = iterations;
            best = found;
        } else {
            best.iterations = iterations;
        }
    }
    best
}

struct Search<'a> {
    robot: &'a RobotDesc,
    goal: InverseGoal,
    joints: &'a [usize],
    metres_per_rad: f64,
}

/// The task's errors and their derivatives at some positions.
struct Linear {
    /// Position (m, the base's axes), rotation (rad × metres per rad × weight, the link's).
    error: [f64; 6],
    position_error_m: f64,
    rotation_error_rad: f64,
    /// By joint of the search.
    columns: Vec<[f64; 6]>,
}

impl Linear {
    fn cost(&self) -> f64 {
        dot(&self.error, &self.error)
    }

    fn is_fine(&self) -> bool {
        self.position_error_m < FINE_M && self.rotation_error_rad < FINE_RAD
    }
}

impl Search<'_> {
    fn from(&self, at: &[f64], start: &[f64], posture: &[f64]) -> Solution {
        let mut q = at.to_vec();
        for &joint in self.joints {
            q[joint] = self.inside(joint, q[joint]);
        }
        let (linear, mut iterations) = self.reach(&mut q);
        // A goal out of reach leaves no null space worth the name.
        if self.reached(&linear) && self.goal.posture_pull > 0.0 {
            iterations += self.relax(&mut q, start, posture);
        }
        let linear = self.linear(&q);
        resolve(self.robot, &mut q);
        Solution {
            positions: q,
            position_error_m: linear.position_error_m,
            rotation_error_rad: linear.rotation_error_rad,
            clamped: !self.reached(&linear),
            iterations,
        }
    }

    fn reached(&self, linear: &Linear) -> bool {
        linear.position_error_m <= self.goal.tolerance_m
            && linear.rotation_error_rad <= self.goal.tolerance_rad
    }

    /// Levenberg-Marquardt steps until nothing improves; the errors there and the steps taken.
    fn reach(&self, q: &mut Vec<f64>) -> (Linear, usize) {
        let mut linear = self.linear(q);
        let mut damping = 1e-3;
        for step in 0..MAX_STEPS {
            if linear.is_fine() {
                return (linear, step);
            }
            // Damping relative to the error: none near a solution, so that the end is quadratic.
            let lambda = damping * (1e-9 + linear.cost().sqrt());
            let next = self.stepped(q, &self.step(q, &linear, lambda));
            let moved = self.joints.iter().map(|&j| (next[j] - q[j]).abs());
            let moved = moved.fold(0.0, f64::max);
            let there = self.linear(&next);
            if there.cost() < linear.cost() {
                let gain = 1.0 - there.cost() / linear.cost();
                *q = next;
                linear = there;
                damping = (damping * 0.3).max(1e-9);
                if gain < 1e-9 && moved < 1e-9 {
                    return (linear, step + 1);
                }
            } else {
                damping *= 8.0;
                if moved < 1e-12 || damping > 1e12 {
                    return (linear, step + 1);
                }
            }
        }
        (linear, MAX_STEPS)
    }

    /// Moves along the null space; the link stays. Steps taken.
    fn relax(&self, q: &mut Vec<f64>, start: &[f64], posture: &[f64]) -> usize {
        let pull = self.goal.posture_pull.min(1.0);
        let wish: Vec<f64> = self
            .joints
            .iter()
            .map(|&j| start[j] + pull * (posture[j] - start[j]))
            .collect();
        let distance = |q: &[f64]| -> f64 {
            let each = self
                .joints
                .iter()
                .zip(&wish)
                .map(|(&j, w)| (w - q[j]) * (w - q[j]));
            each.sum()
        };
        let mut fraction = 1.0;
        for step in 0..MAX_NULL_STEPS {
            let linear = self.linear(q);
            let away: Vec<f64> = self
                .joints
                .iter()
                .zip(&wish)
                .map(|(&j, w)| fraction * (w - q[j]))
                .collect();
            let mut next = self.stepped(q, &self.in_null_space(q, &linear, away));
            // Back onto what the link's pose leaves free.
            for _ in 0..4 {
                let linear = self.linear(&next);
                if linear.is_fine() {
                    break;
                }
                next = self.stepped(&next, &self.step(&next, &linear, 1e-12));
            }
            let there = self.linear(&next);
            let as_good = there.cost() <= linear.cost().max(1e-14);
            let gain = distance(q) - distance(&next);
            if as_good && gain > 0.0 {
                *q = next;
                fraction = (2.0 * fraction).min(1.0);
                if gain < 1e-10 {
                    return step + 1;
                }
            } else {
                fraction *= 0.25;
                if fraction < 1e-3 {
                    return step + 1;
                }
            }
        }
        MAX_NULL_STEPS
    }

    /// Near the goal, by way points on the straight way from the start.
    fn approached(&self, start: &[f64]) -> Vec<f64> {
        let from = forward(self.robot, start)[self.goal.link];
        let to = self.goal.base_from_link;
        let turn = rotation_vector(from.rotation.inverse() * to.rotation);
        let angle = turn.length();
        let mut q = start.to_vec();
        for point in 1..=WAY_POINTS {
            let share = point as f64 / WAY_POINTS as f64;
            let part = super::kinematics::turn(turn.normalize_or(DVec3::Z), share * angle);
            let way = Search {
                goal: InverseGoal {
                    base_from_link: Rigid {
                        rotation: from.rotation * part,
                        translation_m: from.translation_m.lerp(to.translation_m, share),
                    },
                    ..self.goal
                },
                ..*self
            };
            for &joint in self.joints {
                q[joint] = self.inside(joint, q[joint]);
            }
            way.reach(&mut q);
        }
        q
    }

    /// A start spread over the ranges (Halton); the posture as the first.
    fn restart(&self, number: usize, start: &[f64], posture: &[f64]) -> Vec<f64> {
        const PRIMES: [u32; 10] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];
        let mut q = start.to_vec();
        for (i, &joint) in self.joints.iter().enumerate() {
            let (low, high) = self.range(joint);
            q[joint] = match number {
                0 => posture[joint],
                _ if low.is_finite() && high.is_finite() => {
                    low + (high - low) * halton(number as u32, PRIMES[i % PRIMES.len()])
                }
                _ => posture[joint] + 6.0 * (halton(number as u32, PRIMES[i % PRIMES.len()]) - 0.5),
            };
        }
        q
    }

    fn range(&self, joint: usize) -> (f64, f64) {
        self.robot.joints[joint].range
    }

    fn inside(&self, joint: usize, q: f64) -> f64 {
        let (low, high) = self.range(joint);
        q.max(low).min(high)
    }

    /// Moved by `delta`, shortened to the longest step allowed, held inside the ranges.
    fn stepped(&self, q: &[f64], delta: &[f64]) -> Vec<f64> {
        let excess = self.joints.iter().zip(delta).map(|(&j, d)| {
            d.abs()
                / match self.robot.joints[j].kind {
                    JointKind::Prismatic => MAX_STEP.1,
                    _ => MAX_STEP.0,
                }
        });
        let scale = 1.0 / excess.fold(1.0, f64::max);
        let mut next = q.to_vec();
        for (&joint, delta) in self.joints.iter().zip(delta) {
            next[joint] = self.inside(joint, q[joint] + scale * delta);
        }
        next
    }

    /// Which joints stand at a bound that `delta` would take them across.
    fn blocked(&self, q: &[f64], delta: &[f64]) -> Vec<bool> {
        let each = self.joints.iter().zip(delta).map(|(&joint, delta)| {
            let (low, high) = self.range(joint);
            (q[joint] <= low && *delta < 0.0) || (q[joint] >= high && *delta > 0.0)
        });
        each.collect()
    }

    /// What brings the error to zero in the linear model, joints at their bounds left out.
    fn step(&self, q: &[f64], linear: &Linear, lambda: f64) -> Vec<f64> {
        let mut held = vec![false; self.joints.len()];
        loop {
            let free = without(&linear.columns, &held);
            let y = solve(&free, lambda, &linear.error);
            let delta: Vec<f64> = free.iter().map(|c| dot(c, &y)).collect();
            let blocked = self.blocked(q, &delta);
            if !blocked.contains(&true) {
                return delta;
            }
            // Ends: each round holds more of them.
            for (held, blocked) in held.iter_mut().zip(blocked) {
                *held |= blocked;
            }
        }
    }

    /// The part of `delta` that does not move the link, joints at their bounds left out.
    fn in_null_space(&self, q: &[f64], linear: &Linear, delta: Vec<f64>) -> Vec<f64> {
        let mut held = vec![false; self.joints.len()];
        loop {
            let free = without(&linear.columns, &held);
            let wish: Vec<f64> = delta
                .iter()
                .zip(&held)
                .map(|(d, h)| if *h { 0.0 } else { *d })
                .collect();
            let mut moved = [0.0; 6];
            for (column, d) in free.iter().zip(&wish) {
                for (sum, c) in moved.iter_mut().zip(column) {
                    *sum += c * d;
                }
            }
            let y = solve(&free, 1e-12, &moved);
            let rest: Vec<f64> = free
                .iter()
                .zip(&wish)
                .map(|(c, d)| d - dot(c, &y))
                .collect();
            let blocked = self.blocked(q, &rest);
            if !blocked.contains(&true) {
                return rest;
            }
            for (held, blocked) in held.iter_mut().zip(blocked) {
                *held |= blocked;
            }
        }
    }

    fn linear(&self, q: &[f64]) -> Linear {
        let goal = &self.goal;
        let poses = forward(self.robot, q);
        let pose = poses[goal.link];
        let missing = goal.base_from_link.translation_m - pose.translation_m;
        // Rotation is measured in the link's axes: from the link as it is to as it should be.
        let link_from_base = pose.rotation.inverse();
        let turn = relevant(
            link_from_base * goal.base_from_link.rotation,
            goal.rotation_weights,
        );
        let weights = goal.rotation_weights * self.metres_per_rad;
        let mut columns = jacobian_at(self.robot, &poses, goal.link, self.joints);
        for column in &mut columns {
            let [a, b, c, d, e, f] = *column;
            let angular = link_from_base * DVec3::new(d, e, f);
            *column = joined(DVec3::new(a, b, c), angular * weights);
        }
        Linear {
            error: joined(missing, turn * weights),
            position_error_m: missing.length(),
            rotation_error_rad: turn.length(),
            columns,
        }
    }
}

/// The rotation vector of the part of a rotation that is about axes with a weight.
fn relevant(rotation: DQuat, weights: DVec3) -> DVec3 {
    let free = weights.to_array().map(|w| w <= 0.0);
    let axis = |free: bool| {
        let at = [0, 1, 2].into_iter().find(|&i| (weights[i] <= 0.0) == free);
        DVec3::AXES[at.unwrap_or(0)]
    };
    match free.iter().filter(|f| **f).count() {
        0 => rotation_vector(rotation),
        1 => {
            // Swing: what brings the free axis to where it belongs.
            let axis = axis(true);
            let target = rotation * axis;
            let normal = axis.cross(target);
            let sin = normal.length();
            let cos = axis.dot(target);
            if sin > 1e-12 {
                normal * (libm::atan2(sin, cos) / sin)
            } else if cos > 0.0 {
                normal
            } else {
                axis.any_orthonormal_vector() * std::f64::consts::PI
            }
        }
        2 => {
            // Twist about the only axis that counts.
            let axis = axis(false);
            let along = DVec3::new(rotation.x, rotation.y, rotation.z).dot(axis);
            let q = if rotation.w < 0.0 {
                (-along, -rotation.w)
            } else {
                (along, rotation.w)
            };
            axis * (2.0 * libm::atan2(q.0, q.1))
        }
        _ => DVec3::ZERO,
    }
}
