//! From a step of the program to a motion.

use glam::{DQuat, DVec3};

use super::grasp::Grasp;
use super::insert::Insert;
use super::noise::Noise;
use super::pipette::Pipette;
use super::way::Course;
use super::{Doing, Expert, FINGERS_SECS, Fingers, Fix, Follow, grasp};
use crate::robot::desc::Rigid;
use crate::robot::kinematics::{rotation_vector, turn};
use crate::task::desc::{Aim, FrameDesc, Origin, Part, Skill, Step, Symmetry, Way};
use crate::world::state::WorldState;

/// Free motions move the tool no faster than a share of this.
const TOOL_M_PER_S: f64 = 1.2;
/// Of objects that may be turned any way about their axis.
const TURNS: usize = 24;
/// Of its turns, such as differ by less count as one.
const APART_RAD: f64 = 0.5;
/// What was carried is put right if it is off by more, twice at most, by no more than this at a time.
const MEND_M: f64 = 3e-4;
const MEND_RAD: f64 = 5e-3;
const MENDS: u32 = 2;
const MEND_MOST: (f64, f64) = (0.02, 0.2);
const MEND_M_PER_S: f64 = 0.03;

/// An insertion that gives way and searches ends after this, and three times what it takes straight.
const INSERT_SECS: f64 = 20.0;

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
                let grasps = self.grasps_for(to, state)?;
                let targets = self.targets(to, &grasps, state)?;
                let onward = self.onward(to, &grasps, state);
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
                    onward: &onward,
                };
                let (chosen, follow) = self.first_way(&targets, &course, noise)?;
                if let (Some(grasp), Some(object)) = (grasps.get(chosen), to.grasped()) {
                    self.grasps.insert(object, grasp.clone());
                }
                Ok(Doing::Follow(follow))
            }
            Skill::Line {
                to,
                speed_m_per_s,
                until_force_n,
            } => {
                let grasps = self.grasps_for(to, state)?;
                let target = self.targets(to, &grasps, state)?[0];
                if let (Some(grasp), Some(object)) = (grasps.first(), to.grasped()) {
                    self.grasps.insert(object, grasp.clone());
                }
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
                let target = retreated(self.arm.tool(&self.positions), *way, *distance_m);
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
                let goals = apart(goals);
                let targets: Vec<Rigid> = goals.iter().map(|(_, tool)| *tool).collect();
                let onward = self.onward_with(*object, to, &goals, object_from_tool, state);
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
                    onward: &onward,
                };
                let (chosen, mut follow) = self.first_way(&targets, &course, noise)?;
                follow.fix = Some(Fix {
                    object: *object,
                    world_from_target: goals[chosen].0,
                    axis_only: *aim == Aim::Axis || self.turns_freely(*object),
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
                aim,
            } => {
                let tool_from_object = self.held(state, *object)?;
                let goals = self.object_goals(*object, to, *aim, state)?;
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
                    pressed: 0,
                    lost: 0,
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

    /// Of a frame that moves with a grasp: the grasp in use, else those that would do, best first,
    /// at least one. None of any other frame.
    fn grasps_for(&self, to: &FrameDesc, state: &WorldState) -> Result<Vec<Grasp>, String> {
        let Origin::Object(object, part) = &to.origin else {
            return Ok(Vec::new());
        };
        let which = |name: &str| match part {
            Part::Grasp(only) => name == only,
            Part::Grasps(prefix) => name.starts_with(prefix),
            _ => false,
        };
        if to.grasped().is_none() {
            return Ok(Vec::new());
        }
        if let Some(chosen) = self.grasps.get(object) {
            return Ok(vec![chosen.clone()]);
        }
        let mut ranked = grasp::ranked(
            self.goal,
            state,
            (&self.arm, &self.obstacles),
            (&self.positions, self.open),
            *object,
            to.origin_from_frame,
            which,
        );
        if ranked.is_empty() {
            let name = &self.task.objects[*object].name;
            return Err(format!("no grasp of `{name}` can be reached"));
        }
        // What failed is not tried again at once.
        let next = self.retries as usize % ranked.len();
        ranked.rotate_left(next);
        Ok(ranked)
    }

    /// Poses of the tool for a frame: by grasp, if it moves with one; at least one.
    fn targets(
        &self,
        to: &FrameDesc,
        grasps: &[Grasp],
        state: &WorldState,
    ) -> Result<Vec<Rigid>, String> {
        let Some(object) = to.grasped() else {
            let target = self.frame(to, state)?;
            return Ok(vec![self.arm.as_it_turns(target, &self.positions)]);
        };
        let hand = |grasp: &Grasp| {
            let desc = FrameDesc {
                origin: Origin::Object(object, Part::Grasp(grasp.name.clone())),
                ..to.clone()
            };
            let world_from_object = self.goal.object(object, state).unwrap_or(Rigid::IDENTITY);
            Ok(grasp.hand(world_from_object, self.frame(&desc, state)?))
        };
        grasps.iter().map(hand).collect()
    }

    /// Where the straight lines that come next lead, by target of this `reach`: to what is grasped,
    /// and back from there. None if none come.
    fn onward(&self, to: &FrameDesc, grasps: &[Grasp], state: &WorldState) -> Vec<Vec<Rigid>> {
        let mut ways = vec![Vec::new(); grasps.len().max(1)];
        for &index in &self.program[self.at + 1..] {
            let goes_on = match &self.task.expert[index].skill {
                Skill::Line { to: line, .. } => {
                    let known = line.grasped().is_none() || line.grasped() == to.grasped();
                    let targets = self.targets(line, grasps, state).unwrap_or_default();
                    let targets = targets.into_iter().cycle();
                    (ways.iter_mut().zip(targets)).for_each(|(way, target)| way.push(target));
                    known
                }
                other => leave(other, &mut ways),
            };
            if !goes_on {
                break;
            }
        }
        ways
    }

    /// The same by goal of this `carry`, of the object and of the tool then: to where the object is
    /// put, and back from there.
    fn onward_with(
        &self,
        carried: usize,
        to: &FrameDesc,
        goals: &[(Rigid, Rigid)],
        object_from_tool: Rigid,
        state: &WorldState,
    ) -> Vec<Vec<Rigid>> {
        let mut ways = vec![Vec::new(); goals.len()];
        let Ok(from) = self.frame(to, state) else {
            return ways;
        };
        for &index in &self.program[self.at + 1..] {
            let goes_on = match &self.task.expert[index].skill {
                Skill::Insert { object, to, .. }
                | Skill::Carry {
                    object,
                    to,
                    clear_m: None,
                    speed_m_per_s: Some(_),
                    ..
                } if *object == carried => {
                    let Ok(target) = self.frame(to, state) else {
                        break;
                    };
                    let turning = target.rotation * from.rotation.inverse();
                    for (way, (goal, _)) in ways.iter_mut().zip(goals) {
                        let object = Rigid {
                            rotation: (turning * goal.rotation).normalize(),
                            translation_m: target.translation_m,
                        };
                        way.push(object * object_from_tool);
                    }
                    true
                }
                other => leave(other, &mut ways),
            };
            if !goes_on {
                break;
            }
        }
        ways
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
        if aim == Aim::Axis || self.turns_freely(object) {
            // From how it is turned now on.
            let now = self.goal.object(object, state).unwrap_or(target);
            let upright = align(now.rotation * DVec3::Z, target.rotation * DVec3::Z);
            let axis = target.rotation * DVec3::Z;
            let turned = (0..TURNS).map(|i| {
                let angle = std::f64::consts::TAU * i as f64 / TURNS as f64;
                Rigid {
                    rotation: (turn(axis, angle) * upright * now.rotation).normalize(),
                    ..target
                }
            });
            return Ok(turned.collect());
        }
        let rotations = self.goal.symmetry(object).rotations();
        let turned = rotations.into_iter().map(|rotation| Rigid {
            rotation: (target.rotation * rotation).normalize(),
            ..target
        });
        Ok(turned.collect())
    }

    /// Whether nobody can tell how it is turned about its Z axis.
    fn turns_freely(&self, object: usize) -> bool {
        self.goal.symmetry(object) == Symmetry::AnyTurnZ
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
        let turning = match fix.axis_only {
            true => align(now.rotation * DVec3::Z, target.rotation * DVec3::Z),
            false => target.rotation * now.rotation.inverse(),
        };
        let mut rotation = rotation_vector(turning);
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

/// The smallest rotation that brings one unit vector to another.
fn align(from: DVec3, to: DVec3) -> DQuat {
    let axis = from.cross(to);
    let angle = libm::atan2(axis.length(), from.dot(to));
    turn(axis.try_normalize().unwrap_or(DVec3::X), angle)
}

/// Goals of an object with the tool's poses: of those that are turned nearly alike the first alone.
fn apart(goals: Vec<(Rigid, Rigid)>) -> Vec<(Rigid, Rigid)> {
    let mut chosen: Vec<(Rigid, Rigid)> = Vec::new();
    for goal in goals {
        let near = |other: &(Rigid, Rigid)| {
            let turning = other.0.rotation * goal.0.rotation.inverse();
            rotation_vector(turning).length() < APART_RAD
        };
        if !chosen.iter().any(near) {
            chosen.push(goal);
        }
    }
    chosen
}

/// Goes on where a step leaves a straight way, if the step is of that kind.
fn leave(skill: &Skill, ways: &mut [Vec<Rigid>]) -> bool {
    match skill {
        Skill::Open { .. } | Skill::Close { .. } | Skill::Wait { .. } => true,
        Skill::Retreat {
            distance_m, way, ..
        } => {
            for poses in ways {
                let Some(last) = poses.last() else {
                    return false;
                };
                let next = retreated(*last, *way, *distance_m);
                poses.push(next);
            }
            true
        }
        _ => false,
    }
}

fn retreated(tool: Rigid, way: Way, distance_m: f64) -> Rigid {
    let shift = match way {
        Way::Back => tool.rotation * DVec3::NEG_Z,
        Way::Up => DVec3::Z,
    };
    Rigid {
        translation_m: tool.translation_m + shift * distance_m,
        ..tool
    }
}
