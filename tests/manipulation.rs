//! Robots in the physics engine, against formulas.

use benchside::base::ids::InstanceId;
use benchside::base::pose::Pose;
use benchside::episode::spec::EpisodeSpec;
use benchside::robot::Command;
use benchside::robot::desc::{JointKind, Rigid, RobotDesc};
use benchside::scene::desc::{ColliderKind, Motion};
use benchside::scene::mesh::Mesh;
use benchside::scene::shapes::{ShapeCache, Shapes};
use benchside::world::SimulationError;
use benchside::world::session::Session;
use glam::{DVec3, Vec3};

use crate::support::robots::{TestRobot, box_mass, grip};
use crate::support::scenes::{TestScene, box_mesh, cylinder_mesh};

const G: f64 = 9.81;
const DT: f64 = 0.002;

fn session<'a>(scene: &TestScene, robots: &'a [RobotDesc], spec: &'a EpisodeSpec) -> Session<'a> {
    let shapes = Shapes::build_with(&scene.desc, &ShapeCache::none()).expect("shapes");
    Session::start(&scene.desc, &shapes, robots, spec, 20).expect("a session")
}

/// An episode of one robot at the origin.
fn alone(scene: &TestScene, robot: &RobotDesc) -> EpisodeSpec {
    let episode = scene.episode().timestep(DT);
    episode.robot(robot, Pose::IDENTITY).build()
}

fn go(session: &mut Session<'_>, secs: f64, arm: &[f64], open_fraction: f64) {
    let command = Command {
        arm: arm.to_vec(),
        open_fraction,
    };
    for _ in 0..libm::round(secs * 20.0) as u32 {
        session
            .step(std::slice::from_ref(&command))
            .expect("finite");
    }
}

/// Grasps a 45 g thing of this mesh, lifts it 25 cm and holds it for 10 s: how far it is off
/// where it was taken, and its creep, m/s.
fn grasp(mesh: Mesh, kind: ColliderKind, height_m: f32) -> (Vec3, f64) {
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let mut floor = box_mesh(Vec3::new(2.0, 2.0, 0.1));
    floor.positions.iter_mut().for_each(|p| p.z -= 0.05);
    let floor = scene.object("floor", floor, paint, Motion::Static);
    scene.collides_as(floor, ColliderKind::Box);
    let thing = scene.object("thing", mesh, paint, Motion::Dynamic);
    let body = scene.collides_as(thing, kind);
    body.mass_kg = Some(0.045);
    body.friction = 0.7;
    let robots = [grip(&mut scene, 0.7)];
    let spec = (scene.episode().timestep(DT).settle(1.0))
        .place(floor, Pose::IDENTITY)
        .place(thing, Pose::at(Vec3::new(0.0, 0.0, 0.5 * height_m)))
        .robot(&robots[0], Pose::at(Vec3::new(0.0, 0.0, 0.16)))
        .build();
    let mut session = session(&scene, &robots, &spec);
    go(&mut session, 1.0, &[-0.02], 1.0);
    go(&mut session, 1.0, &[-0.02], 0.0);
    let held = session.state().robots[0].held;
    assert_eq!(
        held,
        Some(InstanceId(2)),
        "not held: {:?}",
        session.state().contacts
    );
    let place = |session: &Session<'_>| {
        let state = session.state();
        let tool = state.robots[0].world_from_tool.inverse();
        tool.point(state.bodies[1].world_from_object.translation_m)
    };
    let taken = place(&session);
    go(&mut session, 1.0, &[0.23], 0.0);
    go(&mut session, 1.0, &[0.23], 0.0);
    let lifted = place(&session);
    let height = session.state().bodies[1].world_from_object.translation_m.z;
    assert!(height > 0.2, "left behind at {height} m");
    go(&mut session, 10.0, &[0.23], 0.0);
    let end = place(&session);
    (lifted - taken, f64::from((end - lifted).length()) / 10.0)
}

#[test]
fn a_held_box_does_not_creep() {
    let (slip, creep) = grasp(
        box_mesh(Vec3::new(0.04, 0.025, 0.05)),
        ColliderKind::Box,
        0.05,
    );
    println!(
        "box: slip {slip:?} m at the lift, creep {:.2} µm/s",
        creep * 1e6
    );
    assert!(slip.length() < 5e-4, "{slip:?}");
    assert!(creep < 50e-6, "{creep}");
}

#[test]
fn a_held_capsule_does_not_creep() {
    let mesh = cylinder_mesh(0.0125, 0.08, 48);
    let (slip, creep) = grasp(mesh, ColliderKind::Capsule, 0.08);
    println!(
        "capsule: slip {slip:?} m at the lift, creep {:.2} µm/s",
        creep * 1e6
    );
    assert!(slip.length() < 5e-4, "{slip:?}");
    assert!(creep < 50e-6, "{creep}");
}

/// A bar of 0.4 kg and 0.5 m on a hinge at its end; turns about Y, so that gravity pulls at it.
fn bar(stiffness: f64, damping: f64) -> RobotDesc {
    let mut robot = TestRobot::new();
    let size = DVec3::new(0.5, 0.02, 0.02);
    let mass = box_mass(0.4, size, DVec3::new(0.25, 0.0, 0.0));
    let link = robot.link(0, JointKind::Revolute, Rigid::IDENTITY, DVec3::Y, mass);
    robot.drive(link, stiffness, damping);
    robot.desc.control.arm = vec![0];
    robot.desc.control.tool = link;
    robot.desc
}

#[test]
fn a_drive_swings_as_stiffness_and_inertia_say() {
    // Two halves that a fixed joint holds together have the inertia of the whole, m l² / 3.
    let mut robot = TestRobot::new();
    let half = DVec3::new(0.25, 0.02, 0.02);
    let mass = box_mass(0.2, half, DVec3::new(0.125, 0.0, 0.0));
    let link = robot.link(0, JointKind::Revolute, Rigid::IDENTITY, DVec3::Y, mass);
    let far = Rigid {
        translation_m: DVec3::new(0.25, 0.0, 0.0),
        ..Rigid::IDENTITY
    };
    robot.link(link, JointKind::Fixed, far, DVec3::Z, mass);
    let inertia = 0.4 * 0.5 * 0.5 / 3.0 + 0.4 * 0.02 * 0.02 / 12.0;
    let stiffness = 2.0;
    robot.drive(link, stiffness, 0.0);
    robot.desc.control.arm = vec![0];
    robot.desc.control.home[0] = 0.0;
    let robots = [robot.desc];
    let scene = TestScene::new();
    let mut spec = alone(&scene, &robots[0]);
    spec.robots[0].start[0] = 0.1;
    let mut session = session(&scene, &robots, &spec);
    // From 0.1 towards 0 in the first step; then it swings about 0 with ω = √(k / I).
    let mut crossings = Vec::new();
    let mut last = 0.1;
    for step in 1..=200 {
        go(&mut session, 0.05, &[0.0], 1.0);
        let now = session.state().robots[0].positions[0];
        if now < 0.0 && last >= 0.0 {
            crossings.push(f64::from(step) * 0.05 - 0.05 * now / (now - last));
        }
        last = now;
    }
    let periods = (crossings.len() - 1) as f64;
    let period = (crossings[crossings.len() - 1] - crossings[0]) / periods;
    let expected = std::f64::consts::TAU * libm::sqrt(inertia / stiffness);
    println!("period {period:.4} s, expected {expected:.4} s");
    assert!(
        (period / expected - 1.0).abs() < 0.01,
        "{period} {expected}"
    );
}

#[test]
fn an_arm_that_waits_comes_to_rest() {
    // Creeps up to its target with k / c = 5 / s: after 20 s by e^-100, a denormal number.
    let robots = [bar(20.0, 4.0)];
    let scene = TestScene::new();
    let mut spec = alone(&scene, &robots[0]);
    spec.robots[0].start[0] = 0.1;
    let mut session = session(&scene, &robots, &spec);
    let mut slowest = f64::INFINITY;
    for _ in 0..500 {
        go(&mut session, 0.05, &[0.0], 1.0);
        let speed = session.state().robots[0].speeds[0].abs();
        assert!(speed == 0.0 || speed >= 1e-14, "{speed:e}");
        slowest = slowest.min(speed);
    }
    assert_eq!(slowest, 0.0);
    assert!(session.state().robots[0].positions[0].abs() < 1e-12);
}

#[test]
fn an_arm_bears_its_own_weight_and_sags_under_another() {
    // An arm with a mass that is not its own: a heavy thing on its end.
    let robots = [bar(200.0, 20.0)];
    let scene = TestScene::new();
    let spec = alone(&scene, &robots[0]);
    let mut session = session(&scene, &robots, &spec);
    go(&mut session, 1.0, &[0.0], 1.0);
    let alone = session.state().robots[0].positions[0];
    assert!(alone.abs() < 1e-5, "{alone}");

    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let weight = scene.object(
        "weight",
        box_mesh(Vec3::splat(0.04)),
        paint,
        Motion::Dynamic,
    );
    scene.collides_as(weight, ColliderKind::Box).mass_kg = Some(1.0);
    let mut robot = TestRobot::new();
    let size = DVec3::new(0.5, 0.02, 0.02);
    let mass = box_mass(0.4, size, DVec3::new(0.25, 0.0, 0.0));
    let link = robot.link(0, JointKind::Revolute, Rigid::IDENTITY, DVec3::Y, mass);
    robot.collider(
        &mut scene,
        link,
        Vec3::new(0.5, 0.1, 0.02),
        Vec3::new(0.25, 0.0, 0.0),
    );
    robot.drive(link, 200.0, 20.0);
    robot.desc.control.arm = vec![0];
    let robots = [robot.desc];
    let spec = (scene.episode().timestep(DT))
        .robot(&robots[0], Pose::IDENTITY)
        .place(weight, Pose::at(Vec3::new(0.4, 0.0, 0.031)))
        .build();
    let mut session = self::session(&scene, &robots, &spec);
    go(&mut session, 3.0, &[0.0], 1.0);
    let state = session.state();
    // The drive's torque k q is the weight's m g r, r its distance from the hinge.
    let r = f64::from(state.bodies[1].world_from_object.translation_m.x);
    let expected = 1.0 * G * r / 200.0;
    let sag = state.robots[0].positions[0];
    println!("sag {sag:.5} rad, expected {expected:.5} rad");
    assert!((sag / expected - 1.0).abs() < 0.02, "{sag} {expected}");
    // And what it presses with is its weight's part across the bar.
    let force = state
        .contact(InstanceId(1), InstanceId(2))
        .expect("a contact")
        .force_n;
    let pressing = G * libm::cos(sag);
    assert!(
        (f64::from(force) / pressing - 1.0).abs() < 0.02,
        "{force} {pressing}"
    );
}

#[test]
fn limits_of_place_speed_and_effort_hold() {
    let mut robot = bar(500.0, 50.0);
    robot.joints[0].range = (-0.5, 0.5);
    robot.joints[0].max_speed = 1.0;
    let robots = [robot];
    let scene = TestScene::new();
    let spec = alone(&scene, &robots[0]);
    let mut session = session(&scene, &robots, &spec);
    let command = Command {
        arm: vec![2.0],
        open_fraction: 1.0,
    };
    let mut last = 0.0;
    let mut cuts = 0;
    for _ in 0..40 {
        cuts += session
            .step(std::slice::from_ref(&command))
            .expect("finite");
        let now = session.state().robots[0].positions[0];
        assert!(
            now - last < 1.02 * 0.05,
            "faster than 1 rad/s: {} in 50 ms",
            now - last
        );
        assert!(now < 0.502, "beyond its limit: {now}");
        last = now;
    }
    assert_eq!(cuts, 40, "each of these commands asks for too much");
    assert!((last - 0.5).abs() < 1e-3, "{last}");

    // A slide that presses on the floor with no more than its drive's effort.
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let floor = scene.object(
        "floor",
        box_mesh(Vec3::new(1.0, 1.0, 0.1)),
        paint,
        Motion::Static,
    );
    scene.collides_as(floor, ColliderKind::Box);
    let mut robot = TestRobot::new();
    let mass = box_mass(1.0, DVec3::splat(0.1), DVec3::ZERO);
    let link = robot.link(0, JointKind::Prismatic, Rigid::IDENTITY, DVec3::NEG_Z, mass);
    robot.collider(&mut scene, link, Vec3::splat(0.1), Vec3::ZERO);
    robot.joint(link).max_effort = 30.0;
    robot.drive(link, 20000.0, 500.0);
    robot.desc.control.arm = vec![0];
    let robots = [robot.desc];
    let spec = (scene.episode().timestep(DT))
        .place(floor, Pose::at(Vec3::new(0.0, 0.0, -0.05)))
        .robot(&robots[0], Pose::at(Vec3::new(0.0, 0.0, 0.2)))
        .build();
    let mut session = self::session(&scene, &robots, &spec);
    go(&mut session, 2.0, &[0.3], 1.0);
    let state = session.state();
    let force = state
        .contact(InstanceId(1), InstanceId(2))
        .expect("a contact")
        .force_n;
    println!("presses with {force} N");
    assert!((force - 30.0).abs() < 0.6, "{force}");
}

#[test]
fn coupled_fingers_move_alike() {
    let mut scene = TestScene::new();
    let robots = [grip(&mut scene, 0.7)];
    let spec = alone(&scene, &robots[0]);
    let mut session = session(&scene, &robots, &spec);
    for open in [0.8, 0.2, 0.5, 1.0] {
        go(&mut session, 0.3, &[0.0], open);
        let state = session.state();
        let [_, left, right, _] = state.robots[0].positions[..] else {
            panic!("four joints");
        };
        assert!((left - right).abs() < 2e-4, "{left} {right}");
        assert!(
            (left - 0.05 * (1.0 - open)).abs() < 1e-3,
            "{left} at {open}"
        );
    }
}

#[test]
fn the_same_commands_give_the_same_states() {
    let mut scene = TestScene::new();
    let robots = [grip(&mut scene, 0.7)];
    let spec = alone(&scene, &robots[0]);
    let run = |open: f64| {
        let mut session = session(&scene, &robots, &spec);
        let mut digests = Vec::new();
        for step in 0..20 {
            let arm = 0.1 * libm::sin(f64::from(step));
            go(&mut session, 0.05, &[arm], open);
            digests.push(session.digest());
        }
        digests
    };
    assert_eq!(run(0.3), run(0.3));
    assert_ne!(run(0.3), run(0.4));
}

/// Where rapier's own assertions would end the process, too.
#[test]
fn physics_that_diverges_is_an_error() {
    let scene = TestScene::new();
    // Beyond single precision: not a number in the first step.
    let robots = [bar(1e39, 1e39)];
    let spec = alone(&scene, &robots[0]);
    let shapes = Shapes::build_with(&scene.desc, &ShapeCache::none()).expect("shapes");
    let mut session = Session::start(&scene.desc, &shapes, &robots, &spec, 20).expect("a start");
    let command = Command {
        arm: vec![1.0],
        open_fraction: 1.0,
    };
    let stepped = session.step(std::slice::from_ref(&command));
    let Err(SimulationError::Diverged { time_secs, .. }) = stepped else {
        panic!("{stepped:?}");
    };
    assert!(time_secs > 0.0 && time_secs <= 0.05, "{time_secs}");
}

#[test]
fn a_control_rate_that_does_not_divide_is_refused() {
    let mut scene = TestScene::new();
    let robots = [grip(&mut scene, 0.7)];
    let spec = alone(&scene, &robots[0]);
    let shapes = Shapes::build_with(&scene.desc, &ShapeCache::none()).expect("shapes");
    let started = Session::start(&scene.desc, &shapes, &robots, &spec, 30);
    let Err(SimulationError::BadSpec { place, found, .. }) = started.map(|_| ()) else {
        panic!("not refused");
    };
    assert_eq!(
        (place.as_str(), found.as_str()),
        ("control_hz", "30 control steps a second")
    );
}
