//! Everything that gives light to a path: which light to sample at a point, and how likely that
//! was when a path finds a light by itself.

use std::f32::consts::{FRAC_1_PI, PI};

use glam::Vec3;

use super::environment::Environment;
use super::geometry::{Draw, Geometry, Ray};
use super::light::LightSet;
use super::texture::MipTexture;
use crate::base::color::luminance;
use crate::scene::mesh::Mesh;

/// An emissive surface this near to a rectangular light's middle is the lamp that the light
/// stands for: eyes and mirrors see the surface, everything else the light. Metres.
const LAMP_REACH_M: f32 = 0.15;

/// Surfaces' light is weighed as if all came from this far, metres.
const TYPICAL_M: f32 = 2.0;

/// The lights of one frame, for paths.
pub struct Emitters<'a> {
    lights: &'a LightSet,
    pub environment: &'a Environment,
    /// By rectangle: whether a surface stands for it.
    has_lamp: Vec<bool>,
    triangles: Vec<EmissiveTriangle>,
    /// By draw: what its emission is to paths.
    of_draw: Vec<Emission>,
}

/// What the emission of a draw's surface is to paths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Emission {
    /// None, or so little that only paths find it.
    Found,
    /// A rectangular light carries its light.
    Lamp,
    /// Sampled too; its mean luminance, cd/m².
    Sampled(f32),
}

struct EmissiveTriangle {
    draw: u32,
    triangle: u32,
    /// Luminance · area, summed up to and with this one.
    cumulative: f32,
}

/// A point that light is gathered at.
#[derive(Clone, Copy)]
pub struct Receiver {
    pub position: Vec3,
    /// Side that light comes from; `None` if from both.
    pub normal: Option<Vec3>,
    /// Sum of the weights of all lights there.
    total: f32,
}

/// A light sampled at a point.
pub struct LightSample {
    /// Unit, towards the light.
    pub towards: Vec3,
    /// Infinite for the environment and directional lights.
    pub distance_m: f32,
    /// Radiance over density; for lights without size, illuminance over the chance of choice.
    pub weight: Vec3,
    /// Per steradian; 0 for lights without size, which no path can find.
    pub pdf: f32,
    pub casts_shadow: bool,
    /// The emissive triangle it is on, with weights of corners 2 and 3: `weight` is to be
    /// multiplied by what it emits.
    pub surface: Option<(u32, u32, [f32; 2])>,
}

#[derive(Clone, Copy)]
enum Source {
    Delta(usize),
    Rect(usize),
    Environment,
    Surfaces,
}

impl<'a> Emitters<'a> {
    /// Of a frame.
    pub fn new(
        lights: &'a LightSet,
        environment: &'a Environment,
        geometry: &Geometry,
        meshes: &[Mesh],
        textures: &[MipTexture],
    ) -> Self {
        let mut emitters = Self {
            lights,
            environment,
            has_lamp: vec![false; lights.rects.len()],
            triangles: Vec::new(),
            of_draw: vec![Emission::Found; geometry.draws.len()],
        };
        let mut sum = 0.0;
        for (index, draw) in geometry.draws.iter().enumerate() {
            let material = &geometry.materials[draw.material as usize];
            let mean = luminance(material.mean_emission(textures));
            if mean > 0.0 {
                let mesh = &meshes[draw.mesh.index()];
                emitters.of_draw[index] = emitters.add(index as u32, draw, mesh, mean, &mut sum);
            }
        }
        emitters
    }

    fn add(&mut self, index: u32, draw: &Draw, mesh: &Mesh, mean: f32, sum: &mut f32) -> Emission {
        let mut bounds = crate::scene::desc::Bounds::EMPTY;
        let corner = |i: u32| {
            draw.world_from_mesh
                .transform_point3(mesh.positions[i as usize])
        };
        for i in mesh.triangles.iter().flatten() {
            bounds.include(corner(*i));
        }
        let near = |p: Vec3| p.clamp(bounds.min, bounds.max).distance(p) < LAMP_REACH_M;
        let mut is_lamp = false;
        for (rect, has_lamp) in self.lights.rects.iter().zip(&mut self.has_lamp) {
            if near(rect.center) {
                (*has_lamp, is_lamp) = (true, true);
            }
        }
        if is_lamp {
            return Emission::Lamp;
        }
        for (triangle, t) in mesh.triangles.iter().enumerate() {
            let [a, b, c] = t.map(corner);
            let area = 0.5 * (b - a).cross(c - a).length();
            if area > 0.0 {
                *sum += mean * area;
                self.triangles.push(EmissiveTriangle {
                    draw: index,
                    triangle: triangle as u32,
                    cumulative: *sum,
                });
            }
        }
        Emission::Sampled(mean)
    }

    /// By rectangle: whether a surface stands for it.
    pub fn lamps(&self) -> &[bool] {
        &self.has_lamp
    }

    /// By draw: what its emission is to paths.
    pub fn emissions(&self) -> &[Emission] {
        &self.of_draw
    }

    /// Of the emissive triangles: draw, number, and luminance · area summed up to and with it.
    pub fn triangles(&self) -> impl Iterator<Item = (u32, u32, f32)> {
        let triangles = self.triangles.iter();
        triangles.map(|t| (t.draw, t.triangle, t.cumulative))
    }

    /// Whether there are lights that no path can find.
    pub fn has_points(&self) -> bool {
        !self.lights.deltas.is_empty()
    }

    /// Sum over emissive triangles of luminance · area, cd.
    pub fn surface_power(&self) -> f32 {
        self.triangles.last().map_or(0.0, |t| t.cumulative)
    }

    fn sources(&self) -> impl Iterator<Item = Source> {
        let deltas = (0..self.lights.deltas.len()).map(Source::Delta);
        let rects = (0..self.lights.rects.len()).map(Source::Rect);
        deltas
            .chain(rects)
            .chain([Source::Environment, Source::Surfaces])
    }

    /// A guess at the illuminance that a source gives, nothing in between.
    fn estimate(&self, source: Source, at: Vec3, normal: Option<Vec3>) -> f32 {
        match source {
            Source::Delta(i) => {
                let incident = self.lights.deltas[i].incident(at);
                let cosine = normal.map_or(1.0, |n| n.dot(incident.towards).max(0.0));
                luminance(incident.lux) * cosine
            }
            Source::Rect(i) => {
                let rect = &self.lights.rects[i];
                let form = match normal {
                    Some(n) => rect.form_factor_far(at, n),
                    None => rect.form_factor_far(at, (rect.center - at).normalize_or(Vec3::Z)),
                };
                // Part of a light may be above the horizon though its middle is not.
                let d2 = rect.center.distance_squared(at);
                let floor = 0.02 * rect.area_m2 / (d2 + rect.area_m2);
                let facing = (at - rect.center).dot(rect.normal) > 0.0;
                if facing {
                    luminance(rect.nits) * (form + floor)
                } else {
                    0.0
                }
            }
            // Smooth light is found best by scattering alone.
            Source::Environment if self.environment.is_smooth() => 0.0,
            Source::Environment => {
                let up = normal.map_or_else(
                    || self.environment.diffuse(Vec3::Z) + self.environment.diffuse(Vec3::NEG_Z),
                    |n| self.environment.diffuse(n),
                );
                PI * luminance(up)
            }
            Source::Surfaces => self.surface_power() * FRAC_1_PI / (TYPICAL_M * TYPICAL_M),
        }
    }

    /// A place to gather light at.
    pub fn receiver(&self, position: Vec3, normal: Option<Vec3>) -> Receiver {
        let total = self
            .sources()
            .map(|s| self.estimate(s, position, normal))
            .sum();
        Receiver {
            position,
            normal,
            total,
        }
    }

    fn chance(&self, source: Source, at: &Receiver) -> f32 {
        if at.total > 0.0 {
            self.estimate(source, at.position, at.normal) / at.total
        } else {
            0.0
        }
    }

    /// One light, chosen by `choice`, and a point of it by `u`.
    pub fn sample(
        &self,
        at: &Receiver,
        choice: f32,
        [u, v]: [f32; 2],
        meshes: &[Mesh],
        geometry: &Geometry,
    ) -> Option<LightSample> {
        let mut rest = choice * at.total;
        let mut chosen = None;
        for source in self.sources() {
            let weight = self.estimate(source, at.position, at.normal);
            if weight > 0.0 {
                chosen = Some((source, weight / at.total));
                if rest < weight {
                    break;
                }
                rest -= weight;
            }
        }
        let (source, chance) = chosen?;
        match source {
            Source::Delta(i) => {
                let light = &self.lights.deltas[i];
                let incident = light.incident(at.position);
                Some(LightSample {
                    towards: light.point_of_disk(incident.towards, [u, v]),
                    distance_m: incident.distance_m,
                    weight: incident.lux / chance,
                    pdf: 0.0,
                    casts_shadow: light.casts_shadow,
                    surface: None,
                })
            }
            Source::Rect(i) => {
                let rect = &self.lights.rects[i];
                let offset = rect.point(2.0 * u - 1.0, 2.0 * v - 1.0) - at.position;
                let distance_m = offset.length();
                let towards = offset / distance_m;
                let facing = -towards.dot(rect.normal);
                let pdf = chance * distance_m * distance_m / (facing * rect.area_m2).max(1e-12);
                (facing > 0.0).then(|| LightSample {
                    towards,
                    distance_m,
                    weight: rect.nits / pdf,
                    pdf,
                    casts_shadow: rect.casts_shadow,
                    surface: None,
                })
            }
            Source::Environment => {
                let sample = self.environment.sample([u, v])?;
                let pdf = chance * sample.pdf;
                (pdf > 0.0).then(|| LightSample {
                    towards: sample.direction,
                    distance_m: f32::INFINITY,
                    weight: sample.radiance / pdf,
                    pdf,
                    casts_shadow: true,
                    surface: None,
                })
            }
            Source::Surfaces => self.sample_surface(at, chance, rest, [u, v], meshes, geometry),
        }
    }

    /// `rest` of this source's weight picks the triangle.
    fn sample_surface(
        &self,
        at: &Receiver,
        chance: f32,
        rest: f32,
        [u, v]: [f32; 2],
        meshes: &[Mesh],
        geometry: &Geometry,
    ) -> Option<LightSample> {
        let power = self.surface_power();
        let target = rest / (chance * at.total) * power;
        let index = self.triangles.partition_point(|t| t.cumulative <= target);
        let picked = self.triangles.get(index).or(self.triangles.last())?;
        let draw = &geometry.draws[picked.draw as usize];
        let mesh = &meshes[draw.mesh.index()];
        let [a, b, c] = mesh.triangles[picked.triangle as usize].map(|i| {
            draw.world_from_mesh
                .transform_point3(mesh.positions[i as usize])
        });
        let root = u.sqrt();
        let uv = [root * (1.0 - v), root * v];
        let offset = a + (b - a) * uv[0] + (c - a) * uv[1] - at.position;
        let distance_m = offset.length();
        let towards = offset / distance_m;
        let normal = (b - a).cross(c - a).normalize_or_zero();
        let normal = if draw.mirrored { -normal } else { normal };
        let facing = -towards.dot(normal);
        let facing = if draw.double_sided {
            facing.abs()
        } else {
            facing
        };
        let Emission::Sampled(mean) = self.of_draw[picked.draw as usize] else {
            return None;
        };
        let pdf = chance * mean / power * distance_m * distance_m / facing.max(1e-9);
        (facing > 0.0).then(|| LightSample {
            towards,
            distance_m,
            weight: Vec3::splat(1.0 / pdf),
            pdf,
            casts_shadow: true,
            surface: Some((picked.draw, picked.triangle, uv)),
        })
    }

    /// What a draw's emission is to paths.
    pub fn emission(&self, draw: u32) -> Emission {
        self.of_draw[draw as usize]
    }

    /// Density with which [`Self::sample`] finds a point of a sampled surface of this mean
    /// luminance.
    pub fn surface_pdf(&self, at: &Receiver, mean: f32, distance_m: f32, facing: f32) -> f32 {
        let chance = self.chance(Source::Surfaces, at);
        chance * mean / self.surface_power() * distance_m * distance_m / facing.max(1e-9)
    }

    /// Density with which [`Self::sample`] finds a direction of the environment.
    pub fn environment_pdf(&self, at: &Receiver, direction: Vec3) -> f32 {
        self.chance(Source::Environment, at) * self.environment.pdf(direction)
    }

    /// Radiance of all rectangles that the ray (of unit direction) meets before `t_max`.
    /// `receiver` and `pdf` are those of the last scattering: without them the eye or a mirror
    /// looks, and sees no rectangle that a lamp's surface stands for.
    pub fn rectangles(&self, ray: &Ray, t_max: f32, scattered: Option<(&Receiver, f32)>) -> Vec3 {
        let mut sum = Vec3::ZERO;
        for (i, rect) in self.lights.rects.iter().enumerate() {
            let facing = -ray.direction.dot(rect.normal);
            if facing <= 1e-6 || (scattered.is_none() && self.has_lamp[i]) {
                continue;
            }
            let t = (ray.origin - rect.center).dot(rect.normal) / facing;
            // The lamp's own surface may be a little before or behind.
            let t_max = if self.has_lamp[i] {
                t_max + LAMP_REACH_M
            } else {
                t_max
            };
            if !(t > 0.0 && t <= t_max) {
                continue;
            }
            let from_center = ray.origin + ray.direction * t - rect.center;
            let inside = |axis: Vec3| from_center.dot(axis).abs() <= axis.length_squared();
            if !(inside(rect.half_axes[0]) && inside(rect.half_axes[1])) {
                continue;
            }
            let share = scattered.map_or(1.0, |(receiver, pdf)| {
                let d = receiver.position.distance(rect.center + from_center);
                let light =
                    self.chance(Source::Rect(i), receiver) * d * d / (facing * rect.area_m2);
                pdf / (pdf + light)
            });
            sum += rect.nits * share;
        }
        sum
    }
}
