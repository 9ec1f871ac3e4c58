//! Markdown for GitHub's step summary, which drops what is over 1 MiB.

use super::text::{clipped, count, counted, duration, interval, line, markdown, number, percent};
use super::timing::Clock;
use super::{FAILURES, Report, perturbation, tasks, telling_failures, verdict_words};
use crate::eval::judgement::{Arm, Verdict};
use crate::eval::record::UNPERTURBED;

/// Bytes of a summary. GitHub allows 1,048,576 a step, of which a workflow may write some itself.
pub const LIMIT: usize = 1_000_000;

/// Bytes kept back for the last line.
const RESERVE: usize = 2_000;

/// Failures with their commands.
const FAILURE_LIMIT: usize = 60;

/// Text that stays below the limit, and knows what did not fit.
struct Pages {
    text: String,
    cut: Vec<(&'static str, u64)>,
}

impl Pages {
    /// Adds lines of this kind, unless they do not fit.
    fn put(&mut self, kind: &'static str, lines: &str) {
        if self.text.len() + lines.len() < LIMIT - RESERVE {
            self.text.push_str(lines);
            self.text.push('\n');
            return;
        }
        match self.cut.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, n)) => *n += 1,
            None => self.cut.push((kind, 1)),
        }
    }
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::NotEnoughEvidence => "❔",
        Verdict::CouldNotRun => "⛔",
    }
}

/// The summary.
pub fn page(report: &Report) -> String {
    let judgement = report.judgement;
    let mut pages = Pages {
        text: String::new(),
        cut: Vec::new(),
    };
    let verdict = judgement.verdict;
    pages.put(
        "heading",
        &format!(
            "## {} {}: {}\n\n{}\n",
            sign(verdict),
            verdict_words(verdict),
            cell(&report.info.suite, 200),
            cell(&judgement.headline, 2000),
        ),
    );
    pages.put("heading", &facts(report));
    gates(report, &mut pages);
    comparisons(report, &mut pages);
    unperturbed(report, &mut pages);
    failures(report, &mut pages);
    perturbed(report, &mut pages);
    if !pages.cut.is_empty() {
        let cut = pages.cut.iter();
        let cut = cut.map(|(kind, n)| format!("{} of {kind}", counted(*n, "line")));
        pages.text.push_str(&format!(
            "\n**Cut:** {}. A step summary must stay under 1 MiB; `report.html` and \
             `rollouts.jsonl` have all of it.\n",
            cut.collect::<Vec<_>>().join(", ")
        ));
    }
    pages.text
}

fn cell(text: &str, limit: usize) -> String {
    markdown(&clipped(&line(text), limit))
}

fn facts(report: &Report) -> String {
    let clock = Clock::of(report.rollouts.iter().zip(report.timings));
    let mut facts = vec![
        format!("Policy {}", cell(&report.info.policy, 300)),
        counted(clock.rollouts, "rollout"),
        duration(report.wall_secs),
        format!("seed {}", report.info.seed),
    ];
    if let Some(baseline) = report.baseline {
        facts.insert(1, format!("baseline {}", cell(baseline, 300)));
    }
    if let Some([median, p95, ..]) = clock.latencies() {
        let [median, p95] = [median, p95].map(|ms| number(ms.into()));
        facts.push(format!("inference {median} ms, 95th percentile {p95} ms"));
    }
    let silent = report.rollouts.iter().filter(|r| !r.class.is_evidence());
    let silent = silent.count() as u64;
    if silent > 0 {
        facts.push(format!(
            "**{} no evidence** (server or simulator)",
            counted(silent, "rollout")
        ));
    }
    facts.join(" · ")
}

fn gates(report: &Report, pages: &mut Pages) {
    if report.judgement.gates.is_empty() {
        return;
    }
    pages.put(
        "gates",
        "\n### Gates\n\n| | gate | asked | answer |\n|---|---|---|---|",
    );
    for gate in &report.judgement.gates {
        let mut answer = cell(&gate.answer, 1000);
        if let Some(seeds) = gate.more_seeds {
            answer += &format!(" About {} could decide it.", counted(seeds, "more seed"));
        }
        let row = format!(
            "| {} {} | {} | {} | {answer} |",
            sign(gate.verdict),
            verdict_words(gate.verdict),
            cell(&gate.name, 200),
            cell(&gate.question, 1000),
        );
        pages.put("gates", &row);
    }
}

fn comparisons(report: &Report, pages: &mut Pages) {
    if report.judgement.comparisons.is_empty() {
        return;
    }
    pages.put(
        "comparisons",
        "\n### Against the baseline, on the same seeds\n\n\
         | task | pairs | lost | gained | e-value, worse | e-value, better |\n\
         |---|--:|--:|--:|--:|--:|",
    );
    for c in &report.judgement.comparisons {
        let row = format!(
            "| {} | {} | {} | {} | {} | {} |",
            cell(&c.task, 200),
            count(c.pairs),
            count(c.lost),
            count(c.gained),
            number(c.e_worse),
            number(c.e_better)
        );
        pages.put("comparisons", &row);
    }
}

const ARMS: &str = "success | 95 % | | first try | progress |\n|---|--:|--:|--:|--:|--:|";

fn arm(arm: &Arm, name: &str) -> String {
    let share = &arm.success;
    if share.of == 0 {
        return format!("| {name} | – | no evidence | 0 of 0 | – | – |");
    }
    format!(
        "| {name} | {} | {} | {} of {} | {} | {:.0} % |",
        percent(share),
        interval(share),
        count(share.successes),
        count(share.of),
        percent(&arm.first_try),
        100.0 * arm.progress
    )
}

fn unperturbed(report: &Report, pages: &mut Pages) {
    let arms = report.judgement.arms.iter();
    let arms: Vec<&Arm> = arms.filter(|a| a.axis == UNPERTURBED).collect();
    if arms.is_empty() {
        return;
    }
    let head = format!("\n### Success, unperturbed\n\n| task | {ARMS}");
    pages.put("success", &head);
    for a in arms {
        pages.put("success", &arm(a, &cell(&a.task, 200)));
    }
}

fn perturbed(report: &Report, pages: &mut Pages) {
    for task in tasks(report) {
        let arms = report.judgement.arms.iter();
        let arms = arms.filter(|a| a.task == task && a.axis != UNPERTURBED);
        let arms: Vec<&Arm> = arms.collect();
        if arms.is_empty() {
            continue;
        }
        let head = format!(
            "\n<details><summary>{}, perturbed</summary>\n\n| axis, severity | {ARMS}",
            cell(task, 200)
        );
        pages.put("perturbed success", &head);
        for a in arms {
            let name = cell(&perturbation(&a.axis, a.severity), 200);
            pages.put("perturbed success", &arm(a, &name));
        }
        pages.put("perturbed success", "\n</details>");
    }
}

fn failures(report: &Report, pages: &mut Pages) {
    let all = report.rollouts.iter().filter(|r| !r.is_success()).count();
    if all == 0 {
        return;
    }
    let classes = FAILURES.iter().map(|&class| {
        let of = report.rollouts.iter().filter(|r| r.class == class);
        (class, of.count() as u64)
    });
    let classes = classes.filter(|(_, n)| *n > 0);
    let classes = classes.map(|(class, n)| format!("{} {}", count(n), class.words()));
    let chosen = telling_failures(report.rollouts, FAILURE_LIMIT);
    let mut head = format!(
        "\n### Failures\n\n{} by class: {}.",
        count(all as u64),
        classes.collect::<Vec<_>>().join(", ")
    );
    if chosen.len() < all {
        head += &format!(
            " {} of them here, every task and class among them; all are in \
             `rollouts.jsonl`.",
            count(chosen.len() as u64)
        );
    }
    head += "\n\n<details><summary>Each, with the command that plays it again</summary>\n";
    pages.put("failures", &head);
    for i in chosen {
        let rollout = &report.rollouts[i];
        let id = &rollout.id;
        let command = line(&rollout.reproduce);
        let fence = fence(&command);
        let text = format!(
            "**{}**, {}, seed {} — {}: {}\n\n{fence}sh\n{command}\n{fence}\n",
            cell(&id.task, 200),
            cell(&perturbation(&id.axis, id.severity), 200),
            id.seed,
            rollout.class.words(),
            cell(&rollout.reason, 300),
        );
        pages.put("failures", &text);
    }
    pages.put("failures", "</details>");
}

/// More backticks than the text has in a row, at least three.
fn fence(text: &str) -> String {
    let (mut most, mut now) = (0, 0);
    for c in text.chars() {
        now = if c == '`' { now + 1 } else { 0 };
        most = most.max(now);
    }
    "`".repeat((most + 1).max(3))
}
