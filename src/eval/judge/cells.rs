//! What the rollouts say to one gate, cell by cell: a cell is what gets an answer of its own, such
//! as a task.
//!
//! Everything is counted as something bad, whose share or mean should be small. The unit of
//! evidence is a seed in a task, not a rollout: rollouts of one seed under several perturbations
//! begin alike, and twenty of them failing together are one piece of evidence. A unit's value is the
//! mean over its rollouts.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use crate::eval::gate::raw::{Event, Per};
use crate::eval::gate::{Gate, Kind};
use crate::eval::record::{Class, RolloutId, RolloutRecord, UNPERTURBED};
use crate::eval::stats::betting::Sample;

/// Counts for words. Of pairs, `reference` is the baseline or the unperturbed rollout.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Rollouts with a value.
    pub rollouts: u64,
    pub successes: u64,
    pub reference_successes: u64,
    /// Only the reference succeeded.
    pub lost: u64,
    /// Only the policy, or the perturbed rollout, did.
    pub gained: u64,
    /// Rollouts with an event, or above the metric's limit.
    pub bad: u64,
    pub values: Vec<f64>,
}

/// The evidence for one answer.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Such as `load_slide`; empty for the suite.
    pub of: String,
    pub sample: Sample,
    /// Whether every unit is one rollout: then values are 0 or 1, for differences −1, 0 or 1.
    pub single: bool,
    /// Different seed numbers.
    pub seeds: u64,
    pub tally: Tally,
}

/// What a rollout says.
enum Says {
    /// The gate does not ask it.
    NotAsked,
    /// It is asked, but knows nothing.
    Nothing,
    Bad(f64),
}

/// All cells of a gate, by name.
pub(super) fn cells(
    gate: &Gate,
    policy: &Evidence<'_>,
    baseline: Option<&Evidence<'_>>,
) -> Vec<Cell> {
    let mut gathered: BTreeMap<String, Gathered<'_>> = BTreeMap::new();
    for (id, record) in policy.all() {
        if !gate.select.has(id) {
            continue;
        }
        let mut tally = Tally::default();
        let says = says(&gate.kind, record, policy, baseline, &mut tally);
        if matches!(says, Says::NotAsked) {
            continue;
        }
        let cell = gathered.entry(name(gate, id)).or_default();
        if let Says::Bad(value) = says {
            cell.units
                .entry((&id.task, id.seed))
                .or_default()
                .push(value);
            cell.tally.add(tally);
        }
    }
    // What the author names has to be there.
    if gate.per == Per::Task && !matches!(gate.kind, Kind::Robustness { .. }) {
        for task in gate.select.tasks.iter().flatten() {
            gathered.entry(task.value.clone()).or_default();
        }
    }
    let low = if is_difference(&gate.kind) { -1.0 } else { 0.0 };
    gathered
        .into_iter()
        .map(|(of, cell)| cell.finish(of, low))
        .collect()
}

/// Whether values are differences, from −1 to 1.
pub(super) fn is_difference(kind: &Kind) -> bool {
    matches!(kind, Kind::NotWorse { .. } | Kind::Robustness { .. })
}

fn name(gate: &Gate, id: &RolloutId) -> String {
    match (&gate.kind, gate.per) {
        (Kind::Robustness { .. }, Per::Suite) => id.axis.clone(),
        (Kind::Robustness { .. }, Per::Task) => format!("{}, {}", id.task, id.axis),
        (_, Per::Suite) => String::new(),
        (_, Per::Task) => id.task.clone(),
    }
}

fn says(
    kind: &Kind,
    record: &RolloutRecord,
    policy: &Evidence<'_>,
    baseline: Option<&Evidence<'_>>,
    tally: &mut Tally,
) -> Says {
    let usable = record.class.is_evidence();
    tally.rollouts = 1;
    tally.successes = u64::from(record.is_success());
    match kind {
        Kind::Success { .. } if usable => tally.bad(!record.is_success()),
        Kind::Success { .. } => Says::Nothing,
        Kind::NotWorse { .. } => {
            let reference = baseline.and_then(|baseline| baseline.usable(&record.id));
            match reference {
                Some(reference) if usable => tally.pair(reference, record),
                _ => Says::Nothing,
            }
        }
        Kind::Robustness { .. } if record.id.axis == UNPERTURBED => Says::NotAsked,
        Kind::Robustness { .. } => match policy.usable(&unperturbed(&record.id)) {
            Some(reference) if usable => tally.pair(reference, record),
            _ => Says::Nothing,
        },
        Kind::Safety { .. } if !usable => Says::Nothing,
        Kind::Safety { events, .. } => {
            let known: Vec<bool> = events.iter().filter_map(|e| happened(*e, record)).collect();
            match known.is_empty() {
                true => Says::NotAsked,
                false => tally.bad(known.contains(&true)),
            }
        }
        Kind::Metric {
            metric,
            at_most,
            successes_only,
            ..
        } => {
            let value = metric.of(&record.metrics).filter(|_| usable);
            match value {
                None => Says::NotAsked,
                Some(_) if *successes_only && !record.is_success() => Says::Nothing,
                Some(value) => {
                    tally.values.push(value);
                    // What is not a number is not at most anything.
                    tally.bad(!(value <= *at_most))
                }
            }
        }
    }
}

/// None where there is nothing that it could happen to.
fn happened(event: Event, record: &RolloutRecord) -> Option<bool> {
    let metrics = &record.metrics;
    match event {
        Event::Safety => Some(record.class == Class::Safety),
        Event::Collisions => Some(metrics.collisions > 0),
        Event::Drops => Some(metrics.drops > 0),
        Event::Contaminations => metrics.contaminations.map(|n| n > 0),
        Event::ZoneEntries => Some(metrics.zone_entries > 0),
    }
}

fn unperturbed(id: &RolloutId) -> RolloutId {
    let axis = UNPERTURBED.to_owned();
    RolloutId {
        axis,
        severity: 0,
        ..id.clone()
    }
}

impl Tally {
    fn bad(&mut self, bad: bool) -> Says {
        self.bad = u64::from(bad);
        Says::Bad(f64::from(u8::from(bad)))
    }

    fn pair(&mut self, reference: &RolloutRecord, record: &RolloutRecord) -> Says {
        let loss = loss(reference, record);
        self.reference_successes = u64::from(reference.is_success());
        self.lost = u64::from(loss > 0.0);
        self.gained = u64::from(loss < 0.0);
        Says::Bad(loss)
    }

    fn add(&mut self, other: Self) {
        self.rollouts += other.rollouts;
        self.successes += other.successes;
        self.reference_successes += other.reference_successes;
        self.lost += other.lost;
        self.gained += other.gained;
        self.bad += other.bad;
        self.values.extend(other.values);
    }
}

/// 1 if only the reference succeeded, −1 if only the other did, else 0.
pub(super) fn loss(reference: &RolloutRecord, record: &RolloutRecord) -> f64 {
    f64::from(u8::from(reference.is_success())) - f64::from(u8::from(record.is_success()))
}

#[derive(Default)]
struct Gathered<'a> {
    units: BTreeMap<(&'a String, u64), Vec<f64>>,
    tally: Tally,
}

impl Gathered<'_> {
    fn finish(self, of: String, low: f64) -> Cell {
        let mut sample = Sample::new(low, 1.0);
        for values in self.units.values() {
            sample.add(values.iter().sum::<f64>() / values.len() as f64, 1.0);
        }
        let seeds: BTreeSet<u64> = self.units.keys().map(|(_, seed)| *seed).collect();
        Cell {
            of,
            sample,
            single: self.units.values().all(|values| values.len() == 1),
            seeds: seeds.len() as u64,
            tally: self.tally,
        }
    }
}
