//! Takes noise out of a path-traced picture: an edge-avoiding à-trous wavelet (Dammertz et al.,
//! 2010) over light without albedo, steered by albedo, normal and instance. Shadows and highlights,
//! which those do not show, are kept by comparing patches of light relative to their noise
//! (Rousselle et al., "Adaptive Rendering with Non-Local Means Filtering", 2012).

use glam::Vec3;
use rayon::prelude::*;

use crate::base::color::luminance;

/// A picture with its guides, all row-major.
pub struct Noisy {
    pub width: usize,
    pub height: usize,
    pub color: Vec<Vec3>,
    /// Of the mean's luminance.
    pub variance: Vec<f32>,
    pub albedo: Vec<Vec3>,
    pub normal: Vec<Vec3>,
    pub instance: Vec<u32>,
}

/// Passes, each twice as wide as the one before: the last reaches 16 pixels.
const PASSES: u32 = 4;
/// B3 spline.
const KERNEL: [f32; 3] = [3.0 / 8.0, 1.0 / 4.0, 1.0 / 16.0];
/// How much patches may differ beyond their noise, in its standard deviations (the paper's k).
const NOISE: f32 = 0.5;
/// Falloff of the difference of albedos and of normals (length, squared).
const ALBEDO: f32 = 60.0;
const NORMAL: f32 = 24.0;
/// A pixel so many times as bright as its brightest neighbour is noise.
const FIREFLY: f32 = 3.0;
/// Taps that count less than this power of e are left out.
const MOST_OFF: f32 = 8.0;
/// Keeps dark albedo from amplifying noise.
const LEAST_ALBEDO: f32 = 0.02;

#[derive(Clone, Copy)]
struct Light {
    color: Vec3,
    variance: f32,
}

/// The filtered picture.
pub fn filter(noisy: &Noisy) -> Vec<Vec3> {
    let albedo = |i: usize| noisy.albedo[i].max(Vec3::splat(LEAST_ALBEDO));
    let mut light: Vec<Light> = (0..noisy.color.len())
        .map(|i| {
            let l = luminance(albedo(i));
            Light {
                color: noisy.color[i] / albedo(i),
                variance: noisy.variance[i] / (l * l),
            }
        })
        .collect();
    light = without_fireflies(noisy, &light);
    for pass in 0..PASSES {
        light = smooth(noisy, &light, 1 << pass);
    }
    (0..light.len())
        .map(|i| light[i].color * albedo(i))
        .collect()
}

fn rows(noisy: &Noisy, pixel: impl Fn(usize, usize) -> Light + Sync) -> Vec<Light> {
    let row = |y: usize| (0..noisy.width).map(move |x| (x, y));
    (0..noisy.height)
        .into_par_iter()
        .flat_map_iter(|y| row(y).map(|(x, y)| pixel(x, y)).collect::<Vec<_>>())
        .collect()
}

/// Lowers a pixel that outshines all its neighbours by far to the brightest of them.
fn without_fireflies(noisy: &Noisy, light: &[Light]) -> Vec<Light> {
    rows(noisy, |x, y| {
        let here = light[y * noisy.width + x];
        let mut most = 0.0f32;
        for v in y.saturating_sub(1)..(y + 2).min(noisy.height) {
            for u in x.saturating_sub(1)..(x + 2).min(noisy.width) {
                if (u, v) != (x, y) {
                    most = most.max(luminance(light[v * noisy.width + u].color));
                }
            }
        }
        let l = luminance(here.color);
        if l <= FIREFLY * most {
            return here;
        }
        let scale = most / l;
        Light {
            color: here.color * scale,
            variance: here.variance * scale * scale,
        }
    })
}

/// One pass with taps `step` pixels apart.
fn smooth(noisy: &Noisy, light: &[Light], step: usize) -> Vec<Light> {
    let seen: Vec<[f32; 2]> = (0..light.len())
        .map(|i| {
            let (x, y) = (i % noisy.width, i / noisy.width);
            [
                luminance(light[i].color),
                local_variance(noisy, light, x, y),
            ]
        })
        .collect();
    rows(noisy, |x, y| {
        let at = y * noisy.width + x;
        let (mut color, mut variance, mut sum) = (Vec3::ZERO, 0.0, 0.0);
        for j in -2i64..=2 {
            for i in -2i64..=2 {
                let (u, v) = (x as i64 + i * step as i64, y as i64 + j * step as i64);
                if u < 0 || v < 0 || u >= noisy.width as i64 || v >= noisy.height as i64 {
                    continue;
                }
                let (u, v) = (u as usize, v as usize);
                let q = v * noisy.width + u;
                let other = light[q];
                let mut weight =
                    KERNEL[i.unsigned_abs() as usize] * KERNEL[j.unsigned_abs() as usize];
                if q != at {
                    if noisy.instance[q] != noisy.instance[at] {
                        continue;
                    }
                    let off = NORMAL * noisy.normal[q].distance_squared(noisy.normal[at])
                        + ALBEDO * noisy.albedo[q].distance_squared(noisy.albedo[at]);
                    if off > MOST_OFF {
                        continue;
                    }
                    let off = off + patches(noisy, &seen, (x, y), (u, v));
                    if off > MOST_OFF {
                        continue;
                    }
                    weight *= libm::expf(-off);
                }
                color += other.color * weight;
                variance += other.variance * (weight * weight);
                sum += weight;
            }
        }
        Light {
            color: color / sum,
            variance: variance / (sum * sum),
        }
    })
}

/// Squared difference of the 3 × 3 patches about two pixels beyond what noise explains, relative
/// to the noise; at least 0. `seen` is luminance and its variance.
fn patches(noisy: &Noisy, seen: &[[f32; 2]], p: (usize, usize), q: (usize, usize)) -> f32 {
    let (mut sum, mut n) = (0.0, 0.0);
    for dy in -1i64..=1 {
        for dx in -1i64..=1 {
            let inside = |(x, y): (usize, usize)| {
                let (x, y) = (x as i64 + dx, y as i64 + dy);
                let fits = x >= 0 && y >= 0 && x < noisy.width as i64 && y < noisy.height as i64;
                fits.then(|| seen[y as usize * noisy.width + x as usize])
            };
            let (Some([a, va]), Some([b, vb])) = (inside(p), inside(q)) else {
                continue;
            };
            let difference = (a - b) * (a - b) - (va + va.min(vb));
            sum += difference / (1e-7 + NOISE * NOISE * (va + vb));
            n += 1.0;
        }
    }
    (sum / n).max(0.0)
}

/// Mean variance over 3 × 3 pixels: a few samples' own estimate is noisy itself.
fn local_variance(noisy: &Noisy, light: &[Light], x: usize, y: usize) -> f32 {
    let (mut sum, mut n) = (0.0, 0.0);
    for v in y.saturating_sub(1)..(y + 2).min(noisy.height) {
        for u in x.saturating_sub(1)..(x + 2).min(noisy.width) {
            sum += light[v * noisy.width + u].variance;
            n += 1.0;
        }
    }
    sum / n
}
