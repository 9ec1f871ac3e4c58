// Reference mode: some samples of each pixel, added to what earlier dispatches found; see
// cpu/reference.rs. A pixel's sums: exposed light, and if the denoiser runs its squared luminance,
// albedo and normal.

const NEAR_M: f32 = 0.005;
// A path is no brighter than this, so that sums of squares stay finite.
const BRIGHTEST: f32 = 1e13;

const FOLLOWS_CAUSTICS: u32 = 1u;
const HAS_GUIDES: u32 = 2u;

fn most_bounces() -> u32 {
    return batch[view_at + 17u].y;
}

fn follows_caustics() -> bool {
    return (batch[view_at + 17u].z & FOLLOWS_CAUSTICS) != 0u;
}

// By its bits: an implementation may take for granted that there is none.
fn is_nan(v: vec3f) -> bool {
    return any((bitcast<vec3u>(v) & vec3u(0x7fffffffu)) > vec3u(0x7f800000u));
}

fn sum_at(at: u32) -> vec3f {
    return bitcast<vec3f>(vec3u(planes[at], planes[at + 1u], planes[at + 2u]));
}

fn put_sum(at: u32, value: vec3f) {
    let bits = bitcast<vec3u>(value);
    planes[at] = bits.x;
    planes[at + 1u] = bits.y;
    planes[at + 2u] = bits.z;
}

// Begins a sample of a pixel; false where the lens sees nothing.
fn begin_sample(pixel: vec2u, index: u32) -> bool {
    begin_sampler(batch[view_at + 17u].x, pixel.y * view_size.x + pixel.x, index);
    let offset = next_pair();
    let exposure = batch_f(view_at + 19u);
    var pupil = vec2f(0.0);
    if (exposure.w > 0.0) {
        pupil = next_pair();
    }
    var time = 0.0;
    var moment = 0u;
    let span = exposure.x + exposure.y;
    if (span > 0.0) {
        // When the row gathers light, in steps to the next snapshot.
        let row = (f32(pixel.y) + 0.5) / exposure.z - 0.5;
        time = row * exposure.y + (next_pair().x - 0.5) * exposure.x;
        let count = batch[view_at + 18u].y;
        moment = min(u32(max((time / span + 0.5) * f32(count), 0.0)), count - 1u);
    }
    let direction = lens_direction(pixel, offset);
    if (all(direction == vec3f(0.0))) {
        return false;
    }
    let things = batch[batch[view_at + 18u].x + moment];
    top_level = things.x;
    draws_at = things.y;
    begin_path(camera_ray(direction, pupil, time));
    return true;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let band = band_of(group.z);
    enter_view(band.view);
    let tile = tile_pixel(group, local);
    let pixel = vec2u(tile.x, tile.y + band.y_out);
    if (pixel.x >= view_size.x || pixel.y >= band.y_end) {
        return;
    }
    emitters_at = batch[view_at + 18u].z;
    importance_at = emitters_at + batch[emitters_at].z;
    let has_guides = (batch[view_at + 17u].z & HAS_GUIDES) != 0u;
    let at = batch[view_at + 17u].w + (pixel.y * view_size.x + pixel.x) * select(3u, 10u, has_guides);
    var light = vec3f(0.0);
    var squares = 0.0;
    var albedo = vec3f(0.0);
    var normal = vec3f(0.0);
    if (chunk.first_sample > 0u) {
        light = sum_at(at);
        if (has_guides) {
            squares = bitcast<f32>(planes[at + 3u]);
            albedo = sum_at(at + 4u);
            normal = sum_at(at + 7u);
        }
    }
    let gains = batch_f(view_at + 10u).xyz;
    let end = chunk.first_sample + chunk.samples;
    var sample = chunk.first_sample;
    var under_way = false;
    // Samples and their bounces share one loop: a thread whose path ends early begins the next one
    // while its neighbours still follow theirs.
    loop {
        if (!under_way) {
            if (sample == end) {
                break;
            }
            under_way = begin_sample(pixel, sample);
            sample += 1u;
            continue;
        }
        under_way = follow();
        // A path through a degenerate triangle must not spoil the pixel.
        if (!under_way && !is_nan(found_radiance)) {
            let exposed = min(found_radiance * gains, vec3f(BRIGHTEST));
            light += exposed;
            albedo += found_albedo;
            normal += found_normal;
            let l = luminance(exposed);
            squares += l * l;
        }
    }
    put_sum(at, light);
    if (has_guides) {
        planes[at + 3u] = bitcast<u32>(squares);
        put_sum(at + 4u, albedo);
        put_sum(at + 7u, normal);
    }
    count_if_cut_short();
}
