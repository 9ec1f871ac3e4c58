// From luminance to pixels; see tone.rs.

// The Khronos PBR Neutral curve.
fn neutral(linear: vec3f) -> vec3f {
    let start = 0.8 - 0.04;
    let least = min(linear.x, min(linear.y, linear.z));
    let offset = select(0.04, least - 6.25 * least * least, least < 0.08);
    let color = linear - offset;
    let peak = max(color.x, max(color.y, color.z));
    if (peak < start) {
        return color;
    }
    let d = 1.0 - start;
    let new_peak = 1.0 - d * d / (peak + d - start);
    let scaled = color * (new_peak / peak);
    let g = 1.0 - 1.0 / (0.15 * (peak - new_peak) + 1.0);
    return mix(scaled, vec3f(new_peak), g);
}

fn encoded(c: f32) -> u32 {
    let i = u32(clamp(c, 0.0, 1.0) * 65535.0 + 0.5);
    return (words[ENCODE + (i >> 2u)] >> (8u * (i & 3u))) & 255u;
}

// 8-bit sRGB by the table of tone.rs, red lowest.
fn encode(color: vec3f) -> u32 {
    return encoded(color.x) | (encoded(color.y) << 8u) | (encoded(color.z) << 16u);
}
