//! Verdicts as shapes, which differ without their colours; bars with intervals.

use std::fmt::Write;

use crate::eval::judgement::{Arm, Verdict};

/// Patterns that all bars share.
pub const DEFINITIONS: &str = "<svg class=\"definitions\" width=\"0\" height=\"0\" \
aria-hidden=\"true\"><defs><pattern id=\"again\" width=\"2\" height=\"4\" \
patternUnits=\"userSpaceOnUse\"><rect width=\"1\" height=\"4\" class=\"stripe\"/></pattern>\
</defs></svg>\n";

/// A verdict's class in the style sheet.
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotEnoughEvidence => "unsure",
        Verdict::CouldNotRun => "broken",
    }
}

/// A disc with a tick, an octagon with a cross, a diamond with a question mark, a triangle with
/// an exclamation mark. The word stands beside it.
pub fn icon(verdict: Verdict, size: &str) -> String {
    let (shape, mark) = match verdict {
        Verdict::Pass => (
            "<circle cx=\"12\" cy=\"12\" r=\"11\"/>",
            "<path d=\"M6.8 12.6l3.6 3.6 7-8\"/>",
        ),
        Verdict::Fail => (
            "<path d=\"M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z\"/>",
            "<path d=\"M8 8l8 8M16 8l-8 8\"/>",
        ),
        Verdict::NotEnoughEvidence => (
            "<path d=\"M12 .6L23.4 12 12 23.4.6 12z\"/>",
            "<path d=\"M9.2 9.6c0-3.6 5.6-3.6 5.6-.2 0 2.2-2.8 2.3-2.8 4.6M12 17.2v.3\"/>",
        ),
        Verdict::CouldNotRun => (
            "<path d=\"M12 1.2L23.6 22H.4z\"/>",
            "<path d=\"M12 9v6M12 18.4v.3\"/>",
        ),
    };
    format!(
        "<svg class=\"icon {size}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
         <g class=\"shape\">{shape}</g><g class=\"mark\">{mark}</g></svg>"
    )
}

/// The success of an arm from 0 to 100 %: solid to the share of first tries, striped to that of
/// all, and the Wilson interval. `reference` is marked as well: the unperturbed share.
pub fn bar(arm: &Arm, reference: Option<f64>) -> String {
    let share = &arm.success;
    let mut out = String::from(
        "<svg class=\"bar\" viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\">",
    );
    if share.of == 0 {
        out.push_str(
            "<rect class=\"nothing\" x=\".5\" y=\"1.5\" width=\"99\" height=\"11\"/></svg>",
        );
        return out;
    }
    let percent = |n: u64| 100.0 * (n.min(share.of) as f64 / share.of as f64);
    let all = percent(share.successes);
    // First tries are of the same rollouts.
    let first = percent(arm.first_try.successes).min(all);
    let _ = write!(
        out,
        "<rect class=\"track\" width=\"100\" height=\"14\"/>\
         <rect class=\"first\" width=\"{first:.1}\" height=\"14\"/>"
    );
    if all > first {
        let again = all - first;
        let _ = write!(
            out,
            "<rect class=\"pale\" x=\"{first:.1}\" width=\"{again:.1}\" height=\"14\"/>\
             <rect fill=\"url(#again)\" x=\"{first:.1}\" width=\"{again:.1}\" height=\"14\"/>"
        );
    }
    if let Some(reference) = reference {
        // Inside the picture at 0 and 100 % as well.
        let x = (100.0 * reference).clamp(0.5, 99.5);
        let _ = write!(out, "<path class=\"reference\" d=\"M{x:.1} 0V14\"/>");
    }
    let [low, high] = [share.low, share.high].map(|x| 100.0 * x.clamp(0.0, 1.0));
    let whisker = format!("d=\"M{low:.1} 7H{high:.1}M{low:.1} 4V10M{high:.1} 4V10\"");
    let _ = write!(
        out,
        "<path class=\"halo\" {whisker}/><path class=\"whisker\" {whisker}/></svg>"
    );
    out
}

/// Pairs lost to the left, gained to the right, of the most that either has in the table.
pub fn balance(lost: u64, gained: u64, most: u64) -> String {
    let width = |n: u64| 49.0 * (n as f64 / most.max(1) as f64);
    let (left, right) = (width(lost), width(gained));
    format!(
        "<svg class=\"bar balance\" viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"14\"/>\
         <rect class=\"lost\" x=\"{:.1}\" width=\"{left:.1}\" height=\"14\"/>\
         <rect class=\"gained\" x=\"50\" width=\"{right:.1}\" height=\"14\"/>\
         <path class=\"axis\" d=\"M50 0V14\"/></svg>",
        50.0 - left
    )
}

/// Parts of a whole, side by side.
pub fn parts(values: &[f64]) -> String {
    let sum: f64 = values.iter().sum();
    let mut out = String::from(
        "<svg class=\"bar\" viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\">",
    );
    let mut x = 0.0;
    for (i, value) in values.iter().enumerate() {
        let width = if sum > 0.0 { 100.0 * value / sum } else { 0.0 };
        let _ = write!(
            out,
            "<rect class=\"part{i}\" x=\"{x:.2}\" width=\"{width:.2}\" height=\"14\"/>"
        );
        x += width;
    }
    out.push_str("</svg>");
    out
}
