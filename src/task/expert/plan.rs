//! From a step of the program to a motion.

use glam::{DQuat, DVec3};

use super::insert::Insert;
use super::noise::Noise;
use super::path::{self, Trajectory};
use super::pipette::Pipette;
use super::{Doing, Expert, FINGERS_SECS, Fingers, Fix, Follow, SETTLE_SECS, grasp};
use crate::robot::desc::Rigid;
use crate::robot::kinematics::{rotation_vector, turn};
use crate::task::desc::{Aim, FrameDesc, Origin, Part, Skill, Step, Symmetry, Way};
use crate::world::state::WorldState;

/// Free motions move the tool no faster than a share of this.
const TOOL_M_PER_S: f64 = 1.2;
/// Elbows that are tried where something fixed is in the way.
const SWINGS_RAD: [f64; 7] = [0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5];
/// Starts tried for a posture of a goal.
const RESTARTS: usize = 12;
/// Smaller turns go the short way or not at all.
const LEAST_DETOUR_RAD: f64 = 0.5;
/// Arcs are drawn with so many straight pieces.
const CROSSING_CORNERS: usize = 8;
/// Of objects that may be turned any way about their axis.
const TURNS: usize = 24;
/// What was carried is put right if it is off by more, twice at most, by no more than this at a time.
const MEND_M: f64 = 3e-4;
const MEND_RAD: f64 = 5e-3;
const MENDS: u32 = 2;
const MEND_MOST: (f64, f64) = (0.02, 0.2);
const MEND_M_PER_S: f64 = 0.03;

/// An insertion that gives way and searches ends after this, and three times what it takes straight.
const INSERT_SECS: f64 = 20.0;

/// How to get to a pose.
struct Course<'c> {
    via: &'c [Rigid],
    clear_m: Option<f64>,
    /// The joints go their own way if there are no corners. What is carried would tilt.
    freely: bool,
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
                    freely: true,
                    share,
                    tool_m_per_s: share * TOOL_M_PER_S,
                };
                let (_, follow) = self.first_way(&targets, &course, noise)?;
                Ok(Doing::Follow(follow))
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
            Skill::Pipette {
                vessel,
                stroke,
                above_m,
                rate,
            } => {
                let target = stroke.map_or(0.0, |stroke| self.open + stroke);
                if !(-1e-6..=1.0 + 1e-6).contains(&target) {
                    return Err("the plunger has no more way".to_owned());
                }
                let stroke = (self.open, target.clamp(0.0, 1.0));
                let rate = rate * noise.pace();
                Ok(Doing::Pipette(Pipette::new(
                    *vessel, *above_m, stroke, rate,
                )))
            }
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
                let goals = self.by_effort(&goals, object_from_tool)?;
                let targets: Vec<Rigid> = goals.iter().map(|(_, tool)| *tool).collect();
                let share = speed * noise.pace();
                let course = Course {
                    via: &via,
                    clear_m: *clear_m,
                    freely: false,
                    share: if speed_m_per_s.is_some() { 1.0 } else { share },
                    tool_m_per_s: match speed_m_per_s {
                        Some(speed) => speed * noise.pace(),
                        None => share * TOOL_M_PER_S,
                    },
                };
                let (chosen, mut follow) = self.first_way(&targets, &course, noise)?;
                follow.fix = Some(Fix {
                    object: *object,
                    world_from_target: goals[chosen].0,
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
                let goals = self.by_effort(&goals, tool_from_object.inverse())?;
                let target = goals[0].0;
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
                    left_secs: INSERT_SECS
                        + 3.0 * (target.translation_m - from.translation_m).length()
                            / speed_m_per_s,
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
            return Ok(vec![
                self.arm
                    .as_it_turns(self.frame(to, state)?, &self.positions),
            ]);
        };
        if !self.grasps.contains_key(object) {
            let only = name.as_deref();
            let at = &self.positions;
            let before = to.origin_from_frame;
            let mut ranked = grasp::ranked(
                self.goal,
                state,
                (&self.arm, &self.obstacles),
                at,
                *object,
                before,
                only,
            );
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

    /// The way to the first of these that can be reached, and which one that is: clear of what is
    /// fixed if there is such a way.
    fn first_way(
        &mut self,
        targets: &[Rigid],
        course: &Course<'_>,
        noise: &Noise,
    ) -> Result<(usize, Follow), String> {
        let direct = course.freely && course.clear_m.is_none() && course.via.is_empty();
        let home = self.arm.clone();
        for must_be_clear in [true, false] {
            let swings = if must_be_clear {
                &SWINGS_RAD[..]
            } else {
                &SWINGS_RAD[..1]
            };
            // Straight lines first; the last resort are the joints' own ways, with corners as well.
            for straight in [true, false] {
                if straight && direct {
                    continue;
                }
                for &swing in swings {
                    self.arm = home.with_elbow(swing);
                    for (index, target) in targets.iter().enumerate() {
                        let way = if straight {
                            self.straight_way(*target, course, noise, must_be_clear)
                        } else {
                            self.joint_way(*target, course, noise)
                        };
                        let fits = |way: &Vec<Vec<f64>>| {
                            !must_be_clear || self.obstacles.is_clear(&self.arm, way)
                        };
                        if let Some(way) = way.filter(fits) {
                            let speed = Some(course.tool_m_per_s);
                            let dt = self.control_secs;
                            let time = Trajectory::new(&self.arm, way, course.share, speed, dt);
                            return Ok((index, Follow::new(time)));
                        }
                    }
                }
            }
        }
        self.arm = home;
        let [x, y, z] = targets[0].translation_m.to_array();
        Err(format!(
            "there is no way to ({x:.3}, {y:.3}, {z:.3}) m within the arm's reach"
        ))
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
    ) -> Option<Vec<Vec<f64>>> {
        let corners = self.corners(target, course);
        let mut postures = vec![self.positions.clone()];
        for (index, corner) in corners.iter().enumerate().skip(1) {
            let last = postures.last().expect("never empty");
            let solution = self.arm.solve(*corner, last, RESTARTS);
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

    /// Of poses of an object those within reach, with the tool's pose then: the one for which the
    /// arm moves least first. At least one.
    fn by_effort(
        &self,
        goals: &[Rigid],
        object_from_tool: Rigid,
    ) -> Result<Vec<(Rigid, Rigid)>, String> {
        let mut found: Vec<(f64, (Rigid, Rigid))> = Vec::new();
        for goal in goals {
            let tool = *goal * object_from_tool;
            let solution = self.arm.solve(tool, &self.positions, 4);
            if !solution.clamped {
                let cost = self.arm.distance(&self.positions, &solution.positions);
                found.push((cost, (*goal, tool)));
            }
        }
        if found.is_empty() {
            let [x, y, z] = goals[0].translation_m.to_array();
            let place = format!("({x:.3}, {y:.3}, {z:.3}) m");
            return Err(format!("{place} is out of reach with the object"));
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(found.into_iter().map(|(_, goal)| goal).collect())
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
