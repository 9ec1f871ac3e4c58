//! Items to place, and the regions that can hold them.

use std::collections::{BTreeMap, BTreeSet};

use glam::Vec3;

use super::{Checker, Limits, Per, map_choices};
use crate::base::ids::AssetId;
use crate::base::pose::turn;
use crate::scene::desc::{Motion, RegionDesc, SceneDesc};
use crate::scene::recipe::desc::SpawnDesc;
use crate::scene::recipe::dist::{Dist, Law, Spread};
use crate::scene::recipe::raw::{Manner, Purpose, RawSpawn, Stance};
use crate::scene::recipe::reader::Place;

/// Placed things start this high above the floor, so that physics finds no contact to resolve.
const DYNAMIC_LIFT_M: f64 = 0.001;
const DEFAULT_GAP_M: f64 = 0.002;

/// The regions that can exist in an episode.
#[derive(Default)]
pub(super) struct Regions {
    by_name: BTreeMap<String, RegionInfo>,
    /// Whether some could not be known because a file or an entry is broken.
    pub incomplete: bool,
}

#[derive(Default)]
struct RegionInfo {
    /// As many nodes as can ever exist.
    slots: u64,
    /// Width and depth of each node, metres.
    sizes: Vec<[f32; 2]>,
    /// What the entries so far put into slots at least.
    taken: u64,
}

impl Regions {
    /// Adds a region that can exist `times` times.
    fn add(&mut self, region: &RegionDesc, times: u64) {
        let info = self.by_name.entry(region.name.clone()).or_default();
        info.slots = info.slots.saturating_add(times);
        let size = [2.0 * region.half_size_m.x, 2.0 * region.half_size_m.y];
        info.sizes.push(size);
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

impl<'a> Checker<'a> {
    pub(super) fn spawns(&mut self) -> (Option<Vec<SpawnDesc>>, Regions) {
        let raw = &self.raw.spawn.value;
        let names = raw.iter().map(|s| (s.name.value.as_str(), &s.name.place));
        self.duplicates("entry", names);
        let scene = self.files.scene;
        let mut regions = Regions {
            incomplete: self.raw.spawn.broken || self.files.room.is_none(),
            ..Regions::default()
        };
        if let Some(room) = self.files.room {
            for region in asset_regions(scene, room) {
                regions.add(region, 1);
            }
        }
        let mut checked = Vec::new();
        for (i, spawn) in raw.iter().enumerate() {
            let asset = self.assets(spawn);
            let assets = asset.as_ref().map(|a| a.law.extremes());
            let assets = assets.unwrap_or_default();
            let count = self.counts(&spawn.count, 0, 10_000, Per::Entry);
            self.region(spawn, count.as_ref(), &mut regions, &raw[i + 1..]);
            let desc = self.spawn(spawn, asset, count.clone(), &assets);
            if let (Some(desc), Manner::Scatter) = (&desc, spawn.place) {
                self.footprint(spawn, desc, &assets, &regions);
            }
            checked.push(desc);
            let most = count.map_or(10_000, |c| c.law.extremes().into_iter().max().unwrap_or(0));
            regions.incomplete |= assets.is_empty();
            // Of several assets, the one with most slots counts.
            let mut best = Regions::default();
            for asset in assets {
                let mut own = Regions::default();
                for region in asset_regions(scene, asset) {
                    own.add(region, most as u64);
                }
                for (name, info) in own.by_name {
                    let held = best.by_name.entry(name).or_default();
                    held.slots = held.slots.max(info.slots);
                    held.sizes.extend(info.sizes);
                }
            }
            for (name, info) in best.by_name {
                let held = regions.by_name.entry(name).or_default();
                held.slots = held.slots.saturating_add(info.slots);
                held.sizes.extend(info.sizes);
            }
        }
        (checked.into_iter().collect(), regions)
    }

    fn assets(&mut self, spawn: &'a RawSpawn) -> Option<Dist<AssetId>> {
        let dist = self.dist(&spawn.asset, Per::Item)?;
        // A path that is not there has been reported by the loader.
        let dist = map_choices(&dist, |path| self.files.assets.get(path).copied())?;
        for asset in dist.law.extremes() {
            let asset = &self.files.scene.assets[asset.index()];
            if asset.objects.is_empty() {
                let found = format!("asset `{}` without any object", asset.name);
                let remedy = "give its root node a `bs_class`";
                self.error(&spawn.asset.place, found, "at least one object", remedy);
                return None;
            }
        }
        Some(dist)
    }

    /// The region must exist, have room, and have slots enough.
    fn region(
        &mut self,
        spawn: &'a RawSpawn,
        count: Option<&Dist<i64>>,
        regions: &mut Regions,
        later: &'a [RawSpawn],
    ) {
        let name = &spawn.region.value;
        let incomplete = regions.incomplete;
        let Some(info) = regions.by_name.get_mut(name) else {
            if let Some(provider) = later.iter().find(|entry| self.provides(entry, name)) {
                self.error(
                    &spawn.region.place,
                    format!(
                        "region `{name}`, which comes only with the later `{}`",
                        provider.name.value
                    ),
                    "a region of the scene or of an asset of an earlier [[spawn]]",
                    format!("move this entry below `{}`", provider.name.value),
                );
            } else if !incomplete {
                let expected = "a region of the scene or of an asset of an earlier [[spawn]]";
                self.unknown(&spawn.region, "region", expected, regions.names());
            }
            return;
        };
        if spawn.place == Manner::Scatter {
            let flat = |[x, y]: &&[f32; 2]| *x <= 0.0 || *y <= 0.0;
            if let Some([x, y]) = info.sizes.iter().find(flat) {
                self.error(
                    &spawn.region.place,
                    format!("region `{name}`, whose box measures {x} × {y} m"),
                    "a region with area, to scatter over",
                    "scale its node, or use place = \"slots\"",
                );
            }
            return;
        }
        let least = count.and_then(|c| c.law.extremes().into_iter().min());
        let least = least.unwrap_or(0) as u64;
        info.taken += least;
        let (taken, slots) = (info.taken, info.slots);
        if taken > slots && !incomplete && least > 0 {
            let earlier = if taken > least {
                format!(", with {} of earlier entries", taken - least)
            } else {
                String::new()
            };
            self.error(
                &spawn.count.place,
                format!("at least {least} items{earlier}"),
                format!("at most {slots}: as many slots `{name}` can ever have"),
                "",
            );
        }
    }

    /// An asset that fits its region in none of the ways it can be turned is never placed.
    fn footprint(
        &mut self,
        raw: &RawSpawn,
        spawn: &SpawnDesc,
        assets: &[AssetId],
        regions: &Regions,
    ) {
        let sizes = match regions.by_name.get(&spawn.region) {
            Some(info) if !regions.incomplete => &info.sizes,
            _ => return,
        };
        // A tilt may make a footprint smaller than any that is looked at here.
        let flat = sizes.iter().flatten().any(|size| *size <= 0.0);
        if flat || sizes.is_empty() || spawn.tilt_deg.law != Law::Constant(0.0) {
            return;
        }
        let yaws = match &spawn.yaw_deg.law {
            Law::Spread(spread) => every_degree(spread.bounds()),
            law => law.extremes(),
        };
        let stances = spawn.stance.law.extremes();
        for &asset in assets {
            let mut least: Option<[f32; 2]> = None;
            for (yaw, stance) in yaws
                .iter()
                .flat_map(|yaw| stances.iter().map(move |s| (yaw, s)))
            {
                let rotation = turn(Vec3::Z, yaw.to_radians()) * stance.rotation();
                let size = self.files.scene.extent(asset, rotation).size();
                let fits = |[x, y]: &[f32; 2]| size.x <= *x && size.y <= *y;
                if sizes.iter().any(fits) {
                    least = None;
                    break;
                }
                if least.is_none_or(|[x, y]| size.x * size.y < x * y) {
                    least = Some([size.x, size.y]);
                }
            }
            let Some([x, y]) = least else { continue };
            let name = &self.files.scene.assets[asset.index()].name;
            let largest = sizes
                .iter()
                .copied()
                .reduce(|a, b| if a[0] * a[1] >= b[0] * b[1] { a } else { b });
            let [w, h] = largest.unwrap_or_default();
            self.error(
                &raw.region.place,
                format!("a region of {w:.3} × {h:.3} m for `{name}`, whose footprint is {x:.3} × {y:.3} m"),
                "a region that the item fits at one yaw at least",
                "widen yaw_deg, or enlarge the region",
            );
        }
    }

    fn provides(&self, entry: &RawSpawn, region: &str) -> bool {
        let crate::scene::recipe::raw_dist::RawDist::Law(law) = &entry.asset.value else {
            return false;
        };
        let paths = law.extremes();
        let mut assets = paths.iter().filter_map(|path| self.files.assets.get(path));
        assets.any(|id| asset_regions(self.files.scene, *id).any(|r| r.name == region))
    }

    fn spawn(
        &mut self,
        spawn: &'a RawSpawn,
        asset: Option<Dist<AssetId>>,
        count: Option<Dist<i64>>,
        assets: &[AssetId],
    ) -> Option<SpawnDesc> {
        let item = Per::Item;
        let yaw = self.numbers_or(spawn.yaw_deg.as_ref(), 0.0, Limits::ANY, item);
        let tilt_limits = Limits::new(0.0, 180.0);
        let tilt = self.numbers_or(spawn.tilt_deg.as_ref(), 0.0, tilt_limits, item);
        let stance = match &spawn.pose {
            Some(pose) => self.dist(pose, item),
            None => Some(Dist::constant(Stance::Upright)),
        };
        let metre = Limits::new(-100.0, 100.0);
        let offset = self.numbers_or(spawn.offset_m.as_ref(), [0.0; 3], metre, item);
        let moved = assets.iter().any(|asset| self.moves(*asset));
        let lift = if moved { DYNAMIC_LIFT_M } else { 0.0 };
        let lift = self.numbers_or(spawn.lift_m.as_ref(), lift, Limits::SHARE, item);
        let gap = self.plain(spawn.gap_m.as_ref(), DEFAULT_GAP_M, Limits::SHARE);
        if let (Some(gap), Manner::Slots) = (&spawn.gap_m, spawn.place) {
            let found = "gap_m, which nothing uses with place = \"slots\"";
            self.error(&gap.place, found, "no gap_m, or place = \"scatter\"", "");
        }
        let attempts = self.whole(spawn.attempts.as_ref(), 64, 1, 10_000);
        let looks: Vec<_> = spawn
            .materials
            .iter()
            .map(|(name, raw)| self.item_look(name, raw, assets))
            .collect();
        let variant = match &spawn.variant {
            Some(raw) => self.item_variant(raw, assets).map(Some),
            None => Some(None),
        };
        let regions: BTreeSet<String> = assets
            .iter()
            .flat_map(|asset| asset_regions(self.files.scene, *asset))
            .map(|region| region.name.clone())
            .collect();
        Some(SpawnDesc {
            name: spawn.name.value.clone(),
            asset: asset?,
            count: count?,
            region: spawn.region.value.clone(),
            manner: spawn.place,
            yaw_deg: yaw?,
            tilt_deg: tilt?,
            stance: stance?,
            offset_m: offset?,
            lift_m: lift?,
            gap_m: gap?,
            attempts: attempts? as u32,
            role: spawn.role.unwrap_or(Purpose::Object),
            looks: looks.into_iter().collect::<Option<_>>()?,
            variant: variant?,
            regions: regions.into_iter().collect(),
        })
    }

    fn moves(&self, asset: AssetId) -> bool {
        let scene = self.files.scene;
        let mut objects = scene.assets[asset.index()].object_ids();
        objects.any(|id| scene.objects[id.index()].body.motion == Motion::Dynamic)
    }

    /// A region that something refers to by name after all entries are known.
    pub(super) fn known_region(&mut self, name: &str, place: &Place, regions: &Regions) {
        if regions.incomplete || regions.contains(name) {
            return;
        }
        let name = super::At {
            value: name.to_owned(),
            place: place.clone(),
        };
        let expected = "a region of the scene or of an asset of a [[spawn]]";
        self.unknown(&name, "region", expected, regions.names());
    }
}

/// Regions of a file and of its objects.
fn asset_regions(scene: &SceneDesc, asset: AssetId) -> impl Iterator<Item = &RegionDesc> {
    let asset = &scene.assets[asset.index()];
    let of_objects = asset
        .object_ids()
        .flat_map(|id| &scene.objects[id.index()].regions);
    asset.regions.iter().chain(of_objects)
}

/// Degrees from the lower bound to the upper, one by one; a full turn is enough.
fn every_degree([low, high]: [f64; 2]) -> Vec<f64> {
    let steps = libm::ceil((high - low).min(360.0)) as u32;
    let inner = (0..steps).map(|step| low + f64::from(step));
    inner.chain([high]).collect()
}
