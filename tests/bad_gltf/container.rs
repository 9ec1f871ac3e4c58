//! Files that are no glTF 2.0, or not all of one.

use super::{assert_flaw, assert_report};
use crate::support::gltf::GltfFile;
use serde_json::json;

#[test]
fn empty_file() {
    assert_report(b" \n", "?");
}

#[test]
fn another_format() {
    assert_report(b"\x89PNG\r\n\x1a\n and so on", "?");
}

#[test]
fn truncated_glb_header() {
    assert_report(b"glTF\x02\0\0", "?");
}

#[test]
fn truncated_glb() {
    let glb = GltfFile::of_triangle().glb();
    assert_report(&glb[..glb.len() - 8], "?");
}

#[test]
fn glb_version_1() {
    let mut glb = GltfFile::of_triangle().glb();
    glb[4] = 1;
    assert_report(&glb, "?");
}

#[test]
fn glb_chunk_beyond_the_end() {
    let mut glb = GltfFile::of_triangle().glb();
    glb[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_report(&glb, "?");
}

#[test]
fn glb_without_json() {
    let mut glb = GltfFile::of_triangle().glb();
    glb[16..20].copy_from_slice(b"BIN\0");
    assert_report(&glb, "?");
}

#[test]
fn truncated_json() {
    let json = GltfFile::of_triangle().embedded();
    assert_report(&json[..10], "?");
}

#[test]
fn nan_is_not_json() {
    assert_report(
        br#"{"asset": {"version": "2.0"}, "nodes": [{"scale": [NaN, 1, 1]}]}"#,
        "?",
    );
}

#[test]
fn number_beyond_double_precision() {
    assert_report(
        br#"{"asset": {"version": "2.0"}, "nodes": [{"scale": [1e999, 1, 1]}]}"#,
        "?",
    );
}

#[test]
fn nesting_without_end() {
    let deep = [br#"{"asset":"#.to_vec(), vec![b'['; 100_000]].concat();
    assert_report(&deep, "?");
}

#[test]
fn too_many_values() {
    let many = format!(
        r#"{{"asset": {{"version": "2.0"}}, "nodes": [{}{{}}]}}"#,
        "{},".repeat(1_000_000)
    );
    assert_report(many.as_bytes(), "?");
}

#[test]
fn json_of_something_else() {
    assert_report(br#"{"name": "package", "version": "1.0.0"}"#, "?");
}

#[test]
fn gltf_1() {
    assert_flaw(|json| json["asset"]["version"] = json!("1.0"), "?");
}

#[test]
fn later_gltf() {
    assert_flaw(
        |json| json["asset"] = json!({"version": "2.1", "minVersion": "2.1"}),
        "?",
    );
}

#[test]
fn unknown_required_extension() {
    assert_flaw(
        |json| json["extensionsRequired"] = json!(["ACME_wobble"]),
        "?",
    );
}

#[test]
fn compressed_meshes() {
    assert_flaw(
        |json| json["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]),
        "?",
    );
}

#[test]
fn problems_are_counted_beyond_a_hundred() {
    let mut file = GltfFile::of_triangle();
    for _ in 0..250 {
        file.root(json!({"scale": "large"}));
    }
    let (_, problems) = file.load();
    assert_eq!(problems.counts(), (101, 0));
    assert_eq!(problems.iter().last().unwrap().to_string(), "?");
}

#[test]
fn all_flaws_at_once() {
    assert_flaw(
        |json| {
            json["nodes"][0]["extras"]["bs_mass"] = json!("heavy");
            json["bufferViews"][0]["byteLength"] = json!(37);
            json["materials"] = json!([{"doubleSided": 1}]);
        },
        "?",
    );
}
