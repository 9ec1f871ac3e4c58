//! Stepping, and when to stop.

use rapier3d::dynamics::RigidBody;
use rapier3d::prelude::PhysicsWorld;

use super::build::{self, Mover};
use super::{SimulationError, roll};
use crate::base::pose::Pose;
use crate::base::settling::{
    ESCAPE_M, REST_ANGULAR_RAD_PER_S, REST_LINEAR_M_PER_S, REST_SECS, Settling,
};
use crate::episode::spec::EpisodeSpec;
use crate::scene::desc::{Bounds, SceneDesc};
use crate::scene::shapes::{Shapes, from_parry};

/// One running episode.
pub struct World<'a> {
    spec: &'a EpisodeSpec,
    rapier: PhysicsWorld,
    /// By index in the episode: what physics moves.
    movers: Vec<Option<Mover>>,
    /// Indices of what has left.
    escaped: Vec<usize>,
    limits: Bounds,
    steps: u64,
    /// Consecutive, with everything slow.
    slow_steps: u64,
    rest_steps: u64,
}

impl<'a> World<'a> {
    /// At release. Shapes, scene and episode fit together (see [`super::plan`]).
    pub fn build(scene: &SceneDesc, shapes: &Shapes, spec: &'a EpisodeSpec) -> Self {
        let (rapier, movers) = build::world(scene, shapes, spec);
        let mut limits = Bounds::EMPTY;
        for object in &spec.objects {
            limits.include(object.world_from_object.translation_m);
        }
        for (_, collider) in rapier.all_colliders() {
            let aabb = collider.compute_aabb();
            limits.include(aabb.mins);
            limits.include(aabb.maxs);
        }
        limits.min -= ESCAPE_M;
        limits.max += ESCAPE_M;
        Self {
            spec,
            rapier,
            movers,
            escaped: Vec::new(),
            limits,
            steps: 0,
            slow_steps: 0,
            rest_steps: libm::ceil(REST_SECS / spec.physics.timestep_secs) as u64,
        }
    }

    /// Since release.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether nothing will move any more.
    pub fn at_rest(&self) -> bool {
        self.slow_steps >= self.rest_steps || self.moving_bodies().next().is_none()
    }

    /// One time step.
    pub fn step(&mut self) -> Result<(), SimulationError> {
        self.rapier.step();
        self.steps += 1;
        self.check_finite()?;
        for index in 0..self.movers.len() {
            let Some(mover) = self.movers[index] else {
                continue;
            };
            let body = &self.rapier.bodies[mover.body];
            let position = body.translation();
            let inside =
                position.cmpge(self.limits.min).all() && position.cmple(self.limits.max).all();
            if !body.is_enabled() {
                continue;
            } else if inside {
                roll::resist(&mut self.rapier, mover.body, mover.radius_m);
            } else {
                self.rapier.bodies[mover.body].set_enabled(false);
                self.escaped.push(index);
            }
        }
        let slow = self.moving_bodies().all(|(_, body)| is_slow(body));
        self.slow_steps = if slow { self.slow_steps + 1 } else { 0 };
        Ok(())
    }

    /// Now, by index in the episode.
    pub fn poses(&self) -> Vec<Pose> {
        let objects = self.spec.objects.iter().zip(&self.movers);
        objects
            .map(|(object, mover)| match mover {
                Some(mover) => from_parry(self.rapier.bodies[mover.body].position()),
                None => object.world_from_object,
            })
            .collect()
    }

    /// As of now.
    pub fn settling(&self) -> Settling {
        let bodies = || self.moving_bodies().map(|(_, body)| body);
        Settling {
            at_rest: self.at_rest(),
            secs: self.steps as f64 * self.spec.physics.timestep_secs,
            fastest_m_per_s: f64::from(bodies().map(|b| b.linvel().length()).fold(0.0, f32::max)),
            fastest_rad_per_s: f64::from(bodies().map(|b| b.angvel().length()).fold(0.0, f32::max)),
            moving: self
                .moving_bodies()
                .filter(|(_, body)| !is_slow(body))
                .map(|(index, _)| self.name(index))
                .collect(),
            escaped: self.escaped(),
        }
    }

    /// Names of what has left by now, in order of instance id.
    pub fn escaped(&self) -> Vec<String> {
        let mut indices = self.escaped.clone();
        indices.sort_unstable();
        indices.into_iter().map(|i| self.name(i)).collect()
    }

    /// Dynamic and still in the scene.
    fn moving_bodies(&self) -> impl Iterator<Item = (usize, &RigidBody)> {
        let movers = self.movers.iter().enumerate();
        movers
            .filter_map(|(i, mover)| Some((i, &self.rapier.bodies[(*mover)?.body])))
            .filter(|(_, body)| body.is_enabled())
    }

    /// rapier disables what becomes non-finite, and says so; the poses are looked at all the same.
    fn check_finite(&self) -> Result<(), SimulationError> {
        let quarantine = self.rapier.quarantine();
        let colliders = quarantine.colliders().iter();
        let parents = colliders.filter_map(|&c| self.rapier.colliders[c].parent());
        let reported = quarantine.bodies().iter().copied().chain(parents);
        let reported = reported.map(|body| self.rapier.bodies[body].user_data as usize);
        let non_finite = self
            .moving_bodies()
            .filter(|(_, body)| !body.position().is_finite() || !body.vels().is_finite())
            .map(|(index, _)| index);
        match reported.chain(non_finite).min() {
            None => Ok(()),
            Some(index) => Err(SimulationError::Diverged {
                object: self.name(index),
                time_secs: self.steps as f64 * self.spec.physics.timestep_secs,
            }),
        }
    }

    fn name(&self, index: usize) -> String {
        self.spec.objects[index].name.clone()
    }
}

fn is_slow(body: &RigidBody) -> bool {
    body.is_sleeping()
        || (body.linvel().length() < REST_LINEAR_M_PER_S
            && body.angvel().length() < REST_ANGULAR_RAD_PER_S)
}
