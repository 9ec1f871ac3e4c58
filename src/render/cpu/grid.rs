//! The rays through a regular grid of samples.

use glam::Vec3;

use super::ViewScene;
use crate::base::camera::Lens;
use crate::render::lanes::{F, LANES, V, lanes, splat};

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
        // Longer than the image, so that whole fours can be read from any sample on.
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
