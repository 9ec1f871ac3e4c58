//! A robot as its file has it, whatever the format: names not yet looked up, nothing checked that
//! concerns more than one element.

use std::path::PathBuf;

use glam::{Affine3A, DVec3, Vec3};

use super::desc::{InertialDesc, JointKind, Rigid};

/// Everything of one URDF or MJCF file.
pub(super) struct Draft {
    pub name: String,
    pub path: PathBuf,
    /// In the order of the file.
    pub links: Vec<LinkDraft>,
    pub joints: Vec<JointDraft>,
    /// Names of links that the file keeps from colliding.
    pub apart: Vec<(String, String)>,
    /// Parts are missing that have been reported.
    pub flawed: bool,
}

pub(super) struct LinkDraft {
    /// For messages.
    pub place: String,
    pub name: String,
    /// As given, checked for finite numbers only.
    pub inertial: Option<InertialDesc>,
    pub visuals: Vec<Geom>,
    pub collisions: Vec<Geom>,
    /// Coulomb coefficient, if the file has one.
    pub friction: Option<f64>,
    /// Stands between the joints of one body: has no mass by nature.
    pub between: bool,
}

pub(super) struct JointDraft {
    pub place: String,
    pub name: String,
    pub kind: JointKind,
    pub parent: String,
    pub child: String,
    pub parent_from_joint: Rigid,
    /// Of any length.
    pub axis: DVec3,
    pub range: (f64, f64),
    pub max_speed: f64,
    pub max_effort: f64,
    pub damping: f64,
    pub friction: f64,
    pub armature: f64,
    pub mimic: Option<MimicDraft>,
}

pub(super) struct MimicDraft {
    pub place: String,
    pub joint: String,
    pub multiplier: f64,
    pub offset: f64,
}

#[derive(Clone)]
pub(super) struct Geom {
    pub place: String,
    pub link_from_geom: Rigid,
    pub shape: Shape,
    pub paint: Option<Paint>,
}

#[derive(Clone)]
pub(super) enum Shape {
    Box {
        half_m: DVec3,
    },
    Ellipsoid {
        radii_m: DVec3,
    },
    Sphere {
        radius_m: f64,
    },
    /// About Z.
    Cylinder {
        radius_m: f64,
        half_length_m: f64,
    },
    /// About Z; the straight part's half length.
    Capsule {
        radius_m: f64,
        half_length_m: f64,
    },
    File {
        path: PathBuf,
        geom_from_mesh: Affine3A,
    },
    /// Given in the file itself.
    Points {
        name: String,
        points: Vec<Vec3>,
        /// Empty: their hull.
        triangles: Vec<[u32; 3]>,
        geom_from_mesh: Affine3A,
    },
}

/// A colour as robot files give it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paint {
    pub name: String,
    /// sRGB and alpha.
    pub rgba: [f64; 4],
    /// Of the surface, 0 … 1.
    pub roughness: f64,
    pub metallic: f64,
    /// Repeats over the mesh's UVs.
    pub texture: Option<PathBuf>,
}

impl Paint {
    /// A matte paint.
    pub(super) fn new(name: &str, rgba: [f64; 4]) -> Self {
        Self {
            name: name.to_owned(),
            rgba,
            roughness: 0.5,
            metallic: 0.0,
            texture: None,
        }
    }
}
