//! Reference mode: the colour of a view by paths of light. Pixels are independent and the order
//! of sums is fixed, so the picture is the same for any number of threads.

use glam::{DVec2, Vec3};
use rayon::prelude::*;

use super::denoise::{self, Noisy};
use super::path::{self, Found, Moment};
use super::sampler::{Sampler, hash};
use super::{ViewScene, VisBuffer};
use crate::base::camera::Lens;
use crate::base::color::luminance;
use crate::base::frame::FrameSnapshot;
use crate::base::image::{Plane, PlaneSet, Planes};
use crate::base::tone;
use crate::render::bsdf::turn;
use crate::render::emitters::Emitters;
use crate::render::geometry::{Geometry, Ray};
use crate::render::{PathOptions, ViewOptions};

/// Moments at which moving things are put in place for one exposure.
const MOMENTS: usize = 32;

/// A path is no brighter than this, display-linear, so that sums of squares stay finite: the sun
/// seen at an exposure for starlight.
const BRIGHTEST: f32 = 1e13;

/// Sums over one pixel's samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Exposed, display-linear.
    pub light: Vec3,
    /// Of luminances.
    pub squares: f32,
    pub albedo: Vec3,
    pub normal: Vec3,
}

/// One pixel's samples, joined.
#[derive(Clone, Copy, Default)]
pub struct Gathered {
    mean: Vec3,
    /// Of the mean's luminance.
    variance: f32,
    albedo: Vec3,
    normal: Vec3,
}

impl Sums {
    /// Their means over so many samples.
    pub fn joined(&self, samples: u32) -> Gathered {
        let n = samples as f32;
        let mean = self.light / n;
        let l = luminance(mean);
        Gathered {
            mean,
            variance: ((self.squares / n - l * l) / (n - 1.0).max(1.0)).max(0.0),
            albedo: self.albedo / n,
            normal: self.normal / n,
        }
    }
}

/// Renders colour and radiance as wanted; `first` has one sample a pixel.
pub fn render(
    view: &ViewScene,
    options: &ViewOptions,
    paths: &PathOptions,
    first: &VisBuffer,
    planes: &mut Planes,
) {
    let times = Times::new(view);
    let moved = times.geometries(view);
    let geometries: Vec<&Geometry> = if moved.is_empty() {
        vec![view.geometry]
    } else {
        moved.iter().collect()
    };
    let emitters = Emitters::new(
        view.lights,
        &view.lights.environment,
        view.geometry,
        &view.scene.meshes,
        view.textures,
    );
    let moment = |k: usize| Moment {
        view,
        geometry: geometries[k],
        emitters: &emitters,
        options: *paths,
    };
    let moments: Vec<Moment> = (0..geometries.len()).map(moment).collect();
    let (width, height) = (first.width, first.height);
    let mut gathered = vec![Gathered::default(); width * height];
    let seed = hash(options.seed);
    gathered
        .par_chunks_mut(width)
        .enumerate()
        .for_each(|(y, row)| {
            let mut lens = LensRow::new(view, y);
            for (x, out) in row.iter_mut().enumerate() {
                lens.pixel(view, x);
                *out = gather(view, &lens, &moments, &times, (x, y), options.samples, seed);
            }
        });
    let instances = paths.denoise.then(|| {
        let instance = |&id: &u64| {
            super::unpack(id).map_or(0, |(draw, _)| view.geometry.draws[draw as usize].instance.0)
        };
        first.ids.iter().map(instance).collect()
    });
    finish(
        &options.planes,
        (width, height),
        &gathered,
        instances,
        planes,
    );
}

/// Colour and radiance as wanted, from all pixels of a view; filtered if `instances` are given.
pub fn finish(
    wanted: &PlaneSet,
    (width, height): (usize, usize),
    gathered: &[Gathered],
    instances: Option<Vec<u32>>,
    planes: &mut Planes,
) {
    let picture: Vec<Vec3> = match instances {
        Some(instance) => denoise::filter(&Noisy {
            width,
            height,
            color: gathered.iter().map(|g| g.mean).collect(),
            variance: gathered.iter().map(|g| g.variance).collect(),
            albedo: gathered.iter().map(|g| g.albedo).collect(),
            normal: gathered.iter().map(|g| g.normal).collect(),
            instance,
        }),
        None => gathered.iter().map(|g| g.mean).collect(),
    };
    planes.radiance = wanted.radiance.then(|| Plane {
        width_px: width,
        height_px: height,
        data: picture.iter().map(|c| c.to_array()).collect(),
    });
    planes.color = wanted.color.then(|| Plane {
        width_px: width,
        height_px: height,
        data: picture
            .iter()
            .map(|&c| tone::encode(tone::neutral(c)))
            .collect(),
    });
}

/// Traces the paths of one pixel.
fn gather(
    view: &ViewScene,
    lens: &LensRow,
    moments: &[Moment],
    times: &Times,
    (x, y): (usize, usize),
    samples: u32,
    seed: u32,
) -> Gathered {
    let width = view.camera.intrinsics.width_px;
    let blurs = view.camera.exposure.pupil_radius_m > 0.0;
    let mut sums = Sums::default();
    for sample in 0..samples {
        let mut sampler = Sampler::new(seed, y as u32 * width + x as u32, sample);
        let [dx, dy] = sampler.pair();
        let pupil = if blurs { sampler.pair() } else { [0.0; 2] };
        let time = if times.span() > 0.0 {
            times.fraction(y, sampler.pair()[0])
        } else {
            0.0
        };
        let Some(direction) = lens.direction(view, [dx, dy]) else {
            continue;
        };
        let ray = camera_ray(view, direction, pupil, time);
        let found: Found = path::trace(
            &moments[times.moment(time, moments.len())],
            ray,
            &mut sampler,
        );
        // A path through a degenerate triangle must not spoil the pixel.
        if found.radiance.is_nan() {
            continue;
        }
        let light = (found.radiance * view.gains).min(Vec3::splat(BRIGHTEST));
        sums.light += light;
        sums.albedo += found.albedo;
        sums.normal += found.normal;
        let l = luminance(light);
        sums.squares += l * l;
    }
    sums.joined(samples)
}

/// Directions (camera frame) at the corners of one row's pixels: between them rays bend so little
/// that a bilinear mean is exact to 10⁻⁶.
struct LensRow {
    y: usize,
    /// Left top, right top, left bottom, right bottom; `None` at the rim of the lens' domain.
    corners: [Option<Vec3>; 4],
    x: usize,
}

impl LensRow {
    fn new(view: &ViewScene, y: usize) -> Self {
        let mut row = Self {
            y,
            corners: [None; 4],
            x: 0,
        };
        row.corners[1] = row.corner(view, 0, 0);
        row.corners[3] = row.corner(view, 0, 1);
        row
    }

    fn corner(&self, view: &ViewScene, x: usize, below: usize) -> Option<Vec3> {
        let at = DVec2::new(x as f64, (self.y + below) as f64);
        view.projector.unproject(at).map(|d| d.as_vec3())
    }

    /// Goes to pixel `x`, the next one.
    fn pixel(&mut self, view: &ViewScene, x: usize) {
        let right = [0, 1].map(|below| self.corner(view, x + 1, below));
        self.corners = [self.corners[1], right[0], self.corners[3], right[1]];
        self.x = x;
    }

    /// At a point of the pixel, 0 … 1.
    fn direction(&self, view: &ViewScene, [dx, dy]: [f32; 2]) -> Option<Vec3> {
        if let [Some(a), Some(b), Some(c), Some(d)] = self.corners {
            let (above, below) = (a + (b - a) * dx, c + (d - c) * dx);
            return Some(above + (below - above) * dy);
        }
        let at = DVec2::new(self.x as f64 + f64::from(dx), self.y as f64 + f64::from(dy));
        Some(view.projector.unproject(at)?.as_vec3())
    }
}

/// The ray in a direction of the camera frame, from a point of the pupil, at a time.
fn camera_ray(view: &ViewScene, direction: Vec3, [u, v]: [f32; 2], time: f32) -> Ray {
    let camera = view.camera;
    let pose = if time == 0.0 {
        camera.world_from_camera
    } else {
        camera
            .world_from_camera
            .moved(&camera.world_from_camera_next, time)
    };
    let radius = camera.exposure.pupil_radius_m as f32;
    if radius <= 0.0 {
        return Ray {
            origin: pose.translation_m,
            direction: pose.direction(direction),
        };
    }
    let focus = camera.exposure.focus_m as f32;
    // Sharp is a plane, or, for a fisheye that has no plane, a sphere.
    let sharp = match camera.lens {
        Lens::Fisheye { .. } => direction.normalize() * focus,
        _ => direction * (focus / direction.z),
    };
    let (sin, cos) = turn(v);
    let pupil = Vec3::new(cos, sin, 0.0) * (radius * u.sqrt());
    Ray {
        origin: pose.point(pupil),
        direction: pose.direction(sharp - pupil),
    }
}

/// When each row gathers light, in steps of `flow_secs` from the snapshot.
pub struct Times {
    pub shutter: f32,
    pub readout: f32,
    pub rows: f32,
    /// Whether anything but the camera moves.
    moves: bool,
}

impl Times {
    /// Of a view.
    pub fn new(view: &ViewScene) -> Self {
        let exposure = &view.camera.exposure;
        let snapshot = view.snapshot;
        let steps = |secs: f64| {
            if snapshot.flow_secs > 0.0 {
                (secs / snapshot.flow_secs) as f32
            } else {
                0.0
            }
        };
        let (shutter, readout) = (steps(exposure.shutter_secs), steps(exposure.readout_secs));
        let moving = |i: &crate::base::frame::InstanceSnapshot| {
            i.world_from_instance != i.world_from_instance_next
        };
        Self {
            shutter,
            readout,
            rows: f64::from(view.camera.intrinsics.height_px) as f32,
            moves: shutter + readout > 0.0 && snapshot.instances.iter().any(moving),
        }
    }

    /// Of a row and an instant of its exposure, 0 … 1; 0 is the snapshot.
    fn fraction(&self, row: usize, instant: f32) -> f32 {
        let row = (row as f32 + 0.5) / self.rows - 0.5;
        row * self.readout + (instant - 0.5) * self.shutter
    }

    fn span(&self) -> f32 {
        self.shutter + self.readout
    }

    fn moment(&self, fraction: f32, moments: usize) -> usize {
        if moments == 1 {
            return 0;
        }
        let x = (fraction / self.span() + 0.5) * moments as f32;
        (x.max(0.0) as usize).min(moments - 1)
    }

    /// The scene at each moment; none if nothing moves.
    pub fn geometries(&self, view: &ViewScene) -> Vec<Geometry> {
        let count = if self.moves { MOMENTS } else { 0 };
        let at = |k: usize| {
            let fraction = ((k as f32 + 0.5) / MOMENTS as f32 - 0.5) * self.span();
            let materials = &view.geometry.materials[..view.scene.materials.len()];
            let snapshot = moved(view.snapshot, fraction);
            Geometry::new(view.scene, view.trees, materials, &snapshot)
        };
        (0..count).map(at).collect()
    }
}

fn moved(snapshot: &FrameSnapshot, fraction: f32) -> FrameSnapshot {
    let mut moved = snapshot.clone();
    for instance in &mut moved.instances {
        instance.world_from_instance = instance
            .world_from_instance
            .moved(&instance.world_from_instance_next, fraction);
    }
    moved
}
