//! Evens out the sampled visibilities: every 5×5 window holds each pixel of the 4×4 sample
//! block with the same weight, so that the whole pattern of 64 samples counts.

use super::color::Point;

/// Weights of the window's rows and columns: the outer ones are half of the same block pixel.
const WEIGHTS: [f32; 5] = [0.5, 1.0, 1.0, 1.0, 0.5];

/// The main point of each pixel, for neighbours to read.
pub struct Primary<'a> {
    pub points: &'a [Point],
    /// Index into `points` by pixel; `u32::MAX` where there is none.
    pub of_pixel: &'a [u32],
    pub width: usize,
    pub height: usize,
}

impl Primary<'_> {
    /// The unblocked shares of area light and of ambient light at `point`, averaged with
    /// neighbours on the same smooth surface.
    pub fn open(&self, point: &Point) -> [f32; 2] {
        let here = &point.shade;
        let [mut open, mut all] = here.area_open;
        let (mut ambient, mut weight) = (here.ambient_open, 1.0);
        let (px, py) = (
            point.pixel as usize % self.width,
            point.pixel as usize / self.width,
        );
        let columns = px.saturating_sub(2)..(px + 3).min(self.width);
        let rows = py.saturating_sub(2)..(py + 3).min(self.height);
        let rows = if here.footprint_m > 0.0 { rows } else { 0..0 };
        for y in rows {
            for x in columns.clone() {
                if (x, y) == (px, py) {
                    continue;
                }
                let index = self.of_pixel[y * self.width + x];
                let Some(other) = self.points.get(index as usize).map(|p| &p.shade) else {
                    continue;
                };
                if other.footprint_m == 0.0 || here.normal.dot(other.normal) < 0.9 {
                    continue;
                }
                let off_plane = here.normal.dot(other.position - here.position).abs();
                if off_plane > 2.0 * here.footprint_m {
                    continue;
                }
                let w = WEIGHTS[x + 2 - px] * WEIGHTS[y + 2 - py];
                weight += w;
                open += w * other.area_open[0];
                all += w * other.area_open[1];
                ambient += w * other.ambient_open;
            }
        }
        let area = if all > 0.0 { open / all } else { 1.0 };
        [area, ambient / weight]
    }
}
