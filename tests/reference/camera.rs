//! Lens and shutter: blur, streaks and skew as long as optics say.

use benchside::base::camera::{CameraSpec, Exposure, Projector};
use benchside::base::frame::FrameSnapshot;
use benchside::base::image::Plane;
use benchside::base::pose::Pose;
use benchside::scene::desc::Motion;
use glam::{DVec2, Vec3};

use super::{EXACT, ambient, assert_near, glowing, looking, radiance};
use crate::support::scenes::{TestScene, box_mesh, sphere_mesh};
use crate::support::views::{LENSES, still};

/// Centre of light in pixels and its variance along x and y, of some rows.
fn moments(picture: &Plane<[f32; 3]>, rows: std::ops::Range<usize>) -> ([f64; 2], [f64; 2]) {
    let width = picture.width_px;
    let lit = || {
        let rows = rows.clone();
        rows.flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| {
                (
                    f64::from(picture.at(x, y)[1]),
                    [x as f64 + 0.5, y as f64 + 0.5],
                )
            })
    };
    let sum: f64 = lit().map(|(l, _)| l).sum();
    let center = [0, 1].map(|k| lit().map(|(l, p)| l * p[k]).sum::<f64>() / sum);
    let variance = [0, 1].map(|k| {
        let off = |p: [f64; 2]| (p[k] - center[k]).powi(2);
        // Less what the pixels' own width adds.
        lit().map(|(l, p)| l * off(p)).sum::<f64>() / sum - 1.0 / 12.0
    });
    (center, variance)
}

/// A camera at the origin that looks along +Y, 200 px of focal length.
fn level() -> CameraSpec {
    let mut camera = looking([96, 96], 30.0, Vec3::ZERO, Vec3::Y);
    (camera.intrinsics.fx_px, camera.intrinsics.fy_px) = (200.0, 200.0);
    camera
}

#[test]
fn a_point_out_of_focus_is_a_disk_of_the_thin_lens_diameter() {
    for (focus, distance) in [(1.0f64, 2.0f64), (1.0, 0.6), (2.0, 1.0), (0.7, 0.7)] {
        let pupil_radius = 0.03f64;
        let ball_radius = 0.008f64;
        let mut s = TestScene::new();
        let glow = s.material(glowing([1000.0; 3]));
        let ball = sphere_mesh(ball_radius as f32, 24, 12);
        let ball = s.object("ball", ball, glow, Motion::Static);
        let at = Vec3::new(0.0, distance as f32, 0.0);
        let spec = s.episode().place(ball, Pose::at(at)).build();
        let mut camera = level();
        camera.exposure = Exposure {
            pupil_radius_m: pupil_radius,
            focus_m: focus,
            ..Exposure::default()
        };
        let picture = radiance(&s.desc, &still(&spec, vec![camera]), 256, EXACT);
        let (center, variance) = moments(&picture, 0..96);
        assert!(
            (center[0] - 48.0).hypot(center[1] - 48.0) < 0.15,
            "{center:?}"
        );
        // A disk of diameter c has variance c²/16 along each axis.
        let disk = |diameter: f64| diameter * diameter / 16.0;
        let blur = 200.0 * 2.0 * pupil_radius * (distance - focus).abs() / (distance * focus);
        let own = 200.0 * 2.0 * ball_radius / distance;
        let expected = disk(blur) + disk(own);
        for axis in variance {
            assert_near(
                axis.sqrt(),
                expected.sqrt(),
                0.02,
                &format!("focus {focus} m, ball at {distance} m"),
            );
        }
    }
}

/// A bar of this size, `speed` m/s along +X, 1 m away in the middle of the exposure.
fn moving_bar(size: Vec3, speed: f32, exposure: Exposure) -> (TestScene, FrameSnapshot) {
    let mut s = TestScene::new();
    let glow = s.material(glowing([1000.0; 3]));
    let bar = s.object("bar", box_mesh(size), glow, Motion::Dynamic);
    let spec = s.episode().place(bar, Pose::at(Vec3::Y)).flow(0.04).build();
    let mut camera = level();
    camera.exposure = exposure;
    let mut snapshot = still(&spec, vec![camera]);
    snapshot.instances[0].world_from_instance_next = Pose::at(Vec3::new(speed * 0.04, 1.0, 0.0));
    (s, snapshot)
}

#[test]
fn a_streak_is_as_long_as_the_thing_moves_while_the_shutter_is_open() {
    for (speed, shutter) in [(2.0f32, 0.05f64), (5.0, 0.01), (-3.0, 0.02), (0.0, 0.05)] {
        let exposure = Exposure {
            shutter_secs: shutter,
            ..Exposure::default()
        };
        let (s, snapshot) = moving_bar(Vec3::new(0.02, 0.001, 0.02), speed, exposure);
        let picture = radiance(&s.desc, &snapshot, 256, EXACT);
        let (center, variance) = moments(&picture, 0..96);
        // The snapshot is the middle of the exposure.
        assert!(
            (center[0] - 48.0).hypot(center[1] - 48.0) < 0.1,
            "{center:?}"
        );
        let streak = 200.0 * f64::from(speed) * shutter;
        let own = 200.0 * 0.02;
        let expected = [streak * streak + own * own, own * own].map(|v| v / 12.0);
        for (found, expected) in variance.into_iter().zip(expected) {
            // Edges that fall between pixels are not widened by them: 2/12 px² at most.
            assert!(
                (found - expected).abs() < 0.03 * expected + 0.17,
                "{speed} m/s for {shutter} s: variances {variance:?} px², expected {expected}"
            );
        }
    }
}

#[test]
fn a_moving_camera_streaks_as_the_moving_thing_does() {
    let mut s = TestScene::new();
    let glow = s.material(glowing([1000.0; 3]));
    let bar = box_mesh(Vec3::new(0.02, 0.001, 0.02));
    let bar = s.object("bar", bar, glow, Motion::Static);
    let spec = s.episode().place(bar, Pose::at(Vec3::Y)).flow(0.04).build();
    let mut camera = level();
    camera.exposure.shutter_secs = 0.05;
    camera.world_from_camera_next.translation_m = Vec3::new(0.08, 0.0, 0.0);
    let picture = radiance(&s.desc, &still(&spec, vec![camera]), 256, EXACT);
    let (center, variance) = moments(&picture, 0..96);
    assert!((center[0] - 48.0).abs() < 0.1, "{center:?}");
    let expected = (20.0f64.powi(2) + 4.0f64.powi(2)) / 12.0;
    assert_near(variance[0].sqrt(), expected.sqrt(), 0.02, "along");
}

#[test]
fn a_rolling_shutter_leans_what_moves() {
    let exposure = Exposure {
        readout_secs: 0.03,
        ..Exposure::default()
    };
    let (s, snapshot) = moving_bar(Vec3::new(0.02, 0.001, 2.0), 3.0, exposure);
    let picture = radiance(&s.desc, &snapshot, 64, EXACT);
    let at = |row: usize| moments(&picture, row..row + 1).0[0];
    // Between the first row's start and the last one's it moves by speed · readout.
    let skew = at(95) - at(0);
    assert_near(skew, 200.0 * 3.0 * 0.03, 0.04, "skew of 96 rows");
    assert!((0.5 * (at(47) + at(48)) - 48.0).abs() < 0.4);
}

#[test]
fn every_lens_sees_the_same_light_from_the_same_direction() {
    let s = TestScene::new();
    for lens in LENSES {
        let spec = s.episode().light(ambient(300.0, 20.0)).build();
        let eye = Vec3::new(0.3, 0.2, 1.0);
        let mut camera = looking([64, 48], 60.0, eye, Vec3::new(-1.0, 2.0, 1.4));
        camera.lens = lens;
        let (projector, pose) = (
            Projector::new(camera.intrinsics, lens),
            camera.world_from_camera,
        );
        let picture = radiance(&s.desc, &still(&spec, vec![camera]), 16, EXACT);
        for (x, y) in (0..64).flat_map(|x| (0..48).map(move |y| (x, y))) {
            let pixel = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let Some(direction) = projector.unproject(pixel) else {
                continue;
            };
            let height = pose.direction(direction.as_vec3()).normalize().z;
            let expected = f64::from(160.0 + 140.0 * height);
            let found = f64::from(picture.at(x as usize, y as usize)[1]);
            assert_near(found, expected, 0.02, &format!("{lens:?} pixel {x}, {y}"));
        }
    }
}
