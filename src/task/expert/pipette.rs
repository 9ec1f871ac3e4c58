//! Pipetting: the plunger draws and pushes while the tip follows the level.

use glam::DVec3;

use super::{Doing, Expert, Outcome};
use crate::robot::desc::Rigid;
use crate::world::state::WorldState;

/// The tip's end stays this far above the floor.
const FLOOR_M: f64 = 0.0008;
/// The plunger waits until the arm's command is this near to where it should be, rad or m.
const NEAR: f64 = 5e-4;
/// At the end liquid and arm get so long to come to rest.
const SETTLE_SECS: f64 = 0.3;
/// Beside what the plunger takes.
const SLACK_SECS: f64 = 10.0;

/// A stroke of the plunger under way.
#[derive(Clone, Debug)]
pub struct Pipette {
    /// Index of the task's object.
    pub vessel: usize,
    /// Of the tip's end above the level; less than 0: below it.
    pub above_m: f64,
    /// Open fraction at the end, and its change a second.
    pub target: f64,
    pub rate: f64,
    pub settle_left_secs: f64,
    pub left_secs: f64,
}

impl Pipette {
    /// From an open fraction to another, at a rate of it a second.
    pub fn new(vessel: usize, above_m: f64, (from, target): (f64, f64), rate: f64) -> Self {
        Self {
            vessel,
            above_m,
            target,
            rate,
            settle_left_secs: SETTLE_SECS,
            left_secs: SLACK_SECS + (target - from).abs() / rate,
        }
    }
}

impl Expert<'_> {
    pub(super) fn pipette(&mut self, mut pipette: Pipette, state: &WorldState) -> Outcome {
        let name = &self.task.objects[pipette.vessel].name;
        let floor = self.goal.object(pipette.vessel, state);
        let level = self.goal.vessel(pipette.vessel).and_then(|vessel| {
            let liquids = state.liquids.as_ref()?;
            Some(liquids.vessels.get(vessel.index)?.level_m)
        });
        let (Some(floor), Some(level)) = (floor, level) else {
            return Outcome::Failed(format!("`{name}` is no vessel in this episode"));
        };
        let height = (level + pipette.above_m).max(FLOOR_M);
        let tool = Rigid {
            translation_m: floor.point(DVec3::Z * height),
            ..self.arm.tool(&self.positions)
        };
        let solution = self.arm.solve_near(tool, &self.positions);
        if solution.clamped {
            return Outcome::Failed(format!("`{name}` is out of reach"));
        }
        self.move_towards(&solution.positions);
        let joints = self.arm.joints().iter();
        let rest = joints.map(|&j| (solution.positions[j] - self.positions[j]).abs());
        if rest.fold(0.0, f64::max) < NEAR {
            let step = pipette.rate * self.control_secs;
            self.open += (pipette.target - self.open).clamp(-step, step);
        }
        if (self.open - pipette.target).abs() < 1e-9 {
            pipette.settle_left_secs -= self.control_secs;
        }
        pipette.left_secs -= self.control_secs;
        if pipette.settle_left_secs <= 0.0 {
            self.speeds.fill(0.0);
            return Outcome::Done;
        }
        if pipette.left_secs <= 0.0 {
            self.speeds.fill(0.0);
            return Outcome::Failed(format!("the tip does not get to `{name}`"));
        }
        self.doing = Some(Doing::Pipette(pipette));
        Outcome::Going
    }
}
