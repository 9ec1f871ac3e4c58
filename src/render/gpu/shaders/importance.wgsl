// Directions of skies and panoramas in proportion to their luminance; see environment.rs. The
// table at `importance_at`: the sum of all, sums of rows, of columns within rows, then cosines of
// the rows' edges.

const SKY_ROWS: u32 = 128u;
const SKY_COLUMNS: u32 = 256u;
const SKY_COLUMNS_AT: u32 = 33u;
const SKY_COSINES_AT: u32 = 8225u;
// Share of samples that go anywhere.
const ANYWHERE: f32 = 0.05;

var<private> importance_at: u32;

// Number `index` of those packed four a vector from `at` on.
fn packed(at: u32, index: u32) -> f32 {
    return bitcast<f32>(batch[at + (index >> 2u)][index & 3u]);
}

// The entry of `count` running sums from `first` on that `wanted` falls into.
fn entry_of(at: u32, first: u32, count: u32, wanted: f32) -> u32 {
    var low = 0u;
    var high = count;
    while (low < high) {
        let middle = (low + high) / 2u;
        if (packed(at, first + middle) <= wanted) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return min(low, count - 1u);
}

// An entry of running sums, and how far into it `u` of the last one falls.
fn pick_entry(at: u32, first: u32, count: u32, u: f32) -> vec2f {
    let wanted = u * packed(at, first + count - 1u);
    let i = entry_of(at, first, count, wanted);
    var before = 0.0;
    if (i > 0u) {
        before = packed(at, first + i - 1u);
    }
    let width = packed(at, first + i) - before;
    let within = select(0.5, (wanted - before) / width, width > 0.0);
    return vec2f(f32(i), clamp(within, 0.0, 1.0));
}

// Direction at `u` of the picture's width, of height `z`.
fn direction_at(u: f32, z: f32) -> vec3f {
    let t = turn(fract(0.5 - u));
    let radius = sqrt(max(1.0 - z * z, 0.0));
    return vec3f(radius * t.y, radius * t.x, z);
}

fn row_cosine(row: u32) -> f32 {
    return packed(importance_at + SKY_COSINES_AT, row);
}

fn environment_sample(u: vec2f) -> vec3f {
    let total = batch_f(importance_at).x;
    // One number chooses how and, stretched, is used again.
    if (u.y < ANYWHERE || !(total > 0.0)) {
        let v = select(u.y, u.y / ANYWHERE, total > 0.0);
        return direction_at(u.x, clamp(1.0 - 2.0 * v, -1.0, 1.0));
    }
    let down = pick_entry(importance_at + 1u, 0u, SKY_ROWS, (u.y - ANYWHERE) / (1.0 - ANYWHERE));
    let row = u32(down.x);
    let along = pick_entry(importance_at + SKY_COLUMNS_AT, row * SKY_COLUMNS, SKY_COLUMNS, u.x);
    // Even in height within the row.
    let top = row_cosine(row);
    let z = top + (row_cosine(row + 1u) - top) * down.y;
    return direction_at((along.x + along.y) / f32(SKY_COLUMNS), clamp(z, -1.0, 1.0));
}

// Density of `environment_sample` at a direction, per steradian.
fn environment_density(direction: vec3f) -> f32 {
    let anywhere = 0.25 * FRAC_1_PI;
    let total = batch_f(importance_at).x;
    if (!(total > 0.0)) {
        return anywhere;
    }
    let uv = uv_of(direction);
    let row = min(u32(max(uv.y, 0.0) * f32(SKY_ROWS)), SKY_ROWS - 1u);
    let column = min(u32(max(uv.x, 0.0) * f32(SKY_COLUMNS)), SKY_COLUMNS - 1u);
    let i = row * SKY_COLUMNS + column;
    var before = 0.0;
    if (column > 0u) {
        before = packed(importance_at + SKY_COLUMNS_AT, i - 1u);
    }
    let share = (packed(importance_at + SKY_COLUMNS_AT, i) - before) / total;
    let cell = (row_cosine(row) - row_cosine(row + 1u)) * (2.0 * PI) / f32(SKY_COLUMNS);
    return ANYWHERE * anywhere + (1.0 - ANYWHERE) * share / cell;
}
