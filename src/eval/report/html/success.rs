//! Success per task, axis and severity.

use std::fmt::Write;

use super::super::text::{count, interval, percent};
use super::super::{Report, tasks};
use super::{foreign, left_out, name, shapes};
use crate::eval::judgement::Arm;
use crate::eval::record::UNPERTURBED;

/// Arms that are drawn.
const LIMIT: usize = 1500;

const LEGEND: &str = "<p class=\"legend\"><span><i class=\"key first\"></i>at the first try</span>\
<span><i class=\"key again\"></i>after grasping again</span>\
<span><i class=\"key interval\"></i>95 % interval of success (Wilson)</span>\
<span><i class=\"key reference\"></i>the same task unperturbed</span></p>\n";

/// Cards, one a task; empty without arms.
pub fn section(report: &Report) -> String {
    let arms = &report.judgement.arms;
    if arms.is_empty() {
        return String::new();
    }
    let mut out = String::from(LEGEND);
    out.push_str("<div class=\"tasks\">\n");
    let mut room = LIMIT;
    for task in tasks(report) {
        let mut arms: Vec<&Arm> = arms.iter().filter(|a| a.task == task).take(room).collect();
        arms.sort_by_key(|a| a.axis != UNPERTURBED);
        room -= arms.len();
        if !arms.is_empty() {
            card(&mut out, task, &arms);
        }
    }
    out.push_str("</div>\n");
    left_out(&mut out, arms.len(), LIMIT, "arms", "judgement.json");
    out
}

fn card(out: &mut String, task: &str, arms: &[&Arm]) {
    let _ = write!(
        out,
        "<article class=\"card\">\n<h3>{}</h3>\n<table class=\"bars\">\n\
         <colgroup><col class=\"c-name\"><col class=\"c-severity\"><col><col class=\"c-percent\">\
         <col class=\"c-interval\"><col class=\"c-of\"></colgroup>\n\
         <thead class=\"hidden\"><tr><th>Perturbation</th><th>Severity</th><th>Bar</th>\
         <th>Success</th><th>95 % interval</th><th>Rollouts</th></tr></thead>\n<tbody>\n",
        name(task)
    );
    let base = arms.iter().find(|a| a.axis == UNPERTURBED);
    let base = base.filter(|a| a.success.of > 0);
    let base = base.map(|a| a.success.successes as f64 / a.success.of as f64);
    let mut last = "";
    for arm in arms {
        let unperturbed = arm.axis == UNPERTURBED;
        let again = if last == arm.axis {
            " class=\"again\""
        } else {
            ""
        };
        last = &arm.axis;
        let row = if unperturbed { " class=\"whole\"" } else { "" };
        let head = match unperturbed {
            true => "<th scope=\"row\" colspan=\"2\">unperturbed</th>".into(),
            false => format!(
                "<th scope=\"row\"{again}>{}</th><td class=\"severity\">{}</td>",
                // On a phone it breaks there, and nowhere else.
                foreign(&arm.axis, 60).replace('_', "_<wbr>"),
                arm.severity
            ),
        };
        let bar = shapes::bar(arm, base.filter(|_| !unperturbed));
        let _ = write!(out, "<tr{row}>{head}<td class=\"plot\">{bar}</td>");
        let share = &arm.success;
        if share.of == 0 {
            out.push_str("<td colspan=\"3\" class=\"none\">no evidence</td></tr>\n");
            continue;
        }
        let _ = writeln!(
            out,
            "<td class=\"percent\">{}</td><td class=\"interval\">{}</td>\
             <td class=\"of\">{}/{}</td></tr>",
            percent(share),
            interval(share),
            count(share.successes),
            count(share.of)
        );
    }
    out.push_str("</tbody>\n</table>\n</article>\n");
}
