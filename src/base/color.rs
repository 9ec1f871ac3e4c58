//! Colour: sRGB transfer, blackbody colours, luminance.

use glam::Vec3;

/// Relative luminance weights of linear sRGB (IEC 61966-2-1, BT.709 primaries).
pub const LUMINANCE: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// Relative luminance of a linear sRGB colour.
#[inline]
pub fn luminance(color: Vec3) -> f32 {
    color.dot(Vec3::from(LUMINANCE))
}

/// Linear value (0 … 1) of an sRGB value (0 … 1); IEC 61966-2-1.
pub fn linear_from_srgb(v: f32) -> f32 {
    if v <= 0.04045 {
        v / 12.92
    } else {
        libm::powf((v + 0.055) / 1.055, 2.4)
    }
}

/// sRGB value (0 … 1) of a linear value (0 … 1); IEC 61966-2-1.
pub fn srgb_from_linear(v: f32) -> f32 {
    if v <= 0.003_130_8 {
        v * 12.92
    } else {
        1.055 * libm::powf(v, 1.0 / 2.4) - 0.055
    }
}

/// Linear sRGB (0 … 1) of `#rrggbb`, which is sRGB; `None` if it is not of that form.
pub fn linear_from_hex(text: &str) -> Option<[f32; 3]> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some([red, green, blue].map(|byte| linear_from_srgb(f32::from(byte) / 255.0)))
}

/// Linear sRGB of a blackbody of `kelvin` (1,000 … 40,000), scaled to luminance 1, out-of-gamut
/// components set to 0. Chromaticity by the cubic fits of Kim et al. (US patent 7,024,034 B2,
/// Planckian locus, 1,667–25,000 K), held constant outside that range.
pub fn blackbody_rgb(kelvin: f64) -> [f32; 3] {
    let t = kelvin.clamp(1667.0, 25_000.0);
    let (i1, i2, i3) = (1e3 / t, 1e6 / (t * t), 1e9 / (t * t * t));
    let x = if t <= 4000.0 {
        -0.2661239 * i3 - 0.2343589 * i2 + 0.8776956 * i1 + 0.179910
    } else {
        -3.0258469 * i3 + 2.1070379 * i2 + 0.2226347 * i1 + 0.240390
    };
    let (x2, x3) = (x * x, x * x * x);
    let y = if t <= 2222.0 {
        -1.1063814 * x3 - 1.34811020 * x2 + 2.18555832 * x - 0.20219683
    } else if t <= 4000.0 {
        -0.9549476 * x3 - 1.37418593 * x2 + 2.09137015 * x - 0.16748867
    } else {
        3.0817580 * x3 - 5.87338670 * x2 + 3.75112997 * x - 0.37001483
    };
    let (big_x, big_z) = (x / y, (1.0 - x - y) / y);
    let rgb = [
        3.2404542 * big_x - 1.5371385 - 0.4985314 * big_z,
        -0.9692660 * big_x + 1.8760108 + 0.0415560 * big_z,
        0.0556434 * big_x - 0.2040259 + 1.0572252 * big_z,
    ]
    .map(|c: f64| c.max(0.0));
    let luminance: f64 = rgb
        .iter()
        .zip(LUMINANCE)
        .map(|(c, w)| c * f64::from(w))
        .sum();
    rgb.map(|c| (c / luminance) as f32)
}
