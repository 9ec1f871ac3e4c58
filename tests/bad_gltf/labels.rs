//! `bs_*` keys.

use serde_json::{Value, json};

use super::assert_report;
use crate::support::gltf::GltfFile;

/// The triangle with more extras on its node.
fn extras(more: Value) -> GltfFile {
    let mut file = GltfFile::of_triangle();
    for (key, value) in more.as_object().unwrap() {
        file.json["nodes"][0]["extras"][key] = value.clone();
    }
    file
}

/// The triangle in a room, with a node below it.
fn below(node: Value) -> GltfFile {
    let mut file = GltfFile::of_triangle();
    file.push("nodes", node);
    file.json["nodes"][0]["children"] = json!([1]);
    file.push("nodes", json!({"name": "room", "children": [0]}));
    file.json["scenes"][0]["nodes"] = json!([2]);
    file
}

#[test]
fn unknown_key() {
    assert_report(
        &extras(json!({"bs_clas": "tube"})).glb(),
        r#"error: memory.gltf: /nodes/0/extras/bs_clas (thing)
  found:    the key `bs_clas`
  expected: a key of scenes/README.md
  remedy:   did you mean "bs_class"?"#,
    );
}

#[test]
fn unknown_class() {
    let file = below(json!({"name": "cap", "extras": {"bs_class": "tubes"}}));
    assert_report(
        &file.glb(),
        r#"error: memory.gltf: /nodes/1/extras/bs_class (room/thing/cap)
  found:    "tubes"
  expected: a class of the taxonomy
  remedy:   did you mean "tube"?"#,
    );
}

#[test]
fn abstract_class() {
    assert_report(
        &extras(json!({"bs_class": "labware"})).glb(),
        r#"error: memory.gltf: /nodes/0/extras/bs_class (thing)
  found:    "labware"
  expected: a class that is not abstract
  remedy:   use one below it, such as "rack""#,
    );
}

#[test]
fn class_of_another_type() {
    assert_report(
        &extras(json!({"bs_class": 20})).glb(),
        "error: memory.gltf: /nodes/0/extras/bs_class (thing)
  found:    20
  expected: a text",
    );
}

#[test]
fn mass_of_nothing() {
    assert_report(
        &extras(json!({"bs_mass": 0})).glb(),
        "error: memory.gltf: /nodes/0/extras/bs_mass (thing)
  found:    0
  expected: a number above 0",
    );
}

#[test]
fn restitution_above_one() {
    assert_report(
        &extras(json!({"bs_restitution": 1.5})).glb(),
        "error: memory.gltf: /nodes/0/extras/bs_restitution (thing)
  found:    1.5
  expected: a number of 0 … 1",
    );
}

#[test]
fn unknown_body() {
    assert_report(
        &extras(json!({"bs_body": "dinamic"})).glb(),
        r#"error: memory.gltf: /nodes/0/extras/bs_body (thing)
  found:    "dinamic"
  expected: static, dynamic
  remedy:   did you mean "dynamic"?"#,
    );
}

#[test]
fn unknown_collider() {
    assert_report(
        &extras(json!({"bs_collider": "cilinder"})).glb(),
        r#"error: memory.gltf: /nodes/0/extras/bs_collider (thing)
  found:    "cilinder"
  expected: box, sphere, cylinder, capsule, hull, decompose, mesh, none
  remedy:   did you mean "cylinder"?"#,
    );
}

#[test]
fn flag_of_two() {
    assert_report(
        &extras(json!({"bs_collider_only": 2})).glb(),
        "error: memory.gltf: /nodes/0/extras/bs_collider_only (thing)
  found:    2
  expected: 1 or 0",
    );
}

#[test]
fn liquid_that_is_not_seen() {
    let file = below(json!({"name": "fill", "extras": {"bs_liquid": 1}}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1/extras/bs_liquid (room/thing/fill)
  found:    `bs_liquid` where nothing uses it
  expected: a rendered mesh",
    );
}

#[test]
fn mesh_collider_on_a_dynamic_object() {
    let file = extras(json!({"bs_body": "dynamic", "bs_collider": "mesh"}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/0 (thing)
  found:    a `mesh` collider on a dynamic object
  expected: a closed convex shape
  remedy:   use hull, decompose, box, sphere, cylinder or capsule",
    );
}

#[test]
fn dynamic_object_without_colliders() {
    let file = extras(json!({"bs_body": "dynamic", "bs_collider": "none"}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/0 (thing)
  found:    a dynamic object without colliders
  expected: something that can rest on something
  remedy:   remove `bs_collider = none`, or make it static",
    );
}

#[test]
fn object_that_is_not_seen() {
    assert_report(
        &extras(json!({"bs_collider_only": 1})).glb(),
        "error: memory.gltf: /nodes/0 (thing)
  found:    an object without a rendered mesh
  expected: at least one mesh at or below a node with `bs_class`, in no other object",
    );
}

#[test]
fn mesh_in_no_object() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "stray", "mesh": 0}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1 (stray)
  found:    a mesh in no object
  expected: a class for everything that is seen
  remedy:   give it or a node above it a `bs_class`",
    );
}

#[test]
fn nothing_labelled() {
    let mut file = GltfFile::of_triangle();
    file.json["nodes"][0]["extras"] = json!({});
    file.root(json!({"name": "more", "mesh": 0}));
    assert_report(
        &file.glb(),
        "error: memory.gltf
  found:    no `bs_class` anywhere (nodes with a mesh: 2)
  expected: a class for everything that is seen
  remedy:   give it or a node above it a `bs_class`",
    );
}

#[test]
fn exported_without_custom_properties() {
    let mut file = GltfFile::of_triangle();
    file.json["asset"]["generator"] = json!("Khronos glTF Blender I/O v5.0.21");
    file.json["nodes"][0]
        .as_object_mut()
        .unwrap()
        .remove("extras");
    assert_report(
        &file.glb(),
        "error: memory.gltf
  found:    no `bs_class` anywhere (nodes with a mesh: 1)
  expected: a class for everything that is seen
  remedy:   in Blender's export dialog tick Include › Custom Properties",
    );
}

#[test]
fn keypoint_on_a_mesh() {
    assert_report(
        &extras(json!({"bs_keypoint": "tip"})).glb(),
        "error: memory.gltf: /nodes/0 (thing)
  found:    `bs_keypoint` on a mesh
  expected: an empty
  remedy:   put it on an empty of its own",
    );
}

#[test]
fn keypoint_of_no_object() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "stray", "extras": {"bs_keypoint": "tip"}}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1 (stray)
  found:    `bs_keypoint` of no object
  expected: a node below one with `bs_class`",
    );
}

#[test]
fn keypoint_twice() {
    let mut file = below(json!({"name": "a", "extras": {"bs_keypoint": "tip"}}));
    file.push(
        "nodes",
        json!({"name": "b", "extras": {"bs_keypoint": "tip"}}),
    );
    file.json["nodes"][0]["children"] = json!([1, 3]);
    assert_report(
        &file.glb(),
        r#"error: memory.gltf: /nodes/3 (room/thing/b)
  found:    bs_keypoint "tip" again in this object
  expected: a name of its own for each"#,
    );
}

#[test]
fn grasp_without_a_name() {
    let file = below(json!({"name": "a", "extras": {"bs_grasp": ""}}));
    assert_report(
        &file.glb(),
        r#"error: memory.gltf: /nodes/1/extras/bs_grasp (room/thing/a)
  found:    ""
  expected: a text that is not empty"#,
    );
}

#[test]
fn region_without_an_extent() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "slot", "scale": [1, 1, 1e-8], "extras": {"bs_region": "slot"}}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1 (slot)
  found:    a region of 2 × 0.00000002 m
  expected: a region with an extent along its own X and Y
  remedy:   scale the empty, or use a box",
    );
}

#[test]
fn mass_of_a_part() {
    let file = below(json!({"name": "cap", "mesh": 0, "extras": {"bs_mass": 1}}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1/extras/bs_mass (room/thing/cap)
  found:    `bs_mass` where nothing uses it
  expected: a node with `bs_class`",
    );
}

#[test]
fn friction_of_no_object() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "stray", "extras": {"bs_friction": 0.5}}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1/extras/bs_friction (stray)
  found:    `bs_friction` where nothing uses it
  expected: a node with `bs_class`, or one above such nodes",
    );
}

#[test]
fn kelvin_of_no_light() {
    assert_report(
        &extras(json!({"bs_kelvin": 3000})).glb(),
        "error: memory.gltf: /nodes/0/extras/bs_kelvin (thing)
  found:    `bs_kelvin` where nothing uses it
  expected: a node with `bs_light`",
    );
}

#[test]
fn unknown_light() {
    let file = below(json!({"name": "lamp", "extras": {"bs_light": "disk"}}));
    assert_report(
        &file.glb(),
        r#"error: memory.gltf: /nodes/1/extras/bs_light (room/thing/lamp)
  found:    "disk"
  expected: rect"#,
    );
}
