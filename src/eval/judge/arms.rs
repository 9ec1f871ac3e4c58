//! Tables of what happened: arms, and tasks beside the baseline.

use std::collections::BTreeMap;

use super::cells::loss;
use super::evidence::Evidence;
use crate::eval::judgement::{Arm, Comparison, Share};
use crate::eval::measure::Measure;
use crate::eval::record::RolloutRecord;
use crate::eval::stats::betting::{Sample, e_of_ln_e};
use crate::eval::stats::interval::wilson;
use crate::eval::stats::order::quantile;

/// A share with Wilson's 95 % interval.
pub fn share(successes: u64, of: u64) -> Share {
    let (low, high) = wilson(successes, of, 0.95);
    Share {
        successes,
        of,
        low,
        high,
    }
}

/// By task, axis and severity.
pub(super) fn arms(policy: &Evidence<'_>) -> Vec<Arm> {
    let mut groups: BTreeMap<(&str, &str, u8), Vec<&RolloutRecord>> = BTreeMap::new();
    for (id, record) in policy.all() {
        groups
            .entry((&id.task, &id.axis, id.severity))
            .or_default()
            .push(record);
    }
    groups
        .into_iter()
        .map(|((task, axis, severity), records)| arm(task, axis, severity, &records))
        .collect()
}

fn arm(task: &str, axis: &str, severity: u8, records: &[&RolloutRecord]) -> Arm {
    let usable: Vec<_> = records.iter().filter(|r| r.class.is_evidence()).collect();
    let of = usable.len() as u64;
    let count = |holds: &dyn Fn(&RolloutRecord) -> bool| {
        usable.iter().filter(|record| holds(record)).count() as u64
    };
    let mut failures = BTreeMap::new();
    for record in records.iter().filter(|record| !record.is_success()) {
        *failures.entry(record.class.words().to_owned()).or_insert(0) += 1;
    }
    let mut metrics = BTreeMap::new();
    for measure in Measure::all() {
        let values = usable.iter().filter_map(|r| measure.of(&r.metrics));
        // JSON has no word for the others.
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        if let (Some(median), Some(high)) = (quantile(&values, 0.5), quantile(&values, 0.95)) {
            metrics.insert(measure.word().to_owned(), (median, high));
        }
    }
    Arm {
        task: task.to_owned(),
        axis: axis.to_owned(),
        severity,
        success: share(count(&RolloutRecord::is_success), of),
        first_try: share(count(&|r| r.is_success() && r.first_try), of),
        progress: usable.iter().map(|r| r.progress()).sum::<f64>() / (of.max(1)) as f64,
        failures,
        metrics,
    }
}

/// By task, over all axes and severities. A seed in a task is one piece of evidence, whose value
/// is its mean loss (see [`super::cells`]); without perturbations the e-values are those of
/// [`crate::eval::stats::paired`].
pub(super) fn comparisons(policy: &Evidence<'_>, baseline: &Evidence<'_>) -> Vec<Comparison> {
    let mut tasks: BTreeMap<&str, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    for (id, record) in policy
        .all()
        .filter(|(_, record)| record.class.is_evidence())
    {
        if let Some(reference) = baseline.usable(id) {
            let seeds = tasks.entry(&id.task).or_default();
            seeds
                .entry(id.seed)
                .or_default()
                .push(loss(reference, record));
        }
    }
    let compared = |(task, seeds): (&str, BTreeMap<u64, Vec<f64>>)| {
        let mut sample = Sample::new(-1.0, 1.0);
        let (mut pairs, mut lost, mut gained) = (0, 0, 0);
        for losses in seeds.values() {
            sample.add(losses.iter().sum::<f64>() / losses.len() as f64, 1.0);
            pairs += losses.len() as u64;
            lost += losses.iter().filter(|loss| **loss > 0.0).count() as u64;
            gained += losses.iter().filter(|loss| **loss < 0.0).count() as u64;
        }
        Comparison {
            task: task.to_owned(),
            pairs,
            lost,
            gained,
            e_worse: e_of_ln_e(sample.ln_e_above(0.0)),
            e_better: e_of_ln_e(sample.ln_e_below(0.0)),
        }
    };
    tasks.into_iter().map(compared).collect()
}
