// Label planes from visibility; see cpu/planes.rs.

fn put(plane: u32, index: u32, value: u32) {
    planes[plane + index] = value;
}

fn put_vec3(plane: u32, pixel: u32, value: vec3f) {
    planes[plane + 3u * pixel] = bitcast<u32>(value.x);
    planes[plane + 3u * pixel + 1u] = bitcast<u32>(value.y);
    planes[plane + 3u * pixel + 2u] = bitcast<u32>(value.z);
}

fn z_depth(ray: Ray, t: f32) -> f32 {
    if (is_fisheye()) {
        let axis = rotate(batch_f(view_at + 3u), vec3f(0.0, 0.0, 1.0));
        return max(t * dot(axis, ray.direction), 0.0);
    }
    return t;
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
    let offsets = array<vec4u, 3>(batch[view_at + 14u], batch[view_at + 15u], batch[view_at + 16u]);
    let direction = camera_direction(1u, at.x, at.y);
    let ray = world_ray(direction.xyz);
    let next_rotation = batch_f(view_at + 8u);
    let next_translation = batch_f(view_at + 9u).xyz;

    var instance = 0u;
    var class_part = 0u;
    var depth = 0.0;
    var normal = vec3f(0.0);
    var coords = vec3f(0.0);
    var albedo = 0u;
    var behind_depth = 0.0;
    var behind_instance = 0u;
    if (seen.x == NONE) {
        if (wants(WANTS_FLOW)) {
            if (direction.w != 0.0) {
                put_flow(offsets[1].z, pixel, at, rotate(next_rotation, ray.direction));
            } else {
                put_flow(offsets[1].z, pixel, at, vec3f(0.0, 0.0, -1.0));
            }
        }
    } else {
        let draw = draws_at + DRAW_SIZE * seen.x;
        let record = batch[draw];
        instance = record.x;
        class_part = record.y;
        let hit = hit_on(ray, seen.x, seen.y);
        depth = z_depth(ray, hit.t);
        if (wants(WANTS_BEHIND) && seen.z != NONE) {
            behind_instance = batch[draws_at + DRAW_SIZE * seen.z].x;
            behind_depth = depth;
            if (any(seen.xy != seen.zw)) {
                behind_depth = z_depth(ray, hit_on(ray, seen.z, seen.w).t);
            }
        }
        if (wants(WANTS_NORMAL | WANTS_OBJECT_COORDS | WANTS_FLOW | WANTS_ALBEDO)) {
            let point = surface_point(ray, hit);
            if (wants(WANTS_NORMAL)) {
                let q = batch_f(view_at + 3u);
                normal = rotate(vec4f(-q.xyz, q.w), shading_normal(point, hit));
            }
            let in_object = transform_point(draw + 8u, point.in_mesh);
            let size = max(batch_f(draw + 12u).xyz, vec3f(1e-9));
            coords = clamp((in_object - batch_f(draw + 11u).xyz) / size, vec3f(0.0), vec3f(1.0));
            if (wants(WANTS_FLOW)) {
                let world = rotate(batch_f(draw + 13u), in_object) + batch_f(draw + 14u).xyz;
                put_flow(offsets[1].z, pixel, at, rotate(next_rotation, world) + next_translation);
            }
            if (wants(WANTS_ALBEDO)) {
                albedo = encode(base_color_at(record.w, point));
            }
        }
    }
    if (wants(WANTS_Z_DEPTH)) {
        put(offsets[0].z, pixel, bitcast<u32>(depth));
    }
    if (wants(WANTS_INSTANCE)) {
        put(offsets[0].w, pixel, instance);
    }
    if (wants(WANTS_CLASS_PART)) {
        put(offsets[1].x, pixel, class_part);
    }
    if (wants(WANTS_NORMAL)) {
        put_vec3(offsets[1].y, pixel, normal);
    }
    if (wants(WANTS_OBJECT_COORDS)) {
        put_vec3(offsets[1].w, pixel, coords);
    }
    if (wants(WANTS_BEHIND)) {
        put(offsets[2].y, pixel, bitcast<u32>(behind_depth));
        put(offsets[2].z, pixel, behind_instance);
    }
    if (wants(WANTS_ALBEDO)) {
        // For the pass that packs; the opaque triangle is not needed after this.
        scratch[seen_at].z = albedo;
    }
}
