//! Where the pixels' centre rays meet what the centres show: asked once, for labels and colour.

use super::grid::Grid;
use super::site::{CameraRays, Hits8, hits_on};
use super::{NOTHING, ViewScene, VisBuffer};
use crate::render::lanes::{LANES, each, lanes};

/// By pixel, row by row; of pixels that show nothing the numbers mean nothing.
#[derive(Default)]
pub struct Centers {
    /// In lengths of the ray's direction.
    pub t: Vec<f32>,
    /// Weights of the triangle's second and third corner.
    pub u: Vec<f32>,
    pub v: Vec<f32>,
}

impl Centers {
    /// Of a view whose pixels' centres see `first`.
    pub fn find(&mut self, view: &ViewScene, grid: &Grid, first: &VisBuffer) {
        let (width, height) = (first.width, first.height);
        for numbers in [&mut self.t, &mut self.u, &mut self.v] {
            numbers.resize(width * height + LANES, 0.0);
        }
        for y in 0..height {
            for x in (0..width).step_by(LANES) {
                let at = y * width + x;
                // Beyond the row's end are pixels of the next one, overwritten by it, or nothing.
                let ids = each(|i| first.ids[at + i]);
                let Some(any) = ids.into_iter().find(|&id| id != NOTHING) else {
                    continue;
                };
                // What one lane sees stands in for lanes that see nothing.
                let ids = each(|i| if ids[i] == NOTHING { any } else { ids[i] });
                let rays = CameraRays::new(view.eye(), view.to_world(grid.eight(x, y)));
                let hits = hits_on(
                    view,
                    &rays,
                    each(|i| (ids[i] >> 32) as u32),
                    each(|i| ids[i] as u32),
                );
                for (to, from) in [
                    (&mut self.t, hits.t),
                    (&mut self.u, hits.u),
                    (&mut self.v, hits.v),
                ] {
                    to[at..at + LANES].copy_from_slice(&from.to_array());
                }
            }
        }
    }

    /// At eight pixels that show these triangles.
    #[inline(always)]
    pub fn hits(&self, at: [usize; LANES], draw: [u32; LANES], triangle: [u32; LANES]) -> Hits8 {
        let of = |numbers: &[f32]| lanes(|i| numbers[at[i]]);
        Hits8 {
            t: of(&self.t),
            u: of(&self.u),
            v: of(&self.v),
            draw,
            triangle,
        }
    }
}
