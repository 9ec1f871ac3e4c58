// Mip-mapped textures out of a plain buffer; see texture.rs.

fn wrapped(i: i32, n: i32, wrap: u32) -> i32 {
    if (wrap == 1u) {
        return clamp(i, 0, n - 1);
    }
    let period = select(n, 2 * n, wrap == 2u);
    let j = ((i % period) + period) % period;
    return select(j, period - 1 - j, j >= n);
}

fn texel(at: u32, srgb: bool) -> vec4f {
    let rgba = texels[at];
    let alpha = f32(rgba >> 24u) * (1.0 / 255.0);
    let bytes = vec3u(rgba & 255u, (rgba >> 8u) & 255u, (rgba >> 16u) & 255u);
    if (srgb) {
        return vec4f(
            word_f(SRGB + bytes.x),
            word_f(SRGB + bytes.y),
            word_f(SRGB + bytes.z),
            alpha,
        );
    }
    return vec4f(vec3f(bytes) / 255.0, alpha);
}

fn bilinear(header: vec4u, level: u32, uv: vec2f) -> vec4f {
    let at = header.y + 3u * level;
    let start = words[at];
    let size = vec2i(i32(words[at + 1u]), i32(words[at + 2u]));
    let p = uv * vec2f(size) - 0.5;
    let corner = floor(p);
    let f = p - corner;
    let c = vec2i(corner);
    let wrap_u = (header.x >> 8u) & 3u;
    let wrap_v = (header.x >> 10u) & 3u;
    let srgb = ((header.x >> 12u) & 1u) != 0u;
    let x0 = wrapped(c.x, size.x, wrap_u);
    let x1 = wrapped(c.x + 1, size.x, wrap_u);
    let y0 = wrapped(c.y, size.y, wrap_v) * size.x;
    let y1 = wrapped(c.y + 1, size.y, wrap_v) * size.x;
    let top = texel(start + u32(y0 + x0), srgb) * (1.0 - f.x) + texel(start + u32(y0 + x1), srgb) * f.x;
    let bottom = texel(start + u32(y1 + x0), srgb) * (1.0 - f.x) + texel(start + u32(y1 + x1), srgb) * f.x;
    return top * (1.0 - f.y) + bottom * f.y;
}

fn texture_header(index: u32) -> vec4u {
    let at = TEXTURES + 4u * index;
    return vec4u(words[at], words[at + 1u], words[at + 2u], words[at + 3u]);
}

// Linear RGBA for a footprint of `span` texels of the full image, trilinear.
fn sample_texture(header: vec4u, uv: vec2f, span: f32) -> vec4f {
    let last = (header.x & 255u) - 1u;
    var low = 0u;
    var fraction = 0.0;
    if (span > 1.0 && last > 0u) {
        let level = min(log2(span), f32(last));
        low = min(u32(level), last);
        fraction = select(level - f32(low), 0.0, low == last);
    }
    var color = vec4f(0.0);
    // A loop, so that the fetch is in the kernel once.
    for (var i = 0u; i < 2u; i++) {
        let share = select(1.0 - fraction, fraction, i == 1u);
        if (share > 0.0) {
            color += bilinear(header, low + i, uv) * share;
        }
    }
    return color;
}
