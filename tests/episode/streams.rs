//! Seeds: the same again, others otherwise, and no consumer shifts another. And the JSON form.

use benchside::episode::sample;
use benchside::episode::spec::EpisodeSpec;
use benchside::scene::desc::SceneDesc;
use benchside::scene::recipe::desc::RecipeDesc;

use crate::support::recipes::{FULL, lab, load_recipe_text, shapes};

fn full(scene: &SceneDesc, text: &str) -> RecipeDesc {
    let (desc, problems) = load_recipe_text(scene, text);
    desc.unwrap_or_else(|| panic!("{problems}"))
}

#[test]
fn an_episode_survives_json() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = full(&scene, FULL);
    for seed in [0, 1, u64::MAX] {
        let spec = sample(&scene, &desc, &shapes, seed, 7, None);
        let json = serde_json::to_string(&spec).expect("an episode serializes");
        let back: EpisodeSpec = serde_json::from_str(&json).expect("an episode is read back");
        assert_eq!(back, spec);
        assert_eq!((spec.seed, spec.episode), (seed, 7));
    }
}

#[test]
fn the_same_seed_gives_the_same_episode_and_others_differ() {
    let scene = lab();
    let desc = full(&scene, FULL);
    let one = sample(&scene, &desc, &shapes(&scene), 5, 3, None);
    let again = sample(&lab(), &full(&lab(), FULL), &shapes(&lab()), 5, 3, None);
    assert_eq!(one, again);
    let shapes = shapes(&scene);
    for (seed, episode) in [(5, 4), (6, 3), (0, 0)] {
        let other = sample(&scene, &desc, &shapes, seed, episode, None);
        assert_ne!(one.objects, other.objects);
        assert_ne!(one.frames[0].cameras, other.frames[0].cameras);
    }
}

#[test]
fn new_consumers_shift_nothing() {
    let scene = lab();
    let shapes = shapes(&scene);
    let before = full(&scene, FULL);
    // Entries far away from the rest: before all others and after them; a camera first; a light.
    let far = |name: &str| {
        format!(
            "[[spawn]]\nname = \"{name}\"\nasset = \"ball.glb\"\ncount = 3\nregion = \"far\"\n\
             place = \"scatter\"\n[spawn.materials.ball_paint]\nmetallic = {{ uniform = [0, 1] }}\n\n"
        )
    };
    let camera = "[[camera]]\nname = \"new\"\nmount = { node = \"cam\" }\n\
                  jitter_m = { uniform = [[0, 0, 0], [1, 1, 1]] }\n\n";
    let light = "[[light]]\nname = \"new\"\nkind = \"point\"\nposition_m = [0, 0, 3]\n\
                 candela = { uniform = [1, 2] }\n\n";
    let text = FULL
        .replacen("[[spawn]]\n", &format!("{}[[spawn]]\n", far("first")), 1)
        .replacen(
            "[[material]]\n",
            &format!("{}[[material]]\n", far("last")),
            1,
        )
        .replacen("[[camera]]\n", &format!("{camera}[[camera]]\n"), 1)
        .replacen("[[light]]\n", &format!("{light}[[light]]\n"), 1)
        .replacen(
            "roughness = { log_uniform",
            "# more\nroughness = { log_uniform",
            1,
        );
    let after = full(&scene, &text);
    for seed in 0..20 {
        let old = sample(&scene, &before, &shapes, seed, 0, None);
        let new = sample(&scene, &after, &shapes, seed, 0, None);
        assert!(new.objects.len() > old.objects.len());
        let mut kept: Vec<_> = new.objects.clone();
        kept.retain(|o| !matches!(o.spawn.as_deref(), Some("first" | "last")));
        assert_eq!(kept.len(), old.objects.len());
        for (a, b) in kept.iter().zip(&old.objects) {
            assert_eq!(a.world_from_object, b.world_from_object);
            assert_eq!((&a.looks, &a.attributes), (&b.looks, &b.attributes));
        }
        for (a, b) in new.frames.iter().zip(&old.frames) {
            assert_eq!(a.cameras[1..], b.cameras[..]);
        }
        let kept = new.lights.iter().filter(|light| light.name != "new");
        assert!(kept.eq(old.lights.iter()));
    }
}

#[test]
fn names_are_unique() {
    let scene = lab();
    let shapes = shapes(&scene);
    let desc = full(&scene, FULL);
    for seed in 0..20 {
        let spec = sample(&scene, &desc, &shapes, seed, 0, None);
        let names: std::collections::BTreeSet<&str> =
            spec.objects.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names.len(), spec.objects.len());
    }
}
