//! Questions and answers in words.

use super::answer::{Asked, Tested};
use crate::eval::gate::raw::{Event, Per};
use crate::eval::gate::{Gate, Kind, Select};
use crate::eval::judgement::Verdict;
use crate::eval::record::UNPERTURBED;
use crate::eval::stats::interval::{sequence, upper_bound, wilson};
use crate::eval::stats::order::quantile;
use crate::eval::stats::power::MOST_SEEDS;

/// Cells that an answer names before it counts the others.
const NAMED: usize = 4;

/// How strong evidence is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strength {
    pub p: f64,
    /// If it is of an e-value.
    pub ln_e: Option<f64>,
}

/// What a gate asks.
pub(super) fn question(gate: &Gate) -> String {
    let per = match (gate.per, &gate.kind) {
        (Per::Task, _) => ", in every task by itself",
        (Per::Suite, Kind::Robustness { .. }) => ", on average over tasks",
        (Per::Suite, _) => ", over the whole suite",
    };
    let asks = match &gate.kind {
        Kind::Success { at_least } => {
            format!(
                "Does it succeed in at least {} of rollouts",
                percent(*at_least)
            )
        }
        Kind::NotWorse { margin } if *margin > 0.0 => format!(
            "Is its success rate less than {} below the baseline's on the same seeds",
            points(*margin)
        ),
        Kind::NotWorse { .. } => {
            "Is its success rate above the baseline's on the same seeds".to_owned()
        }
        Kind::Safety { events, at_most } => format!(
            "Do at most {} of rollouts have {}",
            percent(*at_most),
            event_words(events)
        ),
        Kind::Metric {
            metric,
            percentile,
            at_most,
            successes_only,
        } => format!(
            "Is the {} of {} at most {at_most}{}",
            nth(*percentile),
            metric.word(),
            if *successes_only {
                ", of rollouts that succeed"
            } else {
                ""
            }
        ),
        Kind::Robustness { at_most } => format!(
            "Does each perturbation cost at most {} of success on the same seeds",
            points(*at_most)
        ),
    };
    format!("{asks}{per}{}?", scope(&gate.select))
}

fn scope(select: &Select) -> String {
    let names = |list: &Option<Vec<_>>| -> Option<String> {
        let values = |list: &Vec<crate::scene::recipe::reader::At<String>>| {
            let values: Vec<&str> = list.iter().map(|name| name.value.as_str()).collect();
            values.join(", ")
        };
        list.as_ref().map(values)
    };
    let mut parts = Vec::new();
    if let Some(tasks) = names(&select.tasks) {
        parts.push(format!("tasks {tasks}"));
    }
    match names(&select.axes) {
        Some(axes) if axes == UNPERTURBED => parts.push("unperturbed".to_owned()),
        Some(axes) => parts.push(format!("axes {axes}")),
        None => {}
    }
    if let Some(list) = &select.severities {
        let list: Vec<String> = list.iter().map(u8::to_string).collect();
        parts.push(format!("severities {}", list.join(", ")));
    }
    match parts.is_empty() {
        true => String::new(),
        false => format!(" ({})", parts.join("; ")),
    }
}

/// What the cells say to it. Those that settle it come first.
pub(super) fn answer(
    gate: &Gate,
    asked: &Asked,
    tested: &[Tested],
    verdict: Verdict,
    more_seeds: Option<u64>,
) -> String {
    if tested.is_empty() {
        return "no rollout can answer that".to_owned();
    }
    let mut telling: Vec<&Tested> = tested.iter().filter(|t| t.verdict == verdict).collect();
    // The strongest for a failure, the weakest for a pass.
    match verdict {
        Verdict::Fail => telling.sort_by(|a, b| a.fail.p.total_cmp(&b.fail.p)),
        _ => telling.sort_by(|a, b| b.pass.p.total_cmp(&a.pass.p)),
    }
    let mut parts: Vec<String> = telling
        .iter()
        .take(NAMED)
        .map(|t| cell_words(gate, asked, t))
        .collect();
    if telling.len() > NAMED {
        parts.push(format!("and {} more", telling.len() - NAMED));
    }
    let passed = tested.iter().filter(|t| t.verdict == Verdict::Pass).count();
    let end = match (verdict, &gate.kind) {
        (Verdict::Pass, _) => "passed".to_owned(),
        (Verdict::Fail, Kind::NotWorse { .. }) => "regressed".to_owned(),
        (Verdict::Fail, _) => "failed".to_owned(),
        _ => match more_seeds {
            Some(1) => "not enough evidence; about 1 more seed".to_owned(),
            Some(seeds) => format!("not enough evidence; about {} more seeds", about(seeds)),
            None => format!(
                "not enough evidence, and hardly within {MOST_SEEDS} more seeds at these rates"
            ),
        },
    };
    let others = match (verdict, passed) {
        (Verdict::Pass, _) | (_, 0) => String::new(),
        (_, passed) => format!(" ({passed} of {} passed)", tested.len()),
    };
    format!("{}: {end}{others}", parts.join("; "))
}

fn cell_words(gate: &Gate, asked: &Asked, tested: &Tested) -> String {
    let cell = &tested.cell;
    let tally = &cell.tally;
    let name = match cell.of.as_str() {
        "" => String::new(),
        of => format!("{of}: "),
    };
    if cell.sample.is_empty() {
        let nothing = match &gate.kind {
            Kind::NotWorse { .. } => "no pairs with the baseline",
            Kind::Robustness { .. } => "no pairs with unperturbed rollouts",
            _ => "no rollouts to judge by",
        };
        return format!("{name}{nothing}");
    }
    let n = tally.rollouts;
    let share = |k: u64| format!("{k} of {n}{}", interval(asked, tested, k));
    let (what, pass, fail) = match &gate.kind {
        Kind::Success { at_least } => {
            let x = percent(*at_least);
            let claims = (format!("at least {x}"), format!("less than {x}"));
            (share(tally.successes), claims.0, claims.1)
        }
        Kind::NotWorse { margin } => {
            let what = format!(
                "{}, baseline {} of {n}; lost {}, gained {}",
                share(tally.successes),
                tally.reference_successes,
                tally.lost,
                tally.gained
            );
            let within = match *margin > 0.0 {
                true => format!("less than {} worse", points(*margin)),
                false => "better".to_owned(),
            };
            (what, within, "worse".to_owned())
        }
        Kind::Safety { events, at_most } => {
            let x = percent(*at_most);
            let bound = harm_bound(asked, tested);
            let what = format!("{} of {n} with {}{bound}", tally.bad, event_words(events));
            (what, format!("at most {x}"), format!("more than {x}"))
        }
        Kind::Metric {
            metric,
            percentile,
            at_most,
            ..
        } => {
            let share = *percentile as f64 / 100.0;
            let value = quantile(&tally.values, share).unwrap_or(f64::NAN);
            let what = format!(
                "{} of {} {}, {} of {n} above {at_most}",
                nth(*percentile),
                metric.word(),
                digits(value, 3),
                tally.bad
            );
            (
                what,
                format!("at most {at_most}"),
                format!("more than {at_most}"),
            )
        }
        Kind::Robustness { at_most } => {
            let x = points(*at_most);
            let what = format!(
                "{} of {n}, unperturbed {} of {n}; lost {}, gained {}",
                tally.successes, tally.reference_successes, tally.lost, tally.gained
            );
            (
                what,
                format!("a drop of at most {x}"),
                format!("a drop of more than {x}"),
            )
        }
    };
    let kind = if tested.exact { "p-value" } else { "e-value" };
    let for_pass = tested.pass.words(&pass, asked.alpha_pass);
    let for_fail = tested.fail.words(&fail, tested.fail_level);
    match tested.verdict {
        Verdict::Pass => format!("{name}{what}; {kind} {for_pass}"),
        Verdict::Fail => format!("{name}{what}; {kind} {for_fail}"),
        _ => format!("{name}{what}; {kind} {for_fail}, {for_pass}"),
    }
}

/// Of the share of k: Wilson's, or a confidence sequence if one may look again. None if there are
/// several rollouts a seed: it would be too narrow.
fn interval(asked: &Asked, tested: &Tested, k: u64) -> String {
    let n = tested.cell.tally.rollouts;
    if !tested.cell.single {
        return String::new();
    }
    let (low, high) = match asked.sequential {
        true => sequence(k, n, 0.95),
        false => wilson(k, n, 0.95),
    };
    format!(" ({:.1}–{:.1} %)", 100.0 * low, 100.0 * high)
}

/// Of harm: Clopper and Pearson's one-sided bound, or the sequence's.
fn harm_bound(asked: &Asked, tested: &Tested) -> String {
    let (k, n) = (tested.cell.tally.bad, tested.cell.tally.rollouts);
    if !tested.cell.single {
        return String::new();
    }
    let high = match asked.sequential {
        true => sequence(k, n, 0.95).1,
        false => upper_bound(k, n, 0.95),
    };
    format!(" (at most {:.1} %, with 95 % confidence)", 100.0 * high)
}

impl Strength {
    /// `for worse 3.1 (needs 40)`.
    fn words(&self, claim: &str, level: f64) -> String {
        match self.ln_e {
            Some(ln_e) => {
                let e = libm::exp(ln_e.min(100.0));
                format!(
                    "for {claim} {} (needs {})",
                    between(e, 0.001, 1e6),
                    digits(1.0 / level, 3)
                )
            }
            None => {
                format!(
                    "for {claim} {} (needs {})",
                    between(self.p, 1e-4, 1.0),
                    digits(level, 2)
                )
            }
        }
    }
}

/// Two digits of what is worth telling apart.
fn between(value: f64, least: f64, most: f64) -> String {
    match value {
        value if value < least => format!("under {least}"),
        value if value > most => format!("over {most}"),
        value => digits(value, 2),
    }
}

/// So many significant digits, but all before the point; no zeros at the end.
fn digits(value: f64, count: i32) -> String {
    let mut decimals = count - 1;
    let mut size = value.abs();
    while size >= 10.0 && decimals > 0 {
        size /= 10.0;
        decimals -= 1;
    }
    while size > 0.0 && size < 1.0 && decimals < 12 {
        size *= 10.0;
        decimals += 1;
    }
    let text = format!("{value:.*}", decimals as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Two significant digits of a whole number.
fn about(count: u64) -> u64 {
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    (count + unit / 2) / unit * unit
}

/// `90 %`, `0.5 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share, 3))
}

/// A difference of shares.
fn points(share: f64) -> String {
    format!("{} points", digits(100.0 * share, 3))
}

fn nth(percentile: i64) -> String {
    match percentile {
        50 => "median".to_owned(),
        n => {
            let ending = match (n % 10, n % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{n}{ending} percentile")
        }
    }
}

fn event_words(events: &[Event]) -> String {
    let words: Vec<&str> = events
        .iter()
        .map(|event| match event {
            Event::Safety => "a safety failure",
            Event::Collisions => "a collision",
            Event::Drops => "a drop",
            Event::Contaminations => "a contamination",
            Event::ZoneEntries => "an entry into a zone",
        })
        .collect();
    words.join(" or ")
}
