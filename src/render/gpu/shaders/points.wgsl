// A point is one visible surface of one pixel, shaded once. Six vectors:
//   band, y · 2¹⁶ + x, which sample, draw
//   triangle, area light that is not blocked, all of it, share of ambient light not blocked
//   fixed light, a pixel's width there (0 if nothing was sampled)
//   area light, position x · ambient light, position y · normal, position z
// The sample: x and y in the grid of the pixel in the lowest bytes, then 1 for the fine grid, then
// the number of samples of the group in the highest byte.

// A pixel's record: first point, number of points, its heaviest point, colour.

fn store_shade(at: u32, s: Shade) {
    scratch[at + 1u].y = bitcast<u32>(s.area_open.x);
    scratch[at + 1u].z = bitcast<u32>(s.area_open.y);
    scratch[at + 1u].w = bitcast<u32>(s.ambient_open);
    scratch[at + 2u] = bitcast<vec4u>(vec4f(s.fixed_light, s.footprint_m));
    scratch[at + 3u] = bitcast<vec4u>(vec4f(s.area, s.position.x));
    scratch[at + 4u] = bitcast<vec4u>(vec4f(s.ambient, s.position.y));
    scratch[at + 5u] = bitcast<vec4u>(vec4f(s.normal, s.position.z));
}

fn load_shade(at: u32) -> Shade {
    let a = bitcast<vec4f>(scratch[at + 1u]);
    let b = bitcast<vec4f>(scratch[at + 2u]);
    let c = bitcast<vec4f>(scratch[at + 3u]);
    let d = bitcast<vec4f>(scratch[at + 4u]);
    let e = bitcast<vec4f>(scratch[at + 5u]);
    return Shade(b.xyz, c.xyz, d.xyz, a.yz, a.w, vec3f(c.w, d.w, e.w), e.xyz, b.w);
}

// Radiance of a point towards the camera, cd/m² by colour, in parts; see cpu/shade.rs.
struct Shade {
    fixed_light: vec3f,
    area: vec3f,
    ambient: vec3f,
    area_open: vec2f,
    ambient_open: f32,
    position: vec3f,
    normal: vec3f,
    footprint_m: f32,
}
