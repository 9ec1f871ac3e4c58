//! A scene folder or recipe file → [`SceneDesc`] and [`RecipeDesc`].

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::builder::SceneBuilder;
use super::desc::SceneDesc;
use super::files;
use super::recipe::check::{Files, check};
use super::recipe::desc::RecipeDesc;
use super::recipe::raw::RawRecipe;
use super::recipe::reader::Place;
use super::taxonomy::Taxonomy;
use crate::base::problem::{Problem, Problems};

/// What a recipe and the files it refers to say.
#[derive(Debug)]
pub struct Loaded {
    pub scene: SceneDesc,
    pub recipe: RecipeDesc,
    /// Of all files; none is an error.
    pub warnings: Problems,
}

/// Loads a scene folder with a `recipe.toml`, or a recipe file, and everything it refers to.
///
/// # Errors
///
/// All problems of all files at once, the recipe's first. Only what cannot be judged without a
/// file that is itself broken is left out.
pub fn load(path: &Path) -> Result<Loaded, Problems> {
    load_with(path, |_| Problems::default(), |_| {})
}

/// The same, with a recipe that `vary` changes before it is checked, and what `more` adds to the
/// scene's tables after the recipe's assets.
///
/// # Errors
///
/// As [`load`], what `vary` gives, and what `more` reports to the builder.
pub fn load_with(
    path: &Path,
    vary: impl FnOnce(&mut RawRecipe) -> Problems,
    more: impl FnOnce(&mut SceneBuilder),
) -> Result<Loaded, Problems> {
    let file = if path.is_dir() {
        path.join("recipe.toml")
    } else {
        path.to_path_buf()
    };
    let (bytes, text) = read_text(&file)?;
    let (raw, mut problems) = super::recipe::parse(&text, &file);
    let Some(mut raw) = raw else {
        return Err(problems);
    };
    problems.extend(vary(&mut raw));
    let root = file.parent().unwrap_or(Path::new(""));
    let mut references = References {
        file: &file,
        root,
        problems: &mut problems,
    };
    let taxonomy = references.taxonomy(&raw);
    let scene_found = references.exists(&raw.scene.value, &raw.scene.place);
    let asset_paths = references.existing(raw.asset_paths());
    let texture_paths = references.existing(raw.texture_paths());
    let environment_paths = references.existing(raw.environment_paths());

    let (taxonomy, taxonomy_bytes) = taxonomy.unzip();
    // Without the classes every object of every file would be in error.
    let classes_known = taxonomy.is_some();
    let mut builder = SceneBuilder::new(&name_of(&file), taxonomy.unwrap_or_default(), root);
    builder.add_file_digest(&file, &bytes);
    if let Some(bytes) = taxonomy_bytes {
        builder.add_file_digest(&root.join(&raw.taxonomy.value), &bytes);
    }
    let mut room = None;
    let mut assets = BTreeMap::new();
    if classes_known {
        if scene_found {
            room = builder.add_asset(&root.join(&raw.scene.value));
        }
        for path in asset_paths {
            if let Some(id) = builder.add_asset(&root.join(&path)) {
                assets.insert(path, id);
            }
        }
    }
    let mut textures = BTreeMap::new();
    for path in texture_paths {
        if let Some(id) = builder.add_texture(&root.join(&path), true) {
            textures.insert(path, id);
        }
    }
    let mut environments = BTreeMap::new();
    for path in environment_paths {
        if let Some(id) = builder.add_environment(&root.join(&path)) {
            environments.insert(path, id);
        }
    }
    if classes_known {
        more(&mut builder);
    }
    let (scene, scene_problems) = builder.finish();
    let sha256 = files::hex(&Sha256::digest(&bytes));
    let files = Files {
        scene: &scene,
        room,
        assets,
        textures,
        environments,
    };
    let (recipe, recipe_problems) = check(&raw, &files, &file, sha256);
    problems.extend(recipe_problems);
    problems.extend(scene_problems);
    match recipe {
        Some(recipe) if !problems.has_errors() => Ok(Loaded {
            scene,
            recipe,
            warnings: problems,
        }),
        _ => Err(problems),
    }
}

fn read_text(file: &Path) -> Result<(Vec<u8>, String), Problems> {
    let expected = "a scene folder with a recipe.toml, or a recipe file";
    let bytes = files::read(file).map_err(|found| Problem::error(file, "", found, expected, ""))?;
    match String::from_utf8(bytes.clone()) {
        Ok(text) => Ok((bytes, text)),
        Err(error) => {
            let found = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
            let expected = "a TOML file, which is UTF-8";
            Err(Problem::error(file, "", found, expected, "").into())
        }
    }
}

/// The folder's name for a `recipe.toml`, else the file's without extension.
fn name_of(file: &Path) -> String {
    let name = if file.file_name().is_some_and(|name| name == "recipe.toml") {
        files::absolute(file)
            .parent()
            .and_then(|folder| folder.file_name().map(|n| n.to_os_string()))
    } else {
        file.file_stem().map(|n| n.to_os_string())
    };
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Files that the recipe refers to; those missing are reported at the line that wants them.
struct References<'a> {
    file: &'a Path,
    root: &'a Path,
    problems: &'a mut Problems,
}

impl References<'_> {
    fn exists(&mut self, path: &str, place: &Place) -> bool {
        let there = self.root.join(path).is_file();
        if !there {
            self.problems.push(Problem::error(
                self.file,
                place.to_string(),
                format!("`{path}`, which is no file"),
                "the path of a file, from the folder of the recipe",
                "",
            ));
        }
        there
    }

    fn existing(&mut self, paths: BTreeMap<String, Place>) -> Vec<String> {
        let mut existing = Vec::new();
        for (path, place) in paths {
            if self.exists(&path, &place) {
                existing.push(path);
            }
        }
        existing
    }

    fn taxonomy(&mut self, raw: &RawRecipe) -> Option<(Taxonomy, Vec<u8>)> {
        if !self.exists(&raw.taxonomy.value, &raw.taxonomy.place) {
            return None;
        }
        match Taxonomy::load(&self.root.join(&raw.taxonomy.value)) {
            Ok(loaded) => Some(loaded),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}
