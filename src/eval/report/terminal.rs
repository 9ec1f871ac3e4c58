//! What is printed at the end of a run: plain text, for terminals and the logs of CI alike.

use std::fmt::Write;

use super::text::{clipped, count, counted, duration, interval, line, number, percent};
use super::timing::Clock;
use super::{FAILURES, Report, perturbation, tasks, verdict_words};
use crate::eval::judgement::{Arm, Verdict};
use crate::eval::record::UNPERTURBED;

/// Gates and arms that are printed; what is not well comes first.
const GATES: usize = 10;
const ARMS: usize = 12;

/// Width of a name.
const NAME: usize = 34;

/// At most some 40 lines, each ended by a line feed.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    gates(report, &mut out);
    arms(report, &mut out);
    failures(report, &mut out);
    let clock = Clock::of(report.rollouts.iter().zip(report.timings));
    let mut facts = format!(
        "{} in {}",
        counted(clock.rollouts, "rollout"),
        duration(report.wall_secs)
    );
    if report.wall_secs > 0.0 {
        let _ = write!(
            facts,
            " ({}/s, {}x real time)",
            number(clock.rollouts as f64 / report.wall_secs),
            number(clock.simulated_secs / report.wall_secs)
        );
    }
    if let Some([median, p95, ..]) = clock.latencies() {
        let [median, p95] = [median, p95].map(|ms| number(ms.into()));
        let _ = write!(facts, ", inference {median} ms (95th percentile {p95} ms)");
    }
    let _ = writeln!(out, "{facts}");
    if clock.wall_secs > 0.0 {
        let share = |secs: f64| number(100.0 * secs / clock.wall_secs);
        let _ = writeln!(
            out,
            "of the workers' time physics {} %, rendering {} %, policy {} %, harness {} %",
            share(clock.physics_secs),
            share(clock.render_secs),
            share(clock.policy_secs),
            share(clock.harness_secs())
        );
    }
    out.push('\n');
    let verdict = verdict_words(report.judgement.verdict).to_uppercase();
    let headline = clipped(&line(&report.judgement.headline), 400);
    let _ = writeln!(out, "{verdict}: {headline}");
    out
}

fn name(text: &str) -> String {
    format!("{:NAME$}", clipped(&line(text), NAME - 1))
}

fn gates(report: &Report, out: &mut String) {
    let gates = &report.judgement.gates;
    if gates.is_empty() {
        return;
    }
    let mut order: Vec<_> = gates.iter().collect();
    order.sort_by_key(|gate| gate.verdict == Verdict::Pass);
    let _ = writeln!(out, "Gates");
    for gate in order.iter().take(GATES) {
        let _ = write!(
            out,
            "  {:19}  {} {}",
            verdict_words(gate.verdict),
            name(&gate.name),
            clipped(&line(&gate.answer), 200)
        );
        if let Some(seeds) = gate.more_seeds {
            let _ = write!(out, " ({} could decide it)", counted(seeds, "more seed"));
        }
        out.push('\n');
    }
    let rest = order.iter().skip(GATES);
    let passed = rest.clone().filter(|g| g.verdict == Verdict::Pass).count();
    if let n @ 1.. = rest.count() {
        let _ = writeln!(out, "  and {n} more, of which {passed} pass");
    }
    out.push('\n');
}

fn arms(report: &Report, out: &mut String) {
    let arms = &report.judgement.arms;
    if arms.is_empty() {
        return;
    }
    let (mut chosen, mut rest): (Vec<&Arm>, Vec<&Arm>) =
        arms.iter().partition(|a| a.axis == UNPERTURBED);
    // Of the perturbed the worst.
    rest.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
    let room = ARMS.saturating_sub(chosen.len());
    let left = rest.len().saturating_sub(room);
    rest.truncate(room);
    let tasks = tasks(report).len();
    let cut = chosen.len().saturating_sub(ARMS);
    chosen.truncate(ARMS);
    let _ = writeln!(out, "  {} success      95 %   first try", name("Success"));
    for arm in &chosen {
        row(out, arm, &arm.task);
    }
    if cut > 0 {
        let _ = writeln!(
            out,
            "  and {cut} more of {} in all",
            counted(tasks as u64, "task")
        );
    }
    if !rest.is_empty() {
        let _ = writeln!(out, "  Perturbed, the worst");
    }
    for arm in &rest {
        let of = format!("{}, {}", arm.task, perturbation(&arm.axis, arm.severity));
        row(out, arm, &of);
    }
    if left > 0 {
        let _ = writeln!(
            out,
            "  and {} more perturbed: report.html",
            count(left as u64)
        );
    }
    out.push('\n');
}

fn rate(arm: &Arm) -> f64 {
    match arm.success.of {
        // No evidence is not bad news about the policy.
        0 => 2.0,
        of => arm.success.successes as f64 / of as f64,
    }
}

fn row(out: &mut String, arm: &Arm, of: &str) {
    let share = &arm.success;
    if share.of == 0 {
        let _ = writeln!(out, "  {} no evidence", name(of));
        return;
    }
    let _ = writeln!(
        out,
        "  {} {:>7}  {:>9}  {:>9}   {} of {}",
        name(of),
        percent(share),
        interval(share).replace('–', "-"),
        percent(&arm.first_try),
        count(share.successes),
        count(share.of)
    );
}

fn failures(report: &Report, out: &mut String) {
    let by_class = FAILURES.iter().map(|&class| {
        let of = report.rollouts.iter().filter(|r| r.class == class);
        (class, of.count() as u64)
    });
    let by_class = by_class.filter(|(_, n)| *n > 0);
    let words = by_class.map(|(class, n)| format!("{} {}", class.words(), count(n)));
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return;
    }
    let _ = writeln!(out, "Failures by class: {}", words.join(", "));
    if let Some(first) = report.rollouts.iter().find(|r| !r.is_success()) {
        let reason = clipped(&line(&first.reason), 160);
        let _ = writeln!(out, "  the first: {reason}\n  {}", line(&first.reproduce));
    }
    out.push('\n');
}
