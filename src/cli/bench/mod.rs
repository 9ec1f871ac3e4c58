//! `benchside bench`: speed by stage, on this machine.

pub mod spheres;

use std::time::{Duration, Instant};

use anyhow::Result;
use rayon::prelude::*;

use crate::base::frame::FrameSnapshot;
use crate::base::image::PlaneSet;
use crate::render::{Renderer, Scratch, StageTimes, ViewOptions};
use crate::scene::desc::SceneDesc;

/// One measurement.
pub struct RenderFigure {
    pub scene: String,
    pub width_px: u32,
    pub height_px: u32,
    pub triangles: usize,
    pub views: usize,
    pub wall: Duration,
    pub times: StageTimes,
}

impl RenderFigure {
    /// Views a second over all threads.
    pub fn views_per_sec(&self) -> f64 {
        self.views as f64 / self.wall.as_secs_f64()
    }
}

/// Renders every camera of `snapshot` again and again for at least `least`, the views spread
/// over the current thread pool; the best of three rounds, as the peers' scripts take it.
pub fn measure(
    scene: &SceneDesc,
    snapshot: &FrameSnapshot,
    options: &ViewOptions,
    least: Duration,
) -> RenderFigure {
    let renderer = Renderer::new(scene);
    let round = |views: usize| {
        let start = Instant::now();
        let times = (0..rayon::current_num_threads())
            .into_par_iter()
            .map(|thread| {
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
                scratch.times
            });
        let times: Vec<StageTimes> = times.collect();
        (start.elapsed(), times)
    };
    let warm = round(2 * rayon::current_num_threads()).0.as_secs_f64()
        / (2 * rayon::current_num_threads()) as f64;
    let views = ((least.as_secs_f64() / 3.0 / warm) as usize).max(2 * rayon::current_num_threads());
    let best = (0..3).map(|_| round(views)).min_by_key(|(wall, _)| *wall);
    let (wall, times) = best.unwrap_or_default();
    let sum = |of: fn(&StageTimes) -> Duration| times.iter().map(of).sum();
    let triangles = snapshot
        .instances
        .iter()
        .flat_map(|i| &scene.objects[i.object.index()].surfaces);
    let camera = &snapshot.cameras[0].intrinsics;
    RenderFigure {
        scene: scene.name.clone(),
        width_px: camera.width_px,
        height_px: camera.height_px,
        triangles: triangles
            .map(|s| scene.meshes[s.mesh.index()].triangles.len())
            .sum(),
        views,
        wall,
        times: StageTimes {
            visibility: sum(|t| t.visibility),
            labels: sum(|t| t.labels),
            shading: sum(|t| t.shading),
        },
    }
}

/// spheres200 at `size_px`², colour with shadows, z-depth and instance, one sample a pixel.
pub fn spheres200(size_px: u32, least: Duration) -> Result<RenderFigure> {
    let (scene, mut snapshot) = spheres::scene()?;
    snapshot.cameras = (0..30).map(|k| spheres::camera(k, size_px)).collect();
    let options = ViewOptions {
        planes: PlaneSet::LEARNER,
        samples: 1,
    };
    Ok(measure(&scene, &snapshot, &options, least))
}
