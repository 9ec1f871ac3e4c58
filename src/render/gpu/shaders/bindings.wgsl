// What every kernel reads and writes. The Rust side that fills each buffer is named beside it.

// Nodes of all trees, 4 a node: the box of all four children (origin, then extent), their least
// sides in it as bytes by axis, then their greatest; each w is a child (upload.rs). Meshes first,
// then the top-level trees of this batch's frames.
@group(0) @binding(0) var<storage, read> nodes: array<vec4u>;
// Corners of leaf triangles, 3 a triangle; the first one's w is its index in the mesh (upload.rs).
@group(0) @binding(1) var<storage, read> corners: array<vec4u>;
// Tables, vertices, texture headers (upload.rs).
@group(0) @binding(2) var<storage, read> words: array<u32>;
// RGBA8 of all mip levels of all textures (upload.rs).
@group(0) @binding(3) var<storage, read> texels: array<u32>;
// Views, bands, draws, materials, lights, lens rays (encode.rs).
@group(0) @binding(4) var<storage, read> batch: array<vec4u>;
// What one pass leaves to the next (plan.rs).
@group(0) @binding(5) var<storage, read_write> scratch: array<vec4u>;
// Shadow rays, points, amodal coverage (plan.rs).
@group(0) @binding(6) var<storage, read_write> counters: array<atomic<u32>>;
// The planes, as they are read back (plan.rs).
@group(0) @binding(7) var<storage, read_write> planes: array<u32>;
@group(0) @binding(8) var<uniform> chunk: Chunk;

// Some bands of some views that go through the passes together.
struct Chunk {
    // Of the band table in `batch`.
    bands: u32,
    // Samples a pixel's side that the pass traces.
    trace_side: u32,
    // Samples a pixel's side of the colour.
    side: u32,
    // Of this chunk's number of points in `counters`.
    point_counter: u32,
    // Where in `scratch`: visibility at pixel centres, of colour samples, pixels, points.
    vis: u32,
    fine: u32,
    pixels: u32,
    points: u32,
    // Threads of a row of the grid of points.
    point_row: u32,
    // Of paths: the first sample of each pixel in this dispatch, and how many.
    first_sample: u32,
    samples: u32,
    spare: u32,
}

// Vectors of a point; see points.wgsl.
const POINT_SIZE: u32 = 6u;
const NONE: u32 = 0xffffffffu;
const INFINITY: f32 = 3.0e38;
const PI: f32 = 3.14159265358979;
const FRAC_1_PI: f32 = 0.318309886183791;
const FRAC_PI_2: f32 = 1.57079632679490;

// Bits of a view's wanted planes.
const WANTS_COLOR: u32 = 1u;
const WANTS_RADIANCE: u32 = 2u;
const WANTS_Z_DEPTH: u32 = 4u;
const WANTS_INSTANCE: u32 = 8u;
const WANTS_CLASS_PART: u32 = 16u;
const WANTS_NORMAL: u32 = 32u;
const WANTS_OBJECT_COORDS: u32 = 64u;
const WANTS_FLOW: u32 = 128u;
const WANTS_ALBEDO: u32 = 256u;
const WANTS_BEHIND: u32 = 512u;

// Vectors from the batch buffer.
fn batch_f(at: u32) -> vec4f {
    return bitcast<vec4f>(batch[at]);
}

fn word_f(at: u32) -> f32 {
    return bitcast<f32>(words[at]);
}

fn word_vec2(at: u32) -> vec2f {
    return vec2f(word_f(at), word_f(at + 1u));
}

fn word_vec3(at: u32) -> vec3f {
    return vec3f(word_f(at), word_f(at + 1u), word_f(at + 2u));
}

fn word_vec4(at: u32) -> vec4f {
    return vec4f(word_f(at), word_f(at + 1u), word_f(at + 2u), word_f(at + 3u));
}

fn unit_or(v: vec3f, otherwise: vec3f) -> vec3f {
    let squared = dot(v, v);
    if (squared > 0.0) {
        return v * (1.0 / sqrt(squared));
    }
    return otherwise;
}

// Rows of a 3×4 matrix times a point or a direction.
fn transform_point(at: u32, p: vec3f) -> vec3f {
    let x = batch_f(at);
    let y = batch_f(at + 1u);
    let z = batch_f(at + 2u);
    return vec3f(dot(x.xyz, p) + x.w, dot(y.xyz, p) + y.w, dot(z.xyz, p) + z.w);
}

fn transform_direction(at: u32, d: vec3f) -> vec3f {
    return vec3f(
        dot(batch_f(at).xyz, d),
        dot(batch_f(at + 1u).xyz, d),
        dot(batch_f(at + 2u).xyz, d),
    );
}

// The transpose of the 3×3 part times a normal.
fn transform_transposed(at: u32, n: vec3f) -> vec3f {
    return batch_f(at).xyz * n.x + batch_f(at + 1u).xyz * n.y + batch_f(at + 2u).xyz * n.z;
}

// A unit quaternion (xyzw) turns a vector.
fn rotate(q: vec4f, v: vec3f) -> vec3f {
    let b = q.xyz;
    return v * (q.w * q.w - dot(b, b)) + b * (2.0 * dot(v, b)) + cross(b, v) * (2.0 * q.w);
}
