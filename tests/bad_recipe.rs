//! Recipes with one flaw each, beside the exact message; and texts that are no recipes at all.

#[path = "recipes/flaws.rs"]
mod flaws;

use std::path::PathBuf;

use benchside::scene::load::load;
use benchside::scene::recipe::schema_json;
use serde_json::Value;

use crate::support::json_schema::mismatch;
use crate::support::recipes::{FULL, lab, load_recipe_text};
use flaws::FLAWS;

#[test]
fn the_recipe_without_flaws_is_sound() {
    let (recipe, problems) = load_recipe_text(&lab(), FULL);
    assert_eq!(problems.to_string(), "");
    assert!(recipe.is_some());
}

#[test]
fn every_flaw_has_its_message() {
    let scene = lab();
    for flaw in FLAWS {
        assert_eq!(FULL.matches(flaw.from).count(), 1, "{}", flaw.name);
        let text = FULL.replace(flaw.from, flaw.to);
        let (recipe, problems) = load_recipe_text(&scene, &text);
        assert_eq!(problems.to_string(), flaw.says, "{}", flaw.name);
        assert!(recipe.is_none(), "{}", flaw.name);
    }
}

#[test]
fn flaws_in_different_tables_are_all_reported() {
    let text = FULL
        .replace("metallic = 0", "metallic = \"shiny\"")
        .replace("kelvin = 4000", "kelvin = 40")
        .replace("gap_m = 0.01", "gab_m = 0.01")
        .replace("node = \"anchor\"", "node = \"ancor\"");
    let (recipe, problems) = load_recipe_text(&lab(), &text);
    assert!(recipe.is_none());
    let mut places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "line 113, camera[3].mount.node",
            "line 131, light[1].kelvin",
            "line 35, spawn[0].gab_m",
            "line 65, spawn[2].materials.ball_paint.metallic",
        ]
    );
}

#[test]
fn a_fisheye_with_dark_corners_is_a_warning_only() {
    let text = FULL.replace(
        "model = \"fisheye\", k1 = 0.01",
        "model = \"fisheye\", k1 = -0.5",
    );
    let (recipe, problems) = load_recipe_text(&lab(), &text);
    assert!(recipe.is_some());
    assert_eq!(
        problems.to_string(),
        "warning: recipe.toml: line 106, camera[2].lens\n  \
         found:    a lens that sees nothing at the corner (0, 0), with coefficients -0.5, 0, 0, 0\n  \
         expected: a lens that is one-to-one over the whole picture\n  \
         remedy:   weaken the coefficients, or narrow the field of view"
    );
}

#[test]
fn a_scene_without_any_light_is_refused() {
    let mut scene = lab();
    scene.assets[0].lights.clear();
    let text = "version = 1\nscene = \"room.glb\"\ntaxonomy = \"t.toml\"\n\
                [[camera]]\nname = \"a\"\nmount = { node = \"cam\" }\n";
    let (recipe, problems) = load_recipe_text(&scene, text);
    assert!(recipe.is_none());
    assert_eq!(
        problems.to_string(),
        "error: recipe.toml: line 1\n  \
         found:    no light: neither in the scene file nor in the recipe\n  \
         expected: at least one light\n  \
         remedy:   add [[light]] with a `kind`"
    );
}

#[test]
fn a_recipe_without_camera_is_refused() {
    let text = "version = 1\nscene = \"room.glb\"\ntaxonomy = \"t.toml\"\n";
    let (recipe, problems) = load_recipe_text(&lab(), text);
    assert!(recipe.is_none());
    assert_eq!(
        problems.to_string(),
        "error: recipe.toml: line 1\n  found:    no [[camera]]\n  expected: at least one camera"
    );
}

#[test]
fn missing_files_are_named_at_the_line_that_wants_them() {
    let folder = temporary("missing_files");
    let recipe = folder.join("recipe.toml");
    std::fs::write(&recipe, FULL).expect("the temporary folder is writable");
    let said = load(&folder).expect_err("no file is there").to_string();
    let at = |line: &str, path: &str| {
        format!(
            "error: {}: {line}\n  found:    `{path}`, which is no file\n  \
             expected: the path of a file, from the folder of the recipe",
            recipe.display()
        )
    };
    let expected = [
        at("line 4, taxonomy", "taxonomy.toml"),
        at("line 3, scene", "room.glb"),
        at("line 54, spawn[2].asset", "ball.glb"),
        at("line 39, spawn[1].asset", "crate.glb"),
        at("line 54, spawn[2].asset", "pair.glb"),
        at("line 30, spawn[0].asset", "rack.glb"),
        at("line 68, spawn[2].materials.crate_paint.texture", "a.png"),
        at("line 68, spawn[2].materials.crate_paint.texture", "b.png"),
        at("line 182, light[8].file", "day.hdr"),
    ];
    assert_eq!(said, expected.join("\n"));
    std::fs::remove_dir_all(folder).expect("the temporary folder is ours");
}

#[test]
fn a_path_that_holds_no_recipe_is_named() {
    let folder = temporary("no_recipe");
    let said = load(&folder).expect_err("there is no recipe").to_string();
    let expected = format!(
        "error: {}\n  found:    no such file\n  \
         expected: a scene folder with a recipe.toml, or a recipe file",
        folder.join("recipe.toml").display()
    );
    assert_eq!(said, expected);
    std::fs::write(folder.join("recipe.toml"), b"version = 1 # \xff\n").expect("writable");
    let said = load(&folder).expect_err("it is no text").to_string();
    let expected = format!(
        "error: {}\n  found:    not UTF-8 at byte 14\n  expected: a TOML file, which is UTF-8",
        folder.join("recipe.toml").display()
    );
    assert_eq!(said, expected);
    std::fs::remove_dir_all(folder).expect("the temporary folder is ours");
}

/// An empty folder of our own.
fn temporary(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("benchside_{name}_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    folder
}

fn schema() -> Value {
    serde_json::from_str(&schema_json()).expect("the schema is JSON")
}

fn as_json(recipe: &str) -> Value {
    toml::from_str(recipe).expect("the recipe is TOML")
}

#[test]
fn the_schema_accepts_the_sound_recipe() {
    let schema = schema();
    assert_eq!(mismatch(&schema, &schema, &as_json(FULL), "recipe"), None);
}

#[test]
fn the_schemas_examples_are_sound() {
    fn visit(root: &Value, schema: &Value, seen: &mut usize) {
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert_eq!(mismatch(root, schema, example, "example"), None);
            *seen += 1;
        }
        match schema {
            Value::Object(map) => map.values().for_each(|inner| visit(root, inner, seen)),
            Value::Array(list) => list.iter().for_each(|inner| visit(root, inner, seen)),
            _ => {}
        }
    }
    let schema = schema();
    let mut seen = 0;
    visit(&schema, &schema, &mut seen);
    assert!(seen > 10, "{seen}");
}

#[test]
fn the_schema_refuses_flaws_of_form() {
    let schema = schema();
    let of_form = [
        "wrong_version",
        "unknown_key",
        "unknown_section",
        "missing_key",
        "wrong_type",
        "number_for_text",
        "table_for_array",
        "wrong_length",
        "fraction_of_an_item",
        "unknown_word",
        "mount_of_nothing",
        "unknown_distribution",
        "normal_without_bounds",
        "negative_weight",
        "empty_choice",
        "two_distributions",
        "spread_of_texts",
        "timestep_out_of_range",
        "pinhole_with_coefficients",
        "unknown_light_kind",
    ];
    for name in of_form {
        let flaw = FLAWS.iter().find(|flaw| flaw.name == name);
        let flaw = flaw.unwrap_or_else(|| panic!("no flaw {name}"));
        let recipe = as_json(&FULL.replace(flaw.from, flaw.to));
        let found = mismatch(&schema, &schema, &recipe, "recipe");
        assert!(found.is_some(), "{name}");
    }
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn visit(schema: &Value, path: &str, bare: &mut Vec<String>) {
        for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
            // The keys of distributions are described by the table they are in.
            let told = inner.get("description").is_some() || schema.get("description").is_some();
            if !told {
                bare.push(format!("{path}.{key}"));
            }
        }
        match schema {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, inner)| visit(inner, &format!("{path}/{key}"), bare)),
            Value::Array(list) => list.iter().for_each(|inner| visit(inner, path, bare)),
            _ => {}
        }
    }
    let mut bare = Vec::new();
    visit(&schema(), "", &mut bare);
    assert_eq!(bare, Vec::<String>::new());
}
