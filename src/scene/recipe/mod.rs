//! `recipe.toml`: what varies in a scene, and how.
//!
//! [`parse`] reads the file as it stands ([`raw`]), reporting every problem with its line;
//! [`check::check`] looks up every name in the loaded scene and gives a [`desc::RecipeDesc`].

pub mod check;
pub mod desc;
pub mod dist;
pub mod optics;
pub mod raw;
mod raw_camera;
pub mod raw_dist;
mod raw_light;
pub mod reader;
mod record;
mod values;

use std::path::Path;

use crate::base::problem::Problems;

/// Reads the text of a recipe. `file` is for messages. Never panics, whatever the text.
pub fn parse(text: &str, file: &Path) -> (Option<raw::RawRecipe>, Problems) {
    reader::Reader::document(text, file)
}

/// The JSON Schema of `recipe.toml`, for editors, as indented text.
pub fn schema_json() -> String {
    let schema = schemars::schema_for!(raw::RawRecipe);
    serde_json::to_string_pretty(&schema).expect("a JSON value always serializes")
}
