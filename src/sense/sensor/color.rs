//! A colour sensor with its lens: from light to a compressed picture.
//!
//! The noise is that of the EMVA 1288 standard's linear camera: Poisson electrons, Gaussian read
//! noise, even quantization.

use std::io::Cursor;

use glam::{DVec2, DVec3, Vec3};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};

use crate::base::camera::{CameraSpec, NEUTRAL_KELVIN, Projector};
use crate::base::color::blackbody_rgb;
use crate::base::image::Plane;
use crate::base::seed::SeedRng;
use crate::base::sensor::ColorParameters;
use crate::base::tone;

/// Above so many electrons Poisson's distribution is taken as Gauss's: their skewness differs by
/// 0.18 there.
const MANY_ELECTRONS: f64 = 32.0;
/// Above this deviation a Gaussian is made of three boxes.
const WIDE_BLUR_PX: f64 = 4.0;

/// The picture that a sensor makes of `radiance` (linear, 1 saturates, white-balanced).
pub fn picture(
    sensor: &ColorParameters,
    camera: &CameraSpec,
    radiance: &Plane<[f32; 3]>,
    rng: &mut SeedRng,
) -> Plane<[u8; 3]> {
    let exposure = libm::exp2(sensor.exposure_error_ev) as f32;
    let mut light = Plane {
        width_px: radiance.width_px,
        height_px: radiance.height_px,
        data: radiance
            .data
            .iter()
            .map(|v| (Vec3::from(*v) * exposure).max(Vec3::ZERO))
            .collect(),
    };
    if sensor.glare_share > 0.0 && sensor.glare_px > 0.0 {
        let scattered = blurred(&light, sensor.glare_px);
        let share = sensor.glare_share as f32;
        for (v, s) in light.data.iter_mut().zip(&scattered.data) {
            *v = v.lerp(*s, share);
        }
    }
    if sensor.blur_px > 0.0 {
        light = blurred(&light, sensor.blur_px);
    }
    if sensor.chromatic_red != 0.0 || sensor.chromatic_blue != 0.0 {
        light = fringed(&light, [sensor.chromatic_red, sensor.chromatic_blue]);
    }
    dim(&mut light, sensor, camera);

    // A pixel counts electrons before white balance; the least amplified colour saturates at 1.
    let balance = tone::gains(camera) / tone::exposure(camera.ev100);
    let balance = balance / balance.min_element();
    let amplified = balance * balance_error(sensor.white_balance_error_mired);
    let mut picture = Plane::filled(light.width_px, light.height_px, [0; 3]);
    for (out, v) in picture.data.iter_mut().zip(&light.data) {
        let raw = (*v / balance).to_array();
        let read = raw.map(|v| read_out(f64::from(v), sensor, rng) as f32);
        let developed = Vec3::from(read) * amplified;
        *out = tone::encode(if sensor.full_well_e > 0.0 {
            clipping_tone(developed)
        } else {
            tone::neutral(developed)
        });
    }
    if sensor.jpeg_quality >= 1.0 {
        picture = compressed(&picture, sensor.jpeg_quality);
    }
    picture
}

/// What a pixel reads of a raw value (1 is full_well_e / gain electrons): in units of the same,
/// clipped to 0 … 1 if a well can be full.
pub fn read_out(raw: f64, sensor: &ColorParameters, rng: &mut SeedRng) -> f64 {
    let mut value = raw;
    if sensor.full_well_e > 0.0 {
        let white_e = sensor.full_well_e / sensor.gain;
        let electrons = poisson(raw * white_e, rng) + sensor.read_noise_e * rng.normal();
        value = (electrons / white_e).clamp(0.0, 1.0);
    }
    if sensor.adc_bits > 0.0 {
        let steps = libm::exp2(sensor.adc_bits) - 1.0;
        value = libm::round(value * steps) / steps;
    }
    value
}

/// The renderer's tone curve where that is straight; from there on to white at 1, each colour on
/// its own: nothing is brighter than a full well, and colours that clip turn as they do in cameras.
fn clipping_tone(color: Vec3) -> Vec3 {
    /// Where the curve bends, and what it gives a grey of 1 up to there.
    const START: f32 = 0.8 - 0.04;
    const FULL: f32 = 1.0 - 0.04;
    let color = color.clamp(Vec3::ZERO, Vec3::ONE);
    let x = color.min_element();
    let color = color - if x < 0.08 { x - 6.25 * x * x } else { 0.04 };
    let above = (color - START).max(Vec3::ZERO);
    color + above * ((1.0 - START) / (FULL - START) - 1.0)
}

/// A number of electrons of which `mean` are expected.
fn poisson(mean: f64, rng: &mut SeedRng) -> f64 {
    if mean > MANY_ELECTRONS {
        return (mean + mean.sqrt() * rng.normal()).max(0.0);
    }
    // Knuth's: arrivals until an exponential waiting time is over.
    let least = libm::exp(-mean);
    let (mut count, mut product) = (0.0, rng.unit());
    while product > least {
        count += 1.0;
        product *= rng.unit();
    }
    count
}

/// Gains of a white balance that takes light of 6504 K for light `mired` warmer.
fn balance_error(mired: f64) -> Vec3 {
    if mired == 0.0 {
        return Vec3::ONE;
    }
    let kelvin = 1e6 / (1e6 / NEUTRAL_KELVIN + mired).max(1.0);
    let [white, taken] = [NEUTRAL_KELVIN, kelvin].map(|k| Vec3::from(blackbody_rgb(k)));
    let gains = white / taken.max(Vec3::splat(1e-3));
    gains / gains.y
}

/// Gaussian blur, normalized over what lies in the picture.
fn blurred(light: &Plane<Vec3>, sigma_px: f64) -> Plane<Vec3> {
    if sigma_px > WIDE_BLUR_PX {
        return widely_blurred(light, sigma_px);
    }
    let radius = libm::ceil(3.0 * sigma_px) as usize;
    let weight = |i: usize| libm::exp(-0.5 * (i as f64 / sigma_px) * (i as f64 / sigma_px)) as f32;
    let kernel: Vec<f32> = (0..=radius).map(weight).collect();
    let (width, height) = (light.width_px, light.height_px);
    let pass = |data: &[Vec3], length: usize, stride: usize, start: usize, out: &mut [Vec3]| {
        for i in 0..length {
            let (mut sum, mut all) = (Vec3::ZERO, 0.0);
            for j in i.saturating_sub(radius)..(i + radius + 1).min(length) {
                let w = kernel[i.abs_diff(j)];
                sum += data[start + j * stride] * w;
                all += w;
            }
            out[start + i * stride] = sum / all;
        }
    };
    let mut rows = vec![Vec3::ZERO; light.data.len()];
    (0..height).for_each(|y| pass(&light.data, width, 1, y * width, &mut rows));
    let mut data = vec![Vec3::ZERO; light.data.len()];
    (0..width).for_each(|x| pass(&rows, height, width, x, &mut data));
    Plane {
        width_px: width,
        height_px: height,
        data,
    }
}

/// Gaussian blur by three boxes one after the other (Kovesi, "Fast Almost-Gaussian Filtering",
/// 2010), whose cost does not depend on the width.
fn widely_blurred(light: &Plane<Vec3>, sigma_px: f64) -> Plane<Vec3> {
    let (width, height) = (light.width_px, light.height_px);
    // Three boxes of 2r + 1 pixels have a variance of ((2r + 1)² − 1) / 4.
    let radius = libm::round(0.5 * ((4.0 * sigma_px * sigma_px + 1.0).sqrt() - 1.0)) as usize;
    let mut data = light.data.clone();
    let mut line = Vec::new();
    let mut pass = |length: usize, stride: usize, start: usize, data: &mut [Vec3]| {
        line.clear();
        line.extend((0..length).map(|i| data[start + i * stride].as_dvec3()));
        // Sums in f64: a highlight that leaves the box leaves no trace.
        let mut sum: DVec3 = line[..radius.min(length)].iter().sum();
        for i in 0..length {
            if let Some(entering) = line.get(i + radius) {
                sum += *entering;
            }
            if i > radius {
                sum -= line[i - radius - 1];
            }
            let count = (i + radius + 1).min(length) - i.saturating_sub(radius);
            data[start + i * stride] = (sum / count as f64).as_vec3().max(Vec3::ZERO);
        }
    };
    for _ in 0..3 {
        (0..height).for_each(|y| pass(width, 1, y * width, &mut data));
        (0..width).for_each(|x| pass(height, width, x, &mut data));
    }
    Plane {
        width_px: width,
        height_px: height,
        data,
    }
}

/// Red and blue images enlarged about the middle by these shares.
fn fringed(light: &Plane<Vec3>, [red, blue]: [f64; 2]) -> Plane<Vec3> {
    let (width, height) = (light.width_px, light.height_px);
    let middle = [0.5 * width as f64, 0.5 * height as f64];
    let mut out = light.clone();
    for (channel, share) in [(0, red), (2, blue)] {
        let scale = 1.0 / (1.0 + share);
        let along = |i: usize, axis: usize, most: usize| {
            let from = middle[axis] + (i as f64 + 0.5 - middle[axis]) * scale - 0.5;
            let from = from.clamp(0.0, (most - 1) as f64);
            let low = from as usize;
            (low, (low + 1).min(most - 1), (from - low as f64) as f32)
        };
        for y in 0..height {
            let (top, bottom, ty) = along(y, 1, height);
            for x in 0..width {
                let (left, right, tx) = along(x, 0, width);
                let at = |x: usize, y: usize| light.data[y * width + x][channel];
                let upper = at(left, top) + tx * (at(right, top) - at(left, top));
                let lower = at(left, bottom) + tx * (at(right, bottom) - at(left, bottom));
                out.data[y * width + x][channel] = upper + ty * (lower - upper);
            }
        }
    }
    out
}

/// Vignetting and the round field stop.
fn dim(light: &mut Plane<Vec3>, sensor: &ColorParameters, camera: &CameraSpec) {
    let (power, loss) = (sensor.vignetting_power, sensor.vignetting_loss);
    if power == 0.0 && loss == 0.0 && sensor.circle_radius == 0.0 {
        return;
    }
    let projector = Projector::new(camera.intrinsics, camera.lens);
    let width = light.width_px;
    let half = DVec2::new(0.5 * width as f64, 0.5 * light.height_px as f64);
    for (i, v) in light.data.iter_mut().enumerate() {
        let at = DVec2::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5);
        let from_middle = at - half;
        let mut passed = 1.0 - loss * from_middle.length_squared() / half.length_squared();
        if power > 0.0 {
            let cosine = projector
                .unproject(at)
                .map_or(0.0, |d| (d.z / d.length()).max(0.0));
            passed *= libm::pow(cosine, power);
        }
        if sensor.circle_radius > 0.0 {
            let radius = from_middle.length() / half.min_element();
            let inside = (sensor.circle_radius - radius) / sensor.circle_edge.max(1e-6) + 0.5;
            let t = inside.clamp(0.0, 1.0);
            passed *= t * t * (3.0 - 2.0 * t);
        }
        *v *= passed.max(0.0) as f32;
    }
}

/// There and back through a JPEG file.
fn compressed(picture: &Plane<[u8; 3]>, quality: f64) -> Plane<[u8; 3]> {
    let (width, height) = (picture.width_px as u32, picture.height_px as u32);
    let mut file = Vec::new();
    let quality = libm::round(quality).clamp(1.0, 100.0) as u8;
    JpegEncoder::new_with_quality(&mut file, quality)
        .encode(
            picture.data.as_flattened(),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .expect("pictures of at most 16,384 pixels a side fit into a JPEG file");
    let decoded = image::load(Cursor::new(file), ImageFormat::Jpeg)
        .expect("what was just encoded decodes")
        .into_rgb8();
    Plane {
        data: decoded.as_raw().as_chunks::<3>().0.to_vec(),
        ..*picture
    }
}
