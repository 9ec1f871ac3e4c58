//! `report.html`: one page, without network, fonts or pictures of others; readable without its
//! script, in light and dark, on a phone. Everything foreign is escaped, and the page's policy
//! forbids every script but its own.

mod failures;
mod shapes;
mod success;
mod tables;

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::text::{clipped, count, counted, duration, escape, number};
use super::timing::Clock;
use super::{Report, verdict_words};
use crate::eval::judgement::{GateResult, Verdict};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Gates that are shown.
const GATE_LIMIT: usize = 500;

/// The page. A few MB at most, whatever the number of rollouts: what is left out is counted.
pub fn page(report: &Report) -> String {
    let clock = Clock::of(report.rollouts.iter().zip(report.timings));
    let judgement = report.judgement;
    let suite = escape(&report.info.suite);
    let words = verdict_words(judgement.verdict);
    let mut out = String::with_capacity(1 << 20);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'sha256-{}'; img-src 'self' file:; \
         media-src 'self' file:\">\n\
         <title>{words}: {suite}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        base64(&Sha256::digest(SCRIPT))
    );
    out.push_str(shapes::DEFINITIONS);
    out.push_str("<main>\n");
    header(report, &clock, &mut out);
    // Sections in the order of questions: may it ship, why, where, since when, what happened.
    let mut sections: Vec<(&str, &str, String)> = vec![
        ("gates", "Gates", gates(&judgement.gates)),
        ("success", "Success", success::section(report)),
        ("baseline", "Baseline", tables::comparisons(report)),
        ("failures", "Failures", failures::section(report)),
        ("metrics", "Metrics", tables::metrics(report)),
        ("timing", "Timing", tables::timing(report, &clock)),
        ("environment", "Environment", tables::environment(report)),
    ];
    sections.retain(|(_, _, body)| !body.is_empty());
    out.push_str("<nav aria-label=\"Sections\">");
    for (id, title, _) in &sections {
        let _ = write!(out, "<a href=\"#{id}\">{title}</a>");
    }
    out.push_str("</nav>\n");
    for (id, title, body) in &sections {
        let _ = write!(
            out,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n\
             <h2 id=\"{id}-title\">{title}</h2>\n{body}</section>\n"
        );
    }
    let _ = write!(
        out,
        "</main>\n<footer>benchside {} · this page needs no network; videos lie beside it</footer>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        escape(&report.info.benchside)
    );
    out
}

fn header(report: &Report, clock: &Clock, out: &mut String) {
    let judgement = report.judgement;
    let _ = write!(
        out,
        "<header class=\"verdict {}\">\n{}<div>\n<p class=\"over\">{}</p>\n<h1>{}</h1>\n\
         <p class=\"headline\">{}</p>\n</div>\n</header>\n<dl class=\"facts\">\n",
        shapes::class(judgement.verdict),
        shapes::icon(judgement.verdict, "large"),
        escape(&report.info.suite),
        verdict_words(judgement.verdict),
        foreign(&judgement.headline, 4000),
    );
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    };
    fact(
        "Policy",
        format!("<code>{}</code>", foreign(&report.info.policy, 500)),
    );
    if let Some(baseline) = report.baseline {
        fact(
            "Baseline",
            format!("<code>{}</code>", foreign(baseline, 500)),
        );
    }
    let silent = report.rollouts.iter().filter(|r| !r.class.is_evidence());
    let mut rollouts = count(clock.rollouts);
    if let n @ 1.. = silent.count() {
        rollouts += &format!(
            " <span class=\"muted\">({} no evidence)</span>",
            count(n as u64)
        );
    }
    fact("Rollouts", rollouts);
    fact("Run's seed", report.info.seed.to_string());
    fact("Took", duration(report.wall_secs));
    if report.wall_secs > 0.0 {
        let rate = clock.simulated_secs / report.wall_secs;
        fact("Real time", format!("{}×", number(rate)));
    }
    if let Some([median, p95, ..]) = clock.latencies() {
        let [median, p95] = [median, p95].map(|ms| number(ms.into()));
        fact(
            "Inference",
            format!("{median} ms <span class=\"muted\">(p95 {p95} ms)</span>"),
        );
    }
    out.push_str("</dl>\n");
}

fn gates(gates: &[GateResult]) -> String {
    if gates.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let tally = [
        Verdict::Pass,
        Verdict::Fail,
        Verdict::NotEnoughEvidence,
        Verdict::CouldNotRun,
    ];
    out.push_str("<p class=\"tally\">");
    for verdict in tally {
        let n = gates.iter().filter(|g| g.verdict == verdict).count();
        if n > 0 {
            let _ = write!(
                out,
                "<span class=\"chip {}\">{}{} {}</span>",
                shapes::class(verdict),
                shapes::icon(verdict, "small"),
                count(n as u64),
                verdict_words(verdict).to_lowercase()
            );
        }
    }
    out.push_str("</p>\n<ul class=\"gates\">\n");
    // What needs eyes comes first.
    let mut order: Vec<&GateResult> = gates.iter().collect();
    order.sort_by_key(|gate| gate.verdict == Verdict::Pass);
    for gate in order.iter().take(GATE_LIMIT) {
        let _ = write!(
            out,
            "<li class=\"{}\">{}<div><p class=\"name\"><strong>{}</strong> \
             <span class=\"word\">{}</span></p>\n<p class=\"question\">{}</p>\n<p>{}</p>\n",
            shapes::class(gate.verdict),
            shapes::icon(gate.verdict, ""),
            name(&gate.name),
            verdict_words(gate.verdict),
            foreign(&gate.question, 2000),
            foreign(&gate.answer, 2000),
        );
        if let Some(seeds) = gate.more_seeds {
            let seeds = counted(seeds, "more seed");
            let _ = writeln!(out, "<p class=\"more\">About {seeds} could decide it.</p>");
        }
        out.push_str("</div></li>\n");
    }
    out.push_str("</ul>\n");
    left_out(&mut out, gates.len(), GATE_LIMIT, "gates", "judgement.json");
    out
}

/// Says how many things were left out, and where they are.
fn left_out(out: &mut String, all: usize, limit: usize, what: &str, file: &str) {
    if all > limit {
        let rest = count((all - limit) as u64);
        let _ = writeln!(
            out,
            "<p class=\"left\">{rest} more {what}: <code>{file}</code>.</p>"
        );
    }
}

/// Escaped, and no longer than that.
fn foreign(text: &str, limit: usize) -> String {
    format!("<bdi>{}</bdi>", escape(&clipped(text, limit)))
}

/// A name, which may break after its joints.
fn name(text: &str) -> String {
    let text = escape(&clipped(text, 200)).replace('_', "_<wbr>");
    format!("<bdi>{}</bdi>", text.replace('/', "/<wbr>"))
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i > three.len() { '=' } else { digit.into() });
        }
    }
    out
}
