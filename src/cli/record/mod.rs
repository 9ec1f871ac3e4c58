//! `benchside record`: an expert's episodes → demonstrations.

pub mod film;
pub mod notes;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use self::notes::Notes;
use super::Verdict;
use super::output::{count, print};
use crate::base::image::PlaneSet;
use crate::base::problem::{Problem, Problems};
use crate::dataset::demo::{
    DemoCamera, DemoEpisode, DemoFormat, DemoManifest, DemoObject, DemoRequest, DemoSchema,
    DemoVerdict, Recording,
};
use crate::render::{Renderer, Scratch};
use crate::robot::action::ActionSpace;
use crate::scene::shapes::Shapes;
use crate::task::actors::ExpertActor;
use crate::task::cameras::Cameras;
use crate::task::judge::{REWARD_TERMS, Verdict as Judged};
use crate::task::load::LoadedTask;
use crate::task::rollout::{RolloutError, Stage};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A task file, or the name of a task below scenes/
    task: PathBuf,
    /// Number of demonstrations; with --keep-failures of episodes
    #[arg(short = 'n', long, default_value_t = 10, value_name = "EPISODES",
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    episodes: u64,
    /// Seed of all random choices; 0 is a seed like any other
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder of the recording [default: output/<task>]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to write, beside the native episodes
    #[arg(long, value_delimiter = ',', default_value = "native,lerobot3")]
    formats: Vec<DemoFormat>,
    /// Which cameras, in this order [default: all of the scene and the robot]
    #[arg(long, value_delimiter = ',')]
    cameras: Vec<String>,
    /// Size of all pictures [default: each camera's]
    #[arg(long, value_name = "WxH", value_parser = super::generate::parse_size)]
    size: Option<(u32, u32)>,
    /// Colour samples a pixel: 1, 4 or 16
    #[arg(long, default_value_t = 4, value_parser = clap::builder::PossibleValuesParser::new(["1", "4", "16"]).map(|s| s.parse::<u32>().unwrap_or(4)))]
    samples: u32,
    /// What actions are
    #[arg(long, value_enum, default_value_t = Actions::JointPosition)]
    actions: Actions,
    /// Leave out depth and instance masks
    #[arg(long)]
    color_only: bool,
    /// Keep episodes that failed, with their verdict
    #[arg(long)]
    keep_failures: bool,
    /// Threads [default: as many as there are cores]; changes nothing but the time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Go on with a recording that was begun with the same options; begin it if there is none
    #[arg(long)]
    resume: bool,
}

use clap::builder::TypedValueParser as _;

/// Names of [`ActionSpace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Actions {
    /// Targets of the arm's joints
    JointPosition,
    /// Changes of the joints' targets
    JointDelta,
    /// Shift and turn of the tool
    ToolDelta,
}

impl Actions {
    pub(super) fn space(self) -> ActionSpace {
        match self {
            Self::JointPosition => ActionSpace::JointPosition,
            Self::JointDelta => ActionSpace::JointDelta,
            Self::ToolDelta => ActionSpace::ToolDelta,
        }
    }
}

/// Episodes are tried until there are as many successes as asked for, but no more than so many
/// times as many, and so many more.
const TRIES: (u64, u64) = (10, 20);

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let begin = Instant::now();
    let loaded = LoadedTask::load(&args.task)?;
    for warning in loaded.warnings.iter() {
        eprintln!("{warning}");
    }
    let out = match &args.out {
        Some(out) => out.clone(),
        None => Path::new("output").join(&loaded.task.name),
    };
    let shapes = Shapes::build(&loaded.scene)?;
    let stage = loaded.stage(&shapes, args.actions.space());
    let cameras = Cameras::choose(&stage, &args.cameras, args.size)?;
    let manifest = DemoManifest::new(schema(&stage, &cameras, args), request(args, &loaded));
    let recording = Recording::create_or_resume(&out, manifest, args.resume)?;
    if !recording.is_finished() {
        let recorder = Recorder {
            args,
            stage,
            cameras: &cameras,
            renderer: &Renderer::new(&loaded.scene),
            recording: &recording,
            clock: Clock::default(),
        };
        let episodes = match recorder.record() {
            Ok(episodes) => episodes,
            Err(problems) => {
                recording.release();
                return Err(problems);
            }
        };
        recorder.clock.print(begin.elapsed());
        let summary = recording.finish(episodes, &|_, _, _| {})?;
        let reasons = summary.reasons.iter();
        let reasons: Vec<String> = reasons.map(|(r, n)| format!("{n} × {r}")).collect();
        print(&format!(
            "{}: {} of {} succeeded ({}), {} in {:.0} s\n",
            out.display(),
            summary.successes,
            count(summary.episodes, "episode"),
            reasons.join(", "),
            count(summary.steps, "step"),
            begin.elapsed().as_secs_f64()
        ))?;
    } else {
        let summary = recording.finish(0, &|_, _, _| {})?;
        let kept = count(summary.kept, "episode");
        print(&format!("{} is complete: {kept}\n", out.display()))?;
    }
    Ok(Verdict::Fine)
}

fn schema(stage: &Stage<'_>, cameras: &Cameras, args: &Args) -> DemoSchema {
    let task = stage.task;
    let robots: Vec<_> = (task.robots.iter())
        .map(|r| (r.name.as_str(), &stage.robots[r.robot]))
        .collect();
    let names = robots.iter().map(|(_, desc)| desc.name.as_str());
    DemoSchema {
        task: task.name.clone(),
        stages: task.stages.iter().map(|s| s.name.clone()).collect(),
        robot: names.collect::<Vec<_>>().join("+"),
        rate_hz: task.control_hz,
        state: notes::state_channels(&robots),
        action: notes::action_channels(stage.actions, task.control_hz, &robots),
        cameras: (cameras.sizes(stage).into_iter())
            .map(|(name, width_px, height_px)| DemoCamera {
                name,
                width_px,
                height_px,
                depth: !args.color_only,
                instances: !args.color_only,
            })
            .collect(),
        reward_terms: REWARD_TERMS.map(str::to_owned).to_vec(),
        depth_unit_m: stage.recipe.capture.depth_unit_m,
    }
}

fn request(args: &Args, loaded: &LoadedTask) -> DemoRequest {
    let recorder = json!({
        "task": args.task,
        "task_sha256": loaded.task.sha256,
        "files": loaded.scene.files,
        "seed": args.seed,
        "episodes": args.episodes,
        "actor": "expert",
        "actions": args.actions.space().name(),
        "samples": args.samples,
    });
    DemoRequest::new(args.formats.iter().copied(), args.keep_failures, recorder)
}

/// Where the time goes, summed over threads.
#[derive(Default)]
struct Clock {
    simulate_us: AtomicU64,
    render_us: AtomicU64,
    encode_us: AtomicU64,
    write_us: AtomicU64,
}

impl Clock {
    fn add(total: &AtomicU64, begin: Instant) {
        total.fetch_add(begin.elapsed().as_micros() as u64, Ordering::Relaxed);
    }

    fn print(&self, wall: Duration) {
        let secs = |us: &AtomicU64| us.load(Ordering::Relaxed) as f64 / 1e6;
        eprintln!(
            "physics and expert {:.1} s, rendering {:.1} s, encoding {:.1} s, writing {:.1} s \
             (summed over threads); {:.1} s in all",
            secs(&self.simulate_us),
            secs(&self.render_us),
            secs(&self.encode_us),
            secs(&self.write_us),
            wall.as_secs_f64()
        );
    }
}

/// What all threads share.
struct Recorder<'a> {
    args: &'a Args,
    stage: Stage<'a>,
    cameras: &'a Cameras,
    renderer: &'a Renderer<'a>,
    recording: &'a Recording,
    clock: Clock,
}

/// How far the episodes have come.
struct Done {
    next: u64,
    /// By episode, in order: whether it succeeded; `None` while it is being played.
    successes: Vec<Option<bool>>,
    error: Option<Problems>,
}

impl Done {
    /// How many episodes it took to have `wanted` (successes unless failures count), if they
    /// are there.
    fn enough(&self, wanted: u64, failures_count: bool) -> Option<u64> {
        let mut have = 0;
        for (index, success) in self.successes.iter().enumerate() {
            have += u64::from((*success)? || failures_count);
            if have == wanted {
                return Some(index as u64 + 1);
            }
        }
        None
    }
}

impl Recorder<'_> {
    /// Plays episodes until there are enough; how many that took.
    fn record(&self) -> Result<u64, Problems> {
        let wanted = self.args.episodes;
        let failures_count = self.args.keep_failures;
        let most = if failures_count {
            wanted
        } else {
            TRIES.0 * wanted + TRIES.1
        };
        let threads = self.args.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, |n| n.get()),
            usize::from,
        );
        let bar = ProgressBar::with_draw_target(Some(wanted), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} episodes, {eta} left");
        bar.set_style(style.expect("the template is well-formed"));
        let done = Mutex::new(Done {
            next: 0,
            successes: Vec::new(),
            error: None,
        });
        let stop = AtomicBool::new(false);
        let lock = || {
            done.lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        let worker = || {
            let mut scratch = Scratch::default();
            loop {
                let index = {
                    let mut done = lock();
                    let over = done.next >= most || done.enough(wanted, failures_count).is_some();
                    if over || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let index = done.next;
                    done.next += 1;
                    done.successes.push(None);
                    index
                };
                let result = self.episode(index, &mut scratch);
                let mut done = lock();
                match result {
                    Ok(success) => {
                        done.successes[index as usize] = Some(success);
                        if success || failures_count {
                            bar.inc(1);
                        }
                    }
                    Err(problems) => {
                        done.error.get_or_insert(problems);
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(worker);
            }
        });
        bar.finish_and_clear();
        let done = done
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(problems) = done.error {
            return Err(problems);
        }
        done.enough(wanted, failures_count).ok_or_else(|| {
            let successes = done.successes.iter().filter(|s| **s == Some(true)).count();
            let found = format!("{successes} successes in {}", count(most, "episode"));
            let expected = format!("{wanted} successes");
            let remedy =
                "look at failures with `benchside play`, or keep them with --keep-failures";
            Problem::error(&self.args.task, "", found, expected, remedy).into()
        })
    }

    /// Plays an episode, and records it if it is to be kept; whether it succeeded.
    fn episode(&self, index: u64, scratch: &mut Scratch) -> Result<bool, Problems> {
        if self.recording.has(index) {
            return Ok(self.recording.verdict(index)?.success);
        }
        let begin = Instant::now();
        let stage = &self.stage;
        let spec = stage.spec(self.args.seed, index);
        let mut notes = Notes::new(&spec, stage.robots, self.cameras);
        let played = stage.play(
            &spec,
            |stage, goal, stream| Box::new(ExpertActor::new(stage, &spec, goal, stream)),
            &mut notes,
        );
        Clock::add(&self.clock.simulate_us, begin);
        let taxonomy = &stage.scene.taxonomy;
        let mut episode = DemoEpisode {
            index,
            instruction: String::new(),
            verdict: DemoVerdict {
                success: false,
                reason: String::new(),
            },
            spec: json!(spec),
            objects: (spec.objects.iter())
                .map(|o| DemoObject {
                    name: o.name.clone(),
                    class: taxonomy
                        .get(o.class)
                        .map_or_else(String::new, |c| c.name.clone()),
                })
                .collect(),
            steps: Vec::new(),
            frames: Vec::new(),
        };
        let mut snapshots = Vec::new();
        match played {
            Ok(ended) => {
                episode.instruction = ended.goal.instruction.clone();
                episode.verdict = DemoVerdict {
                    success: ended.verdict == Judged::Success,
                    reason: ended.verdict.reason().to_owned(),
                };
                episode.spec = json!({ "episode": spec, "ended": ended });
                episode.steps = notes.steps;
                snapshots = notes.snapshots;
            }
            Err(RolloutError::Unbound(why)) => episode.verdict.reason = format!("no task: {why}"),
            Err(why) => episode.verdict.reason = why.to_string(),
        }
        let success = episode.verdict.success;
        if !success && !self.args.keep_failures {
            snapshots.clear();
            episode.steps.clear();
        }
        let problem = |found: String| {
            let place = format!("episode {index}");
            Problems::from(Problem::error(
                &self.args.task,
                place,
                found,
                "pictures",
                "",
            ))
        };
        let mut encoders = self
            .recording
            .encoders()
            .map_err(|e| problem(e.to_string()))?;
        let planes = PlaneSet {
            color: true,
            z_depth: !self.args.color_only,
            instance: !self.args.color_only,
            ..PlaneSet::NONE
        };
        let begin = Instant::now();
        let mut encoding = Duration::ZERO;
        film::film(
            self.renderer,
            &snapshots,
            planes,
            self.args.samples,
            scratch,
            |_, camera, planes| {
                let begin = Instant::now();
                let depth = planes.z_depth_m.as_ref().map_or(&[][..], |p| &p.data);
                let ids = planes.instance.as_ref().map_or(&[][..], |p| &p.data);
                let pushed = encoders[camera].push(&film::rgb(&planes), depth, ids);
                encoding += begin.elapsed();
                pushed.map_err(|e| problem(e.to_string()))
            },
        )?;
        let filmed = begin.elapsed() - encoding;
        self.clock
            .render_us
            .fetch_add(filmed.as_micros() as u64, Ordering::Relaxed);
        self.clock
            .encode_us
            .fetch_add(encoding.as_micros() as u64, Ordering::Relaxed);
        let begin = Instant::now();
        let encoded = encoders.into_iter().map(|e| e.finish()).collect();
        self.recording.write_encoded(&episode, encoded)?;
        Clock::add(&self.clock.write_us, begin);
        Ok(success)
    }
}
