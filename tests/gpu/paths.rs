//! Reference mode: the same paths on both executors.

use benchside::base::camera::{CameraSpec, Exposure};
use benchside::base::frame::FrameSnapshot;
use benchside::base::ids::ObjectId;
use benchside::base::image::{Plane, PlaneSet};
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::render::gpu::{GpuDevice, GpuRenderer};
use benchside::render::{Mode, PathOptions, Renderer, Scratch, View, ViewOptions};
use benchside::scene::desc::{Motion, SceneDesc};
use benchside::scene::material::{AlphaMode, Material};
use glam::{Quat, Vec3};

use super::compare::jobs;
use super::skies::{light, skies, yard};
use super::{name_of, settled, shipped, with_all_lenses};
use crate::agreement::assert_agree;
use crate::support::gpu::device;
use crate::support::scenes::{TestScene, box_mesh, camera, sphere_mesh};
use crate::support::views::{LENSES, still, with_lens};

/// Unfiltered.
const PATHS: PathOptions = PathOptions {
    bounces: 12,
    caustics: false,
    denoise: false,
};

/// Labels enough to see that they are those of fast mode.
const PLANES: PlaneSet = PlaneSet {
    color: true,
    radiance: true,
    z_depth: true,
    instance: true,
    amodal: true,
    ..crate::reference::RADIANCE
};

fn options(samples: u32, paths: PathOptions) -> ViewOptions {
    ViewOptions {
        planes: PLANES,
        samples,
        mode: Mode::Reference(paths),
        seed: 5,
    }
}

/// What is looked at, and how.
type Case = (String, FrameSnapshot, ViewOptions);

/// Every camera's view of each case on the CPU and the GPU.
fn both(device: &GpuDevice, scene: &SceneDesc, cases: &[Case]) -> Vec<(String, [View; 2])> {
    let renderer = Renderer::new(scene);
    let mut gpu = GpuRenderer::new(&renderer, device).unwrap();
    let mut scratch = Scratch::default();
    let mut pairs = Vec::new();
    for (what, snapshot, options) in cases {
        let frame = renderer.frame(snapshot);
        let jobs = jobs(&gpu, &frame, snapshot.cameras.len(), options);
        let batch = gpu.render_batch(&jobs).unwrap_or_else(|e| panic!("{e}"));
        for (i, gpu) in batch.views.into_iter().enumerate() {
            let cpu = frame.view(i, options, &mut scratch);
            pairs.push((format!("{what}, camera {i}"), [cpu, gpu]));
        }
    }
    pairs
}

/// How two pictures of the same paths differ.
#[derive(Debug)]
struct Difference {
    /// Share of pixels that differ by more than 10⁻³ of their light: some path went another way.
    branched: f64,
    /// Of the means of the pictures, relative.
    mean: f64,
}

fn difference(a: &Plane<[f32; 3]>, b: &Plane<[f32; 3]>) -> Difference {
    let pairs = || a.data.iter().zip(&b.data);
    let differ = |(p, q): &(&[f32; 3], &[f32; 3])| {
        (0..3).any(|k| !((p[k] - q[k]).abs() <= 1e-3 * p[k].abs().max(q[k].abs()).max(1e-3)))
    };
    let sum = |plane: &Plane<[f32; 3]>| -> f64 {
        plane
            .data
            .as_flattened()
            .iter()
            .map(|&v| f64::from(v))
            .sum()
    };
    Difference {
        branched: pairs().filter(differ).count() as f64 / a.data.len() as f64,
        mean: (sum(b) / sum(a) - 1.0).abs(),
    }
}

fn assert_same_paths(scene: &SceneDesc, cases: &[Case], branched: f64, mean: f64) {
    let Some(device) = device() else {
        return;
    };
    for (what, [cpu, gpu]) in both(&device, scene, cases) {
        let [a, b] = [&cpu, &gpu].map(|v| v.planes.radiance.as_ref().unwrap());
        let found = difference(a, b);
        eprintln!("{what}: {found:?}");
        assert!(
            found.branched <= branched && found.mean <= mean,
            "{what}: {found:?}"
        );
        // Labels are those of the visibility stage in either mode.
        assert_agree(&cpu, &gpu, &what);
    }
}

pub fn placed(s: &TestScene, things: &[(ObjectId, Pose)], lights: Vec<Light>) -> FrameSnapshot {
    let mut episode = s.episode();
    for (object, pose) in things {
        episode = episode.place(*object, *pose);
    }
    for light in lights {
        episode = episode.light(light);
    }
    let eye = Vec3::new(0.2, -1.9, 1.1);
    let camera = camera([40, 30], eye, Vec3::new(0.0, 0.0, 0.25));
    still(&episode.build(), vec![camera])
}

pub fn lamp() -> Light {
    light(LightKind::Rect {
        world_from_light: Pose::new(Quat::IDENTITY, Vec3::new(0.3, -0.4, 2.0)),
        half_size_m: [0.4, 0.3],
        nits: 2000.0,
    })
}

pub fn ambient(nits: f32) -> Light {
    light(LightKind::Ambient {
        sky_nits: nits,
        ground_nits: 0.5 * nits,
        reach_m: 0.0,
    })
}

#[test]
fn opaque_things_under_every_kind_of_light() {
    let (mut s, mut things) = yard();
    let glow = s.material(Material {
        base_color: [0.2, 0.2, 0.2, 1.0],
        emissive_nits: [900.0, 700.0, 300.0],
        ..Material::default()
    });
    let bulb = s.object("bulb", sphere_mesh(0.06, 12, 8), glow, Motion::Static);
    things.push((bulb, Pose::at(Vec3::new(-0.4, 0.4, 0.5))));
    let spot = light(LightKind::Spot {
        position_m: Vec3::new(-1.0, -1.0, 1.5),
        direction: Vec3::new(0.6, 0.6, -0.8).normalize(),
        candela: 500.0,
        inner_rad: 0.2,
        outer_rad: 0.5,
    });
    let mut sets = skies();
    sets.push(("a lamp and a spot", vec![lamp(), spot, ambient(20.0)]));
    let case = |(what, lights): (&str, Vec<Light>)| {
        let snapshot = placed(&s, &things, lights);
        (what.to_string(), snapshot, options(8, PATHS))
    };
    let cases: Vec<Case> = sets.into_iter().map(case).collect();
    assert_same_paths(&s.desc, &cases, 0.005, 1e-4);
}

/// A body and a wall of glass, a filled one, a see-through sheet and an unlit card.
pub fn glassware() -> (TestScene, Vec<(ObjectId, Pose)>) {
    let (mut s, mut things) = yard();
    let glass = |roughness: f32, thickness_m: f32, ior: f32| Material {
        base_color: [0.9, 1.0, 0.95, 1.0],
        metallic: 0.0,
        roughness,
        transmission: 1.0,
        thickness_m,
        ior,
        attenuation_color: [0.5, 0.8, 0.9],
        attenuation_distance_m: 0.2,
        ..Material::default()
    };
    let clear = s.material(glass(0.0, 0.01, 1.5));
    let frosted = s.material(glass(0.4, 0.01, 1.5));
    let wall = s.material(glass(0.0, 0.0, 1.5));
    let rough_wall = s.material(glass(0.5, 0.0, 1.5));
    let liquid = s.material(glass(0.0, 0.01, 1.33));
    let sheet = s.material(Material {
        base_color: [0.2, 0.5, 0.9, 0.4],
        metallic: 0.0,
        alpha: AlphaMode::Blend,
        double_sided: true,
        ..Material::default()
    });
    let card = s.material(Material {
        base_color: [0.3, 0.2, 0.1, 1.0],
        unlit: true,
        ..Material::default()
    });
    let ball = |r: f32| sphere_mesh(r, 24, 12);
    let mut put = |s: &mut TestScene, mesh, material, at: Vec3| {
        let object = s.object("thing", mesh, material, Motion::Static);
        things.push((object, Pose::at(at)));
    };
    put(&mut s, ball(0.25), clear, Vec3::new(-0.5, -0.7, 0.27));
    put(&mut s, ball(0.15), liquid, Vec3::new(-0.5, -0.7, 0.27));
    put(&mut s, ball(0.2), frosted, Vec3::new(0.1, -0.7, 0.22));
    put(&mut s, ball(0.15), wall, Vec3::new(0.55, -0.7, 0.2));
    put(&mut s, ball(0.12), rough_wall, Vec3::new(0.8, -0.5, 0.6));
    let flat = box_mesh(Vec3::new(0.5, 0.01, 0.4));
    put(&mut s, flat.clone(), sheet, Vec3::new(-0.9, 0.1, 0.6));
    put(&mut s, flat, card, Vec3::new(-0.2, 0.9, 0.8));
    // Pressed into the clear ball.
    let gray = s.paint([0.6; 3]);
    put(&mut s, ball(0.08), gray, Vec3::new(-0.5, -0.5, 0.27));
    (s, things)
}

#[test]
fn glass_liquids_and_see_through_things() {
    let (s, things) = glassware();
    let mut cases = Vec::new();
    for (what, lights) in [
        ("glass by a lamp", vec![lamp(), ambient(50.0)]),
        ("glass under the sun", skies().swap_remove(0).1),
    ] {
        let snapshot = placed(&s, &things, lights);
        for caustics in [false, true] {
            let paths = PathOptions { caustics, ..PATHS };
            let what = format!("{what}, caustics {caustics}");
            cases.push((what, snapshot.clone(), options(8, paths)));
        }
    }
    assert_same_paths(&s.desc, &cases, 0.01, 1e-3);
}

#[test]
fn lenses_pupils_and_shutters() {
    let (s, things) = yard();
    let mut snapshot = placed(&s, &things, vec![lamp(), ambient(50.0)]);
    snapshot.flow_secs = 0.04;
    for (i, instance) in snapshot.instances.iter_mut().enumerate().skip(1) {
        let next = &mut instance.world_from_instance_next;
        next.translation_m += Vec3::new(0.02, 0.01 * i as f32, 0.0);
        next.rotation = Quat::from_rotation_z(0.2) * next.rotation;
    }
    let plain = snapshot.cameras.swap_remove(0);
    let exposed = |lens, exposure| -> CameraSpec {
        let mut camera = with_lens(plain.clone(), lens);
        camera.world_from_camera_next.translation_m += Vec3::new(0.03, 0.0, 0.01);
        camera.world_from_camera_next.rotation *= Quat::from_rotation_y(0.05);
        camera.exposure = exposure;
        camera
    };
    let pupil = Exposure {
        pupil_radius_m: 0.02,
        focus_m: 2.0,
        ..Exposure::default()
    };
    let shutter = Exposure {
        shutter_secs: 0.02,
        readout_secs: 0.03,
        ..Exposure::default()
    };
    let all = Exposure {
        pupil_radius_m: 0.02,
        focus_m: 2.0,
        ..shutter
    };
    snapshot.cameras = LENSES
        .into_iter()
        .flat_map(|lens| [Exposure::default(), pupil, shutter, all].map(|e| exposed(lens, e)))
        .collect();
    // So wide that the lens ends within the picture.
    let mut wide = exposed(LENSES[2], all);
    wide.intrinsics.fx_px = 8.0;
    wide.intrinsics.fy_px = 8.0;
    snapshot.cameras.push(wide);
    let case = ("exposures".to_string(), snapshot, options(4, PATHS));
    assert_same_paths(&s.desc, &[case], 0.005, 1e-4);
}

/// Furnished rooms, and a lens of every kind.
#[test]
fn shipped_scenes_through_all_lenses() {
    if device().is_none() {
        return;
    }
    for folder in shipped() {
        let (scene, mut snapshot) = settled(&folder, 1, (32, 24));
        snapshot.cameras.truncate(1);
        with_all_lenses(&mut snapshot);
        let case = (name_of(&folder), snapshot, options(4, PATHS));
        assert_same_paths(&scene, &[case], 0.02, 1e-3);
    }
}

#[test]
fn a_filtered_picture_is_the_same() {
    let Some(device) = device() else {
        return;
    };
    let (s, things) = yard();
    let snapshot = placed(&s, &things, vec![lamp(), ambient(50.0)]);
    let options = options(
        8,
        PathOptions {
            denoise: true,
            ..PATHS
        },
    );
    let views = both(&device, &s.desc, &[("filtered".into(), snapshot, options)]);
    let (_, [cpu, gpu]) = &views[0];
    let [a, b] = [cpu, gpu].map(|v| v.planes.radiance.as_ref().unwrap());
    let found = difference(a, b);
    eprintln!("filtered: {found:?}");
    // A path that went another way spreads over its neighbours.
    assert!(found.branched < 0.05 && found.mean < 1e-3, "{found:?}");
    let [a, b] = [cpu, gpu].map(|v| v.planes.color.as_ref().unwrap());
    let off = super::compare::mean_difference(a, b);
    assert!(off < 0.3, "colour differs by {off} of 255");
}

#[test]
fn an_empty_world_and_a_dark_one() {
    let s = TestScene::new();
    let snapshot = placed(&s, &[], vec![ambient(80.0)]);
    let mut dark = snapshot.clone();
    dark.lights.clear();
    let cases = [
        ("nothing".to_string(), snapshot, options(4, PATHS)),
        ("dark".to_string(), dark, options(1, PATHS)),
    ];
    assert_same_paths(&s.desc, &cases[..1], 0.0, 1e-6);
    let Some(device) = device() else {
        return;
    };
    for (what, [cpu, gpu]) in both(&device, &s.desc, &cases[1..]) {
        assert_eq!(cpu.planes.radiance, gpu.planes.radiance, "{what}");
    }
}
