//! `images/…/labels.json`: the labels of one image, and the digests of its planes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::manifest::{Format, Request};
use super::{json, layout};
use crate::base::problem::Problems;
use crate::sense::FrameLabels;

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// SHA-256 of the planes' files, lower-case hexadecimal, by name.
    pub files: BTreeMap<String, String>,
    #[serde(flatten)]
    pub labels: FrameLabels,
}

impl ImageRecord {
    /// Of an image's labels and plane files.
    pub fn new(labels: FrameLabels, files: &[(&str, Vec<u8>)]) -> Self {
        let digest = |(name, bytes): &(&str, Vec<u8>)| (name.to_string(), sha256_hex(bytes));
        Self {
            files: files.iter().map(digest).collect(),
            labels,
        }
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self, 2)
    }
}

/// Where the labels of an image are while a run goes on, and later if they stay.
pub fn labels_path(request: &Request, image: u64) -> String {
    if request.has(Format::Native) {
        format!("{}/{}", layout::image(image), layout::LABELS)
    } else {
        layout::work_labels(image)
    }
}

/// Where the colour of an image is.
pub fn color_path(request: &Request, image: u64) -> String {
    if request.has(Format::Native) {
        format!("{}/{}", layout::image(image), layout::COLOR)
    } else {
        layout::coco_image(image)
    }
}

/// Reads the labels of an image.
///
/// # Errors
/// If they are missing, or not labels.
pub fn read_labels(dataset: &Path, request: &Request, image: u64) -> Result<ImageRecord, Problems> {
    json::read(&dataset.join(labels_path(request, image)))
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
