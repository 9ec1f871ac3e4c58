//! `robot.toml` as it stands in the file, before any name is looked up. The doc comments here are
//! the descriptions of the JSON Schema.

use std::collections::BTreeMap;

use crate::scene::recipe::reader::{At, Salvaged};
use crate::scene::recipe::record::record;

record! {
    /// What a robot's URDF or MJCF file cannot say. Names are those of its links and joints.
    #[schemars(title = "Benchside robot")]
    pub struct RawRobot {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: At<i64>,
        /// The URDF or MJCF file, relative to this one.
        model: At<String>,
        /// Licence of model and meshes.
        licence: At<String>,
        /// Class of all links in the taxonomy.
        class: At<String>,
        /// Links that differ from the rest, by name.
        #[schemars(default)]
        link: Salvaged<BTreeMap<String, RawLink>>,
        /// Joint positions at the start, rad or m; else 0, or the limit nearest to it.
        #[schemars(default)]
        home: Salvaged<BTreeMap<String, At<f64>>>,
        /// What reaches.
        arm: RawArm,
        /// What opens and closes.
        #[schemars(default)]
        gripper: Salvaged<Option<RawGripper>>,
        /// Position drives: one for every joint that moves by itself.
        #[schemars(default)]
        drives: Salvaged<BTreeMap<String, RawDrive>>,
        /// Cameras that links carry.
        #[schemars(default)]
        camera: Salvaged<Vec<RawCamera>>,
    }
}

record! {
    /// A link that differs from the rest.
    pub struct RawLink {
        /// Class in the taxonomy.
        #[schemars(default)]
        class: Option<At<String>>,
        /// Coulomb coefficient of friction, 0 or more.
        #[schemars(default)]
        friction: Option<At<f64>>,
    }
}

record! {
    /// The joints that reach, and the frame they bring somewhere.
    pub struct RawArm {
        /// Joints, from the base outwards.
        joints: Vec<At<String>>,
        /// The link that is the tool frame: Z away from the hand, X the way the fingers close.
        tool: At<String>,
    }
}

record! {
    /// What opens and closes.
    pub struct RawGripper {
        /// The driven joint; others may mimic it.
        joint: At<String>,
        /// Its position when open, rad or m.
        open: At<f64>,
        /// Its position when closed, rad or m.
        closed: At<f64>,
        /// Effort that it closes with, N m or N.
        effort: At<f64>,
        /// Clear width between the fingers when open, 0 or more.
        opening_m: At<f64>,
        /// Of a pipette's plunger: what it draws in on its way from closed to open, µL, above 0.
        volume_ul: Option<At<f64>>,
        /// Of a pipette: where pictures show the liquid that is drawn in.
        tip: Option<RawTip>,
        /// The links that touch what is held.
        fingers: Vec<At<String>>,
    }
}

record! {
    /// A pipette's tip: upright, round about the Z axis of its link.
    pub struct RawTip {
        /// A link with geometry.
        link: At<String>,
        /// Of the bore, from the tip's end upwards: height in the link's frame and radius, mm; straight in
        /// between. At least two, heights ascending, radii above 0.
        bore_mm: At<Vec<[f64; 2]>>,
    }
}

record! {
    /// A position drive: effort = stiffness · (target − position) − damping · speed.
    pub struct RawDrive {
        /// N m/rad or N/m, above 0.
        stiffness: At<f64>,
        /// N m s/rad or N s/m, 0 or more.
        damping: At<f64>,
    }
}

record! {
    /// A camera that a link carries.
    pub struct RawCamera {
        /// Of the camera.
        name: At<String>,
        /// The link that carries it.
        link: At<String>,
        /// In the link's frame.
        position_m: At<[f64; 3]>,
        /// A point in the middle of the picture, in the link's frame.
        look_at_m: At<[f64; 3]>,
        /// What points up in the picture, in the link's frame.
        up: At<[f64; 3]>,
        /// Height of the picture as an angle, 1 … 170.
        vertical_fov_deg: At<f64>,
        /// Width, height: 1 … 8192.
        size_px: At<[i64; 2]>,
    }
}
