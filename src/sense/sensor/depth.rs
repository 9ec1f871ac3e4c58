//! Depth by triangulation, with the errors of active infrared and of passive stereo.
//!
//! A second eye stands `baseline_m` beside the camera: a projector or a camera. Depth z is seen
//! as a disparity of f · b / z pixels, so that errors of the disparity grow with z² (Khoshelham,
//! Elberink, "Accuracy and Resolution of Kinect Depth Data", 2012). Lateral jitter before
//! quantization as in Barron, Malik, "Intrinsic Scene Properties from a Single RGB-D Image",
//! 2013; what slant adds as in Nguyen, Izadi, Lovell, "Modeling Kinect Sensor Noise for Improved
//! 3D Reconstruction and Tracking", 2012.

use std::f32::consts::{FRAC_PI_2, PI};

use glam::Vec3;

use super::Reflectances;
use super::reflectance::Reflectance;
use crate::base::camera::CameraSpec;
use crate::base::color::{LUMINANCE, linear_from_srgb};
use crate::base::image::{Plane, Planes};
use crate::base::seed::SeedRng;
use crate::base::sensor::{DepthMethod, DepthParameters, DepthSensorSpec};

/// Places in the second eye's rows are told apart to a quarter of a pixel.
const BINS_PER_PX: f32 = 4.0;
/// Neighbours whose disparities differ by less are one surface.
const ONE_SURFACE_PX: f32 = 1.0;
/// Share of a window that must lie at the pixel's own depth to be matched there.
const LEAST_SUPPORT: f32 = 0.4;
/// How far a window's border wanders, by its side.
const RAGGED: f64 = 0.5;
/// Slant beyond which a surface counts as seen from this angle: the law of Nguyen et al. diverges
/// at 90°.
const MOST_SLANT_RAD: f32 = 1.45;

/// What a depth sensor looks at; from a pinhole camera.
pub struct DepthView<'a> {
    focal_px: f32,
    width: usize,
    height: usize,
    camera: &'a CameraSpec,
    planes: &'a Planes,
    color: &'a Plane<[u8; 3]>,
    reflectances: &'a Reflectances,
}

impl<'a> DepthView<'a> {
    /// `color` is what the camera's own sensor made of the view.
    pub fn new(
        camera: &'a CameraSpec,
        planes: &'a Planes,
        color: &'a Plane<[u8; 3]>,
        reflectances: &'a Reflectances,
    ) -> Self {
        Self {
            focal_px: camera.intrinsics.fx_px as f32,
            width: color.width_px,
            height: color.height_px,
            camera,
            planes,
            color,
            reflectances,
        }
    }

    fn is_glass(&self, at: usize) -> bool {
        let first = self.planes.z_depth_m.as_ref();
        let first = first.expect("depth sensors read z-depth").data[at];
        first > 0.0 && first != self.opaque()[at]
    }

    /// The first opaque surface: light passes through the others.
    fn opaque(&self) -> &[f32] {
        let behind = self.planes.behind_z_depth_m.as_ref();
        &behind.expect("depth sensors read what is behind").data
    }

    /// Cosine of the angle at which the surface is seen.
    fn cosine(&self, at: usize) -> f32 {
        let normals = self.planes.normal_in_camera.as_ref();
        let normal = Vec3::from(normals.expect("depth sensors read normals").data[at]);
        let k = &self.camera.intrinsics;
        let (x, y) = (at % self.width, at / self.width);
        let ray = Vec3::new(
            ((x as f64 + 0.5 - k.cx_px) / k.fx_px) as f32,
            ((y as f64 + 0.5 - k.cy_px) / k.fy_px) as f32,
            1.0,
        );
        (-normal.dot(ray) / ray.length()).clamp(0.0, 1.0)
    }
}

/// One measurement of the view: metres along the optical axis, 0 where there is none.
pub fn measure(sensor: &DepthSensorSpec, view: &DepthView, rng: &mut SeedRng) -> Plane<f32> {
    let p = &sensor.parameters;
    let (width, height) = (view.width, view.height);
    let focal_baseline = view.focal_px * p.baseline_m.abs() as f32;
    let seen = view.opaque();
    // From the second eye's side: a left one is a right one in a mirror.
    let disparity: Vec<f32> = seen
        .iter()
        .map(|&z| if z > 0.0 { focal_baseline / z } else { 0.0 })
        .collect();
    let shadowed = shadows(&disparity, width, p.baseline_m < 0.0);
    let window = (libm::round(p.window_px) as usize).max(1);
    let unlit: Vec<bool> = match sensor.method {
        DepthMethod::StructuredLight => {
            let lucks = per_window(view, window, rng);
            let hides = |at: usize| structured_hole(view, p, at, seen[at], lucks[at]);
            (0..width * height).map(hides).collect()
        }
        DepthMethod::Stereo => {
            let contrasts = contrasts(view.color, window / 2);
            let hides = |at: usize| {
                contrasts[at] < p.min_texture as f32
                    || outside(at % width, width, disparity[at], p.baseline_m < 0.0)
            };
            (0..width * height).map(hides).collect()
        }
    };
    let glass_luck = per_window(view, window, rng);
    let mut out = Plane::filled(width, height, 0.0);
    for at in 0..width * height {
        // The same numbers are drawn for every pixel, so that a hole never shifts a neighbour's.
        let [jitter_x, jitter_y, noise, axial] = std::array::from_fn(|_| rng.normal());
        let from = jittered(
            at,
            [jitter_x, jitter_y].map(|n| n * p.edge_jitter_px),
            width,
            height,
        );
        let glass = view.is_glass(at);
        if seen[from] <= 0.0
            || shadowed[from]
            || unlit[at]
            || (glass && glass_luck[at] < p.glass_holes as f32)
            || support(&disparity, from, width, height, window / 2) < LEAST_SUPPORT
        {
            continue;
        }
        let mut d = f64::from(disparity[from]) + p.disparity_noise_px * noise;
        if p.disparity_step_px > 0.0 {
            d = libm::round(d / p.disparity_step_px) * p.disparity_step_px;
        }
        if d <= 0.0 {
            continue;
        }
        let mut z = f64::from(focal_baseline) / d;
        let slant = if glass { 0.0 } else { slant_noise(view, from) };
        z += (p.axial_noise_m + p.grazing_noise_m * slant / z.sqrt()) * axial;
        if (p.min_m..=p.max_m).contains(&z) {
            out.data[at] = z as f32;
        }
    }
    out
}

/// Which pixels the second eye does not see, because something that the camera sees is before
/// them. Surfaces are drawn into rows of the second eye; what lies behind is hidden.
pub fn shadows(disparity: &[f32], width: usize, mirrored: bool) -> Vec<bool> {
    let mut hidden = vec![false; disparity.len()];
    let most = disparity.iter().copied().fold(0.0, f32::max);
    let bins = ((width as f32 + most + 2.0) * BINS_PER_PX) as usize + 2;
    let mut nearest = vec![0.0f32; bins];
    for (row, hidden) in disparity
        .chunks_exact(width)
        .zip(hidden.chunks_exact_mut(width))
    {
        let at = |x: usize| if mirrored { row[width - 1 - x] } else { row[x] };
        // A pixel's place in the second eye, counted from the farthest left it can be.
        let place = |x: f32, d: f32| (x - d + most + 1.0) * BINS_PER_PX;
        nearest.fill(0.0);
        for x in 0..width {
            let d = at(x);
            if d <= 0.0 {
                continue;
            }
            // To both sides half way to neighbours on the same surface, else half a pixel.
            let reach = |neighbour: Option<usize>| match neighbour.map(at) {
                Some(other) if other > 0.0 && (other - d).abs() < ONE_SURFACE_PX => {
                    0.5 * (d + other)
                }
                _ => d,
            };
            let left = reach(x.checked_sub(1));
            let right = reach((x + 1 < width).then_some(x + 1));
            let begin = place(x as f32, left);
            let end = place(x as f32 + 1.0, right);
            for bin in &mut nearest[(begin + 0.5) as usize..((end + 0.5) as usize).min(bins)] {
                *bin = bin.max(d);
            }
        }
        for x in 0..width {
            let d = at(x);
            if d <= 0.0 {
                continue;
            }
            let bin = place(x as f32 + 0.5, d) as usize;
            let is_hidden = nearest[bin.min(bins - 1)] > d + ONE_SURFACE_PX;
            hidden[if mirrored { width - 1 - x } else { x }] = is_hidden;
        }
    }
    hidden
}

/// Whether a match would lie beyond the second camera's picture.
fn outside(x: usize, width: usize, disparity: f32, mirrored: bool) -> bool {
    let x = if mirrored { width - 1 - x } else { x };
    (x as f32 + 0.5) < disparity
}

/// Whether infrared light of the projector gives no pattern there: too little or too much of it
/// comes back.
fn structured_hole(view: &DepthView, p: &DepthParameters, at: usize, z: f32, luck: f32) -> bool {
    if z <= 0.0 || view.is_glass(at) {
        return false;
    }
    let albedo = view.planes.albedo.as_ref();
    let albedo = albedo.expect("depth sensors read albedo").data[at];
    let base = albedo.map(|c| linear_from_srgb(f32::from(c) / 255.0));
    let base = Vec3::from(base).dot(Vec3::from(LUMINANCE));
    let instance = view.planes.instance.as_ref();
    let instance = instance.expect("depth sensors read instances").data[at];
    let part = view.planes.part.as_ref();
    let part = part.expect("depth sensors read parts").data[at];
    let reflectance = view.reflectances.of(instance, part);
    let signal = returned(base, reflectance, view.cosine(at)) / (z * z);
    // The pattern's dots are not equally bright: thresholds differ by ±30 % from window to window.
    let threshold = 0.7 + 0.6 * luck;
    signal < p.min_signal as f32 * threshold || signal > p.max_signal as f32 * threshold
}

/// Light that comes back to where it came from, by that of a white wall that faces it: Lambert's
/// law and a GGX mirror lobe seen along the light.
fn returned(base: f32, surface: Reflectance, cosine: f32) -> f32 {
    let diffuse = (1.0 - surface.metallic) * base / PI;
    let alpha = (surface.roughness * surface.roughness).max(0.01);
    let a2 = alpha * alpha;
    let spread = cosine * cosine * (a2 - 1.0) + 1.0;
    let distribution = a2 / (PI * spread * spread);
    let mirror = 0.04 + (base - 0.04) * surface.metallic;
    let specular = mirror * distribution / (4.0 * (cosine * cosine).max(1e-3));
    PI * (diffuse + specular) * cosine
}

/// θ² / (π/2 − θ)² of the slant θ.
fn slant_noise(view: &DepthView, at: usize) -> f64 {
    let slant = libm::acosf(view.cosine(at)).min(MOST_SLANT_RAD);
    let ratio = slant / (FRAC_PI_2 - slant);
    f64::from(ratio * ratio)
}

/// One even random number for all pixels of a window; windows have ragged borders.
fn per_window(view: &DepthView, window: usize, rng: &mut SeedRng) -> Vec<f32> {
    let columns = view.width.div_ceil(window);
    let rows = view.height.div_ceil(window);
    let lucks: Vec<f32> = (0..columns * rows).map(|_| rng.unit() as f32).collect();
    let mut window_of = |i: usize, most: usize| {
        let at = (i as f64 + 0.5) / window as f64 + RAGGED * (rng.unit() - 0.5);
        (at.max(0.0) as usize).min(most - 1)
    };
    let mut of = |at: usize| {
        let row = window_of(at / view.width, rows);
        lucks[row * columns + window_of(at % view.width, columns)]
    };
    (0..view.width * view.height).map(&mut of).collect()
}

fn jittered(at: usize, by: [f64; 2], width: usize, height: usize) -> usize {
    let moved = |i: usize, by: f64, most: usize| {
        let i = i as f64 + libm::round(by);
        i.clamp(0.0, (most - 1) as f64) as usize
    };
    moved(at / width, by[1], height) * width + moved(at % width, by[0], width)
}

/// Share of the window about a pixel whose disparity is nearly the pixel's.
fn support(disparity: &[f32], at: usize, width: usize, height: usize, radius: usize) -> f32 {
    let (x, y) = (at % width, at / width);
    let columns = x.saturating_sub(radius)..(x + radius + 1).min(width);
    let (mut near, mut all) = (0u32, 0u32);
    for y in y.saturating_sub(radius)..(y + radius + 1).min(height) {
        for &other in &disparity[y * width..][columns.clone()] {
            all += 1;
            near += u32::from((other - disparity[at]).abs() < 2.0 * ONE_SURFACE_PX);
        }
    }
    near as f32 / all as f32
}

/// Standard deviation of the picture's luma (0 … 1) in the window about each pixel.
fn contrasts(color: &Plane<[u8; 3]>, radius: usize) -> Vec<f32> {
    let (width, height) = (color.width_px, color.height_px);
    // Sums over all rows above and columns to the left: Σ luma and Σ luma².
    let mut sums = vec![[0.0f64; 2]; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = [0.0; 2];
        for x in 0..width {
            let [r, g, b] = color.at(x, y).map(f64::from);
            let luma =
                (LUMINANCE[0] as f64 * r + LUMINANCE[1] as f64 * g + LUMINANCE[2] as f64 * b)
                    / 255.0;
            row = [row[0] + luma, row[1] + luma * luma];
            let above = sums[y * (width + 1) + x + 1];
            sums[(y + 1) * (width + 1) + x + 1] = [above[0] + row[0], above[1] + row[1]];
        }
    }
    let deviation = |at: usize| {
        let (x, y) = (at % width, at / width);
        let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(width));
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(height));
        let count = ((right - left) * (bottom - top)) as f64;
        let sum = |i: usize| {
            let at = |x: usize, y: usize| sums[y * (width + 1) + x][i];
            at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)
        };
        let mean = sum(0) / count;
        (sum(1) / count - mean * mean).max(0.0).sqrt() as f32
    };
    (0..width * height).map(deviation).collect()
}
