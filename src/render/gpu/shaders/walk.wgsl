// Two trees, one loop: the frame's tree over draws and a mesh's tree over triangles share stack
// and box test. This text is put in once for each KIND of question; the kind answers
//   wanted_KIND(draw, flags): whether the draw is looked at at all,
//   judge_KIND(hit, flags, front): what a triangle means that the ray meets within (t_min,
//   walk_t_max]: GO_ON, END, or ASK if that takes a texture; it may lower walk_t_max,
//   resolve_KIND(hit, flags, front): the answer to ASK: GO_ON, END or LEAVE_DRAW.
// Asking leaves the inner loops, because software adapters run through all code of a loop, needed
// or not, and GPUs at least wait for the one lane that needs it.

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
    // Corners of the leaf at hand that are still to be tested.
    var leaf_at = 0u;
    var leaf_end = 0u;
    var asked = no_hit();
    var asked_front = false;
    loop {
        var ask = false;
        loop {
            // Down to a leaf: neighbours in a SIMD group stay together in this loop.
            while ((child & LEAF) == 0u) {
                let at = base + child * 4u;
                let n0 = nodes[at];
                let n1 = nodes[at + 1u];
                let n2 = nodes[at + 2u];
                let n3 = nodes[at + 3u];
                // Planes at `start + step · byte / 255`, in lengths of the ray's direction.
                let start = (bitcast<vec3f>(n0.xyz) - origin) * inverse;
                let step = bitcast<vec3f>(n1.xyz) * inverse;
                let x0 = start.x + step.x * unpack4x8unorm(n2.x);
                let x1 = start.x + step.x * unpack4x8unorm(n3.x);
                let y0 = start.y + step.y * unpack4x8unorm(n2.y);
                let y1 = start.y + step.y * unpack4x8unorm(n3.y);
                let z0 = start.z + step.z * unpack4x8unorm(n2.z);
                let z1 = start.z + step.z * unpack4x8unorm(n3.z);
                let children = vec4u(n0.w, n1.w, n2.w, n3.w);
                let near = max(max(min(x0, x1), min(y0, y1)), max(min(z0, z1), vec4f(t_min)));
                let far = min(min(max(x0, x1), max(y0, y1)), min(max(z0, z1), vec4f(walk_t_max)));
                // What rounding may take off is less than this and the room the boxes have.
                let hits = (near <= far * 1.000002) & (children != vec4u(NONE));
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
                } else {
                    child = NONE;
                    while (depth > floor_depth) {
                        depth -= 1u;
                        if (stack_near[depth] <= walk_t_max) {
                            child = stack_child[depth];
                            break;
                        }
                    }
                }
            }
            if (child != NONE && inside) {
                leaf_at = corner_base + (child & START_MASK) * 3u;
                leaf_end = leaf_at + (((child >> 28u) & 7u) + 1u) * 3u;
            } else if (child != NONE) {
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
                    continue;
                }
            }
            while (leaf_at < leaf_end && !ask) {
                let met = meet(tri_ray, origin, leaf_at);
                if (met.t > t_min && met.t <= walk_t_max) {
                    let hit = Hit(met.t, draw, corners[leaf_at].w, met.uv);
                    let front = met.counter_clockwise != ((flags & MIRRORED) != 0u);
                    let what = judge_KIND(hit, flags, front);
                    if (what == END) {
                        return;
                    }
                    if (what == ASK) {
                        ask = true;
                        asked = hit;
                        asked_front = front;
                    }
                }
                leaf_at += 3u;
            }
            if (ask) {
                break;
            }
            child = NONE;
            loop {
                if (inside && depth == floor_depth) {
                    inside = false;
                    floor_depth = 0u;
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
                    break;
                }
            }
            if (child == NONE) {
                return;
            }
        }
        let what = resolve_KIND(asked, flags, asked_front);
        if (what == END) {
            return;
        }
        if (what == LEAVE_DRAW) {
            leaf_at = leaf_end;
            depth = floor_depth;
        }
        // On with the leaf.
        child = NONE;
    }
}
