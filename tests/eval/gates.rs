//! Gate files: what they mean, and those with one flaw each, beside the exact message.

use std::path::Path;

use benchside::eval::gate::raw::{Event, Per};
use benchside::eval::gate::{Gates, Kind, schema_json};
use benchside::eval::measure::Measure;
use benchside::eval::record::Metrics;
use serde_json::Value;

use crate::support::json_schema::mismatch;

const FULL: &str = include_str!("full.gate.toml");

/// A change of the file's text, and the message without its first words.
struct Flaw {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static str,
}

const FLAWS: &[Flaw] = &include!("flaws.in");

fn file() -> &'static Path {
    Path::new("ci.gate.toml")
}

#[test]
fn the_file_without_flaws_is_sound() {
    let gates = Gates::parse(FULL, file()).expect("it is sound");
    assert_eq!((gates.alpha, gates.unusable_at_most), (0.05, 0.02));
    let names: Vec<&str> = gates.list.iter().map(|gate| gate.name.as_str()).collect();
    let expected = [
        "not_worse",
        "loads slides",
        "safety",
        "metric",
        "robustness",
        "success",
    ];
    assert_eq!(names, expected);
    let kinds: Vec<&Kind> = gates.list.iter().map(|gate| &gate.kind).collect();
    let events = vec![Event::Safety, Event::Contaminations];
    assert_eq!(*kinds[0], Kind::NotWorse { margin: 0.05 });
    assert_eq!(
        *kinds[2],
        Kind::Safety {
            events,
            at_most: 0.01
        }
    );
    let metric = Kind::Metric {
        metric: Measure::Secs,
        percentile: 90,
        at_most: 40.0,
        successes_only: true,
    };
    assert_eq!(*kinds[3], metric);
    let per: Vec<Per> = gates.list.iter().map(|gate| gate.per).collect();
    assert_eq!(
        per,
        [
            Per::Task,
            Per::Task,
            Per::Suite,
            Per::Task,
            Per::Suite,
            Per::Suite
        ]
    );
    assert!(gates.needs_baseline());
}

#[test]
fn without_a_file_nothing_is_asked_but_that_it_has_not_regressed() {
    let alone = Gates::default_for(false);
    assert!(alone.list.is_empty() && !alone.needs_baseline());
    let compared = Gates::default_for(true);
    assert_eq!(compared.list.len(), 1);
    assert_eq!(compared.list[0].kind, Kind::NotWorse { margin: 0.05 });
    let same = Gates::parse("version = 1\n[[gate]]\nkind = \"not_worse\"", file());
    let same = same.expect("all else has a default");
    assert_eq!(format!("{same:?}"), format!("{compared:?}"));
}

#[test]
fn every_flaw_has_its_message() {
    let mut wrong = String::new();
    for flaw in FLAWS {
        assert_eq!(FULL.matches(flaw.from).count(), 1, "{}", flaw.name);
        let read = Gates::parse(&FULL.replace(flaw.from, flaw.to), file());
        let said = read.map_or_else(|problems| problems.to_string(), |_| String::new());
        let said = said.replace("error: ci.gate.toml: ", "");
        if said != flaw.says {
            wrong += &format!("---- {}\n{said}\n", flaw.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn all_flaws_are_reported_at_once() {
    let text = FULL
        .replace("version = 1", "version = 3")
        .replace("margin = 0.05", "margin = 5")
        .replace("kind = \"safety\"", "kind = \"savety\"")
        .replace("percentile = 90", "percentile = 0");
    let problems = Gates::parse(&text, file()).expect_err("there are four flaws");
    let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
    let expected = [
        "line 18, gate[2].kind",
        "line 2, version",
        "line 9, gate[0].margin",
        "line 25, gate[3].percentile",
    ];
    assert_eq!(places, expected);
    let empty = Gates::parse("version = 1", file()).expect_err("no gate");
    assert!(empty.to_string().contains("no [[gate]]"), "{empty}");
}

#[test]
fn names_are_looked_up_in_the_suite() {
    let gates = Gates::parse(FULL, file()).expect("it is sound");
    let sound = gates.check_names(&["load_slide", "sort"], &["camera", "light"], file());
    assert!(sound.is_empty(), "{sound}");
    let problems = gates.check_names(&["load_slides"], &["camera"], file());
    let said = problems.to_string();
    let expected = "error: ci.gate.toml: line 15, gate[1].tasks[0]
  found:    unknown task `load_slide`
  expected: a task of the suite: load_slides
  remedy:   did you mean `load_slides`?
error: ci.gate.toml: line 31, gate[4].axes[1]
  found:    unknown axis `light`
  expected: an axis of the suite: camera, none";
    assert_eq!(said, expected);
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema: Value = serde_json::from_str(&schema_json()).expect("the schema is JSON");
    let as_json = |text: &str| -> Value { toml::from_str(text).expect("the file is TOML") };
    assert_eq!(mismatch(&schema, &schema, &as_json(FULL), "gates"), None);
    for name in [
        "unknown_key",
        "unknown_kind",
        "unknown_metric",
        "key_of_another_kind",
        "no_limit",
    ] {
        let flaw = FLAWS.iter().find(|flaw| flaw.name == name);
        let flaw = flaw.unwrap_or_else(|| panic!("no flaw {name}"));
        let gates = as_json(&FULL.replace(flaw.from, flaw.to));
        assert!(
            mismatch(&schema, &schema, &gates, "gates").is_some(),
            "{name}"
        );
    }
}

/// Whatever is in the file, reading it ends.
#[test]
fn no_cut_of_the_file_makes_the_reader_panic() {
    for end in (0..FULL.len()).filter(|end| FULL.is_char_boundary(*end)) {
        if let Err(problems) = Gates::parse(&FULL[..end], file()) {
            assert!(problems.has_errors(), "{end}");
        }
    }
}

/// A metric that is recorded can be asked for, under its own name.
#[test]
fn every_metric_of_a_record_has_its_word() {
    let metrics = Metrics {
        error_mm: Some(1.0),
        error_deg: Some(2.0),
        spilled_ul: Some(3.0),
        contaminations: Some(4),
        collisions: 5,
        zone_entries: 6,
        clamped: 7,
        secs: 8.0,
        steps: 9,
        path_m: 10.0,
        jerk_rms_m_per_s3: 11.0,
        idle_share: 12.0,
        peak_force_n: 13.0,
        impulse_n_s: 14.0,
        drops: 15,
        regrasps: 16,
    };
    let record = serde_json::to_value(&metrics).expect("it is data");
    let fields = record.as_object().expect("a struct");
    assert_eq!(fields.len(), Measure::all().count());
    for measure in Measure::all() {
        let value = fields.get(measure.word()).and_then(Value::as_f64);
        assert_eq!(measure.of(&metrics), value, "{}", measure.word());
    }
    assert_eq!(Measure::Spilled.of(&Metrics::default()), None);
}
