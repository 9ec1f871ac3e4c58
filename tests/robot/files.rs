//! Loading of robots: what becomes of links, and what is said of broken files.

use std::path::{Path, PathBuf};

use benchside::base::problem::Problems;
use benchside::robot::desc::RobotDesc;
use benchside::robot::kinematics::forward;
use benchside::scene::builder::SceneBuilder;
use benchside::scene::desc::SceneDesc;
use benchside::scene::shapes::Shapes;
use benchside::scene::taxonomy::Taxonomy;
use glam::{DVec3, Vec3};

use crate::support::cli::benchside;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A robot in a scene of its own, with the shipped classes.
pub fn load(path: &Path) -> (SceneDesc, Result<RobotDesc, Problems>) {
    let taxonomy = root().join("scenes/taxonomy.toml");
    let (taxonomy, _) = Taxonomy::load(&taxonomy).unwrap();
    let mut builder = SceneBuilder::new("test", taxonomy, path.parent().unwrap());
    let robot = benchside::robot::load(&mut builder, path);
    let (scene, problems) = builder.finish();
    (scene, robot.ok_or(problems))
}

/// A folder of its own with these files.
pub fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("benchside_{}_{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn shipped_robots_load_without_problems() {
    let robots = std::fs::read_dir(root().join("robots")).unwrap();
    let folders = robots.map(|entry| entry.unwrap().path());
    let folders = folders.filter(|f| f.join("robot.toml").exists());
    let mut count = 0;
    for folder in folders {
        let taxonomy = root().join("scenes/taxonomy.toml");
        let (taxonomy, _) = Taxonomy::load(&taxonomy).unwrap();
        let mut builder = SceneBuilder::new("test", taxonomy, root());
        let robot = benchside::robot::load(&mut builder, &folder);
        let (scene, problems) = builder.finish();
        assert!(problems.is_empty(), "{problems}");
        let robot = robot.unwrap();
        let shapes = Shapes::build(&scene).unwrap_or_else(|p| panic!("{p}"));
        assert_eq!(scene.assets[robot.asset.index()].name, robot.name);
        assert!(!robot.control.arm.is_empty());
        let tool = &forward(&robot, &robot.control.home)[robot.control.tool];
        assert!(tool.translation_m.is_finite());
        for link in &robot.links {
            let Some(object) = link.object else { continue };
            let desc = &scene.objects[object.index()];
            assert_eq!(desc.name, format!("{}/{}", robot.name, link.name));
            assert_eq!(shapes.of(object).len(), desc.body.colliders.len());
        }
        count += 1;
    }
    assert!(count >= 5, "{count}");
}

const SHAPES: &str = r#"<robot name="shapes">
  <material name="red"><color rgba="1 0 0 1"/></material>
  <link name="base">
    <visual><geometry><mesh filename="package://pack/meshes/tri.stl" scale="1 -1 1"/></geometry><material name="red"/></visual>
    <collision><origin xyz="1 0 0" rpy="0 1.5707963267948966 0"/><geometry><cylinder radius="0.1" length="0.4"/></geometry></collision>
    <collision><geometry><capsule radius="0.1" length="0.4"/></geometry></collision>
    <collision><geometry><sphere radius="0.2"/></geometry></collision>
    <collision><geometry><box size="0.1 0.2 0.3"/></geometry></collision>
  </link>
  <link name="tip">
    <inertial><origin xyz="0 0 1" rpy="0 0 1.5707963267948966"/><mass value="2"/>
      <inertia ixx="1" ixy="0" ixz="0" iyy="2" iyz="0" izz="2.5"/></inertial>
    <collision><geometry><box size="0.1 0.1 0.1"/></geometry></collision>
  </link>
  <joint name="turn" type="revolute"><parent link="base"/><child link="tip"/>
    <origin xyz="0 0 0.5"/><axis xyz="0 0 2"/>
    <limit lower="-2" upper="2" effort="9" velocity="3"/>
    <dynamics damping="0.5" friction="0.25"/>
    <safety_controller soft_lower_limit="-1" soft_upper_limit="3" k_velocity="1"/>
  </joint>
</robot>"#;

const TRIANGLES: &str = "solid t
facet normal 0 0 1 outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 1 0 endloop endfacet
facet normal 0 0 1 outer loop vertex 0 0 0 vertex 0 0 1 vertex 1 0 0 endloop endfacet
endsolid t
";

#[test]
fn urdf_becomes_links_joints_and_objects() {
    let folder = folder(
        "urdf_shapes",
        &[
            ("pack/urdf/a.urdf", SHAPES),
            ("pack/meshes/tri.stl", TRIANGLES),
        ],
    );
    let (scene, robot) = load(&folder.join("pack/urdf/a.urdf"));
    let robot = robot.unwrap_or_else(|p| panic!("{p}"));
    let joint = &robot.joints[0];
    assert_eq!((joint.range, joint.axis), ((-1.0, 2.0), DVec3::Z));
    assert_eq!((joint.max_effort, joint.max_speed), (9.0, 3.0));
    assert_eq!((joint.damping, joint.friction), (0.5, 0.25));
    // Turned by 90°, x and y change places.
    let inertial = robot.links[1].inertial.unwrap();
    let diagonal = inertial.inertia_kg_m2.to_cols_array();
    for (value, wish) in [(diagonal[0], 2.0), (diagonal[4], 1.0), (diagonal[8], 2.5)] {
        assert!((value - wish).abs() < 1e-12);
    }
    let base = &scene.objects[robot.links[0].object.unwrap().index()];
    let surface = &base.surfaces[0];
    let material = &scene.materials[surface.material.index()];
    assert_eq!(material.base_color, [1.0, 0.0, 0.0, 1.0]);
    // Mirrored by its scale: the mirror is in the mesh.
    assert!(surface.object_from_mesh.matrix3.determinant() > 0.0);
    assert!((base.bounds.min - Vec3::new(0.0, -1.0, 0.0)).length() < 1e-6);
    assert!((base.bounds.max - Vec3::new(1.0, 0.0, 1.0)).length() < 1e-6);
    let mesh = &scene.meshes[surface.mesh.index()];
    let [a, b, c] = mesh.triangles[0].map(|i| mesh.positions[i as usize]);
    let normal = surface
        .object_from_mesh
        .transform_vector3((b - a).cross(c - a));
    assert!(
        normal.z > 0.0,
        "what faced up faces up in the mirror: {normal}"
    );
    // No surface: the bounds are the collider's.
    let tip = &scene.objects[robot.links[1].object.unwrap().index()];
    assert!(tip.surfaces.is_empty());
    assert!((tip.bounds.max - Vec3::splat(0.05)).length() < 1e-6);
    assert_eq!(tip.body.mass_kg, Some(2.0));

    let shapes = Shapes::build(&scene).unwrap_or_else(|p| panic!("{p}"));
    let fitted = shapes.of(robot.links[0].object.unwrap());
    let cylinder = fitted[0].shape.as_cylinder().unwrap();
    assert!((cylinder.radius - 0.1).abs() < 1e-6 && (cylinder.half_height - 0.2).abs() < 1e-6);
    assert!((fitted[0].object_from_shape.translation_m - Vec3::X).length() < 1e-6);
    let capsule = fitted[1].shape.as_capsule().unwrap();
    assert!((capsule.radius - 0.1).abs() < 1e-6);
    assert!((capsule.half_height() - 0.2).abs() < 1e-6);
    assert!((fitted[2].shape.as_ball().unwrap().radius - 0.2).abs() < 1e-6);
    let half = fitted[3].shape.as_cuboid().unwrap().half_extents;
    assert!((half - Vec3::new(0.05, 0.1, 0.15)).length() < 1e-6);
}

#[test]
fn mjcf_joints_of_one_body_and_couplings() {
    let text = r#"<mujoco model="two">
  <compiler angle="degree"/>
  <default><geom contype="0" conaffinity="0" rgba="0 1 0 1"/></default>
  <worldbody><body name="base">
    <geom type="box" size="0.1 0.1 0.1"/>
    <body name="arm" pos="0 0 0.5">
      <joint name="slide" type="slide" axis="1 0 0" range="0 0.5" ref="0.1"/>
      <joint name="turn" pos="0 0.2 0" axis="0 0 1" range="-90 90"/>
      <geom type="sphere" size="0.1" contype="1" friction="0.9"/>
      <body name="tip"><joint name="follow" axis="0 0 1" range="-180 180"/>
        <geom type="capsule" fromto="0 0 0 0 0 1" size="0.05"/></body>
    </body></body></worldbody>
  <equality><joint joint1="follow" joint2="turn" polycoef="0.1 -2 0 0 0"/></equality>
  <actuator><motor joint="turn" ctrlrange="-3 3" gear="10"/></actuator>
</mujoco>"#;
    let folder = folder("mjcf_two", &[("two.xml", text)]);
    let (scene, robot) = load(&folder.join("two.xml"));
    let robot = robot.unwrap_or_else(|p| panic!("{p}"));
    let names: Vec<&str> = robot.links.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["base", "arm/slide", "arm/turn", "arm", "tip"]);
    let joint = |name: &str| robot.joints.iter().position(|j| j.name == name).unwrap();
    assert_eq!(robot.joints[joint("turn")].max_effort, 30.0);
    let mimic = robot.joints[joint("follow")].mimic.unwrap();
    assert_eq!(
        (mimic.joint, mimic.multiplier, mimic.offset),
        (joint("turn"), -2.0, 0.1)
    );
    let mut q = vec![0.0; robot.joints.len()];
    q[joint("slide")] = 0.3;
    q[joint("turn")] = std::f64::consts::FRAC_PI_2;
    let arm = forward(&robot, &q)[3].translation_m;
    // 0.2 from its reference on, then a quarter turn about (0, 0.2).
    assert!(
        arm.distance(DVec3::new(0.2 + 0.2, 0.2, 0.5)) < 1e-9,
        "{arm}"
    );
    let object = |link: usize| &scene.objects[robot.links[link].object.unwrap().index()];
    // Collision geoms are drawn where there is nothing else to be seen.
    assert_eq!(
        (object(3).surfaces.len(), object(3).body.colliders.len()),
        (1, 1)
    );
    assert_eq!(object(3).body.friction, 0.9);
    assert_eq!(
        (object(4).surfaces.len(), object(4).body.colliders.len()),
        (1, 0)
    );
    // The links between have no body of their own: everything up to the tip is a neighbour.
    assert!(robot.no_contact.contains(&(3, 4)) && !robot.no_contact.contains(&(0, 4)));
    // A ball of 0.1 m and 1,000 kg/m³.
    let ball = robot.links[3].inertial.unwrap();
    assert!((ball.mass_kg - 4.0 / 3.0 * std::f64::consts::PI).abs() < 1e-9);
    Shapes::build(&scene).unwrap_or_else(|p| panic!("{p}"));
}

#[test]
fn check_prints_the_tree_and_finds_problems() {
    let run = |arguments: &[&str]| {
        let output = benchside(arguments.iter().copied()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    let folder = folder("checked", &[("a/a.urdf", SHAPES), ("a/tri.stl", TRIANGLES)]);
    let path = folder.join("a/a.urdf");
    let path = path.to_str().unwrap();
    let (code, text) = run(&["check", path]);
    assert_eq!(code, Some(1));
    assert!(text.contains("which does not exist"), "{text}");
    assert!(text.ends_with("1 error, 0 warnings (robot)\n"), "{text}");
    let mended = SHAPES.replace("package://pack/meshes/tri.stl", "tri.stl");
    std::fs::write(path, mended).unwrap();
    let (code, text) = run(&["check", path]);
    assert_eq!(code, Some(0), "{text}");
    let tree = "shapes\n  base\n    tip  [turn: turns -1.0000 … 2.0000 rad, 3 rad/s, 9 N m]  \
                2.0000 kg\n  total mass 2.000 kg\n";
    assert!(text.starts_with(tree), "{text}");
    let (code, text) = run(&["schema", "robot"]);
    assert_eq!(code, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(schema["properties"]["drives"].is_object());
}
