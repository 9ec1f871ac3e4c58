//! Scene and recipe × seed → [`spec::EpisodeSpec`], every random choice made.
//!
//! Every consumer of random numbers has a stream of its own, named by what it is for
//! (`episode/17/spawn/tubes/item/3/yaw_deg`), so that adding one never shifts another.

mod camera;
mod draw;
mod light;
mod look;
mod place;
mod solid;
pub mod spec;

use glam::Vec3;

use self::draw::Draw;
use self::place::Placer;
use self::spec::{EPISODE_SCHEMA, EpisodeSpec, FrameSpec, PhysicsSpec};
use crate::base::seed::SeedPath;
use crate::scene::desc::SceneDesc;
use crate::scene::recipe::desc::RecipeDesc;
use crate::scene::shapes::Shapes;

/// Standard gravity, rounded as is usual; m/s².
const GRAVITY_M_PER_S2: f32 = 9.81;

/// Draws one episode. `recipe` and `shapes` are of this `scene`. `size_px` (width, height)
/// overrides the recipe's picture size. The same arguments give the same episode on any machine.
pub fn sample(
    scene: &SceneDesc,
    recipe: &RecipeDesc,
    shapes: &Shapes,
    seed: u64,
    episode: u64,
    size_px: Option<(u32, u32)>,
) -> EpisodeSpec {
    let stream = SeedPath::root(seed).child("episode").index(episode);
    let mut placer = Placer::new(scene, shapes, &stream);
    placer.scene_objects(recipe);
    for entry in &recipe.spawns {
        placer.spawn(entry);
    }
    let placed = placer.finish();
    let draw = Draw::new(&stream);
    let capture = &recipe.capture;
    let physics = &recipe.physics;
    let cameras = camera::Cameras {
        recipe,
        size_px: size_px.unwrap_or(capture.size_px),
        placed: &placed,
        draw: &draw,
    };
    let frames = (0..capture.frames)
        .map(|frame| {
            let after_settling_secs = f64::from(frame) * capture.interval_secs;
            let cameras = cameras.frame(frame, after_settling_secs);
            FrameSpec {
                after_settling_secs,
                lights: light::mounted(scene, recipe, &draw, &cameras),
                cameras,
            }
        })
        .collect();
    EpisodeSpec {
        schema: EPISODE_SCHEMA,
        seed,
        episode,
        lights: light::lights(scene, recipe, &placed, &draw),
        objects: placed.objects,
        physics: PhysicsSpec {
            gravity_m_per_s2: Vec3::new(0.0, 0.0, -GRAVITY_M_PER_S2),
            timestep_secs: physics.timestep_secs,
            settle_secs: if capture.at_release {
                0.0
            } else {
                physics.settle_secs
            },
            flow_secs: capture.flow_secs,
            length_unit_m: physics.length_unit_m as f32,
            friction_scale: 1.0,
            mass_scale: 1.0,
        },
        frames,
        shortfalls: placed.shortfalls,
        robots: Vec::new(),
        liquids: None,
    }
}
