//! [`Brdf`] of eight points.

use std::f32::consts::FRAC_1_PI;

use super::{Albedos, N};
use crate::render::lanes::{F, I, V, clamp, max, splat};

/// Reflections of eight surfaces at one point each; see [`super::Brdf`].
#[derive(Clone, Copy)]
pub struct Brdf8 {
    pub normal: V,
    pub view: V,
    pub diffuse: V,
    pub f0: V,
    pub alpha: F,
    pub specular_albedo: V,
    compensation: V,
    cos_view: F,
}

impl Albedos {
    #[inline(always)]
    fn get8(&self, cosine: F, roughness: F) -> [F; 2] {
        let split = |v: F| {
            let x = clamp(v, 0.0, 1.0) * splat((N - 1) as f32);
            let i = x.fast_trunc_int().min(I::splat(N as i32 - 2));
            (i.to_array(), x - F::from_i32x8(i))
        };
        let ((c, fc), (r, fr)) = (split(cosine), split(roughness));
        // Entries (a, b) of equal roughness follow each other: two are a row of four numbers.
        let table = self.table.as_flattened();
        let row = |dr: usize| {
            V::rows(|i| {
                let at = 2 * ((r[i] as usize + dr) * N + c[i] as usize);
                let four = &table[at..at + 4];
                [four[0], four[1], four[2], four[3]]
            })
        };
        let between = |(low, high): (F, F), f: F| low + (high - low) * f;
        let ((near, last), (near_up, last_up)) = (row(0), row(1));
        let a = [(near.x, near.z), (near_up.x, near_up.z)].map(|pair| between(pair, fc));
        let b = [(near.y, last), (near_up.y, last_up)].map(|pair| between(pair, fc));
        [between((a[0], a[1]), fr), between((b[0], b[1]), fr)]
    }
}

#[inline(always)]
fn fresnel_power8(cosine: F) -> F {
    let m = clamp(F::ONE - cosine, 0.0, 1.0);
    let m2 = m * m;
    m2 * m2 * m
}

#[inline(always)]
fn visibility8(cos_view: F, cos_light: F, alpha: F) -> F {
    let a2 = alpha * alpha;
    let v = cos_light * (cos_view * cos_view * (F::ONE - a2) + a2).sqrt();
    let l = cos_view * (cos_light * cos_light * (F::ONE - a2) + a2).sqrt();
    splat(0.5) / max(v + l, splat(1e-7))
}

impl Brdf8 {
    /// `roughness` is perceptual (α = roughness²).
    #[inline(always)]
    pub fn new(
        albedos: &Albedos,
        normal: V,
        view: V,
        base_color: V,
        metallic: F,
        roughness: F,
        ior: F,
    ) -> Self {
        let one = V::of(F::ONE);
        let cos_view = clamp(normal.dot(view), 1e-3, 1.0);
        let r = (ior - F::ONE) / (ior + F::ONE);
        let plain = V::of(r * r);
        let f0 = plain * (F::ONE - metallic) + base_color * metallic;
        let [a, b] = albedos.get8(cos_view, roughness);
        let single = f0 * a + V::of(b);
        let compensation = one + f0 * (F::ONE / max(a + b, splat(1e-3)) - F::ONE);
        let specular_albedo = single * compensation;
        Self {
            normal,
            view,
            diffuse: base_color
                * (F::ONE - metallic)
                * (one - specular_albedo).map(|v| max(v, F::ZERO)),
            f0,
            alpha: roughness * roughness,
            specular_albedo,
            compensation,
            cos_view,
        }
    }

    /// The specular lobe's value.
    #[inline(always)]
    pub fn specular(&self, towards: V, cos_light: F) -> V {
        let half = (towards + self.view).normalize_or(self.normal);
        let n_dot_h = clamp(self.normal.dot(half), 0.0, 1.0);
        let a2 = self.alpha * self.alpha;
        let d = n_dot_h * n_dot_h * (a2 - F::ONE) + F::ONE;
        let distribution = a2 * splat(FRAC_1_PI) / max(d * d, splat(1e-12));
        let fresnel = self.f0 + (V::of(F::ONE) - self.f0) * fresnel_power8(self.view.dot(half));
        fresnel
            * self.compensation
            * (distribution * visibility8(self.cos_view, cos_light, self.alpha))
    }

    /// Mirror direction of the view.
    #[inline(always)]
    pub fn mirror(&self) -> V {
        self.normal * (splat(2.0) * self.normal.dot(self.view)) - self.view
    }
}
