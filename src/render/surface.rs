//! From (ray, triangle) to everything known of that point of the surface.

use glam::{Vec2, Vec3, Vec4};

use super::geometry::{Draw, Hit, Ray};
use super::material::{Presence, RenderMaterial};
use super::texture::MipTexture;
use crate::scene::mesh::Mesh;

/// A point of a surface as one ray sees it; world frame.
#[derive(Clone, Copy, Debug)]
pub struct SurfacePoint {
    pub position: Vec3,
    /// Of the triangle, unit, towards the ray's origin.
    pub geometric_normal: Vec3,
    /// Interpolated, unit, on the same side as the geometric one.
    pub normal: Vec3,
    pub uvs: [Vec2; 2],
    /// Area of UV space that the pixel covers, by UV set.
    pub uv_footprint: [f32; 2],
    /// Vertex colour.
    pub color: Vec4,
    /// Position in the mesh's own frame.
    pub in_mesh: Vec3,
}

/// Where the plane of a triangle meets a ray: (t, weights of corners 2 and 3). Not limited to
/// the triangle's inside: for pixels whose samples, but not whose centre, it covers.
#[inline]
pub fn plane_hit(mesh: &Mesh, draw: &Draw, triangle: u32, ray: &Ray) -> (f32, [f32; 2]) {
    let [a, b, c] = mesh.triangles[triangle as usize].map(|i| mesh.positions[i as usize]);
    let origin = draw.mesh_from_world.transform_point3(ray.origin);
    let direction = draw.mesh_from_world.transform_vector3(ray.direction);
    let (e1, e2) = (b - a, c - a);
    let p = direction.cross(e2);
    let s = origin - a;
    let q = s.cross(e1);
    let inverse = 1.0 / e1.dot(p);
    (
        e2.dot(q) * inverse,
        [s.dot(p) * inverse, direction.dot(q) * inverse],
    )
}

/// UV sets at weights of corners 2 and 3.
#[inline]
fn uvs_at(mesh: &Mesh, triangle: u32, uv: [f32; 2]) -> [Vec2; 2] {
    let corners = mesh.triangles[triangle as usize];
    std::array::from_fn(|set| {
        if mesh.uvs[set].is_empty() {
            return Vec2::ZERO;
        }
        let [a, b, c] = corners.map(|i| mesh.uvs[set][i as usize]);
        a + (b - a) * uv[0] + (c - a) * uv[1]
    })
}

#[inline]
fn color_at(mesh: &Mesh, triangle: u32, uv: [f32; 2]) -> Vec4 {
    if mesh.colors.is_empty() {
        return Vec4::ONE;
    }
    let [a, b, c] = mesh.triangles[triangle as usize].map(|i| mesh.colors[i as usize]);
    a + (b - a) * uv[0] + (c - a) * uv[1]
}

/// Whether a point of a triangle is a surface at all.
#[inline]
pub fn presence(
    mesh: &Mesh,
    material: &RenderMaterial,
    textures: &[MipTexture],
    triangle: u32,
    uv: [f32; 2],
) -> Presence {
    material.presence(
        textures,
        uvs_at(mesh, triangle, uv),
        color_at(mesh, triangle, uv).w,
    )
}

impl SurfacePoint {
    /// The point where `ray` meets the plane of a triangle. `pixel_rad` is the angle a pixel
    /// spans, for texture filtering.
    #[inline]
    pub fn new(mesh: &Mesh, draw: &Draw, ray: &Ray, hit: &Hit, pixel_rad: f32) -> Self {
        let uv = hit.uv;
        let [ia, ib, ic] = mesh.triangles[hit.triangle as usize].map(|i| i as usize);
        let [a, b, c] = [ia, ib, ic].map(|i| mesh.positions[i]);
        let (e1, e2) = (b - a, c - a);
        let in_mesh = a + e1 * uv[0] + e2 * uv[1];
        // The plain cross product of world edges is right for mirrored transforms too, up to its
        // sign, which is set by the viewer.
        let matrix = draw.world_from_mesh.matrix3;
        let world_cross = (matrix * e1).cross(matrix * e2);
        let towards = |n: Vec3| if n.dot(ray.direction) > 0.0 { -n } else { n };
        let geometric_normal = towards(world_cross.normalize_or(Vec3::Z));
        let normal = mesh.normals[ia] * (1.0 - uv[0] - uv[1])
            + mesh.normals[ib] * uv[0]
            + mesh.normals[ic] * uv[1];
        // Normals go by the inverse transpose.
        let mut normal =
            (draw.mesh_from_world.matrix3.transpose() * normal).normalize_or(geometric_normal);
        if normal.dot(geometric_normal) < 0.0 {
            normal = -normal;
        }
        let length = ray.direction.length();
        let cosine = (geometric_normal.dot(ray.direction).abs() / length).max(0.05);
        let width = hit.t * length * pixel_rad;
        let world_area = world_cross.length();
        let uv_footprint = std::array::from_fn(|set| {
            if mesh.uvs[set].is_empty() || world_area == 0.0 {
                return 0.0;
            }
            let [a, b, c] = [ia, ib, ic].map(|i| mesh.uvs[set][i]);
            (b - a).perp_dot(c - a).abs() / world_area * width * width / cosine
        });
        Self {
            position: draw.world_from_mesh.transform_point3(in_mesh),
            geometric_normal,
            normal,
            uvs: uvs_at(mesh, hit.triangle, uv),
            uv_footprint,
            color: color_at(mesh, hit.triangle, uv),
            in_mesh,
        }
    }

    /// The shading normal with the material's normal map, unit, world frame.
    #[inline]
    pub fn shading_normal(
        &self,
        mesh: &Mesh,
        draw: &Draw,
        hit: &Hit,
        material: &RenderMaterial,
        textures: &[MipTexture],
    ) -> Vec3 {
        let Some((uv_set, in_tangents)) = material.mapped_normal(textures, self) else {
            return self.normal;
        };
        let uv = hit.uv;
        let corners = mesh.triangles[hit.triangle as usize].map(|i| i as usize);
        let matrix = draw.world_from_mesh.matrix3;
        let (tangent, handedness) = if mesh.tangents.is_empty() {
            let set = &mesh.uvs[uv_set as usize];
            let [p, q, r] = corners.map(|i| mesh.positions[i]);
            let [a, b, c] = corners.map(|i| set[i]);
            let (d1, d2) = (b - a, c - a);
            let det = d1.perp_dot(d2);
            if det == 0.0 {
                return self.normal;
            }
            let tangent = ((q - p) * d2.y - (r - p) * d1.y) / det;
            (tangent, if det > 0.0 { -1.0 } else { 1.0 })
        } else {
            let [a, b, c] = corners.map(|i| mesh.tangents[i]);
            let t = a * (1.0 - uv[0] - uv[1]) + b * uv[0] + c * uv[1];
            (t.truncate(), if t.w < 0.0 { -1.0 } else { 1.0 })
        };
        let n = self.normal;
        let t = matrix * tangent;
        let t = (t - n * n.dot(t)).normalize_or_zero();
        // glTF's V runs down and the map's green up: an unmirrored layout has det < 0.
        let mirror = if draw.mirrored {
            -handedness
        } else {
            handedness
        };
        let b = n.cross(t) * mirror;
        let mapped = t * in_tangents.x + b * in_tangents.y + n * in_tangents.z;
        let mapped = mapped.normalize_or(n);
        if mapped.dot(self.geometric_normal) <= 0.01 {
            n
        } else {
            mapped
        }
    }
}
