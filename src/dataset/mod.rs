//! Data sets on disk: encoded planes, manifest, episodes, labels, COCO; and their check.
//!
//! ```text
//! manifest.json                     what was asked for; written first
//! episodes/000/000017.json          EpisodeRecord: every random choice, settling, poses
//! images/000/000123/color.png …     planes
//! images/000/000123/labels.json     labels, and digests of the planes
//! coco/annotations.json             COCO instances and keypoints
//! summary.json                      what came out; written last
//! ```
//!
//! Every byte is a function of the manifest alone: no dates, hosts, paths or thread counts.

pub mod check;
pub mod coco;
pub mod coco_read;
pub mod demo;
pub mod episode;
pub mod image_file;
pub mod json;
pub mod layout;
pub mod manifest;
pub mod planes;
pub mod record;
pub mod sheet;
pub mod store;
pub mod summary;
