//! From a step of the program to a motion.

use glam::{DQuat, DVec3};

use super::insert::Insert;
use super::noise::Noise;
use super::path::{self, Trajectory};
use super::{Doing, Expert, FINGERS_SECS, Fingers, Fix, Follow, SETTLE_SECS, grasp};
use crate::robot::desc::Rigid;
use crate::robot::kinematics::{rotation_vector, turn};
use crate::task::desc::{Aim, FrameDesc, Origin, Part, Skill, Step, Symmetry, Way};
use crate::world::state::WorldState;

/// Free motions move the tool no faster than a share of this.
const TOOL_M_PER_S: f64 = 1.2;
/// Starts tried for a posture of a goal.
const RESTARTS: usize = 12;
/// Of objects that may be turned any way about their axis.
const TURNS: usize = 24;
/// What was carried is put right if it is off by more, twice at most, by no more than this at a time.
const MEND_M: f64 = 3e-4;
const MEND_RAD: f64 = 5e-3;
const MENDS: u32 = 2;
const MEND_MOST: (f64, f64) = (0.02, 0.2);
const MEND_M_PER_S: f64 = 0.03;

/// How to get to a pose.
struct Course<'c> {
    via: &'c [Rigid],
    clear_m: Option<f64>,
    /// Straight lines of the tool; else the joints go directly.
    straight: bool,
    /// Of the robot's top speed.
    share: f64,
    tool_m_per_s: f64,
}

impl Expert<'_> {
    /// What a step means now.
    pub(super) fn plan(
        &mut self,
        step: &Step,
        state: &WorldState,
        noise: &Noise,
    ) -> Result<Doing, String> {
        match &step.skill {
            Skill::Reach {
                to,
                clear_m,
                via,
                speed,
            } => {
                let mut via = self.frames(via, state)?;
                let targets = self.targets(to, state)?;
                if let (Some(shift), Some(clear)) = (noise.astray(), clear_m) {
                    // Above a place beside it, and then to where it should go.
                    let mut beside = targets[0];
                    beside.translation_m += shift + DVec3::Z * *clear;
                    via.push(beside);
                }
                let share = speed * noise.pace();
                let course = Course {
                    via: &via,
                    clear_m: *clear_m,
                    straight: clear_m.is_some() || !via.is_empty(),
                    share,
                    tool_m_per_s: share * TOOL_M_PER_S,
                };
                self.first_way(&targets, &course, noise)
            }
            Skill::Line {
                to,
                speed_m_per_s,
                until_force_n,
            } => {
                let target = self.targets(to, state)?[0];
                let speed = speed_m_per_s * noise.pace();
                let mut follow = self.line(target, speed)?;
                follow.until_force_n = *until_force_n;
                Ok(Doing::Follow(follow))
            }
            Skill::Retreat {
                distance_m,
                way,
                speed_m_per_s,
            } => {
                let mut target = self.arm.tool(&self.positions);
                target.translation_m += match way {
                    Way::Back => target.rotation * DVec3::NEG_Z * *distance_m,
                    Way::Up => DVec3::Z * *distance_m,
                };
                let speed = speed_m_per_s * noise.pace();
                self.line(target, speed).map(Doing::Follow)
            }
            Skill::Open { fraction } => {
                self.grasps.clear();
                Ok(self.move_fingers(*fraction, false, state))
            }
            Skill::Close { fraction } => Ok(self.move_fingers(*fraction, true, state)),
            Skill::Wait { secs, .. } => Ok(Doing::Wait { left_secs: *secs }),
            Skill::Carry {
                object,
                to,
                clear_m,
                via,
                speed,
                speed_m_per_s,
                aim,
            } => {
                let tool_from_object = self.held(state, *object)?;
                let object_from_tool = tool_from_object.inverse();
                let via: Vec<Rigid> = self
                    .frames(via, state)?
                    .into_iter()
                    .map(|frame| frame * object_from_tool)
                    .collect();
                let goals = self.object_goals(*object, to, *aim, state)?;
                let (world_from_target, target) = self.nearest(&goals, object_from_tool)?;
                let share = speed * noise.pace();
                let course = Course {
                    via: &via,
                    clear_m: *clear_m,
                    straight: true,
                    share: if speed_m_per_s.is_some() { 1.0 } else { share },
                    tool_m_per_s: match speed_m_per_s {
                        Some(speed) => speed * noise.pace(),
                        None => share * TOOL_M_PER_S,
                    },
                };
                let Doing::Follow(mut follow) = self.first_way(&[target], &course, noise)? else {
                    unreachable!("ways are followed");
                };
                follow.fix = Some(Fix {
                    object: *object,
                    world_from_target,
                    left: MENDS,
                });
                Ok(Doing::Follow(follow))
            }
            Skill::Insert {
                object,
                to,
                speed_m_per_s,
                force_n,
                search_m,
                within_m,
            } => {
                let tool_from_object = self.held(state, *object)?;
                let goals = self.object_goals(*object, to, Aim::Pose, state)?;
                let (target, _) = self.nearest(&goals, tool_from_object.inverse())?;
                // Seen from the command, not from where the arm hangs: what it lags behind is in both.
                let from = self.arm.tool(&self.positions) * tool_from_object;
                Ok(Doing::Insert(Box::new(Insert {
                    object: *object,
                    tool_from_object,
                    from,
                    target,
                    speed_m_per_s: *speed_m_per_s,
                    force_n: *force_n,
                    search_m: *search_m,
                    within_m: *within_m,
                    along: 0.0,
                    tries: 0,
                    settle_secs: 0.0,
                    backing: false,
                })))
            }
        }
    }

    fn move_fingers(&self, target: f64, closing: bool, state: &WorldState) -> Doing {
        Doing::Fingers(Fingers {
            target,
            closing,
            left_secs: FINGERS_SECS,
            measured: self.state(state).open_fraction,
            still: 0,
            gripped: 0,
        })
    }

    fn frame(&self, desc: &FrameDesc, state: &WorldState) -> Result<Rigid, String> {
        let frame = self.goal.frame(desc, state);
        frame.ok_or_else(|| "a frame of it is not in this episode".to_owned())
    }

    fn frames(&self, descs: &[FrameDesc], state: &WorldState) -> Result<Vec<Rigid>, String> {
        descs.iter().map(|desc| self.frame(desc, state)).collect()
    }

    /// Poses of the tool that would do, best first; at least one. Of an object's grasps, the one
    /// in use.
    fn targets(&mut self, to: &FrameDesc, state: &WorldState) -> Result<Vec<Rigid>, String> {
        let Origin::Object(object, Part::Grasp(name)) = &to.origin else {
            return Ok(vec![self.frame(to, state)?]);
        };
        if !self.grasps.contains_key(object) {
            let only = name.as_deref();
            let at = &self.positions;
            let mut ranked = grasp::ranked(self.goal, state, &self.arm, at, *object, only);
            if ranked.is_empty() {
                let name = &self.task.objects[*object].name;
                return Err(format!("no grasp of `{name}` can be reached"));
            }
            // What failed is not tried again at once.
            let next = self.retries as usize % ranked.len();
            self.grasps.insert(*object, ranked.swap_remove(next));
        }
        let chosen = &self.grasps[object];
        let desc = FrameDesc {
            origin: Origin::Object(*object, Part::Grasp(Some(chosen.name.clone()))),
            ..to.clone()
        };
        Ok(vec![grasp::hand(self.frame(&desc, state)?, chosen.flipped)])
    }

    /// The way to the first of these that can be reached.
    fn first_way(
        &self,
        targets: &[Rigid],
        course: &Course<'_>,
        noise: &Noise,
    ) -> Result<Doing, String> {
        let mut why = String::new();
        for target in targets {
            match self.way(*target, course, noise) {
                Ok(way) => {
                    let trajectory = Trajectory::new(
                        &self.arm,
                        way,
                        course.share,
                        Some(course.tool_m_per_s),
                        self.control_secs,
                    );
                    return Ok(Doing::Follow(Follow::new(trajectory)));
                }
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    fn way(
        &self,
        target: Rigid,
        course: &Course<'_>,
        noise: &Noise,
    ) -> Result<Vec<Vec<f64>>, String> {
        let from = self.arm.tool(&self.positions);
        let mut corners = vec![from];
        let top = course.clear_m.map(|clear| {
            let ends = from.translation_m.z.max(target.translation_m.z);
            let via = course.via.iter().map(|pose| pose.translation_m.z);
            via.fold(ends, f64::max).max(ends + clear)
        });
        let raised = |pose: Rigid, top: f64| Rigid {
            translation_m: pose.translation_m.with_z(top),
            ..pose
        };
        corners.extend(top.map(|top| raised(from, top)));
        corners.extend(course.via);
        corners.extend(top.map(|top| raised(target, top)));
        corners.push(target);
        if course.straight {
            let mut poses = path::rounded(&path::poses(&corners));
            noise.bend(&mut poses);
            if let Some(way) = path::follow(&self.arm, &poses, &self.positions) {
                return Ok(way);
            }
        }
        // The joints' own way, through postures at the corners.
        let mut postures = vec![self.positions.clone()];
        for corner in &corners[1..] {
            let last = postures.last().expect("never empty");
            let solution = self.arm.solve(*corner, last, RESTARTS);
            // A way may be cut short at a corner; it must end where it should.
            let is_end = postures.len() + 1 == corners.len();
            if solution.clamped && is_end {
                let [x, y, z] = target.translation_m.to_array();
                return Err(format!("({x:.3}, {y:.3}, {z:.3}) m is out of reach"));
            }
            if !solution.clamped || is_end {
                postures.push(solution.positions);
            } else {
                postures.push(last.clone());
            }
        }
        let mut way = path::joint_way(&postures);
        let joints = self.arm.joints();
        noise.bend_joints(&mut way, joints, |joint| self.arm.desc.joints[joint].range);
        Ok(way)
    }

    /// Straight there, with no noise.
    fn line(&self, target: Rigid, tool_m_per_s: f64) -> Result<Follow, String> {
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

    /// Poses of an object that would do.
    fn object_goals(
        &self,
        object: usize,
        to: &FrameDesc,
        aim: Aim,
        state: &WorldState,
    ) -> Result<Vec<Rigid>, String> {
        let target = self.frame(to, state)?;
        if aim == Aim::Position {
            let now = self.goal.object(object, state);
            let rotation = now.map_or(target.rotation, |now| now.rotation);
            return Ok(vec![Rigid { rotation, ..target }]);
        }
        let symmetry = self.goal.symmetry(object);
        let rotations: Vec<DQuat> = match symmetry {
            Symmetry::AnyTurnZ => (0..TURNS)
                .map(|i| turn(DVec3::Z, std::f64::consts::TAU * i as f64 / TURNS as f64))
                .collect(),
            _ => symmetry.rotations(),
        };
        let turned = rotations.into_iter().map(|rotation| Rigid {
            rotation: (target.rotation * rotation).normalize(),
            ..target
        });
        Ok(turned.collect())
    }

    /// Of poses of an object, the one for which the arm moves least, and the tool's pose then.
    fn nearest(&self, goals: &[Rigid], object_from_tool: Rigid) -> Result<(Rigid, Rigid), String> {
        let mut best: Option<(f64, Rigid, Rigid)> = None;
        for goal in goals {
            let tool = *goal * object_from_tool;
            let solution = self.arm.solve(tool, &self.positions, 4);
            if solution.clamped {
                continue;
            }
            let cost = self.arm.distance(&self.positions, &solution.positions);
            if best.as_ref().is_none_or(|(least, _, _)| cost < *least) {
                best = Some((cost, *goal, tool));
            }
        }
        let [x, y, z] = goals[0].translation_m.to_array();
        best.map(|(_, goal, tool)| (goal, tool))
            .ok_or_else(|| format!("({x:.3}, {y:.3}, {z:.3}) m is out of reach with the object"))
    }

    /// The small motion that puts a carried object where it should be; `None` if it is, or if
    /// nothing more can be done.
    pub(super) fn mend(&self, fix: Fix, state: &WorldState) -> Option<Follow> {
        let now = self.goal.object(fix.object, state)?;
        self.held(state, fix.object).ok()?;
        let target = fix.world_from_target;
        let mut shift = target.translation_m - now.translation_m;
        let mut rotation = match self.goal.symmetry(fix.object) {
            Symmetry::AnyTurnZ => {
                let (z, wanted) = (now.rotation * DVec3::Z, target.rotation * DVec3::Z);
                let axis = z.cross(wanted);
                axis.normalize_or_zero() * libm::atan2(axis.length(), z.dot(wanted))
            }
            _ => rotation_vector(target.rotation * now.rotation.inverse()),
        };
        if fix.left == 0 || (shift.length() <= MEND_M && rotation.length() <= MEND_RAD) {
            return None;
        }
        shift = shift.clamp_length_max(MEND_MOST.0);
        rotation = rotation.clamp_length_max(MEND_MOST.1);
        let angle = rotation.length();
        let rotation = match angle > 1e-9 {
            true => turn(rotation / angle, angle),
            false => DQuat::IDENTITY,
        };
        // About the object's origin, from the command on.
        let tool = self.arm.tool(&self.positions);
        let arm = tool.translation_m - now.translation_m;
        let moved = Rigid {
            rotation: (rotation * tool.rotation).normalize(),
            translation_m: now.translation_m + rotation * arm + shift,
        };
        let mut follow = self.line(moved, MEND_M_PER_S).ok()?;
        follow.fix = Some(Fix {
            left: fix.left - 1,
            ..fix
        });
        Some(follow)
    }
}

impl Follow {
    fn new(trajectory: Trajectory) -> Self {
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
