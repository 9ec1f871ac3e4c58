// Reflectance of one interface for unpolarized light, from outside.
fn fresnel_dielectric(cosine: f32, ior: f32) -> f32 {
    let cos_i = clamp(cosine, 0.0, 1.0);
    let sin2_t = (1.0 - cos_i * cos_i) / (ior * ior);
    if (sin2_t >= 1.0) {
        return 1.0;
    }
    let cos_t = sqrt(1.0 - sin2_t);
    let s = (cos_i - ior * cos_t) / (cos_i + ior * cos_t);
    let p = (ior * cos_i - cos_t) / (ior * cos_i + cos_t);
    return 0.5 * (s * s + p * p);
}

// Of a wall: two interfaces of reflectance r, all internal bounces summed.
fn wall_reflectance(r: f32) -> f32 {
    return 2.0 * r / (1.0 + r);
}
