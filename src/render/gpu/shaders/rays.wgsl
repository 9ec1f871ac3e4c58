// Boxes, triangles and the stack: what every walk through the trees shares.

const LEAF: u32 = 0x80000000u;
const START_MASK: u32 = 0x0fffffffu;

const DRAW_SIZE: u32 = 16u;
// Of a draw that bounds a body: its absorption, 1/m, and index of refraction.
const DRAW_INTERIOR: u32 = 15u;
// Flags of a draw; the lowest two bits are its opacity.
const OPACITY: u32 = 3u;
const OPAQUE: u32 = 0u;
const CUTOUT: u32 = 1u;
const BLEND: u32 = 2u;
const TRANSMISSIVE: u32 = 3u;
const DOUBLE_SIDED: u32 = 4u;
const MIRRORED: u32 = 8u;
const HAS_INTERIOR: u32 = 16u;

const GO_ON: u32 = 0u;
const END: u32 = 1u;
const LEAVE_DRAW: u32 = 2u;
const ASK: u32 = 3u;

struct Hit {
    // In lengths of the ray's direction.
    t: f32,
    // NONE if nothing was met.
    draw: u32,
    triangle: u32,
    // Weights of the triangle's second and third corner.
    uv: vec2f,
}

fn no_hit() -> Hit {
    return Hit(0.0, NONE, 0u, vec2f(0.0));
}

struct Entry {
    near: f32,
    child: u32,
}

// Module scope, because function variables are zeroed at every call.
var<private> stack_child: array<u32, STACK>;
var<private> stack_near: array<f32, STACK>;
// The far end of the walk at hand; every kind sets it before it walks.
var<private> walk_t_max: f32;

// The Rust side makes STACK as large as the trees of scene and batch can need.
fn push(depth: u32, entry: Entry) -> u32 {
    stack_near[depth] = entry.near;
    stack_child[depth] = entry.child;
    return depth + 1u;
}

fn safe_inverse(d: vec3f) -> vec3f {
    // A zero component would give 0 · ∞; this stands for "parallel" well enough.
    let tiny = select(vec3f(1e-18), vec3f(-1e-18), d < vec3f(0.0));
    return 1.0 / select(d, tiny, abs(d) < vec3f(1e-18));
}

// In `counters`; see plan.rs.
const CUT_SHORT: u32 = 64u;

// Counts the thread if its loops were cut short, so that what its walks found may be wrong. The last
// call of every kernel that walks: llvmpipe lets all loops of a thread together run some 65,535
// turns, and then ends each after its first turn, without a word. This loop wants two.
fn count_if_cut_short() {
    // Not 2 to a compiler, which would do without the loop.
    let wanted = min(arrayLength(&counters), 2u);
    var turns = 0u;
    loop {
        turns += 1u;
        if (turns >= wanted) {
            break;
        }
    }
    if (turns < wanted) {
        atomicAdd(&counters[CUT_SHORT], 1u);
    }
}

// A direction sheared so that it runs along +Z (Woop, Benthin, Wald, "Watertight Ray/Triangle
// Intersection", JCGT 2(1), 2013); see triangle.rs.
struct TriRay {
    // Index of the longest component.
    axis: u32,
    swapped: bool,
    shear: vec3f,
}

fn turned(v: vec3f, axis: u32) -> vec3f {
    return select(select(v.xyz, v.zxy, axis == 1u), v.yzx, axis == 0u);
}

fn tri_ray_of(direction: vec3f) -> TriRay {
    let size = abs(direction);
    var axis = 2u;
    if (size.x > size.y && size.x > size.z) {
        axis = 0u;
    } else if (size.y > size.z) {
        axis = 1u;
    }
    let d = turned(direction, axis);
    let inverse = 1.0 / d.z;
    return TriRay(axis, d.z < 0.0, vec3f(d.xy * inverse, inverse));
}

struct Met {
    // Negative if the ray misses.
    t: f32,
    uv: vec2f,
    counter_clockwise: bool,
}

fn meet(ray: TriRay, origin: vec3f, at: u32) -> Met {
    let a0 = turned(bitcast<vec3f>(corners[at].xyz) - origin, ray.axis);
    let b0 = turned(bitcast<vec3f>(corners[at + 1u].xyz) - origin, ray.axis);
    let c0 = turned(bitcast<vec3f>(corners[at + 2u].xyz) - origin, ray.axis);
    let a = a0.xy - ray.shear.xy * a0.z;
    let b = b0.xy - ray.shear.xy * b0.z;
    let c = c0.xy - ray.shear.xy * c0.z;
    let u = c.x * b.y - c.y * b.x;
    let v = a.x * c.y - a.y * c.x;
    let w = b.x * a.y - b.y * a.x;
    let det = u + v + w;
    let inside = (u >= 0.0 && v >= 0.0 && w >= 0.0) || (u <= 0.0 && v <= 0.0 && w <= 0.0);
    if (!inside || det == 0.0) {
        return Met(-1.0, vec2f(0.0), false);
    }
    let inverse = 1.0 / det;
    let t = (u * a0.z + v * b0.z + w * c0.z) * ray.shear.z * inverse;
    return Met(t, vec2f(v, w) * inverse, (det > 0.0) != ray.swapped);
}
