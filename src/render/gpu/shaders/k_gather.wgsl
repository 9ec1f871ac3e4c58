// Joins the samples of each pixel that show the same smooth piece of the same opaque surface;
// makes the list of points to shade; see cpu/color.rs.

// One group: its first sample in bits 0–7, sums of its samples' x and y in bits 8–16 and 17–25 …
// and the number of samples in an array beside.
var<private> group_sum: array<u32, GROUPS>;
var<private> group_count: array<u32, GROUPS>;

var<workgroup> points_of_group: atomic<u32>;
var<workgroup> first_of_group: u32;

fn joins(a: vec2u, b: vec2u) -> bool {
    if (a.x != b.x) {
        return false;
    }
    if (a.x == NONE || a.y == b.y) {
        return a.x == NONE || (batch[draws_at + DRAW_SIZE * a.x + 1u].x & OPACITY) < BLEND;
    }
    let draw = draws_at + DRAW_SIZE * a.x;
    if ((batch[draw + 1u].x & OPACITY) >= BLEND) {
        return false;
    }
    let mesh = batch[draw].z;
    let p = corners_of(mesh, a.y);
    let q = corners_of(mesh, b.y);
    let na = cross(p.e1, p.e2);
    let nb = cross(q.e1, q.e2);
    return dot(na, nb) > 0.9 * sqrt(dot(na, na) * dot(nb, nb));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let band = band_of(group.z);
    enter_view(band.view);
    let at = tile_pixel(group, local);
    let inside = at.x < view_size.x && at.y < band.rows;
    let side = chunk.side;
    let samples = side * side;
    let row = view_size.x * side;
    let pixel = band.scratch + at.y * view_size.x + at.x;
    // Of sample (0, 0), where samples are.
    let fine = chunk.fine + (band.scratch * side + at.y * side * view_size.x) * side + at.x * side;
    var groups = 0u;
    if (inside && side > 1u) {
        for (var s = 0u; s < samples; s++) {
            let sx = s % side;
            let sy = s / side;
            let id = scratch[fine + sy * row + sx].xy;
            var k = 0u;
            for (; k < groups; k++) {
                let first = group_sum[k] & 255u;
                if (joins(scratch[fine + (first / side) * row + first % side].xy, id)) {
                    break;
                }
            }
            if (k == groups) {
                group_sum[k] = s;
                group_count[k] = 0u;
                groups += 1u;
            }
            group_sum[k] += (sx << 8u) + (sy << 18u);
            group_count[k] += 1u;
        }
    } else if (inside) {
        groups = 1u;
    }

    // Room for the points: one place for the whole tile, so that its points stay together.
    let mine = atomicAdd(&points_of_group, groups);
    workgroupBarrier();
    if (local == 0u) {
        first_of_group = atomicAdd(&counters[chunk.point_counter], atomicLoad(&points_of_group));
    }
    workgroupBarrier();
    if (!inside) {
        return;
    }
    let first_point = first_of_group + mine;
    let y = band.y0 + at.y;
    let place = (y << 16u) | at.x;
    let center = scratch[chunk.vis + pixel].xy;
    var heaviest = 0u;
    for (var k = 0u; k < groups; k++) {
        let point = chunk.points + POINT_SIZE * (first_point + k);
        var sample = 0u;
        var id = center;
        var count = 1u;
        if (side > 1u) {
            count = group_count[k];
            if (count > group_count[heaviest]) {
                heaviest = k;
            }
            let first = group_sum[k] & 255u;
            let first_id = scratch[fine + (first / side) * row + first % side].xy;
            if (!(count == samples && joins(center, first_id))) {
                // The sample of the group that is nearest to its middle.
                let sum = vec2u((group_sum[k] >> 8u) & 1023u, group_sum[k] >> 18u);
                let middle = vec2f(sum) / f32(count);
                var nearest = INFINITY;
                sample = 0x10000u | (first % side) | ((first / side) << 8u);
                id = first_id;
                for (var s = 0u; s < samples; s++) {
                    let sx = s % side;
                    let sy = s / side;
                    let other = scratch[fine + sy * row + sx].xy;
                    let offset = vec2f(f32(sx), f32(sy)) - middle;
                    let distance = dot(offset, offset);
                    if (count > 1u && distance < nearest && joins(first_id, other)) {
                        nearest = distance;
                        sample = 0x10000u | sx | (sy << 8u);
                        id = other;
                    }
                }
            }
        }
        scratch[point] = vec4u(group.z, place, sample | (count << 24u), id.x);
        scratch[point + 1u] = vec4u(id.y, 0u, 0u, 0u);
    }
    scratch[chunk.pixels + pixel] = vec4u(first_point, groups, first_point + heaviest, 0u);
}
