//! The colour plane: which points a pixel shows, their light, and the mean of their tones.

use glam::Vec3;

use super::filter::Primary;
use super::shade::{self, LightWeights, Shade};
use super::{ViewScene, VisBuffer, hit_on, unpack};
use crate::base::image::{Plane, PlaneSet, Planes};
use crate::base::tone;
use crate::render::material::Opacity;

/// One visible surface of one pixel, shaded once.
pub struct Point {
    pub pixel: u32,
    /// Share of the pixel's samples.
    pub weight: f32,
    pub shade: Shade,
}

/// Buffers of one thread.
#[derive(Default)]
pub struct ColorScratch {
    points: Vec<Point>,
    primary: Vec<u32>,
    sum: Vec<Vec3>,
    weights: LightWeights,
}

/// Samples of a pixel that show one surface.
struct Group {
    id: u64,
    /// Sum of sample positions in the grid of the pixel, and their number.
    x: usize,
    y: usize,
    count: usize,
}

/// Renders colour and radiance as wanted: `label` has one sample a pixel, `fine` the colour
/// samples.
pub fn render(
    view: &ViewScene,
    wanted: &PlaneSet,
    label: &VisBuffer,
    fine: &VisBuffer,
    scratch: &mut ColorScratch,
    planes: &mut Planes,
) {
    let (width, height) = (label.width, label.height);
    let ColorScratch {
        points,
        primary,
        sum,
        weights,
    } = scratch;
    points.clear();
    primary.clear();
    let mut groups = Vec::new();
    for y in 0..height {
        for x in 0..width {
            gather(view, fine, x, y, &mut groups);
            let pixel = y * width + x;
            let first = points.len();
            for group in &groups {
                let shade = shade_group(view, label, fine, (x, y), group, weights);
                let weight = group.count as f32 / (fine.scale * fine.scale) as f32;
                points.push(Point {
                    pixel: pixel as u32,
                    weight,
                    shade,
                });
            }
            let heaviest = (first..points.len()).reduce(|a, b| {
                if points[b].weight > points[a].weight {
                    b
                } else {
                    a
                }
            });
            primary.push(heaviest.map_or(u32::MAX, |i| i as u32));
        }
    }
    let stochastic = !view.lights.rects.is_empty() || view.lights.environment.is_shadowed();
    let neighbours = Primary {
        points,
        of_pixel: primary,
        width,
        height,
    };
    sum.clear();
    sum.resize(width * height, Vec3::ZERO);
    let mut linear = wanted
        .radiance
        .then(|| Plane::filled(width, height, [0.0; 3]));
    for point in points.iter() {
        let open = if stochastic {
            neighbours.open(point)
        } else {
            [1.0; 2]
        };
        let s = &point.shade;
        let radiance = s.fixed + s.area * open[0] + s.ambient * open[1];
        let exposed = radiance * view.gains;
        sum[point.pixel as usize] += tone::neutral(exposed) * point.weight;
        if let Some(plane) = &mut linear {
            let mean = &mut plane.data[point.pixel as usize];
            *mean = (Vec3::from(*mean) + exposed * point.weight).to_array();
        }
    }
    planes.radiance = linear;
    planes.color = wanted.color.then(|| Plane {
        width_px: width,
        height_px: height,
        data: sum.iter().map(|&color| tone::encode(color)).collect(),
    });
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

/// Shades a group where the pixel's centre is, if that shows the group and the group fills the
/// pixel; else at its sample nearest to the group's middle.
fn shade_group(
    view: &ViewScene,
    label: &VisBuffer,
    fine: &VisBuffer,
    (x, y): (usize, usize),
    group: &Group,
    weights: &mut LightWeights,
) -> Shade {
    let scale = fine.scale;
    let center = label.ids[y * label.width + x];
    let (ray, id) = if group.count == scale * scale && joins(view, center, group.id) {
        (view.sample_ray(1, x, y), center)
    } else {
        let (mx, my) = (
            group.x as f32 / group.count as f32,
            group.y as f32 / group.count as f32,
        );
        let mut best = (f32::INFINITY, 0, 0, group.id);
        for sy in 0..scale {
            for sx in 0..scale {
                let (fx, fy) = (x * scale + sx, y * scale + sy);
                let id = fine.ids[fy * fine.width + fx];
                let distance =
                    (sx as f32 - mx) * (sx as f32 - mx) + (sy as f32 - my) * (sy as f32 - my);
                let belongs = if group.count == 1 {
                    (sx, sy) == (group.x, group.y)
                } else {
                    joins(view, group.id, id)
                };
                if belongs && distance < best.0 {
                    best = (distance, fx, fy, id);
                }
            }
        }
        (view.sample_ray(scale, best.1, best.2), best.3)
    };
    let Some(ray) = ray else {
        // Outside the lens' circle.
        return Shade::default();
    };
    let first = unpack(id).map(|(draw, triangle)| hit_on(view, &ray, draw, triangle));
    shade::shade(view, &ray, first, (x, y), weights)
}
