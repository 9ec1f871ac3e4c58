//! Where things are in a data set's folder. Paths are relative to it, with forward slashes.
//!
//! A place is a function of the number alone, so that an image made alone lies where it would
//! lie in the whole; folders hold at most a thousand entries.

/// What was asked for; written first.
pub const MANIFEST: &str = "manifest.json";
/// What came out; written last: a data set that has it is finished.
pub const SUMMARY: &str = "summary.json";
/// COCO instances and keypoints.
pub const COCO_ANNOTATIONS: &str = "coco/annotations.json";
/// Of a native image's folder.
pub const LABELS: &str = "labels.json";
/// Of a native image's folder.
pub const COLOR: &str = "color.png";
/// What an unfinished run needs; gone when it is finished.
pub const WORK: &str = ".work";

/// Record of one episode.
pub fn episode(episode: u64) -> String {
    format!("episodes/{:03}/{episode:06}.json", episode / 1000)
}

/// Folder of one image in the native format.
pub fn image(image: u64) -> String {
    format!("images/{:03}/{image:06}", image / 1000)
}

/// Colour image of a data set that is COCO alone.
pub fn coco_image(image: u64) -> String {
    format!("coco/images/{:03}/{image:06}.png", image / 1000)
}

/// Labels of one image of a data set that is COCO alone, until the annotations are written.
pub fn work_labels(image: u64) -> String {
    format!("{WORK}/labels/{:03}/{image:06}.json", image / 1000)
}
