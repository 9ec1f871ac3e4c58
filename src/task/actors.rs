//! Actors that need no policy: the task's expert, one that does nothing, one that does anything.

use super::expert::Expert;
use super::expert::obstacles::Obstacles;
use super::goal::Goal;
use super::rollout::{Act, Actor, Moment, Stage};
use crate::base::seed::{SeedPath, SeedRng};
use crate::episode::spec::EpisodeSpec;
use crate::robot::Command;
use crate::robot::desc::RobotDesc;

/// Runs the program of the task file.
pub struct ExpertActor<'g> {
    experts: Vec<Expert<'g>>,
}

impl<'g> ExpertActor<'g> {
    /// One expert a robot.
    pub fn new(stage: &Stage<'g>, spec: &EpisodeSpec, goal: &'g Goal, stream: &SeedPath) -> Self {
        let experts = spec.robots.iter().enumerate().map(|(index, robot)| {
            let desc = &stage.robots[robot.robot as usize];
            let obstacles = Obstacles::new(stage.scene, stage.shapes, spec, index, desc);
            Expert::new(
                stage.task,
                goal,
                index,
                desc,
                &robot.start,
                obstacles,
                stream,
            )
        });
        Self {
            experts: experts.collect(),
        }
    }
}

impl Actor for ExpertActor<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        let experts = self.experts.iter_mut();
        Act::Commands(experts.map(|e| e.command(moment.state)).collect())
    }

    fn gave_up(&self) -> Option<String> {
        let stopped = self.experts.iter().find_map(Expert::stopped);
        stopped.map(str::to_owned)
    }
}

/// Stays where it starts, hand open as it is.
pub struct Idle {
    commands: Vec<Command>,
}

impl Idle {
    /// At the start of this episode.
    pub fn new(robots: &[RobotDesc], spec: &EpisodeSpec) -> Self {
        Self {
            commands: at_start(robots, spec),
        }
    }
}

impl Actor for Idle {
    fn act(&mut self, _: &Moment<'_>) -> Act {
        Act::Commands(self.commands.clone())
    }
}

/// Every control step a random change of every joint's target: up to a fifth of what the joint
/// could do; now and then the hand opens or closes.
pub struct Random<'g> {
    robots: Vec<&'g RobotDesc>,
    commands: Vec<Command>,
    rng: SeedRng,
}

impl<'g> Random<'g> {
    /// From the start of this episode on.
    pub fn new(robots: &'g [RobotDesc], spec: &EpisodeSpec, stream: &SeedPath) -> Self {
        let of = |r: &crate::episode::spec::RobotSpec| &robots[r.robot as usize];
        Self {
            robots: spec.robots.iter().map(of).collect(),
            commands: at_start(robots, spec),
            rng: stream.child("random").rng(),
        }
    }
}

impl Actor for Random<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        let secs = moment.session.control_secs();
        for (robot, command) in self.robots.iter().zip(&mut self.commands) {
            for (&index, target) in robot.control.arm.iter().zip(&mut command.arm) {
                let joint = &robot.joints[index];
                let most = 0.2 * joint.max_speed.min(3.0) * secs;
                let (low, high) = joint.range;
                *target = (*target + self.rng.uniform(-most, most)).clamp(low, high);
            }
            if self.rng.unit() < 0.05 {
                command.open_fraction = self.rng.unit();
            }
        }
        Act::Commands(self.commands.clone())
    }
}

fn at_start(robots: &[RobotDesc], spec: &EpisodeSpec) -> Vec<Command> {
    let command = |robot: &crate::episode::spec::RobotSpec| {
        let control = &robots[robot.robot as usize].control;
        let open = control.gripper.as_ref().map_or(1.0, |g| {
            (robot.start[g.joint] - g.closed) / (g.open - g.closed)
        });
        Command {
            arm: control
                .arm
                .iter()
                .map(|&joint| robot.start[joint])
                .collect(),
            open_fraction: open.clamp(0.0, 1.0),
        }
    };
    spec.robots.iter().map(command).collect()
}

/// Gives the actions of a recording again; after the last one, nothing changes any more.
pub struct Replay {
    actions: std::vec::IntoIter<Vec<Vec<f32>>>,
    idle: Idle,
}

impl Replay {
    /// By control step and robot.
    pub fn new(actions: Vec<Vec<Vec<f32>>>, robots: &[RobotDesc], spec: &EpisodeSpec) -> Self {
        Self {
            actions: actions.into_iter(),
            idle: Idle::new(robots, spec),
        }
    }
}

impl Actor for Replay {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        match self.actions.next() {
            Some(actions) => Act::Actions(actions),
            None => self.idle.act(moment),
        }
    }
}
