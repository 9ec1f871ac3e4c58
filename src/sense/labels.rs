//! The labels of one view, as they are written.
//!
//! Pixel positions are continuous: the centre of the pixel in column i, row j is
//! (i + 0.5, j + 0.5). Boxes are `[x, y, width, height]`. Camera frames have x right, y down,
//! z forward.

use std::collections::BTreeMap;

use glam::{DQuat, DVec3};
use serde::{Deserialize, Serialize};

use super::rle::Rle;
use crate::base::camera::{Exposure, Intrinsics, Lens};
use crate::base::pose::Pose;
use crate::base::sensor::SensorSpec;
use crate::episode::spec::Role;

/// Version of the JSON form of [`FrameLabels`].
pub const LABELS_SCHEMA: u32 = 1;

/// Everything known of one view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameLabels {
    pub schema: u32,
    /// (episode · frames + frame) · cameras + camera.
    pub image: u64,
    pub episode: u64,
    /// Within the episode.
    pub frame: u32,
    /// Within the frame.
    pub camera_index: u32,
    /// Simulated time since release.
    pub time_secs: f64,
    pub camera: CameraLabel,
    /// Pixels that show no object; with all `visible_px` they add up to the image.
    pub background_px: u32,
    /// Those that would be seen in the image if nothing else were there, in order of instance.
    pub objects: Vec<ObjectLabel>,
}

/// The camera that took the view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraLabel {
    pub name: String,
    pub intrinsics: Intrinsics,
    pub lens: Lens,
    pub world_from_camera: Pose,
    /// Exposure value at ISO 100.
    pub ev100: f64,
    /// Light of this colour temperature looks neutral.
    pub white_balance_kelvin: f64,
    /// What lens and shutter blur; not there if nothing.
    #[serde(default, skip_serializing_if = "is_sharp")]
    pub exposure: Exposure,
    /// What made the sensor's planes; not there if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorSpec>,
}

fn is_sharp(exposure: &Exposure) -> bool {
    *exposure == Exposure::default()
}

/// A rigid transform in double precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoseLabel {
    /// Unit.
    pub quat_xyzw: DQuat,
    pub translation_m: DVec3,
}

impl PoseLabel {
    /// The point of the target frame that `point` of the source frame is.
    pub fn point(&self, point: DVec3) -> DVec3 {
        self.quat_xyzw * point + self.translation_m
    }
}

/// One object in one view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectLabel {
    /// As in the instance plane; the same through all frames of the episode.
    pub instance: u32,
    pub name: String,
    pub class_id: u32,
    pub class: String,
    /// From the root of the taxonomy down to the class itself.
    pub lineage: Vec<String>,
    pub role: Role,
    /// The recipe's `[[spawn]]`; `null` for the scene's own objects.
    pub spawn: Option<String>,
    pub attributes: BTreeMap<String, String>,

    /// Pixels whose first surface is the object's.
    pub visible_px: u32,
    /// Pixels of the image that would show the object if nothing else were there.
    pub amodal_px: u32,
    /// `visible_px / amodal_px`.
    pub visibility: f64,
    /// Pixels that show the object through another object's transparent surfaces; not part of
    /// `visible_px`.
    pub through_glass_px: u32,
    /// Part of the object lies outside the image.
    pub truncated: bool,
    /// Of the visible pixels; `null` if there are none.
    pub box_visible_px: Option<[u32; 4]>,
    /// Of the pixels that `amodal_px` counts.
    pub box_amodal_px: [u32; 4],
    /// Of the projected surface, wherever it falls; `null` if part of it is behind the camera or
    /// outside the lens' domain.
    pub box_untruncated_px: Option<[f64; 4]>,
    /// Of the visible pixels; `null` if there are none.
    pub mask: Option<Rle>,
    /// Parts with visible pixels.
    pub parts: Vec<PartLabel>,

    pub camera_from_object: PoseLabel,
    pub world_from_object: Pose,
    pub box_3d: Box3d,
    pub keypoints: Vec<KeypointLabel>,
}

/// Visible pixels of one part of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartLabel {
    /// As in the part plane; 0 is unnamed.
    pub part: u16,
    /// `bs_part`; empty for part 0.
    pub name: String,
    pub visible_px: u32,
}

/// The oriented bounding box: aligned with the object's own axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Box3d {
    /// In the object's frame.
    pub center_m: DVec3,
    /// Edge lengths along the object's axes.
    pub size_m: DVec3,
    /// Bit 0 of the index chooses max x, bit 1 max y, bit 2 max z (of the object's frame).
    pub corners_in_camera_m: [DVec3; 8],
    /// `null` behind the camera or outside the lens' domain.
    pub corners_px: [Option<[f64; 2]>; 8],
}

/// One author-placed keypoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeypointLabel {
    pub name: String,
    /// `null` behind the camera or outside the lens' domain.
    pub px: Option<[f64; 2]>,
    /// Its z is the z-depth.
    pub point_in_camera_m: DVec3,
    #[serde(flatten)]
    pub state: KeypointState,
}

/// Whether a keypoint can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KeypointState {
    /// Nothing is before it.
    Visible,
    /// Only transparent surfaces are before it, the nearest one of instance `by`.
    BehindGlass { by: u32 },
    /// An opaque surface of instance `by` (perhaps its own object) is before it.
    Occluded { by: u32 },
    /// It does not fall into the image.
    Outside,
}
