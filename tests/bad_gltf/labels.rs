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
    assert_report(&extras(json!({"bs_clas": "tube"})).glb(), "?");
}

#[test]
fn unknown_class() {
    let file = below(json!({"name": "cap", "extras": {"bs_class": "tubes"}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn abstract_class() {
    assert_report(&extras(json!({"bs_class": "labware"})).glb(), "?");
}

#[test]
fn class_of_another_type() {
    assert_report(&extras(json!({"bs_class": 20})).glb(), "?");
}

#[test]
fn mass_of_nothing() {
    assert_report(&extras(json!({"bs_mass": 0})).glb(), "?");
}

#[test]
fn restitution_above_one() {
    assert_report(&extras(json!({"bs_restitution": 1.5})).glb(), "?");
}

#[test]
fn unknown_body() {
    assert_report(&extras(json!({"bs_body": "dinamic"})).glb(), "?");
}

#[test]
fn unknown_collider() {
    assert_report(&extras(json!({"bs_collider": "cilinder"})).glb(), "?");
}

#[test]
fn flag_of_two() {
    assert_report(&extras(json!({"bs_collider_only": 2})).glb(), "?");
}

#[test]
fn mesh_collider_on_a_dynamic_object() {
    let file = extras(json!({"bs_body": "dynamic", "bs_collider": "mesh"}));
    assert_report(&file.glb(), "?");
}

#[test]
fn dynamic_object_without_colliders() {
    let file = extras(json!({"bs_body": "dynamic", "bs_collider": "none"}));
    assert_report(&file.glb(), "?");
}

#[test]
fn object_that_is_not_seen() {
    assert_report(&extras(json!({"bs_collider_only": 1})).glb(), "?");
}

#[test]
fn mesh_in_no_object() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "stray", "mesh": 0}));
    assert_report(&file.glb(), "?");
}

#[test]
fn nothing_labelled() {
    let mut file = GltfFile::of_triangle();
    file.json["nodes"][0]["extras"] = json!({});
    file.root(json!({"name": "more", "mesh": 0}));
    assert_report(&file.glb(), "?");
}

#[test]
fn exported_without_custom_properties() {
    let mut file = GltfFile::of_triangle();
    file.json["asset"]["generator"] = json!("Khronos glTF Blender I/O v5.0.21");
    file.json["nodes"][0]
        .as_object_mut()
        .unwrap()
        .remove("extras");
    assert_report(&file.glb(), "?");
}

#[test]
fn keypoint_on_a_mesh() {
    assert_report(&extras(json!({"bs_keypoint": "tip"})).glb(), "?");
}

#[test]
fn keypoint_of_no_object() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "stray", "extras": {"bs_keypoint": "tip"}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn keypoint_twice() {
    let mut file = below(json!({"name": "a", "extras": {"bs_keypoint": "tip"}}));
    file.push(
        "nodes",
        json!({"name": "b", "extras": {"bs_keypoint": "tip"}}),
    );
    file.json["nodes"][0]["children"] = json!([1, 3]);
    assert_report(&file.glb(), "?");
}

#[test]
fn grasp_without_a_name() {
    let file = below(json!({"name": "a", "extras": {"bs_grasp": ""}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn region_without_an_extent() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "slot", "scale": [1, 1, 1e-8], "extras": {"bs_region": "slot"}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn mass_of_a_part() {
    let file = below(json!({"name": "cap", "mesh": 0, "extras": {"bs_mass": 1}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn friction_of_no_object() {
    let mut file = GltfFile::of_triangle();
    file.root(json!({"name": "stray", "extras": {"bs_friction": 0.5}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn kelvin_of_no_light() {
    assert_report(&extras(json!({"bs_kelvin": 3000})).glb(), "?");
}

#[test]
fn unknown_light() {
    let file = below(json!({"name": "lamp", "extras": {"bs_light": "disk"}}));
    assert_report(&file.glb(), "?");
}
