//! What a task's names stand for.

use benchside::base::seed::SeedPath;
use benchside::robot::desc::Rigid;
use benchside::task::desc::Symmetry;
use benchside::task::geometry::{OrientedBox, angle};
use benchside::task::goal::{Goal, GoalRecord, Unbound};
use glam::{DQuat, DVec3};

use super::fixture::{Bench, FULL, bench, start};

/// Without limits of reach: only draws are looked at.
fn wide(text: &str) -> String {
    text.replace("reach_m = 0.7", "reach_m = 7")
}

fn bind(bench: &Bench, text: &str, seed: u64) -> Result<Goal, Unbound> {
    let task = bench.task(text);
    let spec = bench.spec(&task, seed);
    let first = start(&bench.robot, &spec);
    Goal::bind(&task, bench.episode(&spec), &first, &SeedPath::root(seed))
}

#[test]
fn draws_differ_from_seed_to_seed_and_repeat() {
    let bench = bench();
    let records: Vec<GoalRecord> = (0..20)
        .map(|seed| bind(&bench, &wide(FULL), seed).expect("bound").record)
        .collect();
    let slots: std::collections::BTreeSet<_> =
        records.iter().map(|r| r.objects["slot"].slot).collect();
    assert_eq!(slots.len(), 4, "four slots, all free");
    let crates: std::collections::BTreeSet<_> = records
        .iter()
        .map(|r| r.objects["crate"].name.clone())
        .collect();
    assert_eq!(crates.len(), 3, "{crates:?}");
    for (seed, record) in records.iter().enumerate() {
        let again = bind(&bench, &wide(FULL), seed as u64)
            .expect("bound")
            .record;
        assert_eq!(again, *record);
        let variant = &record.objects["crate"].attributes["variant"];
        let color = if variant == "blue" { "navy" } else { "rose" };
        let number = record.objects["slot"].slot.expect("a slot") + 1;
        let said = [
            format!("Put the {variant} crate into slot {number} of the rack."),
            format!("Store the {color} crate."),
        ];
        assert!(said.contains(&record.instruction), "{}", record.instruction);
    }
    let said: std::collections::BTreeSet<bool> = records
        .iter()
        .map(|r| r.instruction.starts_with("Put"))
        .collect();
    assert_eq!(said.len(), 2, "both phrasings come up");
}

#[test]
fn a_recorded_goal_is_the_same_goal() {
    let bench = bench();
    let task = bench.task(&wide(FULL));
    let spec = bench.spec(&task, 3);
    let first = start(&bench.robot, &spec);
    let goal = Goal::bind(&task, bench.episode(&spec), &first, &SeedPath::root(3)).expect("bound");
    let text = serde_json::to_string(&goal.record).expect("a record serializes");
    let record: GoalRecord = serde_json::from_str(&text).expect("and back");
    assert_eq!(record, goal.record);
    let again = Goal::of(&task, bench.episode(&spec), record);
    for index in 0..task.objects.len() {
        assert_eq!(again.object(index, &first), goal.object(index, &first));
        assert_eq!(again.instance(index), goal.instance(index));
    }
}

#[test]
fn filters_choose_what_they_say_or_say_why_not() {
    let bench = bench();
    let pink = FULL.replace(
        "reach_m = 0.7\nwords",
        "with = { variant = \"pink\" }\nwords",
    );
    let unique = FULL.replace("reach_m = 0.7\nwords", "unique = \"variant\"\nwords");
    let (mut bound, mut none) = (0, 0);
    for seed in 0..20 {
        match bind(&bench, &wide(&pink), seed) {
            Ok(goal) => assert_eq!(goal.record.objects["crate"].attributes["variant"], "pink"),
            Err(error) => assert_eq!(
                error.to_string(),
                "nothing in this episode can be `crate`: none has variant = pink"
            ),
        }
        match bind(&bench, &wide(&unique), seed) {
            Ok(_) => bound += 1,
            Err(error) => {
                none += 1;
                assert_eq!(
                    error.to_string(),
                    "nothing in this episode can be `crate`: none has a variant of its own"
                );
            }
        }
    }
    // Of three crates in two colours, all are alike in a quarter of the episodes.
    assert!(bound > none && none > 0, "{bound}, {none}");
    let far = FULL.replace("reach_m = 0.7\nwords", "reach_m = 0.01\nwords");
    let error = bind(&bench, &far, 0).expect_err("too far");
    assert_eq!(
        error.to_string(),
        "nothing in this episode can be `crate`: none within 0.01 m"
    );
}

/// Of four slots in a row the mirror image of the first is the last, of the second the third.
#[test]
fn the_opposite_slot_is_across_the_middle() {
    let bench = bench();
    for (from, across) in [(0, 3), (1, 2), (2, 1), (3, 0)] {
        let other = format!(
            "[objects.other]\nregion = \"rack_slot\"\npick = {from}\n\n[objects.slot]\nregion = \
             \"rack_slot\"\nopposite = \"other\"\n"
        );
        let text = FULL.replace(
            "[objects.slot]\nregion = \"rack_slot\"\nowner = \"rack\"\nreach_m = 0.7\npick = \"random_free\"\n",
            &other,
        );
        let text = text.replace("[objects.rack]\nspawn = \"racks\"\n", "");
        let goal = bind(&bench, &text, 1).expect("bound");
        assert_eq!(goal.record.objects["other"].slot, Some(from));
        assert_eq!(goal.record.objects["slot"].slot, Some(across));
    }
}

#[test]
fn angles_know_what_looks_alike() {
    let turn = |axis: DVec3, deg: f64| DQuat::from_axis_angle(axis, deg.to_radians());
    let base = turn(DVec3::new(1.0, 2.0, -0.5).normalize(), 77.0);
    let off = |by: DQuat, symmetry| angle(base * by, base, symmetry).to_degrees();
    let cases = [
        (turn(DVec3::Z, 170.0), Symmetry::None, 170.0),
        (turn(DVec3::Z, 170.0), Symmetry::HalfTurnZ, 10.0),
        (turn(DVec3::Z, 170.0), Symmetry::HalfTurnX, 170.0),
        (turn(DVec3::Z, 100.0), Symmetry::QuarterTurnZ, 10.0),
        (turn(DVec3::Z, -93.0), Symmetry::QuarterTurnZ, 3.0),
        (turn(DVec3::X, 175.0), Symmetry::HalfTurns, 5.0),
        (turn(DVec3::Y, 175.0), Symmetry::HalfTurnY, 5.0),
        (turn(DVec3::Z, 123.0), Symmetry::AnyTurnZ, 0.0),
        (turn(DVec3::X, 4.0), Symmetry::AnyTurnZ, 4.0),
        (turn(DVec3::X, 180.0), Symmetry::AnyTurnZ, 180.0),
    ];
    for (by, symmetry, expected) in cases {
        let found = off(by, symmetry);
        assert!(
            (found - expected).abs() < 1e-5,
            "{symmetry:?}: {found}, {expected}"
        );
        let back = angle(base, base * by, symmetry).to_degrees();
        assert!(
            (back - expected).abs() < 1e-5,
            "{symmetry:?}: {back}, {expected}"
        );
    }
}

/// Two unit cubes, one turned by 45° about Z: they touch when the middles are 0.5 + √½ apart.
#[test]
fn boxes_overlap_when_no_plane_is_between() {
    let unit = |x: f64, y: f64, deg: f64| OrientedBox {
        world_from_box: Rigid {
            rotation: DQuat::from_axis_angle(DVec3::Z, deg.to_radians()),
            translation_m: DVec3::new(x, y, 0.0),
        },
        half_size_m: DVec3::splat(0.5),
    };
    let a = unit(0.0, 0.0, 0.0);
    let reach = 0.5 + 0.5f64.sqrt();
    assert!(a.overlaps(&unit(reach - 1e-3, 0.0, 45.0)));
    assert!(!a.overlaps(&unit(reach + 1e-3, 0.0, 45.0)));
    // Along the diagonal the turned one shows a face.
    let along = (0.5 + 0.5f64.sqrt()) / 2.0f64.sqrt();
    assert!(a.overlaps(&unit(along - 1e-3, along - 1e-3, 45.0)));
    assert!(!a.overlaps(&unit(along + 1e-3, along + 1e-3, 45.0)));
    // Edge against edge, which only a cross product tells: a cube turned about two axes.
    assert!(a.contains(DVec3::new(0.5, -0.5, 0.5)));
    assert!(!a.contains(DVec3::new(0.501, 0.0, 0.0)));
    assert!(a.grown(0.01).contains(DVec3::new(0.501, 0.0, 0.0)));
    assert!(!a.grown(-0.6).contains(DVec3::new(0.1, 0.0, 0.0)));
}
