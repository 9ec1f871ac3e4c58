//! `benchside bench env`: control steps a second with cameras, of worlds side by side, under random
//! actions.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{MOST_SKIPPED, Until, check_secs, thread_cpu};
use crate::base::image::PlaneSet;
use crate::base::problem::{Problem, Problems};
use crate::cli::Verdict;
use crate::cli::output::{count, print};
use crate::episode::spec::EpisodeSpec;
use crate::render::{Renderer, Scratch, Sequence, ViewOptions};
use crate::robot::action::ActionSpace;
use crate::scene::shapes::Shapes;
use crate::task::actors::Random;
use crate::task::cameras::{Cameras, camera_names};
use crate::task::judge::Progress;
use crate::task::load::LoadedTask;
use crate::task::rollout::{Moment, RolloutError, Stage, Watcher};
use crate::world::state::WorldState;

/// An arm at a table with a cube, about what robosuite's Lift has.
const DEFAULT_TASK: &str = "scenes/cube_table/lift.toml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A task file, or the name of a task below scenes/
    #[arg(default_value = DEFAULT_TASK)]
    task: PathBuf,
    /// Which cameras [default: the scene's first and the robot's first]
    #[arg(long, value_delimiter = ',')]
    cameras: Vec<String>,
    /// Pixels a side
    #[arg(long, default_value_t = 128, value_name = "PIXELS",
          value_parser = clap::value_parser!(u32).range(1..=4096))]
    size: u32,
    /// Colour samples a pixel: 1, 4 (as `record` and `eval` take) or 16
    #[arg(long, default_value = "4", value_name = "N", value_parser = ["1", "4", "16"])]
    samples: String,
    /// Leave out depth and instance masks
    #[arg(long)]
    color_only: bool,
    /// Seconds of measuring: three rounds, of which the best counts
    #[arg(long, default_value_t = 12.0, value_name = "SECONDS")]
    secs: f64,
    /// Worlds side by side, a thread each; 0 is one for each core
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// What one thread did.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    steps: u64,
    views: u64,
    episodes: u64,
    /// Drawing, building and settling episodes.
    resets: Duration,
    /// From the command to the judged state.
    physics: Duration,
    rendering: Duration,
    cpu: Option<Duration>,
}

/// What all threads did in one round.
#[derive(Clone, Debug, Default)]
struct Round {
    wall: Duration,
    threads: Vec<Tally>,
}

impl Round {
    fn sum<T: std::iter::Sum<T>>(&self, of: impl Fn(&Tally) -> T) -> T {
        self.threads.iter().map(of).sum()
    }

    fn steps_per_sec(&self) -> f64 {
        self.sum(|t| t.steps) as f64 / self.wall.as_secs_f64()
    }
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    check_secs(args.secs)?;
    let loaded = LoadedTask::load(&args.task)?;
    let shapes = Shapes::build(&loaded.scene)?;
    let stage = loaded.stage(&shapes, ActionSpace::JointPosition);
    let names = if args.cameras.is_empty() {
        let (scene, robots) = camera_names(&stage);
        let firsts = scene.into_iter().take(1).chain(robots.into_iter().take(1));
        firsts.collect()
    } else {
        args.cameras.clone()
    };
    let cameras = Cameras::choose(&stage, &names, Some((args.size, args.size)))?;
    let planes = PlaneSet {
        color: true,
        z_depth: !args.color_only,
        instance: !args.color_only,
        ..PlaneSet::NONE
    };
    let samples: u32 = args.samples.parse().unwrap_or(4);
    let bench = Bench {
        args,
        stage,
        cameras: &cameras,
        renderer: &Renderer::new(&loaded.scene),
        options: ViewOptions::fast(planes, samples),
    };
    let cores = || std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = match args.threads {
        0 => cores(),
        given => given.min(1024),
    };
    let task = &loaded.task;
    print(&format!(
        "{}: {} control steps and {:.0} physics steps a second, random actions; {}, a thread each\n\
         cameras {} of {}x{}: {}, {samples} colour samples a pixel\n",
        task.name,
        task.control_hz,
        1.0 / bench.stage.spec(0, 0).physics.timestep_secs,
        count(threads as u64, "world"),
        names.join(" and "),
        args.size,
        args.size,
        if args.color_only {
            "colour"
        } else {
            "colour, depth and instances"
        },
    ))?;
    let mut best = Round::default();
    for round in 0..3 {
        let figure = bench.round(round, threads)?;
        if round == 0 || figure.steps_per_sec() > best.steps_per_sec() {
            best = figure;
        }
    }
    print(&row(&best))?;
    Ok(Verdict::Fine)
}

/// The figures in words; all is counted, resets too.
fn row(round: &Round) -> String {
    let all = round.wall.as_secs_f64() * round.threads.len() as f64;
    let share = |part: Duration| 100.0 * part.as_secs_f64() / all;
    let [physics, rendering, resets] = [
        share(round.sum(|t| t.physics)),
        share(round.sum(|t| t.rendering)),
        share(round.sum(|t| t.resets)),
    ];
    let steps = round.sum(|t| t.steps);
    let cpu = round.sum(|t| t.cpu);
    let cpu = cpu.map_or_else(String::new, |cpu: Duration| {
        let ms = 1e3 * cpu.as_secs_f64() / steps as f64;
        format!(" ({ms:.2} ms of a core each)")
    });
    format!(
        "{:.1} env steps/s{cpu}, {:.1} views/s, {} episodes begun; of the threads' time physics \
         {physics:.0} %, rendering {rendering:.0} %, resets {resets:.0} %, rest {:.0} %\n",
        round.steps_per_sec(),
        round.sum(|t| t.views) as f64 / round.wall.as_secs_f64(),
        round.sum(|t| t.episodes),
        (100.0 - physics - rendering - resets).max(0.0),
    )
}

/// What all threads share.
struct Bench<'a> {
    args: &'a Args,
    stage: Stage<'a>,
    cameras: &'a Cameras,
    renderer: &'a Renderer<'a>,
    options: ViewOptions,
}

impl Bench<'_> {
    /// A third of the time, on all threads.
    fn round(&self, round: u64, threads: usize) -> Result<Round, Problems> {
        let begin = Instant::now();
        let end = begin + Duration::from_secs_f64(self.args.secs / 3.0);
        let worker = |thread: usize| {
            let first = (round * threads as u64 + thread as u64) << 32;
            self.play_until(end, first)
        };
        let tallies: Vec<Result<Tally, Problems>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || worker(thread)))
                .collect();
            let join = |w: std::thread::ScopedJoinHandle<'_, _>| w.join().expect("no panic");
            workers.into_iter().map(join).collect()
        });
        Ok(Round {
            wall: begin.elapsed(),
            threads: tallies.into_iter().collect::<Result<_, _>>()?,
        })
    }

    /// Episodes one after the other, from number `first` on; at least one step.
    fn play_until(&self, end: Instant, first: u64) -> Result<Tally, Problems> {
        let cpu = thread_cpu();
        let (mut tally, mut scratch) = (Tally::default(), Scratch::default());
        let mut skipped = 0;
        for episode in first.. {
            let begin = Instant::now();
            let spec = self.stage.spec(0, episode);
            let opened = self.stage.open(&spec);
            tally.resets += begin.elapsed();
            let (opening, session) = match opened {
                Ok(opened) => opened,
                Err(RolloutError::Unbound(_)) if skipped < MOST_SKIPPED => {
                    skipped += 1;
                    continue;
                }
                Err(error) => return Err(self.problem(episode, &error)),
            };
            skipped = 0;
            tally.episodes += 1;
            let mut eye = Eye {
                bench: self,
                spec: &spec,
                sequence: Sequence::new(self.renderer),
                scratch: &mut scratch,
                tally: &mut tally,
                stepping: Instant::now(),
            };
            let mut actor = Until {
                end,
                random: Random::new(self.stage.robots, &spec, &opening.stream),
            };
            let played = self
                .stage
                .run(&spec, session, &opening, &mut actor, &mut eye);
            match played {
                Ok(_) => {}
                Err(RolloutError::Stopped) => break,
                Err(error) => return Err(self.problem(episode, &error)),
            }
        }
        let cpu = thread_cpu().zip(cpu).map(|(end, start)| end - start);
        Ok(Tally { cpu, ..tally })
    }

    fn problem(&self, episode: u64, error: &RolloutError) -> Problems {
        let place = format!("episode {episode}");
        Problem::error(
            &self.args.task,
            place,
            error.to_string(),
            "an episode to play",
            "",
        )
        .into()
    }
}

/// Renders what the cameras see in every step, and takes the time.
struct Eye<'e> {
    bench: &'e Bench<'e>,
    spec: &'e EpisodeSpec,
    sequence: Sequence<'e>,
    scratch: &'e mut Scratch,
    tally: &'e mut Tally,
    stepping: Instant,
}

impl Watcher for Eye<'_> {
    fn before(&mut self, moment: &Moment<'_>, _: &[Vec<f32>]) {
        let begin = Instant::now();
        let cameras = self.bench.cameras.now(self.spec, moment.session);
        let snapshot = moment.session.snapshot(cameras);
        let mut frame = self.sequence.next(&snapshot);
        for camera in 0..snapshot.cameras.len() {
            let view = frame.view(camera, &self.bench.options, self.scratch);
            std::hint::black_box(view);
            self.tally.views += 1;
        }
        self.stepping = Instant::now();
        self.tally.rendering += self.stepping - begin;
    }

    fn after(&mut self, _: &Progress, _: Option<&WorldState>) {
        self.tally.physics += self.stepping.elapsed();
        self.tally.steps += 1;
    }
}
