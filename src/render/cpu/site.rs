//! Four points of surfaces with their materials and reflections, ready for light.

use std::array::from_fn;

use glam::Vec3;

use super::ViewScene;
use crate::render::brdf::Brdf4;
use crate::render::geometry::{Draw, Hit, Ray, Rays4};
use crate::render::lanes::{Affine, F, LANES, V, clamp, set_lane, set_lanes, splat};
use crate::render::material::{MaterialPoint, RenderMaterial};
use crate::render::surface::SurfacePoint;
use crate::scene::mesh::Mesh;

/// Mirror images fade out between these roughnesses; the analytic lobe takes over.
const MIRROR_FADE: [f32; 2] = [0.15, 0.4];

/// Four rays from the camera.
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
    pub fn all(&self) -> Rays4 {
        Rays4 {
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

/// What four rays met; see [`Hit`].
#[derive(Clone, Copy)]
pub struct Hits4 {
    pub t: F,
    pub u: F,
    pub v: F,
    pub draw: [u32; LANES],
    pub triangle: [u32; LANES],
}

impl Hits4 {
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

/// The triangles of four hits.
struct Corners<'a> {
    draws: [&'a Draw; LANES],
    meshes: [&'a Mesh; LANES],
    indices: [[usize; 3]; LANES],
    a: V,
    e1: V,
    e2: V,
}

impl<'a> Corners<'a> {
    #[inline(always)]
    fn new(view: &'a ViewScene, draw: [u32; LANES], triangle: [u32; LANES]) -> Self {
        let draws = draw.map(|d| &view.geometry.draws[d as usize]);
        let meshes = draws.map(|d| &view.scene.meshes[d.mesh.index()]);
        let indices: [[usize; 3]; LANES] =
            from_fn(|i| meshes[i].triangles[triangle[i] as usize].map(|k| k as usize));
        let corner = |k: usize| V::lanes(|i| meshes[i].positions[indices[i][k]]);
        let a = corner(0);
        Self {
            draws,
            meshes,
            indices,
            a,
            e1: corner(1) - a,
            e2: corner(2) - a,
        }
    }
}

/// Where the planes of known triangles meet the rays: four times [`super::hit_on`].
#[inline]
pub fn hits_on(
    view: &ViewScene,
    rays: &CameraRays,
    draw: [u32; LANES],
    triangle: [u32; LANES],
) -> Hits4 {
    let corners = Corners::new(view, draw, triangle);
    let mesh_from_world = Affine::lanes(|i| &corners.draws[i].mesh_from_world);
    let origin = mesh_from_world.point(V::splat(rays.origin));
    let direction = mesh_from_world.vector(rays.direction);
    let p = direction.cross(corners.e2);
    let s = origin - corners.a;
    let q = s.cross(corners.e1);
    let inverse = F::ONE / corners.e1.dot(p);
    Hits4 {
        t: corners.e2.dot(q) * inverse,
        u: s.dot(p) * inverse,
        v: direction.dot(q) * inverse,
        draw,
        triangle,
    }
}

/// Four points of surfaces as four rays see them; world frame.
pub struct Site4<'a> {
    pub draws: [&'a Draw; LANES],
    pub materials: [&'a RenderMaterial; LANES],
    /// Whose surfaces they are.
    pub draw: [u32; LANES],
    triangle: [u32; LANES],
    /// Lanes that see the front of their triangle.
    front: u32,
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
    pub brdf: Brdf4,
    /// Share of the specular lobe that is a mirror image.
    pub mirror: F,
}

impl<'a> Site4<'a> {
    /// The points of the lanes in `active`; the others' values mean nothing.
    #[inline(always)]
    pub fn new(view: &'a ViewScene, rays: &CameraRays, hits: &Hits4, active: u32) -> Self {
        let corners = Corners::new(view, hits.draw, hits.triangle);
        let Corners {
            draws,
            meshes,
            indices,
            a,
            e1,
            e2,
        } = corners;
        let materials: [&RenderMaterial; LANES] =
            draws.map(|d| &*view.geometry.materials[d.material as usize]);
        let in_mesh = a + e1 * hits.u + e2 * hits.v;
        let world_from_mesh = Affine::lanes(|i| &draws[i].world_from_mesh);
        let world_cross = world_from_mesh.vector(e1).cross(world_from_mesh.vector(e2));
        let geometric_normal = world_cross.normalize_or(V::splat(Vec3::Z));
        let away = geometric_normal.dot(rays.direction).simd_gt(F::ZERO);
        let geometric_normal = geometric_normal.or_where(away, -geometric_normal);
        // A transform that mirrors turns the corners round, not the front.
        let mirrored = draws
            .iter()
            .rev()
            .fold(0, |bits, d| bits << 1 | u32::from(d.mirrored));
        let front = !away.to_bitmask() ^ mirrored;
        let corner = |k: usize| V::lanes(|i| meshes[i].normals[indices[i][k]]);
        let normal =
            corner(0) * (F::ONE - hits.u - hits.v) + corner(1) * hits.u + corner(2) * hits.v;
        let mesh_from_world = Affine::lanes(|i| &draws[i].mesh_from_world);
        let normal = mesh_from_world
            .transposed(normal)
            .normalize_or(geometric_normal);
        let flipped = normal.dot(geometric_normal).simd_lt(F::ZERO);
        let mut normal = normal.or_where(flipped, -normal);

        let mut values: [MaterialPoint; LANES] = [MaterialPoint::default(); LANES];
        for i in set_lanes(active) {
            let (material, mesh) = (materials[i], meshes[i]);
            if let Some(plain) = material.plain()
                && mesh.colors.is_empty()
                && !material.bumpy
            {
                values[i] = *plain;
                continue;
            }
            let (hit, ray) = (hits.lane(i), rays.lane(i));
            let point = SurfacePoint::new(mesh, draws[i], &ray, &hit, view.pixel_rad());
            values[i] = material.at(view.textures, &point);
            if material.bumpy {
                let bent = point.shading_normal(mesh, draws[i], &hit, material, view.textures);
                normal.set_lane(i, bent);
            }
        }
        let (base_color, alpha) = V::rows(|i| values[i].base_color.extend(values[i].alpha).into());
        let (emissive_nits, metallic) =
            V::rows(|i| values[i].emissive_nits.extend(values[i].metallic).into());
        let (rest, transmission) = V::rows(|i| {
            let v = &values[i];
            [v.roughness, v.occlusion, materials[i].ior, v.transmission]
        });
        let (roughness, occlusion, ior) = (rest.x, rest.y, rest.z);
        let brdf = Brdf4::new(
            view.albedos,
            normal,
            -rays.unit(),
            base_color,
            metallic,
            roughness,
            ior,
        );
        let [low, high] = MIRROR_FADE;
        let x = clamp((splat(high) - roughness) / splat(high - low), 0.0, 1.0);
        Self {
            draws,
            materials,
            draw: hits.draw,
            triangle: hits.triangle,
            front,
            t: hits.t,
            position: world_from_mesh.point(in_mesh),
            geometric_normal,
            alpha,
            roughness,
            occlusion,
            transmission,
            base_color,
            emissive_nits,
            brdf,
            mirror: x * x * (splat(3.0) - splat(2.0) * x),
        }
    }

    /// Rays that leave the points towards `towards`, and by lane the draw that they are known not
    /// to meet again.
    #[inline(always)]
    pub fn leaving(&self, view: &ViewScene, towards: V) -> (Rays4, [u32; LANES]) {
        let rays = Rays4 {
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
        from_fn(|i| {
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
