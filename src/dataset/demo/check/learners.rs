//! The data sets for learners, against the episodes that they are made from.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::manifest::DemoFormat;
use super::super::mp4::Track;
use super::super::native::open;
use super::super::training::Training;
use super::super::{layout, table};
use crate::base::problem::{Problem, Problems};
use crate::dataset::json;

/// Totals, and numbers of rows and pictures.
pub(super) fn check(training: &Training, problems: &mut Problems) {
    for (format, place) in [
        (DemoFormat::Lerobot3, layout::LEROBOT3),
        (DemoFormat::Lerobot2, layout::LEROBOT2),
    ] {
        let root = training.root.join(place);
        if training.manifest.request.has(format)
            && let Err(p) = lerobot(&root, training)
        {
            problems.extend(p);
        }
    }
    let path = training.root.join(layout::ROBOMIMIC);
    if training.manifest.request.has(DemoFormat::Robomimic)
        && let Err(p) = robomimic(&path, training)
    {
        problems.extend(p);
    }
}

fn problem(path: &Path, place: &str, found: impl Into<String>, expected: &str) -> Problems {
    let remedy = "remove this data set and summary.json, then run the same command with --resume";
    Problem::error(path, place, found, expected, remedy).into()
}

fn lerobot(root: &Path, training: &Training) -> Result<(), Problems> {
    let path = root.join("meta/info.json");
    let info: Value = json::read(&path)?;
    for (key, expected) in [
        ("total_episodes", training.episodes.len() as u64),
        ("total_frames", training.frames),
        ("total_tasks", training.tasks.len() as u64),
        ("fps", u64::from(training.schema().rate_hz)),
    ] {
        let found = info.get(key).unwrap_or(&Value::Null);
        if found.as_u64() != Some(expected) {
            return Err(problem(
                &path,
                key,
                found.to_string(),
                &expected.to_string(),
            ));
        }
    }
    let data = root.join("data");
    let mut rows = 0;
    for path in files(&data, "parquet")? {
        let count = table::row_count(&path);
        rows += count.map_err(|e| problem(&path, "", e.to_string(), "a Parquet file"))?;
    }
    if rows != training.frames {
        let expected = training.frames.to_string();
        return Err(problem(&data, "", format!("{rows} rows"), &expected));
    }
    for camera in &training.schema().cameras {
        let key = format!("observation.images.{}", camera.name);
        let mut pictures = 0;
        for path in files(&root.join("videos"), "mp4")? {
            if path.iter().any(|part| part == key.as_str()) {
                let track = Track::read(&mut open(&path)?);
                let track = track.map_err(|e| problem(&path, "", e.to_string(), "a video"))?;
                pictures += track.0.len() as u64;
            }
        }
        if pictures != training.frames {
            let expected = training.frames.to_string();
            let found = format!("{pictures} pictures");
            return Err(problem(&root.join("videos"), &key, found, &expected));
        }
    }
    Ok(())
}

/// All files below a folder with an extension.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Problems> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder);
    for entry in entries
        .map_err(|e| problem(folder, "", e.to_string(), "a folder"))?
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn robomimic(path: &Path, training: &Training) -> Result<(), Problems> {
    let broken = |e: hdf5_pure::Error| problem(path, "", e.to_string(), "an HDF5 file");
    let file = hdf5_pure::File::open_streaming(path).map_err(broken)?;
    let data = file.group("data").map_err(broken)?;
    for (i, entry) in training.episodes.iter().enumerate() {
        let demo = format!("demo_{i}");
        let actions = data
            .dataset(&format!("{demo}/actions"))
            .and_then(|d| d.shape());
        let actions = actions.map_err(broken)?;
        if actions.first() != Some(&entry.steps) {
            let place = format!("data/{demo}/actions");
            let expected = format!("{} rows", entry.steps);
            return Err(problem(
                path,
                &place,
                format!("shape {actions:?}"),
                &expected,
            ));
        }
    }
    let count = data.groups().map_err(broken)?.len();
    if count != training.episodes.len() {
        let expected = training.episodes.len().to_string();
        return Err(problem(
            path,
            "data",
            format!("{count} episodes"),
            &expected,
        ));
    }
    Ok(())
}
