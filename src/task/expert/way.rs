//! Ways of the arm to a pose: clear of what is fixed, and to where it can go on.

use glam::DVec3;

use super::arm::Arm;
use super::noise::Noise;
use super::path::{self, Trajectory};
use super::{Expert, Follow, SETTLE_SECS};
use crate::robot::desc::Rigid;
use crate::robot::kinematics::{rotation_vector, turn};

/// Elbows that are tried where something fixed is in the way.
const SWINGS_RAD: [f64; 7] = [0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5];
/// Starts tried for a posture of a goal.
const RESTARTS: usize = 12;
/// Smaller turns go the short way or not at all.
const LEAST_DETOUR_RAD: f64 = 0.5;
/// Arcs are drawn with so many straight pieces.
const CROSSING_CORNERS: usize = 8;

/// How to get to a pose.
pub(super) struct Course<'c> {
    pub via: &'c [Rigid],
    pub clear_m: Option<f64>,
    /// The joints go their own way if there are no corners. What is carried would tilt.
    pub freely: bool,
    /// Of the robot's top speed.
    pub share: f64,
    pub tool_m_per_s: f64,
    /// Where straight lines lead next, one after the other, by target.
    pub onward: &'c [Vec<Rigid>],
}

/// How good a way is, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// Clear of what is fixed, as is the line that comes next, and all lines that come next can be
    /// followed.
    Best,
    /// Without the second.
    Good,
    /// Clear, and the first line can be followed.
    Short,
    /// Not clear, but all lines can be followed.
    Tight,
    /// Not clear, but the first line can.
    Poor,
    /// Clear, to where no line can be followed.
    Stranded,
    Bad,
}

/// How an arm gets from corner to corner.
#[derive(Clone, Copy)]
enum Manner {
    /// Straight lines of the tool.
    Straight,
    /// The joints' own ways, with little motion.
    Joints,
    /// The same to postures near home, however it stands now: out of a posture that leads nowhere.
    Fresh,
}

impl Course<'_> {
    /// Straight lines first; the last resort are the joints' own ways, with corners as well.
    fn manners(&self) -> impl Iterator<Item = Manner> {
        let direct = self.freely && self.clear_m.is_none() && self.via.is_empty();
        [
            (!direct).then_some(Manner::Straight),
            Some(Manner::Joints),
            self.leads_on().then_some(Manner::Fresh),
        ]
        .into_iter()
        .flatten()
    }

    fn leads_on(&self) -> bool {
        self.onward.iter().any(|lines| !lines.is_empty())
    }

    /// The best that is asked for. What is put down comes near to what it is put into.
    fn best(&self) -> Grade {
        match (self.leads_on(), self.freely) {
            (false, _) => Grade::Best,
            (true, true) => Grade::Best,
            (true, false) => Grade::Good,
        }
    }
}

impl Expert<'_> {
    /// The way to the first of these that can be reached, and which one that is: clear of what is
    /// fixed if there is such a way, and ending where the arm can go on.
    pub(super) fn first_way(
        &mut self,
        targets: &[Rigid],
        course: &Course<'_>,
        noise: &Noise,
    ) -> Result<(usize, Follow), String> {
        let home = self.arm.clone();
        let mut best: Option<(Grade, usize, Vec<Vec<f64>>, Arm<'_>)> = None;
        'search: for manner in course.manners() {
            for swing in SWINGS_RAD {
                self.arm = home.with_elbow(swing);
                for (index, target) in targets.iter().enumerate() {
                    let so_far = best.as_ref().map_or(Grade::Bad, |best| best.0);
                    let way = match manner {
                        Manner::Straight => {
                            let clear = self.straight_way(*target, course, noise, true);
                            let worth = clear.is_none() && so_far > Grade::Tight;
                            match worth {
                                true => self.straight_way(*target, course, noise, false),
                                false => clear,
                            }
                        }
                        Manner::Joints => self.joint_way(*target, course, noise, false),
                        Manner::Fresh => self.joint_way(*target, course, noise, true),
                    };
                    let Some(way) = way else { continue };
                    let lines = course.onward.get(index).map_or(&[][..], Vec::as_slice);
                    let grade = self.grade(&way, lines, course.best());
                    if best.is_none() || grade < so_far {
                        best = Some((grade, index, way, self.arm.clone()));
                    }
                    if grade <= course.best() {
                        break 'search;
                    }
                }
                if self.arm.joints().len() <= 6 {
                    break;
                }
            }
        }
        let Some((_, index, way, arm)) = best else {
            self.arm = home;
            let [x, y, z] = targets[0].translation_m.to_array();
            return Err(format!(
                "there is no way to ({x:.3}, {y:.3}, {z:.3}) m within the arm's reach"
            ));
        };
        self.arm = arm;
        let speed = Some(course.tool_m_per_s);
        let time = Trajectory::new(&self.arm, way, course.share, speed, self.control_secs);
        Ok((index, Follow::new(time)))
    }

    /// How good a way is that straight lines follow. None better than `best` is looked for.
    fn grade(&self, way: &[Vec<f64>], lines: &[Rigid], best: Grade) -> Grade {
        let clear = self.obstacles.is_clear(&self.arm, way);
        let (Some(first), Some(last)) = (lines.first(), way.last()) else {
            return if clear { best } else { Grade::Bad };
        };
        let mut corners = vec![self.arm.tool(last)];
        corners.extend(lines);
        let follow =
            |corners: &[Rigid], from: &[f64]| path::follow(&self.arm, &path::poses(corners), from);
        let Some(line) = follow(&[corners[0], *first], last) else {
            return if clear { Grade::Stranded } else { Grade::Bad };
        };
        let there = line.last().expect("never empty");
        let all = follow(&corners[1..], there).is_some();
        match (clear, all) {
            (true, true) if best == Grade::Good || self.obstacles.is_clear(&self.arm, &line) => {
                best
            }
            (true, true) => Grade::Good,
            (true, false) => Grade::Short,
            (false, true) => Grade::Tight,
            (false, false) => Grade::Poor,
        }
    }

    /// From corner to corner; straight up first and straight down at last, if there is a clearance.
    fn corners(&self, target: Rigid, course: &Course<'_>) -> Vec<Rigid> {
        let from = self.arm.tool(&self.positions);
        let top = course.clear_m.map(|clear| {
            let ends = from.translation_m.z.max(target.translation_m.z);
            let via = course.via.iter().map(|pose| pose.translation_m.z);
            via.fold(ends, f64::max).max(ends + clear)
        });
        let raised = |pose: Rigid, top: f64| Rigid {
            translation_m: pose.translation_m.with_z(top),
            ..pose
        };
        let mut corners = vec![from];
        corners.extend(top.map(|top| raised(from, top)));
        corners.extend(course.via);
        corners.extend(top.map(|top| raised(target, top)));
        corners.push(target);
        corners
    }

    /// Straight lines of the tool. If an arm cannot follow, the last way across goes round its base,
    /// or turns the other way round, or both.
    fn straight_way(
        &self,
        target: Rigid,
        course: &Course<'_>,
        noise: &Noise,
        must_be_clear: bool,
    ) -> Option<Vec<Vec<f64>>> {
        let corners = self.corners(target, course);
        // To what is above the target, or to the target.
        let across = corners.len() - 1 - usize::from(course.clear_m.is_some());
        let (before, after) = (corners[across - 1], corners[across]);
        let variants = [(false, false), (true, false), (false, true), (true, true)];
        variants.into_iter().find_map(|(arc, other_way)| {
            let further = self.crossing(before, after, arc, other_way)?;
            let mut corners = corners.clone();
            corners.splice(across..across, further);
            let plain = path::rounded(&path::poses(&corners));
            let mut bent = plain.clone();
            noise.bend(&mut bent);
            let follow = |poses: &[Rigid]| {
                let way = path::follow(&self.arm, poses, &self.positions)?;
                (!must_be_clear || self.obstacles.is_clear(&self.arm, &way)).then_some(way)
            };
            follow(&bent).or_else(|| follow(&plain))
        })
    }

    /// Poses between two: on an arc about the axis of the robot's base instead of a straight line,
    /// turned the other way round instead of the short way. `None` if that makes no difference.
    fn crossing(
        &self,
        before: Rigid,
        after: Rigid,
        arc: bool,
        other_way: bool,
    ) -> Option<Vec<Rigid>> {
        if !arc && !other_way {
            return Some(Vec::new());
        }
        let turning = rotation_vector(after.rotation * before.rotation.inverse());
        let angle = turning.length();
        if other_way && angle < LEAST_DETOUR_RAD {
            return None;
        }
        let axis = turning.normalize_or(DVec3::Z);
        let turned = match other_way {
            true => angle - std::f64::consts::TAU,
            false => angle,
        };
        let base = self.arm.world_from_base;
        let local = |pose: Rigid| base.inverse().point(pose.translation_m);
        let (from, to) = (local(before), local(after));
        let azimuth = |p: DVec3| libm::atan2(p.y, p.x);
        let mut sweep = azimuth(to) - azimuth(from);
        sweep -= std::f64::consts::TAU * libm::round(sweep / std::f64::consts::TAU);
        if arc && sweep.abs() < LEAST_DETOUR_RAD {
            return None;
        }
        let pose = |share: f64| {
            let straight = path::between(before, after, share);
            let translation_m = match arc {
                false => straight.translation_m,
                true => {
                    let radius = |p: DVec3| p.truncate().length();
                    let radius = radius(from) + share * (radius(to) - radius(from));
                    let (sin, cos) = libm::sincos(azimuth(from) + share * sweep);
                    let z = from.z + share * (to.z - from.z);
                    base.point(DVec3::new(radius * cos, radius * sin, z))
                }
            };
            Rigid {
                rotation: (turn(axis, share * turned) * before.rotation).normalize(),
                translation_m,
            }
        };
        let shares = (1..CROSSING_CORNERS).map(|i| i as f64 / CROSSING_CORNERS as f64);
        Some(shares.map(pose).collect())
    }

    /// The joints' own way, through postures at the corners.
    fn joint_way(
        &self,
        target: Rigid,
        course: &Course<'_>,
        noise: &Noise,
        fresh: bool,
    ) -> Option<Vec<Vec<f64>>> {
        let corners = self.corners(target, course);
        let mut postures = vec![self.positions.clone()];
        for (index, corner) in corners.iter().enumerate().skip(1) {
            let last = postures.last().expect("never empty");
            let near = if fresh && index == 1 {
                &self.arm.posture
            } else {
                last
            };
            let solution = self.arm.solve(*corner, near, RESTARTS);
            // A corner may be cut; the end may not.
            if !solution.clamped {
                postures.push(solution.positions);
            } else if index + 1 == corners.len() {
                return None;
            }
        }
        let mut way = path::joint_way(&postures);
        let joints = self.arm.joints();
        noise.bend_joints(&mut way, joints, |joint| self.arm.desc.joints[joint].range);
        Some(way)
    }

    /// Straight there, with no noise.
    pub(super) fn line(&self, target: Rigid, tool_m_per_s: f64) -> Result<Follow, String> {
        let corners = [self.arm.tool(&self.positions), target];
        let poses = path::poses(&corners);
        let Some(way) = path::follow(&self.arm, &poses, &self.positions) else {
            let [x, y, z] = target.translation_m.to_array();
            return Err(format!(
                "the straight way to ({x:.3}, {y:.3}, {z:.3}) m leaves the arm's reach"
            ));
        };
        let speed = Some(tool_m_per_s);
        let trajectory = Trajectory::new(&self.arm, way, 1.0, speed, self.control_secs);
        Ok(Follow::new(trajectory))
    }
}

impl Follow {
    pub(super) fn new(trajectory: Trajectory) -> Self {
        Self {
            trajectory,
            clock_secs: 0.0,
            rate: 1.0,
            until_force_n: None,
            settle_left_secs: SETTLE_SECS,
            fix: None,
        }
    }
}
