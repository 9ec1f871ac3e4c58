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
    /// The shares of `point`, averaged with neighbours on the same smooth surface.
    pub fn open(&self, point: &Point) -> [f32; 2] {
        let here = &point.shade;
        let mut sum = here.open;
        let mut weight = 1.0;
        if here.footprint_m == 0.0 {
            return sum;
        }
        let (px, py) = (
            point.pixel as usize % self.width,
            point.pixel as usize / self.width,
        );
        for (j, row) in WEIGHTS.iter().enumerate() {
            let y = py as i64 + j as i64 - 2;
            if y < 0 || y >= self.height as i64 {
                continue;
            }
            for (i, column) in WEIGHTS.iter().enumerate() {
                let x = px as i64 + i as i64 - 2;
                if x < 0 || x >= self.width as i64 || (i == 2 && j == 2) {
                    continue;
                }
                let index = self.of_pixel[y as usize * self.width + x as usize];
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
                let w = row * column;
                weight += w;
                for k in 0..2 {
                    sum[k] += w * other.open[k];
                }
            }
        }
        sum.map(|s| s / weight)
    }
}
