//! Seed → episode → frames → files: what one thread does with one frame.

use std::path::Path;

use serde_json::json;

use super::log::Log;
use super::progress::Progress;
use super::schedule::Work;
use super::stages::{Stage, Stages};
use crate::base::image::{PlaneSet, Planes};
use crate::base::problem::{Problem, Problems};
use crate::base::seed::SeedPath;
use crate::dataset::episode::{EpisodeRecord, FrameRecord, Outcome};
use crate::dataset::layout;
use crate::dataset::manifest::{Format, Manifest};
use crate::dataset::planes::{encode_color, encode_planes, encode_sensor};
use crate::dataset::record::{ImageRecord, color_path, labels_path};
use crate::dataset::store::Store;
use crate::episode::spec::EpisodeSpec;
use crate::render::gpu::{GpuDevice, GpuExecutor};
use crate::render::{Executor, Frame, Mode, PathOptions, Renderer, Scratch, View, ViewOptions};
use crate::scene::load::Loaded;
use crate::scene::shapes::Shapes;
use crate::sense::sensor::{self, Reflectances, SensorPlanes};
use crate::sense::{Labeler, Shot};
use crate::world::{Simulated, SimulationError, simulate};

/// What is made once from a scene and shared by all threads.
pub(super) struct Prepared<'a> {
    shapes: Shapes,
    renderer: Renderer<'a>,
    labeler: Labeler<'a>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(loaded: &'a Loaded) -> Result<Self, Problems> {
        Ok(Self {
            shapes: Shapes::build(&loaded.scene)?,
            renderer: Renderer::new(&loaded.scene),
            labeler: Labeler::new(&loaded.scene),
        })
    }
}

impl Prepared<'_> {
    /// The scene on this device; without one the CPU.
    pub(super) fn executor(&self, device: Option<&GpuDevice>) -> Result<Executor, Problems> {
        let Some(device) = device else {
            return Ok(Executor::Cpu);
        };
        let executor = GpuExecutor::new(&self.renderer, device);
        executor
            .map(|gpu| Executor::Gpu(Box::new(gpu)))
            .map_err(|error| {
                Problem::error(
                    "--device",
                    "",
                    error.to_string(),
                    "a scene that fits the GPU",
                    "--device cpu renders any scene",
                )
                .into()
            })
    }
}

/// Everything a frame needs.
#[derive(Clone, Copy)]
pub(super) struct Pipeline<'a> {
    /// The scene as the user named it.
    pub(super) source: &'a Path,
    pub(super) loaded: &'a Loaded,
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) executor: &'a Executor,
    pub(super) manifest: &'a Manifest,
    pub(super) store: &'a Store,
    pub(super) log: &'a Log,
    pub(super) stages: &'a Stages,
}

/// An episode, simulated.
pub(super) struct Episode {
    spec: EpisodeSpec,
    simulated: Simulated,
}

/// The files of one image, in memory.
pub(super) struct ImageFiles {
    /// (place, bytes); empty in the native format.
    pub(super) single: Vec<(String, Vec<u8>)>,
    /// Files of the image's folder; empty if only COCO is asked for.
    pub(super) folder: Vec<(&'static str, Vec<u8>)>,
}

impl Pipeline<'_> {
    /// Writes the manifest if it is not there yet.
    pub(super) fn begin_dataset(&self) -> Result<(), Problems> {
        if self.store.has(layout::MANIFEST) {
            return Ok(());
        }
        self.store
            .write_file(layout::MANIFEST, &self.manifest.to_bytes())
    }

    /// Samples and simulates an episode; its record, and what frames need if physics succeeded.
    pub(super) fn episode(
        &self,
        episode: u64,
    ) -> Result<(EpisodeRecord, Option<Episode>), Problems> {
        let Loaded { scene, recipe, .. } = self.loaded;
        let shapes = &self.prepared.shapes;
        let [width, height] = self.manifest.request.size_px;
        let (spec, result) = self.stages.time(Stage::Simulate, || {
            let size = Some((width, height));
            let seed = self.manifest.request.seed;
            let spec = crate::episode::sample(scene, recipe, shapes, seed, episode, size);
            let result = simulate(scene, shapes, &spec);
            (spec, result)
        });
        match result {
            Ok(simulated) => {
                let outcome = Outcome::Simulated {
                    settling: simulated.settling.clone(),
                    frames: simulated.frames.iter().map(FrameRecord::new).collect(),
                };
                let record = EpisodeRecord {
                    outcome,
                    spec: spec.clone(),
                };
                Ok((record, Some(Episode { spec, simulated })))
            }
            Err(error @ SimulationError::Diverged { .. }) => {
                let outcome = Outcome::Failed {
                    message: error.to_string(),
                };
                Ok((EpisodeRecord { outcome, spec }, None))
            }
            Err(error @ SimulationError::BadSpec { .. }) => Err(Problem::error(
                self.source,
                format!("episode {episode}"),
                error.to_string(),
                "an episode that physics can simulate",
                "change the recipe, or report it: an episode should always fit its scene",
            )
            .into()),
        }
    }

    /// One frame, in place, for [`Pipeline::image`].
    pub(super) fn place<'e>(&'e self, episode: &'e Episode, frame: u32) -> Frame<'e> {
        let snapshot = &episode.simulated.frames[frame as usize];
        self.stages
            .time(Stage::Place, || self.prepared.renderer.frame(snapshot))
    }

    /// Renders views of a frame, in the order of `cameras`.
    pub(super) fn views(
        &self,
        episode: &Episode,
        placed: &Frame<'_>,
        frame: u32,
        cameras: &[usize],
        scratch: &mut Scratch,
    ) -> Vec<View> {
        let request = &self.manifest.request;
        let options = ViewOptions {
            planes: if request.has(Format::Native) {
                PlaneSet {
                    radiance: cameras.iter().any(|&c| request.has_sensor(c)),
                    ..PlaneSet::ALL
                }
            } else {
                FOR_LABELS
            },
            samples: request.color_samples,
            mode: request.paths.map_or(Mode::Fast, |paths| {
                Mode::Reference(PathOptions {
                    bounces: paths.bounces,
                    caustics: paths.caustics,
                    denoise: paths.denoised,
                })
            }),
            seed: picture_seed(request.seed, episode.spec.episode, frame),
        };
        self.stages.time_many(Stage::Render, cameras.len(), || {
            self.executor.views(placed, cameras, &options, scratch)
        })
    }

    /// Labels and encodes one image.
    pub(super) fn image(
        &self,
        episode: &Episode,
        placed: &Frame<'_>,
        frame: u32,
        camera: usize,
        view: &View,
    ) -> Result<ImageFiles, Problems> {
        let request = &self.manifest.request;
        let native = request.has(Format::Native);
        let shot = Shot {
            spec: &episode.spec,
            snapshot: &episode.simulated.frames[frame as usize],
            image: request.image(episode.spec.episode, frame, camera),
            frame,
            camera,
        };
        let labels = self.stages.time(Stage::Label, || {
            let sight = |from, to, margin| placed.occlusion(from, to, margin);
            self.prepared.labeler.label(&shot, view, &sight)
        });
        let sensed = self.sense(&shot, &view.planes);
        self.stages.time(Stage::Encode, || {
            if !native {
                let color = view.planes.color.as_ref().expect("colour was asked for");
                let record = ImageRecord::new(labels, &[]);
                return Ok(ImageFiles {
                    single: vec![
                        (color_path(request, shot.image), encode_color(color)),
                        (labels_path(request, shot.image), record.to_bytes()),
                    ],
                    folder: Vec::new(),
                });
            }
            let files = encode_planes(&view.planes, request.depth_unit_m);
            let mut folder = files.map_err(|error| {
                Problem::error(
                    self.source,
                    format!("episode {}", episode.spec.episode),
                    error.to_string(),
                    "at most 65,535 objects an episode",
                    "spawn fewer objects",
                )
            })?;
            if let Some(sensed) = &sensed {
                folder.extend(encode_sensor(sensed, request.depth_unit_m));
            }
            let record = ImageRecord::new(labels, &folder);
            folder.push((layout::LABELS, record.to_bytes()));
            Ok(ImageFiles {
                single: Vec::new(),
                folder,
            })
        })
    }

    /// What the camera's sensor makes of a view, if it has one and the view is for it.
    fn sense(&self, shot: &Shot<'_>, planes: &Planes) -> Option<SensorPlanes> {
        let camera = &shot.snapshot.cameras[shot.camera];
        let sensor = camera.sensor.as_ref()?;
        planes.radiance.as_ref()?;
        Some(self.stages.time(Stage::Sense, || {
            let reflectances = Reflectances::new(&self.loaded.scene, shot.snapshot);
            let spec = shot.spec;
            let stream = sensor::stream(spec.seed, spec.episode, &camera.name, shot.frame);
            sensor::sense(sensor, camera, planes, &reflectances, &stream)
        }))
    }

    /// Writes an image's files.
    pub(super) fn write(&self, image: u64, files: &ImageFiles) -> Result<(), Problems> {
        self.stages.time(Stage::Write, || {
            // The labels come last: an image with labels is there.
            for (place, bytes) in &files.single {
                self.store.write_file(place, bytes)?;
            }
            if files.folder.is_empty() {
                return Ok(());
            }
            self.store
                .write_folder(&layout::image(image), &files.folder)
        })
    }

    fn has_image(&self, image: u64) -> bool {
        self.store.has(&labels_path(&self.manifest.request, image))
    }
}

/// Of the random numbers of one frame's pictures.
fn picture_seed(seed: u64, episode: u64, frame: u32) -> u32 {
    let stream = SeedPath::root(seed).child("picture").index(episode);
    stream
        .index(u64::from(frame))
        .rng()
        .integer(0, i64::from(u32::MAX)) as u32
}

/// What COCO alone needs.
const FOR_LABELS: PlaneSet = PlaneSet {
    color: true,
    radiance: false,
    instance: true,
    part: true,
    behind: true,
    amodal: true,
    z_depth: false,
    class: false,
    normal: false,
    object_coords: false,
    flow: false,
    albedo: false,
};

/// A pipeline that tells how far it is.
pub(super) struct Watched<'a> {
    pub(super) pipeline: Pipeline<'a>,
    pub(super) progress: &'a Progress,
}

impl Work for Watched<'_> {
    type Episode = Episode;
    type Scratch = Scratch;
    type Error = Problems;

    fn begin(&self, episode: u64) -> Result<Option<(Episode, u32)>, Problems> {
        let pipeline = &self.pipeline;
        let request = &pipeline.manifest.request;
        let images = request.image(episode, 0, 0)..request.image(episode + 1, 0, 0);
        let place = layout::episode(episode);
        if pipeline.store.has(&place) && images.clone().all(|i| pipeline.has_image(i)) {
            self.progress.skip(request.images_per_episode());
            return Ok(None);
        }
        let (record, simulated) = pipeline.episode(episode)?;
        pipeline.store.write_file(&place, &record.to_bytes())?;
        let Some(simulated) = simulated else {
            self.progress.add(request.images_per_episode());
            if let Outcome::Failed { message } = &record.outcome {
                self.progress.warn(&format!(
                    "warning: episode {episode} has no images: {message}"
                ));
            }
            let outcome = serde_json::to_value(&record.outcome).unwrap_or_default();
            pipeline
                .log
                .event("episode", json!({ "episode": episode, "outcome": outcome }));
            return Ok(None);
        };
        pipeline.log.event(
            "episode",
            json!({
                "episode": episode,
                "objects": record.spec.objects.len(),
                "shortfalls": record.spec.shortfalls,
                "settling": simulated.simulated.settling,
            }),
        );
        Ok(Some((simulated, request.frames_per_episode)))
    }

    fn frame(&self, episode: &Episode, frame: u32, scratch: &mut Scratch) -> Result<(), Problems> {
        let pipeline = &self.pipeline;
        let request = &pipeline.manifest.request;
        let image = |camera| request.image(episode.spec.episode, frame, camera);
        let cameras = 0..request.cameras.len();
        let todo: Vec<usize> = cameras.filter(|&c| !pipeline.has_image(image(c))).collect();
        self.progress
            .skip((request.cameras.len() - todo.len()) as u64);
        if todo.is_empty() {
            return Ok(());
        }
        let placed = pipeline.place(episode, frame);
        for cameras in todo.chunks(pipeline.executor.at_once().min(todo.len())) {
            let views = pipeline.views(episode, &placed, frame, cameras, scratch);
            for (&camera, view) in cameras.iter().zip(&views) {
                let files = pipeline.image(episode, &placed, frame, camera, view)?;
                pipeline.write(image(camera), &files)?;
                self.progress.add(1);
                pipeline
                    .log
                    .event("image", json!({ "image": image(camera) }));
            }
        }
        Ok(())
    }
}
