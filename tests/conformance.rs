//! Every shipped scene loads, settles, renders, and comes back from Blender as it was.

use std::path::{Path, PathBuf};
use std::process::Command;

use benchside::base::camera::Lens;
use benchside::base::image::PlaneSet;
use benchside::episode::sample;
use benchside::render::{Renderer, Scratch, ViewOptions};
use benchside::scene::builder::SceneBuilder;
use benchside::scene::desc::SceneDesc;
use benchside::scene::load::{Loaded, load};
use benchside::scene::shapes::Shapes;
use benchside::scene::taxonomy::Taxonomy;
use benchside::world::simulate;

use crate::agreement::assert_agree;
use crate::support::cli::{fresh, ok};
use crate::support::python::{python, script};
use crate::support::views::RAY_PINHOLE;

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes")
}

/// Every folder of `scenes/` with a recipe.
fn shipped() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(scenes())
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut shipped: Vec<PathBuf> = folders
        .filter(|f| f.join("recipe.toml").is_file())
        .collect();
    shipped.sort();
    assert!(!shipped.is_empty());
    shipped
}

fn loaded(folder: &Path) -> Loaded {
    let loaded = load(folder).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded
}

#[test]
fn shipped_scenes_are_rich_enough() {
    for folder in shipped() {
        let Loaded { scene, .. } = loaded(&folder);
        let mut classes: Vec<_> = scene.objects.iter().map(|o| o.class).collect();
        classes.sort_unstable();
        classes.dedup();
        // A room full of things, or the few that a task needs.
        let least = if folder.join("tasks").exists() && !folder.ends_with("pathology_lab") {
            8
        } else if folder.ends_with("surgical_trainer") {
            5
        } else {
            30
        };
        assert!(
            classes.len() >= least,
            "{}: {} classes",
            folder.display(),
            classes.len()
        );
    }
}

#[test]
fn shipped_scenes_settle_and_raster_and_rays_agree_in_them() {
    for folder in shipped() {
        let Loaded { scene, recipe, .. } = loaded(&folder);
        let shapes = Shapes::build(&scene).unwrap();
        let spec = sample(&scene, &recipe, &shapes, 1, 0, Some((160, 120)));
        let mut simulated = simulate(&scene, &shapes, &spec).unwrap_or_else(|e| panic!("{e}"));
        assert!(
            simulated.settling.escaped.is_empty(),
            "{:?}",
            simulated.settling
        );
        let mut snapshot = simulated.frames.swap_remove(0);
        // Each pinhole camera, then the same traced by rays.
        snapshot.cameras.retain(|c| c.lens == Lens::Pinhole);
        assert!(!snapshot.cameras.is_empty());
        let traced = snapshot.cameras.clone().into_iter().map(|mut camera| {
            camera.lens = RAY_PINHOLE;
            camera
        });
        let count = snapshot.cameras.len();
        let traced: Vec<_> = traced.collect();
        snapshot.cameras.extend(traced);
        let renderer = Renderer::new(&scene);
        let frame = renderer.frame(&snapshot);
        let planes = PlaneSet {
            color: false,
            ..PlaneSet::ALL
        };
        let options = ViewOptions::fast(planes, 1);
        let mut scratch = Scratch::default();
        for camera in 0..count {
            let raster = frame.view(camera, &options, &mut scratch);
            let rays = frame.view(count + camera, &options, &mut scratch);
            let name = &snapshot.cameras[camera].name;
            assert_agree(
                &raster,
                &rays,
                &format!("{} camera {name}", folder.display()),
            );
        }
    }
}

fn load_asset(path: &Path) -> SceneDesc {
    let (taxonomy, _) = Taxonomy::load(&scenes().join("taxonomy.toml")).unwrap();
    let mut builder = SceneBuilder::new("scene", taxonomy, path.parent().unwrap());
    builder.add_asset(path);
    let (scene, problems) = builder.finish();
    assert!(problems.is_empty(), "{}: {problems}", path.display());
    scene
}

/// What an author would miss: (name, class, part counts …) of every object, and the regions.
fn inventory(scene: &SceneDesc) -> Vec<String> {
    let mut lines: Vec<String> = scene
        .objects
        .iter()
        .map(|o| {
            let names = |list: Vec<&str>| {
                let mut list = list;
                list.sort_unstable();
                list.join(" ")
            };
            format!(
                "{} class {} {:?} keypoints [{}] grasps [{}] regions [{}] colliders {} size {:.4}",
                o.name,
                o.class.0,
                o.body.motion,
                names(o.keypoints.iter().map(|k| k.name.as_str()).collect()),
                names(o.grasps.iter().map(|g| g.name.as_str()).collect()),
                names(o.regions.iter().map(|r| r.name.as_str()).collect()),
                o.body.colliders.len(),
                o.bounds.size(),
            )
        })
        .collect();
    for region in &scene.assets[0].regions {
        lines.push(format!(
            "region {} half size {:.4}",
            region.name, region.half_size_m
        ));
    }
    lines.sort();
    lines
}

#[test]
fn a_scene_comes_back_from_blender_with_its_labels() {
    let Some(python) = python("bpy") else {
        return;
    };
    let folder = fresh("blender_reexport");
    std::fs::create_dir_all(&folder).unwrap();
    for source in [
        "pathology_lab/pathology_lab.gltf",
        "assets/tube_rack_15ml.glb",
        "assets/microscope_slide.glb",
    ] {
        let source = scenes().join(source);
        let target = folder.join("reexported.glb");
        let mut command = Command::new(&python);
        command
            .arg(script("blender_reexport.py"))
            .arg(&source)
            .arg(&target);
        assert!(ok(command).contains("re-exported by Blender"));
        let (before, after) = (
            inventory(&load_asset(&source)),
            inventory(&load_asset(&target)),
        );
        assert_eq!(before, after, "{}", source.display());
    }
}
