// Light from all around; see environment.rs and latlong.rs. In `batch` at `environment_at`: the
// number of layers, then the layers (encode.rs). A layer: luminance of a unit, number of levels;
// cosine and sine of its turn, where its pictures are, whether it has a ground; luminance of the
// ground; nine harmonics; then of each level its start, width and height.

const LAYER_SIZE: u32 = 28u;
const LAYER_HARMONICS: u32 = 3u;
const LAYER_LEVELS: u32 = 12u;

fn layer_count() -> u32 {
    return batch[environment_at].x;
}

fn layer_of(index: u32) -> u32 {
    return environment_at + 1u + LAYER_SIZE * index;
}

// Ambient radiance from a direction (unit), or its mean about a normal.
fn ambient_towards(direction: vec3f) -> vec3f {
    let above = batch_f(view_at + 11u).xyz;
    let below = batch_f(view_at + 12u).xyz;
    return mix(below, above, 0.5 + 0.5 * direction.z);
}

fn ambient_reach_m() -> f32 {
    return batch_f(view_at + 11u).w;
}

fn luminance(color: vec3f) -> f32 {
    return dot(color, vec3f(0.2126, 0.7152, 0.0722));
}

fn layer_nits(layer: u32) -> vec3f {
    return batch_f(layer).xyz;
}

fn layer_turned(layer: u32, d: vec3f) -> vec3f {
    let turn = batch_f(layer + 1u).xy;
    return vec3f(turn.x * d.x + turn.y * d.y, turn.x * d.y - turn.y * d.x, d.z);
}

// Place in a picture, 0 … 1 from the left and from the top, of a direction.
fn uv_of(direction: vec3f) -> vec2f {
    let turned = angle(abs(direction.y), direction.x);
    let azimuth = select(turned, -turned, direction.y < 0.0);
    return vec2f(0.5 - azimuth * (0.5 * FRAC_1_PI), angle(length(direction.xy), direction.z) * FRAC_1_PI);
}

fn picture_pixel(level: vec4u, in_texels: bool, x: i32, y: i32) -> vec3f {
    let width = i32(level.y);
    let column = u32(((x % width) + width) % width);
    let at = u32(y) * level.y + column;
    if (in_texels) {
        let from_texels = level.x + 3u * at;
        return bitcast<vec3f>(vec3u(texels[from_texels], texels[from_texels + 1u], texels[from_texels + 2u]));
    }
    return batch_f(environment_at + level.x + at).xyz;
}

// Bilinear in the uppermost rows of a level: all of them, or the upper half.
fn picture_at(layer: u32, index: u32, direction: vec3f, upper: bool) -> vec3f {
    let level = batch[layer + LAYER_LEVELS + index];
    let in_texels = batch[layer + 1u].z != 0u;
    let uv = uv_of(direction);
    let rows = select(level.z, level.z / 2u, upper);
    let x = uv.x * f32(level.y) - 0.5;
    let y = clamp(uv.y * f32(level.z) - 0.5, 0.0, f32(rows - 1u));
    let left = floor(x);
    let top = floor(y);
    let column = i32(left);
    let row = i32(top);
    let below = min(row + 1, i32(rows) - 1);
    let t = vec2f(x - left, y - top);
    let above_color = mix(
        picture_pixel(level, in_texels, column, row),
        picture_pixel(level, in_texels, column + 1, row),
        t.x,
    );
    let below_color = mix(
        picture_pixel(level, in_texels, column, below),
        picture_pixel(level, in_texels, column + 1, below),
        t.x,
    );
    return mix(above_color, below_color, t.y);
}

fn layer_diffuse(layer: u32, n: vec3f) -> vec3f {
    let d = layer_turned(layer, n);
    let at = layer + LAYER_HARMONICS;
    let sum = batch_f(at).xyz * 0.2820948
        + batch_f(at + 1u).xyz * (0.4886025 * d.y)
        + batch_f(at + 2u).xyz * (0.4886025 * d.z)
        + batch_f(at + 3u).xyz * (0.4886025 * d.x)
        + batch_f(at + 4u).xyz * (1.0925484 * d.x * d.y)
        + batch_f(at + 5u).xyz * (1.0925484 * d.y * d.z)
        + batch_f(at + 6u).xyz * (0.31539157 * (3.0 * d.z * d.z - 1.0))
        + batch_f(at + 7u).xyz * (1.0925484 * d.x * d.z)
        + batch_f(at + 8u).xyz * (0.5462742 * (d.x * d.x - d.y * d.y));
    return layer_nits(layer) * max(sum, vec3f(0.0));
}

// What of the light about a normal is infinitely far.
fn environment_far(normal: vec3f) -> vec3f {
    var sum = vec3f(0.0);
    for (var i = 0u; i < layer_count(); i++) {
        sum += layer_diffuse(layer_of(i), normal);
    }
    return sum;
}

// A blur that is none: what is seen itself.
const SEEN: f32 = -1.0;
// A blur over all that a matte surface sees: irradiance / π about a normal.
const MATTE: f32 = 1.0;

// Mean radiance that a mirror of this roughness shows about a direction (unit). One function for
// all blurs, because every call of it is another copy in the kernel.
fn environment_light(direction: vec3f, blur: f32) -> vec3f {
    var sum = ambient_towards(direction);
    for (var i = 0u; i < layer_count(); i++) {
        let layer = layer_of(i);
        let is_sky = batch[layer + 1u].w != 0u;
        if (blur < 0.0 && is_sky && direction.z < 0.0) {
            sum += layer_nits(layer) * batch_f(layer + 2u).xyz;
            continue;
        }
        let alpha = blur * blur;
        var level = 0.0;
        var wide = 0.0;
        if (blur >= 0.0) {
            // Half of a GGX lobe's reflections lie within 2 atan α of the mirror direction.
            let lobe_rad = 2.0 * angle(alpha, 1.0);
            let pixel_of_picture = PI / f32(batch[layer + LAYER_LEVELS].z);
            level = min(log2(max(lobe_rad / pixel_of_picture, 1.0)), f32(batch[layer].w - 1u));
            wide = clamp((alpha - 0.5) * 2.0, 0.0, 1.0);
        }
        var light = vec3f(0.0);
        if (wide < 1.0) {
            let low = u32(level);
            let turned_direction = layer_turned(layer, direction);
            for (var k = 0u; k < 2u; k++) {
                let share = select(1.0 - (level - f32(low)), level - f32(low), k == 1u);
                if (share > 0.0) {
                    light += picture_at(layer, low + k, turned_direction, is_sky && blur < 0.0) * share;
                }
            }
        }
        sum += layer_nits(layer) * light * (1.0 - wide);
        if (wide > 0.0) {
            sum += layer_diffuse(layer, direction) * wide;
        }
    }
    return sum;
}
