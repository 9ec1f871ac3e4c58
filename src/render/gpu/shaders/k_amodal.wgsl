// How many pixels each instance would cover if nothing else were there, and their bounds.

// Instances that one round of a walk tells apart; rays that meet more take more rounds.
const MOST_COVERING: u32 = 24u;

const NEAR_M: f32 = 0.005;

var<private> covering: array<u32, MOST_COVERING>;
var<private> covering_count: u32;
// Instances up to this one have been counted.
var<private> counted: u32;
var<private> more: bool;

fn instance_of(draw: u32) -> u32 {
    return batch[draws_at + DRAW_SIZE * draw].x;
}

fn wanted_covering(draw: u32, flags: u32) -> bool {
    let instance = instance_of(draw);
    if (instance <= counted) {
        return false;
    }
    var largest = 0u;
    for (var i = 0u; i < covering_count; i++) {
        if (covering[i] == instance) {
            return false;
        }
        largest = max(largest, covering[i]);
    }
    if (covering_count == MOST_COVERING && instance > largest) {
        // For the next round.
        more = true;
        return false;
    }
    return true;
}

fn judge_covering(hit: Hit, flags: u32, front: bool) -> u32 {
    return select(GO_ON, ASK, front || (flags & DOUBLE_SIDED) != 0u);
}

fn resolve_covering(hit: Hit, flags: u32, front: bool) -> u32 {
    if (presence_of(hit, flags) == NOTHING) {
        return GO_ON;
    }
    let instance = instance_of(hit.draw);
    if (covering_count < MOST_COVERING) {
        covering[covering_count] = instance;
        covering_count += 1u;
        return LEAVE_DRAW;
    }
    // Smaller than the largest, or it would not have been wanted: takes its place.
    var largest = 0u;
    for (var i = 1u; i < MOST_COVERING; i++) {
        if (covering[i] > covering[largest]) {
            largest = i;
        }
    }
    covering[largest] = instance;
    more = true;
    return LEAVE_DRAW;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let band = band_of(group.z);
    enter_view(band.view);
    let at = tile_pixel(group, local);
    let pixel = vec2u(at.x, at.y + band.y_out);
    if (pixel.x >= view_size.x || pixel.y >= band.y_end) {
        return;
    }
    let direction = camera_direction(1u, pixel.x, pixel.y);
    if (direction.w == 0.0) {
        return;
    }
    let ray = world_ray(direction.xyz);
    let coverage = batch[view_at + 13u].y;
    counted = 0u;
    loop {
        covering_count = 0u;
        more = false;
        walk_t_max = INFINITY;
        walk_covering(ray, NEAR_M);
        for (var i = 0u; i < covering_count; i++) {
            let record = coverage + 5u * (covering[i] - 1u);
            counted = max(counted, covering[i]);
            atomicAdd(&counters[record], 1u);
            // Sizes are below 2¹⁶; the memory starts as zeros.
            atomicMax(&counters[record + 1u], 65535u - pixel.x);
            atomicMax(&counters[record + 2u], 65535u - pixel.y);
            atomicMax(&counters[record + 3u], pixel.x);
            atomicMax(&counters[record + 4u], pixel.y);
        }
        if (!more) {
            break;
        }
    }
    count_if_cut_short();
}
