//! What failed: how often by class, for which reasons, and each of many with its video and the
//! command that plays it again.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::text::{clip, count, escape, line, url};
use super::super::{FAILURES, Report, class_key, perturbation, tasks, telling_failures};
use super::{foreign, name};
use crate::eval::film::poster_of;
use crate::eval::record::{Class, RolloutRecord};

/// Failures that are there, and that are open from the beginning.
const LIMIT: usize = 200;
const OPEN: usize = 12;

/// Characters of a reason before it folds, and of what is unfolded.
const SHORT: usize = 220;
const LONG: usize = 3000;

/// Reasons in the table.
const REASONS: usize = 12;

/// Tasks in the table.
const TASKS: usize = 500;

/// The section; says so if nothing failed.
pub fn section(report: &Report) -> String {
    let mut by_class: BTreeMap<(&str, Class), u64> = BTreeMap::new();
    for rollout in report.rollouts {
        *by_class
            .entry((&rollout.id.task, rollout.class))
            .or_default() += 1;
    }
    let failed = report.rollouts.iter().filter(|r| !r.is_success()).count();
    if report.rollouts.is_empty() {
        return String::new();
    }
    if failed == 0 {
        return "<p>Every rollout succeeded.</p>\n".into();
    }
    let mut out = String::new();
    out.push_str(
        "<p class=\"note\">By who is to blame. Rollouts that a server or the simulator failed \
         say nothing about the policy and count neither for nor against it.</p>\n",
    );
    classes(report, &by_class, &mut out);
    reasons(report, &mut out);
    gallery(report, failed, &mut out);
    out
}

fn classes(report: &Report, by_class: &BTreeMap<(&str, Class), u64>, out: &mut String) {
    let tasks = tasks(report);
    out.push_str(
        "<div class=\"scroll\"><table class=\"numbers\">\n<thead><tr><th>task</th>\
         <th class=\"n\">rollouts</th><th class=\"n\">success</th>",
    );
    for class in FAILURES {
        let _ = write!(out, "<th class=\"n\">{}</th>", class.words());
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    let row = |out: &mut String, name: String, count_of: &dyn Fn(Class) -> u64| {
        let success = count_of(Class::Success);
        let all: u64 = success + FAILURES.map(count_of).iter().sum::<u64>();
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{name}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>",
            count(all),
            count(success)
        );
        for class in FAILURES {
            match count_of(class) {
                0 => out.push_str("<td class=\"n zero\">0</td>"),
                n => {
                    let _ = write!(out, "<td class=\"n\">{}</td>", count(n));
                }
            }
        }
        out.push_str("</tr>\n");
    };
    for task in tasks.iter().take(TASKS) {
        row(out, name(task), &|class| {
            by_class.get(&(*task, class)).copied().unwrap_or(0)
        });
    }
    out.push_str("</tbody>\n<tfoot>\n");
    row(out, "all".into(), &|class| {
        let of = by_class.iter().filter(|((_, c), _)| *c == class);
        of.map(|(_, n)| n).sum()
    });
    out.push_str("</tfoot>\n</table></div>\n");
    super::left_out(out, tasks.len(), TASKS, "tasks", "rollouts.parquet");
}

fn reasons(report: &Report, out: &mut String) {
    let mut by_reason: BTreeMap<(Class, &str), u64> = BTreeMap::new();
    for rollout in report.rollouts.iter().filter(|r| !r.is_success()) {
        let first = rollout.reason.lines().find(|l| !l.trim().is_empty());
        let first = clip(first.unwrap_or("no reason given").trim(), 160).0;
        *by_reason.entry((rollout.class, first)).or_default() += 1;
    }
    let mut order: Vec<_> = by_reason.into_iter().collect();
    order.sort_by_key(|((class, reason), n)| (std::cmp::Reverse(*n), *class, *reason));
    out.push_str("<h3>Most common reasons</h3>\n<ol class=\"reasons\">\n");
    for ((class, reason), n) in order.iter().take(REASONS) {
        let _ = writeln!(
            out,
            "<li><span class=\"times\">{}×</span>{}<span class=\"reason\">{}</span></li>",
            count(*n),
            tag(*class),
            foreign(reason, 160)
        );
    }
    out.push_str("</ol>\n");
    if order.len() > REASONS {
        let rest = count((order.len() - REASONS) as u64);
        let _ = writeln!(out, "<p class=\"left\">{rest} other reasons.</p>");
    }
}

fn tag(class: Class) -> String {
    let (key, words) = (class_key(class), class.words());
    format!("<span class=\"tag {key}\">{words}</span>")
}

fn gallery(report: &Report, failed: usize, out: &mut String) {
    let chosen = telling_failures(report.rollouts, LIMIT);
    out.push_str("<h3>Gallery</h3>\n");
    if chosen.len() < failed {
        let _ = writeln!(
            out,
            "<p class=\"note\">{} of {} failures, every task and class among them. \
             The other {} are in <code>rollouts.jsonl</code> and <code>rollouts.parquet</code>.</p>",
            count(chosen.len() as u64),
            count(failed as u64),
            count((failed - chosen.len()) as u64)
        );
    }
    let open = telling_failures(report.rollouts, OPEN);
    let rest = chosen.iter().filter(|i| !open.contains(i));
    let rest: Vec<&RolloutRecord> = rest.map(|&i| &report.rollouts[i]).collect();
    let all: Vec<&RolloutRecord> = chosen.iter().map(|&i| &report.rollouts[i]).collect();
    filters(&all, out);
    out.push_str("<div id=\"gallery\">\n<div class=\"gallery\">\n");
    for i in open {
        card(&report.rollouts[i], out);
    }
    out.push_str("</div>\n");
    if !rest.is_empty() {
        let n = count(rest.len() as u64);
        let _ = writeln!(
            out,
            "<details class=\"rest\"><summary>{n} more failures</summary>\n<div class=\"gallery\">"
        );
        for rollout in rest {
            card(rollout, out);
        }
        out.push_str("</div>\n</details>\n");
    }
    out.push_str("</div>\n");
}

/// For the script, which shows them.
fn filters(chosen: &[&RolloutRecord], out: &mut String) {
    out.push_str("<form class=\"filters\" id=\"filters\" hidden>");
    let mut select = |name: &str, label: &str, values: Vec<(String, String)>| {
        let _ = write!(
            out,
            "<label>{label} <select name=\"{name}\"><option value=\"\">all</option>"
        );
        for (value, words) in values {
            let _ = write!(
                out,
                "<option value=\"{}\">{}</option>",
                escape(&value),
                escape(&words)
            );
        }
        out.push_str("</select></label>");
    };
    let distinct = |get: &dyn Fn(&RolloutRecord) -> String| {
        let all: std::collections::BTreeSet<String> = chosen.iter().map(|r| get(r)).collect();
        all.into_iter().map(|v| (v.clone(), v)).collect::<Vec<_>>()
    };
    let classes = FAILURES
        .iter()
        .filter(|&&c| chosen.iter().any(|r| r.class == c));
    let classes = classes.map(|&c| (class_key(c).into(), c.words().into()));
    select("class", "Class", classes.collect());
    select("task", "Task", distinct(&|r| r.id.task.clone()));
    select("axis", "Perturbation", distinct(&|r| r.id.axis.clone()));
    out.push_str(
        "<label>Text <input type=\"search\" name=\"text\"></label>\
         <output aria-live=\"polite\"></output></form>\n",
    );
}

fn card(rollout: &RolloutRecord, out: &mut String) {
    let id = &rollout.id;
    let [task, axis] = [&id.task, &id.axis].map(|t| escape(t));
    let _ = write!(
        out,
        "<article class=\"card failure\" data-class=\"{}\" data-task=\"{task}\" \
         data-axis=\"{axis}\">\n<div class=\"head\"><h4>{}</h4>{}</div>\n\
         <p class=\"which\">{} · seed {} · stage {} of {}</p>\n",
        class_key(rollout.class),
        name(&id.task),
        tag(rollout.class),
        foreign(&perturbation(&id.axis, id.severity), 80),
        id.seed,
        rollout.stages_done,
        rollout.stages
    );
    if let Some(video) = &rollout.video {
        let poster = url(&poster_of(video));
        let source = url(video);
        let _ = writeln!(
            out,
            "<video controls preload=\"none\" poster=\"{poster}\" src=\"{source}\" \
             aria-label=\"Video of the rollout\"><a href=\"{source}\">Video</a></video>"
        );
    }
    reason(&rollout.reason, out);
    let _ = write!(
        out,
        "<p class=\"instruction\">“{}”</p>\n<div class=\"command\"><code>{}</code>\
         <button type=\"button\" class=\"copy\" hidden>Copy</button></div>\n</article>\n",
        foreign(&rollout.instruction, 500),
        escape(&line(&rollout.reproduce))
    );
}

fn reason(text: &str, out: &mut String) {
    let text = text.trim();
    let first = text.lines().next().unwrap_or("no reason given");
    if first.len() == text.len() && clip(text, SHORT).1 == 0 {
        let _ = writeln!(out, "<p class=\"reason\">{}</p>", foreign(first, SHORT));
        return;
    }
    let (some, more) = clip(text, LONG);
    let _ = write!(
        out,
        "<p class=\"reason\">{}</p>\n<details><summary>All it said</summary>\n<pre>{}</pre>\n",
        foreign(first, SHORT),
        escape(some)
    );
    if more > 0 {
        let more = count(more as u64);
        let _ = writeln!(
            out,
            "<p class=\"left\">{more} more characters: <code>rollouts.jsonl</code>.</p>"
        );
    }
    out.push_str("</details>\n");
}
