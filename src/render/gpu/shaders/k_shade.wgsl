// Light of the points; see cpu/shade.rs. Rays of all purposes go through one loop, so that each
// kind of walk is in the kernel once.

const NEAR_M: f32 = 0.005;
// Surfaces a ray looks through before what is left is dropped.
const MOST_LAYERS: u32 = 24u;
// Mirror rays are traced up to this many layers deep.
const MIRROR_LAYERS: u32 = 2u;
// Mirror images fade out between these roughnesses; the analytic lobe takes over.
const MIRROR_LOW: f32 = 0.15;
const MIRROR_HIGH: f32 = 0.4;
// Mirror images weaker than this are left to ambient light.
const MIRROR_LEAST: f32 = 0.02;
const AREA_SAMPLES: u32 = 4u;
const AMBIENT_SAMPLES: u32 = 2u;

// What each area light gives the point: luminance, nothing blocked, and π × form factor.
var<private> weights: array<vec2f, RECTS>;
var<private> shadow_rays: u32;

fn lift(position: vec3f, normal: vec3f, towards: vec3f) -> vec3f {
    let largest = max(abs(position.x), max(abs(position.y), abs(position.z)));
    let size = 1e-5 * (1.0 + largest);
    return position + normal * select(-size, size, dot(normal, towards) >= 0.0);
}

// Specular radiance of an area light by its most representative point, the lobe widened by the
// light's size (Karis, "Real Shading in Unreal Engine 4", 2013).
fn highlight(b: Brdf, position: vec3f, light: RectLight) -> vec3f {
    let offset = nearest_to_ray(light, position, mirror_direction(b)) - position;
    let squared = max(dot(offset, offset), 1e-8);
    let distance = sqrt(squared);
    let towards = offset / distance;
    let cosine = dot(b.normal, towards);
    let facing = -dot(towards, light.normal);
    if (cosine <= 0.0 || facing <= 0.0) {
        return vec3f(0.0);
    }
    let u = length(light.axis_u);
    let v = length(light.axis_v);
    let solid_angle = min(4.0 * u * v * facing / squared, 2.0 * PI);
    let widened = min(b.alpha + sqrt(u * v) / (2.0 * distance), 1.0);
    let scale = (b.alpha / widened) * (b.alpha / widened);
    return specular(b, towards, cosine, b.alpha) * light.nits * (solid_angle * cosine * scale);
}

// A direction about `normal` with density cos θ / π, from a point of the disk and its height.
fn about(normal: vec3f, p: vec3f) -> vec3f {
    let s = select(-1.0, 1.0, normal.z >= 0.0);
    let a = -1.0 / (s + normal.z);
    let b = normal.x * normal.y * a;
    let tangent = vec3f(1.0 + s * normal.x * normal.x * a, s * b, -s * normal.x);
    let bitangent = vec3f(b, s + normal.y * normal.y * a, -normal.y);
    return tangent * p.x + bitangent * p.y + normal * p.z;
}

// Index of a weighted choice by `u` in 0 … 1; NONE if there is nothing to choose.
fn pick(total: f32, u: f32) -> u32 {
    var rest = u * total;
    var last = NONE;
    for (var i = 0u; i < rect_count(); i++) {
        let w = weights[i].x;
        if (w > 0.0) {
            last = i;
            if (rest < w) {
                break;
            }
            rest -= w;
        }
    }
    return last;
}

// What a mirror shows: light of the first opaque surface (`best`) without shadows.
fn glance(ray: Ray) -> vec3f {
    var direction = ray.direction;
    var blur = SEEN;
    var point = SurfacePoint();
    if (best.draw != NONE) {
        point = surface_point(ray, best);
        direction = point.normal;
        blur = MATTE;
    }
    let around = environment_light(direction, blur);
    if (best.draw == NONE) {
        return around;
    }
    let m = material_at(batch[draws_at + DRAW_SIZE * best.draw].w, point);
    var light = around * m.occlusion;
    for (var i = 0u; i < delta_count(); i++) {
        let arriving = incident(i, point.position);
        light += arriving.lux * (max(dot(arriving.towards, point.normal), 0.0) * FRAC_1_PI);
    }
    for (var i = 0u; i < rect_count(); i++) {
        let rect = rect_light(i);
        light += rect.nits * (form_factor_far(rect, point.position, point.normal) * FRAC_1_PI);
    }
    return m.base_color * light + m.emissive_nits;
}

fn max_element(v: vec3f) -> f32 {
    return max(v.x, max(v.y, v.z));
}

fn shade_from(ray: Ray, first: Hit, at: vec2u) -> Shade {
    var s = Shade(
        vec3f(0.0), vec3f(0.0), vec3f(0.0), vec2f(1.0), 1.0, vec3f(0.0), vec3f(0.0), 0.0,
    );
    let viewer = -normalize(ray.direction);
    let gains = batch_f(view_at + 10u).xyz;
    let samples = SAMPLES + 24u * ((at.y & 3u) * 4u + (at.x & 3u));
    var through = vec3f(1.0);
    var sampled = false;
    var hit = first;
    for (var layer = 0u; layer < MOST_LAYERS; layer++) {
        if (hit.draw == NONE) {
            s.fixed_light += through * environment_light(-viewer, SEEN);
            break;
        }
        let record = batch[draws_at + DRAW_SIZE * hit.draw];
        let flags = batch[draws_at + DRAW_SIZE * hit.draw + 1u].x;
        let opacity = flags & OPACITY;
        let wall = batch[record.w + 3u];
        let ior = bitcast<f32>(wall.y);
        let point = surface_point(ray, hit);
        let m = material_at(record.w, point);
        let b = brdf_of(shading_normal(point, hit), viewer, m, ior);
        let x = clamp((MIRROR_HIGH - m.roughness) / (MIRROR_HIGH - MIRROR_LOW), 0.0, 1.0);
        let sharp = x * x * (3.0 - 2.0 * x);

        // What each part of the surface has of the picture.
        var cover = 1.0;
        var coat = 1.0;
        var body = 1.0;
        var shown = vec3f(0.0);
        var solid = opacity < BLEND;
        if (opacity == BLEND) {
            let alpha = min(m.alpha, 1.0);
            cover = alpha;
            coat = alpha;
            body = alpha;
            shown = vec3f(1.0 - alpha);
            solid = m.alpha >= 1.0;
        } else if (opacity == TRANSMISSIVE) {
            let r1 = fresnel_dielectric(dot(b.normal, b.view), ior);
            let r = select(wall_reflectance(r1), r1, (flags & DOUBLE_SIDED) != 0u);
            // Rough walls scatter: that part is seen as a veil, not through.
            let clear = m.transmission * (1.0 - m.roughness * m.roughness);
            coat = r / max(max_element(b.specular_albedo), 1e-3);
            body = 1.0 - clear;
            shown = m.base_color * batch_f(record.w + 4u).xyz * (clear * (1.0 - r));
        }

        s.fixed_light += through * cover * m.emissive_nits;
        var deltas = 0u;
        var total = 0.0;
        var mirror = 0.0;
        if ((wall.z & MATERIAL_UNLIT) != 0u) {
            s.fixed_light += through * cover * m.base_color / gains;
        } else {
            deltas = delta_count();
            for (var i = 0u; i < rect_count(); i++) {
                let light = rect_light(i);
                let factor = form_factor_pi(light, point.position, b.normal);
                let irradiance = light.nits * factor;
                var radiance = b.diffuse * (body * FRAC_1_PI) * irradiance;
                if (sharp < 1.0 && any(irradiance != vec3f(0.0))) {
                    radiance += coat * highlight(b, point.position, light) * (1.0 - sharp);
                }
                radiance *= through;
                s.area += radiance;
                weights[i] = vec2f(luminance(radiance), factor);
                total += weights[i].x;
            }
            if (layer < MIRROR_LAYERS && luminance(coat * b.specular_albedo) * sharp >= MIRROR_LEAST) {
                mirror = sharp;
            }
            // Diffuse, then glossy.
            for (var k = 0u; k < 2u; k++) {
                let glossy = k == 1u;
                let direction = select(b.normal, mirror_direction(b), glossy);
                let light = environment_light(direction, select(MATTE, m.roughness, glossy));
                let share = select(body * b.diffuse, coat * b.specular_albedo * (1.0 - mirror), glossy);
                s.ambient += through * share * light * m.occlusion;
            }
        }

        // The shares are sampled where most of the light comes from.
        let sample = !sampled && (solid || max_element(shown) < 0.5);
        var area = 0u;
        var around = 0u;
        // Share of light from all around that everything blocks, not only what is near.
        var far = 0.0;
        if (sample) {
            sampled = true;
            s.position = point.position;
            s.normal = b.normal;
            s.footprint_m = point.t * length(ray.direction) * pixel_rad();
            if (total > 0.0) {
                area = AREA_SAMPLES;
                s.area_open = vec2f(0.0);
            }
            let has_far = layer_count() > 0u;
            if ((ambient_reach_m() > 0.0 || has_far) && luminance(s.ambient) > 0.0) {
                around = AMBIENT_SAMPLES;
                s.ambient_open = 0.0;
                if (has_far) {
                    // Each direction once within the reach, once without end.
                    around = 2u * AMBIENT_SAMPLES;
                    let infinite = luminance(environment_far(b.normal));
                    let all = infinite + luminance(ambient_towards(b.normal));
                    far = select(1.0, infinite / all, all > 0.0);
                }
            }
        }
        for (var k = 0u; k < deltas + area + around; k++) {
            var towards = vec3f(0.0, 0.0, 1.0);
            var reach = 0.0;
            var cosine = 0.0;
            var lux = vec3f(0.0);
            var weight = 0.0;
            var casts = true;
            var useful = true;
            if (k < deltas) {
                let arriving = incident(k, point.position);
                towards = arriving.towards;
                reach = arriving.distance_m;
                lux = arriving.lux;
                casts = arriving.casts_shadow;
                cosine = dot(b.normal, towards);
                useful = cosine > 0.0 && any(lux != vec3f(0.0));
            } else if (k < deltas + area) {
                let p = word_vec3(samples + 6u * (k - deltas));
                let i = pick(total, p.z);
                let light = rect_light(i);
                let target_point = rect_point(light, 2.0 * p.x - 1.0, 2.0 * p.y - 1.0);
                let origin = lift(point.position, point.geometric_normal, target_point - point.position);
                towards = target_point - origin;
                // Stops short of the light, so that its own housing does not shade it.
                reach = 0.999;
                casts = light.casts_shadow;
                let cosines = max(dot(towards, b.normal), 0.0) * max(-dot(towards, light.normal), 0.0);
                let squared = dot(towards, towards);
                // The sample's share of the light's form factor: 1 on average.
                weight = cosines * rect_area(light) / max(squared * squared * weights[i].y, 1e-12);
                useful = weight > 0.0;
            } else {
                var i = k - deltas - area;
                reach = ambient_reach_m();
                weight = 1.0 - far;
                if (i >= AMBIENT_SAMPLES) {
                    i -= AMBIENT_SAMPLES;
                    reach = INFINITY;
                    weight = far;
                }
                towards = about(b.normal, word_vec3(samples + 6u * i + 3u));
                casts = reach > 0.0;
                useful = weight > 0.0;
            }
            if (!useful) {
                continue;
            }
            var open = vec3f(1.0);
            if (casts) {
                let origin = lift(point.position, point.geometric_normal, towards);
                open = transmittance(Ray(origin, towards), reach);
                shadow_rays += 1u;
            }
            if (k < deltas) {
                let lobes = b.diffuse * (body * FRAC_1_PI) + coat * specular(b, towards, cosine, b.alpha);
                s.fixed_light += through * lobes * lux * open * cosine;
            } else if (k < deltas + area) {
                s.area_open += vec2f(weight * luminance(open), weight);
            } else {
                s.ambient_open += weight * luminance(open) / f32(AMBIENT_SAMPLES);
            }
        }

        // The mirror image, then what shows through.
        let on = !solid && max_element(through * shown) >= 1e-3;
        for (var k = 0u; k < 2u; k++) {
            if (k == 0u) {
                if (mirror > 0.0) {
                    let direction = mirror_direction(b);
                    let mirrored = Ray(lift(point.position, point.geometric_normal, direction), direction);
                    closest(mirrored, 0.0, FIRST_OPAQUE, no_hit());
                    s.fixed_light += through * coat * b.specular_albedo * mirror * glance(mirrored);
                    shadow_rays += 1u;
                }
            } else if (on) {
                closest(ray, NEAR_M, FIRST, hit);
                shadow_rays += 1u;
            }
        }
        if (!on) {
            break;
        }
        through *= shown;
        hit = best;
    }
    return s;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) local: u32,
) {
    let index = group.y * chunk.point_row + group.x * 64u + local;
    if (index >= atomicLoad(&counters[chunk.point_counter])) {
        return;
    }
    let at = chunk.points + POINT_SIZE * index;
    let a = scratch[at];
    enter_view(band_of(a.x).view);
    let pixel = vec2u(a.y & 0xffffu, a.y >> 16u);
    let fine = (a.z & 0x10000u) != 0u;
    let side = select(1u, chunk.side, fine);
    var sample = pixel * side;
    if (fine) {
        sample += vec2u(a.z & 255u, (a.z >> 8u) & 255u);
    }
    let direction = camera_direction(side, sample.x, sample.y);
    var s = Shade();
    // Outside the lens' circle there is nothing.
    if (direction.w != 0.0) {
        let ray = world_ray(direction.xyz);
        var first = no_hit();
        if (a.w != NONE) {
            first = hit_on(ray, a.w, scratch[at + 1u].x);
        }
        s = shade_from(ray, first, pixel);
    }
    store_shade(at, s);
    atomicAdd(&counters[index & 63u], shadow_rays);
    count_if_cut_short();
}
