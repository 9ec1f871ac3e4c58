//! `recipe.toml` as it stands in the file, before any name is looked up. The doc comments here
//! are the descriptions of the JSON Schema.

use std::collections::BTreeMap;

use super::dist::Law;
use super::raw_dist::{AnyLaw, FileValue, RawDist};
use super::reader::{At, Fields, Node, Place, Read, Reader, Salvaged};
use super::record::{record, tagged, words};

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
        /// All items of one [[spawn]] entry.
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

record! {
    /// A camera. Exactly one of vertical_fov_deg and intrinsics, unless the mount is a camera node of
    /// the scene file, whose field of view is the default.
    pub struct RawCamera {
        /// A name of your own; unique.
        name: At<String>,
        /// Where it is and where it looks.
        mount: RawMount,
        /// Field of view from the top of the picture to the bottom, degrees: 1 … 170, of a fisheye up
        /// to 350. Of a Brown–Conrady lens, as if it did not distort.
        vertical_fov_deg: Option<Number>,
        /// Focal lengths and principal point instead.
        intrinsics: Option<RawIntrinsics>,
        /// How rays bend. Default pinhole.
        lens: Option<At<RawLens>>,
        /// Exposure value at ISO 100, −10 … 25: brighter pictures for lower values. Default 9.
        ev100: Option<Number>,
        /// Light of this colour temperature looks neutral, K, 1000 … 40000. Default 6504: as it is.
        white_balance_kelvin: Option<Number>,
        /// Added to the position, in the camera's axes (x right, y down, z forward), metres.
        jitter_m: Option<Vector>,
        /// Added turns about the camera's x, y and z axes (pitch, yaw, roll), degrees.
        jitter_deg: Option<Vector>,
        /// Motion in the camera's axes, metres a second.
        drift_m_per_s: Option<Vector>,
        /// Turning about the camera's axes, degrees a second.
        drift_deg_per_s: Option<Vector>,
        /// How often the pose is drawn. Default "frame".
        redraw: Option<Redraw>,
        /// A pose with anything nearer than this, metres, is drawn anew, 0 … 10; after 64 tries the
        /// one with most room is kept. Default 0: not looked at.
        #[schemars(range(min = 0, max = 10))]
        clearance_m: Option<At<f64>>,
    }
}

words! {
    /// How often a camera's pose is drawn.
    pub enum Redraw {
        /// For each frame.
        "frame" => Frame,
        /// Once an episode; from frame to frame the camera only drifts.
        "episode" => Episode,
    }
}

/// Where a camera is and where it looks: a node, a position, or a shell about a region.
#[derive(Clone, Debug, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum RawMount {
    Node(RawNodeMount),
    Fixed(RawFixedMount),
    Shell(Box<RawShellMount>),
}

impl Read for RawMount {
    fn expected() -> String {
        "{ node = … }, { position_m = …, look_at_m = … } or { shell = …, radius_m = … }".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let fields = Fields::open::<Self>(node, reader)?;
        if fields.has("node") {
            RawNodeMount::from_fields(fields, reader).map(Self::Node)
        } else if fields.has("shell") {
            let shell = RawShellMount::from_fields(fields, reader)?;
            Some(Self::Shell(Box::new(shell)))
        } else if fields.has("position_m") {
            RawFixedMount::from_fields(fields, reader).map(Self::Fixed)
        } else {
            let found = "a table with none of `node`, `position_m` and `shell`";
            reader.problem(&node.place, found, Self::expected(), "");
            None
        }
    }
}

record! {
    /// At a node of the scene file.
    pub struct RawNodeMount {
        /// The name of a camera node, or of any other node; the camera looks along the node's −Z, its
        /// top towards +Y, as cameras do in Blender.
        node: At<String>,
    }
}

record! {
    /// At a position, looking at another, upright.
    pub struct RawFixedMount {
        /// Where the camera is, world, metres.
        position_m: Vector,
        /// What it looks at, world, metres.
        look_at_m: Vector,
        /// Turn about the viewing axis, clockwise as the picture's content turns counter-clockwise, degrees. Default 0.
        roll_deg: Option<Number>,
    }
}

record! {
    /// On a sphere about the middle of a region, looking at it, upright.
    pub struct RawShellMount {
        /// The region; one of its nodes, at random, if there are several.
        shell: At<String>,
        /// Distance from the target, metres, 0.01 … 100.
        radius_m: Number,
        /// Direction of the camera seen from the target: 0 is world +X, 90 is world +Y, degrees.
        azimuth_deg: Number,
        /// Height of that direction above the horizontal, degrees, −90 … 90.
        elevation_deg: Number,
        /// Turn about the viewing axis, degrees. Default 0.
        roll_deg: Option<Number>,
        /// Added to the target, world axes, metres. Default [0, 0, 0].
        target_offset_m: Option<Vector>,
    }
}

record! {
    /// Focal lengths and principal point, in pixels of a picture of size_px.
    pub struct RawIntrinsics {
        /// Horizontal focal length, above 0.
        fx_px: Number,
        /// Vertical focal length, above 0.
        fy_px: Number,
        /// Horizontal position of the principal point; the middle is width / 2.
        cx_px: Number,
        /// Vertical position of the principal point; the middle is height / 2.
        cy_px: Number,
    }
}

tagged! {
    /// How rays bend, in OpenCV's parameters.
    pub enum RawLens by "model" {
        /// Straight.
        "pinhole" => Pinhole(RawPinhole),
        /// Radial and tangential distortion.
        "brown_conrady" => BrownConrady(RawBrownConrady),
        /// Equidistant, with a polynomial of the angle.
        "fisheye" => Fisheye(RawFisheye),
    }
}

record! {
    /// No parameters.
    pub struct RawPinhole {}
}

record! {
    /// Coefficients on the plane z = 1; each 0 by default.
    pub struct RawBrownConrady {
        /// Of r².
        k1: Option<Number>,
        /// Of r⁴.
        k2: Option<Number>,
        /// Tangential.
        p1: Option<Number>,
        /// Tangential.
        p2: Option<Number>,
        /// Of r⁶.
        k3: Option<Number>,
    }
}

record! {
    /// Coefficients of θ_d = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸); each 0 by default.
    pub struct RawFisheye {
        /// Of θ².
        k1: Option<Number>,
        /// Of θ⁴.
        k2: Option<Number>,
        /// Of θ⁶.
        k3: Option<Number>,
        /// Of θ⁸.
        k4: Option<Number>,
    }
}

/// A change to lights of the scene file (`node`), or a further light (`kind`).
#[derive(Clone, Debug, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum RawLight {
    Change(RawLightChange),
    New(Box<RawNewLight>),
}

impl Read for RawLight {
    fn expected() -> String {
        "a table with `node` or `kind`".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let fields = Fields::open::<Self>(node, reader)?;
        if fields.has("node") {
            RawLightChange::from_fields(fields, reader).map(Self::Change)
        } else if fields.has("kind") {
            RawNewLight::read(node, reader).map(|light| Self::New(Box::new(light)))
        } else {
            let found = "a table with neither `node` nor `kind`";
            reader.problem(&node.place, found, Self::expected(), "");
            None
        }
    }
}

record! {
    /// Changes every light of the scene file that has this name. One draw an episode for all of them.
    pub struct RawLightChange {
        /// The light's name in the file, without a .001 suffix.
        node: At<String>,
        /// Factor on the strength, 0 … 1000. Default 1.
        scale: Option<Number>,
        /// Colour temperature, K, 1000 … 40000. Default: the file's colour.
        kelvin: Option<Number>,
        /// Whether it is lit. Default true.
        on: Option<At<RawDist<bool>>>,
        /// Whether it casts shadows. Default: as in the file.
        shadows: Option<bool>,
    }
}

tagged! {
    /// A further light.
    pub enum RawNewLight by "kind" {
        /// A rectangular panel.
        "rect" => Rect(RawRect),
        /// A small lamp that shines all around.
        "point" => Point(RawPoint),
        /// A small lamp that shines in a cone.
        "spot" => Spot(RawSpot),
        /// Parallel light, such as the sun's.
        "directional" => Directional(RawDirectional),
        /// Light from all around.
        "ambient" => Ambient(RawAmbient),
    }
}

/// The keys that all further lights share, after their own.
macro_rules! light_record {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        record! {
            $(#[$meta])*
            pub struct $name {
                /// A name of your own, unique. Default: the kind.
                name: Option<At<String>>,
                $($own)*
                /// Factor on the strength, 0 … 1000. Default 1.
                scale: Option<Number>,
                /// Colour temperature, K, 1000 … 40000. Default 5000.
                kelvin: Option<Number>,
                /// Whether it is lit. Default true.
                on: Option<At<RawDist<bool>>>,
                /// Whether it casts shadows. Default true.
                shadows: Option<bool>,
            }
        }

        impl $name {
            /// The keys that all further lights share.
            pub fn common(&self) -> LightKeys<'_> {
                LightKeys {
                    place: &self.at,
                    name: self.name.as_ref(),
                    scale: self.scale.as_ref(),
                    kelvin: self.kelvin.as_ref(),
                    on: self.on.as_ref(),
                    shadows: self.shadows,
                }
            }
        }
    };
}

/// The keys that all lights share.
pub struct LightKeys<'a> {
    pub place: &'a Place,
    pub name: Option<&'a At<String>>,
    pub scale: Option<&'a Number>,
    pub kelvin: Option<&'a Number>,
    pub on: Option<&'a At<RawDist<bool>>>,
    pub shadows: Option<bool>,
}

light_record! {
    /// A rectangular panel that shines to one side.
    pub struct RawRect {
        /// Its middle, world, metres.
        position_m: Vector,
        /// What it faces, world, metres.
        look_at_m: Vector,
        /// Width and height, metres, 0.001 … 100.
        size_m: Pair,
        /// Luminous flux, lm, above 0, at most 10⁷.
        lumens: Number,
    }
}

light_record! {
    /// A small lamp that shines all around.
    pub struct RawPoint {
        /// World, metres.
        position_m: Vector,
        /// Luminous intensity, cd, above 0, at most 10⁷.
        candela: Number,
    }
}

light_record! {
    /// A small lamp that shines in a cone.
    pub struct RawSpot {
        /// World, metres.
        position_m: Vector,
        /// What it is pointed at, world, metres.
        look_at_m: Vector,
        /// Luminous intensity, cd, above 0, at most 10⁷.
        candela: Number,
        /// Full strength within this angle of the axis, degrees, 0 … 89.
        inner_deg: Number,
        /// Nothing beyond this angle from the axis, degrees, above inner_deg, at most 90.
        outer_deg: Number,
    }
}

light_record! {
    /// Parallel light, such as the sun's.
    pub struct RawDirectional {
        /// Where it comes from: 0 is world +X, 90 is world +Y, degrees.
        azimuth_deg: Number,
        /// Height of where it comes from above the horizontal, degrees, −90 … 90.
        elevation_deg: Number,
        /// Illuminance of a surface that faces it, lx, above 0, at most 200000.
        lux: Number,
    }
}

light_record! {
    /// Light from all around, brighter from above.
    pub struct RawAmbient {
        /// Illuminance of a surface that faces up, lx, above 0, at most 200000.
        lux: Number,
        /// Luminance from below as a share of that from above, 0 … 1. Default 0.3.
        ground: Option<Number>,
        /// Things nearer than this block it, metres, 0.01 … 100. Default 1.
        #[schemars(range(min = 0.01, max = 100))]
        reach_m: Option<At<f64>>,
    }
}

impl FileValue for Stance {
    const NAME: &'static str = "Pose";

    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Text(law) => law.map_choices(|word| Self::from_word(word)),
            _ => None,
        }
    }
}
