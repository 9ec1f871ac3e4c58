// Scattering at surfaces for paths of light; see bsdf.rs.

const SPECULAR_ALPHA: f32 = 0.01;

// Lambert below a GGX coat.
const BSDF_OPAQUE: u32 = 0u;
// The boundary of two media.
const BSDF_INTERFACE: u32 = 1u;
// Two interfaces so close that rays leave where they enter.
const BSDF_WALL: u32 = 2u;
// A boundary that light does not notice.
const BSDF_NONE: u32 = 3u;

const ABSORBED: u32 = 0u;
const REFLECTED: u32 = 1u;
const REFRACTED: u32 = 2u;
const PASSED: u32 = 3u;
const STRAIGHT: u32 = 4u;

// How light leaves the surface at hand.
var<private> bsdf_kind: u32;
var<private> bsdf_normal: vec3f;
var<private> bsdf_view: vec3f;
var<private> bsdf_alpha: f32;
// Of what is opaque; the chance of its coat.
var<private> bsdf_brdf: Brdf;
var<private> bsdf_coat: f32;
// Of an interface: refractive index beyond over the one before; of a wall: its own.
var<private> bsdf_eta: f32;
var<private> bsdf_tint: vec3f;
var<private> bsdf_compensation: f32;

// Value × |cosine|, and density per steradian.
struct Lobes {
    value: vec3f,
    pdf: f32,
}

struct Scatter {
    direction: vec3f,
    // Value × cosine / density.
    weight: vec3f,
    // Of all lobes that `evaluate` knows; 0 for specular ones, below 0 until `evaluated`.
    pdf: f32,
    kind: u32,
}

const UNKNOWN: f32 = -1.0;

const NO_LOBES: Lobes = Lobes(vec3f(0.0), 0.0);

fn absorbed() -> Scatter {
    return Scatter(vec3f(0.0), vec3f(0.0), 0.0, ABSORBED);
}

fn max_element(v: vec3f) -> f32 {
    return max(v.x, max(v.y, v.z));
}

fn set_opaque(b: Brdf) {
    bsdf_kind = BSDF_OPAQUE;
    bsdf_normal = b.normal;
    bsdf_view = b.view;
    bsdf_alpha = b.alpha;
    bsdf_brdf = b;
    let coat = luminance(b.specular_albedo);
    let body = luminance(b.diffuse);
    bsdf_coat = 1.0;
    if (body > 0.0) {
        bsdf_coat = clamp(coat / (coat + body), 0.1, 0.9);
    }
}

// Trilinear in the table of bsdf.rs.
fn interface_albedo(cosine: f32, alpha: f32, eta: f32) -> f32 {
    let index = (eta - 1.0) / (eta + 1.0);
    // Half of the table's range of indices is 0.5.
    let at = clamp(vec3f(cosine, sqrt(alpha), 0.5 + index), vec3f(0.0), vec3f(1.0)) * vec3f(15.0, 15.0, 32.0);
    let i = min(vec3u(at), vec3u(14u, 14u, 31u));
    let f = at - vec3f(i);
    var slabs = vec2f(0.0);
    for (var k = 0u; k < 2u; k++) {
        let place = INTERFACES + ((i.z + k) * 16u + i.y) * 16u + i.x;
        let low = mix(word_f(place), word_f(place + 1u), f.x);
        let high = mix(word_f(place + 16u), word_f(place + 17u), f.x);
        slabs[k] = mix(low, high, f.y);
    }
    return mix(slabs.x, slabs.y, f.z);
}

fn set_interface(normal: vec3f, view: vec3f, alpha: f32, eta: f32, tint: vec3f) {
    bsdf_kind = BSDF_INTERFACE;
    bsdf_normal = normal;
    bsdf_view = view;
    bsdf_alpha = alpha;
    bsdf_eta = eta;
    bsdf_tint = tint;
    bsdf_compensation = 1.0 / max(interface_albedo(dot(normal, view), alpha, eta), 0.1);
}

// `albedo` is the directional albedo of the lobe without Fresnel's share.
fn set_wall(normal: vec3f, view: vec3f, alpha: f32, ior: f32, tint: vec3f, albedo: f32) {
    bsdf_kind = BSDF_WALL;
    bsdf_normal = normal;
    bsdf_view = view;
    bsdf_alpha = alpha;
    bsdf_eta = ior;
    bsdf_tint = tint;
    bsdf_compensation = 1.0 / max(albedo, 0.1);
}

// Whether it has a lobe that is not specular.
fn bsdf_scatters() -> bool {
    return bsdf_alpha >= SPECULAR_ALPHA || (bsdf_kind == BSDF_OPAQUE && bsdf_coat < 1.0);
}

fn bsdf_transmits() -> bool {
    return bsdf_kind != BSDF_OPAQUE;
}

// Density per steradian of the direction that `half_way` mirrors the view into.
fn reflected_pdf(half_way: vec3f) -> f32 {
    let cos_view = max(dot(bsdf_normal, bsdf_view), 1e-4);
    let n_dot_h = clamp(dot(bsdf_normal, half_way), 0.0, 1.0);
    let a2 = bsdf_alpha * bsdf_alpha;
    let d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
    let distribution = a2 * FRAC_1_PI / max(d * d, 1e-12);
    return distribution / (2.0 * (cos_view + sqrt(cos_view * cos_view * (1.0 - a2) + a2)));
}

// G2 / G1 of Smith's height-correlated shadowing.
fn shadowing_ratio(cos_view: f32, cos_light: f32) -> f32 {
    let a2 = bsdf_alpha * bsdf_alpha;
    let v = sqrt(cos_view * cos_view * (1.0 - a2) + a2);
    let l = sqrt(cos_light * cos_light * (1.0 - a2) + a2);
    return cos_light * (cos_view + v) / max(cos_light * v + cos_view * l, 1e-9);
}

fn wall_share(cosine: f32) -> f32 {
    return wall_reflectance(fresnel_dielectric(cosine, bsdf_eta));
}

fn evaluate_opaque(towards: vec3f, least_alpha: f32) -> Lobes {
    let cosine = dot(bsdf_normal, towards);
    if (cosine <= 0.0) {
        return NO_LOBES;
    }
    var lobes = Lobes(
        bsdf_brdf.diffuse * (FRAC_1_PI * cosine),
        (1.0 - bsdf_coat) * FRAC_1_PI * cosine,
    );
    if (bsdf_alpha >= least_alpha) {
        lobes.value += specular(bsdf_brdf, towards, cosine, bsdf_alpha) * cosine;
        lobes.pdf += bsdf_coat * reflected_pdf(unit_or(towards + bsdf_view, bsdf_normal));
    }
    return lobes;
}

fn evaluate_interface(towards: vec3f, least_alpha: f32) -> Lobes {
    let cos_view = dot(bsdf_normal, bsdf_view);
    let cos_light = dot(bsdf_normal, towards);
    if (bsdf_alpha < least_alpha || cos_view <= 0.0 || cos_light == 0.0) {
        return NO_LOBES;
    }
    let reflects = cos_light > 0.0;
    var half_way = bsdf_view + towards;
    if (!reflects) {
        half_way = -(bsdf_view + towards * bsdf_eta);
    }
    let squared = dot(half_way, half_way);
    if (!(squared > 0.0)) {
        return NO_LOBES;
    }
    half_way *= 1.0 / sqrt(squared);
    if (dot(half_way, bsdf_normal) < 0.0) {
        half_way = -half_way;
    }
    let v_dot_h = dot(bsdf_view, half_way);
    let l_dot_h = dot(towards, half_way);
    if (v_dot_h <= 0.0 || (l_dot_h > 0.0) != reflects) {
        return NO_LOBES;
    }
    let fresnel = fresnel_dielectric(v_dot_h, bsdf_eta);
    let shadowing = shadowing_ratio(cos_view, abs(cos_light)) * bsdf_compensation;
    let mirrored = reflected_pdf(half_way);
    if (reflects) {
        let pdf = fresnel * mirrored;
        return Lobes(vec3f(pdf * shadowing), pdf);
    }
    let sum = v_dot_h + bsdf_eta * l_dot_h;
    let jacobian = bsdf_eta * bsdf_eta * -l_dot_h / max(sum * sum, 1e-9);
    let pdf = (1.0 - fresnel) * (4.0 * v_dot_h * mirrored) * jacobian;
    return Lobes(bsdf_tint * (pdf * shadowing / (bsdf_eta * bsdf_eta)), pdf);
}

fn evaluate_wall(towards: vec3f, least_alpha: f32) -> Lobes {
    let cos_light = dot(bsdf_normal, towards);
    if (bsdf_alpha < least_alpha || cos_light == 0.0) {
        return NO_LOBES;
    }
    let reflects = cos_light > 0.0;
    let mirrored = towards + bsdf_normal * (abs(cos_light) - cos_light);
    let half_way = unit_or(bsdf_view + mirrored, bsdf_normal);
    let reflectance = wall_share(dot(bsdf_view, half_way));
    let pdf = select(1.0 - reflectance, reflectance, reflects) * reflected_pdf(half_way);
    let cos_view = max(dot(bsdf_normal, bsdf_view), 1e-3);
    let shadowing = shadowing_ratio(cos_view, abs(cos_light));
    let tint = select(bsdf_tint, vec3f(1.0), reflects);
    return Lobes(tint * (pdf * shadowing * bsdf_compensation), pdf);
}

// Value × |cosine| towards a light, and the density with which `scatter` finds that direction; of
// lobes of at least this GGX α.
fn evaluate(towards: vec3f, least_alpha: f32) -> Lobes {
    switch bsdf_kind {
        case BSDF_OPAQUE: {
            return evaluate_opaque(towards, least_alpha);
        }
        case BSDF_INTERFACE: {
            return evaluate_interface(towards, least_alpha);
        }
        default: {
            return evaluate_wall(towards, least_alpha);
        }
    }
}

// A scattering with the density of its direction.
fn evaluated(s: Scatter, lobes: Lobes) -> Scatter {
    if (bsdf_kind != BSDF_OPAQUE) {
        return Scatter(s.direction, s.weight, lobes.pdf, s.kind);
    }
    if (!(lobes.pdf > 1e-9)) {
        return absorbed();
    }
    return Scatter(s.direction, lobes.value / lobes.pdf, lobes.pdf, s.kind);
}

// A microfacet normal as the viewer sees them.
fn visible_normal(u: vec2f) -> vec3f {
    let f = frame_of(bsdf_normal);
    let local = vec3f(
        dot(bsdf_view, f.tangent),
        dot(bsdf_view, f.bitangent),
        max(dot(bsdf_view, bsdf_normal), 1e-4),
    );
    let stretched = normalize(vec3f(local.xy * bsdf_alpha, local.z));
    let z = (1.0 - u.y) * (1.0 + stretched.z) - stretched.z;
    let radius = sqrt(max(1.0 - z * z, 0.0));
    let t = turn(u.x);
    let cap = vec3f(radius * t.y, radius * t.x, z) + stretched;
    let half_way = normalize(vec3f(cap.xy * bsdf_alpha, max(cap.z, 1e-6)));
    return f.tangent * half_way.x + f.bitangent * half_way.y + bsdf_normal * half_way.z;
}

fn scatter_opaque(u: vec2f, lobe: f32, seen: vec3f) -> Scatter {
    let in_body = lobe >= bsdf_coat;
    var direction = vec3f(0.0);
    var half_way = vec3f(0.0);
    if (in_body) {
        let f = frame_of(bsdf_normal);
        let t = turn(u.y);
        let radius = sqrt(u.x);
        direction = f.tangent * (radius * t.y) + f.bitangent * (radius * t.x)
            + bsdf_normal * sqrt(max(1.0 - u.x, 0.0));
    } else {
        half_way = seen;
        direction = half_way * (2.0 * dot(bsdf_view, half_way)) - bsdf_view;
    }
    let cosine = dot(bsdf_normal, direction);
    if (!in_body && cosine <= 0.0) {
        return absorbed();
    }
    if (bsdf_alpha >= SPECULAR_ALPHA) {
        return Scatter(direction, vec3f(0.0), UNKNOWN, REFLECTED);
    }
    if (in_body) {
        let pdf = (1.0 - bsdf_coat) * FRAC_1_PI * max(cosine, 0.0);
        return Scatter(direction, bsdf_brdf.diffuse / (1.0 - bsdf_coat), pdf, REFLECTED);
    }
    let power = fresnel_power(dot(bsdf_view, half_way));
    let fresnel = (bsdf_brdf.f0 + (1.0 - bsdf_brdf.f0) * power) * bsdf_brdf.compensation;
    let shadowing = shadowing_ratio(bsdf_brdf.cos_view, cosine);
    return Scatter(direction, fresnel * (shadowing / bsdf_coat), 0.0, REFLECTED);
}

// The direction beyond an interface; zero where reflection is total.
fn refracted(half_way: vec3f) -> vec3f {
    let cosine = dot(bsdf_view, half_way);
    let sin2 = max(1.0 - cosine * cosine, 0.0) / (bsdf_eta * bsdf_eta);
    if (sin2 >= 1.0) {
        return vec3f(0.0);
    }
    return (half_way * cosine - bsdf_view) / bsdf_eta - half_way * sqrt(1.0 - sin2);
}

fn scatter_interface(lobe: f32, half_way: vec3f) -> Scatter {
    let cosine = dot(bsdf_view, half_way);
    if (cosine <= 0.0) {
        return absorbed();
    }
    let reflects = lobe < fresnel_dielectric(cosine, bsdf_eta);
    var direction = half_way * (2.0 * cosine) - bsdf_view;
    if (!reflects) {
        direction = refracted(half_way);
    }
    let cos_light = dot(bsdf_normal, direction);
    if (all(direction == vec3f(0.0)) || (cos_light > 0.0) != reflects) {
        return absorbed();
    }
    let shadowing = shadowing_ratio(dot(bsdf_normal, bsdf_view), abs(cos_light));
    // Radiance is compressed into a smaller solid angle in the denser medium.
    let scale = select(bsdf_tint / (bsdf_eta * bsdf_eta), vec3f(1.0), reflects);
    return Scatter(
        direction,
        scale * (shadowing * bsdf_compensation),
        UNKNOWN,
        select(REFRACTED, REFLECTED, reflects),
    );
}

fn scatter_wall(lobe: f32, half_way: vec3f) -> Scatter {
    let clear = bsdf_alpha < SPECULAR_ALPHA;
    let cos_view = max(dot(bsdf_normal, bsdf_view), 1e-3);
    if (clear && lobe >= wall_share(cos_view)) {
        return Scatter(-bsdf_view, bsdf_tint, 0.0, STRAIGHT);
    }
    let v_dot_h = dot(bsdf_view, half_way);
    let mirrored = half_way * (2.0 * v_dot_h) - bsdf_view;
    let cos_light = dot(bsdf_normal, mirrored);
    if (cos_light <= 0.0) {
        return absorbed();
    }
    let reflects = clear || lobe < wall_share(v_dot_h);
    let weight = shadowing_ratio(cos_view, cos_light) * bsdf_compensation;
    let direction = select(mirrored - bsdf_normal * (2.0 * cos_light), mirrored, reflects);
    return Scatter(
        direction,
        select(bsdf_tint, vec3f(1.0), reflects) * weight,
        UNKNOWN,
        select(PASSED, REFLECTED, reflects),
    );
}

// A direction by a point of the unit square and a choice of lobe, to be `evaluated`.
fn scatter(u: vec2f, lobe: f32) -> Scatter {
    let half_way = visible_normal(u);
    switch bsdf_kind {
        case BSDF_OPAQUE: {
            return scatter_opaque(u, lobe, half_way);
        }
        case BSDF_INTERFACE: {
            return scatter_interface(lobe, half_way);
        }
        default: {
            return scatter_wall(lobe, half_way);
        }
    }
}
