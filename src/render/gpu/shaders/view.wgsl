// The view and the band of the thread at hand, and its camera.

struct Ray {
    origin: vec3f,
    // Any length but zero; hits count in it.
    direction: vec3f,
}

// Rows of a view that one chunk does; `scratch` is the first pixel in the chunk's memory. Rows
// y_out … y_end are written, those around them only help the filter.
struct Band {
    view: u32,
    y0: u32,
    rows: u32,
    scratch: u32,
    y_out: u32,
    y_end: u32,
}

// Of the view at hand, in `batch` unless said otherwise; set by `enter_view`.
var<private> view_at: u32;
var<private> view_size: vec2u;
// In `nodes`; NONE if nothing is in the world.
var<private> top_level: u32;
var<private> draws_at: u32;
var<private> lights_at: u32;
var<private> environment_at: u32;
// Angle that a ray's footprint spans, for textures.
var<private> footprint_rad: f32;

fn enter_view(at: u32) {
    view_at = at;
    view_size = batch[at].xy;
    let frame = batch[at + 1u];
    top_level = frame.x;
    draws_at = frame.y;
    lights_at = frame.z;
    environment_at = frame.w;
    footprint_rad = pixel_rad();
}

// Angle one pixel spans near the optical axis.
fn pixel_rad() -> f32 {
    return batch_f(view_at + 4u).w;
}

fn band_of(index: u32) -> Band {
    let a = batch[chunk.bands + 2u * index];
    let b = batch[chunk.bands + 2u * index + 1u];
    return Band(a.x, a.y, a.z, a.w, b.x, b.y);
}

// Threads of a workgroup take the pixels of an 8×8 tile so that neighbours in number are
// neighbours in the image.
fn tile_pixel(group: vec3u, local: u32) -> vec2u {
    let x = (local & 1u) | ((local >> 1u) & 2u) | ((local >> 2u) & 4u);
    let y = ((local >> 1u) & 1u) | ((local >> 2u) & 2u) | ((local >> 3u) & 4u);
    return 8u * group.xy + vec2u(x, y);
}

fn wants(bits: u32) -> bool {
    return (batch[view_at + 13u].x & bits) != 0u;
}

fn is_fisheye() -> bool {
    return batch[view_at].z == 2u;
}

// Direction in the camera frame of sample (x, y) of a grid of `side` samples a pixel's side; w is
// 0 where the lens sees nothing.
fn camera_direction(side: u32, x: u32, y: u32) -> vec4f {
    if (batch[view_at].z == 0u) {
        let k = batch_f(view_at + 5u);
        let p = (vec2f(f32(x), f32(y)) + 0.5) / f32(side);
        return vec4f((p - k.zw) / k.xy, 1.0, 1.0);
    }
    let tables = batch[view_at + 2u].zw;
    let table = select(tables.y, tables.x, side == 1u);
    return batch_f(table + y * view_size.x * side + x);
}

fn world_ray(in_camera: vec3f) -> Ray {
    return Ray(batch_f(view_at + 4u).xyz, rotate(batch_f(view_at + 3u), in_camera));
}

// Of the arc tangent's reduced range: fdlibm's s_atanf.c, error under 1 ulp; what `atan2` may be
// off by in WGSL would show in fisheye flow.
fn atan_reduced(x: f32) -> f32 {
    let z = x * x;
    let w = z * z;
    let odd = z * (0.33333328366 + w * (0.14253635705 + w * 0.061687607318));
    let even = w * (-0.19999158382 + w * -0.10648017377);
    return x - x * (odd + even);
}

// Angle of (x, y) from the x axis, y ≥ 0.
fn angle(y: f32, x: f32) -> f32 {
    let large = max(abs(x), y);
    let small = min(abs(x), y);
    if (large == 0.0) {
        return 0.0;
    }
    var r = small / large;
    var turn = 0.0;
    if (r > 0.414213562) {
        turn = 0.785398163;
        r = (r - 1.0) / (r + 1.0);
    }
    var theta = turn + atan_reduced(r);
    if (y > abs(x)) {
        theta = FRAC_PI_2 - theta;
    }
    return select(PI - theta, theta, x >= 0.0);
}

// Pixel position of a point in a camera frame; z is 0 where the lens sees nothing.
fn project(p: vec3f) -> vec3f {
    let k = batch_f(view_at + 5u);
    let lens = batch[view_at].z;
    let c = batch_f(view_at + 6u);
    let more = batch_f(view_at + 7u);
    let limit = more.y;
    var d = vec2f(0.0);
    if (lens == 2u) {
        let r = length(p.xy);
        let theta = angle(r, p.z);
        if (!(theta < limit)) {
            return vec3f(0.0);
        }
        let t2 = theta * theta;
        let bent = theta * (1.0 + t2 * (c.x + t2 * (c.y + t2 * (c.z + t2 * c.w))));
        if (r > 1e-12) {
            d = p.xy * (bent / r);
        }
    } else {
        if (!(p.z > 1e-9)) {
            return vec3f(0.0);
        }
        d = p.xy / p.z;
        if (lens == 1u) {
            let r2 = dot(d, d);
            if (!(r2 < limit * limit)) {
                return vec3f(0.0);
            }
            // c: k1, k2, p1, p2; more.x: k3.
            let s = 1.0 + r2 * (c.x + r2 * (c.y + r2 * more.x));
            let xy = 2.0 * d.x * d.y;
            d = vec2f(
                d.x * s + c.z * xy + c.w * (r2 + 2.0 * d.x * d.x),
                d.y * s + c.z * (r2 + 2.0 * d.y * d.y) + c.w * xy,
            );
        }
    }
    return vec3f(k.xy * d + k.zw, 1.0);
}
