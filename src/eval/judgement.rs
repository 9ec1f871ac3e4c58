//! What the rollouts say, as it is reported.

use serde::{Deserialize, Serialize};

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Exit code 0.
    Pass,
    /// Regressed, or a gate failed: exit code 1.
    Fail,
    /// Exit code 2.
    NotEnoughEvidence,
    /// Servers or the simulator failed too often: exit code 3.
    CouldNotRun,
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub successes: u64,
    pub of: u64,
    /// Wilson's 95 % interval.
    pub low: f64,
    pub high: f64,
}

/// All rollouts of one task, axis and severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    pub task: String,
    pub axis: String,
    pub severity: u8,
    pub success: Share,
    pub first_try: Share,
    /// Mean share of stages done.
    pub progress: f64,
    /// Rollouts by class that is no success, in words.
    pub failures: std::collections::BTreeMap<String, u64>,
    /// Of metrics, over rollouts that are evidence: name → median, 95th percentile.
    pub metrics: std::collections::BTreeMap<String, (f64, f64)>,
}

/// One question that was asked of the rollouts, and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// Unique in the run.
    pub name: String,
    /// What is asked, in words with numbers.
    pub question: String,
    pub verdict: Verdict,
    /// The answer, in words with numbers: shares, intervals, e-values, thresholds.
    pub answer: String,
    /// How many more seeds could decide it, if it is not decided.
    pub more_seeds: Option<u64>,
}

/// A task against the baseline on the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub task: String,
    /// Seeds, axes and severities that both have and that are evidence in both.
    pub pairs: u64,
    /// Only the baseline succeeded.
    pub lost: u64,
    /// Only the policy succeeded.
    pub gained: u64,
    /// Evidence that it is worse, and that it is better.
    pub e_worse: f64,
    pub e_better: f64,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// One line.
    pub headline: String,
    pub gates: Vec<GateResult>,
    pub arms: Vec<Arm>,
    pub comparisons: Vec<Comparison>,
}
