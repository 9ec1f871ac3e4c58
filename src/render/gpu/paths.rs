//! Reference mode as the shaders read it: options, exposure, and the scene at each moment of it.

use std::sync::Arc;

use super::encode::{
    EncodedFrame, Encoder, VIEW_PATHS, VIEW_SIZE, Vector, draw_records, place_draws, quaternion,
    top_level, vector,
};
use super::upload::NONE;
use crate::render::cpu::{Times, hash};
use crate::render::geometry::Geometry;
use crate::render::{Frame, PathOptions, ViewOptions};

/// What one view's paths read beside its frame.
pub struct EncodedPaths {
    /// Paths a pixel.
    pub samples: u32,
    pub denoise: bool,
    /// The last vectors of the view's record: 0 seed, bounces, what is asked for, sums; 1 moments,
    /// their number, emitters; 2 shutter and readout in steps to the next snapshot, rows, radius of
    /// the pupil; 3 distance of focus; 4, 5 rotation and position at the next snapshot.
    pub record: [Vector; VIEW_SIZE - VIEW_PATHS],
    pub emitters: Arc<Vec<Vector>>,
    /// None if nothing but the camera moves.
    moments: Vec<EncodedMoment>,
    /// Stack entries that a walk through any moment's tree needs.
    pub stack: u32,
}

/// The scene at one moment.
struct EncodedMoment {
    top: Vec<Vector>,
    draws: Vec<Vector>,
}

impl EncodedPaths {
    /// Words a pixel that the sums take: light, then what the denoiser needs.
    pub fn words_per_pixel(&self) -> u32 {
        if self.denoise { 10 } else { 3 }
    }

    /// Of the view of `snapshot.cameras[camera]`.
    pub fn new(
        encoder: &Encoder,
        frame: &Frame<'_>,
        encoded: &EncodedFrame,
        camera: usize,
        options: &ViewOptions,
        paths: &PathOptions,
    ) -> Self {
        let view = frame.seen_by(camera);
        let times = Times::new(&view);
        let mut stack = 0;
        let moment = |geometry: &Geometry| {
            let (top, need) = top_level(geometry);
            stack = stack.max(need);
            let draws = draw_records(frame, geometry, encoder);
            EncodedMoment { top, draws }
        };
        let moments = times.geometries(&view).iter().map(moment).collect();
        let exposure = &view.camera.exposure;
        let next = &view.camera.world_from_camera_next;
        let asked = u32::from(paths.caustics) | u32::from(paths.denoise) << 1;
        let radius = exposure.pupil_radius_m as f32;
        let exposed = [times.shutter, times.readout, times.rows, radius];
        Self {
            samples: options.samples,
            denoise: paths.denoise,
            record: [
                [hash(options.seed), paths.bounces, asked, 0],
                [0; 4],
                exposed.map(f32::to_bits),
                [(exposure.focus_m as f32).to_bits(), 0, 0, 0],
                quaternion(next.rotation),
                vector(next.translation_m, 0.0),
            ],
            emitters: encoded.emitters(frame),
            moments,
            stack,
        }
    }

    /// Appends the moments to a batch and to the top-level trees, the first of which goes to
    /// `top_at` in the nodes; returns the place of their table, and how many there are. `top` and
    /// `frame` are the frame's own, `materials` the scene's.
    pub fn append_to(
        &self,
        batch: &mut Vec<Vector>,
        trees: &mut Vec<Vector>,
        top_at: u32,
        [top, frame, materials]: [u32; 3],
    ) -> [u32; 2] {
        let mut table = Vec::new();
        for moment in &self.moments {
            let top = if moment.top.is_empty() {
                NONE
            } else {
                top_at + trees.len() as u32
            };
            trees.extend_from_slice(&moment.top);
            let draws = batch.len();
            batch.extend_from_slice(&moment.draws);
            place_draws(&mut batch[draws..], materials, frame);
            table.push([top, draws as u32, 0, 0]);
        }
        if table.is_empty() {
            table.push([top, frame, 0, 0]);
        }
        let at = batch.len() as u32;
        batch.extend_from_slice(&table);
        [at, table.len() as u32]
    }
}
