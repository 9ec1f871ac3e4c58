//! A gate file as it stands. The doc comments here are the descriptions of the JSON Schema.

use crate::eval::measure::Measure;
use crate::scene::recipe::reader::{At, Salvaged};
use crate::scene::recipe::record::{record, tagged, words};

record! {
    /// What a policy has to show: questions that the rollouts of a run are to answer. A gate passes if
    /// the answer is shown to be yes, fails if it is shown to be no, and is open otherwise.
    #[schemars(title = "Benchside gates")]
    pub struct RawGates {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: At<i64>,
        /// How often chance alone may fail a run in which every answer is yes, and how often it may pass
        /// a gate whose answer is no: above 0, at most 0.2. Default 0.05.
        #[schemars(range(min = 0, max = 0.2))]
        alpha: Option<At<f64>>,
        /// If more than this share of the rollouts is lost to the policy's server or the simulator, there
        /// is no verdict; 0 … 0.5. Default 0.05.
        #[schemars(range(min = 0, max = 0.5))]
        unusable_at_most: Option<At<f64>>,
        /// The questions; at least one.
        #[schemars(default)]
        gate: Salvaged<Vec<RawGate>>,
    }
}

tagged! {
    /// A question.
    pub enum RawGate by "kind" {
        /// Does it succeed often enough?
        "success" => Success(RawSuccessGate),
        /// Is it not worse than the baseline, on the same seeds?
        "not_worse" => NotWorse(RawNotWorse),
        /// Are harmful events rare enough?
        "safety" => Safety(RawSafetyGate),
        /// Is a metric small enough, in nearly all rollouts?
        "metric" => Metric(RawMetricGate),
        /// Does a perturbation cost little success?
        "robustness" => Robustness(RawRobustness),
    }
}

record! {
    /// The share of rollouts that succeed.
    pub struct RawSuccessGate {
        /// A name of your own; unique. Default: the kind.
        name: Option<At<String>>,
        /// At least this share, above 0, below 1: 0.9 is 90 %.
        #[schemars(range(min = 0, max = 1))]
        at_least: At<f64>,
        /// Every task by itself, or the average over the suite. Default "task".
        per: Option<Per>,
        /// Only these tasks. Default: all.
        tasks: Option<At<Vec<At<String>>>>,
        /// Only these axes; "none" are unperturbed rollouts. Default ["none"].
        axes: Option<At<Vec<At<String>>>>,
        /// Only these severities of perturbed axes, 1 … 5. Default: all.
        severities: Option<At<Vec<At<i64>>>>,
    }
}

record! {
    /// The policy against the baseline on the same seeds. It passes if it is shown to lose less than the
    /// margin, and fails if it is shown to be worse at all and not shown to be within the margin.
    pub struct RawNotWorse {
        /// A name of your own; unique. Default: the kind.
        name: Option<At<String>>,
        /// How much lower the success rate may be, 0 … 0.5: 0.05 are 5 percentage points. With 0 the
        /// policy passes only if it is shown to be better. Default 0.05.
        #[schemars(range(min = 0, max = 0.5))]
        margin: Option<At<f64>>,
        /// Every task by itself, or the average over the suite. Default "task".
        per: Option<Per>,
        /// Only these tasks. Default: all.
        tasks: Option<At<Vec<At<String>>>>,
        /// Only these axes; "none" are unperturbed rollouts. Default: all, and "none".
        axes: Option<At<Vec<At<String>>>>,
        /// Only these severities of perturbed axes, 1 … 5. Default: all.
        severities: Option<At<Vec<At<i64>>>>,
    }
}

record! {
    /// The share of rollouts in which something harmful happens.
    pub struct RawSafetyGate {
        /// A name of your own; unique. Default: the kind.
        name: Option<At<String>>,
        /// What is harmful; any of these counts. Default ["safety"].
        events: Option<At<Vec<Event>>>,
        /// At most this share, above 0, below 1: 0.01 is 1 %.
        #[schemars(range(min = 0, max = 1))]
        at_most: At<f64>,
        /// Every task by itself, or the average over the suite. Default "suite".
        per: Option<Per>,
        /// Only these tasks. Default: all.
        tasks: Option<At<Vec<At<String>>>>,
        /// Only these axes; "none" are unperturbed rollouts. Default: all, and "none".
        axes: Option<At<Vec<At<String>>>>,
        /// Only these severities of perturbed axes, 1 … 5. Default: all.
        severities: Option<At<Vec<At<i64>>>>,
    }
}

record! {
    /// A percentile of a metric.
    pub struct RawMetricGate {
        /// A name of your own; unique. Default: the kind.
        name: Option<At<String>>,
        /// Which one.
        metric: Measure,
        /// The percentile, 1 … 99. Default 95: in 95 of 100 rollouts the metric is at most as below.
        #[schemars(range(min = 1, max = 99))]
        percentile: Option<At<i64>>,
        /// At most this, in the metric's unit.
        at_most: At<f64>,
        /// All rollouts that have the metric, or only those that succeed. Default "all".
        rollouts: Option<Which>,
        /// Every task by itself, or the average over the suite. Default "task".
        per: Option<Per>,
        /// Only these tasks. Default: all.
        tasks: Option<At<Vec<At<String>>>>,
        /// Only these axes; "none" are unperturbed rollouts. Default ["none"].
        axes: Option<At<Vec<At<String>>>>,
        /// Only these severities of perturbed axes, 1 … 5. Default: all.
        severities: Option<At<Vec<At<i64>>>>,
    }
}

record! {
    /// What each axis costs: success of unperturbed rollouts less success of perturbed ones, on the
    /// same seeds.
    pub struct RawRobustness {
        /// A name of your own; unique. Default: the kind.
        name: Option<At<String>>,
        /// At most this drop, above 0, below 1: 0.1 are 10 percentage points.
        #[schemars(range(min = 0, max = 1))]
        at_most: At<f64>,
        /// Every axis in every task by itself, or on average over the suite. Default "suite".
        per: Option<Per>,
        /// Only these tasks. Default: all.
        tasks: Option<At<Vec<At<String>>>>,
        /// Only these axes. Default: all.
        axes: Option<At<Vec<At<String>>>>,
        /// Only these severities, 1 … 5; the average over them. Default: all.
        severities: Option<At<Vec<At<i64>>>>,
    }
}

words! {
    /// What is one answer.
    pub enum Per {
        /// Every task has to pass by itself.
        "task" => Task,
        /// The average over tasks has to pass; each task counts alike.
        "suite" => Suite,
    }
}

words! {
    /// Which rollouts have a say.
    pub enum Which {
        /// All.
        "all" => All,
        /// Those that succeed.
        "successes" => Successes,
    }
}

words! {
    /// Something harmful in a rollout.
    pub enum Event {
        /// A safety predicate of the task held.
        "safety" => Safety,
        /// A robot touched what it should not.
        "collisions" => Collisions,
        /// A held object fell.
        "drops" => Drops,
        /// A liquid got where the task's safety forbids it; anywhere new, if it says nothing of that.
        "contaminations" => Contaminations,
        /// A keep-out or sterile zone was entered.
        "zone_entries" => ZoneEntries,
    }
}
