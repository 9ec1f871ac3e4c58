//! `benchside bench`: speed by stage, on this machine.

mod bare;
mod batches;
mod environment;
pub mod grip;
pub mod paths;
pub mod physics;
pub mod spheres;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::output::print;
use super::{Verdict, devices};
use crate::base::frame::FrameSnapshot;
use crate::base::image::PlaneSet;
use crate::base::problem::{Problem, Problems};
use crate::episode::sample;
use crate::render::gpu::{DeviceChoice, GpuDevice, GpuError};
use crate::render::{Renderer, Scratch, StageTimes, ViewOptions};
use crate::scene::desc::SceneDesc;
use crate::scene::load::{Loaded, load};
use crate::scene::shapes::Shapes;
use crate::task::actors::Random;
use crate::task::rollout::{Act, Actor, Moment};
use crate::world::simulate;

/// One measurement.
pub struct RenderFigure {
    pub scene: String,
    pub planes: &'static str,
    pub width_px: u32,
    pub height_px: u32,
    pub triangles: usize,
    pub views: usize,
    pub wall: Duration,
    /// Processor time of all threads; `None` where the system does not tell.
    pub cpu: Option<Duration>,
    pub times: StageTimes,
}

impl RenderFigure {
    /// Views a second over all threads.
    pub fn views_per_sec(&self) -> f64 {
        self.views as f64 / self.wall.as_secs_f64()
    }

    /// Processor time a view: what a busy machine does not change much.
    pub fn cpu_ms_per_view(&self) -> Option<f64> {
        self.cpu
            .map(|cpu| 1e3 * cpu.as_secs_f64() / self.views as f64)
    }
}

/// Time this thread has run so far (Linux: proc(5), schedstat).
fn thread_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Episodes without anything to do that are skipped before it is told.
const MOST_SKIPPED: u32 = 20;

/// Whether one can measure for so long.
fn check_secs(secs: f64) -> Result<(), Problems> {
    if !(secs > 0.0 && secs <= 3600.0) {
        let found = secs.to_string();
        return Err(Problem::error("--secs", "", found, "above 0, at most 3600", "").into());
    }
    Ok(())
}

/// Does anything, until time is up.
struct Until<'g> {
    end: Instant,
    random: Random<'g>,
}

impl Actor for Until<'_> {
    fn act(&mut self, moment: &Moment<'_>) -> Act {
        if moment.step > 0 && Instant::now() >= self.end {
            return Act::Stop;
        }
        self.random.act(moment)
    }
}

/// Renders every camera of `snapshot` again and again for at least `least`, the views spread
/// over the current thread pool; the best of three rounds, as the peers' scripts take it.
pub fn measure(
    scene: &SceneDesc,
    snapshot: &FrameSnapshot,
    options: &ViewOptions,
    planes: &'static str,
    least: Duration,
) -> RenderFigure {
    let renderer = Renderer::new(scene);
    let round = |views: usize| {
        let start = Instant::now();
        let times = (0..rayon::current_num_threads())
            .into_par_iter()
            .map(|thread| {
                let cpu = thread_cpu();
                let mut scratch = Scratch::default();
                // Placing the instances and building their tree belongs to every view here, as if
                // each came from another episode.
                for k in (thread..views).step_by(rayon::current_num_threads()) {
                    let frame = renderer.frame(snapshot);
                    std::hint::black_box(frame.view(
                        k % snapshot.cameras.len(),
                        options,
                        &mut scratch,
                    ));
                }
                let cpu = thread_cpu().zip(cpu).map(|(end, start)| end - start);
                (scratch.times, cpu)
            });
        let times: Vec<(StageTimes, Option<Duration>)> = times.collect();
        (start.elapsed(), times)
    };
    let warm = round(2 * rayon::current_num_threads()).0.as_secs_f64()
        / (2 * rayon::current_num_threads()) as f64;
    let views = ((least.as_secs_f64() / 3.0 / warm) as usize).max(2 * rayon::current_num_threads());
    let best = (0..3).map(|_| round(views)).min_by_key(|(wall, _)| *wall);
    let (wall, times) = best.unwrap_or_default();
    let sum = |of: fn(&StageTimes) -> Duration| times.iter().map(|(t, _)| of(t)).sum();
    let triangles = snapshot
        .instances
        .iter()
        .flat_map(|i| &scene.objects[i.object.index()].surfaces);
    let camera = &snapshot.cameras[0].intrinsics;
    RenderFigure {
        scene: scene.name.clone(),
        planes,
        width_px: camera.width_px,
        height_px: camera.height_px,
        triangles: triangles
            .map(|s| scene.meshes[s.mesh.index()].triangles.len())
            .sum(),
        views,
        wall,
        cpu: times.iter().map(|(_, cpu)| *cpu).sum(),
        times: StageTimes {
            visibility: sum(|t| t.visibility),
            labels: sum(|t| t.labels),
            shading: sum(|t| t.shading),
        },
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Views a second of the renderer, on the benchmark scene and on a scene of yours
    Render(RenderArgs),
    /// Camera paths a second of reference mode on the benchmark scene
    Paths(paths::Args),
    /// Physics steps a second of one world on one thread
    Physics(physics::Args),
    /// Control steps a second with cameras, of worlds side by side, under random actions
    Env(environment::Args),
}

#[derive(Debug, clap::Args)]
struct RenderArgs {
    /// Scene folder or recipe for the second half; skipped if it is not there
    #[arg(default_value = "scenes/pathology_lab")]
    scene: PathBuf,
    /// Seconds a measurement
    #[arg(long, default_value_t = 6.0, value_name = "SECONDS")]
    secs: f64,
    /// What renders: auto, cpu, gpu or gpu:N; a GPU is measured by size of batch
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Threads; 0 is one for each core
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    match &args.what {
        What::Render(args) => run_render(args),
        What::Paths(args) => paths::run(args),
        What::Physics(args) => physics::run(args),
        What::Env(args) => environment::run(args),
    }
}

fn run_render(args: &RenderArgs) -> Result<Verdict, Problems> {
    check_secs(args.secs)?;
    if let Some(device) = devices::open(args.device)? {
        return on_gpu(&device, Duration::from_secs_f64(args.secs));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .map_err(|e| Problem::error("--threads", "", e.to_string(), "a thread pool", ""))?;
    let least = Duration::from_secs_f64(args.secs);
    pool.install(|| {
        let threads = rayon::current_num_threads();
        print(&format!(
            "{threads} threads; stages as shares of the threads' time; learner: colour with shadows, z-depth, instance\n\n{}",
            header()
        ))?;
        for size_px in [128, 640] {
            print(&row(&spheres200(size_px, least), threads))?;
        }
        if !args.scene.exists() {
            return print(&format!("{}: not there, skipped\n", args.scene.display()));
        }
        let Loaded { scene, recipe, .. } = load(&args.scene)?;
        let shapes = Shapes::build(&scene)?;
        let spec = sample(&scene, &recipe, &shapes, 0, 0, Some((640, 480)));
        let simulated = simulate(&scene, &shapes, &spec)
            .map_err(|e| Problem::error(&args.scene, "episode 0", e.to_string(), "settled physics", ""))?;
        for (planes, samples, name) in [
            (PlaneSet::LEARNER, 1, "learner, 1 sample"),
            (PlaneSet::ALL, 4, "all planes, 4 samples"),
        ] {
            let options = ViewOptions::fast(planes, samples);
            let figure = measure(&scene, &simulated.frames[0], &options, name, least);
            print(&row(&figure, threads))?;
        }
        Ok(())
    })?;
    Ok(Verdict::Fine)
}

/// Size of the views of the curve by batch size.
const BATCHED_PX: u32 = 128;

fn on_gpu(device: &GpuDevice, least: Duration) -> Result<Verdict, Problems> {
    print(&format!(
        "{}; spheres200 at {BATCHED_PX}x{BATCHED_PX}, every view a frame of its own\n\
         views/s: placing, upload, rendering, read-back; GPU views/s: rendering, by the GPU's clock\n\
         rays: from the camera and towards lights, counted\n\n{}",
        device.name(),
        batches::header()
    ))?;
    /// Either side of the measurement.
    enum Failure {
        Gpu(GpuError),
        Told(Problems),
    }
    impl From<GpuError> for Failure {
        fn from(error: GpuError) -> Self {
            Self::Gpu(error)
        }
    }
    let row = |figure: &batches::BatchFigure| {
        print(&batches::line(figure, BATCHED_PX)).map_err(Failure::Told)
    };
    match batches::curve(device, BATCHED_PX, least, row) {
        Ok(()) => Ok(Verdict::Fine),
        Err(Failure::Told(problems)) => Err(problems),
        Err(Failure::Gpu(error)) => Err(Problem::error(
            "--device",
            "",
            error.to_string(),
            "a GPU that renders",
            "--device cpu needs none",
        )
        .into()),
    }
}

fn header() -> String {
    format!(
        "{:<16} {:<22} {:>9} {:>10} {:>9} {:>12}  {:>10} {:>7} {:>8} {:>6}\n",
        "scene",
        "planes",
        "size",
        "triangles",
        "views/s",
        "CPU ms/view",
        "visibility",
        "labels",
        "shading",
        "rest"
    )
}

fn row(figure: &RenderFigure, threads: usize) -> String {
    let busy = figure.wall.as_secs_f64() * threads as f64;
    let share = |d: Duration| 100.0 * d.as_secs_f64() / busy;
    let t = &figure.times;
    let [visibility, labels, shading] = [t.visibility, t.labels, t.shading].map(share);
    format!(
        "{:<16} {:<22} {:>9} {:>10} {:>9.1} {:>12}  {:>8.0} % {:>5.0} % {:>6.0} % {:>4.0} %\n",
        figure.scene,
        figure.planes,
        format!("{}x{}", figure.width_px, figure.height_px),
        figure.triangles,
        figure.views_per_sec(),
        figure
            .cpu_ms_per_view()
            .map_or("-".into(), |ms| format!("{ms:.2}")),
        visibility,
        labels,
        shading,
        100.0 - visibility - labels - shading,
    )
}

/// spheres200 at `size_px`², one sample a pixel.
pub fn spheres200(size_px: u32, least: Duration) -> RenderFigure {
    let (scene, mut snapshot) = spheres::scene();
    snapshot.cameras = (0..30).map(|k| spheres::camera(k, size_px)).collect();
    let options = ViewOptions::fast(PlaneSet::LEARNER, 1);
    measure(&scene, &snapshot, &options, "learner, 1 sample", least)
}
