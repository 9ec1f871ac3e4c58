//! Light of eight points at a time: everything exact, but for the two visibilities (of area lights
//! and of ambient light) that are sampled and filtered afterwards.

use std::f32::consts::FRAC_1_PI;

use glam::Vec3;

use super::site::{CameraRays, Hits8, Site8};
use super::trace::{self, World};
use super::{Layer, ViewScene};
use crate::base::color::LUMINANCE;
use crate::render::brdf::{fresnel_dielectric, wall_reflectance};
use crate::render::geometry::{Between, Ray, Rays8, Shaft};
use crate::render::lanes::{F, LANES, V, lanes, mask, max, min, set_lane, set_lanes, splat};
use crate::render::light::RectLight;
use crate::render::material::{Opacity, Presence};
use crate::render::surface::SurfacePoint;

/// Surfaces a ray looks through before what is left is dropped.
const MOST_LAYERS: usize = 24;
/// Mirror rays are traced up to this many layers deep.
const MIRROR_LAYERS: usize = 2;
/// Mirror images weaker than this are left to ambient light.
const MIRROR_LEAST: f32 = 0.02;

/// Radiance of eight points towards the camera, cd/m² by colour, in parts.
#[derive(Clone, Copy)]
pub struct Shade8 {
    /// Final: emission, lights without size with their shadows, mirror images.
    pub fixed: V,
    /// Of area lights, as if nothing blocked them.
    pub area: V,
    /// Of ambient light, as if nothing blocked it.
    pub ambient: V,
    /// Sampled light of area lights that is not blocked, and all of it; the share is their ratio.
    pub area_open: [F; 2],
    /// Sampled share of ambient light that is not blocked.
    pub ambient_open: F,
    /// Where the shares were sampled.
    pub position: V,
    pub normal: V,
    /// A pixel's width there, metres; 0 if nothing was sampled.
    pub footprint_m: F,
}

/// Numbers of a point's shade.
pub const SHADE_NUMBERS: usize = 19;

impl Shade8 {
    /// Every number, always in the same order.
    fn numbers(&self) -> [F; SHADE_NUMBERS] {
        let [a, b, c, p, n] = [
            self.fixed,
            self.area,
            self.ambient,
            self.position,
            self.normal,
        ]
        .map(|v| [v.x, v.y, v.z]);
        let [open, all] = self.area_open;
        [
            a[0],
            a[1],
            a[2],
            b[0],
            b[1],
            b[2],
            c[0],
            c[1],
            c[2],
            open,
            all,
            self.ambient_open,
            p[0],
            p[1],
            p[2],
            n[0],
            n[1],
            n[2],
            self.footprint_m,
        ]
    }

    /// The numbers of one lane.
    pub fn lane(&self, i: usize) -> [f32; SHADE_NUMBERS] {
        self.numbers().map(|f| f.to_array()[i])
    }

    /// Of the numbers of eight points.
    pub fn of_lanes(points: [&[f32; SHADE_NUMBERS]; LANES]) -> Self {
        let f = |k: usize| lanes(|i| points[i][k]);
        let v = |k: usize| V {
            x: f(k),
            y: f(k + 1),
            z: f(k + 2),
        };
        Self {
            fixed: v(0),
            area: v(3),
            ambient: v(6),
            area_open: [f(9), f(10)],
            ambient_open: f(11),
            position: v(12),
            normal: v(15),
            footprint_m: f(18),
        }
    }
}

/// What each part of eight surfaces has of what is seen there.
struct Shares8 {
    /// Of emission.
    cover: F,
    /// Of the specular lobe.
    coat: F,
    /// Of the diffuse lobe.
    body: F,
    /// Of light from behind.
    passed: V,
}

/// Working memory of the points at work.
#[derive(Default)]
pub struct Work {
    /// By area light: what it gives the points.
    pub weights: Vec<LightWeight8>,
    /// Whether the rays that are asked for are written down.
    pub traced: bool,
    /// Where they pass, if so.
    pub shafts: Vec<Shaft>,
}

impl Work {
    /// What may be in the way of these rays.
    pub fn between<'r>(
        &mut self,
        world: World,
        rays: impl IntoIterator<Item = (&'r Rays8, u32)>,
        end: f32,
    ) -> Between {
        let shaft = Shaft::around(rays, end);
        if self.traced {
            self.shafts.push(shaft);
        }
        world.geometry.between(&shaft)
    }

    /// Writes down rays that ask for more than what blocks them.
    fn trace(&mut self, rays: &Rays8, active: u32) {
        if self.traced {
            self.shafts
                .push(Shaft::around([(rays, active)], f32::INFINITY));
        }
    }
}

/// What one area light gives eight points.
pub struct LightWeight8 {
    /// Luminance of the point due to it, nothing blocked.
    pub luminance: F,
    /// π × form factor.
    pub form_factor_pi: F,
}

/// What is seen along rays that meet no surface.
#[inline]
pub fn background(view: &ViewScene, rays: &CameraRays) -> V {
    view.lights.environment.radiance8(rays.unit())
}

/// What is seen along the rays in `active` from `first` on, through whatever is transparent.
pub fn shade(
    view: &ViewScene,
    rays: &CameraRays,
    first: &Hits8,
    pixels: &[(usize, usize); LANES],
    mut active: u32,
    work: &mut Work,
) -> Shade8 {
    work.shafts.clear();
    let mut shade = Shade8 {
        fixed: V::ZERO,
        area: V::ZERO,
        ambient: V::ZERO,
        area_open: [F::ONE; 2],
        ambient_open: F::ONE,
        position: V::ZERO,
        normal: V::ZERO,
        footprint_m: F::ZERO,
    };
    let mut through = V::of(F::ONE);
    let mut sampled = 0;
    let mut later = None;
    for layer in 0..MOST_LAYERS {
        let hits = later.as_ref().unwrap_or(first);
        let site = Site8::new(view, rays, hits, active);
        let shares = site.shares(view, active);
        let opaque = set_lanes(active & site.clear)
            .filter(|&i| site.presence(view, i) == Presence::Opaque)
            .fold(active & !site.clear, |bits, i| bits | 1 << i);
        let mirrors = layer < MIRROR_LAYERS;
        site.light(view, through, &shares, mirrors, active, work, &mut shade);
        // The shares are sampled where most of the light comes from.
        let dim = shares.passed.max_element().simd_lt(splat(0.5)).to_bitmask();
        let sample = active & !sampled & (opaque | dim);
        if sample != 0 && view.lights.sampled() {
            site.sample_open(view, rays, pixels, sample, work, &mut shade);
        }
        sampled |= sample;
        active &= !opaque;
        if active == 0 {
            break;
        }
        through *= shares.passed;
        active &= through.max_element().simd_ge(splat(1e-3)).to_bitmask();
        if active == 0 {
            break;
        }
        work.trace(&rays.all(), active);
        let hits = later.get_or_insert(*hits);
        for i in set_lanes(active) {
            let (ray, last) = (rays.lane(i), hits.lane(i));
            let world = World::from(view);
            match trace::closest(world, &ray, view.near(), Layer::First, Some(&last)) {
                Some((hit, _)) => hits.set_lane(i, &hit),
                None => {
                    let environment = &view.lights.environment;
                    let sky = environment.radiance(ray.direction.normalize());
                    let seen = shade.fixed.lane(i) + through.lane(i) * sky;
                    shade.fixed.set_lane(i, seen);
                    active &= !(1 << i);
                }
            }
        }
    }
    shade
}

impl Site8 {
    fn presence(&self, view: &ViewScene, i: usize) -> Presence {
        match self.draw(view, i).opacity {
            Opacity::Opaque | Opacity::Cutout => Presence::Opaque,
            Opacity::Transmissive => Presence::Transparent,
            Opacity::Blend if self.alpha.to_array()[i] >= 1.0 => Presence::Opaque,
            Opacity::Blend => Presence::Transparent,
        }
    }

    /// What each part of the surfaces has of the picture.
    fn shares(&self, view: &ViewScene, active: u32) -> Shares8 {
        let mut shares = Shares8 {
            cover: F::ONE,
            coat: F::ONE,
            body: F::ONE,
            passed: V::ZERO,
        };
        for i in set_lanes(active & self.clear) {
            match self.draw(view, i).opacity {
                Opacity::Opaque | Opacity::Cutout => {}
                Opacity::Blend => {
                    let alpha = self.alpha.to_array()[i].min(1.0);
                    for share in [&mut shares.cover, &mut shares.coat, &mut shares.body] {
                        set_lane(share, i, alpha);
                    }
                    shares.passed.set_lane(i, Vec3::splat(1.0 - alpha));
                }
                Opacity::Transmissive => {
                    let (brdf, draw) = (&self.brdf, self.draw(view, i));
                    let material = &view.geometry.materials[draw.material as usize];
                    let cosine = brdf.normal.lane(i).dot(brdf.view.lane(i));
                    let r = fresnel_dielectric(cosine, material.ior);
                    let r = if draw.double_sided {
                        r
                    } else {
                        wall_reflectance(r)
                    };
                    // A single interface's lobe is scaled to the wall's.
                    let single = brdf.specular_albedo.lane(i).max_element().max(1e-3);
                    // Rough walls scatter: that part is seen as a veil, not through.
                    let roughness = self.roughness.to_array()[i];
                    let clear = self.transmission.to_array()[i] * (1.0 - roughness * roughness);
                    set_lane(&mut shares.coat, i, r / single);
                    set_lane(&mut shares.body, i, 1.0 - clear);
                    let tint = self.base_color.lane(i) * material.volume_tint;
                    shares.passed.set_lane(i, tint * (clear * (1.0 - r)));
                }
            }
        }
        shares
    }

    /// Adds these sites' light, seen `through` what is before them.
    #[allow(clippy::too_many_arguments)]
    #[inline(never)]
    fn light(
        &self,
        view: &ViewScene,
        through: V,
        &Shares8 {
            cover, coat, body, ..
        }: &Shares8,
        mirrors: bool,
        active: u32,
        work: &mut Work,
        shade: &mut Shade8,
    ) {
        work.weights.clear();
        let all = mask(active);
        shade.fixed += (through * cover * self.emissive_nits).only(all);
        let unlit = active & self.unlit;
        if unlit != 0 {
            let gains = V::splat(view.gains.recip());
            shade.fixed += (through * cover * self.base_color * gains).only(mask(unlit));
        }
        let lit = active & !unlit;
        if lit == 0 {
            return;
        }
        let all = mask(lit);
        let brdf = &self.brdf;
        let matte = brdf.diffuse * (body * splat(FRAC_1_PI));
        for light in &view.lights.deltas {
            let incident = light.incident8(self.position);
            let cosine = brdf.normal.dot(incident.towards);
            let reached = cosine.simd_gt(F::ZERO) & incident.lux.max_element().simd_gt(F::ZERO);
            let mut reached = lit & reached.to_bitmask();
            if reached == 0 {
                continue;
            }
            let mut passed = V::of(F::ONE);
            if light.casts_shadow {
                let (rays, spared) = self.leaving(view, incident.towards);
                let (world, limit) = (World::from(view), incident.distance_m);
                let farthest = (limit & mask(reached)).to_array();
                let farthest = farthest
                    .into_iter()
                    .fold(0.0, |a: f32, b| if b > a { b } else { a });
                let between = work.between(world, [(&rays, reached)], farthest);
                passed = trace::transmittance8(world, &rays, limit, spared, reached, &between);
                reached &= passed.max_element().simd_gt(F::ZERO).to_bitmask();
                if reached == 0 {
                    continue;
                }
            }
            let lobes = matte + brdf.specular(incident.towards, cosine) * coat;
            let light = through * lobes * incident.lux * passed * cosine;
            shade.fixed += light.only(mask(reached));
        }
        for light in &view.lights.rects {
            let form_factor_pi = light.form_factor_pi8(self.position, brdf.normal, lit);
            let sees = form_factor_pi.simd_gt(F::ZERO);
            let mut radiance = V::ZERO;
            if sees.any() {
                radiance = matte * V::splat(light.nits) * form_factor_pi;
                let glossy = sees & self.mirror.simd_lt(F::ONE);
                if glossy.any() {
                    let highlight = self.highlight(light) * coat * (F::ONE - self.mirror);
                    radiance += highlight.only(glossy);
                }
                radiance = (radiance * through).only(all);
                shade.area += radiance;
            }
            work.weights.push(LightWeight8 {
                luminance: luminance8(radiance),
                form_factor_pi,
            });
        }
        let environment = &view.lights.environment;
        let mut mirror = F::ZERO;
        if mirrors && self.mirror.simd_gt(F::ZERO).any() {
            let strength = luminance8(brdf.specular_albedo * coat) * self.mirror;
            mirror = self.mirror & strength.simd_ge(splat(MIRROR_LEAST)) & all;
        }
        let mirrored = brdf.mirror();
        if !environment.is_dark() {
            let diffuse = brdf.diffuse * body * environment.diffuse8(brdf.normal);
            let mirrored_light = environment.glossy8(mirrored, self.roughness);
            let glossy = brdf.specular_albedo * coat * mirrored_light * (F::ONE - mirror);
            shade.ambient += (through * (diffuse + glossy) * self.occlusion).only(all);
        }
        let mirroring = mirror.simd_gt(F::ZERO);
        if mirroring.any() {
            let origin = self.lifted(mirrored);
            let rays = Rays8 {
                origin,
                direction: mirrored,
            };
            work.trace(&rays, mirroring.to_bitmask());
            let scale = through * brdf.specular_albedo * (coat * mirror);
            let seen = V::lanes(|i| {
                if mirror.to_array()[i] > 0.0 {
                    let (origin, direction) = (origin.lane(i), mirrored.lane(i));
                    glance(view, &Ray { origin, direction })
                } else {
                    Vec3::ZERO
                }
            });
            shade.fixed += (scale * seen).only(mirroring);
        }
    }

    /// Specular radiance of an area light by its most representative point, the lobe widened by
    /// the light's size (Karis, "Real Shading in Unreal Engine 4", 2013).
    #[inline]
    fn highlight(&self, light: &RectLight) -> V {
        let offset = light.nearest_to_ray8(self.position, self.brdf.mirror()) - self.position;
        let squared = max(offset.length_squared(), splat(1e-8));
        let distance = squared.sqrt();
        let towards = offset * (F::ONE / distance);
        let cosine = self.brdf.normal.dot(towards);
        let facing = -towards.dot(V::splat(light.normal));
        let shines = cosine.simd_gt(F::ZERO) & facing.simd_gt(F::ZERO);
        let area = splat(light.area_m2);
        let solid_angle = min(area * facing / squared, splat(std::f32::consts::TAU));
        let alpha = self.brdf.alpha;
        // √(ab) / 2 of the half sides a, b is a quarter of √area.
        let size = splat(0.25 * light.area_m2.sqrt());
        let widened = min(alpha + size / distance, F::ONE);
        let scale = (alpha / widened) * (alpha / widened);
        (self.brdf.specular(towards, cosine)
            * V::splat(light.nits)
            * (solid_angle * cosine * scale))
            .only(shines)
    }
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

/// [`luminance`] of eight colours.
#[inline(always)]
pub fn luminance8(color: V) -> F {
    color.dot(V::splat(Vec3::from(LUMINANCE)))
}
