// Visibility: the triangle each sample shows, and behind glass the first opaque one.

const NEAR_M: f32 = 0.005;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let band = band_of(group.z);
    enter_view(band.view);
    let side = chunk.trace_side;
    let at = tile_pixel(group, local);
    if (at.x >= view_size.x * side || at.y >= band.rows * side) {
        return;
    }
    let fine = side > 1u;
    var first = vec2u(NONE, 0u);
    var opaque = vec2u(NONE, 0u);
    let direction = camera_direction(side, at.x, band.y0 * side + at.y);
    if (direction.w != 0.0) {
        let ray = world_ray(direction.xyz);
        let behind = !fine && wants(WANTS_BEHIND);
        for (var layer = 0u; layer < 2u; layer++) {
            closest(ray, NEAR_M, layer, no_hit());
            if (layer == 0u) {
                first = vec2u(best.draw, best.triangle);
                opaque = first;
                if (best.draw == NONE || best_presence == SOLID || !behind) {
                    break;
                }
            } else {
                opaque = vec2u(best.draw, best.triangle);
            }
        }
    }
    if (fine) {
        let index = (band.scratch * side + at.y * view_size.x) * side + at.x;
        scratch[chunk.fine + index] = vec4u(first, 0u, 0u);
    } else {
        scratch[chunk.vis + band.scratch + at.y * view_size.x + at.x] = vec4u(first, opaque);
    }
    count_if_cut_short();
}
