//! From luminance to pixels: exposure, tone curve, sRGB.

use std::sync::LazyLock;

use glam::Vec3;
use wide::f32x4;

use super::camera::{CameraSpec, NEUTRAL_KELVIN};
use super::color::{blackbody_rgb, srgb_from_linear};

/// Scale from cd/m² to display-linear values, by colour: exposure times white balance, which
/// divides by the colour of the light that is to look neutral (relative to D65's).
pub fn gains(camera: &CameraSpec) -> Vec3 {
    let [white, light] =
        [NEUTRAL_KELVIN, camera.white_balance_kelvin].map(|k| Vec3::from(blackbody_rgb(k)));
    white / light.max(Vec3::splat(1e-3)) * exposure(camera.ev100)
}

/// Scale from cd/m² to display-linear values: luminance 1.2 · 2^EV100 becomes 1 (saturation-based
/// speed of ISO 12232 with a lens transmittance of 0.65: Lagarde, de Rousiers, "Moving Frostbite
/// to Physically Based Rendering", 2014).
pub fn exposure(ev100: f64) -> f32 {
    (1.0 / (1.2 * libm::exp2(ev100))) as f32
}

/// The Khronos PBR Neutral curve (specification of 2024): colours up to about 0.8 keep hue and
/// contrast, what is brighter rolls off and desaturates towards white.
#[inline]
pub fn neutral(color: Vec3) -> Vec3 {
    const START: f32 = 0.8 - 0.04;
    const DESATURATION: f32 = 0.15;
    let x = color.min_element();
    let offset = if x < 0.08 { x - 6.25 * x * x } else { 0.04 };
    let color = color - offset;
    let peak = color.max_element();
    if peak < START {
        return color;
    }
    let d = 1.0 - START;
    let new_peak = 1.0 - d * d / (peak + d - START);
    let color = color * (new_peak / peak);
    let g = 1.0 - 1.0 / (DESATURATION * (peak - new_peak) + 1.0);
    color.lerp(Vec3::splat(new_peak), g)
}

/// 8-bit sRGB of display-linear values, by a table of 2¹⁶ entries.
#[inline]
pub fn encode(color: Vec3) -> [u8; 3] {
    color
        .to_array()
        .map(|c| ENCODED[(c.clamp(0.0, 1.0) * 65_535.0 + 0.5) as usize])
}

/// [`encode`] of many colours, none of which is NaN; the fourth numbers say nothing.
pub fn encode_all(colors: &[f32x4], out: &mut [[u8; 3]]) {
    let table: &[u8] = &ENCODED;
    for (color, out) in colors.iter().zip(out) {
        let unit = color.fast_max(f32x4::ZERO).fast_min(f32x4::ONE);
        let index = (unit * f32x4::splat(65_535.0) + f32x4::splat(0.5)).fast_trunc_int();
        let [r, g, b, _] = index.to_array().map(|i| table[i as usize & 0xffff]);
        *out = [r, g, b];
    }
}

static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let entry = |i: u32| (srgb_from_linear(i as f32 / 65_535.0) * 255.0 + 0.5) as u8;
    (0..=65_535).map(entry).collect()
});
