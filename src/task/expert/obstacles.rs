//! What an arm must not run into while it plans: the room's fixed things and itself.

use rapier3d::math::Pose as ParryPose;
use rapier3d::parry::bounding_volume::{Aabb, BoundingVolume};
use rapier3d::parry::query;
use rapier3d::parry::shape::SharedShape;

use super::arm::Arm;
use crate::base::pose::Pose;
use crate::episode::spec::{EpisodeSpec, Role};
use crate::robot::desc::RobotDesc;
use crate::scene::desc::{Motion, SceneDesc};
use crate::scene::shapes::{Shape, Shapes, to_parry};

/// An arm keeps so far away from what is fixed.
const CLEARANCE_M: f32 = 0.012;
/// And its links from each other.
const OWN_CLEARANCE_M: f32 = 0.005;
/// Of a way every so many postures are looked at.
const STRIDE: usize = 4;

/// Fixed shapes of an episode, and those of one robot's links that are not fingers.
#[derive(Clone)]
pub struct Obstacles {
    fixed: Vec<(ParryPose, SharedShape, Aabb)>,
    /// By link.
    links: Vec<Vec<Shape>>,
    /// By link: fixed shapes that it is near at the start, as the base is to what it stands on.
    near: Vec<Vec<usize>>,
    /// Links that could meet: neither neighbours nor near each other at the start.
    own: Vec<(usize, usize)>,
}

impl Obstacles {
    /// Of the robot that `spec.robots[index]` is.
    pub fn new(
        scene: &SceneDesc,
        shapes: &Shapes,
        spec: &EpisodeSpec,
        index: usize,
        desc: &RobotDesc,
    ) -> Self {
        let mut fixed = Vec::new();
        for object in &spec.objects {
            let is_fixed = scene.objects[object.object.index()].body.motion == Motion::Static;
            if object.role == Role::Robot || !is_fixed {
                continue;
            }
            for shape in shapes.of(object.object) {
                let pose = to_parry(&(object.world_from_object * shape.object_from_shape));
                let aabb = shape.shape.compute_aabb(&pose).loosened(CLEARANCE_M);
                fixed.push((pose, shape.shape.clone(), aabb));
            }
        }
        let fingers = desc.control.gripper.as_ref().map(|g| &g.fingers);
        let links = desc
            .links
            .iter()
            .enumerate()
            .map(|(link, desc)| match desc.object {
                Some(object) if !fingers.is_some_and(|f| f.contains(&link)) => {
                    shapes.of(object).to_vec()
                }
                _ => Vec::new(),
            });
        let mut this = Self {
            fixed,
            links: links.collect(),
            near: Vec::new(),
            own: Vec::new(),
        };
        let robot = &spec.robots[index];
        let poses = crate::robot::kinematics::forward(desc, &robot.start);
        let near = poses.iter().enumerate().map(|(link, base_from_link)| {
            let world_from_link = robot.world_from_base * base_from_link.pose();
            let all = 0..this.fixed.len();
            all.filter(|&f| this.touches(link, &world_from_link, f))
                .collect()
        });
        this.near = near.collect();
        let pairs = (0..poses.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let could_meet = |&(a, b): &(usize, usize)| {
            let poses = (poses[a].pose(), poses[b].pose());
            !desc.no_contact.contains(&(a, b)) && !this.meet((a, &poses.0), (b, &poses.1))
        };
        this.own = pairs.filter(could_meet).collect();
        this
    }

    /// None at all.
    pub fn none() -> Self {
        Self {
            fixed: Vec::new(),
            links: Vec::new(),
            near: Vec::new(),
            own: Vec::new(),
        }
    }

    /// Whether a link comes too near to something fixed, or to another, in this posture.
    pub fn in_the_way(&self, arm: &Arm<'_>, positions: &[f64]) -> bool {
        if self.links.is_empty() {
            return false;
        }
        let links = arm.links(positions).into_iter();
        let poses: Vec<Pose> = links.map(|link| link.pose()).collect();
        let mut own = self.own.iter();
        if own.any(|&(a, b)| self.meet((a, &poses[a]), (b, &poses[b]))) {
            return true;
        }
        poses.iter().enumerate().any(|(link, pose)| {
            let mut others = (0..self.fixed.len()).filter(|f| !self.near[link].contains(f));
            others.any(|f| self.touches(link, pose, f))
        })
    }

    /// Whether a way stays clear of everything. How it begins is past changing: as long as it has
    /// been too near from its first posture on, it may be.
    pub fn is_clear(&self, arm: &Arm<'_>, way: &[Vec<f64>]) -> bool {
        let mut leaving = true;
        let last = way.len() - 1;
        let looked_at = (0..way.len()).filter(|i| i % STRIDE == 0 || *i == last);
        for i in looked_at {
            let touches = self.in_the_way(arm, &way[i]);
            if touches && !leaving {
                return false;
            }
            leaving &= touches;
        }
        !leaving || way.len() == 1
    }

    /// Whether two links come too near to each other.
    fn meet(&self, a: (usize, &Pose), b: (usize, &Pose)) -> bool {
        let placed = |(link, pose): (usize, &Pose)| -> Vec<(ParryPose, SharedShape, Aabb)> {
            let shapes = self.links[link].iter();
            shapes
                .map(|shape| {
                    let pose = to_parry(&(*pose * shape.object_from_shape));
                    (pose, shape.shape.clone(), shape.shape.compute_aabb(&pose))
                })
                .collect()
        };
        let others = placed(b);
        placed(a).iter().any(|(pose, shape, aabb)| {
            let near = aabb.loosened(OWN_CLEARANCE_M);
            others.iter().any(|(at, other, other_aabb)| {
                let apart = || query::contact(pose, &**shape, at, &**other, OWN_CLEARANCE_M);
                near.intersects(other_aabb) && matches!(apart(), Ok(Some(_)))
            })
        })
    }

    fn touches(&self, link: usize, world_from_link: &Pose, fixed: usize) -> bool {
        let (pose, shape, aabb) = &self.fixed[fixed];
        self.links[link].iter().any(|own| {
            let own_pose = to_parry(&(*world_from_link * own.object_from_shape));
            if !own.shape.compute_aabb(&own_pose).intersects(aabb) {
                return false;
            }
            let contact = query::contact(&own_pose, &*own.shape, pose, &**shape, CLEARANCE_M);
            matches!(contact, Ok(Some(_)))
        })
    }
}

impl std::fmt::Debug for Obstacles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} fixed shapes", self.fixed.len())
    }
}
