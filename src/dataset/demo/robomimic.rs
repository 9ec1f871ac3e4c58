//! robomimic's HDF5: one group an episode, pictures as they were before compression.

use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5_pure::{AttrValue, DatasetBuilder, File, FileAccessProperties, FileBuilder, SyncPolicy};
use serde_json::json;

use super::camera::picture_name;
use super::groups::groups;
use super::native::{NativeEpisode, broken, open};
use super::training::Training;
use super::zip::ZipReader;
use super::{DemoSchema, layout};
use crate::base::problem::Problems;
use crate::dataset::image_file::{PixelFormat, RawImage, decode};
use crate::dataset::store::write_problem;

/// One episode in so many is for validation: the last of each run of so many.
const VALIDATION_INTERVAL: usize = 10;

/// Quick: pictures are most of the file.
const DEFLATE_LEVEL: u32 = 1;

/// Writes the file `path`, which is not there yet.
///
/// # Errors
/// If the episodes' files are broken, or the file cannot be written.
pub fn write(path: &Path, training: &Training, progress: &dyn Fn(u64)) -> Result<(), Problems> {
    let scale = ActionScale::new(training)?;
    begin(path, training, &scale).map_err(|e| problem(path, &e))?;
    // Nobody sees the file before it is whole.
    let once = FileAccessProperties::new().with_sync_policy(SyncPolicy::OnClose);
    let file = File::open_rw_with_options(path, once).map_err(|e| problem(path, &e))?;
    let writer = Writer {
        path,
        root: file.root(),
        file: &file,
        training,
        scale: &scale,
    };
    for i in 0..training.episodes.len() {
        writer.episode(i)?;
        progress(i as u64 + 1);
    }
    drop(writer);
    file.close().map_err(|e| problem(path, &e))
}

fn problem(path: &Path, error: &hdf5_pure::Error) -> Problems {
    write_problem(path, &std::io::Error::other(error.to_string()))
}

/// How actions become −1 … 1: `(action − offset) / scale`, channel by channel.
struct ActionScale {
    offset: Vec<f64>,
    scale: Vec<f64>,
}

impl ActionScale {
    /// From the channels' ranges; where there is none, from the least and greatest action.
    fn new(training: &Training) -> Result<Self, Problems> {
        let channels = &training.schema().action;
        let mut ranges: Vec<Option<(f64, f64)>> = channels.iter().map(|c| c.range).collect();
        if ranges.contains(&None) {
            let mut seen = vec![(f64::INFINITY, f64::NEG_INFINITY); channels.len()];
            for i in 0..training.episodes.len() {
                let steps = training.read(i)?.steps;
                for (k, &action) in steps.action.iter().enumerate() {
                    let (low, high) = &mut seen[k % channels.len()];
                    *low = low.min(f64::from(action));
                    *high = high.max(f64::from(action));
                }
            }
            for (range, seen) in ranges.iter_mut().zip(seen) {
                *range = range.or(Some(seen));
            }
        }
        let bounds = |r: &Option<(f64, f64)>| r.unwrap_or((-1.0, 1.0));
        let half = |(low, high): (f64, f64)| match (high - low) / 2.0 {
            half if half > 0.0 => half,
            // It never moves.
            _ => 1.0,
        };
        Ok(Self {
            offset: ranges
                .iter()
                .map(bounds)
                .map(|(l, h)| (l + h) / 2.0)
                .collect(),
            scale: ranges.iter().map(bounds).map(half).collect(),
        })
    }

    fn apply(&self, actions: &[f32]) -> Vec<f32> {
        let width = self.offset.len();
        let normal = |(i, &a): (usize, &f32)| {
            let (offset, scale) = (self.offset[i % width], self.scale[i % width]);
            // Rounding may reach beyond the bounds.
            ((f64::from(a) - offset) / scale).clamp(-1.0, 1.0) as f32
        };
        actions.iter().enumerate().map(normal).collect()
    }
}

/// The file without episodes.
fn begin(path: &Path, training: &Training, scale: &ActionScale) -> Result<(), hdf5_pure::Error> {
    let schema = training.schema();
    let mut file = FileBuilder::new();
    let mut data = file.create_group("data");
    data.set_attr("total", AttrValue::I64(training.frames as i64));
    data.set_attr("env_args", text(&env_args(schema)));
    data.set_attr("action_offset", AttrValue::F64Array(scale.offset.clone()));
    data.set_attr("action_scale", AttrValue::F64Array(scale.scale.clone()));
    data.set_attr("conventions", text(&conventions(training)));
    file.add_group(data.finish());

    let mut mask = file.create_group("mask");
    let count = training.episodes.len();
    let is_valid = |i: usize| match count {
        0..2 => false,
        2..VALIDATION_INTERVAL => i + 1 == count,
        _ => i % VALIDATION_INTERVAL == VALIDATION_INTERVAL - 1,
    };
    let mut masks: Vec<(&str, Vec<usize>)> = vec![
        ("train", (0..count).filter(|&i| !is_valid(i)).collect()),
        ("valid", (0..count).filter(|&i| is_valid(i)).collect()),
    ];
    if training.manifest.request.keep_failures {
        let ended = |success| {
            let is = |i: &usize| training.episodes[*i].success == success;
            (0..count).filter(is).collect()
        };
        masks.push(("success", ended(true)));
        masks.push(("failure", ended(false)));
    }
    for (name, episodes) in masks.iter().filter(|(_, episodes)| !episodes.is_empty()) {
        let demos: Vec<String> = episodes.iter().map(|&i| demo(i)).collect();
        let demos: Vec<&str> = demos.iter().map(String::as_str).collect();
        mask.create_dataset(name).with_ascii_strings(&demos)?;
    }
    file.add_group(mask.finish());
    file.write(path)
}

fn text(value: &serde_json::Value) -> AttrValue {
    AttrValue::VarLenString(value.to_string())
}

fn demo(i: usize) -> String {
    format!("demo_{i}")
}

/// robomimic's 2 is "a gym environment"; the file is for training, the evaluation is ours.
fn env_args(schema: &DemoSchema) -> serde_json::Value {
    json!({
        "env_name": schema.task,
        "env_type": 2,
        "env_version": env!("CARGO_PKG_VERSION"),
        "type": 2,
        "env_kwargs": {
            "robot": schema.robot,
            "control_freq": schema.rate_hz,
            "cameras": schema.cameras.iter().map(|c| &c.name).collect::<Vec<_>>(),
        },
    })
}

fn conventions(training: &Training) -> serde_json::Value {
    let schema = training.schema();
    let names = |channels: &[super::Channel]| {
        let names = channels.iter().map(|c| format!("{} [{}]", c.name, c.unit));
        names.collect::<Vec<_>>()
    };
    json!({
        "actions": "(action - action_offset) / action_scale, channel by channel; \
                    the attributes are of this group",
        "action_channels": names(&schema.action),
        "state_channels": names(&schema.state),
        "next_obs": "obs of the step after; the last step has its own obs again",
        "states": "world_from_object of every object: x, y, z, qx, qy, qz, qw",
        "depth": "metres along the optical axis; 0: nothing seen",
        "segmentation_instance": "instance id; 0: background; id - 1 is an index into the objects \
                                  of the episode's attribute ep_meta",
        "stages": schema.stages,
    })
}

struct Writer<'a> {
    path: &'a Path,
    file: &'a File,
    root: hdf5_pure::Group,
    training: &'a Training,
    scale: &'a ActionScale,
}

impl Writer<'_> {
    /// Numbers first, then one plane of one camera after another: what is in memory is what the
    /// next commit writes.
    fn episode(&self, i: usize) -> Result<(), Problems> {
        let episode = self.training.read(i)?;
        self.numbers(i, &episode)
            .map_err(|e| problem(self.path, &e))?;
        let schema = self.training.schema();
        for camera in &schema.cameras {
            let name = &camera.name;
            let color = layout::work_color(self.training.episodes[i].index);
            let color = self.training.root.join(color).join(layout::lossless(name));
            let size = (camera.height_px as usize, camera.width_px as usize);
            let steps = episode.steps.len;
            let plane = |archive, format| Plane {
                archive,
                format,
                size,
                steps,
            };
            let pictures = plane(color, PixelFormat::Rgb8);
            self.plane(i, &format!("{name}_image"), &pictures, 3, |raw, out| {
                out.extend_from_slice(&raw.bytes);
            })?;
            if camera.depth {
                let archive = episode.folder.join(layout::depth(name));
                let key = format!("{name}_depth");
                let depth = plane(archive, PixelFormat::Gray16);
                self.plane(i, &key, &depth, 1, |raw, out: &mut Vec<f32>| {
                    let unit = schema.depth_unit_m;
                    out.extend(raw.values_u16().map(|v| (f64::from(v) * unit) as f32));
                })?;
            }
            if camera.instances {
                let archive = episode.folder.join(layout::instance(name));
                let key = format!("{name}_segmentation_instance");
                let instance = plane(archive, PixelFormat::Gray16);
                self.plane(i, &key, &instance, 1, |raw, out: &mut Vec<i32>| {
                    out.extend(raw.values_u16().map(i32::from));
                })?;
            }
        }
        Ok(())
    }

    fn numbers(&self, i: usize, episode: &NativeEpisode) -> Result<(), hdf5_pure::Error> {
        let (schema, entry) = (self.training.schema(), &self.training.episodes[i]);
        let (steps, record) = (&episode.steps, &episode.record);
        let meta = json!({
            "lang": record.instruction,
            "recording_index": entry.index,
            "success": entry.success,
            "reason": record.verdict.reason,
            "objects": record.objects,
        });
        let demo = format!("data/{}", demo(i));
        let group = self.root.create_group_with(&demo, |group| {
            group.set_attr("num_samples", AttrValue::I64(steps.len as i64));
            group.set_attr("ep_meta", text(&meta));
        })?;
        group.create_group("obs")?;
        group.create_group("next_obs")?;
        // Paths lead only through groups that are in the file.
        self.file.commit()?;
        let put = |name: &str, values: &[f32]| -> Result<(), hdf5_pure::Error> {
            let shape = [steps.len as u64, (values.len() / steps.len) as u64];
            self.root.create_dataset(&format!("{demo}/{name}"), |b| {
                b.with_f32_data(values).with_shape(&shape);
            })?;
            Ok(())
        };
        put("actions", &self.scale.apply(&steps.action))?;
        if !record.objects.is_empty() {
            put("states", &steps.object_poses)?;
        }
        let rewards: Vec<f64> = steps.reward.iter().map(|&r| f64::from(r)).collect();
        self.root.create_dataset(&format!("{demo}/rewards"), |b| {
            b.with_f64_data(&rewards);
        })?;
        let last = steps.len - 1;
        let dones: Vec<i64> = (0..steps.len).map(|i| i64::from(i == last)).collect();
        self.root.create_dataset(&format!("{demo}/dones"), |b| {
            b.with_i64_data(&dones);
        })?;
        self.root.create_dataset(&format!("{demo}/stages"), |b| {
            b.with_i64_data(&steps.stage);
        })?;
        let whole = [("state".to_string(), 0..schema.state.len())];
        let parts = groups(&schema.state)
            .into_iter()
            .filter(|(name, _)| name != "state");
        for (name, range) in whole.into_iter().chain(parts) {
            let values = slice(&steps.state, schema.state.len(), range.clone());
            put(&format!("obs/{name}"), &values)?;
            put(&format!("next_obs/{name}"), &next(&values, range.len()))?;
        }
        self.file.commit()
    }

    /// One dataset of pictures, and the one of the steps after.
    fn plane<T: hdf5_pure::H5Element + Copy>(
        &self,
        i: usize,
        key: &str,
        plane: &Plane,
        channels: usize,
        put: impl Fn(&RawImage, &mut Vec<T>),
    ) -> Result<(), Problems> {
        let (height, width) = plane.size;
        let one = height * width * channels;
        let mut values = Vec::with_capacity(plane.steps * one);
        plane.read(|raw| put(raw, &mut values))?;
        let dimensions = [plane.steps, height, width, channels].map(|n| n as u64);
        let fill = |b: &mut DatasetBuilder, values: &[T]| {
            b.with_data(values)
                .with_shape(&dimensions)
                .with_chunks(&[1, dimensions[1], dimensions[2], dimensions[3]])
                .with_deflate(DEFLATE_LEVEL);
        };
        let demo = demo(i);
        let write = |name: &str, values: &[T]| {
            let path = format!("data/{demo}/{name}/{key}");
            self.root.create_dataset(&path, |b| fill(b, values))?;
            self.file.commit()
        };
        write("obs", &values).map_err(|e| problem(self.path, &e))?;
        let values = next(&values, one);
        write("next_obs", &values).map_err(|e| problem(self.path, &e))
    }
}

/// The values of the step after; of the last step its own.
fn next<T: Copy>(values: &[T], a_step: usize) -> Vec<T> {
    let mut next = values[a_step..].to_vec();
    next.extend_from_slice(&values[values.len() - a_step..]);
    next
}

fn slice(values: &[f32], width: usize, range: Range<usize>) -> Vec<f32> {
    let rows = values.chunks_exact(width);
    rows.flat_map(|row| &row[range.clone()]).copied().collect()
}

/// An archive of pictures.
struct Plane {
    archive: PathBuf,
    format: PixelFormat,
    /// Rows and columns.
    size: (usize, usize),
    steps: usize,
}

impl Plane {
    fn read(&self, mut each: impl FnMut(&RawImage)) -> Result<(), Problems> {
        let mut archive = ZipReader::new(open(&self.archive)?)
            .map_err(|e| broken(&self.archive, "", e.to_string(), "an archive of pictures"))?;
        if archive.len() != self.steps {
            let found = format!("{} pictures", archive.len());
            return Err(broken(&self.archive, "", found, &self.steps.to_string()));
        }
        for step in 0..self.steps {
            let problem = |found: String| {
                broken(
                    &self.archive,
                    &picture_name(step),
                    found,
                    "a picture of its camera",
                )
            };
            let (_, file) = archive.get(step).map_err(|e| problem(e.to_string()))?;
            let raw = decode(&file).map_err(|e| problem(e.to_string()))?;
            let size = (raw.height_px as usize, raw.width_px as usize);
            if raw.format != self.format || size != self.size {
                let found = format!("{:?}, {} x {} px", raw.format, size.1, size.0);
                return Err(problem(found));
            }
            each(&raw);
        }
        Ok(())
    }
}
