//! Evidence about the mean of bounded observations by betting, valid under optional stopping.

use super::special::{binomial_at_least, binomial_at_most};

/// Stakes of the mixture.
const STAKES: usize = 128;

/// Independent observations in [low, high]: how often each value came. Their order does not
/// matter to anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    low: f64,
    high: f64,
    /// Value and how often, by value.
    counts: Vec<(f64, f64)>,
}

impl Sample {
    /// No observations yet.
    pub fn new(low: f64, high: f64) -> Self {
        let counts = Vec::new();
        Self { low, high, counts }
    }

    /// This value came so many times more; it is in [low, high].
    pub fn add(&mut self, value: f64, times: f64) {
        debug_assert!(value >= self.low && value <= self.high, "{value}");
        match self.counts.binary_search_by(|(v, _)| v.total_cmp(&value)) {
            Ok(i) => self.counts[i].1 += times,
            Err(i) => self.counts.insert(i, (value, times)),
        }
    }

    /// Number of observations.
    pub fn len(&self) -> f64 {
        self.counts.iter().map(|(_, times)| times).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Their mean; of none, 0.
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.counts.iter().map(|(v, times)| v * times).sum();
        sum / self.len().max(1.0)
    }

    /// As many times more observations, in the same proportions.
    pub fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.clone();
        for (_, times) in &mut scaled.counts {
            *times *= factor;
        }
        scaled
    }

    /// ln of the e-value against "the mean is at most `mean`": evidence that it is more.
    ///
    /// With a stake λ in [0, 1/(mean − low)] the capital Π(1 + λ(xᵢ − mean)) never is negative,
    /// and if each xᵢ given those before has an expectation of at most `mean` it is a
    /// supermartingale that begins at 1; so is its average over stakes, here over 128
    /// evenly spaced ones. Waudby-Smith & Ramdas,
    /// "Estimating means of bounded random variables by betting", JRSS B 86 (2024), section 4,
    /// where stakes may be any that do not look ahead; mixtures: Robbins (1970).
    ///
    /// Observations of several groups whose expectations differ may be in one sample if groups are
    /// independent and each step adds one of every group: then "mean" is the average of the
    /// groups' expectations μⱼ, for Π(1 + λ(μⱼ − mean)) ≤ (1 + λ(μ̄ − mean))ᵐ ≤ 1 by the inequality
    /// of the arithmetic and the geometric mean.
    pub fn ln_e_above(&self, mean: f64) -> f64 {
        ln_capital(
            mean - self.low,
            self.counts.iter().map(|(v, n)| (v - mean, *n)),
        )
    }

    /// ln of the e-value against "the mean is at least `mean`": evidence that it is less.
    pub fn ln_e_below(&self, mean: f64) -> f64 {
        ln_capital(
            self.high - mean,
            self.counts.iter().map(|(v, n)| (mean - v, *n)),
        )
    }

    /// P-value of the exact binomial test of "the mean is at most `mean`", for observations that
    /// are 0 or 1 and whose number was fixed beforehand. If they are of groups with different
    /// expectations, it is too great rather than too small: W. Hoeffding, Ann. Math. Stat. 27 (1956).
    pub fn p_above(&self, mean: f64) -> f64 {
        let n = self.len();
        binomial_at_least(self.mean() * n, n, mean)
    }

    /// P-value of the exact binomial test of "the mean is at least `mean`". Likewise.
    pub fn p_below(&self, mean: f64) -> f64 {
        let n = self.len();
        binomial_at_most(self.mean() * n, n, mean)
    }
}

/// ln of the mixture's capital after these gains, which are at least −`most_lost` each.
fn ln_capital(most_lost: f64, gains: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    if !(most_lost > 0.0) {
        return 0.0;
    }
    let step = 1.0 / (most_lost * STAKES as f64);
    let logs: Vec<f64> = (0..STAKES)
        .map(|i| {
            let stake = (i as f64 + 0.5) * step;
            gains
                .clone()
                .map(|(gain, n)| n * libm::log1p(stake * gain))
                .sum()
        })
        .collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| libm::exp(log - most)).sum();
    most + libm::log(sum / STAKES as f64)
}

/// The p-value of an e-value: min(1, 1/E). Vovk & Wang, Annals of Statistics 49 (2021), 2.3.
pub fn p_of_ln_e(ln_e: f64) -> f64 {
    libm::exp(-ln_e.max(0.0))
}

/// E itself, cut to what JSON can say.
pub fn e_of_ln_e(ln_e: f64) -> f64 {
    libm::exp(ln_e.min(690.0))
}
