//! A validated robot: a tree of links, what drives it, and what it carries.

use std::path::PathBuf;

use glam::{DMat3, DQuat, DVec3};

use crate::base::ids::{AssetId, ObjectId};
use crate::base::pose::Pose;

/// One robot, as its files have it. Its links that have geometry are objects of one asset of the
/// scene, so that rendering, labels and collision shapes treat them like everything else.
#[derive(Clone, Debug)]
pub struct RobotDesc {
    /// Of `robot.toml`'s folder, or as the URDF or MJCF file calls it.
    pub name: String,
    /// `robot.toml`, or the URDF or MJCF file.
    pub path: PathBuf,
    /// Whose objects are the links that have geometry.
    pub asset: AssetId,
    /// Parents before children; the first is the base.
    pub links: Vec<LinkDesc>,
    /// `joints[i]` carries `links[i + 1]`.
    pub joints: Vec<JointDesc>,
    /// Joints whose contact pairs with each other never collide, by link index, smaller first:
    /// neighbours in the tree (fixed joints skipped), and what the file excludes.
    pub no_contact: Vec<(usize, usize)>,
    /// What moves on command; empty for a robot that is loaded without a `robot.toml`.
    pub control: ControlDesc,
}

/// A rigid body of a robot.
#[derive(Clone, Debug)]
pub struct LinkDesc {
    pub name: String,
    /// `None` for massless frames.
    pub inertial: Option<InertialDesc>,
    /// Its visuals and collision shapes; `None` for bare frames.
    pub object: Option<ObjectId>,
}

/// Mass and its distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InertialDesc {
    /// Above 0.
    pub mass_kg: f64,
    /// Centre of mass in the link's frame, metres.
    pub center_m: DVec3,
    /// About the centre of mass, axes of the link's frame, kg m²; symmetric, positive definite.
    pub inertia_kg_m2: DMat3,
}

/// How a joint moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointKind {
    Fixed,
    /// Turns about its axis; a joint without limits has infinite ones.
    Revolute,
    /// Slides along its axis.
    Prismatic,
}

/// The connection of a link with its parent.
///
/// `parent_from_child(q) = parent_from_joint · motion(axis, q)`, with the rotation about, or the
/// translation along, `axis`; the child link's frame is the joint's after its motion.
#[derive(Clone, Debug)]
pub struct JointDesc {
    pub name: String,
    pub kind: JointKind,
    /// Index of the parent link.
    pub parent: usize,
    /// At `q = 0`.
    pub parent_from_joint: Rigid,
    /// Unit vector, in the joint's frame. Passes through the joint frame's origin.
    pub axis: DVec3,
    /// (lowest, highest): rad or m; infinite without limits.
    pub range: (f64, f64),
    /// rad/s or m/s; infinite if not given.
    pub max_speed: f64,
    /// N m or N; infinite if not given.
    pub max_effort: f64,
    /// Viscous, N m s/rad or N s/m.
    pub damping: f64,
    /// Dry, N m or N.
    pub friction: f64,
    /// Inertia of the drive, kg m² or kg.
    pub armature: f64,
    /// Follows another joint.
    pub mimic: Option<Mimic>,
}

/// `q = multiplier · q[joint] + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mimic {
    /// Index into [`RobotDesc::joints`]; never one that mimics itself.
    pub joint: usize,
    pub multiplier: f64,
    pub offset: f64,
}

/// A rigid transform in double precision, for kinematics; `target_from_source`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rigid {
    /// Unit.
    pub rotation: DQuat,
    /// Metres.
    pub translation_m: DVec3,
}

impl Rigid {
    /// No rotation, no translation.
    pub const IDENTITY: Self = Self {
        rotation: DQuat::IDENTITY,
        translation_m: DVec3::ZERO,
    };

    /// The point of the target frame that `point` of the source frame is.
    pub fn point(&self, point: DVec3) -> DVec3 {
        self.rotation * point + self.translation_m
    }

    /// `source_from_target`.
    pub fn inverse(&self) -> Self {
        let rotation = self.rotation.inverse();
        Self {
            rotation,
            translation_m: rotation * -self.translation_m,
        }
    }

    /// In single precision.
    pub fn pose(&self) -> Pose {
        Pose::new(
            self.rotation.as_quat().normalize(),
            self.translation_m.as_vec3(),
        )
    }
}

impl From<Pose> for Rigid {
    fn from(pose: Pose) -> Self {
        Self {
            rotation: pose.rotation.as_dquat().normalize(),
            translation_m: pose.translation_m.as_dvec3(),
        }
    }
}

impl std::ops::Mul for Rigid {
    type Output = Self;

    /// `a_from_b * b_from_c = a_from_c`.
    fn mul(self, rhs: Self) -> Self {
        Self {
            rotation: (self.rotation * rhs.rotation).normalize(),
            translation_m: self.point(rhs.translation_m),
        }
    }
}

/// What `robot.toml` adds to the tree.
#[derive(Clone, Debug, Default)]
pub struct ControlDesc {
    /// Joint positions at the start of an episode, by joint (fixed and mimicking ones included);
    /// all inside the ranges.
    pub home: Vec<f64>,
    /// The joints that reach, from the base outwards (indices into [`RobotDesc::joints`]); their
    /// targets are the action.
    pub arm: Vec<usize>,
    /// Index of the link that is the tool frame: Z points away from the hand (approach), X is the way the fingers
    /// close (as in [`crate::scene::desc::NamedFrame`]).
    pub tool: usize,
    pub gripper: Option<GripperDesc>,
    /// By joint; zero stiffness for fixed and mimicking ones.
    pub drives: Vec<DriveDesc>,
    pub cameras: Vec<RobotCameraDesc>,
}

/// A position drive: effort = stiffness · (target − q) − damping · speed, within the joint's
/// [`JointDesc::max_effort`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriveDesc {
    /// N m/rad or N/m.
    pub stiffness: f64,
    /// N m s/rad or N s/m.
    pub damping: f64,
}

/// What opens and closes.
#[derive(Clone, Debug, PartialEq)]
pub struct GripperDesc {
    /// The driven joint; others may mimic it.
    pub joint: usize,
    /// Its position at open fraction 1.
    pub open: f64,
    /// Its position at open fraction 0.
    pub closed: f64,
    /// Effort that it closes with, N m or N.
    pub effort: f64,
    /// Clear width between the fingers at `open`, metres; 0 for what does not hold (a plunger).
    pub opening_m: f64,
    /// Of a pipette's plunger: what it draws in on its way from `closed` to `open`, µL.
    pub volume_ul: Option<f64>,
    /// Of a pipette: what liquid is drawn into, if pictures are to show it.
    pub tip: Option<TipDesc>,
    /// Indices of the links that touch what is held; none for a plunger.
    pub fingers: Vec<usize>,
}

/// A pipette's tip, upright: round about the Z axis of its link.
#[derive(Clone, Debug, PartialEq)]
pub struct TipDesc {
    /// Index of the link, which has geometry.
    pub link: usize,
    /// (height in the link's frame, radius of the bore), metres, from the tip's end upwards; straight
    /// in between. At least two, and heights ascend.
    pub bore_m: Vec<(f64, f64)>,
}

impl TipDesc {
    /// Up to which height in the link's frame a volume fills the bore from the tip's end; no higher
    /// than the bore's upper end.
    pub fn height_m(&self, volume_m3: f64) -> f64 {
        let mut left = volume_m3;
        for pair in self.bore_m.windows(2) {
            let [(z, r), (z_up, r_up)] = [pair[0], pair[1]];
            let (high, wider) = (z_up - z, r_up - r);
            // Of a frustum: π h (r² + r s + s²) / 3.
            let holds = std::f64::consts::PI * high * (r * r + r * r_up + r_up * r_up) / 3.0;
            if left > holds {
                left -= holds;
                continue;
            }
            // The cone it is cut from: radius³ grows with volume.
            let slope = wider / high;
            return match slope.abs() > 1e-9 {
                true => {
                    let cubed = r * r * r + 3.0 * slope * left / std::f64::consts::PI;
                    z + (libm::cbrt(cubed.max(0.0)) - r) / slope
                }
                false => z + high * left / holds,
            };
        }
        self.bore_m.last().map_or(0.0, |(z, _)| *z)
    }

    /// Of the bore, at a height in the link's frame.
    pub fn radius_m(&self, height_m: f64) -> f64 {
        let (first, last) = (self.bore_m[0], self.bore_m[self.bore_m.len() - 1]);
        let mut pairs = self.bore_m.windows(2);
        match pairs.find(|pair| (pair[0].0..=pair[1].0).contains(&height_m)) {
            Some(pair) => {
                let [(z, r), (z_up, r_up)] = [pair[0], pair[1]];
                r + (r_up - r) * (height_m - z) / (z_up - z)
            }
            None if height_m < first.0 => first.1,
            None => last.1,
        }
    }
}

/// A camera that a link carries.
#[derive(Clone, Debug, PartialEq)]
pub struct RobotCameraDesc {
    pub name: String,
    pub link: usize,
    /// OpenCV axes: x right, y down, z forward.
    pub link_from_camera: Pose,
    /// Width, height.
    pub size_px: (u32, u32),
    pub vertical_fov_rad: f64,
}
