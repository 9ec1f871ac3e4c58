// Evens out the sampled visibilities (cpu/filter.rs) and makes the colour (cpu/color.rs).

// The unblocked shares of area light and of ambient light at a point, averaged with neighbours on
// the same smooth surface.
fn open_shares(here: Shade, band: Band, at: vec2u) -> vec2f {
    var open = here.area_open;
    var ambient = here.ambient_open;
    var weight = 1.0;
    if (here.footprint_m > 0.0) {
        for (var k = 0u; k < 25u; k++) {
            let dx = i32(k % 5u) - 2;
            let dy = i32(k / 5u) - 2;
            let p = vec2i(at) + vec2i(dx, dy);
            let inside = p.x >= 0 && p.x < i32(view_size.x)
                && p.y >= i32(band.y0) && p.y < i32(band.y0 + band.rows);
            if (k == 12u || !inside) {
                continue;
            }
            let pixel = band.scratch + u32(p.y - i32(band.y0)) * view_size.x + u32(p.x);
            let other = load_shade(chunk.points + POINT_SIZE * scratch[chunk.pixels + pixel].z);
            if (other.footprint_m == 0.0 || dot(here.normal, other.normal) < 0.9) {
                continue;
            }
            if (abs(dot(here.normal, other.position - here.position)) > 2.0 * here.footprint_m) {
                continue;
            }
            // The outer rows and columns are half of the same block pixel.
            let w = select(1.0, 0.5, abs(dx) == 2) * select(1.0, 0.5, abs(dy) == 2);
            weight += w;
            open += w * other.area_open;
            ambient += w * other.ambient_open;
        }
    }
    return vec2f(select(1.0, open.x / open.y, open.y > 0.0), ambient / weight);
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
    let pixel = band.scratch + (at.y - band.y0) * view_size.x + at.x;
    let record = scratch[chunk.pixels + pixel];
    let gains = batch_f(view_at + 10u);
    let whole = f32(chunk.side * chunk.side);
    var color = vec3f(0.0);
    var linear = vec3f(0.0);
    for (var k = record.x; k < record.x + record.y; k++) {
        let point = chunk.points + POINT_SIZE * k;
        let s = load_shade(point);
        var open = vec2f(1.0);
        // w: whether anything is sampled in this view.
        if (gains.w != 0.0) {
            open = open_shares(s, band, at);
        }
        let weight = f32(scratch[point].z >> 24u) / whole;
        let exposed = (s.fixed_light + s.area * open.x + s.ambient * open.y) * gains.xyz;
        color += neutral(exposed) * weight;
        linear += exposed * weight;
    }
    scratch[chunk.pixels + pixel].w = encode(color);
    if (wants(WANTS_RADIANCE)) {
        let plane = batch[view_at + 14u].y + 3u * (at.y * view_size.x + at.x);
        planes[plane] = bitcast<u32>(linear.x);
        planes[plane + 1u] = bitcast<u32>(linear.y);
        planes[plane + 2u] = bitcast<u32>(linear.z);
    }
}
