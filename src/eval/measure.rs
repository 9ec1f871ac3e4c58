//! The metrics of rollouts by name.

use super::record::Metrics;
use crate::scene::recipe::record::words;

words! {
    /// A metric of rollouts.
    pub enum Measure {
        /// Simulated seconds to the end.
        "secs" => Secs,
        /// Control steps.
        "steps" => Steps,
        /// Way of the tools, metres.
        "path_m" => Path,
        /// Root mean square jerk of the tools, m/s³.
        "jerk_rms_m_per_s3" => Jerk,
        /// Share of the steps without motion, 0 … 1.
        "idle_share" => IdleShare,
        /// How often a robot touched what it should not.
        "collisions" => Collisions,
        /// Greatest contact force of a robot's link, N.
        "peak_force_n" => PeakForce,
        /// Of all contact forces of robots' links, N·s.
        "impulse_n_s" => Impulse,
        /// How often a held object fell.
        "drops" => Drops,
        /// Grasps of what had been grasped before.
        "regrasps" => Regrasps,
        /// At the end, of the pose that success asks for, mm.
        "error_mm" => ErrorMm,
        /// Likewise, degrees.
        "error_deg" => ErrorDeg,
        /// Liquid outside its vessels, µL.
        "spilled_ul" => Spilled,
        /// Liquids that got where the task's safety forbids it; anywhere new, if it says nothing of that.
        "contaminations" => Contaminations,
        /// How often a keep-out or sterile zone was entered.
        "zone_entries" => ZoneEntries,
        /// Numbers of actions cut to what can be done.
        "clamped" => Clamped,
    }
}

impl Measure {
    /// Its value; none if the rollout has none, such as of liquids where there are none.
    pub fn of(self, metrics: &Metrics) -> Option<f64> {
        let value = match self {
            Self::Secs => metrics.secs,
            Self::Steps => metrics.steps as f64,
            Self::Path => metrics.path_m,
            Self::Jerk => metrics.jerk_rms_m_per_s3,
            Self::IdleShare => metrics.idle_share,
            Self::Collisions => f64::from(metrics.collisions),
            Self::PeakForce => metrics.peak_force_n,
            Self::Impulse => metrics.impulse_n_s,
            Self::Drops => f64::from(metrics.drops),
            Self::Regrasps => f64::from(metrics.regrasps),
            Self::ErrorMm => return metrics.error_mm,
            Self::ErrorDeg => return metrics.error_deg,
            Self::Spilled => return metrics.spilled_ul,
            Self::Contaminations => return metrics.contaminations.map(f64::from),
            Self::ZoneEntries => f64::from(metrics.zone_entries),
            Self::Clamped => metrics.clamped as f64,
        };
        Some(value)
    }

    /// All of them, in the order of [`Self::WORDS`].
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.iter().filter_map(|word| Self::from_word(word))
    }
}
