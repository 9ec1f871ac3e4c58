//! Vertices in the image: projection, snapping, clipping.

use glam::{Affine3A, Vec3};

use crate::base::camera::NEAR_M;
use crate::render::lanes::{Affine, F, LANES, Quad, V, from_rows, splat};

/// Fractional bits of a snapped coordinate.
pub const SUBPIXEL_BITS: i32 = 8;
const SUBPIXEL: f32 = (1 << SUBPIXEL_BITS) as f32;
/// Triangles that reach further than this beyond the image are clipped to it, pixels.
const GUARD_PX: f32 = 4096.0;

/// The pinhole camera of one pass, in samples.
#[derive(Clone, Copy)]
pub struct Pinhole {
    pub camera_from_world: Affine3A,
    pub focal: [f32; 2],
    pub center: [f32; 2],
    /// Of the image.
    pub size: [f32; 2],
}

/// A vertex in the image: x and y, snapped, in steps of 1/256 px (whole numbers; meaningless if the
/// code has `CLIP`); 1 / z; the bits of the code.
pub type Vertex = Quad;

const LEFT: u32 = 1;
const RIGHT: u32 = 2;
const ABOVE: u32 = 4;
const BELOW: u32 = 8;
const BEHIND: u32 = 16;
/// Must be clipped before it can be snapped; says nothing of being outside.
pub const CLIP: u32 = 32;
pub const OUTSIDE: u32 = LEFT | RIGHT | ABOVE | BELOW | BEHIND;

/// Projects eight points of the camera frame.
#[inline(always)]
pub fn project8(camera: &Pinhole, p: V) -> [Vertex; LANES] {
    let bit = |outside: F, bit: u32| outside & splat(f32::from_bits(bit));
    let near = splat(NEAR_M);
    let behind = p.z.simd_lt(near);
    let mut code = bit(behind, BEHIND);
    let mut clip = behind;
    let inverse_z = F::ONE / p.z;
    let mut at = [F::ZERO; 2];
    let axes = [(p.x, LEFT, RIGHT), (p.y, ABOVE, BELOW)];
    for (axis, (v, first, last)) in axes.into_iter().enumerate() {
        let (focal, center) = (splat(camera.focal[axis]), splat(camera.center[axis]));
        let size = camera.size[axis];
        // Sides of the view by sign, good for points behind as well.
        let low = v * focal + center * p.z;
        code |= bit(low.simd_lt(F::ZERO), first);
        code |= bit(low.simd_gt(splat(size) * p.z), last);
        at[axis] = v * inverse_z * focal + center;
        let safe = at[axis].simd_gt(splat(-GUARD_PX)) & at[axis].simd_lt(splat(size + GUARD_PX));
        clip |= !safe;
    }
    code |= bit(clip, CLIP);
    let [x, y] = at.map(|v| F::from_i32x8((v * splat(SUBPIXEL)).round_int()));
    from_rows([x, y, inverse_z, code])
}

/// The code of a vertex.
#[inline(always)]
pub fn code(vertex: Vertex) -> u32 {
    vertex.to_array()[3].to_bits()
}

/// Projects one point of the camera frame.
pub fn project(camera: &Pinhole, p: Vec3) -> Vertex {
    project8(camera, V::splat(p))[0]
}

/// Projects all vertices of a mesh; `out` is padded to whole fours.
pub fn project_all(
    camera: &Pinhole,
    camera_from_mesh: &Affine3A,
    positions: &[V],
    out: &mut Vec<Vertex>,
) {
    let camera_from_mesh = Affine::splat(camera_from_mesh);
    out.resize(positions.len() * LANES, Vertex::ZERO);
    for (to, &from) in out.as_chunks_mut().0.iter_mut().zip(positions) {
        *to = project8(camera, camera_from_mesh.point(from));
    }
}

/// A convex polygon in the camera frame: a triangle cut by at most five planes.
pub struct Polygon {
    points: [Vec3; 8],
    len: usize,
}

impl Polygon {
    pub fn new([a, b, c]: [Vec3; 3]) -> Self {
        let mut points = [Vec3::ZERO; 8];
        points[..3].copy_from_slice(&[a, b, c]);
        Self { points, len: 3 }
    }

    /// Its corners, in order.
    pub fn points(&self) -> &[Vec3] {
        &self.points[..self.len]
    }

    /// Cuts at the near plane and one sample outside the image's sides.
    pub fn clip_to_view(&mut self, camera: &Pinhole) {
        self.clip(|p| p.z - NEAR_M);
        for axis in 0..2 {
            let (f, c, size) = (camera.focal[axis], camera.center[axis], camera.size[axis]);
            self.clip(|p| p[axis] * f + (c + 1.0) * p.z);
            self.clip(|p| (size + 1.0 - c) * p.z - p[axis] * f);
        }
    }

    fn clip(&mut self, inside: impl Fn(Vec3) -> f32) {
        let (old, n) = (self.points, self.len);
        self.len = 0;
        for i in 0..n {
            let (p, q) = (old[i], old[(i + 1) % n]);
            let (dp, dq) = (inside(p), inside(q));
            if dp >= 0.0 {
                self.push(p);
            }
            if (dp >= 0.0) != (dq >= 0.0) {
                // From the inner end, so that neighbours across the edge cut at the same point.
                let (a, b, da, db) = if dp >= 0.0 {
                    (p, q, dp, dq)
                } else {
                    (q, p, dq, dp)
                };
                self.push(a + (b - a) * (da / (da - db)));
            }
        }
    }

    fn push(&mut self, p: Vec3) {
        if self.len < self.points.len() {
            self.points[self.len] = p;
            self.len += 1;
        }
    }
}
