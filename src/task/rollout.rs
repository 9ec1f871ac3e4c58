//! One episode of a task, from its seed to its verdict: who acts and who watches is the caller's.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::desc::TaskDesc;
use super::goal::{Episode, Goal, GoalRecord, Unbound};
use super::judge::{Judge, Progress, Verdict};
use crate::base::seed::SeedPath;
use crate::base::settling::Settling;
use crate::episode::spec::EpisodeSpec;
use crate::robot::Command;
use crate::robot::action::ActionSpace;
use crate::robot::desc::RobotDesc;
use crate::scene::desc::SceneDesc;
use crate::scene::recipe::desc::RecipeDesc;
use crate::scene::shapes::Shapes;
use crate::world::SimulationError;
use crate::world::session::Session;
use crate::world::state::WorldState;

/// A task and what it plays in.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    pub task: &'a TaskDesc,
    pub scene: &'a SceneDesc,
    pub recipe: &'a RecipeDesc,
    pub shapes: &'a Shapes,
    /// As the task counts them.
    pub robots: &'a [RobotDesc],
    /// What actions are.
    pub actions: ActionSpace,
}

/// What is known at the beginning of a control step.
pub struct Moment<'m> {
    pub session: &'m Session<'m>,
    pub state: &'m WorldState,
    pub goal: &'m Goal,
    pub progress: &'m Progress,
    /// Control steps before this one.
    pub step: u64,
}

/// What an actor wants, for each of the task's robots.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Numbers of the action space.
    Actions(Vec<Vec<f32>>),
    /// Is put into the action space, and carried out as it comes out of it: what is recorded is
    /// what is done.
    Commands(Vec<Command>),
    /// The actor cannot go on: the episode ends here, without a verdict.
    Stop,
}

/// Who tells the robots what to do.
pub trait Actor {
    /// For the control step that begins.
    fn act(&mut self, moment: &Moment<'_>) -> Act;

    /// Why it does nothing more, if it has given up.
    fn gave_up(&self) -> Option<String> {
        None
    }
}

/// Who looks on.
pub trait Watcher {
    /// A control step is about to be taken; actions by robot.
    fn before(&mut self, moment: &Moment<'_>, actions: &[Vec<f32>]);
    /// Physics has taken it, in so long.
    fn stepped(&mut self, _: Duration) {}
    /// It was taken; what it brought. Without a state physics has become non-finite.
    fn after(&mut self, progress: &Progress, state: Option<&WorldState>);
}

/// Looks away.
pub struct Nobody;

impl Watcher for Nobody {
    fn before(&mut self, _: &Moment<'_>, _: &[Vec<f32>]) {}
    fn after(&mut self, _: &Progress, _: Option<&WorldState>) {}
}

/// An episode that is about to begin.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The first settled state.
    pub state: WorldState,
    pub goal: Goal,
    /// Of all random numbers of whoever acts.
    pub stream: SeedPath,
}

/// How an episode went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    pub verdict: Verdict,
    /// Stages done.
    pub stage: usize,
    /// Control steps taken.
    pub steps: u64,
    /// Numbers of actions, and targets of joints, that had to be cut to what can be done.
    pub clamped: u64,
    /// Why the actor had given up, if it had.
    pub gave_up: Option<String>,
    pub goal: GoalRecord,
    pub settling: Settling,
}

/// Why there was no episode.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RolloutError {
    /// The numbers do not fit together, or physics became non-finite before the start.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// In this episode there is nothing for the task to do.
    #[error(transparent)]
    Unbound(#[from] Unbound),
    /// The actor stopped it.
    #[error("the actor could not go on")]
    Stopped,
}

impl Stage<'_> {
    /// The episode of this number: the recipe's, with the task's robots in it.
    pub fn spec(&self, seed: u64, episode: u64) -> EpisodeSpec {
        let mut spec =
            crate::episode::sample(self.scene, self.recipe, self.shapes, seed, episode, None);
        spec.physics.flow_secs = 0.0;
        spec.frames.truncate(1);
        let stream = stream(seed, episode);
        (self.task).add_robots(self.scene, self.robots, &stream, &mut spec);
        self.task.fill_vessels(self.scene, &stream, &mut spec);
        spec
    }

    /// Plays an episode to its verdict. The actor is made once it is known what the task's names
    /// stand for; all its random numbers come from the stream that it is given.
    ///
    /// # Errors
    ///
    /// If there is no episode to play. Physics that becomes non-finite later is a verdict.
    pub fn play<A>(
        &self,
        spec: &EpisodeSpec,
        actor: A,
        watcher: &mut dyn Watcher,
    ) -> Result<Ended, RolloutError>
    where
        A: for<'g> FnOnce(&Stage<'g>, &'g Goal, &SeedPath) -> Box<dyn Actor + 'g>,
    {
        let (opening, session) = self.open(spec)?;
        let mut actor = actor(self, &opening.goal, &opening.stream);
        self.run(spec, session, &opening, actor.as_mut(), watcher)
    }

    /// Settles an episode and fixes what the task's names stand for in it.
    ///
    /// # Errors
    ///
    /// If there is no episode to play.
    pub fn open<'s>(
        &'s self,
        spec: &'s EpisodeSpec,
    ) -> Result<(Opening, Session<'s>), RolloutError> {
        let stream = stream(spec.seed, spec.episode);
        let session = Session::start(
            self.scene,
            self.shapes,
            self.robots,
            spec,
            self.task.control_hz,
        )?;
        let state = session.state();
        let episode = Episode {
            scene: self.scene,
            robots: self.robots,
            spec,
        };
        let goal = Goal::bind(self.task, episode, &state, &stream)?;
        let opening = Opening {
            state,
            goal,
            stream,
        };
        Ok((opening, session))
    }

    /// Plays what was opened, to its verdict.
    ///
    /// # Errors
    ///
    /// If there is nothing to do in it, or the actor stops.
    pub fn run(
        &self,
        spec: &EpisodeSpec,
        mut session: Session<'_>,
        opening: &Opening,
        actor: &mut dyn Actor,
        watcher: &mut dyn Watcher,
    ) -> Result<Ended, RolloutError> {
        let goal = &opening.goal;
        let mut state = opening.state.clone();
        let mut judge = Judge::new(self.task, goal, &state)?;
        let mut progress = Progress {
            stage: 0,
            reward_terms: [0.0; 2],
            verdict: None,
        };
        let mut clamped = 0;
        let verdict = loop {
            let moment = Moment {
                session: &session,
                state: &state,
                goal,
                progress: &progress,
                step: session.control_steps(),
            };
            let actions = match actor.act(&moment) {
                Act::Actions(actions) => actions,
                Act::Commands(commands) => self.encode(spec, &session, &commands),
                Act::Stop => return Err(RolloutError::Stopped),
            };
            let (commands, cut) = self.decode(spec, &session, &actions);
            clamped += cut;
            watcher.before(&moment, &actions);
            let begin = Instant::now();
            let stepped = session.step(&commands);
            watcher.stepped(begin.elapsed());
            progress = match stepped {
                Ok(cut) => {
                    clamped += u64::from(cut);
                    state = session.state();
                    judge.observe(&state)
                }
                Err(SimulationError::Diverged { .. }) => judge.diverged(),
                Err(error) => return Err(error.into()),
            };
            let diverged = progress.verdict == Some(Verdict::Diverged);
            watcher.after(&progress, (!diverged).then_some(&state));
            if let Some(verdict) = progress.verdict.take() {
                break verdict;
            }
        };
        Ok(Ended {
            verdict,
            stage: progress.stage,
            steps: session.control_steps(),
            clamped,
            settling: session.settling().clone(),
            goal: goal.record.clone(),
            gave_up: actor.gave_up(),
        })
    }
}

impl Stage<'_> {
    /// How many numbers an action has, by robot of the episode.
    pub fn action_widths(&self, spec: &EpisodeSpec) -> Vec<usize> {
        let robots = spec.robots.iter();
        let descs = robots.map(|robot| &self.robots[robot.robot as usize]);
        let hz = self.task.control_hz;
        descs
            .map(|desc| self.actions.channels(desc, hz).len())
            .collect()
    }

    /// Actions one after the other, as they are recorded: by control step, then by robot. What is
    /// left of an action at the end is left out.
    pub fn split_actions(&self, spec: &EpisodeSpec, numbers: &[f32]) -> Vec<Vec<Vec<f32>>> {
        let widths = self.action_widths(spec);
        let whole = widths.iter().sum::<usize>().max(1);
        let steps = numbers.chunks_exact(whole).map(|mut rest| {
            let robots = widths.iter().map(|&width| {
                let (own, others) = rest.split_at(width);
                rest = others;
                own.to_vec()
            });
            robots.collect()
        });
        steps.collect()
    }

    fn encode(
        &self,
        spec: &EpisodeSpec,
        session: &Session<'_>,
        commands: &[Command],
    ) -> Vec<Vec<f32>> {
        let robots = spec.robots.iter().zip(commands).enumerate();
        robots
            .map(|(index, (robot, command))| {
                let desc = &self.robots[robot.robot as usize];
                self.actions.encode(desc, session.targets(index), command)
            })
            .collect()
    }

    fn decode(
        &self,
        spec: &EpisodeSpec,
        session: &Session<'_>,
        actions: &[Vec<f32>],
    ) -> (Vec<Command>, u64) {
        let mut clamped = 0;
        let robots = spec.robots.iter().zip(actions).enumerate();
        let commands = robots.map(|(index, (robot, action))| {
            let desc = &self.robots[robot.robot as usize];
            let last = session.targets(index);
            let open = desc.control.gripper.as_ref().map_or(1.0, |g| {
                ((last[g.joint] - g.closed) / (g.open - g.closed)).clamp(0.0, 1.0)
            });
            let hz = self.task.control_hz;
            let decoded = self.actions.decode(desc, last, open, action, hz);
            clamped += u64::from(decoded.clamped);
            decoded.command
        });
        (commands.collect(), clamped)
    }
}

/// Of everything that is drawn for a task in one episode.
fn stream(seed: u64, episode: u64) -> SeedPath {
    SeedPath::root(seed)
        .child("episode")
        .index(episode)
        .child("task")
}
