//! Statistics against scipy (`statistics.txt`, made by `tests/clients/eval_statistics.py`), against
//! published numbers, and against what defines them.

use benchside::eval::stats::betting::{Sample, e_of_ln_e, p_of_ln_e};
use benchside::eval::stats::holm::holm;
use benchside::eval::stats::interval::{
    clopper_pearson, lower_bound, sequence, upper_bound, wilson,
};
use benchside::eval::stats::order::quantile;
use benchside::eval::stats::paired::{ln_e_better, ln_e_different, ln_e_worse, mcnemar_exact};
use benchside::eval::stats::power::{MOST_SEEDS, more_seeds};
use benchside::eval::stats::special::{
    beta_cdf, binomial_at_least, binomial_at_most, normal_quantile,
};

const SCIPY: &str = include_str!("statistics.txt");

/// Value and how often, in turn.
fn sample(low: f64, high: f64, counts: &[f64]) -> Sample {
    let mut sample = Sample::new(low, high);
    for pair in counts.chunks(2) {
        sample.add(pair[0], pair[1]);
    }
    sample
}

/// Our values of a line.
fn ours(function: &str, args: &[f64]) -> Vec<f64> {
    let count = |i: usize| args[i] as u64;
    let pair = |(low, high)| vec![low, high];
    let of_share = |f: fn(u64, u64, f64) -> (f64, f64)| pair(f(count(0), count(1), args[2]));
    match function {
        "beta_cdf" => vec![beta_cdf(args[0], args[1], args[2])],
        "normal_quantile" => vec![normal_quantile(args[0])],
        "wilson" => of_share(wilson),
        "clopper_pearson" => of_share(clopper_pearson),
        "sequence" => of_share(sequence),
        "upper_bound" => vec![upper_bound(count(0), count(1), args[2])],
        "lower_bound" => vec![lower_bound(count(0), count(1), args[2])],
        "binomial_at_most" => vec![binomial_at_most(args[0], args[1], args[2])],
        "binomial_at_least" => vec![binomial_at_least(args[0], args[1], args[2])],
        "mcnemar_exact" => vec![mcnemar_exact(count(0), count(1))],
        "ln_e_different" => vec![ln_e_different(count(0), count(1))],
        "ln_e_worse" => vec![ln_e_worse(count(0), count(1))],
        "quantile" => vec![quantile(&args[1..], args[0]).expect("there are values")],
        "ln_e_above" => {
            vec![sample(args[0], args[1], &args[3..]).ln_e_above(args[2])]
        }
        "ln_e_below" => {
            vec![sample(args[0], args[1], &args[3..]).ln_e_below(args[2])]
        }
        other => panic!("no function {other}"),
    }
}

/// By how much ours may differ from scipy's value.
fn tolerance(function: &str, value: f64) -> f64 {
    match function {
        // Sums over 128 stakes, as valid as the integral: near it where there is evidence.
        "ln_e_above" | "ln_e_below" if value > 0.0 => 2e-3 * value.max(1.0),
        "ln_e_above" | "ln_e_below" => 0.05 * value.abs() + 1e-12,
        "ln_e_worse" | "ln_e_different" => 1e-9,
        // scipy's own search ends about there.
        "clopper_pearson" | "sequence" | "upper_bound" | "lower_bound" => 1e-9,
        "normal_quantile" => 1e-12,
        _ => 1e-9 * value.abs() + 1e-300,
    }
}

#[test]
fn functions_agree_with_scipy() {
    let numbers = |text: &str| -> Vec<f64> {
        let numbers = text
            .split_whitespace()
            .map(|n| n.parse().expect("a number"));
        numbers.collect()
    };
    let mut wrong = String::new();
    for line in SCIPY.lines() {
        let (call, values) = line.split_once(" = ").expect("a call and its values");
        let (function, args) = call.split_once(' ').expect("a function and its arguments");
        let (ours, scipys) = (ours(function, &numbers(args)), numbers(values));
        assert_eq!(ours.len(), scipys.len(), "{line}");
        let mut pairs = ours.iter().zip(&scipys);
        let fits = pairs.all(|(a, b)| (a - b).abs() <= tolerance(function, *b));
        if !fits {
            wrong += &format!("{line}\n  ours: {ours:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(SCIPY.lines().count() > 300);
}

/// The intervals that papers and the field's guides print, in percent to one digit.
#[test]
fn published_numbers() {
    let percent = |(low, high): (f64, f64)| format!("{:.1}–{:.1}", 100.0 * low, 100.0 * high);
    assert_eq!(percent(wilson(9, 10, 0.95)), "59.6–98.2");
    assert_eq!(percent(wilson(45, 50, 0.95)), "78.6–95.7");
    assert_eq!(percent(wilson(180, 200, 0.95)), "85.1–93.4");
    assert_eq!(percent(wilson(450, 500, 0.95)), "87.1–92.3");
    // "If nothing goes wrong": Hanley & Lippman-Hand, JAMA 249 (1983), the rule of three.
    assert!((upper_bound(0, 300, 0.95) - 3.0 / 300.0).abs() < 1e-4);
    assert_eq!(percent(clopper_pearson(0, 300, 0.95)), "0.0–1.2");
    // Agresti & Coull, The American Statistician 52 (1998): exact interval of 0 of 5 and 5 of 5.
    assert_eq!(percent(clopper_pearson(5, 5, 0.95)), "47.8–100.0");
    // S. S. Wilks (1941): 59 observations for the 95th percentile at 95 % confidence.
    let limit = |n| sample(0.0, 1.0, &[0.0, n]).p_below(0.05);
    assert!(limit(58.0) > 0.05 && limit(59.0) < 0.05);
    assert!((e_of_ln_e(ln_e_different(8, 0)) - 256.0 / 9.0).abs() < 1e-9);
    assert!((e_of_ln_e(ln_e_better(0, 8)) - 511.0 / 9.0).abs() < 1e-9);
}

/// With one rollout a seed the betting is the closed formula.
#[test]
fn betting_on_pairs_is_the_formula() {
    for (lost, gained) in [
        (0u32, 0u32),
        (1, 0),
        (8, 0),
        (6, 2),
        (30, 10),
        (40, 60),
        (200, 150),
    ] {
        for ties in [0.0, 17.0] {
            let counts = [-1.0, f64::from(gained), 0.0, ties, 1.0, f64::from(lost)];
            let sample = sample(-1.0, 1.0, &counts);
            let [lost, gained] = [lost, gained].map(u64::from);
            let worse = sample.ln_e_above(0.0) - ln_e_worse(lost, gained);
            let better = sample.ln_e_below(0.0) - ln_e_better(lost, gained);
            assert!(
                worse.abs() < 0.01 && better.abs() < 0.01,
                "{lost} {gained}: {worse} {better}"
            );
        }
    }
}

/// Whatever has happened: under the null the next pair does not raise the e-value on average.
#[test]
fn e_values_are_supermartingales_under_the_whole_null() {
    for q in [0.0, 0.1, 0.3, 0.45, 0.5] {
        for (lost, gained) in (0..20).flat_map(|b| (0..20).map(move |c| (b, c))) {
            let e = |b, c| e_of_ln_e(ln_e_worse(b, c));
            let next = q * e(lost + 1, gained) + (1.0 - q) * e(lost, gained + 1);
            assert!(
                next <= e(lost, gained) * (1.0 + 1e-9),
                "{q} {lost} {gained}"
            );
            if q == 0.5 {
                assert!(
                    next >= e(lost, gained) * (1.0 - 1e-9),
                    "no fair bet is wasted"
                );
            }
        }
    }
    // Losses with a mean of the margin or more, of one and of several rollouts a seed.
    let laws: [&[(f64, f64)]; 4] = [
        &[(1.0, 0.05), (0.0, 0.95)],
        &[(1.0, 0.3), (-1.0, 0.25), (0.0, 0.45)],
        &[(1.0, 0.6), (0.0, 0.4)],
        &[(0.5, 0.3), (-0.25, 0.4), (0.0, 0.3)],
    ];
    let margin = 0.05;
    for law in laws {
        let mean: f64 = law.iter().map(|(value, p)| value * p).sum();
        assert!(mean >= margin - 1e-12, "the null: {mean}");
        for history in [
            &[][..],
            &[0.0, 50.0],
            &[1.0, 3.0, -1.0, 7.0],
            &[-0.25, 9.0, 0.5, 1.0],
        ] {
            let now = sample(-1.0, 1.0, history);
            let next = |value| {
                let mut next = now.clone();
                next.add(value, 1.0);
                e_of_ln_e(next.ln_e_below(margin))
            };
            let expected: f64 = law.iter().map(|(value, p)| p * next(*value)).sum();
            assert!(expected <= e_of_ln_e(now.ln_e_below(margin)) * (1.0 + 1e-9));
        }
    }
}

/// The average of tasks is tested, whatever the single ones are: one is worse by what another is
/// better. All outcomes of three seeds, weighed.
#[test]
fn tasks_that_differ_may_be_pooled() {
    let losses = [0.3, 0.0, -0.3];
    let mut expected = 0.0;
    let outcomes = 2usize.pow(9);
    for outcome in 0..outcomes {
        let mut counts = Sample::new(-1.0, 1.0);
        let mut probability = 1.0;
        for step in 0..9 {
            let mean: f64 = losses[step % 3];
            let up = outcome >> step & 1 == 1;
            counts.add(if up { 1.0 } else { -1.0 }, 1.0);
            probability *= if up {
                0.5 + 0.5 * mean
            } else {
                0.5 - 0.5 * mean
            };
        }
        expected += probability * e_of_ln_e(counts.ln_e_above(0.0));
    }
    assert!(expected <= 1.0, "{expected}");
    assert!(expected > 0.8, "{expected}");
}

/// Holm's procedure is closed testing with Bonferroni: a hypothesis falls if every intersection
/// with it does.
#[test]
fn holm_is_closed_bonferroni() {
    let alpha = 0.05;
    let grids = [
        vec![0.01, 0.02, 0.03, 0.04],
        vec![0.0125, 0.0166, 0.025, 0.05],
        vec![0.03, 0.001, 0.04, 0.016],
        vec![1.0, 0.012, 0.012, 0.9],
        vec![0.05],
        vec![],
    ];
    for p in grids {
        let steps = holm(&p, alpha);
        for i in 0..p.len() {
            let falls = |set: usize| {
                let members = (0..p.len()).filter(|j| set >> j & 1 == 1);
                let least = members.map(|j| p[j]).fold(1.0, f64::min);
                least <= alpha / f64::from(set.count_ones())
            };
            let all = (1..1usize << p.len())
                .filter(|set| set >> i & 1 == 1)
                .all(falls);
            assert_eq!(steps[i].rejected, all, "{p:?} {i}");
            assert_eq!(steps[i].rejected, p[i] <= steps[i].level, "{p:?} {i}");
        }
    }
}

#[test]
fn more_seeds_are_those_that_suffice() {
    // Nothing bad in 50: 299 for "at most 1 %" at 95 %.
    let clean = sample(0.0, 1.0, &[0.0, 50.0]);
    let p = |factor| clean.scaled(factor).p_below(0.01);
    assert_eq!(more_seeds(50, 0.05, p), Some(249));
    // At the limit itself no number does.
    let even = sample(0.0, 1.0, &[0.0, 99.0, 1.0, 1.0]);
    let p = |factor: f64| p_of_ln_e(even.scaled(factor).ln_e_below(0.01));
    assert_eq!(more_seeds(100, 0.05, p), None);
    assert_eq!(more_seeds(0, 0.05, |_| 0.0), None);
    assert_eq!(more_seeds(10, 0.05, |_| 0.0), Some(1));
    let late = |factor: f64| {
        if factor * 10.0 > MOST_SEEDS as f64 {
            0.0
        } else {
            1.0
        }
    };
    assert_eq!(more_seeds(10, 0.05, late), None);
}

#[test]
fn samples_do_not_know_their_order() {
    let forth = sample(-1.0, 1.0, &[0.1, 1.0, 1.0, 2.0, -1.0, 1.0, 0.1, 3.0]);
    let back = sample(-1.0, 1.0, &[0.1, 4.0, -1.0, 1.0, 1.0, 2.0]);
    assert_eq!(forth, back);
    assert_eq!(
        forth.ln_e_above(0.0).to_bits(),
        back.ln_e_above(0.0).to_bits()
    );
    // A hopeless null leaves a number that JSON can say.
    assert!(e_of_ln_e(sample(0.0, 1.0, &[1.0, 1e6]).ln_e_above(0.01)).is_finite());
    assert_eq!(quantile(&[], 0.5), None);
}
