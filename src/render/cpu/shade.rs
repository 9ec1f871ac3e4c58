//! Light of one point: everything exact, but for the two visibilities (of area lights and of
//! ambient light) that are sampled and filtered afterwards.

use std::f32::consts::FRAC_1_PI;

use glam::Vec3;

use super::trace::{self, World};
use super::{Layer, ViewScene, sampling};
use crate::base::color::luminance;
use crate::render::brdf::{Brdf, fresnel_dielectric, wall_reflectance};
use crate::render::geometry::{Hit, Ray};
use crate::render::material::{MaterialPoint, Opacity, Presence, RenderMaterial};
use crate::render::surface::SurfacePoint;

/// Surfaces a ray looks through before what is left is dropped.
const MOST_LAYERS: usize = 24;
/// Mirror rays are traced up to this many layers deep.
const MIRROR_LAYERS: usize = 2;
/// Mirror images fade out between these roughnesses; the analytic lobe takes over.
const MIRROR_FADE: [f32; 2] = [0.15, 0.4];
/// Mirror images weaker than this are left to ambient light.
const MIRROR_LEAST: f32 = 0.02;

/// Radiance of a point towards the camera, cd/m² by colour, in parts.
#[derive(Clone, Copy, Default)]
pub struct Shade {
    /// Final: emission, lights without size with their shadows, mirror images.
    pub fixed: Vec3,
    /// Of area lights, as if nothing blocked them.
    pub area: Vec3,
    /// Of ambient light, as if nothing blocked it.
    pub ambient: Vec3,
    /// Sampled light of area lights that is not blocked, and all of it; the share is their ratio.
    pub area_open: [f32; 2],
    /// Sampled share of ambient light that is not blocked.
    pub ambient_open: f32,
    /// Where the shares were sampled.
    pub position: Vec3,
    pub normal: Vec3,
    /// A pixel's width there, metres; 0 if nothing was sampled.
    pub footprint_m: f32,
}

/// A point with its material and reflection, ready for light.
struct Site<'a> {
    point: SurfacePoint,
    material: &'a RenderMaterial,
    values: MaterialPoint,
    brdf: Brdf,
    /// Share of the specular lobe that is a mirror image.
    mirror: f32,
}

/// What each part of a surface has of what is seen there.
struct Shares {
    /// Of emission.
    cover: f32,
    /// Of the specular lobe.
    coat: f32,
    /// Of the diffuse lobe.
    body: f32,
    /// Of light from behind.
    passed: Vec3,
}

/// Working memory: what each area light gives a point.
pub type LightWeights = Vec<LightWeight>;

/// What one area light gives a point.
pub struct LightWeight {
    /// Luminance of the point due to it, nothing blocked.
    luminance: f32,
    /// π × form factor.
    form_factor_pi: f32,
}

/// What is seen along `ray` from `first` on, through whatever is transparent.
pub fn shade(
    view: &ViewScene,
    ray: &Ray,
    first: Option<Hit>,
    pixel: (usize, usize),
    weights: &mut LightWeights,
) -> Shade {
    let mut shade = Shade {
        area_open: [1.0; 2],
        ambient_open: 1.0,
        ..Shade::default()
    };
    let mut through = Vec3::ONE;
    let mut sampled = false;
    let mut next = first;
    for layer in 0..MOST_LAYERS {
        let Some(hit) = next else {
            let environment = &view.lights.environment;
            shade.fixed += through * environment.radiance(ray.direction.normalize());
            break;
        };
        let site = Site::new(view, ray, &hit);
        let draw = &view.geometry.draws[hit.draw as usize];
        let presence = match draw.opacity {
            Opacity::Opaque | Opacity::Cutout => Presence::Opaque,
            Opacity::Transmissive => Presence::Transparent,
            Opacity::Blend if site.values.alpha >= 1.0 => Presence::Opaque,
            Opacity::Blend => Presence::Transparent,
        };
        let shares = site.shares(draw.opacity, draw.double_sided);
        let mirrors = layer < MIRROR_LAYERS;
        site.light(view, through, &shares, mirrors, weights, &mut shade);
        // The shares are sampled where most of the light comes from.
        if !sampled && (presence == Presence::Opaque || shares.passed.max_element() < 0.5) {
            sampled = true;
            site.sample_open(view, ray, pixel, weights, &mut shade);
        }
        if presence == Presence::Opaque {
            break;
        }
        through *= shares.passed;
        if through.max_element() < 1e-3 {
            break;
        }
        next = trace::closest(
            World::from(view),
            ray,
            view.near(),
            Layer::First,
            Some(&hit),
        )
        .map(|(hit, _)| hit);
    }
    shade
}

impl<'a> Site<'a> {
    fn new(view: &'a ViewScene, ray: &Ray, hit: &Hit) -> Self {
        let draw = &view.geometry.draws[hit.draw as usize];
        let mesh = &view.scene.meshes[draw.mesh.index()];
        let material = &view.geometry.materials[draw.material as usize];
        let point = SurfacePoint::new(mesh, draw, ray, hit, view.pixel_rad());
        let values = material.at(view.textures, &point);
        let normal = point.shading_normal(mesh, draw, hit, material, view.textures);
        let viewer = ViewScene::towards_viewer(ray);
        let brdf = Brdf::new(
            view.albedos,
            normal,
            viewer,
            values.base_color,
            values.metallic,
            values.roughness,
            material.ior,
        );
        let [low, high] = MIRROR_FADE;
        let x = ((high - values.roughness) / (high - low)).clamp(0.0, 1.0);
        Self {
            point,
            material,
            values,
            brdf,
            mirror: x * x * (3.0 - 2.0 * x),
        }
    }

    /// What each part of the surface has of the picture.
    fn shares(&self, opacity: Opacity, double_sided: bool) -> Shares {
        match opacity {
            Opacity::Opaque | Opacity::Cutout => Shares {
                cover: 1.0,
                coat: 1.0,
                body: 1.0,
                passed: Vec3::ZERO,
            },
            Opacity::Blend => {
                let alpha = self.values.alpha.min(1.0);
                Shares {
                    cover: alpha,
                    coat: alpha,
                    body: alpha,
                    passed: Vec3::splat(1.0 - alpha),
                }
            }
            Opacity::Transmissive => {
                let r = fresnel_dielectric(self.brdf.normal.dot(self.brdf.view), self.material.ior);
                let r = if double_sided { r } else { wall_reflectance(r) };
                // A single interface's lobe is scaled to the wall's.
                let single = self.brdf.specular_albedo.max_element().max(1e-3);
                // Rough walls scatter: that part is seen as a veil, not through.
                let roughness = self.values.roughness;
                let clear = self.values.transmission * (1.0 - roughness * roughness);
                Shares {
                    cover: 1.0,
                    coat: r / single,
                    body: 1.0 - clear,
                    passed: self.values.base_color
                        * self.material.volume_tint
                        * (clear * (1.0 - r)),
                }
            }
        }
    }

    /// Adds this site's light, seen `through` what is before it.
    fn light(
        &self,
        view: &ViewScene,
        through: Vec3,
        &Shares {
            cover, coat, body, ..
        }: &Shares,
        mirrors: bool,
        weights: &mut LightWeights,
        shade: &mut Shade,
    ) {
        shade.fixed += through * cover * self.values.emissive_nits;
        if self.material.unlit {
            shade.fixed += through * cover * self.values.base_color / view.gains;
            weights.clear();
            return;
        }
        let brdf = &self.brdf;
        for light in &view.lights.deltas {
            let incident = light.incident(self.point.position);
            let cosine = brdf.normal.dot(incident.towards);
            if cosine <= 0.0 || incident.lux == Vec3::ZERO {
                continue;
            }
            let passed = if light.casts_shadow {
                let ray = Ray {
                    origin: self.lifted(incident.towards),
                    direction: incident.towards,
                };
                trace::transmittance(World::from(view), &ray, incident.distance_m)
            } else {
                Vec3::ONE
            };
            if passed == Vec3::ZERO {
                continue;
            }
            let lobes = brdf.diffuse * (body * FRAC_1_PI)
                + coat * brdf.specular(incident.towards, cosine, brdf.alpha);
            shade.fixed += through * lobes * incident.lux * passed * cosine;
        }
        weights.clear();
        for light in &view.lights.rects {
            let form_factor_pi = light.form_factor_pi(self.point.position, brdf.normal);
            let irradiance = light.nits * form_factor_pi;
            let mut radiance = brdf.diffuse * (body * FRAC_1_PI) * irradiance;
            if self.mirror < 1.0 && irradiance != Vec3::ZERO {
                radiance += coat * self.highlight(light) * (1.0 - self.mirror);
            }
            radiance *= through;
            shade.area += radiance;
            weights.push(LightWeight {
                luminance: luminance(radiance),
                form_factor_pi,
            });
        }
        let mirrored = brdf.mirror();
        let environment = &view.lights.environment;
        let mut mirror = if mirrors { self.mirror } else { 0.0 };
        if luminance(coat * brdf.specular_albedo) * mirror < MIRROR_LEAST {
            mirror = 0.0;
        }
        let diffuse = body * brdf.diffuse * environment.diffuse(brdf.normal);
        let mirrored_light = environment.glossy(mirrored, self.values.roughness);
        let glossy = coat * brdf.specular_albedo * mirrored_light * (1.0 - mirror);
        shade.ambient += through * (diffuse + glossy) * self.values.occlusion;
        if mirror > 0.0 {
            let ray = Ray {
                origin: self.lifted(mirrored),
                direction: mirrored,
            };
            shade.fixed += through * coat * brdf.specular_albedo * mirror * glance(view, &ray);
        }
    }

    /// Specular radiance of an area light by its most representative point, the lobe widened by
    /// the light's size (Karis, "Real Shading in Unreal Engine 4", 2013).
    fn highlight(&self, light: &crate::render::light::RectLight) -> Vec3 {
        let offset =
            light.nearest_to_ray(self.point.position, self.brdf.mirror()) - self.point.position;
        let squared = offset.length_squared().max(1e-8);
        let distance = squared.sqrt();
        let towards = offset / distance;
        let cosine = self.brdf.normal.dot(towards);
        let facing = -towards.dot(light.normal);
        if cosine <= 0.0 || facing <= 0.0 {
            return Vec3::ZERO;
        }
        let [a, b] = light.half_axes.map(|axis| axis.length());
        let solid_angle = (4.0 * a * b * facing / squared).min(std::f32::consts::TAU);
        let alpha = self.brdf.alpha;
        let widened = (alpha + (a * b).sqrt() / (2.0 * distance)).min(1.0);
        let scale = (alpha / widened) * (alpha / widened);
        self.brdf.specular(towards, cosine, alpha) * light.nits * (solid_angle * cosine * scale)
    }

    /// Traces the pixel's share of samples towards area lights and into the ambient hemisphere.
    fn sample_open(
        &self,
        view: &ViewScene,
        ray: &Ray,
        (x, y): (usize, usize),
        weights: &LightWeights,
        shade: &mut Shade,
    ) {
        let world = World::from(view);
        let points = sampling::points(x, y);
        let normal = self.brdf.normal;
        shade.position = self.point.position;
        shade.normal = normal;
        shade.footprint_m = self.point.t * ray.direction.length() * view.pixel_rad();
        let total: f32 = weights.iter().map(|w| w.luminance).sum();
        if total > 0.0 {
            let (mut open, mut all) = (0.0, 0.0);
            for [u, v, which] in points {
                let Some(i) = pick(weights, total, which) else {
                    continue;
                };
                let light = &view.lights.rects[i];
                let target = light.point(2.0 * u - 1.0, 2.0 * v - 1.0);
                let origin = self.lifted(target - self.point.position);
                let direction = target - origin;
                let cosines =
                    direction.dot(normal).max(0.0) * (-direction.dot(light.normal)).max(0.0);
                // The sample's share of the light's form factor: 1 on average.
                let squared = direction.length_squared();
                let weight = cosines * light.area()
                    / (squared * squared * weights[i].form_factor_pi).max(1e-12);
                if weight <= 0.0 {
                    continue;
                }
                all += weight;
                // Stops short of the light, so that its own housing does not shade it.
                let ray = Ray { origin, direction };
                open += if light.casts_shadow {
                    weight * luminance(trace::transmittance(world, &ray, 0.999))
                } else {
                    weight
                };
            }
            shade.area_open = [open, all];
        }
        let environment = &view.lights.environment;
        if environment.is_shadowed() && luminance(shade.ambient) > 0.0 {
            let reaches = environment.reaches(normal);
            let mut open = 0.0;
            let points = &points[..sampling::AMBIENT_PER_PIXEL];
            for &[u, v, _] in points {
                let direction = sampling::cosine_direction(normal, u, v);
                let ray = Ray {
                    origin: self.lifted(direction),
                    direction,
                };
                for (reach_m, share) in reaches.into_iter().filter(|(_, share)| *share > 0.0) {
                    open += share * luminance(trace::transmittance(world, &ray, reach_m));
                }
            }
            shade.ambient_open = open / points.len() as f32;
        }
    }

    /// The point, moved off the surface to the side that `towards` leaves by; 10 µm a metre from
    /// the origin is some hundred units in the last place.
    fn lifted(&self, towards: Vec3) -> Vec3 {
        lift(self.point.position, self.point.geometric_normal, towards)
    }
}

fn lift(position: Vec3, normal: Vec3, towards: Vec3) -> Vec3 {
    let size = 1e-5 * (1.0 + position.abs().max_element());
    position + normal * size.copysign(normal.dot(towards))
}

/// What a mirror shows along `ray`: the first opaque surface by unshadowed light.
fn glance(view: &ViewScene, ray: &Ray) -> Vec3 {
    let Some((hit, _)) = trace::closest(World::from(view), ray, 0.0, Layer::Opaque, None) else {
        return view.lights.environment.radiance(ray.direction);
    };
    let draw = &view.geometry.draws[hit.draw as usize];
    let mesh = &view.scene.meshes[draw.mesh.index()];
    let material = &view.geometry.materials[draw.material as usize];
    let point = SurfacePoint::new(mesh, draw, ray, &hit, view.pixel_rad());
    let values = material.at(view.textures, &point);
    let mut light = view.lights.environment.diffuse(point.normal) * values.occlusion;
    for delta in &view.lights.deltas {
        let incident = delta.incident(point.position);
        light += incident.lux * (incident.towards.dot(point.normal).max(0.0) * FRAC_1_PI);
    }
    for rect in &view.lights.rects {
        light += rect.nits * (rect.form_factor_far(point.position, point.normal) * FRAC_1_PI);
    }
    values.base_color * light + values.emissive_nits
}

/// Index of a weighted choice by `u` in 0 … 1.
fn pick(weights: &[LightWeight], total: f32, u: f32) -> Option<usize> {
    let mut rest = u * total;
    let mut last = None;
    for (i, w) in weights.iter().map(|w| w.luminance).enumerate() {
        if w > 0.0 {
            last = Some(i);
            if rest < w {
                break;
            }
            rest -= w;
        }
    }
    last
}
