//! How materials look in one episode.

use std::collections::BTreeMap;

use super::draw::Draw;
use crate::base::frame::MaterialLook;
use crate::base::ids::{MaterialId, ObjectId, TextureId};
use crate::base::seed::SeedPath;
use crate::scene::desc::SceneDesc;
use crate::scene::recipe::desc::LookDesc;
use crate::scene::recipe::dist::Dist;

/// Changes of materials, drawn once for all objects that share them.
pub struct DrawnLooks {
    /// By the material's name.
    by_material: BTreeMap<String, DrawnLook>,
    /// What labels record.
    pub attributes: BTreeMap<String, String>,
}

struct DrawnLook {
    tint: Option<[f32; 3]>,
    roughness: Option<f32>,
    metallic: Option<f32>,
    uv_offset: [f32; 2],
    texture: Option<TextureId>,
}

impl DrawnLooks {
    /// Draws from streams below `own`.
    pub fn draw(scene: &SceneDesc, looks: &[LookDesc], draw: &Draw<'_>, own: &SeedPath) -> Self {
        let mut drawn = Self {
            by_material: BTreeMap::new(),
            attributes: BTreeMap::new(),
        };
        for look in looks {
            let stream = own.child("material").child(&look.material);
            let mut number = |dist: &Option<Dist<f64>>, name: &str| {
                let dist = dist.as_ref()?;
                let value = draw.get(dist, &stream.child(name));
                drawn.record_group(dist, || value.to_string());
                Some(value as f32)
            };
            let roughness = number(&look.roughness, "roughness");
            let metallic = number(&look.metallic, "metallic");
            let tint = look.tint.as_ref().map(|dist| {
                let value = draw.get(dist, &stream.child("tint"));
                drawn.record_group(dist, || format!("{value:?}"));
                value.map(|component| component as f32)
            });
            let texture = look.texture.as_ref().map(|dist| {
                let id = draw.get(dist, &stream.child("texture"));
                let name = scene.textures[id.index()].name.clone();
                let key = format!("{}.texture", look.material);
                drawn.attributes.insert(key, name);
                id
            });
            let mut uv_offset = [0.0; 2];
            if let Some(cell) = &look.cell {
                let index = draw.get(&cell.index, &stream.child("cell")) as u32;
                let (column, row) = (index % cell.columns, index / cell.columns);
                uv_offset = [
                    column as f32 / cell.columns as f32,
                    row as f32 / cell.rows as f32,
                ];
                let key = format!("{}.cell", look.material);
                drawn.attributes.insert(key, index.to_string());
            }
            let look_of = DrawnLook {
                tint,
                roughness,
                metallic,
                uv_offset,
                texture,
            };
            drawn.by_material.insert(look.material.clone(), look_of);
        }
        drawn
    }

    /// Records a draw shared by a group as `group.<group>.<value>`.
    fn record_group<T: crate::scene::recipe::dist::Variable>(
        &mut self,
        dist: &Dist<T>,
        text: impl FnOnce() -> String,
    ) {
        if let Some(group) = &dist.group {
            let key = format!("group.{}.{}", group.group, group.value);
            self.attributes.insert(key, text());
        }
    }

    /// The materials of an object that change, in the order of its surfaces. `variant` is an index
    /// into the variants of the object's asset. A change addresses the material that is shown.
    pub fn of_object(
        &self,
        scene: &SceneDesc,
        object: ObjectId,
        variant: Option<u32>,
    ) -> Vec<MaterialLook> {
        let mut looks: Vec<MaterialLook> = Vec::new();
        let mut seen: Vec<MaterialId> = Vec::new();
        for surface in &scene.objects[object.index()].surfaces {
            let of = surface.material;
            if seen.contains(&of) {
                continue;
            }
            seen.push(of);
            let mut variants = surface.variants.iter();
            let becomes = variants
                .find(|(index, _)| Some(*index) == variant)
                .map_or(of, |(_, material)| *material);
            let change = self.by_material.get(&scene.materials[becomes.index()].name);
            if becomes == of && change.is_none() {
                continue;
            }
            looks.push(MaterialLook {
                of,
                name: scene.materials[of.index()].name.clone(),
                becomes,
                tint: change.and_then(|c| c.tint).unwrap_or([1.0; 3]),
                roughness: change.and_then(|c| c.roughness),
                metallic: change.and_then(|c| c.metallic),
                uv_offset: change.map_or([0.0; 2], |c| c.uv_offset),
                texture: change.and_then(|c| c.texture),
            });
        }
        looks
    }
}
