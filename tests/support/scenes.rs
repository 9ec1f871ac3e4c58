//! Scenes and episodes built in code.

use std::collections::BTreeMap;
use std::f32::consts::{PI, TAU};
use std::path::PathBuf;

use benchside::base::camera::{CameraSpec, Exposure, Intrinsics, Lens, NEUTRAL_KELVIN};
use benchside::base::ids::{AssetId, ClassId, MaterialId, MeshId, ObjectId, PartId};
use benchside::base::light::Light;
use benchside::base::pose::Pose;
use benchside::episode::spec::{
    EPISODE_SCHEMA, EpisodeSpec, FrameSpec, ObjectSpec, PhysicsSpec, Role,
};
use benchside::scene::desc::{
    AssetDesc, BodyDesc, Bounds, ColliderDesc, ColliderKind, Motion, ObjectDesc, SceneDesc, Surface,
};
use benchside::scene::material::Material;
use benchside::scene::mesh::Mesh;
use benchside::scene::taxonomy::{Class, Taxonomy};
use glam::{Affine3A, Vec2, Vec3};

/// The one class of every test scene.
pub const THING: ClassId = ClassId(1);

/// A [`SceneDesc`] in the making: one asset, one class.
pub struct TestScene {
    pub desc: SceneDesc,
}

impl TestScene {
    pub fn new() -> Self {
        let taxonomy = Taxonomy {
            classes: vec![Class {
                id: THING,
                name: "thing".into(),
                parent: None,
                is_abstract: false,
                color: [200, 100, 50],
            }],
        };
        let asset = AssetDesc {
            name: "test".into(),
            path: PathBuf::from("test.glb"),
            objects: 0..0,
            articulated: false,
            regions: Vec::new(),
            cameras: Vec::new(),
            lights: Vec::new(),
            variants: Vec::new(),
            nodes: Vec::new(),
        };
        let mut desc = SceneDesc::empty("test", taxonomy);
        desc.assets.push(asset);
        Self { desc }
    }

    pub fn mesh(&mut self, mesh: Mesh) -> MeshId {
        self.desc.meshes.push(mesh);
        MeshId(self.desc.meshes.len() as u32 - 1)
    }

    pub fn material(&mut self, material: Material) -> MaterialId {
        self.desc.materials.push(material);
        MaterialId(self.desc.materials.len() as u32 - 1)
    }

    /// A matte opaque material of this linear colour.
    pub fn paint(&mut self, rgb: [f32; 3]) -> MaterialId {
        self.material(Material {
            name: "paint".into(),
            base_color: [rgb[0], rgb[1], rgb[2], 1.0],
            metallic: 0.0,
            ..Material::default()
        })
    }

    /// An object of one mesh. Collides as a hull if dynamic, as a triangle mesh if static:
    /// glTF's defaults.
    pub fn object(
        &mut self,
        name: &str,
        mesh: Mesh,
        material: MaterialId,
        motion: Motion,
    ) -> ObjectId {
        let kind = match motion {
            Motion::Static => ColliderKind::TriangleMesh,
            Motion::Dynamic => ColliderKind::ConvexHull,
        };
        let mut bounds = Bounds::EMPTY;
        mesh.positions.iter().for_each(|&p| bounds.include(p));
        let mesh = self.mesh(mesh);
        self.desc.objects.push(ObjectDesc {
            name: name.into(),
            class: THING,
            asset_from_object: Pose::IDENTITY,
            surfaces: vec![Surface {
                mesh,
                material,
                variants: Vec::new(),
                object_from_mesh: Affine3A::IDENTITY,
                part: PartId(0),
                liquid: false,
            }],
            keypoints: Vec::new(),
            grasps: Vec::new(),
            regions: Vec::new(),
            body: BodyDesc {
                motion,
                mass_kg: None,
                density_kg_per_m3: 1000.0,
                friction: 0.6,
                restitution: 0.1,
                colliders: vec![ColliderDesc {
                    kind,
                    mesh,
                    object_from_mesh: Affine3A::IDENTITY,
                }],
            },
            bounds,
        });
        let count = self.desc.objects.len() as u32;
        self.desc.assets[0].objects = 0..count;
        ObjectId(count - 1)
    }

    /// Changes the kind of its collider.
    pub fn collides_as(&mut self, object: ObjectId, kind: ColliderKind) -> &mut BodyDesc {
        let body = self.body(object);
        body.colliders.iter_mut().for_each(|c| c.kind = kind);
        body
    }

    pub fn body(&mut self, object: ObjectId) -> &mut BodyDesc {
        &mut self.desc.objects[object.index()].body
    }

    /// An episode of this scene: nothing placed, no physics time, no frame.
    pub fn episode(&self) -> TestEpisode {
        TestEpisode {
            spec: EpisodeSpec {
                schema: EPISODE_SCHEMA,
                seed: 0,
                episode: 0,
                objects: Vec::new(),
                lights: Vec::new(),
                physics: PhysicsSpec {
                    length_unit_m: 0.1,
                    friction_scale: 1.0,
                    mass_scale: 1.0,
                    gravity_m_per_s2: Vec3::new(0.0, 0.0, -9.81),
                    timestep_secs: 1.0 / 240.0,
                    settle_secs: 0.0,
                    flow_secs: 0.0,
                },
                frames: Vec::new(),
                shortfalls: Vec::new(),
                robots: Vec::new(),
                liquids: None,
            },
            names: self.desc.objects.iter().map(|o| o.name.clone()).collect(),
        }
    }
}

/// An [`EpisodeSpec`] in the making.
pub struct TestEpisode {
    pub spec: EpisodeSpec,
    names: Vec<String>,
}

impl TestEpisode {
    /// Puts one object there; the next instance id is its.
    pub fn place(mut self, object: ObjectId, world_from_object: Pose) -> Self {
        let number = self.spec.objects.len() + 1;
        self.spec.objects.push(ObjectSpec {
            name: format!("{}_{number}", self.names[object.index()]),
            asset: AssetId(0),
            object,
            class: THING,
            role: Role::Object,
            spawn: None,
            world_from_object,
            looks: Vec::new(),
            attributes: BTreeMap::new(),
        });
        self
    }

    pub fn light(mut self, light: Light) -> Self {
        self.spec.lights.push(light);
        self
    }

    pub fn settle(mut self, secs: f64) -> Self {
        self.spec.physics.settle_secs = secs;
        self
    }

    pub fn timestep(mut self, secs: f64) -> Self {
        self.spec.physics.timestep_secs = secs;
        self
    }

    pub fn flow(mut self, secs: f64) -> Self {
        self.spec.physics.flow_secs = secs;
        self
    }

    pub fn frame(mut self, after_settling_secs: f64, cameras: Vec<CameraSpec>) -> Self {
        self.spec.frames.push(FrameSpec {
            after_settling_secs,
            cameras,
            lights: Vec::new(),
        });
        self
    }

    pub fn build(self) -> EpisodeSpec {
        self.spec
    }
}

/// A still pinhole camera with a vertical field of view of 50°.
pub fn camera(size_px: [u32; 2], eye: Vec3, target: Vec3) -> CameraSpec {
    let pose = Pose::looking_at(eye, target);
    CameraSpec {
        name: "camera".into(),
        world_from_camera: pose,
        world_from_camera_next: pose,
        intrinsics: Intrinsics::from_vertical_fov(size_px[0], size_px[1], 50f64.to_radians()),
        lens: Lens::Pinhole,
        ev100: 9.0,
        white_balance_kelvin: NEUTRAL_KELVIN,
        exposure: Exposure::default(),
        sensor: None,
    }
}

/// A mesh of flat polygons, each with vertices of its own, normal from its first three corners,
/// UV 0 … 1 over the first four.
pub fn polygons(name: &str, faces: &[&[Vec3]]) -> Mesh {
    const UV: [Vec2; 4] = [Vec2::new(0.0, 1.0), Vec2::ONE, Vec2::X, Vec2::ZERO];
    let mut mesh = Mesh {
        name: name.into(),
        ..Mesh::default()
    };
    for face in faces {
        let first = mesh.positions.len() as u32;
        let normal = (face[1] - face[0]).cross(face[2] - face[0]).normalize();
        mesh.positions.extend_from_slice(face);
        mesh.normals.extend(face.iter().map(|_| normal));
        mesh.uvs[0].extend((0..face.len()).map(|i| UV[i % 4]));
        let fan = 2..face.len() as u32;
        mesh.triangles
            .extend(fan.map(|i| [first, first + i - 1, first + i]));
    }
    mesh
}

/// A horizontal rectangle about the origin that faces up.
pub fn plane_mesh(width_m: f32, depth_m: f32) -> Mesh {
    let (x, y) = (0.5 * width_m, 0.5 * depth_m);
    let corners = [(-x, -y), (x, -y), (x, y), (-x, y)].map(|(x, y)| Vec3::new(x, y, 0.0));
    polygons("plane", &[&corners])
}

/// A box about the origin, faces outwards.
pub fn box_mesh(size_m: Vec3) -> Mesh {
    let corners = Bounds {
        min: -0.5 * size_m,
        max: 0.5 * size_m,
    }
    .corners();
    let faces = [
        [0, 4, 6, 2],
        [1, 3, 7, 5],
        [0, 1, 5, 4],
        [2, 6, 7, 3],
        [0, 2, 3, 1],
        [4, 5, 7, 6],
    ]
    .map(|face| face.map(|i| corners[i]));
    let faces: Vec<&[Vec3]> = faces.iter().map(|f| f.as_slice()).collect();
    polygons("box", &faces)
}

/// A UV sphere about the origin, smooth; poles on Z.
pub fn sphere_mesh(radius_m: f32, segments: u32, rings: u32) -> Mesh {
    let mut mesh = Mesh {
        name: "sphere".into(),
        ..Mesh::default()
    };
    for ring in 0..=rings {
        for segment in 0..=segments {
            let (u, v) = (segment as f32 / segments as f32, ring as f32 / rings as f32);
            let (sin_theta, cos_theta) = (PI * v).sin_cos();
            let (sin_phi, cos_phi) = (TAU * u).sin_cos();
            let normal = Vec3::new(sin_theta * cos_phi, sin_theta * sin_phi, cos_theta);
            mesh.positions.push(normal * radius_m);
            mesh.normals.push(normal);
            mesh.uvs[0].push(Vec2::new(u, v));
        }
    }
    let at = |ring: u32, segment: u32| ring * (segments + 1) + segment;
    for ring in 0..rings {
        for s in 0..segments {
            let (a, b) = (at(ring, s), at(ring + 1, s));
            if ring > 0 {
                mesh.triangles.push([a, b, a + 1]);
            }
            if ring + 1 < rings {
                mesh.triangles.push([a + 1, b, b + 1]);
            }
        }
    }
    mesh
}

/// A closed cylinder about the origin with flat faces, axis Z.
pub fn cylinder_mesh(radius_m: f32, height_m: f32, segments: u32) -> Mesh {
    let rim = |z: f32| -> Vec<Vec3> {
        (0..segments)
            .map(|i| {
                let (sin, cos) = (TAU * i as f32 / segments as f32).sin_cos();
                Vec3::new(radius_m * cos, radius_m * sin, z)
            })
            .collect()
    };
    let (bottom, top) = (rim(-0.5 * height_m), rim(0.5 * height_m));
    let mut faces: Vec<Vec<Vec3>> = (0..segments as usize)
        .map(|i| {
            let j = (i + 1) % segments as usize;
            vec![bottom[i], bottom[j], top[j], top[i]]
        })
        .collect();
    faces.push(bottom.into_iter().rev().collect());
    faces.push(top);
    let faces: Vec<&[Vec3]> = faces.iter().map(|f| f.as_slice()).collect();
    polygons("cylinder", &faces)
}

/// One mesh of several, each moved.
pub fn merged(meshes: &[(Mesh, Vec3)]) -> Mesh {
    let mut all = Mesh {
        name: "merged".into(),
        ..Mesh::default()
    };
    for (mesh, by) in meshes {
        let first = all.positions.len() as u32;
        all.positions
            .extend(mesh.positions.iter().map(|p| *p + *by));
        all.normals.extend(&mesh.normals);
        all.uvs[0].extend(&mesh.uvs[0]);
        let triangles = mesh.triangles.iter();
        all.triangles
            .extend(triangles.map(|t| t.map(|i| i + first)));
    }
    all
}
