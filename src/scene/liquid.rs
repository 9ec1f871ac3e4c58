//! What tracked liquid is drawn with.

use glam::{Vec2, Vec3};

use super::desc::{LiquidBodies, SceneDesc};
use super::material::Material;
use super::mesh::Mesh;
use crate::base::ids::{MaterialId, MeshId, PartId};

/// Of the cylinder's rim.
const SIDES: u32 = 24;
/// Of its surface: still, and wet.
const ROUGHNESS: f32 = 0.05;
/// Name of the part that its pixels have.
const PART: &str = "liquid";

impl SceneDesc {
    /// Appends what tracked liquid is drawn with, if it is not there yet.
    pub fn add_liquid(&mut self) {
        if self.liquid.is_some() {
            return;
        }
        let part = self.parts.iter().position(|name| name == PART);
        let part = part.unwrap_or_else(|| {
            self.parts.push(PART.to_owned());
            self.parts.len() - 1
        });
        let block = MeshId(self.meshes.len() as u32);
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        let corners = corners.map(|(x, y)| Vec2::new(x, y));
        self.meshes.push(prism("liquid_block", &corners, |side| {
            let middle = 0.5 * (corners[side] + corners[(side + 1) % 4]);
            [middle.normalize(); 2]
        }));
        let angle = |k: u32| k as f32 * std::f32::consts::TAU / SIDES as f32;
        let rim: Vec<Vec2> = (0..SIDES)
            .map(|k| Vec2::new(libm::cosf(angle(k)), libm::sinf(angle(k))))
            .collect();
        self.meshes.push(prism("liquid_cylinder", &rim, |side| {
            [rim[side], rim[(side + 1) % rim.len()]]
        }));
        let material = MaterialId(self.materials.len() as u32);
        self.materials.push(Material {
            name: PART.to_owned(),
            metallic: 0.0,
            roughness: ROUGHNESS,
            ..Material::default()
        });
        self.liquid = Some(LiquidBodies {
            block,
            cylinder: MeshId(block.0 + 1),
            material,
            part: PartId(part as u32),
        });
    }
}

/// Over a convex outline (counter-clockwise), Z from 0 to 1. `normals`: of a side, at its first
/// corner and at its second.
fn prism(name: &str, outline: &[Vec2], normals: impl Fn(usize) -> [Vec2; 2]) -> Mesh {
    let mut mesh = Mesh {
        name: name.to_owned(),
        ..Mesh::default()
    };
    let sides = outline.len() as u32;
    for (z, normal) in [(0.0, Vec3::NEG_Z), (1.0, Vec3::Z)] {
        let first = mesh.positions.len() as u32;
        for corner in outline {
            mesh.positions.push(corner.extend(z));
            mesh.normals.push(normal);
        }
        for k in 1..sides - 1 {
            let [a, b, c] = [first, first + k, first + k + 1];
            let face = if z > 0.0 { [a, b, c] } else { [a, c, b] };
            mesh.triangles.push(face);
        }
    }
    for side in 0..outline.len() {
        let first = mesh.positions.len() as u32;
        let ends = [outline[side], outline[(side + 1) % outline.len()]];
        for (corner, normal) in ends.iter().zip(normals(side)) {
            for z in [0.0, 1.0] {
                mesh.positions.push(corner.extend(z));
                mesh.normals.push(normal.extend(0.0));
            }
        }
        let [a, a_up, b, b_up] = [first, first + 1, first + 2, first + 3];
        mesh.triangles.extend([[a, b, b_up], [a, b_up, a_up]]);
    }
    mesh
}
