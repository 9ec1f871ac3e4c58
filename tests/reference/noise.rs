//! Random numbers, what becomes of noise, and that labels know nothing of it.

use benchside::base::frame::FrameSnapshot;
use benchside::base::image::{Plane, PlaneSet};
use benchside::base::light::LightKind;
use benchside::base::pose::Pose;
use benchside::render::{PathOptions, View};
use benchside::scene::desc::{Motion, SceneDesc};
use benchside::scene::material::Material;
use glam::{Quat, Vec3};

use super::{STRAIGHT, ambient, glass, light, looking, matte, mean_of_all, radiance, reference};
use crate::support::scenes::{TestScene, box_mesh, plane_mesh, sphere_mesh};
use crate::support::views::{LENSES, still, view, with_lens};

/// A bench with a matte box, a coated ball, a metal ball and a ball of glass under a panel.
fn bench() -> (SceneDesc, FrameSnapshot) {
    let mut s = TestScene::new();
    let gray = matte(&mut s, 0.5);
    let red = s.paint([0.7, 0.1, 0.05]);
    let coated = s.material(Material {
        base_color: [0.1, 0.3, 0.6, 1.0],
        metallic: 0.0,
        roughness: 0.3,
        ..Material::default()
    });
    let metal = s.material(Material {
        base_color: [0.9, 0.8, 0.6, 1.0],
        roughness: 0.35,
        ..Material::default()
    });
    let clear = s.material(glass(1.5));
    let top = s.object("top", plane_mesh(2.0, 2.0), gray, Motion::Static);
    let block = s.object("block", box_mesh(Vec3::splat(0.2)), red, Motion::Static);
    let round = |s: &mut TestScene, name: &str, material| {
        s.object(name, sphere_mesh(0.1, 48, 24), material, Motion::Static)
    };
    let coated = round(&mut s, "coated", coated);
    let metal = round(&mut s, "metal", metal);
    let clear = round(&mut s, "clear", clear);
    let at = |x: f32, y: f32| Pose::at(Vec3::new(x, y, 0.1));
    let spec = s
        .episode()
        .place(top, Pose::IDENTITY)
        .place(block, at(-0.3, 0.1))
        .place(coated, at(0.0, 0.15))
        .place(metal, at(0.28, 0.2))
        .place(clear, at(0.1, -0.15))
        .light(ambient(60.0, 20.0))
        .light(light(LightKind::Rect {
            world_from_light: Pose::new(Quat::from_rotation_y(0.4), Vec3::new(-0.6, -0.3, 1.2)),
            half_size_m: [0.25, 0.25],
            nits: 2000.0,
        }))
        .build();
    let mut camera = looking(
        [64, 48],
        40.0,
        Vec3::new(0.1, -1.1, 0.6),
        Vec3::new(0.0, 0.05, 0.05),
    );
    camera.ev100 = 8.0;
    (s.desc, still(&spec, vec![camera]))
}

fn with_denoiser(paths: PathOptions) -> PathOptions {
    PathOptions {
        denoise: true,
        ..paths
    }
}

fn rmse(a: &Plane<[f32; 3]>, b: &Plane<[f32; 3]>) -> f64 {
    let squares = a.data.iter().flatten().zip(b.data.iter().flatten());
    let sum: f64 = squares.map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (sum / (3 * a.data.len()) as f64).sqrt()
}

#[test]
fn pictures_do_not_depend_on_threads_but_on_the_seed() {
    let (scene, snapshot) = bench();
    let run = |threads: usize, seed: u32| -> View {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let paths = with_denoiser(STRAIGHT);
        let planes = PlaneSet {
            radiance: true,
            ..PlaneSet::ALL
        };
        pool.unwrap()
            .install(|| reference(&scene, &snapshot, planes, 4, paths, seed))
    };
    let bits = |view: &View| -> Vec<u32> {
        let radiance = view.planes.radiance.as_ref().unwrap();
        radiance
            .data
            .iter()
            .flatten()
            .map(|v| v.to_bits())
            .collect()
    };
    let one = run(1, 7);
    for threads in [2, 5] {
        let many = run(threads, 7);
        assert_eq!(bits(&one), bits(&many), "{threads} threads");
        assert_eq!(one.planes.color, many.planes.color);
    }
    let other = run(2, 8);
    let same = bits(&one)
        .iter()
        .zip(bits(&other))
        .filter(|(a, b)| **a == *b)
        .count();
    assert!(
        same < one.planes.color.unwrap().data.len() / 20,
        "{same} values are the same"
    );
}

#[test]
fn labels_are_those_of_fast_mode() {
    let (scene, mut snapshot) = bench();
    for lens in LENSES {
        let camera = snapshot.cameras[0].clone();
        snapshot.cameras = vec![with_lens(camera, lens)];
        let fast = view(&scene, &snapshot, 4);
        let mut slow = reference(&scene, &snapshot, PlaneSet::ALL, 1, STRAIGHT, 3);
        assert_ne!(fast.planes.color, slow.planes.color);
        slow.planes.color = fast.planes.color.clone();
        // Not `==`: flow may be NaN.
        assert!(
            format!("{:?}", fast.planes) == format!("{:?}", slow.planes),
            "{lens:?}"
        );
        assert_eq!(fast.coverage, slow.coverage);
    }
}

#[test]
fn noise_falls_as_samples_rise_and_the_denoiser_lowers_it() {
    let (scene, snapshot) = bench();
    let run = |samples, paths| radiance(&scene, &snapshot, samples, paths);
    let truth = run(2048, STRAIGHT);
    let errors = [4, 16, 64].map(|n| rmse(&run(n, STRAIGHT), &truth));
    println!("RMSE at 4, 16, 64 samples: {errors:.5?}");
    for pair in errors.windows(2) {
        // 1/√N halves it; the error of the truth adds a little.
        assert!(pair[1] < 0.56 * pair[0], "{errors:?}");
    }
    for (samples, factor) in [(4, 1.5), (16, 1.3)] {
        let noisy = run(samples, STRAIGHT);
        let clean = run(samples, with_denoiser(STRAIGHT));
        let (before, after) = (rmse(&noisy, &truth), rmse(&clean, &truth));
        let off = mean_of_all(&clean) / mean_of_all(&truth) - 1.0;
        println!("{samples} samples: RMSE {before:.5}, denoised {after:.5}; mean {off:+.4}");
        assert!(
            after * factor < before,
            "{samples} samples: {before} became {after}"
        );
        assert!(off.abs() < 0.015, "{samples} samples: mean is {off} off");
    }
}
