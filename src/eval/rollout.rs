//! One scored rollout.

use std::time::{Duration, Instant};

use super::axis::Perturbation;
use super::meter::Meter;
use super::player::{Delayed, Player};
use super::record::{Class, Metrics, RolloutId, RolloutRecord, Timing};
use crate::base::seed::SeedPath;
use crate::episode::spec::EpisodeSpec;
use crate::policy::actor::{Hands, PolicyActor, Trace};
use crate::policy::exchange::{Client, EpisodeStart, PolicyError};
use crate::policy::observe::Eyes;
use crate::render::{Renderer, Scratch, Sequence};
use crate::task::judge::Verdict;
use crate::task::rollout::{Act, Actor, Ended, Moment, RolloutError, Stage};

/// A task of a suite with what all its rollouts share.
pub struct Arena<'a> {
    pub stage: Stage<'a>,
    /// Makes it when it is first asked for.
    pub renderer: Box<dyn Fn() -> &'a Renderer<'a> + Sync + 'a>,
    /// Of policies that are asked.
    pub eyes: Option<Eyes>,
    /// The suite's.
    pub seed: u64,
}

impl<'a> Arena<'a> {
    pub fn renderer(&self) -> &'a Renderer<'a> {
        (self.renderer)()
    }
}

/// What a worker keeps from one rollout to the next.
#[derive(Default)]
pub struct Worker {
    /// `None` after a server failed: the next rollout connects anew.
    pub client: Option<Box<dyn Client>>,
    pub scratch: Scratch,
}

/// A rollout and what it leaves beside its record.
pub struct Played {
    pub record: RolloutRecord,
    pub timing: Timing,
    /// By control step and robot.
    pub actions: Vec<Vec<Vec<f32>>>,
}

/// The episode of a rollout. A pure function of the suite's seed, the files and the id.
pub fn episode(arena: &Arena<'_>, perturbation: Perturbation, id: &RolloutId) -> EpisodeSpec {
    let stage = &arena.stage;
    let recipe = perturbation.recipe(stage.recipe);
    let varied = Stage {
        recipe: recipe.as_ref().unwrap_or(stage.recipe),
        ..*stage
    };
    let mut spec = varied.spec(arena.seed, id.seed);
    let stream = perturbation_stream(arena.seed, id.seed);
    perturbation.apply(stage.scene, stage.robots, &stream, &mut spec);
    spec
}

fn perturbation_stream(seed: u64, episode: u64) -> SeedPath {
    let episode = SeedPath::root(seed).child("episode").index(episode);
    episode.child("perturbation")
}

/// Plays a rollout to its end, whatever that is. `reproduce` is the command that plays it alone.
pub fn play(
    arena: &Arena<'_>,
    player: &Player,
    perturbation: Perturbation,
    id: &RolloutId,
    reproduce: String,
    worker: &mut Worker,
) -> Played {
    let begin = Instant::now();
    let stage = &arena.stage;
    let spec = episode(arena, perturbation, id);
    let mut record = RolloutRecord {
        id: id.clone(),
        class: Class::Simulator,
        reason: String::new(),
        instruction: String::new(),
        stages_done: 0,
        stages: stage.task.stages.len() as u32,
        first_try: false,
        metrics: Metrics::default(),
        digest: String::new(),
        reproduce,
        video: None,
    };
    let mut trace = Trace::default();
    let mut actions = Vec::new();
    let mut physics = Duration::ZERO;
    let mut thinking = Duration::ZERO;
    let settling = Instant::now();
    let opened = stage.open(&spec);
    physics += settling.elapsed();
    match opened {
        Err(error) => record.reason = error.to_string(),
        Ok((opening, session)) => {
            let goal = &opening.goal;
            let phrasings = goal.record.phrasings(stage.task);
            let stream = perturbation_stream(arena.seed, id.seed);
            let words = perturbation.words(&goal.record.instruction, &phrasings, &stream);
            record.instruction = words.clone();
            let mut meter = Meter::new(stage.task, &spec, goal);
            let start = EpisodeStart {
                task: id.task.clone(),
                instruction: words.clone(),
                seed: id.seed,
            };
            let played = match &arena.eyes {
                None => player.local_actor(stage, &spec, &opening).map(|actor| {
                    let actor = delayed(actor, perturbation, stage, &spec);
                    let spent = &mut thinking;
                    let mut actor = Timed { actor, spent };
                    stage.run(&spec, session, &opening, &mut actor, &mut meter)
                }),
                Some(eyes) => begin_episode(player, worker, &start).map(|()| {
                    let adapter = player.adapter.as_ref().expect("who is asked has one");
                    let client = worker.client.as_mut().expect("an episode was begun");
                    let hands = Hands {
                        client: client.as_mut(),
                        sequence: Sequence::new(arena.renderer()),
                        scratch: &mut worker.scratch,
                    };
                    let asks = (eyes, &adapter.action);
                    let actor = PolicyActor::new(*stage, &spec, asks, words, hands, &mut trace);
                    let mut actor = delayed(Box::new(actor), perturbation, stage, &spec);
                    stage.run(&spec, session, &opening, actor.as_mut(), &mut meter)
                }),
            };
            let failed = match &played {
                Err(error) => Some(error.clone()),
                Ok(_) => trace.error.clone(),
            };
            record.stages_done = meter.stage as u32;
            physics += meter.physics;
            let clamped = match &played {
                Ok(Ok(ended)) => ended.clamped,
                _ => 0,
            };
            (record.metrics, record.digest, actions) = meter.finish(clamped);
            match (played, failed) {
                (_, Some(error)) => {
                    let (class, said) = match error {
                        PolicyError::Policy(said) => (Class::Policy, said),
                        PolicyError::Server(said) => (Class::PolicyServer, said),
                    };
                    if class == Class::PolicyServer {
                        worker.client = None;
                    }
                    (record.class, record.reason) = (class, said);
                }
                (Ok(Ok(ended)), None) => ended_as(&mut record, &ended),
                (Ok(Err(error)), None) => record.reason = not_played(&error),
                (Err(_), None) => unreachable!("an error is a failure"),
            }
            if let Some(client) = worker.client.as_mut() {
                client.end(record.is_success());
            }
        }
    }
    record.first_try = record.is_success() && record.metrics.regrasps == 0;
    let timing = Timing {
        wall_secs: begin.elapsed().as_secs_f64(),
        physics_secs: physics.as_secs_f64(),
        render_secs: trace.render_secs,
        policy_secs: trace.policy_secs + thinking.as_secs_f64(),
        latency_ms: trace.latency_ms,
    };
    Played {
        record,
        timing,
        actions,
    }
}

/// An actor of this process, whose thinking is the policy's time.
struct Timed<'a> {
    actor: Box<dyn Actor + 'a>,
    spent: &'a mut Duration,
}

impl Actor for Timed<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        let begin = Instant::now();
        let act = self.actor.act(moment);
        *self.spent += begin.elapsed();
        act
    }

    fn gave_up(&self) -> Option<String> {
        self.actor.gave_up()
    }
}

fn delayed<'g>(
    actor: Box<dyn Actor + 'g>,
    perturbation: Perturbation,
    stage: &Stage<'_>,
    spec: &EpisodeSpec,
) -> Box<dyn Actor + 'g> {
    match perturbation.delay_steps() {
        0 => actor,
        steps => Box::new(Delayed::new(actor, steps, stage, spec)),
    }
}

/// Connects if need be, and tells of the episode.
fn begin_episode(
    player: &Player,
    worker: &mut Worker,
    start: &EpisodeStart,
) -> Result<(), PolicyError> {
    if worker.client.is_none() {
        worker.client = player.client();
    }
    let client = worker.client.as_mut();
    let client = client.ok_or_else(|| PolicyError::Server("nobody to ask".to_owned()))?;
    let begun = client.begin(start);
    if matches!(begun, Err(PolicyError::Server(_))) {
        worker.client = None;
    }
    begun
}

fn ended_as(record: &mut RolloutRecord, ended: &Ended) {
    record.stages_done = ended.stage as u32;
    record.class = match &ended.verdict {
        Verdict::Success => Class::Success,
        Verdict::Failure { .. } => Class::Safety,
        Verdict::TimedOut => Class::Task,
        Verdict::Diverged => Class::Simulator,
    };
    record.reason = ended.verdict.reason().to_owned();
    if let (Some(why), false) = (&ended.gave_up, record.is_success()) {
        record.reason += &format!("; gave up: {why}");
    }
}

fn not_played(error: &RolloutError) -> String {
    format!("no episode: {error}")
}
