//! The geometry of links → objects of the scene.

use std::collections::BTreeMap;
use std::path::Path;

use glam::{Affine3A, DVec3, Vec3};

use super::draft::{Draft, Geom, LinkDraft, Paint, Shape};
use super::meshes::{Look, Meshes, push};
use super::primitives::{capsule, cuboid, cylinder, ellipsoid, mirrored, shaded, sphere};
use crate::base::color::linear_from_srgb;
use crate::base::ids::{AssetId, ClassId, MaterialId, MeshId, ObjectId, PartId, TextureId};
use crate::base::pose::Pose;
use crate::base::problem::Problem;
use crate::scene::builder::SceneBuilder;
use crate::scene::desc::{
    AssetDesc, BodyDesc, Bounds, ColliderDesc, ColliderKind, Motion, ObjectDesc, Surface,
};
use crate::scene::material::{AlphaMode, Material, TextureRef};

/// Of links whose file says nothing.
const FRICTION: f64 = 0.6;

/// What `robot.toml` says of a link.
pub(super) struct LinkLook {
    pub class: ClassId,
    pub friction: Option<f64>,
}

/// Adds the asset. By link of the draft: its object. Problems go to the builder.
pub(super) fn assemble(
    builder: &mut SceneBuilder,
    meshes: Meshes,
    draft: &Draft,
    name: &str,
    path: &Path,
    looks: &[LinkLook],
) -> (AssetId, Vec<Option<ObjectId>>) {
    let mut maker = Maker {
        builder,
        user: &draft.path,
        meshes,
        solids: BTreeMap::new(),
        materials: Vec::new(),
        mirrors: BTreeMap::new(),
    };
    let first = maker.builder.desc().objects.len() as u32;
    let mut objects = Vec::new();
    for (link, look) in draft.links.iter().zip(looks) {
        let object = maker.object(name, link, look);
        let table = &mut maker.builder.desc_mut().objects;
        objects.push(object.map(|object| {
            table.push(object);
            ObjectId(table.len() as u32 - 1)
        }));
    }
    let desc = maker.builder.desc_mut();
    desc.assets.push(AssetDesc {
        name: name.to_owned(),
        path: path.to_path_buf(),
        objects: first..desc.objects.len() as u32,
        articulated: true,
        regions: Vec::new(),
        cameras: Vec::new(),
        lights: Vec::new(),
        variants: Vec::new(),
        nodes: Vec::new(),
    });
    (AssetId(desc.assets.len() as u32 - 1), objects)
}

struct Maker<'a> {
    builder: &'a mut SceneBuilder,
    user: &'a Path,
    meshes: Meshes,
    /// Primitives by kind and the bits of their sizes.
    solids: BTreeMap<(u8, [u64; 3]), MeshId>,
    materials: Vec<(Paint, MaterialId)>,
    mirrors: BTreeMap<MeshId, MeshId>,
}

/// A geom in triangles.
struct Made {
    /// Mesh, look, and where it stands in the link.
    pieces: Vec<(MeshId, Option<Look>, Affine3A)>,
    kind: ColliderKind,
    whole: (MeshId, Affine3A),
}

impl Maker<'_> {
    fn object(&mut self, robot: &str, link: &LinkDraft, look: &LinkLook) -> Option<ObjectDesc> {
        let mut surfaces = Vec::new();
        let mut bounds = Bounds::EMPTY;
        for geom in &link.visuals {
            // Invisible helpers of other simulators.
            if geom.paint.as_ref().is_some_and(|p| p.rgba[3] == 0.0) {
                continue;
            }
            let Some(made) = self.made(geom) else {
                continue;
            };
            for (mesh, look, link_from_mesh) in made.pieces {
                let material = match look {
                    Some(Look::Material(material)) => material,
                    Some(Look::Paint(paint)) => self.material(mesh, paint),
                    None => {
                        let bare = || Paint::new("robot", [0.7, 0.7, 0.72, 1.0]);
                        self.material(mesh, geom.paint.clone().unwrap_or_else(bare))
                    }
                };
                let (mesh, object_from_mesh) = self.unmirrored(mesh, link_from_mesh);
                self.grow(&mut bounds, mesh, &object_from_mesh);
                surfaces.push(Surface {
                    mesh,
                    material,
                    variants: Vec::new(),
                    object_from_mesh,
                    part: PartId(0),
                    liquid: false,
                });
            }
        }
        let mut colliders = Vec::new();
        for geom in &link.collisions {
            let Some(made) = self.made(geom) else {
                continue;
            };
            let (mesh, object_from_mesh) = self.unmirrored(made.whole.0, made.whole.1);
            colliders.push(ColliderDesc {
                kind: made.kind,
                mesh,
                object_from_mesh,
            });
        }
        if surfaces.is_empty() {
            for collider in &colliders {
                self.grow(&mut bounds, collider.mesh, &collider.object_from_mesh);
            }
        }
        if surfaces.is_empty() && colliders.is_empty() {
            return None;
        }
        let friction = look.friction.or(link.friction).unwrap_or(FRICTION);
        Some(ObjectDesc {
            name: format!("{robot}/{}", link.name),
            class: look.class,
            asset_from_object: Pose::IDENTITY,
            surfaces,
            keypoints: Vec::new(),
            grasps: Vec::new(),
            regions: Vec::new(),
            body: BodyDesc {
                motion: Motion::Dynamic,
                mass_kg: link.inertial.map(|i| i.mass_kg as f32).filter(|m| *m > 0.0),
                density_kg_per_m3: 1000.0,
                friction: friction as f32,
                restitution: 0.0,
                colliders,
            },
            bounds,
        })
    }

    fn grow(&self, bounds: &mut Bounds, mesh: MeshId, object_from_mesh: &Affine3A) {
        let mesh = &self.builder.desc().meshes[mesh.index()];
        for triangle in &mesh.triangles {
            for corner in triangle {
                bounds.include(object_from_mesh.transform_point3(mesh.positions[*corner as usize]));
            }
        }
    }

    /// `None` where a problem has been reported.
    fn made(&mut self, geom: &Geom) -> Option<Made> {
        let pose = geom.link_from_geom.pose().affine();
        let solid = |maker: &mut Self, kind: u8, sizes: [f64; 3], collider: ColliderKind| {
            let mesh = maker.solid(kind, sizes);
            Some(Made {
                pieces: vec![(mesh, None, pose)],
                kind: collider,
                whole: (mesh, pose),
            })
        };
        match &geom.shape {
            Shape::Box { half_m } => solid(self, 0, half_m.to_array(), ColliderKind::Box),
            Shape::Sphere { radius_m } => {
                solid(self, 1, [*radius_m, 0.0, 0.0], ColliderKind::Sphere)
            }
            Shape::Cylinder {
                radius_m,
                half_length_m,
            } => solid(
                self,
                2,
                [*radius_m, *half_length_m, 0.0],
                ColliderKind::Cylinder,
            ),
            Shape::Capsule {
                radius_m,
                half_length_m,
            } => solid(
                self,
                3,
                [*radius_m, *half_length_m, 0.0],
                ColliderKind::Capsule,
            ),
            Shape::Ellipsoid { radii_m } => {
                solid(self, 4, radii_m.to_array(), ColliderKind::ConvexHull)
            }
            Shape::File {
                path,
                geom_from_mesh,
            } => {
                let file = self
                    .meshes
                    .load(self.builder, path, self.user, &geom.place)?;
                let placed = pose * *geom_from_mesh;
                let pieces = file.pieces.into_iter();
                Some(Made {
                    pieces: pieces
                        .map(|p| (p.mesh, p.look, placed * p.file_from_mesh))
                        .collect(),
                    kind: ColliderKind::ConvexHull,
                    whole: (file.whole, placed),
                })
            }
            Shape::Points {
                name,
                points,
                triangles,
                geom_from_mesh,
            } => {
                let mesh = shaded(name, points, &[], triangles);
                if mesh.triangles.is_empty() {
                    self.builder.problems().push(Problem::error(
                        self.user,
                        &geom.place,
                        format!("mesh {name:?} without a triangle that has an area"),
                        "vertices and faces of a solid",
                        "",
                    ));
                    return None;
                }
                let mesh = push(self.builder, mesh);
                let placed = pose * *geom_from_mesh;
                Some(Made {
                    pieces: vec![(mesh, None, placed)],
                    kind: ColliderKind::ConvexHull,
                    whole: (mesh, placed),
                })
            }
        }
    }

    fn solid(&mut self, kind: u8, sizes: [f64; 3]) -> MeshId {
        let key = (kind, sizes.map(f64::to_bits));
        if let Some(id) = self.solids.get(&key) {
            return *id;
        }
        let [a, b, _] = sizes;
        let id = push(
            self.builder,
            match kind {
                0 => cuboid(DVec3::from(sizes)),
                1 => sphere(a),
                2 => cylinder(a, b),
                3 => capsule(a, b),
                _ => ellipsoid(DVec3::from(sizes)),
            },
        );
        self.solids.insert(key, id);
        id
    }

    /// Mirroring goes into the mesh.
    fn unmirrored(&mut self, mesh: MeshId, placed: Affine3A) -> (MeshId, Affine3A) {
        if placed.matrix3.determinant() >= 0.0 {
            return (mesh, placed);
        }
        let id = match self.mirrors.get(&mesh) {
            Some(id) => *id,
            None => {
                let mirror = mirrored(&self.builder.desc().meshes[mesh.index()]);
                let id = push(self.builder, mirror);
                self.mirrors.insert(mesh, id);
                id
            }
        };
        (id, placed * Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0)))
    }

    fn material(&mut self, mesh: MeshId, mut paint: Paint) -> MaterialId {
        if self.builder.desc().meshes[mesh.index()].uvs[0].is_empty() {
            paint.texture = None;
        }
        if let Some((_, id)) = self.materials.iter().find(|(known, _)| *known == paint) {
            return *id;
        }
        let texture = paint.texture.as_ref().and_then(|path| self.texture(path));
        let [r, g, b, alpha] = paint.rgba.map(|v| v.clamp(0.0, 1.0) as f32);
        let [r, g, b] = [r, g, b].map(linear_from_srgb);
        let materials = &mut self.builder.desc_mut().materials;
        materials.push(Material {
            name: paint.name.clone(),
            base_color: [r, g, b, alpha],
            base_color_texture: texture.map(|texture| TextureRef {
                texture,
                uv_set: 0,
                offset: [0.0; 2],
                rotation_rad: 0.0,
                scale: [1.0; 2],
            }),
            metallic: paint.metallic as f32,
            roughness: paint.roughness as f32,
            alpha: if alpha < 1.0 {
                AlphaMode::Blend
            } else {
                AlphaMode::Opaque
            },
            // Robot files do not say which way their faces look.
            double_sided: true,
            ..Material::default()
        });
        let id = MaterialId(materials.len() as u32 - 1);
        self.materials.push((paint, id));
        id
    }

    fn texture(&mut self, path: &Path) -> Option<TextureId> {
        if !path.is_file() {
            let found = format!("the image file {}, which does not exist", path.display());
            let problem = Problem::error(self.user, "", found, "a PNG or JPEG file", "");
            self.builder.problems().push(problem.warning());
            return None;
        }
        self.builder.add_texture(path, true)
    }
}
