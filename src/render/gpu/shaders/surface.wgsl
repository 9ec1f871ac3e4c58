// From (ray, triangle) to everything known of that point of the surface; see surface.rs.

struct SurfacePoint {
    t: f32,
    position: vec3f,
    // Unit, towards the ray's origin.
    geometric_normal: vec3f,
    // Interpolated, on the same side.
    normal: vec3f,
    uvs: vec4f,
    // Area of UV space that the pixel covers, by UV set.
    uv_footprint: vec2f,
    color: vec4f,
    in_mesh: vec3f,
}

// Where a mesh's tables are in `words`; 0 for one it does not have.
const MESH_TRIANGLES: u32 = 0u;
const MESH_POSITIONS: u32 = 1u;
const MESH_NORMALS: u32 = 2u;
const MESH_TANGENTS: u32 = 3u;
const MESH_UVS: u32 = 4u;
const MESH_COLORS: u32 = 6u;

fn triangle_of(mesh: u32, triangle: u32) -> vec3u {
    let at = words[mesh + MESH_TRIANGLES] + 3u * triangle;
    return vec3u(words[at], words[at + 1u], words[at + 2u]);
}

struct Corners {
    a: vec3f,
    // From the first corner to the others.
    e1: vec3f,
    e2: vec3f,
}

fn corners_of(mesh: u32, triangle: u32) -> Corners {
    let i = triangle_of(mesh, triangle);
    let at = words[mesh + MESH_POSITIONS];
    let a = word_vec3(at + 3u * i.x);
    return Corners(a, word_vec3(at + 3u * i.y) - a, word_vec3(at + 3u * i.z) - a);
}

// Not unit: its length is twice the triangle's area; world frame.
fn triangle_normal(draw_at: u32, mesh: u32, triangle: u32) -> vec3f {
    let t = corners_of(mesh, triangle);
    return cross(transform_direction(draw_at + 2u, t.e1), transform_direction(draw_at + 2u, t.e2));
}

// Where the plane of a triangle meets a ray, not limited to the triangle's inside.
fn hit_on(ray: Ray, draw: u32, triangle: u32) -> Hit {
    let at = draws_at + DRAW_SIZE * draw;
    let tri = corners_of(batch[at].z, triangle);
    let origin = transform_point(at + 5u, ray.origin);
    let direction = transform_direction(at + 5u, ray.direction);
    let p = cross(direction, tri.e2);
    let s = origin - tri.a;
    let q = cross(s, tri.e1);
    let inverse = 1.0 / dot(tri.e1, p);
    return Hit(dot(tri.e2, q) * inverse, draw, triangle, vec2f(dot(s, p), dot(direction, q)) * inverse);
}

// Distance along the optical axis of the point at ray parameter `t`.
fn z_depth(ray: Ray, t: f32) -> f32 {
    if (is_fisheye()) {
        let axis = rotate(batch_f(view_at + 3u), vec3f(0.0, 0.0, 1.0));
        return max(t * dot(axis, ray.direction), 0.0);
    }
    return t;
}

fn uv_at(mesh: u32, uv_set: u32, i: vec3u, uv: vec2f) -> vec2f {
    let at = words[mesh + MESH_UVS + uv_set];
    if (at == 0u) {
        return vec2f(0.0);
    }
    let a = word_vec2(at + 2u * i.x);
    return a + (word_vec2(at + 2u * i.y) - a) * uv.x + (word_vec2(at + 2u * i.z) - a) * uv.y;
}

// Both UV sets.
fn uvs_at(mesh: u32, hit: Hit) -> vec4f {
    let i = triangle_of(mesh, hit.triangle);
    return vec4f(uv_at(mesh, 0u, i, hit.uv), uv_at(mesh, 1u, i, hit.uv));
}

fn color_at(mesh: u32, hit: Hit) -> vec4f {
    let at = words[mesh + MESH_COLORS];
    if (at == 0u) {
        return vec4f(1.0);
    }
    let i = triangle_of(mesh, hit.triangle);
    let a = word_vec4(at + 4u * i.x);
    return a + (word_vec4(at + 4u * i.y) - a) * hit.uv.x + (word_vec4(at + 4u * i.z) - a) * hit.uv.y;
}

fn cross_2(a: vec2f, b: vec2f) -> f32 {
    return a.x * b.y - a.y * b.x;
}

fn uv_area(mesh: u32, uv_set: u32, i: vec3u) -> f32 {
    let at = words[mesh + MESH_UVS + uv_set];
    if (at == 0u) {
        return 0.0;
    }
    let a = word_vec2(at + 2u * i.x);
    return abs(cross_2(word_vec2(at + 2u * i.y) - a, word_vec2(at + 2u * i.z) - a));
}

fn surface_point(ray: Ray, hit: Hit) -> SurfacePoint {
    let draw = draws_at + DRAW_SIZE * hit.draw;
    let mesh = batch[draw].z;
    let uv = hit.uv;
    let i = triangle_of(mesh, hit.triangle);
    let tri = corners_of(mesh, hit.triangle);
    let in_mesh = tri.a + tri.e1 * uv.x + tri.e2 * uv.y;
    let world_cross = cross(
        transform_direction(draw + 2u, tri.e1),
        transform_direction(draw + 2u, tri.e2),
    );
    var geometric_normal = unit_or(world_cross, vec3f(0.0, 0.0, 1.0));
    if (dot(geometric_normal, ray.direction) > 0.0) {
        geometric_normal = -geometric_normal;
    }
    let at = words[mesh + MESH_NORMALS];
    let smooth_normal = word_vec3(at + 3u * i.x) * (1.0 - uv.x - uv.y)
        + word_vec3(at + 3u * i.y) * uv.x
        + word_vec3(at + 3u * i.z) * uv.y;
    // Normals go by the inverse transpose.
    var normal = unit_or(transform_transposed(draw + 5u, smooth_normal), geometric_normal);
    if (dot(normal, geometric_normal) < 0.0) {
        normal = -normal;
    }
    let span = length(ray.direction);
    let cosine = max(abs(dot(geometric_normal, ray.direction)) / span, 0.05);
    let width = hit.t * span * footprint_rad;
    let world_area = length(world_cross);
    var footprint = vec2f(0.0);
    if (world_area > 0.0) {
        footprint = vec2f(uv_area(mesh, 0u, i), uv_area(mesh, 1u, i)) / world_area * width * width / cosine;
    }
    return SurfacePoint(
        hit.t,
        transform_point(draw + 2u, in_mesh),
        geometric_normal,
        normal,
        uvs_at(mesh, hit),
        footprint,
        color_at(mesh, hit),
        in_mesh,
    );
}

// The shading normal with the material's normal map, unit, world frame.
fn shading_normal(p: SurfacePoint, hit: Hit) -> vec3f {
    let draw = draws_at + DRAW_SIZE * hit.draw;
    let mesh = batch[draw].z;
    let material = batch[draw].w;
    let slot = material_slot(material, SLOT_NORMAL);
    if (slot.x == NONE) {
        return p.normal;
    }
    let scale = batch_f(material + 1u).z;
    let texel = sample_slot(slot, p.uvs, p.uv_footprint).xyz * 2.0 - 1.0;
    let in_tangents = unit_or(vec3f(texel.xy * scale, texel.z), vec3f(0.0, 0.0, 1.0));
    let uv = hit.uv;
    let i = triangle_of(mesh, hit.triangle);
    var tangent = vec3f(0.0);
    var handedness = 1.0;
    let tangents = words[mesh + MESH_TANGENTS];
    if (tangents == 0u) {
        let at = words[mesh + MESH_UVS + slot.y];
        if (at == 0u) {
            return p.normal;
        }
        let tri = corners_of(mesh, hit.triangle);
        let a = word_vec2(at + 2u * i.x);
        let d1 = word_vec2(at + 2u * i.y) - a;
        let d2 = word_vec2(at + 2u * i.z) - a;
        let det = cross_2(d1, d2);
        if (det == 0.0) {
            return p.normal;
        }
        tangent = (tri.e1 * d2.y - tri.e2 * d1.y) / det;
        handedness = select(1.0, -1.0, det > 0.0);
    } else {
        let t = word_vec4(tangents + 4u * i.x) * (1.0 - uv.x - uv.y)
            + word_vec4(tangents + 4u * i.y) * uv.x
            + word_vec4(tangents + 4u * i.z) * uv.y;
        tangent = t.xyz;
        handedness = select(1.0, -1.0, t.w < 0.0);
    }
    let n = p.normal;
    let along = transform_direction(draw + 2u, tangent);
    let t = unit_or(along - n * dot(n, along), vec3f(0.0));
    // glTF's V runs down and the map's green up: an unmirrored layout has det < 0.
    let mirror = select(handedness, -handedness, (batch[draw + 1u].x & MIRRORED) != 0u);
    let b = cross(n, t) * mirror;
    let mapped = unit_or(t * in_tangents.x + b * in_tangents.y + n * in_tangents.z, n);
    if (dot(mapped, p.geometric_normal) <= 0.01) {
        return n;
    }
    return mapped;
}
