//! What a projector's light meets: metal or not, rough or smooth.

use std::collections::BTreeMap;

use crate::base::frame::FrameSnapshot;
use crate::scene::desc::SceneDesc;

/// How one part of one object reflects; factors of its materials without their textures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reflectance {
    pub metallic: f32,
    pub roughness: f32,
}

/// By instance id and part id.
#[derive(Clone, Debug, Default)]
pub struct Reflectances(BTreeMap<(u32, u16), Reflectance>);

impl Reflectances {
    /// Of a frame's objects; where a part has several materials, their mean.
    pub fn new(scene: &SceneDesc, snapshot: &FrameSnapshot) -> Self {
        let mut sums: BTreeMap<(u32, u16), (Reflectance, f32)> = BTreeMap::new();
        for instance in &snapshot.instances {
            let tracked = instance.fillings.is_some();
            if let (true, Some(liquid)) = (tracked, scene.liquid) {
                let material = &scene.materials[liquid.material.index()];
                let still = Reflectance {
                    metallic: material.metallic,
                    roughness: material.roughness,
                };
                sums.insert((instance.id.0, liquid.part.0 as u16), (still, 1.0));
            }
            let surfaces = scene.objects[instance.object.index()].surfaces.iter();
            for surface in surfaces.filter(|surface| !(tracked && surface.liquid)) {
                let look = instance.looks.iter().find(|l| l.of == surface.material);
                let material = look.map_or(surface.material, |l| l.becomes);
                let material = &scene.materials[material.index()];
                let metallic = look.and_then(|l| l.metallic).unwrap_or(material.metallic);
                let roughness = look.and_then(|l| l.roughness).unwrap_or(material.roughness);
                let key = (instance.id.0, surface.part.0 as u16);
                let zero = Reflectance {
                    metallic: 0.0,
                    roughness: 0.0,
                };
                let (sum, count) = sums.entry(key).or_insert((zero, 0.0));
                sum.metallic += metallic;
                sum.roughness += roughness;
                *count += 1.0;
            }
        }
        let mean = |(key, (sum, count)): (_, (Reflectance, f32))| {
            let mean = Reflectance {
                metallic: sum.metallic / count,
                roughness: sum.roughness / count,
            };
            (key, mean)
        };
        Self(sums.into_iter().map(mean).collect())
    }

    /// Of a pixel's instance and part; matte if unknown.
    pub fn of(&self, instance: u32, part: u16) -> Reflectance {
        let matte = Reflectance {
            metallic: 0.0,
            roughness: 1.0,
        };
        self.0.get(&(instance, part)).copied().unwrap_or(matte)
    }
}
