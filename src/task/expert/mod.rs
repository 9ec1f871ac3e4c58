//! Experts: they run the program of a task file, and see the whole state of the world.
//!
//! Every motion is planned when it begins, from the last command on, and ends at rest: targets of
//! the joints, one a control step, within the robot's speeds. Nothing is taken for granted: a
//! step's `expect` is looked at, and a step that fails goes back to where it can be done again.

mod arm;
mod grasp;
mod insert;
mod noise;
pub mod obstacles;
mod path;
mod pipette;
mod plan;
mod way;

use std::collections::BTreeMap;

use self::arm::Arm;
use self::grasp::Grasp;
use self::insert::Insert;
use self::noise::Noise;
use self::obstacles::Obstacles;
use self::path::Trajectory;
use self::pipette::Pipette;
use self::way::Course;
use super::desc::{Skill, Step, TaskDesc};
use super::goal::Goal;
use super::predicate::Memory;
use crate::base::ids::InstanceId;
use crate::base::seed::SeedPath;
use crate::robot::Command;
use crate::robot::desc::{Rigid, RobotDesc};
use crate::world::state::{RobotState, WorldState};

/// Fingers go from open to closed in 0.4 s.
const FINGERS_PER_SEC: f64 = 2.5;
/// Fingers are still when they change by less than this a step, for so many steps.
const FINGERS_STILL: f64 = 0.002;
const STILL_STEPS: u32 = 6;
/// A grip counts when it has lasted so many steps.
const GRIP_STEPS: u32 = 3;
const FINGERS_SECS: f64 = 3.0;
/// A motion is over when the arm has come to rest, or after this.
const SETTLE_SECS: f64 = 0.6;
const SETTLED_RAD_PER_S: f64 = 0.01;
/// A motion that met something stops within so many steps.
const STOP_STEPS: f64 = 4.0;
/// What is brought back goes gently, and stops where it presses on something.
const RETURN_SHARE: f64 = 0.2;
const RETURN_M_PER_S: f64 = 0.15;
const RETURN_N: f64 = 5.0;
/// Steps that take no time, one after the other.
const MAX_STEPS_AT_ONCE: usize = 64;

/// Drives one robot through an episode.
#[derive(Clone, Debug)]
pub struct Expert<'a> {
    task: &'a TaskDesc,
    goal: &'a Goal,
    robot: usize,
    arm: Arm<'a>,
    obstacles: Obstacles,
    stream: SeedPath,
    control_secs: f64,
    /// Its steps, as indices into the task's.
    program: Vec<usize>,
    at: usize,
    /// How often each step of the program was begun, and how often it sent back.
    begun: Vec<u32>,
    sent_back: Vec<u32>,
    /// The last command, by joint of the robot, and its change a second.
    positions: Vec<f64>,
    speeds: Vec<f64>,
    open: f64,
    doing: Option<Doing>,
    /// The grasp in use, by object.
    grasps: BTreeMap<usize, Grasp>,
    /// Where what is held was taken up.
    taken: Option<Taken>,
    /// What is being done brings something back, before the step begins.
    returning: bool,
    retries: u32,
    memory: Memory,
    stopped: Option<String>,
}

#[derive(Clone, Debug)]
enum Doing {
    /// Before the step's attempt of this number.
    Pause {
        left_secs: f64,
        attempt: u32,
    },
    Follow(Follow),
    Fingers(Fingers),
    Wait {
        left_secs: f64,
    },
    Insert(Box<Insert>),
    Pipette(Pipette),
}

/// A motion under way.
#[derive(Clone, Debug)]
struct Follow {
    trajectory: Trajectory,
    clock_secs: f64,
    /// Of the clock: below 1 once it has met something.
    rate: f64,
    until_force_n: Option<f64>,
    settle_left_secs: f64,
    fix: Option<Fix>,
}

/// A carried object whose place is mended at the end.
#[derive(Clone, Debug)]
struct Fix {
    object: usize,
    world_from_target: Rigid,
    /// However it is turned about its Z axis.
    axis_only: bool,
    left: u32,
}

/// Where something was taken up.
#[derive(Clone, Copy, Debug)]
struct Taken {
    world_from_tool: Rigid,
    /// The tool's greatest height since, at the ends of motions.
    highest_m: f64,
}

#[derive(Clone, Debug)]
struct Fingers {
    target: f64,
    closing: bool,
    left_secs: f64,
    measured: f64,
    still: u32,
    gripped: u32,
}

/// What a step of control did.
enum Outcome {
    Going,
    Done,
    Failed(String),
}

impl<'a> Expert<'a> {
    /// For the task's robot of this index, at its start positions (by joint), among these
    /// obstacles. The stream decides
    /// all noise.
    pub fn new(
        task: &'a TaskDesc,
        goal: &'a Goal,
        robot: usize,
        desc: &'a RobotDesc,
        start: &[f64],
        obstacles: Obstacles,
        stream: &SeedPath,
    ) -> Self {
        let steps = task.expert.iter().enumerate();
        let program: Vec<usize> = steps
            .filter(|(_, step)| step.robot == robot)
            .map(|(index, _)| index)
            .collect();
        let open = desc.control.gripper.as_ref().map_or(1.0, |gripper| {
            (start[gripper.joint] - gripper.closed) / (gripper.open - gripper.closed)
        });
        Self {
            task,
            goal,
            robot,
            obstacles,
            arm: Arm {
                posture: desc.control.home.clone(),
                desc,
                world_from_base: goal.base(robot),
            },
            stream: stream.child("expert").index(robot as u64),
            control_secs: 1.0 / f64::from(task.control_hz),
            at: 0,
            begun: vec![0; program.len()],
            sent_back: vec![0; program.len()],
            program,
            positions: start.to_vec(),
            speeds: vec![0.0; start.len()],
            open: open.clamp(0.0, 1.0),
            doing: None,
            grasps: BTreeMap::new(),
            taken: None,
            returning: false,
            retries: 0,
            memory: Memory::new(task.timers),
            stopped: None,
        }
    }

    /// What to do in the next control step. Once the program is over, or has failed for good, the
    /// arm stays where it is.
    pub fn command(&mut self, state: &WorldState) -> Command {
        for _ in 0..MAX_STEPS_AT_ONCE {
            let Some(step) = self.step() else {
                break;
            };
            let outcome = match self.doing.take() {
                Some(doing) => self.go_on(doing, step, state),
                None => match self.begin(step, state) {
                    Ok(doing) => {
                        self.doing = Some(doing);
                        continue;
                    }
                    Err(why) => Outcome::Failed(why),
                },
            };
            match outcome {
                Outcome::Going => break,
                Outcome::Done if self.returning => self.returning = false,
                Outcome::Done => self.finish(step, state),
                Outcome::Failed(why) => self.go_back(step, state, why),
            }
        }
        Command {
            arm: self.arm.arm_positions(&self.positions),
            open_fraction: self.open,
        }
    }

    /// Whether the program is over.
    pub fn is_done(&self) -> bool {
        self.at >= self.program.len()
    }

    /// Why it gave up, with the step of the program, if it has.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// How often a step had to be done again.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// Index into the task's program of what is being done.
    pub fn step_index(&self) -> Option<usize> {
        self.program.get(self.at).copied()
    }

    fn step(&self) -> Option<&'a Step> {
        if self.stopped.is_some() {
            return None;
        }
        let index = *self.program.get(self.at)?;
        Some(&self.task.expert[index])
    }

    /// The robot as it is.
    fn state<'s>(&self, state: &'s WorldState) -> &'s RobotState {
        &state.robots[self.robot]
    }

    fn noise(&self, attempt: u32) -> Noise {
        let step = self
            .stream
            .child("step")
            .index(self.program[self.at] as u64);
        let stream = step.child("try").index(u64::from(attempt));
        Noise::new(self.task.noise, stream)
    }

    fn begin(&mut self, step: &'a Step, state: &WorldState) -> Result<Doing, String> {
        let attempt = self.begun[self.at];
        self.begun[self.at] += 1;
        let noise = self.noise(attempt);
        let left_secs = noise.pause_secs();
        if left_secs > 0.0 {
            return Ok(Doing::Pause { left_secs, attempt });
        }
        self.plan(step, state, &noise)
    }

    /// The step is over: on to the next, if it did what it should.
    fn finish(&mut self, step: &'a Step, state: &WorldState) {
        let world_from_tool = self.arm.tool(&self.positions);
        let height = world_from_tool.translation_m.z;
        self.taken = match (self.state(state).held, self.taken) {
            (None, _) => None,
            (Some(_), None) => Some(Taken {
                world_from_tool,
                highest_m: height,
            }),
            (Some(_), Some(taken)) => Some(Taken {
                highest_m: taken.highest_m.max(height),
                ..taken
            }),
        };
        if let Some(expect) = &step.expect
            && !expect.holds(self.goal, state, &mut self.memory)
        {
            self.go_back(step, state, "what it expects does not hold".to_owned());
            return;
        }
        self.at += 1;
    }

    /// Back to the step that can be done again, if there is one and it may.
    fn go_back(&mut self, step: &'a Step, state: &WorldState, why: String) {
        self.doing = None;
        self.returning = false;
        self.speeds.fill(0.0);
        match step.otherwise {
            Some((to, tries)) if self.sent_back[self.at] < tries => {
                self.sent_back[self.at] += 1;
                self.retries += 1;
                self.grasps.clear();
                let later = |index: &usize| *index >= to;
                self.at = self.program.iter().position(later).unwrap_or(self.at);
                self.put_back(state);
            }
            _ => {
                let number = self.program[self.at] + 1;
                let label = step.label.as_ref().map(|label| format!(" `{label}`"));
                let label = label.unwrap_or_default();
                self.stopped = Some(format!("step {number}, {}{label}: {why}", step.word));
            }
        }
    }

    /// Before fingers open that hold something: brings it back to where it was taken up, if there is
    /// a way.
    fn put_back(&mut self, state: &WorldState) {
        let opens = self
            .step()
            .is_some_and(|step| matches!(step.skill, Skill::Open { .. }));
        let (true, Some(_), Some(taken)) = (opens, self.state(state).held, self.taken) else {
            return;
        };
        let target = taken.world_from_tool;
        let from = self.arm.tool(&self.positions).translation_m.z;
        let course = Course {
            via: &[],
            clear_m: Some((taken.highest_m - from.max(target.translation_m.z)).max(0.0)),
            freely: false,
            share: RETURN_SHARE,
            tool_m_per_s: RETURN_M_PER_S,
            onward: &[],
        };
        let noise = Noise::new(0.0, self.stream.clone());
        if let Ok((_, mut follow)) = self.first_way(&[target], &course, &noise) {
            follow.until_force_n = Some(RETURN_N);
            self.doing = Some(Doing::Follow(follow));
            self.returning = true;
        }
    }

    fn go_on(&mut self, doing: Doing, step: &'a Step, state: &WorldState) -> Outcome {
        match doing {
            Doing::Pause { left_secs, attempt } if left_secs > 0.0 => {
                let left_secs = left_secs - self.control_secs;
                self.doing = Some(Doing::Pause { left_secs, attempt });
                Outcome::Going
            }
            Doing::Pause { attempt, .. } => {
                let noise = self.noise(attempt);
                match self.plan(step, state, &noise) {
                    Ok(doing) => self.go_on(doing, step, state),
                    Err(why) => Outcome::Failed(why),
                }
            }
            Doing::Follow(follow) => self.follow(follow, state),
            Doing::Fingers(fingers) => self.fingers(fingers, state),
            Doing::Wait { left_secs } => {
                let over = match &step.skill {
                    Skill::Wait {
                        until: Some(until), ..
                    } => until.holds(self.goal, state, &mut self.memory),
                    _ => false,
                };
                if over || left_secs <= 0.0 {
                    return Outcome::Done;
                }
                let left_secs = left_secs - self.control_secs;
                self.doing = Some(Doing::Wait { left_secs });
                Outcome::Going
            }
            Doing::Insert(insert) => self.insert(insert, state),
            Doing::Pipette(pipette) => self.pipette(pipette, state),
        }
    }

    fn follow(&mut self, mut follow: Follow, state: &WorldState) -> Outcome {
        let secs = follow.trajectory.secs();
        let met = follow
            .until_force_n
            .is_some_and(|most| self.pressing_n(state) > most);
        if met || follow.rate < 1.0 {
            follow.rate -= 1.0 / STOP_STEPS;
        }
        if follow.clock_secs < secs - 1e-9 && follow.rate > 0.0 {
            follow.clock_secs += follow.rate * self.control_secs;
            let next = follow.trajectory.at(follow.clock_secs);
            self.move_to(next);
            self.doing = Some(Doing::Follow(follow));
            return Outcome::Going;
        }
        self.speeds.fill(0.0);
        let speeds = &self.state(state).speeds;
        let fastest = self.arm.joints().iter().map(|&j| speeds[j].abs());
        let moving = fastest.fold(0.0, f64::max) > SETTLED_RAD_PER_S;
        if moving && follow.settle_left_secs > 0.0 {
            follow.settle_left_secs -= self.control_secs;
            self.doing = Some(Doing::Follow(follow));
            return Outcome::Going;
        }
        match follow.fix.take().and_then(|fix| self.mend(fix, state)) {
            Some(further) => self.follow(further, state),
            None => Outcome::Done,
        }
    }

    fn fingers(&mut self, mut fingers: Fingers, state: &WorldState) -> Outcome {
        let robot = self.state(state);
        let change = (robot.open_fraction - fingers.measured).abs();
        fingers.measured = robot.open_fraction;
        fingers.left_secs -= self.control_secs;
        let step = FINGERS_PER_SEC * self.control_secs;
        let there = (self.open - fingers.target).abs() < 1e-9;
        fingers.still = match there && change < FINGERS_STILL {
            true => fingers.still + 1,
            false => 0,
        };
        fingers.gripped = match fingers.closing && robot.held.is_some() {
            true => fingers.gripped + 1,
            false => 0,
        };
        let over = fingers.still >= STILL_STEPS
            || fingers.gripped >= GRIP_STEPS && there
            || fingers.left_secs <= 0.0;
        if over {
            return Outcome::Done;
        }
        self.open += (fingers.target - self.open).clamp(-step, step);
        self.doing = Some(Doing::Fingers(fingers));
        Outcome::Going
    }

    /// The next command of the arm, from a planned motion.
    fn move_to(&mut self, next: Vec<f64>) {
        for &joint in self.arm.joints() {
            // Splines swing a little beyond the postures that they join.
            let next = self.arm.inside(joint, next[joint]);
            self.speeds[joint] = (next - self.positions[joint]) / self.control_secs;
            self.positions[joint] = next;
        }
    }

    /// The next command of the arm towards a posture that may change at any time: within speeds
    /// and accelerations, and such that it could still stop there.
    fn move_towards(&mut self, posture: &[f64]) {
        let dt = self.control_secs;
        for &joint in self.arm.joints() {
            let (speed, acceleration) = (
                0.9 * self.arm.max_speed(joint),
                0.9 * self.arm.max_acceleration(joint),
            );
            let way = self.arm.inside(joint, posture[joint]) - self.positions[joint];
            // The speed from which whole steps of braking end there.
            let a_dt = acceleration * dt;
            let brake = a_dt * ((0.25 + 2.0 * way.abs() / (a_dt * dt)).sqrt() - 0.5);
            let most = speed.min(brake).min(way.abs() / dt);
            let wanted = most.copysign(way);
            let before = self.speeds[joint];
            let next = wanted.clamp(before - a_dt, before + a_dt);
            self.speeds[joint] = next;
            self.positions[joint] += next * dt;
        }
    }

    /// Normal forces between this robot with what it holds and everything else, newtons.
    fn pressing_n(&self, state: &WorldState) -> f64 {
        let held = self.state(state).held;
        let ours = |id: InstanceId| self.goal.robot_of(id) == Some(self.robot) || held == Some(id);
        let contacts = state.contacts.iter();
        let pressing = contacts.filter(|c| ours(c.instances.0) != ours(c.instances.1));
        pressing.map(|c| f64::from(c.force_n)).sum()
    }

    /// Normal forces between an object and everything but this robot, newtons.
    fn pushing_n(&self, state: &WorldState, object: InstanceId) -> f64 {
        let contacts = state.contacts.iter();
        let others = contacts.filter(|c| {
            let other = match c.instances {
                (a, b) if a == object => b,
                (a, b) if b == object => a,
                _ => return false,
            };
            self.goal.robot_of(other) != Some(self.robot)
        });
        others.map(|c| f64::from(c.force_n)).sum()
    }

    /// `tool_from_object` as measured; an error if the robot does not hold it.
    fn held(&self, state: &WorldState, object: usize) -> Result<Rigid, String> {
        let name = &self.task.objects[object].name;
        let robot = self.state(state);
        if robot.held.is_none() || robot.held != self.goal.instance(object) {
            return Err(format!("`{name}` is not held"));
        }
        let world_from_object = self.goal.object(object, state);
        let world_from_object = world_from_object.ok_or_else(|| format!("no `{name}`"))?;
        Ok(Rigid::from(robot.world_from_tool).inverse() * world_from_object)
    }
}
