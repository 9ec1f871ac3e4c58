//! Rasterizes visibility for pinhole cameras: per sample, which triangle of which draw.
//!
//! Coverage is decided by integer edge functions of vertices snapped to 1/256 pixel, with the
//! top-left rule: triangles that share an edge neither overlap nor leave gaps.

mod target;
mod vertex;

use self::target::{Corner8, Target};
pub use self::vertex::Pinhole;
use self::vertex::{
    CLIP, OUTSIDE, Polygon, SUBPIXEL_BITS, Vertex, code, project, project_all, project8,
};
use super::{Layer, ViewScene, VisBuffer};
use crate::render::coverage::CoverageCounter;
use crate::render::lanes::{ALL, Affine, F, I, LANES, V, each, max, min, set_lanes, transpose};
use crate::scene::desc::Bounds;
use glam::{Affine3A, Vec3};

/// Buffers of one thread.
#[derive(Default)]
pub struct RasterScratch {
    /// Of the draw at hand.
    vertices: Vec<Vertex>,
    waiting: Vec<Waiting>,
}

/// A draw that is in view.
struct Waiting {
    draw: u32,
    /// 1 / z of the nearest corner of its bounds.
    nearest: f32,
    /// First and last column and row of samples it may cover; `None` if part of it is behind the
    /// camera, or far out of view.
    room: Option<[usize; 4]>,
}

/// Draws everything of `layer` into `out`; counts what each instance would cover alone.
pub fn rasterize(
    view: &ViewScene,
    camera: &Pinhole,
    layer: Layer,
    out: &mut VisBuffer,
    mut coverage: Option<&mut CoverageCounter>,
    scratch: &mut RasterScratch,
) {
    let RasterScratch { vertices, waiting } = scratch;
    waiting.clear();
    for (index, draw) in view.geometry.draws.iter().enumerate() {
        if layer.wants(draw.opacity) {
            let camera_from_mesh = camera.camera_from_world * draw.world_from_mesh;
            let bounds = &view.trees[draw.mesh.index()].bounds;
            waiting.extend(Waiting::new(
                camera,
                &camera_from_mesh,
                bounds,
                index as u32,
            ));
        }
    }
    // Near things first, which hide others. Where all is counted, nothing is skipped, and instances
    // come one after the other.
    if coverage.is_none() {
        waiting.sort_by(|a, b| b.nearest.total_cmp(&a.nearest));
    }
    for next in &*waiting {
        let (index, draw) = (next.draw, &view.geometry.draws[next.draw as usize]);
        let mesh = &view.scene.meshes[draw.mesh.index()];
        if coverage.is_none() && next.is_hidden(out, mesh.triangles.len()) {
            continue;
        }
        let camera_from_mesh = camera.camera_from_world * draw.world_from_mesh;
        let positions = &view.trees[draw.mesh.index()].positions;
        project_all(camera, &camera_from_mesh, positions, vertices);
        let mut target = Target::new(view, index, layer, out, coverage.as_deref_mut());
        let facing = if draw.double_sided {
            Facing::Any
        } else if draw.mirrored {
            Facing::Clockwise
        } else {
            Facing::CounterClockwise
        };
        let limits = [camera.size[0] as i32 - 1, camera.size[1] as i32 - 1];
        let (eights, rest) = mesh.triangles.as_chunks::<LANES>();
        // The last one stands in for those that are missing.
        let last = rest
            .last()
            .map(|last| each(|i| *rest.get(i).unwrap_or(last)));
        for (k, eight) in eights.iter().chain(&last).enumerate() {
            let corner = |k: usize| transpose(each(|i| vertices[eight[i][k] as usize]));
            let corners = [corner(0), corner(1), corner(2)];
            let there = if k < eights.len() {
                ALL
            } else {
                (1 << rest.len()) - 1
            };
            let (whole, cut) = sift(&corners, facing, limits, there);
            if whole != 0 {
                let corners = corners.map(|[x, y, inverse_z, _]| Corner8 { x, y, inverse_z });
                target.eight((k * LANES) as u32, whole, corners);
            }
            for i in set_lanes(cut) {
                let in_camera =
                    eight[i].map(|v| camera_from_mesh.transform_point3(mesh.positions[v as usize]));
                clipped(&mut target, camera, (k * LANES + i) as u32, in_camera);
            }
        }
    }
}

impl Waiting {
    /// `None` if the bounds are out of view.
    fn new(
        camera: &Pinhole,
        camera_from_mesh: &Affine3A,
        bounds: &Bounds,
        draw: u32,
    ) -> Option<Self> {
        let corners = bounds.corners();
        let corners = Affine::splat(camera_from_mesh).point(V::lanes(|i| corners[i]));
        let corners = project8(camera, corners);
        let all = corners.iter().fold(u32::MAX, |all, &c| all & code(c));
        if all & OUTSIDE != 0 {
            return None;
        }
        let any = corners.iter().fold(0, |any, &c| any | code(c));
        if any & CLIP != 0 {
            return Some(Self {
                draw,
                nearest: f32::INFINITY,
                room: None,
            });
        }
        let [mut low, mut high] = [corners[0]; 2];
        for corner in corners {
            (low, high) = (low.fast_min(corner), high.fast_max(corner));
        }
        let (low, high) = (low.to_array(), high.to_array());
        // A sample more to every side: vertices are rounded as the corners are.
        let sample = |snapped: f32, axis: usize| {
            let at = snapped / (1 << SUBPIXEL_BITS) as f32;
            at.clamp(0.0, camera.size[axis] - 1.0) as usize
        };
        let margin = (1 << SUBPIXEL_BITS) as f32;
        let first = |axis: usize| sample(low[axis] - margin, axis);
        let last = |axis: usize| sample(high[axis] + margin, axis);
        Some(Self {
            draw,
            nearest: high[2],
            room: Some([first(0), last(0), first(1), last(1)]),
        })
    }

    /// Whether what is drawn already is before all of it. Not asked where that would take longer than
    /// to draw its `triangles`.
    fn is_hidden(&self, out: &VisBuffer, triangles: usize) -> bool {
        let Some([left, right, top, bottom]) = self.room else {
            return false;
        };
        // More than rounding makes of a triangle's depth.
        let nearest = self.nearest * 1.0001;
        (right - left) * (bottom - top) <= SAMPLES_A_TRIANGLE * triangles
            && (top..=bottom).all(|y| {
                let row = &out.inverse_z[y * out.width..][left..=right];
                row.iter().all(|&there| there > nearest)
            })
    }
}

/// Samples of a draw's room, for each of its triangles, that are looked at to see whether it is hidden.
const SAMPLES_A_TRIANGLE: usize = 64;

fn clipped(target: &mut Target, camera: &Pinhole, triangle: u32, in_camera: [Vec3; 3]) {
    let mut polygon = Polygon::new(in_camera);
    polygon.clip_to_view(camera);
    let points = polygon.points();
    for i in 1..points.len().saturating_sub(1) {
        let fan = [0, i, i + 1].map(|k| project(camera, points[k]));
        target.triangle(triangle, fan);
    }
}

/// Which way round the triangles of a draw may turn in the image.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facing {
    Any,
    Clockwise,
    CounterClockwise,
}

/// Of the lanes in `active`: those that may cover a sample, and those that must be clipped
/// first. `corners` are transposed vertices; `limits` is the last column and row.
#[inline(always)]
fn sift(corners: &[[F; 4]; 3], facing: Facing, limits: [i32; 2], active: u32) -> (u32, u32) {
    let [(a, code_a), (b, code_b), (c, code_c)] = corners.map(|[x, y, _, code]| ([x, y], code));
    let bits = |code: F, of: u32| {
        let bits: I = bytemuck::cast(code & F::splat(f32::from_bits(of)));
        !bits.simd_eq(I::ZERO).to_bitmask()
    };
    let inside = active & !bits(code_a & code_b & code_c, OUTSIDE);
    if inside == 0 {
        return (0, 0);
    }
    let cut = bits(code_a | code_b | code_c, CLIP);
    let mut seen = inside & !cut;
    if facing != Facing::Any {
        // Rounding keeps order: a product that is larger never becomes the smaller one, so that
        // only ties are left to the exact test.
        let left = (b[0] - a[0]) * (c[1] - a[1]);
        let right = (b[1] - a[1]) * (c[0] - a[0]);
        // Y runs down: a positive area turns clockwise as seen.
        let away = match facing {
            Facing::Clockwise => left.simd_lt(right),
            _ => left.simd_gt(right),
        };
        seen &= !away.to_bitmask();
    }
    let mut single = [I::ZERO; 2];
    let mut center = [F::ZERO; 2];
    for axis in 0..2 {
        let low = min(min(a[axis], b[axis]), c[axis]).fast_trunc_int();
        let high = max(max(a[axis], b[axis]), c[axis]).fast_trunc_int();
        let half = 1 << (SUBPIXEL_BITS - 1);
        let first: I = (low + I::splat(half - 1)) >> SUBPIXEL_BITS;
        let last: I = (high - I::splat(half)) >> SUBPIXEL_BITS;
        let empty =
            first.simd_gt(last) | first.simd_gt(I::splat(limits[axis])) | last.simd_lt(I::ZERO);
        seen &= !empty.to_bitmask();
        single[axis] = first.simd_eq(last);
        center[axis] = F::from_i32x8((first << SUBPIXEL_BITS) + I::splat(half));
    }
    // Whose box holds one sample: out if that is outside an edge, again but for ties.
    let one = (single[0] & single[1]).to_bitmask() & seen;
    if one != 0 && facing != Facing::Any {
        let beyond = |p: [F; 2], q: [F; 2]| {
            let left = (q[0] - p[0]) * (center[1] - p[1]);
            let right = (q[1] - p[1]) * (center[0] - p[0]);
            match facing {
                Facing::Clockwise => left.simd_lt(right),
                _ => left.simd_gt(right),
            }
        };
        let outside = beyond(a, b) | beyond(b, c) | beyond(c, a);
        seen &= !(one & outside.to_bitmask());
    }
    (seen, inside & cut)
}
