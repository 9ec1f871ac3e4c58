//! Special functions.

/// ln B(a, b) of Euler's beta function; a, b > 0. DLMF 5.12.1.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The regularized incomplete beta function I_x(a, b) for a, b > 0; 0 and 1 beyond the ends of x.
/// DLMF 8.17.2, by the continued fraction 8.17.22 with Lentz's method as Thompson & Barnett
/// modified it (J. Comput. Phys. 64, 1986). Relative error about 10⁻¹⁰ for a + b ≤ 10⁵.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // On the other side of the mean the fraction hardly converges: DLMF 8.17.4.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - lower_side(1.0 - x, b, a);
    }
    lower_side(x, a, b)
}

/// I_x(a, b) for x at most about the mean.
fn lower_side(x: f64, a: f64, b: f64) -> f64 {
    let ln_front = a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b) - libm::log(a);
    libm::exp(ln_front) / fraction(x, a, b)
}

/// 1 + d₁/(1 + d₂/(1 + …)) of DLMF 8.17.22.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut value, mut c, mut d) = (1.0, 1.0, 0.0);
    // The number of terms grows with the root of a + b: 10,000 are for 10⁸.
    for n in 1..10_000u32 {
        let m = f64::from(n / 2);
        let term = if n % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        d = 1.0 / away_from_zero(1.0 + term * d);
        c = away_from_zero(1.0 + term / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// The x at which I_x(a, b) = p, by bisection; p in [0, 1].
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta_cdf(x, a, b) >= p)
}

/// The quantile of the standard normal distribution, p in (0, 1), by bisection of
/// Φ(z) = erfc(−z/√2)/2 (DLMF 7.2.2).
pub fn normal_quantile(p: f64) -> f64 {
    bisect(-38.0, 38.0, |z| {
        0.5 * libm::erfc(-z / std::f64::consts::SQRT_2) >= p
    })
}

/// Where `reached` turns from false to true between `low` and `high`; an end if it does not.
pub(super) fn bisect(mut low: f64, mut high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// P(X ≤ k) of a binomial distribution. Real-valued counts are allowed (they are between
/// those of the whole numbers around). DLMF 8.17.5: I_{1−p}(n − k, k + 1).
pub fn binomial_at_most(k: f64, n: f64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta_cdf(1.0 - p, n - k, k + 1.0)
}

/// P(X ≥ k) of a binomial distribution: I_p(k, n − k + 1). Likewise.
pub fn binomial_at_least(k: f64, n: f64, p: f64) -> f64 {
    if k <= 0.0 {
        return 1.0;
    }
    beta_cdf(p, k, n - k + 1.0)
}
