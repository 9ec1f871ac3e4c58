//! The cameras of a task: the scene's, which stand still, and the robots', which move.

use super::rollout::Stage;
use crate::base::camera::{CameraSpec, Exposure, Intrinsics, Lens};
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::episode::spec::EpisodeSpec;
use crate::robot::desc::RobotCameraDesc;

use crate::world::session::Session;

/// Where a camera comes from.
#[derive(Clone, Debug)]
enum Source {
    /// By index in the recipe.
    Scene(usize),
    /// Robot of the task, and which of its cameras.
    Robot(usize, RobotCameraDesc),
}

/// Chosen cameras of a task, in order.
#[derive(Clone, Debug)]
pub struct Cameras {
    sources: Vec<(String, Source)>,
    size_px: Option<(u32, u32)>,
}

impl Cameras {
    /// Those of these names; without any all, the scene's first. `size_px` replaces their sizes.
    pub fn choose(
        stage: &Stage<'_>,
        names: &[String],
        size_px: Option<(u32, u32)>,
    ) -> Result<Self, Problems> {
        let all = all(stage);
        if names.is_empty() {
            return Ok(Self {
                sources: all,
                size_px,
            });
        }
        let mut problems = Problems::default();
        let mut sources: Vec<(String, Source)> = Vec::new();
        for name in names {
            match all.iter().find(|(n, _)| n == name) {
                Some(source) if sources.iter().all(|(n, _)| n != name) => {
                    sources.push(source.clone());
                }
                Some(_) => {}
                None => {
                    let known = || all.iter().map(|(n, _)| n.as_str());
                    let list = known().collect::<Vec<_>>().join(", ");
                    let meant = did_you_mean(name, known());
                    problems.push(Problem::error(
                        "--cameras",
                        "",
                        format!("{name:?}"),
                        format!("cameras of the task: {list}"),
                        meant.map_or(String::new(), |m| format!("did you mean {m:?}?")),
                    ));
                }
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        Ok(Self { sources, size_px })
    }

    /// Names and sizes.
    pub fn sizes(&self, stage: &Stage<'_>) -> Vec<(String, u32, u32)> {
        let size = |(name, source): &(String, Source)| {
            let (width, height) = self.size_px.unwrap_or(match source {
                Source::Scene(_) => stage.recipe.capture.size_px,
                Source::Robot(_, camera) => camera.size_px,
            });
            (name.clone(), width, height)
        };
        self.sources.iter().map(size).collect()
    }

    /// Where they are and what they see, now.
    pub fn now(&self, spec: &EpisodeSpec, session: &Session<'_>) -> Vec<CameraSpec> {
        let scene = spec.frames.first().map_or(&[][..], |frame| &frame.cameras);
        let camera = |(name, source): &(String, Source)| match source {
            Source::Scene(index) => {
                let mut camera = scene[*index].clone();
                camera.world_from_camera_next = camera.world_from_camera;
                if let Some((width, height)) = self.size_px {
                    camera.intrinsics = camera.intrinsics.resized(width, height);
                }
                camera
            }
            Source::Robot(robot, mounted) => {
                let link = session.world_from_link(*robot, mounted.link);
                let pose = link * mounted.link_from_camera;
                let (width, height) = self.size_px.unwrap_or(mounted.size_px);
                // Exposed like the scene's first camera: it stands in the same light.
                let (ev100, white_balance_kelvin) = scene
                    .first()
                    .map_or((8.0, 4500.0), |c| (c.ev100, c.white_balance_kelvin));
                CameraSpec {
                    name: name.clone(),
                    world_from_camera: pose,
                    world_from_camera_next: pose,
                    intrinsics: Intrinsics::from_vertical_fov(
                        width,
                        height,
                        mounted.vertical_fov_rad,
                    ),
                    lens: Lens::Pinhole,
                    ev100,
                    white_balance_kelvin,
                    exposure: Exposure::default(),
                    sensor: None,
                }
            }
        };
        self.sources.iter().map(camera).collect()
    }
}

/// Names of a task's cameras: the scene's, and the robots'.
pub fn camera_names(stage: &Stage<'_>) -> (Vec<String>, Vec<String>) {
    let (scene, robots): (Vec<_>, Vec<_>) =
        (all(stage).into_iter()).partition(|(_, source)| matches!(source, Source::Scene(_)));
    let names = |of: Vec<(String, Source)>| of.into_iter().map(|(name, _)| name).collect();
    (names(scene), names(robots))
}

/// Every camera of a task. With several robots, or where the scene has a camera of the same name,
/// theirs are named `robot_camera`.
fn all(stage: &Stage<'_>) -> Vec<(String, Source)> {
    let scene = stage.recipe.cameras.iter().enumerate();
    let mut all: Vec<(String, Source)> = scene
        .map(|(index, camera)| (camera.name.clone(), Source::Scene(index)))
        .collect();
    for (index, robot) in stage.task.robots.iter().enumerate() {
        for camera in &stage.robots[robot.robot].control.cameras {
            let is_taken = stage.recipe.cameras.iter().any(|c| c.name == camera.name);
            let name = if stage.task.robots.len() == 1 && !is_taken {
                camera.name.clone()
            } else {
                format!("{}_{}", robot.name, camera.name)
            };
            all.push((name, Source::Robot(index, camera.clone())));
        }
    }
    all
}
