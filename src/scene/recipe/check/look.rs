//! Materials and variants.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Limits, Per, listed, map_choices};
use crate::base::ids::{AssetId, MaterialId, TextureId};
use crate::base::problem::did_you_mean;
use crate::scene::desc::{ObjectDesc, SceneDesc, Surface};
use crate::scene::recipe::desc::{CellDesc, LookDesc};
use crate::scene::recipe::dist::{Dist, Law, Whole};
use crate::scene::recipe::raw::{Number, RawCell, RawLook, RawSceneMaterial, Text, Vector};
use crate::scene::recipe::reader::{At, Place};

/// The keys of [`RawLook`] and [`RawSceneMaterial`] that say how a material changes.
struct LookKeys<'a> {
    place: &'a Place,
    tint: Option<&'a Vector>,
    roughness: Option<&'a Number>,
    metallic: Option<&'a Number>,
    cell: Option<&'a RawCell>,
    texture: Option<&'a Text>,
}

impl<'a> From<&'a RawLook> for LookKeys<'a> {
    fn from(raw: &'a RawLook) -> Self {
        Self {
            place: &raw.at,
            tint: raw.tint.as_ref(),
            roughness: raw.roughness.as_ref(),
            metallic: raw.metallic.as_ref(),
            cell: raw.cell.as_ref(),
            texture: raw.texture.as_ref(),
        }
    }
}

impl<'a> From<&'a RawSceneMaterial> for LookKeys<'a> {
    fn from(raw: &'a RawSceneMaterial) -> Self {
        Self {
            place: &raw.at,
            tint: raw.tint.as_ref(),
            roughness: raw.roughness.as_ref(),
            metallic: raw.metallic.as_ref(),
            cell: raw.cell.as_ref(),
            texture: raw.texture.as_ref(),
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn scene_materials(&mut self) -> Option<Vec<LookDesc>> {
        let raw = &self.raw.material.value;
        let names = raw.iter().map(|m| (m.name.value.as_str(), &m.name.place));
        self.duplicates("material", names);
        let checked: Vec<Option<LookDesc>> = raw
            .iter()
            .map(|material| {
                let room: Vec<AssetId> = self.files.room.into_iter().collect();
                self.look(&material.name, material.into(), &room, Per::Episode)
            })
            .collect();
        checked.into_iter().collect()
    }

    pub(super) fn scene_variant(&mut self) -> Option<Option<Dist<i64>>> {
        let raw = &self.raw.variant.value;
        if let Some(second) = raw.get(1) {
            let found = "a second [[variant]]";
            let remedy = "put all names into one { choice = … }";
            self.error(&second.at, found, "one: a scene shows one variant", remedy);
        }
        let Some(first) = raw.first() else {
            return Some(None);
        };
        let dist = self.dist(&first.choose, Per::Episode)?;
        let room = self.room()?;
        let index = |name: &String| room.variants.iter().position(|v| v == name);
        for name in dist.law.extremes() {
            let place = first.choose.place.clone();
            if let Some(index) = index(&name) {
                let room: Vec<AssetId> = self.files.room.into_iter().collect();
                self.variant_is_clear(&place, &room, index as u32);
            } else {
                let name = At { value: name, place };
                let names = room.variants.iter().map(String::as_str);
                self.unknown(&name, "variant", "a variant of the scene file", names);
            }
        }
        map_choices(&dist, |name| index(name).map(|i| i as i64)).map(Some)
    }

    /// A look of `[spawn.materials]`.
    pub(super) fn item_look(
        &mut self,
        name: &str,
        raw: &'a RawLook,
        assets: &[AssetId],
    ) -> Option<LookDesc> {
        let name = At {
            value: name.to_owned(),
            place: raw.at.clone(),
        };
        self.look(&name, raw.into(), assets, Per::Item)
    }

    /// Variants of assets: each name must be known to each asset.
    pub(super) fn item_variant(
        &mut self,
        raw: &'a Text,
        assets: &[AssetId],
    ) -> Option<Dist<String>> {
        let dist = self.dist(raw, Per::Item)?;
        for name in dist.law.extremes() {
            for &id in assets {
                let asset = &self.files.scene.assets[id.index()];
                let place = raw.place.clone();
                if let Some(index) = asset.variants.iter().position(|v| *v == name) {
                    self.variant_is_clear(&place, &[id], index as u32);
                    continue;
                }
                let expected = format!("a variant of `{}`", asset.name);
                let names = asset.variants.iter().map(String::as_str);
                let name = At {
                    value: name.clone(),
                    place,
                };
                self.unknown(&name, "variant", &expected, names);
            }
        }
        Some(dist)
    }

    /// A look changes a material of an object as a whole, so that a variant cannot turn it into one
    /// thing here and another there.
    fn variant_is_clear(&mut self, place: &Place, assets: &[AssetId], variant: u32) {
        let becomes = |surface: &Surface| {
            let mut variants = surface.variants.iter();
            variants.find(|(i, _)| *i == variant).map(|(_, m)| *m)
        };
        let scene = self.files.scene;
        for object in objects(scene, assets) {
            let mut seen = BTreeMap::new();
            for surface in &object.surfaces {
                let new = becomes(surface);
                if *seen.entry(surface.material).or_insert(new) != new {
                    let name = &scene.materials[surface.material.index()].name;
                    self.error(
                        place,
                        format!(
                            "a variant that changes material `{name}` of `{}` in two ways",
                            object.name
                        ),
                        "one way on all surfaces of an object",
                        "give the surfaces different materials in the file",
                    );
                    return;
                }
            }
        }
    }

    fn look(
        &mut self,
        name: &At<String>,
        keys: LookKeys<'a>,
        assets: &[AssetId],
        drawn: Per,
    ) -> Option<LookDesc> {
        if keys.tint.is_none()
            && keys.roughness.is_none()
            && keys.metallic.is_none()
            && keys.cell.is_none()
            && keys.texture.is_none()
        {
            let expected = "at least one of tint, roughness, metallic, cell, texture";
            self.error(keys.place, "a material that changes nothing", expected, "");
        }
        let tint = keys
            .tint
            .map(|raw| self.numbers(raw, Limits::new(0.0, 100.0), drawn));
        let roughness = keys
            .roughness
            .map(|raw| self.numbers(raw, Limits::SHARE, drawn));
        let metallic = keys
            .metallic
            .map(|raw| self.numbers(raw, Limits::SHARE, drawn));
        let cell = keys.cell.map(|raw| self.cell(raw, drawn));
        let texture = keys.texture.map(|raw| self.texture(raw, drawn));
        if !assets.is_empty() {
            self.material_is_there(name, &keys, assets);
        }
        Some(LookDesc {
            material: name.value.clone(),
            tint: sequence(tint)?,
            roughness: sequence(roughness)?,
            metallic: sequence(metallic)?,
            cell: sequence(cell)?,
            texture: sequence(texture)?,
        })
    }

    fn cell(&mut self, raw: &'a RawCell, drawn: Per) -> Option<CellDesc> {
        let columns = self.whole(Some(&raw.columns), 1, 1, 256);
        let rows = self.whole(Some(&raw.rows), 1, 1, 256);
        let (columns, rows) = (columns?, rows?);
        let last = columns * rows - 1;
        let index = match &raw.index {
            Some(index) => self.counts(index, 0, last, drawn)?,
            None => Law::Spread(Whole { low: 0, high: last }).into(),
        };
        Some(CellDesc {
            columns: columns as u32,
            rows: rows as u32,
            index,
        })
    }

    fn texture(&mut self, raw: &'a Text, drawn: Per) -> Option<Dist<TextureId>> {
        let dist = self.dist(raw, drawn)?;
        // A path that is not there has been reported by the loader.
        map_choices(&dist, |path| self.files.textures.get(path).copied())
    }

    /// The material must be on a surface, and with texture coordinates where they are needed.
    fn material_is_there(&mut self, name: &At<String>, keys: &LookKeys<'_>, assets: &[AssetId]) {
        let scene = self.files.scene;
        let shown = |surface: &Surface| {
            shown_materials(surface).any(|m| scene.materials[m.index()].name == name.value)
        };
        let surfaces: Vec<&Surface> = objects(scene, assets)
            .flat_map(|object| &object.surfaces)
            .filter(|surface| shown(surface))
            .collect();
        if surfaces.is_empty() {
            let names: BTreeSet<&str> = objects(scene, assets)
                .flat_map(|object| &object.surfaces)
                .flat_map(shown_materials)
                .map(|m| scene.materials[m.index()].name.as_str())
                .filter(|name| !name.is_empty())
                .collect();
            let whose: Vec<&str> = assets
                .iter()
                .map(|asset| scene.assets[asset.index()].name.as_str())
                .collect();
            let remedy = did_you_mean(&name.value, names.iter().copied())
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_default();
            self.error(
                &name.place,
                format!("unknown material `{}`", name.value),
                listed(&format!("a material of {}", whose.join(", ")), &names),
                remedy,
            );
            return;
        }
        if keys.cell.is_none() && keys.texture.is_none() {
            return;
        }
        let has_uvs = |surface: &&Surface| !scene.meshes[surface.mesh.index()].uvs[0].is_empty();
        if !surfaces.iter().any(has_uvs) {
            self.error(
                keys.place,
                format!(
                    "material `{}` on meshes without texture coordinates",
                    name.value
                ),
                "texture coordinates, for cell and texture",
                "unwrap the mesh",
            );
        }
        let textured = surfaces
            .iter()
            .flat_map(|surface| shown_materials(surface))
            .map(|m| &scene.materials[m.index()])
            .any(|m| m.name == name.value && m.base_color_texture.is_some());
        if !textured && keys.texture.is_none() {
            self.error(
                keys.place,
                format!("a cell of material `{}`, which has no texture", name.value),
                "a material with a base colour texture",
                "give it one in the file, or by texture = …",
            );
        }
    }
}

fn objects<'s>(
    scene: &'s SceneDesc,
    assets: &[AssetId],
) -> impl Iterator<Item = &'s ObjectDesc> + use<'s> {
    let ids: Vec<_> = assets
        .iter()
        .flat_map(|asset| scene.assets[asset.index()].object_ids())
        .collect();
    ids.into_iter().map(|id| &scene.objects[id.index()])
}

/// The material of a surface, as the file has it and under each variant.
fn shown_materials(surface: &Surface) -> impl Iterator<Item = MaterialId> + use<'_> {
    std::iter::once(surface.material).chain(surface.variants.iter().map(|(_, m)| *m))
}

/// `None` if there was something and it failed.
fn sequence<T>(option: Option<Option<T>>) -> Option<Option<T>> {
    match option {
        Some(None) => None,
        Some(some) => Some(some),
        None => Some(None),
    }
}
