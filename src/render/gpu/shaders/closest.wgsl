// The first surface along a ray.

const FIRST: u32 = 0u;
// The first that nothing shows through.
const FIRST_OPAQUE: u32 = 1u;

var<private> ask_layer: u32;
// Only what comes after this one; its draw is NONE if all does.
var<private> ask_after: Hit;
var<private> best: Hit;
var<private> best_presence: u32;

// Order along a ray: by distance, ties by draw and triangle.
fn before(a: Hit, b: Hit) -> bool {
    if (a.t != b.t) {
        return a.t < b.t;
    }
    if (a.draw != b.draw) {
        return a.draw < b.draw;
    }
    return a.triangle < b.triangle;
}

fn wanted_closest(draw: u32, flags: u32) -> bool {
    return ask_layer == FIRST || (flags & OPACITY) != TRANSMISSIVE;
}

fn judge_closest(hit: Hit, flags: u32, front: bool) -> u32 {
    let faces = front || (flags & DOUBLE_SIDED) != 0u;
    // The last one itself is not met again, whatever rounding says.
    let again = hit.draw == ask_after.draw && hit.triangle == ask_after.triangle;
    let later = ask_after.draw == NONE || (!again && before(ask_after, hit));
    if (!(faces && later && (best.draw == NONE || before(hit, best)))) {
        return GO_ON;
    }
    let opacity = flags & OPACITY;
    if (opacity == CUTOUT || opacity == BLEND) {
        return ASK;
    }
    take(hit, select(SOLID, TRANSPARENT, opacity == TRANSMISSIVE));
    return GO_ON;
}

fn resolve_closest(hit: Hit, flags: u32, front: bool) -> u32 {
    let presence = presence_of(hit, flags);
    if (presence == SOLID || (presence == TRANSPARENT && ask_layer == FIRST)) {
        take(hit, presence);
    }
    return GO_ON;
}

fn take(hit: Hit, presence: u32) {
    best = hit;
    best_presence = presence;
    walk_t_max = hit.t;
}

// The first surface of `layer` beyond `t_min` that comes after `after` along the ray, in `best`.
fn closest(ray: Ray, t_min: f32, layer: u32, after: Hit) {
    ask_layer = layer;
    ask_after = after;
    best = no_hit();
    walk_t_max = INFINITY;
    var start = t_min;
    if (after.draw != NONE) {
        // A surface at the very distance of the last one is beyond it by order; the open lower
        // end must let it in.
        start = max(t_min, bitcast<f32>(bitcast<u32>(after.t) - 1u));
    }
    walk_closest(ray, start);
}
