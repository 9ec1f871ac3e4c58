// How much light gets through.

var<private> passed: vec3f;
var<private> light_direction: vec3f;

fn wanted_light(draw: u32, flags: u32) -> bool {
    return true;
}

// Opaque surfaces block from either side; transparent ones filter where they face the ray.
fn judge_light(hit: Hit, flags: u32, front: bool) -> u32 {
    if ((flags & OPACITY) == OPAQUE) {
        passed = vec3f(0.0);
        return END;
    }
    return ASK;
}

fn resolve_light(hit: Hit, flags: u32, front: bool) -> u32 {
    let opacity = flags & OPACITY;
    let double_sided = (flags & DOUBLE_SIDED) != 0u;
    let record = batch[draws_at + DRAW_SIZE * hit.draw];
    let color = plain_color(record.z, record.w, hit);
    if (opacity != TRANSMISSIVE) {
        let presence = alpha_presence(opacity, record.w, color.w);
        if (presence == SOLID) {
            passed = vec3f(0.0);
            return END;
        }
        if (presence == TRANSPARENT && (front || double_sided)) {
            passed *= 1.0 - color.w;
        }
    } else if (front || double_sided) {
        let uvs = uvs_at(record.z, hit);
        let wall = batch_f(record.w + 3u);
        let normal = triangle_normal(draws_at + DRAW_SIZE * hit.draw, record.z, hit.triangle);
        let r1 = fresnel_dielectric(abs(dot(unit_or(normal, vec3f(0.0, 0.0, 1.0)), light_direction)), wall.y);
        let r = select(wall_reflectance(r1), r1, double_sided);
        let transmission = wall.x * plain_sample(record.w, SLOT_TRANSMISSION, uvs).x;
        passed *= color.rgb * batch_f(record.w + 4u).xyz * (transmission * (1.0 - r));
    }
    return GO_ON;
}

// Share of light, by colour, that passes from the ray's origin up to `t_max`.
fn transmittance(ray: Ray, t_max: f32) -> vec3f {
    passed = vec3f(1.0);
    light_direction = normalize(ray.direction);
    walk_t_max = t_max;
    walk_light(ray, 0.0);
    return passed;
}
