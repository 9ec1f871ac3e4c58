//! The two visibilities that are sampled: of area lights, and of ambient light.

use std::array::from_fn;

use arrayvec::ArrayVec;
use glam::Vec3;

use super::shade::{LightWeight8, Shade8, Work, luminance8};
use super::site::{CameraRays, Site8};
use super::trace::{self, World};
use super::{ViewScene, sampling};
use crate::render::geometry::Rays8;
use crate::render::lanes::{F, LANES, V, mask, max, set_lane, set_lanes, splat};

impl Site8 {
    /// Traces the pixels' share of samples towards area lights and into the ambient hemisphere.
    pub fn sample_open(
        &self,
        view: &ViewScene,
        rays: &CameraRays,
        pixels: &[(usize, usize); LANES],
        active: u32,
        work: &mut Work,
        shade: &mut Shade8,
    ) {
        let world = World::from(view);
        let points = pixels.map(|(x, y)| sampling::points(x, y));
        let normal = self.brdf.normal;
        let all = mask(active);
        shade.position = shade.position.or_where(all, self.position);
        shade.normal = shade.normal.or_where(all, normal);
        let footprint = self.t * rays.length * splat(view.pixel_rad());
        shade.footprint_m = all.select(footprint, shade.footprint_m);
        let total = work
            .weights
            .iter()
            .fold(F::ZERO, |sum, w| sum + w.luminance);
        let weighted = active & total.simd_gt(F::ZERO).to_bitmask();
        if weighted != 0 {
            let [mut open, mut total_open] = [F::ZERO; 2];
            let samples: [AreaSample8; sampling::PER_PIXEL] = from_fn(|k| {
                self.area_sample(view, &points.map(|p| p[k]), &work.weights, total, weighted)
            });
            let passed = passed_to_lights(world, &samples, work);
            for (sample, passed) in samples.iter().zip(passed) {
                total_open += sample.weight;
                open += sample.weight * mask(sample.shadowed).select(passed, F::ONE);
            }
            let weighted = mask(weighted);
            let [old_open, old_all] = shade.area_open;
            shade.area_open = [
                weighted.select(open, old_open),
                weighted.select(total_open, old_all),
            ];
        }
        let environment = &view.lights.environment;
        let dark = luminance8(shade.ambient).simd_le(F::ZERO).to_bitmask();
        let active = active & !dark;
        if environment.is_shadowed() && active != 0 {
            let reaches = environment.reaches8(normal);
            let samples: [_; sampling::AMBIENT_PER_PIXEL] = from_fn(|k| {
                let local = V::lanes(|i| sampling::directions(pixels[i].0, pixels[i].1)[k]);
                self.leaving(view, normal.turn(local))
            });
            let reached = reaches.map(|(_, share)| active & share.simd_gt(F::ZERO).to_bitmask());
            let between: [_; 2] = from_fn(|part| {
                let rays = samples.iter().map(|(rays, _)| (rays, reached[part]));
                (reached[part] != 0).then(|| work.between(world, rays, reaches[part].0))
            });
            let mut open = F::ZERO;
            for (rays, spared) in &samples {
                let parts = reaches.iter().zip(&reached).zip(&between);
                for (((limit, share), &reached), between) in parts {
                    if let Some(between) = between {
                        let limit = splat(*limit);
                        let passed =
                            trace::transmittance8(world, rays, limit, *spared, reached, between);
                        open += *share * luminance8(passed);
                    }
                }
            }
            let open = open * splat(1.0 / sampling::AMBIENT_PER_PIXEL as f32);
            shade.ambient_open = mask(active).select(open, shade.ambient_open);
        }
    }

    /// One sample of area light at the points in `active`, by each point's three numbers.
    fn area_sample(
        &self,
        view: &ViewScene,
        points: &[[f32; 3]; LANES],
        weights: &[LightWeight8],
        total: F,
        active: u32,
    ) -> AreaSample8 {
        let mut picked = [None; LANES];
        for i in set_lanes(active) {
            picked[i] = pick(weights, i, total.to_array()[i], points[i][2]);
        }
        let light = |i: usize| picked[i].map(|l: usize| (&view.lights.rects[l], &weights[l]));
        let target = V::lanes(|i| {
            let [u, v, _] = points[i];
            light(i).map_or(Vec3::ZERO, |(l, _)| l.point(2.0 * u - 1.0, 2.0 * v - 1.0))
        });
        // Four shine by their fronts; the last number is area over form factor.
        let (light_normal, area) = V::rows(|i| {
            let Some((l, w)) = light(i) else {
                return [0.0; 4];
            };
            l.normal
                .extend(l.area_m2 / w.form_factor_pi.to_array()[i])
                .into()
        });
        let origin = self.lifted(target - self.position);
        let direction = target - origin;
        let cosines = max(direction.dot(self.brdf.normal), F::ZERO)
            * max(-direction.dot(light_normal), F::ZERO);
        let squared = direction.length_squared();
        let weight = cosines * area / max(squared * squared, splat(1e-12));
        let shines = active & weight.simd_gt(F::ZERO).to_bitmask();
        AreaSample8 {
            rays: Rays8 { origin, direction },
            spared: self.spared(view, direction),
            light: picked.map(|l| l.unwrap_or(0)),
            weight: weight & mask(shines),
            shadowed: set_lanes(shines)
                .filter(|&i| light(i).is_some_and(|(l, _)| l.casts_shadow))
                .fold(0, |bits, i| bits | 1 << i),
        }
    }
}

/// A sample of area light at eight points.
struct AreaSample8 {
    rays: Rays8,
    /// See [`Site8::spared`].
    spared: [u32; LANES],
    /// By lane: index of the light.
    light: [usize; LANES],
    /// Its share of the light's form factor: 1 on average.
    weight: F,
    /// Lanes whose light something may block.
    shadowed: u32,
}

/// Share of the way to a light that is looked at.
const TO_LIGHT: f32 = 0.999;

/// Luminances that arrive of 1 that the samples' lights send. Rays towards one light go together,
/// from whichever point: they meet the same things.
fn passed_to_lights(
    world: World,
    samples: &[AreaSample8; sampling::PER_PIXEL],
    work: &mut Work,
) -> [F; sampling::PER_PIXEL] {
    let mut passed = [F::ONE; sampling::PER_PIXEL];
    let mut order: ArrayVec<(usize, usize, usize), { LANES * sampling::PER_PIXEL }> = (0..LANES)
        .flat_map(|lane| (0..sampling::PER_PIXEL).map(move |k| (lane, k)))
        .filter(|&(lane, k)| samples[k].shadowed >> lane & 1 == 1)
        .map(|(lane, k)| (samples[k].light[lane], lane, k))
        .collect();
    order.sort_unstable();
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let ray_of = |&(_, lane, k): &(usize, usize, usize)| (&samples[k].rays, 1 << lane);
        // Stops short of the light, so that its own housing does not shade it.
        let between = work.between(world, group.iter().map(ray_of), TO_LIGHT);
        for eight in group.chunks(LANES) {
            let of = |i: usize| {
                let (_, lane, k) = eight[i.min(eight.len() - 1)];
                (&samples[k], lane)
            };
            let ray = |v: fn(&Rays8) -> &V| {
                V::lanes(|i| {
                    let (sample, lane) = of(i);
                    v(&sample.rays).lane(lane)
                })
            };
            let rays = Rays8 {
                origin: ray(|r| &r.origin),
                direction: ray(|r| &r.direction),
            };
            let spared = from_fn(|i| {
                let (sample, lane) = of(i);
                sample.spared[lane]
            });
            let (limit, all) = (splat(TO_LIGHT), (1 << eight.len()) - 1);
            let light = trace::transmittance8(world, &rays, limit, spared, all, &between);
            let light = luminance8(light).to_array();
            for (&(_, lane, k), light) in eight.iter().zip(light) {
                set_lane(&mut passed[k], lane, light);
            }
        }
    }
    passed
}

/// Index of a choice, weighted by luminance in one lane, by `u` in 0 … 1.
fn pick(weights: &[LightWeight8], lane: usize, total: f32, u: f32) -> Option<usize> {
    let mut rest = u * total;
    let mut last = None;
    for (i, w) in weights.iter().enumerate() {
        let w = w.luminance.to_array()[lane];
        if w > 0.0 {
            last = Some(i);
            if rest < w {
                break;
            }
            rest -= w;
        }
    }
    last
}
