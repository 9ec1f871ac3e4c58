//! Predicates: what can hold in a state of the world.

use glam::DVec3;

use super::desc::{FrameDesc, Symmetry};
use super::geometry;
use super::goal::Goal;
use crate::base::ids::{ClassId, InstanceId};
use crate::world::liquid::Contamination;
use crate::world::state::WorldState;

/// Something that holds or does not. Lengths in metres, angles in radians.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    HeldFor {
        secs: f64,
        when: Box<Predicate>,
        /// Index of its own in a [`Memory`].
        timer: usize,
    },
    AtPose {
        object: FrameDesc,
        target: FrameDesc,
        within_m: f64,
        within_rad: Option<f64>,
        symmetry: Symmetry,
    },
    Near {
        a: FrameDesc,
        b: FrameDesc,
        within_m: f64,
    },
    Height {
        of: FrameDesc,
        from: FrameDesc,
        above_m: Option<f64>,
        below_m: Option<f64>,
    },
    Upright {
        object: FrameDesc,
        within_rad: f64,
    },
    Inside {
        object: FrameDesc,
        region: RegionRef,
        margin_m: f64,
    },
    Entered {
        bodies: Vec<BodySet>,
        region: RegionRef,
        margin_m: f64,
    },
    Touching {
        a: Vec<BodySet>,
        b: Vec<BodySet>,
        except: Vec<BodySet>,
        over_n: f64,
        under_n: Option<f64>,
        peak: bool,
    },
    Held {
        object: usize,
        robot: Option<usize>,
    },
    Released {
        object: usize,
    },
    Still {
        object: usize,
        under_m_per_s: f64,
        under_rad_per_s: f64,
    },
    Gripper {
        robot: usize,
        above: Option<f64>,
        below: Option<f64>,
    },
    Dropped {
        object: usize,
        faster_than_m_per_s: f64,
    },
    Volume {
        of: Content,
        /// Index of the only one that counts.
        liquid: Option<usize>,
        /// Since the start.
        change: bool,
        above_ul: Option<f64>,
        below_ul: Option<f64>,
    },
    Spilled {
        over_ul: f64,
    },
    Overfilled {
        vessel: Option<usize>,
    },
    Contaminated {
        vessel: Option<usize>,
        except: Vec<usize>,
    },
    After {
        secs: f64,
    },
}

impl Predicate {
    /// Whether a contamination is one that this asks for; `None` if it asks for none.
    pub fn means(&self, event: &Contamination, goal: &Goal) -> Option<bool> {
        match self {
            Self::Contaminated { vessel, except } => {
                let index = |object: &usize| goal.vessel(*object).map(|v| v.index);
                let it = Some(event.vessel);
                let among = vessel.as_ref().is_none_or(|only| index(only) == it);
                Some(among && !except.iter().any(|e| index(e) == it))
            }
            Self::All(parts) | Self::Any(parts) => {
                let each = parts.iter().filter_map(|part| part.means(event, goal));
                each.reduce(|a, b| a || b)
            }
            Self::HeldFor { when, .. } => when.means(event, goal),
            _ => None,
        }
    }
}

/// What liquid is in: a slot that is a vessel, or a robot's tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Vessel(usize),
    Tip(usize),
}

/// A region: a slot that is bound, or all nodes of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionRef {
    Bound(usize),
    Named(String),
}

/// Some of the bodies of an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodySet {
    Anything,
    Object(usize),
    /// All links.
    Robot(usize),
    Fingers(usize),
    Link(usize, usize),
    Spawn(String),
    /// Of the scene file.
    Scene(String),
    Class(ClassId),
}

/// Since when what `held_for` waits for has held, by timer.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    since_secs: Vec<Option<f64>>,
}

impl Memory {
    /// Of a task with so many timers: nothing has held yet.
    pub fn new(timers: usize) -> Self {
        Self {
            since_secs: vec![None; timers],
        }
    }
}

/// Spares comparisons of times their rounding.
const TIME_SLACK_SECS: f64 = 1e-9;

/// Whether each of these holds now.
fn each(parts: &[Predicate], goal: &Goal, state: &WorldState, memory: &mut Memory) -> Vec<bool> {
    let parts = parts.iter();
    parts.map(|part| part.holds(goal, state, memory)).collect()
}

/// µL, of one liquid or all.
fn content_ul(
    of: Content,
    liquid: Option<usize>,
    change: bool,
    goal: &Goal,
    state: &WorldState,
) -> Option<f64> {
    let liquids = state.liquids.as_ref()?;
    let of_interest = |volumes: &[f64]| match liquid {
        Some(liquid) => volumes[liquid],
        None => volumes.iter().sum(),
    };
    Some(match of {
        Content::Tip(robot) => of_interest(&liquids.tips.get(robot)?.as_ref()?.volumes_ul()),
        Content::Vessel(object) => {
            let vessel = goal.vessel(object)?;
            let now = of_interest(&liquids.vessels[vessel.index].volumes_ul);
            let counts = liquid.is_none_or(|liquid| vessel.liquid == Some(liquid));
            match change && counts {
                true => now - vessel.start_ul,
                false => now,
            }
        }
    })
}

impl Predicate {
    /// Whether it holds now. Call it for every state, in order of time: `held_for` remembers. Every
    /// part is looked at, so that no timer misses a state.
    pub fn holds(&self, goal: &Goal, state: &WorldState, memory: &mut Memory) -> bool {
        match self {
            Self::All(parts) => each(parts, goal, state, memory).iter().all(|held| *held),
            Self::Any(parts) => each(parts, goal, state, memory).contains(&true),
            Self::Not(part) => !part.holds(goal, state, memory),
            Self::HeldFor { secs, when, timer } => {
                let holds = when.holds(goal, state, memory);
                let since = &mut memory.since_secs[*timer];
                *since = holds.then(|| since.unwrap_or(state.time_secs));
                since.is_some_and(|since| state.time_secs - since >= secs - TIME_SLACK_SECS)
            }
            _ => self.holds_now(goal, state).unwrap_or(false),
        }
    }

    /// Of the parts that need no memory; `None` if what it speaks of is not there.
    fn holds_now(&self, goal: &Goal, state: &WorldState) -> Option<bool> {
        let frame = |desc: &FrameDesc| goal.frame(desc, state);
        let point = |desc: &FrameDesc| goal.frame(desc, state).map(|f| f.translation_m);
        Some(match self {
            Self::AtPose {
                object,
                target,
                within_m,
                within_rad,
                symmetry,
            } => {
                let (object, target) = (frame(object)?, frame(target)?);
                let near = (object.translation_m - target.translation_m).length() <= *within_m;
                let angle = || geometry::angle(object.rotation, target.rotation, *symmetry);
                near && within_rad.is_none_or(|most| angle() <= most)
            }
            Self::Near { a, b, within_m } => (point(a)? - point(b)?).length() <= *within_m,
            Self::Height {
                of,
                from,
                above_m,
                below_m,
            } => {
                let height = point(of)?.z - point(from)?.z;
                above_m.is_none_or(|least| height >= least)
                    && below_m.is_none_or(|most| height <= most)
            }
            Self::Upright { object, within_rad } => {
                let up = frame(object)?.rotation * DVec3::Z;
                geometry::angle_between(up, DVec3::Z) <= *within_rad
            }
            Self::Inside {
                object,
                region,
                margin_m,
            } => {
                let point = point(object)?;
                let mut regions = goal.regions(region, state).into_iter();
                regions.any(|region| region.grown(*margin_m).contains(point))
            }
            Self::Entered {
                bodies,
                region,
                margin_m,
            } => {
                let regions = goal.regions(region, state);
                goal.members(bodies).any(|index| {
                    let body = goal.body_box(index, state);
                    regions
                        .iter()
                        .any(|region| region.grown(*margin_m).overlaps(&body))
                })
            }
            Self::Touching {
                a,
                b,
                except,
                over_n,
                under_n,
                peak,
            } => state.contacts.iter().any(|contact| {
                let force = f64::from(if *peak {
                    contact.peak_force_n
                } else {
                    contact.force_n
                });
                let within = force > *over_n && under_n.is_none_or(|most| force < most);
                let (x, y) = contact.instances;
                let counts = |x: InstanceId, y: InstanceId| {
                    goal.is_member(x, a) && goal.is_member(y, b) && !goal.is_member(y, except)
                };
                within && (counts(x, y) || counts(y, x))
            }),
            Self::Held { object, robot } => {
                let instance = goal.instance(*object)?;
                let mut robots = state.robots.iter().enumerate();
                robots.any(|(i, r)| robot.is_none_or(|only| only == i) && r.held == Some(instance))
            }
            Self::Released { object } => {
                let instance = goal.instance(*object)?;
                let held = state.robots.iter().any(|r| r.held == Some(instance));
                let touched = state.contacts.iter().any(|contact| {
                    let (x, y) = contact.instances;
                    (x == instance && goal.robot_of(y).is_some())
                        || (y == instance && goal.robot_of(x).is_some())
                });
                !held && !touched
            }
            Self::Still {
                object,
                under_m_per_s,
                under_rad_per_s,
            } => {
                let body = state.body(goal.instance(*object)?)?;
                f64::from(body.linear_m_per_s.length()) < *under_m_per_s
                    && f64::from(body.angular_rad_per_s.length()) < *under_rad_per_s
            }
            Self::Gripper {
                robot,
                above,
                below,
            } => {
                let open = state.robots.get(*robot)?.open_fraction;
                above.is_none_or(|least| open >= least) && below.is_none_or(|most| open <= most)
            }
            Self::Dropped {
                object,
                faster_than_m_per_s,
            } => {
                let instance = goal.instance(*object)?;
                let body = state.body(instance)?;
                let held = state.robots.iter().any(|r| r.held == Some(instance));
                !held && f64::from(-body.linear_m_per_s.z) > *faster_than_m_per_s
            }
            Self::Volume {
                of,
                liquid,
                change,
                above_ul,
                below_ul,
            } => {
                let ul = content_ul(*of, *liquid, *change, goal, state)?;
                above_ul.is_none_or(|least| ul >= least) && below_ul.is_none_or(|most| ul <= most)
            }
            Self::Spilled { over_ul } => {
                state.liquids.as_ref()?.spilled_ul.iter().sum::<f64>() > *over_ul
            }
            Self::Overfilled { vessel } => {
                let vessels = &state.liquids.as_ref()?.vessels;
                match vessel {
                    Some(object) => vessels[goal.vessel(*object)?.index].overflowed_ul > 0.0,
                    None => vessels.iter().any(|v| v.overflowed_ul > 0.0),
                }
            }
            Self::Contaminated { .. } => {
                let events = &state.liquids.as_ref()?.contaminations;
                events
                    .iter()
                    .any(|event| self.means(event, goal) == Some(true))
            }
            Self::After { secs } => state.time_secs >= secs - TIME_SLACK_SECS,
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::HeldFor { .. } => return None,
        })
    }
}
