//! From rollouts to a verdict, and what it says.

use std::path::Path;

use benchside::base::seed::SeedPath;
use benchside::eval::gate::Gates;
use benchside::eval::judge::{decided, judge};
use benchside::eval::judgement::{Judgement, Verdict};
use benchside::eval::record::{Class, RolloutRecord};
use benchside::eval::stats::betting::e_of_ln_e;
use benchside::eval::stats::paired::{ln_e_better, ln_e_worse};

use super::rollouts::{done, perturbed, rollout, run};

fn gates(text: &str) -> Gates {
    let text = format!("version = 1\n{text}");
    Gates::parse(&text, Path::new("test.gate.toml")).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Pairs on the same seeds: both succeed, lost, gained, both fail.
fn pairs(task: &str, counts: [u64; 4]) -> (Vec<RolloutRecord>, Vec<RolloutRecord>) {
    let kinds = [(true, true), (false, true), (true, false), (false, false)];
    let outcomes = kinds
        .iter()
        .zip(counts)
        .flat_map(|(kind, n)| (0..n).map(move |_| *kind));
    let outcomes: Vec<(bool, bool)> = outcomes.collect();
    let of = |which: &dyn Fn(&(bool, bool)) -> bool| {
        let seeds = outcomes.iter().enumerate();
        seeds
            .map(|(seed, pair)| rollout(task, seed as u64, done(which(pair))))
            .collect()
    };
    (of(&|pair| pair.0), of(&|pair| pair.1))
}

fn says(judgement: &Judgement, gate: usize, verdict: Verdict, answer: &str) {
    let gate = &judgement.gates[gate];
    assert_eq!((gate.answer.as_str(), gate.verdict), (answer, verdict));
}

#[test]
fn a_policy_that_only_loses_has_regressed() {
    let (policy, baseline) = pairs("load_slide", [90, 8, 0, 2]);
    let judgement = judge(&policy, Some(&baseline), &Gates::default_for(true), false);
    assert_eq!(judgement.verdict, Verdict::Fail);
    // 2 · 2⁸ · ∫ p⁸ dp from ½ to 1 is 511/9 = 56.8.
    let answer = "load_slide: 90 of 100 (82.6–94.5 %), baseline 98 of 100; lost 8, gained 0; \
                  e-value for worse 57 (needs 20): regressed";
    says(&judgement, 0, Verdict::Fail, answer);
    assert_eq!(judgement.headline, format!("fail: not_worse: {answer}"));
    let question = "Is its success rate less than 5 points below the baseline's on the same seeds, \
                    in every task by itself?";
    assert_eq!(judgement.gates[0].question, question);
    let compared = &judgement.comparisons[0];
    assert_eq!(
        (compared.pairs, compared.lost, compared.gained),
        (100, 8, 0)
    );
    assert!((compared.e_worse / e_of_ln_e(ln_e_worse(8, 0)) - 1.0).abs() < 1e-3);
    assert!((compared.e_better / e_of_ln_e(ln_e_better(8, 0)) - 1.0).abs() < 1e-3);
}

#[test]
fn what_is_open_says_how_much_is_missing() {
    let (policy, baseline) = pairs("load_slide", [89, 6, 2, 3]);
    let judgement = judge(&policy, Some(&baseline), &Gates::default_for(true), false);
    let answer = "load_slide: 91 of 100 (83.8–95.2 %), baseline 95 of 100; lost 6, gained 2; \
                  e-value for worse 1.8 (needs 20), for less than 5 points worse 0.48 (needs 20): \
                  not enough evidence; about 280 more seeds";
    says(&judgement, 0, Verdict::NotEnoughEvidence, answer);
    // With as many more of each outcome it is decided, and not with a tenth less.
    let seeds = judgement.gates[0].more_seeds.expect("it can be decided") as f64;
    let decided_after = |more: f64| {
        let factor = 1.0 + more / 100.0;
        let counts = [89.0, 6.0, 2.0, 3.0].map(|n: f64| (n * factor).round() as u64);
        let (policy, baseline) = pairs("load_slide", counts);
        decided(&policy, Some(&baseline), &Gates::default_for(true))
    };
    assert!(decided_after(1.05 * seeds) && !decided_after(0.9 * seeds));
}

/// Worse, but shown to be so by less than the margin: that is what a margin is for.
#[test]
fn a_small_loss_is_within_the_margin() {
    let (policy, baseline) = pairs("sort", [1900, 22, 2, 76]);
    let judgement = judge(&policy, Some(&baseline), &Gates::default_for(true), false);
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert!(judgement.comparisons[0].e_worse > 1000.0);
    let (policy, baseline) = pairs("sort", [100, 0, 0, 0]);
    let judgement = judge(&policy, Some(&baseline), &Gates::default_for(true), false);
    // ∫ (1 + 0.05 λ)¹⁰⁰ dλ up to 1/0.95, by 0.95: scipy's 3.504 is its logarithm.
    let answer = "sort: 100 of 100 (96.3–100.0 %), baseline 100 of 100; lost 0, gained 0; \
                  e-value for less than 5 points worse 33 (needs 20): passed";
    says(&judgement, 0, Verdict::Pass, answer);
}

#[test]
fn more_tasks_and_more_gates_need_more_evidence_to_fail() {
    let (mut policy, mut baseline) = pairs("a", [90, 8, 0, 2]);
    for task in ["b", "c", "d"] {
        policy.extend(run(task, 40, 0));
        baseline.extend(run(task, 40, 0));
    }
    // 57 is more than 3/0.05, and less than 4/0.05.
    let of_four = judge(&policy, Some(&baseline), &Gates::default_for(true), false);
    assert_eq!(of_four.verdict, Verdict::NotEnoughEvidence);
    assert!(
        of_four.gates[0].answer.contains("(needs 80)"),
        "{}",
        of_four.gates[0].answer
    );
    let three = |records: &[RolloutRecord]| -> Vec<RolloutRecord> {
        let not_d = records.iter().filter(|record| record.id.task != "d");
        not_d.take(100 + 40).cloned().collect()
    };
    let of_two = judge(
        &three(&policy),
        Some(&three(&baseline)),
        &Gates::default_for(true),
        false,
    );
    assert_eq!(of_two.verdict, Verdict::Fail);
    let two_gates = "[[gate]]\nkind = \"not_worse\"\n[[gate]]\nkind = \"success\"\nat_least = 0.5";
    let shared = judge(
        &three(&policy),
        Some(&three(&baseline)),
        &gates(two_gates),
        false,
    );
    assert_eq!(shared.gates[0].verdict, Verdict::NotEnoughEvidence);
    assert_eq!(shared.gates[1].verdict, Verdict::Pass);
}

/// Thirty perturbations of one hard seed that all fail are one piece of evidence, not thirty.
#[test]
fn a_seed_is_one_piece_of_evidence() {
    let of = |fails: u64| -> Vec<RolloutRecord> {
        let arms = (1..=5).flat_map(|severity| (0..20).map(move |seed| (severity, seed)));
        let axes = ["camera", "light", "friction"];
        arms.flat_map(|(severity, seed)| {
            axes.map(|axis| perturbed("sort", axis, severity, seed, done(seed >= fails)))
        })
        .collect()
    };
    let judgement = judge(&of(1), Some(&of(0)), &Gates::default_for(true), false);
    let compared = &judgement.comparisons[0];
    assert_eq!((compared.pairs, compared.lost), (300, 15));
    assert!((compared.e_worse - e_of_ln_e(ln_e_worse(1, 0))).abs() < 0.01);
    assert_eq!(judgement.verdict, Verdict::NotEnoughEvidence);
    let judgement = judge(&of(8), Some(&of(0)), &Gates::default_for(true), false);
    assert_eq!(judgement.verdict, Verdict::Fail);
}

/// 0.95⁵⁹ = 0.0485: a number of seeds fixed beforehand needs 59, one that was not needs more.
#[test]
fn a_success_rate_is_shown_by_59_clean_rollouts() {
    let gates = gates("[[gate]]\nkind = \"success\"\nat_least = 0.95");
    let judgement = judge(&run("pour", 59, 0), None, &gates, false);
    let answer =
        "pour: 59 of 59 (93.9–100.0 %); p-value for at least 95 % 0.048 (needs 0.05): passed";
    says(&judgement, 0, Verdict::Pass, answer);
    let judgement = judge(&run("pour", 58, 0), None, &gates, false);
    let answer = "pour: 58 of 58 (93.8–100.0 %); p-value for less than 95 % 1 (needs 0.05), \
                  for at least 95 % 0.051 (needs 0.05): not enough evidence; about 1 more seed";
    says(&judgement, 0, Verdict::NotEnoughEvidence, answer);
    assert_eq!(judgement.gates[0].more_seeds, Some(1));
    let judgement = judge(&run("pour", 59, 0), None, &gates, true);
    // 20·(1 − 0.95⁶⁰)/(60·0.95⁵⁹) = 6.56; the sequence ends where p⁵⁹ = 0.05/60.
    let answer = "pour: 59 of 59 (88.7–100.0 %); e-value for less than 95 % 0.017 (needs 20), \
                  for at least 95 % 6.6 (needs 20): not enough evidence; about 29 more seeds";
    says(&judgement, 0, Verdict::NotEnoughEvidence, answer);
    assert!(!decided(&run("pour", 87, 0), None, &gates));
    assert!(decided(&run("pour", 88, 0), None, &gates));
    let judgement = judge(&run("pour", 80, 20), None, &gates, false);
    assert_eq!(judgement.verdict, Verdict::Fail);
    let mut two = run("pour", 59, 0);
    two.extend(run("sort", 30, 0));
    let judgement = judge(&two, None, &gates, false);
    assert_eq!(judgement.gates[0].more_seeds, Some(29));
    assert!(
        judgement.gates[0]
            .answer
            .ends_with("29 more seeds (1 of 2 passed)")
    );
}

/// The rule of three: nothing in 300 rollouts is at most 1 %.
#[test]
fn safety_is_shown_by_300_clean_rollouts() {
    let gates =
        gates("[[gate]]\nkind = \"safety\"\nevents = [\"safety\", \"drops\"]\nat_most = 0.01");
    let mut clean = run("sort", 140, 10);
    clean.extend(run("pour", 150, 0));
    let judgement = judge(&clean, None, &gates, false);
    let answer = "0 of 300 with a safety failure or a drop (at most 1.0 %, with 95 % confidence); \
                  p-value for at most 1 % 0.049 (needs 0.05): passed";
    says(&judgement, 0, Verdict::Pass, answer);
    let mut harmful = clean.clone();
    harmful[3].class = Class::Safety;
    harmful[5].metrics.drops = 2;
    assert_eq!(
        judge(&harmful, None, &gates, false).verdict,
        Verdict::NotEnoughEvidence
    );
    harmful
        .iter_mut()
        .take(12)
        .for_each(|record| record.metrics.drops = 1);
    assert_eq!(judge(&harmful, None, &gates, false).verdict, Verdict::Fail);
    assert_eq!(
        judge(&clean, None, &gates, true).verdict,
        Verdict::NotEnoughEvidence
    );
}

#[test]
fn a_percentile_is_a_share_above_it() {
    let gates = gates(
        "[[gate]]\nkind = \"metric\"\nmetric = \"error_mm\"\nat_most = 2\nrollouts = \"successes\"",
    );
    let mut policy = run("load_slide", 59, 4);
    policy.extend(run("pour", 3, 0));
    for (i, record) in policy.iter_mut().take(63).enumerate() {
        record.metrics.error_mm = Some(if record.is_success() {
            i as f64 / 30.0
        } else {
            50.0
        });
    }
    let judgement = judge(&policy, None, &gates, false);
    let answer = "load_slide: 95th percentile of error_mm 1.84, 0 of 59 above 2; \
                  p-value for at most 2 0.048 (needs 0.05): passed";
    says(&judgement, 0, Verdict::Pass, answer);
    // What cannot be measured is not small, and does not spoil what is written.
    policy[0].metrics.error_mm = Some(f64::NAN);
    let judgement = judge(&policy, None, &gates, false);
    assert_eq!(judgement.verdict, Verdict::NotEnoughEvidence);
    let told = serde_json::to_string(&judgement).expect("it is data");
    let read: Judgement = serde_json::from_str(&told).expect("it is what was written");
    assert_eq!(read, judgement);
    let nothing = judge(&run("pour", 9, 0), None, &gates, false);
    says(
        &nothing,
        0,
        Verdict::NotEnoughEvidence,
        "no rollout can answer that",
    );
}

#[test]
fn a_perturbation_is_compared_on_the_same_seeds() {
    let gates = gates("[[gate]]\nkind = \"robustness\"\nat_most = 0.2");
    let mut policy = run("sort", 100, 0);
    policy.extend((0..100).map(|s| perturbed("sort", "light", 2, s, done(s >= 2))));
    policy.extend((0..100).map(|s| perturbed("sort", "camera", 2, s, done(s >= 50))));
    let judgement = judge(&policy, None, &gates, false);
    assert_eq!(judgement.verdict, Verdict::Fail);
    let answer = &judgement.gates[0].answer;
    let start = "camera: 50 of 100, unperturbed 100 of 100; lost 50, gained 0; \
                 e-value for a drop of more than 20 points ";
    assert!(answer.starts_with(start), "{answer}");
    assert!(answer.ends_with(": failed (1 of 2 passed)"), "{answer}");
}

#[test]
fn what_is_no_evidence_is_left_out_and_too_much_of_it_is_no_verdict() {
    let lost = |n: usize, class: Class| {
        let mut records = run("sort", 100, 0);
        records
            .iter_mut()
            .take(n)
            .for_each(|record| record.class = class);
        records
    };
    let gates = gates("[[gate]]\nkind = \"success\"\nat_least = 0.9");
    let few = judge(&lost(5, Class::PolicyServer), None, &gates, false);
    assert_eq!(few.verdict, Verdict::Pass);
    assert_eq!(
        (few.arms[0].success.successes, few.arms[0].success.of),
        (95, 95)
    );
    assert_eq!(few.arms[0].failures["policy server"], 5);
    assert!(
        few.headline
            .ends_with("; 5 further rollouts say nothing (policy server 5)")
    );
    let many = judge(&lost(6, Class::Simulator), None, &gates, false);
    assert_eq!(many.verdict, Verdict::CouldNotRun);
    let headline = "could not run: 6 of 100 rollouts of the policy say nothing about it \
                    (simulator 6); at most 5 % may";
    assert_eq!(many.headline, headline);
    // An answer that is no action is the policy's own failure.
    let own = judge(&lost(30, Class::Policy), None, &gates, false);
    assert_eq!(
        (own.verdict, own.arms[0].success.successes),
        (Verdict::Fail, 70)
    );
    let sound = run("sort", 100, 0);
    let compared = Gates::default_for(true);
    let pairs = judge(&sound, Some(&lost(5, Class::Simulator)), &compared, false);
    assert_eq!(pairs.comparisons[0].pairs, 95);
    let broken = judge(&sound, Some(&lost(6, Class::Simulator)), &compared, false);
    assert_eq!(broken.verdict, Verdict::CouldNotRun);
    assert!(broken.headline.contains("rollouts of the baseline"));
    assert_eq!(
        judge(&[], None, &gates, false).verdict,
        Verdict::CouldNotRun
    );
}

#[test]
fn without_gates_nothing_can_fail_and_it_says_so() {
    let judgement = judge(&run("sort", 3, 7), None, &Gates::default_for(false), false);
    assert_eq!(judgement.verdict, Verdict::Pass);
    let headline = "ran: 3 of 10 rollouts succeed; nothing was asked, so nothing could fail";
    assert_eq!(judgement.headline, headline);
    let judgement = judge(&run("sort", 9, 0), None, &Gates::default_for(true), false);
    assert_eq!(judgement.verdict, Verdict::CouldNotRun);
    let headline = "could not run: not_worse: there is no baseline to compare with";
    assert_eq!(judgement.headline, headline);
    // A task that the baseline has not run is not passed over.
    let (policy, baseline) = (run("sort", 99, 0), run("load", 99, 0));
    let judgement = judge(&policy, Some(&baseline), &Gates::default_for(true), false);
    let answer = "sort: no pairs with the baseline: not enough evidence, and hardly within \
                  100000 more seeds at these rates";
    says(&judgement, 0, Verdict::NotEnoughEvidence, answer);
}

#[test]
fn the_order_of_the_records_does_not_matter() {
    let text = include_str!("full.gate.toml");
    let gates = Gates::parse(text, Path::new("full.gate.toml")).expect("it is sound");
    let rng = &mut SeedPath::root(3).child("order").rng();
    let mut runs = [(); 2].map(|()| {
        let mut records = Vec::new();
        for seed in 0..40 {
            for task in ["load_slide", "sort"] {
                for (axis, severity) in [("none", 0), ("camera", 1), ("camera", 2), ("light", 1)] {
                    let class = [Class::Success, Class::Task, Class::Policy, Class::Simulator]
                        [rng.weighted(&[90.0, 8.0, 1.0, 1.0])];
                    let mut record = perturbed(task, axis, severity, seed, class);
                    record.metrics.secs = rng.uniform(5.0, 45.0);
                    record.metrics.path_m = rng.normal();
                    records.push(record);
                }
            }
        }
        records
    });
    // The same rollout twice: the worse counts.
    let mut again = runs[0][0].clone();
    again.class = Class::Safety;
    runs[0].push(again);
    let told = |runs: &[Vec<RolloutRecord>; 2]| {
        let judgement = judge(&runs[0], Some(&runs[1]), &gates, true);
        serde_json::to_string(&judgement).expect("all numbers are finite")
    };
    let first = told(&runs);
    assert!(!first.contains("null,\"high\""));
    for _ in 0..5 {
        for records in &mut runs {
            for i in (1..records.len()).rev() {
                records.swap(i, rng.integer(0, i as i64) as usize);
            }
        }
        assert_eq!(told(&runs), first);
    }
    let read: Judgement = serde_json::from_str(&first).expect("it is what was written");
    assert_eq!(read.gates.len(), 6);
}
