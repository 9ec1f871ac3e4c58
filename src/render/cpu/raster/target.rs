//! Triangles into a visibility buffer.

use std::array::from_fn;

use wide::i32x4;

use super::vertex::{self, SUBPIXEL_BITS};
use crate::render::coverage::CoverageCounter;
use crate::render::cpu::{Layer, ViewScene, VisBuffer, pack};
use crate::render::geometry::Draw;
use crate::render::lanes::{F, LANES, splat};
use crate::render::material::{Opacity, Presence};
use crate::render::surface;

/// Up to this many samples wide and high, edge functions fit 32 bits: below 2¹⁵ along an axis,
/// 2³⁰ for a product, twice that for a difference.
const SMALL: i32 = 120;

/// Where one draw's triangles go.
pub struct Target<'a, 'v> {
    view: &'a ViewScene<'v>,
    draw: &'a Draw,
    draw_index: u32,
    layer: Layer,
    out: &'a mut VisBuffer,
    coverage: Option<&'a mut CoverageCounter>,
    /// Whether every covered sample is a surface, and nothing is counted.
    plain: bool,
    /// Whether samples must be looked up in the material.
    patchy: bool,
}

/// A corner of a triangle, snapped.
struct Corner {
    x: i32,
    y: i32,
    inverse_z: f32,
}

/// Samples that a triangle may cover.
struct Box2 {
    x0: i32,
    x1: i32,
    y0: i32,
    y1: i32,
}

impl<'a, 'v> Target<'a, 'v> {
    /// For one draw.
    pub fn new(
        view: &'a ViewScene<'v>,
        draw_index: u32,
        layer: Layer,
        out: &'a mut VisBuffer,
        coverage: Option<&'a mut CoverageCounter>,
    ) -> Self {
        let draw = &view.geometry.draws[draw_index as usize];
        let patchy = matches!(draw.opacity, Opacity::Cutout | Opacity::Blend);
        Self {
            view,
            draw,
            draw_index,
            layer,
            out,
            plain: coverage.is_none() && !patchy,
            patchy,
            coverage,
        }
    }

    /// Draws a triangle of snapped corners.
    pub fn triangle(&mut self, triangle: u32, corners: [vertex::Vertex; 3]) {
        let [a, mut b, mut c] = corners.map(|v| {
            let [x, y, inverse_z, _] = v.to_array();
            let (x, y) = (x as i32, y as i32);
            Corner { x, y, inverse_z }
        });
        let edge = |p: &Corner, q: &Corner| (i64::from(q.x - p.x), i64::from(q.y - p.y));
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
        let (left, right, top, bottom) = (first(xs), last(xs), first(ys), last(ys));
        let small = right - left < SMALL && bottom - top < SMALL;
        let area_box = Box2 {
            x0: left.max(0),
            x1: right.min(self.out.width as i32 - 1),
            y0: top.max(0),
            y1: bottom.min(self.out.height as i32 - 1),
        };
        if area_box.x0 > area_box.x1 || area_box.y0 > area_box.y1 {
            return;
        }
        let start_x = (area_box.x0 << SUBPIXEL_BITS) + half;
        let start_y = (area_box.y0 << SUBPIXEL_BITS) + half;
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
        if self.plain && small {
            self.fill_small(triangle, &area_box, &edges, z);
        } else {
            self.fill(triangle, &area_box, &edges, z);
        }
    }

    /// Four samples at a time.
    fn fill_small(&mut self, triangle: u32, area: &Box2, edges: &[Edge; 3], z: [f32; 3]) {
        let id = pack(self.draw_index, triangle);
        let [z0, z1, z2] = z.map(splat);
        let mut row: [i32x4; 3] = from_fn(|k| {
            let (value, step) = (edges[k].value as i32, edges[k].step_x as i32);
            i32x4::new([value, value + step, value + 2 * step, value + 3 * step])
        });
        let across = edges.map(|e| i32x4::splat(e.step_x as i32 * LANES as i32));
        let down = edges.map(|e| i32x4::splat(e.step_y as i32));
        let width = (area.x1 - area.x0 + 1) as usize;
        let mut start = area.y0 as usize * self.out.width + area.x0 as usize;
        for _ in area.y0..=area.y1 {
            let mut e = row;
            let mut done = 0;
            loop {
                // Beyond the box only where the image ends.
                let left = width - done;
                let limit = if left < LANES { (1 << left) - 1 } else { 15 };
                let covered = !(e[0] | e[1] | e[2]).to_bitmask() & limit;
                if covered != 0 {
                    let at = start + done;
                    let inverse_z = z0 + (F::from_i32x4(e[1]) * z1 + F::from_i32x4(e[2]) * z2);
                    self.keep_nearer(at, covered, inverse_z, id);
                }
                done += LANES;
                if done >= width {
                    break;
                }
                e = from_fn(|k| e[k] + across[k]);
            }
            row = from_fn(|k| row[k] + down[k]);
            start += self.out.width;
        }
    }

    fn fill(&mut self, triangle: u32, area: &Box2, edges: &[Edge; 3], z: [f32; 3]) {
        let id = pack(self.draw_index, triangle);
        let mut row = edges.map(|e| e.value);
        for y in area.y0..=area.y1 {
            let Some((first, last)) = span(&row, edges, i64::from(area.x1 - area.x0)) else {
                row = from_fn(|k| row[k] + edges[k].step_y);
                continue;
            };
            let [mut e1, mut e2] = [1, 2].map(|k: usize| row[k] + first * edges[k].step_x);
            let x0 = area.x0 as usize + first as usize;
            let line = y as usize * self.out.width;
            let count = (last - first) as usize + 1;
            if self.plain {
                let steps = [edges[1].step_x, edges[2].step_x];
                self.fill_span(line + x0, count, id, [e1, e2], steps, z);
            } else {
                for x in x0..x0 + count {
                    // The bias of the fill rule is at most one unit of some 10⁴; it moves no depth.
                    let inverse_z = z[0] + (e1 as f32 * z[1] + e2 as f32 * z[2]);
                    self.sample(x, y as usize, triangle, inverse_z);
                    e1 += edges[1].step_x;
                    e2 += edges[2].step_x;
                }
            }
            row = from_fn(|k| row[k] + edges[k].step_y);
        }
    }

    /// Covered samples beside each other, four at a time. Edge functions are whole numbers below
    /// 2⁵³: exact as f64, and rounded to f32 once, as they would be themselves.
    fn fill_span(
        &mut self,
        at: usize,
        count: usize,
        id: u64,
        edges: [i64; 2],
        steps: [i64; 2],
        z: [f32; 3],
    ) {
        let [z0, z1, z2] = z.map(splat);
        let (edges, steps) = (edges.map(|e| e as f64), steps.map(|s| s as f64));
        let mut four: [[f64; LANES]; 2] = from_fn(|k| from_fn(|i| edges[k] + i as f64 * steps[k]));
        let across = steps.map(|s| s * LANES as f64);
        for done in (0..count).step_by(LANES) {
            let left = count - done;
            let covered = if left < LANES { (1 << left) - 1 } else { 15 };
            let [e1, e2] = four.map(|e| F::new(e.map(|e| e as f32)));
            let inverse_z = z0 + (e1 * z1 + e2 * z2);
            self.keep_nearer(at + done, covered, inverse_z, id);
            four = from_fn(|k| from_fn(|i| four[k][i] + across[k]));
        }
    }

    /// Writes the lanes of `covered` that are nearer than what is there.
    #[inline(always)]
    fn keep_nearer(&mut self, at: usize, covered: u32, inverse_z: F, id: u64) {
        let there = &mut self.out.inverse_z[at..at + LANES];
        let old = F::new(from_fn(|i| there[i]));
        let nearer = inverse_z.simd_gt(old).to_bitmask() & covered;
        if nearer != 0 {
            let inverse_z = inverse_z.to_array();
            let ids = &mut self.out.ids[at..at + LANES];
            // No branches: which samples are covered cannot be foreseen.
            for i in 0..LANES {
                let wins = nearer >> i & 1 == 1;
                there[i] = if wins { inverse_z[i] } else { there[i] };
                ids[i] = if wins { id } else { ids[i] };
            }
        }
    }

    /// A covered sample, with alpha and amodal coverage.
    fn sample(&mut self, x: usize, y: usize, triangle: u32, inverse_z: f32) {
        let at = y * self.out.width + x;
        let nearer = inverse_z > self.out.inverse_z[at];
        if !nearer && self.coverage.is_none() {
            return;
        }
        if self.patchy {
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
        if nearer {
            self.out.inverse_z[at] = inverse_z;
            self.out.ids[at] = pack(self.draw_index, triangle);
        }
    }
}

/// First and last step, 0 … `most`, at which all edge functions of a row are positive or zero.
#[inline]
fn span(row: &[i64; 3], edges: &[Edge; 3], most: i64) -> Option<(i64, i64)> {
    let (mut first, mut last) = (0, most);
    for (&value, edge) in row.iter().zip(edges) {
        let step = edge.step_x;
        if value < 0 {
            if step <= 0 {
                return None;
            }
            first = first.max((-value + step - 1) / step);
        } else if step < 0 && value + most * step < 0 {
            last = last.min(value / -step);
        }
    }
    (first <= last).then_some((first, last))
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
    fn new(p: &Corner, q: &Corner, x: i32, y: i32) -> Self {
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
