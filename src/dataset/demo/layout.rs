//! Where things are in a recording's folder. Paths are relative to it, with forward slashes.

use crate::dataset::layout::WORK;

/// Of an episode's folder.
pub const EPISODE: &str = "episode.json";
/// Of an episode's folder.
pub const STEPS: &str = "steps.parquet";
/// A LeRobot v3.0 data set.
pub const LEROBOT3: &str = "lerobot3";
/// A LeRobot v2.1 data set.
pub const LEROBOT2: &str = "lerobot2";
/// A robomimic data set.
pub const ROBOMIMIC: &str = "robomimic.hdf5";

/// Folder of one episode.
pub fn episode(index: u64) -> String {
    format!("episodes/{:03}/{index:06}", index / 1000)
}

/// Colour of an episode's folder.
pub fn video(camera: &str) -> String {
    format!("{camera}.mp4")
}

/// Depth of an episode's folder.
pub fn depth(camera: &str) -> String {
    format!("{camera}.depth.zip")
}

/// Instance ids of an episode's folder.
pub fn instance(camera: &str) -> String {
    format!("{camera}.instance.zip")
}

/// Folder of one episode's colour as it was before compression, `<camera>.zip` each; until the
/// recording is finished.
pub fn work_color(index: u64) -> String {
    format!("{WORK}/color/{:03}/{index:06}", index / 1000)
}

/// Of [`work_color`]'s folder.
pub fn lossless(camera: &str) -> String {
    format!("{camera}.zip")
}
