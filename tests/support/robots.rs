//! Robots built in code.

use std::path::PathBuf;

use benchside::base::ids::{AssetId, ObjectId};
use benchside::base::pose::Pose;
use benchside::cli::bench::grip;
use benchside::episode::spec::{ObjectSpec, RobotSpec, Role};
use benchside::robot::desc::{
    ControlDesc, DriveDesc, InertialDesc, JointDesc, JointKind, LinkDesc, Rigid, RobotDesc,
};
use benchside::scene::desc::{ColliderKind, Motion};
use glam::{DMat3, DVec3, Vec3};

use super::scenes::{THING, TestEpisode, TestScene, box_mesh};

/// A [`RobotDesc`] in the making: a bare base.
pub struct TestRobot {
    pub desc: RobotDesc,
}

/// Of a solid box about its centre.
pub fn box_inertia(mass_kg: f64, size_m: DVec3) -> DMat3 {
    let [x, y, z] = (size_m * size_m).to_array();
    DMat3::from_diagonal(DVec3::new(y + z, x + z, x + y) * (mass_kg / 12.0))
}

impl TestRobot {
    pub fn new() -> Self {
        let base = LinkDesc {
            name: "base".into(),
            inertial: None,
            object: None,
        };
        Self {
            desc: RobotDesc {
                name: "test".into(),
                path: PathBuf::from("test.urdf"),
                asset: AssetId(0),
                links: vec![base],
                joints: Vec::new(),
                no_contact: Vec::new(),
                control: ControlDesc::default(),
            },
        }
    }

    /// A link and the joint that carries it; gives the link's index.
    pub fn link(
        &mut self,
        parent: usize,
        kind: JointKind,
        parent_from_joint: Rigid,
        axis: DVec3,
        inertial: Option<InertialDesc>,
    ) -> usize {
        let index = self.desc.links.len();
        self.desc.links.push(LinkDesc {
            name: format!("link{index}"),
            inertial,
            object: None,
        });
        self.desc.joints.push(JointDesc {
            name: format!("joint{index}"),
            kind,
            parent,
            parent_from_joint,
            axis,
            range: (f64::NEG_INFINITY, f64::INFINITY),
            max_speed: f64::INFINITY,
            max_effort: f64::INFINITY,
            damping: 0.0,
            friction: 0.0,
            armature: 0.0,
            mimic: None,
        });
        self.desc.no_contact.push((parent, index));
        let control = &mut self.desc.control;
        control.home.push(0.0);
        control.drives.push(DriveDesc::default());
        index
    }

    /// The joint that carries a link.
    pub fn joint(&mut self, link: usize) -> &mut JointDesc {
        &mut self.desc.joints[link - 1]
    }

    pub fn drive(&mut self, link: usize, stiffness: f64, damping: f64) {
        self.desc.control.drives[link - 1] = DriveDesc { stiffness, damping };
    }

    /// Gives a link a box to collide with.
    pub fn collider(&mut self, scene: &mut TestScene, link: usize, size_m: Vec3, center_m: Vec3) {
        let paint = scene.paint([0.5; 3]);
        let mut mesh = box_mesh(size_m);
        mesh.positions.iter_mut().for_each(|p| *p += center_m);
        let name = format!("link{link}");
        let object = scene.object(&name, mesh, paint, Motion::Dynamic);
        scene.collides_as(object, ColliderKind::Box);
        self.desc.links[link].object = Some(object);
    }
}

/// The mass of a solid box in its link's frame.
pub fn box_mass(mass_kg: f64, size_m: DVec3, center_m: DVec3) -> Option<InertialDesc> {
    Some(InertialDesc {
        mass_kg,
        center_m,
        inertia_kg_m2: box_inertia(mass_kg, size_m),
    })
}

/// The benchmark's gripper on a vertical slide, its fingers of this friction.
pub fn grip(scene: &mut TestScene, friction: f32) -> RobotDesc {
    let fingers = ["left_finger", "right_finger"].map(|name| {
        let paint = scene.paint([0.5; 3]);
        let mut mesh = box_mesh(grip::FINGER_M);
        mesh.positions
            .iter_mut()
            .for_each(|p| *p += grip::FINGER_CENTER_M);
        let object = scene.object(name, mesh, paint, Motion::Dynamic);
        scene.collides_as(object, ColliderKind::Box).friction = friction;
        object
    });
    grip::robot(fingers)
}

impl TestEpisode {
    /// Puts a robot there, at its home.
    pub fn robot(mut self, robot: &RobotDesc, world_from_base: Pose) -> Self {
        let mut links = Vec::new();
        for link in &robot.links {
            links.push(link.object.map(|object| self.robot_link(object)));
        }
        self.spec.robots.push(RobotSpec {
            name: "robot".into(),
            robot: 0,
            world_from_base,
            start: robot.control.home.clone(),
            links,
        });
        self
    }

    fn robot_link(&mut self, object: ObjectId) -> u32 {
        let index = self.spec.objects.len() as u32;
        self.spec.objects.push(ObjectSpec {
            name: format!("robot/{}", object.0),
            asset: AssetId(0),
            object,
            class: THING,
            role: Role::Robot,
            spawn: None,
            world_from_object: Pose::IDENTITY,
            looks: Vec::new(),
            attributes: Default::default(),
        });
        index
    }
}
