//! LeRobot data sets: what versions 3.0 and 2.1 have in common.
//!
//! Depth, instance masks, object poses and the episodes' specs are in the folder `sidecars`, which
//! the loaders do not look at; its files are hard links to the recording's own.

pub mod v2;
pub mod v3;

use std::fs;
use std::io::BufWriter;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::native::NativeEpisode;
use super::stats::{self, QUANTILES, Running, Stats};
use super::table::{Column, TableWriter, Values};
use super::training::Training;
use super::{DemoCamera, DemoSchema, layout, native};
use crate::base::problem::Problems;
use crate::dataset::json;
use crate::dataset::store::write_problem;

/// Key of a camera's pictures.
fn video_key(camera: &DemoCamera) -> String {
    format!("observation.images.{}", camera.name)
}

/// A column of numbers, one row a step.
struct Feature {
    key: &'static str,
    width: usize,
    values: Values,
}

impl Feature {
    fn dtype(&self) -> &'static str {
        match &self.values {
            Values::F32(_) => "float32",
            Values::Bool(_) => "bool",
            _ => "int64",
        }
    }

    fn column(&self) -> Column {
        // A vector of one number is a number, to LeRobot.
        match self.width {
            1 => Column::scalars(self.key, self.values.clone()),
            width => Column::lists(self.key, width, self.values.clone()),
        }
    }

    fn numbers(&self) -> Vec<f64> {
        match &self.values {
            Values::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Values::I64(v) => v.iter().map(|&x| x as f64).collect(),
            Values::Bool(v) => v.iter().map(|&x| f64::from(u8::from(x))).collect(),
            _ => unreachable!("features are numbers"),
        }
    }

    /// Exact, of one episode.
    fn stats(&self) -> Vec<Stats> {
        let numbers = self.numbers();
        let channel = |c: usize| numbers.iter().skip(c).step_by(self.width).copied();
        let channels = 0..self.width;
        channels
            .map(|c| stats::of(&channel(c).collect::<Vec<_>>()))
            .collect()
    }
}

/// All columns of the i-th episode.
fn features(training: &Training, i: usize, episode: &NativeEpisode) -> Vec<Feature> {
    let (schema, entry) = (training.schema(), &training.episodes[i]);
    let steps = &episode.steps;
    let count = 0..steps.len as i64;
    let last = steps.len - 1;
    let rate = f64::from(schema.rate_hz);
    let feature = |key, values| Feature {
        key,
        width: 1,
        values,
    };
    let constant = |value: i64| Values::I64(vec![value; steps.len]);
    let at_end = |value: bool| Values::Bool((0..steps.len).map(|i| value && i == last).collect());
    let time = count.clone().map(|i| (i as f64 / rate) as f32);
    let first = entry.first_frame as i64;
    vec![
        Feature {
            key: "observation.state",
            width: schema.state.len(),
            values: Values::F32(steps.state.clone()),
        },
        Feature {
            key: "action",
            width: schema.action.len(),
            values: Values::F32(steps.action.clone()),
        },
        feature("next.reward", Values::F32(steps.reward.clone())),
        feature("next.done", at_end(true)),
        feature("next.success", at_end(entry.success)),
        feature("stage", Values::I64(steps.stage.clone())),
        feature("timestamp", Values::F32(time.collect())),
        feature("frame_index", Values::I64(count.clone().collect())),
        feature("episode_index", constant(i as i64)),
        feature("index", Values::I64(count.map(|k| first + k).collect())),
        feature("task_index", constant(entry.task as i64)),
    ]
}

/// `features` of info.json.
fn feature_table(schema: &DemoSchema, features: &[Feature]) -> Value {
    let mut table = Map::new();
    for feature in features {
        let channels = match feature.key {
            "observation.state" => Some(&schema.state),
            "action" => Some(&schema.action),
            _ => None,
        };
        let names = channels.map(|c| c.iter().map(|c| c.name.clone()).collect::<Vec<_>>());
        table.insert(
            feature.key.into(),
            json!({ "dtype": feature.dtype(), "shape": [feature.width], "names": names }),
        );
    }
    for camera in &schema.cameras {
        let info = json!({
            "video.height": camera.height_px,
            "video.width": camera.width_px,
            "video.codec": "h264",
            "video.pix_fmt": "yuv420p",
            "video.is_depth_map": false,
            "video.fps": schema.rate_hz,
            "video.channels": 3,
            "has_audio": false,
        });
        table.insert(
            video_key(camera),
            json!({
                "dtype": "video",
                "shape": [camera.height_px, camera.width_px, 3],
                "names": ["height", "width", "channels"],
                "info": info,
            }),
        );
    }
    Value::Object(table)
}

/// The statistics of one feature by name: a number a channel.
fn by_name(stats: &[Stats]) -> Vec<(&'static str, Vec<f64>)> {
    let of = |get: &dyn Fn(&Stats) -> f64| stats.iter().map(get).collect();
    let mut all = vec![
        ("min", of(&|s| s.min)),
        ("max", of(&|s| s.max)),
        ("mean", of(&|s| s.mean)),
        ("std", of(&|s| s.std)),
    ];
    let quantiles = QUANTILES.iter().enumerate();
    all.extend(quantiles.map(|(i, (name, _))| (*name, of(&move |s| s.quantiles[i]))));
    all
}

fn stats_json(stats: &[Stats], count: u64, is_picture: bool) -> Value {
    let value = |numbers: Vec<f64>| match is_picture {
        true => numbers.iter().map(|n| json!([[n]])).collect(),
        false => json!(numbers),
    };
    let all = by_name(stats).into_iter();
    let mut map: Map<String, Value> = all.map(|(k, v)| (k.into(), value(v))).collect();
    map.insert("count".into(), json!([count]));
    Value::Object(map)
}

/// Statistics of all episodes, which come twice in the same order.
#[derive(Default)]
struct DatasetStats {
    features: Vec<(&'static str, Vec<Running>)>,
}

impl DatasetStats {
    fn first(&mut self, features: &[Feature]) {
        if self.features.is_empty() {
            let running = |f: &Feature| (f.key, vec![Running::default(); f.width]);
            self.features = features.iter().map(running).collect();
        }
        self.each(features, Running::first);
    }

    fn second(&mut self, features: &[Feature]) {
        self.each(features, Running::second);
    }

    fn each(&mut self, features: &[Feature], put: fn(&mut Running, f64)) {
        for ((_, running), feature) in self.features.iter_mut().zip(features) {
            let width = running.len();
            for (i, number) in feature.numbers().into_iter().enumerate() {
                put(&mut running[i % width], number);
            }
        }
    }

    /// The contents of stats.json.
    fn finish(&self, training: &Training) -> Value {
        let mut map = Map::new();
        for (key, running) in &self.features {
            let stats: Vec<Stats> = running.iter().map(Running::stats).collect();
            let value = stats_json(&stats, training.frames, false);
            map.insert((*key).into(), value);
        }
        let cameras = training.schema().cameras.iter();
        for (camera, histogram) in cameras.zip(&training.color_histograms) {
            let stats = stats::of_colors(histogram);
            let value = stats_json(&stats, training.frames, true);
            map.insert(video_key(camera), value);
        }
        Value::Object(map)
    }
}

/// Reads all episodes again for what the first time has prepared.
fn second_pass(training: &Training, stats: &mut DatasetStats) -> Result<Value, Problems> {
    for i in 0..training.episodes.len() {
        let episode = training.read(i)?;
        stats.second(&features(training, i, &episode));
    }
    Ok(stats.finish(training))
}

/// Links an episode's depth, masks, poses and record into the data set.
fn link_sidecars(root: &Path, i: usize, episode: &NativeEpisode) -> Result<(), Problems> {
    let folder = format!("sidecars/episode_{i:06}");
    let names = episode.record.files.keys().filter(|n| !n.ends_with(".mp4"));
    for name in names.map(String::as_str).chain([layout::EPISODE]) {
        link(&episode.folder.join(name), &root.join(&folder).join(name))?;
    }
    Ok(())
}

/// A hard link; a copy where there can be none.
fn link(from: &Path, to: &Path) -> Result<(), Problems> {
    let linked = make_parent(to).and_then(|()| {
        let copy = |_| fs::copy(from, to).map(|_| ());
        fs::hard_link(from, to).or_else(copy)
    });
    linked.map_err(|e| write_problem(to, &e))
}

/// `sidecars/index.json`: which episode of the recording each one is.
fn write_sidecar_index(root: &Path, training: &Training) -> Result<(), Problems> {
    let episodes = training.episodes.iter().enumerate().map(|(i, e)| {
        json!({
            "episode_index": i,
            "recording_index": e.index,
            "success": e.success,
            "folder": format!("episode_{i:06}"),
        })
    });
    let manifest = &training.manifest;
    let index = json!({
        "conventions": manifest.conventions,
        "depth_unit_m": manifest.demonstrations.depth_unit_m,
        "stages": manifest.demonstrations.stages,
        "episodes": episodes.collect::<Vec<_>>(),
    });
    write_file(
        &root.join("sidecars/index.json"),
        &json::to_bytes(&index, 2),
    )
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Problems> {
    let written = make_parent(path).and_then(|()| fs::write(path, bytes));
    written.map_err(|e| write_problem(path, &e))
}

fn make_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Begins a table in a new file.
fn table(
    path: &Path,
    columns: &[Column],
    metadata: &[(&str, String)],
) -> Result<TableWriter<BufWriter<fs::File>>, Problems> {
    let file = make_parent(path).and_then(|()| fs::File::create(path));
    let file = file.map_err(|e| write_problem(path, &e))?;
    TableWriter::new(BufWriter::new(file), columns, metadata).map_err(|e| table_problem(path, e))
}

fn table_problem(path: &Path, error: parquet::errors::ParquetError) -> Problems {
    write_problem(path, &std::io::Error::other(error))
}

/// Reads the header of an episode's video.
fn track(
    episode_folder: &Path,
    camera: &DemoCamera,
) -> Result<(super::mp4::Track, std::ops::Range<u64>), Problems> {
    let path = episode_folder.join(layout::video(&camera.name));
    let problem = |e: super::mp4::Mp4Error| {
        native::broken(&path, "", e.to_string(), "a video as benchside writes it")
    };
    super::mp4::Track::read(&mut native::open(&path)?).map_err(problem)
}
