//! Lights as the shaders read them.

use std::sync::Arc;

use glam::Vec3;

use super::encode::{Vector, vector};
use crate::render::Frame;
use crate::render::emitters::{Emission, Emitters};
use crate::render::light::{DeltaKind, LightSet};

/// Vectors of a layer of light from all around; see `environment.wgsl`.
const LAYER_SIZE: usize = 28;
/// Of its pictures: the largest that a map may have needs 14.
const MOST_LEVELS: usize = 16;

/// Appends lights without size, then rectangles; see `light.wgsl`.
pub fn encode_lights(lights: &LightSet, body: &mut Vec<Vector>) {
    for light in &lights.deltas {
        let casts = u32::from(light.casts_shadow) << 2;
        let place = |p: Vec3, kind: u32| {
            let mut v = vector(p, 0.0);
            v[3] = kind | casts;
            v
        };
        body.extend(match light.kind {
            DeltaKind::Point { position, candela } => {
                [place(position, 0), vector(candela, 0.0), [0; 4]]
            }
            DeltaKind::Spot {
                position,
                direction,
                candela,
                cos_inner,
                cos_outer,
            } => [
                place(position, 1),
                vector(candela, cos_inner),
                vector(direction, cos_outer),
            ],
            DeltaKind::Directional { towards, lux, disk } => [
                place(towards, 2),
                vector(lux, 0.0),
                [disk.to_bits(), 0, 0, 0],
            ],
        });
    }
    for light in &lights.rects {
        let mut center = vector(light.center, 0.0);
        center[3] = u32::from(light.casts_shadow);
        body.push(center);
        body.extend(light.half_axes.map(|axis| vector(axis, 0.0)));
        body.extend([vector(light.normal, 0.0), vector(light.nits, 0.0)]);
    }
}

/// Appends light from all around as `environment.wgsl` reads it: panoramas are with the textures,
/// skies come along.
pub fn encode_layers(frame: &Frame<'_>, panoramas: &[Vec<[u32; 3]>], body: &mut Vec<Vector>) {
    let layers = frame.lights.environment.layers();
    let header = body.len();
    body.push([layers.len() as u32, 0, 0, 0]);
    body.resize(header + 1 + LAYER_SIZE * layers.len(), [0; 4]);
    for (i, layer) in layers.iter().enumerate() {
        let of_scene = frame.renderer.environments.iter();
        let panorama = of_scene
            .zip(panoramas)
            .find(|(lobes, _)| Arc::ptr_eq(lobes, &layer.lobes));
        let levels: Vec<[u32; 3]> = match panorama {
            Some((_, levels)) => levels.clone(),
            None => {
                let level = |(width, height, rgb): (usize, usize, &[[f32; 3]])| {
                    let start = (body.len() - header) as u32;
                    body.extend(rgb.iter().map(|&p| vector(p.into(), 0.0)));
                    [start, width as u32, height as u32]
                };
                layer.lobes.levels().map(level).collect()
            }
        };
        let mut record = [[0; 4]; LAYER_SIZE];
        record[0] = vector(layer.nits_per_unit, 0.0);
        record[0][3] = levels.len().min(MOST_LEVELS) as u32;
        record[1] = [
            layer.turn.x.to_bits(),
            layer.turn.y.to_bits(),
            u32::from(panorama.is_some()),
            u32::from(layer.ground.is_some()),
        ];
        record[2] = vector(layer.ground.unwrap_or_default(), 0.0);
        let (harmonics, places) = record[3..].split_at_mut(9);
        for (to, from) in harmonics.iter_mut().zip(layer.lobes.harmonics()) {
            *to = vector(*from, 0.0);
        }
        for (to, [start, width, height]) in places.iter_mut().zip(levels) {
            *to = [start, width, height, 0];
        }
        let at = header + 1 + LAYER_SIZE * i;
        body[at..at + LAYER_SIZE].copy_from_slice(&record);
    }
}

/// What paths choose lights by; see `emitters.wgsl` and `importance.wgsl`.
pub fn encode_emitters(frame: &Frame<'_>) -> Vec<Vector> {
    let emitters = Emitters::new(
        &frame.lights,
        &frame.lights.environment,
        &frame.geometry,
        &frame.renderer.scene.meshes,
        &frame.renderer.textures,
    );
    let mut table: Vec<Vector> = vec![[0; 4]; 2];
    table.extend(packed(emitters.emissions().iter().map(|e| match *e {
        Emission::Found => 0.0,
        Emission::Lamp => -1.0,
        Emission::Sampled(mean) => mean,
    })));
    let lamps = table.len() as u32;
    table.extend(packed(emitters.lamps().iter().map(|&l| f32::from(l))));
    let triangles = table.len() as u32;
    let triangle = |(draw, triangle, sum): (u32, u32, f32)| [draw, triangle, sum.to_bits(), 0];
    table.extend(emitters.triangles().map(triangle));
    let importance = table.len() as u32;
    for numbers in frame.lights.environment.importance_table().iter().flatten() {
        table.extend(packed(numbers.iter().copied()));
    }
    let count = importance - triangles;
    table[0] = [count, emitters.surface_power().to_bits(), importance, lamps];
    table[1] = [triangles, 0, 0, 0];
    table
}

/// Four numbers a vector.
fn packed(numbers: impl Iterator<Item = f32>) -> Vec<Vector> {
    let bits: Vec<u32> = numbers.map(f32::to_bits).collect();
    let four = |n: &[u32]| std::array::from_fn(|i| n.get(i).copied().unwrap_or(0));
    bits.chunks(4).map(four).collect()
}
