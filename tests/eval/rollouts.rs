//! Made-up rollouts.

use benchside::eval::record::{Class, Metrics, RolloutId, RolloutRecord, UNPERTURBED};

/// An unperturbed rollout.
pub fn rollout(task: &str, seed: u64, class: Class) -> RolloutRecord {
    perturbed(task, UNPERTURBED, 0, seed, class)
}

pub fn perturbed(task: &str, axis: &str, severity: u8, seed: u64, class: Class) -> RolloutRecord {
    let (task, axis) = (task.to_owned(), axis.to_owned());
    RolloutRecord {
        id: RolloutId {
            task,
            axis,
            severity,
            seed,
        },
        class,
        reason: String::new(),
        instruction: String::new(),
        stages_done: 1,
        stages: 4,
        first_try: class == Class::Success,
        metrics: Metrics::default(),
        digest: String::new(),
        reproduce: String::new(),
        video: None,
    }
}

/// Success or, after the time limit, not.
pub fn done(success: bool) -> Class {
    match success {
        true => Class::Success,
        false => Class::Task,
    }
}

/// Seeds from 0: this many succeed, and then this many do not.
pub fn run(task: &str, succeed: u64, fail: u64) -> Vec<RolloutRecord> {
    (0..succeed + fail)
        .map(|seed| rollout(task, seed, done(seed < succeed)))
        .collect()
}
