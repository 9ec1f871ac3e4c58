//! Files that are no glTF 2.0, or not all of one.

use super::{assert_flaw, assert_report};
use crate::support::gltf::GltfFile;
use serde_json::json;

#[test]
fn empty_file() {
    assert_report(
        b" \n",
        "error: memory.gltf
  found:    an empty file
  expected: a glTF 2.0 file",
    );
}

#[test]
fn another_format() {
    assert_report(
        b"\x89PNG\r\n\x1a\n and so on",
        "error: memory.gltf
  found:    a file that begins with bytes 89 50 4e 47
  expected: a glTF 2.0 file: `glTF` or JSON",
    );
}

#[test]
fn truncated_glb_header() {
    assert_report(
        b"glTF\x02\0\0",
        "error: memory.gltf
  found:    a GLB header of 7 bytes
  expected: 12 bytes
  remedy:   export it again, or copy it whole",
    );
}

#[test]
fn truncated_glb() {
    let glb = GltfFile::of_triangle().glb();
    assert_report(
        &glb[..glb.len() - 8],
        "error: memory.gltf
  found:    a GLB file of 424 bytes whose header says 432
  expected: a file as long as its header says
  remedy:   export it again, or copy it whole",
    );
}

#[test]
fn glb_version_1() {
    let mut glb = GltfFile::of_triangle().glb();
    glb[4] = 1;
    assert_report(
        &glb,
        "error: memory.gltf
  found:    GLB version 1
  expected: version 2
  remedy:   export it again, or copy it whole",
    );
}

#[test]
fn glb_chunk_beyond_the_end() {
    let mut glb = GltfFile::of_triangle().glb();
    glb[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_report(
        &glb,
        "error: memory.gltf
  found:    a GLB chunk of 4294967295 bytes at byte 12
  expected: a chunk that ends within the file
  remedy:   export it again, or copy it whole",
    );
}

#[test]
fn glb_without_json() {
    let mut glb = GltfFile::of_triangle().glb();
    glb[16..20].copy_from_slice(b"BIN\0");
    assert_report(
        &glb,
        "error: memory.gltf
  found:    no JSON chunk first
  expected: a GLB file whose first chunk is JSON
  remedy:   export it again, or copy it whole",
    );
}

#[test]
fn truncated_json() {
    let json = GltfFile::of_triangle().embedded();
    assert_report(
        &json[..10],
        "error: memory.gltf: JSON line 1, column 10
  found:    broken JSON: EOF while parsing a string
  expected: valid JSON",
    );
}

#[test]
fn nan_is_not_json() {
    assert_report(
        br#"{"asset": {"version": "2.0"}, "nodes": [{"scale": [NaN, 1, 1]}]}"#,
        "error: memory.gltf: JSON line 1, column 52
  found:    broken JSON: expected value
  expected: valid JSON",
    );
}

#[test]
fn number_beyond_double_precision() {
    assert_report(
        br#"{"asset": {"version": "2.0"}, "nodes": [{"scale": [1e999, 1, 1]}]}"#,
        "error: memory.gltf: JSON line 1, column 56
  found:    broken JSON: number out of range
  expected: valid JSON",
    );
}

#[test]
fn nesting_without_end() {
    let deep = [br#"{"asset":"#.to_vec(), vec![b'['; 100_000]].concat();
    assert_report(
        &deep,
        "error: memory.gltf: JSON line 1, column 136
  found:    broken JSON: recursion limit exceeded
  expected: valid JSON",
    );
}

#[test]
fn too_many_values() {
    let many = format!(
        r#"{{"asset": {{"version": "2.0"}}, "nodes": [{}{{}}]}}"#,
        "{},".repeat(1_000_000)
    );
    assert_report(
        many.as_bytes(),
        "error: memory.gltf
  found:    JSON of about 2000006 values
  expected: at most 2000000
  remedy:   split the scene into several files",
    );
}

#[test]
fn json_of_something_else() {
    assert_report(
        br#"{"name": "package", "version": "1.0.0"}"#,
        "error: memory.gltf
  found:    JSON without `asset`
  expected: a glTF 2.0 file",
    );
}

#[test]
fn gltf_1() {
    assert_flaw(
        |json| json["asset"]["version"] = json!("1.0"),
        r#"error: memory.gltf: /asset/version
  found:    "1.0"
  expected: "2.0""#,
    );
}

#[test]
fn later_gltf() {
    assert_flaw(
        |json| json["asset"] = json!({"version": "2.1", "minVersion": "2.1"}),
        r#"error: memory.gltf: /asset/minVersion
  found:    "2.1"
  expected: "2.0""#,
    );
}

#[test]
fn unknown_required_extension() {
    assert_flaw(
        |json| json["extensionsRequired"] = json!(["ACME_wobble"]),
        r#"error: memory.gltf: /extensionsRequired/0
  found:    "ACME_wobble"
  expected: an extension that Benchside understands
  remedy:   export it without this extension"#,
    );
}

#[test]
fn compressed_meshes() {
    assert_flaw(
        |json| json["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]),
        r#"error: memory.gltf: /extensionsRequired/0
  found:    "KHR_draco_mesh_compression"
  expected: an extension that Benchside understands
  remedy:   export it without mesh compression"#,
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
    assert_eq!(
        problems.iter().last().unwrap().to_string(),
        "error: memory.gltf
  found:    150 more errors, not listed
  expected: none"
    );
}

#[test]
fn all_flaws_at_once() {
    assert_flaw(
        |json| {
            json["nodes"][0]["extras"]["bs_mass"] = json!("heavy");
            json["bufferViews"][0]["byteLength"] = json!(37);
            json["materials"] = json!([{"doubleSided": 1}]);
        },
        r#"error: memory.gltf: /bufferViews/0
  found:    bytes 0 … 37 of buffer 0
  expected: bytes of 0 … 36
error: memory.gltf: /materials/0/doubleSided
  found:    1
  expected: true or false
error: memory.gltf: /nodes/0/extras/bs_mass (thing)
  found:    "heavy"
  expected: a number"#,
    );
}
