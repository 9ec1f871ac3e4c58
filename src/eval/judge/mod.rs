//! From rollouts to a verdict.
//!
//! What is promised, with α the `alpha` of the gates:
//! - A run in which every answer is yes, such as that of a policy as good as its baseline, fails with
//!   probability at most α.
//! - A gate whose answer is no in any task, such as a loss of the margin or more, passes with
//!   probability at most α.
//! - Both hold with `sequential` also if one looks after every seed, stops when one likes, or goes on.
//!   Comparisons with a baseline and of perturbations are always of that kind.
//!
//! What it takes: seeds are drawn alike and independently of each other, and tasks independently of
//! each other; when one looks, all rollouts of the seeds so far are there.

mod answer;
mod arms;
mod cells;
mod evidence;
mod words;

use super::gate::Gates;
use super::judgement::{GateResult, Judgement, Verdict};
use super::record::{Class, RolloutRecord};
use answer::{Asked, ask};
pub use arms::share;
use evidence::Evidence;

/// Judges a run. The order of the records does not matter; those whose class is no evidence are
/// left out of all shares. `sequential`: the number of seeds was not fixed beforehand.
pub fn judge(
    policy: &[RolloutRecord],
    baseline: Option<&[RolloutRecord]>,
    gates: &Gates,
    sequential: bool,
) -> Judgement {
    let policy = Evidence::new(policy);
    let baseline = baseline.map(Evidence::new);
    let answers = ask_all(&policy, baseline.as_ref(), gates, sequential, true);
    let unusable = unusable(&policy, "policy", gates).or_else(|| {
        baseline
            .as_ref()
            .and_then(|b| unusable(b, "baseline", gates))
    });
    let verdict = match unusable {
        Some(_) => Verdict::CouldNotRun,
        None => worst(&answers),
    };
    let headline = unusable.unwrap_or_else(|| headline(verdict, &policy, &answers));
    Judgement {
        verdict,
        headline,
        gates: answers,
        arms: arms::arms(&policy),
        comparisons: baseline
            .map(|b| arms::comparisons(&policy, &b))
            .unwrap_or_default(),
    }
}

/// Whether further seeds cannot or need not change the verdict: all gates have passed, or one has
/// failed. To be asked after whole seeds, as often as one likes: it looks only at statistics that
/// allow that, which [`judge`] has to do as well afterwards (`sequential`). Without gates there
/// is nothing to decide: true.
pub fn decided(
    policy: &[RolloutRecord],
    baseline: Option<&[RolloutRecord]>,
    gates: &Gates,
) -> bool {
    let policy = Evidence::new(policy);
    let baseline = baseline.map(Evidence::new);
    let answers = ask_all(&policy, baseline.as_ref(), gates, true, false);
    worst(&answers) != Verdict::NotEnoughEvidence
}

fn ask_all(
    policy: &Evidence<'_>,
    baseline: Option<&Evidence<'_>>,
    gates: &Gates,
    sequential: bool,
    power: bool,
) -> Vec<GateResult> {
    let count = gates.list.len();
    gates
        .list
        .iter()
        .map(|gate| {
            let asked = Asked::new(&gate.kind, gates.alpha, count, sequential);
            ask(gate, &asked, policy, baseline, power)
        })
        .collect()
}

/// What the answers come to. A failure is one whatever else is open.
fn worst(answers: &[GateResult]) -> Verdict {
    let any = |verdict| answers.iter().any(|answer| answer.verdict == verdict);
    [
        Verdict::Fail,
        Verdict::CouldNotRun,
        Verdict::NotEnoughEvidence,
    ]
    .into_iter()
    .find(|verdict| any(*verdict))
    .unwrap_or(Verdict::Pass)
}

/// Why the rollouts of a run cannot be judged, if they cannot.
fn unusable(run: &Evidence<'_>, whose: &str, gates: &Gates) -> Option<String> {
    let (of, lost) = (run.len(), run.unusable());
    if of == 0 {
        return Some(format!(
            "could not run: there are no rollouts of the {whose}"
        ));
    }
    let too_many = lost as f64 > gates.unusable_at_most * of as f64;
    (too_many || lost == of).then(|| {
        format!(
            "could not run: {lost} of {of} rollouts of the {whose} say nothing about it ({}); at most {} may",
            lost_words(run),
            words::percent(gates.unusable_at_most)
        )
    })
}

fn lost_words(run: &Evidence<'_>) -> String {
    let words: Vec<String> = [Class::PolicyServer, Class::Simulator]
        .into_iter()
        .filter(|class| run.count(*class) > 0)
        .map(|class| format!("{} {}", class.words(), run.count(class)))
        .collect();
    words.join(", ")
}

fn headline(verdict: Verdict, policy: &Evidence<'_>, answers: &[GateResult]) -> String {
    let lost = policy.unusable();
    let of = policy.len() - lost;
    let succeeded = policy.count(Class::Success);
    let first = answers.iter().find(|answer| answer.verdict == verdict);
    let named = |answer: &GateResult| format!("{}: {}", answer.name, answer.answer);
    let says = match (verdict, first) {
        (Verdict::Pass, None) => {
            format!(
                "ran: {succeeded} of {of} rollouts succeed; nothing was asked, so nothing could fail"
            )
        }
        (Verdict::Pass, Some(only)) if answers.len() == 1 => format!("pass: {}", named(only)),
        (Verdict::Pass, _) => {
            format!(
                "pass: all {} gates; {succeeded} of {of} rollouts succeed",
                answers.len()
            )
        }
        (Verdict::Fail, Some(first)) => format!("fail: {}", named(first)),
        (Verdict::NotEnoughEvidence, Some(first)) => {
            let open = answers.iter().filter(|a| a.verdict == verdict).count();
            match open {
                1 => format!("undecided: {}", named(first)),
                _ => format!(
                    "undecided: {open} of {} gates, first {}",
                    answers.len(),
                    named(first)
                ),
            }
        }
        (_, first) => format!("could not run: {}", first.map(named).unwrap_or_default()),
    };
    match lost {
        0 => says,
        lost => format!(
            "{says}; {lost} further rollouts say nothing ({})",
            lost_words(policy)
        ),
    }
}
