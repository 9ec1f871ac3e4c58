//! What a task's names stand for in one episode: chosen once, when the scene has settled, and
//! recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bind;
use super::desc::{FrameDesc, Origin, Part, RegionRef, Symmetry, TaskDesc};
use super::geometry::OrientedBox;
use super::predicate::BodySet;
use super::regions::{RegionNode, region_nodes};
use crate::base::ids::{ClassId, InstanceId, ObjectId};
use crate::base::pose::Pose;
use crate::base::seed::SeedPath;
use crate::episode::spec::EpisodeSpec;
use crate::robot::desc::{Rigid, RobotDesc};
use crate::scene::desc::{Motion, NamedFrame, NamedPoint, RegionDesc, SceneDesc};
use crate::world::state::WorldState;

/// Version of the JSON form of [`GoalRecord`].
pub const GOAL_SCHEMA: u32 = 1;

/// The files of an episode and its draws.
#[derive(Clone, Copy)]
pub struct Episode<'a> {
    pub scene: &'a SceneDesc,
    /// As [`crate::episode::spec::RobotSpec::robot`] counts them.
    pub robots: &'a [RobotDesc],
    pub spec: &'a EpisodeSpec,
}

/// Everything that was chosen at the first settled state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalRecord {
    pub schema: u32,
    /// In the phrasing that was drawn.
    pub instruction: String,
    /// By name in the task.
    pub objects: BTreeMap<String, GoalObject>,
    /// `world_from_tool` at the start, by robot.
    pub tools: Vec<Pose>,
}

impl GoalRecord {
    /// The instruction in every phrasing of its task.
    pub fn phrasings(&self, task: &TaskDesc) -> Vec<String> {
        let objects = task.objects.iter();
        let chosen = objects.map(|binding| self.objects[&binding.name].clone());
        let chosen: Vec<GoalObject> = chosen.collect();
        let phrases = task.instructions.iter();
        phrases.map(|phrase| bind::say(phrase, &chosen)).collect()
    }
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalObject {
    /// Of the object, or of the region.
    pub name: String,
    /// The object, or what the slot belongs to; `None` for slots of the room.
    pub instance: Option<u32>,
    /// For slots: which of the region's nodes in this episode, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// Of the object, or of the middle of the slot's floor, at the start.
    pub world_from_object: Pose,
    /// What instructions can name.
    pub attributes: BTreeMap<String, String>,
}

/// An episode in which a task cannot be done as its author meant it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbound {
    #[error("nothing in this episode can be `{object}`: {reason}")]
    NoCandidate {
        /// Its name in the task.
        object: String,
        reason: String,
    },
    #[error("{what} holds before anything is done")]
    AlreadyDone {
        /// Such as "stage `lifted`".
        what: String,
    },
}

/// A [`GoalRecord`] ready for use: frames, regions and bodies by name.
#[derive(Clone, Debug)]
pub struct Goal {
    pub record: GoalRecord,
    /// By index in [`TaskDesc::objects`].
    objects: Vec<Bound>,
    robots: Vec<BoundRobot>,
    regions: Vec<RegionNode>,
    /// By instance id − 1.
    bodies: Vec<BodyFacts>,
    /// By index in [`TaskDesc::objects`].
    vessels: Vec<Option<VesselFacts>>,
}

/// A slot that is a vessel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VesselFacts {
    /// In [`crate::episode::spec::LiquidsSpec::vessels`].
    pub index: usize,
    /// What was in it at the start, and how much.
    pub liquid: Option<usize>,
    pub start_ul: f64,
}

#[derive(Clone, Debug)]
struct Bound {
    instance: Option<InstanceId>,
    slot: Option<RegionNode>,
    symmetry: Symmetry,
    world_from_start: Rigid,
    /// In the object's frame.
    center: Pose,
    keypoints: Vec<NamedPoint>,
    grasps: Vec<NamedFrame>,
    regions: Vec<RegionDesc>,
}

#[derive(Clone, Debug)]
struct BoundRobot {
    world_from_base: Rigid,
    world_from_tool_at_start: Rigid,
    /// By link: its instance.
    links: Vec<Option<InstanceId>>,
}

#[derive(Clone, Debug)]
struct BodyFacts {
    name: String,
    spawn: Option<String>,
    class: ClassId,
    /// Robot and link.
    link: Option<(usize, usize)>,
    finger: bool,
    object: ObjectId,
    /// Whether physics does not move it.
    fixed: bool,
    object_from_center: Pose,
    half_size_m: glam::DVec3,
}

impl Goal {
    /// Chooses what the task's names stand for, at the first settled state.
    ///
    /// # Errors
    ///
    /// If this episode has nothing that a name could stand for.
    pub fn bind(
        task: &TaskDesc,
        episode: Episode<'_>,
        start: &WorldState,
        stream: &SeedPath,
    ) -> Result<Self, Unbound> {
        let record = bind::record(task, episode, start, &stream.child("goal"))?;
        Ok(Self::of(task, episode, record))
    }

    /// The goal that was recorded for this episode.
    ///
    /// # Panics
    ///
    /// If the record is of another task or episode.
    pub fn of(task: &TaskDesc, episode: Episode<'_>, record: GoalRecord) -> Self {
        let Episode {
            scene,
            robots,
            spec,
        } = episode;
        let regions = region_nodes(scene, spec);
        let objects = task.objects.iter().map(|binding| {
            let chosen = &record.objects[&binding.name];
            let world_from_start = chosen.world_from_object.into();
            let instance = chosen.instance.map(InstanceId);
            if let Some(slot) = chosen.slot {
                let mut nodes = regions.iter().filter(|node| node.name == chosen.name);
                let node = nodes.nth(slot as usize);
                return Bound {
                    instance,
                    slot: Some(node.expect("a slot of this episode").clone()),
                    symmetry: binding.symmetry,
                    world_from_start,
                    center: Pose::IDENTITY,
                    keypoints: Vec::new(),
                    grasps: Vec::new(),
                    regions: Vec::new(),
                };
            }
            let index = instance.and_then(InstanceId::object_index);
            let spec = &spec.objects[index.expect("objects have instances")];
            let desc = &scene.objects[spec.object.index()];
            Bound {
                instance,
                slot: None,
                symmetry: binding.symmetry,
                world_from_start,
                center: Pose::at(desc.bounds.center()),
                keypoints: desc.keypoints.clone(),
                grasps: desc.grasps.clone(),
                regions: desc.regions.clone(),
            }
        });
        let objects = objects.collect();
        let bound_robots = spec.robots.iter().zip(&record.tools).map(|(robot, tool)| {
            let links = robot.links.iter();
            BoundRobot {
                world_from_base: robot.world_from_base.into(),
                world_from_tool_at_start: (*tool).into(),
                links: links
                    .map(|link| link.map(|index| InstanceId::of_index(index as usize)))
                    .collect(),
            }
        });
        let bound_robots = bound_robots.collect();
        let bodies = spec.objects.iter().enumerate().map(|(index, object)| {
            let desc = &scene.objects[object.object.index()];
            let link = link_of(spec, index);
            let finger = link.is_some_and(|(robot, link)| {
                let desc = &robots[spec.robots[robot].robot as usize];
                let gripper = desc.control.gripper.as_ref();
                gripper.is_some_and(|gripper| gripper.fingers.contains(&link))
            });
            BodyFacts {
                name: object.name.clone(),
                spawn: object.spawn.clone(),
                class: object.class,
                link,
                finger,
                object: object.object,
                fixed: desc.body.motion == Motion::Static,
                object_from_center: Pose::at(desc.bounds.center()),
                half_size_m: 0.5 * desc.bounds.size().as_dvec3(),
            }
        });
        let bodies = bodies.collect();
        let vessels = task.objects.iter().map(|binding| {
            let chosen = &record.objects[&binding.name];
            let vessels = spec.liquids.iter().flat_map(|liquids| &liquids.vessels);
            let mut vessels = vessels.enumerate();
            let (index, vessel) =
                vessels.find(|(_, v)| v.region == chosen.name && Some(v.slot) == chosen.slot)?;
            Some(VesselFacts {
                index,
                liquid: vessel.liquid.map(|liquid| liquid as usize),
                start_ul: vessel.start_ul,
            })
        });
        let vessels = vessels.collect();
        Self {
            vessels,
            record,
            objects,
            robots: bound_robots,
            regions,
            bodies,
        }
    }

    /// Whether a name stands for an object itself, not for a slot of one.
    pub fn is_object(&self, index: usize) -> bool {
        self.objects[index].slot.is_none()
    }

    /// `world_from_frame`; `None` if there is no such frame in this episode.
    pub fn frame(&self, desc: &FrameDesc, state: &WorldState) -> Option<Rigid> {
        let origin = match &desc.origin {
            Origin::World => Rigid::IDENTITY,
            Origin::Base(robot) => self.robots.get(*robot)?.world_from_base,
            Origin::Tool(robot) if desc.at_start => {
                self.robots.get(*robot)?.world_from_tool_at_start
            }
            Origin::Tool(robot) => state.robots.get(*robot)?.world_from_tool.into(),
            Origin::Link(robot, link) => {
                let instance = (*self.robots.get(*robot)?.links.get(*link)?)?;
                state.body(instance)?.world_from_object.into()
            }
            Origin::Object(index, part) => {
                let object = if desc.at_start {
                    self.objects[*index].world_from_start
                } else {
                    self.object(*index, state)?
                };
                object * self.part(*index, part)?
            }
        };
        Some(origin * desc.origin_from_frame)
    }

    /// `world_from_object` now, or of the middle of a slot's floor.
    pub fn object(&self, index: usize, state: &WorldState) -> Option<Rigid> {
        let bound = &self.objects[index];
        match (&bound.slot, bound.instance) {
            (Some(slot), _) => slot.world_from_floor(state),
            (None, instance) => Some(state.body(instance?)?.world_from_object.into()),
        }
    }

    /// `object_from_part`.
    fn part(&self, index: usize, part: &Part) -> Option<Rigid> {
        let bound = &self.objects[index];
        let named = |name: &str| bound.grasps.iter().find(|g| g.name == name);
        Some(match part {
            Part::Origin => Rigid::IDENTITY,
            Part::Center => match &bound.slot {
                Some(slot) => Rigid {
                    translation_m: glam::DVec3::Z * f64::from(slot.half_size_m.z),
                    ..Rigid::IDENTITY
                },
                None => bound.center.into(),
            },
            Part::Keypoint(name) => {
                let point = bound.keypoints.iter().find(|k| k.name == *name)?;
                Pose::at(point.point_m).into()
            }
            Part::Grasp(name) => named(name)?.object_from_frame.into(),
            Part::Grasps(_) => return None,
            Part::Region(name) => {
                let region = bound.regions.iter().find(|r| r.name == *name)?;
                let down = Pose::at(-glam::Vec3::Z * region.half_size_m.z);
                (region.parent_from_region * down).into()
            }
        })
    }

    /// The vessel that a slot is.
    pub fn vessel(&self, index: usize) -> Option<&VesselFacts> {
        self.vessels[index].as_ref()
    }

    /// Grasp frames of an object, in its frame.
    pub fn grasps(&self, index: usize) -> &[NamedFrame] {
        &self.objects[index].grasps
    }

    /// What nobody can tell apart.
    pub fn symmetry(&self, index: usize) -> Symmetry {
        self.objects[index].symmetry
    }

    /// The instance of an object; `None` for slots.
    pub fn instance(&self, index: usize) -> Option<InstanceId> {
        let bound = &self.objects[index];
        bound.instance.filter(|_| bound.slot.is_none())
    }

    /// Boxes of a region now.
    pub fn regions(&self, region: &RegionRef, state: &WorldState) -> Vec<OrientedBox> {
        match region {
            RegionRef::Bound(index) => {
                let slot = self.objects[*index].slot.iter();
                slot.filter_map(|slot| slot.world_box(state)).collect()
            }
            RegionRef::Named(name) => {
                let nodes = self.regions.iter().filter(|node| node.name == *name);
                nodes.filter_map(|node| node.world_box(state)).collect()
            }
        }
    }

    /// The robot whose link it is.
    pub fn robot_of(&self, instance: InstanceId) -> Option<usize> {
        let facts = self.bodies.get(instance.object_index()?)?;
        facts.link.map(|(robot, _)| robot)
    }

    /// Whether it is a finger of a robot.
    pub fn is_finger(&self, instance: InstanceId) -> bool {
        let facts = instance.object_index().and_then(|i| self.bodies.get(i));
        facts.is_some_and(|facts| facts.finger)
    }

    /// Whether an instance is one of these.
    pub fn is_member(&self, instance: InstanceId, sets: &[BodySet]) -> bool {
        let Some(index) = instance.object_index().filter(|i| *i < self.bodies.len()) else {
            return false;
        };
        let facts = &self.bodies[index];
        sets.iter().any(|set| match set {
            BodySet::Anything => true,
            BodySet::Object(object) => self.objects[*object].instance == Some(instance),
            BodySet::Robot(robot) => facts.link.is_some_and(|(r, _)| r == *robot),
            BodySet::Fingers(robot) => facts.finger && facts.link.is_some_and(|(r, _)| r == *robot),
            BodySet::Link(robot, link) => facts.link == Some((*robot, *link)),
            BodySet::Spawn(spawn) => facts.spawn.as_ref() == Some(spawn),
            BodySet::Scene(name) => {
                facts.spawn.is_none() && facts.link.is_none() && facts.name == *name
            }
            BodySet::Class(class) => facts.class == *class,
        })
    }

    /// Indices (instance id − 1) of these bodies.
    pub fn members(&self, sets: &[BodySet]) -> impl Iterator<Item = usize> {
        (0..self.bodies.len()).filter(|&i| self.is_member(InstanceId::of_index(i), sets))
    }

    /// Bounding box of a body's visible surfaces now, by instance id − 1.
    pub fn body_box(&self, index: usize, state: &WorldState) -> OrientedBox {
        let facts = &self.bodies[index];
        let pose = state.bodies[index].world_from_object;
        OrientedBox {
            world_from_box: (pose * facts.object_from_center).into(),
            half_size_m: facts.half_size_m,
        }
    }

    /// Bounding box of an object's visible surfaces: the middle in its frame, and half its size;
    /// `None` if it is not in this episode.
    pub fn bounds_of(&self, object: ObjectId) -> Option<(Pose, glam::DVec3)> {
        let facts = self.bodies.iter().find(|facts| facts.object == object)?;
        Some((facts.object_from_center, facts.half_size_m))
    }

    /// Whether a body does not move, by instance id − 1. Links of robots do.
    pub fn is_fixed(&self, index: usize) -> bool {
        self.bodies[index].fixed && self.bodies[index].link.is_none()
    }

    /// `world_from_base` of a robot.
    pub fn base(&self, robot: usize) -> Rigid {
        self.robots[robot].world_from_base
    }
}

/// The robot and link that an object of the episode is.
fn link_of(spec: &EpisodeSpec, index: usize) -> Option<(usize, usize)> {
    spec.robots.iter().enumerate().find_map(|(robot, r)| {
        let link = r.links.iter().position(|l| *l == Some(index as u32))?;
        Some((robot, link))
    })
}
