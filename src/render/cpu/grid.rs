//! The rays through a regular grid of samples.

use std::sync::Arc;

use glam::Vec3;

use super::ViewScene;
use crate::base::camera::{Intrinsics, Lens};
use crate::render::lanes::{F, LANES, V, lanes, splat};

/// Samples that are kept of lenses that bend, 12 bytes each.
const MOST_KEPT: usize = 1 << 22;

/// Grids of lenses that bend, kept for the next view through the same one.
#[derive(Default)]
pub struct Grids {
    /// The last one asked for at the end.
    known: Vec<Known>,
}

struct Known {
    intrinsics: Intrinsics,
    lens: Lens,
    scale: usize,
    grid: Arc<Grid>,
}

impl Grids {
    /// See [`Grid::new`].
    pub fn get(&mut self, view: &ViewScene, scale: usize) -> Arc<Grid> {
        let (intrinsics, lens) = (view.camera.intrinsics, view.camera.lens);
        if lens == Lens::Pinhole {
            return Arc::new(Grid::new(view, scale));
        }
        let is_it = |k: &Known| (k.intrinsics, k.lens, k.scale) == (intrinsics, lens, scale);
        let known = match self.known.iter().position(is_it) {
            Some(at) => self.known.remove(at),
            None => Known {
                intrinsics,
                lens,
                scale,
                grid: Arc::new(Grid::new(view, scale)),
            },
        };
        let grid = known.grid.clone();
        self.known.push(known);
        let samples = |k: &Known| {
            let i = &k.intrinsics;
            i.width_px as usize * i.height_px as usize * k.scale * k.scale
        };
        while self.known.iter().map(samples).sum::<usize>() > MOST_KEPT {
            self.known.remove(0);
        }
        grid
    }
}

/// Directions of the rays through a view's samples, in the camera frame.
pub struct Grid {
    width: usize,
    directions: Directions,
}

enum Directions {
    /// (x by column, y by row, 1).
    Pinhole { columns: Vec<f32>, rows: Vec<f32> },
    /// By sample, components apart; NaN where the lens sees nothing. What bends is asked only once.
    Bent([Vec<f32>; 3]),
}

impl Grid {
    /// With `scale` samples a pixel's side.
    pub fn new(view: &ViewScene, scale: usize) -> Self {
        let k = &view.camera.intrinsics;
        let [width, height] = [k.width_px, k.height_px].map(|n| n as usize * scale);
        // Longer than the image, so that whole eights can be read from any sample on.
        let at = |x: usize, y: usize| view.in_camera(scale, x, y).unwrap_or(Vec3::NAN);
        let directions = if view.camera.lens == Lens::Pinhole {
            Directions::Pinhole {
                columns: (0..width + LANES).map(|x| at(x, 0).x).collect(),
                rows: (0..height).map(|y| at(0, y).y).collect(),
            }
        } else {
            let mut all = [(); 3].map(|()| Vec::with_capacity(width * height + LANES));
            for sample in 0..width * height + LANES {
                let d = if sample < width * height {
                    at(sample % width, sample / width)
                } else {
                    Vec3::NAN
                };
                for (to, d) in all.iter_mut().zip(d.to_array()) {
                    to.push(d);
                }
            }
            Directions::Bent(all)
        };
        Self { width, directions }
    }

    /// Through sample (x, y); `None` where the lens sees nothing.
    #[inline(always)]
    pub fn direction(&self, x: usize, y: usize) -> Option<Vec3> {
        match &self.directions {
            Directions::Pinhole { columns, rows } => Some(Vec3::new(columns[x], rows[y], 1.0)),
            Directions::Bent(all) => {
                let at = y * self.width + x;
                let d = Vec3::new(all[0][at], all[1][at], all[2][at]);
                (!d.x.is_nan()).then_some(d)
            }
        }
    }

    /// From sample (x, y) on, in its row; NaN where the lens sees nothing.
    #[inline(always)]
    pub fn eight(&self, x: usize, y: usize) -> V {
        let load = |from: &[f32], at: usize| {
            let eight = &from[at..at + LANES];
            lanes(|i| eight[i])
        };
        match &self.directions {
            Directions::Pinhole { columns, rows } => V {
                x: load(columns, x),
                y: splat(rows[y]),
                z: F::ONE,
            },
            Directions::Bent(all) => {
                let at = y * self.width + x;
                V {
                    x: load(&all[0], at),
                    y: load(&all[1], at),
                    z: load(&all[2], at),
                }
            }
        }
    }
}
