//! Evens out the sampled visibilities: every 5×5 window holds each pixel of the 4×4 sample
//! block with the same weight, so that the whole pattern of 64 samples counts.

use super::shade::Shade8;
use crate::render::lanes::{F, LANES, V, lanes, splat};

/// Weights of the window's rows and columns: the outer ones are half of the same block pixel.
const WEIGHTS: [f32; 5] = [0.5, 1.0, 1.0, 1.0, 0.5];
/// Rows and columns that the window reaches beyond its middle.
pub const REACH: usize = 2;

/// What neighbours read of the main points of a row's pixels; by column, which starts at
/// `REACH`, so that the window needs no limits.
#[derive(Default)]
pub struct Samples {
    footprint_m: Vec<f32>,
    position: [Vec<f32>; 3],
    normal: [Vec<f32>; 3],
    /// Open and all of area light, open of ambient light.
    open: [Vec<f32>; 3],
}

impl Samples {
    /// For a row of `width` pixels, nothing sampled.
    pub fn reset(&mut self, width: usize) {
        self.footprint_m.clear();
        self.footprint_m.resize(width + 2 * REACH + LANES, 0.0);
        let others = self.position.iter_mut().chain(&mut self.normal);
        for values in others.chain(&mut self.open) {
            values.resize(width + 2 * REACH + LANES, 0.0);
        }
    }

    /// Stores one lane as the main point of column `x`.
    pub fn store(&mut self, x: usize, shade: &Shade8, lane: usize) {
        let x = x + REACH;
        let get = |v: F| v.to_array()[lane];
        self.footprint_m[x] = get(shade.footprint_m);
        for (to, from) in [
            (&mut self.position, shade.position),
            (&mut self.normal, shade.normal),
        ] {
            (to[0][x], to[1][x], to[2][x]) = (get(from.x), get(from.y), get(from.z));
        }
        let [open, all] = shade.area_open;
        for (to, from) in self.open.iter_mut().zip([open, all, shade.ambient_open]) {
            to[x] = get(from);
        }
    }
}

/// The unblocked shares of area light and of ambient light at eight points of columns `x`,
/// averaged with neighbours on the same smooth surface. `window` is the rows about theirs; those
/// outside the image are missing.
pub fn open(here: &Shade8, x: &[u32; LANES], window: &[Option<&Samples>; 2 * REACH + 1]) -> [F; 2] {
    let [mut open, mut all] = here.area_open;
    let (mut ambient, mut weight) = (here.ambient_open, F::ONE);
    let in_line = (1..LANES).all(|i| x[i] == x[0] + i as u32);
    let first = x[0] as usize;
    for (dy, row) in window.iter().enumerate() {
        let Some(row) = row else {
            continue;
        };
        for (dx, column_weight) in WEIGHTS.iter().enumerate() {
            if (dx, dy) == (REACH, REACH) {
                continue;
            }
            let load = |values: &[f32]| {
                if in_line {
                    let eight = &values[first + dx..first + dx + LANES];
                    lanes(|i| eight[i])
                } else {
                    lanes(|i| values[x[i] as usize + dx])
                }
            };
            let sampled = load(&row.footprint_m).simd_gt(F::ZERO);
            if !sampled.any() {
                continue;
            }
            let vector = |v: &[Vec<f32>; 3]| V {
                x: load(&v[0]),
                y: load(&v[1]),
                z: load(&v[2]),
            };
            let off_plane = here.normal.dot(vector(&row.position) - here.position).abs();
            let same = sampled
                & here.normal.dot(vector(&row.normal)).simd_ge(splat(0.9))
                & off_plane.simd_le(splat(2.0) * here.footprint_m);
            let w = splat(column_weight * WEIGHTS[dy]) & same;
            weight += w;
            open += w * load(&row.open[0]);
            all += w * load(&row.open[1]);
            ambient += w * load(&row.open[2]);
        }
    }
    let area = all.simd_gt(F::ZERO).select(open / all, F::ONE);
    [area, ambient / weight]
}
