//! The recipe loader ends without a panic and within memory on any text, and whatever recipe it
//! lets through can be sampled.

use std::cell::Cell;

use benchside::episode::sample;
use benchside::episode::spec::EpisodeSpec;
use benchside::scene::recipe::desc::RecipeDesc;
use serde_json::Value;

use crate::support::fuzz::{Campaign, Rng, mutate_json, mutate_lines};
use crate::support::recipes::{FULL, lab, load_recipe_text, shapes};

/// One input may need this much; the texts are of a few kilobytes.
const MOST_BYTES: usize = 64 << 20;

const TOKENS: &[&str] = &[
    "",
    "=",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "\"",
    "'''",
    "\\",
    "\n",
    ",",
    ".",
    "#",
    "-1",
    "0",
    "nan",
    "-inf",
    "1e308",
    "-1e308",
    "1e-320",
    "9223372036854775807",
    "0x",
    "0b1",
    "1979-05-27",
    "99999999999999999999999",
    "true",
    "uniform",
    "normal",
    "choice",
    "weights",
    "group",
    "value",
    "\"spawn\"",
    "[[spawn]]\n",
    "[[camera]]\n",
    "[groups.a.values]\n",
    "scope = \"spawn\"\n",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{a={a={a={a={a={a={a={a=",
    "\u{0}",
    "\u{feff}",
    "é",
    "\u{1f9eb}",
    "kind = \"ambient\"\n",
    "count = 10000\n",
    "place = \"slots\"\n",
];

/// The recipe with every key, changed as lines, as a tree, or at random places.
fn mutated(rng: &mut Rng, tree: &Value) -> Vec<u8> {
    if rng.chance(3) {
        return mutate_lines(rng, FULL).into_bytes();
    }
    if rng.chance(2) {
        let mut tree = tree.clone();
        mutate_json(rng, &mut tree);
        // TOML has no null; such trees are left out.
        if let Ok(text) = toml::to_string(&tree) {
            return text.into_bytes();
        }
    }
    let mut bytes = FULL.as_bytes().to_vec();
    for _ in 0..1 + rng.below(8) {
        let at = rng.below(bytes.len());
        let end = (at + rng.below(12)).min(bytes.len());
        let token = *rng.pick(TOKENS);
        bytes.splice(at..end, token.bytes());
    }
    bytes
}

/// Whether an episode can be sampled in a moment.
fn is_small(recipe: &RecipeDesc) -> bool {
    let tries = |count: i64, attempts: u32| count as u64 * u64::from(attempts);
    let all: u64 = recipe
        .spawns
        .iter()
        .map(|entry| {
            let most = entry.count.law.extremes().into_iter().max().unwrap_or(0);
            tries(most, entry.attempts)
        })
        .sum();
    all < 20_000 && recipe.capture.frames < 20
}

fn campaign(campaign: &Campaign) {
    let scene = lab();
    let shapes = shapes(&scene);
    let tree: Value = toml::from_str(FULL).expect("the recipe is TOML");
    let (sound, refused) = (Cell::new(0_u64), Cell::new(0_u64));
    campaign.run(
        |rng| mutated(rng, &tree),
        |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let (recipe, problems) = load_recipe_text(&scene, &text);
            assert_eq!(recipe.is_none(), problems.has_errors());
            let Some(recipe) = recipe.filter(is_small) else {
                refused.set(refused.get() + 1);
                return;
            };
            sound.set(sound.get() + 1);
            let spec = sample(&scene, &recipe, &shapes, 1, 0, None);
            let json = serde_json::to_string(&spec).expect("an episode serializes");
            let back: EpisodeSpec = serde_json::from_str(&json).expect("numbers are finite");
            assert_eq!(back, spec);
        },
    );
    // Neither side may be all there is, or little would be tried.
    assert!(
        sound.get() > 20 && refused.get() > 20,
        "{sound:?} {refused:?}"
    );
}

#[test]
fn a_short_campaign_finds_nothing() {
    campaign(&Campaign::short("recipe", 2000, MOST_BYTES));
}

/// `BENCHSIDE_FUZZ_SECS=600 cargo test --release --test main recipe_fuzz -- --ignored --nocapture`
#[test]
#[ignore = "takes ten minutes"]
fn a_long_campaign_finds_nothing() {
    campaign(&Campaign::long("recipe", MOST_BYTES));
}
