//! A picture to draw on.

use super::font;
use crate::base::image::Plane;

/// sRGB.
pub(super) type Color = [u8; 3];

/// Text is drawn at this multiple of the font's pixels.
pub(super) const TEXT_SCALE: usize = 2;

/// Height of a line of text at a scale.
pub(super) fn line_height(scale: usize) -> usize {
    (font::ASCENT + 3) * scale
}

/// Width of a text at a scale.
pub(super) fn text_width(text: &str, scale: usize) -> usize {
    text.chars().count() * font::ADVANCE * scale
}

/// A picture; what is drawn outside it is dropped.
pub(super) struct Canvas(pub(super) Plane<Color>);

impl Canvas {
    pub(super) fn new(width_px: usize, height_px: usize, color: Color) -> Self {
        Self(Plane::filled(width_px, height_px, color))
    }

    pub(super) fn width(&self) -> usize {
        self.0.width_px
    }

    pub(super) fn height(&self) -> usize {
        self.0.height_px
    }

    /// Mixes `share` (0 … 1) of a colour into one pixel.
    pub(super) fn mix(&mut self, x: i64, y: i64, color: Color, share: f32) {
        let (width, height) = (self.width() as i64, self.height() as i64);
        if (0..width).contains(&x) && (0..height).contains(&y) {
            let pixel = &mut self.0.data[(y * width + x) as usize];
            *pixel = std::array::from_fn(|c| {
                let (old, new) = (f32::from(pixel[c]), f32::from(color[c]));
                (old + (new - old) * share + 0.5) as u8
            });
        }
    }

    pub(super) fn fill(&mut self, x: i64, y: i64, width: i64, height: i64, color: Color) {
        for y in y..y + height {
            for x in x..x + width {
                self.mix(x, y, color, 1.0);
            }
        }
    }

    /// The border of a box, `thick` pixels wide, inside it.
    pub(super) fn frame(&mut self, [x, y, w, h]: [i64; 4], thick: i64, color: Color) {
        self.fill(x, y, w, thick, color);
        self.fill(x, y + h - thick, w, thick, color);
        self.fill(x, y, thick, h, color);
        self.fill(x + w - thick, y, thick, h, color);
    }

    /// Text with its upper left corner at (x, y).
    pub(super) fn text(&mut self, x: i64, y: i64, text: &str, scale: usize, color: Color) {
        let scale = scale as i64;
        for (i, c) in text.chars().enumerate() {
            let x = x + (i * font::ADVANCE) as i64 * scale;
            for (row, bits) in (0i64..).zip(font::rows(c)) {
                for column in 0..5 {
                    if bits & (0x10 >> column) != 0 {
                        self.fill(x + column * scale, y + row * scale, scale, scale, color);
                    }
                }
            }
        }
    }

    /// A disc, softly bounded.
    pub(super) fn disc(&mut self, x: f32, y: f32, radius: f32, color: Color) {
        self.soft(x, y, radius + 1.0, color, |distance| {
            radius + 0.5 - distance
        });
    }

    /// A ring about `radius`, `thick` pixels wide.
    pub(super) fn ring(&mut self, x: f32, y: f32, radius: f32, thick: f32, color: Color) {
        self.soft(x, y, radius + thick, color, |distance| {
            0.5 * thick + 0.5 - (distance - radius).abs()
        });
    }

    /// Mixes in a colour by a share that depends on the distance from a point.
    fn soft(&mut self, x: f32, y: f32, reach: f32, color: Color, share: impl Fn(f32) -> f32) {
        let range = |v: f32| (v - reach - 1.0) as i64..=(v + reach + 1.0) as i64;
        for py in range(y) {
            for px in range(x) {
                let (dx, dy) = (px as f32 + 0.5 - x, py as f32 + 0.5 - y);
                let share = share((dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
                self.mix(px, py, color, share);
            }
        }
    }

    /// Puts another picture at (x, y).
    pub(super) fn paste(&mut self, x: usize, y: usize, other: &Self) {
        for (row, pixels) in other.0.data.chunks_exact(other.width()).enumerate() {
            for (column, &pixel) in pixels.iter().enumerate() {
                self.mix((x + column) as i64, (y + row) as i64, pixel, 1.0);
            }
        }
    }
}

/// A plane in another size: each pixel takes the value at its centre.
pub(super) fn nearest<T: Copy>(plane: &Plane<T>, width: usize, height: usize) -> Plane<T> {
    let mut data = Vec::with_capacity(width * height);
    for y in 0..height {
        let row = (2 * y + 1) * plane.height_px / (2 * height);
        for x in 0..width {
            data.push(plane.at((2 * x + 1) * plane.width_px / (2 * width), row));
        }
    }
    Plane {
        width_px: width,
        height_px: height,
        data,
    }
}

/// A picture in another size: each pixel takes the mean of the area that it covers.
pub(super) fn resample(plane: &Plane<Color>, width: usize, height: usize) -> Plane<Color> {
    if width >= plane.width_px {
        return nearest(plane, width, height);
    }
    let (columns, rows) = (spans(plane.width_px, width), spans(plane.height_px, height));
    let mut data = Vec::with_capacity(width * height);
    for row in &rows {
        for column in &columns {
            let (mut sum, mut weight) = ([0.0f32; 3], 0.0);
            for &(y, wy) in row {
                for &(x, wx) in column {
                    let pixel = plane.at(x, y);
                    (0..3).for_each(|c| sum[c] += wx * wy * f32::from(pixel[c]));
                    weight += wx * wy;
                }
            }
            data.push(sum.map(|s| (s / weight + 0.5) as u8));
        }
    }
    Plane {
        width_px: width,
        height_px: height,
        data,
    }
}

/// For each of `to` cells: the source cells it covers, with the covered share.
fn spans(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let ratio = from as f32 / to as f32;
    let span = |i: usize| {
        let (begin, end) = (i as f32 * ratio, (i + 1) as f32 * ratio);
        let cells = begin as usize..(end.ceil() as usize).min(from);
        cells
            .map(|c| (c, (end.min((c + 1) as f32) - begin.max(c as f32)).max(1e-6)))
            .collect()
    };
    (0..to).map(span).collect()
}
