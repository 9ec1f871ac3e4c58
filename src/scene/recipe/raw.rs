//! `recipe.toml` as it stands in the file, before any name is looked up. The doc comments here
//! are the descriptions of the JSON Schema.

use std::collections::BTreeMap;

use super::dist::Law;
pub use super::raw_camera::*;
use super::raw_dist::{AnyLaw, FileValue, RawDist};
pub use super::raw_light::*;
use super::reader::{At, Place, Salvaged};
use super::record::{record, words};

/// A number that may vary.
pub type Number = At<RawDist<f64>>;
/// A whole number that may vary.
pub type Count = At<RawDist<i64>>;
/// Three numbers that may vary.
pub type Vector = At<RawDist<[f64; 3]>>;
/// Two numbers that may vary.
pub type Pair = At<RawDist<[f64; 2]>>;
/// A text that may vary.
pub type Text = At<RawDist<String>>;

record! {
    /// What varies in a scene, and how. Wherever a number, a vector or a text may vary, a bare value
    /// means "always this". Paths are relative to this file.
    #[schemars(title = "Benchside recipe")]
    pub struct RawRecipe {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: At<i64>,
        /// The scene's glTF file (.gltf or .glb).
        scene: At<String>,
        /// The classes with their stable ids (taxonomy.toml).
        taxonomy: At<String>,
        /// Pictures and their timing.
        #[schemars(default)]
        capture: Salvaged<Option<RawCapture>>,
        /// Simulation.
        #[schemars(default)]
        physics: Salvaged<Option<RawPhysics>>,
        /// Correlated values by name: all who refer to one share a draw.
        #[schemars(default)]
        groups: Salvaged<BTreeMap<String, RawGroup>>,
        /// Items to place, in this order; later ones may stand in regions of earlier ones.
        #[schemars(default)]
        spawn: Salvaged<Vec<RawSpawn>>,
        /// Changes to materials of the scene file.
        #[schemars(default)]
        material: Salvaged<Vec<RawSceneMaterial>>,
        /// The material variant of the scene file; at most one entry.
        #[schemars(default)]
        variant: Salvaged<Vec<RawVariant>>,
        /// Cameras, in the order of their images; at least one.
        #[schemars(default)]
        camera: Salvaged<Vec<RawCamera>>,
        /// Changes to lights of the scene file, and further lights.
        #[schemars(default)]
        light: Salvaged<Vec<RawLight>>,
    }
}

impl RawRecipe {
    /// Whether any part was left out because it could not be read.
    pub fn broken(&self) -> bool {
        self.capture.broken
            || self.physics.broken
            || self.groups.broken
            || self.spawn.broken
            || self.material.broken
            || self.variant.broken
            || self.camera.broken
            || self.light.broken
    }
}

impl RawRecipe {
    /// Every asset file that can be spawned, sorted, with where it is asked for first.
    pub fn asset_paths(&self) -> BTreeMap<String, Place> {
        self.texts(self.spawn.value.iter().map(|spawn| &spawn.asset))
    }

    /// Every texture file, sorted, with where it is asked for first.
    pub fn texture_paths(&self) -> BTreeMap<String, Place> {
        let looks = self.spawn.value.iter().flat_map(|s| s.materials.values());
        let of_items = looks.filter_map(|look| look.texture.as_ref());
        let materials = self.material.value.iter();
        let of_scene = materials.filter_map(|material| material.texture.as_ref());
        self.texts(of_items.chain(of_scene))
    }

    /// Every panorama, sorted, with where it is asked for first.
    pub fn environment_paths(&self) -> BTreeMap<String, Place> {
        let lights = self.light.value.iter();
        self.texts(lights.filter_map(|light| match light {
            RawLight::New(new) => match &**new {
                RawNewLight::Environment(raw) => Some(&raw.file),
                _ => None,
            },
            RawLight::Change(_) => None,
        }))
    }

    fn texts<'a>(&'a self, uses: impl Iterator<Item = &'a Text>) -> BTreeMap<String, Place> {
        let mut texts = BTreeMap::new();
        for text in uses {
            let law = match &text.value {
                RawDist::Law(law) => Some(law),
                RawDist::Group { group, value } => {
                    let group = self.groups.value.get(&group.value);
                    match group
                        .and_then(|g| g.values.get(&value.value))
                        .map(|v| &v.value)
                    {
                        Some(AnyLaw::Text(law)) => Some(law),
                        _ => None,
                    }
                }
            };
            for value in law.into_iter().flat_map(Law::listed) {
                let place = || text.place.clone();
                texts.entry(value.clone()).or_insert_with(place);
            }
        }
        texts
    }
}

record! {
    /// Pictures and their timing. Times that physics must meet are multiples of the time step.
    pub struct RawCapture {
        /// Width and height of every picture in pixels, 1 … 16384 each. Default [640, 480].
        #[schemars(example = [640, 480])]
        size_px: Option<At<[i64; 2]>>,
        /// Frames an episode, 1 … 100000; each shows every camera. Default 1.
        #[schemars(range(min = 1, max = 100_000))]
        frames: Option<At<i64>>,
        /// Seconds between frames, a multiple of the time step. Default: the multiple nearest to 0.1.
        interval_secs: Option<At<f64>>,
        /// When the first frame is taken. Default "settled".
        begin: Option<Begin>,
        /// Optical flow is from each frame to this many seconds later: a multiple of the time step,
        /// and with several frames at most interval_secs. Default: the multiple nearest to 1/30.
        flow_secs: Option<At<f64>>,
        /// Metres of one step of the 16-bit depth planes, 0.000001 … 0.01. Default 0.0001.
        #[schemars(range(min = 0.000_001, max = 0.01))]
        depth_unit_m: Option<At<f64>>,
    }
}

words! {
    /// When the first frame is taken.
    pub enum Begin {
        /// At rest, or after settle_secs.
        "settled" => Settled,
        /// Right after placement, before anything has moved.
        "released" => Released,
    }
}

record! {
    /// Simulation.
    pub struct RawPhysics {
        /// Seconds to settle at most, 0 … 600; stops earlier at rest. Default 4.
        #[schemars(range(min = 0, max = 600))]
        settle_secs: Option<At<f64>>,
        /// Seconds a step, 0.0001 … 0.05. Default 1/240.
        #[schemars(range(min = 0.0001, max = 0.05))]
        timestep_secs: Option<At<f64>>,
        /// What contacts' tolerances count in, metres, 0.001 … 1: 0.1 for labware, 0.005 where things
        /// of millimetres fit into each other. Default 0.1.
        #[schemars(range(min = 0.001, max = 1.0))]
        length_unit_m: Option<At<f64>>,
    }
}

record! {
    /// Values drawn together. Choices of one group that have the same number of options and the
    /// same weights pick the same position, so that rows of properties stay together.
    pub struct RawGroup {
        /// Among whom one draw is shared. Default "episode".
        scope: Option<Scope>,
        /// The values by name.
        values: BTreeMap<String, At<AnyLaw>>,
    }
}

words! {
    /// Among whom one draw of a group is shared.
    pub enum Scope {
        /// Everything in an episode.
        "episode" => Episode,
        /// All items of one `[[spawn]]` entry.
        "spawn" => Spawn,
        /// All items in regions of one object: each rack has its own batch.
        "owner" => Owner,
    }
}

record! {
    /// Items to place.
    pub struct RawSpawn {
        /// A name of your own; labels record it.
        name: At<String>,
        /// The glTF file of the item, or a choice of several.
        asset: Text,
        /// How many, 0 … 10000.
        count: Count,
        /// The region that holds them: of the scene file, or of an asset of an earlier entry.
        region: At<String>,
        /// How they are placed in the region.
        place: Manner,
        /// Turn about the region's Z axis, degrees. Default 0.
        yaw_deg: Option<Number>,
        /// Then a turn about a random horizontal axis of the region, degrees, 0 … 180. Default 0.
        tilt_deg: Option<Number>,
        /// Which side is up. Default "upright".
        pose: Option<At<RawDist<Stance>>>,
        /// Added to the position, in the region's axes, metres. Default [0, 0, 0].
        offset_m: Option<Vector>,
        /// Height above the region's floor, metres, 0 … 1. Default 0.001 for what physics moves, 0 for
        /// what it does not.
        lift_m: Option<Number>,
        /// "scatter" only: least clearance to other items, metres, 0 … 1; to what stands fixed it is
        /// measured with the item raised by as much, so that the floor does not count. Default 0.002.
        #[schemars(range(min = 0, max = 1))]
        gap_m: Option<At<f64>>,
        /// Places tried for each item, 1 … 10000. Default 64.
        #[schemars(range(min = 1, max = 10_000))]
        attempts: Option<At<i64>>,
        /// What the items are there for; labels record it. Default "object".
        role: Option<Purpose>,
        /// Changes to materials of the asset, by the material's name.
        #[schemars(default)]
        materials: BTreeMap<String, RawLook>,
        /// The material variant of the whole asset (KHR_materials_variants).
        variant: Option<Text>,
    }
}

words! {
    /// How items are placed in a region.
    pub enum Manner {
        /// One on each node of the region: origin at the middle of the box's floor, in the node's axes.
        "slots" => Slots,
        /// Anywhere on the floor of the region's box.
        "scatter" => Scatter,
    }
}

words! {
    /// Which side of an item is up.
    pub enum Stance {
        /// As the asset was made.
        "upright" => Upright,
        /// Turned by 90° about its X axis.
        "lying" => Lying,
        /// Turned by 180° about its X axis.
        "upside_down" => UpsideDown,
    }
}

words! {
    /// What items are there for.
    pub enum Purpose {
        /// Something a robot works with.
        "object" => Object,
        /// Something that is just in the way.
        "clutter" => Clutter,
        /// Something easily taken for an object.
        "distractor" => Distractor,
    }
}

record! {
    /// How a material changes. At least one key.
    pub struct RawLook {
        /// Multiplies the base colour, linear RGB, 0 … 100 each.
        tint: Option<Vector>,
        /// Replaces the roughness factor, 0 … 1.
        roughness: Option<Number>,
        /// Replaces the metallic factor, 0 … 1.
        metallic: Option<Number>,
        /// The base colour texture is an atlas of cells; shows one of them.
        cell: Option<RawCell>,
        /// Replaces the base colour texture by an image file (PNG or JPEG).
        texture: Option<Text>,
    }
}

record! {
    /// A cell of an atlas. The asset's UVs cover cell 0, at the top left.
    pub struct RawCell {
        /// Cells side by side, 1 … 256.
        #[schemars(range(min = 1, max = 256))]
        columns: At<i64>,
        /// Cells one below the other, 1 … 256.
        #[schemars(range(min = 1, max = 256))]
        rows: At<i64>,
        /// Which cell, 0 … columns × rows − 1, row by row. Default: any, equally likely.
        index: Option<Count>,
    }
}

record! {
    /// Changes a material of the scene file. One draw an episode for all that use it.
    pub struct RawSceneMaterial {
        /// The material's name in the file.
        name: At<String>,
        /// Multiplies the base colour, linear RGB, 0 … 100 each.
        tint: Option<Vector>,
        /// Replaces the roughness factor, 0 … 1.
        roughness: Option<Number>,
        /// Replaces the metallic factor, 0 … 1.
        metallic: Option<Number>,
        /// The base colour texture is an atlas of cells; shows one of them.
        cell: Option<RawCell>,
        /// Replaces the base colour texture by an image file (PNG or JPEG).
        texture: Option<Text>,
    }
}

record! {
    /// The material variant of the scene file (KHR_materials_variants).
    pub struct RawVariant {
        /// The variant's name in the file, or a choice of several.
        choose: Text,
    }
}

impl FileValue for Stance {
    const NAME: &'static str = "Pose";

    fn examples() -> serde_json::Value {
        serde_json::json!(["lying", { "choice": ["upright", "lying"], "weights": [3, 1] }])
    }

    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Text(law) => law.map_choices(|word| Self::from_word(word)),
            _ => None,
        }
    }
}
