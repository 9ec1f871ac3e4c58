//! What a policy sees: an adapter's entries, filled in from a running episode.

use glam::{DMat3, DQuat};

use super::adapter::{AdapterDesc, CameraRef, InputSource, NumberSource, Quantity};
use super::exchange::{Input, Observation, Picture};
use crate::base::camera::CameraSpec;
use crate::base::frame::FrameSnapshot;
use crate::base::image::{Plane, PlaneSet};
use crate::base::problem::{Problem, Problems};
use crate::episode::spec::EpisodeSpec;
use crate::render::{Scratch, Sequence, ViewOptions};
use crate::robot::desc::Rigid;
use crate::robot::kinematics::rotation_vector;
use crate::sense::sensor::{self, Reflectances};
use crate::task::cameras::{Cameras, camera_names};
use crate::task::rollout::{Moment, Stage};

/// Colour samples a pixel.
const SAMPLES: u32 = 4;

/// An adapter's entries, looked up in a task.
#[derive(Clone, Debug)]
pub struct Eyes {
    entries: Vec<(Vec<String>, Entry)>,
    cameras: Vec<Cameras>,
}

#[derive(Clone, Debug)]
enum Entry {
    /// Index into the cameras.
    Picture {
        camera: usize,
        size_px: (u32, u32),
        channels_first: bool,
    },
    /// Robot, object (if any), and what.
    Numbers(Vec<(usize, Option<usize>, Quantity)>),
    Instruction,
}

impl Eyes {
    /// Looks everything up.
    ///
    /// # Errors
    ///
    /// Cameras, robots and objects that the task does not have; all at once.
    pub fn new(adapter: &AdapterDesc, stage: &Stage<'_>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut eyes = Self {
            entries: Vec::new(),
            cameras: Vec::new(),
        };
        for input in &adapter.inputs {
            let place = format!("input {}", input.key.join("/"));
            let mut problem = |found: String, expected: String| {
                let name = &adapter.name;
                let remedy = format!("adapt a copy of it to task `{}`", stage.task.name);
                problems.push(Problem::error(name, &place, found, expected, remedy));
            };
            let entry = match &input.source {
                InputSource::Instruction => Entry::Instruction,
                InputSource::Camera {
                    camera,
                    size_px,
                    channels_first,
                } => {
                    let name = match named(camera, stage) {
                        Ok(name) => name,
                        Err((found, expected)) => {
                            problem(found, expected);
                            continue;
                        }
                    };
                    let natural = Cameras::choose(stage, std::slice::from_ref(&name), None)?;
                    let (_, width, height) = natural.sizes(stage).remove(0);
                    let fitted = fit((width, height), *size_px);
                    eyes.cameras
                        .push(Cameras::choose(stage, &[name], Some(fitted))?);
                    Entry::Picture {
                        camera: eyes.cameras.len() - 1,
                        size_px: *size_px,
                        channels_first: *channels_first,
                    }
                }
                InputSource::Numbers(sources) => {
                    let looked_up = sources.iter().map(|source| {
                        let robot = robot_of(source, stage)?;
                        let object = object_of(source, stage)?;
                        if matches!(source.quantity, Quantity::Fingers) {
                            let robot = &stage.robots[stage.task.robots[robot].robot];
                            let hand = robot.control.gripper.as_ref();
                            if hand.is_none_or(|g| g.opening_m <= 0.0) {
                                let found = format!("{}, which has no fingers", robot.name);
                                return Err((found, "a robot with two fingers".to_owned()));
                            }
                        }
                        Ok((robot, object, source.quantity.clone()))
                    });
                    match looked_up.collect::<Result<Vec<_>, _>>() {
                        Ok(numbers) => Entry::Numbers(numbers),
                        Err((found, expected)) => {
                            problem(found, expected);
                            continue;
                        }
                    }
                }
            };
            eyes.entries.push((input.key.clone(), entry));
        }
        match problems.has_errors() {
            true => Err(problems),
            false => Ok(eyes),
        }
    }

    /// Whether pictures are among it.
    pub fn sees(&self) -> bool {
        !self.cameras.is_empty()
    }

    /// What is to be rendered now, before the state moves on.
    pub fn snapshot(&self, spec: &EpisodeSpec, moment: &Moment<'_>) -> FrameSnapshot {
        let cameras = self.cameras.iter();
        let cameras = cameras.flat_map(|c| c.now(spec, moment.session));
        moment.session.snapshot(cameras.collect())
    }

    /// The observation of a moment, with `pictures` of [`Eyes::pictures`] and these words.
    pub fn observe(
        &self,
        stage: &Stage<'_>,
        spec: &EpisodeSpec,
        moment: &Moment<'_>,
        pictures: Vec<Plane<[u8; 3]>>,
        words: &str,
    ) -> Observation {
        let entries = self.entries.iter().map(|(key, entry)| {
            let input = match entry {
                Entry::Instruction => Input::Text(words.to_owned()),
                Entry::Picture {
                    camera,
                    size_px,
                    channels_first,
                } => Input::Picture(framed(&pictures[*camera], *size_px, *channels_first)),
                Entry::Numbers(sources) => {
                    let mut numbers = Vec::new();
                    for (robot, object, quantity) in sources {
                        measure(stage, spec, moment, *robot, *object, quantity, &mut numbers);
                    }
                    Input::Numbers(numbers.into_iter().map(|x| x as f32).collect())
                }
            };
            (key.clone(), input)
        });
        Observation(entries.collect())
    }

    /// Renders what a snapshot's cameras see, through their sensors where they have some.
    pub fn pictures(
        &self,
        sequence: &mut Sequence<'_>,
        stage: &Stage<'_>,
        spec: &EpisodeSpec,
        snapshot: &FrameSnapshot,
        step: u64,
        scratch: &mut Scratch,
    ) -> Vec<Plane<[u8; 3]>> {
        if self.cameras.is_empty() {
            return Vec::new();
        }
        let mut frame = sequence.next(snapshot);
        let view = |(index, camera): (usize, &CameraSpec)| {
            let sensor = camera.sensor.as_ref();
            let planes = PlaneSet {
                color: sensor.is_none(),
                radiance: sensor.is_some(),
                ..PlaneSet::NONE
            };
            let planes = frame.view(index, &ViewOptions::fast(planes, SAMPLES), scratch);
            let mut planes = planes.planes;
            let Some(sensor) = sensor else {
                return planes.color.take().expect("asked for");
            };
            // Depth is not asked for: policies see colour.
            let color = crate::base::sensor::SensorSpec {
                color: sensor.color.clone(),
                depth: None,
            };
            let reflectances = Reflectances::new(stage.scene, snapshot);
            let stream = sensor::stream(spec.seed, spec.episode, &camera.name, step as u32);
            sensor::sense(&color, camera, &planes, &reflectances, &stream).color
        };
        snapshot.cameras.iter().enumerate().map(view).collect()
    }
}

/// What was found, and what expected.
type Mismatch = (String, String);

fn named(camera: &CameraRef, stage: &Stage<'_>) -> Result<String, Mismatch> {
    let (scene, robots) = camera_names(stage);
    let numbered = |all: &[String], index: usize, whose: &str| {
        all.get(index).cloned().ok_or_else(|| {
            let found = format!("{whose}[{index}]");
            (found, format!("one of the {} that there are", all.len()))
        })
    };
    match camera {
        CameraRef::Scene(index) => numbered(&scene, *index, "scene"),
        CameraRef::Robot(index) => numbered(&robots, *index, "robot"),
        CameraRef::Named(name) => {
            let mut all = scene.iter().chain(&robots);
            all.find(|n| *n == name).cloned().ok_or_else(|| {
                let list: Vec<&str> = scene.iter().chain(&robots).map(String::as_str).collect();
                let expected = format!("a camera of the task: {}", list.join(", "));
                (format!("camera `{name}`"), expected)
            })
        }
    }
}

fn robot_of(source: &NumberSource, stage: &Stage<'_>) -> Result<usize, Mismatch> {
    let Some(name) = &source.robot else {
        return Ok(0);
    };
    let mut robots = stage.task.robots.iter();
    robots.position(|r| r.name == *name).ok_or_else(|| {
        let names: Vec<&str> = stage.task.robots.iter().map(|r| r.name.as_str()).collect();
        let expected = format!("a robot of the task: {}", names.join(", "));
        (format!("robot `{name}` in `{}`", source.text), expected)
    })
}

fn object_of(source: &NumberSource, stage: &Stage<'_>) -> Result<Option<usize>, Mismatch> {
    let (Quantity::ObjectPosition(name)
    | Quantity::ObjectQuatXyzw(name)
    | Quantity::ObjectFromTool(name)) = &source.quantity
    else {
        return Ok(None);
    };
    let mut objects = stage.task.objects.iter();
    let found = objects.position(|o| o.name == *name);
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = stage.task.objects.iter().map(|o| o.name.as_str()).collect();
        let expected = format!("an object of the task: {}", names.join(", "));
        (format!("object `{name}` in `{}`", source.text), expected)
    })
}

/// The largest size of this aspect that fits, at least one pixel.
fn fit((width, height): (u32, u32), (most_x, most_y): (u32, u32)) -> (u32, u32) {
    let scale = (f64::from(most_x) / f64::from(width)).min(f64::from(most_y) / f64::from(height));
    let side = |n: u32, most: u32| ((f64::from(n) * scale + 0.5) as u32).clamp(1, most);
    (side(width, most_x), side(height, most_y))
}

/// In the middle of a black picture of this size.
fn framed(plane: &Plane<[u8; 3]>, (width, height): (u32, u32), channels_first: bool) -> Picture {
    let (outer_x, outer_y) = (width as usize, height as usize);
    let left = (outer_x - plane.width_px) / 2;
    let top = (outer_y - plane.height_px) / 2;
    let mut rgb = vec![0; outer_x * outer_y * 3];
    for y in 0..plane.height_px {
        for x in 0..plane.width_px {
            let at = (y + top) * outer_x + x + left;
            for (channel, byte) in plane.at(x, y).into_iter().enumerate() {
                let index = match channels_first {
                    true => channel * outer_x * outer_y + at,
                    false => at * 3 + channel,
                };
                rgb[index] = byte;
            }
        }
    }
    Picture {
        width_px: width,
        height_px: height,
        rgb,
        channels_first,
    }
}

/// The one of the two quaternions of a rotation whose w is not negative, so that it does not jump.
fn upper(q: DQuat) -> DQuat {
    if q.w < 0.0 { -q } else { q }
}

fn measure(
    stage: &Stage<'_>,
    spec: &EpisodeSpec,
    moment: &Moment<'_>,
    robot: usize,
    object: Option<usize>,
    quantity: &Quantity,
    numbers: &mut Vec<f64>,
) {
    let state = &moment.state.robots[robot];
    let desc = &stage.robots[spec.robots[robot].robot as usize];
    let arm = desc.control.arm.iter();
    let world_from_base = Rigid::from(spec.robots[robot].world_from_base);
    let base_from_world = world_from_base.inverse();
    let tool = base_from_world * Rigid::from(state.world_from_tool);
    // In the frame of the base; slots that are gone stand where nothing is.
    let thing = || {
        let pose = object.and_then(|index| moment.goal.object(index, moment.state));
        base_from_world * pose.unwrap_or(Rigid::IDENTITY)
    };
    match quantity {
        Quantity::ArmPosition => numbers.extend(arm.map(|&j| state.positions[j])),
        Quantity::ArmSpeed => numbers.extend(arm.map(|&j| state.speeds[j])),
        Quantity::OpenFraction => numbers.push(state.open_fraction),
        Quantity::ClosedFraction => numbers.push(1.0 - state.open_fraction),
        Quantity::Fingers => {
            let opening = desc.control.gripper.as_ref().map_or(0.0, |g| g.opening_m);
            let half = 0.5 * opening * state.open_fraction;
            numbers.extend([half, -half]);
        }
        Quantity::ToolPosition => numbers.extend(tool.translation_m.to_array()),
        Quantity::ToolQuatXyzw => numbers.extend(upper(tool.rotation).to_array()),
        Quantity::ToolQuatWxyz => {
            let q = upper(tool.rotation);
            numbers.extend([q.w, q.x, q.y, q.z]);
        }
        Quantity::ToolAxisAngle => numbers.extend(rotation_vector(tool.rotation).to_array()),
        Quantity::ToolRotation6d => {
            let m = DMat3::from_quat(tool.rotation);
            numbers.extend(m.x_axis.to_array());
            numbers.extend(m.y_axis.to_array());
        }
        Quantity::ObjectPosition(_) => numbers.extend(thing().translation_m.to_array()),
        Quantity::ObjectQuatXyzw(_) => numbers.extend(upper(thing().rotation).to_array()),
        Quantity::ObjectFromTool(_) => {
            let seen = tool.inverse() * thing();
            numbers.extend(seen.translation_m.to_array());
        }
        Quantity::Time => numbers.push(moment.state.time_secs),
        Quantity::Step => numbers.push(moment.step as f64),
        Quantity::Episode => numbers.push(spec.episode as f64),
    }
}
