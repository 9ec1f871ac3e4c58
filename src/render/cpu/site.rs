//! Eight points of surfaces with their materials and reflections, ready for light.

use glam::{Affine3A, Vec3};

use super::ViewScene;
use crate::render::brdf::Brdf8;
use crate::render::geometry::{Draw, Hit, Ray, Rays8};
use crate::render::lanes::{
    Affine, F, LANES, V, clamp, each, lanes_where, set_lane, set_lanes, splat,
};
use crate::render::material::{MaterialPoint, MaterialPoint8, Opacity};
use crate::render::surface::SurfacePoint;
use crate::scene::mesh::Mesh;

/// Mirror images fade out between these roughnesses; the analytic lobe takes over.
const MIRROR_FADE: [f32; 2] = [0.15, 0.4];

/// Eight rays from the camera.
#[derive(Clone, Copy)]
pub struct CameraRays {
    pub origin: Vec3,
    pub direction: V,
    pub length: F,
}

impl CameraRays {
    /// Towards `direction` (any length but zero).
    #[inline(always)]
    pub fn new(origin: Vec3, direction: V) -> Self {
        Self {
            origin,
            direction,
            length: direction.length(),
        }
    }

    /// Unit.
    #[inline(always)]
    pub fn unit(&self) -> V {
        self.direction * (F::ONE / self.length)
    }

    /// All of them.
    #[inline]
    pub fn all(&self) -> Rays8 {
        Rays8 {
            origin: V::splat(self.origin),
            direction: self.direction,
        }
    }

    /// One of them.
    #[inline]
    pub fn lane(&self, i: usize) -> Ray {
        Ray {
            origin: self.origin,
            direction: self.direction.lane(i),
        }
    }
}

/// What eight rays met; see [`Hit`].
#[derive(Clone, Copy)]
pub struct Hits8 {
    pub t: F,
    pub u: F,
    pub v: F,
    pub draw: [u32; LANES],
    pub triangle: [u32; LANES],
}

impl Hits8 {
    /// Writes one of them.
    #[inline]
    pub fn set_lane(&mut self, i: usize, hit: &Hit) {
        set_lane(&mut self.t, i, hit.t);
        set_lane(&mut self.u, i, hit.uv[0]);
        set_lane(&mut self.v, i, hit.uv[1]);
        (self.draw[i], self.triangle[i]) = (hit.draw, hit.triangle);
    }

    /// One of them.
    #[inline]
    pub fn lane(&self, i: usize) -> Hit {
        Hit {
            t: self.t.to_array()[i],
            draw: self.draw[i],
            triangle: self.triangle[i],
            uv: [self.u.to_array()[i], self.v.to_array()[i]],
        }
    }
}

/// The triangles that eight rays met.
#[derive(Clone, Copy)]
struct Triangles8 {
    draw: [u32; LANES],
    triangle: [u32; LANES],
    /// Whether all are of one draw, and whether they are one triangle: most often so.
    one_draw: bool,
    one: bool,
}

impl Triangles8 {
    #[inline(always)]
    fn new(draw: [u32; LANES], triangle: [u32; LANES]) -> Self {
        let same = |of: [u32; LANES]| (1..LANES).all(|i| of[i] == of[0]);
        let one_draw = same(draw);
        Self {
            draw,
            triangle,
            one_draw,
            one: one_draw && same(triangle),
        }
    }

    /// What `of` says of the draws.
    #[inline(always)]
    fn of_draws<'v, T: Copy>(&self, view: &'v ViewScene, of: impl Fn(&'v Draw) -> T) -> [T; LANES] {
        let draw = |i: usize| of(&view.geometry.draws[self.draw[i] as usize]);
        if self.one_draw {
            [draw(0); LANES]
        } else {
            each(draw)
        }
    }

    /// Their corners by what meshes have of them.
    #[inline(always)]
    fn corners<'v>(&self, view: &'v ViewScene, of: impl Fn(&'v Mesh) -> &'v [Vec3]) -> [V; 3] {
        let meshes = self.of_draws(view, |d| &view.scene.meshes[d.mesh.index()]);
        let corners = |i: usize| meshes[i].triangles[self.triangle[i] as usize];
        if self.one {
            let (of, [a, b, c]) = (of(meshes[0]), corners(0));
            return [a, b, c].map(|k| V::splat(of[k as usize]));
        }
        let indices = each(corners);
        let corner = |k: usize| V::lanes(|i| of(meshes[i])[indices[i][k] as usize]);
        [corner(0), corner(1), corner(2)]
    }

    #[inline(always)]
    fn affine<'v>(&self, view: &'v ViewScene, of: impl Fn(&'v Draw) -> &'v Affine3A) -> Affine {
        let draw = |i: usize| of(&view.geometry.draws[self.draw[i] as usize]);
        if self.one_draw {
            Affine::splat(draw(0))
        } else {
            Affine::lanes(draw)
        }
    }
}

/// Where the planes of known triangles meet the rays: eight times [`super::hit_on`].
#[inline]
pub fn hits_on(
    view: &ViewScene,
    rays: &CameraRays,
    draw: [u32; LANES],
    triangle: [u32; LANES],
) -> Hits8 {
    let triangles = Triangles8::new(draw, triangle);
    let [a, b, c] = triangles.corners(view, |m| &m.positions);
    let (e1, e2) = (b - a, c - a);
    let mesh_from_world = triangles.affine(view, |d| &d.mesh_from_world);
    let origin = mesh_from_world.point(V::splat(rays.origin));
    let direction = mesh_from_world.vector(rays.direction);
    let p = direction.cross(e2);
    let s = origin - a;
    let q = s.cross(e1);
    let inverse = F::ONE / e1.dot(p);
    Hits8 {
        t: e2.dot(q) * inverse,
        u: s.dot(p) * inverse,
        v: direction.dot(q) * inverse,
        draw,
        triangle,
    }
}

/// Eight points of surfaces as eight rays see them; world frame.
pub struct Site8 {
    /// Whose surfaces they are.
    draw: [u32; LANES],
    triangle: [u32; LANES],
    /// Lanes that see the front of their triangle.
    front: u32,
    /// Lanes whose draws something may be seen through, and those that need no light.
    pub clear: u32,
    pub unlit: u32,
    pub t: F,
    pub position: V,
    /// Of the triangles, unit, towards the rays' origin.
    pub geometric_normal: V,
    pub alpha: F,
    pub roughness: F,
    pub occlusion: F,
    pub transmission: F,
    pub base_color: V,
    pub emissive_nits: V,
    pub brdf: Brdf8,
    /// Share of the specular lobe that is a mirror image.
    pub mirror: F,
}

impl Site8 {
    /// The points of the lanes in `active`; the others' values mean nothing.
    // A call of its own: it writes where the result is wanted, which inlining copies.
    #[inline(never)]
    pub fn new(view: &ViewScene, rays: &CameraRays, hits: &Hits8, active: u32) -> Self {
        let triangles = Triangles8::new(hits.draw, hits.triangle);
        let draw = |i: usize| &view.geometry.draws[hits.draw[i] as usize];
        let material = |i: usize| &*view.geometry.materials[draw(i).material as usize];
        let lanes_where = |f: &dyn Fn(usize) -> bool| lanes_where(triangles.one_draw, f);

        let [a, b, c] = triangles.corners(view, |m| &m.positions);
        let (e1, e2) = (b - a, c - a);
        let world_from_mesh = triangles.affine(view, |d| &d.world_from_mesh);
        let world_cross = world_from_mesh.vector(e1).cross(world_from_mesh.vector(e2));
        let geometric_normal = world_cross.normalize_or(V::splat(Vec3::Z));
        let away = geometric_normal.dot(rays.direction).simd_gt(F::ZERO);
        let geometric_normal = geometric_normal.or_where(away, -geometric_normal);
        // A transform that mirrors turns the corners round, not the front.
        let front = !away.to_bitmask() ^ lanes_where(&|i| draw(i).mirrored);
        let position = world_from_mesh.point(a + e1 * hits.u + e2 * hits.v);

        let [a, b, c] = triangles.corners(view, |m| &m.normals);
        let normal = a * (F::ONE - hits.u - hits.v) + b * hits.u + c * hits.v;
        let mesh_from_world = triangles.affine(view, |d| &d.mesh_from_world);
        let normal = mesh_from_world
            .transposed(normal)
            .normalize_or(geometric_normal);
        let flipped = normal.dot(geometric_normal).simd_lt(F::ZERO);
        let mut normal = normal.or_where(flipped, -normal);

        let plain = |i: usize| {
            let mesh = &view.scene.meshes[draw(i).mesh.index()];
            let varies = material(i).bumpy || !mesh.colors.is_empty();
            material(i).plain().filter(|_| !varies)
        };
        let values = match plain(0) {
            Some(values) if triangles.one_draw => MaterialPoint8::splat(values, material(0).ior),
            _ => {
                let mut values = [MaterialPoint::default(); LANES];
                for i in set_lanes(active) {
                    if let Some(plain) = plain(i) {
                        values[i] = *plain;
                        continue;
                    }
                    let (material, draw) = (material(i), draw(i));
                    let mesh = &view.scene.meshes[draw.mesh.index()];
                    let (hit, ray) = (hits.lane(i), rays.lane(i));
                    let point = SurfacePoint::new(mesh, draw, &ray, &hit, view.pixel_rad());
                    values[i] = material.at(view.textures, &point);
                    if material.bumpy {
                        let bent = point.shading_normal(mesh, draw, &hit, material, view.textures);
                        normal.set_lane(i, bent);
                    }
                }
                MaterialPoint8::lanes(&values, |i| material(i).ior)
            }
        };
        let brdf = Brdf8::new(
            view.albedos,
            normal,
            -rays.unit(),
            values.base_color,
            values.metallic,
            values.roughness,
            values.ior,
        );
        let [low, high] = MIRROR_FADE;
        let x = clamp(
            (splat(high) - values.roughness) / splat(high - low),
            0.0,
            1.0,
        );
        let is_clear = |opacity| !matches!(opacity, Opacity::Opaque | Opacity::Cutout);
        Self {
            draw: hits.draw,
            triangle: hits.triangle,
            front,
            clear: lanes_where(&|i| is_clear(draw(i).opacity)),
            unlit: lanes_where(&|i| material(i).unlit),
            t: hits.t,
            position,
            geometric_normal,
            alpha: values.alpha,
            roughness: values.roughness,
            occlusion: values.occlusion,
            transmission: values.transmission,
            base_color: values.base_color,
            emissive_nits: values.emissive_nits,
            brdf,
            mirror: x * x * (splat(3.0) - splat(2.0) * x),
        }
    }

    /// Whose surface the point of a lane is.
    #[inline]
    pub fn draw<'v>(&self, view: &'v ViewScene, i: usize) -> &'v Draw {
        &view.geometry.draws[self.draw[i] as usize]
    }

    /// Rays that leave the points towards `towards`, and by lane the draw that they are known not
    /// to meet again.
    #[inline(always)]
    pub fn leaving(&self, view: &ViewScene, towards: V) -> (Rays8, [u32; LANES]) {
        let rays = Rays8 {
            origin: self.lifted(towards),
            direction: towards,
        };
        (rays, self.spared(view, towards))
    }

    /// By lane: the point's own draw, if what leaves it towards `towards` cannot meet it again.
    #[inline(always)]
    pub fn spared(&self, view: &ViewScene, towards: V) -> [u32; LANES] {
        let below = self
            .geometric_normal
            .dot(towards)
            .simd_lt(F::ZERO)
            .to_bitmask();
        let front = self.front ^ below;
        each(|i| {
            let front = front >> i & 1 == 1;
            view.geometry
                .spared(view.trees, self.draw[i], self.triangle[i], front)
        })
    }

    /// The points, moved off their surfaces to the side that `towards` leaves by; 10 µm a metre
    /// from the origin is some hundred units in the last place.
    #[inline(always)]
    pub fn lifted(&self, towards: V) -> V {
        let size = splat(1e-5) * (F::ONE + self.position.map(F::abs).max_element());
        let below = self.geometric_normal.dot(towards).simd_lt(F::ZERO);
        self.position + self.geometric_normal * below.select(-size, size)
    }
}
