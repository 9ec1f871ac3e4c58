//! Scattering at surfaces for paths of light: opaque coats, rough dielectric interfaces and thin
//! walls, all of GGX microfacets, all energy-conserving.
//!
//! Directions point away from the surface. Visible normals are sampled after Dupuy and Benyoub,
//! "Sampling Visible GGX Normals with Spherical Caps", 2023; refraction follows Walter et al.,
//! "Microfacet Models for Refraction through Rough Surfaces", 2007. What single scattering
//! between microfacets loses is made up for by the lobe's albedo (Turquin, "Practical multiple
//! scattering compensation for microfacet models", 2019).

use std::f32::consts::{FRAC_1_PI, PI};
use std::sync::LazyLock;

use glam::Vec3;

use super::brdf::{Brdf, fresnel_dielectric, wall_reflectance};
use crate::base::color::luminance;

/// Below this GGX α a lobe counts as a mirror or a clear pane: lights are found by following it,
/// never by sampling them.
pub const SPECULAR_ALPHA: f32 = 0.01;

/// How light leaves a surface.
pub enum Bsdf {
    Opaque(Opaque),
    Interface(Interface),
    Wall(Wall),
}

/// A sampled direction.
pub struct Scatter {
    pub direction: Vec3,
    /// Value × cosine / density.
    pub weight: Vec3,
    /// Per steradian, all lobes that [`Bsdf::evaluate`] knows; 0 for specular lobes.
    pub pdf: f32,
    pub kind: ScatterKind,
}

/// What happened to the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScatterKind {
    Reflected,
    /// Through an interface, into or out of a medium.
    Refracted,
    /// Through a thin wall, turned or not.
    Passed,
    /// Through a clear wall, straight on: as if nothing but the weight had happened.
    Straight,
}

/// Lambert below a GGX coat.
pub struct Opaque {
    brdf: Brdf,
    coat: f32,
}

/// The boundary of two media.
pub struct Interface {
    normal: Vec3,
    view: Vec3,
    alpha: f32,
    /// Refractive index beyond over the one before.
    eta: f32,
    tint: Vec3,
    compensation: f32,
}

/// Two interfaces so close that rays leave where they enter.
pub struct Wall {
    normal: Vec3,
    view: Vec3,
    alpha: f32,
    ior: f32,
    tint: Vec3,
    compensation: f32,
}

impl Bsdf {
    /// Whether it has a lobe that is not specular.
    pub fn scatters(&self) -> bool {
        match self {
            Self::Opaque(o) => o.coat < 1.0 || o.brdf.alpha >= SPECULAR_ALPHA,
            Self::Interface(i) => i.alpha >= SPECULAR_ALPHA,
            Self::Wall(w) => w.alpha >= SPECULAR_ALPHA,
        }
    }

    /// Whether light can come from the other side.
    pub fn transmits(&self) -> bool {
        !matches!(self, Self::Opaque(_))
    }

    /// Value × |cosine| towards a light, and the density with which [`Self::sample`] finds that
    /// direction; of lobes of at least this GGX α: [`SPECULAR_ALPHA`], or 0 for lights that no
    /// path can find.
    pub fn evaluate(&self, towards: Vec3, least_alpha: f32) -> (Vec3, f32) {
        match self {
            Self::Opaque(o) => o.evaluate(towards, least_alpha),
            Self::Interface(i) => i.evaluate(towards, least_alpha),
            Self::Wall(w) => w.evaluate(towards, least_alpha),
        }
    }

    /// A direction, by a point of the unit square and a choice of lobe; `None` if it is absorbed.
    pub fn sample(&self, u: [f32; 2], lobe: f32) -> Option<Scatter> {
        match self {
            Self::Opaque(o) => o.sample(u, lobe),
            Self::Interface(i) => i.sample(u, lobe),
            Self::Wall(w) => w.sample(u, lobe),
        }
    }
}

impl Opaque {
    /// From the coat and body that fast mode shades with.
    pub fn new(brdf: Brdf) -> Self {
        let (coat, body) = (luminance(brdf.specular_albedo), luminance(brdf.diffuse));
        let coat = if body <= 0.0 {
            1.0
        } else {
            (coat / (coat + body)).clamp(0.1, 0.9)
        };
        Self { brdf, coat }
    }

    fn evaluate(&self, towards: Vec3, least_alpha: f32) -> (Vec3, f32) {
        let cosine = self.brdf.normal.dot(towards);
        if cosine <= 0.0 {
            return (Vec3::ZERO, 0.0);
        }
        let mut value = self.brdf.diffuse * (FRAC_1_PI * cosine);
        let mut pdf = (1.0 - self.coat) * FRAC_1_PI * cosine;
        if self.brdf.alpha >= least_alpha {
            value += self.brdf.specular(towards, cosine, self.brdf.alpha) * cosine;
            let half = (towards + self.brdf.view).normalize_or(self.brdf.normal);
            pdf +=
                self.coat * reflected_pdf(self.brdf.normal, self.brdf.view, half, self.brdf.alpha);
        }
        (value, pdf)
    }

    fn sample(&self, u: [f32; 2], lobe: f32) -> Option<Scatter> {
        let Brdf {
            normal,
            view,
            alpha,
            ..
        } = self.brdf;
        let kind = ScatterKind::Reflected;
        if lobe >= self.coat {
            let direction = cosine_direction(normal, u);
            return if alpha >= SPECULAR_ALPHA {
                self.scattered(direction)
            } else {
                Some(Scatter {
                    direction,
                    weight: self.brdf.diffuse / (1.0 - self.coat),
                    pdf: (1.0 - self.coat) * FRAC_1_PI * normal.dot(direction).max(0.0),
                    kind,
                })
            };
        }
        let half = visible_normal(normal, view, alpha, u);
        let direction = half * (2.0 * view.dot(half)) - view;
        let cosine = normal.dot(direction);
        if cosine <= 0.0 {
            return None;
        }
        if alpha >= SPECULAR_ALPHA {
            return self.scattered(direction);
        }
        let fresnel = self.brdf.fresnel(view.dot(half));
        let shadowing = shadowing_ratio(self.brdf.cos_view(), cosine, alpha);
        Some(Scatter {
            direction,
            weight: fresnel * (shadowing / self.coat),
            pdf: 0.0,
            kind,
        })
    }

    fn scattered(&self, direction: Vec3) -> Option<Scatter> {
        let (value, pdf) = self.evaluate(direction, SPECULAR_ALPHA);
        (pdf > 1e-9).then(|| Scatter {
            direction,
            weight: value / pdf,
            pdf,
            kind: ScatterKind::Reflected,
        })
    }
}

impl Interface {
    /// `eta` is the refractive index beyond the surface over the one on the viewer's side.
    pub fn new(normal: Vec3, view: Vec3, alpha: f32, eta: f32, tint: Vec3) -> Self {
        let compensation = 1.0 / InterfaceAlbedo::get(normal.dot(view), alpha, eta).max(0.1);
        Self {
            normal,
            view,
            alpha,
            eta,
            tint,
            compensation,
        }
    }

    /// Density per steradian of a direction by half vector, reflected or refracted, without
    /// Fresnel's share.
    fn evaluate(&self, towards: Vec3, least_alpha: f32) -> (Vec3, f32) {
        if self.alpha < least_alpha {
            return (Vec3::ZERO, 0.0);
        }
        let (cos_view, cos_light) = (self.normal.dot(self.view), self.normal.dot(towards));
        if cos_view <= 0.0 || cos_light == 0.0 {
            return (Vec3::ZERO, 0.0);
        }
        let reflects = cos_light > 0.0;
        let half = if reflects {
            self.view + towards
        } else {
            -(self.view + towards * self.eta)
        };
        let Some(half) = half.try_normalize() else {
            return (Vec3::ZERO, 0.0);
        };
        let half = if half.dot(self.normal) < 0.0 {
            -half
        } else {
            half
        };
        let (v_dot_h, l_dot_h) = (self.view.dot(half), towards.dot(half));
        if v_dot_h <= 0.0 || (l_dot_h > 0.0) != reflects {
            return (Vec3::ZERO, 0.0);
        }
        let fresnel = fresnel_dielectric(v_dot_h, self.eta);
        let shadowing = shadowing_ratio(cos_view, cos_light.abs(), self.alpha) * self.compensation;
        if reflects {
            let pdf = fresnel * reflected_pdf(self.normal, self.view, half, self.alpha);
            return (Vec3::splat(pdf * shadowing), pdf);
        }
        let visible = 4.0 * v_dot_h * reflected_pdf(self.normal, self.view, half, self.alpha);
        let sum = v_dot_h + self.eta * l_dot_h;
        let jacobian = self.eta * self.eta * -l_dot_h / (sum * sum).max(1e-9);
        let pdf = (1.0 - fresnel) * visible * jacobian;
        (self.tint * (pdf * shadowing / (self.eta * self.eta)), pdf)
    }

    fn sample(&self, u: [f32; 2], lobe: f32) -> Option<Scatter> {
        let half = visible_normal(self.normal, self.view, self.alpha, u);
        let cosine = self.view.dot(half);
        if cosine <= 0.0 {
            return None;
        }
        let reflects = lobe < fresnel_dielectric(cosine, self.eta);
        let direction = if reflects {
            half * (2.0 * cosine) - self.view
        } else {
            refract(self.view, half, self.eta)?
        };
        let cos_light = self.normal.dot(direction);
        if (cos_light > 0.0) != reflects {
            return None;
        }
        let shadowing = shadowing_ratio(self.normal.dot(self.view), cos_light.abs(), self.alpha);
        // Radiance is compressed into a smaller solid angle in the denser medium.
        let scale = if reflects {
            Vec3::ONE
        } else {
            self.tint / (self.eta * self.eta)
        };
        let kind = if reflects {
            ScatterKind::Reflected
        } else {
            ScatterKind::Refracted
        };
        let (_, pdf) = self.evaluate(direction, SPECULAR_ALPHA);
        Some(Scatter {
            direction,
            weight: scale * (shadowing * self.compensation),
            pdf,
            kind,
        })
    }
}

impl Wall {
    /// `albedo` is the directional albedo of the lobe without Fresnel's share.
    pub fn new(normal: Vec3, view: Vec3, alpha: f32, ior: f32, tint: Vec3, albedo: f32) -> Self {
        Self {
            normal,
            view,
            alpha,
            ior,
            tint,
            compensation: 1.0 / albedo.max(0.1),
        }
    }

    /// Share of light that a clear wall reflects.
    fn reflectance(&self, cosine: f32) -> f32 {
        wall_reflectance(fresnel_dielectric(cosine, self.ior))
    }

    fn evaluate(&self, towards: Vec3, least_alpha: f32) -> (Vec3, f32) {
        let cos_light = self.normal.dot(towards);
        if self.alpha < least_alpha || cos_light == 0.0 {
            return (Vec3::ZERO, 0.0);
        }
        let reflects = cos_light > 0.0;
        let mirrored = towards + self.normal * (cos_light.abs() - cos_light);
        let half = (self.view + mirrored).normalize_or(self.normal);
        let reflectance = self.reflectance(self.view.dot(half));
        let share = if reflects {
            reflectance
        } else {
            1.0 - reflectance
        };
        let pdf = share * reflected_pdf(self.normal, self.view, half, self.alpha);
        let cos_view = self.normal.dot(self.view).max(1e-3);
        let shadowing = shadowing_ratio(cos_view, cos_light.abs(), self.alpha);
        let tint = if reflects { Vec3::ONE } else { self.tint };
        (tint * (pdf * shadowing * self.compensation), pdf)
    }

    fn sample(&self, u: [f32; 2], lobe: f32) -> Option<Scatter> {
        let clear = self.alpha < SPECULAR_ALPHA;
        let cos_view = self.normal.dot(self.view).max(1e-3);
        if clear && lobe >= self.reflectance(cos_view) {
            return Some(Scatter {
                direction: -self.view,
                weight: self.tint,
                pdf: 0.0,
                kind: ScatterKind::Straight,
            });
        }
        let half = visible_normal(self.normal, self.view, self.alpha, u);
        let v_dot_h = self.view.dot(half);
        let mirrored = half * (2.0 * v_dot_h) - self.view;
        let cos_light = self.normal.dot(mirrored);
        if cos_light <= 0.0 {
            return None;
        }
        let reflects = clear || lobe < self.reflectance(v_dot_h);
        let weight = shadowing_ratio(cos_view, cos_light, self.alpha) * self.compensation;
        let (direction, tint, kind) = if reflects {
            (mirrored, Vec3::ONE, ScatterKind::Reflected)
        } else {
            let through = mirrored - self.normal * (2.0 * cos_light);
            (through, self.tint, ScatterKind::Passed)
        };
        let (_, pdf) = self.evaluate(direction, SPECULAR_ALPHA);
        Some(Scatter {
            direction,
            weight: tint * weight,
            pdf,
            kind,
        })
    }
}

/// The direction beyond an interface; `None` where reflection is total. `eta` is the refractive
/// index beyond over the one before.
pub fn refract(view: Vec3, normal: Vec3, eta: f32) -> Option<Vec3> {
    let cosine = view.dot(normal);
    let sin2 = (1.0 - cosine * cosine).max(0.0) / (eta * eta);
    if sin2 >= 1.0 {
        return None;
    }
    Some((normal * cosine - view) / eta - normal * (1.0 - sin2).sqrt())
}

/// A unit direction about `normal` with density cos θ / π.
pub fn cosine_direction(normal: Vec3, [u, v]: [f32; 2]) -> Vec3 {
    let (sin, cos) = turn(v);
    let radius = u.sqrt();
    let (tangent, bitangent) = normal.any_orthonormal_pair();
    tangent * (radius * cos) + bitangent * (radius * sin) + normal * (1.0 - u).max(0.0).sqrt()
}

/// (sin, cos) of `u` turns, 0 ≤ u < 1, to 10⁻⁶: Taylor's series over an eighth of a turn.
#[inline]
pub fn turn(u: f32) -> (f32, f32) {
    let quarter = (u * 4.0 + 0.5).floor();
    let x = (u * 4.0 - quarter) * (0.5 * PI);
    let x2 = x * x;
    let sin = x * (1.0 + x2 * (-1.0 / 6.0 + x2 * (1.0 / 120.0 - x2 * (1.0 / 5040.0))));
    let cos = 1.0 + x2 * (-0.5 + x2 * (1.0 / 24.0 + x2 * (-1.0 / 720.0 + x2 * (1.0 / 40_320.0))));
    match quarter as u32 & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// A microfacet normal as the viewer sees them.
fn visible_normal(normal: Vec3, view: Vec3, alpha: f32, [u, v]: [f32; 2]) -> Vec3 {
    let (tangent, bitangent) = normal.any_orthonormal_pair();
    let local = Vec3::new(
        view.dot(tangent),
        view.dot(bitangent),
        view.dot(normal).max(1e-4),
    );
    let stretched = Vec3::new(local.x * alpha, local.y * alpha, local.z).normalize();
    let z = (1.0 - v) * (1.0 + stretched.z) - stretched.z;
    let radius = (1.0 - z * z).max(0.0).sqrt();
    let (sin, cos) = turn(u);
    let half = Vec3::new(radius * cos, radius * sin, z) + stretched;
    let half = Vec3::new(half.x * alpha, half.y * alpha, half.z.max(1e-6)).normalize();
    tangent * half.x + bitangent * half.y + normal * half.z
}

/// Density per steradian of the direction that `half` mirrors the view into.
fn reflected_pdf(normal: Vec3, view: Vec3, half: Vec3, alpha: f32) -> f32 {
    let cos_view = normal.dot(view).max(1e-4);
    let n_dot_h = normal.dot(half).clamp(0.0, 1.0);
    let a2 = alpha * alpha;
    let d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
    let distribution = a2 * FRAC_1_PI / (d * d).max(1e-12);
    // G1 / (4 cos_view) = 1 / (2 (cos + √(cos² (1 − α²) + α²)))
    distribution / (2.0 * (cos_view + (cos_view * cos_view * (1.0 - a2) + a2).sqrt()))
}

/// G2 / G1 of Smith's height-correlated shadowing.
fn shadowing_ratio(cos_view: f32, cos_light: f32, alpha: f32) -> f32 {
    let a2 = alpha * alpha;
    let v = (cos_view * cos_view * (1.0 - a2) + a2).sqrt();
    let l = (cos_light * cos_light * (1.0 - a2) + a2).sqrt();
    cos_light * (cos_view + v) / (cos_light * v + cos_view * l).max(1e-9)
}

/// Directional albedo of a colourless rough interface, both sides summed, by cosine, roughness
/// and relative index.
struct InterfaceAlbedo;

static INTERFACES: LazyLock<Vec<f32>> = LazyLock::new(InterfaceAlbedo::integrate_all);

/// Entries of [`interface_albedos`].
pub const INTERFACE_ALBEDOS: usize = INDICES * ROUGHNESSES * COSINES;

/// Directional albedos of rough interfaces, for other executors: by relative index, then
/// roughness, then cosine.
pub fn interface_albedos() -> &'static [f32] {
    &INTERFACES
}

const COSINES: usize = 16;
const ROUGHNESSES: usize = 16;
const INDICES: usize = 33;
/// Of (η − 1) / (η + 1): η from 1/3 to 3.
const MOST_INDEX: f32 = 0.5;

impl InterfaceAlbedo {
    /// Trilinear.
    fn get(cosine: f32, alpha: f32, eta: f32) -> f32 {
        let split = |x: f32, n: usize| {
            let x = x.clamp(0.0, 1.0) * (n - 1) as f32;
            let i = (x as usize).min(n - 2);
            (i, x - i as f32)
        };
        let (c, fc) = split(cosine, COSINES);
        let (r, fr) = split(alpha.sqrt(), ROUGHNESSES);
        let index = (eta - 1.0) / (eta + 1.0);
        let (k, fk) = split(0.5 + 0.5 * index / MOST_INDEX, INDICES);
        let at = |k: usize, r: usize, c: usize| INTERFACES[(k * ROUGHNESSES + r) * COSINES + c];
        let mix = |a: f32, b: f32, f: f32| a + (b - a) * f;
        let row = |k: usize, r: usize| mix(at(k, r, c), at(k, r, c + 1), fc);
        let slab = |k: usize| mix(row(k, r), row(k, r + 1), fr);
        mix(slab(k), slab(k + 1), fk)
    }

    fn integrate_all() -> Vec<f32> {
        let mut table = Vec::with_capacity(INDICES * ROUGHNESSES * COSINES);
        for k in 0..INDICES {
            let index = MOST_INDEX * (2.0 * k as f32 / (INDICES - 1) as f32 - 1.0);
            let eta = (1.0 + index) / (1.0 - index);
            for r in 0..ROUGHNESSES {
                let roughness = r as f32 / (ROUGHNESSES - 1) as f32;
                for c in 0..COSINES {
                    let cosine = (c as f32 / (COSINES - 1) as f32).max(0.01);
                    table.push(Self::integrate(
                        cosine,
                        (roughness * roughness).max(1e-3),
                        eta,
                    ));
                }
            }
        }
        table
    }

    /// By 16 × 16 visible normals.
    fn integrate(cosine: f32, alpha: f32, eta: f32) -> f32 {
        const STEPS: usize = 16;
        let view = Vec3::new((1.0 - cosine * cosine).max(0.0).sqrt(), 0.0, cosine);
        let mut sum = 0.0;
        for i in 0..STEPS {
            for j in 0..STEPS {
                let u = [i, j].map(|k| (k as f32 + 0.5) / STEPS as f32);
                let half = visible_normal(Vec3::Z, view, alpha, u);
                let v_dot_h = view.dot(half);
                let fresnel = fresnel_dielectric(v_dot_h, eta);
                let mirrored = half * (2.0 * v_dot_h) - view;
                if mirrored.z > 0.0 {
                    sum += fresnel * shadowing_ratio(cosine, mirrored.z, alpha);
                }
                if let Some(through) = refract(view, half, eta)
                    && through.z < 0.0
                {
                    sum += (1.0 - fresnel) * shadowing_ratio(cosine, -through.z, alpha);
                }
            }
        }
        sum / (STEPS * STEPS) as f32
    }
}
