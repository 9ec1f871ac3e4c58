//! Correlated groups, looks and atlas cells.

use std::collections::{BTreeMap, BTreeSet};

use benchside::base::frame::MaterialLook;
use benchside::episode::sample;
use benchside::episode::spec::{EpisodeSpec, ObjectSpec};

use crate::support::recipes::{lab, recipe, shapes};

fn look<'a>(object: &'a ObjectSpec, material: &str) -> &'a MaterialLook {
    let mut looks = object.looks.iter();
    looks
        .find(|look| look.name == material)
        .expect("the material changes")
}

fn tint_bits(object: &ObjectSpec, material: &str) -> [u32; 3] {
    look(object, material).tint.map(f32::to_bits)
}

fn spawned<'a>(spec: &'a EpisodeSpec, name: &str) -> Vec<&'a ObjectSpec> {
    spec.objects
        .iter()
        .filter(|o| o.spawn.as_deref() == Some(name))
        .collect()
}

fn entries(scope: &str) -> String {
    format!(
        r#"
        [groups.batch]
        scope = "{scope}"
        [groups.batch.values]
        tint = {{ uniform = [[0, 0, 0], [1, 1, 1]] }}
        [[spawn]]
        name = "racks"
        asset = "rack.glb"
        count = 2
        region = "bench_work"
        place = "scatter"
        [[spawn]]
        name = "a"
        asset = "crate.glb"
        count = 4
        region = "rack_slot"
        place = "slots"
        [spawn.materials.crate_paint]
        tint = {{ group = "batch", value = "tint" }}
        [[spawn]]
        name = "b"
        asset = "crate.glb"
        count = 4
        region = "rack_slot"
        place = "slots"
        [spawn.materials.crate_paint]
        tint = {{ group = "batch", value = "tint" }}
        "#
    )
}

/// Numbers of different tints within entry a, within b, and among both; over episodes all differ.
fn tints(scope: &str) -> (usize, usize, usize) {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(&scene, &entries(scope));
    let mut all = BTreeSet::new();
    let mut last = (0, 0, 0);
    let mut total = 0;
    for episode in 0..10 {
        let spec = sample(&scene, &desc, &shapes, 3, episode, None);
        assert_eq!(spec.shortfalls, []);
        let set = |name: &str| -> BTreeSet<[u32; 3]> {
            let items = spawned(&spec, name);
            items
                .iter()
                .map(|item| tint_bits(item, "crate_paint"))
                .collect()
        };
        let (a, b) = (set("a"), set("b"));
        let both: BTreeSet<_> = a.union(&b).copied().collect();
        last = (a.len(), b.len(), both.len());
        total += both.len();
        all.extend(both);
    }
    assert_eq!(all.len(), total, "two episodes share a draw");
    last
}

#[test]
fn scopes_say_who_shares_a_draw() {
    assert_eq!(tints("episode"), (1, 1, 1));
    assert_eq!(tints("spawn"), (1, 1, 2));
    // Eight crates fill the eight slots of two racks.
    let (_, _, both) = tints("owner");
    assert_eq!(both, 2);
}

#[test]
fn items_of_one_owner_share_and_those_of_another_do_not() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(&scene, &entries("owner"));
    for seed in 0..10 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        let racks = spawned(&spec, "racks");
        let mut by_rack: BTreeMap<usize, BTreeSet<[u32; 3]>> = BTreeMap::new();
        for item in spawned(&spec, "a").into_iter().chain(spawned(&spec, "b")) {
            let distance = |rack: &ObjectSpec| {
                let at = rack.world_from_object.inverse();
                at.point(item.world_from_object.translation_m).y.abs()
                    + at.point(item.world_from_object.translation_m).x.abs()
            };
            let nearest = usize::from(distance(racks[1]) < distance(racks[0]));
            by_rack
                .entry(nearest)
                .or_default()
                .insert(tint_bits(item, "crate_paint"));
        }
        assert_eq!(by_rack.len(), 2);
        assert!(by_rack.values().all(|tints| tints.len() == 1));
        assert_ne!(by_rack[&0], by_rack[&1]);
    }
}

#[test]
fn choices_of_a_group_keep_rows_together_and_other_values_are_independent() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        r#"
        [groups.maker]
        [groups.maker.values]
        tint = { choice = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], weights = [1, 2, 3] }
        rough = { choice = [0.1, 0.2, 0.3], weights = [1, 2, 3] }
        metal = { uniform = [0, 1] }
        spare = { uniform = [0, 1] }
        [[spawn]]
        name = "balls"
        asset = "ball.glb"
        count = 2
        region = "far"
        place = "scatter"
        [spawn.materials.ball_paint]
        tint = { group = "maker", value = "tint" }
        roughness = { group = "maker", value = "rough" }
        metallic = { group = "maker", value = "metal" }
        [[material]]
        name = "steel"
        roughness = { group = "maker", value = "spare" }
        "#,
    );
    let mut rows = BTreeSet::new();
    for episode in 0..60 {
        let spec = sample(&scene, &desc, &shapes, 1, episode, None);
        let balls = spawned(&spec, "balls");
        let first = look(balls[0], "ball_paint");
        assert_eq!(first, look(balls[1], "ball_paint"));
        let row = match first.roughness {
            Some(0.1) => [1.0, 0.0, 0.0],
            Some(0.2) => [0.0, 1.0, 0.0],
            Some(0.3) => [0.0, 0.0, 1.0],
            other => panic!("{other:?}"),
        };
        assert_eq!(first.tint, row);
        rows.insert(row.map(f32::to_bits));
        let cabinet = &spec.objects[1];
        assert_ne!(look(cabinet, "steel").roughness, first.metallic);
        assert_eq!(
            balls[0].attributes["group.maker.rough"].parse::<f32>().ok(),
            first.roughness
        );
    }
    assert_eq!(rows.len(), 3);
}

#[test]
fn cells_and_variants_are_shown_and_recorded() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = recipe(
        &scene,
        r#"
        [[spawn]]
        name = "crates"
        asset = "crate.glb"
        count = 20
        region = "far"
        place = "scatter"
        variant = { choice = ["blue", "pink"] }
        [spawn.materials.crate_paint]
        cell = { columns = 4, rows = 2 }
        [spawn.materials.crate_pink]
        texture = "b.png"
        "#,
    );
    let (mut cells, mut variants) = (BTreeSet::new(), BTreeSet::new());
    for episode in 0..10 {
        let spec = sample(&scene, &desc, &shapes, 8, episode, None);
        for item in spawned(&spec, "crates") {
            let look = look(item, "crate_paint");
            let variant = item.attributes["variant"].as_str();
            variants.insert(variant.to_owned());
            let becomes = &scene.materials[look.becomes.index()];
            if variant == "pink" {
                // The change of the material that is shown holds, not that of the one replaced.
                assert_eq!(becomes.name, "crate_pink");
                assert_eq!(look.uv_offset, [0.0, 0.0]);
                assert_eq!(look.texture.map(|t| t.index()), Some(1));
            } else {
                assert_eq!(becomes.name, "crate_paint");
                let cell: u32 = item.attributes["crate_paint.cell"]
                    .parse()
                    .expect("a number");
                let offset = [(cell % 4) as f32 / 4.0, (cell / 4) as f32 / 2.0];
                assert_eq!(look.uv_offset, offset);
                cells.insert(cell);
            }
        }
    }
    assert_eq!(cells, (0..8).collect());
    assert_eq!(variants.len(), 2);
}
