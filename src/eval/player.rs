//! Whoever is judged: a policy by its URI, made ready once, with an actor for every rollout.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use glam::Vec3;
use serde_json::{Value, json};

use crate::base::problem::{Problem, Problems};
use crate::dataset::demo::DemoManifest;
use crate::dataset::demo::native::NativeEpisode;
use crate::dataset::demo::recording::indices;
use crate::episode::spec::{EpisodeSpec, Role};
use crate::policy::Source;
use crate::policy::adapter::AdapterDesc;
use crate::policy::exchange::{Client, PolicyError};
use crate::policy::uri::PolicyUri;
use crate::robot::action::ActionSpace;
use crate::task::actors::Idle;
use crate::task::rollout::{Act, Actor, Moment, Stage};
use crate::world::state::WorldState;

/// Of policies that are asked over and over, if nobody says otherwise.
const DEFAULT_ADAPTER: &str = "benchside";

/// A policy, ready to play.
pub struct Player {
    pub uri: PolicyUri,
    /// Of policies that are asked.
    pub adapter: Option<AdapterDesc>,
    source: Option<Source>,
    replay: Option<Recording>,
}

/// What `replay:` plays.
#[derive(Debug)]
struct Recording {
    root: PathBuf,
    manifest: DemoManifest,
    space: ActionSpace,
    seed: u64,
    episodes: Vec<u64>,
}

impl Player {
    /// `adapter` is a shipped adapter's name or a file; without one an ONNX file's own
    /// (`FILE.toml`), and for servers that of recordings.
    ///
    /// # Errors
    ///
    /// Files that are missing or broken, and an adapter for a policy that needs none.
    pub fn load(uri: &PolicyUri, adapter: Option<&str>) -> Result<Self, Problems> {
        let own = match uri {
            PolicyUri::Onnx(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".toml");
                Some(name.to_string_lossy().into_owned())
            }
            PolicyUri::Server(_) => Some(DEFAULT_ADAPTER.to_owned()),
            _ => None,
        };
        if let (None, Some(adapter)) = (&own, adapter) {
            let expected = "none: this policy is not asked with observations";
            return Err(Problem::error("--adapter", "", adapter, expected, "").into());
        }
        let name = adapter.map(str::to_owned).or(own);
        let adapter = name.map(|name| AdapterDesc::load(&name)).transpose()?;
        let replay = match uri {
            PolicyUri::Replay(path) => Some(Recording::open(path)?),
            _ => None,
        };
        let source = match &adapter {
            Some(adapter) => Source::open(uri, adapter)?,
            None => None,
        };
        Ok(Self {
            uri: uri.clone(),
            adapter,
            source,
            replay,
        })
    }

    /// Asked with up to `most` rollouts' observations at once.
    ///
    /// # Errors
    ///
    /// A policy that takes no batches.
    pub fn batched(mut self, most: usize) -> Result<Self, Problems> {
        if most > 1 {
            let none = || {
                Problem::error(
                    "--batch",
                    "",
                    self.uri.to_string(),
                    "a policy that is asked over gr00t://",
                    "leave --batch out",
                )
            };
            let source = self.source.take().ok_or_else(none)?;
            self.source = Some(source.batched(most)?);
        }
        Ok(self)
    }

    /// What its actions are.
    pub fn space(&self) -> ActionSpace {
        match (&self.adapter, &self.replay) {
            (Some(adapter), _) => adapter.action.space,
            (_, Some(recording)) => recording.space,
            _ => ActionSpace::JointPosition,
        }
    }

    /// A connection of a worker's own; `None` for what is not asked.
    pub fn client(&self) -> Option<Box<dyn Client>> {
        self.source.as_ref().map(Source::client)
    }

    /// What is known of it without asking.
    pub fn metadata(&self) -> Value {
        match &self.replay {
            Some(recording) => json!({ "recording": recording.manifest.request.recorder }),
            None => Value::Null,
        }
    }

    /// Its actor, if it is one that is not asked; `seed` is the suite's.
    ///
    /// # Errors
    ///
    /// An episode that a recording does not have.
    pub fn local_actor<'g>(
        &self,
        stage: &Stage<'g>,
        spec: &EpisodeSpec,
        opening: &'g crate::task::rollout::Opening,
    ) -> Result<Box<dyn Actor + 'g>, PolicyError> {
        use crate::task::actors::{ExpertActor, Random, Replay};
        let (goal, stream) = (&opening.goal, &opening.stream);
        Ok(match &self.uri {
            PolicyUri::Expert { bias_mm } => {
                let expert = ExpertActor::new(stage, spec, goal, stream);
                if *bias_mm == 0.0 {
                    return Ok(Box::new(expert));
                }
                let things = spec.objects.iter().map(|o| o.role != Role::Robot);
                Box::new(Biased {
                    expert,
                    things: things.collect(),
                    shift_m: Vec3::X * (bias_mm * 1e-3) as f32,
                })
            }
            PolicyUri::Random => Box::new(Random::new(stage.robots, spec, stream)),
            PolicyUri::Replay(_) => {
                let recording = self.replay.as_ref().expect("opened with it");
                let actions = recording.actions(stage, spec)?;
                Box::new(Replay::new(actions, stage.robots, spec))
            }
            _ => Box::new(Idle::new(stage.robots, spec)),
        })
    }
}

impl Recording {
    fn open(path: &Path) -> Result<Self, Problems> {
        if !DemoManifest::is_there(path) {
            let expected = "the folder of a recording";
            let remedy = "name a folder that `benchside record` made";
            return Err(Problem::error(path, "", "no recording", expected, remedy).into());
        }
        let manifest = DemoManifest::read(path)?;
        let recorder = &manifest.request.recorder;
        let space = recorder["actions"].as_str().and_then(ActionSpace::named);
        let (Some(space), Some(seed)) = (space, recorder["seed"].as_u64()) else {
            let file = path.join("manifest.json");
            let found = recorder.to_string();
            let expected = "what `benchside record` writes";
            return Err(Problem::error(file, "request.recorder", found, expected, "").into());
        };
        Ok(Self {
            root: path.to_path_buf(),
            episodes: indices(path),
            manifest,
            space,
            seed,
        })
    }

    fn actions(
        &self,
        stage: &Stage<'_>,
        spec: &EpisodeSpec,
    ) -> Result<Vec<Vec<Vec<f32>>>, PolicyError> {
        let schema = &self.manifest.demonstrations;
        let missing = |what: String| Err(PolicyError::Policy(format!("the recording {what}")));
        if schema.task != stage.task.name {
            return missing(format!("is of task `{}`", schema.task));
        }
        if self.seed != spec.seed {
            return missing(format!(
                "was made with seed {}, not {}",
                self.seed, spec.seed
            ));
        }
        if !self.episodes.contains(&spec.episode) {
            return missing(format!("has no episode {}", spec.episode));
        }
        let episode = NativeEpisode::read(&self.root, schema, spec.episode);
        let episode = episode.map_err(|e| PolicyError::Policy(e.to_string()))?;
        let width: usize = stage.action_widths(spec).iter().sum();
        let numbers = &episode.steps.action;
        if episode.steps.len * width != numbers.len() {
            return missing("is of robots with other actions".to_owned());
        }
        Ok(stage.split_actions(spec, numbers))
    }
}

/// An expert that takes things to stand elsewhere; what it holds it feels where it is. (Were that off by as
/// much as the place for it, it would be put down right.)
struct Biased<'g> {
    expert: crate::task::actors::ExpertActor<'g>,
    /// By body: whether it is none of a robot's links.
    things: Vec<bool>,
    shift_m: Vec3,
}

impl Actor for Biased<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        let mut state: WorldState = moment.state.clone();
        let held = |index| {
            let mut robots = moment.state.robots.iter();
            robots.any(|r| r.held.and_then(|id| id.object_index()) == Some(index))
        };
        for (index, body) in state.bodies.iter_mut().enumerate() {
            if self.things[index] && !held(index) {
                body.world_from_object.translation_m += self.shift_m;
            }
        }
        self.expert.act(&Moment {
            state: &state,
            ..*moment
        })
    }

    fn gave_up(&self) -> Option<String> {
        self.expert.gave_up()
    }
}

/// What an actor wants is done some control steps later; until then nothing is.
pub struct Delayed<'g> {
    actor: Box<dyn Actor + 'g>,
    steps: usize,
    waiting: VecDeque<Act>,
    idle: Idle,
}

impl<'g> Delayed<'g> {
    /// By so many control steps.
    pub fn new(
        actor: Box<dyn Actor + 'g>,
        steps: usize,
        stage: &Stage<'_>,
        spec: &EpisodeSpec,
    ) -> Self {
        Self {
            actor,
            steps,
            waiting: VecDeque::new(),
            idle: Idle::new(stage.robots, spec),
        }
    }
}

impl Actor for Delayed<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        let act = self.actor.act(moment);
        if act == Act::Stop {
            return act;
        }
        self.waiting.push_back(act);
        match self.waiting.len() > self.steps {
            true => self.waiting.pop_front().expect("not empty"),
            false => self.idle.act(moment),
        }
    }

    fn gave_up(&self) -> Option<String> {
        self.actor.gave_up()
    }
}

/// Files of a policy, for the record: SHA-256 by path.
pub fn files(uri: &PolicyUri) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    if let PolicyUri::Onnx(path) = uri
        && let Ok(bytes) = std::fs::read(path)
    {
        use sha2::{Digest, Sha256};
        let digest = crate::scene::files::hex(&Sha256::digest(&bytes));
        files.insert(path.display().to_string(), digest);
    }
    files
}
