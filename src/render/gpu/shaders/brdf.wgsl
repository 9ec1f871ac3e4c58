// Reflection of surfaces: Lambert below a GGX microfacet coat; see brdf.rs.

struct Brdf {
    normal: vec3f,
    // Unit, towards the viewer.
    view: vec3f,
    diffuse: vec3f,
    f0: vec3f,
    // GGX α.
    alpha: f32,
    specular_albedo: vec3f,
    compensation: vec3f,
    cos_view: f32,
}

// Bilinear in the table of directional albedo, 32 × 32.
fn albedo_terms(cosine: f32, roughness: f32) -> vec2f {
    let x = clamp(vec2f(cosine, roughness), vec2f(0.0), vec2f(1.0)) * 31.0;
    let i = min(vec2u(x), vec2u(30u));
    let f = x - vec2f(i);
    let at = ALBEDOS + 2u * (i.y * 32u + i.x);
    let low = mix(word_vec2(at), word_vec2(at + 2u), f.x);
    let high = mix(word_vec2(at + 64u), word_vec2(at + 66u), f.x);
    return mix(low, high, f.y);
}

fn fresnel_power(cosine: f32) -> f32 {
    let m = clamp(1.0 - cosine, 0.0, 1.0);
    let m2 = m * m;
    return m2 * m2 * m;
}

// Smith's height-correlated G / (4 cos_view cos_light).
fn smith_visibility(cos_view: f32, cos_light: f32, alpha: f32) -> f32 {
    let a2 = alpha * alpha;
    let v = cos_light * sqrt(cos_view * cos_view * (1.0 - a2) + a2);
    let l = cos_view * sqrt(cos_light * cos_light * (1.0 - a2) + a2);
    return 0.5 / max(v + l, 1e-7);
}

fn brdf_of(normal: vec3f, view: vec3f, m: MaterialPoint, ior: f32) -> Brdf {
    let cos_view = clamp(dot(normal, view), 1e-3, 1.0);
    let r = (ior - 1.0) / (ior + 1.0);
    let f0 = mix(vec3f(r * r), m.base_color, m.metallic);
    let terms = albedo_terms(cos_view, m.roughness);
    let single = f0 * terms.x + terms.y;
    let compensation = 1.0 + f0 * (1.0 / max(terms.x + terms.y, 1e-3) - 1.0);
    let specular_albedo = single * compensation;
    let diffuse = m.base_color * (1.0 - m.metallic) * max(1.0 - specular_albedo, vec3f(0.0));
    return Brdf(
        normal, view, diffuse, f0, m.roughness * m.roughness, specular_albedo, compensation, cos_view,
    );
}

// The specular lobe's value; `alpha` may be widened for lights with size.
fn specular(b: Brdf, towards: vec3f, cos_light: f32, alpha: f32) -> vec3f {
    let half_way = unit_or(towards + b.view, b.normal);
    let n_dot_h = clamp(dot(b.normal, half_way), 0.0, 1.0);
    let a2 = alpha * alpha;
    let d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
    let distribution = a2 * FRAC_1_PI / max(d * d, 1e-12);
    let fresnel = b.f0 + (1.0 - b.f0) * fresnel_power(dot(b.view, half_way));
    return fresnel * b.compensation * (distribution * smith_visibility(b.cos_view, cos_light, b.alpha));
}

fn mirror_direction(b: Brdf) -> vec3f {
    return b.normal * (2.0 * dot(b.normal, b.view)) - b.view;
}
