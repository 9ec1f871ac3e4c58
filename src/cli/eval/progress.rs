//! How far a run has come.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::eval::record::RolloutRecord;
use crate::eval::stats::interval::wilson;

/// How far a run has come, with a running estimate.
pub(super) struct Bar {
    bar: ProgressBar,
    counts: Mutex<(u64, u64)>,
}

impl Bar {
    pub(super) fn new(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = "{wide_bar} {pos}/{len} rollouts, {msg}, {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is well-formed");
        bar.set_style(style);
        Self {
            bar,
            counts: Mutex::new((0, 0)),
        }
    }

    pub(super) fn tell(&self, record: &RolloutRecord) {
        let mut counts = self.counts.lock().expect("no thread panics");
        if record.class.is_evidence() {
            counts.0 += u64::from(record.is_success());
            counts.1 += 1;
        }
        let (successes, of) = *counts;
        if of > 0 {
            let (low, high) = wilson(successes, of, 0.95);
            let share = 100.0 * successes as f64 / of as f64;
            let message = format!("{share:.0} % ({:.0}–{:.0})", 100.0 * low, 100.0 * high);
            self.bar.set_message(message);
        }
        self.bar.inc(1);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
