//! A task file, its scene and its robots, from disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::check::{Files, check};
use super::desc::TaskDesc;
use super::raw::RawTask;
use super::rollout::Stage;
use super::variation::vary;
use crate::base::problem::{Problem, Problems};
use crate::robot::action::ActionSpace;
use crate::robot::desc::RobotDesc;
use crate::scene::desc::SceneDesc;
use crate::scene::files;
use crate::scene::load::{Loaded, load_with};
use crate::scene::recipe::desc::RecipeDesc;
use crate::scene::recipe::raw::RawRecipe;
use crate::scene::shapes::Shapes;

/// A task and all that it plays in.
#[derive(Debug)]
pub struct LoadedTask {
    pub task: TaskDesc,
    /// The links of the robots are among its objects.
    pub scene: SceneDesc,
    pub recipe: RecipeDesc,
    /// As the task counts them.
    pub robots: Vec<RobotDesc>,
    /// Of all files; none is an error.
    pub warnings: Problems,
}

impl LoadedTask {
    /// Loads a task file, or the task of this name below `scenes/`, and everything it refers to.
    ///
    /// # Errors
    ///
    /// All problems of all files at once.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let file = find(path)?;
        let expected = "a task file";
        let bytes =
            files::read(&file).map_err(|found| Problem::error(&file, "", found, expected, ""))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let found = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
            Problem::error(&file, "", found, "a TOML file, which is UTF-8", "")
        })?;
        let (raw, mut problems) = super::parse(&text, &file);
        let Some(raw) = raw else {
            return Err(problems);
        };
        let root = file.parent().unwrap_or(Path::new(""));
        if !root.join(&raw.recipe.value).is_file() {
            let found = format!("`{}`, which is no file", raw.recipe.value);
            let expected = "a recipe, by its path from the folder of the task";
            let place = raw.recipe.place.to_string();
            problems.push(Problem::error(&file, place, found, expected, ""));
            return Err(problems);
        }
        let words = words(&raw, root, &file, &mut problems);
        let mut robots = Vec::new();
        let mut robot_paths = BTreeMap::new();
        let vary = |recipe: &mut RawRecipe| vary(&raw, &file, recipe);
        let loaded = load_with(&root.join(&raw.recipe.value), vary, |builder| {
            for robot in raw.robots.value.values() {
                let path = &robot.path.value;
                if robot_paths.contains_key(path) {
                    continue;
                }
                if !root.join(path).exists() {
                    let found = format!("`{path}`, where nothing is");
                    let expected = "a robot, by its path from the folder of the task";
                    let place = robot.path.place.to_string();
                    let problem = Problem::error(&file, place, found, expected, "");
                    builder.problems().push(problem);
                    continue;
                }
                if let Some(desc) = crate::robot::load(builder, &root.join(path)) {
                    robot_paths.insert(path.clone(), robots.len());
                    robots.push(desc);
                }
            }
        });
        let Loaded {
            mut scene,
            recipe,
            warnings,
        } = match loaded {
            Ok(loaded) => loaded,
            Err(more) => {
                problems.extend(more);
                return Err(problems);
            }
        };
        let files = Files {
            scene: &scene,
            recipe: &recipe,
            robots: &robots,
            robot_paths,
            words,
        };
        let sha256 = crate::scene::files::hex(&Sha256::digest(text.as_bytes()));
        let (task, more) = check(&raw, &files, &file, sha256);
        problems.extend(more);
        problems.extend(warnings);
        if task.as_ref().is_some_and(|task| !task.vessels.is_empty()) {
            scene.add_liquid();
        }
        match task {
            Some(task) if !problems.has_errors() => Ok(Self {
                task,
                scene,
                recipe,
                robots,
                warnings: problems,
            }),
            _ => Err(problems),
        }
    }

    /// To play it; `shapes` are of its scene.
    pub fn stage<'a>(&'a self, shapes: &'a Shapes, actions: ActionSpace) -> Stage<'a> {
        Stage {
            task: &self.task,
            scene: &self.scene,
            recipe: &self.recipe,
            shapes,
            robots: &self.robots,
            actions,
        }
    }
}

/// Whether a file is meant as a task: a TOML file with an instruction or stages, or in a folder of
/// tasks.
pub fn is_task(path: &Path) -> bool {
    if path.extension().is_none_or(|e| e != "toml") || !path.is_file() {
        return false;
    }
    let folder = path.parent().and_then(Path::file_name);
    let table = files::read(path)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.parse::<toml::Table>().ok());
    match table {
        Some(table) => table.contains_key("instruction") || table.contains_key("stage"),
        None => folder.is_some_and(|name| name == "tasks"),
    }
}

/// The file itself, or `scenes/*/tasks/<name>.toml`.
///
/// # Errors
///
/// Neither is there; which names there are.
pub fn find(path: &Path) -> Result<PathBuf, Problems> {
    if path.is_file() {
        return Ok(path.to_path_buf());
    }
    let mut known = Vec::new();
    let scenes = std::fs::read_dir("scenes").into_iter().flatten().flatten();
    for scene in scenes {
        let tasks = std::fs::read_dir(scene.path().join("tasks"));
        for task in tasks.into_iter().flatten().flatten() {
            let task = task.path();
            if task.extension().is_some_and(|e| e == "toml") {
                known.push(task);
            }
        }
    }
    known.sort_by_key(|task| task.file_stem().map(std::ffi::OsStr::to_owned));
    let name = path.as_os_str();
    if let Some(task) = known.iter().find(|t| t.file_stem() == Some(name)) {
        return Ok(task.clone());
    }
    let names = known.iter().filter_map(|t| t.file_stem());
    let names: Vec<_> = names.map(|n| n.to_string_lossy()).collect();
    let remedy = match names.is_empty() {
        true => String::new(),
        false => format!("tasks below scenes/: {}", names.join(", ")),
    };
    let expected = "a task file, or the name of a task below scenes/";
    Err(Problem::error(path, "", "no such file", expected, remedy).into())
}

/// The JSON files that the task's words are looked up in.
fn words(
    raw: &RawTask,
    root: &Path,
    file: &Path,
    problems: &mut Problems,
) -> BTreeMap<String, serde_json::Value> {
    let mut words = BTreeMap::new();
    let objects = raw.objects.value.values();
    let tables = objects.flat_map(|o| o.words.iter().flatten());
    for (_, word) in tables {
        let path = &word.file.value;
        if words.contains_key(path) {
            continue;
        }
        let read = files::read(&root.join(path)).and_then(|bytes| {
            serde_json::from_slice(&bytes).map_err(|error| format!("no JSON: {error}"))
        });
        match read {
            Ok(document) => {
                words.insert(path.clone(), document);
            }
            Err(found) => {
                let expected = "a JSON file, by its path from the folder of the task";
                let found = format!("`{path}`: {found}");
                let place = word.file.place.to_string();
                problems.push(Problem::error(file, place, found, expected, ""));
            }
        }
    }
    words
}
