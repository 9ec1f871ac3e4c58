// Materials and their values at a point; see material.rs. A record is 17 vectors: base colour;
// metallic, roughness, normal scale, occlusion strength; emission, alpha cutoff; transmission,
// index of refraction, flags; volume tint; then two for each texture slot.

const SLOT_BASE: u32 = 0u;
const SLOT_METALLIC_ROUGHNESS: u32 = 1u;
const SLOT_NORMAL: u32 = 2u;
const SLOT_OCCLUSION: u32 = 3u;
const SLOT_EMISSIVE: u32 = 4u;
const SLOT_TRANSMISSION: u32 = 5u;

const MATERIAL_BLEND: u32 = 1u;
const MATERIAL_UNLIT: u32 = 2u;

// What a point of a surface is for a ray that meets it.
const NOTHING: u32 = 0u;
const TRANSPARENT: u32 = 1u;
const SOLID: u32 = 2u;

// Alpha below this is no surface, above its complement opaque: half a step of 8 bits.
const ALPHA_STEP: f32 = 0.00196078431372549;

struct MaterialPoint {
    base_color: vec3f,
    alpha: f32,
    metallic: f32,
    // Perceptual.
    roughness: f32,
    occlusion: f32,
    emissive_nits: vec3f,
    transmission: f32,
}

struct Slot {
    // NONE if the material has no such texture.
    x: u32,
    // UV set.
    y: u32,
    // |scale u · scale v|.
    area: f32,
    offset: vec2f,
    matrix: vec4f,
}

fn material_slot(material: u32, slot: u32) -> Slot {
    let a = batch[material + 5u + 2u * slot];
    let f = bitcast<vec4f>(a);
    let texture = select(a.x & 0x7fffffffu, NONE, a.x == NONE);
    return Slot(texture, a.x >> 31u, f.y, f.zw, batch_f(material + 6u + 2u * slot));
}

fn slot_uv(slot: Slot, uvs: vec4f) -> vec2f {
    let uv = select(uvs.xy, uvs.zw, slot.y == 1u);
    return vec2f(dot(slot.matrix.xy, uv), dot(slot.matrix.zw, uv)) + slot.offset;
}

// A slot's texture (it has one) at a point.
fn sample_slot(slot: Slot, uvs: vec4f, footprint: vec2f) -> vec4f {
    let header = texture_header(slot.x);
    let area = select(footprint.x, footprint.y, slot.y == 1u);
    let span = sqrt(area * slot.area * f32(header.z) * f32(header.w));
    return sample_texture(header, slot_uv(slot, uvs), span);
}

// A slot's texture at full resolution; white if there is none.
fn plain_sample(material: u32, index: u32, uvs: vec4f) -> vec4f {
    let slot = material_slot(material, index);
    if (slot.x == NONE) {
        return vec4f(1.0);
    }
    return bilinear(texture_header(slot.x), 0u, slot_uv(slot, uvs));
}

// Base colour and alpha at full resolution: what decides whether a point is a surface.
fn plain_color(mesh: u32, material: u32, hit: Hit) -> vec4f {
    let texel = plain_sample(material, SLOT_BASE, uvs_at(mesh, hit));
    return batch_f(material) * texel * color_at(mesh, hit);
}

// What a point of a cutout or blended surface is.
fn alpha_presence(opacity: u32, material: u32, alpha: f32) -> u32 {
    if (opacity == CUTOUT) {
        return select(SOLID, NOTHING, alpha < batch_f(material + 2u).w);
    }
    if (alpha < ALPHA_STEP) {
        return NOTHING;
    }
    return select(TRANSPARENT, SOLID, alpha > 1.0 - ALPHA_STEP);
}

fn base_color_at(material: u32, p: SurfacePoint) -> vec3f {
    let slot = material_slot(material, SLOT_BASE);
    var texel = vec4f(1.0);
    if (slot.x != NONE) {
        texel = sample_slot(slot, p.uvs, p.uv_footprint);
    }
    return (batch_f(material) * texel * p.color).rgb;
}

fn material_ior(material: u32) -> f32 {
    return batch_f(material + 3u).y;
}

fn is_unlit(material: u32) -> bool {
    return (batch[material + 3u].z & MATERIAL_UNLIT) != 0u;
}

// Emission alone.
fn emission_at(material: u32, p: SurfacePoint) -> vec3f {
    let nits = batch_f(material + 2u).xyz;
    let slot = material_slot(material, SLOT_EMISSIVE);
    if (slot.x == NONE) {
        return nits;
    }
    return nits * sample_slot(slot, p.uvs, p.uv_footprint).rgb;
}

fn material_at(material: u32, p: SurfacePoint) -> MaterialPoint {
    let factors = batch_f(material + 1u);
    let emissive = batch_f(material + 2u);
    let wall = batch[material + 3u];
    var base = batch_f(material) * p.color;
    var m = MaterialPoint(
        base.rgb, base.a, factors.x, factors.y, 1.0, emissive.xyz, bitcast<f32>(wall.x),
    );
    // A loop, so that the fetch is in the kernel once.
    for (var s = 0u; s < 6u; s++) {
        if (s == SLOT_NORMAL) {
            continue;
        }
        let slot = material_slot(material, s);
        if (slot.x == NONE) {
            continue;
        }
        let texel = sample_slot(slot, p.uvs, p.uv_footprint);
        switch s {
            case SLOT_BASE: {
                m.base_color *= texel.rgb;
                m.alpha *= texel.a;
            }
            case SLOT_METALLIC_ROUGHNESS: {
                m.metallic *= texel.z;
                m.roughness *= texel.y;
            }
            case SLOT_OCCLUSION: {
                m.occlusion = 1.0 + factors.w * (texel.x - 1.0);
            }
            case SLOT_EMISSIVE: {
                m.emissive_nits *= texel.rgb;
            }
            default: {
                m.transmission *= texel.x;
            }
        }
    }
    m.roughness = clamp(m.roughness, 0.03, 1.0);
    if ((wall.z & MATERIAL_BLEND) == 0u) {
        m.alpha = 1.0;
    }
    return m;
}
