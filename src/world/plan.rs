//! The times of an episode, in steps.

use super::SimulationError;
use crate::episode::spec::{EpisodeSpec, LiquidsSpec};
use crate::robot::desc::RobotDesc;
use crate::scene::desc::SceneDesc;

/// Longer episodes are taken for mistakes: over an hour at 240 steps a second.
const MAX_STEPS: u64 = 1_000_000;

/// The engine limits speeds and would quietly stand still under more.
const MAX_GRAVITY_M_PER_S2: f32 = 1000.0;

/// Of a step, by which a time may miss a multiple: decimal fractions in files.
const SLACK: f64 = 0.01;

/// An episode's times in steps, checked.
pub struct Plan {
    /// At most.
    pub settle_steps: u64,
    /// From the end of settling to each frame; ascending.
    pub frames: Vec<u64>,
    pub flow_steps: u64,
}

impl Plan {
    /// Checks the whole episode against the scene.
    pub fn of(scene: &SceneDesc, spec: &EpisodeSpec) -> Result<Self, SimulationError> {
        for (i, object) in spec.objects.iter().enumerate() {
            let pose = &object.world_from_object;
            if object.object.index() >= scene.objects.len() {
                return Err(bad(
                    format!("objects[{i}].object"),
                    object.object.0,
                    format!("an index below {}", scene.objects.len()),
                ));
            }
            if !pose.is_finite() || (pose.rotation.length_squared() - 1.0).abs() > 1e-3 {
                return Err(bad(
                    format!("objects[{i}].world_from_object"),
                    format!("{pose:?}"),
                    "finite numbers and a unit quaternion",
                ));
            }
        }
        if let Some(liquids) = &spec.liquids {
            check_liquids(liquids, spec.objects.len())?;
        }
        let physics = &spec.physics;
        let gravity = physics.gravity_m_per_s2;
        if !gravity.is_finite() || gravity.length() > MAX_GRAVITY_M_PER_S2 {
            let expected = format!("finite numbers, at most {MAX_GRAVITY_M_PER_S2} m/s² together");
            return Err(bad("physics.gravity_m_per_s2", gravity, expected));
        }
        let dt = physics.timestep_secs;
        if !(1e-5..=0.1).contains(&dt) {
            let expected = "0.00001 to 0.1 seconds";
            return Err(bad("physics.timestep_secs", dt, expected));
        }
        let flow_steps = multiple("physics.flow_secs", physics.flow_secs, dt)?;
        let mut frames = Vec::with_capacity(spec.frames.len());
        for (i, frame) in spec.frames.iter().enumerate() {
            let place = format!("frames[{i}].after_settling_secs");
            let steps = multiple(&place, frame.after_settling_secs, dt)?;
            if frames.last().is_some_and(|&last| steps < last) {
                let expected = "no earlier than the frame before";
                return Err(bad(place, frame.after_settling_secs, expected));
            }
            frames.push(steps);
        }
        Ok(Self {
            settle_steps: steps("physics.settle_secs", physics.settle_secs, dt)? as u64,
            frames,
            flow_steps,
        })
    }

    /// When poses are needed, in steps from the end of settling; ascending.
    pub fn steps_to_record(&self) -> Vec<u64> {
        let with_flow = self.frames.iter().flat_map(|&s| [s, s + self.flow_steps]);
        let mut steps: Vec<u64> = with_flow.collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

/// The robot that `spec.robots[index]` is, checked against it.
pub fn robot<'a>(
    robots: &'a [RobotDesc],
    spec: &EpisodeSpec,
    index: usize,
) -> Result<&'a RobotDesc, SimulationError> {
    let robot = &spec.robots[index];
    let place = |field: &str| format!("robots[{index}].{field}");
    let Some(desc) = robots.get(robot.robot as usize) else {
        let expected = format!("an index below {}", robots.len());
        return Err(bad(place("robot"), robot.robot, expected));
    };
    if robot.start.len() != desc.joints.len() || !robot.start.iter().all(|x| x.is_finite()) {
        let expected = format!("{} finite numbers", desc.joints.len());
        return Err(bad(place("start"), format!("{:?}", robot.start), expected));
    }
    let objects = spec.objects.len();
    let links = robot.links.iter().flatten();
    if robot.links.len() != desc.links.len() || links.into_iter().any(|&o| o as usize >= objects) {
        let expected = format!("{} indices below {objects}, or none", desc.links.len());
        return Err(bad(place("links"), format!("{:?}", robot.links), expected));
    }
    if !robot.world_from_base.is_finite() {
        let found = format!("{:?}", robot.world_from_base);
        return Err(bad(place("world_from_base"), found, "finite numbers"));
    }
    Ok(desc)
}

fn check_liquids(liquids: &LiquidsSpec, objects: usize) -> Result<(), SimulationError> {
    for (i, color) in liquids.colors.iter().enumerate() {
        if !color.iter().all(|channel| (0.0..=1.0).contains(channel)) {
            let found = format!("{color:?}");
            return Err(bad(format!("liquids.colors[{i}]"), found, "0 to 1 each"));
        }
    }
    for (i, vessel) in liquids.vessels.iter().enumerate() {
        let place = |field: &str| format!("liquids.vessels[{i}].{field}");
        if let Some(owner) = vessel.owner.filter(|&owner| owner as usize >= objects) {
            let expected = format!("an index below {objects}");
            return Err(bad(place("owner"), owner, expected));
        }
        let kinds = liquids.names.len();
        if let Some(liquid) = vessel.liquid.filter(|&liquid| liquid as usize >= kinds) {
            let expected = format!("an index below {kinds}");
            return Err(bad(place("liquid"), liquid, expected));
        }
        let [x, y] = vessel.half_size_m;
        for (field, size) in [
            ("half_size_m", x),
            ("half_size_m", y),
            ("depth_m", vessel.depth_m),
            ("capacity_ul", vessel.capacity_ul),
        ] {
            if !(size > 0.0 && size.is_finite()) {
                return Err(bad(place(field), size, "a finite number above 0"));
            }
        }
        if !(0.0..=vessel.capacity_ul).contains(&vessel.start_ul) {
            let expected = format!("0 to its capacity, {}", vessel.capacity_ul);
            return Err(bad(place("start_ul"), vessel.start_ul, expected));
        }
        if !vessel.owner_from_floor.is_finite() {
            let found = format!("{:?}", vessel.owner_from_floor);
            return Err(bad(place("owner_from_floor"), found, "finite numbers"));
        }
    }
    Ok(())
}

/// A time in steps, any fraction.
fn steps(place: &str, secs: f64, dt: f64) -> Result<f64, SimulationError> {
    let most = MAX_STEPS as f64 * dt;
    if !(0.0..=most).contains(&secs) {
        return Err(bad(place, secs, format!("0 to {most} seconds")));
    }
    Ok(secs / dt + SLACK)
}

fn multiple(place: &str, secs: f64, dt: f64) -> Result<u64, SimulationError> {
    let steps = steps(place, secs, dt)?;
    if steps.fract() > 2.0 * SLACK {
        let expected = format!("a multiple of the time step, {dt} seconds");
        return Err(bad(place, secs, expected));
    }
    Ok(steps as u64)
}

fn bad(
    place: impl Into<String>,
    found: impl ToString,
    expected: impl Into<String>,
) -> SimulationError {
    SimulationError::BadSpec {
        place: place.into(),
        found: found.to_string(),
        expected: expected.into(),
    }
}
