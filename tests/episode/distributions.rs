//! Draws against theory. Bounds are such that a sound distribution fails once in about a million
//! runs; the seeds are fixed.

use benchside::base::seed::SeedPath;
use benchside::scene::recipe::dist::{Continuous, Law, Variable, Whole};

const N: usize = 20_000;
/// Of a normal distribution, 5.7 · 10⁻⁷ lie beyond on both sides together.
const SIGMAS: f64 = 5.0;

fn draws<T: Variable>(law: &Law<T>, name: &str) -> Vec<T> {
    let mut rng = SeedPath::root(20261121).child(name).rng();
    (0..N).map(|_| law.sample(&mut rng)).collect()
}

/// Mean, variance and the whole cumulative distribution (Kolmogorov–Smirnov with the bound of
/// Dvoretzky, Kiefer, Wolfowitz and Massart: P(D > ε) ≤ 2 exp(−2 n ε²)).
fn compare(name: &str, law: Law<f64>, density: impl Fn(f64) -> f64, [low, high]: [f64; 2]) {
    let mut xs = draws(&law, name);
    xs.sort_by(f64::total_cmp);
    let n = N as f64;
    assert!(xs[0] >= low && xs[N - 1] <= high, "{name}: bounds");

    // Moments of the density by the midpoint rule.
    let steps = 20_000;
    let dx = (high - low) / f64::from(steps);
    let grid = || (0..steps).map(|i| low + (f64::from(i) + 0.5) * dx);
    let total: f64 = grid().map(|x| density(x) * dx).sum();
    let moment = |f: &dyn Fn(f64) -> f64| -> f64 {
        grid().map(|x| f(x) * density(x) * dx).sum::<f64>() / total
    };
    let mean = moment(&|x| x);
    let variance = moment(&|x| (x - mean).powi(2));
    let fourth = moment(&|x| (x - mean).powi(4));

    let sample_mean = xs.iter().sum::<f64>() / n;
    let error = (sample_mean - mean).abs();
    assert!(
        error < SIGMAS * (variance / n).sqrt(),
        "{name}: mean {sample_mean}, not {mean}"
    );
    let sample_variance = xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let spread = ((fourth - variance * variance) / n).sqrt();
    let error = (sample_variance - variance).abs();
    assert!(
        error < SIGMAS * spread,
        "{name}: variance {sample_variance}, not {variance}"
    );

    let bound = ((2.0f64 / 1e-6).ln() / (2.0 * n)).sqrt();
    let (mut cumulative, mut at) = (0.0, low);
    let mut index = 0;
    for x in grid() {
        at += dx;
        cumulative += density(x) * dx / total;
        while index < N && xs[index] <= at {
            index += 1;
        }
        let error = (index as f64 / n - cumulative).abs();
        assert!(error < bound, "{name}: off by {error} at {at}");
    }
}

#[test]
fn uniform() {
    let law = Law::Spread(Continuous::Uniform {
        low: -2.0,
        high: 5.0,
    });
    compare("uniform", law, |_| 1.0, [-2.0, 5.0]);
}

#[test]
fn log_uniform() {
    let law = Law::Spread(Continuous::LogUniform {
        low: 0.01,
        high: 3.0,
    });
    compare("log_uniform", law, |x| 1.0 / x, [0.01, 3.0]);
}

#[test]
fn truncated_normal() {
    let (mean, std) = (1.0, 2.0);
    let bell = move |x: f64| (-0.5 * ((x - mean) / std).powi(2)).exp();
    for (name, low, high) in [("both sides", -2.0, 2.5), ("a tail", 4.0, 9.0)] {
        let law = Law::Spread(Continuous::Normal {
            mean,
            std,
            low,
            high,
        });
        compare(name, law, bell, [low, high]);
    }
}

#[test]
fn vectors_are_drawn_component_by_component() {
    let law: Law<[f64; 3]> = Law::Spread(Continuous::Uniform {
        low: [0.0, 10.0, -1.0],
        high: [1.0, 10.0, 1.0],
    });
    let vs = draws(&law, "vectors");
    assert!(vs.iter().all(|v| v[1] == 10.0));
    // Independent: the correlation of uniform components is 0 ± 1/√n.
    let covariance = vs.iter().map(|v| (v[0] - 0.5) * v[2]).sum::<f64>() / N as f64;
    let deviations = (1.0f64 / 12.0 * 1.0 / 3.0).sqrt();
    assert!((covariance / deviations).abs() < SIGMAS / (N as f64).sqrt());
}

/// Each count within five standard deviations of the binomial.
fn shares<T: PartialEq + std::fmt::Debug>(drawn: &[T], expected: &[(T, f64)]) {
    for (value, share) in expected {
        let count = drawn.iter().filter(|d| *d == value).count() as f64;
        let n = drawn.len() as f64;
        let deviation = (n * share * (1.0 - share)).sqrt();
        let error = (count - n * share).abs();
        assert!(
            error <= SIGMAS * deviation,
            "{value:?}: {count} of {n}, not {share}"
        );
    }
    assert!(
        drawn
            .iter()
            .all(|d| expected.iter().any(|(value, _)| value == d))
    );
}

#[test]
fn whole_numbers_include_both_ends() {
    let law: Law<i64> = Law::Spread(Whole { low: -3, high: 4 });
    let expected: Vec<(i64, f64)> = (-3..=4).map(|i| (i, 0.125)).collect();
    shares(&draws(&law, "whole"), &expected);
}

#[test]
fn choices_follow_their_weights() {
    let law = Law::Choice {
        values: ["a", "b", "c", "d"].map(String::from).to_vec(),
        weights: vec![1.0, 0.0, 2.5, 0.5],
    };
    let expected = [("a", 0.25), ("b", 0.0), ("c", 0.625), ("d", 0.125)];
    shares(
        &draws(&law, "choice"),
        &expected.map(|(v, s)| (v.to_owned(), s)),
    );
}
