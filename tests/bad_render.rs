//! Scenes that no author wants but some file or some physics brings about: the picture stays
//! finite, nothing hangs, nothing panics.

use std::time::{Duration, Instant};

use benchside::base::camera::{CameraSpec, Intrinsics};
use benchside::base::frame::FrameSnapshot;
use benchside::base::image::PlaneSet;
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::render::{Mode, PathOptions, Renderer, Scratch, View, ViewOptions};
use benchside::scene::desc::{Motion, SceneDesc};
use benchside::scene::material::{AlphaMode, Material};
use benchside::scene::mesh::Mesh;
use glam::{Affine3A, Vec3};

use crate::support::heap::peak_of;
use crate::support::scenes::{TestScene, box_mesh, camera, plane_mesh, sphere_mesh};
use crate::support::views::still;

const EVERYTHING: PlaneSet = PlaneSet {
    radiance: true,
    ..PlaneSet::ALL
};

/// The first camera's view in all modes; reference mode's picture must be finite and not negative.
fn all_modes(scene: &SceneDesc, snapshot: &FrameSnapshot, what: &str) -> View {
    let renderer = Renderer::new(scene);
    let frame = renderer.frame(snapshot);
    let view = |mode, samples| {
        let options = ViewOptions {
            planes: EVERYTHING,
            samples,
            mode,
            seed: 0,
        };
        frame.view(0, &options, &mut Scratch::default())
    };
    view(Mode::Fast, 4);
    let start = Instant::now();
    let mut last = View::default();
    for (caustics, denoise) in [(false, true), (true, false)] {
        let paths = PathOptions {
            bounces: 12,
            caustics,
            denoise,
        };
        last = view(Mode::Reference(paths), 8);
        let radiance = last.planes.radiance.as_ref().unwrap();
        for (i, value) in radiance.data.iter().enumerate() {
            assert!(
                value.iter().all(|v| v.is_finite() && *v >= 0.0),
                "{what}: pixel {i} is {value:?}"
            );
        }
    }
    assert!(start.elapsed() < Duration::from_secs(30), "{what}");
    last
}

fn light(kind: LightKind) -> Light {
    Light {
        name: "light".into(),
        kind,
        color: [1.0; 3],
        casts_shadow: true,
    }
}

fn ambient(nits: f32) -> Light {
    light(LightKind::Ambient {
        sky_nits: nits,
        ground_nits: nits,
        reach_m: 0.0,
    })
}

fn rect(at: Vec3, half_size_m: [f32; 2], nits: f32) -> Light {
    light(LightKind::Rect {
        world_from_light: Pose::at(at),
        half_size_m,
        nits,
    })
}

fn looking(eye: Vec3) -> CameraSpec {
    camera([24, 16], eye, Vec3::ZERO)
}

fn mean(view: &View) -> f32 {
    let radiance = view.planes.radiance.as_ref().unwrap();
    radiance.data.iter().map(|v| v[1]).sum::<f32>() / radiance.data.len() as f32
}

fn clear() -> Material {
    Material {
        metallic: 0.0,
        roughness: 0.0,
        transmission: 1.0,
        thickness_m: 0.1,
        ..Material::default()
    }
}

/// A floor and one more thing at the origin, under these lights.
fn scene_of(
    mesh: Mesh,
    material: Material,
    lights: &[Light],
    eye: Vec3,
) -> (SceneDesc, FrameSnapshot) {
    let mut s = TestScene::new();
    let paint = s.paint([0.5; 3]);
    let floor = s.object("floor", plane_mesh(4.0, 4.0), paint, Motion::Static);
    let material = s.material(material);
    let thing = s.object("thing", mesh, material, Motion::Static);
    let mut episode = s
        .episode()
        .place(floor, Pose::at(Vec3::new(0.0, 0.0, -0.5)))
        .place(thing, Pose::IDENTITY);
    for light in lights {
        episode = episode.light(light.clone());
    }
    let snapshot = still(&episode.build(), vec![looking(eye)]);
    (s.desc, snapshot)
}

#[test]
fn a_camera_inside_things() {
    let eye = Vec3::new(0.05, -0.1, 0.02);
    let lights = [ambient(100.0), rect(Vec3::Z, [0.2; 2], 1000.0)];
    let opaque = Material {
        metallic: 0.0,
        ..Material::default()
    };
    let thin = Material {
        thickness_m: 0.0,
        ..clear()
    };
    let ball = || sphere_mesh(0.4, 32, 16);
    let (scene, snapshot) = scene_of(ball(), opaque, &lights, eye);
    // Single-sided surfaces are not there from behind.
    assert!(mean(&all_modes(&scene, &snapshot, "inside a box")) > 0.0);
    let (scene, snapshot) = scene_of(ball(), thin, &lights, eye);
    assert!(mean(&all_modes(&scene, &snapshot, "inside a bubble")) > 0.0);
    let (scene, snapshot) = scene_of(ball(), clear(), &lights, eye);
    let inside = mean(&all_modes(&scene, &snapshot, "inside glass"));
    assert!(inside > 0.0);
    // On a surface, to the last bit.
    let on = Vec3::new(0.0, 0.0, 0.4);
    let (scene, mut snapshot) = scene_of(ball(), clear(), &lights, eye);
    snapshot.cameras[0].world_from_camera.translation_m = on;
    all_modes(&scene, &snapshot, "on a surface");
}

#[test]
fn no_lights_and_lights_of_no_size_and_in_bad_places() {
    let matte = || Material {
        metallic: 0.0,
        ..Material::default()
    };
    let eye = Vec3::new(0.3, -1.5, 0.8);
    let run = |lights: &[Light], what: &str| {
        let (scene, snapshot) = scene_of(box_mesh(Vec3::splat(0.4)), matte(), lights, eye);
        mean(&all_modes(&scene, &snapshot, what))
    };
    assert_eq!(run(&[], "no light"), 0.0);
    assert_eq!(run(&[ambient(0.0)], "black light"), 0.0);
    assert_eq!(run(&[rect(Vec3::Z, [0.0; 2], 1e4)], "no size"), 0.0);
    run(&[rect(Vec3::Z, [0.3, 0.0], 1e4)], "a line");
    run(&[rect(Vec3::Z, [1e-20; 2], 1e30)], "tiny and bright");
    run(&[rect(Vec3::Z, [1e10; 2], 1.0)], "an endless panel");
    // On the top of the box and on the floor, shining into them and out of them.
    for z in [0.2, -0.5] {
        run(
            &[rect(Vec3::new(0.0, 0.0, z), [0.1; 2], 1e4)],
            "on a surface",
        );
        let up = Pose::new(
            glam::Quat::from_rotation_x(std::f32::consts::PI),
            Vec3::new(0.0, 0.0, z),
        );
        let kind = LightKind::Rect {
            world_from_light: up,
            half_size_m: [0.1; 2],
            nits: 1e4,
        };
        run(&[light(kind)], "on a surface, upwards");
        let kind = LightKind::Point {
            position_m: Vec3::new(0.0, 0.0, z),
            candela: 1e6,
        };
        run(&[light(kind)], "a point on a surface");
    }
    let spot = LightKind::Spot {
        position_m: Vec3::Z,
        direction: Vec3::NEG_Z,
        candela: 1000.0,
        inner_rad: 0.3,
        outer_rad: 0.3,
    };
    assert!(run(&[light(spot)], "a spot without a seam") > 0.0);
    let kind = LightKind::Point {
        position_m: eye,
        candela: 1e3,
    };
    run(&[light(kind)], "a point in the camera");
    let kind = LightKind::Directional {
        direction: Vec3::NEG_Z,
        lux: 1e38,
        angular_diameter_rad: 0.0,
    };
    run(&[light(kind)], "a blinding sun");
    run(&[ambient(1e38)], "a blinding sky");
    run(&[rect(Vec3::Z, [0.2; 2], 1e38)], "a blinding panel");
}

#[test]
fn extreme_materials() {
    let eye = Vec3::new(0.3, -1.5, 0.8);
    let lights = [ambient(100.0), rect(Vec3::Z, [0.2; 2], 1000.0)];
    let glowing = |nits: f32| Material {
        emissive_nits: [nits, 0.0, nits],
        metallic: 0.0,
        ..Material::default()
    };
    let body = |ior: f32, roughness: f32| Material {
        ior,
        roughness,
        ..clear()
    };
    for (what, material) in [
        ("a great emission", glowing(1e30)),
        ("the greatest emission", glowing(f32::MAX)),
        ("the least emission", glowing(f32::MIN_POSITIVE)),
        ("index 1", body(1.0, 0.0)),
        ("index 1, rough", body(1.0, 1.0)),
        ("next to index 1", body(1.0002, 0.7)),
        ("index 1000", body(1000.0, 0.3)),
        (
            "ink",
            Material {
                attenuation_color: [0.0, 0.0, 1.0],
                attenuation_distance_m: f32::MIN_POSITIVE,
                ..clear()
            },
        ),
        (
            "nothing to see",
            Material {
                alpha: AlphaMode::Blend,
                base_color: [1.0, 1.0, 1.0, 0.0],
                ..Material::default()
            },
        ),
        (
            "black metal",
            Material {
                base_color: [0.0, 0.0, 0.0, 1.0],
                roughness: 0.0,
                ..Material::default()
            },
        ),
    ] {
        let (scene, snapshot) = scene_of(sphere_mesh(0.3, 24, 12), material, &lights, eye);
        all_modes(&scene, &snapshot, what);
    }
}

/// A mesh of these triangles, with normals as given.
fn soup(corners: &[[Vec3; 3]], normal: Vec3) -> Mesh {
    let positions: Vec<Vec3> = corners.iter().flatten().copied().collect();
    Mesh {
        name: "soup".into(),
        normals: vec![normal; positions.len()],
        triangles: (0..corners.len() as u32)
            .map(|i| [3 * i, 3 * i + 1, 3 * i + 2])
            .collect(),
        positions,
        ..Mesh::default()
    }
}

#[test]
fn triangles_that_are_none() {
    let lights = [ambient(100.0), rect(Vec3::Z, [0.2; 2], 1000.0)];
    let eye = Vec3::new(0.3, -1.5, 0.8);
    let (p, x) = (Vec3::new(0.0, 0.0, 0.1), Vec3::X * 0.3);
    let point = [p; 3];
    let line = [p, p + x, p + 2.0 * x];
    let needle = [p, p + x, p + x + Vec3::new(0.0, 1e-20, 1e-20)];
    let vast = [p - x * 1e15, p + x * 1e15, p + Vec3::Y * 1e15];
    let proper = [p - x, p + x, p + Vec3::Z * 0.3];
    for (what, corners) in [
        ("none", vec![]),
        ("a point", vec![point]),
        ("a line", vec![line; 9]),
        ("a needle", vec![needle, proper]),
        ("a vast one", vec![vast]),
        ("all in one place", vec![proper; 300]),
    ] {
        for normal in [Vec3::Z, Vec3::ZERO, Vec3::NEG_Y] {
            let opaque = Material {
                metallic: 0.0,
                double_sided: true,
                ..Material::default()
            };
            let glowing = Material {
                emissive_nits: [50.0; 3],
                ..opaque.clone()
            };
            for material in [opaque, glowing, clear()] {
                let (scene, snapshot) = scene_of(soup(&corners, normal), material, &lights, eye);
                all_modes(&scene, &snapshot, what);
            }
        }
    }
}

#[test]
fn surfaces_scaled_to_nothing() {
    let lights = [ambient(100.0)];
    let eye = Vec3::new(0.3, -1.5, 0.8);
    for scale in [
        Vec3::ZERO,
        Vec3::new(1.0, 1.0, 0.0),
        Vec3::splat(1e-30),
        Vec3::splat(1e20),
    ] {
        for material in [clear(), Material::default()] {
            let mesh = sphere_mesh(0.3, 24, 12);
            let (mut scene, snapshot) = scene_of(mesh, material, &lights, eye);
            scene.objects[1].surfaces[0].object_from_mesh = Affine3A::from_scale(scale);
            all_modes(&scene, &snapshot, &format!("scaled by {scale}"));
        }
    }
}

#[test]
fn sizes_of_images_that_nobody_asks_for() {
    let lights = [ambient(100.0)];
    let material = Material::default();
    let eye = Vec3::new(0.3, -1.5, 0.8);
    let (scene, mut snapshot) = scene_of(sphere_mesh(0.3, 24, 12), material, &lights, eye);
    for (width, height) in [(1, 1), (1, 2000), (3000, 1), (2, 3)] {
        let intrinsics = Intrinsics::from_vertical_fov(width, height, 0.8);
        snapshot.cameras[0].intrinsics = intrinsics;
        let view = all_modes(&scene, &snapshot, &format!("{width} × {height}"));
        assert_eq!(
            view.planes.color.unwrap().data.len(),
            (width * height) as usize
        );
    }
}

/// `count` instances of a small mesh in a cube of 100 m.
fn crowd(count: u32) -> (SceneDesc, FrameSnapshot) {
    let mut s = TestScene::new();
    let paint = s.paint([0.6, 0.4, 0.3]);
    let thing = s.object("thing", box_mesh(Vec3::splat(0.2)), paint, Motion::Static);
    let side = f64::from(count).cbrt().ceil() as u32;
    let mut episode = s.episode().light(ambient(100.0));
    for i in 0..count {
        let place = [i % side, i / side % side, i / (side * side)].map(|k| k as f32);
        let at = Vec3::from(place) * (100.0 / side as f32) - 50.0;
        episode = episode.place(thing, Pose::at(at));
    }
    let eye = Vec3::new(-80.0, -70.0, 60.0);
    let snapshot = still(&episode.build(), vec![looking(eye)]);
    (s.desc, snapshot)
}

/// Builds the frame and renders it; bytes and time of the build.
fn built(scene: &SceneDesc, snapshot: &FrameSnapshot) -> (usize, Duration) {
    let start = Instant::now();
    let (renderer, of_meshes) = peak_of(|| Renderer::new(scene));
    let (frame, of_frame) = peak_of(|| renderer.frame(snapshot));
    let wall = start.elapsed();
    let options = ViewOptions {
        planes: EVERYTHING,
        samples: 4,
        mode: Mode::Reference(PathOptions::default()),
        seed: 0,
    };
    let view = frame.view(0, &options, &mut Scratch::default());
    let radiance = view.planes.radiance.unwrap();
    assert!(radiance.data.iter().flatten().all(|v| v.is_finite()));
    assert!(view.planes.instance.unwrap().data.iter().any(|id| *id > 0));
    let all = start.elapsed();
    let mib = (of_meshes + of_frame) >> 20;
    println!("built in {wall:.2?} and {mib} MiB; with a picture {all:.2?}");
    (of_meshes + of_frame, wall)
}

#[test]
fn a_million_instances() {
    let (scene, snapshot) = crowd(1_000_000);
    let (bytes, wall) = built(&scene, &snapshot);
    assert!(bytes < 1 << 30, "{bytes} bytes");
    assert!(wall < Duration::from_secs(20), "{wall:?}");
}

#[test]
#[ignore = "half a minute; run by name"]
fn ten_million_triangles() {
    // 3,200 rings and segments: 10.2 million triangles.
    let mut s = TestScene::new();
    let paint = s.paint([0.6, 0.4, 0.3]);
    let ball = s.object("ball", sphere_mesh(0.5, 3200, 1600), paint, Motion::Static);
    assert!(s.desc.meshes[0].triangles.len() > 10_000_000);
    let spec = s
        .episode()
        .place(ball, Pose::IDENTITY)
        .light(ambient(100.0))
        .build();
    let snapshot = still(&spec, vec![looking(Vec3::new(0.3, -1.5, 0.8))]);
    let (bytes, _) = built(&s.desc, &snapshot);
    assert!(bytes < 3 << 30, "{bytes} bytes");
}
