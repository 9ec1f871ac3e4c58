//! Forces between pairs of instances, summed over the physics steps of one control step.

use std::collections::BTreeMap;

use glam::Vec3;
use rapier3d::geometry::{ContactPair, SolverFlags};
use rapier3d::prelude::{ColliderHandle, PairFilterContext, PhysicsHooks, PhysicsWorld};

use super::state::ContactState;
use crate::base::ids::InstanceId;

/// Weaker contacts are none, newtons.
pub const LEAST_FORCE_N: f32 = 1e-4;

/// Pairs of instances that never touch: neighbouring links.
#[derive(Default)]
pub struct Apart {
    /// Indices in the episode, smaller first; sorted.
    pairs: Vec<(u32, u32)>,
}

impl Apart {
    /// Of these pairs, in any order.
    pub fn new(pairs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let sorted = pairs.into_iter().map(|(a, b)| (a.min(b), a.max(b)));
        let mut pairs: Vec<_> = sorted.collect();
        pairs.sort_unstable();
        Self { pairs }
    }
}

impl PhysicsHooks for Apart {
    fn filter_contact_pair(&self, context: &PairFilterContext<'_>) -> Option<SolverFlags> {
        let index = |c: ColliderHandle| context.colliders[c].user_data as u32;
        let (a, b) = (index(context.collider1), index(context.collider2));
        let apart = self.pairs.binary_search(&(a.min(b), a.max(b))).is_ok();
        (!apart).then(SolverFlags::default)
    }
}

/// What one pair did to each other.
#[derive(Clone, Copy, Default)]
struct Touch {
    sum_n: f32,
    peak_n: f32,
    /// Force-weighted sum of the normals, from the first to the second.
    normal: Vec3,
}

/// The contacts of one control step in the making.
#[derive(Default)]
pub struct Contacts {
    pairs: BTreeMap<(u32, u32), Touch>,
    steps: u32,
}

impl Contacts {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.pairs.clear();
        self.steps = 0;
    }

    /// Adds what the last physics step, of `dt` seconds, did.
    pub fn add(&mut self, world: &PhysicsWorld, dt: f32) {
        self.steps += 1;
        let mut step: BTreeMap<(u32, u32), Touch> = BTreeMap::new();
        for pair in world.contact_pairs() {
            let impulse = pair.total_impulse_magnitude();
            if !(impulse > LEAST_FORCE_N * dt) {
                continue;
            }
            let index = |c: ColliderHandle| world.colliders[c].user_data as u32;
            let (a, b) = (index(pair.collider1), index(pair.collider2));
            let force = impulse / dt;
            let normal = normal_sum(pair) / dt;
            let (key, normal) = if a <= b {
                ((a, b), normal)
            } else {
                ((b, a), -normal)
            };
            let touch = step.entry(key).or_default();
            touch.sum_n += force;
            touch.normal += normal;
        }
        for (key, now) in step {
            let touch = self.pairs.entry(key).or_default();
            touch.sum_n += now.sum_n;
            touch.peak_n = touch.peak_n.max(now.sum_n);
            touch.normal += now.normal;
        }
    }

    /// In order of instance ids.
    pub fn states(&self) -> Vec<ContactState> {
        let states = self.pairs.iter().map(|(&(a, b), touch)| ContactState {
            instances: (
                InstanceId::of_index(a as usize),
                InstanceId::of_index(b as usize),
            ),
            force_n: touch.sum_n / self.steps.max(1) as f32,
            peak_force_n: touch.peak_n,
        });
        states.collect()
    }

    /// What these fingers (indices in the episode) hold: touched by two of them from opposite
    /// sides; the one held hardest.
    pub fn held_between(&self, fingers: &[u32]) -> Option<InstanceId> {
        // By what is touched: force vector of each finger on it.
        let mut grips: BTreeMap<u32, Vec<Vec3>> = BTreeMap::new();
        for (&(a, b), touch) in &self.pairs {
            let (other, push) = match (fingers.contains(&a), fingers.contains(&b)) {
                (true, false) => (b, touch.normal),
                (false, true) => (a, -touch.normal),
                _ => continue,
            };
            grips.entry(other).or_default().push(push);
        }
        let grip = |pushes: &[Vec3]| {
            let mut best: f32 = 0.0;
            for (i, a) in pushes.iter().enumerate() {
                for b in &pushes[i + 1..] {
                    if a.dot(*b) < -0.5 * a.length() * b.length() {
                        best = best.max(a.length().min(b.length()));
                    }
                }
            }
            best
        };
        let grips = grips.iter().map(|(&other, pushes)| (grip(pushes), other));
        let best = grips.filter(|(force, _)| *force > 0.0);
        best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, other)| InstanceId::of_index(other as usize))
    }
}

/// Impulse-weighted sum of a pair's normals, from the first collider to the second.
fn normal_sum(pair: &ContactPair) -> Vec3 {
    let manifolds = pair.manifolds().iter();
    manifolds
        .map(|m| {
            let impulse: f32 = m.points.iter().map(|p| p.data.impulse).sum();
            m.data.normal * impulse
        })
        .sum()
}
