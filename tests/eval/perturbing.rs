//! Perturbations: as much as their severity says, and nothing else.

use benchside::base::light::LightKind;
use benchside::base::seed::SeedPath;
use benchside::episode::spec::{EpisodeSpec, Role};
use benchside::eval::axis::{Axis, Perturbation};
use benchside::eval::ready::Ready;
use benchside::eval::record::RolloutId;
use benchside::eval::rollout::episode;
use benchside::eval::suite::Suite;

use super::arena::{player, suite};

fn spec(suite: &Suite, perturbation: Perturbation, seed: u64) -> EpisodeSpec {
    let ready = Ready::new(suite).expect("shapes");
    let arenas = ready.arenas(&player("idle")).expect("nothing to look up");
    let id = RolloutId {
        task: "hover".into(),
        axis: perturbation.axis_name().into(),
        severity: perturbation.severity,
        seed,
    };
    episode(&arenas[0], perturbation, &id)
}

fn of(axis: Axis, severity: u8) -> Perturbation {
    Perturbation {
        axis: Some(axis),
        severity,
    }
}

/// What an axis is meant to change, put back.
fn restored(mut spec: EpisodeSpec, from: &EpisodeSpec, axis: Axis) -> EpisodeSpec {
    match axis {
        Axis::Camera | Axis::SensorNoise => spec.frames = from.frames.clone(),
        Axis::RobotStart | Axis::RobotMount => {
            spec.robots = from.robots.clone();
            for (object, was) in spec.objects.iter_mut().zip(&from.objects) {
                if object.role == Role::Robot {
                    object.world_from_object = was.world_from_object;
                }
            }
        }
        Axis::Light => {
            spec.lights = from.lights.clone();
            for (frame, was) in spec.frames.iter_mut().zip(&from.frames) {
                frame.lights = was.lights.clone();
            }
        }
        Axis::Texture => {
            for (object, was) in spec.objects.iter_mut().zip(&from.objects) {
                if object.role == Role::Scene {
                    object.looks = was.looks.clone();
                }
            }
        }
        Axis::FrictionMass => spec.physics = from.physics.clone(),
        _ => {}
    }
    spec
}

#[test]
fn an_axis_changes_what_it_is_for_and_nothing_else() {
    let suite = suite("hover.suite.toml");
    let plain = spec(&suite, Perturbation::NONE, 3);
    for axis in [
        Axis::Camera,
        Axis::RobotStart,
        Axis::RobotMount,
        Axis::Light,
        Axis::Texture,
        Axis::SensorNoise,
        Axis::FrictionMass,
    ] {
        let changed = spec(&suite, of(axis, 2), 3);
        assert_ne!(changed, plain, "{axis:?} changes nothing");
        assert_eq!(
            restored(changed, &plain, axis),
            plain,
            "{axis:?} changes more"
        );
        let again = spec(&suite, of(axis, 2), 3);
        assert_eq!(
            again,
            spec(&suite, of(axis, 2), 3),
            "{axis:?} is drawn anew"
        );
    }
    for axis in [Axis::Language, Axis::Latency] {
        assert_eq!(
            spec(&suite, of(axis, 5), 3),
            plain,
            "{axis:?} changes the episode"
        );
    }
}

#[test]
fn amounts_grow_with_the_severity_as_documented() {
    let suite = suite("hover.suite.toml");
    let plain = spec(&suite, Perturbation::NONE, 1);
    for severity in [1u8, 3, 5] {
        let s = f64::from(severity);
        let moved = spec(&suite, of(Axis::Camera, severity), 1);
        for (a, b) in plain.frames[0].cameras.iter().zip(&moved.frames[0].cameras) {
            let between = b.world_from_camera.translation_m - a.world_from_camera.translation_m;
            let angle = a
                .world_from_camera
                .rotation
                .angle_between(b.world_from_camera.rotation);
            assert!(
                (f64::from(between.length()) - 0.008 * s).abs() < 1e-5,
                "{between}"
            );
            assert!((f64::from(angle).to_degrees() - s).abs() < 0.02, "{angle}");
        }
        let started = spec(&suite, of(Axis::RobotStart, severity), 1);
        let joints = plain.robots[0].start.iter().zip(&started.robots[0].start);
        let most = joints.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!((most.to_degrees() - 2.0 * s).abs() < 1e-6, "{most}");
        let mounted = spec(&suite, of(Axis::RobotMount, severity), 1);
        let (a, b) = (
            plain.robots[0].world_from_base,
            mounted.robots[0].world_from_base,
        );
        let shift = b.translation_m - a.translation_m;
        assert!(
            (f64::from(shift.length()) - 0.002 * s).abs() < 1e-6,
            "{shift}"
        );
        assert_eq!(shift.z, 0.0);
        let lit = spec(&suite, of(Axis::Light, severity), 1);
        for (a, b) in plain.lights.iter().zip(&lit.lights) {
            if let (LightKind::Rect { nits: a, .. }, LightKind::Rect { nits: b, .. }) =
                (&a.kind, &b.kind)
            {
                let stops = f64::from(b / a).log2().abs();
                assert!((stops - 0.4 * s).abs() < 1e-4, "{stops}");
            }
        }
        let slippery = spec(&suite, of(Axis::FrictionMass, severity), 1);
        let octaves = f64::from(slippery.physics.friction_scale).log2().abs();
        assert!((octaves - 0.15 * s).abs() < 1e-5, "{octaves}");
    }
    assert_eq!(of(Axis::Latency, 3).delay_steps(), 3);
    assert_eq!(Perturbation::NONE.delay_steps(), 0);
}

#[test]
fn words_change_more_and_more() {
    let stream = SeedPath::root(4);
    let all = [
        "Load slide S-102, please.".to_owned(),
        "Put S-102 into the scanner.".to_owned(),
    ];
    let words = |severity| of(Axis::Language, severity).words(&all[0], &all, &stream);
    assert_eq!(Perturbation::NONE.words(&all[0], &all, &stream), all[0]);
    assert_eq!(words(1), all[1]);
    assert!(words(2).contains(&all[1]) && words(2).len() > all[1].len());
    let plain = words(3);
    assert!(!plain.contains(['.', ',', '-', ':']), "{plain}");
    assert_eq!(plain, plain.to_lowercase());
    assert_ne!(words(5), plain);
    // Digits name things: they stay.
    assert!(words(5).contains("102"), "{}", words(5));
}

#[test]
fn suites_say_everything_that_is_wrong_with_them() {
    let folder = crate::support::cli::fresh("eval_bad_suite");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bad.suite.toml");
    let task = super::arena::file("hover.toml");
    let text = format!(
        r#"version = 2
seeds = 0
colour = 1
[[task]]
path = {task:?}
[[task]]
path = "nowhere.toml"
[[axis]]
name = "lihgt"
severity = [1]
[[axis]]
name = "camera"
severity = [0, 2, 2]
tasks = ["hoover"]
"#
    );
    std::fs::write(&file, text).unwrap();
    let problems = Suite::load(&file)
        .expect_err("it is full of mistakes")
        .to_string();
    for words in [
        "line 1, version",
        "line 2, seeds",
        "colour",
        "nowhere.toml",
        "lihgt",
        "did you mean \"light\"?",
        "did you mean `hover`?",
        "1 … 5",
    ] {
        assert!(problems.contains(words), "no {words:?} in\n{problems}");
    }
}
