//! How long each stage takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A step of the way from seed to file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Simulate,
    /// Instances of a frame in place, for all its cameras.
    Place,
    Render,
    Label,
    Sense,
    Encode,
    Write,
}

const NAMES: [(&str, &str); 7] = [
    ("simulate", "episodes"),
    ("place", "frames"),
    ("render", "images"),
    ("label", "images"),
    ("sense", "images"),
    ("encode", "images"),
    ("write", "images"),
];

/// Thread time and number of runs of every stage, over all threads.
#[derive(Debug, Default)]
pub(super) struct Stages {
    nanos: [AtomicU64; 7],
    runs: [AtomicU64; 7],
}

impl Stages {
    /// Runs and times one stage.
    pub(super) fn time<T>(&self, stage: Stage, run: impl FnOnce() -> T) -> T {
        self.time_many(stage, 1, run)
    }

    /// Runs and times one stage for `n` things at once.
    pub(super) fn time_many<T>(&self, stage: Stage, n: usize, run: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = run();
        let i = stage as usize;
        let nanos = begin.elapsed().as_nanos() as u64;
        self.nanos[i].fetch_add(nanos, Ordering::Relaxed);
        self.runs[i].fetch_add(n as u64, Ordering::Relaxed);
        result
    }

    /// One line: the rate of each stage on one thread, and its share of all thread time.
    pub(super) fn report(&self) -> String {
        let nanos = self.nanos.each_ref().map(|n| n.load(Ordering::Relaxed));
        let total: u64 = nanos.iter().sum();
        let mut parts = Vec::new();
        for (i, (name, things)) in NAMES.iter().enumerate() {
            let runs = self.runs[i].load(Ordering::Relaxed);
            if runs > 0 && nanos[i] > 0 {
                let rate = runs as f64 / Duration::from_nanos(nanos[i]).as_secs_f64();
                let share = 100.0 * nanos[i] as f64 / total as f64;
                parts.push(format!("{name} {rate:.1} {things}/s ({share:.0} %)"));
            }
        }
        parts.join(", ")
    }
}
