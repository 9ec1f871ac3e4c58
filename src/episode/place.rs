//! Placement: the scene's own objects, then spawned items that never overlap.

use std::collections::{BTreeMap, BTreeSet};

use glam::{Quat, Vec3};

use super::draw::{Draw, vec3};
use super::look::DrawnLooks;
use super::solid::{Rule, Solid, Solids, solids_of};
use super::spec::{ObjectSpec, Role, Shortfall};
use crate::base::ids::{AssetId, ObjectId};
use crate::base::pose::{Pose, turn};
use crate::base::seed::SeedPath;
use crate::scene::desc::{Motion, RegionDesc, SceneDesc};
use crate::scene::recipe::desc::{Manner, Purpose, RecipeDesc, SpawnDesc, Stance};
use crate::scene::shapes::Shapes;

/// The scene file itself.
const ROOM: AssetId = AssetId(0);
/// How deep an item in a slot may reach into its holder: slots fit closely, and collision shapes
/// are not exact.
const SLOT_DEPTH_M: f32 = 5e-4;
/// How deep a scattered item may reach into its floor: what rounding does when it just touches.
const FLOOR_DEPTH_M: f32 = 1e-5;

/// A region somewhere in the episode.
pub struct RegionNode {
    pub name: String,
    /// Its middle.
    pub world_from_region: Pose,
    half_size_m: Vec3,
    /// The unit that it belongs to; `None` for regions of no object.
    unit: Option<usize>,
    /// Names the unit for streams of random numbers.
    owner: String,
}

/// All that stands in the episode.
pub struct Placed {
    pub objects: Vec<ObjectSpec>,
    pub regions: Vec<RegionNode>,
    pub solids: Solids,
    /// Spawned assets with their poses and names.
    pub units: Vec<PlacedUnit>,
    pub shortfalls: Vec<Shortfall>,
}

/// A spawned asset.
pub struct PlacedUnit {
    pub asset: AssetId,
    pub world_from_asset: Pose,
    /// Of its first object.
    pub name: String,
}

/// Places one episode.
pub struct Placer<'a> {
    scene: &'a SceneDesc,
    shapes: &'a Shapes,
    stream: &'a SeedPath,
    placed: Placed,
    names: BTreeSet<String>,
    /// Units so far, by name: scene objects one each, then spawned assets.
    unit_names: Vec<String>,
    /// Indices of regions whose slot is occupied.
    occupied: BTreeSet<usize>,
}

/// Why an item found no place.
enum Failure {
    NoRegion,
    NoFreeSlot,
    /// Its footprint and the region's extent, metres.
    TooBig([f32; 2], [f32; 2]),
    /// The unit most often in the way, and the number of places tried.
    Blocked(usize, u32),
}

/// The random choices of an item that do not depend on where it goes.
struct Item<'a> {
    entry: &'a SpawnDesc,
    index: u64,
    stream: SeedPath,
    draw: Draw<'a>,
}

impl<'a> Placer<'a> {
    /// Of an episode with this stream.
    pub fn new(scene: &'a SceneDesc, shapes: &'a Shapes, stream: &'a SeedPath) -> Self {
        Self {
            scene,
            shapes,
            stream,
            placed: Placed {
                objects: Vec::new(),
                regions: Vec::new(),
                solids: Solids::default(),
                units: Vec::new(),
                shortfalls: Vec::new(),
            },
            names: BTreeSet::new(),
            unit_names: Vec::new(),
            occupied: BTreeSet::new(),
        }
    }

    /// Puts the scene file's own objects in place.
    pub fn scene_objects(&mut self, recipe: &RecipeDesc) {
        let draw = Draw::new(self.stream);
        let looks = DrawnLooks::draw(self.scene, &recipe.materials, &draw, self.stream);
        let variant = recipe
            .variant
            .as_ref()
            .map(|dist| draw.get(dist, &self.stream.child("variant")) as u32);
        let room = &self.scene.assets[ROOM.index()];
        for region in &room.regions {
            self.placed.regions.push(RegionNode {
                name: region.name.clone(),
                world_from_region: region.parent_from_region,
                half_size_m: region.half_size_m,
                unit: None,
                owner: String::new(),
            });
        }
        for id in room.object_ids() {
            let object = &self.scene.objects[id.index()];
            let name = self.scene_name(&object.name);
            let unit = self.unit_names.len();
            self.unit_names.push(name.clone());
            let pose = object.asset_from_object;
            let fixed = object.body.motion == Motion::Static;
            let solids = solids_of(self.shapes, id, &pose, unit, fixed);
            self.placed.solids.extend(solids);
            self.add_regions(&object.regions, &pose, unit, &format!("scene/{name}"));
            let mut attributes = BTreeMap::new();
            if let Some(variant) = variant {
                let variant = room.variants[variant as usize].clone();
                attributes.insert("variant".to_owned(), variant);
            }
            self.placed.objects.push(ObjectSpec {
                name,
                asset: ROOM,
                object: id,
                class: object.class,
                role: Role::Scene,
                spawn: None,
                world_from_object: pose,
                looks: looks.of_object(self.scene, id, variant),
                attributes,
            });
        }
    }

    /// Places the items of one entry.
    pub fn spawn(&mut self, entry: &SpawnDesc) {
        let stream = self.stream.child("spawn").child(&entry.name);
        let draw = Draw::new(self.stream).of_spawn(&entry.name);
        let count = draw.get(&entry.count, &stream.child("count")) as u64;
        let mut nodes: Vec<usize> = (0..self.placed.regions.len())
            .filter(|i| self.placed.regions[*i].name == entry.region)
            .collect();
        if entry.manner == Manner::Slots {
            shuffle(&mut nodes, &stream.child("slots"));
        }
        let mut tally: BTreeMap<AssetId, (u32, u32, Option<Failure>)> = BTreeMap::new();
        for index in 0..count {
            let item = Item {
                entry,
                index,
                stream: stream.child("item").index(index),
                draw,
            };
            let (asset, result) = match entry.manner {
                Manner::Slots => self.fill_slot(&item, &nodes),
                Manner::Scatter => self.scatter(&item, &nodes),
            };
            let (wanted, placed, failure) = tally.entry(asset).or_insert((0, 0, None));
            *wanted += 1;
            match result {
                Ok(()) => *placed += 1,
                Err(reason) => *failure = failure.take().or(Some(reason)),
            }
        }
        for (asset, (wanted, placed, failure)) in tally {
            let Some(failure) = failure else { continue };
            self.placed.shortfalls.push(Shortfall {
                spawn: entry.name.clone(),
                asset: self.scene.assets[asset.index()].name.clone(),
                region: entry.region.clone(),
                wanted,
                placed,
                reason: self.reason(&failure),
            });
        }
    }

    /// Everything placed.
    pub fn finish(self) -> Placed {
        self.placed
    }

    /// Tries free slots in the order of `nodes`.
    fn fill_slot(&mut self, item: &Item<'_>, nodes: &[usize]) -> (AssetId, Result<(), Failure>) {
        let mut first_asset = None;
        let mut obstacles = Obstacles::default();
        let free = nodes.iter().filter(|node| !self.occupied.contains(node));
        let free: Vec<usize> = free.copied().take(item.entry.attempts as usize).collect();
        for node in free {
            let owner = self.placed.regions[node].owner.clone();
            let item = item.at_owner(&owner);
            let asset = item.asset();
            first_asset.get_or_insert(asset);
            let rotation = item.rotation(&item.stream);
            let low = self.scene.extent(asset, rotation).min.z;
            let region = &self.placed.regions[node];
            // Upright items stand on their origin; others on whatever is lowest.
            let bottom = match item.stance() {
                Stance::Upright => 0.0,
                Stance::Lying | Stance::UpsideDown => -low,
            };
            let floor = Vec3::new(0.0, 0.0, bottom - region.half_size_m.z);
            let pose = Pose::new(rotation, floor + item.shift());
            let rule = Rule {
                gap_m: 0.0,
                up: Vec3::ZERO,
                holder: region.unit,
                holder_depth_m: SLOT_DEPTH_M,
            };
            match self.put(&item, asset, region.world_from_region * pose, &rule) {
                Ok(()) => {
                    self.occupied.insert(node);
                    return (asset, Ok(()));
                }
                Err(unit) => obstacles.add(unit),
            }
        }
        let asset = first_asset.unwrap_or_else(|| item.asset());
        let failure = match obstacles.most() {
            Some((unit, tried)) => Failure::Blocked(unit, tried),
            None if nodes.is_empty() => Failure::NoRegion,
            None => Failure::NoFreeSlot,
        };
        (asset, Err(failure))
    }

    /// Tries places on the floors of `nodes`.
    fn scatter(&mut self, item: &Item<'_>, nodes: &[usize]) -> (AssetId, Result<(), Failure>) {
        if nodes.is_empty() {
            return (item.asset(), Err(Failure::NoRegion));
        }
        let area = |node: &usize| {
            let half = self.placed.regions[*node].half_size_m;
            f64::from(half.x) * f64::from(half.y)
        };
        let areas: Vec<f64> = nodes.iter().map(area).collect();
        let mut obstacles = Obstacles::default();
        let mut too_big = None;
        let mut first_asset = None;
        for attempt in 0..item.entry.attempts {
            let stream = item.stream.child("attempt").index(u64::from(attempt));
            let node = nodes[stream.child("node").rng().weighted(&areas)];
            let owner = self.placed.regions[node].owner.clone();
            let item = item.at_owner(&owner);
            let asset = item.asset();
            first_asset.get_or_insert(asset);
            let rotation = item.rotation(&stream);
            let extent = self.scene.extent(asset, rotation);
            let region = &self.placed.regions[node];
            let half = region.half_size_m;
            let (low, high) = (-half - extent.min, half - extent.max);
            if low.x > high.x || low.y > high.y {
                let size = extent.size();
                too_big = Some(([size.x, size.y], [2.0 * half.x, 2.0 * half.y]));
                continue;
            }
            let mut rng = stream.child("position").rng();
            let x = rng.uniform(f64::from(low.x), f64::from(high.x)) as f32;
            let y = rng.uniform(f64::from(low.y), f64::from(high.y)) as f32;
            let floor = Vec3::new(x, y, low.z);
            let pose = Pose::new(rotation, floor + item.shift());
            let rule = Rule {
                gap_m: item.entry.gap_m as f32,
                up: region.world_from_region.direction(Vec3::Z),
                holder: region.unit,
                holder_depth_m: FLOOR_DEPTH_M,
            };
            match self.put(&item, asset, region.world_from_region * pose, &rule) {
                Ok(()) => return (asset, Ok(())),
                Err(unit) => obstacles.add(unit),
            }
        }
        let asset = first_asset.unwrap_or_else(|| item.asset());
        let failure = match (obstacles.most(), too_big) {
            (Some((unit, tried)), _) => Failure::Blocked(unit, tried),
            (None, Some((footprint, region))) => Failure::TooBig(footprint, region),
            (None, None) => Failure::NoRegion,
        };
        (asset, Err(failure))
    }

    /// Places all objects of an asset if nothing is in the way; else says which unit is.
    fn put(
        &mut self,
        item: &Item<'_>,
        asset_id: AssetId,
        world_from_asset: Pose,
        rule: &Rule,
    ) -> Result<(), usize> {
        let scene = self.scene;
        let asset = &scene.assets[asset_id.index()];
        let unit = self.unit_names.len();
        let pose_of = |id: ObjectId| world_from_asset * scene.objects[id.index()].asset_from_object;
        let solids: Vec<Solid> = asset
            .object_ids()
            .flat_map(|id| solids_of(self.shapes, id, &pose_of(id), unit, false))
            .collect();
        if let Some(obstacle) = self.placed.solids.obstacle(&solids, rule) {
            return Err(obstacle);
        }
        self.placed.solids.extend(solids);
        let entry = item.entry;
        let looks = DrawnLooks::draw(scene, &entry.looks, &item.draw, &item.stream);
        let variant = entry
            .variant
            .as_ref()
            .map(|dist| item.draw.get(dist, &item.stream.child("variant")));
        let variant_index = variant.as_ref().and_then(|name| {
            let index = asset.variants.iter().position(|v| v == name)?;
            Some(index as u32)
        });
        let mut attributes = looks.attributes.clone();
        attributes.extend(variant.map(|name| ("variant".to_owned(), name)));
        let owner = format!("spawn/{}/{}", entry.name, item.index);
        let first = self.placed.objects.len();
        self.add_regions(&asset.regions, &world_from_asset, unit, &owner);
        for id in asset.object_ids() {
            let object = &scene.objects[id.index()];
            let pose = pose_of(id);
            self.add_regions(&object.regions, &pose, unit, &owner);
            let name = self.numbered_name(&object.name);
            self.placed.objects.push(ObjectSpec {
                name,
                asset: asset_id,
                object: id,
                class: object.class,
                role: match entry.role {
                    Purpose::Object => Role::Object,
                    Purpose::Clutter => Role::Clutter,
                    Purpose::Distractor => Role::Distractor,
                },
                spawn: Some(entry.name.clone()),
                world_from_object: pose,
                looks: looks.of_object(scene, id, variant_index),
                attributes: attributes.clone(),
            });
        }
        let name = self.placed.objects[first].name.clone();
        self.unit_names.push(name.clone());
        self.placed.units.push(PlacedUnit {
            asset: asset_id,
            world_from_asset,
            name,
        });
        Ok(())
    }

    fn add_regions(
        &mut self,
        regions: &[RegionDesc],
        world_from_parent: &Pose,
        unit: usize,
        owner: &str,
    ) {
        for region in regions {
            self.placed.regions.push(RegionNode {
                name: region.name.clone(),
                world_from_region: *world_from_parent * region.parent_from_region,
                half_size_m: region.half_size_m,
                unit: Some(unit),
                owner: owner.to_owned(),
            });
        }
    }

    /// The name itself; numbered only if it is taken.
    fn scene_name(&mut self, name: &str) -> String {
        if self.names.insert(name.to_owned()) {
            return name.to_owned();
        }
        self.numbered_name(name)
    }

    /// `name_1`, or the first number that is free.
    fn numbered_name(&mut self, name: &str) -> String {
        let numbered = (1u64..)
            .map(|n| format!("{name}_{n}"))
            .find(|numbered| !self.names.contains(numbered))
            .expect("there are more numbers than names");
        self.names.insert(numbered.clone());
        numbered
    }

    fn reason(&self, failure: &Failure) -> String {
        match failure {
            Failure::NoRegion => "no such region in this episode".to_owned(),
            Failure::NoFreeSlot => "every slot is taken".to_owned(),
            Failure::TooBig([x, y], [w, h]) => format!(
                "its footprint of {x:.3} × {y:.3} m does not fit the region of {w:.3} × {h:.3} m"
            ),
            Failure::Blocked(unit, tried) => format!(
                "{tried} places tried, most often in the way: `{}`",
                self.unit_names[*unit]
            ),
        }
    }
}

impl<'a> Item<'a> {
    /// The same item, tried in a region of this owner.
    fn at_owner<'b>(&self, owner: &'b str) -> Item<'b>
    where
        'a: 'b,
    {
        Item {
            entry: self.entry,
            index: self.index,
            stream: self.stream.clone(),
            draw: self.draw.of_owner(owner),
        }
    }

    fn asset(&self) -> AssetId {
        self.draw
            .get(&self.entry.asset, &self.stream.child("asset"))
    }

    fn stance(&self) -> Stance {
        self.draw
            .get(&self.entry.stance, &self.stream.child("pose"))
    }

    /// Region from item. The yaw comes from `place`, as it may differ from try to try.
    fn rotation(&self, place: &SeedPath) -> Quat {
        let yaw = self.draw.get(&self.entry.yaw_deg, &place.child("yaw_deg"));
        let tilt = self
            .draw
            .get(&self.entry.tilt_deg, &self.stream.child("tilt_deg"));
        let towards = self.stream.child("tilt_axis").rng().unit() * std::f64::consts::TAU;
        let (sin, cos) = libm::sincos(towards);
        let axis = vec3([cos, sin, 0.0]);
        turn(axis, tilt.to_radians()) * turn(Vec3::Z, yaw.to_radians()) * self.stance().rotation()
    }

    /// Offset and lift, in the region's axes.
    fn shift(&self) -> Vec3 {
        let offset = self
            .draw
            .get(&self.entry.offset_m, &self.stream.child("offset_m"));
        let lift = self
            .draw
            .get(&self.entry.lift_m, &self.stream.child("lift_m"));
        vec3([offset[0], offset[1], offset[2] + lift])
    }
}

/// How often which unit was in the way.
#[derive(Default)]
struct Obstacles {
    by_unit: BTreeMap<usize, u32>,
}

impl Obstacles {
    fn add(&mut self, unit: usize) {
        *self.by_unit.entry(unit).or_default() += 1;
    }

    /// The unit most often in the way (of equals the first), and the number of tries.
    fn most(&self) -> Option<(usize, u32)> {
        let most = self.by_unit.values().max()?;
        let (unit, _) = self.by_unit.iter().find(|(_, count)| *count == most)?;
        Some((*unit, self.by_unit.values().sum()))
    }
}

/// Fisher–Yates.
fn shuffle(list: &mut [usize], stream: &SeedPath) {
    let mut rng = stream.rng();
    for last in (1..list.len()).rev() {
        let other = rng.integer(0, last as i64) as usize;
        list.swap(last, other);
    }
}
