//! For github-action-benchmark, which charts numbers over commits and warns when one gets worse.
//! `tool: customBiggerIsBetter` takes success, `tool: customSmallerIsBetter` the times.

use serde::Serialize;

use super::text::{count, interval, line, number};
use super::timing::Clock;
use super::{Report, perturbation};

/// One number of one chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Entry {
    /// The chart's; the same in every run.
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

fn bytes(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(entries).expect("text keys, finite numbers");
    bytes.push(b'\n');
    bytes
}

/// Success in percent of each task, axis and severity that has evidence, with its Wilson
/// interval.
pub fn bigger_is_better(report: &Report) -> Vec<u8> {
    let arms = report.judgement.arms.iter().filter(|a| a.success.of > 0);
    let entries = arms.map(|arm| {
        let share = &arm.success;
        let of = perturbation(&arm.axis, arm.severity);
        Entry {
            name: line(&format!("{} / {} / {of}", report.info.suite, arm.task)),
            unit: "%",
            value: 100.0 * share.successes as f64 / share.of as f64,
            range: Some(interval(share)),
            extra: line(&format!(
                "{} of {} succeeded, {} at the first try; {}",
                count(share.successes),
                count(share.of),
                count(arm.first_try.successes),
                report.info.policy
            )),
        }
    });
    bytes(&entries.collect::<Vec<_>>())
}

/// Latencies of the policy, and what a simulated second takes. None of what was not measured.
pub fn smaller_is_better(report: &Report) -> Vec<u8> {
    let clock = Clock::of(report.rollouts.iter().zip(report.timings));
    let suite = &report.info.suite;
    let mut entries = Vec::new();
    let mut add = |name: &str, unit, value: f64, extra| {
        entries.push(Entry {
            name: line(&format!("{suite} / {name}")),
            unit,
            value,
            range: None,
            extra,
        });
    };
    if let Some([median, p95, p99, most]) = clock.latencies() {
        let calls = count(clock.latency_ms.len() as u64);
        let extra = line(&format!("{calls} calls; {}", report.info.policy));
        add(
            "inference latency, median",
            "ms",
            median.into(),
            extra.clone(),
        );
        add(
            "inference latency, 95th percentile",
            "ms",
            p95.into(),
            extra.clone(),
        );
        let extra = format!("{extra}; at most {} ms", number(most.into()));
        add(
            "inference latency, 99th percentile",
            "ms",
            p99.into(),
            extra,
        );
    }
    if clock.simulated_secs > 0.0 && report.wall_secs > 0.0 {
        let extra = format!("{} rollouts, all workers", count(clock.rollouts));
        let value = report.wall_secs / clock.simulated_secs;
        add("wall time a simulated second", "s", value, extra);
    }
    bytes(&entries)
}
