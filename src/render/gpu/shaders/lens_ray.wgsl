// Rays of reference mode: any point of a pixel and of the pupil, at any time of the exposure; see
// cpu/reference.rs and base/camera.rs.

fn radial(c: vec4f, x: f32) -> f32 {
    let x2 = x * x;
    return x * (1.0 + x2 * (c.x + x2 * (c.y + x2 * (c.z + x2 * c.w))));
}

fn radial_slope(c: vec4f, x: f32) -> f32 {
    let x2 = x * x;
    return 1.0 + x2 * (3.0 * c.x + x2 * (5.0 * c.y + x2 * (7.0 * c.z + x2 * 9.0 * c.w)));
}

// x below `limit` with `radial(c, x) = y`; negative if there is none. Newton's method kept inside a
// bisection bracket.
fn invert_radial(c: vec4f, y: f32, limit: f32) -> f32 {
    if (!(y < radial(c, limit))) {
        return -1.0;
    }
    var low = 0.0;
    var high = limit;
    var x = min(y, limit);
    for (var i = 0u; i < 40u; i++) {
        let error = radial(c, x) - y;
        if (error > 0.0) {
            high = x;
        } else {
            low = x;
        }
        let newton = x - error / radial_slope(c, x);
        let next = select(0.5 * (low + high), newton, newton > low && newton < high);
        let moved = abs(next - x);
        x = next;
        if (moved <= 1e-7 * x) {
            break;
        }
    }
    return x;
}

// Off by how much Brown and Conrady's lens takes `p` to `d`, from its coefficients k1, k2, p1, p2
// and k3.
fn distortion_error(c: vec4f, k3: f32, p: vec2f, d: vec2f) -> vec2f {
    let r2 = dot(p, p);
    let s = 1.0 + r2 * (c.x + r2 * (c.y + r2 * k3));
    let xy = 2.0 * p.x * p.y;
    return vec2f(
        p.x * s + c.z * xy + c.w * (r2 + 2.0 * p.x * p.x),
        p.y * s + c.z * (r2 + 2.0 * p.y * p.y) + c.w * xy,
    ) - d;
}

// The point that the lens takes to `d`; z is 0 if there is none.
fn undistorted(d: vec2f) -> vec3f {
    let c = batch_f(view_at + 6u);
    let more = batch_f(view_at + 7u);
    let limit2 = more.y * more.y;
    let radius = length(d);
    for (var attempt = 0u; attempt < 2u; attempt++) {
        var p = d / (1.0 + radius * radius * (c.x + radius * radius * (c.y + radius * radius * more.x)));
        if (attempt == 1u) {
            let r = invert_radial(vec4f(c.xy, more.x, 0.0), radius, more.y);
            if (r < 0.0) {
                break;
            }
            p = d * (r / max(radius, 1e-12));
        }
        for (var i = 0u; i < 8u; i++) {
            let e = distortion_error(c, more.x, p, d);
            if (dot(p, p) >= limit2 || dot(e, e) < 1e-14) {
                break;
            }
            let r2 = dot(p, p);
            let s = 1.0 + r2 * (c.x + r2 * (c.y + r2 * more.x));
            let ds = 2.0 * (c.x + r2 * (2.0 * c.y + r2 * 3.0 * more.x));
            let xx = s + p.x * p.x * ds + 2.0 * c.z * p.y + 6.0 * c.w * p.x;
            let xy = p.x * p.y * ds + 2.0 * c.z * p.x + 2.0 * c.w * p.y;
            let yy = s + p.y * p.y * ds + 6.0 * c.z * p.y + 2.0 * c.w * p.x;
            let det = xx * yy - xy * xy;
            if (abs(det) < 1e-12) {
                break;
            }
            p -= vec2f(yy * e.x - xy * e.y, xx * e.y - xy * e.x) / det;
        }
        let e = distortion_error(c, more.x, p, d);
        if (dot(p, p) < limit2 && dot(e, e) < 1e-11) {
            return vec3f(p, 1.0);
        }
    }
    return vec3f(0.0);
}

// Direction in the camera frame of a point of a pixel; zero where the lens sees nothing.
fn lens_direction(pixel: vec2u, offset: vec2f) -> vec3f {
    let k = batch_f(view_at + 5u);
    let d = ((vec2f(pixel) - k.zw) + offset) / k.xy;
    if (batch[view_at].z == 0u) {
        return vec3f(d, 1.0);
    }
    // Between its corners, as on the CPU: what the lens does is undone there in double precision.
    let row = view_size.x + 1u;
    let corner = batch[view_at + 2u].w + pixel.y * row + pixel.x;
    let top = array<vec4f, 2>(batch_f(corner), batch_f(corner + 1u));
    let bottom = array<vec4f, 2>(batch_f(corner + row), batch_f(corner + row + 1u));
    if (top[0].w * top[1].w * bottom[0].w * bottom[1].w != 0.0) {
        let above = top[0].xyz + (top[1].xyz - top[0].xyz) * offset.x;
        let below = bottom[0].xyz + (bottom[1].xyz - bottom[0].xyz) * offset.x;
        return above + (below - above) * offset.y;
    }
    // At the rim of what it sees.
    if (!is_fisheye()) {
        return undistorted(d);
    }
    let bent_rad = length(d);
    if (bent_rad < 1e-12) {
        return vec3f(0.0, 0.0, 1.0);
    }
    let theta = invert_radial(batch_f(view_at + 6u), bent_rad, batch_f(view_at + 7u).y);
    if (theta < 0.0) {
        return vec3f(0.0);
    }
    let t = turn(theta * (0.5 * FRAC_1_PI));
    return vec3f(d * (t.x / bent_rad), t.y);
}

fn quaternion_product(a: vec4f, b: vec4f) -> vec4f {
    return vec4f(a.w * b.xyz + b.w * a.xyz + cross(a.xyz, b.xyz), a.w * b.w - dot(a.xyz, b.xyz));
}

// World from camera, a fraction of the way to its next place; see base/pose.rs.
fn moved_rotation(fraction: f32) -> vec4f {
    let here = batch_f(view_at + 3u);
    var way = quaternion_product(batch_f(view_at + 21u), vec4f(-here.xyz, here.w));
    way = select(way, -way, way.w < 0.0);
    let sine = length(way.xyz);
    if (fraction == 0.0 || sine < 1e-9) {
        return here;
    }
    let part = angle(sine, way.w) * fraction;
    let t = turn(fract(part * (0.5 * FRAC_1_PI)));
    return normalize(quaternion_product(vec4f(way.xyz * (t.x / sine), t.y), here));
}

// The ray in a direction of the camera frame, from a point of the pupil, at a time.
fn camera_ray(direction: vec3f, pupil_point: vec2f, time: f32) -> Ray {
    let rotation = moved_rotation(time);
    let here = batch_f(view_at + 4u).xyz;
    let position = here + (batch_f(view_at + 22u).xyz - here) * time;
    let radius = batch_f(view_at + 19u).w;
    if (radius <= 0.0) {
        return Ray(position, rotate(rotation, direction));
    }
    let focus = batch_f(view_at + 20u).x;
    // Sharp is a plane, or, for a fisheye that has no plane, a sphere.
    var sharp = direction * (focus / direction.z);
    if (is_fisheye()) {
        sharp = normalize(direction) * focus;
    }
    let t = turn(pupil_point.y);
    let pupil = vec3f(t.y, t.x, 0.0) * (radius * sqrt(pupil_point.x));
    return Ray(position + rotate(rotation, pupil), rotate(rotation, sharp - pupil));
}
