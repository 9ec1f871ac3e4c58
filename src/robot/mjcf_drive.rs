//! What couples and drives the joints of a MJCF model.

use std::collections::BTreeSet;

use mjcf_rs::Tristate;
use mjcf_rs::equality::Equality;
use mjcf_rs::extras::{Actuator, ActuatorKind};

use super::draft::MimicDraft;
use super::mjcf::Mjcf;
use crate::base::problem::did_you_mean;

/// Forces beyond this are "none".
const LARGE: f64 = 1e10;

impl Mjcf<'_> {
    /// Couplings of joints become mimics; what closes loops is left out.
    pub(super) fn equalities(&mut self) {
        let mut followed = BTreeSet::new();
        for equality in &self.model.equality {
            let coupling = match equality {
                Equality::Joint(coupling) => coupling,
                Equality::Connect(c) if !c.common.active => continue,
                Equality::Weld(w) if !w.common.active => continue,
                other => {
                    let (what, name) = match other {
                        Equality::Connect(c) => ("connect", &c.common.name),
                        Equality::Weld(w) => ("weld", &w.common.name),
                        Equality::Tendon(t) => ("tendon", &t.common.name),
                        Equality::Joint(j) => ("joint", &j.common.name),
                    };
                    let place = format!("equality {:?}", name.as_deref().unwrap_or(what));
                    let found = format!("a {what} constraint, which is left out");
                    self.read
                        .warning(&place, found, "couplings of joints only", "");
                    continue;
                }
            };
            if !coupling.common.active {
                continue;
            }
            // MuJoCo: the first joint follows the second.
            let (slave, master) = (&coupling.joint1, coupling.joint2.as_ref());
            let place = format!("equality of joint {slave:?}");
            let mut zero = |name: &str| {
                let found = self.refs.get(name).copied();
                if found.is_none() {
                    let remedy = did_you_mean(name, self.refs.keys().map(String::as_str))
                        .map_or(String::new(), |n| format!("did you mean {n:?}?"));
                    let found = format!("joint {name:?}, which does not exist");
                    self.read
                        .error(&place, found, "the name of a joint", &remedy);
                }
                found
            };
            let slave_zero = zero(slave);
            let master_zero = master.and_then(|m| zero(m));
            let (Some(y), Some(master)) = (slave_zero, master) else {
                if master.is_none() {
                    let found = format!("joint {slave:?} held at a constant, which is left out");
                    self.read
                        .warning(&place, found, "two joints", "make it a fixed part");
                }
                continue;
            };
            let Some(x) = master_zero else { continue };
            let [a0, a1, rest @ ..] = coupling.polycoef;
            if rest.iter().any(|c| *c != 0.0) {
                let found = "a coupling with powers above 1, which are left out";
                self.read
                    .warning(&place, found, "polycoef=\"offset factor 0 0 0\"", "");
            }
            self.finite(&place, [a0, a1].into_iter());
            if !followed.insert(slave.clone()) {
                self.read.error(
                    &place,
                    format!("a second coupling of joint {slave:?}"),
                    "one",
                    "",
                );
            }
            if let Some(joint) = self.joints.iter_mut().find(|j| j.name == *slave) {
                joint.mimic = Some(MimicDraft {
                    place,
                    joint: master.clone(),
                    multiplier: a1,
                    offset: y + a0 - a1 * x,
                });
            }
        }
    }

    /// Force limits of actuators limit their joints.
    pub(super) fn actuators(&mut self) {
        for (i, actuator) in self.model.actuators.iter().enumerate() {
            let Some(name) = &actuator.joint else {
                continue;
            };
            let place = match &actuator.name {
                Some(name) => format!("actuator {name:?}"),
                None => format!("actuator {i}"),
            };
            let Some(joint) = self.joints.iter_mut().find(|j| j.name == *name) else {
                // Reported where it stands.
                if self.model.joint_by_name(name).is_none() {
                    let names = self.joints.iter().map(|j| j.name.as_str());
                    let remedy = did_you_mean(name, names).map(|n| format!("did you mean {n:?}?"));
                    let found = format!("joint {name:?}, which does not exist");
                    self.read.error(
                        &place,
                        found,
                        "the name of a joint",
                        &remedy.unwrap_or_default(),
                    );
                }
                continue;
            };
            if let Some(force) = force_limit(actuator, self.model.compiler.autolimits)
                && force < LARGE
            {
                joint.max_effort = force;
            }
        }
    }
}

fn force_limit(actuator: &Actuator, autolimits: bool) -> Option<f64> {
    let gear = actuator.gear[0].abs();
    let largest = |[low, high]: [f64; 2]| low.abs().max(high.abs()) * gear;
    let limits = |limited: Tristate, range: Option<[f64; 2]>| {
        range.filter(|r| r[0] < r[1] && limited.resolve(autolimits, true))
    };
    if let Some(range) = limits(actuator.force_limited, actuator.force_range) {
        return Some(largest(range));
    }
    let gain = match actuator.kind {
        ActuatorKind::Motor => 1.0,
        ActuatorKind::General if actuator.bias_type.as_deref().unwrap_or("none") == "none" => {
            actuator.gainprm.first().copied().unwrap_or(1.0).abs()
        }
        _ => return None,
    };
    limits(actuator.ctrl_limited, actuator.ctrl_range).map(|range| largest(range) * gain)
}
