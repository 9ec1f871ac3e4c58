//! Two policies on the same seeds, from the discordant pairs alone: `lost` are those in which
//! only the baseline succeeded, `gained` those in which only the policy did.

use super::special::{beta_cdf, binomial_at_most, ln_beta};

/// ln of the e-value against "a discordant pair is as likely lost as gained":
/// E = 2^(b+c) · B(b+1, c+1), the likelihood ratio of a uniform mixture over the share of losses
/// against 1/2. A martingale, from 1. Two-sided: 8 lost and none gained give 28.4, and so does the
/// reverse. Ville (1939); H. Robbins, Ann. Math. Stat. 41 (1970).
pub fn ln_e_different(lost: u64, gained: u64) -> f64 {
    let (b, c) = (lost as f64, gained as f64);
    (b + c) * std::f64::consts::LN_2 + ln_beta(b + 1.0, c + 1.0)
}

/// ln of the e-value against "a discordant pair is lost at most as often as gained": evidence that
/// the policy is worse. The mixture is over shares p of losses in (1/2, 1] alone,
/// E = 2 · ∫ 2^(b+c) pᵇ (1−p)ᶜ dp. If a pair is lost with probability q ≤ 1/2, E is multiplied on
/// average by 2(pq + (1−p)(1−q)) = 1 + (2p−1)(2q−1) ≤ 1: a supermartingale under the whole null.
/// With λ = 2p − 1 it is what [`super::betting`] does with losses of ±1 and mean 0.
pub fn ln_e_worse(lost: u64, gained: u64) -> f64 {
    let (b, c) = (lost as f64, gained as f64);
    let upper_half = beta_cdf(0.5, c + 1.0, b + 1.0);
    std::f64::consts::LN_2 + ln_e_different(lost, gained) + libm::log(upper_half)
}

/// The same with the roles changed: evidence that the policy is better.
pub fn ln_e_better(lost: u64, gained: u64) -> f64 {
    ln_e_worse(gained, lost)
}

/// Exact two-sided p-value of McNemar's test, for comparing with other software: good for one look
/// at a number of seeds fixed beforehand, and no more. McNemar, Psychometrika 12 (1947).
pub fn mcnemar_exact(lost: u64, gained: u64) -> f64 {
    let (b, c) = (lost as f64, gained as f64);
    (2.0 * binomial_at_most(b.min(c), b + c, 0.5)).min(1.0)
}
