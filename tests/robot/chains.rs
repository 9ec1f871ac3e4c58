//! Robots made in code: chains of published kinematics.

use std::path::PathBuf;

use benchside::base::ids::AssetId;
use benchside::robot::desc::{
    ControlDesc, JointDesc, JointKind, LinkDesc, Mimic, Rigid, RobotDesc,
};
use benchside::robot::kinematics::turn;
use glam::DVec3;

/// Position, fixed-axis roll, pitch and yaw.
pub fn origin(xyz: [f64; 3], rpy: [f64; 3]) -> Rigid {
    Rigid {
        rotation: turn(DVec3::Z, rpy[2]) * turn(DVec3::Y, rpy[1]) * turn(DVec3::X, rpy[0]),
        translation_m: xyz.into(),
    }
}

pub fn joint(
    kind: JointKind,
    parent: usize,
    at: Rigid,
    axis: DVec3,
    range: (f64, f64),
) -> JointDesc {
    JointDesc {
        name: String::new(),
        kind,
        parent,
        parent_from_joint: at,
        axis,
        range,
        max_speed: f64::INFINITY,
        max_effort: f64::INFINITY,
        damping: 0.0,
        friction: 0.0,
        armature: 0.0,
        mimic: None,
    }
}

/// All joints but fixed and mimicking ones are the arm, the last link is the tool.
pub fn robot(mut joints: Vec<JointDesc>) -> RobotDesc {
    for (i, joint) in joints.iter_mut().enumerate() {
        joint.name = format!("joint{}", i + 1);
    }
    let links = (0..=joints.len()).map(|i| LinkDesc {
        name: format!("link{i}"),
        inertial: None,
        object: None,
    });
    let moves = |j: &JointDesc| j.kind != JointKind::Fixed && j.mimic.is_none();
    let arm = (0..joints.len()).filter(|&i| moves(&joints[i])).collect();
    RobotDesc {
        name: "test".into(),
        path: PathBuf::from("test"),
        asset: AssetId(0),
        links: links.collect(),
        control: ControlDesc {
            arm,
            tool: joints.len(),
            ..ControlDesc::default()
        },
        joints,
        no_contact: Vec::new(),
    }
}

/// Position, roll pitch yaw, range.
type Link = ([f64; 3], [f64; 3], (f64, f64));

fn chain(joints: &[Link], flange: Rigid) -> RobotDesc {
    let turning = joints.iter().enumerate().map(|(i, (xyz, rpy, range))| {
        joint(JointKind::Revolute, i, origin(*xyz, *rpy), DVec3::Z, *range)
    });
    let last = joint(JointKind::Fixed, joints.len(), flange, DVec3::Z, (0.0, 0.0));
    robot(turning.chain([last]).collect())
}

const Q: f64 = std::f64::consts::FRAC_PI_2;

/// Franka FR3: seven joints.
pub fn fr3() -> RobotDesc {
    chain(
        &[
            ([0.0, 0.0, 0.333], [0.0, 0.0, 0.0], (-2.7437, 2.7437)),
            ([0.0, 0.0, 0.0], [-Q, 0.0, 0.0], (-1.7837, 1.7837)),
            ([0.0, -0.316, 0.0], [Q, 0.0, 0.0], (-2.9007, 2.9007)),
            ([0.0825, 0.0, 0.0], [Q, 0.0, 0.0], (-3.0421, -0.1518)),
            ([-0.0825, 0.384, 0.0], [-Q, 0.0, 0.0], (-2.8065, 2.8065)),
            ([0.0, 0.0, 0.0], [Q, 0.0, 0.0], (0.5445, 4.5169)),
            ([0.088, 0.0, 0.0], [Q, 0.0, 0.0], (-3.0159, 3.0159)),
        ],
        origin([0.0, 0.0, 0.107 + 0.1034], [0.0, 0.0, -Q / 2.0]),
    )
}

/// Universal Robots UR5e: six joints, no spherical wrist.
pub fn ur5e() -> RobotDesc {
    let free = (-4.0 * Q, 4.0 * Q);
    chain(
        &[
            ([0.0, 0.0, 0.1625], [0.0, 0.0, 0.0], free),
            ([0.0, 0.0, 0.0], [Q, 0.0, 0.0], free),
            ([-0.425, 0.0, 0.0], [0.0, 0.0, 0.0], (-2.0 * Q, 2.0 * Q)),
            ([-0.3922, 0.0, 0.1333], [0.0, 0.0, 0.0], free),
            ([0.0, -0.0997, 0.0], [Q, 0.0, 0.0], free),
            ([0.0, 0.0996, 0.0], [-Q, 0.0, 0.0], free),
        ],
        origin([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
    )
}

/// Three slides and a turning tool that points down.
pub fn gantry() -> RobotDesc {
    let slide = |parent, axis, reach| {
        let at = Rigid::IDENTITY;
        joint(JointKind::Prismatic, parent, at, axis, (0.0, reach))
    };
    let down = origin([0.0, 0.0, 0.0], [2.0 * Q, 0.0, 0.0]);
    robot(vec![
        slide(0, DVec3::Y, 0.35),
        slide(1, DVec3::X, 0.42),
        slide(2, DVec3::NEG_Z, 0.2),
        joint(JointKind::Revolute, 3, down, DVec3::Z, (-3.0, 3.0)),
    ])
}

/// A turning post with a parallel hand: the second finger mimics the first. Its arm is the post
/// and the first finger.
pub fn hand() -> RobotDesc {
    let mut second = joint(
        JointKind::Prismatic,
        1,
        origin([0.0, 0.0, 0.1], [0.0, 0.0, 2.0 * Q]),
        DVec3::Y,
        (0.0, 0.1),
    );
    second.mimic = Some(Mimic {
        joint: 1,
        multiplier: 2.0,
        offset: 0.01,
    });
    robot(vec![
        joint(
            JointKind::Revolute,
            0,
            origin([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]),
            DVec3::Z,
            (-3.0, 3.0),
        ),
        joint(
            JointKind::Prismatic,
            1,
            origin([0.0, 0.0, 0.1], [0.0; 3]),
            DVec3::Y,
            (0.0, 0.04),
        ),
        second,
    ])
}
