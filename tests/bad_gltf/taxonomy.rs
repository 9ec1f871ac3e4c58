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
    assert_report("id = 7", "id = ", "error: taxonomy.toml: line 10
  found:    string values must be quoted, expected literal string
  expected: `version = 1` and [[class]] tables with `id`, `name`, `color` and perhaps `parent`, `abstract`");
}

#[test]
fn unknown_key() {
    assert_report("parent =", "parrent =", "error: taxonomy.toml: line 12
  found:    unknown field `parrent`, expected one of `id`, `name`, `parent`, `abstract`, `color`
  expected: `version = 1` and [[class]] tables with `id`, `name`, `color` and perhaps `parent`, `abstract`");
}

#[test]
fn missing_key() {
    assert_report("color = [4, 5, 6]", "", "error: taxonomy.toml: line 9
  found:    missing field `color`
  expected: `version = 1` and [[class]] tables with `id`, `name`, `color` and perhaps `parent`, `abstract`");
}

#[test]
fn color_beyond_a_byte() {
    assert_report("[4, 5, 6]", "[4, 5, 256]", "error: taxonomy.toml: line 13
  found:    invalid value: integer `256`, expected u8
  expected: `version = 1` and [[class]] tables with `id`, `name`, `color` and perhaps `parent`, `abstract`");
}

#[test]
fn later_version() {
    assert_report(
        "version = 1",
        "version = 2",
        "error: taxonomy.toml: line 1
  found:    version = 2
  expected: version = 1",
    );
}

#[test]
fn id_of_background() {
    assert_report(
        "id = 7",
        "id = 0",
        "error: taxonomy.toml: line 10
  found:    id = 0
  expected: an id of 1 … 65535
  remedy:   0 is background; take the next free number",
    );
}

#[test]
fn id_beyond_16_bits() {
    assert_report(
        "id = 7",
        "id = 65536",
        "error: taxonomy.toml: line 10
  found:    id = 65536
  expected: an id of 1 … 65535
  remedy:   0 is background; take the next free number",
    );
}

#[test]
fn id_twice() {
    assert_report(
        "id = 7",
        "id = 1",
        "error: taxonomy.toml: line 10
  found:    id = 1 again, as on line 4
  expected: an id of its own for each class",
    );
}

#[test]
fn name_twice() {
    assert_report(
        "\"tube\"\nparent = \"labware\"",
        "\"labware\"",
        r#"error: taxonomy.toml: line 11
  found:    name = "labware" again, as on line 5
  expected: a name of its own for each class"#,
    );
}

#[test]
fn name_with_a_space() {
    assert_report(
        "\"tube\"",
        "\"15 ml Tube\"",
        r#"error: taxonomy.toml: line 11
  found:    name = "15 ml Tube"
  expected: lower-case letters, digits and underscores"#,
    );
}

#[test]
fn unknown_parent() {
    assert_report(
        "parent = \"labware\"",
        "parent = \"labwear\"",
        r#"error: taxonomy.toml: line 12
  found:    parent = "labwear"
  expected: the name of a class in this file
  remedy:   did you mean "labware"?"#,
    );
}

#[test]
fn cycle() {
    assert_report(
        "abstract = true",
        "parent = \"tube\"",
        r#"error: taxonomy.toml: line 6
  found:    "labware" is its own ancestor
  expected: parents that end at a root
error: taxonomy.toml: line 12
  found:    "tube" is its own ancestor
  expected: parents that end at a root"#,
    );
}

#[test]
fn no_classes() {
    let problems = Taxonomy::parse(Path::new("taxonomy.toml"), "version = 1\n").unwrap_err();
    assert_eq!(
        problems.to_string(),
        "error: taxonomy.toml: line 1
  found:    no [[class]]
  expected: at least one class"
    );
}

#[test]
fn missing_file() {
    let problems = Taxonomy::load(Path::new("no/taxonomy.toml")).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "error: no/taxonomy.toml
  found:    no such file
  expected: a readable taxonomy file"
    );
}
