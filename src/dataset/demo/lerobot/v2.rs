//! LeRobot v2.1: one file an episode; with the `modality.json` that GR00T reads.

use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::groups::groups;
use super::super::layout;
use super::super::stats;
use super::super::table::Column;
use super::super::training::Training;
use super::{
    DatasetStats, Feature, feature_table, features, link, link_sidecars, second_pass, stats_json,
    table, table_problem, track, video_key, write_file, write_sidecar_index,
};
use crate::base::problem::Problems;
use crate::dataset::demo::native::broken;
use crate::dataset::json;
use crate::dataset::store::write_problem;

const EPISODES_A_CHUNK: usize = 1000;

/// Writes a data set into the folder `root`, which is not there yet.
///
/// # Errors
/// If the episodes' files are broken, or the folder cannot be written to.
pub fn write(root: &Path, training: &Training, progress: &dyn Fn(u64)) -> Result<(), Problems> {
    let schema = training.schema();
    let mut stats = DatasetStats::default();
    let mut columns = Vec::new();
    let (mut episodes, mut episodes_stats) = (Vec::new(), Vec::new());
    for (i, entry) in training.episodes.iter().enumerate() {
        let episode = training.read(i)?;
        columns = features(training, i, &episode);
        stats.first(&columns);
        let chunk = i / EPISODES_A_CHUNK;
        write_data(
            &root.join(format!("data/chunk-{chunk:03}/episode_{i:06}.parquet")),
            &columns,
        )?;
        for camera in &schema.cameras {
            let (track, _) = track(&episode.folder, camera)?;
            let from = episode.folder.join(layout::video(&camera.name));
            if track.len() != episode.steps.len {
                let found = format!("{} pictures", track.len());
                return Err(broken(&from, "", found, &entry.steps.to_string()));
            }
            let key = video_key(camera);
            link(
                &from,
                &root.join(format!("videos/chunk-{chunk:03}/{key}/episode_{i:06}.mp4")),
            )?;
        }
        let tasks = [&training.tasks[entry.task]];
        let line = json!({ "episode_index": i, "tasks": tasks, "length": entry.steps });
        push_line(&mut episodes, &line);
        let mut all = Map::new();
        for feature in &columns {
            let value = stats_json(&feature.stats(), entry.steps, false);
            all.insert(feature.key.into(), value);
        }
        for (camera, record) in schema.cameras.iter().zip(&episode.record.cameras) {
            let stats = stats::of_colors(&record.color_histogram);
            all.insert(video_key(camera), stats_json(&stats, entry.steps, true));
        }
        push_line(
            &mut episodes_stats,
            &json!({ "episode_index": i, "stats": all }),
        );
        link_sidecars(root, i, &episode)?;
        progress(i as u64 + 1);
    }
    let mut tasks = Vec::new();
    for (i, task) in training.tasks.iter().enumerate() {
        push_line(&mut tasks, &json!({ "task_index": i, "task": task }));
    }
    let stats = second_pass(training, &mut stats)?;
    for (name, bytes) in [
        ("episodes.jsonl", episodes),
        ("episodes_stats.jsonl", episodes_stats),
        ("tasks.jsonl", tasks),
        ("stats.json", json::to_bytes(&stats, 2)),
        ("modality.json", json::to_bytes(&modality(training), 2)),
        ("info.json", json::to_bytes(&info(training, &columns), 3)),
    ] {
        write_file(&root.join("meta").join(name), &bytes)?;
    }
    write_sidecar_index(root, training)
}

fn write_data(path: &Path, features: &[Feature]) -> Result<(), Problems> {
    let columns: Vec<Column> = features.iter().map(Feature::column).collect();
    let mut writer = table(path, &columns, &[])?;
    writer.write(&columns).map_err(|e| table_problem(path, e))?;
    let mut file = writer.finish().map_err(|e| table_problem(path, e))?;
    file.flush().map_err(|e| write_problem(path, &e))
}

fn push_line(bytes: &mut Vec<u8>, value: &Value) {
    bytes.extend_from_slice(value.to_string().as_bytes());
    bytes.push(b'\n');
}

/// Slices of state and action by name, and what the videos and instructions are called.
fn modality(training: &Training) -> Value {
    let schema = training.schema();
    let slices = |channels| {
        let slices = groups(channels).into_iter();
        let slice = |(name, r): (String, std::ops::Range<usize>)| {
            (name, json!({ "start": r.start, "end": r.end }))
        };
        slices.map(slice).collect::<Map<_, _>>()
    };
    let video = |c| json!({ "original_key": video_key(c) });
    let videos = schema.cameras.iter().map(|c| (c.name.clone(), video(c)));
    json!({
        "state": slices(&schema.state),
        "action": slices(&schema.action),
        "video": videos.collect::<Map<_, _>>(),
        "annotation": { "human.task_description": { "original_key": "task_index" } },
    })
}

fn info(training: &Training, features: &[Feature]) -> Value {
    let (schema, episodes) = (training.schema(), training.episodes.len());
    let videos = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4";
    json!({
        "codebase_version": "v2.1",
        "robot_type": schema.robot,
        "total_episodes": episodes,
        "total_frames": training.frames,
        "total_tasks": training.tasks.len(),
        "total_videos": episodes * schema.cameras.len(),
        "total_chunks": episodes.div_ceil(EPISODES_A_CHUNK),
        "chunks_size": EPISODES_A_CHUNK,
        "fps": schema.rate_hz,
        "splits": { "train": format!("0:{episodes}") },
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": (!schema.cameras.is_empty()).then_some(videos),
        "features": feature_table(schema, features),
    })
}
