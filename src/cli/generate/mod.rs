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
use super::output::{count, print};
use super::{Verdict, devices};
use crate::base::problem::{Problem, Problems};
use crate::dataset::layout;
use crate::dataset::manifest::{Format, Manifest, PathsRecord, Request, SensorRequest};
use crate::dataset::store::{Found, Store};
use crate::dataset::summary::Summary;
use crate::render::gpu::{DeviceChoice, GpuDevice};
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
    /// How colour is made: fast (direct light), or reference (path traced: refraction, soft
    /// shadows, interreflection). Labels are the same
    #[arg(long, value_enum, default_value_t = ModeName::Fast)]
    mode: ModeName,
    /// Colour samples a pixel: 1, 4 or 16 in fast mode [default: 4], 1 to 65536 in reference mode
    /// [default: 64]; labels are always exact
    #[arg(long)]
    samples: Option<u32>,
    /// Surfaces a path meets after the first one, in reference mode
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=64))]
    bounces: u32,
    /// Follow light that glass focuses, in reference mode; takes many more samples. Else light
    /// shines straight through glass
    #[arg(long)]
    caustics: bool,
    /// Leave reference mode's noise as it is
    #[arg(long)]
    no_denoise: bool,
    /// Threads [default: as many as there are cores]; changes nothing but the time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What renders: auto, cpu, gpu or gpu:N (`benchside devices` lists them)
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
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

pub(super) fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let size = text
        .split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    size.filter(|&(w, h)| (1..=MOST_PX).contains(&w) && (1..=MOST_PX).contains(&h))
        .ok_or_else(|| format!("expected width x height, each 1 to {MOST_PX}, such as 640x480"))
}

/// How colour is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ModeName {
    Fast,
    Reference,
}

/// Samples a pixel, for the mode asked for.
fn samples(args: &Args) -> Result<u32, Problems> {
    let (default, expected, fits): (_, _, fn(u32) -> bool) = match args.mode {
        ModeName::Fast => (4, "1, 4 or 16 in fast mode", |n| matches!(n, 1 | 4 | 16)),
        ModeName::Reference => (64, "1 to 65536 in reference mode", |n| {
            (1..=65_536).contains(&n)
        }),
    };
    let samples = args.samples.unwrap_or(default);
    if fits(samples) {
        Ok(samples)
    } else {
        Err(Problem::error("--samples", "", samples.to_string(), expected, "").into())
    }
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let begin = Instant::now();
    let samples = samples(args)?;
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
    let device = devices::open(args.device)?;
    let manifest = manifest(args, samples, &loaded, device.as_ref(), there.as_ref());
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
    let executor = prepared.executor(device.as_ref())?;
    let store = Store::open(&out)?;
    let stages = Stages::default();
    let pipeline = Pipeline {
        source: &args.scene,
        loaded: &loaded,
        prepared: &prepared,
        executor: &executor,
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

fn manifest(
    args: &Args,
    samples: u32,
    loaded: &Loaded,
    device: Option<&GpuDevice>,
    there: Option<&Manifest>,
) -> Manifest {
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
        color_samples: samples,
        paths: (args.mode == ModeName::Reference).then_some(PathsRecord {
            bounces: args.bounces,
            caustics: args.caustics,
            denoised: !args.no_denoise,
        }),
        sensors: sensors(&loaded.recipe),
    };
    let mut manifest = Manifest::new(&loaded.scene, request);
    if let Some(device) = device {
        manifest.renderer.executor = format!("gpu: {}", device.name());
    }
    manifest
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
