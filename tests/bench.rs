//! `benchside bench env` and `bench physics`: what they print, and what it says to what cannot be.

use std::process::Output;

use benchside::base::light::{Light, LightKind};
use benchside::render::Renderer;

use crate::support::cli::{benchside, ok, stderr};
use crate::support::scenes::TestScene;

/// The number before `unit`.
fn figure(text: &str, unit: &str) -> f64 {
    let before = text
        .split_once(unit)
        .unwrap_or_else(|| panic!("{unit}: {text}"))
        .0;
    let number = before.split_whitespace().next_back().unwrap_or_default();
    number
        .parse()
        .unwrap_or_else(|_| panic!("{number} {unit}: {text}"))
}

/// What a wrong command says.
fn refused(args: &[&str]) -> String {
    let output: Output = benchside(args).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{args:?}");
    assert_eq!(output.stdout, b"", "{args:?}");
    stderr(&output)
}

#[test]
fn steps_and_views_of_running_worlds_are_counted() {
    let args = ["--secs", "0.6", "--threads", "1", "--size", "32"];
    let text = ok(benchside(["bench", "env"].into_iter().chain(args)));
    assert!(
        text.contains("cameras front and wrist of 32x32: colour, depth and instances, 4 colour"),
        "{text}"
    );
    let (steps, views) = (figure(&text, "env steps/s"), figure(&text, "views/s"));
    assert!(steps > 0.0, "{text}");
    // Two cameras; both figures are rounded to a tenth.
    assert!((views - 2.0 * steps).abs() <= 0.16, "{text}");
    assert!(figure(&text, "episodes begun") >= 1.0, "{text}");
    let share = |stage: &str| {
        let (_, rest) = text.rsplit_once(stage).expect(stage);
        figure(rest, "%")
    };
    let shares = ["physics ", "rendering ", "resets ", "rest "].map(share);
    assert!(shares[0] > 0.0 && shares[1] > 0.0, "{text}");
    assert!((shares.iter().sum::<f64>() - 100.0).abs() <= 2.0, "{text}");
}

#[test]
fn the_held_box_is_held() {
    let text = ok(benchside(["bench", "physics"]));
    let height = figure(&text, " m, creep");
    // It stood on the floor, its middle 25 mm high, and was lifted by 220 mm.
    assert!((height - 0.245).abs() < 2e-3, "{text}");
    assert!(figure(&text, "µm/s").abs() < 50.0, "{text}");
    assert!(figure(&text, "physics steps/s") > 0.0, "{text}");
    let args = ["bench", "physics", "plate_to_reader", "--secs", "0.3"];
    let text = ok(benchside(args));
    assert!(text.starts_with("plate_to_reader: "), "{text}");
    assert!(figure(&text, "physics steps/s") > 0.0, "{text}");
}

#[test]
fn what_cannot_be_measured_is_told() {
    let said = refused(&["bench", "env", "lift_slides"]);
    assert!(
        said.contains("lift_slides") && said.contains("tasks below scenes/: aspirate_dispense"),
        "{said}"
    );
    let said = refused(&["bench", "env", "--cameras", "front,wirst"]);
    assert!(
        said.contains("\"wirst\"") && said.contains("did you mean \"wrist\"?"),
        "{said}"
    );
    let said = refused(&["bench", "env", "--secs", "0"]);
    assert!(said.contains("above 0, at most 3600"), "{said}");
}

#[test]
fn ambient_light_without_shadows_is_blocked_by_nothing() {
    let scene = TestScene::new();
    let light = |casts_shadow| Light {
        name: "room".into(),
        kind: LightKind::Ambient {
            sky_nits: 100.0,
            ground_nits: 50.0,
            reach_m: 0.4,
        },
        color: [1.0; 3],
        casts_shadow,
    };
    let renderer = Renderer::new(&scene.desc);
    assert!(renderer.environment(&[light(true)]).is_shadowed());
    assert!(!renderer.environment(&[light(false)]).is_shadowed());
}
