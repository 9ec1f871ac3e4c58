//! Insertion that gives way: straight on while it goes, back and beside where it does not.

use glam::DVec3;

use super::{Doing, Expert, Outcome};
use crate::robot::desc::Rigid;
use crate::robot::kinematics::rotation_vector;
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
/// It is blocked when it has been pressed for so many control steps: an edge that it snaps past
/// knocks for one or two.
const PRESSED_STEPS: u32 = 3;
/// A grip may be gone for so many control steps, as after a knock.
const LOST_STEPS: u32 = 3;
/// What slipped in the hand by more is measured anew.
const SLIP_M: f64 = 4e-4;
const SLIP_RAD: f64 = 0.01;

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
    /// Control steps in a row with more than the force, and without a grip.
    pub pressed: u32,
    pub lost: u32,
    pub settle_secs: f64,
    pub left_secs: f64,
    pub backing: bool,
}

impl Insert {
    /// Beside the straight way, across the target's Z axis. The first place after the first attempt
    /// is the same again: it may have slipped into place in the hand.
    fn beside(&self) -> DVec3 {
        let share = f64::from(self.tries.saturating_sub(1)) / f64::from(PLACES);
        // Even areas: the radius grows with the root.
        let radius = self.search_m * share.sqrt();
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * TURNS * share);
        self.target.rotation * DVec3::new(radius * cos, radius * sin, 0.0)
    }

    /// From here on as it lies in the hand now, if it has slipped.
    fn measure(&mut self, tool_from_object: Rigid) {
        let slip = self.tool_from_object.inverse() * tool_from_object;
        if slip.translation_m.length() > SLIP_M
            || rotation_vector(slip.rotation).length() > SLIP_RAD
        {
            self.tool_from_object = tool_from_object;
        }
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
        let held = self.held(state, insert.object);
        let Some(instance) = self.goal.instance(insert.object) else {
            return Outcome::Failed("it is nothing to hold".to_owned());
        };
        let pushed = self.pushing_n(state, instance) > insert.force_n;
        match held {
            Ok(tool_from_object) => {
                insert.lost = 0;
                // Before it is tried again, not while it swings from a knock.
                if insert.backing && !pushed {
                    insert.measure(tool_from_object);
                }
            }
            Err(_) if insert.lost < LOST_STEPS => insert.lost += 1,
            // Out of the hand, but where it should be.
            Err(_) if self.off_m(&insert, state) <= insert.within_m => {
                self.speeds.fill(0.0);
                return Outcome::Done;
            }
            Err(why) => return Outcome::Failed(why),
        }
        insert.pressed = if pushed { insert.pressed + 1 } else { 0 };
        let length = insert.length_m();
        let step = insert.speed_m_per_s * self.control_secs;
        let blocked = insert.pressed >= PRESSED_STEPS;
        let searches = insert.tries < PLACES && insert.search_m > 0.0;
        let at_end = insert.along >= length;
        if insert.backing {
            insert.along = (insert.along - step).max(0.0);
            insert.backing = pushed && insert.along > 0.0;
        } else if blocked && !at_end && searches {
            insert.tries += 1;
            insert.along = (insert.along - BACK_M).max(0.0);
            insert.backing = true;
            insert.settle_secs = 0.0;
        } else if !(pushed && searches) || at_end {
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
            if self.off_m(&insert, state) <= insert.within_m
                || insert.tries >= PLACES
                || insert.search_m == 0.0
            {
                self.speeds.fill(0.0);
                return Outcome::Done;
            }
            if let Ok(tool_from_object) = self.held(state, insert.object) {
                insert.measure(tool_from_object);
            }
            insert.tries += 1;
            insert.settle_secs = 0.0;
            insert.along = (length - BACK_M).max(0.0);
        }
        self.doing = Some(Doing::Insert(insert));
        Outcome::Going
    }

    /// How far the object is from where it should be, metres.
    fn off_m(&self, insert: &Insert, state: &WorldState) -> f64 {
        let now = self.goal.object(insert.object, state);
        now.map_or(f64::INFINITY, |now| {
            (now.translation_m - insert.target.translation_m).length()
        })
    }
}
