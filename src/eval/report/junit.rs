//! JUnit XML, as Surefire writes it and Jenkins, GitLab and GitHub's actions read it: one case a
//! gate, as the gates are what a pipeline asks; a single rollout may fail and all be well.
//!
//! A gate without enough evidence is a `failure`, of its own type. GitLab, Jenkins and the common
//! actions on GitHub all show `skipped` cases beside a green result, and what could not be
//! decided must not look like what was decided. GitLab shows an element's text and not its
//! `message`, so the text says it all.

use std::fmt::Write;

use super::text::{clipped, escape, line};
use super::{Report, verdict_words};
use crate::eval::judgement::{GateResult, Verdict};

/// Characters of a question or an answer; GitLab refuses files above 30 MB.
const TEXT_LIMIT: usize = 20_000;

/// The document.
pub fn xml(report: &Report) -> String {
    let judgement = report.judgement;
    let with = |wanted: &[Verdict]| {
        let gates = judgement.gates.iter();
        gates.filter(|g| wanted.contains(&g.verdict)).count()
    };
    let failures = with(&[Verdict::Fail, Verdict::NotEnoughEvidence]);
    let mut errors = with(&[Verdict::CouldNotRun]);
    let mut tests = judgement.gates.len();
    let mut cases = String::new();
    let suite = format!("benchside.{}", escape(&report.info.suite));
    for gate in &judgement.gates {
        case(&mut cases, &suite, gate);
    }
    // A run that broke down before its gates, or has none, is no empty green suite.
    if judgement.verdict != Verdict::Pass && failures + errors == 0 {
        (tests, errors) = (tests + 1, errors + 1);
        case(
            &mut cases,
            &suite,
            &GateResult {
                name: "run".into(),
                question: "Did the run come to a verdict?".into(),
                verdict: Verdict::CouldNotRun,
                answer: judgement.headline.clone(),
                more_seeds: None,
            },
        );
    }
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let secs = format!("time=\"{:.3}\"", report.wall_secs.max(0.0));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = write!(
        out,
        "<testsuites name=\"benchside eval\" {counts} {secs}>\n\
         <testsuite name=\"{suite}\" {counts} skipped=\"0\" {secs}>\n<properties>\n"
    );
    let seed = report.info.seed.to_string();
    let properties = [
        ("benchside", report.info.benchside.as_str()),
        ("policy", &report.info.policy),
        ("baseline", report.baseline.unwrap_or("none")),
        ("seed", &seed),
        ("rollouts", &report.rollouts.len().to_string()),
        ("verdict", verdict_words(judgement.verdict)),
    ];
    for (name, value) in properties {
        let value = escape(&line(value));
        let _ = writeln!(out, "<property name=\"{name}\" value=\"{value}\"/>");
    }
    let _ = write!(
        out,
        "</properties>\n{cases}<system-out>{}</system-out>\n</testsuite>\n</testsuites>\n",
        escape(&judgement.headline)
    );
    out
}

fn case(out: &mut String, suite: &str, gate: &GateResult) {
    let name = escape(&line(&gate.name));
    let _ = write!(
        out,
        "<testcase classname=\"{suite}\" name=\"{name}\" time=\"0\""
    );
    let (element, kind) = match gate.verdict {
        Verdict::Pass => {
            let text = escape(&body(gate));
            let _ = writeln!(out, "><system-out>{text}</system-out></testcase>");
            return;
        }
        Verdict::Fail => ("failure", "failed"),
        Verdict::NotEnoughEvidence => ("failure", "not_enough_evidence"),
        Verdict::CouldNotRun => ("error", "could_not_run"),
    };
    let message = format!("{}: {}", verdict_words(gate.verdict), line(&gate.answer));
    let message = escape(&clipped(&message, 300));
    let text = escape(&body(gate));
    let _ = writeln!(
        out,
        ">\n<{element} type=\"{kind}\" message=\"{message}\">{text}</{element}>\n</testcase>"
    );
}

fn body(gate: &GateResult) -> String {
    let [question, answer] = [&gate.question, &gate.answer].map(|t| clipped(t, TEXT_LIMIT));
    let mut text = format!("{question}\n{}: {answer}", verdict_words(gate.verdict));
    if let Some(seeds) = gate.more_seeds {
        let _ = write!(text, "\nAbout {seeds} more seeds could decide it.");
    }
    text
}
