// Packs colour and albedo: three words for four pixels.

fn put_four(plane: u32, quad: u32, p: vec4u) {
    let at = plane + 3u * quad;
    planes[at] = (p.x & 0xffffffu) | (p.y << 24u);
    planes[at + 1u] = ((p.y >> 8u) & 0xffffu) | (p.z << 16u);
    planes[at + 2u] = ((p.z >> 16u) & 0xffu) | (p.w << 8u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let band = band_of(group.z);
    enter_view(band.view);
    // Bands start at rows that are multiples of four, so that no four pixels are in two bands.
    let first = band.y_out * view_size.x + 4u * (group.x * 64u + local);
    let end = band.y_end * view_size.x;
    if (first >= end) {
        return;
    }
    var color = vec4u(0u);
    var albedo = vec4u(0u);
    for (var k = 0u; k < 4u; k++) {
        if (first + k < end) {
            let pixel = band.scratch + first + k - band.y0 * view_size.x;
            color[k] = scratch[chunk.pixels + pixel].w;
            albedo[k] = scratch[chunk.vis + pixel].z;
        }
    }
    if (wants(WANTS_COLOR)) {
        put_four(batch[view_at + 14u].x, first / 4u, color);
    }
    if (wants(WANTS_ALBEDO)) {
        put_four(batch[view_at + 16u].x, first / 4u, albedo);
    }
}
