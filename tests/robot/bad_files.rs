//! One flaw a file, beside its exact message.

use super::files::{folder, load};

/// The messages of the files of a folder, of which one is loaded; the folder's path left out.
fn messages(name: &str, files: &[(&str, &str)], path: &str) -> String {
    let folder = folder(name, files);
    let (_, robot) = load(&folder.join(path));
    let Err(problems) = robot else {
        panic!("{name} loads");
    };
    let text = problems.to_string();
    let prefix = format!("{}/", folder.display());
    let _ = std::fs::remove_dir_all(&folder);
    text.replace(&prefix, "")
}

/// `found` and `expected` of a message, and where.
fn message(place: &str, found: &str, expected: &str, remedy: &str) -> String {
    let mut text = format!("error: {place}\n  found:    {found}\n  expected: {expected}");
    if !remedy.is_empty() {
        text += &format!("\n  remedy:   {remedy}");
    }
    text
}

const URDF: &str = r#"<robot name="r">
  <link name="base"/>
  <link name="one"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1"/></inertial></link>
  <link name="two"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1"/></inertial></link>
  <joint name="a" type="revolute"><parent link="base"/><child link="one"/><axis xyz="0 0 1"/><limit lower="-1" upper="1" effort="5" velocity="1"/></joint>
  <joint name="b" type="prismatic"><parent link="one"/><child link="two"/><axis xyz="0 0 1"/><limit lower="0" upper="1" effort="5" velocity="1"/></joint>
</robot>
"#;

fn urdf(name: &str, from: &str, to: &str, expected: &str) {
    assert!(URDF.contains(from), "{from}");
    let text = URDF.replacen(from, to, 1);
    assert_eq!(
        messages(name, &[("r.urdf", &text)], "r.urdf"),
        expected,
        "{name}"
    );
}

#[test]
fn the_unbroken_files_load() {
    let folder = folder(
        "unbroken",
        &[("r.urdf", URDF), ("r.xml", MJCF), ("robot.toml", TOML)],
    );
    for file in ["r.urdf", "r.xml", "robot.toml", "."] {
        let (_, robot) = load(&folder.join(file));
        robot.unwrap_or_else(|problems| panic!("{file}: {problems}"));
    }
}

#[test]
fn urdf_trees() {
    urdf(
        "unknown_link",
        "child link=\"two\"",
        "child link=\"twos\"",
        &message(
            "r.urdf: line 6, joint \"b\"",
            "child link \"twos\", which does not exist",
            "the name of a link",
            "did you mean \"two\"?",
        ),
    );
    urdf(
        "cycle",
        "<parent link=\"base\"/>",
        "<parent link=\"two\"/>",
        &message(
            "r.urdf: line 3, link \"one\"",
            "a cycle of joints: one → two → one",
            "a tree with one base",
            "remove a joint of the cycle",
        ),
    );
    urdf(
        "two_roots",
        "<link name=\"base\"/>",
        "<link name=\"base\"/><link name=\"lone\"/>",
        &message(
            "r.urdf: line 2, link \"lone\"",
            "2 links that no joint carries: base, lone",
            "one base, and a joint to every other link",
            "join them with a joint of type fixed",
        ),
    );
    urdf(
        "two_parents",
        "<parent link=\"one\"/><child link=\"two\"/>",
        "<parent link=\"two\"/><child link=\"one\"/>",
        &message(
            "r.urdf: line 6, joint \"b\"",
            "link \"one\", which joint \"a\" carries already",
            "a tree: one joint to each link",
            "",
        ),
    );
    urdf(
        "twice",
        "joint name=\"b\"",
        "joint name=\"a\"",
        &message(
            "r.urdf: line 6, joint \"a\"",
            "a second joint \"a\"",
            "a name of its own for each joint",
            "",
        ),
    );
}

#[test]
fn urdf_masses() {
    urdf(
        "negative_mass",
        "<mass value=\"1\"/>",
        "<mass value=\"-1\"/>",
        &message(
            "r.urdf: line 3, link \"one\"",
            "mass -1 kg of link \"one\"",
            "a mass above 0 kg",
            "",
        ),
    );
    urdf(
        "zero_mass",
        "<mass value=\"1\"/>",
        "<mass value=\"0\"/>",
        &message(
            "r.urdf: line 3, link \"one\"",
            "mass 0 kg of link \"one\", which a joint moves",
            "a mass above 0 kg for what moves",
            "give it an inertial element with a mass",
        ),
    );
    urdf(
        "zero_inertia",
        "ixx=\"1\" iyy=\"1\" izz=\"1\"",
        "ixx=\"0\" iyy=\"0\" izz=\"0\"",
        &message(
            "r.urdf: line 3, link \"one\"",
            "principal inertias 0.000e0, 0.000e0, 0.000e0 kg m² of link \"one\"",
            "all above 0",
            "compute them from the shape: of a box, m/12 · (a² + b²)",
        ),
    );
    urdf(
        "triangle",
        "ixx=\"1\" iyy=\"1\" izz=\"1\"",
        "ixx=\"1\" iyy=\"1\" izz=\"3\"",
        &message(
            "r.urdf: line 3, link \"one\"",
            "principal inertias 1.000e0, 1.000e0, 3.000e0 kg m² of link \"one\"",
            "none larger than the other two together: no body has such ones",
            "check order and signs of the six numbers",
        ),
    );
}

#[test]
fn urdf_joints() {
    let b = "r.urdf: line 6, joint \"b\"";
    urdf(
        "limits",
        "lower=\"0\" upper=\"1\"",
        "lower=\"2\" upper=\"1\"",
        &message(
            b,
            "limits from 2 to 1",
            "the lower limit below the upper one",
            "swap them",
        ),
    );
    urdf(
        "no_limits",
        "<limit lower=\"0\" upper=\"1\" effort=\"5\" velocity=\"1\"/>",
        "",
        &message(
            b,
            "a prismatic joint without <limit>",
            "<limit lower=… upper=… effort=… velocity=…/>",
            "or make it continuous",
        ),
    );
    urdf(
        "axis",
        "<child link=\"two\"/><axis xyz=\"0 0 1\"/>",
        "<child link=\"two\"/><axis xyz=\"0 0 0\"/>",
        &message(b, "the axis 0 0 0", "a direction", ""),
    );
    urdf(
        "number",
        "lower=\"0\"",
        "lower=\"nan\"",
        &message(b, "lower=\"nan\" of <limit>", "a finite number", ""),
    );
    urdf(
        "kind",
        "\"prismatic\"",
        "\"floating\"",
        &message(
            b,
            "a joint of type \"floating\"",
            "revolute, continuous, prismatic or fixed",
            "",
        ),
    );
    urdf(
        "mimic",
        "<child link=\"two\"/>",
        "<child link=\"two\"/><mimic joint=\"c\"/>",
        &message(
            "r.urdf: line 6, joint \"b\", mimic",
            "mimics joint \"c\", which does not exist",
            "the name of a joint",
            "did you mean \"a\"?",
        ),
    );
    urdf(
        "mimic_cycle",
        "<child link=\"two\"/>",
        "<child link=\"two\"/><mimic joint=\"b\"/>",
        &message(
            "r.urdf: line 6, joint \"b\", mimic",
            "joints that mimic each other: b → b → b",
            "a joint at the end that moves by itself",
            "",
        ),
    );
}

#[test]
fn urdf_shapes_and_xml() {
    urdf(
        "mesh",
        "<link name=\"base\"/>",
        "<link name=\"base\"><visual><geometry><mesh filename=\"package://p/a.stl\"/></geometry></visual></link>",
        &message(
            "r.urdf: line 2, link \"base\", visual",
            "the mesh file p/a.stl, which does not exist",
            "a file",
            "mend the path, or put the file there",
        ),
    );
    urdf(
        "radius",
        "<link name=\"base\"/>",
        "<link name=\"base\"><collision><geometry><sphere radius=\"-1\"/></geometry></collision></link>",
        &message(
            "r.urdf: line 2, link \"base\", collision",
            "radius -1 of <sphere>",
            "a length above 0 m",
            "",
        ),
    );
    urdf(
        "xml",
        "</robot>",
        "</robo>",
        &message(
            "r.urdf: line 7",
            "expected 'robot' tag, not 'robo'",
            "well-formed XML",
            "",
        ),
    );
    assert_eq!(
        messages("root", &[("r.urdf", "\n<html/>")], "r.urdf"),
        message(
            "r.urdf: line 2",
            "a document <html>",
            "<robot> (URDF) or <mujoco> (MJCF)",
            "",
        )
    );
    let stl = URDF.replacen(
        "<link name=\"base\"/>",
        "<link name=\"base\"><visual><geometry><mesh filename=\"a.stl\"/></geometry></visual></link>",
        1,
    );
    assert_eq!(
        messages(
            "stl",
            &[("r.urdf", &stl), ("a.stl", "binary, cut off")],
            "r.urdf"
        ),
        message(
            "a.stl",
            "neither a binary STL file of the length it says nor text",
            "a sound .stl file with triangles",
            "",
        )
    );
}

#[test]
fn every_problem_of_a_file_at_once() {
    let text = URDF
        .replacen("<mass value=\"1\"/>", "<mass value=\"-1\"/>", 1)
        .replacen("lower=\"0\" upper=\"1\"", "lower=\"2\" upper=\"1\"", 1)
        .replacen("<axis xyz=\"0 0 1\"/>", "<axis xyz=\"0 0\"/>", 1);
    let text = messages("all", &[("r.urdf", &text)], "r.urdf");
    for part in ["mass -1 kg", "limits from 2 to 1", "xyz=\"0 0\" of <axis>"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

const MJCF: &str = r#"<mujoco model="m">
  <worldbody><body name="base"><body name="arm">
    <joint name="j" type="hinge" axis="0 0 1" range="-90 90"/>
    <geom name="g" type="sphere" size="0.1"/>
  </body></body></worldbody>
  <actuator><motor name="t" joint="j" gear="2"/></actuator>
</mujoco>
"#;

fn mjcf(name: &str, from: &str, to: &str, expected: &str) {
    assert!(MJCF.contains(from), "{from}");
    let text = MJCF.replacen(from, to, 1);
    assert_eq!(
        messages(name, &[("r.xml", &text)], "r.xml"),
        expected,
        "{name}"
    );
}

#[test]
fn mjcf_flaws() {
    mjcf(
        "m_actuator",
        "joint=\"j\"",
        "joint=\"k\"",
        &message(
            "r.xml: actuator \"t\"",
            "joint \"k\", which does not exist",
            "the name of a joint",
            "did you mean \"j\"?",
        ),
    );
    mjcf(
        "m_ball",
        "\"hinge\"",
        "\"ball\"",
        &message(
            "r.xml: body \"arm\", joint \"j\"",
            "a ball joint",
            "hinges and slides",
            "use three hinges, or take the part out of the robot",
        ),
    );
    mjcf(
        "m_size",
        "size=\"0.1\"",
        "size=\"0\"",
        &message(
            "r.xml: body \"arm\", geom \"g\"",
            "size 0 0 0 of a sphere",
            "lengths above 0 m",
            "",
        ),
    );
    mjcf(
        "m_mesh",
        "type=\"sphere\"",
        "type=\"mesh\" mesh=\"x\"",
        &message(
            "r.xml: body \"arm\", geom \"g\"",
            "mesh \"x\", which no asset has",
            "the name of a mesh asset",
            "",
        ),
    );
    mjcf(
        "m_include",
        "<worldbody>",
        "<include file=\"no.xml\"/><worldbody>",
        &message(
            "r.xml: include",
            "the file no.xml, which cannot be read",
            "a file",
            "mend the path",
        ),
    );
    mjcf(
        "m_xml",
        "</worldbody>",
        "",
        &message(
            "r.xml: line 7",
            "expected 'worldbody' tag, not 'mujoco'",
            "well-formed XML",
            "",
        ),
    );
}

const BORE: &str =
    "heights and radii of the bore, from the tip's end upwards, such as [[-52.0, 0.2], [0.0, 2.5]]";

const TOML: &str = r#"version = 1
model = "r.urdf"
licence = "MIT"
class = "robot_arm"
[link.two]
class = "robot_gripper"
friction = 1.0
[home]
a = 0.5
[arm]
joints = ["a"]
tool = "two"
[gripper]
joint = "b"
open = 1.0
closed = 0.0
effort = 5.0
opening_m = 0.1
fingers = ["two"]
[drives.a]
stiffness = 10.0
damping = 1.0
[drives.b]
stiffness = 10.0
damping = 1.0
[[camera]]
name = "wrist"
link = "one"
position_m = [0.0, 0.0, 0.0]
look_at_m = [0.0, 0.0, 1.0]
up = [1.0, 0.0, 0.0]
vertical_fov_deg = 60
size_px = [64, 64]
"#;

fn toml(name: &str, from: &str, to: &str, expected: &str) {
    assert!(TOML.contains(from), "{from}");
    let text = TOML.replacen(from, to, 1);
    let files = [("robot.toml", text.as_str()), ("r.urdf", URDF)];
    assert_eq!(messages(name, &files, "robot.toml"), expected, "{name}");
}

/// The fixture's links have no geometry.
fn unseen() -> String {
    message(
        "robot.toml: line 20, gripper.tip.link",
        "link \"two\", of which nothing is seen",
        "a link with geometry",
        "",
    )
}

#[test]
fn robot_toml_flaws() {
    toml(
        "t_key",
        "licence",
        "license",
        &[
            message(
                "robot.toml: line 1",
                "no `licence`",
                "`licence` = a text",
                "",
            ),
            message(
                "robot.toml: line 3, license",
                "unknown key `license`",
                "one of version, model, licence, class, link, home, arm, gripper, drives, camera",
                "did you mean `licence`?",
            ),
        ]
        .join("\n"),
    );
    toml(
        "t_model",
        "\"r.urdf\"",
        "\"x.urdf\"",
        &message(
            "robot.toml: line 2, model",
            "\"x.urdf\", which is no file",
            "a URDF or MJCF file, relative to this one",
            "",
        ),
    );
    toml(
        "t_class",
        "\"robot_arm\"",
        "\"robot_arms\"",
        &message(
            "robot.toml: line 4, class",
            "class \"robot_arms\"",
            "a class of the taxonomy that is not abstract",
            "did you mean \"robot_arm\"?",
        ),
    );
    toml(
        "t_link",
        "[link.two]",
        "[link.twos]",
        &message(
            "robot.toml: line 5, link.twos",
            "link \"twos\", which the model does not have",
            "the name of a link",
            "did you mean \"two\"?",
        ),
    );
    toml(
        "t_home",
        "a = 0.5",
        "a = 1.5",
        &message(
            "robot.toml: line 9, home.a",
            "1.5 for joint \"a\"",
            "a position inside its limits, -1 … 1",
            "",
        ),
    );
    toml(
        "t_drive",
        "[drives.b]\nstiffness = 10.0\ndamping = 1.0\n",
        "",
        &message(
            "robot.toml: line 1",
            "no drive for joint \"b\"",
            "a drive for every joint that moves by itself",
            "add [drives.b] with stiffness and damping",
        ),
    );
    toml(
        "t_look",
        "look_at_m = [0.0, 0.0, 1.0]",
        "look_at_m = [0.0, 0.0, 0.0]",
        &message(
            "robot.toml: line 30, camera[0].look_at_m",
            "the camera's own position",
            "a point away from the camera",
            "",
        ),
    );
    toml(
        "t_up",
        "up = [1.0, 0.0, 0.0]",
        "up = [0.0, 0.0, -2.0]",
        &message(
            "robot.toml: line 31, camera[0].up",
            "a direction along the line of sight, or none",
            "what points up in the picture",
            "",
        ),
    );
    toml(
        "t_tip_link",
        "fingers = [\"two\"]",
        "fingers = [\"two\"]\ntip = { link = \"twos\", bore_mm = [[0.0, 1.0], [5.0, 2.0]] }",
        &message(
            "robot.toml: line 20, gripper.tip.link",
            "link \"twos\", which the model does not have",
            "the name of a link",
            "did you mean \"two\"?",
        ),
    );
    toml(
        "t_tip_heights",
        "fingers = [\"two\"]",
        "fingers = [\"two\"]\ntip = { link = \"two\", bore_mm = [[5.0, 1.0], [0.0, 2.0]] }",
        &[
            message(
                "robot.toml: line 20, gripper.tip.bore_mm",
                "heights that do not ascend",
                BORE,
                "",
            ),
            unseen(),
        ]
        .join("\n"),
    );
    toml(
        "t_tip_radius",
        "fingers = [\"two\"]",
        "fingers = [\"two\"]\ntip = { link = \"two\", bore_mm = [[0.0, 0.0], [5.0, 2.0]] }",
        &[
            message(
                "robot.toml: line 20, gripper.tip.bore_mm",
                "a radius of 0 mm",
                BORE,
                "",
            ),
            unseen(),
        ]
        .join("\n"),
    );
    toml(
        "t_tip_one",
        "fingers = [\"two\"]",
        "fingers = [\"two\"]\ntip = { link = \"two\", bore_mm = [[0.0, 1.0]] }",
        &[
            message(
                "robot.toml: line 20, gripper.tip.bore_mm",
                "1 of at least two",
                BORE,
                "",
            ),
            unseen(),
        ]
        .join("\n"),
    );
    toml(
        "t_open",
        "open = 1.0",
        "open = 1.1",
        &message(
            "robot.toml: line 15, gripper.open",
            "1.1",
            "a position inside the joint's limits, 0 … 1",
            "",
        ),
    );
}
