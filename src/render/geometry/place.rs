//! A snapshot's surfaces and liquids → draws.

use std::sync::Arc;

use arrayvec::ArrayVec;
use glam::Affine3A;

use super::{Draw, Geometry, Interior, MeshTree, Opacity, RenderMaterial, Tree};
use crate::base::frame::{Filling, FrameSnapshot, InstanceSnapshot, MaterialLook};
use crate::base::ids::{MaterialId, MeshId, PartId};
use crate::scene::desc::{Bounds, LiquidBodies, SceneDesc, Surface};

/// What a draw is made from beside its instance.
struct Piece {
    mesh: MeshId,
    /// Index into the frame's materials.
    material: u32,
    part: PartId,
    interior: Option<Interior>,
    object_from_mesh: Affine3A,
}

/// Draws in the making.
struct Placer<'a> {
    scene: &'a SceneDesc,
    meshes: &'a [MeshTree],
    materials: Vec<Arc<RenderMaterial>>,
    /// Colours of liquids, and their materials.
    liquids: Vec<([f32; 3], u32)>,
    draws: Vec<Draw>,
    boxes: Vec<Bounds>,
}

impl Geometry {
    /// Puts every surface and all liquid of every instance of a snapshot in place.
    /// `materials` are the scene's.
    pub fn new(
        scene: &SceneDesc,
        meshes: &[MeshTree],
        materials: &[Arc<RenderMaterial>],
        snapshot: &FrameSnapshot,
    ) -> Self {
        let mut placer = Placer {
            scene,
            meshes,
            materials: materials.to_vec(),
            liquids: Vec::new(),
            draws: Vec::new(),
            boxes: Vec::new(),
        };
        for instance in &snapshot.instances {
            placer.surfaces(instance);
            if let (Some(bodies), Some(fillings)) = (scene.liquid, &instance.fillings) {
                placer.fillings(instance, &bodies, fillings);
            }
        }
        let Placer {
            materials,
            draws,
            boxes,
            ..
        } = placer;
        let (opaque, others) =
            (0..draws.len() as u32).partition(|&d| draws[d as usize].opacity == Opacity::Opaque);
        Self {
            draws,
            materials,
            opaque: Tree::new(opaque, &boxes),
            others: Tree::new(others, &boxes),
            bounds: boxes,
        }
    }
}

impl Placer<'_> {
    fn surfaces(&mut self, instance: &InstanceSnapshot) {
        let scene = self.scene;
        let object = &scene.objects[instance.object.index()];
        let looks = self.materials.len() as u32;
        self.materials.extend(instance.looks.iter().map(|look| {
            let material = &scene.materials[look.becomes.index()];
            Arc::new(RenderMaterial::with_look(material, look))
        }));
        let material_of = |surface: &Surface| {
            let mut looks_of = instance.looks.iter();
            let look = looks_of.position(|look| look.of == surface.material);
            look.map_or(surface.material.0, |i| looks + i as u32)
        };
        let drawn = |surface: &&Surface| !(surface.liquid && instance.fillings.is_some());
        let bodies: ArrayVec<Interior, 8> = (object.surfaces.iter().filter(drawn))
            .filter_map(|s| self.materials[material_of(s) as usize].interior)
            .take(8)
            .collect();
        for surface in object.surfaces.iter().filter(drawn) {
            let material = material_of(surface);
            let render = &self.materials[material as usize];
            let closes = render.opacity == Opacity::Transmissive && !render.double_sided;
            let interior = render
                .interior
                .or_else(|| bodies.iter().find(|b| b.ior == render.ior).copied())
                .filter(|_| closes || render.interior.is_some());
            let piece = Piece {
                mesh: surface.mesh,
                material,
                part: surface.part,
                interior,
                object_from_mesh: surface.object_from_mesh,
            };
            self.place(instance, &piece);
        }
    }

    fn fillings(
        &mut self,
        instance: &InstanceSnapshot,
        bodies: &LiquidBodies,
        fillings: &[Filling],
    ) {
        for filling in fillings {
            let piece = Piece {
                mesh: match filling.round {
                    true => bodies.cylinder,
                    false => bodies.block,
                },
                material: self.liquid(bodies.material, filling.color),
                part: bodies.part,
                interior: None,
                object_from_mesh: filling.object_from_unit,
            };
            self.place(instance, &piece);
        }
    }

    /// The material of a liquid of this colour.
    fn liquid(&mut self, white: MaterialId, color: [f32; 3]) -> u32 {
        if let Some((_, known)) = self.liquids.iter().find(|(c, _)| *c == color) {
            return *known;
        }
        let look = MaterialLook {
            of: white,
            name: String::new(),
            becomes: white,
            tint: color,
            roughness: None,
            metallic: None,
            uv_offset: [0.0; 2],
            texture: None,
        };
        let material = &self.scene.materials[white.index()];
        let new = self.materials.len() as u32;
        let tinted = RenderMaterial::with_look(material, &look);
        self.materials.push(Arc::new(tinted));
        self.liquids.push((color, new));
        new
    }

    fn place(&mut self, instance: &InstanceSnapshot, piece: &Piece) {
        let material = &self.materials[piece.material as usize];
        let world_from_mesh = instance.world_from_instance.affine() * piece.object_from_mesh;
        self.draws.push(Draw {
            instance: instance.id,
            class: instance.class.0 as u16,
            part: piece.part,
            mesh: piece.mesh,
            material: piece.material,
            opacity: material.opacity,
            double_sided: material.double_sided,
            interior: piece.interior,
            world_from_mesh,
            mesh_from_world: world_from_mesh.inverse(),
            object_from_mesh: piece.object_from_mesh,
            mirrored: world_from_mesh.matrix3.determinant() < 0.0,
        });
        let mut bounds = Bounds::EMPTY;
        for corner in self.meshes[piece.mesh.index()].bounds.corners() {
            bounds.include(world_from_mesh.transform_point3(corner));
        }
        self.boxes.push(bounds);
    }
}
