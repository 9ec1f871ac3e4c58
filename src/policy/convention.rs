//! Before the first rollout: does the policy speak of the same things as the task? What does not
//! fit is said here, and not found out as a low score.

use super::actor::actions;
use super::adapter::AdapterDesc;
use super::exchange::{Chunk, Input, Observation};
use crate::base::problem::{Problem, Problems};
use crate::episode::spec::EpisodeSpec;
use crate::robot::action::ActionSpace;
use crate::task::rollout::Stage;

/// A first action farther from where the joints are than this is suspicious, rad (m).
const JUMP: f64 = 0.8;

/// What can be said before anything is asked: the rate, and the adapter's scale.
pub fn check_adapter(adapter: &AdapterDesc, stage: &Stage<'_>) -> Problems {
    let mut problems = Problems::default();
    let task = stage.task;
    let mut problem = |place: &str, found: String, expected: String, remedy: String| {
        problems.push(Problem::error(
            &adapter.name,
            place,
            found,
            expected,
            remedy,
        ));
    };
    if let Some(rate) = adapter.rate_hz
        && rate != task.control_hz
    {
        let found = format!("a policy of {rate} actions a second");
        let expected = format!(
            "{} a second, as task `{}` has it",
            task.control_hz, task.name
        );
        let remedy = format!(
            "set control_hz = {rate} (and a physics_hz that it divides) in a copy of the task, or leave rate_hz out if the policy does not mind"
        );
        problem("rate_hz", found, expected, remedy);
    }
    let arms: Vec<usize> = (task.robots.iter())
        .map(|r| {
            let desc = &stage.robots[r.robot];
            let width = stage.actions.channels(desc, task.control_hz).len();
            width - usize::from(desc.control.gripper.is_some())
        })
        .collect();
    let scale = adapter.action.scale.len();
    if scale > 1 && arms.iter().any(|arm| *arm != scale) {
        let found = format!("{scale} factors");
        let expected = format!("one, or {} without the gripper's", arms[0]);
        problem("action.scale", found, expected, String::new());
    }
    problems
}

/// Whether what is shown has the length that the policy's authors say.
pub fn check_lengths(adapter: &AdapterDesc, seen: &Observation) -> Problems {
    let mut problems = Problems::default();
    for ((key, input), desc) in seen.0.iter().zip(&adapter.inputs) {
        if let (Input::Numbers(numbers), Some(length)) = (input, desc.length)
            && numbers.len() != length as usize
        {
            let place = format!("input {}", key.join("/"));
            let found = format!("{} numbers", numbers.len());
            let expected = format!("{length}, as its length says");
            let remedy = "this policy is for a robot of another build: write an adapter for it";
            problems.push(Problem::error(
                &adapter.name,
                place,
                found,
                expected,
                remedy,
            ));
        }
    }
    problems
}

/// Whether a first answer can be what the adapter takes it for. Errors are what cannot be; the
/// rest are warnings.
pub fn check_answer(
    adapter: &AdapterDesc,
    stage: &Stage<'_>,
    spec: &EpisodeSpec,
    chunk: &Chunk,
) -> Problems {
    let mut problems = Problems::default();
    let name = &adapter.name;
    let decoded = match actions(chunk, &adapter.action, stage, spec) {
        Ok(decoded) => decoded,
        Err(error) => {
            let names = channel_names(stage, spec).join(", ");
            let expected = format!(
                "{} numbers: {names}",
                stage.action_widths(spec).iter().sum::<usize>()
            );
            let remedy = "mend the adapter's action.space, or the policy";
            let problem = Problem::error(name, "action", error.to_string(), expected, remedy);
            problems.push(problem);
            return problems;
        }
    };
    let first = &decoded[0];
    for (index, action) in first.iter().enumerate() {
        let robot = &spec.robots[index];
        let desc = &stage.robots[robot.robot as usize];
        let channels = stage.actions.channels(desc, stage.task.control_hz);
        let arm = &desc.control.arm;
        if stage.actions == ActionSpace::JointPosition {
            let posture: Vec<f64> = arm.iter().map(|&j| robot.start[j]).collect();
            let far = |x: &[f32]| {
                let pairs = x.iter().zip(&posture);
                pairs
                    .map(|(x, q)| (f64::from(*x) - q).abs())
                    .fold(0.0, f64::max)
            };
            let away = far(action);
            if away > JUMP {
                let small = action.iter().take(arm.len()).all(|x| x.abs() < 0.3);
                let remedy = if small {
                    "numbers near 0 look like changes: is action.space = \"joint_delta\"?"
                } else if action.iter().take(arm.len()).any(|x| x.abs() > 7.0) {
                    "numbers beyond 7 look like degrees: action.scale = [0.0174533]?"
                } else {
                    "is the order of the joints, and their zero, the robot's?"
                };
                let found = format!("a first action {away:.2} rad from where the joints are");
                let expected = format!("targets within {JUMP} rad of the start");
                let problem = Problem::error(name, "action", found, expected, remedy);
                problems.push(problem.warning());
            }
        }
        for (channel, x) in channels.iter().zip(action) {
            let (low, high) = channel.range;
            let span = high - low;
            let x64 = f64::from(*x);
            if span.is_finite() && (x64 < low - 0.5 * span || x64 > high + 0.5 * span) {
                let remedy = match channel.name.starts_with("gripper") {
                    true => {
                        "mend gripper_open and gripper_closed: which numbers does the policy mean?"
                    }
                    false => "mend action.scale, or undo the normalization",
                };
                let found = format!("{} = {x}", channel.name);
                let expected = format!("{low:.3} … {high:.3} {}", channel.unit);
                let problem = Problem::error(name, "action", found, expected, remedy);
                problems.push(problem.warning());
            }
        }
    }
    problems
}

fn channel_names(stage: &Stage<'_>, spec: &EpisodeSpec) -> Vec<String> {
    let hz = stage.task.control_hz;
    let robots = spec.robots.iter();
    let names = robots.flat_map(|r| {
        let channels = stage.actions.channels(&stage.robots[r.robot as usize], hz);
        channels.into_iter().map(|c| c.name)
    });
    names.collect()
}
