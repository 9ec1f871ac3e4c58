//! `taxonomy.toml`.

use std::path::Path;

use benchside::scene::taxonomy::Taxonomy;

/// A good file of two classes; its lines are numbered in the reports.
const GOOD: &str = r#"version = 1

[[class]]
id = 1
name = "labware"
abstract = true
color = [1, 2, 3]

[[class]]
id = 7
name = "tube"
parent = "labware"
color = [4, 5, 6]
"#;

#[track_caller]
fn assert_report(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from));
    let text = GOOD.replacen(from, to, 1);
    let problems = Taxonomy::parse(Path::new("taxonomy.toml"), &text).unwrap_err();
    assert_eq!(problems.to_string(), expected);
}

#[test]
fn good() {
    let taxonomy = Taxonomy::parse(Path::new("t"), GOOD).unwrap();
    let tube = taxonomy.by_name("tube").unwrap();
    assert_eq!(
        (tube.id.0, tube.color, tube.is_abstract),
        (7, [4, 5, 6], false)
    );
    assert_eq!(taxonomy.lineage(tube.id), ["labware", "tube"]);
    assert!(taxonomy.classes[0].is_abstract);
}

#[test]
fn syntax() {
    assert_report("id = 7", "id = ", "?");
}

#[test]
fn unknown_key() {
    assert_report("parent =", "parrent =", "?");
}

#[test]
fn missing_key() {
    assert_report("color = [4, 5, 6]", "", "?");
}

#[test]
fn color_beyond_a_byte() {
    assert_report("[4, 5, 6]", "[4, 5, 256]", "?");
}

#[test]
fn later_version() {
    assert_report("version = 1", "version = 2", "?");
}

#[test]
fn id_of_background() {
    assert_report("id = 7", "id = 0", "?");
}

#[test]
fn id_beyond_16_bits() {
    assert_report("id = 7", "id = 65536", "?");
}

#[test]
fn id_twice() {
    assert_report("id = 7", "id = 1", "?");
}

#[test]
fn name_twice() {
    assert_report("\"tube\"\nparent = \"labware\"", "\"labware\"", "?");
}

#[test]
fn name_with_a_space() {
    assert_report("\"tube\"", "\"15 ml Tube\"", "?");
}

#[test]
fn unknown_parent() {
    assert_report("parent = \"labware\"", "parent = \"labwear\"", "?");
}

#[test]
fn cycle() {
    assert_report("abstract = true", "parent = \"tube\"", "?");
}

#[test]
fn no_classes() {
    let problems = Taxonomy::parse(Path::new("taxonomy.toml"), "version = 1\n").unwrap_err();
    assert_eq!(problems.to_string(), "?");
}

#[test]
fn missing_file() {
    let problems = Taxonomy::load(Path::new("no/taxonomy.toml")).unwrap_err();
    assert_eq!(problems.to_string(), "?");
}
