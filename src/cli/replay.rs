//! `benchside replay`: a recorded episode once more, from its spec and its actions.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;

use super::Verdict;
use super::output::{count, print};
use crate::base::problem::{Problem, Problems};
use crate::dataset::demo::DemoManifest;
use crate::dataset::demo::native::{EpisodeRecord, NativeEpisode};
use crate::dataset::demo::recording::indices;
use crate::episode::spec::EpisodeSpec;
use crate::robot::action::ActionSpace;
use crate::scene::shapes::Shapes;
use crate::task::actors::Replay;
use crate::task::judge::Progress;
use crate::task::load::{LoadedTask, find};
use crate::task::rollout::{Ended, Moment, Stage, Watcher};
use crate::world::state::WorldState;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of a recording
    recording: PathBuf,
    /// Numbers of episodes [default: all that are kept]
    episodes: Vec<u64>,
    /// The task file, if it is not where it was
    #[arg(long)]
    task: Option<PathBuf>,
    /// Threads, which change nothing but the time; 0 is one for each core
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// What `record` writes into the manifest.
#[derive(Deserialize)]
struct Recorder {
    task: PathBuf,
    task_sha256: String,
    actions: String,
}

/// What `record` writes as an episode's spec.
#[derive(Deserialize)]
struct Recorded {
    episode: EpisodeSpec,
    ended: Ended,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    if !DemoManifest::is_there(&args.recording) {
        let found = "no recording";
        let expected = "the folder of a recording";
        let remedy = "name a folder that `benchside record` made";
        return Err(Problem::error(&args.recording, "", found, expected, remedy).into());
    }
    let manifest = DemoManifest::read(&args.recording)?;
    let file = args.recording.join("manifest.json");
    let recorder: Recorder =
        serde_json::from_value(manifest.request.recorder.clone()).map_err(|error| {
            let expected = "what `benchside record` writes";
            Problem::error(&file, "request.recorder", error.to_string(), expected, "")
        })?;
    let path = args.task.as_ref().unwrap_or(&recorder.task);
    if args.task.is_none() && find(path).is_err() {
        let found = format!("{}, which is not there", path.display());
        let expected = "the task's file, or its name where scenes/ is";
        let remedy = "name the file with --task, or run this where it was recorded";
        return Err(Problem::error(&file, "request.recorder.task", found, expected, remedy).into());
    }
    let loaded = LoadedTask::load(path)?;
    if loaded.task.sha256 != recorder.task_sha256 {
        let found = "another text than when it was recorded";
        let remedy = "name the file as it was with --task";
        return Err(Problem::error(path, "", found, "the recorded task", remedy).into());
    }
    let shapes = Shapes::build(&loaded.scene)?;
    let actions = ActionSpace::named(&recorder.actions).ok_or_else(|| {
        let expected = "joint_position, joint_delta or tool_delta";
        Problem::error(
            &file,
            "request.recorder.actions",
            &recorder.actions,
            expected,
            "",
        )
    })?;
    let stage = loaded.stage(&shapes, actions);
    let there = indices(&args.recording);
    let episodes = if args.episodes.is_empty() {
        &there
    } else {
        &args.episodes
    };
    if let Some(missing) = episodes.iter().find(|e| !there.contains(e)) {
        let found = format!("episode {missing}");
        let expected = match (there.first(), there.last()) {
            (Some(first), Some(last)) => format!("an episode of {first} to {last}"),
            _ => "an episode; the recording has none".into(),
        };
        return Err(Problem::error(&args.recording, "", found, expected, "").into());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .map_err(|e| Problem::error("--threads", "", e.to_string(), "a thread pool", ""))?;
    let one = |&index: &u64| {
        let record = EpisodeRecord::read(&args.recording, index)?;
        if !record.kept {
            return Ok(None);
        }
        let episode = NativeEpisode::read(&args.recording, &manifest.demonstrations, index)?;
        let how = replay(&stage, &episode, &file)?;
        Ok(Some((index, record.steps, how)))
    };
    let replayed = pool.install(|| episodes.par_iter().map(one).collect::<Vec<_>>());
    let mut text = String::new();
    let (mut same, mut steps, mut different) = (0, 0, 0);
    for replayed in replayed {
        match replayed {
            Err(problems) => return Err(problems),
            Ok(None) => {}
            Ok(Some((_, its_steps, None))) => {
                same += 1;
                steps += its_steps;
            }
            Ok(Some((index, _, Some(how)))) => {
                different += 1;
                text += &format!("episode {index}: {how}\n");
            }
        }
    }
    text += &format!(
        "{} of {} the same to the bit at every step ({})\n",
        same,
        count(same + different, "episode"),
        count(steps, "step"),
    );
    print(&text)?;
    match different {
        0 => Ok(Verdict::Fine),
        _ => Ok(Verdict::ProblemsFound),
    }
}

/// How an episode went another way, if it did.
fn replay(
    stage: &Stage<'_>,
    episode: &NativeEpisode,
    file: &Path,
) -> Result<Option<String>, Problems> {
    let recorded: Recorded =
        serde_json::from_value(episode.record.spec.clone()).map_err(|error| {
            let expected = "what `benchside record` writes";
            Problem::error(&episode.folder, "spec", error.to_string(), expected, "")
        })?;
    let spec = &recorded.episode;
    let expected: usize = stage.action_widths(spec).iter().sum();
    let width = episode.steps.action.len() / episode.steps.len;
    if expected != width {
        let found = format!("actions of {width} numbers");
        let expected = format!("{expected} for these robots");
        return Err(Problem::error(file, "", found, expected, "").into());
    }
    let actions = stage.split_actions(spec, &episode.steps.action);
    let mut watcher = Compare {
        digests: &episode.steps.digests,
        step: 0,
        first_difference: None,
    };
    let played = stage.play(
        spec,
        |stage, _, _| Box::new(Replay::new(actions, stage.robots, spec)),
        &mut watcher,
    );
    let how = match (played, watcher.first_difference) {
        (Err(error), _) => Some(error.to_string()),
        (Ok(_), Some(step)) => Some(format!("another state at step {step}")),
        (Ok(ended), None) if ended.verdict != recorded.ended.verdict => Some(format!(
            "ended with {:?}, not {:?}",
            ended.verdict.reason(),
            recorded.ended.verdict.reason()
        )),
        (Ok(ended), None) if ended.steps != recorded.ended.steps => Some(format!(
            "took {} steps, not {}",
            ended.steps, recorded.ended.steps
        )),
        (Ok(_), None) => None,
    };
    Ok(how)
}

/// Compares the states with those recorded.
struct Compare<'a> {
    digests: &'a [[u8; 32]],
    step: usize,
    first_difference: Option<usize>,
}

impl Watcher for Compare<'_> {
    fn before(&mut self, moment: &Moment<'_>, _: &[Vec<f32>]) {
        let same = self.digests.get(self.step) == Some(&moment.session.digest());
        if !same && self.first_difference.is_none() {
            self.first_difference = Some(self.step);
        }
        self.step += 1;
    }

    fn after(&mut self, _: &Progress, _: Option<&WorldState>) {}
}
