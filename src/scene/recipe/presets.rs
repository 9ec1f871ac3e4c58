//! Kinds of sensors: typical numbers of their class, of no product.

use super::raw::SensorPreset;
use crate::base::sensor::{ColorParameters, DepthMethod, DepthParameters};

const IDEAL: ColorParameters = ColorParameters {
    exposure_error_ev: 0.0,
    glare_share: 0.0,
    glare_px: 0.0,
    blur_px: 0.0,
    chromatic_red: 0.0,
    chromatic_blue: 0.0,
    vignetting_power: 0.0,
    vignetting_loss: 0.0,
    circle_radius: 0.0,
    circle_edge: 0.02,
    full_well_e: 0.0,
    read_noise_e: 0.0,
    gain: 1.0,
    adc_bits: 0.0,
    white_balance_error_mired: 0.0,
    jpeg_quality: 0.0,
};

/// No errors but those of the geometry: occlusion, range, windows.
const IDEAL_DEPTH: DepthParameters = DepthParameters {
    baseline_m: 0.05,
    min_m: 0.1,
    max_m: 20.0,
    disparity_step_px: 0.0,
    disparity_noise_px: 0.0,
    axial_noise_m: 0.0,
    grazing_noise_m: 0.0,
    edge_jitter_px: 0.0,
    window_px: 1.0,
    glass_holes: 0.0,
    min_signal: 0.0,
    max_signal: 1e6,
    min_texture: 0.0,
};

/// Colour parameters of a kind.
pub fn color(kind: SensorPreset) -> ColorParameters {
    match kind {
        SensorPreset::Ideal => IDEAL,
        // A 3.45 µm global shutter pixel.
        SensorPreset::MachineVision => ColorParameters {
            glare_share: 0.005,
            glare_px: 20.0,
            blur_px: 0.5,
            chromatic_red: 2e-4,
            chromatic_blue: -3e-4,
            vignetting_power: 4.0,
            full_well_e: 10_500.0,
            read_noise_e: 2.5,
            gain: 1.5,
            adc_bits: 12.0,
            ..IDEAL
        },
        // Small pixels behind a plastic lens, compressed for the cable.
        SensorPreset::ConsumerRgbd => ColorParameters {
            glare_share: 0.015,
            glare_px: 15.0,
            blur_px: 0.7,
            chromatic_red: 6e-4,
            chromatic_blue: -8e-4,
            vignetting_power: 4.0,
            vignetting_loss: 0.1,
            full_well_e: 5000.0,
            read_noise_e: 4.0,
            gain: 4.0,
            adc_bits: 10.0,
            jpeg_quality: 88.0,
            ..IDEAL
        },
        SensorPreset::StereoRgbd => ColorParameters {
            glare_share: 0.01,
            glare_px: 15.0,
            blur_px: 0.6,
            chromatic_red: 4e-4,
            chromatic_blue: -5e-4,
            vignetting_power: 4.0,
            full_well_e: 7000.0,
            read_noise_e: 4.0,
            gain: 2.0,
            adc_bits: 10.0,
            ..IDEAL
        },
        // A chip of a few millimetres behind a wet window.
        SensorPreset::Endoscope => ColorParameters {
            glare_share: 0.06,
            glare_px: 14.0,
            blur_px: 0.9,
            chromatic_red: 0.002,
            chromatic_blue: -0.003,
            vignetting_loss: 0.35,
            circle_radius: 0.96,
            circle_edge: 0.03,
            full_well_e: 3000.0,
            read_noise_e: 5.0,
            gain: 4.0,
            adc_bits: 10.0,
            jpeg_quality: 80.0,
            ..IDEAL
        },
    }
}

/// How a kind measures depth, if it does, and with what parameters it would.
pub fn depth(kind: SensorPreset) -> (Option<DepthMethod>, DepthParameters) {
    match kind {
        SensorPreset::Ideal | SensorPreset::MachineVision | SensorPreset::Endoscope => {
            (None, IDEAL_DEPTH)
        }
        // Baseline, steps of 1/8 px and 4 cm of noise at 5 m (0.07 px at a focal length of 580
        // px): Khoshelham, Elberink 2012. Lateral noise and slant: Nguyen, Izadi, Lovell 2012.
        SensorPreset::ConsumerRgbd => (
            Some(DepthMethod::StructuredLight),
            DepthParameters {
                baseline_m: 0.075,
                min_m: 0.4,
                max_m: 5.0,
                disparity_step_px: 0.125,
                disparity_noise_px: 0.07,
                axial_noise_m: 0.0005,
                grazing_noise_m: 0.0001,
                edge_jitter_px: 0.8,
                window_px: 9.0,
                glass_holes: 0.5,
                min_signal: 0.004,
                max_signal: 40.0,
                ..IDEAL_DEPTH
            },
        ),
        // Subpixel noise of 0.08 px is what makers of stereo cameras state for textured targets.
        SensorPreset::StereoRgbd => (
            Some(DepthMethod::Stereo),
            DepthParameters {
                baseline_m: 0.055,
                min_m: 0.25,
                max_m: 6.0,
                disparity_step_px: 1.0 / 32.0,
                disparity_noise_px: 0.08,
                edge_jitter_px: 0.6,
                window_px: 7.0,
                glass_holes: 0.3,
                min_texture: 0.012,
                ..IDEAL_DEPTH
            },
        ),
    }
}
