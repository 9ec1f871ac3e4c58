//! Reflection of surfaces: Lambert below a GGX microfacet coat, energy-conserving.

mod lanes;

use std::f32::consts::FRAC_1_PI;

use glam::Vec3;

pub use lanes::Brdf8;

const N: usize = 32;

/// Directional albedo of the GGX lobe with height-correlated Smith shadowing, split as
/// E(F0) = F0 · a + b (Schlick's Fresnel), by cosine and roughness. Computed here by
/// integration over the hemisphere, 1,024 directions an entry.
pub struct Albedos {
    table: Vec<[f32; 2]>,
}

/// A surface's reflection at one point.
#[derive(Clone, Copy, Debug)]
pub struct Brdf {
    pub normal: Vec3,
    /// Unit, towards the viewer.
    pub view: Vec3,
    pub diffuse: Vec3,
    pub f0: Vec3,
    /// GGX α.
    pub alpha: f32,
    /// Share of ambient light that the specular lobe reflects, multiple scattering included.
    pub specular_albedo: Vec3,
    /// Makes up for scattering between microfacets that the single-bounce lobe loses.
    compensation: Vec3,
    cos_view: f32,
}

impl Albedos {
    /// Integrates the table.
    pub fn new() -> Self {
        let mut table = Vec::with_capacity(N * N);
        for r in 0..N {
            for c in 0..N {
                // From end to end: at roughness 1 the albedo is at its steepest.
                table.push(integrate(
                    (c as f32 / (N - 1) as f32).max(1e-2),
                    r as f32 / (N - 1) as f32,
                ));
            }
        }
        Self { table }
    }

    /// Directional albedo of the lobe alone, without Fresnel's share.
    #[inline]
    pub fn lobe(&self, cosine: f32, roughness: f32) -> f32 {
        let [a, b] = self.get(cosine, roughness);
        a + b
    }

    /// (a, b) by rows of equal roughness, 32 × 32.
    pub fn table(&self) -> &[[f32; 2]] {
        &self.table
    }

    /// (a, b), bilinear.
    #[inline]
    fn get(&self, cosine: f32, roughness: f32) -> [f32; 2] {
        let split = |v: f32| {
            let x = v.clamp(0.0, 1.0) * (N - 1) as f32;
            let i = (x as usize).min(N - 2);
            (i, x - i as f32)
        };
        let ((c, fc), (r, fr)) = (split(cosine), split(roughness));
        std::array::from_fn(|k| {
            let at = |r: usize, c: usize| self.table[r * N + c][k];
            let low = at(r, c) + (at(r, c + 1) - at(r, c)) * fc;
            let high = at(r + 1, c) + (at(r + 1, c + 1) - at(r + 1, c)) * fc;
            low + (high - low) * fr
        })
    }
}

/// Importance-samples visible half vectors' simpler cousin: half vectors by D·cos, 32 × 32.
fn integrate(cos_view: f32, roughness: f32) -> [f32; 2] {
    let alpha = (roughness * roughness).max(1e-3);
    let view = Vec3::new((1.0 - cos_view * cos_view).sqrt(), 0.0, cos_view);
    let (mut a, mut b) = (0.0f64, 0.0f64);
    let steps = 32;
    for i in 0..steps {
        let u = (i as f32 + 0.5) / steps as f32;
        let cos_half = ((1.0 - u) / (1.0 + (alpha * alpha - 1.0) * u)).sqrt();
        let sin_half = (1.0 - cos_half * cos_half).max(0.0).sqrt();
        for j in 0..steps {
            let phi = std::f32::consts::PI * (j as f32 + 0.5) / steps as f32;
            let half = Vec3::new(
                sin_half * libm::cosf(phi),
                sin_half * libm::sinf(phi),
                cos_half,
            );
            let v_dot_h = view.dot(half);
            let light = half * (2.0 * v_dot_h) - view;
            if light.z <= 0.0 || v_dot_h <= 0.0 {
                continue;
            }
            let g = 4.0 * light.z * visibility(cos_view, light.z, alpha) * v_dot_h / cos_half;
            let f = fresnel_power(v_dot_h);
            a += f64::from(g * (1.0 - f));
            b += f64::from(g * f);
        }
    }
    let n = f64::from(steps * steps);
    [(a / n) as f32, (b / n) as f32]
}

/// (1 − cos)⁵.
#[inline]
pub fn fresnel_power(cosine: f32) -> f32 {
    let m = (1.0 - cosine).clamp(0.0, 1.0);
    let m2 = m * m;
    m2 * m2 * m
}

/// Smith's height-correlated G / (4 cos_view cos_light).
#[inline]
fn visibility(cos_view: f32, cos_light: f32, alpha: f32) -> f32 {
    let a2 = alpha * alpha;
    let v = cos_light * (cos_view * cos_view * (1.0 - a2) + a2).sqrt();
    let l = cos_view * (cos_light * cos_light * (1.0 - a2) + a2).sqrt();
    0.5 / (v + l).max(1e-7)
}

impl Brdf {
    /// `roughness` is perceptual (α = roughness²).
    #[inline]
    pub fn new(
        albedos: &Albedos,
        normal: Vec3,
        view: Vec3,
        base_color: Vec3,
        metallic: f32,
        roughness: f32,
        ior: f32,
    ) -> Self {
        let cos_view = normal.dot(view).clamp(1e-3, 1.0);
        let r = (ior - 1.0) / (ior + 1.0);
        let f0 = Vec3::splat(r * r).lerp(base_color, metallic);
        let [a, b] = albedos.get(cos_view, roughness);
        let single = f0 * a + b;
        let compensation = Vec3::ONE + f0 * (1.0 / (a + b).max(1e-3) - 1.0);
        let specular_albedo = single * compensation;
        Self {
            normal,
            view,
            diffuse: base_color * (1.0 - metallic) * (Vec3::ONE - specular_albedo).max(Vec3::ZERO),
            f0,
            alpha: roughness * roughness,
            specular_albedo,
            compensation,
            cos_view,
        }
    }

    /// The specular lobe's value; `alpha` may be widened for lights with size.
    #[inline]
    pub fn specular(&self, towards: Vec3, cos_light: f32, alpha: f32) -> Vec3 {
        let half = (towards + self.view).normalize_or(self.normal);
        let n_dot_h = self.normal.dot(half).clamp(0.0, 1.0);
        let a2 = alpha * alpha;
        let d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
        let distribution = a2 * FRAC_1_PI / (d * d).max(1e-12);
        self.fresnel(self.view.dot(half))
            * (distribution * visibility(self.cos_view, cos_light, self.alpha))
    }

    /// Fresnel's share of the coat at a microfacet, scaled for what multiple scattering adds.
    #[inline]
    pub fn fresnel(&self, v_dot_h: f32) -> Vec3 {
        (self.f0 + (Vec3::ONE - self.f0) * fresnel_power(v_dot_h)) * self.compensation
    }

    /// Cosine between normal and view, at least 10⁻³.
    #[inline]
    pub fn cos_view(&self) -> f32 {
        self.cos_view
    }
}

/// Reflectance of one interface for unpolarized light (Fresnel's equations), from outside.
#[inline]
pub fn fresnel_dielectric(cosine: f32, ior: f32) -> f32 {
    let cos_i = cosine.clamp(0.0, 1.0);
    let sin2_t = (1.0 - cos_i * cos_i) / (ior * ior);
    if sin2_t >= 1.0 {
        return 1.0;
    }
    let cos_t = (1.0 - sin2_t).sqrt();
    let s = (cos_i - ior * cos_t) / (cos_i + ior * cos_t);
    let p = (ior * cos_i - cos_t) / (ior * cos_i + cos_t);
    0.5 * (s * s + p * p)
}

/// Reflectance of a wall (two interfaces of reflectance `r`, all internal bounces summed).
#[inline]
pub fn wall_reflectance(r: f32) -> f32 {
    2.0 * r / (1.0 + r)
}
