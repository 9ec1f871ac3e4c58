//! `benchside check`: all problems at once.

use std::path::{Path, PathBuf};

use super::Verdict;
use super::output::{count, print};
use crate::base::problem::{Problem, Problems};
use crate::dataset::demo::DemoManifest;
use crate::dataset::layout;
use crate::scene::builder::SceneBuilder;
use crate::scene::desc::SceneDesc;
use crate::scene::taxonomy::Taxonomy;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Scene folder, recipe, task, glTF file, robot (folder, robot.toml, URDF, MJCF), data set or recording
    path: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let (problems, what) = look(&args.path)?;
    for problem in problems.iter() {
        print(&format!("{problem}\n"))?;
    }
    let path = args.path.display();
    let (errors, warnings) = problems.counts();
    let counts = match (errors, warnings) {
        (0, 0) => "no problems".to_string(),
        _ => format!(
            "{}, {}",
            count(errors as u64, "error"),
            count(warnings as u64, "warning")
        ),
    };
    print(&format!("{path}: {counts} ({what})\n"))?;
    if errors > 0 {
        return Ok(Verdict::ProblemsFound);
    }
    Ok(Verdict::Fine)
}

/// The problems, and what was looked at.
fn look(path: &Path) -> Result<(Problems, String), Problems> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    if path.is_dir() && path.join(layout::MANIFEST).exists() {
        if DemoManifest::is_there(path) {
            let report = crate::dataset::demo::check::check(path);
            let (episodes, steps) = (report.episodes, report.steps);
            let what = format!(
                "recording, {} of {}",
                count(steps, "step"),
                count(episodes, "episode")
            );
            return Ok((report.problems, what));
        }
        let report = crate::dataset::check::check(path);
        let images = count(report.images, "image");
        let episodes = count(report.episodes, "episode");
        return Ok((report.problems, format!("data set, {images} of {episodes}")));
    }
    if ["gltf", "glb"]
        .iter()
        .any(|e| extension.eq_ignore_ascii_case(e))
    {
        return Ok(gltf(path));
    }
    if crate::robot::is_robot(path) {
        return super::robot::check(path);
    }
    if crate::eval::suite::is_suite(path) {
        return Ok(match crate::eval::suite::Suite::load(path) {
            Ok(suite) => {
                print(&suite.summary())?;
                (suite.warnings, "suite".to_owned())
            }
            Err(problems) => (problems, "suite".to_owned()),
        });
    }
    if let Some(checked) = evaluation_file(path) {
        return checked;
    }
    if crate::task::load::is_task(path) {
        return task(path);
    }
    if path.is_dir() && !path.join("recipe.toml").exists() {
        return Err(Problem::error(
            path,
            "",
            "a folder without manifest.json, recipe.toml and robot.toml",
            "a scene folder, a recipe, a task, a glTF file, a robot or a data set",
            "name a folder that has one of these files",
        )
        .into());
    }
    Ok(scene(path))
}

fn scene(path: &Path) -> (Problems, String) {
    match crate::scene::load::load(path) {
        Ok(loaded) => {
            let mut problems = loaded.warnings;
            let scene = &loaded.scene;
            // What the loader cannot see: whether physics can use the meshes.
            if let Err(shapes) = crate::scene::shapes::Shapes::build(scene) {
                problems.extend(shapes);
            }
            (problems, contents(scene))
        }
        Err(problems) => (problems, "scene".into()),
    }
}

/// A task with its scene and robots; prints what was understood.
fn task(path: &Path) -> Result<(Problems, String), Problems> {
    match crate::task::load::LoadedTask::load(path) {
        Ok(loaded) => {
            print(&loaded.task.summary(&loaded.robots))?;
            let mut problems = loaded.warnings;
            if let Err(shapes) = crate::scene::shapes::Shapes::build(&loaded.scene) {
                problems.extend(shapes);
            }
            Ok((problems, "task".into()))
        }
        Err(problems) => Ok((problems, "task".into())),
    }
}

/// A glTF file by itself, with the taxonomy of a folder above it.
fn gltf(path: &Path) -> (Problems, String) {
    let what = "glTF file".to_string();
    let folder = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let taxonomies = folder.ancestors().skip(1).map(|f| f.join("taxonomy.toml"));
    let Some(taxonomy) = taxonomies.into_iter().find(|t| t.exists()) else {
        let problem = Problem::error(
            path,
            "",
            "no taxonomy.toml in any folder above the file",
            "the classes that bs_class refers to",
            "put a taxonomy.toml into a folder above, such as scenes/taxonomy.toml",
        );
        return (problem.into(), what);
    };
    let taxonomy = match Taxonomy::load(&taxonomy) {
        Ok((taxonomy, _)) => taxonomy,
        Err(problems) => return (problems, what),
    };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let root = path.parent().unwrap_or(Path::new("."));
    let mut builder = SceneBuilder::new(&name, taxonomy, root);
    builder.add_asset(path);
    let (scene, mut problems) = builder.finish();
    if !problems.has_errors()
        && let Err(shapes) = crate::scene::shapes::Shapes::build(&scene)
    {
        problems.extend(shapes);
    }
    (problems, contents(&scene))
}

fn contents(scene: &SceneDesc) -> String {
    let triangles = scene.meshes.iter().map(|m| m.triangles.len() as u64).sum();
    let classes: std::collections::BTreeSet<_> = scene.objects.iter().map(|o| o.class).collect();
    format!(
        "{}, {}, {}, {}",
        count(scene.assets.len() as u64, "glTF file"),
        count(scene.objects.len() as u64, "object"),
        match classes.len() {
            1 => "1 class".to_string(),
            n => format!("{n} classes"),
        },
        count(triangles, "triangle"),
    )
}

/// Gates and adapters, by the ends of their names; `None` for other files.
fn evaluation_file(path: &Path) -> Option<Result<(Problems, String), Problems>> {
    let name = path.file_name()?.to_str()?;
    let unreadable = |found: String| Problem::error(path, "", found, "a file to read", "").into();
    if name.ends_with(".gate.toml") {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Some(Err(unreadable(error.to_string()))),
        };
        let problems = crate::eval::gate::Gates::parse(&text, path).err();
        return Some(Ok((problems.unwrap_or_default(), "gates".to_owned())));
    }
    if name.ends_with(".adapter.toml") || name.ends_with(".onnx.toml") {
        let adapter = crate::policy::adapter::AdapterDesc::load(path.to_str()?);
        return Some(Ok((
            adapter.err().unwrap_or_default(),
            "adapter".to_owned(),
        )));
    }
    None
}
