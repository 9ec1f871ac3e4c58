// Which light to sample at a point, and how likely that was when a path finds a light by itself;
// see emitters.rs. At `emitters_at`: number of emissive triangles, their power, where the table of
// importance is, where marks of rectangles are; where triangles are; then by draw what its
// emission is to paths.

// The lamp's own surface may be a little before or behind its light.
const LAMP_REACH_M: f32 = 0.15;
// Surfaces' light is weighed as if all came from this far.
const TYPICAL_M: f32 = 2.0;

var<private> emitters_at: u32;

// A point that light is gathered at.
struct Receiver {
    position: vec3f,
    // Side that light comes from, if it does not come from both.
    normal: vec3f,
    one_sided: bool,
    // Sum of the weights of all lights there.
    total: f32,
    // Of choosing the environment, and emissive surfaces.
    far_chance: f32,
    surfaces_chance: f32,
}

// A light sampled at a point; see emitters.rs.
struct LightSample {
    found: bool,
    towards: vec3f,
    distance_m: f32,
    weight: vec3f,
    // 0 for lights without size.
    pdf: f32,
    casts_shadow: bool,
    // The emissive triangle it is on; the draw is NONE if it is on none.
    draw: u32,
    triangle: u32,
    uv: vec2f,
}

fn no_light() -> LightSample {
    return LightSample(false, vec3f(0.0), 0.0, vec3f(0.0), 0.0, false, NONE, 0u, vec2f(0.0));
}

// 0 if only paths find it, below 0 if a rectangle carries its light, else its mean luminance.
fn emission_of(draw: u32) -> f32 {
    return packed(emitters_at + 2u, draw);
}

fn has_lamp(rect: u32) -> bool {
    return packed(emitters_at + batch[emitters_at].w, rect) != 0.0;
}

fn surface_power() -> f32 {
    return batch_f(emitters_at).y;
}

fn source_count() -> u32 {
    return delta_count() + rect_count() + 2u;
}

fn environment_source() -> u32 {
    return delta_count() + rect_count();
}

// A guess at the illuminance that a rectangle gives, nothing in between.
fn estimate_rect(rect: RectLight, at: Receiver) -> f32 {
    let offset = rect.center - at.position;
    if (!(dot(offset, rect.normal) < 0.0)) {
        return 0.0;
    }
    let normal = select(unit_or(offset, vec3f(0.0, 0.0, 1.0)), at.normal, at.one_sided);
    let form = form_factor_far(rect, at.position, normal);
    // Part of a light may be above the horizon though its middle is not.
    let area = rect_area(rect);
    let least = 0.02 * area / (dot(offset, offset) + area);
    return luminance(rect.nits) * (form + least);
}

// The same of a source: lights without size, then rectangles, then the environment, then surfaces.
fn estimate(source: u32, at: Receiver) -> f32 {
    let deltas = delta_count();
    if (source < deltas) {
        let arriving = incident(source, at.position);
        let cosine = max(dot(at.normal, arriving.towards), 0.0);
        return luminance(arriving.lux) * select(1.0, cosine, at.one_sided);
    }
    if (source < environment_source()) {
        return estimate_rect(rect_light(source - deltas), at);
    }
    if (source > environment_source()) {
        return surface_power() * FRAC_1_PI / (TYPICAL_M * TYPICAL_M);
    }
    // Smooth light is found best by scattering alone.
    if (layer_count() == 0u) {
        return 0.0;
    }
    var light = vec3f(0.0);
    for (var side = 0u; side < select(2u, 1u, at.one_sided); side++) {
        let up = vec3f(0.0, 0.0, select(1.0, -1.0, side == 1u));
        light += environment_light(select(up, at.normal, at.one_sided), MATTE);
    }
    return PI * luminance(light);
}

// Of a light's disk; `towards` is its middle.
fn point_of_disk(light: u32, towards: vec3f, u: vec2f) -> vec3f {
    let at = lights_at + DELTA_SIZE * light;
    let disk = batch_f(at + 2u).x;
    if ((batch[at].w & 3u) != KIND_DIRECTIONAL || disk <= 0.0) {
        return towards;
    }
    let t = turn(u.y);
    let f = frame_of(towards);
    return normalize(towards + (f.tangent * t.y + f.bitangent * t.x) * (disk * sqrt(u.x)));
}

fn sample_surface(at: Receiver, chance: f32, rest: f32, u: vec2f) -> LightSample {
    var light = no_light();
    let count = batch[emitters_at].x;
    if (count == 0u) {
        return light;
    }
    let power = surface_power();
    let wanted = rest / (chance * at.total) * power;
    let triangles = emitters_at + batch[emitters_at + 1u].x;
    var low = 0u;
    var high = count;
    while (low < high) {
        let middle = (low + high) / 2u;
        if (batch_f(triangles + middle).z <= wanted) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    let picked = batch[triangles + min(low, count - 1u)];
    let draw = draws_at + DRAW_SIZE * picked.x;
    let t = corners_of(batch[draw].z, picked.y);
    let a = transform_point(draw + 2u, t.a);
    let e1 = transform_point(draw + 2u, t.a + t.e1) - a;
    let e2 = transform_point(draw + 2u, t.a + t.e2) - a;
    let root = sqrt(u.x);
    light.uv = vec2f(root * (1.0 - u.y), root * u.y);
    let offset = a + e1 * light.uv.x + e2 * light.uv.y - at.position;
    light.distance_m = length(offset);
    light.towards = offset / light.distance_m;
    var facing = -dot(light.towards, unit_or(cross(e1, e2), vec3f(0.0)));
    let flags = batch[draw + 1u].x;
    if ((flags & MIRRORED) != 0u) {
        facing = -facing;
    }
    if ((flags & DOUBLE_SIDED) != 0u) {
        facing = abs(facing);
    }
    let mean = emission_of(picked.x);
    light.pdf = chance * mean / power * light.distance_m * light.distance_m / max(facing, 1e-9);
    light.weight = vec3f(1.0 / light.pdf);
    light.casts_shadow = true;
    light.draw = picked.x;
    light.triangle = picked.y;
    light.found = facing > 0.0 && mean > 0.0;
    return light;
}

// The light that `gather_at` chose.
var<private> gathered: LightSample;

// A place to gather light at, and in `gathered` one light there, chosen by `choice`, with a point
// of it by `u`.
fn gather_at(position: vec3f, normal: vec3f, one_sided: bool, choice: f32, u: vec2f) -> Receiver {
    var at = Receiver(position, normal, one_sided, 0.0, 0.0, 0.0);
    var rest = 0.0;
    var source = NONE;
    var chance = 0.0;
    var chosen = false;
    // All of them together, then which.
    for (var i = 0u; i < 2u * source_count(); i++) {
        let adding = i < source_count();
        let index = select(i - source_count(), i, adding);
        let weight = estimate(index, at);
        if (adding) {
            at.total += weight;
            rest = choice * at.total;
        } else if (weight > 0.0) {
            let share = weight / at.total;
            if (index == environment_source()) {
                at.far_chance = share;
            } else if (index > environment_source()) {
                at.surfaces_chance = share;
            }
            if (!chosen) {
                source = index;
                chance = share;
                chosen = rest < weight;
                rest = select(rest - weight, rest, chosen);
            }
        }
    }
    gathered = sample_light(at, source, chance, rest, u);
    return at;
}

// A point of a chosen light by `u`.
fn sample_light(at: Receiver, source: u32, chance: f32, rest: f32, u: vec2f) -> LightSample {
    var light = no_light();
    let deltas = delta_count();
    if (source == NONE) {
        return light;
    }
    if (source < deltas) {
        let arriving = incident(source, at.position);
        light.found = true;
        light.towards = point_of_disk(source, arriving.towards, u);
        light.distance_m = arriving.distance_m;
        light.weight = arriving.lux / chance;
        light.casts_shadow = arriving.casts_shadow;
    } else if (source < environment_source()) {
        let rect = rect_light(source - deltas);
        let offset = rect_point(rect, 2.0 * u.x - 1.0, 2.0 * u.y - 1.0) - at.position;
        light.distance_m = length(offset);
        light.towards = offset / light.distance_m;
        let facing = -dot(light.towards, rect.normal);
        let squared = light.distance_m * light.distance_m;
        light.pdf = chance * squared / max(facing * rect_area(rect), 1e-12);
        light.weight = rect.nits / light.pdf;
        light.casts_shadow = rect.casts_shadow;
        light.found = facing > 0.0;
    } else if (source == environment_source()) {
        light.towards = environment_sample(u);
        light.distance_m = INFINITY;
        light.pdf = chance * environment_density(light.towards);
        light.weight = environment_light(light.towards, SEEN) / light.pdf;
        light.casts_shadow = true;
        light.found = light.pdf > 0.0;
    } else {
        light = sample_surface(at, chance, rest, u);
    }
    return light;
}

// Density with which `gather_at` finds a point of a sampled surface of this mean luminance.
fn surface_density(at: Receiver, mean: f32, distance_m: f32, facing: f32) -> f32 {
    return at.surfaces_chance * mean / surface_power() * distance_m * distance_m / max(facing, 1e-9);
}

// Radiance of all rectangles that the ray (of unit direction) meets before `t_max`; `at` and `pdf`
// are those of the last scattering, if `scattered`.
fn rectangles(ray: Ray, t_max: f32, scattered: bool, at: Receiver, pdf: f32) -> vec3f {
    var sum = vec3f(0.0);
    for (var i = 0u; i < rect_count(); i++) {
        let rect = rect_light(i);
        let facing = -dot(ray.direction, rect.normal);
        let lamp = has_lamp(i);
        if (facing <= 1e-6 || (!scattered && lamp)) {
            continue;
        }
        let t = dot(ray.origin - rect.center, rect.normal) / facing;
        if (!(t > 0.0 && t <= t_max + select(0.0, LAMP_REACH_M, lamp))) {
            continue;
        }
        let from_center = ray.origin + ray.direction * t - rect.center;
        let u = abs(dot(from_center, rect.axis_u)) <= dot(rect.axis_u, rect.axis_u);
        let v = abs(dot(from_center, rect.axis_v)) <= dot(rect.axis_v, rect.axis_v);
        if (!(u && v)) {
            continue;
        }
        var share = 1.0;
        if (scattered) {
            let offset = rect.center + from_center - at.position;
            let chance = select(0.0, estimate_rect(rect, at) / at.total, at.total > 0.0);
            let light = chance * dot(offset, offset) / (facing * rect_area(rect));
            share = pdf / (pdf + light);
        }
        sum += rect.nits * share;
    }
    return sum;
}
