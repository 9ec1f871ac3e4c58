//! A suite's tasks, made ready: shapes, scene memory, and what a policy sees in them.

use std::sync::OnceLock;

use serde_json::Value;

use crate::base::problem::{Problem, Problems};
use crate::eval::player::Player;
use crate::eval::rollout::Arena;
use crate::eval::suite::Suite;
use crate::policy::convention;
use crate::policy::exchange::{EpisodeStart, PolicyError};
use crate::policy::observe::Eyes;
use crate::render::{Renderer, Scratch, Sequence};
use crate::scene::shapes::Shapes;
use crate::task::judge::Progress;
use crate::task::rollout::Moment;

/// By task of a suite.
pub struct Ready<'a> {
    suite: &'a Suite,
    shapes: Vec<Shapes>,
    /// Made when somebody looks: many policies never do.
    renderers: Vec<OnceLock<Renderer<'a>>>,
}

impl<'a> Ready<'a> {
    pub fn new(suite: &'a Suite) -> Result<Self, Problems> {
        let shapes = suite.tasks.iter().map(|t| Shapes::build(&t.scene));
        Ok(Self {
            suite,
            shapes: shapes.collect::<Result<_, _>>()?,
            renderers: suite.tasks.iter().map(|_| OnceLock::new()).collect(),
        })
    }

    /// For this policy.
    pub fn arenas<'r>(&'r self, player: &Player) -> Result<Vec<Arena<'r>>, Problems>
    where
        'a: 'r,
    {
        let mut problems = Problems::default();
        let mut arenas = Vec::new();
        let ready = self.suite.tasks.iter().zip(&self.shapes);
        for ((task, shapes), renderer) in ready.zip(&self.renderers) {
            let stage = task.stage(shapes, player.space());
            let eyes = match &player.adapter {
                None => None,
                Some(adapter) => {
                    problems.extend(convention::check_adapter(adapter, &stage));
                    match Eyes::new(adapter, &stage) {
                        Ok(eyes) => Some(eyes),
                        Err(more) => {
                            problems.extend(more);
                            continue;
                        }
                    }
                }
            };
            arenas.push(Arena {
                stage,
                renderer: Box::new(|| renderer.get_or_init(|| Renderer::new(&task.scene))),
                eyes,
                seed: self.suite.seed,
            });
        }
        match problems.has_errors() {
            true => Err(problems),
            false => Ok(arenas),
        }
    }
}

/// Asks a policy once in each task, before anything counts: what does not fit is said. Gives what
/// the policy says of itself.
pub fn check_conventions(arenas: &[Arena<'_>], player: &Player) -> Result<Value, Problems> {
    let Some(adapter) = &player.adapter else {
        return Ok(player.metadata());
    };
    let failed = |error: PolicyError| {
        let (found, expected) = match error {
            PolicyError::Server(said) => (said, "a server that answers"),
            PolicyError::Policy(said) => (said, "an answer"),
        };
        let remedy = "nothing was scored; see that the policy is served, and what it says";
        Problems::from(Problem::error(
            player.uri.to_string(),
            "",
            found,
            expected,
            remedy,
        ))
    };
    let mut client = player.client().expect("it is asked");
    let metadata = client.describe().map_err(failed)?;
    let mut problems = Problems::default();
    let mut scratch = Scratch::default();
    for arena in arenas {
        let (stage, eyes) = (&arena.stage, arena.eyes.as_ref().expect("it is asked"));
        let opened = (0..16).find_map(|episode| {
            let spec = stage.spec(arena.seed, episode);
            let is_open = stage.open(&spec).is_ok();
            is_open.then_some((episode, spec))
        });
        let Some((episode, spec)) = opened else {
            continue;
        };
        let Ok((opening, session)) = stage.open(&spec) else {
            continue;
        };
        let progress = Progress {
            stage: 0,
            reward_terms: [0.0; 2],
            verdict: None,
        };
        let moment = Moment {
            session: &session,
            state: &opening.state,
            goal: &opening.goal,
            progress: &progress,
            step: 0,
        };
        let snapshot = eyes.snapshot(&spec, &moment);
        let mut sequence = Sequence::new(arena.renderer());
        let pictures = eyes.pictures(&mut sequence, stage, &spec, &snapshot, 0, &mut scratch);
        let words = &opening.goal.record.instruction;
        let seen = eyes.observe(stage, &spec, &moment, pictures, words);
        let wrong = convention::check_lengths(adapter, &seen);
        let is_wrong = wrong.has_errors();
        problems.extend(wrong);
        if is_wrong {
            continue;
        }
        let start = EpisodeStart {
            task: stage.task.name.clone(),
            instruction: words.clone(),
            seed: episode,
        };
        client.begin(&start).map_err(failed)?;
        let chunk = client.infer(&seen).map_err(failed)?;
        client.end(false);
        problems.extend(convention::check_answer(adapter, stage, &spec, &chunk));
    }
    if problems.has_errors() {
        return Err(problems);
    }
    for warning in problems.iter() {
        eprintln!("{warning}");
    }
    Ok(metadata)
}
