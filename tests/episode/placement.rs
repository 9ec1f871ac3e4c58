//! Where things stand: against formulas, and parry queries made here between all pairs.

use benchside::base::pose::Pose;
use benchside::episode::sample;
use benchside::episode::spec::{EpisodeSpec, ObjectSpec};
use benchside::scene::desc::SceneDesc;
use benchside::scene::shapes::{Shapes, to_parry};
use glam::Vec3;
use rapier3d::parry::query;

use crate::support::recipes::{
    BENCH_HALF_M, CABINET_M, CRATE_M, FULL, SLOT_FLOOR_M, SLOTS_X_M, lab, load_recipe_text, recipe,
    shapes,
};

/// The bench is the scene's first object; everything stands on it.
const BENCH: usize = 0;

/// Distance between two objects' shapes, or minus the depth by which they overlap. (The distance
/// that parry 0.31 gives for contacts of separate cuboids can have the wrong sign.)
fn separation(shapes: &Shapes, a: &ObjectSpec, b: &ObjectSpec) -> f32 {
    const KNOWN: &str = "parry knows these shapes";
    let mut least = f32::INFINITY;
    for sa in shapes.of(a.object) {
        for sb in shapes.of(b.object) {
            let pa = to_parry(&(a.world_from_object * sa.object_from_shape));
            let pb = to_parry(&(b.world_from_object * sb.object_from_shape));
            let (ga, gb) = (&*sa.shape, &*sb.shape);
            let meet = query::intersection_test(&pa, ga, &pb, gb).expect(KNOWN);
            let found = if meet.intersecting {
                let contact = query::contact(&pa, ga, &pb, gb, 0.0).expect(KNOWN);
                contact.map_or(0.0, |contact| contact.dist)
            } else {
                query::distance(&pa, ga, &pb, gb).expect(KNOWN).distance
            };
            least = least.min(found);
        }
    }
    least
}

/// A spawned asset's objects are neighbours and share attributes; `pair` is the only one of two.
fn same_unit(a: &ObjectSpec, b: &ObjectSpec) -> bool {
    a.asset == b.asset && a.object != b.object
}

fn assert_apart(spec: &EpisodeSpec, shapes: &Shapes) {
    for (i, a) in spec.objects.iter().enumerate() {
        for b in &spec.objects[i + 1..] {
            if (a.spawn.is_none() && b.spawn.is_none()) || same_unit(a, b) {
                continue;
            }
            // A slot's item may touch its holder within half a millimetre.
            let in_slot = [a, b]
                .iter()
                .any(|o| o.spawn.as_deref() == Some("crates_in_racks"));
            let least = if in_slot { -5.1e-4 } else { -1e-6 };
            let found = separation(shapes, a, b);
            assert!(
                found >= least,
                "{} and {}: {found} m (seed {})",
                a.name,
                b.name,
                spec.seed
            );
        }
    }
}

#[test]
fn nothing_overlaps_whatever_the_seed() {
    let scene = lab();
    let shapes = shapes(&scene);
    let (desc, problems) = load_recipe_text(&scene, FULL);
    let desc = desc.unwrap_or_else(|| panic!("{problems}"));
    let mut spawned = 0;
    for seed in 0..200 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        spawned += spec.objects.len() - 2;
        assert_apart(&spec, &shapes);
    }
    assert!(spawned > 200 * 5, "only {spawned} items were placed");
}

/// The corners of an object's bounds in the world.
fn corners(scene: &SceneDesc, object: &ObjectSpec) -> [Vec3; 8] {
    let bounds = scene.objects[object.object.index()].bounds;
    bounds
        .corners()
        .map(|corner| object.world_from_object.point(corner))
}

#[test]
fn scattered_items_stand_in_the_region_apart_from_each_other_and_outside_of_the_cabinet() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        r#"
        [[spawn]]
        name = "crates"
        asset = "crate.glb"
        count = 40
        region = "bench_work"
        place = "scatter"
        yaw_deg = { uniform = [-180, 180] }
        tilt_deg = { uniform = [0, 30] }
        pose = { choice = ["upright", "lying", "upside_down"] }
        lift_m = 0.002
        gap_m = 0.015
        "#,
    );
    let (middle, size) = CABINET_M;
    for seed in 0..50 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        let items: Vec<&ObjectSpec> = spec.objects.iter().filter(|o| o.spawn.is_some()).collect();
        assert_eq!(spec.shortfalls, [], "seed {seed}");
        assert_eq!(items.len(), 40);
        for (i, item) in items.iter().enumerate() {
            let corners = corners(&scene, item);
            let lowest = corners.iter().map(|c| c.z).fold(f32::INFINITY, f32::min);
            assert!(
                (lowest - 0.002).abs() < 1e-6,
                "{}: lowest at {lowest}",
                item.name
            );
            for corner in corners {
                let inside = corner
                    .abs()
                    .truncate()
                    .cmple(BENCH_HALF_M.truncate() + 1e-6);
                assert!(inside.all(), "{} reaches to {corner}", item.name);
            }
            // The cabinet is a closed surface to parry: no overlap would be seen inside.
            let center = corners.iter().sum::<Vec3>() / 8.0;
            let outside = (center - middle).abs().cmpgt(0.5 * size);
            assert!(outside.any(), "{} is inside of the cabinet", item.name);
            for other in &items[i + 1..] {
                let gap = separation(&shapes, item, other);
                assert!(
                    gap >= 0.015 - 1e-5,
                    "{} and {}: {gap} m",
                    item.name,
                    other.name
                );
            }
            let to_bench = separation(&shapes, item, &spec.objects[BENCH]);
            assert!(
                (to_bench - 0.002).abs() < 1e-4,
                "{} is {to_bench} above",
                item.name
            );
        }
    }
}

#[test]
fn scattered_items_are_uniform_over_the_floor() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        "[[spawn]]\nname = \"one\"\nasset = \"crate.glb\"\ncount = 1\nregion = \"far\"\n\
         place = \"scatter\"\n",
    );
    let n = 4000u32;
    // The region measures 1 × 1 m about (5, 0); the crate's origin keeps its half size away.
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for episode in 0..n {
        let spec = sample(&scene, &desc, &shapes, 5, u64::from(episode), None);
        let at = spec
            .objects
            .last()
            .expect("one is placed")
            .world_from_object
            .translation_m;
        xs.push(f64::from(at.x - 5.0) / f64::from(1.0 - CRATE_M.x) + 0.5);
        ys.push(f64::from(at.y) / f64::from(1.0 - CRATE_M.y) + 0.5);
    }
    let bound = ((2.0f64 / 1e-6).ln() / (2.0 * f64::from(n))).sqrt();
    for mut us in [xs, ys] {
        us.sort_by(f64::total_cmp);
        for (i, u) in us.iter().enumerate() {
            let error = (u - (i as f64 + 0.5) / f64::from(n)).abs();
            assert!(error < bound, "off by {error} at {u}");
        }
    }
}

#[test]
fn a_slots_item_stands_in_the_middle_of_its_floor_in_its_axes() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        r#"
        [[spawn]]
        name = "racks"
        asset = "rack.glb"
        count = 2
        region = "bench_work"
        place = "scatter"
        yaw_deg = { uniform = [-180, 180] }
        [[spawn]]
        name = "crates"
        asset = "crate.glb"
        count = 5
        region = "rack_slot"
        place = "slots"
        offset_m = [0.0005, -0.0005, 0.001]
        lift_m = 0.0015
        "#,
    );
    for seed in 0..40 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        assert_eq!(spec.shortfalls, []);
        let of = |name: &str| -> Vec<Pose> {
            let items = spec
                .objects
                .iter()
                .filter(|o| o.spawn.as_deref() == Some(name));
            items.map(|o| o.world_from_object).collect()
        };
        let (racks, crates) = (of("racks"), of("crates"));
        assert_eq!((racks.len(), crates.len()), (2, 5));
        let shift = Vec3::new(0.0005, -0.0005, SLOT_FLOOR_M + 0.001 + 0.0015);
        let slots: Vec<Pose> = racks
            .iter()
            .flat_map(|rack| SLOTS_X_M.map(|x| *rack * Pose::at(Vec3::new(x, 0.0, 0.0) + shift)))
            .collect();
        let mut taken = Vec::new();
        for pose in crates {
            let near = |slot: &Pose| {
                slot.translation_m.distance(pose.translation_m) < 1e-6
                    && slot.rotation.dot(pose.rotation).abs() > 1.0 - 1e-6
            };
            let slot = slots
                .iter()
                .position(near)
                .expect("every crate is in a slot");
            assert!(!taken.contains(&slot), "two crates in slot {slot}");
            taken.push(slot);
        }
    }
}

#[test]
fn a_blocked_slot_is_skipped() {
    // The first crates fill all slots but two; nothing else fits in between.
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        r#"
        [[spawn]]
        name = "racks"
        asset = "rack.glb"
        count = 1
        region = "far"
        place = "scatter"
        [[spawn]]
        name = "wide"
        asset = "crate.glb"
        count = 1
        region = "rack_slot"
        place = "slots"
        lift_m = 0.025
        yaw_deg = 90
        offset_m = [0.023, 0, 0]
        [[spawn]]
        name = "late"
        asset = "crate.glb"
        count = { uniform = [3, 3] }
        region = "rack_slot"
        place = "slots"
        lift_m = 0.022
        "#,
    );
    let mut skipped = 0;
    for seed in 0..40 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        for (i, a) in spec.objects.iter().enumerate() {
            for b in &spec.objects[i + 1..] {
                if a.spawn.is_some() {
                    assert!(
                        separation(&shapes, a, b) >= -5.1e-4,
                        "{} {}",
                        a.name,
                        b.name
                    );
                }
            }
        }
        skipped += spec
            .shortfalls
            .iter()
            .filter(|s| s.reason.contains("crate_1"))
            .count();
    }
    // The crate across two slots leaves fewer than three free ones.
    assert!(skipped > 20, "{skipped}");
}

#[test]
fn what_does_not_fit_is_recorded() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        r#"
        [[spawn]]
        name = "racks"
        asset = "rack.glb"
        count = { choice = [0, 1], weights = [1, 1] }
        region = "far"
        place = "scatter"
        [[spawn]]
        name = "in_racks"
        asset = "crate.glb"
        count = { choice = [0, 3] }
        region = "rack_slot"
        place = "slots"
        [[spawn]]
        name = "crowd"
        asset = "crate.glb"
        count = 900
        region = "bench_work"
        place = "scatter"
        attempts = 8
        [[spawn]]
        name = "tilted"
        asset = "rack.glb"
        count = 1
        region = "rack_slot"
        place = "scatter"
        tilt_deg = { uniform = [0, 5] }
        "#,
    );
    let mut reasons = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        let placed = |name: &str| {
            let items = spec
                .objects
                .iter()
                .filter(|o| o.spawn.as_deref() == Some(name));
            items.count() as u32
        };
        for shortfall in &spec.shortfalls {
            assert!(shortfall.placed < shortfall.wanted);
            assert_eq!(shortfall.placed, placed(&shortfall.spawn));
            let reason: String = shortfall
                .reason
                .chars()
                .filter(|c| !c.is_numeric())
                .collect();
            reasons.insert(format!("{}: {reason}", shortfall.spawn));
        }
        let crowd = spec
            .shortfalls
            .iter()
            .find(|s| s.spawn == "crowd")
            .expect("too many");
        assert_eq!((crowd.wanted, crowd.asset.as_str()), (900, "crate"));
        assert_eq!(crowd.region, "bench_work");
        assert_apart(&spec, &shapes);
    }
    let begin = |text: &str| reasons.iter().any(|reason| reason.starts_with(text));
    assert!(begin("crowd: "), "{reasons:?}");
    assert!(
        begin("in_racks: no such region in this episode"),
        "{reasons:?}"
    );
    assert!(
        begin("tilted: no such region in this episode"),
        "{reasons:?}"
    );
    assert!(
        begin("tilted: its footprint of . × . m does not fit the region"),
        "{reasons:?}"
    );
}
