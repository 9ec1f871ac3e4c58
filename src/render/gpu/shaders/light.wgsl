// Lights; see light.rs. Lights without size are 3 vectors each, then rectangles, 5 each.

const DELTA_SIZE: u32 = 3u;
const RECT_SIZE: u32 = 5u;
const CASTS_SHADOW: u32 = 4u;
const KIND_SPOT: u32 = 1u;
const KIND_DIRECTIONAL: u32 = 2u;

struct Incident {
    // Unit, towards the light.
    towards: vec3f,
    distance_m: f32,
    // Illuminance of a surface that faces the light.
    lux: vec3f,
    casts_shadow: bool,
}

fn delta_count() -> u32 {
    return batch[view_at + 2u].x;
}

fn rect_count() -> u32 {
    return batch[view_at + 2u].y;
}

fn incident(index: u32, position: vec3f) -> Incident {
    let at = lights_at + DELTA_SIZE * index;
    let place = batch_f(at);
    let what = batch[at].w;
    let strength = batch_f(at + 1u);
    let kind = what & 3u;
    let casts = (what & CASTS_SHADOW) != 0u;
    if (kind == KIND_DIRECTIONAL) {
        return Incident(place.xyz, INFINITY, strength.xyz, casts);
    }
    let offset = place.xyz - position;
    let squared = max(dot(offset, offset), 1e-8);
    let distance_m = sqrt(squared);
    let towards = offset / distance_m;
    var lux = strength.xyz / squared;
    if (kind == KIND_SPOT) {
        let cone = batch_f(at + 2u);
        let cosine = -dot(towards, cone.xyz);
        let x = clamp((cosine - cone.w) / max(strength.w - cone.w, 1e-4), 0.0, 1.0);
        lux *= x * x;
    }
    return Incident(towards, distance_m, lux, casts);
}

struct RectLight {
    center: vec3f,
    axis_u: vec3f,
    axis_v: vec3f,
    normal: vec3f,
    nits: vec3f,
    casts_shadow: bool,
}

fn rect_light(index: u32) -> RectLight {
    let at = lights_at + DELTA_SIZE * delta_count() + RECT_SIZE * index;
    return RectLight(
        batch_f(at).xyz,
        batch_f(at + 1u).xyz,
        batch_f(at + 2u).xyz,
        batch_f(at + 3u).xyz,
        batch_f(at + 4u).xyz,
        batch[at].w != 0u,
    );
}

fn rect_point(l: RectLight, u: f32, v: f32) -> vec3f {
    return l.center + l.axis_u * u + l.axis_v * v;
}

fn rect_area(l: RectLight) -> f32 {
    return 4.0 * length(l.axis_u) * length(l.axis_v);
}

// θ / sin θ of the angle with this cosine; the fit of light.rs.
fn arc_over_sine(cosine: f32) -> f32 {
    let x = abs(cosine);
    let top = FRAC_PI_2 + x * (1.646019 + x * (0.3599778 + x * 0.00468678));
    let bottom = 1.0 + x * (1.6845079 + x * (0.8015628 + x * 0.09540927));
    let g = top / bottom;
    if (cosine >= 0.0) {
        return g;
    }
    return PI / sqrt(max(1.0 - x * x, 1e-7)) - g;
}

// π × the form factor from a surface element to the rectangle, the part below the horizon cut:
// Lambert's polygon formula. The sum runs along the clipped polygon without storing it.
fn form_factor_pi(l: RectLight, position: vec3f, normal: vec3f) -> f32 {
    if (dot(position - l.center, l.normal) <= 0.0) {
        return 0.0;
    }
    var points = array<vec3f, 4>(
        rect_point(l, -1.0, -1.0) - position,
        rect_point(l, 1.0, -1.0) - position,
        rect_point(l, 1.0, 1.0) - position,
        rect_point(l, -1.0, 1.0) - position,
    );
    var sum = 0.0;
    var count = 0u;
    var first = vec3f(0.0);
    var last = vec3f(0.0);
    for (var i = 0u; i < 4u; i++) {
        let a = points[i];
        let b = points[(i + 1u) & 3u];
        let ha = dot(a, normal);
        let hb = dot(b, normal);
        // The corner itself, then where the edge crosses the horizon.
        for (var k = 0u; k < 2u; k++) {
            if (select((ha > 0.0) != (hb > 0.0), ha > 0.0, k == 0u)) {
                var p = a;
                if (k == 1u) {
                    p = a + (b - a) * (ha / (ha - hb));
                }
                p = unit_or(p, normal);
                if (count == 0u) {
                    first = p;
                } else {
                    sum += dot(cross(last, p), normal) * arc_over_sine(dot(last, p));
                }
                last = p;
                count += 1u;
            }
        }
    }
    if (count < 3u) {
        return 0.0;
    }
    sum += dot(cross(last, first), normal) * arc_over_sine(dot(last, first));
    return 0.5 * abs(sum);
}

// A cheap stand-in, good from a few sizes away.
fn form_factor_far(l: RectLight, position: vec3f, normal: vec3f) -> f32 {
    let offset = l.center - position;
    let squared = dot(offset, offset);
    let area = rect_area(l);
    let cosines = max(dot(offset, normal), 0.0) * max(-dot(offset, l.normal), 0.0);
    return cosines * area / max(squared * (squared + area * FRAC_1_PI), 1e-12);
}

// The point of the rectangle nearest to the line from `position` along `direction`.
fn nearest_to_ray(l: RectLight, position: vec3f, direction: vec3f) -> vec3f {
    let facing = dot(direction, l.normal);
    let offset = l.center - position;
    var reach = 2.0 * length(offset);
    if (facing < -1e-4) {
        reach = dot(offset, l.normal) / facing;
    }
    let from_center = direction * reach - offset;
    let u = clamp(dot(from_center, l.axis_u) / max(dot(l.axis_u, l.axis_u), 1e-12), -1.0, 1.0);
    let v = clamp(dot(from_center, l.axis_v) / max(dot(l.axis_v, l.axis_v), 1e-12), -1.0, 1.0);
    return rect_point(l, u, v);
}
