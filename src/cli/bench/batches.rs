//! The GPU by size of batch.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::spheres;
use crate::base::image::PlaneSet;
use crate::render::gpu::{Batch, GpuDevice, GpuError, GpuRenderer, RING, ViewJob};
use crate::render::{Renderer, ViewOptions};

/// Batch sizes measured.
const SIZES: [usize; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
/// Colour with shadows aside: what is traced is one ray a pixel.
const Z_DEPTH_AND_INSTANCE: PlaneSet = PlaneSet {
    color: false,
    ..PlaneSet::LEARNER
};

/// One row of the curve.
pub struct BatchFigure {
    pub planes: &'static str,
    pub size: usize,
    pub views: usize,
    /// Placing every view's instances, encoding, upload, rendering and read-back, several batches
    /// under way at a time.
    pub wall: Duration,
    /// Rendering alone, by the GPU's clock.
    pub gpu: Option<Duration>,
    /// Traced from cameras, and towards lights.
    pub rays: u64,
}

/// Measures spheres200 at `size_px`², every view a frame of its own; calls `row` for each figure
/// when it is there.
///
/// # Errors
/// If the GPU fails.
pub fn curve<E: From<GpuError>>(
    device: &GpuDevice,
    size_px: u32,
    least: Duration,
    mut row: impl FnMut(&BatchFigure) -> Result<(), E>,
) -> Result<(), E> {
    let (scene, mut snapshot) = spheres::scene();
    snapshot.cameras = (0..30).map(|k| spheres::camera(k, size_px)).collect();
    let renderer = Renderer::new(&scene);
    let mut gpu = GpuRenderer::new(&renderer, device)?;
    let encoder = gpu.encoder();
    for (name, planes) in [
        ("z-depth, instance", Z_DEPTH_AND_INSTANCE),
        ("learner, 1 sample", PlaneSet::LEARNER),
    ] {
        let options = ViewOptions::fast(planes, 1);
        // As on the CPU, each view's frame is placed as if it came from another episode.
        let job = |k: usize| -> ViewJob {
            let frame = renderer.frame(&snapshot);
            let encoded = encoder.frame(&frame);
            encoder.job(&frame, &encoded, k % snapshot.cameras.len(), &options)
        };
        // Compiles the kernels, and makes memory and clocks warm.
        let warm: Vec<ViewJob> = (0..8).map(job).collect();
        gpu.render_batch(&warm)?;
        for size in SIZES {
            let figure = measure(&mut gpu, size, least / 2, name, job)?;
            row(&figure)?;
        }
    }
    Ok(())
}

/// Batches of one size for at least `least`; the best of two rounds.
fn measure(
    gpu: &mut GpuRenderer,
    size: usize,
    least: Duration,
    planes: &'static str,
    job: impl Fn(usize) -> ViewJob,
) -> Result<BatchFigure, GpuError> {
    let mut round = || {
        let begin = Instant::now();
        let (mut sum, mut views, mut k) = (Batch::default(), 0, 0);
        let mut under_way = VecDeque::new();
        loop {
            let jobs: Vec<ViewJob> = (0..size).map(|i| job(k + i)).collect();
            k += size;
            // A batch that fits no buffer goes in several.
            let mut rest = &jobs[..];
            while !rest.is_empty() {
                if under_way.len() == RING {
                    views += take(&mut sum, &mut under_way)?;
                }
                let (now, later) = rest.split_at(gpu.batch_len(rest)?);
                under_way.push_back(gpu.submit(now)?);
                rest = later;
            }
            if begin.elapsed() >= least {
                break;
            }
        }
        while !under_way.is_empty() {
            views += take(&mut sum, &mut under_way)?;
        }
        Ok::<_, GpuError>(BatchFigure {
            planes,
            size,
            views,
            wall: begin.elapsed(),
            gpu: sum.gpu_time,
            rays: sum.primary_rays + sum.shadow_rays,
        })
    };
    let (a, b) = (round()?, round()?);
    Ok(if a.views_per_sec() > b.views_per_sec() {
        a
    } else {
        b
    })
}

fn take(
    sum: &mut Batch,
    under_way: &mut VecDeque<crate::render::gpu::Ticket>,
) -> Result<usize, GpuError> {
    let Some(ticket) = under_way.pop_front() else {
        return Ok(0);
    };
    let mut batch = ticket.collect()?;
    let views = std::hint::black_box(std::mem::take(&mut batch.views)).len();
    sum.join(batch);
    Ok(views)
}

impl BatchFigure {
    /// All of it.
    pub fn views_per_sec(&self) -> f64 {
        self.views as f64 / self.wall.as_secs_f64()
    }
}

/// Heading of the table.
pub fn header() -> String {
    format!(
        "{:<20} {:>6} {:>9} {:>11} {:>8} {:>9}\n",
        "planes", "batch", "views/s", "GPU views/s", "rays/px", "Gray/s"
    )
}

/// One line; rays are counted by the GPU's clock if it has one, else by the wall's.
pub fn line(figure: &BatchFigure, size_px: u32) -> String {
    let gpu = figure.gpu.map(|t| t.as_secs_f64()).filter(|&s| s > 0.0);
    let seconds = gpu.unwrap_or(figure.wall.as_secs_f64());
    let pixels = figure.views as f64 * f64::from(size_px) * f64::from(size_px);
    format!(
        "{:<20} {:>6} {:>9.1} {:>11} {:>8.2} {:>9.5}\n",
        figure.planes,
        figure.size,
        figure.views_per_sec(),
        gpu.map_or("-".into(), |s| format!("{:.1}", figure.views as f64 / s)),
        figure.rays as f64 / pixels,
        figure.rays as f64 / seconds / 1e9,
    )
}
