//! Sensor models against their formulas.

#[path = "sensors/color.rs"]
mod color;
#[path = "sensors/depth.rs"]
mod depth;
#[path = "sensors/files.rs"]
mod files;

use benchside::base::camera::CameraSpec;
use benchside::base::sensor::ColorParameters;
use glam::Vec3;

use crate::support::scenes::camera;

const NO_ERRORS: ColorParameters = ColorParameters {
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

fn front(size_px: [u32; 2]) -> CameraSpec {
    camera(size_px, Vec3::ZERO, Vec3::Y)
}
