//! Stepping, and when to stop.

use glam::Vec3;
use rapier3d::dynamics::RigidBody;
use rapier3d::prelude::PhysicsWorld;

use super::build::{self, Mover};
use super::contact::{Apart, Contacts};
use super::robot::RobotBody;
use super::state::{BodyState, ContactState, RobotState};
use super::{SimulationError, plan, roll};
use crate::base::guard::quietly;
use crate::base::pose::Pose;
use crate::base::settling::{
    ESCAPE_M, REST_ANGULAR_RAD_PER_S, REST_LINEAR_M_PER_S, REST_SECS, Settling,
};
use crate::episode::spec::EpisodeSpec;
use crate::robot::Command;
use crate::robot::desc::RobotDesc;
use crate::scene::desc::{Bounds, SceneDesc};
use crate::scene::shapes::{Shapes, from_parry};

/// Where one robot's drives go in a control step, by joint.
pub struct Move {
    from: Vec<f64>,
    to: Vec<f64>,
}

/// One running episode.
pub struct World<'a> {
    spec: &'a EpisodeSpec,
    rapier: PhysicsWorld,
    /// By index in the episode: what physics moves.
    movers: Vec<Option<Mover>>,
    robots: Vec<RobotBody<'a>>,
    /// By index in the episode: robot and link.
    robot_links: Vec<Option<(usize, usize)>>,
    apart: Apart,
    contacts: Contacts,
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
    ///
    /// # Errors
    ///
    /// Robots of the episode that are not these.
    pub fn build(
        scene: &SceneDesc,
        shapes: &Shapes,
        robots: &'a [RobotDesc],
        spec: &'a EpisodeSpec,
    ) -> Result<Self, SimulationError> {
        let (mut rapier, movers) = build::world(scene, shapes, spec);
        let mut robot_links = vec![None; spec.objects.len()];
        let mut apart = Vec::new();
        let mut bodies = Vec::new();
        for (index, robot) in spec.robots.iter().enumerate() {
            let desc = plan::robot(robots, spec, index)?;
            for (link, object) in robot.links.iter().enumerate() {
                if let Some(object) = object {
                    robot_links[*object as usize] = Some((index, link));
                }
            }
            let pairs = desc.no_contact.iter();
            apart.extend(pairs.filter_map(|&(a, b)| Some((robot.links[a]?, robot.links[b]?))));
            let body = RobotBody::build(&mut rapier, scene, shapes, desc, robot);
            bodies.push(body);
        }
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
        Ok(Self {
            spec,
            rapier,
            movers,
            robots: bodies,
            robot_links,
            apart: Apart::new(apart),
            contacts: Contacts::default(),
            escaped: Vec::new(),
            limits,
            steps: 0,
            slow_steps: 0,
            rest_steps: libm::ceil(REST_SECS / spec.physics.timestep_secs) as u64,
        })
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
    ///
    /// # Errors
    ///
    /// Physics that becomes non-finite; there is no next step then.
    pub fn step(&mut self) -> Result<(), SimulationError> {
        // Where numbers become non-finite within a step, rapier's clamps assert.
        let stepped = quietly(|| self.rapier.step_with_events(&self.apart, &()));
        self.steps += 1;
        if stepped.is_none() {
            let robot = self.spec.robots.first();
            return Err(self.diverged(robot.map_or("something".into(), |r| r.name.clone())));
        }
        self.check_finite()?;
        for robot in &self.robots {
            robot.rest(&mut self.rapier);
        }
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
        (0..self.spec.objects.len())
            .map(|index| self.pose(index))
            .collect()
    }

    /// Now, of one object, by index in the episode.
    pub fn pose(&self, index: usize) -> Pose {
        match (self.movers[index], self.robot_links[index]) {
            (Some(mover), _) => from_parry(self.rapier.bodies[mover.body].position()),
            (None, Some((robot, link))) => self.world_from_link(robot, link),
            (None, None) => self.spec.objects[index].world_from_object,
        }
    }

    /// What the plunger of a robot has drawn, µL; `None` if it is no pipette.
    pub fn plunger_ul(&self, robot: usize) -> Option<f64> {
        let body = &self.robots[robot];
        let gripper = body.desc.control.gripper.as_ref()?;
        let (positions, _) = body.positions(&self.rapier);
        let drawn = (positions[gripper.joint] - gripper.closed) / (gripper.open - gripper.closed);
        Some(gripper.volume_ul? * drawn)
    }

    /// `world_from_tool` of a robot.
    pub fn world_from_tool(&self, robot: usize) -> Pose {
        self.world_from_link(robot, self.robots[robot].desc.control.tool)
    }

    /// Where a link of a robot is, by their indices.
    pub fn world_from_link(&self, robot: usize, link: usize) -> Pose {
        self.robots[robot].world_from_link(&self.rapier, link)
    }

    /// Now, by index in the episode; what does not move is at rest.
    pub fn body_states(&self) -> Vec<BodyState> {
        let bodies = self.poses().into_iter().enumerate();
        bodies
            .map(|(index, world_from_object)| {
                let robot = self.robot_links[index].map(|(r, link)| self.robots[r].body_of(link));
                let body = self.movers[index].map(|m| m.body).or(robot);
                let body = body.map(|b| &self.rapier.bodies[b]);
                BodyState {
                    world_from_object,
                    linear_m_per_s: body.map_or(Vec3::ZERO, |b| b.linvel()),
                    angular_rad_per_s: body.map_or(Vec3::ZERO, |b| b.angvel()),
                }
            })
            .collect()
    }

    /// Now, by robot.
    pub fn robot_states(&self) -> Vec<RobotState> {
        let robots = self.robots.iter();
        robots
            .map(|robot| {
                let (positions, speeds) = robot.positions(&self.rapier);
                let control = &robot.desc.control;
                let gripper = control.gripper.as_ref();
                let fingers: Vec<u32> = (gripper.iter())
                    .flat_map(|g| &g.fingers)
                    .filter_map(|&link| robot.spec.links[link])
                    .collect();
                RobotState {
                    open_fraction: gripper.map_or(1.0, |g| {
                        ((positions[g.joint] - g.closed) / (g.open - g.closed)).clamp(0.0, 1.0)
                    }),
                    held: self.contacts.held_between(&fingers),
                    world_from_tool: robot.world_from_link(&self.rapier, control.tool),
                    positions,
                    speeds,
                }
            })
            .collect()
    }

    /// What the drives of a robot go to, by joint.
    pub fn targets(&self, robot: usize) -> &[f64] {
        self.robots[robot].targets()
    }

    /// Where each robot's drives go in a control step of `secs`: (from, to) by joint; and how
    /// many targets were cut to what the joints can do.
    pub fn plan_moves(&self, commands: &[Command], secs: f64) -> (Vec<Move>, u32) {
        let mut cut = 0;
        let robots = self.robots.iter().zip(commands);
        let moves = robots.map(|(robot, command)| {
            let control = &robot.desc.control;
            let from = robot.targets().to_vec();
            let mut to = from.clone();
            for (&joint, &target) in control.arm.iter().zip(&command.arm) {
                to[joint] = target;
            }
            if let Some(gripper) = &control.gripper {
                let open = command.open_fraction.clamp(0.0, 1.0);
                cut += u32::from(open != command.open_fraction);
                to[gripper.joint] = gripper.closed + (gripper.open - gripper.closed) * open;
            }
            for (index, joint) in robot.desc.joints.iter().enumerate() {
                let reach = joint.max_speed * secs;
                let (low, high) = joint.range;
                let wanted = if to[index].is_finite() {
                    to[index]
                } else {
                    from[index]
                };
                let possible = wanted
                    .clamp(from[index] - reach, from[index] + reach)
                    .clamp(low, high);
                let is_gripper = control.gripper.as_ref().is_some_and(|g| g.joint == index);
                // Fingers close as fast as they can: that is no mistake.
                if (possible - to[index]).abs() > 1e-9 && !is_gripper || !to[index].is_finite() {
                    cut += 1;
                }
                to[index] = possible;
            }
            Move { from, to }
        });
        let moves = moves.collect();
        (moves, cut)
    }

    /// Sets the drives to what a fraction of the way asks for.
    pub fn drive(&mut self, moves: &[Move], fraction: f64, secs: f64) {
        for (robot, Move { from, to }) in self.robots.iter_mut().zip(moves) {
            let joints = from.iter().zip(to);
            let (targets, speeds): (Vec<f64>, Vec<f64>) = joints
                .map(|(from, to)| (from + (to - from) * fraction, (to - from) / secs))
                .unzip();
            robot.drive(&mut self.rapier, &targets, &speeds);
        }
    }

    /// Adds the contacts of the last step to those of the control step.
    pub fn note_contacts(&mut self) {
        let dt = self.rapier.integration_parameters.dt;
        self.contacts.add(&self.rapier, dt);
    }

    /// Begins the contacts of a control step.
    pub fn forget_contacts(&mut self) {
        self.contacts.clear();
    }

    /// Of the control step so far.
    pub fn contacts(&self) -> Vec<ContactState> {
        self.contacts.states()
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
        let broken = |body: &RigidBody| !body.position().is_finite() || !body.vels().is_finite();
        let non_finite = self
            .moving_bodies()
            .filter(|(_, body)| broken(body))
            .map(|(index, _)| index);
        let links = self.robots.iter().flat_map(|robot| robot.bodies());
        let links = links
            .map(|body| &self.rapier.bodies[body])
            .filter(|body| broken(body))
            .map(|body| body.user_data as usize);
        match reported.chain(non_finite).chain(links).min() {
            None => Ok(()),
            Some(index) => Err(self.diverged(self.name(index))),
        }
    }

    fn diverged(&self, object: String) -> SimulationError {
        SimulationError::Diverged {
            object,
            time_secs: self.steps as f64 * self.spec.physics.timestep_secs,
        }
    }

    fn name(&self, index: usize) -> String {
        let object = self.spec.objects.get(index);
        object.map_or_else(|| "a link of a robot".into(), |o| o.name.clone())
    }
}

fn is_slow(body: &RigidBody) -> bool {
    body.is_sleeping()
        || (body.linvel().length() < REST_LINEAR_M_PER_S
            && body.angvel().length() < REST_ANGULAR_RAD_PER_S)
}
