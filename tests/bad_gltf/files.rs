//! Files beside a glTF file, and files that are none.

use std::fs;
use std::path::{Path, PathBuf};

use benchside::scene::builder::SceneBuilder;
use serde_json::json;

use crate::support::gltf::{GltfFile, taxonomy};

/// `NAME/scenes/lab`, empty, under the build folder.
fn folder(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad_gltf");
    let _ = fs::remove_dir_all(tests.join(name));
    let path = tests.join(name).join("scenes/lab");
    fs::create_dir_all(&path).unwrap();
    path
}

/// Loads `lab/room.gltf`; the report has `lab` for the folder.
#[track_caller]
fn assert_report(lab: &Path, add: impl FnOnce(&mut SceneBuilder), expected: &str) {
    let mut builder = SceneBuilder::new("lab", taxonomy(), lab);
    add(&mut builder);
    let (_, problems) = builder.finish();
    let report = problems.to_string().replace(lab.to_str().unwrap(), "lab");
    assert_eq!(report, expected);
}

#[track_caller]
fn assert_buffer_report(name: &str, uri: &str, expected: &str) {
    let lab = folder(name);
    let path = lab.join("room.gltf");
    fs::write(&path, GltfFile::of_triangle().separate(uri)).unwrap();
    assert_report(
        &lab,
        |builder| assert_eq!(builder.add_asset(&path), None),
        expected,
    );
}

#[test]
fn missing_asset() {
    let lab = folder("missing_asset");
    let add =
        |builder: &mut SceneBuilder| assert_eq!(builder.add_asset(&lab.join("room.glb")), None);
    assert_report(
        &lab,
        add,
        "error: lab/room.glb
  found:    no such file
  expected: a .gltf or .glb file",
    );
}

#[test]
fn folder_for_an_asset() {
    let lab = folder("folder_for_an_asset");
    let add = |builder: &mut SceneBuilder| assert_eq!(builder.add_asset(&lab), None);
    assert_report(
        &lab,
        add,
        "error: lab
  found:    not a file
  expected: a .gltf or .glb file",
    );
}

#[test]
fn missing_buffer() {
    assert_buffer_report(
        "missing_buffer",
        "room.bin",
        r#"error: lab/room.gltf: /buffers/0/uri
  found:    "room.bin": no such file
  expected: a file that can be read"#,
    );
}

#[test]
fn absolute_path() {
    assert_buffer_report(
        "absolute_path",
        "/etc/passwd",
        "error: lab/room.gltf: /buffers/0/uri
  found:    an absolute path
  expected: a relative path",
    );
}

#[test]
fn url() {
    assert_buffer_report(
        "url",
        "https://example.org/room.bin",
        "error: lab/room.gltf: /buffers/0/uri
  found:    a URL
  expected: a relative path",
    );
}

#[test]
fn path_out_of_the_scenes() {
    assert_buffer_report(
        "path_out_of_the_scenes",
        "../../secret.bin",
        r#"error: lab/room.gltf: /buffers/0/uri
  found:    "../../secret.bin": a path that leaves the scene's folder tree
  expected: a file that can be read"#,
    );
}

#[test]
fn missing_texture() {
    let lab = folder("missing_texture");
    let mut file = GltfFile::of_triangle();
    file.push(
        "images",
        json!({"name": "wood", "uri": "textures/wood.png"}),
    );
    file.push("textures", json!({"source": 0}));
    file.push("materials", json!({"normalTexture": {"index": 0}}));
    let path = lab.join("room.glb");
    fs::write(&path, file.glb()).unwrap();
    let add = |builder: &mut SceneBuilder| assert_eq!(builder.add_asset(&path), None);
    assert_report(
        &lab,
        add,
        r#"error: lab/room.glb: /images/0/uri (wood)
  found:    "textures/wood.png": no such file
  expected: a file that can be read"#,
    );
}

#[test]
fn recipe_texture_that_is_none() {
    let lab = folder("recipe_texture");
    fs::write(lab.join("a.png"), "text").unwrap();
    let add = |builder: &mut SceneBuilder| {
        for _ in 0..2 {
            assert_eq!(builder.add_texture(&lab.join("a.png"), true), None);
        }
        assert_eq!(builder.add_texture(&lab.join("b.png"), true), None);
    };
    assert_report(
        &lab,
        add,
        "error: lab/a.png
  found:    neither PNG nor JPEG
  expected: a whole PNG or JPEG image of at most 8192 × 8192 px
error: lab/b.png
  found:    no such file
  expected: a whole PNG or JPEG image of at most 8192 × 8192 px",
    );
}
