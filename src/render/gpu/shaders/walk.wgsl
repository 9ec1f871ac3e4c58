// Two trees, one loop: the frame's tree over draws and a mesh's tree over triangles share stack
// and box test. This text is put in once for each KIND of question; the kind answers
//   wanted_KIND(draw, flags): whether the draw is looked at at all,
//   accept_KIND(hit, flags, front): what to do after a triangle that the ray meets within
//   (t_min, walk_t_max]: GO_ON, END or LEAVE_DRAW; it may lower walk_t_max.

fn walk_KIND(ray: Ray, t_min: f32) {
    if (top_level == NONE) {
        return;
    }
    let world_inverse = safe_inverse(ray.direction);
    var origin = ray.origin;
    var inverse = world_inverse;
    var base = top_level;
    var corner_base = 0u;
    var depth = 0u;
    // Stack entries below this one belong to the upper tree.
    var floor_depth = 0u;
    var inside = false;
    var tri_ray = TriRay();
    var draw = 0u;
    var flags = 0u;
    var child = 0u;
    loop {
        var descend = false;
        if ((child & LEAF) == 0u) {
            let at = base + child * 7u;
            let x0 = (bitcast<vec4f>(nodes[at]) - origin.x) * inverse.x;
            let x1 = (bitcast<vec4f>(nodes[at + 3u]) - origin.x) * inverse.x;
            let y0 = (bitcast<vec4f>(nodes[at + 1u]) - origin.y) * inverse.y;
            let y1 = (bitcast<vec4f>(nodes[at + 4u]) - origin.y) * inverse.y;
            let z0 = (bitcast<vec4f>(nodes[at + 2u]) - origin.z) * inverse.z;
            let z1 = (bitcast<vec4f>(nodes[at + 5u]) - origin.z) * inverse.z;
            let children = nodes[at + 6u];
            let near = max(max(min(x0, x1), min(y0, y1)), max(min(z0, z1), vec4f(t_min)));
            let far = min(min(max(x0, x1), max(y0, y1)), min(max(z0, z1), vec4f(walk_t_max)));
            // Rounding may make a thin box seem missed; 3 ulp more is conservative.
            let hits = (near <= far * 1.0000004) & (children != vec4u(NONE));
            // Missed children go last. Near to far by a sorting network.
            let key = select(vec4f(INFINITY), near, hits);
            var a = Entry(key.x, children.x);
            var b = Entry(key.y, children.y);
            var c = Entry(key.z, children.z);
            var d = Entry(key.w, children.w);
            if (b.near < a.near) { let e = a; a = b; b = e; }
            if (d.near < c.near) { let e = c; c = d; d = e; }
            if (c.near < a.near) { let e = a; a = c; c = e; }
            if (d.near < b.near) { let e = b; b = d; d = e; }
            if (c.near < b.near) { let e = b; b = c; c = e; }
            if (d.near < INFINITY) { depth = push(depth, d); }
            if (c.near < INFINITY) { depth = push(depth, c); }
            if (b.near < INFINITY) { depth = push(depth, b); }
            if (a.near < INFINITY) {
                child = a.child;
                descend = true;
            }
        } else if (inside) {
            let first = corner_base + (child & START_MASK) * 3u;
            let end = first + (((child >> 28u) & 7u) + 1u) * 3u;
            for (var at = first; at < end; at += 3u) {
                let met = meet(tri_ray, origin, at);
                if (met.t > t_min && met.t <= walk_t_max) {
                    let front = met.counter_clockwise != ((flags & MIRRORED) != 0u);
                    let what = accept_KIND(Hit(met.t, draw, corners[at].w, met.uv), flags, front);
                    if (what == END) {
                        return;
                    }
                    if (what == LEAVE_DRAW) {
                        depth = floor_depth;
                        break;
                    }
                }
            }
        } else {
            draw = child & START_MASK;
            let record = draws_at + DRAW_SIZE * draw;
            let a = batch[record + 1u];
            flags = a.x;
            if (a.y != NONE && wanted_KIND(draw, flags)) {
                origin = transform_point(record + 5u, ray.origin);
                let direction = transform_direction(record + 5u, ray.direction);
                inverse = safe_inverse(direction);
                tri_ray = tri_ray_of(direction);
                base = a.y;
                corner_base = a.z;
                floor_depth = depth;
                inside = true;
                child = 0u;
                descend = true;
            }
        }
        if (descend) {
            continue;
        }
        var found = false;
        loop {
            if (inside && depth == floor_depth) {
                inside = false;
                origin = ray.origin;
                inverse = world_inverse;
                base = top_level;
            }
            if (depth == 0u) {
                break;
            }
            depth -= 1u;
            if (stack_near[depth] <= walk_t_max) {
                child = stack_child[depth];
                found = true;
                break;
            }
        }
        if (!found) {
            return;
        }
    }
}
