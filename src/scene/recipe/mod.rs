//! `recipe.toml`: what varies in a scene, and how.
//!
//! [`parse`] reads the file as it stands ([`raw`]), reporting every problem with its line;
//! [`check::check`] looks up every name in the loaded scene and gives a [`desc::RecipeDesc`].

pub mod check;
pub mod desc;
pub mod dist;
pub mod optics;
mod presets;
pub mod raw;
mod raw_camera;
pub mod raw_dist;
mod raw_light;
mod raw_sensor;
pub mod reader;
pub(crate) mod record;
mod values;

use std::path::Path;

use serde_json::Value;

use crate::base::problem::Problems;

/// Reads the text of a recipe. `file` is for messages. Never panics, whatever the text.
pub fn parse(text: &str, file: &Path) -> (Option<raw::RawRecipe>, Problems) {
    reader::Reader::document(text, file)
}

/// The JSON Schema of `recipe.toml`, for editors, as indented text.
pub fn schema_json() -> String {
    schema_of::<raw::RawRecipe>()
}

/// The JSON Schema of a TOML file that this crate's reader reads.
pub(crate) fn schema_of<T: schemars::JsonSchema>() -> String {
    let mut schema = schemars::schema_for!(T).to_value();
    without_null(&mut schema);
    serde_json::to_string_pretty(&schema).expect("a JSON value always serializes")
}

/// Takes "or null" out of a schema, for TOML knows no null: a key is there or it is not.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(rules) => {
            rules.values_mut().for_each(without_null);
            if let Some(Value::Array(types)) = rules.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    rules.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(forms)) = rules.get_mut("anyOf") {
                forms.retain(|form| form.get("type") != Some(&Value::from("null")));
                if let [Value::Object(only)] = forms.as_mut_slice() {
                    let only = std::mem::take(only);
                    rules.remove("anyOf");
                    for (rule, value) in only {
                        rules.entry(rule).or_insert(value);
                    }
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(without_null),
        _ => {}
    }
}
