//! The benchmark scene "spheres200": 200 UV spheres of 256 triangles and a ring of cameras.
//! Other renderers run the same scene, so that a ratio can be taken.

use std::f32::consts::{PI, TAU};

use glam::{Affine3A, Vec3};

use super::bare::{self, CLASS};
use crate::base::camera::{CameraSpec, Exposure, Intrinsics, Lens, NEUTRAL_KELVIN};
use crate::base::frame::{FrameSnapshot, InstanceSnapshot};
use crate::base::ids::{InstanceId, MaterialId, MeshId, ObjectId, PartId};
use crate::base::light::{Light, LightKind};
use crate::base::pose::Pose;
use crate::scene::desc::{BodyDesc, Bounds, Motion, ObjectDesc, SceneDesc, Surface};
use crate::scene::material::Material;
use crate::scene::mesh::Mesh;

const SEGMENTS: u32 = 16;
const RINGS: u32 = 8;

/// The scene, and its one frame without cameras.
pub fn scene() -> (SceneDesc, FrameSnapshot) {
    let (mut objects, mut materials, mut instances) = (Vec::new(), Vec::new(), Vec::new());
    let rows = include_str!("spheres200.csv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    for (i, row) in rows.enumerate() {
        let numbers: Vec<f32> = row.split(',').filter_map(|n| n.parse().ok()).collect();
        let [x, y, z, diameter, r, g, b] = numbers[..] else {
            unreachable!("the embedded table has seven numbers a row");
        };
        materials.push(Material {
            name: format!("paint_{i}"),
            base_color: [r, g, b, 1.0],
            metallic: 0.0,
            roughness: 0.8,
            ..Material::default()
        });
        let half = Vec3::splat(0.5 * diameter);
        objects.push(ObjectDesc {
            name: format!("sphere_{i}"),
            class: CLASS,
            asset_from_object: Pose::IDENTITY,
            surfaces: vec![Surface {
                mesh: MeshId(0),
                material: MaterialId(i as u32),
                variants: Vec::new(),
                object_from_mesh: Affine3A::from_scale(Vec3::splat(diameter)),
                part: PartId(0),
                liquid: false,
            }],
            keypoints: Vec::new(),
            grasps: Vec::new(),
            regions: Vec::new(),
            body: BodyDesc {
                motion: Motion::Static,
                mass_kg: None,
                density_kg_per_m3: 1000.0,
                friction: 0.6,
                restitution: 0.1,
                colliders: Vec::new(),
            },
            bounds: Bounds {
                min: -half,
                max: half,
            },
        });
        let pose = Pose::at(Vec3::new(x, y, z));
        instances.push(InstanceSnapshot {
            id: InstanceId::of_index(i),
            object: ObjectId(i as u32),
            class: CLASS,
            world_from_instance: pose,
            world_from_instance_next: pose,
            looks: Vec::new(),
            fillings: None,
        });
    }
    let mut scene = bare::scene("spheres200", "sphere");
    scene.assets[0].objects = 0..objects.len() as u32;
    scene.objects = objects;
    scene.meshes.push(uv_sphere());
    scene.materials = materials;
    let snapshot = FrameSnapshot {
        time_secs: 0.0,
        flow_secs: 0.0,
        instances,
        lights: vec![Light {
            name: "sun".into(),
            kind: LightKind::Directional {
                direction: Vec3::new(-0.4, -0.3, -1.0).normalize(),
                lux: 1500.0,
                angular_diameter_rad: 0.0,
            },
            color: [1.0; 3],
            casts_shadow: true,
        }],
        cameras: Vec::new(),
    };
    (scene, snapshot)
}

/// Camera `k` of the ring: looks at (0, 0, 0.3) from 3.2 m, 25° up, azimuth 21.2° · k.
pub fn camera(k: usize, size_px: u32) -> CameraSpec {
    let azimuth = (21.2 * k as f32).to_radians();
    let elevation = 25f32.to_radians();
    let level = 3.2 * libm::cosf(elevation);
    let eye = Vec3::new(
        level * libm::cosf(azimuth),
        level * libm::sinf(azimuth),
        0.3 + 3.2 * libm::sinf(elevation),
    );
    let pose = Pose::looking_at(eye, Vec3::new(0.0, 0.0, 0.3));
    CameraSpec {
        name: format!("ring_{k}"),
        world_from_camera: pose,
        world_from_camera_next: pose,
        intrinsics: Intrinsics::from_vertical_fov(size_px, size_px, 51f64.to_radians()),
        lens: Lens::Pinhole,
        ev100: 8.5,
        white_balance_kelvin: NEUTRAL_KELVIN,
        exposure: Exposure::default(),
        sensor: None,
    }
}

/// Diameter 1, 256 triangles of which 32 at the poles have no area; the peers draw them too.
fn uv_sphere() -> Mesh {
    let mut mesh = Mesh {
        name: "uv_sphere".into(),
        ..Mesh::default()
    };
    for ring in 0..=RINGS {
        let t = ring as f32 / RINGS as f32 * PI;
        for segment in 0..SEGMENTS {
            let p = segment as f32 / SEGMENTS as f32 * TAU;
            let normal = Vec3::new(
                libm::sinf(t) * libm::cosf(p),
                libm::sinf(t) * libm::sinf(p),
                libm::cosf(t),
            );
            mesh.positions.push(0.5 * normal);
            mesh.normals.push(normal);
        }
    }
    for ring in 0..RINGS {
        for segment in 0..SEGMENTS {
            let k = ring * SEGMENTS + segment;
            let n = ring * SEGMENTS + (segment + 1) % SEGMENTS;
            mesh.triangles.push([k, k + SEGMENTS, n]);
            mesh.triangles.push([n, k + SEGMENTS, n + SEGMENTS]);
        }
    }
    mesh
}
