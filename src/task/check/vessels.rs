//! Liquids of a task.

use super::Checker;
use crate::base::color::linear_from_hex;
use crate::episode::spec::WATER;
use crate::scene::desc::RegionDesc;
use crate::scene::recipe::reader::{At, Place, shorten};
use crate::task::desc::{Content, Predicate, Skill, Vessels};
use crate::task::raw::{
    RawAspirate, RawContaminated, RawDispense, RawOverfilled, RawSpilled, RawVessel, RawVolume,
    Section,
};

const UL_PER_M3: f64 = 1e9;
/// What the expert does unless told otherwise: mm and µL/s.
const DEPTH_MM: f64 = 2.0;
const ABOVE_MM: f64 = 2.0;
const RATE_UL_PER_S: f64 = 100.0;

impl<'a> Checker<'a> {
    /// Names of the liquids, in the order of the file.
    pub(super) fn liquids(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let named = self.raw.vessel.value.iter();
        for name in named.filter_map(|vessel| vessel.liquid.as_ref()) {
            if !names.contains(&name.value.as_str()) {
                names.push(&name.value);
            }
        }
        names
    }

    /// By liquid; water's for those that say nothing.
    pub(super) fn liquid_colors(&mut self) -> Vec<[f32; 3]> {
        let names = self.liquids();
        let mut colors = vec![WATER; names.len()];
        for (name, raw) in &self.raw.liquids.value {
            let index = names.iter().position(|known| known == name);
            if index.is_none() && !self.raw.vessel.broken {
                let expected = "the `liquid` of a [[vessel]]";
                let known = names.iter().copied();
                self.unknown_part(name, &raw.at, "liquid", expected, known);
            }
            let Some(at) = &raw.color else {
                continue;
            };
            let color = linear_from_hex(&at.value);
            if color.is_none() {
                let found = format!("{:?}", shorten(&at.value));
                let expected = "a colour such as \"#d96f8f\"";
                self.error(&at.place, found, expected, "");
            }
            if let (Some(index), Some(color)) = (index, color) {
                colors[index] = color;
            }
        }
        colors
    }

    pub(super) fn vessels(&mut self) -> Option<Vec<Vessels>> {
        let raw = &self.raw.vessel.value;
        let vessels: Vec<Option<Vessels>> = raw.iter().map(|vessel| self.vessel(vessel)).collect();
        for (later, vessel) in vessels.iter().enumerate() {
            let overlaps = |earlier: &usize| match (&vessels[*earlier], vessel) {
                (Some(a), Some(b)) => a.overlaps(b),
                _ => false,
            };
            if let Some(earlier) = (0..later).find(overlaps) {
                let line = raw[earlier].at.line;
                let found = format!(
                    "vessels of `{}`, as in line {line}",
                    raw[later].region.value
                );
                let expected = "each vessel once: other numbers, or another spawn";
                self.error(&raw[later].at, found, expected, "");
            }
        }
        vessels.into_iter().collect()
    }

    fn vessel(&mut self, raw: &'a RawVessel) -> Option<Vessels> {
        self.region_exists(&raw.region)?;
        if let Some(spawn) = &raw.spawn
            && !(self.files.recipe.spawns.iter()).any(|s| s.name == spawn.value)
        {
            let names = self.files.recipe.spawns.iter().map(|s| s.name.as_str());
            self.unknown(spawn, "entry", "a [[spawn]] of the recipe", names);
            return None;
        }
        let numbers = self.numbers(raw.numbers.as_ref())?;
        let round = raw.shape == Some(Section::Round);
        let holds = self.holds_ul(&raw.region.value, round);
        let capacity_ul = match &raw.capacity_ul {
            Some(at) => {
                let expected = format!("above 0, at most {holds:.0}, which is what the box takes");
                // Boxes are single-precision.
                Some(self.number(at, &expected, |ul| ul > 0.0 && ul <= 1.001 * holds)?)
            }
            None => None,
        };
        let most = capacity_ul.unwrap_or(holds);
        let start = self.number_or(
            raw.start_ul.as_ref(),
            0.0,
            &format!("0 … {most:.0}, which is its capacity"),
            |ul| (0.0..=most).contains(&ul),
        )?;
        let spare = start.min(most - start);
        let vary = self.number_or(
            raw.vary_ul.as_ref(),
            0.0,
            &format!("0 … {spare:.0}, so that it is neither empty nor runs over"),
            |ul| (0.0..=spare).contains(&ul),
        )?;
        match (&raw.liquid, &raw.start_ul) {
            (None, Some(at)) if start > 0.0 => {
                let found = format!("{start} µL of nothing");
                self.error(&at.place, found, "`liquid` as well: its name", "");
                return None;
            }
            (Some(at), _) if start == 0.0 => {
                let found = format!("`{}` without start_ul", at.value);
                self.error(&at.place, found, "`start_ul` as well: how much", "");
                return None;
            }
            _ => {}
        }
        let liquids = self.liquids();
        let liquid = raw.liquid.as_ref();
        Some(Vessels {
            region: raw.region.value.clone(),
            spawn: raw.spawn.as_ref().map(|at| at.value.clone()),
            numbers,
            round,
            capacity_ul,
            liquid: liquid.and_then(|at| liquids.iter().position(|name| *name == at.value)),
            start_ul: (start - vary, start + vary),
            clean: raw.clean.unwrap_or(false),
        })
    }

    /// The first and the last number, if there are any given.
    pub(super) fn numbers(&mut self, at: Option<&At<[i64; 2]>>) -> Option<Option<(u32, u32)>> {
        let Some(at) = at else {
            return Some(None);
        };
        let [first, last] = at.value;
        if first < 1 || last < first || last > i64::from(u32::MAX) {
            let found = format!("[{first}, {last}]");
            let expected = "the first number and the last one, from 1";
            self.error(&at.place, found, expected, "");
            return None;
        }
        Some(Some((first as u32, last as u32)))
    }

    /// What the smallest slot of a region takes, µL.
    fn holds_ul(&self, region: &str, round: bool) -> f64 {
        let scene = self.files.scene;
        let assets = scene.assets.iter().flat_map(|a| &a.regions);
        let all = assets.chain(scene.objects.iter().flat_map(|o| &o.regions));
        let volume = |region: &RegionDesc| {
            let half = region.half_size_m.as_dvec3();
            let section = if round { std::f64::consts::PI } else { 4.0 };
            section * half.x * half.y * 2.0 * half.z * UL_PER_M3
        };
        let named = all.filter(|r| r.name == region).map(volume);
        named.fold(f64::INFINITY, f64::min)
    }

    /// A slot that is a vessel.
    pub(super) fn vessel_named(&mut self, at: &At<String>) -> Option<usize> {
        let index = self.object_named(&at.value, &at.place)?;
        let region = &self.raw.objects.value[self.objects[index]].region;
        let known = |region: &At<String>| {
            let mut vessels = self.raw.vessel.value.iter();
            vessels.any(|vessel| vessel.region.value == region.value)
        };
        match region {
            Some(region) if known(region) => Some(index),
            _ if self.raw.vessel.broken => None,
            Some(region) => {
                let found = format!(
                    "`{}`, a slot of `{}`, which is no vessel",
                    at.value, region.value
                );
                let remedy = format!("add a [[vessel]] with region = \"{}\"", region.value);
                self.error(&at.place, found, "a slot that is a vessel", remedy);
                None
            }
            None => {
                let found = format!("`{}`, which is no slot", at.value);
                let expected = "an object with `region`: a slot that is a vessel";
                self.error(&at.place, found, expected, "");
                None
            }
        }
    }

    pub(super) fn volume(&mut self, raw: &'a RawVolume) -> Option<Predicate> {
        let robot = (self.robots.iter()).position(|(name, _)| *name == raw.of.value);
        let of = match robot {
            Some(robot) => {
                self.pipette_ul(robot, &raw.of.place)?;
                Content::Tip(robot)
            }
            None => Content::Vessel(self.vessel_named(&raw.of)?),
        };
        let liquid = match &raw.liquid {
            None => None,
            Some(at) => {
                let names = self.liquids();
                let found = names.iter().position(|name| *name == at.value);
                if found.is_none() {
                    let expected = "the liquid of a [[vessel]]";
                    self.unknown(at, "liquid", expected, names.into_iter());
                    return None;
                }
                found
            }
        };
        self.bounds(
            (&raw.above_ul, "above_ul"),
            (&raw.below_ul, "below_ul"),
            &raw.at,
        )?;
        Some(Predicate::Volume {
            of,
            liquid,
            change: raw.change.unwrap_or(false),
            above_ul: raw.above_ul.as_ref().map(|at| at.value),
            below_ul: raw.below_ul.as_ref().map(|at| at.value),
        })
    }

    pub(super) fn spilled(&mut self, raw: &'a RawSpilled) -> Option<Predicate> {
        self.some_vessels(&raw.at)?;
        let over_ul = self.number_or(raw.over_ul.as_ref(), 0.0, "0 or more", |ul| ul >= 0.0)?;
        Some(Predicate::Spilled { over_ul })
    }

    pub(super) fn overfilled(&mut self, raw: &'a RawOverfilled) -> Option<Predicate> {
        self.some_vessels(&raw.at)?;
        let vessel = self.vessel_if(raw.vessel.as_ref())?;
        Some(Predicate::Overfilled { vessel })
    }

    pub(super) fn contaminated(&mut self, raw: &'a RawContaminated) -> Option<Predicate> {
        self.some_vessels(&raw.at)?;
        let vessel = self.vessel_if(raw.vessel.as_ref())?;
        let except: Vec<Option<usize>> = (raw.except.iter())
            .map(|name| self.vessel_named(name))
            .collect();
        Some(Predicate::Contaminated {
            vessel,
            except: except.into_iter().collect::<Option<_>>()?,
        })
    }

    fn vessel_if(&mut self, at: Option<&At<String>>) -> Option<Option<usize>> {
        match at {
            None => Some(None),
            Some(at) => self.vessel_named(at).map(Some),
        }
    }

    fn some_vessels(&mut self, place: &Place) -> Option<()> {
        let raw = &self.raw.vessel;
        if raw.value.is_empty() && !raw.broken {
            let expected = "a [[vessel]], which says what holds liquid";
            self.error(place, "a predicate of liquids without any", expected, "");
            return None;
        }
        Some(())
    }

    /// What a robot's pipette draws at most, µL.
    pub(super) fn pipette_ul(&mut self, robot: usize, place: &Place) -> Option<f64> {
        // A robot that could not be loaded has been reported.
        let (name, desc) = self.robots[robot];
        let gripper = desc?.control.gripper.as_ref();
        let volume = gripper.and_then(|gripper| gripper.volume_ul);
        if volume.is_none() {
            let found = format!("`{name}`, which is no pipette");
            let expected = "a robot whose gripper has `volume_ul` in its robot.toml";
            self.error(place, found, expected, "");
        }
        volume
    }

    pub(super) fn aspirate(&mut self, raw: &'a RawAspirate) -> Option<Skill> {
        let vessel = self.vessel_named(&raw.from);
        let most = self.pipette_of(raw.robot.as_ref(), &raw.at)?;
        let expected = format!("above 0, at most {most}, which is what the pipette draws");
        let volume = self.number(&raw.volume_ul, &expected, |ul| ul > 0.0 && ul <= most);
        let depth = self.number_or(raw.depth_mm.as_ref(), DEPTH_MM, "above 0", |mm| mm > 0.0);
        let rate = self.rate_ul(raw.rate_ul_per_s.as_ref());
        Some(Skill::Pipette {
            vessel: vessel?,
            stroke: Some(volume? / most),
            above_m: -depth? / 1000.0,
            rate: rate? / most,
        })
    }

    pub(super) fn dispense(&mut self, raw: &'a RawDispense) -> Option<Skill> {
        let vessel = self.vessel_named(&raw.into);
        let most = self.pipette_of(raw.robot.as_ref(), &raw.at)?;
        let stroke = match &raw.volume_ul {
            None => None,
            Some(at) => {
                let expected = format!("above 0, at most {most}, which is what the pipette draws");
                Some(-self.number(at, &expected, |ul| ul > 0.0 && ul <= most)? / most)
            }
        };
        let above = self.number_or(raw.above_mm.as_ref(), ABOVE_MM, "−100 … 100", |mm| {
            mm.abs() <= 100.0
        });
        let rate = self.rate_ul(raw.rate_ul_per_s.as_ref());
        Some(Skill::Pipette {
            vessel: vessel?,
            stroke,
            above_m: above? / 1000.0,
            rate: rate? / most,
        })
    }

    fn pipette_of(&mut self, robot: Option<&At<String>>, place: &Place) -> Option<f64> {
        // Which robot it is has been looked at with the step.
        let index = match robot {
            None if self.robots.len() == 1 => 0,
            None => return None,
            Some(at) => self.robots.iter().position(|(name, _)| *name == at.value)?,
        };
        self.pipette_ul(index, place)
    }

    fn rate_ul(&mut self, at: Option<&At<f64>>) -> Option<f64> {
        self.number_or(at, RATE_UL_PER_S, "above 0, at most 10000", |rate| {
            rate > 0.0 && rate <= 10_000.0
        })
    }
}

impl Vessels {
    /// Whether a slot may be one of both.
    fn overlaps(&self, other: &Self) -> bool {
        let spawns = match (&self.spawn, &other.spawn) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let numbers = match (self.numbers, other.numbers) {
            (Some(a), Some(b)) => a.0 <= b.1 && b.0 <= a.1,
            _ => true,
        };
        self.region == other.region && spawns && numbers
    }
}
