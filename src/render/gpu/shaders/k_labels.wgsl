// The plain label planes; see cpu/planes.rs. Those that need more of the surface are another
// kernel's, so that who wants few planes does not pay for all.

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
    var instance = 0u;
    var class_part = 0u;
    var depth = 0.0;
    if (seen.x != NONE) {
        let record = batch[draws_at + DRAW_SIZE * seen.x];
        instance = record.x;
        class_part = record.y;
        depth = z_depth(ray, hit_on(ray, seen.x, seen.y).t);
    }
    let offsets = batch[view_at + 14u];
    if (wants(WANTS_Z_DEPTH)) {
        planes[offsets.z + pixel] = bitcast<u32>(depth);
    }
    if (wants(WANTS_INSTANCE)) {
        planes[offsets.w + pixel] = instance;
    }
    if (wants(WANTS_CLASS_PART)) {
        planes[batch[view_at + 15u].x + pixel] = class_part;
    }
}
