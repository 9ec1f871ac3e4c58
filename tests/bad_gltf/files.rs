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
    assert_report(&lab, add, "?");
}

#[test]
fn folder_for_an_asset() {
    let lab = folder("folder_for_an_asset");
    let add = |builder: &mut SceneBuilder| assert_eq!(builder.add_asset(&lab), None);
    assert_report(&lab, add, "?");
}

#[test]
fn missing_buffer() {
    assert_buffer_report("missing_buffer", "room.bin", "?");
}

#[test]
fn absolute_path() {
    assert_buffer_report("absolute_path", "/etc/passwd", "?");
}

#[test]
fn url() {
    assert_buffer_report("url", "https://example.org/room.bin", "?");
}

#[test]
fn path_out_of_the_scenes() {
    assert_buffer_report("path_out_of_the_scenes", "../../secret.bin", "?");
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
    assert_report(&lab, add, "?");
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
    assert_report(&lab, add, "?");
}
