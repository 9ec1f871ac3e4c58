//! The things a task speaks of.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use crate::base::ids::AssetId;
use crate::scene::desc::ObjectDesc;
use crate::scene::recipe::desc::SpawnDesc;
use crate::scene::recipe::reader::{At, Place};
use crate::task::desc::{ObjectBinding, SlotPick, Source, Symmetry, WordTable};
use crate::task::raw::{RawObject, RawPick};

impl<'a> Checker<'a> {
    pub(super) fn objects(&mut self) -> Option<Vec<ObjectBinding>> {
        let raw = &self.raw.objects.value;
        for (name, object) in raw {
            self.own_name(name, &object.at);
            if self.robots.iter().any(|(robot, _)| robot == name) {
                let found = format!("object `{name}`, as a robot");
                self.error(&object.at, found, "a name of its own", "");
            }
        }
        self.objects = self.order(raw)?;
        let bindings: Vec<Option<ObjectBinding>> = self
            .objects
            .clone()
            .into_iter()
            .map(|name| self.binding(name, &raw[name]))
            .collect();
        bindings.into_iter().collect()
    }

    /// Whatever one refers to comes before it; else by name.
    fn order(&mut self, raw: &'a BTreeMap<String, RawObject>) -> Option<Vec<&'a str>> {
        let names = || raw.keys().map(String::as_str);
        let mut known = true;
        let mut waits: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, object) in raw {
            let others = [&object.opposite, &object.owner].into_iter().flatten();
            for other in others {
                if raw.contains_key(&other.value) {
                    waits.entry(name).or_default().push(&other.value);
                } else if !self.raw.objects.broken {
                    let others = names().filter(|n| n != name);
                    self.unknown(other, "object", "an object of [objects]", others);
                    known = false;
                }
            }
        }
        let mut order: Vec<&str> = Vec::new();
        while order.len() < raw.len() {
            let ready = |name: &&str| {
                !order.contains(name)
                    && waits
                        .get(name)
                        .is_none_or(|others| others.iter().all(|other| order.contains(other)))
            };
            let Some(next) = names().find(ready) else {
                let stuck = names().find(|name| !order.contains(name))?;
                let others = waits[stuck].join("` and `");
                let found =
                    format!("`{stuck}`, which waits for `{others}`, and that for `{stuck}`");
                self.error(
                    &raw[stuck].at,
                    found,
                    "objects that can be chosen one by one",
                    "",
                );
                return None;
            };
            order.push(next);
        }
        known.then_some(order)
    }

    fn binding(&mut self, name: &str, raw: &'a RawObject) -> Option<ObjectBinding> {
        let source = match (&raw.spawn, &raw.scene, &raw.region) {
            (Some(spawn), None, None) => self.spawn(raw, spawn),
            (None, Some(scene), None) => self.scene_object(raw, scene),
            (None, None, Some(region)) => self.slot(raw, region),
            _ => {
                let given = [
                    ("spawn", raw.spawn.is_some()),
                    ("scene", raw.scene.is_some()),
                    ("region", raw.region.is_some()),
                ];
                let given = given.iter().filter(|(_, there)| *there);
                let given: Vec<&str> = given.map(|(key, _)| *key).collect();
                let found = match given.as_slice() {
                    [] => "neither spawn, scene nor region".to_owned(),
                    keys => keys.join(" and "),
                };
                self.error(&raw.at, found, "one of spawn, scene and region", "");
                None
            }
        };
        let reach = self.number_or(raw.reach_m.as_ref(), f64::INFINITY, "above 0", |x| x > 0.0);
        let mut words = BTreeMap::new();
        for (word, table) in raw.words.iter().flatten() {
            // A file that is not there has been reported by the loader.
            let Some(document) = self.files.words.get(&table.file.value) else {
                continue;
            };
            let pointer = table.pointer.value.clone();
            if !pointer.starts_with('/') || pointer.matches('{').count() == 0 {
                let found = format!("the text {pointer:?}");
                let expected = "a JSON pointer with an attribute in braces, such as \"/cells/{label.cell}/code\"";
                self.error(&table.pointer.place, found, expected, "");
            }
            let document = document.clone();
            words.insert(word.clone(), WordTable { document, pointer });
        }
        Some(ObjectBinding {
            name: name.to_owned(),
            source: source?,
            symmetry: raw.symmetry.unwrap_or(Symmetry::None),
            reach_m: reach?,
            words,
        })
    }

    fn spawn(&mut self, raw: &'a RawObject, spawn: &'a At<String>) -> Option<Source> {
        self.only(
            raw,
            "spawn",
            &["pick", "with", "unique", "inside", "object"],
        );
        let Some(desc) = self
            .files
            .recipe
            .spawns
            .iter()
            .find(|s| s.name == spawn.value)
        else {
            let names = self.files.recipe.spawns.iter().map(|s| s.name.as_str());
            self.unknown(spawn, "entry", "a [[spawn]] of the recipe", names);
            return None;
        };
        let attributes = spawn_attributes(desc);
        let keys = raw.with.iter().flatten().map(|(key, at)| (key, &at.place));
        let unique = raw.unique.iter().map(|at| (&at.value, &at.place));
        for (key, place) in keys.chain(unique) {
            if !attributes.contains(key.as_str()) {
                let expected = format!("an attribute of `{}`", spawn.value);
                let names = attributes.iter().map(String::as_str);
                self.unknown_part(key, place, "attribute", &expected, names);
            }
        }
        if let (Some(variant), Some(dist)) = (
            raw.with.as_ref().and_then(|with| with.get("variant")),
            &desc.variant,
        ) {
            let listed = dist.law.listed();
            if !listed.contains(&variant.value) {
                let expected = format!("a variant that `{}` can have", spawn.value);
                let names = listed.iter().map(String::as_str);
                self.unknown(variant, "variant", &expected, names);
            }
        }
        if let Some(region) = &raw.inside {
            self.region_exists(region);
        }
        let index = match raw.pick.as_ref().map(|pick| (pick.value, &pick.place)) {
            None | Some((RawPick::Random, _)) => None,
            Some((RawPick::Index(index), place)) => {
                let most = desc.count.law.extremes().into_iter().max().unwrap_or(0);
                if !(0..most.max(1)).contains(&index) {
                    let expected = format!("0 … {}, as `{}` has", most - 1, spawn.value);
                    self.error(place, format!("number {index}"), expected, "");
                }
                Some(index.max(0) as u32)
            }
            Some((RawPick::RandomFree | RawPick::FirstFree, place)) => {
                let expected = "\"random\" or a number: only slots are free or not";
                self.error(place, "a free one", expected, "");
                None
            }
        };
        let objects = self.objects_of(desc);
        let names: BTreeSet<&str> = objects.iter().map(|o| o.name.as_str()).collect();
        match &raw.object {
            Some(object) if !names.contains(object.value.as_str()) => {
                let expected = format!("an object of the assets of `{}`", spawn.value);
                self.unknown(object, "object", &expected, names.into_iter());
            }
            None if desc.asset.law.extremes().iter().any(|a| self.many(*a)) => {
                let found = format!("`{}`, whose assets have several objects", spawn.value);
                let names: Vec<&str> = names.into_iter().collect();
                let remedy = format!("add object = …: {}", names.join(", "));
                self.error(&spawn.place, found, "`object`, which says which", remedy);
            }
            _ => {}
        }
        let with = raw.with.iter().flatten();
        Some(Source::Spawn {
            spawn: spawn.value.clone(),
            index,
            with: with
                .map(|(key, at)| (key.clone(), at.value.clone()))
                .collect(),
            unique: raw.unique.as_ref().map(|at| at.value.clone()),
            inside: raw.inside.as_ref().map(|at| at.value.clone()),
            object: raw.object.as_ref().map(|at| at.value.clone()),
        })
    }

    fn many(&self, asset: AssetId) -> bool {
        self.files.scene.assets[asset.index()].objects.len() > 1
    }

    fn scene_object(&mut self, raw: &'a RawObject, scene: &'a At<String>) -> Option<Source> {
        self.only(raw, "scene", &[]);
        let names = self.scene_names();
        if !names.contains(scene.value.as_str()) {
            let expected = "an object of the scene file";
            self.unknown(scene, "object", expected, names.into_iter());
            return None;
        }
        Some(Source::Scene {
            object: scene.value.clone(),
        })
    }

    pub(super) fn scene_names(&self) -> BTreeSet<&'a str> {
        let scene = self.files.scene;
        let ids = scene.assets.first().map(|room| room.object_ids());
        let ids = ids.into_iter().flatten();
        ids.map(|id| scene.objects[id.index()].name.as_str())
            .collect()
    }

    fn slot(&mut self, raw: &'a RawObject, region: &'a At<String>) -> Option<Source> {
        self.only(raw, "region", &["pick", "opposite", "owner", "numbers"]);
        self.region_exists(region)?;
        let index_of = |at: &At<String>| self.objects.iter().position(|name| *name == at.value);
        let opposite = raw.opposite.as_ref().and_then(index_of);
        let owner = raw.owner.as_ref().and_then(index_of);
        self.used.extend(opposite.into_iter().chain(owner));
        let pick = match (&raw.pick, opposite) {
            (Some(pick), Some(_)) => {
                let found = "pick beside opposite";
                self.error(&pick.place, found, "one of the two", "");
                return None;
            }
            (None, Some(opposite)) => SlotPick::Opposite(opposite),
            (Some(pick), None) => match pick.value {
                RawPick::Random => SlotPick::Random,
                RawPick::RandomFree => SlotPick::RandomFree,
                RawPick::FirstFree => SlotPick::FirstFree,
                RawPick::Index(index) if index < 0 => {
                    let found = format!("number {index}");
                    self.error(&pick.place, found, "0 or more", "");
                    return None;
                }
                RawPick::Index(index) => SlotPick::Index(index as u32),
            },
            (None, None) => SlotPick::Random,
        };
        let numbers = self.numbers(raw.numbers.as_ref())?;
        Some(Source::Slot {
            region: region.value.clone(),
            pick,
            owner,
            numbers,
        })
    }

    /// Keys that do not go with what is chosen from.
    fn only(&mut self, raw: &'a RawObject, what: &str, keys: &[&str]) {
        let given: [(&str, Option<&Place>); 7] = [
            ("pick", raw.pick.as_ref().map(|at| &at.place)),
            ("opposite", raw.opposite.as_ref().map(|at| &at.place)),
            ("owner", raw.owner.as_ref().map(|at| &at.place)),
            ("numbers", raw.numbers.as_ref().map(|at| &at.place)),
            ("with", raw.with.as_ref().map(|_| &raw.at)),
            ("unique", raw.unique.as_ref().map(|at| &at.place)),
            ("inside", raw.inside.as_ref().map(|at| &at.place)),
        ];
        for (key, place) in given {
            if let (Some(place), false) = (place, keys.contains(&key)) {
                let found = format!("`{key}` beside `{what}`, which does not use it");
                let expected = match keys {
                    [] => format!("`{what}` alone"),
                    keys => format!("only {} beside `{what}`", keys.join(", ")),
                };
                self.error(place, found, expected, "");
            }
        }
    }

    /// The regions of the room and of everything that can be spawned.
    pub(super) fn region_names(&self) -> BTreeSet<&'a str> {
        let scene = self.files.scene;
        let assets = scene.assets.iter().flat_map(|a| &a.regions);
        let objects = scene.objects.iter().flat_map(|o| &o.regions);
        assets.chain(objects).map(|r| r.name.as_str()).collect()
    }

    pub(super) fn region_exists(&mut self, region: &At<String>) -> Option<()> {
        let names = self.region_names();
        if names.contains(region.value.as_str()) {
            return Some(());
        }
        let expected = "a region of the scene or of its assets";
        self.unknown(region, "region", expected, names.into_iter());
        None
    }

    /// The objects that an entry can spawn.
    pub(super) fn objects_of(&self, spawn: &SpawnDesc) -> Vec<&'a ObjectDesc> {
        let scene = self.files.scene;
        let assets = spawn.asset.law.extremes().into_iter();
        let ids = assets.flat_map(|asset| scene.assets[asset.index()].object_ids());
        ids.map(|id| &scene.objects[id.index()]).collect()
    }

    /// What a name can stand for; nothing for slots.
    pub(super) fn candidates(&self, index: usize) -> Vec<&'a ObjectDesc> {
        let raw = &self.raw.objects.value[self.objects[index]];
        let scene = self.files.scene;
        if let Some(name) = &raw.scene {
            let ids = scene.assets.first().map(|room| room.object_ids());
            let objects = ids
                .into_iter()
                .flatten()
                .map(|id| &scene.objects[id.index()]);
            return objects.filter(|o| o.name == name.value).collect();
        }
        let Some(spawn) = &raw.spawn else {
            return Vec::new();
        };
        let Some(desc) = self
            .files
            .recipe
            .spawns
            .iter()
            .find(|s| s.name == spawn.value)
        else {
            return Vec::new();
        };
        let wanted = raw.object.as_ref().map(|at| at.value.as_str());
        let mut objects = self.objects_of(desc);
        objects.retain(|o| wanted.is_none_or(|name| name == o.name));
        objects
    }

    pub(super) fn is_slot(&self, index: usize) -> bool {
        self.raw.objects.value[self.objects[index]].region.is_some()
    }

    /// The index of an object, which is used from now on.
    pub(super) fn object_named(&mut self, name: &str, place: &Place) -> Option<usize> {
        let index = self.objects.iter().position(|n| *n == name);
        match index {
            Some(index) => {
                self.used.insert(index);
            }
            None if !self.raw.objects.broken => {
                let names = self.raw.objects.value.keys().map(String::as_str);
                // An object that could not be read is known all the same.
                if !self.raw.objects.value.contains_key(name) {
                    let expected = "an object of [objects]";
                    self.unknown_part(name, place, "object", expected, names);
                }
            }
            None => {}
        }
        index
    }

    /// The same for what must be a body, not a slot.
    pub(super) fn body_named(&mut self, at: &At<String>) -> Option<usize> {
        let index = self.object_named(&at.value, &at.place)?;
        if self.is_slot(index) {
            let found = format!("`{}`, a slot", at.value);
            self.error(&at.place, found, "an object", "");
            return None;
        }
        Some(index)
    }

    /// Whether an object has an attribute that an instruction names.
    pub(super) fn attribute(&mut self, index: usize, name: &str, place: &Place) -> Option<()> {
        let object = self.objects[index];
        let raw = &self.raw.objects.value[object];
        let mut known: BTreeSet<String> = BTreeSet::from(["name".to_owned()]);
        if raw.region.is_some() {
            known.extend(["number".to_owned(), "owner".to_owned()]);
        } else {
            known.insert("class".to_owned());
        }
        if let Some(spawn) = &raw.spawn {
            let mut spawns = self.files.recipe.spawns.iter();
            // An entry that is not there has been reported.
            let desc = spawns.find(|s| s.name == spawn.value)?;
            known.extend(spawn_attributes(desc));
        }
        known.extend(raw.words.iter().flatten().map(|(word, _)| word.clone()));
        if known.contains(name) {
            return Some(());
        }
        let expected = format!("an attribute of `{object}`");
        let names = known.iter().map(String::as_str);
        self.unknown_part(name, place, "attribute", &expected, names);
        None
    }
}

/// The attributes that the items of an entry have.
fn spawn_attributes(desc: &SpawnDesc) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if desc.variant.is_some() {
        names.insert("variant".to_owned());
    }
    for look in &desc.looks {
        if look.cell.is_some() {
            names.insert(format!("{}.cell", look.material));
        }
        if look.texture.is_some() {
            names.insert(format!("{}.texture", look.material));
        }
        let groups = [
            look.tint.as_ref().and_then(|dist| dist.group.as_ref()),
            look.roughness.as_ref().and_then(|dist| dist.group.as_ref()),
            look.metallic.as_ref().and_then(|dist| dist.group.as_ref()),
        ];
        for group in groups.into_iter().flatten() {
            names.insert(format!("group.{}.{}", group.group, group.value));
        }
    }
    names
}

impl WordTable {
    /// The word for an object with these attributes, if there is one.
    pub fn look_up(&self, attributes: &BTreeMap<String, String>) -> Option<String> {
        let mut pointer = self.pointer.clone();
        for (name, value) in attributes {
            // As JSON pointers escape.
            let value = value.replace('~', "~0").replace('/', "~1");
            pointer = pointer.replace(&format!("{{{name}}}"), &value);
        }
        match self.document.pointer(&pointer)? {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}
