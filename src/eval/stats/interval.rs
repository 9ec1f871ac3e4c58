//! Intervals of a share: `k` successes of `n`, independent of each other. With n = 0 nothing is
//! known: (0, 1).

use super::special::{beta_quantile, bisect, ln_beta, normal_quantile};

/// Wilson's score interval at this confidence (0.95). For showing: its coverage is about right on
/// average, not at least right everywhere. E. B. Wilson, JASA 22 (1927); recommended by Brown,
/// Cai & DasGupta, Statistical Science 16 (2001).
pub fn wilson(k: u64, n: u64, confidence: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (k, n) = (k as f64, n as f64);
    let z = normal_quantile(0.5 + 0.5 * confidence);
    let share = k / n;
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let low = if k == 0.0 {
        0.0
    } else {
        (middle - half) / scale
    };
    let high = if k == n { 1.0 } else { (middle + half) / scale };
    (low, high)
}

/// The two-sided interval of Clopper & Pearson (Biometrika 26, 1934): covers the truth at least
/// this often, whatever it is.
pub fn clopper_pearson(k: u64, n: u64, confidence: f64) -> (f64, f64) {
    let side = 0.5 + 0.5 * confidence;
    (lower_bound(k, n, side), upper_bound(k, n, side))
}

/// One-sided upper bound of Clopper & Pearson: the share for which k or fewer of n have
/// probability 1 − confidence.
pub fn upper_bound(k: u64, n: u64, confidence: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta_quantile(confidence, k as f64 + 1.0, (n - k) as f64)
}

/// One-sided lower bound of Clopper & Pearson.
pub fn lower_bound(k: u64, n: u64, confidence: f64) -> f64 {
    if k == 0 {
        return 0.0;
    }
    if k > n {
        return 1.0;
    }
    beta_quantile(1.0 - confidence, k as f64, (n - k) as f64 + 1.0)
}

/// A confidence sequence: with this confidence the truth lies in the intervals of *all* n at
/// once, so that one may look after every rollout. All p with
/// B(k+1, n−k+1) / (pᵏ (1−p)ⁿ⁻ᵏ) < 1/α: the likelihood ratio of a uniform mixture is a
/// martingale. Ville (1939); H. Robbins, Ann. Math. Stat. 41 (1970).
pub fn sequence(k: u64, n: u64, confidence: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (k, n) = (k as f64, n as f64);
    let limit = ln_beta(k + 1.0, n - k + 1.0) + libm::log(1.0 - confidence);
    let inside = |p: f64| {
        let won = if k > 0.0 { k * libm::log(p) } else { 0.0 };
        let lost = if k < n {
            (n - k) * libm::log1p(-p)
        } else {
            0.0
        };
        limit < won + lost
    };
    let share = k / n;
    let low = if k == 0.0 {
        0.0
    } else {
        bisect(0.0, share, inside)
    };
    let high = if k == n {
        1.0
    } else {
        bisect(share, 1.0, |p| !inside(p))
    };
    (low, high)
}
