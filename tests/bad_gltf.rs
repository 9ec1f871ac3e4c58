//! One flaw a file, beside its exact message.

mod container;
mod data;
mod files;
mod labels;
mod nodes;
mod taxonomy;

use benchside::scene::gltf::load_bytes;
use serde_json::Value;

use crate::support::gltf::{GltfFile, taxonomy};

/// The bytes load to nothing but this report.
#[track_caller]
fn assert_report(bytes: &[u8], expected: &str) {
    let (scene, problems) = load_bytes(bytes, taxonomy());
    assert_eq!(problems.to_string(), expected);
    assert!(problems.has_errors() && scene.assets.is_empty() && scene.objects.is_empty());
}

/// The good file of one triangle, edited, loads to nothing but this report.
#[track_caller]
fn assert_flaw(edit: impl FnOnce(&mut Value), expected: &str) {
    let mut file = GltfFile::of_triangle();
    edit(&mut file.json);
    assert_report(&file.glb(), expected);
}
