//! LeRobot v3.0: many episodes a file.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::json;

use super::super::layout;
use super::super::mp4::Track;
use super::super::native::{broken, open};
use super::super::stats::{self, Stats};
use super::super::table::{Column, Rows, TableWriter, Values};
use super::super::training::Training;
use super::{
    DatasetStats, Feature, by_name, feature_table, features, link_sidecars, make_parent,
    second_pass, table, table_problem, track, video_key, write_file, write_sidecar_index,
};
use crate::base::problem::Problems;
use crate::dataset::json;
use crate::dataset::store::write_problem;

/// When a file is full. One episode is never split.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub data_mib: u64,
    pub video_mib: u64,
    pub files_a_chunk: u64,
}

impl Default for Limits {
    /// LeRobot's own.
    fn default() -> Self {
        Self {
            data_mib: 100,
            video_mib: 200,
            files_a_chunk: 1000,
        }
    }
}

/// Writes a data set into the folder `root`, which is not there yet.
///
/// # Errors
/// If the episodes' files are broken, or the folder cannot be written to.
pub fn write(root: &Path, training: &Training, progress: &dyn Fn(u64)) -> Result<(), Problems> {
    write_limited(root, training, &Limits::default(), progress)
}

/// The same with other limits.
///
/// # Errors
/// As [`write()`].
pub fn write_limited(
    root: &Path,
    training: &Training,
    limits: &Limits,
    progress: &dyn Fn(u64),
) -> Result<(), Problems> {
    let mut videos = Vec::new();
    for camera in 0..training.schema().cameras.len() {
        videos.push(write_videos(root, training, camera, limits)?);
    }
    let mut data = DataFiles {
        root,
        limits,
        place: FilePlace::default(),
        open: None,
    };
    let mut rows = EpisodeRows::default();
    let mut stats = DatasetStats::default();
    let mut columns = Vec::new();
    for i in 0..training.episodes.len() {
        let episode = training.read(i)?;
        columns = features(training, i, &episode);
        data.write(&columns)?;
        stats.first(&columns);
        let videos = videos.iter().map(|places| places[i]).collect::<Vec<_>>();
        let histograms = episode.record.cameras.iter().map(|c| &c.color_histogram);
        let pictures: Vec<[Stats; 3]> = histograms.map(stats::of_colors).collect();
        let row = episode_row(training, i, data.place, &videos, &columns, &pictures);
        rows.push(root, row)?;
        link_sidecars(root, i, &episode)?;
        progress(i as u64 + 1);
    }
    data.close()?;
    rows.close(root)?;
    let stats = second_pass(training, &mut stats)?;
    write_file(&root.join("meta/stats.json"), &json::to_bytes(&stats, 2))?;
    write_tasks(root, training)?;
    write_info(root, training, limits, &columns)?;
    write_sidecar_index(root, training)
}

/// Which of the files of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FilePlace {
    chunk: u64,
    file: u64,
}

impl FilePlace {
    fn next(self, limits: &Limits) -> Self {
        if self.file + 1 < limits.files_a_chunk {
            let file = self.file + 1;
            return Self { file, ..self };
        }
        Self {
            chunk: self.chunk + 1,
            file: 0,
        }
    }

    fn path(self, folder: &str, extension: &str) -> String {
        let (chunk, file) = (self.chunk, self.file);
        format!("{folder}/chunk-{chunk:03}/file-{file:03}.{extension}")
    }
}

/// Where an episode's pictures are.
#[derive(Clone, Copy, Debug)]
struct VideoPlace {
    place: FilePlace,
    /// Pictures of the file before it.
    before: u64,
}

/// Puts the videos of one camera together.
fn write_videos(
    root: &Path,
    training: &Training,
    camera: usize,
    limits: &Limits,
) -> Result<Vec<VideoPlace>, Problems> {
    let schema = training.schema();
    let camera = &schema.cameras[camera];
    let folder = format!("videos/{}", video_key(camera));
    let most = limits.video_mib << 20;
    let mut places = Vec::new();
    let mut place = FilePlace::default();
    let mut whole: Option<Track> = None;
    let mut parts = Vec::new();
    for entry in &training.episodes {
        let episode = training.root.join(layout::episode(entry.index));
        let path = episode.join(layout::video(&camera.name));
        let (track, range) = track(&episode, camera)?;
        if track.len() as u64 != entry.steps {
            let found = format!("{} pictures", track.len());
            return Err(broken(&path, "", found, &entry.steps.to_string()));
        }
        let bytes = whole.as_ref().map_or(0, Track::data_bytes) + track.data_bytes();
        if let Some(full) = whole.take_if(|_| bytes > most) {
            write_video(&root.join(place.path(&folder, "mp4")), &full, &parts)?;
            parts.clear();
            place = place.next(limits);
        }
        let before = whole.as_ref().map_or(0, Track::len) as u64;
        places.push(VideoPlace { place, before });
        let is_same = match &mut whole {
            Some(whole) => whole.append(&track),
            none => {
                *none = Some(track);
                true
            }
        };
        if !is_same {
            let found = "other H.264 parameters than the episodes before";
            return Err(broken(&path, "", found, "the same in all episodes"));
        }
        parts.push((path, range));
    }
    if let Some(last) = whole {
        write_video(&root.join(place.path(&folder, "mp4")), &last, &parts)?;
    }
    Ok(places)
}

type Parts = [(std::path::PathBuf, std::ops::Range<u64>)];

/// Header, then the pictures of all episodes.
fn write_video(path: &Path, track: &Track, parts: &Parts) -> Result<(), Problems> {
    let problem = |e: std::io::Error| write_problem(path, &e);
    let file = make_parent(path).and_then(|()| File::create(path));
    let mut out = BufWriter::new(file.map_err(problem)?);
    out.write_all(&track.header()).map_err(problem)?;
    for (from, range) in parts {
        let mut from = open(from)?;
        from.seek(SeekFrom::Start(range.start)).map_err(problem)?;
        let mut pictures = from.take(range.end - range.start);
        std::io::copy(&mut pictures, &mut out).map_err(problem)?;
    }
    out.flush().map_err(problem)
}

/// The files of numbers.
struct DataFiles<'a> {
    root: &'a Path,
    limits: &'a Limits,
    place: FilePlace,
    open: Option<(TableWriter<BufWriter<File>>, u64)>,
}

impl DataFiles<'_> {
    /// Adds an episode; `place` is then where it is.
    fn write(&mut self, features: &[Feature]) -> Result<(), Problems> {
        let columns: Vec<Column> = features.iter().map(Feature::column).collect();
        // Before compression, as LeRobot counts.
        let bytes: u64 = columns.iter().map(|c| c.values.bytes()).sum();
        let most = self.limits.data_mib << 20;
        if self
            .open
            .as_ref()
            .is_some_and(|(_, sum)| sum + bytes > most)
        {
            self.close()?;
            self.place = self.place.next(self.limits);
        }
        let path = self.root.join(self.place.path("data", "parquet"));
        let (writer, sum) = match &mut self.open {
            Some(open) => open,
            none => none.insert((table(&path, &columns, &[])?, 0)),
        };
        *sum += bytes;
        writer.write(&columns).map_err(|e| table_problem(&path, e))
    }

    fn close(&mut self) -> Result<(), Problems> {
        let path = self.root.join(self.place.path("data", "parquet"));
        match self.open.take() {
            Some((writer, _)) => close(writer, &path),
            None => Ok(()),
        }
    }
}

fn close(writer: TableWriter<BufWriter<File>>, path: &Path) -> Result<(), Problems> {
    let mut file = writer.finish().map_err(|e| table_problem(path, e))?;
    file.flush().map_err(|e| write_problem(path, &e))
}

/// `meta/episodes`: one file; a row group every so many episodes.
#[derive(Default)]
struct EpisodeRows {
    writer: Option<TableWriter<BufWriter<File>>>,
    rows: Vec<Column>,
    count: usize,
}

const ROWS_A_GROUP: usize = 64;

impl EpisodeRows {
    fn path(root: &Path) -> std::path::PathBuf {
        root.join(FilePlace::default().path("meta/episodes", "parquet"))
    }

    fn push(&mut self, root: &Path, row: Vec<Column>) -> Result<(), Problems> {
        self.count += 1;
        if self.rows.is_empty() {
            self.rows = row;
        } else {
            let rows = self.rows.iter_mut().zip(row);
            rows.for_each(|(rows, row)| rows.append(row));
        }
        if self.count.is_multiple_of(ROWS_A_GROUP) {
            self.flush(root)?;
        }
        Ok(())
    }

    fn flush(&mut self, root: &Path) -> Result<(), Problems> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let path = Self::path(root);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(table(&path, &self.rows, &[])?),
        };
        writer
            .write(&self.rows)
            .map_err(|e| table_problem(&path, e))?;
        self.rows.clear();
        Ok(())
    }

    fn close(mut self, root: &Path) -> Result<(), Problems> {
        self.flush(root)?;
        match self.writer {
            Some(writer) => close(writer, &Self::path(root)),
            None => Ok(()),
        }
    }
}

/// The row of one episode.
fn episode_row(
    training: &Training,
    i: usize,
    data: FilePlace,
    videos: &[VideoPlace],
    features: &[Feature],
    pictures: &[[Stats; 3]],
) -> Vec<Column> {
    let (schema, entry) = (training.schema(), &training.episodes[i]);
    let rate = f64::from(schema.rate_hz);
    let number = |name: &str, n: u64| Column::scalars(name, Values::I64(vec![n as i64]));
    let time =
        |name: String, frame: u64| Column::scalars(name, Values::F64(vec![frame as f64 / rate]));
    let mut row = vec![
        number("episode_index", i as u64),
        Column {
            name: "tasks".into(),
            rows: Rows::Ragged(vec![1]),
            values: Values::Text(vec![training.tasks[entry.task].clone()]),
        },
        number("length", entry.steps),
        number("data/chunk_index", data.chunk),
        number("data/file_index", data.file),
        number("dataset_from_index", entry.first_frame),
        number("dataset_to_index", entry.first_frame + entry.steps),
    ];
    for (camera, video) in schema.cameras.iter().zip(videos) {
        let key = format!("videos/{}", video_key(camera));
        row.push(number(&format!("{key}/chunk_index"), video.place.chunk));
        row.push(number(&format!("{key}/file_index"), video.place.file));
        row.push(time(format!("{key}/from_timestamp"), video.before));
        row.push(time(
            format!("{key}/to_timestamp"),
            video.before + entry.steps,
        ));
    }
    let mut stats = |key: &str, stats: &[Stats], shape: &[usize]| {
        for (name, values) in by_name(stats) {
            row.push(Column {
                name: format!("stats/{key}/{name}"),
                rows: Rows::Lists(shape.to_vec()),
                values: Values::F64(values),
            });
        }
        let count = Values::I64(vec![entry.steps as i64]);
        row.push(Column::lists(format!("stats/{key}/count"), 1, count));
    };
    for feature in features {
        stats(feature.key, &feature.stats(), &[feature.width]);
    }
    for (camera, picture) in schema.cameras.iter().zip(pictures) {
        stats(&video_key(camera), picture, &[3, 1, 1]);
    }
    row.push(number("meta/episodes/chunk_index", 0));
    row.push(number("meta/episodes/file_index", 0));
    row
}

/// `meta/tasks.parquet`: the texts are the index of a pandas frame.
fn write_tasks(root: &Path, training: &Training) -> Result<(), Problems> {
    let numbers = (0..training.tasks.len() as i64).collect();
    let columns = [
        Column::scalars("task_index", Values::I64(numbers)),
        Column::scalars("task", Values::Text(training.tasks.clone())),
    ];
    let column = |name: &str, pandas: &str, numpy: &str| {
        json!({
            "name": name, "field_name": name, "pandas_type": pandas, "numpy_type": numpy,
            "metadata": null,
        })
    };
    let pandas = json!({
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
        "pandas_version": "2.0.0",
    });
    let path = root.join("meta/tasks.parquet");
    let mut writer = table(&path, &columns, &[("pandas", pandas.to_string())])?;
    writer
        .write(&columns)
        .map_err(|e| table_problem(&path, e))?;
    close(writer, &path)
}

fn write_info(
    root: &Path,
    training: &Training,
    limits: &Limits,
    features: &[Feature],
) -> Result<(), Problems> {
    let (schema, episodes) = (training.schema(), training.episodes.len());
    let videos = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";
    let info = json!({
        "codebase_version": "v3.0",
        "robot_type": schema.robot,
        "total_episodes": episodes,
        "total_frames": training.frames,
        "total_tasks": training.tasks.len(),
        "chunks_size": limits.files_a_chunk,
        "data_files_size_in_mb": limits.data_mib,
        "video_files_size_in_mb": limits.video_mib,
        "fps": schema.rate_hz,
        "splits": { "train": format!("0:{episodes}") },
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": (!schema.cameras.is_empty()).then_some(videos),
        "features": feature_table(schema, features),
    });
    write_file(&root.join("meta/info.json"), &json::to_bytes(&info, 3))
}
