//! The benchmark scene "grip": a parallel gripper on a vertical slide, and a 45 g box on the floor.
//! MuJoCo runs the same, so that a ratio can be taken.

use std::collections::BTreeMap;
use std::path::PathBuf;

use glam::{Affine3A, DMat3, DVec3, Vec3};

use super::bare::{self, CLASS};
use crate::base::ids::{AssetId, MaterialId, MeshId, ObjectId, PartId};
use crate::base::pose::Pose;
use crate::episode::spec::{EPISODE_SCHEMA, EpisodeSpec, ObjectSpec, PhysicsSpec, RobotSpec, Role};
use crate::robot::desc::{
    ControlDesc, DriveDesc, GripperDesc, InertialDesc, JointDesc, JointKind, LinkDesc, Mimic,
    Rigid, RobotDesc,
};
use crate::robot::primitives::cuboid;
use crate::scene::desc::{
    BodyDesc, Bounds, ColliderDesc, ColliderKind, Motion, ObjectDesc, SceneDesc, Surface,
};
use crate::scene::material::Material;

/// Of everything.
const FRICTION: f32 = 0.8;
/// Finger: thickness along X, along Y, length, metres.
pub const FINGER_M: Vec3 = Vec3::new(0.02, 0.01, 0.1);
/// Its middle in its link's frame.
pub const FINGER_CENTER_M: Vec3 = Vec3::new(0.0, 0.0, -0.08);
/// The box.
const BOX_M: Vec3 = Vec3::new(0.04, 0.025, 0.05);
const BOX_KG: f32 = 0.045;
/// The gripper's base above the floor.
const BASE_M: f32 = 0.16;

/// The gripper; its arm is the slide. Fingers 10 cm apart when open reach 0.13 m below the base;
/// these objects are their shapes.
pub fn robot(fingers: [ObjectId; 2]) -> RobotDesc {
    let at = |x, y, z| Rigid {
        translation_m: DVec3::new(x, y, z),
        ..Rigid::IDENTITY
    };
    let solid = |mass_kg: f64, size: DVec3, center_m: DVec3| {
        let [x, y, z] = (size * size).to_array();
        let moments = DVec3::new(y + z, x + z, x + y) * (mass_kg / 12.0);
        Some(InertialDesc {
            mass_kg,
            center_m,
            inertia_kg_m2: DMat3::from_diagonal(moments),
        })
    };
    let joint = |name: &str, kind, parent, parent_from_joint, axis, range, max_effort| JointDesc {
        name: name.into(),
        kind,
        parent,
        parent_from_joint,
        axis,
        range,
        max_speed: f64::INFINITY,
        max_effort,
        damping: 0.0,
        friction: 0.0,
        armature: 0.0,
        mimic: None,
    };
    let link = |name: &str, inertial, object| LinkDesc {
        name: name.into(),
        inertial,
        object,
    };
    let carriage = solid(1.0, DVec3::new(0.1, 0.1, 0.04), DVec3::new(0.0, 0.0, 0.06));
    let finger = solid(0.05, FINGER_M.as_dvec3(), FINGER_CENTER_M.as_dvec3());
    let slide = JointKind::Prismatic;
    let unlimited = (f64::NEG_INFINITY, f64::INFINITY);
    let mut joints = vec![
        joint(
            "lift",
            slide,
            0,
            Rigid::IDENTITY,
            DVec3::Z,
            (-0.2, 0.4),
            100.0,
        ),
        joint(
            "left",
            slide,
            1,
            at(0.0, 0.05, 0.0),
            DVec3::NEG_Y,
            (0.0, 0.05),
            20.0,
        ),
        joint(
            "right",
            slide,
            1,
            at(0.0, -0.05, 0.0),
            DVec3::Y,
            (0.0, 0.05),
            20.0,
        ),
        joint(
            "tool",
            JointKind::Fixed,
            1,
            at(0.0, 0.0, -0.12),
            DVec3::Z,
            unlimited,
            f64::INFINITY,
        ),
    ];
    joints[2].mimic = Some(Mimic {
        joint: 1,
        multiplier: 1.0,
        offset: 0.0,
    });
    let drive = |stiffness, damping| DriveDesc { stiffness, damping };
    RobotDesc {
        name: "grip".into(),
        path: PathBuf::from("grip"),
        asset: AssetId(0),
        links: vec![
            link("base", None, None),
            link("carriage", carriage, None),
            link("left_finger", finger, Some(fingers[0])),
            link("right_finger", finger, Some(fingers[1])),
            link("tool", None, None),
        ],
        joints,
        no_contact: vec![(0, 1), (1, 2), (1, 3), (1, 4)],
        control: ControlDesc {
            home: vec![0.0; 4],
            arm: vec![0],
            tool: 4,
            gripper: Some(GripperDesc {
                joint: 1,
                open: 0.0,
                closed: 0.05,
                effort: 20.0,
                opening_m: 0.09,
                volume_ul: None,
                tip: None,
                fingers: vec![2, 3],
            }),
            drives: vec![
                drive(2000.0, 120.0),
                drive(1000.0, 50.0),
                drive(0.0, 0.0),
                drive(0.0, 0.0),
            ],
            cameras: Vec::new(),
        },
    }
}

/// The scene, its robot, and an episode at 500 physics steps a second that starts at once.
pub fn scene() -> (SceneDesc, RobotDesc, EpisodeSpec) {
    let mut scene = bare::scene("grip", "thing");
    scene.materials.push(Material::default());
    let floor_m = Vec3::new(2.0, 2.0, 0.1);
    let down = Vec3::new(0.0, 0.0, -0.05);
    let floor = solid(&mut scene, "floor", floor_m, down, Motion::Static, None);
    let thing = solid(
        &mut scene,
        "box",
        BOX_M,
        Vec3::ZERO,
        Motion::Dynamic,
        Some(BOX_KG),
    );
    let fingers = ["left_finger", "right_finger"].map(|name| {
        let motion = Motion::Dynamic;
        solid(&mut scene, name, FINGER_M, FINGER_CENTER_M, motion, None)
    });
    scene.assets[0].objects = 0..scene.objects.len() as u32;
    let robot = robot(fingers);
    let place = |object: ObjectId, role, world_from_object| ObjectSpec {
        name: scene.objects[object.index()].name.clone(),
        asset: AssetId(0),
        object,
        class: CLASS,
        role,
        spawn: None,
        world_from_object,
        looks: Vec::new(),
        attributes: BTreeMap::new(),
    };
    let standing = Pose::at(Vec3::new(0.0, 0.0, 0.5 * BOX_M.z));
    let spec = EpisodeSpec {
        schema: EPISODE_SCHEMA,
        seed: 0,
        episode: 0,
        objects: vec![
            place(floor, Role::Scene, Pose::IDENTITY),
            place(thing, Role::Object, standing),
            place(fingers[0], Role::Robot, Pose::IDENTITY),
            place(fingers[1], Role::Robot, Pose::IDENTITY),
        ],
        lights: Vec::new(),
        physics: PhysicsSpec {
            gravity_m_per_s2: Vec3::new(0.0, 0.0, -9.81),
            timestep_secs: 0.002,
            settle_secs: 0.0,
            flow_secs: 0.0,
            length_unit_m: 0.1,
            friction_scale: 1.0,
            mass_scale: 1.0,
        },
        frames: Vec::new(),
        shortfalls: Vec::new(),
        robots: vec![RobotSpec {
            name: "grip".into(),
            robot: 0,
            world_from_base: Pose::at(Vec3::new(0.0, 0.0, BASE_M)),
            start: robot.control.home.clone(),
            links: vec![None, None, Some(2), Some(3), None],
        }],
        liquids: None,
    };
    (scene, robot, spec)
}

/// Adds a solid box to the scene, its middle at `center_m`.
fn solid(
    scene: &mut SceneDesc,
    name: &str,
    size_m: Vec3,
    center_m: Vec3,
    motion: Motion,
    mass_kg: Option<f32>,
) -> ObjectId {
    let mut mesh = cuboid(0.5 * size_m.as_dvec3());
    let mut bounds = Bounds::EMPTY;
    for p in &mut mesh.positions {
        *p += center_m;
        bounds.include(*p);
    }
    scene.meshes.push(mesh);
    let mesh = MeshId(scene.meshes.len() as u32 - 1);
    scene.objects.push(ObjectDesc {
        name: name.into(),
        class: CLASS,
        asset_from_object: Pose::IDENTITY,
        surfaces: vec![Surface {
            mesh,
            material: MaterialId(0),
            variants: Vec::new(),
            object_from_mesh: Affine3A::IDENTITY,
            part: PartId(0),
            liquid: false,
        }],
        keypoints: Vec::new(),
        grasps: Vec::new(),
        regions: Vec::new(),
        body: BodyDesc {
            motion,
            mass_kg,
            density_kg_per_m3: 1000.0,
            friction: FRICTION,
            restitution: 0.0,
            colliders: vec![ColliderDesc {
                kind: ColliderKind::Box,
                mesh,
                object_from_mesh: Affine3A::IDENTITY,
            }],
        },
        bounds,
    });
    ObjectId(scene.objects.len() as u32 - 1)
}
