//! What a running world shows of itself: the truth that tasks judge by and policies observe a
//! part of.

use glam::Vec3;

use super::liquid::LiquidState;
use crate::base::ids::InstanceId;
use crate::base::pose::Pose;

/// Everything at one moment, on the boundary of two control steps.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldState {
    /// Since the episode's start: the end of settling.
    pub time_secs: f64,
    /// By instance id − 1; robot links are among them.
    pub bodies: Vec<BodyState>,
    /// By index in [`crate::episode::spec::EpisodeSpec::robots`].
    pub robots: Vec<RobotState>,
    /// Touching pairs, each once, in order of their instance ids.
    pub contacts: Vec<ContactState>,
    /// If the episode has liquids.
    pub liquids: Option<LiquidState>,
}

/// Where a rigid body is and how it moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyState {
    pub world_from_object: Pose,
    /// Of the centre of mass, m/s.
    pub linear_m_per_s: Vec3,
    /// rad/s, world frame.
    pub angular_rad_per_s: Vec3,
}

/// A robot's own state.
#[derive(Clone, Debug, PartialEq)]
pub struct RobotState {
    /// rad or m, by joint of the [`crate::robot::desc::RobotDesc`]; 0 for fixed joints.
    pub positions: Vec<f64>,
    /// rad/s or m/s, by joint.
    pub speeds: Vec<f64>,
    pub world_from_tool: Pose,
    /// 0 closed … 1 open; 1 without a gripper.
    pub open_fraction: f64,
    /// What both fingers touch from opposite sides, if anything.
    pub held: Option<InstanceId>,
}

/// Two bodies that touch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContactState {
    /// Smaller id first.
    pub instances: (InstanceId, InstanceId),
    /// Sum of the normal forces, newtons, mean over the last control step.
    pub force_n: f32,
    /// Largest in a physics step of the last control step, newtons.
    pub peak_force_n: f32,
}

impl WorldState {
    /// The body of an instance.
    pub fn body(&self, instance: InstanceId) -> Option<&BodyState> {
        self.bodies.get(instance.object_index()?)
    }

    /// The contact of two instances, in either order.
    pub fn contact(&self, a: InstanceId, b: InstanceId) -> Option<&ContactState> {
        let pair = if a < b { (a, b) } else { (b, a) };
        self.contacts.iter().find(|c| c.instances == pair)
    }
}
