//! Predicates of a task.

use super::Checker;
use crate::robot::desc::Rigid;
use crate::scene::recipe::reader::{At, Place};
use crate::task::desc::{BodySet, FrameDesc, Origin, Part, Symmetry};
use crate::task::predicate::Predicate;
use crate::task::raw::{RawPredicate, RawTouching};

/// Slower is still.
const STILL_MM_PER_S: f64 = 5.0;
const STILL_DEG_PER_S: f64 = 10.0;
/// The speed of a free fall from 13 mm.
const FALL_MM_PER_S: f64 = 500.0;

const WORLD: FrameDesc = FrameDesc {
    origin: Origin::World,
    at_start: false,
    origin_from_frame: Rigid::IDENTITY,
};

impl<'a> Checker<'a> {
    pub(super) fn predicate(&mut self, raw: &'a RawPredicate) -> Option<Predicate> {
        Some(match raw {
            RawPredicate::All(parts) => Predicate::All(self.predicates(parts)?),
            RawPredicate::Any(parts) => Predicate::Any(self.predicates(parts)?),
            RawPredicate::Not(part) => Predicate::Not(Box::new(self.predicate(part)?)),
            RawPredicate::HeldFor(held) => {
                let limit = self.time_limit_secs;
                let secs = self.number(
                    &held.secs,
                    &format!("above 0, below the time limit, {limit}"),
                    |x| x > 0.0 && x < limit,
                );
                if !self.timers_allowed {
                    let found = "held_for in what is looked at only once, when the step is over";
                    let remedy = "put a `wait` before it, with held_for in its `until`";
                    self.error(&held.at, found, "a predicate that needs no time", remedy);
                    return None;
                }
                let timer = self.timers;
                self.timers += 1;
                Predicate::HeldFor {
                    when: Box::new(self.predicate(&held.when)?),
                    secs: secs?,
                    timer,
                }
            }
            RawPredicate::AtPose(pose) => {
                let object = self.frame(&pose.object);
                let target = self.frame(&pose.target);
                let within_m = self.length(&pose.within_mm);
                let within_rad = match &pose.within_deg {
                    Some(at) => Some(self.angle(at)?),
                    None => None,
                };
                let object = object?;
                if let (None, Some(symmetry)) = (&pose.within_deg, pose.symmetry) {
                    let found = format!("symmetry = \"{}\" without within_deg", symmetry.word());
                    self.error(&pose.at, found, "within_deg, for which it matters", "");
                }
                Predicate::AtPose {
                    symmetry: pose.symmetry.unwrap_or(self.symmetry_of(&object)),
                    object,
                    target: target?,
                    within_m: within_m?,
                    within_rad,
                }
            }
            RawPredicate::Near(near) => {
                let (a, b) = (self.frame(&near.a), self.frame(&near.b));
                let within_m = self.length(&near.within_mm);
                Predicate::Near {
                    a: a?,
                    b: b?,
                    within_m: within_m?,
                }
            }
            RawPredicate::Height(height) => {
                let of = self.frame(&height.of);
                let from = match &height.from {
                    Some(from) => self.frame(from),
                    None => Some(WORLD),
                };
                self.bounds(
                    (&height.above_mm, "above_mm"),
                    (&height.below_mm, "below_mm"),
                    &height.at,
                )?;
                let metres = |at: &Option<At<f64>>| at.as_ref().map(|at| at.value / 1000.0);
                Predicate::Height {
                    of: of?,
                    from: from?,
                    above_m: metres(&height.above_mm),
                    below_m: metres(&height.below_mm),
                }
            }
            RawPredicate::Upright(upright) => {
                let object = self.frame(&upright.object);
                let within_rad = self.angle(&upright.within_deg);
                Predicate::Upright {
                    object: object?,
                    within_rad: within_rad?,
                }
            }
            RawPredicate::Inside(inside) => {
                let object = self.frame(&inside.object);
                let region = self.region(&inside.region);
                let margin_m = self.margin(inside.margin_mm.as_ref());
                Predicate::Inside {
                    object: object?,
                    region: region?,
                    margin_m: margin_m?,
                }
            }
            RawPredicate::Entered(entered) => {
                let bodies = self.bodies(&entered.bodies);
                let region = self.region(&entered.region);
                let margin_m = self.margin(entered.margin_mm.as_ref());
                Predicate::Entered {
                    bodies: bodies?,
                    region: region?,
                    margin_m: margin_m?,
                }
            }
            RawPredicate::Touching(touching) => self.touching(touching)?,
            RawPredicate::Held(held) => {
                let object = self.body_named(&held.object);
                let robot = match &held.robot {
                    Some(name) => Some(self.robot_named(name)?),
                    None => None,
                };
                Predicate::Held {
                    object: object?,
                    robot,
                }
            }
            RawPredicate::Released(released) => Predicate::Released {
                object: self.body_named(&released.object)?,
            },
            RawPredicate::Still(still) => {
                let object = self.body_named(&still.object);
                let above = "above 0";
                let positive = |x: f64| x > 0.0;
                let mm = still.under_mm_per_s.as_ref();
                let deg = still.under_deg_per_s.as_ref();
                let mm = self.number_or(mm, STILL_MM_PER_S, above, positive);
                let deg = self.number_or(deg, STILL_DEG_PER_S, above, positive);
                Predicate::Still {
                    object: object?,
                    under_m_per_s: mm? / 1000.0,
                    under_rad_per_s: deg?.to_radians(),
                }
            }
            RawPredicate::Gripper(gripper) => {
                let robot = match &gripper.robot {
                    Some(name) => self.robot_named(name),
                    None => self.only_robot(&gripper.at),
                };
                self.bounds(
                    (&gripper.above, "above"),
                    (&gripper.below, "below"),
                    &gripper.at,
                )?;
                for at in [&gripper.above, &gripper.below].into_iter().flatten() {
                    self.number(at, "0 … 1", |x| (0.0..=1.0).contains(&x));
                }
                Predicate::Gripper {
                    robot: robot?,
                    above: gripper.above.as_ref().map(|at| at.value),
                    below: gripper.below.as_ref().map(|at| at.value),
                }
            }
            RawPredicate::Dropped(dropped) => {
                let object = self.body_named(&dropped.object);
                let speed = dropped.faster_than_mm_per_s.as_ref();
                let speed = self.number_or(speed, FALL_MM_PER_S, "above 0", |x| x > 0.0);
                Predicate::Dropped {
                    object: object?,
                    faster_than_m_per_s: speed? / 1000.0,
                }
            }
            RawPredicate::Volume(volume) => self.volume(volume)?,
            RawPredicate::Spilled(spilled) => self.spilled(spilled)?,
            RawPredicate::Overfilled(overfilled) => self.overfilled(overfilled)?,
            RawPredicate::Contaminated(contaminated) => self.contaminated(contaminated)?,
            RawPredicate::After(after) => {
                let limit = self.time_limit_secs;
                let expected = format!("0 or more, below the time limit, {limit}");
                Predicate::After {
                    secs: self.number(&after.secs, &expected, |x| x >= 0.0 && x < limit)?,
                }
            }
        })
    }

    fn predicates(&mut self, parts: &'a At<Vec<RawPredicate>>) -> Option<Vec<Predicate>> {
        if parts.value.is_empty() {
            self.error(&parts.place, "an array of 0", "at least one predicate", "");
            return None;
        }
        let parts: Vec<Option<Predicate>> = parts
            .value
            .iter()
            .map(|part| self.predicate(part))
            .collect();
        parts.into_iter().collect()
    }

    fn touching(&mut self, raw: &'a RawTouching) -> Option<Predicate> {
        let a = self.bodies(&raw.a);
        let b = match &raw.b {
            Some(b) => self.bodies(b),
            None => Some(vec![BodySet::Anything]),
        };
        let except = match &raw.except {
            Some(except) => self.bodies(except),
            None => Some(Vec::new()),
        };
        let over_n = self.number_or(raw.over_n.as_ref(), 0.0, "0 or more", |x| x >= 0.0);
        let under_n = match &raw.under_n {
            Some(at) => {
                let least = over_n.unwrap_or(0.0);
                Some(self.number(at, &format!("above over_n, {least}"), |x| x > least)?)
            }
            None => None,
        };
        Some(Predicate::Touching {
            a: a?,
            b: b?,
            except: except?,
            over_n: over_n?,
            under_n,
            peak: raw.peak.unwrap_or(false),
        })
    }

    /// At least one bound, the lower one lower.
    pub(super) fn bounds(
        &mut self,
        (above, above_key): (&Option<At<f64>>, &str),
        (below, below_key): (&Option<At<f64>>, &str),
        place: &Place,
    ) -> Option<()> {
        match (above, below) {
            (None, None) => {
                let found = format!("neither {above_key} nor {below_key}");
                self.error(place, found, "at least one of the two", "");
                None
            }
            (Some(above), Some(below)) if above.value >= below.value => {
                let found = format!("above {} and below {}", above.value, below.value);
                self.error(&below.place, found, "the lesser number above", "");
                None
            }
            _ => Some(()),
        }
    }

    /// Metres from millimetres.
    pub(super) fn length(&mut self, at: &At<f64>) -> Option<f64> {
        let mm = self.number(at, "above 0, at most 100000", |x| x > 0.0 && x <= 100_000.0)?;
        Some(mm / 1000.0)
    }

    fn angle(&mut self, at: &At<f64>) -> Option<f64> {
        let deg = self.number(at, "0 … 180", |x| (0.0..=180.0).contains(&x))?;
        Some(deg.to_radians())
    }

    fn margin(&mut self, at: Option<&At<f64>>) -> Option<f64> {
        let margin = self.number_or(at, 0.0, "−1000 … 1000", |x| x.abs() <= 1000.0)?;
        Some(margin / 1000.0)
    }

    fn symmetry_of(&self, frame: &FrameDesc) -> Symmetry {
        match &frame.origin {
            // Those of the object's own axes.
            Origin::Object(index, Part::Origin | Part::Center) => {
                let raw = &self.raw.objects.value[self.objects[*index]];
                raw.symmetry.unwrap_or(Symmetry::None)
            }
            _ => Symmetry::None,
        }
    }

    pub(super) fn robot_named(&mut self, at: &At<String>) -> Option<usize> {
        let index = self.robots.iter().position(|(name, _)| *name == at.value);
        if index.is_none() && !self.raw.robots.broken {
            let names: Vec<&str> = self.robots.iter().map(|(name, _)| *name).collect();
            self.unknown(at, "robot", "a robot of [robots]", names.into_iter());
        }
        index
    }

    /// The robot that is meant if none is named.
    pub(super) fn only_robot(&mut self, place: &Place) -> Option<usize> {
        if self.raw.robots.broken || self.robots.is_empty() {
            return None;
        }
        if self.robots.len() > 1 {
            let found = format!("no `robot`, of which there are {}", self.robots.len());
            self.error(place, found, "`robot`, which says which", "");
            return None;
        }
        Some(0)
    }
}
