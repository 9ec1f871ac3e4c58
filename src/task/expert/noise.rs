//! What makes no two demonstrations alike: seeded, and nothing of it where things touch.

use glam::DVec3;

use crate::base::seed::{SeedPath, SeedRng};
use crate::robot::desc::Rigid;

/// At level 1: standard deviation of the middle of a way, metres and radians.
const BUMP_M: f64 = 0.012;
const BUMP_RAD: f64 = 0.04;
/// At level 1: how much slower a motion can be.
const SLOWER: f64 = 0.35;
/// At level 1: how often there is a pause before a step, and how long at most.
const PAUSE_CHANCE: f64 = 0.15;
const PAUSE_SECS: f64 = 0.4;
/// At level 1: how often a motion goes astray first, and how far.
const ASTRAY_CHANCE: f64 = 0.15;
const ASTRAY_M: (f64, f64) = (0.015, 0.04);

/// Draws for one attempt at one step.
pub struct Noise {
    level: f64,
    stream: SeedPath,
}

impl Noise {
    /// Level 0 changes nothing.
    pub fn new(level: f64, stream: SeedPath) -> Self {
        Self { level, stream }
    }

    fn rng(&self, name: &str) -> SeedRng {
        self.stream.child(name).rng()
    }

    /// Factor on the speed, 0.3 … 1.
    pub fn pace(&self) -> f64 {
        (1.0 - self.level * SLOWER * self.rng("pace").unit()).max(0.3)
    }

    /// Seconds to pause before the step.
    pub fn pause_secs(&self) -> f64 {
        let mut rng = self.rng("pause");
        let chance = (self.level * PAUSE_CHANCE).min(1.0);
        let (draw, share) = (rng.unit(), rng.unit());
        if draw < chance {
            share * PAUSE_SECS
        } else {
            0.0
        }
    }

    /// Bends a way of the tool. Nothing changes at its ends, and it is never bent downwards.
    pub fn bend(&self, poses: &mut [Rigid]) {
        if self.level == 0.0 {
            return;
        }
        let mut rng = self.rng("bend");
        let mut draw = |scale: f64| {
            let [x, y, z] = std::array::from_fn(|_| rng.normal().clamp(-2.5, 2.5));
            DVec3::new(x, y, z) * scale * self.level
        };
        let (mut shift, tilt) = (draw(BUMP_M), draw(BUMP_RAD));
        shift.z = shift.z.abs();
        let angle = tilt.length();
        let last = poses.len().saturating_sub(1).max(1) as f64;
        for (i, pose) in poses.iter_mut().enumerate() {
            let share = bump(i as f64 / last);
            pose.translation_m += share * shift;
            if angle > 0.0 {
                let turn = crate::robot::kinematics::turn(tilt / angle, share * angle);
                pose.rotation = (turn * pose.rotation).normalize();
            }
        }
    }

    /// Bends a way in joint space. Nothing changes at its ends.
    pub fn bend_joints(
        &self,
        way: &mut [Vec<f64>],
        joints: &[usize],
        range: impl Fn(usize) -> (f64, f64),
    ) {
        if self.level == 0.0 {
            return;
        }
        let last = way.len().saturating_sub(1).max(1) as f64;
        for &joint in joints {
            let mut rng = self.stream.child("bend").index(joint as u64).rng();
            let size = rng.normal().clamp(-2.5, 2.5) * BUMP_RAD * self.level;
            let (low, high) = range(joint);
            for (i, q) in way.iter_mut().enumerate() {
                let bent = q[joint] + bump(i as f64 / last) * size;
                q[joint] = bent.max(low.min(q[joint])).min(high.max(q[joint]));
            }
        }
    }

    /// A horizontal way off from where a motion should end, before it recovers; seldom.
    pub fn astray(&self) -> Option<DVec3> {
        let mut rng = self.rng("astray");
        let draw = rng.unit();
        let angle = rng.uniform(0.0, std::f64::consts::TAU);
        let far = rng.uniform(ASTRAY_M.0, ASTRAY_M.1);
        let (sin, cos) = libm::sincos(angle);
        let chance = (self.level * ASTRAY_CHANCE).min(1.0);
        (draw < chance).then(|| DVec3::new(cos * far, sin * far, 0.5 * far))
    }
}

/// 0 with no slope at both ends, 1 in the middle. Within the last fifth it is as good as nothing.
fn bump(share: f64) -> f64 {
    let s = 4.0 * share * (1.0 - share);
    s * s * s
}
