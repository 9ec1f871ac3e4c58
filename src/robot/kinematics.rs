//! Where a robot's links are, and how they move with its joints. Pure, double precision.
//!
//! Positions are by joint, in the order of [`RobotDesc::joints`], rad or m; what stands at fixed
//! and mimicking joints is ignored.

use glam::{DQuat, DVec3};

use super::desc::{JointDesc, JointKind, Rigid, RobotDesc};

pub use super::inverse::{InverseGoal, Solution, inverse};

/// Poses of all links, `base_from_link`, by link.
///
/// # Panics
/// If `positions` are not as many as joints.
pub fn forward(robot: &RobotDesc, positions: &[f64]) -> Vec<Rigid> {
    assert_eq!(positions.len(), robot.joints.len());
    let mut poses = Vec::with_capacity(robot.links.len());
    poses.push(Rigid::IDENTITY);
    for (index, joint) in robot.joints.iter().enumerate() {
        let q = position(robot, positions, index);
        poses.push(poses[joint.parent] * parent_from_child(joint, q));
    }
    poses
}

/// Sets fixed joints to 0 and mimicking ones to what follows from their masters.
///
/// # Panics
/// If `positions` are not as many as joints.
pub fn resolve(robot: &RobotDesc, positions: &mut [f64]) {
    assert_eq!(positions.len(), robot.joints.len());
    for index in 0..positions.len() {
        positions[index] = position(robot, positions, index);
    }
}

/// Position of a joint, its own or its master's.
fn position(robot: &RobotDesc, positions: &[f64], index: usize) -> f64 {
    match (robot.joints[index].kind, robot.joints[index].mimic) {
        (JointKind::Fixed, _) => 0.0,
        (_, Some(mimic)) => mimic.multiplier * positions[mimic.joint] + mimic.offset,
        (_, None) => positions[index],
    }
}

/// The child link in its parent's frame with the joint at `q`.
pub fn parent_from_child(joint: &JointDesc, q: f64) -> Rigid {
    let motion = match joint.kind {
        JointKind::Fixed => return joint.parent_from_joint,
        JointKind::Revolute => Rigid {
            rotation: turn(joint.axis, q),
            translation_m: DVec3::ZERO,
        },
        JointKind::Prismatic => Rigid {
            rotation: DQuat::IDENTITY,
            translation_m: joint.axis * q,
        },
    };
    joint.parent_from_joint * motion
}

/// How the origin of `link` moves, and how the link turns, with each of `joints`: a column for
/// each, (m, m, m, rad, rad, rad) per rad or m, axes of the base. Includes what mimics the joint.
///
/// # Panics
/// If `positions` are not as many as joints, or an index is out of range.
pub fn jacobian(
    robot: &RobotDesc,
    positions: &[f64],
    link: usize,
    joints: &[usize],
) -> Vec<[f64; 6]> {
    jacobian_at(robot, &forward(robot, positions), link, joints)
}

/// The same for known poses of the links.
pub(super) fn jacobian_at(
    robot: &RobotDesc,
    poses: &[Rigid],
    link: usize,
    joints: &[usize],
) -> Vec<[f64; 6]> {
    let mut columns = vec![[0.0; 6]; joints.len()];
    let tip = poses[link].translation_m;
    let mut child = link;
    while child > 0 {
        let index = child - 1;
        let joint = &robot.joints[index];
        let (moved_by, ratio) = match joint.mimic {
            Some(mimic) => (mimic.joint, mimic.multiplier),
            None => (index, 1.0),
        };
        if joint.kind != JointKind::Fixed
            && let Some(at) = joints.iter().position(|&j| j == moved_by)
        {
            // The motion leaves the axis where it is, so the child's frame will do.
            let axis = poses[child].rotation * joint.axis;
            let (linear, angular) = match joint.kind {
                JointKind::Revolute => (axis.cross(tip - poses[child].translation_m), axis),
                _ => (axis, DVec3::ZERO),
            };
            let column = linear.to_array().into_iter().chain(angular.to_array());
            for (sum, value) in columns[at].iter_mut().zip(column) {
                *sum += ratio * value;
            }
        }
        child = joint.parent;
    }
    columns
}

/// Rotation about a unit axis, by the right hand.
pub fn turn(axis: DVec3, rad: f64) -> DQuat {
    let (sin, cos) = libm::sincos(0.5 * rad);
    let v = axis * sin;
    DQuat::from_xyzw(v.x, v.y, v.z, cos).normalize()
}

/// Axis × angle of a rotation, the angle within 0 … π.
pub fn rotation_vector(rotation: DQuat) -> DVec3 {
    let q = if rotation.w < 0.0 {
        -rotation
    } else {
        rotation
    };
    let v = DVec3::new(q.x, q.y, q.z);
    let sin = v.length();
    if sin < 1e-12 {
        return 2.0 * v;
    }
    v * (2.0 * libm::atan2(sin, q.w) / sin)
}
