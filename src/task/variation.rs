//! Changes that a task makes to entries of its recipe.

use std::path::Path;

use super::raw::RawTask;
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::scene::recipe::raw::RawRecipe;
use crate::scene::recipe::reader::{At, Place};

/// Changes the recipe as the task's `[[variation]]` say, before it is checked. Problems that the
/// new values make are reported at the entry of the recipe, with the line of the task.
pub fn vary(task: &RawTask, file: &Path, recipe: &mut RawRecipe) -> Problems {
    let mut problems = Problems::default();
    let mut error = |place: &Place, found: String, expected: &str, remedy: String| {
        let place = place.to_string();
        problems.push(Problem::error(file, place, found, expected, remedy));
    };
    let name = file.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    for change in &task.variation.value {
        let spawn = &change.spawn;
        if seen.contains(&spawn.value.as_str()) {
            let found = format!("another variation of `{}`", spawn.value);
            error(&spawn.place, found, "one for each entry", String::new());
            continue;
        }
        seen.push(&spawn.value);
        let given = change.count.is_some()
            || change.region.is_some()
            || change.yaw_deg.is_some()
            || change.offset_m.is_some()
            || change.variant.is_some();
        if !given {
            let expected = "at least one of count, region, yaw_deg, offset_m, variant";
            let found = "a variation of nothing".to_owned();
            error(&change.at, found, expected, String::new());
        }
        let names: Vec<String> = recipe
            .spawn
            .value
            .iter()
            .map(|s| s.name.value.clone())
            .collect();
        let Some(index) = names.iter().position(|name| *name == spawn.value) else {
            if !recipe.spawn.broken {
                let remedy = did_you_mean(&spawn.value, names.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?"));
                let found = format!("unknown entry `{}`", spawn.value);
                let expected = format!("a [[spawn]] of the recipe: {}", names.join(", "));
                error(&spawn.place, found, &expected, remedy.unwrap_or_default());
            }
            continue;
        };
        let entry = &mut recipe.spawn.value[index];
        let (line, path) = (entry.at.line, entry.at.path.clone());
        let at = |place: &Place, key: &str| Place {
            line,
            path: format!("{path}.{key} (as line {} of {name} has it)", place.line),
        };
        if let Some(count) = &change.count {
            entry.count = moved(count, at(&count.place, "count"));
        }
        if let Some(region) = &change.region {
            entry.region = moved(region, at(&region.place, "region"));
        }
        if let Some(yaw) = &change.yaw_deg {
            entry.yaw_deg = Some(moved(yaw, at(&yaw.place, "yaw_deg")));
        }
        if let Some(offset) = &change.offset_m {
            entry.offset_m = Some(moved(offset, at(&offset.place, "offset_m")));
        }
        if let Some(variant) = &change.variant {
            entry.variant = Some(moved(variant, at(&variant.place, "variant")));
        }
    }
    problems
}

fn moved<T: Clone>(value: &At<T>, place: Place) -> At<T> {
    At {
        value: value.value.clone(),
        place,
    }
}
