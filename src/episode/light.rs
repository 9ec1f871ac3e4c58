//! Lights of one episode.

use std::f64::consts::PI;

use glam::{Quat, Vec3};

use super::draw::{Draw, direction, vec3};
use super::place::Placed;
use crate::base::atmosphere::{Atmosphere, SUN_DIAMETER_RAD};
use crate::base::camera::CameraSpec;
use crate::base::color::{LUMINANCE, blackbody_rgb};
use crate::base::light::{Light, LightKind};
use crate::base::pose::{Pose, turn};
use crate::base::seed::SeedPath;
use crate::scene::desc::SceneDesc;
use crate::scene::gltf::strip_blender_suffix;
use crate::scene::recipe::desc::{
    LightDesc, MapStrength, NewLight, PanelsDesc, RecipeDesc, SkyDesc,
};
use crate::scene::recipe::dist::{Dist, Variable};

/// The scene file's lights as changed, those of spawned assets, then the recipe's own but for
/// those on cameras. Lights that are off are left out.
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
    for desc in recipe.lights.iter().filter(|l| l.mount_camera.is_none()) {
        lights.extend(own(scene, desc, draw));
    }
    lights
}

/// The recipe's lights on cameras, where these are. Drawn once an episode.
pub fn mounted(
    scene: &SceneDesc,
    recipe: &RecipeDesc,
    draw: &Draw<'_>,
    cameras: &[CameraSpec],
) -> Vec<Light> {
    let mut lights = Vec::new();
    for desc in &recipe.lights {
        let Some(name) = &desc.mount_camera else {
            continue;
        };
        let Some(camera) = cameras.iter().find(|camera| camera.name == *name) else {
            continue;
        };
        for light in own(scene, desc, draw) {
            lights.push(Light {
                kind: moved(&light.kind, &camera.world_from_camera),
                ..light
            });
        }
    }
    lights
}

/// The lights that an entry of the recipe adds.
fn own(scene: &SceneDesc, desc: &LightDesc, draw: &Draw<'_>) -> Vec<Light> {
    let Some(new) = &desc.new else {
        return Vec::new();
    };
    let drawn = Drawn {
        draw,
        own: draw.stream.child("light").child("own").child(&desc.name),
    };
    let lights = drawn.new_lights(&desc.name, new, scene).into_iter();
    lights
        .filter_map(|light| drawn.change(desc, light))
        .collect()
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
            LightKind::Sky { scale: factor, .. } => *factor *= scale,
            LightKind::EnvironmentMap { nits_per_unit, .. } => *nits_per_unit *= scale,
        }
        if let Some(kelvin) = &desc.kelvin {
            light.color = blackbody_rgb(self.get(kelvin, "kelvin"));
        }
        if let Some(shadows) = desc.shadows {
            light.casts_shadow = shadows;
        }
        Some(light)
    }

    /// The lights that an entry stands for.
    fn new_lights(&self, name: &str, new: &NewLight, scene: &SceneDesc) -> Vec<Light> {
        let kind = match new {
            NewLight::Panels(panels) => return self.panels(name, panels),
            NewLight::Sky(sky) => return self.sky(name, sky),
            NewLight::Environment {
                map,
                rotation_deg,
                strength,
            } => {
                let map = self.get(map, "file");
                let nits_per_unit = match strength {
                    MapStrength::NitsPerUnit(nits) => self.get(nits, "nits_per_unit"),
                    MapStrength::Lux(lux) => {
                        let map = &scene.environments[map.index()];
                        self.get(lux, "lux") / map.lux_per_nit
                    }
                };
                LightKind::EnvironmentMap {
                    map,
                    rotation_rad: self.get(rotation_deg, "rotation_deg").to_radians() as f32,
                    nits_per_unit: nits_per_unit as f32,
                }
            }
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
                angular_diameter_rad: 0.0,
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
        };
        vec![plain(name.to_owned(), kind)]
    }

    /// One rectangle for each panel of a grid, row by row.
    fn panels(&self, name: &str, panels: &PanelsDesc) -> Vec<Light> {
        let center = vec3(self.get(&panels.center_m, "center_m"));
        let rows = self.get(&panels.rows, "rows");
        let columns = self.get(&panels.columns, "columns");
        let [dx, dy] = self.get(&panels.spacing_m, "spacing_m");
        let [width, height] = self.get(&panels.size_m, "size_m");
        let nits = self.get(&panels.lumens, "lumens") / (PI * width * height);
        let yaw = turn(Vec3::Z, self.get(&panels.yaw_deg, "yaw_deg").to_radians());
        let off = |i: i64, count: i64, step: f64| (i as f64 - 0.5 * (count - 1) as f64) * step;
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        places
            .map(|(row, column)| {
                let offset = vec3([off(column, columns, dx), off(row, rows, dy), 0.0]);
                let kind = LightKind::Rect {
                    world_from_light: Pose::new(yaw, center + yaw * offset),
                    half_size_m: [0.5 * width as f32, 0.5 * height as f32],
                    nits: nits as f32,
                };
                plain(format!("{name}/{row}/{column}"), kind)
            })
            .collect()
    }

    /// The sky, and its sun if it is up.
    fn sky(&self, name: &str, sky: &SkyDesc) -> Vec<Light> {
        let towards_sun = direction(
            self.get(&sky.sun_azimuth_deg, "sun_azimuth_deg"),
            self.get(&sky.sun_elevation_deg, "sun_elevation_deg"),
        );
        let turbidity = self.get(&sky.turbidity, "turbidity") as f32;
        let ground_albedo = self.get(&sky.ground_albedo, "ground_albedo") as f32;
        let kind = LightKind::Sky {
            towards_sun,
            turbidity,
            ground_albedo,
            scale: 1.0,
        };
        let mut lights = vec![plain(name.to_owned(), kind)];
        let sun = Atmosphere::new(towards_sun, turbidity, ground_albedo).sun_lux();
        let lux = sun.dot(Vec3::from(LUMINANCE));
        if lux > 0.0 && self.get(&sky.sun, "sun") {
            let kind = LightKind::Directional {
                direction: -towards_sun,
                lux,
                angular_diameter_rad: SUN_DIAMETER_RAD,
            };
            lights.push(Light {
                color: (sun / lux).to_array(),
                ..plain(format!("{name}_sun"), kind)
            });
        }
        lights
    }
}

/// White, with shadows.
fn plain(name: String, kind: LightKind) -> Light {
    Light {
        name,
        kind,
        color: [1.0; 3],
        casts_shadow: true,
    }
}

/// A light of an asset where the asset stands, or of a camera where it is.
fn moved(kind: &LightKind, world_from_owner: &Pose) -> LightKind {
    let mut kind = kind.clone();
    match &mut kind {
        LightKind::Point { position_m, .. } => *position_m = world_from_owner.point(*position_m),
        LightKind::Spot {
            position_m,
            direction,
            ..
        } => {
            *position_m = world_from_owner.point(*position_m);
            *direction = world_from_owner.direction(*direction);
        }
        LightKind::Directional { direction, .. } => {
            *direction = world_from_owner.direction(*direction);
        }
        LightKind::Rect {
            world_from_light, ..
        } => *world_from_light = *world_from_owner * *world_from_light,
        LightKind::Ambient { .. } | LightKind::EnvironmentMap { .. } | LightKind::Sky { .. } => {}
    }
    kind
}
