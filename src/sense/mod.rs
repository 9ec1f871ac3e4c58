//! Planes and snapshot → labels of one view, right to the pixel.
//!
//! Everything here reads the renderer's one visibility buffer and the poses that it was made
//! from; nothing is rendered again and nothing is estimated.

mod geometry;
mod keypoints;
mod label;
pub mod labels;
mod pixels;
pub mod rle;
pub mod sensor;

pub use geometry::{ObjectShape, camera_from_object};
pub use keypoints::KEYPOINT_MARGIN_M;
pub use label::{Labeler, Shot};
pub use labels::FrameLabels;
pub use pixels::{InstancePixels, count_pixels};
pub use rle::Rle;
