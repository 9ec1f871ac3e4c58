//! One scored rollout, as it is written: what happened, apart from what the clock on the wall said.

use serde::{Deserialize, Serialize};

/// The name of the axis of unperturbed rollouts.
pub const UNPERTURBED: &str = "none";

/// What makes a rollout the rollout it is. Ordered by task, axis, severity, seed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutId {
    /// The task's name.
    pub task: String,
    /// What is perturbed: [`UNPERTURBED`], `camera`, `light` …
    pub axis: String,
    /// 1 … 5; 0 unperturbed.
    pub severity: u8,
    /// The episode's number in the task: rollouts of the same task and seed begin alike, but for
    /// what is perturbed.
    pub seed: u64,
}

/// Who is to blame if a rollout does not succeed. Never merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Done.
    Success,
    /// Time was up.
    Task,
    /// A safety predicate of the task held.
    Safety,
    /// The policy answered with what is no action: a wrong shape, numbers that are none.
    Policy,
    /// The server did not answer, or not in its protocol. Says nothing about the policy.
    PolicyServer,
    /// There was no episode, or physics became non-finite. Says nothing about the policy.
    Simulator,
}

impl Class {
    /// In words, as reports have it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Task => "task",
            Self::Safety => "safety",
            Self::Policy => "policy",
            Self::PolicyServer => "policy server",
            Self::Simulator => "simulator",
        }
    }

    /// Whether the rollout tells how good the policy is.
    pub fn is_evidence(self) -> bool {
        !matches!(self, Self::PolicyServer | Self::Simulator)
    }
}

/// What was measured in the simulated world; from the simulator's truth, not from the policy's
/// observations. Sums and peaks are over all control steps and robots.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Simulated seconds to the end.
    pub secs: f64,
    /// Control steps.
    pub steps: u64,
    /// Way of the tools, metres.
    pub path_m: f64,
    /// Root mean square of the third derivative of the tools' positions, m/s³.
    pub jerk_rms_m_per_s3: f64,
    /// Share of the steps in which no tool moves faster than 2 mm/s and no gripper moves.
    pub idle_share: f64,
    /// How often a robot began to touch what it neither held nor was asked to handle.
    pub collisions: u32,
    /// Greatest contact force of a robot's link, N (mean over a control step).
    pub peak_force_n: f64,
    /// Of all contact forces of robots' links, N·s.
    pub impulse_n_s: f64,
    /// How often a held object of the task was lost and fell.
    pub drops: u32,
    /// Grasps of objects of the task that the robot had grasped before.
    pub regrasps: u32,
    /// At the end, of the pose that success asks for; none if it asks for no pose.
    pub error_mm: Option<f64>,
    /// Likewise.
    pub error_deg: Option<f64>,
    /// Liquid outside its vessels at the end, µL; none without liquids.
    pub spilled_ul: Option<f64>,
    /// Liquids that got where the task's safety does not allow them (anywhere new, if it says
    /// nothing of that); none without liquids.
    pub contaminations: Option<u32>,
    /// How often a keep-out or sterile zone was entered.
    pub zone_entries: u32,
    /// Actions' numbers, and joint targets, cut to what can be done.
    pub clamped: u64,
}

/// One scored rollout. The same bits for any number of workers, in any order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutRecord {
    pub id: RolloutId,
    pub class: Class,
    /// In words: `success`, `timed out`, the name of the safety predicate, what the server said.
    pub reason: String,
    /// What the policy was asked to do.
    pub instruction: String,
    /// Stages done and stages there are.
    pub stages_done: u32,
    pub stages: u32,
    /// Whether it succeeded without trying again (regrasps 0).
    pub first_try: bool,
    pub metrics: Metrics,
    /// SHA-256 over every state and action, lower-case hexadecimal; of the states until the end.
    pub digest: String,
    /// The command that plays this rollout alone.
    pub reproduce: String,
    /// Of the video, from the run's folder; if there is one.
    pub video: Option<String>,
}

impl RolloutRecord {
    /// Whether the task was done, by whatever number of tries.
    pub fn is_success(&self) -> bool {
        self.class == Class::Success
    }

    /// Stages done of stages there are, 0 … 1.
    pub fn progress(&self) -> f64 {
        match self.class {
            Class::Success => 1.0,
            _ => f64::from(self.stages_done) / f64::from(self.stages.max(1)),
        }
    }
}

/// What the clock on the wall said of a rollout. Differs from run to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Of the whole rollout; what the three below leave of it is the harness's.
    pub wall_secs: f64,
    /// Building the world, settling it, stepping it.
    pub physics_secs: f64,
    /// What the policy sees, put together.
    pub render_secs: f64,
    /// Until it answers; of an expert, its planning.
    pub policy_secs: f64,
    /// One per call of the policy, ms, in order.
    pub latency_ms: Vec<f32>,
}

/// What a run is of; written once, at its beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInfo {
    pub benchside: String,
    pub suite: String,
    /// The policy's URI.
    pub policy: String,
    /// What the policy's server, or its file, says of itself.
    pub policy_metadata: serde_json::Value,
    /// Of the suite: SHA-256 of every file by path.
    pub files: std::collections::BTreeMap<String, String>,
    pub seed: u64,
    /// Operating system, processor, cores, adapter.
    pub environment: std::collections::BTreeMap<String, String>,
}
