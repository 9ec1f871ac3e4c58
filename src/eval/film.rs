//! Videos of rollouts, from their actions: what happened is played once more, and looked at.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::axis::Perturbation;
use super::record::RolloutId;
use super::rollout::{Arena, episode};
use super::run::actions_path;
use crate::base::frame::FrameSnapshot;
use crate::base::image::PlaneSet;
use crate::dataset::demo::video::VideoEncoder;
use crate::episode::spec::EpisodeSpec;
use crate::render::{Scratch, Sequence, ViewOptions};
use crate::task::actors::Replay;
use crate::task::cameras::{Cameras, camera_names};
use crate::task::judge::Progress;
use crate::task::rollout::{Moment, RolloutError, Watcher};
use crate::world::state::WorldState;

/// Width and height.
const SIZE_PX: (u32, u32) = (320, 240);
/// Pictures a second, of short rollouts and of long ones: films must not take longer than what they
/// show.
const RATES_HZ: (u32, u32) = (5, 2);
const LONG_SECS: f64 = 15.0;
const POSTER_QUALITY: u8 = 85;

/// A rollout to be looked at.
pub struct Film {
    pub mp4: Vec<u8>,
    /// Its last picture, a JPEG: how the rollout ended.
    pub poster: Vec<u8>,
}

/// Where the poster of a video lies: beside it.
pub fn poster_of(video: &str) -> String {
    let stem = video.rsplit_once('.').map_or(video, |(stem, _)| stem);
    format!("{stem}.jpg")
}

/// An MP4 of a rollout whose actions were kept, in real time, through the first camera of its
/// scene (of its robot, if the scene has none); `None` if there is nothing to see.
///
/// # Errors
///
/// What went wrong, in words.
pub fn film(
    arena: &Arena<'_>,
    perturbation: Perturbation,
    id: &RolloutId,
    folder: &Path,
) -> Result<Option<Film>, String> {
    let stage = &arena.stage;
    let path = actions_path(folder, id);
    let Ok(bytes) = std::fs::read(&path) else {
        return Ok(None);
    };
    let spec = episode(arena, perturbation, id);
    let numbers: Vec<f32> = (bytes.chunks_exact(4))
        .map(|b| f32::from_le_bytes(b.try_into().expect("4 bytes")))
        .collect();
    let actions = stage.split_actions(&spec, &numbers);
    let last = actions.len() as u64;
    let (scene, robots) = camera_names(stage);
    let Some(camera) = scene.into_iter().chain(robots).next() else {
        return Ok(None);
    };
    let cameras = Cameras::choose(stage, &[camera], Some(SIZE_PX));
    let cameras = cameras.map_err(|problems| problems.to_string())?;
    let hz = stage.task.control_hz;
    let rate = match last as f64 / f64::from(hz) > LONG_SECS {
        false => RATES_HZ.0,
        true => RATES_HZ.1,
    };
    let every = u64::from((hz / rate).max(1));
    let mut watcher = Snapshots {
        cameras: &cameras,
        spec: &spec,
        every,
        last,
        snapshots: Vec::new(),
    };
    let (opening, session) = stage.open(&spec).map_err(|error| error.to_string())?;
    let mut actor = Until {
        replay: Replay::new(actions, stage.robots, &spec),
        last,
    };
    match stage.run(&spec, session, &opening, &mut actor, &mut watcher) {
        Ok(_) | Err(RolloutError::Stopped) => {}
        Err(error) => return Err(error.to_string()),
    }
    let rate = (hz / every as u32).max(1);
    let mut encoder = VideoEncoder::new(SIZE_PX.0, SIZE_PX.1, rate).map_err(|e| e.to_string())?;
    let color = PlaneSet {
        color: true,
        ..PlaneSet::NONE
    };
    let options = ViewOptions::fast(color, 4);
    let (mut scratch, mut sequence) = (Scratch::default(), Sequence::new(arena.renderer()));
    let mut last_rgb = Vec::new();
    for snapshot in &watcher.snapshots {
        let view = (sequence.next(snapshot)).view(0, &options, &mut scratch);
        let color = view.planes.color.expect("asked for");
        let rgb: Vec<u8> = color.data.iter().flatten().copied().collect();
        encoder.push(&rgb).map_err(|e| e.to_string())?;
        last_rgb = rgb;
    }
    if last_rgb.is_empty() {
        return Ok(None);
    }
    let mut poster = Vec::new();
    let (width, height) = SIZE_PX;
    JpegEncoder::new_with_quality(&mut poster, POSTER_QUALITY)
        .write_image(&last_rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(|e| e.to_string())?;
    let mp4 = encoder.finish().to_mp4();
    Ok(Some(Film { mp4, poster }))
}

/// Stops where the actions end: what the policy did not do is not shown.
struct Until {
    replay: Replay,
    last: u64,
}

impl crate::task::rollout::Actor for Until {
    fn act(&mut self, moment: &Moment<'_>) -> crate::task::rollout::Act {
        match moment.step < self.last {
            true => self.replay.act(moment),
            false => crate::task::rollout::Act::Stop,
        }
    }
}

struct Snapshots<'a> {
    cameras: &'a Cameras,
    spec: &'a EpisodeSpec,
    every: u64,
    last: u64,
    snapshots: Vec<FrameSnapshot>,
}

impl Watcher for Snapshots<'_> {
    fn before(&mut self, moment: &Moment<'_>, _: &[Vec<f32>]) {
        if moment.step.is_multiple_of(self.every) || moment.step + 1 == self.last {
            let cameras = self.cameras.now(self.spec, moment.session);
            self.snapshots.push(moment.session.snapshot(cameras));
        }
    }

    fn after(&mut self, _: &Progress, _: Option<&WorldState>) {}
}
