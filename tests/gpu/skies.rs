//! Skies and panoramas in fast mode, GPU against CPU.

use benchside::base::ids::EnvironmentId;
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::scene::desc::Motion;
use benchside::scene::environment::EnvironmentMap;
use benchside::scene::material::Material;
use glam::Vec3;

use super::compare::assert_executors_agree;
use crate::support::gpu::device;
use crate::support::scenes::{TestScene, box_mesh, camera, plane_mesh, sphere_mesh};
use crate::support::views::still;

pub fn light(kind: LightKind) -> Light {
    Light {
        name: "light".into(),
        kind,
        color: [1.0, 0.9, 0.8],
        casts_shadow: true,
    }
}

/// A floor, a box, and balls from mirror to matte.
pub fn yard() -> (TestScene, Vec<(benchside::base::ids::ObjectId, Pose)>) {
    let mut s = TestScene::new();
    let gray = s.paint([0.5, 0.4, 0.3]);
    let floor = s.object("floor", plane_mesh(6.0, 6.0), gray, Motion::Static);
    let cube = box_mesh(Vec3::new(0.4, 0.3, 0.6));
    let cube = s.object("box", cube, gray, Motion::Static);
    let mut placed = vec![
        (floor, Pose::IDENTITY),
        (cube, Pose::at(Vec3::new(0.5, 0.6, 0.3))),
    ];
    for (i, (metallic, roughness)) in [(1.0, 0.05), (1.0, 0.35), (0.0, 0.3), (1.0, 0.9)]
        .into_iter()
        .enumerate()
    {
        let material = s.material(Material {
            base_color: [0.9, 0.7, 0.5, 1.0],
            metallic,
            roughness,
            ..Material::default()
        });
        let ball = sphere_mesh(0.2, 32, 16);
        let ball = s.object("ball", ball, material, Motion::Static);
        let at = Vec3::new(-0.75 + 0.5 * i as f32, -0.2, 0.2);
        placed.push((ball, Pose::at(at)));
    }
    s.desc.environments = vec![window()];
    (s, placed)
}

/// Dim, with a bright window.
fn window() -> EnvironmentMap {
    let (width, height) = (64, 32);
    let pixels = (0..width * height).map(|i| match (i % width, i / width) {
        (10..20, 6..14) => [60.0, 70.0, 90.0],
        (_, 16..) => [0.6, 0.4, 0.3],
        _ => [0.3, 0.4, 0.6],
    });
    EnvironmentMap::new("window", width as u32, height as u32, pixels.collect())
}

/// Light from all around of every kind, alone and together.
pub fn skies() -> Vec<(&'static str, Vec<Light>)> {
    let sky = light(LightKind::Sky {
        towards_sun: Vec3::new(0.5, 0.3, 0.6).normalize(),
        turbidity: 3.0,
        ground_albedo: 0.2,
        scale: 0.02,
    });
    let sun = light(LightKind::Directional {
        direction: -Vec3::new(0.5, 0.3, 0.6).normalize(),
        lux: 900.0,
        angular_diameter_rad: 0.009,
    });
    let panorama = light(LightKind::EnvironmentMap {
        map: EnvironmentId(0),
        rotation_rad: 0.7,
        nits_per_unit: 60.0,
    });
    let ambient = light(LightKind::Ambient {
        sky_nits: 100.0,
        ground_nits: 30.0,
        reach_m: 0.5,
    });
    vec![
        ("a sky and its sun", vec![sky.clone(), sun]),
        ("a panorama", vec![panorama.clone()]),
        ("all of them", vec![sky, panorama, ambient]),
    ]
}

#[test]
fn gpu_and_cpu_agree_under_skies_and_panoramas() {
    let Some(device) = device() else {
        return;
    };
    let (s, placed) = yard();
    for (what, lights) in skies() {
        let mut episode = s.episode();
        for (object, pose) in &placed {
            episode = episode.place(*object, *pose);
        }
        for light in lights {
            episode = episode.light(light);
        }
        let eye = Vec3::new(0.2, -1.9, 1.1);
        let camera = camera([64, 48], eye, Vec3::new(0.0, 0.0, 0.25));
        let snapshot = still(&episode.build(), vec![camera]);
        for samples in [1, 4] {
            assert_executors_agree(&device, &s.desc, &snapshot, samples, what);
        }
    }
}
