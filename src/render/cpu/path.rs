//! One path of light, from the camera backwards: next-event estimation and scattering, joined by
//! multiple importance sampling (balance heuristic; Veach, 1997).

use arrayvec::ArrayVec;
use glam::Vec3;

use super::ViewScene;
use super::sampler::Sampler;
use super::trace::World;
use crate::base::ids::InstanceId;
use crate::render::PathOptions;
use crate::render::brdf::{Brdf, fresnel_dielectric, wall_reflectance};
use crate::render::bsdf::{Bsdf, Interface, Opaque, SPECULAR_ALPHA, ScatterKind, Wall};
use crate::render::emitters::{Emission, Emitters, LightSample, Receiver};
use crate::render::geometry::{Draw, Geometry, Hit, Interior, Ray};
use crate::render::material::{MaterialPoint, Opacity, RenderMaterial};
use crate::render::surface::SurfacePoint;

/// From this bounce on a path may end by chance.
const ROULETTE_BOUNCE: u32 = 3;
/// Clear walls and see-through points a path crosses beside its bounces.
const MOST_CROSSINGS: u32 = 64;
/// Paths go on this far off a surface, for each metre from the origin: some ten units in the last
/// place, and less than what lies between a tissue section and its cover glass (10 µm).
const LIFT: f32 = 1e-6;
/// Media inside one another.
const MOST_MEDIA: usize = 8;
/// A scattered ray sees textures as if this wide, radians.
const SCATTERED_RAD: f32 = 0.05;

/// What all paths of one moment read.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    pub view: &'a ViewScene<'a>,
    pub geometry: &'a Geometry,
    pub emitters: &'a Emitters<'a>,
    pub options: PathOptions,
}

/// What a path found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// cd/m².
    pub radiance: Vec3,
    /// Of the first surface that is neither clear nor a mirror.
    pub albedo: Vec3,
    pub normal: Vec3,
}

/// A medium that the ray is in.
#[derive(Clone, Copy, PartialEq)]
struct Medium {
    instance: InstanceId,
    interior: Interior,
}

/// The media a ray is in at once; where they overlap, the densest one is what is there, so that
/// a liquid may reach into the wall of its vessel.
#[derive(Clone, Default)]
struct Media {
    inside: ArrayVec<Medium, MOST_MEDIA>,
}

/// The last scattering that lights were sampled at.
struct Last {
    receiver: Receiver,
    pdf: f32,
}

/// A surface met, ready to scatter.
struct Site<'a> {
    draw: &'a Draw,
    material: &'a RenderMaterial,
    point: SurfacePoint,
    values: MaterialPoint,
    normal: Vec3,
    /// Unit, back along the ray.
    view: Vec3,
    front: bool,
    /// Index of the body that an opaque surface of another object is met in. Things that touch
    /// are pressed into one another a little; between them there is air all the same.
    gap: Option<f32>,
}

/// Follows one path.
pub fn trace(moment: &Moment, ray: Ray, sampler: &mut Sampler) -> Found {
    let mut path = Path {
        moment,
        ray: Ray {
            origin: ray.origin,
            direction: ray.direction.normalize(),
        },
        near: moment.view.near(),
        pixel_rad: moment.view.pixel_rad(),
        through: Vec3::ONE,
        media: Media::default(),
        last: None,
        scattered: false,
        sampled_through: false,
        turned: false,
        described: false,
        found: Found::default(),
    };
    path.run(sampler);
    path.found
}

struct Path<'a> {
    moment: &'a Moment<'a>,
    ray: Ray,
    near: f32,
    /// Angle that the ray's footprint spans, for textures.
    pixel_rad: f32,
    through: Vec3,
    media: Media,
    /// `None` while only mirrors and clear surfaces were met.
    last: Option<Last>,
    /// Whether lights were ever sampled at a surface that nothing passes.
    scattered: bool,
    /// Whether glass has turned the path since lights were last sampled: what it then finds was
    /// sampled straight through the glass.
    sampled_through: bool,
    /// Whether anything but a straight passage has happened.
    turned: bool,
    /// Whether the guides for the denoiser are known.
    described: bool,
    found: Found,
}

impl<'a> Path<'a> {
    fn run(&mut self, sampler: &mut Sampler) {
        let (mut bounce, mut crossings) = (0, 0);
        loop {
            let hit = first_surface(self.world(), &self.ray, self.near);
            let t = hit.map_or(f32::INFINITY, |(hit, _)| hit.t);
            if self.turned && !self.sampled_through {
                let last = self.last.as_ref().map(|l| (&l.receiver, l.pdf));
                let emitters = self.moment.emitters;
                self.found.radiance += self.through * emitters.rectangles(&self.ray, t, last);
            }
            let Some((hit, front)) = hit else {
                self.escape();
                return;
            };
            self.through *= self.media.transmittance(t);
            let site = self.site(&hit, front);
            self.emission(&site, &hit);
            if site.material.unlit || bounce == self.moment.options.bounces + 1 {
                self.describe(&site, 1.0);
                return;
            }
            // Dimensions stay in place whether they are needed or not.
            let decides = site.draw.opacity != Opacity::Opaque || bounce + 1 >= ROULETTE_BOUNCE;
            let [layer, ending] = if decides {
                sampler.pair()
            } else {
                sampler.skip();
                [0.0; 2]
            };
            if self.is_clear(&site, layer) {
                crossings += 1;
                if crossings > MOST_CROSSINGS {
                    return;
                }
                self.step(&site, self.ray.direction);
                continue;
            }
            let (bsdf, enters) = self.bsdf(&site, rescale(layer, site.values.alpha));
            if let Some(ior) = site.gap {
                self.through *= site.gap_share(site.view) * ior * ior;
            }
            let Some(bsdf) = bsdf else {
                // A boundary between a medium and itself.
                self.media.cross(&site, enters);
                crossings += 1;
                if crossings > MOST_CROSSINGS {
                    return;
                }
                self.step(&site, self.ray.direction);
                continue;
            };
            let scatters = bsdf.scatters();
            self.describe(&site, if scatters { 1.0 } else { 0.0 });
            let emitters = self.moment.emitters;
            let receiver = (scatters || emitters.has_points()).then(|| {
                let side = (!bsdf.transmits()).then_some(site.normal);
                emitters.receiver(site.point.position, side)
            });
            let [light, lobe] = sampler.pair();
            if let Some(receiver) = &receiver {
                self.next_event(&site, &bsdf, receiver, light, sampler.pair());
            } else {
                sampler.skip();
            }
            let Some(scatter) = bsdf.sample(sampler.pair(), lobe) else {
                return;
            };
            let leaves = scatter.direction.dot(site.point.geometric_normal) > 0.0;
            if leaves != (scatter.kind == ScatterKind::Reflected) {
                return;
            }
            self.through *= scatter.weight;
            let mut direction = scatter.direction;
            if let Some(ior) = site.gap {
                self.through *= site.gap_share(direction) / (ior * ior);
                direction = bent(direction, site.normal, 1.0 / ior);
            }
            match scatter.kind {
                ScatterKind::Straight => {
                    crossings += 1;
                    if crossings > MOST_CROSSINGS {
                        return;
                    }
                }
                kind => {
                    bounce += 1;
                    self.turned = true;
                    if bsdf.transmits() {
                        self.sampled_through |= self.scattered && !self.moment.options.caustics;
                    } else if scatter.pdf > 0.0 {
                        self.sampled_through = false;
                        self.scattered = true;
                    }
                    self.last = match receiver {
                        Some(receiver) if scatter.pdf > 0.0 => {
                            self.pixel_rad = self.pixel_rad.max(SCATTERED_RAD);
                            Some(Last {
                                receiver,
                                pdf: scatter.pdf,
                            })
                        }
                        _ => None,
                    };
                    if kind == ScatterKind::Refracted {
                        self.media.cross(&site, enters);
                    }
                }
            }
            if bounce > self.moment.options.bounces + 1 || !self.survives(bounce, ending) {
                return;
            }
            self.step(&site, direction);
        }
    }

    fn world(&self) -> World<'a> {
        World {
            geometry: self.moment.geometry,
            ..World::from(self.moment.view)
        }
    }

    /// Goes on from a surface.
    fn step(&mut self, site: &Site, direction: Vec3) {
        self.ray = Ray {
            origin: site.lifted(direction),
            direction,
        };
        self.near = 0.0;
    }

    /// Light of the environment, for a ray that meets nothing.
    fn escape(&mut self) {
        let emitters = self.moment.emitters;
        // Smooth light is not sampled, and glass does not focus it.
        if self.sampled_through && !emitters.environment.is_smooth() {
            return;
        }
        let share = self.last.as_ref().map_or(1.0, |last| {
            let light = emitters.environment_pdf(&last.receiver, self.ray.direction);
            last.pdf / (last.pdf + light)
        });
        let radiance = emitters.environment.radiance(self.ray.direction);
        self.found.radiance += self.through * radiance * share;
        if !self.described {
            self.described = true;
            self.found.albedo = Vec3::ONE;
        }
    }

    /// Light that the surface itself gives.
    fn emission(&mut self, site: &Site, hit: &Hit) {
        let mut emitted = site.values.emissive_nits;
        if site.material.unlit {
            emitted += site.values.base_color / self.moment.view.gains;
        }
        if emitted == Vec3::ZERO {
            return;
        }
        let emitters = self.moment.emitters;
        let share = match (&self.last, emitters.emission(hit.draw)) {
            (_, Emission::Found) => 1.0,
            _ if self.sampled_through => 0.0,
            (None, _) => 1.0,
            (Some(_), Emission::Lamp) => 0.0,
            (Some(last), Emission::Sampled(mean)) => {
                let d = last.receiver.position.distance(site.point.position);
                let facing = site.view.dot(site.point.geometric_normal);
                let light = emitters.surface_pdf(&last.receiver, mean, d, facing);
                last.pdf / (last.pdf + light)
            }
        };
        self.found.radiance += self.through * emitted * share;
    }

    /// Whether the path goes straight on where a surface is partly there.
    fn is_clear(&self, site: &Site, layer: f32) -> bool {
        site.draw.opacity == Opacity::Blend && layer >= site.values.alpha
    }

    /// How the surface scatters, and whether a refracted ray would enter its medium; `None` for
    /// a boundary that light does not notice. `layer` chooses among the parts of a partly
    /// transmissive surface.
    fn bsdf(&self, site: &Site, layer: f32) -> (Option<Bsdf>, bool) {
        let values = &site.values;
        let alpha = values.roughness * values.roughness;
        let transmits = site.draw.opacity == Opacity::Transmissive && layer < values.transmission;
        let albedos = self.moment.view.albedos;
        if !transmits {
            let brdf = Brdf::new(
                albedos,
                site.normal,
                site.view,
                values.base_color,
                values.metallic,
                values.roughness,
                site.material.ior,
            );
            return (Some(Bsdf::Opaque(Opaque::new(brdf))), false);
        }
        if site.draw.interior.is_none() {
            let albedo = albedos.lobe(site.normal.dot(site.view), values.roughness);
            let (tint, ior) = (values.base_color, site.material.ior);
            // One sheet seen from both sides is one wall; so is the front of a closed one.
            let wall = Wall::new(site.normal, site.view, alpha, ior, tint, albedo);
            return (Some(Bsdf::Wall(wall)), false);
        }
        let enters = site.front;
        let before = self.media.densest(site, enters);
        let mut media = self.media.clone();
        media.cross(site, enters);
        let after = media.ior();
        if (after - before).abs() < 1e-4 {
            return (None, enters);
        }
        // Light crosses two interfaces of a tinted body: each takes half of the tint.
        let tint = Vec3::from(values.base_color.to_array().map(|c| c.max(0.0).sqrt()));
        let interface = Interface::new(site.normal, site.view, alpha, after / before, tint);
        (Some(Bsdf::Interface(interface)), enters)
    }

    /// Adds light sampled at a site.
    fn next_event(
        &mut self,
        site: &Site,
        bsdf: &Bsdf,
        receiver: &Receiver,
        choice: f32,
        points: [f32; 2],
    ) {
        let Moment {
            view,
            geometry,
            emitters,
            ..
        } = *self.moment;
        let meshes = &view.scene.meshes;
        let Some(light) = emitters.sample(receiver, choice, points, meshes, geometry) else {
            return;
        };
        let is_point = light.pdf == 0.0;
        let straight = is_point || !self.moment.options.caustics;
        if straight && bsdf.transmits() && self.scattered {
            // It was sampled, straight through this glass, where the path scattered before.
            return;
        }
        let least_alpha = if is_point { 0.0 } else { SPECULAR_ALPHA };
        let (value, pdf) = bsdf.evaluate(light.towards, least_alpha);
        // The shading normal must not let light through the surface.
        let same_side = site.point.geometric_normal.dot(light.towards) > 0.0;
        if value == Vec3::ZERO || same_side != (site.normal.dot(light.towards) > 0.0) {
            return;
        }
        let mut radiance = self.through * value * light.weight;
        if let Some((draw, triangle, uv)) = light.surface {
            radiance *= self.emitted(&light, draw, triangle, uv);
        }
        if radiance.max_element() <= 0.0 {
            return;
        }
        let origin = site.lifted(light.towards);
        let ray = Ray {
            origin,
            direction: light.towards,
        };
        let (passed, only_straight) = if light.casts_shadow {
            // Stops short of a light with size, so that its own housing does not shade it.
            let t_max = light.distance_m * if is_point { 1.0 } else { 0.999 };
            // Glass itself is found by paths, face by face.
            let bodies = straight && !bsdf.transmits();
            straight_transmittance(self.world(), &ray, t_max, bodies)
        } else {
            (Vec3::ONE, false)
        };
        // What only goes straight no path finds: nothing to share the light with.
        let share = if is_point || only_straight {
            1.0
        } else {
            light.pdf / (light.pdf + pdf)
        };
        self.found.radiance += radiance * passed * (share * site.gap_share(light.towards));
    }

    fn emitted(&self, light: &LightSample, draw: u32, triangle: u32, uv: [f32; 2]) -> Vec3 {
        let view = self.moment.view;
        let draw_ref = &self.moment.geometry.draws[draw as usize];
        let mesh = &view.scene.meshes[draw_ref.mesh.index()];
        let ray = Ray {
            origin: Vec3::ZERO,
            direction: light.towards,
        };
        let hit = Hit {
            t: light.distance_m,
            draw,
            triangle,
            uv,
        };
        let point = SurfacePoint::new(mesh, draw_ref, &ray, &hit, SCATTERED_RAD);
        let material = &self.moment.geometry.materials[draw_ref.material as usize];
        material.emission(view.textures, &point)
    }

    /// Ends dim paths by chance, and makes up for it.
    fn survives(&mut self, bounce: u32, ending: f32) -> bool {
        let most = self.through.max_element();
        if most <= 0.0 {
            return false;
        }
        if bounce < ROULETTE_BOUNCE {
            return true;
        }
        let chance = most.min(0.95);
        self.through /= chance;
        ending < chance
    }

    fn site(&self, hit: &Hit, front: bool) -> Site<'a> {
        let view = self.moment.view;
        let draw = &self.moment.geometry.draws[hit.draw as usize];
        let mesh = &view.scene.meshes[draw.mesh.index()];
        let material = &self.moment.geometry.materials[draw.material as usize];
        let point = SurfacePoint::new(mesh, draw, &self.ray, hit, self.pixel_rad);
        let normal = point.shading_normal(mesh, draw, hit, material, view.textures);
        let towards = -self.ray.direction;
        let normal = facing(normal, point.geometric_normal, towards);
        let body = self
            .media
            .current()
            .filter(|m| m.instance != draw.instance && draw.opacity != Opacity::Transmissive);
        let gap = body.map(|m| m.interior.ior);
        Site {
            draw,
            material,
            values: material.at(view.textures, &point),
            normal,
            view: gap.map_or(towards, |ior| bent(towards, normal, ior)),
            point,
            front,
            gap,
        }
    }

    /// Keeps the guides of the first surface that scatters.
    fn describe(&mut self, site: &Site, share: f32) {
        if !self.described && share > 0.0 {
            self.described = true;
            let values = &site.values;
            let r = (site.material.ior - 1.0) / (site.material.ior + 1.0);
            self.found.albedo = values.base_color.max(Vec3::splat(r * r));
            self.found.normal = site.normal;
        }
    }
}

/// A shading normal that the viewer sees from its front: one bent too far is bent back just so.
fn facing(normal: Vec3, geometric: Vec3, view: Vec3) -> Vec3 {
    let cosine = normal.dot(view);
    if cosine > 1e-3 {
        return normal;
    }
    (normal + view * (1e-2 - cosine)).normalize_or(geometric)
}

/// A direction on the other side of a plane interface, `ratio` times as far off the normal by
/// sine; what would be reflected totally grazes.
fn bent(direction: Vec3, normal: Vec3, ratio: f32) -> Vec3 {
    let across = (direction - normal * normal.dot(direction)) * ratio;
    let sine = across.length();
    let across = if sine > 0.999 {
        across * (0.999 / sine)
    } else {
        across
    };
    across + normal * (1.0 - across.length_squared()).sqrt()
}

/// A number below `part` stretched over 0 … 1, to be used again.
fn rescale(u: f32, part: f32) -> f32 {
    if part > 0.0 {
        (u / part).min(0.999_999_9)
    } else {
        u
    }
}

impl Site<'_> {
    /// Just off the surface on the side that `towards` leaves by.
    fn lifted(&self, towards: Vec3) -> Vec3 {
        let Vec3 { x, y, z } = self.point.position.abs();
        let size = LIFT * (1.0 + x.max(y).max(z));
        let normal = self.point.geometric_normal;
        self.point.position + normal * size.copysign(normal.dot(towards))
    }

    /// Share of light that passes the body's face before the gap, in a direction in the air.
    fn gap_share(&self, towards: Vec3) -> f32 {
        self.gap.map_or(1.0, |ior| {
            1.0 - fresnel_dielectric(self.normal.dot(towards), ior)
        })
    }

    fn medium(&self) -> Option<Medium> {
        self.draw.interior.map(|interior| Medium {
            instance: self.draw.instance,
            interior,
        })
    }
}

impl Media {
    /// Enters or leaves the medium behind a surface.
    fn cross(&mut self, site: &Site, enters: bool) {
        let Some(medium) = site.medium() else {
            return;
        };
        if enters {
            // A scene of more nested media than this is wrong; the outermost are kept.
            let _ = self.inside.try_push(medium);
        } else if let Some(i) = self.inside.iter().rposition(|m| m.is(&medium)) {
            self.inside.remove(i);
        }
    }

    fn current(&self) -> Option<&Medium> {
        self.inside.iter().reduce(|a, b| {
            if b.interior.ior > a.interior.ior {
                b
            } else {
                a
            }
        })
    }

    fn ior(&self) -> f32 {
        self.current().map_or(1.0, |m| m.interior.ior)
    }

    /// Index before a surface. A ray that leaves a medium it never entered began inside.
    fn densest(&self, site: &Site, enters: bool) -> f32 {
        match site.medium() {
            Some(m) if !enters && !self.inside.iter().any(|i| i.is(&m)) => {
                self.ior().max(m.interior.ior)
            }
            _ => self.ior(),
        }
    }

    /// Beer–Lambert over a length in metres.
    fn transmittance(&self, length_m: f32) -> Vec3 {
        match self.current() {
            Some(m) if m.interior.absorption != Vec3::ZERO => Vec3::from(
                m.interior
                    .absorption
                    .to_array()
                    .map(|a| libm::expf(-a * length_m)),
            ),
            _ => Vec3::ONE,
        }
    }
}

impl Medium {
    fn is(&self, other: &Self) -> bool {
        self.instance == other.instance && self.interior.ior == other.interior.ior
    }
}

/// The first surface a path notices, and whether from its front: bodies of glass have an inside.
fn first_surface(world: World, ray: &Ray, t_min: f32) -> Option<(Hit, bool)> {
    let mut best: Option<(Hit, bool)> = None;
    let mut t_max = f32::INFINITY;
    world.geometry.walk(
        world.trees,
        ray,
        t_min,
        &mut t_max,
        |_| true,
        |draw, hit, front, t_max| {
            let seen = (front || draw.double_sided || draw.interior.is_some())
                && best.as_ref().is_none_or(|(b, _)| hit.before(b))
                && world.is_there(draw, hit);
            if seen {
                best = Some((*hit, front));
                *t_max = hit.t;
            }
            false
        },
    );
    best
}

/// Share of light that passes straight on, and whether through glass that turns paths: bodies and
/// rough walls, which stop it unless `bodies` let it through.
fn straight_transmittance(world: World, ray: &Ray, t_max: f32, bodies: bool) -> (Vec3, bool) {
    let mut passed = Vec3::ONE;
    let mut turns = false;
    // Absorption · length: what leaves a body adds, what enters it takes away.
    let mut depth = Vec3::ZERO;
    let mut t_max = t_max;
    world.geometry.walk(
        world.trees,
        ray,
        0.0,
        &mut t_max,
        |_| true,
        |draw, hit, front, _| {
            if !world.is_there(draw, hit) {
                return false;
            }
            if matches!(draw.opacity, Opacity::Opaque | Opacity::Cutout) {
                passed = Vec3::ZERO;
            } else if front || draw.double_sided || draw.interior.is_some() {
                let (share, turned) = straight_share(&world, draw, hit, ray);
                passed *= share;
                turns |= turned;
                if turned && !bodies {
                    passed = Vec3::ZERO;
                }
                if let Some(interior) = draw.interior {
                    depth += interior.absorption * if front { -hit.t } else { hit.t };
                }
            }
            passed == Vec3::ZERO
        },
    );
    if passed != Vec3::ZERO && depth != Vec3::ZERO {
        passed *= Vec3::from(depth.to_array().map(|d| libm::expf(-d.max(0.0))));
    }
    (passed, turns)
}

/// Share of light that passes one surface straight on, and whether the surface turns paths.
fn straight_share(world: &World, draw: &Draw, hit: &Hit, ray: &Ray) -> (Vec3, bool) {
    let material = &world.geometry.materials[draw.material as usize];
    let mesh = &world.meshes[draw.mesh.index()];
    let point = SurfacePoint::new(mesh, draw, ray, hit, SCATTERED_RAD);
    let values = material.at(world.textures, &point);
    if draw.opacity == Opacity::Blend {
        return (Vec3::splat((1.0 - values.alpha).max(0.0)), false);
    }
    let cosine = -point.geometric_normal.dot(ray.direction);
    let r = fresnel_dielectric(cosine, material.ior);
    if draw.interior.is_some() {
        // One of the body's two faces.
        let tint = Vec3::from(values.base_color.to_array().map(|c| c.max(0.0).sqrt()));
        return (tint * (values.transmission * (1.0 - r)), true);
    }
    let is_rough = values.roughness * values.roughness >= SPECULAR_ALPHA;
    let share = values.base_color * (values.transmission * (1.0 - wall_reflectance(r)));
    (share, is_rough)
}
