//! Rasterizes visibility for pinhole cameras: per sample, which triangle of which draw.
//!
//! Coverage is decided by integer edge functions of vertices snapped to 1/256 pixel, with the
//! top-left rule: triangles that share an edge neither overlap nor leave gaps.

use glam::{Affine3A, Vec3};

use super::{Layer, ViewScene, VisBuffer, pack};
use crate::base::camera::NEAR_M;
use crate::render::coverage::CoverageCounter;
use crate::render::geometry::Draw;
use crate::render::material::{Opacity, Presence};
use crate::render::surface;

/// Fractional bits of a snapped coordinate.
const SUBPIXEL_BITS: i32 = 8;
const SUBPIXEL: f32 = (1 << SUBPIXEL_BITS) as f32;
/// Triangles that reach further than this beyond the image are clipped to it, pixels.
const GUARD_PX: f32 = 4096.0;

/// The pinhole camera of one pass, in samples.
#[derive(Clone, Copy)]
pub struct Pinhole {
    pub camera_from_world: Affine3A,
    pub focal: [f32; 2],
    pub center: [f32; 2],
}

/// Vertices of the draw at hand.
#[derive(Default)]
pub struct RasterScratch {
    vertices: Vec<Vertex>,
}

#[derive(Clone, Copy)]
struct Vertex {
    in_camera: Vec3,
    /// Snapped; meaningless if `code` has `CLIP`.
    x: i32,
    y: i32,
    inverse_z: f32,
    code: u8,
}

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const ABOVE: u8 = 4;
const BELOW: u8 = 8;
const BEHIND: u8 = 16;
/// Must be clipped before it can be snapped; says nothing of being outside.
const CLIP: u8 = 32;
const OUTSIDE: u8 = LEFT | RIGHT | ABOVE | BELOW | BEHIND;

/// Draws everything of `layer` into `out`; counts what each instance would cover alone.
pub fn rasterize(
    view: &ViewScene,
    camera: &Pinhole,
    layer: Layer,
    out: &mut VisBuffer,
    mut coverage: Option<&mut CoverageCounter>,
    scratch: &mut RasterScratch,
) {
    let size = [out.width as f32, out.height as f32];
    for (index, draw) in view.geometry.draws.iter().enumerate() {
        if !layer.wants(draw.opacity) {
            continue;
        }
        let camera_from_mesh = camera.camera_from_world * draw.world_from_mesh;
        let bounds = view.trees[draw.mesh.index()].bounds;
        let codes = bounds
            .corners()
            .map(|c| project(camera, size, camera_from_mesh.transform_point3(c)).code);
        if codes.iter().fold(OUTSIDE, |all, code| all & code) != 0 {
            continue;
        }
        let mesh = &view.scene.meshes[draw.mesh.index()];
        scratch.vertices.clear();
        let vertices = mesh
            .positions
            .iter()
            .map(|&p| project(camera, size, camera_from_mesh.transform_point3(p)));
        scratch.vertices.extend(vertices);
        let mut target = Target {
            view,
            draw,
            draw_index: index as u32,
            layer,
            out,
            coverage: coverage.as_deref_mut(),
        };
        for (triangle, corners) in mesh.triangles.iter().enumerate() {
            let [a, b, c] = corners.map(|i| scratch.vertices[i as usize]);
            if a.code & b.code & c.code & OUTSIDE != 0 {
                continue;
            }
            if (a.code | b.code | c.code) & CLIP == 0 {
                target.triangle(triangle as u32, [a, b, c]);
            } else {
                let mut polygon = Polygon::new([a.in_camera, b.in_camera, c.in_camera]);
                polygon.clip_to_view(camera, size);
                for i in 1..polygon.len.saturating_sub(1) {
                    let fan = [0, i, i + 1].map(|k| project(camera, size, polygon.points[k]));
                    target.triangle(triangle as u32, fan);
                }
            }
        }
    }
}

fn project(camera: &Pinhole, size: [f32; 2], p: Vec3) -> Vertex {
    let mut code = 0;
    // Sides of the view by sign, good for points behind as well.
    let side = |axis: usize, v: f32| {
        let low = v * camera.focal[axis] + camera.center[axis] * p.z;
        (low < 0.0, low > size[axis] * p.z)
    };
    let (left, right) = side(0, p.x);
    let (above, below) = side(1, p.y);
    for (outside, bit) in [
        (left, LEFT),
        (right, RIGHT),
        (above, ABOVE),
        (below, BELOW),
        (p.z < NEAR_M, BEHIND),
    ] {
        if outside {
            code |= bit;
        }
    }
    let inverse_z = 1.0 / p.z;
    let x = p.x * inverse_z * camera.focal[0] + camera.center[0];
    let y = p.y * inverse_z * camera.focal[1] + camera.center[1];
    let safe = |v: f32, size: f32| v > -GUARD_PX && v < size + GUARD_PX;
    if p.z < NEAR_M || !safe(x, size[0]) || !safe(y, size[1]) {
        code |= CLIP;
    }
    Vertex {
        in_camera: p,
        x: (x * SUBPIXEL).round_ties_even() as i32,
        y: (y * SUBPIXEL).round_ties_even() as i32,
        inverse_z,
        code,
    }
}

/// A convex polygon in the camera frame: a triangle cut by at most five planes.
struct Polygon {
    points: [Vec3; 8],
    len: usize,
}

impl Polygon {
    fn new([a, b, c]: [Vec3; 3]) -> Self {
        let mut points = [Vec3::ZERO; 8];
        points[..3].copy_from_slice(&[a, b, c]);
        Self { points, len: 3 }
    }

    /// Cuts at the near plane and one sample outside the image's sides.
    fn clip_to_view(&mut self, camera: &Pinhole, size: [f32; 2]) {
        self.clip(|p| p.z - NEAR_M);
        for axis in 0..2 {
            let (f, c, size) = (camera.focal[axis], camera.center[axis], size[axis]);
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

/// Where one draw's triangles go.
struct Target<'a, 'v> {
    view: &'a ViewScene<'v>,
    draw: &'a Draw,
    draw_index: u32,
    layer: Layer,
    out: &'a mut VisBuffer,
    coverage: Option<&'a mut CoverageCounter>,
}

impl Target<'_, '_> {
    fn triangle(&mut self, triangle: u32, [a, mut b, mut c]: [Vertex; 3]) {
        let edge = |p: &Vertex, q: &Vertex| (i64::from(q.x - p.x), i64::from(q.y - p.y));
        let (abx, aby) = edge(&a, &b);
        let (acx, acy) = edge(&a, &c);
        let mut area = abx * acy - aby * acx;
        if area == 0 {
            return;
        }
        // Y runs down: a positive area turns clockwise as seen.
        let counter_clockwise = area < 0;
        if !self.draw.double_sided && counter_clockwise == self.draw.mirrored {
            return;
        }
        if area < 0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        // First and last sample whose centre may be inside.
        let half = 1 << (SUBPIXEL_BITS - 1);
        let first = |v: [i32; 3]| {
            (v[0].min(v[1]).min(v[2]) - half + (1 << SUBPIXEL_BITS) - 1) >> SUBPIXEL_BITS
        };
        let last = |v: [i32; 3]| (v[0].max(v[1]).max(v[2]) - half) >> SUBPIXEL_BITS;
        let (xs, ys) = ([a.x, b.x, c.x], [a.y, b.y, c.y]);
        let (x0, x1) = (first(xs).max(0), last(xs).min(self.out.width as i32 - 1));
        let (y0, y1) = (first(ys).max(0), last(ys).min(self.out.height as i32 - 1));
        if x0 > x1 || y0 > y1 {
            return;
        }
        let start_x = (x0 << SUBPIXEL_BITS) + half;
        let start_y = (y0 << SUBPIXEL_BITS) + half;
        let edges = [
            Edge::new(&b, &c, start_x, start_y),
            Edge::new(&c, &a, start_x, start_y),
            Edge::new(&a, &b, start_x, start_y),
        ];
        let inverse_area = 1.0 / area as f32;
        let z = [
            a.inverse_z,
            (b.inverse_z - a.inverse_z) * inverse_area,
            (c.inverse_z - a.inverse_z) * inverse_area,
        ];
        let id = pack(self.draw_index, triangle);
        let plain = self.coverage.is_none()
            && matches!(self.draw.opacity, Opacity::Opaque | Opacity::Transmissive);
        let mut row = edges.map(|e| e.value);
        for y in y0..=y1 {
            let line = y as usize * self.out.width;
            let mut e = row;
            for x in x0..=x1 {
                if (e[0] | e[1] | e[2]) >= 0 {
                    let at = line + x as usize;
                    // The bias of the fill rule is at most one unit of some 10⁴; it moves no depth.
                    let inverse_z = z[0] + (e[1] as f32 * z[1] + e[2] as f32 * z[2]);
                    if plain {
                        if inverse_z > self.out.inverse_z[at] {
                            self.out.inverse_z[at] = inverse_z;
                            self.out.ids[at] = id;
                        }
                    } else {
                        self.sample(x as usize, y as usize, triangle, inverse_z);
                    }
                }
                for k in 0..3 {
                    e[k] += edges[k].step_x;
                }
            }
            for k in 0..3 {
                row[k] += edges[k].step_y;
            }
        }
    }

    /// A covered sample, with alpha and amodal coverage.
    fn sample(&mut self, x: usize, y: usize, triangle: u32, inverse_z: f32) {
        if matches!(self.draw.opacity, Opacity::Cutout | Opacity::Blend) {
            let mesh = &self.view.scene.meshes[self.draw.mesh.index()];
            let Some(ray) = self.view.sample_ray(self.out.scale, x, y) else {
                return;
            };
            let (_, uv) = surface::plane_hit(mesh, self.draw, triangle, &ray);
            let material = &self.view.geometry.materials[self.draw.material as usize];
            let presence = surface::presence(mesh, material, self.view.textures, triangle, uv);
            if presence == Presence::Nothing
                || (self.layer == Layer::Opaque && presence == Presence::Transparent)
            {
                return;
            }
        }
        if let Some(coverage) = self.coverage.as_deref_mut() {
            coverage.count(self.draw.instance, x, y);
        }
        let at = y * self.out.width + x;
        if inverse_z > self.out.inverse_z[at] {
            self.out.inverse_z[at] = inverse_z;
            self.out.ids[at] = pack(self.draw_index, triangle);
        }
    }
}

/// An edge function, positive inside, stepping over samples.
#[derive(Clone, Copy)]
struct Edge {
    value: i64,
    step_x: i64,
    step_y: i64,
}

impl Edge {
    /// Of the directed edge p → q at (x, y).
    fn new(p: &Vertex, q: &Vertex, x: i32, y: i32) -> Self {
        let (dx, dy) = (i64::from(q.x - p.x), i64::from(q.y - p.y));
        let value = dx * i64::from(y - p.y) - dy * i64::from(x - p.x);
        // Clockwise with Y down: a top edge runs right, a left edge runs up.
        let top_left = dy < 0 || (dy == 0 && dx > 0);
        Self {
            value: value - i64::from(!top_left),
            step_x: -dy << SUBPIXEL_BITS,
            step_y: dx << SUBPIXEL_BITS,
        }
    }
}
