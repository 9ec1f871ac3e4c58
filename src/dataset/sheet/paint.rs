//! Planes as pictures for people.

use super::canvas::Color;
use crate::base::image::Plane;
use crate::dataset::image_file::{PixelFormat, RawImage};

/// A stored plane as a picture: depth by a colour scale, ids by palette, flow by direction.
pub(super) fn picture(
    name: &str,
    raw: &RawImage,
    class_color: &dyn Fn(u16) -> Color,
) -> Plane<Color> {
    let gray: Vec<u16> = match raw.format {
        PixelFormat::Gray16 => raw.values_u16().collect(),
        _ => Vec::new(),
    };
    let data: Vec<Color> = match (raw.format, name) {
        (PixelFormat::Rgb8, _) => raw.bytes.as_chunks::<3>().0.to_vec(),
        (PixelFormat::Rgb16, "flow") => flow(raw),
        // The high bytes.
        (PixelFormat::Rgb16, _) => {
            let pixels = raw.bytes.as_chunks::<6>().0.iter();
            pixels.map(|p| [p[0], p[2], p[4]]).collect()
        }
        (PixelFormat::Gray16, "z_depth" | "behind_z_depth") => depth(&gray),
        (PixelFormat::Gray16, "class") => gray.iter().map(|&v| class_color(v)).collect(),
        (PixelFormat::Gray16, _) => gray.iter().map(|&v| id_color(v)).collect(),
    };
    Plane {
        width_px: raw.width_px as usize,
        height_px: raw.height_px as usize,
        data,
    }
}

/// A colour for an id: neighbours differ much. Black is 0.
pub(super) fn id_color(id: u16) -> Color {
    if id == 0 {
        return [0; 3];
    }
    // Steps of the golden ratio spread any number of hues evenly.
    let hue = (f32::from(id) * 0.618_034).fract();
    let (saturation, value) = [(0.55, 0.95), (0.75, 0.80), (0.40, 1.0)][usize::from(id % 3)];
    hsv(hue, saturation, value)
}

/// Near is light, far is dark, by the logarithm of depth; black is no surface.
fn depth(values: &[u16]) -> Vec<Color> {
    let mut sorted: Vec<u16> = values.iter().copied().filter(|&v| v > 0).collect();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get(sorted.len() * share / 100).or(sorted.last());
    let (Some(&near), Some(&far)) = (at(1), at(99)) else {
        return vec![[0; 3]; values.len()];
    };
    let log = |v: u16| libm::logf(f32::from(v));
    let span = (log(far) - log(near)).max(1e-3);
    let color = |&v: &u16| match v {
        0 => [0; 3],
        _ => gradient(1.0 - (log(v) - log(near)) / span),
    };
    values.iter().map(color).collect()
}

/// Dark blue over violet and orange to pale yellow.
fn gradient(t: f32) -> Color {
    const STOPS: [[f32; 3]; 6] = [
        [12.0, 12.0, 48.0],
        [70.0, 20.0, 110.0],
        [150.0, 40.0, 110.0],
        [220.0, 80.0, 70.0],
        [250.0, 160.0, 60.0],
        [252.0, 250.0, 190.0],
    ];
    let t = t.clamp(0.0, 1.0) * 5.0;
    let i = (t as usize).min(4);
    let f = t - i as f32;
    std::array::from_fn(|c| (STOPS[i][c] + (STOPS[i + 1][c] - STOPS[i][c]) * f + 0.5) as u8)
}

/// Direction as hue, length as saturation: white is at rest, black is unknown.
fn flow(raw: &RawImage) -> Vec<Color> {
    let values: Vec<u16> = raw.values_u16().collect();
    let vectors = values.as_chunks::<3>().0.iter();
    let step = |v: u16| (f32::from(v) - 32768.0) / 64.0;
    let vectors = vectors.map(|&[r, g, b]| (b == 1).then(|| (step(r), step(g))));
    let vectors: Vec<Option<(f32, f32)>> = vectors.collect();
    let length = |(x, y): (f32, f32)| (x * x + y * y).sqrt();
    let most = vectors
        .iter()
        .flatten()
        .copied()
        .map(length)
        .fold(1.0, f32::max);
    let color = |v: &Option<(f32, f32)>| match *v {
        None => [0; 3],
        Some((x, y)) => {
            let hue = libm::atan2f(y, x) / std::f32::consts::TAU + 0.5;
            hsv(hue, (length((x, y)) / most).sqrt(), 1.0)
        }
    };
    vectors.iter().map(color).collect()
}

/// sRGB of hue, saturation and value, each 0 … 1.
fn hsv(hue: f32, saturation: f32, value: f32) -> Color {
    [5.0, 3.0, 1.0].map(|n| {
        let k = (n + hue * 6.0) % 6.0;
        let share = k.min(4.0 - k).clamp(0.0, 1.0);
        (255.0 * value * (1.0 - saturation * share) + 0.5) as u8
    })
}
