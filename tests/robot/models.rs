//! Robots of other people, loaded unmodified: where PyBullet and MuJoCo have their links.

use std::path::{Path, PathBuf};
use std::process::Command;

use benchside::robot::desc::{Rigid, RobotDesc};
use benchside::robot::kinematics::{forward, resolve, rotation_vector};
use glam::{DMat3, DQuat, DVec3};
use serde::Deserialize;

use super::files::load;
use crate::support::python::{python_and_package, script};

/// What MuJoCo itself refuses.
const REFUSED: &[&str] = &[
    "grippers/robotiq_gripper_85.xml",
    "grippers/xarm7_gripper.xml",
];
const POSES: usize = 1000;

#[derive(Deserialize)]
struct Expected {
    joints: Vec<String>,
    links: Vec<String>,
    poses: Vec<ExpectedPose>,
    /// Of MuJoCo's models, by link.
    bodies: Vec<ExpectedBody>,
}

#[derive(Deserialize)]
struct ExpectedPose {
    q: Vec<f64>,
    /// x, y, z, and the quaternion's x, y, z, w.
    links: Vec<[f64; 7]>,
}

#[derive(Deserialize)]
struct ExpectedBody {
    mass: f64,
    center: [f64; 3],
    inertia: [f64; 9],
}

fn python() -> Option<PathBuf> {
    python_and_package("mujoco, pybullet, pybullet_data, numpy", "robosuite")
}

fn output(python: &Path, arguments: &[&str]) -> String {
    let script = script("robot_models.py");
    let output = Command::new(python)
        .arg(script)
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Kind and path of the files whose path contains `part`.
fn files(python: &Path, part: &str) -> Vec<(String, String)> {
    let list = output(python, &["list"]);
    let files = list.lines().filter_map(|line| line.split_once(' '));
    let wanted = files.filter(|(kind, path)| {
        ["pybullet", "mujoco"].contains(kind)
            && path.contains(part)
            && !REFUSED.iter().any(|refused| path.ends_with(refused))
    });
    wanted.map(|(k, p)| (k.to_owned(), p.to_owned())).collect()
}

fn expected(python: &Path, kind: &str, path: &str, poses: usize) -> Expected {
    let out = std::env::temp_dir().join(format!(
        "benchside_robot_{}_{:x}.json",
        std::process::id(),
        path.bytes()
            .fold(7u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)))
    ));
    output(
        python,
        &[
            "poses",
            kind,
            path,
            &poses.to_string(),
            out.to_str().unwrap(),
        ],
    );
    let text = std::fs::read_to_string(&out).unwrap();
    std::fs::remove_file(&out).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn pose([x, y, z, qx, qy, qz, qw]: [f64; 7]) -> Rigid {
    Rigid {
        rotation: DQuat::from_xyzw(qx, qy, qz, qw).normalize(),
        translation_m: DVec3::new(x, y, z),
    }
}

fn link(robot: &RobotDesc, name: &str) -> usize {
    let found = robot.links.iter().position(|l| l.name == name);
    found.unwrap_or_else(|| panic!("no link {name} in {}", robot.name))
}

/// Largest errors over all links of all poses: metres, radians.
fn compare_poses(robot: &RobotDesc, expected: &Expected) -> (f64, f64) {
    let joint = |name: &String| robot.joints.iter().position(|j| j.name == *name);
    let joints: Vec<usize> = expected.joints.iter().map(|n| joint(n).unwrap()).collect();
    let links: Vec<usize> = expected.links.iter().map(|n| link(robot, n)).collect();
    // What is not in the list is the world, where PyBullet has the base as well.
    let base = expected
        .links
        .iter()
        .position(|n| *n == robot.links[0].name);
    let (mut far, mut turned) = (0.0_f64, 0.0_f64);
    for expected in &expected.poses {
        let mut q = vec![0.0; robot.joints.len()];
        for (&joint, &value) in joints.iter().zip(&expected.q) {
            q[joint] = value;
        }
        let given = q.clone();
        resolve(robot, &mut q);
        for (joint, (a, b)) in robot.joints.iter().zip(q.iter().zip(&given)) {
            assert!(
                (a - b).abs() < 1e-6,
                "{} mimics otherwise: {a} {b}",
                joint.name
            );
        }
        let poses = forward(robot, &q);
        let world_from_base = base.map_or(Rigid::IDENTITY, |b| pose(expected.links[b]));
        for (&link, &expected) in links.iter().zip(&expected.links) {
            let got = world_from_base * poses[link];
            let wanted = pose(expected);
            far = far.max(got.translation_m.distance(wanted.translation_m));
            turned = turned.max(rotation_vector(got.rotation.inverse() * wanted.rotation).length());
        }
    }
    (far, turned)
}

fn compare(part: &str, at_least: usize) {
    let Some(python) = python() else { return };
    let files = files(&python, part);
    assert!(files.len() >= at_least, "{files:?}");
    for (kind, path) in files {
        let (_, robot) = load(Path::new(&path));
        let robot = robot.unwrap_or_else(|problems| panic!("{problems}"));
        let expected = expected(&python, &kind, &path, POSES);
        assert_eq!(expected.poses.len(), POSES);
        let moving = robot
            .joints
            .iter()
            .filter(|j| j.range != (0.0, 0.0))
            .count();
        assert_eq!(expected.joints.len(), moving, "{path}");
        let (far, turned) = compare_poses(&robot, &expected);
        let links = expected.links.len();
        eprintln!("{path}: {links} links, {POSES} poses: {far:.1e} m, {turned:.1e} rad");
        assert!(
            far <= 1e-4 && turned <= 1e-4,
            "{path}: {far} m, {turned} rad"
        );
    }
}

#[test]
fn the_panda_urdf_moves_as_in_pybullet() {
    compare("panda.urdf", 1);
}

#[test]
fn robosuites_robots_move_as_in_mujoco() {
    compare("/robots/", 12);
}

#[test]
fn robosuites_grippers_move_as_in_mujoco() {
    compare("/grippers/", 12);
}

/// Given ones to rounding; where geoms and meshes make them, the same sums in double precision.
#[test]
fn masses_and_inertias_are_mujocos() {
    let Some(python) = python() else { return };
    let mut compared = 0;
    for (kind, path) in files(&python, "robosuite") {
        let (_, robot) = load(Path::new(&path));
        let robot = robot.unwrap_or_else(|problems| panic!("{problems}"));
        let expected = expected(&python, &kind, &path, 1);
        let mut worst = (0.0_f64, 0.0_f64, 0.0_f64, String::new());
        for (name, body) in expected.links.iter().zip(&expected.bodies) {
            let Some(inertial) = &robot.links[link(&robot, name)].inertial else {
                assert!(
                    body.mass < 1e-9,
                    "{path}: {name} of {} kg has none",
                    body.mass
                );
                continue;
            };
            compared += 1;
            let wanted = DMat3::from_cols_array(&body.inertia);
            let size = wanted
                .to_cols_array()
                .iter()
                .fold(0.0_f64, |m, v| m.max(v.abs()));
            let off = (wanted - inertial.inertia_kg_m2).to_cols_array();
            let off = off.iter().fold(0.0_f64, |m, v| m.max(v.abs())) / size;
            let mass = (inertial.mass_kg - body.mass).abs() / body.mass;
            let far = inertial.center_m.distance(body.center.into());
            if mass + far + off > worst.0 + worst.1 + worst.2 {
                worst = (mass, far, off, name.clone());
            }
        }
        let (mass, far, off, name) = worst;
        eprintln!("{path}: mass {mass:.1e}, centre {far:.1e} m, inertia {off:.1e} ({name})");
        assert!(mass <= 1e-9 && far <= 1e-9 && off <= 1e-6, "{path}: {name}");
    }
    assert!(compared > 200, "{compared}");
}
