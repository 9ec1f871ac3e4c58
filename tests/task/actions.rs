//! Action spaces there and back.

use benchside::base::seed::SeedPath;
use benchside::robot::Command;
use benchside::robot::action::{ActionSpace, MAX_TOOL_STEP};
use benchside::robot::kinematics::forward;

use super::fixture::{Bench, bench};

const SPACES: [ActionSpace; 3] = [
    ActionSpace::JointPosition,
    ActionSpace::JointDelta,
    ActionSpace::ToolDelta,
];

/// Home, up to a third of a radian away.
fn posture(bench: &Bench, seed: u64) -> Vec<f64> {
    let mut rng = SeedPath::root(seed).rng();
    let mut q = bench.robot.control.home.clone();
    for &joint in &bench.robot.control.arm {
        q[joint] += rng.uniform(-0.3, 0.3);
    }
    q
}

#[test]
fn channels_have_names_units_and_bounds() {
    let bench = bench();
    let channels = ActionSpace::JointPosition.channels(&bench.robot, 20);
    assert_eq!(channels.len(), 8);
    assert_eq!(channels[0].name, "joint1.position");
    assert_eq!(
        (channels[3].unit, channels[3].range),
        ("rad", (-3.0421, -0.1518))
    );
    assert_eq!(channels[7].name, "gripper.open_fraction");
    assert_eq!(channels[7].range, (0.0, 1.0));
    let deltas = ActionSpace::JointDelta.channels(&bench.robot, 20);
    // 2.62 rad/s at 20 Hz.
    assert!((deltas[0].range.1 - 0.131).abs() < 1e-12);
    let tool = ActionSpace::ToolDelta.channels(&bench.robot, 20);
    let names: Vec<&str> = tool.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names[..2], ["tool.x.delta", "tool.y.delta"]);
    assert_eq!((tool[5].unit, tool[5].range.1), ("rad", MAX_TOOL_STEP.1));
}

/// What is encoded and decoded moves the arm as the command would have: joints to single
/// precision, of the tool its pose.
#[test]
fn small_steps_come_back_from_every_space() {
    let bench = bench();
    let robot = &bench.robot;
    for seed in 0..50 {
        let last = posture(&bench, seed);
        let mut rng = SeedPath::root(seed).child("step").rng();
        let arm = robot.control.arm.iter();
        let command = Command {
            arm: arm.map(|&j| last[j] + rng.uniform(-0.01, 0.01)).collect(),
            open_fraction: rng.unit(),
        };
        for space in SPACES {
            let action = space.encode(robot, &last, &command);
            assert_eq!(action.len(), space.channels(robot, 20).len());
            let decoded = space.decode(robot, &last, 1.0, &action, 20);
            assert_eq!(decoded.clamped, 0, "{space:?}, {seed}");
            let fraction = decoded.command.open_fraction - command.open_fraction;
            assert!(fraction.abs() < 1e-7);
            if space != ActionSpace::ToolDelta {
                for (a, b) in decoded.command.arm.iter().zip(&command.arm) {
                    assert!((a - b).abs() < 1e-6, "{space:?}: {a}, {b}");
                }
                continue;
            }
            let tool = |arm: &[f64]| {
                let mut q = last.clone();
                q[..7].copy_from_slice(arm);
                forward(robot, &q)[robot.control.tool]
            };
            let (a, b) = (tool(&decoded.command.arm), tool(&command.arm));
            let off = (a.translation_m - b.translation_m).length();
            assert!(off < 1e-4, "{seed}: {off} m");
            let turned = a.rotation.dot(b.rotation).abs();
            assert!(turned > 1.0 - 1e-7, "{seed}: {turned}");
        }
    }
}

#[test]
fn what_is_out_of_bounds_is_clamped_and_counted() {
    let bench = bench();
    let robot = &bench.robot;
    let last = bench.robot.control.home.clone();
    let decode = |space: ActionSpace, action: &[f32]| space.decode(robot, &last, 0.4, action, 20);
    let far = decode(
        ActionSpace::JointPosition,
        &[9.0, 0.0, 0.0, -9.0, 0.0, 1.0, 0.0, 1.5],
    );
    assert_eq!(far.clamped, 3);
    assert_eq!((far.command.arm[0], far.command.arm[3]), (2.7437, -3.0421));
    assert_eq!(far.command.open_fraction, 1.0);
    let nan = decode(
        ActionSpace::JointDelta,
        &[f32::NAN, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, f32::NAN],
    );
    assert_eq!(nan.clamped, 2);
    assert_eq!(
        (nan.command.arm[0], nan.command.open_fraction),
        (last[0], 0.4)
    );
    let mut edge = last.clone();
    edge[6] = 3.0;
    let action = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0];
    let at_end = ActionSpace::JointDelta.decode(robot, &edge, 0.4, &action, 20);
    assert_eq!(at_end.clamped, 1);
    assert_eq!(at_end.command.arm[6], 3.0159);
}

/// Pushed outwards for ever the tool stops at the end of the arm's reach, and every further step
/// is counted.
#[test]
fn what_is_out_of_reach_is_counted() {
    let bench = bench();
    let robot = &bench.robot;
    let mut last = robot.control.home.clone();
    let mut clamped = 0;
    for step in 0..60 {
        let action = [0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let decoded = ActionSpace::ToolDelta.decode(robot, &last, 1.0, &action, 20);
        for (&joint, q) in robot.control.arm.iter().zip(&decoded.command.arm) {
            let (low, high) = robot.joints[joint].range;
            assert!((low..=high).contains(q), "step {step}, joint {joint}: {q}");
            let most = robot.joints[joint].max_speed / 20.0;
            assert!(
                (q - last[joint]).abs() <= most + 1e-9,
                "step {step}, joint {joint}"
            );
            last[joint] = *q;
        }
        clamped += decoded.clamped;
    }
    // Links of 0.316, 0.384 and 0.088 m, and a hand of 0.21 m, from a shoulder at 0.333 m.
    let reach = forward(robot, &last)[robot.control.tool].translation_m;
    let from_shoulder = (reach - glam::DVec3::Z * 0.333).length();
    assert!((0.7..1.0).contains(&from_shoulder), "{from_shoulder}");
    assert!(clamped >= 30, "{clamped}");
}
