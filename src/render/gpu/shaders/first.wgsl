// The first surface that a path notices: bodies of glass have an inside.

var<private> first_hit: Hit;
// Whether it is seen from its front.
var<private> first_front: bool;

fn wanted_first(draw: u32, flags: u32) -> bool {
    return true;
}

fn nearer(a: Hit, b: Hit) -> bool {
    if (b.draw == NONE || a.t != b.t) {
        return b.draw == NONE || a.t < b.t;
    }
    return a.draw < b.draw || (a.draw == b.draw && a.triangle < b.triangle);
}

fn judge_first(hit: Hit, flags: u32, front: bool) -> u32 {
    let noticed = front || (flags & (DOUBLE_SIDED | HAS_INTERIOR)) != 0u;
    if (!(noticed && nearer(hit, first_hit))) {
        return GO_ON;
    }
    let opacity = flags & OPACITY;
    if (opacity == CUTOUT || opacity == BLEND) {
        return ASK;
    }
    take_first(hit, front);
    return GO_ON;
}

fn resolve_first(hit: Hit, flags: u32, front: bool) -> u32 {
    if (presence_of(hit, flags) != NOTHING) {
        take_first(hit, front);
    }
    return GO_ON;
}

fn take_first(hit: Hit, front: bool) {
    first_hit = hit;
    first_front = front;
    walk_t_max = hit.t;
}

// Of the ray beyond `t_min`, in `first_hit`.
fn first_surface(ray: Ray, t_min: f32) {
    first_hit = no_hit();
    walk_t_max = INFINITY;
    walk_first(ray, t_min);
}
