//! Raw recipe × loaded scene → [`RecipeDesc`]: every name looked up, every range checked.

mod camera;
mod light;
mod look;
mod sensor;
mod spawn;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::desc::{CaptureDesc, PhysicsDesc, RecipeDesc};
use super::dist::{Dist, GroupRef, GroupScope, Law, Numeric, Variable};
use super::raw::{Begin, RawRecipe, Scope};
use super::raw_dist::{FileValue, RawDist};
use super::reader::{At, Place};
use crate::base::ids::{AssetId, EnvironmentId, TextureId};
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::scene::desc::{AssetDesc, SceneDesc};

/// The files a recipe refers to, by the paths it writes. What could not be loaded is not here;
/// whoever loaded has reported it.
pub struct Files<'a> {
    pub scene: &'a SceneDesc,
    /// The scene file itself.
    pub room: Option<AssetId>,
    pub assets: BTreeMap<String, AssetId>,
    pub textures: BTreeMap<String, TextureId>,
    pub environments: BTreeMap<String, EnvironmentId>,
}

/// Checks a recipe against the loaded files. `file` is for messages; `sha256` is that of the
/// recipe's text. The recipe is there if no problem is an error and no part was missing.
pub fn check(
    raw: &RawRecipe,
    files: &Files<'_>,
    file: &Path,
    sha256: String,
) -> (Option<RecipeDesc>, Problems) {
    let mut checker = Checker {
        raw,
        files,
        file,
        problems: Vec::new(),
        used: BTreeSet::new(),
        astray: false,
    };
    let recipe = checker.recipe(sha256);
    checker.problems.sort_by_key(|(line, _)| *line);
    let mut problems = Problems::default();
    for (_, problem) in checker.problems {
        problems.push(problem);
    }
    let recipe = recipe.filter(|_| !problems.has_errors() && !raw.broken());
    (recipe, problems)
}

/// For whom a value is drawn, which decides the groups it may refer to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Per {
    Episode,
    Entry,
    Item,
}

/// A range of numbers.
#[derive(Clone, Copy)]
struct Limits {
    low: f64,
    high: f64,
    /// Whether `low` itself is outside.
    open: bool,
}

impl Limits {
    const ANY: Self = Self::new(-1e6, 1e6);
    const SHARE: Self = Self::new(0.0, 1.0);

    const fn new(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            open: false,
        }
    }

    const fn above(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            open: true,
        }
    }

    fn contain(&self, x: f64) -> bool {
        x <= self.high
            && if self.open {
                x > self.low
            } else {
                x >= self.low
            }
    }
}

impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.open {
            write!(f, "above {}, at most {}", self.low, self.high)
        } else {
            write!(f, "{} … {}", self.low, self.high)
        }
    }
}

/// Colour temperatures.
const KELVIN: Limits = Limits::new(1000.0, 40_000.0);

struct Checker<'a> {
    raw: &'a RawRecipe,
    files: &'a Files<'a>,
    file: &'a Path,
    /// With the line of each.
    problems: Vec<(usize, Problem)>,
    /// (group, value) that something refers to.
    used: BTreeSet<(&'a str, &'a str)>,
    /// Whether a reference to a group is wrong; what is unused cannot be told then.
    astray: bool,
}

impl<'a> Checker<'a> {
    fn recipe(&mut self, sha256: String) -> Option<RecipeDesc> {
        let raw = self.raw;
        if raw.version.value != 1 {
            let found = format!("version {}", raw.version.value);
            self.error(&raw.version.place, found, "version 1", "");
        }
        let physics = self.physics();
        let capture = physics.as_ref().and_then(|p| self.capture(p));
        let (spawns, regions) = self.spawns();
        let materials = self.scene_materials();
        let variant = self.scene_variant();
        let size_px = capture.as_ref().map_or((640, 480), |c| c.size_px);
        let flow_secs = capture.as_ref().map(|c| c.flow_secs);
        let cameras = self.cameras(size_px, flow_secs, &regions);
        let lights = self.lights();
        self.unused_groups();
        Some(RecipeDesc {
            sha256,
            capture: capture?,
            physics: physics?,
            spawns: spawns?,
            materials: materials?,
            variant: variant?,
            cameras: cameras?,
            lights: lights?,
        })
    }

    fn physics(&mut self) -> Option<PhysicsDesc> {
        let raw = self.raw.physics.value.as_ref();
        let settle = raw.and_then(|p| p.settle_secs.as_ref());
        let timestep = raw.and_then(|p| p.timestep_secs.as_ref());
        let settle_secs = self.plain(settle, 4.0, Limits::new(0.0, 600.0));
        let timestep_secs = self.plain(timestep, 1.0 / 240.0, Limits::new(0.0001, 0.05));
        let unit = raw.and_then(|p| p.length_unit_m.as_ref());
        let length_unit_m = self.plain(unit, 0.1, Limits::new(0.001, 1.0));
        let released = self
            .raw
            .capture
            .value
            .as_ref()
            .is_some_and(|c| c.begin == Some(Begin::Released));
        if let (Some(settle), true) = (settle, released) {
            self.error(
                &settle.place,
                "settle_secs, which nothing uses as capture.begin is \"released\"",
                "no settle_secs, or capture.begin = \"settled\"",
                "",
            );
        }
        Some(PhysicsDesc {
            settle_secs: settle_secs?,
            timestep_secs: timestep_secs?,
            length_unit_m: length_unit_m?,
        })
    }

    fn capture(&mut self, physics: &PhysicsDesc) -> Option<CaptureDesc> {
        let raw = self.raw.capture.value.as_ref();
        let dt = physics.timestep_secs;
        let size = raw.and_then(|c| c.size_px.as_ref());
        let size_px = match size {
            Some(At { value, place }) if value.iter().any(|n| !(1..=16_384).contains(n)) => {
                let found = format!("{} × {} pixels", value[0], value[1]);
                self.error(place, found, "1 … 16384 each", "");
                None
            }
            Some(At { value, .. }) => Some((value[0] as u32, value[1] as u32)),
            None => Some((640, 480)),
        };
        let frames = self.whole(raw.and_then(|c| c.frames.as_ref()), 1, 1, 100_000);
        let interval = raw.and_then(|c| c.interval_secs.as_ref());
        let interval_secs = self.multiple(interval, 0.1, dt);
        let flow = raw.and_then(|c| c.flow_secs.as_ref());
        let flow_secs = self.multiple(flow, 1.0 / 30.0, dt);
        let unit = raw.and_then(|c| c.depth_unit_m.as_ref());
        let depth_unit_m = self.plain(unit, 1e-4, Limits::new(1e-6, 0.01));
        if let (Some(frames), Some(interval), Some(flow)) = (frames, interval_secs, flow_secs)
            && frames > 1
            && flow > interval
        {
            let section = raw.map_or_else(Place::default, |c| c.at.clone());
            let place = raw
                .and_then(|c| c.flow_secs.as_ref())
                .map_or(&section, |f| &f.place);
            self.error(
                place,
                format!(
                    "flow over {} s, beyond the next frame after {} s",
                    rounded(flow, 6),
                    rounded(interval, 6)
                ),
                "flow_secs at most interval_secs",
                "",
            );
        }
        Some(CaptureDesc {
            size_px: size_px?,
            frames: frames? as u32,
            interval_secs: interval_secs?,
            at_release: raw.and_then(|c| c.begin) == Some(Begin::Released),
            flow_secs: flow_secs?,
            depth_unit_m: depth_unit_m?,
        })
    }

    /// A time as an exact multiple of the time step `dt`; within a thousandth of a step it is taken
    /// as one that was rounded when written.
    fn multiple(&mut self, raw: Option<&At<f64>>, default: f64, dt: f64) -> Option<f64> {
        let wanted = raw.map_or(default, |at| at.value);
        let steps = libm::round(wanted / dt).max(1.0);
        let Some(at) = raw else {
            return Some(steps * dt);
        };
        if !(wanted > 0.0 && wanted <= 3600.0) {
            let expected = Limits::above(0.0, 3600.0).to_string();
            self.error(&at.place, format!("{wanted} s"), expected, "");
            return None;
        }
        if libm::fabs(wanted / dt - steps) > 1e-3 {
            self.error(
                &at.place,
                format!(
                    "{wanted} s, which is {} time steps",
                    rounded(wanted / dt, 3)
                ),
                format!("a multiple of the time step, {dt} s"),
                format!("the nearest is {}", rounded(steps * dt, 9)),
            );
            return None;
        }
        Some(steps * dt)
    }

    /// A plain number within limits.
    fn plain(&mut self, raw: Option<&At<f64>>, default: f64, limits: Limits) -> Option<f64> {
        let Some(at) = raw else {
            return Some(default);
        };
        if !limits.contain(at.value) {
            self.error(&at.place, at.value.to_string(), limits.to_string(), "");
            return None;
        }
        Some(at.value)
    }

    /// A plain whole number within limits, both included.
    fn whole(&mut self, raw: Option<&At<i64>>, default: i64, low: i64, high: i64) -> Option<i64> {
        let Some(at) = raw else {
            return Some(default);
        };
        if !(low..=high).contains(&at.value) {
            let expected = format!("{low} … {high}");
            self.error(&at.place, at.value.to_string(), expected, "");
            return None;
        }
        Some(at.value)
    }

    /// A distribution with its group looked up.
    fn dist<T: FileValue>(&mut self, raw: &'a At<RawDist<T>>, drawn: Per) -> Option<Dist<T>> {
        let (group, value) = match &raw.value {
            RawDist::Law(law) => return Some(law.clone().into()),
            RawDist::Group { group, value } => (group, value),
        };
        let dist = self.shared(group, value, drawn);
        self.astray |= dist.is_none();
        dist
    }

    /// A value of a group.
    fn shared<T: FileValue>(
        &mut self,
        group: &'a At<String>,
        value: &'a At<String>,
        drawn: Per,
    ) -> Option<Dist<T>> {
        let groups = &self.raw.groups.value;
        let Some(found) = groups.get(&group.value) else {
            if !self.raw.groups.broken {
                let names = groups.keys().map(String::as_str);
                self.unknown(group, "group", "a group of [groups]", names);
            }
            return None;
        };
        let Some(any) = found.values.get(&value.value) else {
            let names = found.values.keys().map(String::as_str);
            let expected = format!("a value of the group `{}`", group.value);
            self.unknown(value, "value", &expected, names);
            return None;
        };
        self.used.insert((&group.value, &value.value));
        let Some(law) = T::from_any(&any.value) else {
            let found = format!("a group's value of {}", any.value.kind());
            self.error(&value.place, found, T::expected(), "");
            return None;
        };
        let scope = match found.scope {
            None | Some(Scope::Episode) => GroupScope::Episode,
            Some(Scope::Spawn) => GroupScope::Spawn,
            Some(Scope::Owner) => GroupScope::Owner,
        };
        let fault = match (drawn, scope) {
            (Per::Episode, GroupScope::Spawn | GroupScope::Owner) => {
                Some(("an episode", "\"episode\""))
            }
            (Per::Entry, GroupScope::Owner) => Some(("an entry", "\"episode\" or \"spawn\"")),
            _ => None,
        };
        if let Some((whole, scopes)) = fault {
            let word = found.scope.map_or("", Scope::word);
            self.error(
                &group.place,
                format!(
                    "group `{}` of scope \"{word}\" for a value drawn once {whole}",
                    group.value
                ),
                format!("a group of scope {scopes}"),
                "",
            );
            return None;
        }
        Some(Dist {
            law,
            group: Some(GroupRef {
                group: group.value.clone(),
                value: value.value.clone(),
                scope,
            }),
        })
    }

    /// A distribution of numbers or vectors, all within limits.
    fn numbers<T: FileValue + Numeric>(
        &mut self,
        raw: &'a At<RawDist<T>>,
        limits: Limits,
        drawn: Per,
    ) -> Option<Dist<T>> {
        let dist = self.dist(raw, drawn)?;
        let extremes = dist.law.extremes();
        let mut all = extremes.iter().flat_map(Numeric::components);
        if let Some(x) = all.find(|x| !limits.contain(**x)) {
            self.error(&raw.place, x.to_string(), limits.to_string(), "");
            return None;
        }
        Some(dist)
    }

    /// The same for a key that may be missing.
    fn numbers_or<T: FileValue + Numeric>(
        &mut self,
        raw: Option<&'a At<RawDist<T>>>,
        default: T,
        limits: Limits,
        drawn: Per,
    ) -> Option<Dist<T>> {
        match raw {
            Some(raw) => self.numbers(raw, limits, drawn),
            None => Some(Dist::constant(default)),
        }
    }

    /// A distribution of whole numbers, all within limits.
    fn counts(
        &mut self,
        raw: &'a At<RawDist<i64>>,
        low: i64,
        high: i64,
        drawn: Per,
    ) -> Option<Dist<i64>> {
        let dist = self.dist(raw, drawn)?;
        let extremes = dist.law.extremes();
        if let Some(n) = extremes.iter().find(|n| !(low..=high).contains(*n)) {
            self.error(&raw.place, n.to_string(), format!("{low} … {high}"), "");
            return None;
        }
        Some(dist)
    }

    /// A position and what is looked at from there must differ; constants are seen to.
    fn apart(
        &mut self,
        place: &Place,
        position: &Option<Dist<[f64; 3]>>,
        look_at: &Option<Dist<[f64; 3]>>,
    ) {
        if let (Some(a), Some(b)) = (position, look_at)
            && matches!(a.law, Law::Constant(_))
            && a.law == b.law
        {
            let found = "position_m and look_at_m at the same point";
            self.error(place, found, "two points", "");
        }
    }

    fn unused_groups(&mut self) {
        // A part that could not be read may have used them.
        if self.raw.broken() || self.astray {
            return;
        }
        for (name, group) in &self.raw.groups.value {
            let remedy = "refer to it by { group = …, value = … }, or remove it";
            for (value, any) in &group.values {
                if !self.used.contains(&(name.as_str(), value.as_str())) {
                    let found = format!("`{value}` of group `{name}`, which nothing uses");
                    self.error(&any.place, found, "a value that something uses", remedy);
                }
            }
            if group.values.is_empty() {
                let found = format!("group `{name}` without values");
                self.error(&group.at, found, "at least one value", "");
            }
        }
    }

    /// Reports all but the first of each name.
    fn duplicates<'n>(&mut self, what: &str, names: impl Iterator<Item = (&'n str, &'n Place)>) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, place) in names {
            match seen.get(name) {
                Some(line) => {
                    let found = format!("{what} `{name}`, as in line {line}");
                    self.error(place, found, "a name of its own", "");
                }
                None => {
                    seen.insert(name, place.line);
                }
            }
        }
    }

    /// Reports a name that is none of `names`.
    fn unknown<'n>(
        &mut self,
        name: &At<String>,
        what: &str,
        expected: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let names: BTreeSet<&str> = names.collect();
        let remedy = did_you_mean(&name.value, names.iter().copied())
            .map(|near| format!("did you mean `{near}`?"))
            .unwrap_or_default();
        let found = format!("unknown {what} `{}`", name.value);
        self.error(&name.place, found, listed(expected, &names), remedy);
    }

    /// The scene file, if it could be loaded.
    fn room(&self) -> Option<&'a AssetDesc> {
        self.files
            .room
            .map(|id| &self.files.scene.assets[id.index()])
    }

    fn error(
        &mut self,
        place: &Place,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let problem = Problem::error(self.file, place.to_string(), found, expected, remedy);
        self.problems.push((place.line, problem));
    }
}

/// `expected: a, b, c`, at most twelve names.
pub(crate) fn listed(expected: &str, names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return format!("{expected} (there is none)");
    }
    let shown: Vec<&str> = names.iter().copied().take(12).collect();
    let more = names.len() - shown.len();
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{expected}: {}{tail}", shown.join(", "))
}

/// With at most so many decimals, without trailing zeros.
fn rounded(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The least and the greatest value of a distribution of numbers.
fn ends(dist: &Dist<f64>) -> [f64; 2] {
    let extremes = dist.law.extremes();
    let low = extremes.iter().copied().fold(f64::INFINITY, f64::min);
    let high = extremes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [low, high]
}

/// A distribution with each of its choices mapped.
fn map_choices<T: Variable, U: Variable>(
    dist: &Dist<T>,
    map: impl FnMut(&T) -> Option<U>,
) -> Option<Dist<U>> {
    Some(Dist {
        law: dist.law.map_choices(map)?,
        group: dist.group.clone(),
    })
}
