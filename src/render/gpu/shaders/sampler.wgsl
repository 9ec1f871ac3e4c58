// Low-discrepancy points for paths, bit for bit those of cpu/sampler.rs.

var<private> sampler_seed: u32;
var<private> sampler_index: u32;
var<private> sampler_dimension: u32;

// A 32-bit mixer.
fn hash(number: u32) -> u32 {
    var x = number;
    x ^= x >> 16u;
    x *= 0x7feb352du;
    x ^= x >> 15u;
    x *= 0x846ca68bu;
    return x ^ (x >> 16u);
}

fn begin_sampler(seed: u32, pixel: u32, index: u32) {
    sampler_seed = hash(hash(seed ^ 0x5bd1e995u) ^ pixel);
    sampler_index = index;
    sampler_dimension = 0u;
}

// 24 bits as a number below 1.
fn unit(x: u32) -> f32 {
    return f32(x >> 8u) * (1.0 / 16777216.0);
}

// Nested uniform scramble of the bit-reversed value of `reversed`.
fn owen_of_reversed(reversed: u32, seed: u32) -> u32 {
    var x = reversed + seed;
    x ^= x * 0x6c50b47cu;
    x ^= x * 0xb82f1e52u;
    x ^= x * 0xc7afe638u;
    x ^= x * 0x8d22f6e6u;
    return reverseBits(x);
}

// Sobol's second dimension of a point's number.
fn second_dimension(number: u32) -> u32 {
    var index = number;
    var sum = 0u;
    var direction = 0x80000000u;
    while (index != 0u) {
        if ((index & 1u) == 1u) {
            sum ^= direction;
        }
        direction ^= direction >> 1u;
        index >>= 1u;
    }
    return sum;
}

// Leaves a pair of dimensions out.
fn skip_pair() {
    sampler_dimension += 1u;
}

// The next pair of dimensions.
fn next_pair() -> vec2f {
    sampler_dimension += 1u;
    let seed = hash(sampler_seed ^ (sampler_dimension * 0x9e3779b9u));
    let index = owen_of_reversed(reverseBits(sampler_index), seed);
    let x = owen_of_reversed(index, hash(seed ^ 0x68bc21ebu));
    let y = owen_of_reversed(reverseBits(second_dimension(index)), hash(seed ^ 0x02e5be93u));
    return vec2f(unit(x), unit(y));
}

// (sin, cos) of `u` turns, 0 ≤ u ≤ 1, to 10⁻⁶; what WGSL's own may be off by would show.
fn turn(u: f32) -> vec2f {
    let quarter = floor(u * 4.0 + 0.5);
    let x = (u * 4.0 - quarter) * FRAC_PI_2;
    let x2 = x * x;
    let s = x * (1.0 + x2 * (-1.0 / 6.0 + x2 * (1.0 / 120.0 - x2 * (1.0 / 5040.0))));
    let c = 1.0 + x2 * (-0.5 + x2 * (1.0 / 24.0 + x2 * (-1.0 / 720.0 + x2 * (1.0 / 40320.0))));
    switch u32(quarter) & 3u {
        case 0u: {
            return vec2f(s, c);
        }
        case 1u: {
            return vec2f(c, -s);
        }
        case 2u: {
            return vec2f(-s, -c);
        }
        default: {
            return vec2f(-c, s);
        }
    }
}

struct Frame {
    tangent: vec3f,
    bitangent: vec3f,
}

// Two directions that are at right angles to a unit vector and each other.
fn frame_of(n: vec3f) -> Frame {
    let s = select(-1.0, 1.0, n.z >= 0.0);
    let a = -1.0 / (s + n.z);
    let b = n.x * n.y * a;
    return Frame(vec3f(1.0 + s * n.x * n.x * a, s * b, -s * n.x), vec3f(b, s + n.y * n.y * a, -n.y));
}
