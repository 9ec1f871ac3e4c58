//! Task files with one flaw each, beside the exact message.

use std::path::Path;

use benchside::scene::recipe;
use benchside::task::variation::vary;
use benchside::task::{parse, schema_json};
use serde_json::Value;

use super::fixture::{FULL, bench};
use crate::support::json_schema::mismatch;

/// A change of the task's text, and the message without its first words.
struct Flaw {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static str,
}

const FLAWS: &[Flaw] = &include!("flaws.in");

#[test]
fn the_task_without_flaws_is_sound() {
    let bench = bench();
    let (task, problems) = bench.load(FULL);
    assert_eq!(problems.to_string(), "");
    let task = task.expect("it is sound");
    let names: Vec<&str> = task.objects.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["bench", "crate", "rack", "slot"]);
    assert_eq!(task.timers, 2);
    let summary = "move_crate: 20 commands and 500 physics steps a second, at most 60 s
  says      Put the {crate.variant} crate into slot {slot.number} of the rack.
  says      Store the {crate.color} crate.
  robot     arm: fr3, 7 joints, at (0.000, -0.620, 0.000) m
  object    bench: `bench` of the scene
  object    crate: any of `crates`, within 0.7 m of the robot
  object    rack: any of `racks`
  object    slot: any free slot of `rack_slot` of rack, within 0.7 m of the robot
  stages    grasped, lifted, placed, success
  safety    dropped, overturned, pressed, strayed
  expert    open, reach, line, close, carry, insert, open, retreat, wait
";
    assert_eq!(task.summary(std::slice::from_ref(&bench.robot)), summary);
}

#[test]
fn every_flaw_has_its_message() {
    let bench = bench();
    let mut wrong = String::new();
    for flaw in FLAWS {
        assert_eq!(FULL.matches(flaw.from).count(), 1, "{}", flaw.name);
        let (task, problems) = bench.load(&FULL.replace(flaw.from, flaw.to));
        let said = problems.to_string().replace("error: move_crate.toml: ", "");
        if said != flaw.says || task.is_some() {
            wrong += &format!("---- {}\n{said}\n", flaw.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn flaws_in_different_tables_are_all_reported() {
    let bench = bench();
    let text = FULL
        .replace("physics_hz = 500", "physics_hz = 510")
        .replace("spawn = \"racks\"", "spawn = \"rakcs\"")
        .replace("within_mm = 2, ", "within_mm = -2, ")
        .replace("\"retreat\"\nmm = 80", "\"retreat\"\nmm = \"far\"")
        .replace("faster_than_mm_per_s", "faster_mm_per_s");
    let (task, problems) = bench.load(&text);
    assert!(task.is_none());
    let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "line 58, safety.dropped.when.dropped.faster_mm_per_s",
            "line 113, expert[7].mm",
            "line 5, physics_hz",
            "line 23, objects.rack.spawn",
            "line 51, success.when.held_for.when.all[0].at_pose.within_mm",
        ]
    );
}

#[test]
fn a_variation_changes_the_recipe_and_nothing_else() {
    let text = "version = 1\nscene = \"room.glb\"\ntaxonomy = \"taxonomy.toml\"\n".to_owned()
        + super::fixture::ENTRIES;
    let (raw, problems) = recipe::parse(&text, Path::new("recipe.toml"));
    assert!(problems.is_empty(), "{problems}");
    let mut raw = raw.expect("it is well-formed");
    let change = "[[variation]]\nspawn = \"crates\"\ncount = { uniform = [1, 2] }\nvariant = \"pink\"\n\n[[stage]]";
    let text = FULL.replacen("[[stage]]", change, 1);
    let file = Path::new("tasks/move_crate.toml");
    let (task, problems) = parse(&text, file);
    assert!(problems.is_empty(), "{problems}");
    let task = task.expect("it is well-formed");
    let before = format!("{:?}", raw.spawn.value[0]);
    assert!(vary(&task, file, &mut raw).is_empty());
    let crates = &raw.spawn.value[1];
    let place = crates.count.place.to_string();
    assert_eq!(
        place,
        "line 14, spawn[1].count (as line 36 of move_crate.toml has it)"
    );
    assert!(format!("{:?}", crates.count.value).contains("high: 2"));
    assert!(format!("{:?}", crates.variant).contains("pink"));
    assert_eq!(format!("{:?}", raw.spawn.value[0]), before);

    let unknown = text.replace("spawn = \"crates\"\ncount", "spawn = \"crate\"\ncount");
    let (task, _) = parse(&unknown, file);
    let said = vary(&task.expect("well-formed"), file, &mut raw).to_string();
    assert_eq!(
        said,
        "error: tasks/move_crate.toml: line 35, variation[0].spawn\n  \
         found:    unknown entry `crate`\n  \
         expected: a [[spawn]] of the recipe: racks, crates, pairs\n  \
         remedy:   did you mean `crates`?"
    );
}

#[test]
fn the_schema_accepts_the_sound_task_and_refuses_flaws_of_form() {
    let schema: Value = serde_json::from_str(&schema_json()).expect("the schema is JSON");
    let as_json = |text: &str| -> Value { toml::from_str(text).expect("the task is TOML") };
    assert_eq!(mismatch(&schema, &schema, &as_json(FULL), "task"), None);
    for name in [
        "unknown_key",
        "unknown_predicate",
        "two_predicates",
        "unknown_skill",
        "wrong_unit",
    ] {
        let flaw = FLAWS.iter().find(|flaw| flaw.name == name);
        let flaw = flaw.unwrap_or_else(|| panic!("no flaw {name}"));
        let task = as_json(&FULL.replace(flaw.from, flaw.to));
        assert!(
            mismatch(&schema, &schema, &task, "task").is_some(),
            "{name}"
        );
    }
}

/// Whatever is in the file, reading it ends with a message.
#[test]
fn no_cut_of_the_file_makes_the_reader_panic() {
    let bench = bench();
    for end in (0..FULL.len()).step_by(37) {
        if FULL.is_char_boundary(end) {
            let (task, problems) = bench.load(&FULL[..end]);
            assert!(task.is_some() || problems.has_errors(), "{end}");
        }
    }
}
