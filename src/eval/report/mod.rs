//! What a run leaves for people and machines to read. Pure: makes bytes, writes nothing.
//!
//! | file | for |
//! |---|---|
//! | `report.html` | people: one page that needs no network |
//! | `summary.md` | GitHub's step summary |
//! | `junit.xml` | any CI: one case a gate |
//! | `judgement.json` | programs: verdict, gates, arms, comparisons |
//! | `rollouts.jsonl`, `rollouts.parquet` | analysis: a line, or row, a rollout; the same bytes however the run went |
//! | `timing.parquet` | analysis: what the clock said; differs from run to run |
//! | `eval_info.json` | what reads LeRobot's evaluations |
//! | `benchmark.json`, `benchmark_smaller.json` | github-action-benchmark: bigger is better, smaller is better |

pub mod benchmark;
pub mod eval_info;
pub mod html;
pub mod junit;
pub mod rollouts;
pub mod summary;
pub mod terminal;
mod text;
pub mod timing;

use std::collections::BTreeMap;

use super::judgement::{Judgement, Verdict};
use super::record::{Class, RolloutRecord, RunInfo, Timing, UNPERTURBED};

/// Everything that is reported of a run.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub info: &'a RunInfo,
    pub judgement: &'a Judgement,
    /// Ordered by id.
    pub rollouts: &'a [RolloutRecord],
    /// Of the rollouts, in their order.
    pub timings: &'a [Timing],
    /// What it was compared with, as the user named it.
    pub baseline: Option<&'a str>,
    /// Of the whole run, all workers at once, seconds.
    pub wall_secs: f64,
}

/// All files, by path from the run's folder.
///
/// # Panics
/// If there is not one timing a rollout.
pub fn files(report: &Report) -> Vec<(String, Vec<u8>)> {
    assert_eq!(report.timings.len(), report.rollouts.len());
    let mut judgement = serde_json::to_vec_pretty(report.judgement).expect("text keys");
    judgement.push(b'\n');
    let files = [
        ("report.html", html::page(report).into_bytes()),
        ("summary.md", summary::page(report).into_bytes()),
        ("junit.xml", junit::xml(report).into_bytes()),
        ("judgement.json", judgement),
        ("rollouts.jsonl", rollouts::jsonl(report.rollouts)),
        ("rollouts.parquet", rollouts::parquet(report.rollouts)),
        (
            "timing.parquet",
            rollouts::timing_parquet(report.rollouts, report.timings),
        ),
        ("eval_info.json", eval_info::json(report)),
        ("benchmark.json", benchmark::bigger_is_better(report)),
        (
            "benchmark_smaller.json",
            benchmark::smaller_is_better(report),
        ),
    ];
    files.map(|(path, bytes)| (path.into(), bytes)).into()
}

/// A verdict in words, as a heading says it.
fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Pass",
        Verdict::Fail => "Failed",
        Verdict::NotEnoughEvidence => "Not enough evidence",
        Verdict::CouldNotRun => "Could not run",
    }
}

/// The classes of what is no success, in the order of all tables.
const FAILURES: [Class; 5] = [
    Class::Task,
    Class::Safety,
    Class::Policy,
    Class::PolicyServer,
    Class::Simulator,
];

/// As in files.
fn class_key(class: Class) -> &'static str {
    match class {
        Class::PolicyServer => "policy_server",
        other => other.words(),
    }
}

/// The perturbation in words: `unperturbed`, `camera 3`.
fn perturbation(axis: &str, severity: u8) -> String {
    if axis == UNPERTURBED {
        "unperturbed".into()
    } else {
        format!("{axis} {severity}")
    }
}

/// Indices of at most `limit` failures that show the most: each task and class has an equal share,
/// and in it each perturbation. In the order of the rollouts.
pub fn telling_failures(rollouts: &[RolloutRecord], limit: usize) -> Vec<usize> {
    let mut groups: BTreeMap<(&str, Class), Vec<(u32, usize)>> = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for (i, rollout) in rollouts.iter().enumerate() {
        if rollout.is_success() {
            continue;
        }
        let id = &rollout.id;
        let key = (id.task.as_str(), rollout.class);
        let nth = seen.entry((key, &id.axis, id.severity)).or_insert(0);
        groups.entry(key).or_default().push((*nth, i));
        *nth += 1;
    }
    let mut turns = Vec::new();
    for group in groups.values_mut() {
        group.sort_unstable();
        turns.extend(group.iter().enumerate().map(|(turn, (_, i))| (turn, *i)));
    }
    turns.sort_unstable();
    turns.truncate(limit);
    let mut chosen: Vec<usize> = turns.into_iter().map(|(_, i)| i).collect();
    chosen.sort_unstable();
    chosen
}

/// Tasks in the order of the arms, each once.
fn tasks<'a>(report: &Report<'a>) -> Vec<&'a str> {
    let mut tasks = Vec::new();
    for arm in &report.judgement.arms {
        if !tasks.contains(&arm.task.as_str()) {
            tasks.push(arm.task.as_str());
        }
    }
    for rollout in report.rollouts {
        if !tasks.contains(&rollout.id.task.as_str()) {
            tasks.push(rollout.id.task.as_str());
        }
    }
    tasks
}
