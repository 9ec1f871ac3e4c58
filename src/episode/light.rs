//! Lights of one episode.

use std::f64::consts::PI;

use glam::{Quat, Vec3};

use super::draw::{Draw, direction, vec3};
use super::place::Placed;
use crate::base::color::blackbody_rgb;
use crate::base::light::{Light, LightKind};
use crate::base::pose::Pose;
use crate::base::seed::SeedPath;
use crate::scene::desc::SceneDesc;
use crate::scene::gltf::strip_blender_suffix;
use crate::scene::recipe::desc::{LightDesc, NewLight, RecipeDesc};
use crate::scene::recipe::dist::{Dist, Variable};

/// The scene file's lights as changed, those of spawned assets, then the recipe's own. Lights
/// that are off are left out.
pub fn lights(
    scene: &SceneDesc,
    recipe: &RecipeDesc,
    placed: &Placed,
    draw: &Draw<'_>,
) -> Vec<Light> {
    let mut lights = Vec::new();
    for light in scene
        .assets
        .first()
        .into_iter()
        .flat_map(|room| &room.lights)
    {
        let mut changes = recipe.lights.iter().filter(|change| change.new.is_none());
        match changes.find(|change| change.name == strip_blender_suffix(&light.name)) {
            Some(change) => {
                let drawn = Drawn {
                    draw,
                    own: draw
                        .stream
                        .child("light")
                        .child("scene")
                        .child(&change.name),
                };
                lights.extend(drawn.change(change, light.clone()));
            }
            None => lights.push(light.clone()),
        }
    }
    for unit in &placed.units {
        for light in &scene.assets[unit.asset.index()].lights {
            lights.push(Light {
                name: format!("{}/{}", unit.name, light.name),
                kind: moved(&light.kind, &unit.world_from_asset),
                ..light.clone()
            });
        }
    }
    for desc in &recipe.lights {
        let Some(new) = &desc.new else { continue };
        let drawn = Drawn {
            draw,
            own: draw.stream.child("light").child("own").child(&desc.name),
        };
        let light = Light {
            name: desc.name.clone(),
            kind: drawn.kind(new),
            color: [1.0; 3],
            casts_shadow: true,
        };
        lights.extend(drawn.change(desc, light));
    }
    lights
}

/// Draws for one entry.
struct Drawn<'a> {
    draw: &'a Draw<'a>,
    own: SeedPath,
}

impl Drawn<'_> {
    fn get<T: Variable>(&self, dist: &Dist<T>, name: &str) -> T {
        self.draw.get(dist, &self.own.child(name))
    }

    /// The light as changed; `None` if it is off.
    fn change(&self, desc: &LightDesc, mut light: Light) -> Option<Light> {
        if !self.get(&desc.on, "on") {
            return None;
        }
        let scale = self.get(&desc.scale, "scale") as f32;
        match &mut light.kind {
            LightKind::Point { candela, .. } | LightKind::Spot { candela, .. } => *candela *= scale,
            LightKind::Directional { lux, .. } => *lux *= scale,
            LightKind::Rect { nits, .. } => *nits *= scale,
            LightKind::Ambient {
                sky_nits,
                ground_nits,
                ..
            } => {
                *sky_nits *= scale;
                *ground_nits *= scale;
            }
        }
        if let Some(kelvin) = &desc.kelvin {
            light.color = blackbody_rgb(self.get(kelvin, "kelvin"));
        }
        if let Some(shadows) = desc.shadows {
            light.casts_shadow = shadows;
        }
        Some(light)
    }

    fn kind(&self, new: &NewLight) -> LightKind {
        match new {
            NewLight::Rect {
                position_m,
                look_at_m,
                size_m,
                lumens,
            } => {
                let position = vec3(self.get(position_m, "position_m"));
                let look_at = vec3(self.get(look_at_m, "look_at_m"));
                let [width, height] = self.get(size_m, "size_m");
                let lumens = self.get(lumens, "lumens");
                // Looks along −Z, where a camera looks along +Z.
                let half_turn = Pose::new(Quat::from_xyzw(1.0, 0.0, 0.0, 0.0), Vec3::ZERO);
                LightKind::Rect {
                    world_from_light: Pose::looking_at(position, look_at) * half_turn,
                    half_size_m: [0.5 * width as f32, 0.5 * height as f32],
                    nits: (lumens / (PI * width * height)) as f32,
                }
            }
            NewLight::Point {
                position_m,
                candela,
            } => LightKind::Point {
                position_m: vec3(self.get(position_m, "position_m")),
                candela: self.get(candela, "candela") as f32,
            },
            NewLight::Spot {
                position_m,
                look_at_m,
                candela,
                inner_deg,
                outer_deg,
            } => {
                let position = vec3(self.get(position_m, "position_m"));
                let look_at = vec3(self.get(look_at_m, "look_at_m"));
                LightKind::Spot {
                    position_m: position,
                    direction: (look_at - position).normalize_or(Vec3::NEG_Z),
                    candela: self.get(candela, "candela") as f32,
                    inner_rad: self.get(inner_deg, "inner_deg").to_radians() as f32,
                    outer_rad: self.get(outer_deg, "outer_deg").to_radians() as f32,
                }
            }
            NewLight::Directional {
                azimuth_deg,
                elevation_deg,
                lux,
            } => LightKind::Directional {
                direction: -direction(
                    self.get(azimuth_deg, "azimuth_deg"),
                    self.get(elevation_deg, "elevation_deg"),
                ),
                lux: self.get(lux, "lux") as f32,
            },
            NewLight::Ambient {
                lux,
                ground,
                reach_m,
            } => {
                // A surface that faces up receives π times the luminance of an even sky.
                let sky = self.get(lux, "lux") / PI;
                LightKind::Ambient {
                    sky_nits: sky as f32,
                    ground_nits: (sky * self.get(ground, "ground")) as f32,
                    reach_m: *reach_m as f32,
                }
            }
        }
    }
}

/// A light of an asset where the asset stands.
fn moved(kind: &LightKind, world_from_asset: &Pose) -> LightKind {
    let mut kind = kind.clone();
    match &mut kind {
        LightKind::Point { position_m, .. } => *position_m = world_from_asset.point(*position_m),
        LightKind::Spot {
            position_m,
            direction,
            ..
        } => {
            *position_m = world_from_asset.point(*position_m);
            *direction = world_from_asset.direction(*direction);
        }
        LightKind::Directional { direction, .. } => {
            *direction = world_from_asset.direction(*direction);
        }
        LightKind::Rect {
            world_from_light, ..
        } => *world_from_light = *world_from_asset * *world_from_light,
        LightKind::Ambient { .. } => {}
    }
    kind
}
