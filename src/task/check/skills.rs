//! The expert's program.

use std::collections::BTreeMap;

use super::Checker;
use crate::scene::recipe::reader::At;
use crate::task::desc::{Aim, FrameDesc, Skill, Step, Way};
use crate::task::raw::{RawFrame, RawSkill};

const SHARE: &str = "above 0, at most 1";
const DEFAULT_TRIES: i64 = 3;

impl<'a> Checker<'a> {
    pub(super) fn expert(&mut self) -> Option<Vec<Step>> {
        let raw = &self.raw.expert.value;
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, step) in raw.iter().enumerate() {
            let Some(label) = step.common().label else {
                continue;
            };
            if let Some(first) = labels.insert(&label.value, index) {
                let line = raw[first].common().at.line;
                let found = format!("label `{}`, as in the step of line {line}", label.value);
                self.error(&label.place, found, "a label of its own", "");
            }
        }
        let steps: Vec<Option<Step>> = raw
            .iter()
            .enumerate()
            .map(|(index, step)| self.step(index, step, &labels))
            .collect();
        steps.into_iter().collect()
    }

    fn step(
        &mut self,
        index: usize,
        raw: &'a RawSkill,
        labels: &BTreeMap<&'a str, usize>,
    ) -> Option<Step> {
        let keys = raw.common();
        let robot = match keys.robot {
            Some(name) => self.robot_named(name),
            None => self.only_robot(keys.at),
        };
        let skill = self.skill(raw);
        self.timers_allowed = false;
        let expect = keys.expect.map(|expect| self.predicate(expect));
        self.timers_allowed = true;
        let tries = match keys.tries {
            None => Some(DEFAULT_TRIES),
            Some(at) if (1..=20).contains(&at.value) => Some(at.value),
            Some(at) => {
                self.error(&at.place, at.value.to_string(), "1 … 20", "");
                None
            }
        };
        let unused = match (keys.otherwise, keys.tries) {
            (Some(otherwise), _) if keys.expect.is_none() => Some(("otherwise", &otherwise.place)),
            (None, Some(tries)) => Some(("tries", &tries.place)),
            _ => None,
        };
        if let Some((key, place)) = unused {
            let needed = if key == "tries" {
                "otherwise"
            } else {
                "expect"
            };
            let found = format!("`{key}` without `{needed}`");
            self.error(place, found, format!("`{needed}` as well"), "");
            return None;
        }
        let otherwise = match keys.otherwise {
            None => None,
            Some(label) => {
                let to = match labels.get(label.value.as_str()) {
                    Some(to) => *to,
                    None => {
                        let names = labels.keys().copied();
                        self.unknown(label, "label", "the label of a step", names);
                        return None;
                    }
                };
                if to > index {
                    let found = format!("`{}`, the label of a later step", label.value);
                    let expected = "the label of this step or of an earlier one";
                    self.error(&label.place, found, expected, "");
                    return None;
                }
                Some((to, tries? as u32))
            }
        };
        Some(Step {
            word: word(raw),
            label: keys.label.map(|label| label.value.clone()),
            robot: robot?,
            skill: skill?,
            expect: match expect {
                Some(expect) => Some(expect?),
                None => None,
            },
            otherwise,
        })
    }

    fn skill(&mut self, raw: &'a RawSkill) -> Option<Skill> {
        Some(match raw {
            RawSkill::Reach(reach) => {
                let to = self.any_frame(&reach.to);
                let via = self.frames(&reach.via);
                let clear_m = self.clearance(reach.clear_mm.as_ref());
                let speed = self.share(reach.speed.as_ref(), 0.5);
                Skill::Reach {
                    to: to?,
                    clear_m: clear_m?,
                    via: via?,
                    speed: speed?,
                }
            }
            RawSkill::Line(line) => {
                let to = self.any_frame(&line.to);
                let speed = self.speed(line.speed_mm_per_s.as_ref(), 100.0, 2000.0);
                let until_force_n = match &line.until_force_n {
                    Some(at) => Some(self.number(at, "above 0", |x| x > 0.0)?),
                    None => None,
                };
                Skill::Line {
                    to: to?,
                    speed_m_per_s: speed?,
                    until_force_n,
                }
            }
            RawSkill::Open(open) => Skill::Open {
                fraction: self.fraction(open.fraction.as_ref(), 1.0)?,
            },
            RawSkill::Close(close) => Skill::Close {
                fraction: self.fraction(close.fraction.as_ref(), 0.0)?,
            },
            RawSkill::Carry(carry) => {
                let object = self.body_named(&carry.object);
                let to = self.frame(&carry.to);
                let via = self.frames(&carry.via);
                let clear_m = self.clearance(carry.clear_mm.as_ref());
                let speed = self.share(carry.speed.as_ref(), 0.3);
                let speed_m_per_s = match &carry.speed_mm_per_s {
                    Some(at) => Some(self.speed(Some(at), 100.0, 2000.0)?),
                    None => None,
                };
                if let (Some(at), Some(_)) = (&carry.speed_mm_per_s, &carry.speed) {
                    let found = "speed_mm_per_s beside speed";
                    self.error(&at.place, found, "one of the two", "");
                }
                Skill::Carry {
                    object: object?,
                    to: to?,
                    clear_m: clear_m?,
                    via: via?,
                    speed: speed?,
                    speed_m_per_s,
                    aim: carry.aim.unwrap_or(Aim::Pose),
                }
            }
            RawSkill::Insert(insert) => {
                let object = self.body_named(&insert.object);
                let to = self.frame(&insert.to);
                let speed = self.speed(insert.speed_mm_per_s.as_ref(), 20.0, 500.0);
                let force = self.number_or(insert.force_n.as_ref(), 5.0, "above 0", |x| x > 0.0);
                let search = self.number_or(insert.search_mm.as_ref(), 2.0, "0 … 20", |x| {
                    (0.0..=20.0).contains(&x)
                });
                let within = self.number_or(insert.within_mm.as_ref(), 1.0, "above 0", |x| x > 0.0);
                Skill::Insert {
                    object: object?,
                    to: to?,
                    speed_m_per_s: speed?,
                    force_n: force?,
                    search_m: search? / 1000.0,
                    within_m: within? / 1000.0,
                    aim: insert.aim.unwrap_or(Aim::Pose),
                }
            }
            RawSkill::Retreat(retreat) => {
                let mm = self.number(&retreat.mm, "above 0, at most 1000", |x| {
                    x > 0.0 && x <= 1000.0
                });
                let speed = self.speed(retreat.speed_mm_per_s.as_ref(), 100.0, 2000.0);
                Skill::Retreat {
                    distance_m: mm? / 1000.0,
                    way: retreat.way.unwrap_or(Way::Back),
                    speed_m_per_s: speed?,
                }
            }
            RawSkill::Aspirate(aspirate) => self.aspirate(aspirate)?,
            RawSkill::Dispense(dispense) => self.dispense(dispense)?,
            RawSkill::Wait(wait) => {
                let secs = self.number(&wait.secs, "0 … 600", |x| (0.0..=600.0).contains(&x));
                let until = match &wait.until {
                    Some(until) => Some(self.predicate(until)?),
                    None => None,
                };
                Skill::Wait { secs: secs?, until }
            }
        })
    }

    fn frames(&mut self, raw: &'a [RawFrame]) -> Option<Vec<FrameDesc>> {
        let frames: Vec<Option<FrameDesc>> = raw.iter().map(|frame| self.frame(frame)).collect();
        frames.into_iter().collect()
    }

    fn clearance(&mut self, at: Option<&At<f64>>) -> Option<Option<f64>> {
        let Some(at) = at else {
            return Some(None);
        };
        let mm = self.number(at, "0 … 2000", |x| (0.0..=2000.0).contains(&x))?;
        Some(Some(mm / 1000.0))
    }

    fn share(&mut self, at: Option<&At<f64>>, default: f64) -> Option<f64> {
        self.number_or(at, default, SHARE, |x| x > 0.0 && x <= 1.0)
    }

    fn fraction(&mut self, at: Option<&At<f64>>, default: f64) -> Option<f64> {
        self.number_or(at, default, "0 … 1", |x| (0.0..=1.0).contains(&x))
    }

    fn speed(&mut self, at: Option<&At<f64>>, default_mm: f64, most_mm: f64) -> Option<f64> {
        let expected = format!("above 0, at most {most_mm}");
        let mm = self.number_or(at, default_mm, &expected, |x| x > 0.0 && x <= most_mm)?;
        Some(mm / 1000.0)
    }
}

fn word(raw: &RawSkill) -> &'static str {
    match raw {
        RawSkill::Reach(_) => "reach",
        RawSkill::Line(_) => "line",
        RawSkill::Open(_) => "open",
        RawSkill::Close(_) => "close",
        RawSkill::Carry(_) => "carry",
        RawSkill::Insert(_) => "insert",
        RawSkill::Retreat(_) => "retreat",
        RawSkill::Aspirate(_) => "aspirate",
        RawSkill::Dispense(_) => "dispense",
        RawSkill::Wait(_) => "wait",
    }
}
