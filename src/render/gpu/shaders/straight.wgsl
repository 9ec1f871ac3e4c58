// Share of light that passes straight on; see cpu/path.rs.

var<private> straight_passed: vec3f;
// Whether glass that turns paths was passed: bodies and rough walls.
var<private> straight_turns: bool;
// Whether that lets it through.
var<private> straight_bodies: bool;
// Absorption · length: what leaves a body adds, what enters it takes away.
var<private> straight_depth: vec3f;
var<private> straight_ray: Ray;

fn wanted_straight(draw: u32, flags: u32) -> bool {
    return true;
}

fn judge_straight(hit: Hit, flags: u32, front: bool) -> u32 {
    if ((flags & OPACITY) == OPAQUE) {
        straight_passed = vec3f(0.0);
        return END;
    }
    return ASK;
}

fn resolve_straight(hit: Hit, flags: u32, front: bool) -> u32 {
    if (presence_of(hit, flags) == NOTHING) {
        return GO_ON;
    }
    let opacity = flags & OPACITY;
    if (opacity == CUTOUT) {
        straight_passed = vec3f(0.0);
        return END;
    }
    let is_body = (flags & HAS_INTERIOR) != 0u;
    if (!(front || is_body || (flags & DOUBLE_SIDED) != 0u)) {
        return GO_ON;
    }
    let draw = draws_at + DRAW_SIZE * hit.draw;
    footprint_rad = SCATTERED_RAD;
    let point = surface_point(straight_ray, hit);
    let m = material_at(batch[draw].w, point);
    if (opacity == BLEND) {
        straight_passed *= max(1.0 - m.alpha, 0.0);
    } else {
        let r = fresnel_dielectric(-dot(point.geometric_normal, straight_ray.direction), material_ior(batch[draw].w));
        var turned = true;
        if (is_body) {
            // One of the body's two faces.
            straight_passed *= sqrt(max(m.base_color, vec3f(0.0))) * (m.transmission * (1.0 - r));
            straight_depth += batch_f(draw + DRAW_INTERIOR).xyz * select(hit.t, -hit.t, front);
        } else {
            turned = m.roughness * m.roughness >= SPECULAR_ALPHA;
            straight_passed *= m.base_color * (m.transmission * (1.0 - wall_reflectance(r)));
        }
        straight_turns = straight_turns || turned;
        if (turned && !straight_bodies) {
            straight_passed = vec3f(0.0);
        }
    }
    return select(GO_ON, END, all(straight_passed == vec3f(0.0)));
}

// Along a ray of unit direction up to `t_max`, in `straight_passed`; see `straight_turns`.
fn pass_straight(ray: Ray, t_max: f32, bodies: bool) {
    straight_passed = vec3f(1.0);
    straight_turns = false;
    straight_bodies = bodies;
    straight_depth = vec3f(0.0);
    straight_ray = ray;
    walk_t_max = t_max;
    walk_straight(ray, 0.0);
    if (any(straight_depth != vec3f(0.0))) {
        straight_passed *= exp(-max(straight_depth, vec3f(0.0)));
    }
}
