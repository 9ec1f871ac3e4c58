//! What the clock on the wall said, of many rollouts.

use crate::eval::record::{RolloutRecord, Timing};

/// The smallest value that at least this share of the values does not exceed (nearest rank);
/// none of nothing. `sorted` ascending.
pub fn percentile(sorted: &[f32], share: f64) -> Option<f32> {
    let rank = libm::ceil(share * sorted.len() as f64) as usize;
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[rank.saturating_sub(1).min(last)])
}

/// Sums and latencies of some rollouts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    pub rollouts: u64,
    pub simulated_secs: f64,
    pub wall_secs: f64,
    pub physics_secs: f64,
    pub render_secs: f64,
    pub policy_secs: f64,
    /// One a call of the policy, ascending, ms.
    pub latency_ms: Vec<f32>,
}

impl Clock {
    /// Of these rollouts, each with its timing.
    pub fn of<'a>(rollouts: impl Iterator<Item = (&'a RolloutRecord, &'a Timing)>) -> Self {
        let mut all = Self::default();
        for (rollout, timing) in rollouts {
            all.rollouts += 1;
            all.simulated_secs += rollout.metrics.secs;
            all.wall_secs += timing.wall_secs;
            all.physics_secs += timing.physics_secs;
            all.render_secs += timing.render_secs;
            all.policy_secs += timing.policy_secs;
            all.latency_ms.extend(&timing.latency_ms);
        }
        all.latency_ms.retain(|x| !x.is_nan());
        all.latency_ms.sort_unstable_by(f32::total_cmp);
        all
    }

    /// Wall time outside physics, rendering and the policy: the harness.
    pub fn harness_secs(&self) -> f64 {
        (self.wall_secs - self.physics_secs - self.render_secs - self.policy_secs).max(0.0)
    }

    /// Simulated seconds a second of one worker; none if no time has passed.
    pub fn real_time_factor(&self) -> Option<f64> {
        (self.wall_secs > 0.0).then(|| self.simulated_secs / self.wall_secs)
    }

    /// 50th, 95th and 99th percentile and the greatest latency, ms; none without a call.
    pub fn latencies(&self) -> Option<[f32; 4]> {
        let at = |share| percentile(&self.latency_ms, share);
        Some([at(0.5)?, at(0.95)?, at(0.99)?, at(1.0)?])
    }
}
