//! `eval_info.json` in the shape that LeRobot 0.4's `lerobot-eval` writes.
//!
//! A group is a perturbation with its severity (`none`, `camera_3`), so that `per_group.none` is
//! what LeRobot would have said of the suite; a `task_id` is a task's number, in order of their
//! names, and `task` its name. The reward is 1 at success, else 0. Rollouts that say nothing
//! about the policy are in no list; `n_not_evidence` counts them. Where LeRobot writes NaN, which
//! is no JSON, stands null.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use crate::eval::record::{RolloutRecord, UNPERTURBED};

#[derive(Default, Serialize)]
struct Lists<'a> {
    sum_rewards: Vec<f64>,
    max_rewards: Vec<f64>,
    successes: Vec<bool>,
    video_paths: Vec<&'a str>,
}

#[derive(Serialize)]
struct Task<'a> {
    task_group: String,
    task_id: usize,
    task: &'a str,
    metrics: Lists<'a>,
}

#[derive(Serialize)]
struct Group<'a> {
    avg_sum_reward: Option<f64>,
    avg_max_reward: Option<f64>,
    pc_success: Option<f64>,
    n_episodes: usize,
    #[serde(flatten)]
    time: Option<Time>,
    video_paths: Vec<&'a str>,
}

#[derive(Serialize)]
struct Time {
    eval_s: f64,
    eval_ep_s: f64,
    n_not_evidence: usize,
}

#[derive(Serialize)]
struct Info<'a> {
    per_task: Vec<Task<'a>>,
    per_group: BTreeMap<String, Group<'a>>,
    overall: Group<'a>,
}

/// The file.
pub fn json(report: &Report) -> Vec<u8> {
    let mut names: Vec<&str> = report.rollouts.iter().map(|r| r.id.task.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut arms: BTreeMap<(&str, u8, usize), Lists> = BTreeMap::new();
    let mut groups: BTreeMap<String, Vec<&RolloutRecord>> = BTreeMap::new();
    let evidence = || report.rollouts.iter().filter(|r| r.class.is_evidence());
    for rollout in evidence() {
        let id = &rollout.id;
        let task = names.binary_search(&id.task.as_str()).expect("one of them");
        let arm = arms.entry((&id.axis, id.severity, task)).or_default();
        add(arm, rollout);
        let group = groups.entry(group(&id.axis, id.severity)).or_default();
        group.push(rollout);
    }
    let task = |((axis, severity, task_id), metrics)| Task {
        task_group: group(axis, severity),
        task_id,
        task: names[task_id],
        metrics,
    };
    let all: Vec<&RolloutRecord> = evidence().collect();
    let time = Time {
        eval_s: report.wall_secs,
        eval_ep_s: report.wall_secs / all.len().max(1) as f64,
        n_not_evidence: report.rollouts.len() - all.len(),
    };
    let info = Info {
        per_task: arms.into_iter().map(task).collect(),
        per_group: groups
            .into_iter()
            .map(|(name, of)| (name, mean(&of, None)))
            .collect(),
        overall: mean(&all, Some(time)),
    };
    let mut bytes = serde_json::to_vec_pretty(&info).expect("text keys");
    bytes.push(b'\n');
    bytes
}

fn group(axis: &str, severity: u8) -> String {
    if axis == UNPERTURBED {
        axis.into()
    } else {
        format!("{axis}_{severity}")
    }
}

fn add<'a>(lists: &mut Lists<'a>, rollout: &'a RolloutRecord) {
    let reward = f64::from(u8::from(rollout.is_success()));
    lists.sum_rewards.push(reward);
    lists.max_rewards.push(reward);
    lists.successes.push(rollout.is_success());
    lists.video_paths.extend(rollout.video.as_deref());
}

fn mean<'a>(rollouts: &[&'a RolloutRecord], time: Option<Time>) -> Group<'a> {
    let successes = rollouts.iter().filter(|r| r.is_success()).count();
    let share = successes as f64 / rollouts.len() as f64;
    let share = (!rollouts.is_empty()).then_some(share);
    Group {
        avg_sum_reward: share,
        avg_max_reward: share,
        pc_success: share.map(|s| 100.0 * s),
        n_episodes: rollouts.len(),
        time,
        video_paths: rollouts.iter().filter_map(|r| r.video.as_deref()).collect(),
    }
}
