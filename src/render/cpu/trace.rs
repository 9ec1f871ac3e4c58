//! Questions answered by rays: what is seen first, what is next, how much light gets through.

use std::cmp::Ordering;

use glam::Vec3;

use super::grid::Grid;
use super::{Layer, ViewScene, VisBuffer, pack};
use crate::base::camera::NEAR_M;
use crate::render::Occlusion;
use crate::render::coverage::CoverageCounter;
use crate::render::geometry::{Between, Draw, Geometry, Hit, MeshTree, Ray, Rays8};
use crate::render::lanes::{F, LANES, V, lanes_where, mask, set_lanes};
use crate::render::material::{Opacity, Presence};
use crate::render::texture::MipTexture;
use crate::render::{brdf, surface};
use crate::scene::mesh::Mesh;

/// What rays read.
#[derive(Clone, Copy)]
pub struct World<'w> {
    pub meshes: &'w [Mesh],
    pub trees: &'w [MeshTree],
    pub textures: &'w [MipTexture],
    pub geometry: &'w Geometry,
}

impl<'w> From<&'w ViewScene<'_>> for World<'w> {
    fn from(view: &'w ViewScene<'_>) -> Self {
        Self {
            meshes: &view.scene.meshes,
            trees: view.trees,
            textures: view.textures,
            geometry: view.geometry,
        }
    }
}

impl World<'_> {
    /// Whether a point of a draw is a surface at all.
    pub fn is_there(&self, draw: &Draw, hit: &Hit) -> bool {
        self.presence(draw, hit) != Presence::Nothing
    }

    fn presence(&self, draw: &Draw, hit: &Hit) -> Presence {
        let material = &self.geometry.materials[draw.material as usize];
        match draw.opacity {
            Opacity::Opaque => Presence::Opaque,
            Opacity::Transmissive => Presence::Transparent,
            Opacity::Cutout | Opacity::Blend => surface::presence(
                &self.meshes[draw.mesh.index()],
                material,
                self.textures,
                hit.triangle,
                hit.uv,
            ),
        }
    }
}

/// The first surface of `layer` beyond `t_min` that comes after `after` along the ray.
pub fn closest(
    world: World,
    ray: &Ray,
    t_min: f32,
    layer: Layer,
    after: Option<&Hit>,
) -> Option<(Hit, Presence)> {
    let mut best: Option<(Hit, Presence)> = None;
    // A surface at the very distance of the last one is beyond it by order; the open lower end
    // must let it in. The last one itself is not met again, whatever rounding says.
    let t_min = after.map_or(t_min, |a| a.t.next_down().max(t_min));
    let mut t_max = f32::INFINITY;
    let wanted = |draw: &Draw| layer.wants(draw.opacity);
    world.geometry.walk(
        world.trees,
        ray,
        t_min,
        &mut t_max,
        wanted,
        |draw, hit, front, t_max| {
            let seen = (front || draw.double_sided)
                && after.is_none_or(|a| {
                    (a.draw, a.triangle) != (hit.draw, hit.triangle) && a.before(hit)
                })
                && best.as_ref().is_none_or(|(b, _)| hit.before(b));
            if seen {
                let presence = world.presence(draw, hit);
                if presence == Presence::Opaque
                    || (presence == Presence::Transparent && layer == Layer::First)
                {
                    best = Some((*hit, presence));
                    *t_max = hit.t;
                }
            }
            false
        },
    );
    best
}

/// Shares of light, by colour, that pass along the rays in `active`, each up to its `t_max`; of the
/// others, all. Opaque surfaces block from either side; transparent ones filter where they face the
/// ray. `spared` names a draw a ray that this ray is known not to meet, if that is opaque;
/// `between` is what the rays can meet at all.
pub fn transmittance8(
    world: World,
    rays: &Rays8,
    t_max: F,
    spared: [u32; LANES],
    active: u32,
    between: &Between,
) -> V {
    let blocked = world
        .geometry
        .blocked8(world.trees, rays, t_max, spared, active, between);
    let mut passed = V::of(F::ONE).only(!mask(blocked));
    let open = active & !blocked;
    if between.is_opaque() || open == 0 {
        return passed;
    }
    let mut walls: [Walls; LANES] = Default::default();
    world.geometry.walk_others(
        world.trees,
        rays,
        t_max,
        open,
        between,
        |i, ray, draw, hit, front| match world.presence(draw, hit) {
            Presence::Nothing => false,
            Presence::Opaque => {
                walls[i].blocked = true;
                true
            }
            Presence::Transparent => {
                if front || draw.double_sided {
                    let share = wall_transmittance(world, draw, hit, ray);
                    walls[i].shares.push((*hit, share));
                }
                false
            }
        },
    );
    for i in set_lanes(open) {
        let share = walls[i].share();
        if share != Vec3::ONE {
            passed.set_lane(i, share);
        }
    }
    passed
}

/// What draws that are not simply opaque do to light along one ray.
#[derive(Default)]
struct Walls {
    blocked: bool,
    shares: Vec<(Hit, Vec3)>,
}

impl Walls {
    /// What they leave of it. Walls count in order along the ray, however they were found: what moves
    /// elsewhere must not change a bit.
    fn share(&mut self) -> Vec3 {
        if self.blocked {
            return Vec3::ZERO;
        }
        let order = |(a, _): &(Hit, Vec3), (b, _): &(Hit, Vec3)| match (a.before(b), b.before(a)) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => Ordering::Equal,
        };
        self.shares.sort_unstable_by(order);
        self.shares.iter().map(|(_, share)| *share).product()
    }
}

fn wall_transmittance(world: World, draw: &Draw, hit: &Hit, ray: &Ray) -> Vec3 {
    let material = &world.geometry.materials[draw.material as usize];
    let mesh = &world.meshes[draw.mesh.index()];
    let point = surface::SurfacePoint::new(mesh, draw, ray, hit, 0.0);
    let values = material.at(world.textures, &point);
    if draw.opacity == Opacity::Blend {
        return Vec3::splat(1.0 - values.alpha);
    }
    let cosine = -point.geometric_normal.dot(ray.direction.normalize());
    let r = brdf::fresnel_dielectric(cosine, material.ior);
    let r = if draw.double_sided {
        r
    } else {
        brdf::wall_reflectance(r)
    };
    values.base_color * material.volume_tint * (values.transmission * (1.0 - r))
}

/// What stands between two points; see [`crate::render::Frame::occlusion`].
pub fn occlusion(world: World, from: Vec3, to: Vec3, margin_m: f32) -> Occlusion {
    let length = (to - from).length();
    if length <= margin_m {
        return Occlusion::Clear;
    }
    let ray = Ray {
        origin: from,
        direction: (to - from) / length,
    };
    let far = length - margin_m;
    let near = |hit: Option<(Hit, Presence)>| hit.map(|(hit, _)| hit).filter(|hit| hit.t < far);
    let instance = |hit: Hit| world.geometry.draws[hit.draw as usize].instance;
    if let Some(hit) = near(closest(world, &ray, NEAR_M, Layer::Opaque, None)) {
        return Occlusion::Blocked(instance(hit));
    }
    match near(closest(world, &ray, NEAR_M, Layer::First, None)) {
        Some(hit) => Occlusion::ThroughGlass(instance(hit)),
        None => Occlusion::Clear,
    }
}

/// [`closest`] of the rays in `active`.
fn closest8(
    world: World,
    rays: &Rays8,
    t_min: f32,
    layer: Layer,
    active: u32,
) -> [Option<Hit>; LANES] {
    let mut best: [Option<Hit>; LANES] = [None; LANES];
    let wanted = |draw: &Draw| layer.wants(draw.opacity);
    world.geometry.walk8(
        world.trees,
        rays,
        t_min,
        active,
        wanted,
        |i, draw, hit, front, t_max| {
            let nearer = best[i].as_ref().is_none_or(|b| hit.before(b));
            if !nearer || !(front || draw.double_sided) {
                return;
            }
            let presence = world.presence(draw, hit);
            if presence == Presence::Opaque
                || (presence == Presence::Transparent && layer == Layer::First)
            {
                best[i] = Some(*hit);
                *t_max = hit.t;
            }
        },
    );
    best
}

/// Visibility by rays, for lenses that bend lines.
pub fn visibility(
    view: &ViewScene,
    grid: &Grid,
    layer: Layer,
    out: &mut VisBuffer,
    mut counter: Option<&mut CoverageCounter>,
) {
    let world = World::from(view);
    let mut covering: [Vec<u32>; LANES] = Default::default();
    let width = out.width;
    let places = (0..out.height).flat_map(|y| (0..width).step_by(LANES).map(move |x| (x, y)));
    for (x, y) in places {
        let (at, direction) = (y * width + x, grid.eight(x, y));
        let inside = lanes_where(false, |i| x + i < width);
        let active = inside & direction.x.simd_eq(direction.x).to_bitmask();
        if active == 0 {
            continue;
        }
        // Lanes that see nothing go straight on.
        let seen = mask(active);
        let direction = V::splat(Vec3::Z).or_where(seen, direction);
        let rays = Rays8 {
            origin: V::splat(view.eye()),
            direction: view.to_world(direction),
        };
        let hits = closest8(world, &rays, view.near(), layer, active);
        let mut met = 0;
        for (i, hit) in hits.iter().enumerate() {
            if let Some(hit) = hit {
                out.ids[at + i] = pack(hit.draw, hit.triangle);
                out.inverse_z[at + i] = 1.0 / hit.t;
                met |= 1 << i;
            }
        }
        let Some(counter) = counter.as_deref_mut() else {
            continue;
        };
        covering.iter_mut().for_each(Vec::clear);
        world.geometry.walk8(
            world.trees,
            &rays,
            view.near(),
            met,
            |_| true,
            |i, draw, hit, front, _| {
                let instance = draw.instance.0;
                if (front || draw.double_sided)
                    && !covering[i].contains(&instance)
                    && world.presence(draw, hit) != Presence::Nothing
                {
                    covering[i].push(instance);
                }
            },
        );
        for i in set_lanes(met) {
            for &instance in &covering[i] {
                counter.count(crate::base::ids::InstanceId(instance), x + i, y);
            }
        }
    }
}
