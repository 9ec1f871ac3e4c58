//! How to take hold of an object.

use glam::DQuat;

use super::arm::Arm;
use super::obstacles::Obstacles;
use crate::base::ids::InstanceId;
use crate::robot::desc::Rigid;
use crate::task::geometry::OrientedBox;
use crate::task::goal::Goal;
use crate::world::state::WorldState;

/// Something in the way of the hand is worse than any posture, a joint near its end than a detour.
const OBSTACLE_COST: f64 = 10.0;
const NARROW_MARGIN: f64 = 0.03;
const NARROW_COST: f64 = 2.0;
/// Bounding boxes are larger than what is in them.
const BOX_SLACK_M: f64 = -0.004;

/// Starts tried for a posture before the grasp.
const RESTARTS: usize = 16;

/// By 180° about the approach: the fingers change places.
pub const FLIP: DQuat = DQuat::from_xyzw(0.0, 0.0, 1.0, 0.0);

/// A grasp of an object, chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Grasp {
    pub name: String,
    /// Whether the hand is turned by 180° about the approach.
    pub flipped: bool,
}

/// The grasps that the arm can reach from where it is, best first: without obstacles, away from
/// the ends of the joints, with little motion. The hand comes by way of `grasp_from_before`. `only`:
/// by this name.
pub fn ranked(
    goal: &Goal,
    state: &WorldState,
    (arm, fixed): (&Arm<'_>, &Obstacles),
    positions: &[f64],
    object: usize,
    grasp_from_before: Rigid,
    only: Option<&str>,
) -> Vec<Grasp> {
    let Some(world_from_object) = goal.object(object, state) else {
        return Vec::new();
    };
    let mut found: Vec<(f64, Grasp)> = Vec::new();
    for grasp in goal.grasps(object) {
        if only.is_some_and(|name| name != grasp.name) {
            continue;
        }
        let world_from_grasp = world_from_object * Rigid::from(grasp.object_from_frame);
        for flipped in [false, true] {
            let tool = hand(world_from_grasp, flipped);
            let before = hand(world_from_grasp * grasp_from_before, flipped);
            let before = arm.solve(before, positions, RESTARTS);
            if before.clamped {
                continue;
            }
            let there = arm.solve(tool, &before.positions, 0);
            if there.clamped {
                continue;
            }
            let margin = arm
                .margin(&there.positions)
                .min(arm.margin(&before.positions));
            let mut cost = arm.distance(positions, &before.positions);
            cost += OBSTACLE_COST * obstacles(goal, state, arm, &there.positions, object) as f64;
            if fixed.in_the_way(arm, &there.positions) || fixed.in_the_way(arm, &before.positions) {
                cost += OBSTACLE_COST;
            }
            if margin < NARROW_MARGIN {
                cost += NARROW_COST;
            }
            let name = grasp.name.clone();
            found.push((cost, Grasp { name, flipped }));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, grasp)| grasp).collect()
}

/// `world_from_tool` at a grasp.
pub fn hand(world_from_grasp: Rigid, flipped: bool) -> Rigid {
    match flipped {
        false => world_from_grasp,
        true => {
            world_from_grasp
                * Rigid {
                    rotation: FLIP,
                    ..Rigid::IDENTITY
                }
        }
    }
}

/// How many loose things the robot's boxes would overlap with, open hand at the grasp: other than
/// the object and what holds it.
fn obstacles(
    goal: &Goal,
    state: &WorldState,
    arm: &Arm<'_>,
    positions: &[f64],
    object: usize,
) -> usize {
    let links = arm.links(&arm.with_gripper(positions, 1.0));
    let hand: Vec<OrientedBox> = (0..links.len())
        .filter_map(|link| {
            let object = arm.desc.links[link].object?;
            let bounds = goal.bounds_of(object)?;
            Some(OrientedBox {
                world_from_box: links[link] * Rigid::from(bounds.0),
                half_size_m: bounds.1,
            })
        })
        .map(|link| link.grown(BOX_SLACK_M))
        .collect();
    let own = goal.instance(object);
    let Some(middle) = goal.object(object, state).map(|pose| pose.translation_m) else {
        return 0;
    };
    (0..state.bodies.len())
        .filter(|&index| {
            let instance = InstanceId::of_index(index);
            if Some(instance) == own || goal.is_fixed(index) || goal.robot_of(instance).is_some() {
                return false;
            }
            let body = goal.body_box(index, state);
            // What it lies in or stands on.
            !body.grown(0.005).contains(middle) && hand.iter().any(|link| link.overlaps(&body))
        })
        .count()
}
