//! The checked recipe: every name resolved, every default filled in.

use glam::{Quat, Vec3};

use super::dist::{Dist, Variable};
pub use super::raw::{Manner, Purpose, Redraw, Stance};
use crate::base::ids::{AssetId, EnvironmentId, TextureId};
use crate::base::pose::{Pose, turn};
use crate::base::sensor::{ColorParameters, DepthMethod, DepthParameters};

/// What varies in a scene, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeDesc {
    /// SHA-256 of the recipe's text, lower-case hexadecimal.
    pub sha256: String,
    pub capture: CaptureDesc,
    pub physics: PhysicsDesc,
    /// In order of placement.
    pub spawns: Vec<SpawnDesc>,
    /// Of the scene file.
    pub materials: Vec<LookDesc>,
    /// Index into the variants of the scene file.
    pub variant: Option<Dist<i64>>,
    pub cameras: Vec<CameraDesc>,
    pub lights: Vec<LightDesc>,
}

/// Pictures and their timing.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureDesc {
    /// Width and height.
    pub size_px: (u32, u32),
    /// An episode; each shows every camera.
    pub frames: u32,
    /// Between frames; a multiple of the time step.
    pub interval_secs: f64,
    /// Whether the first frame is taken at release, before anything has moved.
    pub at_release: bool,
    /// Optical flow is to this much later; a multiple of the time step, at least one.
    pub flow_secs: f64,
    /// Of the 16-bit depth planes.
    pub depth_unit_m: f64,
}

/// Simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct PhysicsDesc {
    /// At most.
    pub settle_secs: f64,
    pub timestep_secs: f64,
    /// What contacts' tolerances count in.
    pub length_unit_m: f64,
}

/// Items to place.
#[derive(Clone, Debug, PartialEq)]
pub struct SpawnDesc {
    /// Unique.
    pub name: String,
    pub asset: Dist<AssetId>,
    /// 0 … 10,000.
    pub count: Dist<i64>,
    pub region: String,
    pub manner: Manner,
    pub yaw_deg: Dist<f64>,
    pub tilt_deg: Dist<f64>,
    pub stance: Dist<Stance>,
    /// In the region's axes.
    pub offset_m: Dist<[f64; 3]>,
    /// Above the region's floor.
    pub lift_m: Dist<f64>,
    /// Least clearance when scattered.
    pub gap_m: f64,
    /// Places tried for each item, ≥ 1.
    pub attempts: u32,
    pub role: Purpose,
    /// By material of the asset.
    pub looks: Vec<LookDesc>,
    /// Name of a variant of the asset.
    pub variant: Option<Dist<String>>,
    /// Names of regions that come with its assets, sorted.
    pub regions: Vec<String>,
}

/// How a material changes.
#[derive(Clone, Debug, PartialEq)]
pub struct LookDesc {
    /// The material's name.
    pub material: String,
    /// Multiplies the base colour, linear.
    pub tint: Option<Dist<[f64; 3]>>,
    pub roughness: Option<Dist<f64>>,
    pub metallic: Option<Dist<f64>>,
    pub cell: Option<CellDesc>,
    pub texture: Option<Dist<TextureId>>,
}

/// A cell of an atlas.
#[derive(Clone, Debug, PartialEq)]
pub struct CellDesc {
    pub columns: u32,
    pub rows: u32,
    /// 0 … columns × rows − 1, row by row from the top left.
    pub index: Dist<i64>,
}

/// A camera.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraDesc {
    /// Unique.
    pub name: String,
    pub mount: MountDesc,
    pub optics: OpticsDesc,
    pub lens: LensDesc,
    pub ev100: Dist<f64>,
    pub white_balance_kelvin: Dist<f64>,
    /// In the camera's axes.
    pub jitter_m: Dist<[f64; 3]>,
    /// Rotation vector in the camera's axes.
    pub jitter_deg: Dist<[f64; 3]>,
    /// In the camera's axes.
    pub drift_m_per_s: Dist<[f64; 3]>,
    /// Rotation vector in the camera's axes.
    pub drift_deg_per_s: Dist<[f64; 3]>,
    pub redraw: Redraw,
    /// 0: not looked at.
    pub clearance_m: f64,
    pub exposure: ExposureDesc,
    pub sensor: Option<SensorDesc>,
}

/// What lens and shutter blur.
#[derive(Clone, Debug, PartialEq)]
pub struct ExposureDesc {
    pub pupil: PupilDesc,
    /// Read only if there is a pupil.
    pub focus_m: Dist<f64>,
    pub shutter_secs: Dist<f64>,
    pub readout_secs: Dist<f64>,
}

/// The lens' opening.
#[derive(Clone, Debug, PartialEq)]
pub enum PupilDesc {
    /// None: sharp everywhere.
    Pinhole,
    DiameterMm(Dist<f64>),
    FNumber {
        f_number: Dist<f64>,
        focal_length_mm: Dist<f64>,
    },
}

/// A sensor whose parameters vary.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorDesc {
    pub color: ColorParameters<Dist<f64>>,
    pub depth: Option<(DepthMethod, DepthParameters<Dist<f64>>)>,
}

/// Where a camera is.
#[derive(Clone, Debug, PartialEq)]
pub enum MountDesc {
    /// World pose, OpenCV axes.
    Node(Pose),
    Fixed {
        position_m: Dist<[f64; 3]>,
        look_at_m: Dist<[f64; 3]>,
        roll_deg: Dist<f64>,
    },
    /// About the middle of a node of a region.
    Shell {
        region: String,
        radius_m: Dist<f64>,
        azimuth_deg: Dist<f64>,
        elevation_deg: Dist<f64>,
        roll_deg: Dist<f64>,
        target_offset_m: Dist<[f64; 3]>,
    },
}

/// Field of view or intrinsics.
#[derive(Clone, Debug, PartialEq)]
pub enum OpticsDesc {
    /// Degrees.
    VerticalFov(Dist<f64>),
    /// fx, fy, cx, cy in pixels at the recipe's size.
    Intrinsics(Box<[Dist<f64>; 4]>),
}

/// A lens whose coefficients vary, in the order of [`Lens`](crate::base::camera::Lens)'s fields.
#[derive(Clone, Debug, PartialEq)]
pub enum LensDesc {
    Pinhole,
    /// k1, k2, p1, p2, k3.
    BrownConrady([Dist<f64>; 5]),
    /// k1, k2, k3, k4.
    Fisheye([Dist<f64>; 4]),
}

/// A light of the scene file that changes, or a further light.
#[derive(Clone, Debug, PartialEq)]
pub struct LightDesc {
    /// Unique; for changes the light's name in the scene file, without suffix.
    pub name: String,
    /// `None` for changes.
    pub new: Option<NewLight>,
    /// Factor on the strength.
    pub scale: Dist<f64>,
    /// `None`: the file's colour.
    pub kelvin: Option<Dist<f64>>,
    pub on: Dist<bool>,
    /// `None`: as in the file.
    pub shadows: Option<bool>,
    /// The camera in whose axes it is given; `None`: the world's.
    pub mount_camera: Option<String>,
}

/// A further light.
#[derive(Clone, Debug, PartialEq)]
pub enum NewLight {
    Rect {
        position_m: Dist<[f64; 3]>,
        look_at_m: Dist<[f64; 3]>,
        /// Width, height.
        size_m: Dist<[f64; 2]>,
        lumens: Dist<f64>,
    },
    Point {
        position_m: Dist<[f64; 3]>,
        candela: Dist<f64>,
    },
    Spot {
        position_m: Dist<[f64; 3]>,
        look_at_m: Dist<[f64; 3]>,
        candela: Dist<f64>,
        inner_deg: Dist<f64>,
        outer_deg: Dist<f64>,
    },
    Directional {
        azimuth_deg: Dist<f64>,
        elevation_deg: Dist<f64>,
        lux: Dist<f64>,
    },
    Ambient {
        lux: Dist<f64>,
        ground: Dist<f64>,
        reach_m: f64,
    },
    Panels(PanelsDesc),
    Sky(SkyDesc),
    Environment {
        map: Dist<EnvironmentId>,
        rotation_deg: Dist<f64>,
        strength: MapStrength,
    },
}

/// A grid of rectangles that shine straight down.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelsDesc {
    pub center_m: Dist<[f64; 3]>,
    pub rows: Dist<i64>,
    pub columns: Dist<i64>,
    pub spacing_m: Dist<[f64; 2]>,
    pub size_m: Dist<[f64; 2]>,
    /// Of each.
    pub lumens: Dist<f64>,
    pub yaw_deg: Dist<f64>,
}

/// A clear sky.
#[derive(Clone, Debug, PartialEq)]
pub struct SkyDesc {
    pub sun_azimuth_deg: Dist<f64>,
    pub sun_elevation_deg: Dist<f64>,
    pub turbidity: Dist<f64>,
    pub ground_albedo: Dist<f64>,
    /// Whether the sun shines.
    pub sun: Dist<bool>,
}

/// How bright a panorama is.
#[derive(Clone, Debug, PartialEq)]
pub enum MapStrength {
    /// Luminance of a pixel of 1, cd/m².
    NitsPerUnit(Dist<f64>),
    /// Illuminance of a surface that faces up.
    Lux(Dist<f64>),
}

impl Stance {
    /// Turns an upright item into the stance.
    pub fn rotation(self) -> Quat {
        match self {
            Self::Upright => Quat::IDENTITY,
            Self::Lying => turn(Vec3::X, std::f64::consts::FRAC_PI_2),
            Self::UpsideDown => Quat::from_xyzw(1.0, 0.0, 0.0, 0.0),
        }
    }
}

impl Variable for Stance {
    type Spread = super::dist::Never;
}
