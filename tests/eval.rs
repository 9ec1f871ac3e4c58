//! Evaluation: statistics, gates, verdicts.

#[path = "eval/gates.rs"]
mod gates;
#[path = "eval/judging.rs"]
mod judging;
#[path = "eval/rollouts.rs"]
mod rollouts;
#[path = "eval/simulated.rs"]
mod simulated;
#[path = "eval/stats.rs"]
mod stats;
