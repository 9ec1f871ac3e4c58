//! Rasterizes visibility for pinhole cameras: per sample, which triangle of which draw.
//!
//! Coverage is decided by integer edge functions of vertices snapped to 1/256 pixel, with the
//! top-left rule: triangles that share an edge neither overlap nor leave gaps.

mod target;
mod vertex;

use self::target::{Corner4, Target};
pub use self::vertex::Pinhole;
use self::vertex::{CLIP, OUTSIDE, Polygon, SUBPIXEL_BITS, Vertex, code, project, project_all};
use super::{Layer, ViewScene, VisBuffer};
use crate::render::coverage::CoverageCounter;
use crate::render::lanes::{F, LANES, each, max, min, set_lanes};
use glam::Vec3;
use wide::i32x4;

/// Vertices of the draw at hand.
#[derive(Default)]
pub struct RasterScratch {
    vertices: Vec<Vertex>,
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
    for (index, draw) in view.geometry.draws.iter().enumerate() {
        if !layer.wants(draw.opacity) {
            continue;
        }
        let camera_from_mesh = camera.camera_from_world * draw.world_from_mesh;
        let tree = &view.trees[draw.mesh.index()];
        let corners = tree.bounds.corners();
        let outside = corners.map(|c| code(project(camera, camera_from_mesh.transform_point3(c))));
        if outside.iter().fold(OUTSIDE, |all, code| all & code) != 0 {
            continue;
        }
        let mesh = &view.scene.meshes[draw.mesh.index()];
        project_all(
            camera,
            &camera_from_mesh,
            &tree.positions,
            &mut scratch.vertices,
        );
        let vertices = &scratch.vertices;
        let mut target = Target::new(view, index as u32, layer, out, coverage.as_deref_mut());
        let facing = if draw.double_sided {
            Facing::Any
        } else if draw.mirrored {
            Facing::Clockwise
        } else {
            Facing::CounterClockwise
        };
        let limits = [camera.size[0] as i32 - 1, camera.size[1] as i32 - 1];
        for (k, four) in mesh.triangles.chunks(LANES).enumerate() {
            let corner = |k: usize| {
                let vertex = |i: usize| vertices[four[i.min(four.len() - 1)][k] as usize];
                F::transpose(each(vertex))
            };
            let corners = [corner(0), corner(1), corner(2)];
            let (whole, cut) = sift(&corners, facing, limits, (1 << four.len()) - 1);
            if whole != 0 {
                let corners = corners.map(|[x, y, inverse_z, _]| Corner4 { x, y, inverse_z });
                target.four((k * LANES) as u32, whole, corners);
            }
            for i in set_lanes(cut) {
                let in_camera =
                    four[i].map(|v| camera_from_mesh.transform_point3(mesh.positions[v as usize]));
                clipped(&mut target, camera, (k * LANES + i) as u32, in_camera);
            }
        }
    }
}

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
fn sift(
    corners: &[[F; 4]; 3],
    facing: Facing,
    limits: [i32; 2],
    active: u32,
) -> (u32, u32) {
    let [(a, code_a), (b, code_b), (c, code_c)] = corners.map(|[x, y, _, code]| ([x, y], code));
    let bits = |code: F, of: u32| {
        let bits: i32x4 = bytemuck::cast(code & F::splat(f32::from_bits(of)));
        !bits.simd_eq(i32x4::ZERO).to_bitmask()
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
    let mut single = [i32x4::ZERO; 2];
    let mut center = [F::ZERO; 2];
    for axis in 0..2 {
        let low = min(min(a[axis], b[axis]), c[axis]).fast_trunc_int();
        let high = max(max(a[axis], b[axis]), c[axis]).fast_trunc_int();
        let half = 1 << (SUBPIXEL_BITS - 1);
        let first: i32x4 = (low + i32x4::splat(half - 1)) >> SUBPIXEL_BITS;
        let last: i32x4 = (high - i32x4::splat(half)) >> SUBPIXEL_BITS;
        let empty = first.simd_gt(last)
            | first.simd_gt(i32x4::splat(limits[axis]))
            | last.simd_lt(i32x4::ZERO);
        seen &= !empty.to_bitmask();
        single[axis] = first.simd_eq(last);
        center[axis] = F::from_i32x4((first << SUBPIXEL_BITS) + i32x4::splat(half));
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
