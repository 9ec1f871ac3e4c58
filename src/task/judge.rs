//! How far an episode has come, and how it ended.

use serde::{Deserialize, Serialize};

use super::desc::TaskDesc;
use super::goal::{Goal, Unbound};
use super::predicate::Memory;
use crate::world::state::WorldState;

/// How an episode ended. Not the reward's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    Success,
    /// A safety predicate held.
    Failure {
        /// Its name in the task.
        reason: String,
    },
    /// The task's time was up.
    TimedOut,
    /// Physics became non-finite.
    Diverged,
}

impl Verdict {
    /// In words: `success`, `dropped`, `timed out`, `diverged`.
    pub fn reason(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Failure { reason } => reason,
            Self::TimedOut => "timed out",
            Self::Diverged => "diverged",
        }
    }
}

/// Names of the reward's terms, in order: `stage` is 1/n for each of the n stages, in the step in
/// which it is first reached (stages that were skipped come with it), so 1 in all; `success` is
/// 1 in the step that ends with success.
pub const REWARD_TERMS: [&str; 2] = ["stage", "success"];

/// What one state showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// How many stages are done: the index of the one that is being worked on.
    pub stage: usize,
    /// Earned since the state before, as in [`REWARD_TERMS`].
    pub reward_terms: [f64; 2],
    /// Once there is one it stays.
    pub verdict: Option<Verdict>,
}

/// Watches one episode.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    task: &'a TaskDesc,
    goal: &'a Goal,
    memory: Memory,
    stage: usize,
    verdict: Option<Verdict>,
}

impl<'a> Judge<'a> {
    /// At the first settled state.
    ///
    /// # Errors
    ///
    /// If success, a stage or a safety predicate holds already: there would be nothing to do,
    /// or nothing to win.
    pub fn new(task: &'a TaskDesc, goal: &'a Goal, start: &WorldState) -> Result<Self, Unbound> {
        let mut memory = Memory::new(task.timers);
        let mut holds = |what: String, predicate: &super::predicate::Predicate| match predicate
            .holds(goal, start, &mut memory)
        {
            true => Err(Unbound::AlreadyDone { what }),
            false => Ok(()),
        };
        for stage in &task.stages {
            holds(format!("stage `{}`", stage.name), &stage.when)?;
        }
        for safety in &task.safety {
            holds(format!("safety `{}`", safety.name), &safety.when)?;
        }
        holds("success".to_owned(), &task.success)?;
        Ok(Self {
            task,
            goal,
            memory,
            stage: 0,
            verdict: None,
        })
    }

    /// Looks at the next state, in order of time. Of several ends at once the first counts:
    /// diverged, failure (in the order of names), success, timed out.
    pub fn observe(&mut self, state: &WorldState) -> Progress {
        if self.verdict.is_some() {
            return self.progress([0.0; 2]);
        }
        if !is_finite(state) {
            self.verdict = Some(Verdict::Diverged);
            return self.progress([0.0; 2]);
        }
        // All are looked at in every state, for what they remember.
        let (goal, memory) = (self.goal, &mut self.memory);
        let mut reached = self.stage;
        for (index, stage) in self.task.stages.iter().enumerate() {
            if stage.when.holds(goal, state, memory) {
                reached = reached.max(index + 1);
            }
        }
        let mut failure = None;
        for safety in &self.task.safety {
            if safety.when.holds(goal, state, memory) && failure.is_none() {
                failure = Some(safety.name.clone());
            }
        }
        let success = self.task.success.holds(goal, state, memory);
        let share = 1.0 / self.task.stages.len() as f64;
        let mut terms = [(reached - self.stage) as f64 * share, 0.0];
        self.stage = reached;
        self.verdict = match failure {
            Some(reason) => Some(Verdict::Failure { reason }),
            None if success => {
                terms[1] = 1.0;
                Some(Verdict::Success)
            }
            None if state.time_secs >= self.task.time_limit_secs - 1e-9 => Some(Verdict::TimedOut),
            None => None,
        };
        self.progress(terms)
    }

    /// The world could not go on.
    pub fn diverged(&mut self) -> Progress {
        self.verdict.get_or_insert(Verdict::Diverged);
        self.progress([0.0; 2])
    }

    fn progress(&self, reward_terms: [f64; 2]) -> Progress {
        Progress {
            stage: self.stage,
            reward_terms,
            verdict: self.verdict.clone(),
        }
    }
}

fn is_finite(state: &WorldState) -> bool {
    let bodies = state.bodies.iter().all(|body| {
        body.world_from_object.is_finite()
            && body.linear_m_per_s.is_finite()
            && body.angular_rad_per_s.is_finite()
    });
    let joints = state
        .robots
        .iter()
        .flat_map(|r| r.positions.iter().chain(&r.speeds));
    bodies && joints.copied().all(f64::is_finite)
}
