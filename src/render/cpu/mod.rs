//! The CPU executor: visibility by rasterization (pinhole) or rays (other lenses), then labels
//! and colour from that one buffer. One view is one thread's work.

mod centers;
mod color;
mod denoise;
mod filter;
mod grid;
mod memory;
mod open;
mod path;
mod planes;
mod raster;
mod reference;
mod sampler;
mod sampling;
mod shade;
mod site;
mod tone;
mod trace;

use std::time::{Duration, Instant};

use glam::{DVec2, Mat3A, Vec3};

use self::centers::Centers;
use self::grid::{Grid, Grids};
use super::brdf::Albedos;
use super::coverage::CoverageCounter;
use super::geometry::{Geometry, Hit, MeshTree, Ray};
use super::lanes::{LANES, V};
use super::light::LightSet;
use super::material::Opacity;
use super::texture::MipTexture;
use super::{Mode, View, ViewOptions};
use crate::base::camera::{CameraSpec, Lens, NEAR_M, Projector};
use crate::base::frame::FrameSnapshot;
use crate::scene::desc::SceneDesc;

pub use color::PointCounts;
pub use memory::{Again, Memory};
pub use reference::{Gathered, Sums, Times, finish};
pub use sampler::hash;
pub use sampling::points as sample_points;
pub use trace::{World, occlusion};

/// Which surfaces a visibility pass sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The first of any kind.
    First,
    /// The first that nothing shows through.
    Opaque,
}

impl Layer {
    /// Whether draws of this opacity can be seen at all.
    #[inline]
    pub fn wants(self, opacity: Opacity) -> bool {
        self == Self::First || opacity != Opacity::Transmissive
    }
}

/// Per sample: the triangle seen.
#[derive(Default)]
pub struct VisBuffer {
    pub width: usize,
    pub height: usize,
    /// Samples a pixel's side.
    pub scale: usize,
    /// 1 / z (raster), 0 where nothing is.
    pub inverse_z: Vec<f32>,
    /// [`pack`]ed, [`NOTHING`] where nothing is.
    pub ids: Vec<u64>,
}

/// No surface.
pub const NOTHING: u64 = u64::MAX;

/// Draw and triangle in one word.
#[inline]
pub fn pack(draw: u32, triangle: u32) -> u64 {
    u64::from(draw) << 32 | u64::from(triangle)
}

#[inline]
fn unpack(id: u64) -> Option<(u32, u32)> {
    (id != NOTHING).then_some(((id >> 32) as u32, id as u32))
}

impl VisBuffer {
    fn reset(&mut self, width_px: usize, height_px: usize, scale: usize) {
        (self.width, self.height, self.scale) = (width_px * scale, height_px * scale, scale);
        // So that eight samples can be read from any one on.
        let n = self.width * self.height + LANES;
        self.inverse_z.clear();
        self.inverse_z.resize(n, 0.0);
        self.ids.clear();
        self.ids.resize(n, NOTHING);
    }
}

/// What the samples of a view show.
pub struct Seen<'s> {
    /// One sample a pixel, as in the next three.
    pub grid: &'s Grid,
    pub first: &'s VisBuffer,
    /// The first surface that nothing shows through.
    pub opaque: &'s VisBuffer,
    pub centers: &'s Centers,
    /// The samples that colour is made of in fast mode.
    pub fine: &'s VisBuffer,
}

/// Buffers of one thread, reused from view to view.
#[derive(Default)]
pub struct Scratch {
    first: VisBuffer,
    opaque: VisBuffer,
    fine: VisBuffer,
    centers: Centers,
    grids: Grids,
    raster: raster::RasterScratch,
    covered: Vec<u32>,
    color: color::ColorScratch,
    /// Time spent by stage since the scratch was made.
    pub times: StageTimes,
}

impl Scratch {
    /// Points shaded in fast mode, and taken over from frames before, since it was made.
    pub fn points(&self) -> PointCounts {
        self.color.counts
    }
}

/// Time by stage of rendering.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTimes {
    pub visibility: Duration,
    pub labels: Duration,
    pub shading: Duration,
}

/// Everything one view reads.
pub struct ViewScene<'v> {
    pub scene: &'v SceneDesc,
    pub trees: &'v [MeshTree],
    pub textures: &'v [MipTexture],
    pub albedos: &'v Albedos,
    pub geometry: &'v Geometry,
    pub lights: &'v LightSet,
    pub snapshot: &'v FrameSnapshot,
    pub camera: &'v CameraSpec,
    pub projector: Projector,
    /// Rotation of the camera.
    pub world_from_camera: Mat3A,
    /// Exposure and white balance.
    pub gains: Vec3,
}

/// Distance of samples, pixels, by samples a pixel's side.
const PITCH: [f64; 9] = [
    0.0,
    1.0,
    1.0 / 2.0,
    1.0 / 3.0,
    1.0 / 4.0,
    1.0 / 5.0,
    1.0 / 6.0,
    1.0 / 7.0,
    1.0 / 8.0,
];

impl ViewScene<'_> {
    /// The ray through sample (x, y) of a grid with `scale` samples a pixel's side, in the world
    /// frame; `None` where the lens sees nothing. For lenses on z = 1 its parameter is z-depth.
    #[inline]
    pub fn sample_ray(&self, scale: usize, x: usize, y: usize) -> Option<Ray> {
        Some(Ray {
            origin: self.eye(),
            direction: self.world_from_camera * self.in_camera(scale, x, y)?,
        })
    }

    /// Direction of that ray in the camera frame.
    #[inline]
    pub fn in_camera(&self, scale: usize, x: usize, y: usize) -> Option<Vec3> {
        let at = DVec2::new(x as f64 + 0.5, y as f64 + 0.5) * PITCH[scale];
        Some(self.projector.unproject(at)?.as_vec3())
    }

    /// From the camera frame to the world frame.
    #[inline(always)]
    pub fn to_world(&self, d: V) -> V {
        let column = |v: glam::Vec3A| V::splat(Vec3::from(v));
        let m = &self.world_from_camera;
        column(m.x_axis) * d.x + column(m.y_axis) * d.y + column(m.z_axis) * d.z
    }

    /// Where the rays start.
    #[inline]
    pub fn eye(&self) -> Vec3 {
        self.camera.world_from_camera.translation_m
    }

    /// Angle one pixel spans near the optical axis.
    #[inline]
    pub fn pixel_rad(&self) -> f32 {
        (1.0 / self.camera.intrinsics.fx_px) as f32
    }

    /// Near limit of the ray parameter.
    #[inline]
    pub fn near(&self) -> f32 {
        NEAR_M
    }

    fn has_transparent(&self) -> bool {
        let transparent = |o| matches!(o, Opacity::Blend | Opacity::Transmissive);
        self.geometry.draws.iter().any(|d| transparent(d.opacity))
    }
}

/// Renders one view; `again`: what is known of the frame before.
pub fn render(
    view: &ViewScene,
    options: &ViewOptions,
    scratch: &mut Scratch,
    mut again: Option<Again>,
) -> View {
    let k = &view.camera.intrinsics;
    let (width, height) = (k.width_px as usize, k.height_px as usize);
    let mut counter = options.planes.amodal.then(|| {
        let last = std::mem::take(&mut scratch.covered);
        CoverageCounter::new(width, height, view.snapshot.instances.len(), last)
    });
    let start = Instant::now();
    let grid = scratch.grids.get(view, 1);
    scratch.first.reset(width, height, 1);
    visibility(
        view,
        &grid,
        Layer::First,
        &mut scratch.first,
        counter.as_mut(),
        &mut scratch.raster,
    );
    let layered = view.has_transparent();
    if options.planes.behind && layered {
        scratch.opaque.reset(width, height, 1);
        visibility(
            view,
            &grid,
            Layer::Opaque,
            &mut scratch.opaque,
            None,
            &mut scratch.raster,
        );
    }
    let side = sample_grid(options.samples);
    let colored = options.planes.color || options.planes.radiance;
    if colored && side > 1 && options.mode == Mode::Fast {
        scratch.fine.reset(width, height, side);
        visibility(
            view,
            &scratch.grids.get(view, side),
            Layer::First,
            &mut scratch.fine,
            None,
            &mut scratch.raster,
        );
    }
    let rastered = Instant::now();
    let fast = colored && options.mode == Mode::Fast;
    if fast || planes::needs_rays(&options.planes) {
        scratch.centers.find(view, &grid, &scratch.first);
    }
    let first = &scratch.first;
    let seen = Seen {
        grid: &grid,
        first,
        opaque: if layered { &scratch.opaque } else { first },
        fine: if side > 1 { &scratch.fine } else { first },
        centers: &scratch.centers,
    };
    let mut planes = planes::extract(view, &options.planes, &seen);
    let labelled = Instant::now();
    if colored && let Mode::Reference(paths) = &options.mode {
        reference::render(view, options, paths, first, &mut planes);
    } else if colored {
        let (wanted, scratch) = (&options.planes, &mut scratch.color);
        color::render(view, wanted, &seen, scratch, &mut planes, again.as_mut());
    }
    scratch.times.visibility += rastered - start;
    scratch.times.labels += labelled - rastered;
    scratch.times.shading += labelled.elapsed();
    let coverage = counter.map(|counter| {
        let (coverage, last) = counter.finish();
        scratch.covered = last;
        coverage
    });
    View {
        planes,
        coverage: coverage.unwrap_or_default(),
    }
}

/// Side of the sample grid of a pixel: the smallest square that holds `samples`.
pub fn sample_grid(samples: u32) -> usize {
    (1..=8)
        .find(|side| side * side >= samples as usize)
        .unwrap_or(8)
}

fn visibility(
    view: &ViewScene,
    grid: &Grid,
    layer: Layer,
    out: &mut VisBuffer,
    counter: Option<&mut CoverageCounter>,
    scratch: &mut raster::RasterScratch,
) {
    if view.camera.lens == Lens::Pinhole {
        let k = &view.camera.intrinsics;
        let scale = out.scale as f64;
        let camera = raster::Pinhole {
            camera_from_world: view.camera.world_from_camera.inverse().affine(),
            focal: [(k.fx_px * scale) as f32, (k.fy_px * scale) as f32],
            center: [(k.cx_px * scale) as f32, (k.cy_px * scale) as f32],
            size: [out.width as f32, out.height as f32],
        };
        raster::rasterize(view, &camera, layer, out, counter, scratch);
    } else {
        trace::visibility(view, grid, layer, out, counter);
    }
}

/// A hit at the plane of a known triangle.
#[inline]
fn hit_on(view: &ViewScene, ray: &Ray, draw: u32, triangle: u32) -> Hit {
    let d = &view.geometry.draws[draw as usize];
    let (t, uv) = super::surface::plane_hit(&view.scene.meshes[d.mesh.index()], d, triangle, ray);
    Hit {
        t,
        draw,
        triangle,
        uv,
    }
}
