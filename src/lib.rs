//! Benchside builds hospital and lab scenes from glTF, settles them with physics, renders
//! randomized camera views with exact labels, writes datasets, and records what robots do in them.
//!
//! The way of one datum, and the order of the modules:
//!
//! ```text
//! scene.gltf + recipe.toml
//!     │ scene::load            every default resolved; all problems reported at once
//!     ▼
//! SceneDesc + RecipeDesc       validated, immutable
//!     │ episode::sample        the only place that draws random numbers for a scene
//!     ▼
//! EpisodeSpec                  pure data, serializable: every random choice is made
//!     │ world::simulate        rapier bodies, settled
//!     ▼
//! FrameSnapshot                pure data: poses, lights, cameras
//!     │ render::Renderer
//!     ▼
//! Planes                       colour, z-depth, instance, part, normal, …
//!     │ sense::label
//!     ▼
//! FrameLabels ──► dataset writers (native, COCO)
//! ```
//!
//! With robots the way has a loop:
//!
//! ```text
//! robot.toml + URDF or MJCF ── robot::load ──► RobotDesc     links are objects of the scene
//! task.toml ── task::load ──► TaskDesc                       goal, judge, expert
//! EpisodeSpec ──► world::session ──► WorldState ──► task::judge ──► Verdict
//!                      ▲                  │
//!                      └── actions ◄── task::expert
//! episodes ──► dataset::demo                                 native, LeRobot, robomimic
//! ```
//!
//! Judging a policy goes round the same loop:
//!
//! ```text
//! suite.toml ── eval::suite ──► RolloutId × N                task, perturbation, seed
//! WorldState ── policy::observe ──► Observation ──► policy ──► Chunk ──► actions
//! rollouts ── eval::meter ──► RolloutRecord ── eval::judge ──► Judgement ──► eval::report
//! ```
//!
//! Conventions: SI units; world right-handed, Z up; cameras with OpenCV axes (x right, y down,
//! z forward) and pixel centres at +0.5; transforms named `target_from_source`.

pub mod base;
pub mod scene;

pub mod robot;

pub mod episode;

pub mod world;

pub mod task;

pub mod render;

pub mod sense;

pub mod dataset;

pub mod policy;

pub mod eval;

pub mod cli;
