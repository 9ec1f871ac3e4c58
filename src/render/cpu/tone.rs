//! [`crate::base::tone::neutral`] of eight colours.

use crate::render::lanes::{F, V, min, splat};

/// The Khronos PBR Neutral curve.
#[inline]
pub fn neutral8(color: V) -> V {
    let start = splat(0.8 - 0.04);
    let x = min(min(color.x, color.y), color.z);
    let toe = x - splat(6.25) * x * x;
    let offset = x.simd_lt(splat(0.08)).select(toe, splat(0.04));
    let color = color - V::of(offset);
    let peak = color.max_element();
    let bright = peak.simd_ge(start);
    if !bright.any() {
        return color;
    }
    let d = F::ONE - start;
    let new_peak = F::ONE - d * d / (peak + d - start);
    let scaled = color * (new_peak / peak);
    let g = F::ONE - F::ONE / (splat(0.15) * (peak - new_peak) + F::ONE);
    color.or_where(bright, scaled * (F::ONE - g) + V::of(new_peak) * g)
}
