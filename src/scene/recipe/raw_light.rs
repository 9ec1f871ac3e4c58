//! `[[light]]` as it stands in the file.

use super::raw::{Count, Number, Pair, Text, Vector};
use super::raw_dist::RawDist;
use super::reader::{At, Fields, Node, Place, Read, Reader};
use super::record::{record, tagged};

/// A change to lights of the scene file (`node`), or a further light (`kind`).
#[derive(Clone, Debug, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum RawLight {
    Change(Box<RawLightChange>),
    New(Box<RawNewLight>),
}

impl Read for RawLight {
    fn expected() -> String {
        "a table with `node` or `kind`".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let fields = Fields::open::<Self>(node, reader)?;
        if fields.has("node") {
            let change = RawLightChange::from_fields(fields, reader)?;
            Some(Self::Change(Box::new(change)))
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
        /// A grid of rectangular panels in a ceiling.
        "panels" => Panels(RawPanels),
        /// A clear sky with its sun, and the ground they light.
        "sky" => Sky(RawSky),
        /// Surroundings from a panorama.
        "environment" => Environment(RawEnvironment),
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
            /// The keys that all lights share.
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

impl RawNewLight {
    /// The camera that carries it.
    pub fn mount_camera(&self) -> Option<&At<String>> {
        match self {
            Self::Rect(raw) => raw.mount_camera.as_ref(),
            Self::Point(raw) => raw.mount_camera.as_ref(),
            Self::Spot(raw) => raw.mount_camera.as_ref(),
            Self::Directional(_)
            | Self::Ambient(_)
            | Self::Panels(_)
            | Self::Sky(_)
            | Self::Environment(_) => None,
        }
    }
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
        /// The name of a camera that carries it: positions are then in the camera's axes (x right,
        /// y down, z forward). Default: it stands in the world.
        mount_camera: Option<At<String>>,
    }
}

light_record! {
    /// A small lamp that shines all around.
    pub struct RawPoint {
        /// World, metres.
        position_m: Vector,
        /// Luminous intensity, cd, above 0, at most 10⁷.
        candela: Number,
        /// The name of a camera that carries it: positions are then in the camera's axes (x right,
        /// y down, z forward). Default: it stands in the world.
        mount_camera: Option<At<String>>,
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
        /// The name of a camera that carries it: positions are then in the camera's axes (x right,
        /// y down, z forward). Default: it stands in the world.
        mount_camera: Option<At<String>>,
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

light_record! {
    /// A grid of rectangular panels that shine straight down.
    pub struct RawPanels {
        /// The middle of the grid, world, metres.
        center_m: Vector,
        /// Panels along the grid's Y, 1 … 64.
        rows: Count,
        /// Panels along the grid's X, 1 … 64.
        columns: Count,
        /// From middle to middle along the grid's X and Y, metres, above 0, at most 100.
        spacing_m: Pair,
        /// Size of a panel along the grid's X and Y, metres, 0.001 … 100.
        size_m: Pair,
        /// Luminous flux of each panel, lm, above 0, at most 10⁷.
        lumens: Number,
        /// Turn of the grid about world Z, degrees. Default 0: X and Y are the world's.
        yaw_deg: Option<Number>,
    }
}

record! {
    /// A clear sky with its sun, and the ground they light. The sun is a directional light named
    /// after the sky, `<name>_sun`.
    pub struct RawSky {
        /// A name of your own, unique. Default: the kind.
        name: Option<At<String>>,
        /// Where the sun is: 0 is world +X, 90 is world +Y, degrees.
        sun_azimuth_deg: Number,
        /// Height of the sun above the horizon, degrees, −5 … 90.
        sun_elevation_deg: Number,
        /// Optical depth of air and haze by that of air alone, 1 … 10: 2 to 3 is a clear day, 6 is
        /// hazy. Default 2.5.
        turbidity: Option<Number>,
        /// Share of light that the ground reflects, 0 … 1. Default 0.2.
        ground_albedo: Option<Number>,
        /// Whether the sun shines; false leaves the sky alone. Default true.
        sun: Option<At<RawDist<bool>>>,
        /// Factor on the luminance of sky and sun, 0 … 1000. Default 1: as outdoors.
        scale: Option<Number>,
        /// Whether it is there. Default true.
        on: Option<At<RawDist<bool>>>,
        /// Whether the sun casts shadows; what blocks the sky always does. Default true.
        shadows: Option<bool>,
    }
}

record! {
    /// Surroundings from an equirectangular panorama, infinitely far away. Exactly one of
    /// nits_per_unit and lux.
    pub struct RawEnvironment {
        /// A name of your own, unique. Default: the kind.
        name: Option<At<String>>,
        /// A Radiance (.hdr) or OpenEXR (.exr) file, twice as wide as high, or a choice of several.
        /// The middle of the picture looks along world +X, what is left of it lies towards +Y.
        file: Text,
        /// Turn about world Z, counter-clockwise seen from above, degrees. Default 0.
        rotation_deg: Option<Number>,
        /// Luminance of a pixel of value 1, cd/m², above 0, at most 10⁷.
        nits_per_unit: Option<Number>,
        /// Illuminance of a surface that faces up, lx, above 0, at most 200000: the picture is
        /// scaled to it.
        lux: Option<Number>,
        /// Factor on the strength, 0 … 1000. Default 1.
        scale: Option<Number>,
        /// Whether it is there. Default true.
        on: Option<At<RawDist<bool>>>,
    }
}

impl RawSky {
    /// The keys that all further lights share.
    pub fn common(&self) -> LightKeys<'_> {
        LightKeys {
            place: &self.at,
            name: self.name.as_ref(),
            scale: self.scale.as_ref(),
            kelvin: None,
            on: self.on.as_ref(),
            shadows: self.shadows,
        }
    }
}

impl RawEnvironment {
    /// The keys that all further lights share.
    pub fn common(&self) -> LightKeys<'_> {
        LightKeys {
            place: &self.at,
            name: self.name.as_ref(),
            scale: self.scale.as_ref(),
            kelvin: None,
            on: self.on.as_ref(),
            shadows: None,
        }
    }
}
