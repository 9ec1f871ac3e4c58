//! The colour plane: which points a pixel shows, their light, and the mean of their tones.

use std::array::from_fn;

use arrayvec::ArrayVec;
use glam::Vec3;

use super::centers::Centers;
use super::filter::{self, REACH, Samples};
use super::memory::Again;
use super::shade::{self, Shade8, Work};
use super::site::{CameraRays, hits_on};
use super::tone::neutral8;
use super::{NOTHING, Seen, ViewScene, VisBuffer, unpack};
use crate::base::image::{Plane, PlaneSet, Planes};
use crate::base::tone;
use crate::render::lanes::{F, LANES, Quad, V, each, lanes, set_lanes};
use crate::render::material::Opacity;

/// Rows at work at once: one is finished when all that its filter reads is there.
const WINDOW: usize = 2 * REACH + 1;

/// Buffers of one thread.
#[derive(Default)]
pub struct ColorScratch {
    rows: [Row; WINDOW],
    groups: Vec<Group>,
    surfaces: Vec<Point>,
    empty: Vec<Point>,
    work: Work,
    /// Of `surfaces`, those to be shaded.
    missing: Vec<u32>,
    pub counts: PointCounts,
}

/// Points that colour was made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct PointCounts {
    pub shaded: u64,
    /// Taken over from the frame before.
    pub kept: u64,
}

/// What is known of a row of pixels so far.
#[derive(Default)]
struct Row {
    /// Shaded, but for their shares of sampled light.
    shaded: Vec<Eight>,
    samples: Samples,
    /// By pixel: sums of tones (and a fourth number that says nothing), and of exposed radiance if
    /// that is wanted.
    tone: Vec<Quad>,
    radiance: Vec<Vec3>,
}

/// One visible surface of one pixel, to be shaded once.
#[derive(Clone, Copy)]
pub struct Point {
    pub x: u32,
    /// Share of the pixel's samples.
    weight: f32,
    /// The main one of its pixel.
    main: bool,
    /// What the pixel's centre shows.
    centered: bool,
    pub id: u64,
    /// In the camera frame.
    pub direction: Vec3,
}

/// Eight points, shaded.
struct Eight {
    x: [u32; LANES],
    weight: F,
    lanes: u32,
    shade: Shade8,
}

/// Samples of a pixel that show one surface.
struct Group {
    id: u64,
    /// Sum of sample positions in the grid of the pixel, and their number.
    x: usize,
    y: usize,
    count: usize,
}

/// Renders colour and radiance as wanted; `again`: what is known of the frame before.
pub fn render(
    view: &ViewScene,
    wanted: &PlaneSet,
    seen: &Seen,
    scratch: &mut ColorScratch,
    planes: &mut Planes,
    mut again: Option<&mut Again>,
) {
    let (width, height) = (seen.first.width, seen.first.height);
    let mut color = wanted.color.then(|| Plane::filled(width, height, [0; 3]));
    let mut radiance = wanted
        .radiance
        .then(|| Plane::filled(width, height, [0.0; 3]));
    // The last rows are finished after all are shaded.
    for y in 0..height + REACH {
        if y < height {
            scratch.collect(view, seen, y);
            scratch.begin(view, y, width, wanted.radiance);
            match &mut again {
                Some(again) => scratch.shade_what_changed(view, seen.centers, y, again),
                None => scratch.shade_all(view, seen.centers, y),
            }
        }
        let Some(y) = y.checked_sub(REACH) else {
            continue;
        };
        scratch.finish(view, y, height);
        let row = &scratch.rows[y % WINDOW];
        let range = y * width..(y + 1) * width;
        if let Some(plane) = &mut color {
            tone::encode_all(&row.tone, &mut plane.data[range.clone()]);
        }
        if let Some(plane) = &mut radiance {
            for (to, mean) in plane.data[range].iter_mut().zip(&row.radiance) {
                *to = mean.to_array();
            }
        }
    }
    (planes.color, planes.radiance) = (color, radiance);
}

impl ColorScratch {
    /// The points that row `y` shows.
    fn collect(&mut self, view: &ViewScene, seen: &Seen, y: usize) {
        let (label, fine) = (seen.first, seen.fine);
        self.surfaces.clear();
        self.empty.clear();
        let dark = view.lights.environment.is_dark();
        for (x, &id) in label.ids[y * label.width..][..label.width]
            .iter()
            .enumerate()
        {
            if fine.scale == 1 || same(view, label, fine, x, y) {
                if id == NOTHING && dark {
                    continue;
                }
                self.push(Point {
                    x: x as u32,
                    weight: 1.0,
                    main: true,
                    centered: true,
                    id,
                    direction: seen.grid.direction(x, y).unwrap_or(Vec3::ZERO),
                });
                continue;
            }
            gather(view, fine, x, y, &mut self.groups);
            let groups = &self.groups;
            let main = (0..groups.len()).reduce(|a, b| {
                if groups[b].count > groups[a].count {
                    b
                } else {
                    a
                }
            });
            for i in 0..self.groups.len() {
                let group = &self.groups[i];
                let (id, direction) = group.place(view, label, fine, (x, y));
                let point = Point {
                    x: x as u32,
                    weight: group.count as f32 / (fine.scale * fine.scale) as f32,
                    main: main == Some(i),
                    centered: false,
                    id,
                    direction: direction.unwrap_or(Vec3::ZERO),
                };
                self.push(point);
            }
        }
    }

    /// Outside the lens' circle there is no direction, and it is black.
    #[inline]
    fn push(&mut self, point: Point) {
        if point.id != NOTHING {
            self.surfaces.push(point);
        } else if point.direction != Vec3::ZERO {
            self.empty.push(point);
        }
    }

    /// Clears row `y`, and adds what shows no surface.
    fn begin(&mut self, view: &ViewScene, y: usize, width: usize, linear: bool) {
        let row = &mut self.rows[y % WINDOW];
        row.shaded.clear();
        row.tone.clear();
        row.tone.resize(width, Quad::ZERO);
        row.radiance.clear();
        if linear {
            row.radiance.resize(width, Vec3::ZERO);
        }
        if view.lights.sampled() {
            row.samples.reset(width);
        }
        for eight in self.empty.chunks(LANES) {
            let sky = shade::background(view, &rays(view, eight));
            row.add(view, sky, columns(eight), weights_of(eight), all_of(eight));
        }
    }

    /// Shades the points of row `y`.
    fn shade_all(&mut self, view: &ViewScene, centers: &Centers, y: usize) {
        self.counts.shaded += self.surfaces.len() as u64;
        for eight in self.surfaces.chunks(LANES) {
            let shade = shade_eight(view, centers, eight, y, &mut self.work);
            self.rows[y % WINDOW].take(view, eight, &shade);
        }
    }

    /// Shades those points of row `y` that do not look as they did.
    fn shade_what_changed(
        &mut self,
        view: &ViewScene,
        centers: &Centers,
        y: usize,
        again: &mut Again,
    ) {
        let Self {
            rows,
            surfaces,
            work,
            missing,
            counts,
            ..
        } = self;
        again.recall(y, surfaces, missing);
        counts.shaded += missing.len() as u64;
        counts.kept += (surfaces.len() - missing.len()) as u64;
        work.traced = true;
        for eight in missing.chunks(LANES) {
            let points: ArrayVec<Point, LANES> =
                eight.iter().map(|&at| surfaces[at as usize]).collect();
            let shade = shade_eight(view, centers, &points, y, work);
            again.learn(y, eight, &shade, &work.shafts);
        }
        work.traced = false;
        let shades = again.row(y);
        for (eight, shades) in surfaces.chunks(LANES).zip(shades.chunks(LANES)) {
            let shades = from_fn(|i| &shades[i.min(shades.len() - 1)].shade);
            rows[y % WINDOW].take(view, eight, &Shade8::of_lanes(shades));
        }
    }

    /// Adds what waited for the rows about row `y`.
    fn finish(&mut self, view: &ViewScene, y: usize, height: usize) {
        let shaded = std::mem::take(&mut self.rows[y % WINDOW].shaded);
        for eight in &shaded {
            let window = from_fn(|dy| {
                let y = (y + dy).checked_sub(REACH).filter(|&y| y < height)?;
                Some(&self.rows[y % WINDOW].samples)
            });
            let s = &eight.shade;
            let open = filter::open(s, &eight.x, &window);
            let radiance = s.fixed + s.area * open[0] + s.ambient * open[1];
            self.rows[y % WINDOW].add(view, radiance, eight.x, eight.weight, eight.lanes);
        }
        // The memory goes back.
        self.rows[y % WINDOW].shaded = shaded;
    }
}

impl Row {
    /// Adds shaded points, or lets them wait for their neighbours.
    fn take(&mut self, view: &ViewScene, eight: &[Point], shade: &Shade8) {
        let x = columns(eight);
        if !view.lights.sampled() {
            let radiance = shade.fixed + shade.area + shade.ambient;
            self.add(view, radiance, x, weights_of(eight), all_of(eight));
            return;
        }
        for (i, point) in eight.iter().enumerate().filter(|(_, p)| p.main) {
            self.samples.store(point.x as usize, shade, i);
        }
        self.shaded.push(Eight {
            x,
            weight: weights_of(eight),
            lanes: all_of(eight),
            shade: *shade,
        });
    }

    #[inline]
    fn add(&mut self, view: &ViewScene, radiance: V, x: [u32; LANES], weight: F, lanes: u32) {
        let linear = !self.radiance.is_empty();
        let exposed = radiance * V::splat(view.gains);
        let (toned, exposed) = (neutral8(exposed) * weight, exposed * weight);
        let toned = toned.to_rows();
        for i in set_lanes(lanes) {
            self.tone[x[i] as usize] += toned[i];
        }
        if linear {
            for i in set_lanes(lanes) {
                self.radiance[x[i] as usize] += exposed.lane(i);
            }
        }
    }
}

/// Light of up to eight points of row `y`.
fn shade_eight(
    view: &ViewScene,
    centers: &Centers,
    eight: &[Point],
    y: usize,
    work: &mut Work,
) -> Shade8 {
    let rays = rays(view, eight);
    let point = |i: usize| &eight[i.min(eight.len() - 1)];
    let draw = each(|i| (point(i).id >> 32) as u32);
    let triangle = each(|i| point(i).id as u32);
    let hits = if eight.iter().all(|p| p.centered) {
        let row = y * view.camera.intrinsics.width_px as usize;
        centers.hits(each(|i| row + point(i).x as usize), draw, triangle)
    } else {
        hits_on(view, &rays, draw, triangle)
    };
    let pixels = each(|i| (point(i).x as usize, y));
    shade::shade(view, &rays, &hits, &pixels, all_of(eight), work)
}

/// Rays through up to eight points; the last one stands in for those that are missing.
#[inline]
fn rays(view: &ViewScene, points: &[Point]) -> CameraRays {
    let d = V::lanes(|i| points[i.min(points.len() - 1)].direction);
    CameraRays::new(view.eye(), view.to_world(d))
}

#[inline]
fn columns(points: &[Point]) -> [u32; LANES] {
    each(|i| points[i.min(points.len() - 1)].x)
}

#[inline]
fn weights_of(points: &[Point]) -> F {
    lanes(|i| points[i.min(points.len() - 1)].weight)
}

#[inline]
fn all_of(points: &[Point]) -> u32 {
    (1 << points.len()) - 1
}

/// Whether all samples of a pixel show what its centre shows, and nothing shows through: then that is
/// what [`gather`] and [`Group::place`] would find, for most pixels with less work.
#[inline]
fn same(view: &ViewScene, label: &VisBuffer, fine: &VisBuffer, x: usize, y: usize) -> bool {
    let id = label.ids[y * label.width + x];
    let alike = (0..fine.scale).all(|sy| {
        let first = (y * fine.scale + sy) * fine.width + x * fine.scale;
        fine.ids[first..first + fine.scale].iter().all(|&i| i == id)
    });
    let clear = || {
        unpack(id).is_some_and(|(draw, _)| {
            let opacity = view.geometry.draws[draw as usize].opacity;
            matches!(opacity, Opacity::Blend | Opacity::Transmissive)
        })
    };
    alike && !clear()
}

/// Joins the pixel's samples that show the same smooth piece of the same opaque surface. What
/// shows through glass may differ within a pixel, so its samples stay apart.
fn gather(view: &ViewScene, fine: &VisBuffer, x: usize, y: usize, groups: &mut Vec<Group>) {
    groups.clear();
    for sy in 0..fine.scale {
        for sx in 0..fine.scale {
            let id = fine.ids[(y * fine.scale + sy) * fine.width + x * fine.scale + sx];
            match groups.iter_mut().find(|g| joins(view, g.id, id)) {
                Some(group) => {
                    group.x += sx;
                    group.y += sy;
                    group.count += 1;
                }
                None => groups.push(Group {
                    id,
                    x: sx,
                    y: sy,
                    count: 1,
                }),
            }
        }
    }
}

fn joins(view: &ViewScene, a: u64, b: u64) -> bool {
    let (Some((draw, ta)), Some((other, tb))) = (unpack(a), unpack(b)) else {
        return a == b;
    };
    if draw != other {
        return false;
    }
    let draw = &view.geometry.draws[draw as usize];
    if matches!(draw.opacity, Opacity::Blend | Opacity::Transmissive) {
        return false;
    }
    if ta == tb {
        return true;
    }
    let mesh = &view.scene.meshes[draw.mesh.index()];
    let normal = |t: u32| {
        let [a, b, c] = mesh.triangles[t as usize].map(|i| mesh.positions[i as usize]);
        (b - a).cross(c - a)
    };
    let (na, nb) = (normal(ta), normal(tb));
    na.dot(nb) > 0.9 * (na.length_squared() * nb.length_squared()).sqrt()
}

impl Group {
    /// Where the group is shaded: at the pixel's centre, if that shows the group and the group
    /// fills the pixel; else at its sample nearest to the group's middle. The triangle there, and
    /// the direction in the camera frame.
    fn place(
        &self,
        view: &ViewScene,
        label: &VisBuffer,
        fine: &VisBuffer,
        (x, y): (usize, usize),
    ) -> (u64, Option<Vec3>) {
        let scale = fine.scale;
        let center = label.ids[y * label.width + x];
        if self.count == scale * scale && joins(view, center, self.id) {
            return (center, view.in_camera(1, x, y));
        }
        let (mx, my) = (
            self.x as f32 / self.count as f32,
            self.y as f32 / self.count as f32,
        );
        let mut best = (f32::INFINITY, 0, 0, self.id);
        for sy in 0..scale {
            for sx in 0..scale {
                let (fx, fy) = (x * scale + sx, y * scale + sy);
                let id = fine.ids[fy * fine.width + fx];
                let distance =
                    (sx as f32 - mx) * (sx as f32 - mx) + (sy as f32 - my) * (sy as f32 - my);
                let belongs = if self.count == 1 {
                    (sx, sy) == (self.x, self.y)
                } else {
                    joins(view, self.id, id)
                };
                if belongs && distance < best.0 {
                    best = (distance, fx, fy, id);
                }
            }
        }
        (best.3, view.in_camera(scale, best.1, best.2))
    }
}
