//! Lights: changes to those of the scene file, and further ones.

use super::{Checker, KELVIN, Limits, Per, ends, map_choices};
use crate::scene::gltf::strip_blender_suffix;
use crate::scene::recipe::desc::{LightDesc, MapStrength, NewLight, PanelsDesc, SkyDesc};
use crate::scene::recipe::dist::Dist;
use crate::scene::recipe::raw::{
    LightKeys, RawEnvironment, RawLight, RawLightChange, RawNewLight, RawPanels, RawSky, RawSpot,
};
use crate::scene::recipe::reader::Place;

const ONCE: Per = Per::Episode;
const DEFAULT_KELVIN: f64 = 5000.0;
const DEFAULT_GROUND: f64 = 0.3;
const DEFAULT_TURBIDITY: f64 = 2.5;
/// Of grass and earth.
const DEFAULT_ALBEDO: f64 = 0.2;
const STRENGTH: Limits = Limits::above(0.0, 1e7);
const LUX: Limits = Limits::above(0.0, 200_000.0);
const METRES: Limits = Limits::new(-10_000.0, 10_000.0);

impl<'a> Checker<'a> {
    pub(super) fn lights(&mut self) -> Option<Vec<LightDesc>> {
        let raw = &self.raw.light.value;
        let changes = raw.iter().filter_map(|light| match light {
            RawLight::Change(change) => Some((change.node.value.as_str(), &change.node.place)),
            RawLight::New(_) => None,
        });
        self.duplicates("a change of", changes);
        let news = raw.iter().filter_map(|light| match light {
            RawLight::Change(_) => None,
            RawLight::New(new) => Some(name_of(new)),
        });
        self.duplicates("light", news);
        let lights: Vec<Option<LightDesc>> = raw
            .iter()
            .map(|light| match light {
                RawLight::Change(change) => self.change(change),
                RawLight::New(new) => self.new_light(new),
            })
            .collect();
        let dark = self.room().is_some_and(|room| room.lights.is_empty());
        let any_new = raw.iter().any(|light| matches!(light, RawLight::New(_)));
        if dark && !any_new && !self.raw.light.broken {
            let place = Place {
                line: 1,
                path: String::new(),
            };
            self.error(
                &place,
                "no light: neither in the scene file nor in the recipe",
                "at least one light",
                "add [[light]] with a `kind`",
            );
        }
        lights.into_iter().collect()
    }

    fn change(&mut self, raw: &'a RawLightChange) -> Option<LightDesc> {
        if let Some(room) = self.room() {
            let wanted = raw.node.value.as_str();
            if !room
                .lights
                .iter()
                .any(|l| strip_blender_suffix(&l.name) == wanted)
            {
                let names = room
                    .lights
                    .iter()
                    .map(|light| strip_blender_suffix(&light.name));
                self.unknown(&raw.node, "light", "a light of the scene file", names);
            }
        }
        let keys = LightKeys {
            place: &raw.at,
            name: Some(&raw.node),
            scale: raw.scale.as_ref(),
            kelvin: raw.kelvin.as_ref(),
            on: raw.on.as_ref(),
            shadows: raw.shadows,
        };
        if keys.scale.is_none()
            && keys.kelvin.is_none()
            && keys.on.is_none()
            && keys.shadows.is_none()
        {
            let expected = "at least one of scale, kelvin, on, shadows";
            self.error(&raw.at, "a light that changes nothing", expected, "");
        }
        self.light(&keys, raw.node.value.clone(), None)
    }

    fn new_light(&mut self, raw: &'a RawNewLight) -> Option<LightDesc> {
        let (name, _) = name_of(raw);
        let kind = self.kind(raw);
        // Skies and pictures have their own colour.
        let kelvin = match raw {
            RawNewLight::Sky(_) | RawNewLight::Environment(_) => None,
            _ => Some(DEFAULT_KELVIN),
        };
        let light = self.light(&keys_of(raw), name.to_owned(), kelvin);
        let mount_camera = raw.mount_camera();
        if let Some(mount) = mount_camera
            && !self.raw.camera.broken
        {
            let cameras = &self.raw.camera.value;
            let names = || cameras.iter().map(|camera| camera.name.value.as_str());
            if !names().any(|name| name == mount.value) {
                self.unknown(mount, "camera", "a camera of the recipe", names());
            }
        }
        Some(LightDesc {
            new: Some(kind?),
            mount_camera: mount_camera.map(|mount| mount.value.clone()),
            ..light?
        })
    }

    fn kind(&mut self, raw: &'a RawNewLight) -> Option<NewLight> {
        match raw {
            RawNewLight::Rect(raw) => {
                let position = self.numbers(&raw.position_m, METRES, ONCE);
                let look_at = self.numbers(&raw.look_at_m, METRES, ONCE);
                let size = self.numbers(&raw.size_m, Limits::new(0.001, 100.0), ONCE);
                let lumens = self.numbers(&raw.lumens, STRENGTH, ONCE);
                self.apart(&raw.at, &position, &look_at);
                Some(NewLight::Rect {
                    position_m: position?,
                    look_at_m: look_at?,
                    size_m: size?,
                    lumens: lumens?,
                })
            }
            RawNewLight::Point(raw) => {
                let position = self.numbers(&raw.position_m, METRES, ONCE);
                let candela = self.numbers(&raw.candela, STRENGTH, ONCE);
                Some(NewLight::Point {
                    position_m: position?,
                    candela: candela?,
                })
            }
            RawNewLight::Spot(raw) => self.spot(raw),
            RawNewLight::Directional(raw) => {
                let azimuth = self.numbers(&raw.azimuth_deg, Limits::ANY, ONCE);
                let elevation = self.numbers(&raw.elevation_deg, Limits::new(-90.0, 90.0), ONCE);
                let lux = self.numbers(&raw.lux, LUX, ONCE);
                Some(NewLight::Directional {
                    azimuth_deg: azimuth?,
                    elevation_deg: elevation?,
                    lux: lux?,
                })
            }
            RawNewLight::Ambient(raw) => {
                let lux = self.numbers(&raw.lux, LUX, ONCE);
                let ground = raw.ground.as_ref();
                let ground = self.numbers_or(ground, DEFAULT_GROUND, Limits::SHARE, ONCE);
                let reach = self.plain(raw.reach_m.as_ref(), 1.0, Limits::new(0.01, 100.0));
                Some(NewLight::Ambient {
                    lux: lux?,
                    ground: ground?,
                    reach_m: reach?,
                })
            }
            RawNewLight::Panels(raw) => self.panels(raw),
            RawNewLight::Sky(raw) => self.sky(raw),
            RawNewLight::Environment(raw) => self.environment(raw),
        }
    }

    fn panels(&mut self, raw: &'a RawPanels) -> Option<NewLight> {
        let center = self.numbers(&raw.center_m, METRES, ONCE);
        let rows = self.counts(&raw.rows, 1, 64, ONCE);
        let columns = self.counts(&raw.columns, 1, 64, ONCE);
        let spacing = self.numbers(&raw.spacing_m, Limits::above(0.0, 100.0), ONCE);
        let size = self.numbers(&raw.size_m, Limits::new(0.001, 100.0), ONCE);
        let lumens = self.numbers(&raw.lumens, STRENGTH, ONCE);
        let yaw = self.numbers_or(raw.yaw_deg.as_ref(), 0.0, Limits::ANY, ONCE);
        if let (Some(spacing), Some(size)) = (&spacing, &size) {
            let least = |d: &Dist<[f64; 2]>, axis: usize| {
                let all = d.law.extremes().into_iter().map(|v| v[axis]);
                all.fold(f64::INFINITY, f64::min)
            };
            let most = |d: &Dist<[f64; 2]>, axis: usize| {
                let all = d.law.extremes().into_iter().map(|v| v[axis]);
                all.fold(f64::NEG_INFINITY, f64::max)
            };
            if let Some(axis) = (0..2).find(|&axis| most(size, axis) > least(spacing, axis)) {
                self.error(
                    &raw.spacing_m.place,
                    format!(
                        "panels of {} m every {} m",
                        most(size, axis),
                        least(spacing, axis)
                    ),
                    "spacing_m at least size_m: panels beside each other",
                    "",
                );
            }
        }
        Some(NewLight::Panels(PanelsDesc {
            center_m: center?,
            rows: rows?,
            columns: columns?,
            spacing_m: spacing?,
            size_m: size?,
            lumens: lumens?,
            yaw_deg: yaw?,
        }))
    }

    fn sky(&mut self, raw: &'a RawSky) -> Option<NewLight> {
        let azimuth = self.numbers(&raw.sun_azimuth_deg, Limits::ANY, ONCE);
        let elevation = self.numbers(&raw.sun_elevation_deg, Limits::new(-5.0, 90.0), ONCE);
        let turbidity = raw.turbidity.as_ref();
        let turbidity = self.numbers_or(turbidity, DEFAULT_TURBIDITY, Limits::new(1.0, 10.0), ONCE);
        let albedo = raw.ground_albedo.as_ref();
        let albedo = self.numbers_or(albedo, DEFAULT_ALBEDO, Limits::SHARE, ONCE);
        let sun = match &raw.sun {
            Some(sun) => self.dist(sun, ONCE),
            None => Some(Dist::constant(true)),
        };
        Some(NewLight::Sky(SkyDesc {
            sun_azimuth_deg: azimuth?,
            sun_elevation_deg: elevation?,
            turbidity: turbidity?,
            ground_albedo: albedo?,
            sun: sun?,
        }))
    }

    fn environment(&mut self, raw: &'a RawEnvironment) -> Option<NewLight> {
        let files = self.dist(&raw.file, ONCE);
        let rotation = self.numbers_or(raw.rotation_deg.as_ref(), 0.0, Limits::ANY, ONCE);
        let strength = match (&raw.nits_per_unit, &raw.lux) {
            (Some(nits), None) => {
                let nits = self.numbers(nits, STRENGTH, ONCE);
                nits.map(MapStrength::NitsPerUnit)
            }
            (None, Some(lux)) => self.numbers(lux, LUX, ONCE).map(MapStrength::Lux),
            (Some(nits), Some(_)) => {
                let found = "both nits_per_unit and lux";
                self.error(&nits.place, found, "one of the two", "");
                None
            }
            (None, None) => {
                let found = "neither nits_per_unit nor lux";
                let remedy = "lux is the illuminance of a surface that faces up: about 500 in a \
                              laboratory, 10000 under an overcast sky";
                self.error(&raw.at, found, "one of the two", remedy);
                None
            }
        };
        let files = files?;
        // A path that is not there has been reported by the loader.
        let map = map_choices(&files, |path| self.files.environments.get(path).copied())?;
        if let Some(lux) = &raw.lux {
            for id in map.law.listed() {
                let map = &self.files.scene.environments[id.index()];
                if map.lux_per_nit <= 0.0 {
                    let found = format!("`{}`, whose upper half is black", map.name);
                    let expected = "a panorama with light from above, for lux";
                    let remedy = "use nits_per_unit";
                    self.error(&lux.place, found, expected, remedy);
                }
            }
        }
        Some(NewLight::Environment {
            map,
            rotation_deg: rotation?,
            strength: strength?,
        })
    }

    fn spot(&mut self, raw: &'a RawSpot) -> Option<NewLight> {
        let position = self.numbers(&raw.position_m, METRES, ONCE);
        let look_at = self.numbers(&raw.look_at_m, METRES, ONCE);
        let candela = self.numbers(&raw.candela, STRENGTH, ONCE);
        let inner = self.numbers(&raw.inner_deg, Limits::new(0.0, 89.0), ONCE);
        let outer = self.numbers(&raw.outer_deg, Limits::above(0.0, 90.0), ONCE);
        self.apart(&raw.at, &position, &look_at);
        let (inner, outer) = (inner?, outer?);
        let (widest, narrowest) = (ends(&inner)[1], ends(&outer)[0]);
        if widest >= narrowest {
            self.error(
                &raw.outer_deg.place,
                format!("an outer angle of {narrowest}° for an inner one of {widest}°"),
                "outer_deg always above inner_deg",
                "",
            );
        }
        Some(NewLight::Spot {
            position_m: position?,
            look_at_m: look_at?,
            candela: candela?,
            inner_deg: inner,
            outer_deg: outer,
        })
    }

    fn light(
        &mut self,
        keys: &LightKeys<'a>,
        name: String,
        default_kelvin: Option<f64>,
    ) -> Option<LightDesc> {
        let scale = self.numbers_or(keys.scale, 1.0, Limits::new(0.0, 1000.0), ONCE);
        let kelvin = match keys.kelvin {
            Some(raw) => self.numbers(raw, KELVIN, ONCE).map(Some),
            None => Some(default_kelvin.map(Dist::constant)),
        };
        let on = match keys.on {
            Some(raw) => self.dist(raw, ONCE),
            None => Some(Dist::constant(true)),
        };
        Some(LightDesc {
            name,
            new: None,
            scale: scale?,
            kelvin: kelvin?,
            on: on?,
            shadows: keys.shadows,
            mount_camera: None,
        })
    }
}

fn keys_of(raw: &RawNewLight) -> LightKeys<'_> {
    match raw {
        RawNewLight::Rect(raw) => raw.common(),
        RawNewLight::Point(raw) => raw.common(),
        RawNewLight::Spot(raw) => raw.common(),
        RawNewLight::Directional(raw) => raw.common(),
        RawNewLight::Ambient(raw) => raw.common(),
        RawNewLight::Panels(raw) => raw.common(),
        RawNewLight::Sky(raw) => raw.common(),
        RawNewLight::Environment(raw) => raw.common(),
    }
}

/// The name of a further light, by default its kind, and where it stands.
fn name_of(raw: &RawNewLight) -> (&str, &Place) {
    let kind = match raw {
        RawNewLight::Rect(_) => "rect",
        RawNewLight::Point(_) => "point",
        RawNewLight::Spot(_) => "spot",
        RawNewLight::Directional(_) => "directional",
        RawNewLight::Ambient(_) => "ambient",
        RawNewLight::Panels(_) => "panels",
        RawNewLight::Sky(_) => "sky",
        RawNewLight::Environment(_) => "environment",
    };
    let keys = keys_of(raw);
    match keys.name {
        Some(name) => (&name.value, &name.place),
        None => (kind, keys.place),
    }
}
