//! The baseline, metrics, timing and the environment, in tables.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::super::text::{count, duration, escape, metric, number};
use super::super::timing::Clock;
use super::super::{Report, perturbation, tasks};
use super::{foreign, left_out, name, shapes};
use crate::eval::judgement::Arm;
use crate::eval::record::UNPERTURBED;

/// Rows of a table, columns of the metrics' first one, characters of the policy's metadata.
const ROWS: usize = 300;
const COLUMNS: usize = 40;
const METADATA: usize = 20_000;

/// Against the baseline; empty without one.
pub fn comparisons(report: &Report) -> String {
    let comparisons = &report.judgement.comparisons;
    if comparisons.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<p class=\"note\">The same tasks, perturbations and seeds with <code>{}</code>. Lost: only \
         the baseline succeeded. Gained: only this policy did. An e-value of 20 is evidence at \
         the 5 % level, however often one looks.</p>\n\
         <div class=\"scroll\"><table class=\"numbers\">\n<thead><tr><th>task</th>\
         <th class=\"n\">pairs</th><th class=\"n\">lost</th><th class=\"middle\">\
         <span class=\"hidden\">balance</span></th><th>gained</th><th class=\"n\">e-value, worse</th>\
         <th class=\"n\">e-value, better</th></tr></thead>\n<tbody>\n",
        foreign(report.baseline.unwrap_or("the baseline"), 500)
    );
    let most = comparisons.iter().map(|c| c.lost.max(c.gained)).max();
    let strong = |e: f64| if e >= 20.0 { " strong" } else { "" };
    for c in comparisons.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"plot\">{}</td><td>{}</td><td class=\"n{}\">{}</td>\
             <td class=\"n{}\">{}</td></tr>",
            name(&c.task),
            count(c.pairs),
            count(c.lost),
            shapes::balance(c.lost, c.gained, most.unwrap_or(0)),
            count(c.gained),
            strong(c.e_worse),
            number(c.e_worse),
            strong(c.e_better),
            number(c.e_better)
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
    left_out(&mut out, comparisons.len(), ROWS, "tasks", "judgement.json");
    out
}

/// Median and 95th percentile: tasks side by side, and every arm of a task below.
pub fn metrics(report: &Report) -> String {
    let arms = &report.judgement.arms;
    if arms.iter().all(|a| a.metrics.is_empty()) {
        return String::new();
    }
    let mut out = String::from(
        "<p class=\"note\">Median over the rollouts that are evidence, and below it the 95th \
         percentile. Measured in the simulator's truth.</p>\n",
    );
    let unperturbed = arms.iter().filter(|a| a.axis == UNPERTURBED);
    let unperturbed: Vec<&Arm> = unperturbed.filter(|a| !a.metrics.is_empty()).collect();
    if !unperturbed.is_empty() {
        out.push_str("<h3>Unperturbed</h3>\n");
        table(&mut out, &unperturbed, |arm| name(&arm.task));
    }
    let mut room = ROWS;
    for task in tasks(report) {
        let perturbed = arms
            .iter()
            .filter(|a| a.task == task && a.axis != UNPERTURBED);
        let perturbed = perturbed.filter(|a| !a.metrics.is_empty()).take(room);
        let perturbed: Vec<&Arm> = perturbed.collect();
        if perturbed.is_empty() {
            continue;
        }
        room -= perturbed.len();
        let task = name(task);
        let _ = writeln!(out, "<details><summary>{task}, perturbed</summary>");
        table(&mut out, &perturbed, |arm| {
            foreign(&perturbation(&arm.axis, arm.severity), 80)
        });
        out.push_str("</details>\n");
    }
    if room == 0 {
        out.push_str("<p class=\"left\">More arms: <code>judgement.json</code>.</p>\n");
    }
    out
}

/// A row an arm, a column a metric that any has.
fn table(out: &mut String, arms: &[&Arm], row: impl Fn(&Arm) -> String) {
    let names: BTreeSet<&str> = arms
        .iter()
        .flat_map(|a| a.metrics.keys().map(String::as_str))
        .collect();
    let names: Vec<&str> = names.into_iter().take(COLUMNS).collect();
    out.push_str("<div class=\"scroll\"><table class=\"numbers metrics\">\n<thead><tr><th></th>");
    for name in &names {
        let words = escape(&metric(name));
        // The unit on a line of its own keeps the columns narrow.
        let words = match words.rsplit_once(", ") {
            Some((what, unit)) => format!("{what}<small>{unit}</small>"),
            None => words,
        };
        let _ = write!(out, "<th class=\"n\">{words}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for arm in arms.iter().take(ROWS) {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", row(arm));
        for name in &names {
            match arm.metrics.get(*name) {
                Some((median, p95)) => {
                    let [median, p95] = [*median, *p95].map(number);
                    let _ = write!(out, "<td class=\"n\">{median}<small>{p95}</small></td>");
                }
                None => out.push_str("<td class=\"n zero\">–</td>"),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// What the clock said; empty without rollouts.
pub fn timing(report: &Report, all: &Clock) -> String {
    if all.rollouts == 0 {
        return String::new();
    }
    let mut out = String::new();
    let _ = write!(
        out,
        "<p class=\"note\">{} rollouts in {}: {} a second, {} simulated. Differs from run to run.</p>\n\
         <p class=\"legend\"><span><i class=\"key part0\"></i>physics</span>\
         <span><i class=\"key part1\"></i>rendering</span><span><i class=\"key part2\"></i>policy</span>\
         <span><i class=\"key part3\"></i>harness</span></p>\n\
         <div class=\"scroll\"><table class=\"numbers\">\n<thead><tr><th>task</th>\
         <th class=\"middle\">wall time</th>\
         <th class=\"n\">a rollout</th><th class=\"n\">real time, a worker</th>\
         <th class=\"n\">calls</th><th class=\"n\">p50<small>ms</small></th>\
         <th class=\"n\">p95<small>ms</small></th><th class=\"n\">p99<small>ms</small></th>\
         <th class=\"n\">most<small>ms</small></th></tr></thead>\n<tbody>\n",
        count(all.rollouts),
        duration(report.wall_secs),
        number(all.rollouts as f64 / report.wall_secs.max(1e-9)),
        duration(all.simulated_secs)
    );
    for task in tasks(report).into_iter().take(ROWS) {
        let rollouts = report.rollouts.iter().zip(report.timings);
        let clock = Clock::of(rollouts.filter(|(r, _)| r.id.task == task));
        if clock.rollouts > 0 {
            clock_row(&mut out, name(task), &clock);
        }
    }
    out.push_str("</tbody>\n<tfoot>\n");
    clock_row(&mut out, "all".into(), all);
    out.push_str("</tfoot>\n</table></div>\n");
    out
}

fn clock_row(out: &mut String, name: String, clock: &Clock) {
    let parts = [
        clock.physics_secs,
        clock.render_secs,
        clock.policy_secs,
        clock.harness_secs(),
    ];
    let _ = write!(
        out,
        "<tr><th scope=\"row\">{name}</th><td class=\"plot\">{}</td><td class=\"n\">{} s</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td>",
        shapes::parts(&parts),
        number(clock.wall_secs / clock.rollouts as f64),
        clock
            .real_time_factor()
            .map_or("–".into(), |x| format!("{}×", number(x))),
        count(clock.latency_ms.len() as u64)
    );
    match clock.latencies() {
        Some(latencies) => {
            for ms in latencies {
                let _ = write!(out, "<td class=\"n\">{}</td>", number(ms.into()));
            }
        }
        None => out.push_str(&"<td class=\"n zero\">–</td>".repeat(4)),
    }
    out.push_str("</tr>\n");
}

/// Where it ran, what of, and every file's digest.
pub fn environment(report: &Report) -> String {
    let info = report.info;
    let mut out = String::from("<dl class=\"record\">\n");
    let mut entry = |name: &str, value: &str| {
        let (name, value) = (escape(name), foreign(value, 500));
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    };
    entry("benchside", &info.benchside);
    for (name, value) in info.environment.iter().take(ROWS) {
        entry(name, value);
    }
    out.push_str("</dl>\n");
    if !info.policy_metadata.is_null() {
        let metadata = serde_json::to_string_pretty(&info.policy_metadata).expect("text keys");
        let (some, more) = super::super::text::clip(&metadata, METADATA);
        let _ = write!(
            out,
            "<details><summary>What the policy says of itself</summary>\n<pre>{}</pre>\n",
            escape(some)
        );
        if more > 0 {
            let _ = writeln!(
                out,
                "<p class=\"left\">{} more characters.</p>",
                count(more as u64)
            );
        }
        out.push_str("</details>\n");
    }
    if !info.files.is_empty() {
        let _ = write!(
            out,
            "<details><summary>{} files of the suite, SHA-256</summary>\n\
             <table class=\"files\">\n<tbody>\n",
            count(info.files.len() as u64)
        );
        for (path, digest) in info.files.iter().take(ROWS * 10) {
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\">{}</th><td><code>{}</code></td></tr>",
                foreign(path, 300),
                escape(digest)
            );
        }
        out.push_str("</tbody>\n</table>\n");
        left_out(&mut out, info.files.len(), ROWS * 10, "files", "run.json");
        out.push_str("</details>\n");
    }
    out
}
