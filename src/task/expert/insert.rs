//! Insertion that gives way: straight on while it goes, back and beside where it does not.

use glam::DVec3;

use super::{Doing, Expert, Outcome};
use crate::robot::desc::Rigid;
use crate::task::expert::path::between;
use crate::world::state::WorldState;

/// So far back from what was met before trying beside it.
const BACK_M: f64 = 0.002;
/// Places tried on the spiral, and turns of it.
const PLACES: u32 = 16;
const TURNS: f64 = 2.5;
/// At the end the arm gets so long to come to rest.
const SETTLE_SECS: f64 = 0.4;
/// The posture counts as reached within this, rad or m.
const THERE: f64 = 5e-4;

/// An insertion under way.
#[derive(Clone, Debug)]
pub struct Insert {
    pub object: usize,
    pub tool_from_object: Rigid,
    /// Commanded poses of the object, first and last.
    pub from: Rigid,
    pub target: Rigid,
    pub speed_m_per_s: f64,
    pub force_n: f64,
    pub search_m: f64,
    pub within_m: f64,
    /// Metres from the start.
    pub along: f64,
    pub tries: u32,
    pub settle_secs: f64,
    pub left_secs: f64,
    pub backing: bool,
}

impl Insert {
    /// Beside the straight way, across the target's Z axis.
    fn beside(&self) -> DVec3 {
        if self.tries == 0 {
            return DVec3::ZERO;
        }
        let share = f64::from(self.tries) / f64::from(PLACES);
        // Even areas: the radius grows with the root.
        let radius = self.search_m * share.sqrt();
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * TURNS * share);
        self.target.rotation * DVec3::new(radius * cos, radius * sin, 0.0)
    }

    fn length_m(&self) -> f64 {
        let way = self.target.translation_m - self.from.translation_m;
        way.length().max(1e-6)
    }

    /// Where the object should be commanded now.
    fn pose(&self) -> Rigid {
        let share = (self.along / self.length_m()).clamp(0.0, 1.0);
        let mut pose = between(self.from, self.target, share);
        pose.translation_m += self.beside();
        pose
    }
}

impl Expert<'_> {
    pub(super) fn insert(&mut self, mut insert: Box<Insert>, state: &WorldState) -> Outcome {
        if let Err(why) = self.held(state, insert.object) {
            return Outcome::Failed(why);
        }
        let instance = self.goal.instance(insert.object).expect("it is held");
        let length = insert.length_m();
        let step = insert.speed_m_per_s * self.control_secs;
        let blocked = self.pushing_n(state, instance) > insert.force_n;
        let at_end = insert.along >= length;
        if insert.backing {
            insert.along = (insert.along - step).max(0.0);
            insert.backing = blocked && insert.along > 0.0;
        } else if blocked && !at_end && insert.tries < PLACES && insert.search_m > 0.0 {
            insert.tries += 1;
            insert.along = (insert.along - BACK_M).max(0.0);
            insert.backing = true;
            insert.settle_secs = 0.0;
        } else {
            insert.along = (insert.along + step).min(length);
        }
        insert.left_secs -= self.control_secs;
        if insert.left_secs <= 0.0 {
            self.speeds.fill(0.0);
            return Outcome::Failed("it does not go in".to_owned());
        }
        let tool = insert.pose() * insert.tool_from_object.inverse();
        let solution = self.arm.solve_near(tool, &self.positions);
        if solution.clamped {
            return Outcome::Failed("the way in leaves the arm's reach".to_owned());
        }
        self.move_towards(&solution.positions);
        let joints = self.arm.joints().iter();
        let rest = joints.map(|&j| (solution.positions[j] - self.positions[j]).abs());
        if at_end && rest.fold(0.0, f64::max) < THERE {
            insert.settle_secs += self.control_secs;
        }
        if insert.settle_secs >= SETTLE_SECS {
            let now = self.goal.object(insert.object, state);
            let off = now.map_or(f64::INFINITY, |now| {
                (now.translation_m - insert.target.translation_m).length()
            });
            if off <= insert.within_m || insert.tries >= PLACES || insert.search_m == 0.0 {
                self.speeds.fill(0.0);
                return Outcome::Done;
            }
            insert.tries += 1;
            insert.settle_secs = 0.0;
            insert.along = (length - BACK_M).max(0.0);
        }
        self.doing = Some(Doing::Insert(insert));
        Outcome::Going
    }
}
