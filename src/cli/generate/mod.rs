//! `benchside generate`: a scene → a data set.

mod finish;
mod log;
mod only;
mod pipeline;
mod progress;
mod schedule;
mod stages;

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;

use self::log::Log;
use self::pipeline::{Pipeline, Prepared, Watched};
use self::progress::Progress;
use self::stages::Stages;
use super::Verdict;
use super::output::{count, print};
use crate::base::problem::{Problem, Problems};
use crate::dataset::layout;
use crate::dataset::manifest::{Format, Manifest, Request, SensorRequest};
use crate::dataset::store::{Found, Store};
use crate::dataset::summary::Summary;
use crate::scene::load::{Loaded, load};
use crate::scene::recipe::desc::RecipeDesc;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with a recipe.toml, or a recipe
    scene: PathBuf,
    /// Number of episodes [default: 10, or as the data set was begun]
    #[arg(short = 'n', long, value_name = "EPISODES",
          value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    episodes: Option<u64>,
    /// Seed of all random choices; 0 is a seed like any other
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder of the data set [default: output/<scene>]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to write
    #[arg(long, value_delimiter = ',', default_value = "native,coco")]
    formats: Vec<Format>,
    /// Size of the images [default: the recipe's]
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    size: Option<(u32, u32)>,
    /// Colour samples a pixel: 1, 4 or 16 (labels are always exact)
    #[arg(long, default_value = "4", value_parser = parse_samples)]
    samples: u32,
    /// Threads [default: as many as there are cores]; changes nothing but the time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Go on with a data set that was begun with the same options; begin it if there is none
    #[arg(long, conflicts_with = "only")]
    resume: bool,
    /// Make image K alone, in its place: the same bytes as in the whole
    #[arg(long, value_name = "K")]
    only: Option<u64>,
    /// Append a JSON line for every event to this file
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// Largest width and height of an image.
const MOST_PX: u32 = 8192;

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let size = text
        .split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    size.filter(|&(w, h)| (1..=MOST_PX).contains(&w) && (1..=MOST_PX).contains(&h))
        .ok_or_else(|| format!("expected width x height, each 1 to {MOST_PX}, such as 640x480"))
}

fn parse_samples(text: &str) -> Result<u32, String> {
    match text {
        "1" | "4" | "16" => Ok(text.parse().expect("these are numbers")),
        _ => Err("expected 1, 4 or 16".into()),
    }
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let begin = Instant::now();
    let log = Log::open(args.log.as_deref())?;
    let loaded = load(&args.scene)?;
    for warning in loaded.warnings.iter() {
        eprintln!("{warning}");
    }
    let out = match &args.out {
        Some(out) => out.clone(),
        None => Path::new("output").join(&loaded.scene.name),
    };
    let found = Store::look(&out)?;
    refuse(args, &out, found)?;
    let there = match found {
        Found::Dataset => Some(Manifest::read(&out)?),
        _ => None,
    };
    let manifest = manifest(args, &loaded, there.as_ref());
    if let Some(there) = &there {
        let differences = manifest.differences(there, &out.join(layout::MANIFEST));
        if differences.has_errors() {
            return Err(differences);
        }
        if args.only.is_none() && Summary::is_there(&out) {
            let images = count(manifest.request.images(), "image");
            Store::open(&out)?.finish()?;
            print(&format!("{} is complete: {images}\n", out.display()))?;
            return Ok(Verdict::Fine);
        }
    }
    if let Some(image) = args.only {
        only::check(image, &manifest.request)?;
    }

    let threads = threads(args);
    // Preparing the scene may use rayon's own threads; a second run in one process keeps the
    // pool of the first.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    let prepared = Prepared::new(&loaded)?;
    let store = Store::open(&out)?;
    let stages = Stages::default();
    let pipeline = Pipeline {
        source: &args.scene,
        loaded: &loaded,
        prepared: &prepared,
        manifest: &manifest,
        store: &store,
        log: &log,
        stages: &stages,
    };
    log.event(
        "begin",
        json!({ "out": out, "images": manifest.request.images() }),
    );
    let result = match args.only {
        Some(image) => only::make(&pipeline, image),
        None => whole(&pipeline, threads, begin),
    };
    match result {
        Ok(text) => {
            if args.only.is_some() {
                store.release();
            } else {
                store.finish()?;
            }
            log.event("end", json!({}));
            print(&text)?;
            Ok(Verdict::Fine)
        }
        Err(problems) => {
            store.release();
            log.event("failed", json!({ "message": problems.to_string() }));
            Err(problems)
        }
    }
}

/// Does everything that is still to do; returns what to tell.
fn whole(pipeline: &Pipeline<'_>, threads: usize, begin: Instant) -> Result<String, Problems> {
    pipeline.begin_dataset()?;
    let episodes = pipeline.manifest.request.episodes;
    let progress = Progress::new(pipeline.manifest.request.images());
    let watched = Watched {
        pipeline: *pipeline,
        progress: &progress,
    };
    schedule::run(&watched, 0..episodes, threads)?;
    progress.say("writing annotations and summary");
    let summary = finish::write(pipeline)?;
    progress.end();
    Ok(finish::report(pipeline, &summary, begin.elapsed()))
}

fn threads(args: &Args) -> usize {
    match args.threads {
        Some(n) => usize::from(n),
        None => std::thread::available_parallelism().map_or(1, |n| n.get()),
    }
}

/// Refuses to mix a data set with what is already there.
fn refuse(args: &Args, out: &Path, found: Found) -> Result<(), Problems> {
    let (found, remedy) = match found {
        Found::Nothing => return Ok(()),
        Found::Dataset if args.resume || args.only.is_some() => return Ok(()),
        Found::Dataset if Summary::is_there(out) => (
            "a finished data set",
            "choose another folder with -o, or remove this one",
        ),
        Found::Dataset => (
            "an unfinished data set",
            "go on with it by --resume, choose another folder with -o, or remove this one",
        ),
        Found::OtherFiles => (
            "files, but no manifest.json",
            "choose another folder with -o",
        ),
    };
    let expected = "an empty folder, or none";
    Err(Problem::error(out, "", found, expected, remedy).into())
}

fn manifest(args: &Args, loaded: &Loaded, there: Option<&Manifest>) -> Manifest {
    let capture = &loaded.recipe.capture;
    let (width, height) = args.size.unwrap_or(capture.size_px);
    let mut formats = args.formats.clone();
    formats.sort_unstable();
    formats.dedup();
    let begun_with = there.map(|m| m.request.episodes);
    let request = Request {
        seed: args.seed,
        episodes: args.episodes.or(begun_with).unwrap_or(10),
        formats,
        size_px: [width, height],
        cameras: loaded
            .recipe
            .cameras
            .iter()
            .map(|c| c.name.clone())
            .collect(),
        frames_per_episode: capture.frames,
        interval_secs: capture.interval_secs,
        flow_secs: capture.flow_secs,
        depth_unit_m: capture.depth_unit_m,
        color_samples: args.samples,
        sensors: sensors(&loaded.recipe),
    };
    Manifest::new(&loaded.scene, request)
}

fn sensors(recipe: &RecipeDesc) -> Vec<SensorRequest> {
    let cameras = recipe.cameras.iter();
    cameras
        .filter_map(|camera| {
            let sensor = camera.sensor.as_ref()?;
            Some(SensorRequest {
                camera: camera.name.clone(),
                depth: sensor.depth.as_ref().map(|(method, _)| *method),
            })
        })
        .collect()
}
