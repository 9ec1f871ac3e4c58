//! A policy at the robots' controls.

use std::collections::VecDeque;
use std::time::Instant;

use super::adapter::ActionDesc;
use super::exchange::{Chunk, Client, Observation, PolicyError};
use super::observe::Eyes;
use crate::base::image::Plane;
use crate::episode::spec::EpisodeSpec;
use crate::render::{Scratch, Sequence};
use crate::task::rollout::{Act, Actor, Moment, Stage};

/// What an episode with a policy leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Why the policy could not go on.
    pub error: Option<PolicyError>,
    /// One a call, ms.
    pub latency_ms: Vec<f32>,
    pub render_secs: f64,
    pub policy_secs: f64,
}

/// What a worker has for its episodes, one after the other.
pub struct Hands<'w> {
    pub client: &'w mut dyn Client,
    /// Of this episode.
    pub sequence: Sequence<'w>,
    pub scratch: &'w mut Scratch,
}

/// Asks a policy whenever what it last said is used up.
pub struct PolicyActor<'g> {
    stage: Stage<'g>,
    spec: &'g EpisodeSpec,
    eyes: &'g Eyes,
    action: &'g ActionDesc,
    words: String,
    hands: Hands<'g>,
    queue: VecDeque<Vec<Vec<f32>>>,
    trace: &'g mut Trace,
}

impl<'g> PolicyActor<'g> {
    /// For one episode; `words` are what the policy is told.
    pub fn new(
        stage: Stage<'g>,
        spec: &'g EpisodeSpec,
        (eyes, action): (&'g Eyes, &'g ActionDesc),
        words: String,
        hands: Hands<'g>,
        trace: &'g mut Trace,
    ) -> Self {
        Self {
            stage,
            spec,
            eyes,
            action,
            words,
            hands,
            queue: VecDeque::new(),
            trace,
        }
    }

    fn ask(&mut self, moment: &Moment<'_>) -> Result<(), PolicyError> {
        let begin = Instant::now();
        let snapshot = self
            .eyes
            .sees()
            .then(|| self.eyes.snapshot(self.spec, moment));
        let pictures: Vec<Plane<[u8; 3]>> = snapshot.map_or_else(Vec::new, |snapshot| {
            let Hands {
                sequence, scratch, ..
            } = &mut self.hands;
            let step = moment.step;
            (self.eyes).pictures(sequence, &self.stage, self.spec, &snapshot, step, scratch)
        });
        let observation: Observation =
            (self.eyes).observe(&self.stage, self.spec, moment, pictures, &self.words);
        self.trace.render_secs += begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        let answer = self.hands.client.infer(&observation);
        let secs = begin.elapsed().as_secs_f64();
        self.trace.policy_secs += secs;
        self.trace.latency_ms.push((secs * 1e3) as f32);
        let actions = actions(&answer?, self.action, &self.stage, self.spec)?;
        let used = actions.into_iter().take(self.action.execute);
        self.queue.extend(used);
        Ok(())
    }
}

impl Actor for PolicyActor<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        if self.queue.is_empty()
            && let Err(error) = self.ask(moment)
        {
            self.trace.error = Some(error);
            return Act::Stop;
        }
        match self.queue.pop_front() {
            Some(actions) => Act::Actions(actions),
            None => Act::Stop,
        }
    }
}

/// An answer as actions: by step, robot and number.
///
/// # Errors
///
/// An answer of another width, or with numbers that are none.
pub fn actions(
    chunk: &Chunk,
    action: &ActionDesc,
    stage: &Stage<'_>,
    spec: &EpisodeSpec,
) -> Result<Vec<Vec<Vec<f32>>>, PolicyError> {
    let wanted: usize = stage.action_widths(spec).iter().sum();
    if chunk.width != wanted || chunk.numbers.is_empty() {
        let steps = chunk.numbers.len() / chunk.width.max(1);
        return Err(PolicyError::Policy(format!(
            "it answered {steps} actions of {} numbers; task `{}` takes {wanted}",
            chunk.width, stage.task.name
        )));
    }
    if let Some(at) = chunk.numbers.iter().position(|x| !x.is_finite()) {
        return Err(PolicyError::Policy(format!(
            "number {} of action {} of its answer is {}",
            at % wanted + 1,
            at / wanted + 1,
            chunk.numbers[at]
        )));
    }
    let mut steps = stage.split_actions(spec, &chunk.numbers);
    for (index, numbers) in steps.iter_mut().flat_map(|s| s.iter_mut().enumerate()) {
        let desc = &stage.robots[spec.robots[index].robot as usize];
        let arm = numbers.len() - usize::from(desc.control.gripper.is_some());
        for (i, number) in numbers.iter_mut().enumerate() {
            let x = f64::from(*number);
            let value = if i < arm {
                x * action.scale.get(i).unwrap_or(&action.scale[0])
            } else {
                let (open, closed) = (action.gripper_open, action.gripper_closed);
                (x - closed) / (open - closed)
            };
            *number = value as f32;
        }
    }
    Ok(steps)
}
