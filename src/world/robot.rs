//! A robot in rapier: one multibody on a fixed base, its joints driven by motors.
//!
//! Links that hang together by fixed joints are one rigid body. Gravity does not act on a robot:
//! real arms compensate their own weight, and what they carry still weighs.

use glam::{DMat3, DVec3, Quat, Vec3};
use rapier3d::dynamics::{Multibody, MultibodyDofCoupling};
use rapier3d::math::Pose as ParryPose;
use rapier3d::prelude::{
    ActiveHooks, ColliderBuilder, GenericJoint, GenericJointBuilder, JointAxesMask, JointAxis,
    MassProperties, MotorModel, MultibodyJointHandle, MultibodyJointSet, PhysicsWorld,
    RigidBodyBuilder, RigidBodyHandle,
};

use crate::base::pose::Pose;
use crate::episode::spec::RobotSpec;
use crate::robot::desc::{InertialDesc, JointDesc, JointKind, Mimic, Rigid, RobotDesc};
use crate::scene::desc::SceneDesc;
use crate::scene::shapes::{Shapes, from_parry, to_parry};

/// Of moving links without mass (the links between several joints of one MJCF body), which no
/// engine could move: a gram, and the inertia of a ball of 5 cm of it.
const LEAST_MASS_KG: f64 = 1e-3;
const LEAST_INERTIA_KG_M2: f64 = 1e-6;

/// Joints slower than this (rad/s or m/s) are at rest. Speeds that die away exponentially would end
/// as denormal numbers, and products of them sooner: processors take a hundred times as long over
/// those, so that an arm that waits would cost several times one that works. Over an hour it
/// comes to less than the size of an atom.
const LEAST_SPEED: f32 = 1e-14;

/// A robot of a running world.
pub struct RobotBody<'a> {
    pub desc: &'a RobotDesc,
    pub spec: &'a RobotSpec,
    /// By link.
    links: Vec<Placed>,
    /// By joint; `None` for fixed ones.
    joints: Vec<Option<Moving>>,
    /// What the drives go to, by joint.
    targets: Vec<f64>,
}

/// Where a link is.
#[derive(Clone, Copy)]
struct Placed {
    body: RigidBodyHandle,
    body_from_link: Rigid,
}

#[derive(Clone, Copy)]
struct Moving {
    handle: MultibodyJointHandle,
    axis: JointAxis,
}

/// Joints and links stay as they were built: nothing removes them while the world is there.
const BUILT: &str = "joints stay as they were built";

impl Moving {
    /// Its multibody, and which link of it the joint carries; the base is link 0.
    fn link_of<'w>(&self, world: &'w PhysicsWorld) -> (&'w Multibody, usize) {
        world.multibody_joints.get(self.handle).expect(BUILT)
    }

    fn link_of_mut<'w>(&self, joints: &'w mut MultibodyJointSet) -> (&'w mut Multibody, usize) {
        joints.get_mut(self.handle).expect(BUILT)
    }
}

impl<'a> RobotBody<'a> {
    /// Puts a robot into the world at its start.
    pub fn build(
        world: &mut PhysicsWorld,
        scene: &SceneDesc,
        shapes: &Shapes,
        desc: &'a RobotDesc,
        spec: &'a RobotSpec,
    ) -> Self {
        let links = place_links(world, desc, spec);
        attach_colliders(world, scene, shapes, desc, spec, &links);
        let joints = connect(world, desc, &links);
        let mut robot = Self {
            desc,
            spec,
            links,
            joints,
            targets: spec.start.clone(),
        };
        robot.set_properties(world);
        robot.set_positions(world, &spec.start);
        robot.drive(world, &spec.start, &vec![0.0; spec.start.len()]);
        robot
    }

    /// Sets the drives' targets (rad or m) and target speeds, by joint.
    pub fn drive(&mut self, world: &mut PhysicsWorld, targets: &[f64], speeds: &[f64]) {
        for (index, moving) in self.joints.iter().enumerate() {
            let Some(moving) = moving else { continue };
            let Some(drive) = self.desc.control.drives.get(index) else {
                continue;
            };
            if drive.stiffness == 0.0 && drive.damping == 0.0 {
                continue;
            }
            let joint = &self.desc.joints[index];
            let effort = match &self.desc.control.gripper {
                Some(gripper) if gripper.joint == index => gripper.effort.min(joint.max_effort),
                _ => joint.max_effort,
            };
            let (multibody, link) = moving.link_of_mut(&mut world.multibody_joints);
            let link = multibody.link_mut(link).expect(BUILT);
            let data = &mut link.joint.data;
            data.set_motor(
                moving.axis,
                targets[index] as f32,
                speeds[index] as f32,
                drive.stiffness as f32,
                drive.damping as f32,
            );
            data.set_motor_max_force(moving.axis, effort.min(f64::from(f32::MAX)) as f32);
            data.set_motor_model(moving.axis, MotorModel::ForceBased);
        }
        self.targets.copy_from_slice(targets);
    }

    /// Sets joints to rest that are as good as at rest (see [`LEAST_SPEED`]).
    pub fn rest(&self, world: &mut PhysicsWorld) {
        let Some(first) = self.joints.iter().flatten().next() else {
            return;
        };
        let (multibody, _) = first.link_of_mut(&mut world.multibody_joints);
        for speed in multibody.generalized_velocity_mut().iter_mut() {
            if speed.abs() < LEAST_SPEED {
                *speed = 0.0;
            }
        }
    }

    /// What the drives go to, by joint.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// rad or m, and rad/s or m/s, by joint; 0 for fixed ones.
    pub fn positions(&self, world: &PhysicsWorld) -> (Vec<f64>, Vec<f64>) {
        let of = |moving: &Option<Moving>| {
            let Some(moving) = moving else {
                return (0.0, 0.0);
            };
            let (multibody, link) = moving.link_of(world);
            let link = multibody.link(link).expect(BUILT);
            let position = link.joint.coords()[moving.axis as usize];
            let speed = multibody.joint_velocity(link)[0];
            (f64::from(position), f64::from(speed))
        };
        self.joints.iter().map(of).unzip()
    }

    /// Where a link is.
    pub fn world_from_link(&self, world: &PhysicsWorld, link: usize) -> Pose {
        let placed = &self.links[link];
        let world_from_body = from_parry(world.bodies[placed.body].position());
        world_from_body * placed.body_from_link.pose()
    }

    /// The body that a link is (part) of.
    pub fn body_of(&self, link: usize) -> RigidBodyHandle {
        self.links[link].body
    }

    /// Every body, the base's first; a body may come several times.
    pub fn bodies(&self) -> impl Iterator<Item = RigidBodyHandle> + '_ {
        self.links.iter().map(|placed| placed.body)
    }

    /// Damping, dry friction, drive inertia and couplings.
    fn set_properties(&self, world: &mut PhysicsWorld) {
        let Some(first) = self.joints.iter().flatten().next() else {
            return;
        };
        let id_of = |moving: &Moving| moving.link_of(world).1;
        let joints = self.joints.iter();
        let ids: Vec<Option<usize>> = joints.map(|m| m.as_ref().map(id_of)).collect();
        let bodies = &world.bodies;
        let (multibody, _) = first.link_of_mut(&mut world.multibody_joints);
        // Makes the base fixed, after which each link has one degree of freedom and they count up.
        multibody.forward_kinematics(bodies, true);
        for (index, id) in ids.iter().enumerate() {
            let Some(dof) = id.map(|id| id - 1) else {
                continue;
            };
            let joint = &self.desc.joints[index];
            multibody.damping_mut()[dof] = joint.damping as f32;
            multibody.frictions_mut()[dof] = joint.friction as f32;
            multibody.armature_mut()[dof] = joint.armature as f32;
        }
        for (index, joint) in self.desc.joints.iter().enumerate() {
            let Some(Mimic {
                joint: master,
                multiplier,
                offset,
            }) = joint.mimic
            else {
                continue;
            };
            let (Some(link1), Some(link2)) = (ids[master], ids[index]) else {
                continue;
            };
            let axis = |i: usize| self.joints[i].map_or(0, |m| m.axis as usize);
            multibody.add_dof_coupling(MultibodyDofCoupling {
                link1,
                dof1: 0,
                axis1: axis(master),
                link2,
                dof2: 0,
                axis2: axis(index),
                coeff: multiplier as f32,
                offset: offset as f32,
            });
        }
    }

    fn set_positions(&self, world: &mut PhysicsWorld, positions: &[f64]) {
        let Some(first) = self.joints.iter().flatten().next() else {
            return;
        };
        let mut displacements = vec![0.0; self.joints.iter().flatten().count()];
        for (index, moving) in self.joints.iter().enumerate() {
            let Some(moving) = moving else { continue };
            let (_, link) = moving.link_of(world);
            displacements[link - 1] = positions[index] as f32;
        }
        let (multibody, _) = first.link_of_mut(&mut world.multibody_joints);
        multibody.apply_displacements(&displacements);
        multibody.forward_kinematics(&world.bodies, true);
        multibody.update_rigid_bodies(&mut world.bodies, true);
    }
}

/// One body for each set of links that fixed joints hold together, at rest at zero.
fn place_links(world: &mut PhysicsWorld, desc: &RobotDesc, spec: &RobotSpec) -> Vec<Placed> {
    let mut links: Vec<Placed> = Vec::with_capacity(desc.links.len());
    let mut groups: Vec<(RigidBodyHandle, Vec<(Rigid, InertialDesc)>)> = Vec::new();
    for link in 0..desc.links.len() {
        let joint = link.checked_sub(1).map(|j| &desc.joints[j]);
        let placed = match joint {
            Some(joint) if joint.kind == JointKind::Fixed => {
                let parent = links[joint.parent];
                Placed {
                    body: parent.body,
                    body_from_link: parent.body_from_link * joint.parent_from_joint,
                }
            }
            _ => {
                let builder = if joint.is_none() {
                    RigidBodyBuilder::fixed()
                } else {
                    RigidBodyBuilder::dynamic()
                };
                let builder = builder
                    .pose(to_parry(&spec.world_from_base))
                    .gravity_scale(0.0)
                    .can_sleep(false)
                    .user_data(spec.links[link].map_or(u128::MAX, u128::from));
                let body = world.insert_body(builder);
                groups.push((body, Vec::new()));
                Placed {
                    body,
                    body_from_link: Rigid::IDENTITY,
                }
            }
        };
        if let Some(inertial) = desc.links[link].inertial {
            let group = groups.iter_mut().find(|(body, _)| *body == placed.body);
            let (_, masses) = group.expect("every body has its group");
            masses.push((placed.body_from_link, inertial));
        }
        links.push(placed);
    }
    for (body, masses) in groups {
        let whole = together(&masses);
        let i = whole.inertia_kg_m2.as_mat3();
        let properties =
            MassProperties::with_inertia_matrix(whole.center_m.as_vec3(), whole.mass_kg as f32, i);
        world.bodies[body].set_additional_mass_properties(properties, false);
    }
    links
}

/// The mass of several links that move as one, in the body's frame.
fn together(masses: &[(Rigid, InertialDesc)]) -> InertialDesc {
    let mass_kg: f64 = masses.iter().map(|(_, m)| m.mass_kg).sum();
    if !(mass_kg > 0.0) {
        return InertialDesc {
            mass_kg: LEAST_MASS_KG,
            center_m: DVec3::ZERO,
            inertia_kg_m2: DMat3::from_diagonal(DVec3::splat(LEAST_INERTIA_KG_M2)),
        };
    }
    let centers = masses
        .iter()
        .map(|(pose, m)| pose.point(m.center_m) * m.mass_kg);
    let center_m = centers.sum::<DVec3>() / mass_kg;
    let mut inertia_kg_m2 = DMat3::ZERO;
    for (pose, m) in masses {
        let turn = DMat3::from_quat(pose.rotation);
        let offset = pose.point(m.center_m) - center_m;
        let square = DMat3::from_diagonal(DVec3::splat(offset.length_squared()));
        let outer = DMat3::from_cols(offset * offset.x, offset * offset.y, offset * offset.z);
        // Steiner: the inertia about the common centre.
        inertia_kg_m2 += turn * m.inertia_kg_m2 * turn.transpose() + (square - outer) * m.mass_kg;
    }
    InertialDesc {
        mass_kg,
        center_m,
        inertia_kg_m2,
    }
}

fn attach_colliders(
    world: &mut PhysicsWorld,
    scene: &SceneDesc,
    shapes: &Shapes,
    desc: &RobotDesc,
    spec: &RobotSpec,
    links: &[Placed],
) {
    for (index, link) in desc.links.iter().enumerate() {
        let (Some(object), Some(instance)) = (link.object, spec.links[index]) else {
            continue;
        };
        let body = &scene.objects[object.index()].body;
        for shape in shapes.of(object) {
            let body_from_shape = links[index].body_from_link.pose() * shape.object_from_shape;
            let collider = ColliderBuilder::new(shape.shape.clone())
                .position(to_parry(&body_from_shape))
                // The mass is the links'.
                .density(0.0)
                .friction(body.friction)
                .restitution(body.restitution)
                .active_hooks(ActiveHooks::FILTER_CONTACT_PAIRS)
                .user_data(u128::from(instance));
            world.insert_collider(collider, Some(links[index].body));
        }
    }
}

fn connect(world: &mut PhysicsWorld, desc: &RobotDesc, links: &[Placed]) -> Vec<Option<Moving>> {
    let moving = |(index, joint): (usize, &JointDesc)| {
        let (axis, data) = joint_data(joint, &links[joint.parent].body_from_link)?;
        let parent = links[joint.parent].body;
        let child = links[index + 1].body;
        let handle = world.insert_multibody_joint(parent, child, data);
        Some(Moving {
            handle: handle.expect("a tree has no loops"),
            axis,
        })
    };
    desc.joints.iter().enumerate().map(moving).collect()
}

/// The joint as rapier wants it: along or about X of the joint's two frames.
fn joint_data(joint: &JointDesc, body_from_parent: &Rigid) -> Option<(JointAxis, GenericJoint)> {
    let (axis, locked) = match joint.kind {
        JointKind::Fixed => return None,
        JointKind::Revolute => (JointAxis::AngX, JointAxesMask::LOCKED_REVOLUTE_AXES),
        JointKind::Prismatic => (JointAxis::LinX, JointAxesMask::LOCKED_PRISMATIC_AXES),
    };
    let align = ParryPose::from_parts(
        Vec3::ZERO,
        Quat::from_rotation_arc(Vec3::X, joint.axis.as_vec3().normalize()),
    );
    let body_from_joint = (*body_from_parent * joint.parent_from_joint).pose();
    let mut builder = GenericJointBuilder::new(locked)
        .local_frame1(to_parry(&body_from_joint) * align)
        .local_frame2(align)
        // Which links may touch each other is said pair by pair.
        .contacts_enabled(true);
    let (low, high) = joint.range;
    if low.is_finite() && high.is_finite() {
        builder = builder.limits(axis, [low as f32, high as f32]);
    }
    Some((axis, builder.build()))
}
