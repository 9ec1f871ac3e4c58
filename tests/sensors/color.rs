//! Colour sensors: noise, lens and development.

use benchside::base::color::blackbody_rgb;
use benchside::base::image::Plane;
use benchside::base::seed::{SeedPath, SeedRng};
use benchside::base::sensor::ColorParameters;
use benchside::sense::sensor::color::{picture, read_out};
use glam::Vec3;

use super::{NO_ERRORS, front};

fn rng(name: &str) -> SeedRng {
    SeedPath::root(11).child(name).rng()
}

fn even(size: [usize; 2], value: [f32; 3]) -> Plane<[f32; 3]> {
    Plane::filled(size[0], size[1], value)
}

fn linear(srgb: u8) -> f64 {
    let v = f64::from(srgb) / 255.0;
    if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

/// Undoes sRGB and the tone curve's offset, for greys between 0.08 and 0.7.
fn light(srgb: u8) -> f64 {
    linear(srgb) + 0.04
}

#[test]
fn noise_has_the_mean_and_variance_of_its_formula() {
    // Electrons n ~ Poisson(v F / g) + N(0, r), read as n g / F in steps of 1 / (2^b − 1):
    // variance v g / F + (r g / F)² + step² / 12 (EMVA 1288).
    for (value, full_well, gain, read, bits) in [
        (0.5, 10_000.0, 1.0, 3.0, 12.0),
        (0.2, 5000.0, 4.0, 8.0, 10.0),
        (0.02, 3000.0, 4.0, 2.0, 12.0),
        (0.6, 3000.0, 16.0, 5.0, 8.0),
        (0.3, 100_000.0, 1.0, 0.0, 10.0),
    ] {
        let sensor = ColorParameters {
            full_well_e: full_well,
            gain,
            read_noise_e: read,
            adc_bits: bits,
            ..NO_ERRORS
        };
        let mut rng = rng("noise");
        let count = 200_000;
        let values: Vec<f64> = (0..count)
            .map(|_| read_out(value, &sensor, &mut rng))
            .collect();
        let n = f64::from(count);
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        let step = 1.0 / (f64::exp2(bits) - 1.0);
        let wanted = value * gain / full_well
            + (read * gain / full_well) * (read * gain / full_well)
            + step * step / 12.0;
        assert!(
            (mean - value).abs() < 5.0 * (wanted / n).sqrt() + 0.02 * step,
            "{value}: mean {mean}"
        );
        // The sample variance of a normal distribution has a relative error of √(2 / n). Where
        // the step is wide beside the noise, its error is not even: 10 %.
        let tolerance = if step * step / 12.0 > 0.3 * wanted {
            0.1
        } else {
            5.0 * (2.0 / n).sqrt() + 2e-3
        };
        assert!(
            (variance / wanted - 1.0).abs() < tolerance,
            "{value}: {variance} for {wanted}"
        );
    }
}

#[test]
fn a_full_well_is_white_and_holds_no_more() {
    let sensor = ColorParameters {
        full_well_e: 8000.0,
        read_noise_e: 3.0,
        ..NO_ERRORS
    };
    let mut rng = rng("full");
    assert!((0..1000).all(|_| read_out(3.0, &sensor, &mut rng) == 1.0));
    let picture = picture(
        &sensor,
        &front([16, 16]),
        &even([16, 16], [5.0, 4.0, 3.0]),
        &mut rng,
    );
    assert!(
        picture.data.iter().flatten().all(|&v| v >= 250),
        "{:?}",
        picture.at(0, 0)
    );
}

#[test]
fn a_sensor_without_errors_shows_the_picture() {
    let plane = even([8, 8], [0.3, 0.5, 0.2]);
    let seen = picture(&NO_ERRORS, &front([8, 8]), &plane, &mut rng("none"));
    let wanted =
        benchside::base::tone::encode(benchside::base::tone::neutral(Vec3::new(0.3, 0.5, 0.2)));
    assert!(seen.data.iter().all(|p| *p == wanted));
}

#[test]
fn exposure_is_off_by_stops() {
    let sensor = ColorParameters {
        exposure_error_ev: -1.0,
        ..NO_ERRORS
    };
    let seen = picture(
        &sensor,
        &front([4, 4]),
        &even([4, 4], [0.6; 3]),
        &mut rng("ev"),
    );
    assert!((light(seen.at(1, 1)[0]) - 0.3).abs() < 0.005);
}

#[test]
fn white_balance_errs_by_mireds() {
    // Taken for 6504 K's mired 153.75 + 40 = 193.75, that is 5161 K.
    let sensor = ColorParameters {
        white_balance_error_mired: 40.0,
        ..NO_ERRORS
    };
    let seen = picture(
        &sensor,
        &front([4, 4]),
        &even([4, 4], [0.3; 3]),
        &mut rng("wb"),
    );
    let [r, g, b] = seen.at(0, 0).map(linear);
    let (white, taken) = (blackbody_rgb(6504.0), blackbody_rgb(5161.0));
    let gain = |c: usize| f64::from(white[c] / taken[c] / (white[1] / taken[1]));
    // The tone curve takes the same off all three.
    let offset = 0.04;
    assert!(
        ((r + offset) / (g + offset) - gain(0)).abs() < 0.02,
        "{r} {g}"
    );
    assert!(
        ((b + offset) / (g + offset) - gain(2)).abs() < 0.02,
        "{b} {g}"
    );
    assert!(b > g && g > r);
}

#[test]
fn vignetting_follows_the_cosine_and_the_radius() {
    let camera = front([101, 101]);
    let f = camera.intrinsics.fy_px;
    let cos4 = ColorParameters {
        vignetting_power: 4.0,
        ..NO_ERRORS
    };
    let loss = ColorParameters {
        vignetting_loss: 0.6,
        ..NO_ERRORS
    };
    let plane = even([101, 101], [0.6; 3]);
    let (cos4, loss) = (
        picture(&cos4, &camera, &plane, &mut rng("v")),
        picture(&loss, &camera, &plane, &mut rng("v")),
    );
    for (x, y) in [(50, 50), (80, 50), (50, 5), (10, 90), (0, 0)] {
        let (dx, dy) = (x as f64 - 50.0, y as f64 - 50.0);
        let r2 = dx * dx + dy * dy;
        let cosine2 = f * f / (f * f + r2);
        let found = light(cos4.at(x, y)[1]);
        assert!(
            (found / (0.6 * cosine2 * cosine2) - 1.0).abs() < 0.01,
            "{x}, {y}: {found}"
        );
        let wanted = 0.6 * (1.0 - 0.6 * r2 / (2.0 * 50.5 * 50.5));
        let found = light(loss.at(x, y)[1]);
        assert!(
            (found / wanted - 1.0).abs() < 0.01,
            "{x}, {y}: {found} for {wanted}"
        );
    }
}

#[test]
fn red_and_blue_edges_shift_with_the_radius() {
    // A bright band from 60 px right of the middle on: red's edge 2 % farther out, blue's 1 % in.
    let mut plane = even([200, 40], [0.1; 3]);
    for (i, v) in plane.data.iter_mut().enumerate() {
        if i % 200 >= 160 {
            *v = [0.6; 3];
        }
    }
    let sensor = ColorParameters {
        chromatic_red: 0.02,
        chromatic_blue: -0.01,
        ..NO_ERRORS
    };
    let seen = picture(&sensor, &front([200, 40]), &plane, &mut rng("ca"));
    // The edge lies where the light passed from dark to bright adds up to.
    let edge = |channel: usize| {
        let of = |x: usize| light(seen.at(x, 20)[channel]);
        let (dark, bright) = (of(100), of(195));
        let share: f64 = (100..200).map(|x| (of(x) - dark) / (bright - dark)).sum();
        200.0 - share
    };
    assert!((edge(1) - 160.0).abs() < 0.05, "{}", edge(1));
    assert!((edge(0) - 161.2).abs() < 0.1, "{}", edge(0));
    assert!((edge(2) - 159.4).abs() < 0.1, "{}", edge(2));
}

#[test]
fn blur_and_glare_spread_light_by_their_deviation_and_lose_none() {
    for (sigma, glare) in [(1.5, false), (3.0, false), (8.0, true)] {
        let mut plane = even([121, 121], [0.1; 3]);
        plane.data[60 * 121 + 60] = [200.0; 3];
        let sensor = if glare {
            ColorParameters {
                glare_share: 0.5,
                glare_px: sigma,
                ..NO_ERRORS
            }
        } else {
            ColorParameters {
                blur_px: sigma,
                ..NO_ERRORS
            }
        };
        let seen = picture(&sensor, &front([121, 121]), &plane, &mut rng("blur"));
        let share = if glare { 0.5 } else { 1.0 };
        // 3 σ to the side, where the tone curve is still straight.
        let r = (2.0f64 * sigma).round();
        let wanted = 0.1
            + share * 199.9 * (-0.5 * r * r / (sigma * sigma)).exp()
                / (2.0 * std::f64::consts::PI * sigma * sigma);
        let at = 60 + r as usize;
        if (0.1..0.7).contains(&wanted) {
            let found = light(seen.at(at, 60)[0]);
            assert!(
                (found / wanted - 1.0).abs() < 0.12,
                "σ {sigma}: {found} for {wanted}"
            );
        }
        assert!((light(seen.at(2, 2)[0]) - 0.1).abs() < 0.01);
    }
}

#[test]
fn a_round_stop_is_dark_outside() {
    let sensor = ColorParameters {
        circle_radius: 0.8,
        circle_edge: 0.1,
        ..NO_ERRORS
    };
    let seen = picture(
        &sensor,
        &front([160, 100]),
        &even([160, 100], [0.5; 3]),
        &mut rng("o"),
    );
    // The radius is 0.8 · 50 px = 40 px, its edge 5 px wide.
    assert_eq!(seen.at(80 + 44, 50)[0], 0);
    assert_eq!(seen.at(80, 50), seen.at(80 + 36, 50));
    let half = light(seen.at(80 + 40, 50)[0]) / 0.5;
    assert!((0.3..0.6).contains(&half), "{half}");
}

#[test]
fn low_jpeg_quality_leaves_blocks() {
    let mut plane = even([64, 64], [0.2; 3]);
    for (i, v) in plane.data.iter_mut().enumerate() {
        *v = [0.1 + 0.005 * (i % 64) as f32 + 0.1 * ((i / 64 * 7 + i % 64 * 3) % 5) as f32; 3];
    }
    let error = |quality: f64| {
        let sensor = ColorParameters {
            jpeg_quality: quality,
            ..NO_ERRORS
        };
        let [clean, seen] =
            [&NO_ERRORS, &sensor].map(|s| picture(s, &front([64, 64]), &plane, &mut rng("j")));
        let pairs = clean
            .data
            .as_flattened()
            .iter()
            .zip(seen.data.as_flattened());
        pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() as f64 / (3.0 * 4096.0)
    };
    let (good, poor) = (error(95.0), error(10.0));
    assert!(good < 4.0 && poor > 2.0 * good, "{good}, {poor}");
    assert_eq!(error(0.0), 0.0);
}

#[test]
fn a_ramp_into_saturation_stays_smooth_and_keeps_its_hue() {
    // So many electrons that there is no noise to speak of.
    let sensor = ColorParameters {
        full_well_e: 1e9,
        ..NO_ERRORS
    };
    let mut plane = even([600, 1], [0.0; 3]);
    for (x, v) in plane.data.iter_mut().enumerate() {
        let value = x as f32 / 400.0;
        *v = [value, 0.9 * value, 0.8 * value];
    }
    let seen = picture(&sensor, &front([600, 1]), &plane, &mut rng("ramp"));
    for x in 1..600 {
        let (before, [r, g, b]) = (seen.at(x - 1, 0), seen.at(x, 0));
        for (a, b) in before.iter().zip([r, g, b]) {
            assert!(
                b.saturating_add(1) >= *a && b - a.min(&b) <= 12,
                "{x}: {before:?} then {:?}",
                seen.at(x, 0)
            );
        }
        assert!(r >= g && g >= b, "{x}: {r} {g} {b}");
    }
    assert_eq!(seen.at(599, 0), [255; 3]);
    // Below 0.8 it is the renderer's own curve.
    let at = |x: usize| {
        let v = x as f32 / 400.0;
        benchside::base::tone::encode(benchside::base::tone::neutral(Vec3::new(
            v,
            0.9 * v,
            0.8 * v,
        )))
    };
    for x in [40, 150, 310] {
        let pairs = seen.at(x, 0).into_iter().zip(at(x));
        assert!(pairs.into_iter().all(|(a, b)| a.abs_diff(b) <= 1), "{x}");
    }
}
