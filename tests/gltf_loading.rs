//! What a glTF file says is what the scene has: numbers from the specification and from Blender.

mod lights;
mod materials;
mod meshes;
mod objects;

use std::fs;
use std::path::{Path, PathBuf};

use benchside::base::ids::{ClassId, MeshId};
use benchside::scene::builder::SceneBuilder;
use benchside::scene::desc::SceneDesc;
use benchside::scene::gltf::load_bytes;
use benchside::scene::taxonomy::Taxonomy;
use glam::Vec3;
use serde_json::json;

use crate::support::gltf::{GltfFile, taxonomy};

/// An empty folder of this test's own, under the build folder.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("gltf_loading")
        .join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn assert_is_the_triangle(scene: &SceneDesc) {
    assert_eq!(scene.objects.len(), 1);
    assert_eq!(scene.objects[0].name, "thing");
    assert_eq!(scene.objects[0].class, ClassId(20));
    assert_eq!(scene.objects[0].surfaces[0].mesh, MeshId(0));
    // (x, y, z) → (x, −z, y).
    assert_eq!(scene.meshes[0].positions, [Vec3::ZERO, Vec3::X, Vec3::Y]);
    assert_eq!(scene.meshes[0].triangles, [[0, 1, 2]]);
}

#[test]
fn glb_and_embedded_files_are_the_same() {
    let file = GltfFile::of_triangle();
    for bytes in [file.glb(), file.embedded()] {
        let (scene, problems) = load_bytes(&bytes, taxonomy());
        assert!(problems.is_empty(), "{problems}");
        assert_is_the_triangle(&scene);
    }
}

#[test]
fn files_beside_the_scene_are_read_and_remembered() {
    let scenes = folder("files_beside");
    let file = GltfFile::of_triangle();
    for name in ["lab", "assets", "buffers"] {
        fs::create_dir(scenes.join(name)).unwrap();
    }
    let path = scenes.join("assets/a.gltf");
    fs::write(&path, file.separate("../buffers/my%20data.bin")).unwrap();
    fs::write(scenes.join("buffers/my data.bin"), &file.bin).unwrap();

    let mut builder = SceneBuilder::new("lab", taxonomy(), &scenes.join("lab"));
    let id = builder.add_asset(&path);
    let again = builder.add_asset(&scenes.join("lab/../assets/./a.gltf"));
    assert_eq!(id, again);
    builder.add_file_digest(&scenes.join("lab/recipe.toml"), b"abc");
    let (scene, problems) = builder.finish();
    assert!(problems.is_empty(), "{problems}");
    assert_is_the_triangle(&scene);
    assert_eq!(scene.assets.len(), 1);
    assert_eq!(scene.assets[0].name, "a");
    assert_eq!(scene.assets[0].path, path);
    let paths: Vec<&str> = scene.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        ["../assets/a.gltf", "../buffers/my data.bin", "recipe.toml"]
    );
    // FIPS 180-2, appendix B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(scene.files[2].sha256, abc);
}

#[test]
fn a_flawed_asset_leaves_no_trace_but_its_problems() {
    let scenes = folder("flawed_asset");
    let mut flawed = GltfFile::of_triangle();
    flawed.push("materials", json!({"name": "m"}));
    flawed.json["nodes"][0]["extras"] = json!({"bs_class": "tube", "bs_part": "p", "bs_mass": -1});
    fs::write(scenes.join("flawed.glb"), flawed.glb()).unwrap();
    fs::write(scenes.join("good.glb"), GltfFile::of_triangle().glb()).unwrap();

    let mut builder = SceneBuilder::new("lab", taxonomy(), &scenes);
    assert_eq!(builder.add_asset(&scenes.join("flawed.glb")), None);
    assert_eq!(builder.add_asset(&scenes.join("flawed.glb")), None);
    assert_eq!(builder.problems().counts(), (1, 0), "reported once");
    assert!(builder.add_asset(&scenes.join("good.glb")).is_some());
    let (scene, _) = builder.finish();
    assert_is_the_triangle(&scene);
    assert_eq!(scene.parts, [""]);
    assert_eq!(
        (
            scene.assets.len(),
            scene.meshes.len(),
            scene.materials.len()
        ),
        (1, 1, 1)
    );
}

#[test]
fn only_the_default_scene_is_loaded() {
    let mut file = GltfFile::of_triangle();
    let mesh = file.triangle();
    let other = file.push(
        "nodes",
        json!({"mesh": mesh, "extras": {"bs_class": "rack"}}),
    );
    file.push("scenes", json!({"nodes": [other]}));
    file.json["scene"] = json!(1);
    let (scene, problems) = file.load();
    assert_eq!(problems.counts(), (0, 1), "{problems}");
    assert_eq!(scene.objects.len(), 1);
    assert_eq!(scene.objects[0].class, ClassId(3));
    assert_eq!(
        scene.objects[0].name, "node_1",
        "a node without a name gets one"
    );

    // Without any scene, every node that is no child is a root.
    file.json["scenes"].take();
    file.json
        .as_object_mut()
        .unwrap()
        .retain(|key, _| !key.starts_with("scene"));
    assert_eq!(file.scene().objects.len(), 2);
}

#[test]
fn what_is_left_out_is_said() {
    let mut file = GltfFile::of_triangle();
    file.json["extensionsUsed"] = json!(["KHR_materials_clearcoat", "KHR_xmp_json_ld"]);
    file.json["animations"] = json!([{}]);
    file.json["nodes"][0]["skin"] = json!(0);
    file.json["meshes"][0]["primitives"][0]["targets"] = json!([{}]);
    file.json["meshes"][0]["extras"] = json!({"bs_class": "tube"});
    let (scene, problems) = file.load();
    assert_is_the_triangle(&scene);
    let found: Vec<&str> = problems.iter().map(|p| p.found.as_str()).collect();
    assert_eq!(
        found,
        [
            "KHR_materials_clearcoat, which is ignored",
            "`bs_class` on a mesh, where it is ignored",
            "morph targets, which are ignored",
            "a skin, which is ignored: the rest pose is used",
            "animations, which are ignored",
        ]
    );
    assert_eq!(problems.counts(), (0, 5));
}

#[test]
fn the_shipped_assets_load_without_a_problem() {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let taxonomy = match Taxonomy::load(&scenes.join("taxonomy.toml")) {
        Ok((taxonomy, _)) => taxonomy,
        Err(problems) => panic!("{problems}"),
    };
    let mut builder = SceneBuilder::new("all", taxonomy, &scenes.join("assets"));
    for entry in fs::read_dir(scenes.join("assets")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "glb") {
            builder.add_asset(&path);
        }
    }
    let loaded = builder.desc().assets.len();
    let (_, problems) = builder.finish();
    assert!(problems.is_empty(), "{problems}");
    assert!(loaded > 0, "there is nothing to load");
}
