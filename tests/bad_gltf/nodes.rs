//! The hierarchy, transforms, lights, cameras.

use serde_json::{Value, json};

use super::{assert_flaw, assert_report};
use crate::support::gltf::GltfFile;

#[test]
fn cycle() {
    let mut file = GltfFile::of_triangle();
    file.push("nodes", json!({"name": "a", "children": [2]}));
    file.push("nodes", json!({"name": "b", "children": [1]}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1 (a)
  found:    a node that is its own ancestor
  expected: a tree of nodes",
    );
}

#[test]
fn two_parents() {
    let mut file = GltfFile::of_triangle();
    file.push("nodes", json!({"name": "part"}));
    file.json["nodes"][0]["children"] = json!([1]);
    file.root(json!({"name": "other", "children": [1]}));
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/2/children/0 (other)
  found:    node 1, which is a child of node 0 already
  expected: one parent for each node",
    );
}

#[test]
fn root_that_is_a_child() {
    let mut file = GltfFile::of_triangle();
    let child = file.root(json!({"name": "part"}));
    file.json["nodes"][0]["children"] = json!([child]);
    assert_report(
        &file.glb(),
        "error: memory.gltf: /scenes/0/nodes/1
  found:    node 1, which is a child of node 0
  expected: a node without a parent",
    );
}

#[test]
fn missing_child() {
    assert_flaw(
        |json| json["nodes"][0]["children"] = json!([1]),
        "error: memory.gltf: /nodes/0/children/0 (thing)
  found:    1
  expected: an index into `nodes`, which has 1 entry",
    );
}

#[test]
fn missing_scene() {
    assert_flaw(
        |json| json["scene"] = json!(3),
        "error: memory.gltf: /scene
  found:    3
  expected: an index into `scenes`, which has 1 entry",
    );
}

fn node(edit: Value) -> GltfFile {
    let mut file = GltfFile::of_triangle();
    for (key, value) in edit.as_object().unwrap() {
        file.json["nodes"][0][key] = value.clone();
    }
    file
}

#[test]
fn transform_beyond_single_precision() {
    assert_report(
        &node(json!({"translation": [0, 1e300, 0]})).glb(),
        "error: memory.gltf: /nodes/0/translation/1 (thing)
  found:    1e+300
  expected: a number within ±3.4e38",
    );
}

#[test]
fn transform_that_grows_without_bound() {
    let mut file = GltfFile::of_triangle();
    file.json["nodes"][0]["scale"] = json!([1e5, 1e5, 1e5]);
    file.push("nodes", json!({"name": "part", "scale": [1e5, 1, 1]}));
    file.json["nodes"][0]["children"] = json!([1]);
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1 (thing/part)
  found:    a world transform with numbers beyond ±1e6
  expected: a transform in metres, all finite
warning: memory.gltf
  found:    a scene of 100000.0 m
  expected: at most 50 m
  remedy:   model in metres",
    );
}

#[test]
fn transform_of_another_type() {
    assert_report(
        &node(json!({"rotation": {"x": 1}})).glb(),
        "error: memory.gltf: /nodes/0/rotation (thing)
  found:    an object
  expected: an array of 4 numbers",
    );
}

#[test]
fn rotation_that_is_none() {
    assert_report(
        &node(json!({"rotation": [0, 0, 0, 0]})).glb(),
        "error: memory.gltf: /nodes/0/rotation (thing)
  found:    [0, 0, 0, 0]
  expected: a unit quaternion",
    );
}

#[test]
fn matrix_that_projects() {
    let matrix = json!([1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    assert_report(
        &node(json!({"matrix": matrix})).glb(),
        "error: memory.gltf: /nodes/0/matrix (thing)
  found:    [1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  expected: an affine matrix: last row 0, 0, 0, 1",
    );
}

#[test]
fn matrix_and_scale() {
    let matrix = json!([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    assert_report(
        &node(json!({"matrix": matrix, "scale": [1, 1, 1]})).glb(),
        "error: memory.gltf: /nodes/0/matrix (thing)
  found:    `matrix` beside `translation`, `rotation` or `scale`
  expected: one or the other",
    );
}

#[test]
fn object_with_shear() {
    let mut file = node(json!({"rotation": [0, 0.6, 0, 0.8]}));
    file.push(
        "nodes",
        json!({"name": "room", "scale": [1, 1, 3], "children": [0]}),
    );
    file.json["scenes"][0]["nodes"] = json!([1]);
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/0 (room/thing)
  found:    a frame with shear
  expected: a frame that is rigid once scale is removed
  remedy:   in Blender, apply the scale of the parents (Object › Apply › Scale)",
    );
}

#[test]
fn object_flattened() {
    assert_report(
        &node(json!({"scale": [1, 0, 1]})).glb(),
        "error: memory.gltf: /nodes/0 (thing)
  found:    a frame with scale 0
  expected: a frame that is rigid once scale is removed",
    );
}

#[test]
fn part_flattened() {
    let mut file = node(json!({"children": [1]}));
    file.push(
        "nodes",
        json!({"name": "part", "mesh": 0, "scale": [1, 0, 1]}),
    );
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/1 (thing/part)
  found:    a frame with scale 0
  expected: a scale other than 0",
    );
}

#[test]
fn camera_without_an_angle() {
    let mut file = node(json!({"camera": 0}));
    file.push(
        "cameras",
        json!({"type": "perspective", "perspective": {"yfov": 0}}),
    );
    assert_report(
        &file.glb(),
        "error: memory.gltf: /cameras/0/perspective/yfov
  found:    0
  expected: an angle between 0 and π",
    );
}

#[test]
fn cone_inside_out() {
    let mut file = node(json!({"extensions": {"KHR_lights_punctual": {"light": 0}}}));
    let spot = json!({"innerConeAngle": 0.5, "outerConeAngle": 0.25});
    let lights = json!([{"name": "lamp", "type": "spot", "spot": spot}]);
    file.json["extensions"]["KHR_lights_punctual"]["lights"] = lights;
    assert_report(
        &file.glb(),
        "error: memory.gltf: /extensions/KHR_lights_punctual/lights/0/spot
  found:    an inner cone of 0.5 rad and an outer one of 0.25 rad
  expected: an inner angle smaller than the outer one",
    );
}

#[test]
fn missing_light() {
    assert_report(
        &node(json!({"extensions": {"KHR_lights_punctual": {"light": 2}}})).glb(),
        "error: memory.gltf: /nodes/0/extensions/KHR_lights_punctual/light (thing)
  found:    2
  expected: an index into `KHR_lights_punctual.lights`, which has 0 entries",
    );
}

#[test]
fn instances_of_two_counts() {
    let mut file = GltfFile::of_triangle();
    let (t, s) = (file.floats(&[[0.0; 3]; 2]), file.floats(&[[1.0; 3]; 3]));
    let attributes = json!({"TRANSLATION": t, "SCALE": s});
    file.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"] = attributes;
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/0/extensions/EXT_mesh_gpu_instancing/attributes/SCALE (thing)
  found:    3 elements
  expected: 2, as many as the others",
    );
}

#[test]
fn instances_without_end() {
    let mut file = GltfFile::of_triangle();
    let zeros = json!({"componentType": 5126, "type": "VEC3", "count": 65_536});
    let zeros = file.push("accessors", zeros);
    let attributes = json!({"TRANSLATION": zeros});
    file.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"] = attributes;
    assert_report(
        &file.glb(),
        "error: memory.gltf: /nodes/0/extensions/EXT_mesh_gpu_instancing (thing)
  found:    65536 instances
  expected: at most 65535",
    );
}
