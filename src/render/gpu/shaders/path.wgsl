// One path of light, from the camera backwards; see cpu/path.rs.

// From this bounce on a path may end by chance.
const ROULETTE_BOUNCE: u32 = 3u;
// Clear walls and see-through points a path crosses beside its bounces.
const MOST_CROSSINGS: u32 = 64u;
// Paths go on this far off a surface, for each metre from the origin.
const LIFT: f32 = 1e-6;
// Media inside one another.
const MOST_MEDIA: u32 = 8u;
// A scattered ray sees textures as if this wide, radians.
const SCATTERED_RAD: f32 = 0.05;

var<private> path_ray: Ray;
var<private> path_near: f32;
var<private> path_pixel_rad: f32;
var<private> path_through: vec3f;
var<private> path_bounce: u32;
var<private> path_crossings: u32;
// The last scattering that lights were sampled at; see `path_has_last`.
var<private> path_last: Receiver;
var<private> path_last_pdf: f32;
var<private> path_has_last: bool;
// Whether lights were ever sampled at a surface that nothing passes.
var<private> path_scattered: bool;
// Whether glass has turned the path since lights were last sampled.
var<private> path_sampled_through: bool;
// Whether anything but a straight passage has happened.
var<private> path_turned: bool;
// Whether the guides for the denoiser are known.
var<private> path_described: bool;
var<private> found_radiance: vec3f;
var<private> found_albedo: vec3f;
var<private> found_normal: vec3f;

// Draws whose bodies the ray is in.
var<private> media: array<u32, MOST_MEDIA>;
var<private> media_count: u32;

// The surface met.
var<private> site_draw: u32;
var<private> site_flags: u32;
var<private> site_material: u32;
var<private> site_point: SurfacePoint;
var<private> site_values: MaterialPoint;
var<private> site_normal: vec3f;
// Unit, back along the ray.
var<private> site_view: vec3f;
var<private> site_front: bool;
// Index of the body that an opaque surface of another object is met in; 0 if there is none.
var<private> site_gap: f32;

// What a draw bounds: absorption, index of refraction (0 if it bounds no body).
fn interior_of(draw: u32) -> vec4f {
    return batch_f(draws_at + DRAW_SIZE * draw + DRAW_INTERIOR);
}

fn same_medium(a: u32, b: u32) -> bool {
    return batch[draws_at + DRAW_SIZE * a].x == batch[draws_at + DRAW_SIZE * b].x
        && interior_of(a).w == interior_of(b).w;
}

// The last of the media that is `draw`'s; NONE if the ray is not in it.
fn medium_place(draw: u32) -> u32 {
    var place = NONE;
    for (var i = 0u; i < media_count; i++) {
        if (same_medium(media[i], draw)) {
            place = i;
        }
    }
    return place;
}

// The densest medium but the one at place `but`; NONE if there is none.
fn densest_medium(but: u32) -> u32 {
    var found = NONE;
    for (var i = 0u; i < media_count; i++) {
        if (i != but && (found == NONE || interior_of(media[i]).w > interior_of(found).w)) {
            found = media[i];
        }
    }
    return found;
}

fn ior_of_medium(draw: u32) -> f32 {
    if (draw == NONE) {
        return 1.0;
    }
    return interior_of(draw).w;
}

// Enters or leaves the medium behind the surface.
fn cross_medium(enters: bool) {
    if ((site_flags & HAS_INTERIOR) == 0u) {
        return;
    }
    if (enters) {
        if (media_count < MOST_MEDIA) {
            media[media_count] = site_draw;
            media_count += 1u;
        }
        return;
    }
    let place = medium_place(site_draw);
    if (place != NONE) {
        media_count -= 1u;
        for (var i = place; i < media_count; i++) {
            media[i] = media[i + 1u];
        }
    }
}

// Index before the surface. A ray that leaves a medium it never entered began inside.
fn ior_before(enters: bool) -> f32 {
    let ior = ior_of_medium(densest_medium(NONE));
    if (!enters && medium_place(site_draw) == NONE) {
        return max(ior, interior_of(site_draw).w);
    }
    return ior;
}

// Index once the surface is crossed.
fn ior_after(enters: bool) -> f32 {
    if (!enters) {
        return ior_of_medium(densest_medium(medium_place(site_draw)));
    }
    let current = densest_medium(NONE);
    let own = interior_of(site_draw).w;
    if (current == NONE) {
        return own;
    }
    return select(ior_of_medium(current), max(ior_of_medium(current), own), media_count < MOST_MEDIA);
}

// A shading normal that the viewer sees from its front: one bent too far is bent back just so.
fn facing_viewer(normal: vec3f, geometric: vec3f, viewer: vec3f) -> vec3f {
    let cosine = dot(normal, viewer);
    if (cosine > 1e-3) {
        return normal;
    }
    return unit_or(normal + viewer * (1e-2 - cosine), geometric);
}

// A direction on the other side of a plane interface, `ratio` times as far off the normal by
// sine; what would be reflected totally grazes.
fn bent(direction: vec3f, normal: vec3f, ratio: f32) -> vec3f {
    var across = (direction - normal * dot(normal, direction)) * ratio;
    let sine = length(across);
    if (sine > 0.999) {
        across *= 0.999 / sine;
    }
    return across + normal * sqrt(1.0 - dot(across, across));
}

// A number below `part` stretched over 0 … 1, to be used again.
fn rescaled(u: f32, part: f32) -> f32 {
    if (part > 0.0) {
        return min(u / part, 0.9999999);
    }
    return u;
}

fn enter_site() {
    site_draw = first_hit.draw;
    site_front = first_front;
    let draw = draws_at + DRAW_SIZE * site_draw;
    site_flags = batch[draw + 1u].x;
    site_material = batch[draw].w;
    footprint_rad = path_pixel_rad;
    site_point = surface_point(path_ray, first_hit);
    let towards = -path_ray.direction;
    let normal = shading_normal(site_point, first_hit);
    site_normal = facing_viewer(normal, site_point.geometric_normal, towards);
    site_values = material_at(site_material, site_point);
    site_view = towards;
    site_gap = 0.0;
    let medium = densest_medium(NONE);
    if (medium != NONE && (site_flags & OPACITY) != TRANSMISSIVE
        && batch[draws_at + DRAW_SIZE * medium].x != batch[draw].x) {
        site_gap = ior_of_medium(medium);
        site_view = bent(towards, site_normal, site_gap);
    }
}

// Share of light that passes the body's face before the gap, in a direction in the air.
fn gap_share(towards: vec3f) -> f32 {
    if (site_gap == 0.0) {
        return 1.0;
    }
    return 1.0 - fresnel_dielectric(dot(site_normal, towards), site_gap);
}

// Just off the surface on the side that `towards` leaves by.
fn lifted(towards: vec3f) -> vec3f {
    let largest = max_element(abs(site_point.position));
    let size = LIFT * (1.0 + largest);
    let normal = site_point.geometric_normal;
    return site_point.position + normal * select(size, -size, dot(normal, towards) < 0.0);
}

// Goes on from the surface.
fn step_on(direction: vec3f) {
    path_ray = Ray(lifted(direction), direction);
    path_near = 0.0;
}

// Keeps the guides of the first surface that scatters.
fn describe() {
    if (!path_described) {
        path_described = true;
        let ior = material_ior(site_material);
        let r = (ior - 1.0) / (ior + 1.0);
        found_albedo = max(site_values.base_color, vec3f(r * r));
        found_normal = site_normal;
    }
}

// Light of the environment, for a ray that meets nothing.
fn escape() {
    // Smooth light is not sampled, and glass does not focus it.
    let smooth_light = layer_count() == 0u;
    if (path_sampled_through && !smooth_light) {
        return;
    }
    var share = 1.0;
    if (path_has_last && !smooth_light) {
        let light = path_last.far_chance * environment_density(path_ray.direction);
        share = path_last_pdf / (path_last_pdf + light);
    }
    found_radiance += path_through * environment_light(path_ray.direction, SEEN) * share;
    if (!path_described) {
        path_described = true;
        found_albedo = vec3f(1.0);
    }
}

// Light that the surface itself gives.
fn emission() {
    var emitted = site_values.emissive_nits;
    if (is_unlit(site_material)) {
        emitted += site_values.base_color / batch_f(view_at + 10u).xyz;
    }
    if (all(emitted == vec3f(0.0))) {
        return;
    }
    let mean = emission_of(site_draw);
    var share = 1.0;
    if (mean != 0.0 && path_sampled_through) {
        share = 0.0;
    } else if (mean != 0.0 && path_has_last) {
        share = 0.0;
        if (mean > 0.0) {
            let d = length(path_last.position - site_point.position);
            let facing = dot(site_view, site_point.geometric_normal);
            let light = surface_density(path_last, mean, d, facing);
            share = path_last_pdf / (path_last_pdf + light);
        }
    }
    found_radiance += path_through * emitted * share;
}

// How the surface scatters, in `bsdf_kind` and its like; `layer` chooses among the parts of a
// partly transmissive surface.
fn set_bsdf(layer: f32) {
    let alpha = site_values.roughness * site_values.roughness;
    let ior = material_ior(site_material);
    if ((site_flags & OPACITY) != TRANSMISSIVE || layer >= site_values.transmission) {
        set_opaque(brdf_of(site_normal, site_view, site_values, ior));
    } else if ((site_flags & HAS_INTERIOR) == 0u) {
        // One sheet seen from both sides is one wall; so is the front of a closed one.
        let terms = albedo_terms(dot(site_normal, site_view), site_values.roughness);
        set_wall(site_normal, site_view, alpha, ior, site_values.base_color, terms.x + terms.y);
    } else {
        let before = ior_before(site_front);
        let after = ior_after(site_front);
        // Light crosses two interfaces of a tinted body: each takes half of the tint.
        let tint = sqrt(max(site_values.base_color, vec3f(0.0)));
        if (abs(after - before) < 1e-4) {
            bsdf_kind = BSDF_NONE;
        } else {
            set_interface(site_normal, site_view, alpha, after / before, tint);
        }
    }
}

// Adds light sampled at the site.
fn next_event(light: LightSample, lobes: Lobes) {
    if (!light.found) {
        return;
    }
    let is_point = light.pdf == 0.0;
    let straight = is_point || !follows_caustics();
    if (straight && bsdf_transmits() && path_scattered) {
        // It was sampled, straight through this glass, where the path scattered before.
        return;
    }
    // The shading normal must not let light through the surface.
    let same_side = dot(site_point.geometric_normal, light.towards) > 0.0;
    if (all(lobes.value == vec3f(0.0)) || same_side != (dot(site_normal, light.towards) > 0.0)) {
        return;
    }
    var radiance = path_through * lobes.value * light.weight;
    if (light.draw != NONE) {
        footprint_rad = SCATTERED_RAD;
        let seen = Hit(light.distance_m, light.draw, light.triangle, light.uv);
        let point = surface_point(Ray(vec3f(0.0), light.towards), seen);
        radiance *= emission_at(batch[draws_at + DRAW_SIZE * light.draw].w, point);
    }
    if (max_element(radiance) <= 0.0) {
        return;
    }
    var passed = vec3f(1.0);
    var only_straight = false;
    if (light.casts_shadow) {
        // Stops short of a light with size, so that its own housing does not shade it. Glass itself
        // is found by paths, face by face.
        let t_max = light.distance_m * select(0.999, 1.0, is_point);
        pass_straight(Ray(lifted(light.towards), light.towards), t_max, straight && !bsdf_transmits());
        passed = straight_passed;
        only_straight = straight_turns;
    }
    // What only goes straight no path finds: nothing to share the light with.
    let share = select(light.pdf / (light.pdf + lobes.pdf), 1.0, is_point || only_straight);
    found_radiance += radiance * passed * (share * gap_share(light.towards));
}

// Ends dim paths by chance, and makes up for it.
fn survives(ending: f32) -> bool {
    let most = max_element(path_through);
    if (!(most > 0.0)) {
        return false;
    }
    if (path_bounce < ROULETTE_BOUNCE) {
        return true;
    }
    let chance = min(most, 0.95);
    path_through /= chance;
    return ending < chance;
}

// Puts a path at its beginning.
fn begin_path(ray: Ray) {
    path_ray = Ray(ray.origin, normalize(ray.direction));
    path_near = NEAR_M;
    path_pixel_rad = pixel_rad();
    path_through = vec3f(1.0);
    path_bounce = 0u;
    path_crossings = 0u;
    path_has_last = false;
    path_scattered = false;
    path_sampled_through = false;
    path_turned = false;
    path_described = false;
    found_radiance = vec3f(0.0);
    found_albedo = vec3f(0.0);
    found_normal = vec3f(0.0);
    media_count = 0u;
}

fn crosses_on() -> bool {
    path_crossings += 1u;
    return path_crossings <= MOST_CROSSINGS;
}

// Follows the path to its next surface and off it; false if that was its end.
fn follow() -> bool {
    first_surface(path_ray, path_near);
    let is_sky = first_hit.draw == NONE;
    if (path_turned && !path_sampled_through) {
        let t = select(first_hit.t, INFINITY, is_sky);
        found_radiance += path_through * rectangles(path_ray, t, path_has_last, path_last, path_last_pdf);
    }
    if (is_sky) {
        escape();
        return false;
    }
    let medium = densest_medium(NONE);
    if (medium != NONE) {
        path_through *= exp(-interior_of(medium).xyz * first_hit.t);
    }
    enter_site();
    emission();
    if (is_unlit(site_material) || path_bounce == most_bounces() + 1u) {
        describe();
        return false;
    }
    // Dimensions stay in place whether they are needed or not.
    let opacity = site_flags & OPACITY;
    var decision = vec2f(0.0);
    if (opacity != OPAQUE || path_bounce + 1u >= ROULETTE_BOUNCE) {
        decision = next_pair();
    } else {
        skip_pair();
    }
    if (opacity == BLEND && decision.x >= site_values.alpha) {
        step_on(path_ray.direction);
        return crosses_on();
    }
    set_bsdf(rescaled(decision.x, site_values.alpha));
    if (site_gap != 0.0) {
        path_through *= gap_share(site_view) * site_gap * site_gap;
    }
    if (bsdf_kind == BSDF_NONE) {
        // A boundary between a medium and itself.
        cross_medium(site_front);
        step_on(path_ray.direction);
        return crosses_on();
    }
    let scatters = bsdf_scatters();
    if (scatters) {
        describe();
    }
    let choices = next_pair();
    let gathers = scatters || delta_count() > 0u;
    var receiver = Receiver();
    if (gathers) {
        receiver = gather_at(site_point.position, site_normal, !bsdf_transmits(), choices.x, next_pair());
    } else {
        skip_pair();
    }
    var s = scatter(next_pair(), choices.y);
    // Towards the light, then where the path goes.
    for (var k = 0u; k < 2u; k++) {
        let on = k == 1u;
        var least_alpha = SPECULAR_ALPHA;
        if (!on && gathered.pdf == 0.0) {
            least_alpha = 0.0;
        }
        if (select(gathers && gathered.found, s.kind != ABSORBED && s.kind != STRAIGHT && s.pdf < 0.0, on)) {
            let lobes = evaluate(select(gathered.towards, s.direction, on), least_alpha);
            if (on) {
                s = evaluated(s, lobes);
            } else {
                next_event(gathered, lobes);
            }
        }
    }
    let leaves = dot(s.direction, site_point.geometric_normal) > 0.0;
    if (s.kind == ABSORBED || leaves != (s.kind == REFLECTED)) {
        return false;
    }
    path_through *= s.weight;
    var direction = s.direction;
    if (site_gap != 0.0) {
        path_through *= gap_share(direction) / (site_gap * site_gap);
        direction = bent(direction, site_normal, 1.0 / site_gap);
    }
    if (s.kind == STRAIGHT) {
        if (!crosses_on()) {
            return false;
        }
    } else {
        path_bounce += 1u;
        path_turned = true;
        if (bsdf_transmits()) {
            path_sampled_through = path_sampled_through || (path_scattered && !follows_caustics());
        } else if (s.pdf > 0.0) {
            path_sampled_through = false;
            path_scattered = true;
        }
        path_has_last = gathers && s.pdf > 0.0;
        if (path_has_last) {
            path_pixel_rad = max(path_pixel_rad, SCATTERED_RAD);
            path_last = receiver;
            path_last_pdf = s.pdf;
        }
        if (s.kind == REFRACTED) {
            cross_medium(site_front);
        }
    }
    if (path_bounce > most_bounces() + 1u || !survives(decision.y)) {
        return false;
    }
    step_on(direction);
    return true;
}
