//! Liquids as they stand in a task file: vessels, and what predicates say of them.

use crate::scene::recipe::reader::At;
use crate::scene::recipe::record::{record, words};

record! {
    /// Vessels that hold liquid, upright, each from the floor of a region's box to its top. Liquid is
    /// tracked as volume and level.
    pub struct RawVessel {
        /// The region: each of its slots is a vessel.
        region: At<String>,
        /// Only those that belong to items of this entry of the recipe.
        spawn: Option<At<String>>,
        /// Only these, first and last, counted from 1 on each item.
        numbers: Option<At<[i64; 2]>>,
        /// The cross-section of the inside. Default "box".
        shape: Option<Section>,
        /// More runs over, µL, above 0. Default: what the box (or the cylinder in it) takes.
        capacity_ul: Option<At<f64>>,
        /// Name of the liquid that is in it at the start.
        liquid: Option<At<String>>,
        /// How much, µL. Default 0.
        start_ul: Option<At<f64>>,
        /// So much more or less, drawn for each vessel, µL. Default 0.
        vary_ul: Option<At<f64>>,
        /// Nothing that is not in it at the start may get in: that is contamination. Default false.
        clean: Option<bool>,
    }
}

record! {
    /// How a liquid looks.
    pub struct RawLiquid {
        /// Such as "#d96f8f" (sRGB). Default: like water.
        color: Option<At<String>>,
    }
}

words! {
    /// The cross-section of a vessel.
    pub enum Section {
        /// That of the region's box.
        "box" => Box,
        /// The ellipse that just fits in.
        "round" => Round,
    }
}

record! {
    /// How much is in a vessel, or in the tip of a pipette. At least one bound.
    pub struct RawVolume {
        /// A slot of `[objects]` that is a vessel, or a robot that is a pipette: its tip.
        of: At<String>,
        /// Only of this liquid. Default: all.
        liquid: Option<At<String>>,
        /// What has come to it since the start (less than 0: what has gone). Default false.
        change: Option<bool>,
        /// At least, µL.
        above_ul: Option<At<f64>>,
        /// At most, µL.
        below_ul: Option<At<f64>>,
    }
}

record! {
    /// Liquid has fallen beside vessels or run over.
    pub struct RawSpilled {
        /// More than this in all, µL, 0 or more. Default 0.
        over_ul: Option<At<f64>>,
    }
}

record! {
    /// A vessel has run over.
    pub struct RawOverfilled {
        /// This one, a slot of `[objects]`. Default: any.
        vessel: Option<At<String>>,
    }
}

record! {
    /// A liquid got where it should not: a tip that had touched it was dipped into a vessel without it,
    /// or it got into a clean vessel.
    pub struct RawContaminated {
        /// This vessel, a slot of `[objects]`. Default: any.
        vessel: Option<At<String>>,
        /// None of these counts.
        #[schemars(default)]
        except: Vec<At<String>>,
    }
}
