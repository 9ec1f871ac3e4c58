//! `benchside play`: one episode of a task, to look at.

use std::path::{Path, PathBuf};

use super::Verdict;
use super::output::{count, print};
use super::record::film::{film, rgb};
use super::record::notes::Notes;
use crate::base::ids::InstanceId;
use crate::base::image::PlaneSet;
use crate::base::problem::{Problem, Problems};
use crate::base::seed::SeedPath;
use crate::dataset::demo::video::VideoEncoder;
use crate::dataset::sheet::strip::{Still, film_strips};
use crate::episode::spec::EpisodeSpec;
use crate::render::{Renderer, Scratch};
use crate::robot::action::ActionSpace;
use crate::scene::shapes::Shapes;
use crate::task::actors::{ExpertActor, Idle, Random};
use crate::task::cameras::Cameras;
use crate::task::goal::Goal;
use crate::task::judge::Verdict as Judged;
use crate::task::load::LoadedTask;
use crate::task::rollout::{Actor, Stage};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A task file, or the name of a task below scenes/
    task: PathBuf,
    /// Number of the episode
    #[arg(long, default_value_t = 0)]
    episode: u64,
    /// Seed of all random choices; 0 is a seed like any other
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the films and the contact sheet [default: output/play]
    #[arg(short, long, value_name = "DIR", default_value = "output/play")]
    out: PathBuf,
    /// Which cameras, in this order [default: all of the scene and the robot]
    #[arg(long, value_delimiter = ',')]
    cameras: Vec<String>,
    /// Size of all pictures; even numbers
    #[arg(long, value_name = "WxH", default_value = "480x360",
          value_parser = super::generate::parse_size)]
    size: (u32, u32),
    /// Who acts
    #[arg(long, value_enum, default_value_t = ActorName::Expert)]
    actor: ActorName,
    /// Play this many episodes from --episode on without making pictures, and count
    #[arg(long, value_name = "N", conflicts_with_all = ["cameras", "out"],
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: Option<u64>,
    /// Make the contact sheet alone, no films
    #[arg(long)]
    no_films: bool,
    /// Pictures of the contact sheet for each camera
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(2..=24))]
    stills: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ActorName {
    /// The program of the task file
    Expert,
    /// Does nothing
    Idle,
    /// Does anything
    Random,
}

impl ActorName {
    fn make<'g>(
        self,
        stage: &Stage<'g>,
        spec: &EpisodeSpec,
        goal: &'g Goal,
        stream: &SeedPath,
    ) -> Box<dyn Actor + 'g> {
        match self {
            Self::Expert => Box::new(ExpertActor::new(stage, spec, goal, stream)),
            Self::Idle => Box::new(Idle::new(stage.robots, spec)),
            Self::Random => Box::new(Random::new(stage.robots, spec, stream)),
        }
    }
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let loaded = LoadedTask::load(&args.task)?;
    for warning in loaded.warnings.iter() {
        eprintln!("{warning}");
    }
    let shapes = Shapes::build(&loaded.scene)?;
    let stage = loaded.stage(&shapes, ActionSpace::JointPosition);
    match args.count {
        Some(episodes) => super::tally::run(
            &stage,
            args.seed,
            args.episode,
            episodes,
            |stage, spec, goal, stream| args.actor.make(stage, spec, goal, stream),
        ),
        None => show(args, &loaded, &stage),
    }
}

fn show(args: &Args, loaded: &LoadedTask, stage: &Stage<'_>) -> Result<Verdict, Problems> {
    let cameras = Cameras::choose(stage, &args.cameras, Some(args.size))?;
    let spec = stage.spec(args.seed, args.episode);
    let mut notes = Notes::new(&spec, stage.robots, &cameras);
    let played = stage.play(
        &spec,
        |stage, goal, stream| args.actor.make(stage, &spec, goal, stream),
        &mut notes,
    );
    let ended = played.map_err(|error| {
        let place = format!("episode {}", args.episode);
        let remedy = "another --episode or --seed may have what the task needs";
        Problem::error(&args.task, place, error.to_string(), "an episode", remedy)
    })?;

    let hz = stage.task.control_hz;
    let steps = notes.steps.len();
    let still_at: Vec<usize> = (0..args.stills as usize)
        .map(|i| i * (steps - 1) / (args.stills as usize - 1))
        .collect();
    let sizes = cameras.sizes(stage);
    let problem =
        |found: String| Problems::from(Problem::error(&args.out, "", found, "a film", ""));
    let mut encoders = Vec::new();
    for (_, width, height) in &sizes {
        let encoder = VideoEncoder::new(*width, *height, hz);
        encoders.push(encoder.map_err(|e| problem(e.to_string()))?);
    }
    let mut rows: Vec<Vec<Still>> = sizes.iter().map(|_| Vec::new()).collect();
    let renderer = Renderer::new(&loaded.scene);
    let color = PlaneSet {
        color: true,
        ..PlaneSet::NONE
    };
    let mut scratch = Scratch::default();
    let wanted = |step: &usize| !args.no_films || still_at.contains(step);
    let shown: Vec<usize> = (0..steps).filter(wanted).collect();
    let snapshots: Vec<_> = shown
        .iter()
        .map(|&step| notes.snapshots[step].clone())
        .collect();
    film(
        &renderer,
        &snapshots,
        color,
        4,
        &mut scratch,
        |picture, camera, planes| {
            let step = shown[picture];
            let pushed = encoders[camera].push(&rgb(&planes));
            pushed.map_err(|e| problem(e.to_string()))?;
            if still_at.contains(&step) {
                let secs = step as f64 / f64::from(hz);
                rows[camera].push(Still {
                    caption: format!("{} {secs:.1} s", sizes[camera].0),
                    picture: planes.color.expect("asked for"),
                });
            }
            Ok::<(), Problems>(())
        },
    )?;
    std::fs::create_dir_all(&args.out).map_err(|e| problem(e.to_string()))?;
    let name = format!("{}_{}", stage.task.name, args.episode);
    let write = |file: &Path, bytes: &[u8]| {
        std::fs::write(file, bytes).map_err(|e| {
            let expected = "a file that can be written";
            Problems::from(Problem::error(file, "", e.to_string(), expected, ""))
        })
    };
    let mut files = Vec::new();
    let films = encoders.into_iter().zip(&sizes);
    for (encoder, (camera, _, _)) in films.filter(|_| !args.no_films) {
        let file = args.out.join(format!("{name}_{camera}.mp4"));
        write(&file, &encoder.finish().to_mp4())?;
        files.push(file);
    }
    let file = args.out.join(format!("{name}.png"));
    write(&file, &film_strips(&rows))?;
    files.push(file);
    let mut text = format!(
        "{:?}\n{} after {:.1} s; {} of {} done\n",
        ended.goal.instruction,
        ended.verdict.reason(),
        ended.steps as f64 / f64::from(hz),
        ended.stage,
        count(stage.task.stages.len() as u64, "stage"),
    );
    if let Some(why) = &ended.gave_up {
        text += &format!("gave up: {why}\n");
    }
    if ended.verdict != Judged::Success {
        let mut contacts = notes.last_contacts.clone();
        contacts.sort_by(|a, b| b.peak_force_n.total_cmp(&a.peak_force_n));
        let name = |id: InstanceId| {
            let index = id.object_index().expect("things that touch are objects");
            &spec.objects[index].name
        };
        for c in contacts.iter().take(5) {
            let (a, b) = (name(c.instances.0), name(c.instances.1));
            text += &format!("  {a} presses {b} with up to {:.1} N\n", c.peak_force_n);
        }
    }
    for file in files {
        text += &format!("{}\n", file.display());
    }
    print(&text)?;
    Ok(Verdict::Fine)
}
