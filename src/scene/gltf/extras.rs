//! The `bs_*` keys of `extras`, and names that say as much: see `scenes/README.md`.

use serde_json::Value;

use super::report::{At, shortened};
use crate::base::ids::ClassId;
use crate::base::problem::did_you_mean;
use crate::scene::desc::{ColliderKind, Motion};
use crate::scene::taxonomy::Taxonomy;

/// Every key there is.
const KEYS: [&str; 17] = [
    "bs_body",
    "bs_class",
    "bs_collider",
    "bs_collider_only",
    "bs_density",
    "bs_friction",
    "bs_grasp",
    "bs_instance",
    "bs_keypoint",
    "bs_kelvin",
    "bs_light",
    "bs_liquid",
    "bs_lumens",
    "bs_mass",
    "bs_part",
    "bs_region",
    "bs_restitution",
];

/// A `bs_collider`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColliderChoice {
    None,
    Fit(ColliderKind),
}

const COLLIDERS: [(&str, ColliderChoice); 8] = [
    ("box", ColliderChoice::Fit(ColliderKind::Box)),
    ("sphere", ColliderChoice::Fit(ColliderKind::Sphere)),
    ("cylinder", ColliderChoice::Fit(ColliderKind::Cylinder)),
    ("capsule", ColliderChoice::Fit(ColliderKind::Capsule)),
    ("hull", ColliderChoice::Fit(ColliderKind::ConvexHull)),
    (
        "decompose",
        ColliderChoice::Fit(ColliderKind::ConvexDecomposition),
    ),
    ("mesh", ColliderChoice::Fit(ColliderKind::TriangleMesh)),
    ("none", ColliderChoice::None),
];

/// The keys of one node that are there and right; wrong ones are reported.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    pub class: Option<ClassId>,
    pub instance: Option<String>,
    pub part: Option<String>,
    pub body: Option<Motion>,
    pub mass_kg: Option<f32>,
    pub density_kg_per_m3: Option<f32>,
    pub friction: Option<f32>,
    pub restitution: Option<f32>,
    pub collider: Option<ColliderChoice>,
    pub collider_only: bool,
    pub liquid: bool,
    pub region: Option<String>,
    pub keypoint: Option<String>,
    pub grasp: Option<String>,
    /// There is only `rect`.
    pub rect_light: bool,
    pub lumens: Option<f32>,
    pub kelvin: Option<f64>,
}

/// A node's labels: its extras, and what its name says about collision.
pub(super) fn read(node: &At<'_>, name: &str, taxonomy: &Taxonomy) -> Labels {
    let mut labels = Labels::default();
    if let Some(extras) = node.get("extras") {
        for (key, at) in extras.members() {
            if key.starts_with("bs_") {
                labels.read_key(key, &at, taxonomy);
            }
        }
    }
    if let Some(kind) = collider_by_name(strip_blender_suffix(name)) {
        labels.collider_only = true;
        labels.collider.get_or_insert(ColliderChoice::Fit(kind));
    }
    labels
}

impl Labels {
    fn read_key(&mut self, key: &str, at: &At<'_>, taxonomy: &Taxonomy) {
        let infinite = f64::INFINITY;
        match key {
            "bs_class" => self.class = class(at, taxonomy),
            "bs_instance" => self.instance = name_of(at),
            "bs_part" => self.part = name_of(at),
            "bs_region" => self.region = name_of(at),
            "bs_keypoint" => self.keypoint = name_of(at),
            "bs_grasp" => self.grasp = name_of(at),
            "bs_body" => {
                let choices = [("static", Motion::Static), ("dynamic", Motion::Dynamic)];
                self.body = choice(at, &choices);
            }
            "bs_collider" => self.collider = choice(at, &COLLIDERS),
            "bs_light" => self.rect_light = choice(at, &[("rect", ())]).is_some(),
            "bs_collider_only" => self.collider_only = flag(at).unwrap_or(false),
            "bs_liquid" => self.liquid = flag(at).unwrap_or(false),
            "bs_mass" => self.mass_kg = at.positive(),
            "bs_density" => self.density_kg_per_m3 = at.positive(),
            "bs_friction" => self.friction = at.number_in(0.0, infinite).map(|v| v as f32),
            "bs_restitution" => self.restitution = at.number_in(0.0, 1.0).map(|v| v as f32),
            "bs_lumens" => self.lumens = at.positive(),
            "bs_kelvin" => self.kelvin = at.number_in(1000.0, 40_000.0),
            _ => at.error(
                format!("the key `{}`", shortened(key)),
                "a key of scenes/README.md",
                &suggestion(key, KEYS),
            ),
        }
    }
}

fn class(at: &At<'_>, taxonomy: &Taxonomy) -> Option<ClassId> {
    let name = at.text()?;
    let Some(class) = taxonomy.by_name(name) else {
        let concrete = taxonomy.classes.iter().filter(|c| !c.is_abstract);
        let remedy = suggestion(name, concrete.map(|c| c.name.as_str()));
        at.wrong_with("a class of the taxonomy", &remedy);
        return None;
    };
    if class.is_abstract {
        let below = |c: &&crate::scene::taxonomy::Class| c.parent == Some(class.id);
        let example = taxonomy.classes.iter().find(below);
        let remedy = example.map_or(String::new(), |c| {
            format!("use one below it, such as {:?}", c.name)
        });
        at.wrong_with("a class that is not abstract", &remedy);
        return None;
    }
    Some(class.id)
}

/// A text that is not empty.
fn name_of(at: &At<'_>) -> Option<String> {
    let text = at.text()?;
    if text.is_empty() {
        at.wrong("a text that is not empty");
        return None;
    }
    Some(text.to_owned())
}

fn choice<T: Copy>(at: &At<'_>, choices: &[(&str, T)]) -> Option<T> {
    let text = at.text()?;
    let found = choices.iter().find(|(name, _)| *name == text);
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        at.wrong_with(&names.join(", "), &suggestion(text, names.iter().copied()));
    }
    found.map(|(_, value)| *value)
}

/// `true`, `false`, 1 or 0: Blender writes either.
fn flag(at: &At<'_>) -> Option<bool> {
    let number = at.value().as_f64();
    let flag = match at.value() {
        Value::Bool(flag) => Some(*flag),
        _ if number == Some(0.0) => Some(false),
        _ if number == Some(1.0) => Some(true),
        _ => None,
    };
    if flag.is_none() {
        at.wrong("1 or 0");
    }
    flag
}

fn suggestion<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    // The comparison takes time in proportion to the length, and no name is that long.
    if wrong.len() > 64 {
        return String::new();
    }
    did_you_mean(wrong, names).map_or(String::new(), |name| format!("did you mean {name:?}?"))
}

/// Labels on anything but nodes are lost on most tools' way; say so.
pub(super) fn warn_misplaced(at: &At<'_>, what: &str) {
    for (key, at) in at.get("extras").map_or(Vec::new(), |e| e.members()) {
        if key.starts_with("bs_") {
            at.warn(
                format!("`{}` on a {what}, where it is ignored", shortened(key)),
                "`bs_*` keys on objects (glTF nodes)",
                "in Blender, set it in Object Properties › Custom Properties",
            );
        }
    }
}

/// `slide` of `slide.001`: Blender appends a point and at least three digits to names in use.
pub fn strip_blender_suffix(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, digits))
            if digits.len() >= 3
                && !stem.is_empty()
                && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            stem
        }
        _ => name,
    }
}

/// Unreal's prefixes and Godot's suffixes for collision meshes.
fn collider_by_name(name: &str) -> Option<ColliderKind> {
    let prefix = match name.get(..4) {
        Some("UBX_") => Some(ColliderKind::Box),
        Some("USP_") => Some(ColliderKind::Sphere),
        Some("UCP_") => Some(ColliderKind::Capsule),
        Some("UCX_") => Some(ColliderKind::ConvexHull),
        _ => None,
    };
    if prefix.is_some() {
        prefix
    } else if name.ends_with("-convcolonly") {
        Some(ColliderKind::ConvexHull)
    } else if name.ends_with("-colonly") {
        Some(ColliderKind::TriangleMesh)
    } else {
        None
    }
}
