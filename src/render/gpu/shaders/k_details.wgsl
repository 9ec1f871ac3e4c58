// Label planes that look at the surface itself, or through it; see cpu/planes.rs.

fn put_vec3(plane: u32, pixel: u32, value: vec3f) {
    planes[plane + 3u * pixel] = bitcast<u32>(value.x);
    planes[plane + 3u * pixel + 1u] = bitcast<u32>(value.y);
    planes[plane + 3u * pixel + 2u] = bitcast<u32>(value.z);
}

// NaN by its bits: WGSL may not have it as a number.
const NAN: u32 = 0x7fc00000u;

fn put_flow(plane: u32, pixel: u32, at: vec2u, in_camera_next: vec3f) {
    let next = project(in_camera_next);
    var flow = vec2u(NAN);
    if (next.z != 0.0) {
        flow = bitcast<vec2u>(next.xy - (vec2f(at) + 0.5));
    }
    planes[plane + 2u * pixel] = flow.x;
    planes[plane + 2u * pixel + 1u] = flow.y;
}

// A point of the world, `flow_secs` later, in the camera's frame then.
fn camera_next(world: vec3f) -> vec3f {
    return rotate(batch_f(view_at + 8u), world) + batch_f(view_at + 9u).xyz;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let band = band_of(group.z);
    enter_view(band.view);
    let tile = tile_pixel(group, local);
    let at = vec2u(tile.x, tile.y + band.y_out);
    if (at.x >= view_size.x || at.y >= band.y_end) {
        return;
    }
    let pixel = at.y * view_size.x + at.x;
    let seen_at = chunk.vis + band.scratch + (at.y - band.y0) * view_size.x + at.x;
    let seen = scratch[seen_at];
    let direction = camera_direction(1u, at.x, at.y);
    let ray = world_ray(direction.xyz);
    let offsets = batch[view_at + 15u];
    var normal = vec3f(0.0);
    var coords = vec3f(0.0);
    var albedo = 0u;
    var behind_depth = 0.0;
    var behind_instance = 0u;
    // Behind the camera, so that it has no flow, where the lens sees nothing.
    var next = vec3f(0.0, 0.0, -1.0);
    if (seen.x == NONE) {
        if (direction.w != 0.0) {
            next = rotate(batch_f(view_at + 8u), ray.direction);
        }
    } else {
        let draw = draws_at + DRAW_SIZE * seen.x;
        let hit = hit_on(ray, seen.x, seen.y);
        if (seen.z != NONE) {
            behind_instance = batch[draws_at + DRAW_SIZE * seen.z].x;
            behind_depth = z_depth(ray, hit_on(ray, seen.z, seen.w).t);
        }
        let point = surface_point(ray, hit);
        if (wants(WANTS_NORMAL)) {
            let q = batch_f(view_at + 3u);
            normal = rotate(vec4f(-q.xyz, q.w), shading_normal(point, hit));
        }
        let in_object = transform_point(draw + 8u, point.in_mesh);
        let size = max(batch_f(draw + 12u).xyz, vec3f(1e-9));
        coords = clamp((in_object - batch_f(draw + 11u).xyz) / size, vec3f(0.0), vec3f(1.0));
        next = camera_next(rotate(batch_f(draw + 13u), in_object) + batch_f(draw + 14u).xyz);
        if (wants(WANTS_ALBEDO)) {
            albedo = encode(base_color_at(batch[draw].w, point));
        }
    }
    if (wants(WANTS_NORMAL)) {
        put_vec3(offsets.y, pixel, normal);
    }
    if (wants(WANTS_FLOW)) {
        put_flow(offsets.z, pixel, at, next);
    }
    if (wants(WANTS_OBJECT_COORDS)) {
        put_vec3(offsets.w, pixel, coords);
    }
    if (wants(WANTS_BEHIND)) {
        let behind = batch[view_at + 16u];
        planes[behind.y + pixel] = bitcast<u32>(behind_depth);
        planes[behind.z + pixel] = behind_instance;
    }
    if (wants(WANTS_ALBEDO)) {
        // For the pass that packs; the opaque triangle is not needed after this.
        scratch[seen_at].z = albedo;
    }
}
