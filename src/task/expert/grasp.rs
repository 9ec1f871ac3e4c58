//! How to take hold of an object.

use glam::{DQuat, DVec3};

use super::arm::Arm;
use super::obstacles::Obstacles;
use crate::base::ids::InstanceId;
use crate::robot::desc::Rigid;
use crate::robot::kinematics::turn;
use crate::task::desc::Symmetry;
use crate::task::geometry::OrientedBox;
use crate::task::goal::Goal;
use crate::world::state::WorldState;

/// Something in the way of the hand is worse than any posture, a joint near its end than a detour.
const OBSTACLE_COST: f64 = 10.0;
const NARROW_MARGIN: f64 = 0.03;
const NARROW_COST: f64 = 2.0;
/// Bounding boxes are larger than what is in them.
const BOX_SLACK_M: f64 = -0.004;
/// So many of the best are offered.
const OFFERED: usize = 4;
/// Half a turn of what may be turned any way about its axis is tried in so many steps; the hand,
/// which may change sides, does the other half.
const TURNS: usize = 6;

/// Starts tried for a posture before the grasp.
const RESTARTS: usize = 16;

/// By 180° about the approach: the fingers change places.
pub const FLIP: DQuat = DQuat::from_xyzw(0.0, 0.0, 1.0, 0.0);

/// A grasp of an object, chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Grasp {
    pub name: String,
    /// By how much the grasp is turned about the object's Z axis, if nobody can tell, rad.
    pub turned_rad: f64,
    /// Whether the hand is turned by 180° about the approach.
    pub flipped: bool,
}

impl Grasp {
    /// `world_from_tool`, given where the untaken grasp, or a frame that moves with it, is.
    pub fn hand(&self, world_from_object: Rigid, world_from_grasp: Rigid) -> Rigid {
        let rotated = |rotation| Rigid {
            rotation,
            ..Rigid::IDENTITY
        };
        let mut tool = world_from_grasp;
        if self.turned_rad != 0.0 {
            let about = rotated(turn(DVec3::Z, self.turned_rad));
            tool = world_from_object * about * world_from_object.inverse() * tool;
        }
        match self.flipped {
            false => tool,
            true => tool * rotated(FLIP),
        }
    }
}

/// Some grasps that the arm can reach from where it is, best first: without obstacles, away from
/// the ends of the joints, with little motion. The hand comes by way of `grasp_from_before`. Of those
/// grasps `which` returns true for, fingers open as they are. None has more in its way than the best.
pub fn ranked(
    goal: &Goal,
    state: &WorldState,
    (arm, fixed): (&Arm<'_>, &Obstacles),
    (positions, open_fraction): (&[f64], f64),
    object: usize,
    grasp_from_before: Rigid,
    which: impl Fn(&str) -> bool,
) -> Vec<Grasp> {
    let Some(world_from_object) = goal.object(object, state) else {
        return Vec::new();
    };
    let turns = match goal.symmetry(object) {
        Symmetry::AnyTurnZ => TURNS,
        _ => 1,
    };
    let ways = (0..turns).flat_map(|i| {
        let turned_rad = std::f64::consts::PI * i as f64 / turns as f64;
        [(turned_rad, false), (turned_rad, true)]
    });
    let ways: Vec<(f64, bool)> = ways.collect();
    let mut found: Vec<(f64, Grasp)> = Vec::new();
    for named in goal.grasps(object).iter().filter(|g| which(&g.name)) {
        let world_from_grasp = world_from_object * Rigid::from(named.object_from_frame);
        for &(turned_rad, flipped) in &ways {
            let grasp = Grasp {
                name: named.name.clone(),
                turned_rad,
                flipped,
            };
            let tool = grasp.hand(world_from_object, world_from_grasp);
            let before = grasp.hand(world_from_object, world_from_grasp * grasp_from_before);
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
            let open = arm.with_gripper(&there.positions, open_fraction);
            let mut cost = arm.distance(positions, &before.positions);
            cost += OBSTACLE_COST * obstacles(goal, state, arm, &open, object) as f64;
            if fixed.in_the_way(arm, &there.positions) || fixed.in_the_way(arm, &before.positions) {
                cost += OBSTACLE_COST;
            }
            if margin < NARROW_MARGIN {
                cost += NARROW_COST;
            }
            found.push((cost, grasp));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = found.first().map_or(0.0, |best| best.0) + 0.5 * OBSTACLE_COST;
    let as_free = found.into_iter().filter(|(cost, _)| *cost < most);
    as_free.take(OFFERED).map(|(_, grasp)| grasp).collect()
}

/// How many loose things the robot's boxes would overlap with at the grasp: other than the object
/// and what holds it.
fn obstacles(
    goal: &Goal,
    state: &WorldState,
    arm: &Arm<'_>,
    positions: &[f64],
    object: usize,
) -> usize {
    let links = arm.links(positions);
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
