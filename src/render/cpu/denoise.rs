//! Takes noise out of a path-traced picture: an edge-avoiding à-trous wavelet (Dammertz et al.,
//! 2010) over light without albedo, steered by albedo, normal and instance, and by each pixel's
//! own noise estimate (Schied et al., "Spatiotemporal Variance-Guided Filtering", 2017, the
//! spatial half).

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

/// Passes, each twice as wide as the one before: the last reaches 32 pixels.
const PASSES: u32 = 5;
/// B3 spline.
const KERNEL: [f32; 3] = [3.0 / 8.0, 1.0 / 4.0, 1.0 / 16.0];
/// Standard deviations of noise within which light counts as equal.
const NOISE: f32 = 3.0;
/// Falloff of the difference of albedos and of normals (length, squared).
const ALBEDO: f32 = 60.0;
const NORMAL: f32 = 24.0;
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

/// Lowers a pixel that outshines all its neighbours to the brightest of them.
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
        if l <= most || most == 0.0 {
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
    rows(noisy, |x, y| {
        let at = y * noisy.width + x;
        let here = light[at];
        let deviation = NOISE * local_variance(noisy, light, x, y).sqrt() + 1e-4;
        let (mut color, mut variance, mut sum) = (Vec3::ZERO, 0.0, 0.0);
        let l = luminance(here.color);
        for j in -2i64..=2 {
            for i in -2i64..=2 {
                let (u, v) = (x as i64 + i * step as i64, y as i64 + j * step as i64);
                if u < 0 || v < 0 || u >= noisy.width as i64 || v >= noisy.height as i64 {
                    continue;
                }
                let q = v as usize * noisy.width + u as usize;
                let other = light[q];
                let mut weight =
                    KERNEL[i.unsigned_abs() as usize] * KERNEL[j.unsigned_abs() as usize];
                if q != at {
                    if noisy.instance[q] != noisy.instance[at] {
                        continue;
                    }
                    let off = NORMAL * noisy.normal[q].distance_squared(noisy.normal[at])
                        + ALBEDO * noisy.albedo[q].distance_squared(noisy.albedo[at])
                        + (luminance(other.color) - l).abs() / deviation;
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
