//! [`EpisodeSpec`] → rapier → [`FrameSnapshot`]s: the only place that knows the physics engine's
//! state.
//!
//! One world an episode, on one thread; nothing but the arguments decides a bit of the result.

mod build;
mod contact;
mod filling;
pub mod liquid;
mod plan;
mod robot;
mod roll;
pub mod session;
mod settings;
pub mod state;
mod step;

use crate::base::frame::{FrameSnapshot, InstanceSnapshot};
use crate::base::ids::InstanceId;
use crate::base::pose::Pose;
use crate::episode::spec::EpisodeSpec;
use crate::scene::desc::SceneDesc;
use crate::scene::shapes::Shapes;
use plan::Plan;
use step::World;

pub use crate::base::settling::Settling;

/// What an episode shows, and how its objects came to rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// One for each of [`EpisodeSpec::frames`].
    pub frames: Vec<FrameSnapshot>,
    pub settling: Settling,
}

/// Why an episode cannot be simulated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SimulationError {
    /// The numbers of the episode, or the episode and the scene, do not fit together.
    #[error("the episode cannot be simulated: {place}: found {found}, expected {expected}")]
    BadSpec {
        /// Such as `objects[3].world_from_object`.
        place: String,
        found: String,
        expected: String,
    },
    /// Physics became non-finite.
    #[error("physics diverged at {time_secs:.4} s after release: object {object:?}")]
    Diverged {
        /// The first object concerned.
        object: String,
        /// Since release.
        time_secs: f64,
    },
}

/// Releases the objects of an episode, lets them settle, and takes its frames.
///
/// Frames are poses read from one trajectory: which frames are asked for, and their optical
/// flow, change nothing in the motion. Once everything is at rest it stays exactly where it is.
/// `time_secs` of a frame counts from release.
///
/// # Errors
///
/// An episode that does not fit the scene, times that are no multiples of the time step, and
/// physics that becomes non-finite.
pub fn simulate(
    scene: &SceneDesc,
    shapes: &Shapes,
    spec: &EpisodeSpec,
) -> Result<Simulated, SimulationError> {
    let plan = Plan::of(scene, spec)?;
    let mut world = World::build(scene, shapes, &[], spec)?;
    while world.steps() < plan.settle_steps && !world.at_rest() {
        world.step()?;
    }
    let mut settling = world.settling();

    let released = world.steps();
    let mut poses = Vec::new();
    for steps in plan.steps_to_record() {
        while world.steps() < released + steps && !world.at_rest() {
            world.step()?;
        }
        poses.push((steps, world.poses()));
    }
    settling.escaped = world.escaped();

    let poses_at = |steps: u64| {
        let i = poses.binary_search_by_key(&steps, |(s, _)| *s);
        &poses[i.expect("every step of the plan is recorded")].1
    };
    let frames = spec.frames.iter().zip(&plan.frames);
    let frames = frames.map(|(frame, &at)| FrameSnapshot {
        time_secs: (released + at) as f64 * spec.physics.timestep_secs,
        flow_secs: spec.physics.flow_secs,
        instances: instances(spec, poses_at(at), poses_at(at + plan.flow_steps)),
        lights: spec.lights.iter().chain(&frame.lights).cloned().collect(),
        cameras: frame.cameras.clone(),
    });
    Ok(Simulated {
        frames: frames.collect(),
        settling,
    })
}

fn instances(spec: &EpisodeSpec, now: &[Pose], next: &[Pose]) -> Vec<InstanceSnapshot> {
    let objects = spec.objects.iter().zip(now).zip(next).enumerate();
    objects
        .map(|(i, ((object, &now), &next))| InstanceSnapshot {
            id: InstanceId::of_index(i),
            object: object.object,
            class: object.class,
            world_from_instance: now,
            world_from_instance_next: next,
            looks: object.looks.clone(),
            fillings: None,
        })
        .collect()
}
