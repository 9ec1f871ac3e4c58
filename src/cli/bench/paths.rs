//! `benchside bench paths`: reference mode on spheres200 under the light that the peers' path
//! tracers run it with, so that a ratio can be taken.

use std::time::{Duration, Instant};

use glam::Vec3;

use super::spheres;
use crate::base::frame::FrameSnapshot;
use crate::base::image::PlaneSet;
use crate::base::light::{Light, LightKind};
use crate::base::problem::{Problem, Problems};
use crate::cli::Verdict;
use crate::cli::output::print;
use crate::render::{Mode, PathOptions, Renderer, Scratch, ViewOptions};
use crate::scene::desc::SceneDesc;
use crate::scene::material::Material;

/// As Cycles counts diffuse bounces, and as many as it has by default.
const BOUNCES: u32 = 4;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Pixels a side
    #[arg(long, default_value_t = 256, value_name = "PIXELS")]
    size: u32,
    /// Paths a pixel
    #[arg(long, default_value_t = 64, value_name = "N")]
    samples: u32,
    /// Also print the error against a picture of this many paths a pixel
    #[arg(long, value_name = "N")]
    truth: Option<u32>,
    /// Threads; 0 is one for each core
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    for (option, value, most) in [
        ("--size", args.size, 8192),
        ("--samples", args.samples, 65_536),
        ("--truth", args.truth.unwrap_or(1), 65_536),
    ] {
        if !(1..=most).contains(&value) {
            let expected = format!("1 to {most}");
            return Err(Problem::error(option, "", value.to_string(), expected, "").into());
        }
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .map_err(|e| Problem::error("--threads", "", e.to_string(), "a thread pool", ""))?;
    pool.install(|| {
        let figure = measure(args.size, args.samples);
        print(&format!(
            "reference mode, {} threads, {}px {} spp, {BOUNCES} bounces: {:.2} s an image, \
             {:.2} M paths/s\n",
            rayon::current_num_threads(),
            args.size,
            args.samples,
            figure.wall.as_secs_f64(),
            figure.paths_per_sec() / 1e6,
        ))?;
        let Some(truth) = args.truth else {
            return Ok(());
        };
        let rmse = figure.rmse(truth);
        // What noise is left after one second, if it falls as 1/√time.
        let at_one_sec = rmse * figure.wall.as_secs_f64().sqrt();
        print(&format!(
            "RMSE against {truth} spp: {rmse:.5} in linear light, {at_one_sec:.5} at one second\n"
        ))
    })?;
    Ok(Verdict::Fine)
}

/// One picture, and how long it took.
pub struct PathFigure {
    scene: SceneDesc,
    snapshot: FrameSnapshot,
    samples: u32,
    picture: Vec<[f32; 3]>,
    /// Best of three.
    pub wall: Duration,
}

/// Renders spheres200 at `size_px`².
pub fn measure(size_px: u32, samples: u32) -> PathFigure {
    let (scene, snapshot) = scene(size_px);
    let (mut picture, mut wall) = (Vec::new(), Duration::MAX);
    for _ in 0..3 {
        let start = Instant::now();
        picture = render(&scene, &snapshot, samples, 0);
        wall = wall.min(start.elapsed());
    }
    PathFigure {
        scene,
        snapshot,
        samples,
        picture,
        wall,
    }
}

impl PathFigure {
    /// Camera paths a second.
    pub fn paths_per_sec(&self) -> f64 {
        self.picture.len() as f64 * f64::from(self.samples) / self.wall.as_secs_f64()
    }

    /// Root of the mean squared difference to a picture of `samples` other paths a pixel.
    pub fn rmse(&self, samples: u32) -> f64 {
        let truth = render(&self.scene, &self.snapshot, samples, 1);
        let values = self.picture.iter().flatten().zip(truth.iter().flatten());
        let sum: f64 = values
            .map(|(a, b)| {
                let off = f64::from(a - b);
                off * off
            })
            .sum();
        (sum / (3 * truth.len()) as f64).sqrt()
    }
}

/// Everything matte and of albedo 0.8 under a sun of illuminance 3 from straight above and a
/// uniform sky of radiance 0.05; one camera, which takes those units as they are.
fn scene(size_px: u32) -> (SceneDesc, FrameSnapshot) {
    let (mut scene, mut snapshot) = spheres::scene();
    for material in &mut scene.materials {
        *material = Material {
            base_color: [0.8, 0.8, 0.8, 1.0],
            metallic: 0.0,
            roughness: 1.0,
            ior: 1.0,
            ..Material::default()
        };
    }
    let light = |name: &str, kind| Light {
        name: name.into(),
        kind,
        color: [1.0; 3],
        casts_shadow: true,
    };
    snapshot.lights = vec![
        light(
            "sun",
            LightKind::Directional {
                direction: Vec3::NEG_Z,
                lux: 3.0,
                angular_diameter_rad: 0.0,
            },
        ),
        light(
            "sky",
            LightKind::Ambient {
                sky_nits: 0.05,
                ground_nits: 0.05,
                reach_m: 0.0,
            },
        ),
    ];
    let mut camera = spheres::camera(0, size_px);
    camera.ev100 = libm::log2(1.0 / 1.2);
    snapshot.cameras = vec![camera];
    (scene, snapshot)
}

fn render(scene: &SceneDesc, snapshot: &FrameSnapshot, samples: u32, seed: u32) -> Vec<[f32; 3]> {
    let options = ViewOptions {
        planes: PlaneSet {
            color: false,
            radiance: true,
            z_depth: false,
            instance: false,
            ..PlaneSet::LEARNER
        },
        samples,
        mode: Mode::Reference(PathOptions {
            bounces: BOUNCES,
            caustics: true,
            denoise: false,
        }),
        seed,
    };
    let renderer = Renderer::new(scene);
    let view = renderer
        .frame(snapshot)
        .view(0, &options, &mut Scratch::default());
    view.planes
        .radiance
        .map(|plane| plane.data)
        .unwrap_or_default()
}
