//! Triangles into a visibility buffer.

use std::array::from_fn;

use wide::i32x4;

use super::vertex::{SUBPIXEL_BITS, Vertex};
use crate::render::coverage::CoverageCounter;
use crate::render::cpu::{Layer, ViewScene, VisBuffer, pack};
use crate::render::geometry::Draw;
use crate::render::lanes::{F, I, Quad, set_lanes};
use crate::render::material::{Opacity, Presence};
use crate::render::surface;

/// Up to this many samples wide and high, edge functions fit 32 bits: below 2¹⁵ along an axis,
/// 2³⁰ for a product, twice that for a difference.
const SMALL: i32 = 120;

/// Samples beside each other that are filled at a time.
const WIDE: usize = 4;

/// From a sample's corner to its centre.
const HALF: i32 = 1 << (SUBPIXEL_BITS - 1);

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

/// A corner of each of eight triangles: x and y as in [`Vertex`], and 1 / z.
#[derive(Clone, Copy)]
pub struct Corner8 {
    pub x: F,
    pub y: F,
    pub inverse_z: F,
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

    /// Draws those of eight triangles that are in `lanes`, in order; the first one has number `first`.
    pub fn eight(&mut self, first: u32, lanes: u32, [a, b, c]: [Corner8; 3]) {
        if !self.plain {
            return self.each(first, lanes, [a, b, c]);
        }
        let whole = |corner: Corner8| [corner.x, corner.y].map(F::fast_trunc_int);
        let ([ax, ay], [bx, by], [cx, cy]) = (whole(a), whole(b), whole(c));
        // First and last sample whose centre may be inside.
        let half = I::splat(HALF);
        let span = |a: I, b: I, c: I, size: usize| {
            let first: I = (a.min(b).min(c) + (half - I::ONE)) >> SUBPIXEL_BITS;
            let last: I = (a.max(b).max(c) - half) >> SUBPIXEL_BITS;
            let small = (last - first).simd_lt(I::splat(SMALL));
            let most = I::splat(size as i32 - 1);
            (first.max(I::ZERO), last.min(most), small)
        };
        let (x0, x1, small_x) = span(ax, bx, cx, self.out.width);
        let (y0, y1, small_y) = span(ay, by, cy, self.out.height);
        if lanes & !(small_x & small_y).to_bitmask() != 0 {
            return self.each(first, lanes, [a, b, c]);
        }
        let area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
        // Y runs down: a positive area turns clockwise as seen.
        let counter_clockwise = area.simd_lt(I::ZERO);
        let mut seen =
            lanes & !(area.simd_eq(I::ZERO) | x0.simd_gt(x1) | y0.simd_gt(y1)).to_bitmask();
        if !self.draw.double_sided {
            let away = counter_clockwise.to_bitmask();
            seen &= if self.draw.mirrored { !away } else { away };
        }
        if seen == 0 {
            return;
        }
        // All turn clockwise from here on.
        let swap = |b: I, c: I| {
            let turned = counter_clockwise;
            (turned.select(c, b), turned.select(b, c))
        };
        let ((bx, cx), (by, cy)) = (swap(bx, cx), swap(by, cy));
        let turned: F = bytemuck::cast(counter_clockwise);
        let bz = turned.select(c.inverse_z, b.inverse_z);
        let cz = turned.select(b.inverse_z, c.inverse_z);
        let inverse_area = F::ONE / F::from_i32x8(area.abs());
        let z = [
            a.inverse_z,
            (bz - a.inverse_z) * inverse_area,
            (cz - a.inverse_z) * inverse_area,
        ];
        let (start_x, start_y) = ((x0 << SUBPIXEL_BITS) + half, (y0 << SUBPIXEL_BITS) + half);
        let edge = |[px, py]: [I; 2], [qx, qy]: [I; 2]| {
            let (dx, dy) = (qx - px, qy - py);
            let value = dx * (start_y - py) - dy * (start_x - px);
            // Clockwise with Y down: a top edge runs right, a left edge runs up.
            let level = dy.simd_eq(I::ZERO) & dx.simd_gt(I::ZERO);
            let top_left = dy.simd_lt(I::ZERO) | level;
            // One less where neither: a mask is −1.
            let value = value + !top_left;
            (value, -dy << SUBPIXEL_BITS, dx << SUBPIXEL_BITS)
        };
        let (a, b, c) = ([ax, ay], [bx, by], [cx, cy]);
        let edges = [edge(b, c), edge(c, a), edge(a, b)];
        let starts = edges.map(|(value, ..)| value);
        let single = (x0.simd_eq(x1) & y0.simd_eq(y1)).to_bitmask();
        let covered = !(starts[0] | starts[1] | starts[2]).to_bitmask();
        seen &= covered | !single;
        let [e1, e2] = [starts[1], starts[2]].map(F::from_i32x8);
        let inverse_z = (z[0] + (e1 * z[1] + e2 * z[2])).to_array();
        let (x0, x1, y0, y1) = (x0.to_array(), x1.to_array(), y0.to_array(), y1.to_array());
        for i in set_lanes(seen) {
            if single >> i & 1 == 1 {
                let at = y0[i] as usize * self.out.width + x0[i] as usize;
                let id = pack(self.draw_index, first + i as u32);
                if self.is_nearer(at, inverse_z[i], id) {
                    (self.out.inverse_z[at], self.out.ids[at]) = (inverse_z[i], id);
                }
                continue;
            }
            let area = Box2 {
                x0: x0[i],
                x1: x1[i],
                y0: y0[i],
                y1: y1[i],
            };
            let edges = edges.map(|(value, step_x, step_y)| SmallEdge {
                value: value.to_array()[i],
                step_x: step_x.to_array()[i],
                step_y: step_y.to_array()[i],
            });
            self.fill_small(first + i as u32, &area, &edges, z.map(|z| z.to_array()[i]));
        }
    }

    /// [`Self::eight`], one by one.
    #[inline(never)]
    fn each(&mut self, first: u32, lanes: u32, corners: [Corner8; 3]) {
        for i in set_lanes(lanes) {
            let [a, b, c] = corners.map(|corner| Corner {
                x: corner.x.to_array()[i] as i32,
                y: corner.y.to_array()[i] as i32,
                inverse_z: corner.inverse_z.to_array()[i],
            });
            self.one(first + i as u32, a, b, c);
        }
    }

    /// Draws one triangle of snapped corners.
    pub fn triangle(&mut self, triangle: u32, corners: [Vertex; 3]) {
        let [a, b, c] = corners.map(|v| {
            let [x, y, inverse_z, _] = v.to_array();
            let (x, y) = (x as i32, y as i32);
            Corner { x, y, inverse_z }
        });
        self.one(triangle, a, b, c);
    }

    fn one(&mut self, triangle: u32, a: Corner, mut b: Corner, mut c: Corner) {
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
        let first = |v: [i32; 3]| (v[0].min(v[1]).min(v[2]) + HALF - 1) >> SUBPIXEL_BITS;
        let last = |v: [i32; 3]| (v[0].max(v[1]).max(v[2]) - HALF) >> SUBPIXEL_BITS;
        let (xs, ys) = ([a.x, b.x, c.x], [a.y, b.y, c.y]);
        let area_box = Box2 {
            x0: first(xs).max(0),
            x1: last(xs).min(self.out.width as i32 - 1),
            y0: first(ys).max(0),
            y1: last(ys).min(self.out.height as i32 - 1),
        };
        if area_box.x0 > area_box.x1 || area_box.y0 > area_box.y1 {
            return;
        }
        let start_x = (area_box.x0 << SUBPIXEL_BITS) + HALF;
        let start_y = (area_box.y0 << SUBPIXEL_BITS) + HALF;
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
        self.fill(triangle, &area_box, &edges, z);
    }

    /// Four samples at a time.
    #[inline(always)]
    fn fill_small(&mut self, triangle: u32, area: &Box2, edges: &[SmallEdge; 3], z: [f32; 3]) {
        let id = pack(self.draw_index, triangle);
        let [z0, z1, z2] = z.map(Quad::splat);
        let row = |e: &SmallEdge| {
            let (value, step) = (e.value, e.step_x);
            i32x4::new([value, value + step, value + 2 * step, value + 3 * step])
        };
        let mut row = [row(&edges[0]), row(&edges[1]), row(&edges[2])];
        let across = edges.map(|e| i32x4::splat(e.step_x * WIDE as i32));
        let down = edges.map(|e| i32x4::splat(e.step_y));
        let width = (area.x1 - area.x0 + 1) as usize;
        let mut start = area.y0 as usize * self.out.width + area.x0 as usize;
        // Beyond the box there are none, but where the image ends.
        let limit = |left: usize| if left < WIDE { (1 << left) - 1 } else { 15 };
        let stride = self.out.width;
        let mut put = |e: &[i32x4; 3], at: usize, limit: u32| {
            let covered = !(e[0] | e[1] | e[2]).to_bitmask() & limit;
            if covered != 0 {
                let inverse_z = z0 + (Quad::from_i32x4(e[1]) * z1 + Quad::from_i32x4(e[2]) * z2);
                self.keep_nearer(at, covered, inverse_z, id);
            }
        };
        let first = limit(width);
        for _ in area.y0..=area.y1 {
            put(&row, start, first);
            let mut e = row;
            for done in (WIDE..width).step_by(WIDE) {
                e = [e[0] + across[0], e[1] + across[1], e[2] + across[2]];
                put(&e, start + done, limit(width - done));
            }
            row = [row[0] + down[0], row[1] + down[1], row[2] + down[2]];
            start += stride;
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
        let [z0, z1, z2] = z.map(Quad::splat);
        let (edges, steps) = (edges.map(|e| e as f64), steps.map(|s| s as f64));
        let mut four: [[f64; WIDE]; 2] = from_fn(|k| from_fn(|i| edges[k] + i as f64 * steps[k]));
        let across = steps.map(|s| s * WIDE as f64);
        for done in (0..count).step_by(WIDE) {
            let left = count - done;
            let covered = if left < WIDE { (1 << left) - 1 } else { 15 };
            let [e1, e2] = four.map(|e| Quad::new(e.map(|e| e as f32)));
            let inverse_z = z0 + (e1 * z1 + e2 * z2);
            self.keep_nearer(at + done, covered, inverse_z, id);
            four = from_fn(|k| from_fn(|i| four[k][i] + across[k]));
        }
    }

    /// Writes the lanes of `covered` that are nearer than what is there.
    #[inline(always)]
    fn keep_nearer(&mut self, at: usize, covered: u32, inverse_z: Quad, id: u64) {
        let there = &mut self.out.inverse_z[at..at + WIDE];
        let old = Quad::new([there[0], there[1], there[2], there[3]]);
        let mut nearer = inverse_z.simd_gt(old).to_bitmask() & covered;
        let as_near = inverse_z.simd_eq(old).to_bitmask() & covered;
        let ids = &mut self.out.ids[at..at + WIDE];
        for i in set_lanes(as_near) {
            nearer |= u32::from(id < ids[i]) << i;
        }
        if nearer != 0 {
            let inverse_z = inverse_z.to_array();
            // No branches: which samples are covered cannot be foreseen.
            for i in 0..WIDE {
                let wins = nearer >> i & 1 == 1;
                there[i] = if wins { inverse_z[i] } else { there[i] };
                ids[i] = if wins { id } else { ids[i] };
            }
        }
    }

    /// A covered sample, with alpha and amodal coverage.
    fn sample(&mut self, x: usize, y: usize, triangle: u32, inverse_z: f32) {
        let at = y * self.out.width + x;
        let id = pack(self.draw_index, triangle);
        let nearer = self.is_nearer(at, inverse_z, id);
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
            (self.out.inverse_z[at], self.out.ids[at]) = (inverse_z, id);
        }
    }

    /// Whether a triangle's sample is nearer than what is there. Of equal ones the first counts, in
    /// whatever order they are drawn.
    #[inline]
    fn is_nearer(&self, at: usize, inverse_z: f32, id: u64) -> bool {
        let there = self.out.inverse_z[at];
        inverse_z > there || (inverse_z == there && id < self.out.ids[at])
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

/// [`Edge`] of a small triangle.
#[derive(Clone, Copy)]
struct SmallEdge {
    value: i32,
    step_x: i32,
    step_y: i32,
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
