//! Order statistics.

/// The quantile at `share` (0 … 1) of values in any order, by linear interpolation between order
/// statistics: definition 7 of Hyndman & Fan, The American Statistician 50 (1996), which is numpy's.
/// None of no values.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    let part = at - below as f64;
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}
