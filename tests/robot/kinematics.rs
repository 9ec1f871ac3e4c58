//! Forward and inverse kinematics: against formulas and finite differences.

use benchside::base::seed::{SeedPath, SeedRng};
use benchside::robot::desc::{JointKind, Rigid, RobotDesc};
use benchside::robot::kinematics::{
    InverseGoal, forward, inverse, jacobian, resolve, rotation_vector, turn,
};
use glam::{DQuat, DVec3};

use super::chains::{fr3, gantry, hand, ur5e};

fn random_positions(robot: &RobotDesc, rng: &mut SeedRng) -> Vec<f64> {
    let draw = |j: &benchside::robot::desc::JointDesc| match j.kind {
        JointKind::Fixed => 0.0,
        _ => rng.uniform(j.range.0.max(-7.0), j.range.1.min(7.0)),
    };
    let mut q = robot.joints.iter().map(draw).collect::<Vec<_>>();
    resolve(robot, &mut q);
    q
}

fn errors(a: &Rigid, b: &Rigid) -> (f64, f64) {
    let turn = rotation_vector(a.rotation.inverse() * b.rotation);
    (a.translation_m.distance(b.translation_m), turn.length())
}

fn assert_inside(robot: &RobotDesc, q: &[f64]) {
    for (joint, q) in robot.joints.iter().zip(q) {
        assert!(
            joint.range.0 <= *q && *q <= joint.range.1,
            "{} at {q}",
            joint.name
        );
    }
}

#[test]
fn mimicking_fingers_follow() {
    let robot = hand();
    let mut q = vec![0.5, 0.02, 99.0];
    let poses = forward(&robot, &q);
    resolve(&robot, &mut q);
    assert_eq!(q, [0.5, 0.02, 0.05]);
    let gap = poses[2].translation_m.distance(poses[3].translation_m);
    assert!((gap - 0.07).abs() < 1e-12, "{gap}");
    let post = Rigid {
        rotation: turn(DVec3::Z, 0.1) * turn(DVec3::Y, 0.2) * turn(DVec3::X, 0.3),
        translation_m: DVec3::new(0.1, 0.2, 0.3),
    };
    let finger = post.point(turn(DVec3::Z, 0.5) * DVec3::new(0.0, 0.02, 0.1));
    assert!(poses[2].translation_m.distance(finger) < 1e-12);
}

#[test]
fn the_jacobian_is_the_derivative() {
    let mut rng = SeedPath::root(1).rng();
    for robot in [fr3(), ur5e(), gantry(), hand()] {
        let joints = &robot.control.arm;
        for _ in 0..50 {
            let q = random_positions(&robot, &mut rng);
            for link in 0..robot.links.len() {
                let columns = jacobian(&robot, &q, link, joints);
                for (&joint, column) in joints.iter().zip(&columns) {
                    let h = 1e-6;
                    let at = |step: f64| {
                        let mut q = q.clone();
                        q[joint] += step;
                        forward(&robot, &q)[link]
                    };
                    let (a, b) = (at(-h), at(h));
                    let linear = (b.translation_m - a.translation_m) / (2.0 * h);
                    let angular = rotation_vector(b.rotation * a.rotation.inverse()) / (2.0 * h);
                    let (v, w) = column.split_at(3);
                    assert!(linear.distance(DVec3::from_slice(v)) < 1e-8);
                    assert!(angular.distance(DVec3::from_slice(w)) < 1e-8);
                }
            }
        }
    }
}

/// Of `robot`, how many of 1,000 reachable goals, up to 0.5 m and 90° from the start, are found.
fn found(robot: &RobotDesc, restarts: usize) -> usize {
    let mut rng = SeedPath::root(2).rng();
    let tool = robot.control.tool;
    let (mut tried, mut found) = (0, 0);
    while tried < 1000 {
        let (start, there) = (
            random_positions(robot, &mut rng),
            random_positions(robot, &mut rng),
        );
        // From the start towards another pose, as far as is near.
        let mut goal = there.clone();
        let at = forward(robot, &start)[tool];
        let mut share = 1.0;
        let pose = loop {
            let pose = forward(robot, &goal)[tool];
            let (far, turned) = errors(&at, &pose);
            if far <= 0.5 && turned <= std::f64::consts::FRAC_PI_2 {
                break pose;
            }
            share *= 0.9;
            for (q, (a, b)) in goal.iter_mut().zip(start.iter().zip(&there)) {
                *q = a + share * (b - a);
            }
        };
        tried += 1;
        let mut wish = InverseGoal::new(tool, pose);
        wish.restarts = restarts;
        let solution = inverse(robot, &wish, &start, &start);
        assert_inside(robot, &solution.positions);
        let (far, turned) = errors(&forward(robot, &solution.positions)[tool], &pose);
        assert!((far - solution.position_error_m).abs() < 1e-9);
        assert!((turned - solution.rotation_error_rad).abs() < 1e-7);
        assert_eq!(solution.clamped, far > 1e-5 || turned > 1e-4);
        found += usize::from(!solution.clamped);
    }
    found
}

#[test]
fn reachable_poses_are_found_from_nearby() {
    for (robot, least) in [(fr3(), 940), (ur5e(), 910), (gantry(), 950)] {
        let (alone, restarted) = (found(&robot, 0), found(&robot, 12));
        eprintln!("of 1000: {alone} from the start alone, {restarted} with restarts");
        assert!(alone >= least, "{alone}");
        assert!(restarted >= 999, "{restarted}");
    }
}

#[test]
fn a_redundant_arm_goes_to_its_posture_and_the_hand_stays() {
    let robot = fr3();
    let posture = [0.0, -0.4, 0.0, -2.2, 0.0, 1.9, 0.7, 0.0];
    let mut rng = SeedPath::root(3).rng();
    for _ in 0..100 {
        // Off the posture along the null space: the way back is known to exist.
        let pose = forward(&robot, &posture)[8];
        let mut away = posture;
        away[0] += rng.uniform(-0.6, 0.6);
        away[2] += rng.uniform(-0.6, 0.6);
        let mut goal = InverseGoal::new(8, pose);
        goal.posture_pull = 0.0;
        let bent = inverse(&robot, &goal, &away, &posture);
        assert!(!bent.clamped);
        goal.posture_pull = 1.0;
        let back = inverse(&robot, &goal, &bent.positions, &posture);
        assert!(!back.clamped);
        for (q, wish) in back.positions.iter().zip(posture) {
            assert!((q - wish).abs() < 1e-3, "{:?}", back.positions);
        }
    }
}

#[test]
fn out_of_reach_is_said_and_the_nearest_point_taken() {
    // 5 m away along x, position alone: the arm is stretched, its wrist on the line to the goal.
    let robot = ur5e();
    let far = Rigid {
        rotation: DQuat::IDENTITY,
        translation_m: DVec3::new(5.0, 0.0, 0.1625),
    };
    let mut goal = InverseGoal::new(robot.control.tool, far);
    goal.rotation_weights = DVec3::ZERO;
    let start = [0.1, -2.0, 1.5, -1.0, -1.5, 0.0, 0.0];
    let solution = inverse(&robot, &goal, &start, &start);
    assert!(solution.clamped);
    assert_inside(&robot, &solution.positions);
    // Shoulder to wrist 1: 0.425 + 0.3922 and on through the wrist, at right angles to the
    // shoulder's offset of 0.1333 and with the last two links in line or across.
    let mut nearest = f64::INFINITY;
    let mut rng = SeedPath::root(5).rng();
    for _ in 0..100_000 {
        let q = random_positions(&robot, &mut rng);
        let tip = forward(&robot, &q)[robot.control.tool].translation_m;
        nearest = nearest.min(tip.distance(far.translation_m));
    }
    assert!(
        solution.position_error_m <= nearest,
        "{} {nearest}",
        solution.position_error_m
    );
    assert!(solution.position_error_m > 5.0 - 1.05);
}

#[test]
fn a_gantry_reaches_positions_and_yaw_and_says_what_it_cannot() {
    let robot = gantry();
    let start = vec![0.1, 0.1, 0.1, 0.0];
    let down = turn(DVec3::X, std::f64::consts::PI);
    let pose = |tilt: f64, yaw: f64, x: f64| Rigid {
        rotation: turn(DVec3::X, tilt) * down * turn(DVec3::Z, yaw),
        translation_m: DVec3::new(x, 0.2, -0.15),
    };
    let exact = inverse(
        &robot,
        &InverseGoal::new(4, pose(0.0, 1.2, 0.3)),
        &start,
        &start,
    );
    assert!(!exact.clamped);
    for (q, wish) in exact.positions.iter().zip([0.2, 0.3, 0.15, 1.2]) {
        assert!((q - wish).abs() < 1e-8, "{exact:?}");
    }
    // A tilt of 0.3 rad stays; position and yaw are met.
    let tilted = InverseGoal::new(4, pose(0.3, 0.5, 0.3));
    let solution = inverse(&robot, &tilted, &start, &start);
    assert!(solution.clamped);
    assert!(solution.position_error_m < 1e-6);
    assert!((solution.rotation_error_rad - 0.3).abs() < 1e-6);
    let mut yaw_only = tilted;
    yaw_only.rotation_weights = DVec3::Z;
    assert!(!inverse(&robot, &yaw_only, &start, &start).clamped);
    // 0.08 m beyond the rail's end.
    let beyond = inverse(
        &robot,
        &InverseGoal::new(4, pose(0.0, 0.5, 0.5)),
        &start,
        &start,
    );
    assert!(beyond.clamped);
    assert!(
        (beyond.positions[1], beyond.positions[0]) == (0.42, 0.2)
            || (beyond.positions[0] - 0.2).abs() < 1e-6
    );
    assert!((beyond.position_error_m - 0.08).abs() < 1e-9);
}

#[test]
fn a_free_turn_about_the_approach_stays_free() {
    let robot = ur5e();
    let mut rng = SeedPath::root(4).rng();
    for _ in 0..200 {
        let there = random_positions(&robot, &mut rng);
        let pose = forward(&robot, &there)[robot.control.tool];
        let mut start = there.clone();
        for q in &mut start[..5] {
            *q += rng.uniform(-0.2, 0.2);
        }
        // The last joint turns about the tool's Z: any value of it will do.
        start[5] = rng.uniform(-3.0, 3.0);
        let mut goal = InverseGoal::new(robot.control.tool, pose);
        goal.rotation_weights = DVec3::new(1.0, 1.0, 0.0);
        goal.posture_pull = 0.0;
        let solution = inverse(&robot, &goal, &start, &start);
        assert!(!solution.clamped, "{solution:?}");
        let got = forward(&robot, &solution.positions)[robot.control.tool];
        assert!(got.translation_m.distance(pose.translation_m) < 1e-5);
        assert!((got.rotation * DVec3::Z).distance(pose.rotation * DVec3::Z) < 1e-4);
    }
}
