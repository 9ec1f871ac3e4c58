//! Pictures and labels against formulas.

use benchside::base::camera::{CameraSpec, Intrinsics, Lens, Projector};
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::scene::desc::Motion;
use benchside::scene::material::Material;
use glam::{DVec2, DVec3, Quat, Vec3};

use crate::support::scenes::{TestScene, box_mesh, camera, plane_mesh, sphere_mesh};
use crate::support::views::{LENSES, still, view, with_intrinsics, with_lens};

/// OpenCV's published models, written out independently of the library.
fn opencv_project(k: &Intrinsics, lens: &Lens, p: DVec3) -> DVec2 {
    let (a, b) = (p.x / p.z, p.y / p.z);
    let (x, y) = match *lens {
        Lens::Pinhole => (a, b),
        Lens::BrownConrady { k1, k2, p1, p2, k3 } => {
            let r2 = a * a + b * b;
            let radial = 1.0 + k1 * r2 + k2 * r2.powi(2) + k3 * r2.powi(3);
            (
                a * radial + 2.0 * p1 * a * b + p2 * (r2 + 2.0 * a * a),
                b * radial + p1 * (r2 + 2.0 * b * b) + 2.0 * p2 * a * b,
            )
        }
        Lens::Fisheye { k1, k2, k3, k4 } => {
            let r = a.hypot(b);
            let t = r.atan();
            let d = t * (1.0 + k1 * t.powi(2) + k2 * t.powi(4) + k3 * t.powi(6) + k4 * t.powi(8));
            if r == 0.0 {
                (0.0, 0.0)
            } else {
                (a * d / r, b * d / r)
            }
        }
    };
    DVec2::new(k.fx_px * x + k.cx_px, k.fy_px * y + k.cy_px)
}

fn off_center() -> Intrinsics {
    Intrinsics {
        width_px: 96,
        height_px: 72,
        fx_px: 80.0,
        fy_px: 83.0,
        cx_px: 45.3,
        cy_px: 38.1,
    }
}

#[test]
fn lenses_project_as_opencv_and_unproject_back() {
    for lens in LENSES {
        let k = off_center();
        let projector = Projector::new(k, lens);
        for (x, y) in (0..=96)
            .step_by(8)
            .flat_map(|x| (0..=72).step_by(8).map(move |y| (x, y)))
        {
            let pixel = DVec2::new(f64::from(x), f64::from(y));
            let ray = projector.unproject(pixel).expect("inside the lens");
            for distance in [0.3, 7.0] {
                let point = ray * distance;
                let here = projector.project(point).expect("in front");
                assert!(
                    (here - pixel).length() < 1e-9,
                    "{lens:?} {pixel} came back as {here}"
                );
                let reference = opencv_project(&k, &lens, point);
                assert!(
                    (reference - pixel).length() < 1e-9,
                    "{lens:?} {pixel}: OpenCV says {reference}"
                );
            }
        }
    }
}

#[test]
fn a_folding_lens_assigns_no_pixel_twice() {
    // Strong barrel distortion folds back at r = 1/√(3·0.5); points beyond must not appear.
    let lens = Lens::BrownConrady {
        k1: -0.5,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
        k3: 0.0,
    };
    let projector = Projector::new(off_center(), lens);
    let fold = (1.0f64 / 1.5).sqrt();
    assert!(
        projector
            .project(DVec3::new(fold * 0.999, 0.0, 1.0))
            .is_some()
    );
    assert_eq!(projector.project(DVec3::new(fold * 1.001, 0.0, 1.0)), None);
    assert_eq!(projector.project(DVec3::new(5.0, 0.0, 1.0)), None);
    assert_eq!(projector.project(DVec3::new(0.0, 0.0, -1.0)), None);
    let widest = fold * (1.0 - 0.5 * fold * fold);
    assert_eq!(
        projector.unproject(DVec2::new(45.3 + 80.0 * (widest + 0.01), 38.1)),
        None
    );
}

/// A camera at the origin that looks along +Y, with its own up.
fn level_camera(lens: Lens) -> CameraSpec {
    let camera = camera([96, 72], Vec3::ZERO, Vec3::Y);
    with_lens(with_intrinsics(camera, off_center()), lens)
}

#[test]
fn depth_of_a_tilted_plane_is_exact_for_every_lens() {
    for lens in LENSES {
        let camera = level_camera(lens);
        let mut s = TestScene::new();
        let paint = s.paint([0.5; 3]);
        let plane = s.object("plane", plane_mesh(60.0, 60.0), paint, Motion::Static);
        // Faces the camera, 2 m away, leaned back by 0.3 rad.
        let pose = Pose::new(
            Quat::from_rotation_x(std::f32::consts::FRAC_PI_2 - 0.3),
            Vec3::new(0.0, 2.0, 0.0),
        );
        let normal = pose.direction(Vec3::Z).as_dvec3();
        let spec = s.episode().place(plane, pose).build();
        let view = view(&s.desc, &still(&spec, vec![camera.clone()]), 1);
        let depth = view.planes.z_depth_m.unwrap();
        let projector = Projector::new(camera.intrinsics, lens);
        for (x, y) in (0..96).flat_map(|x| (0..72).map(move |y| (x, y))) {
            let ray = projector
                .unproject(DVec2::new(x as f64 + 0.5, y as f64 + 0.5))
                .unwrap();
            // Camera x, y, z are world x, −z, y.
            let world = DVec3::new(ray.x, ray.z, -ray.y);
            let t = normal.dot(DVec3::new(0.0, 2.0, 0.0)) / normal.dot(world);
            let expected = t * ray.z;
            let found = f64::from(depth.at(x, y));
            assert!(
                (found - expected).abs() < 2e-6 * expected,
                "{lens:?} pixel {x}, {y}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn corners_of_a_box_appear_where_the_lens_puts_them() {
    for lens in LENSES {
        let camera = level_camera(lens);
        let mut s = TestScene::new();
        let paint = s.paint([0.5; 3]);
        let size = Vec3::new(0.6, 0.001, 0.4);
        let thing = s.object("plate", box_mesh(size), paint, Motion::Static);
        let center = Vec3::new(0.1, 1.5, 0.05);
        let spec = s.episode().place(thing, Pose::at(center)).build();
        let view = view(&s.desc, &still(&spec, vec![camera.clone()]), 1);
        let instance = view.planes.instance.unwrap();
        let inside = |p: DVec2| instance.at(p.x as usize, p.y as usize) == 1;
        for (sx, sz) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let corner = |scale: f32| {
                let p = center
                    + Vec3::new(
                        0.5 * sx * size.x * scale,
                        -0.5 * size.y,
                        0.5 * sz * size.z * scale,
                    );
                let in_camera = DVec3::new(f64::from(p.x), f64::from(-p.z), f64::from(p.y));
                opencv_project(&camera.intrinsics, &lens, in_camera)
            };
            // 1.5 px inside and outside of the corner along the diagonal.
            let outward = (corner(1.01) - corner(1.0)).normalize() * 1.5;
            assert!(
                inside(corner(1.0) - outward),
                "{lens:?} corner {sx}, {sz}: nothing just inside"
            );
            assert!(
                !inside(corner(1.0) + outward),
                "{lens:?} corner {sx}, {sz}: something just outside"
            );
        }
    }
}

fn ambient(nits: f32, reach_m: f32) -> Light {
    Light {
        name: "ambient".into(),
        kind: LightKind::Ambient {
            sky_nits: nits,
            ground_nits: nits,
            reach_m,
        },
        color: [1.0; 3],
        casts_shadow: true,
    }
}

#[test]
fn a_white_sphere_vanishes_in_a_furnace() {
    for (metallic, roughness) in [
        (0.0, 0.05),
        (0.0, 0.3),
        (0.0, 0.7),
        (0.0, 1.0),
        (1.0, 0.05),
        (1.0, 0.4),
        (1.0, 1.0),
    ] {
        let mut s = TestScene::new();
        let white = s.material(Material {
            metallic,
            roughness,
            ..Material::default()
        });
        let ball = s.object("ball", sphere_mesh(0.5, 64, 32), white, Motion::Static);
        let spec = s
            .episode()
            .place(ball, Pose::IDENTITY)
            .light(ambient(100.0, 0.0))
            .build();
        let camera = camera([64, 64], Vec3::new(0.0, -1.6, 0.3), Vec3::ZERO);
        let view = view(&s.desc, &still(&spec, vec![camera]), 4);
        assert!(
            view.planes
                .instance
                .unwrap()
                .data
                .iter()
                .filter(|&&id| id == 1)
                .count()
                > 1000
        );
        let color = view.planes.color.unwrap();
        let background = color.at(0, 0);
        assert!(
            background[0] > 60,
            "the furnace itself glows: {background:?}"
        );
        for (i, pixel) in color.data.iter().enumerate() {
            let off = pixel
                .iter()
                .zip(background)
                .map(|(a, b)| a.abs_diff(b))
                .max()
                .unwrap();
            assert!(
                off <= 1,
                "metallic {metallic}, roughness {roughness}: pixel {i} is {pixel:?} in {background:?}"
            );
        }
    }
}

/// Undoes sRGB and the dark end of the tone curve: relative luminance at the sensor.
fn sensor_value(srgb: [u8; 3]) -> f64 {
    let v = f64::from(srgb[0]) / 255.0;
    let linear = if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    };
    // The curve takes x − 6.25 x² off dark values and 0.04 off others.
    if linear <= 0.04 {
        (linear / 6.25).sqrt()
    } else {
        linear + 0.04
    }
}

/// Sensor value of a luminance at EV 9.
fn exposed(nits: f64) -> f64 {
    nits / (1.2 * 512.0)
}

#[test]
fn a_point_light_obeys_the_inverse_square_and_cosine_laws() {
    let mut s = TestScene::new();
    // Metallic black coat would add a highlight: fully rough, and seen from straight above.
    let gray = s.paint([0.5; 3]);
    let floor = s.object("floor", plane_mesh(8.0, 8.0), gray, Motion::Static);
    let lamp = Light {
        name: "lamp".into(),
        kind: LightKind::Point {
            position_m: Vec3::new(0.0, 0.0, 1.0),
            candela: 900.0,
        },
        color: [1.0; 3],
        casts_shadow: true,
    };
    let spec = s.episode().place(floor, Pose::IDENTITY).light(lamp).build();
    let camera = camera([101, 101], Vec3::new(0.0, 0.0, 3.0), Vec3::ZERO);
    let focal = camera.intrinsics.fx_px;
    let view = view(&s.desc, &still(&spec, vec![camera]), 1);
    let color = view.planes.color.unwrap();
    for x in (50..101).step_by(10) {
        let offset = (x as f64 + 0.5 - 50.5) / focal * 3.0;
        let d2 = 1.0 + offset * offset;
        let lux = 900.0 / d2 * (1.0 / d2.sqrt());
        // Lambert, less what the coat of F0 0.04 takes: between 0 and 8 %.
        let lambert = exposed(lux * 0.5 / std::f64::consts::PI);
        let found = sensor_value(color.at(x, 50));
        assert!(
            found > lambert * 0.92 && found < lambert * 1.06,
            "column {x}: {found}, Lambert {lambert}"
        );
    }
}

#[test]
fn a_rectangular_light_gives_the_analytic_irradiance() {
    // A 1 × 1 m panel 1 m above the floor, parallel: form factor from the point below its centre
    // 4 · 1/2π · 2 · X/√(1+X²) · atan(Y/√(1+X²)) with X = Y = 0.5 (Howell, configuration B-3).
    let x: f64 = 0.5;
    let quarter = (x / (1.0 + x * x).sqrt() * (x / (1.0 + x * x).sqrt()).atan()) * 2.0
        / (2.0 * std::f64::consts::PI);
    let form_factor = 4.0 * quarter;
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let floor = s.object("floor", plane_mesh(8.0, 8.0), gray, Motion::Static);
    let panel = Light {
        name: "panel".into(),
        kind: LightKind::Rect {
            world_from_light: Pose::at(Vec3::Z),
            half_size_m: [0.5, 0.5],
            nits: 1500.0,
        },
        color: [1.0; 3],
        casts_shadow: true,
    };
    let spec = s
        .episode()
        .place(floor, Pose::IDENTITY)
        .light(panel)
        .build();
    let view = view(
        &s.desc,
        &still(
            &spec,
            vec![camera([33, 33], Vec3::new(0.0, 0.0, 2.0), Vec3::ZERO)],
        ),
        1,
    );
    let lambert = exposed(1500.0 * form_factor * 0.5);
    let found = sensor_value(view.planes.color.unwrap().at(16, 16));
    assert!(
        found > lambert * 0.92 && found < lambert * 1.08,
        "{found}, Lambert {lambert}"
    );
}

#[test]
fn a_shadow_falls_where_the_sun_says() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let floor = s.object("floor", plane_mesh(8.0, 8.0), gray, Motion::Static);
    let plate = s.object(
        "plate",
        box_mesh(Vec3::new(0.4, 0.4, 0.01)),
        gray,
        Motion::Static,
    );
    let sun = Light {
        name: "sun".into(),
        kind: LightKind::Directional {
            direction: Vec3::new(1.0, 0.0, -1.0).normalize(),
            lux: 1000.0,
            angular_diameter_rad: 0.0,
        },
        color: [1.0; 3],
        casts_shadow: true,
    };
    // The plate's underside at 0.5 m throws its shadow 0.5 m along +X: from 0.3 to 0.7.
    let spec = s
        .episode()
        .place(floor, Pose::IDENTITY)
        .place(plate, Pose::at(Vec3::new(0.0, 0.0, 0.505)))
        .light(sun)
        .build();
    let camera = camera([200, 200], Vec3::new(0.0, 0.0, 3.0), Vec3::ZERO);
    let focal = camera.intrinsics.fx_px as f32;
    let view = view(&s.desc, &still(&spec, vec![camera]), 1);
    let color = view.planes.color.unwrap();
    let at = |x: f32| color.at((100.0 + x / 3.0 * focal) as usize, 100)[0];
    for lit in [0.26, 0.74, 1.0] {
        assert!(at(lit) > 50, "{lit} m should be lit, is {}", at(lit));
    }
    for dark in [0.33, 0.5, 0.67] {
        assert_eq!(at(dark), 0, "{dark} m should be dark");
    }
}

#[test]
fn a_glass_pane_has_its_own_depth_and_what_is_behind_it() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let glass = s.material(Material {
        transmission: 1.0,
        roughness: 0.0,
        metallic: 0.0,
        ior: 1.5,
        ..Material::default()
    });
    let wall = s.object("wall", plane_mesh(8.0, 8.0), gray, Motion::Static);
    let pane = s.object(
        "pane",
        box_mesh(Vec3::new(0.8, 0.8, 0.01)),
        glass,
        Motion::Static,
    );
    let upright = Quat::from_rotation_x(std::f32::consts::FRAC_PI_2);
    let spec = s
        .episode()
        .place(wall, Pose::new(upright, Vec3::new(0.0, 3.0, 0.0)))
        .place(pane, Pose::new(upright, Vec3::new(0.0, 1.005, 0.0)))
        .light(ambient(300.0, 0.0))
        .build();
    for lens in LENSES {
        let camera = with_lens(camera([65, 65], Vec3::ZERO, Vec3::Y), lens);
        let view = view(&s.desc, &still(&spec, vec![camera]), 1);
        let p = view.planes;
        let (first, behind) = (p.z_depth_m.unwrap(), p.behind_z_depth_m.unwrap());
        let (id, behind_id) = (p.instance.unwrap(), p.behind_instance.unwrap());
        assert_eq!((id.at(32, 32), behind_id.at(32, 32)), (2, 1), "{lens:?}");
        assert!(
            (first.at(32, 32) - 1.0).abs() < 1e-6 && (behind.at(32, 32) - 3.0).abs() < 1e-5,
            "{lens:?}"
        );
        assert_eq!(
            (id.at(1, 1), behind_id.at(1, 1)),
            (1, 1),
            "{lens:?} beside the pane"
        );
        assert!((first.at(1, 1) - 3.0).abs() < 1e-5 && first.at(1, 1) == behind.at(1, 1));
    }
    // In a furnace the pane passes (1 − R) of the wall and reflects R of the room: the wall's
    // luminance is 150·(1 − a) + 300·a with the coat's albedo a, the pane's is wall·(1−R) + 300·R.
    let view = view(
        &s.desc,
        &still(&spec, vec![camera([65, 65], Vec3::ZERO, Vec3::Y)]),
        1,
    );
    let color = view.planes.color.unwrap();
    let (wall, pane) = (
        sensor_value(color.at(32, 1)),
        sensor_value(color.at(32, 32)),
    );
    let r = 2.0 * 0.04 / 1.04;
    let expected = wall * (1.0 - r) + exposed(300.0) * r;
    assert!(
        (pane - expected).abs() < 0.02 * expected,
        "pane {pane}, expected {expected}, wall {wall}"
    );
}

#[test]
fn normals_and_object_coordinates_of_a_turned_box() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let size = Vec3::new(0.4, 0.2, 0.6);
    let thing = s.object("box", box_mesh(size), gray, Motion::Static);
    let pose = Pose::new(
        Quat::from_rotation_z(0.5) * Quat::from_rotation_x(0.3),
        Vec3::new(0.05, 1.2, -0.04),
    );
    let spec = s.episode().place(thing, pose).build();
    for lens in LENSES {
        let camera = with_lens(camera([80, 80], Vec3::ZERO, Vec3::Y), lens);
        let projector = Projector::new(camera.intrinsics, lens);
        let p = view(&s.desc, &still(&spec, vec![camera.clone()]), 1).planes;
        let (id, depth) = (p.instance.unwrap(), p.z_depth_m.unwrap());
        let (normal, coords) = (p.normal_in_camera.unwrap(), p.object_coords.unwrap());
        let mut seen = 0;
        for (x, y) in (0..80)
            .flat_map(|x| (0..80).map(move |y| (x, y)))
            .filter(|&(x, y)| id.at(x, y) == 1)
        {
            let ray = projector
                .unproject(DVec2::new(x as f64 + 0.5, y as f64 + 0.5))
                .unwrap();
            let in_camera = (ray * (f64::from(depth.at(x, y)) / ray.z)).as_vec3();
            let in_box = pose
                .inverse()
                .point(camera.world_from_camera.point(in_camera));
            let expected = in_box / size + 0.5;
            let found = Vec3::from(coords.at(x, y));
            assert!(
                (found - expected).abs().max_element() < 1e-5,
                "{lens:?} {x}, {y}: {found}, expected {expected}"
            );
            // The face is the coordinate nearest to 0 or 1.
            let (axis, _) = (0..3)
                .map(|a| (a, (expected[a] - 0.5).abs()))
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap();
            let mut face = Vec3::ZERO;
            face[axis] = (expected[axis] - 0.5).signum();
            let face = camera
                .world_from_camera
                .inverse()
                .direction(pose.direction(face));
            let found = Vec3::from(normal.at(x, y));
            assert!(
                (found - face).abs().max_element() < 1e-5,
                "{lens:?} {x}, {y}: normal {found}, expected {face}"
            );
            seen += 1;
        }
        assert!(seen > 300, "{lens:?}: {seen} pixels");
    }
}

#[test]
fn flow_of_a_known_motion_is_right_to_a_hundredth_of_a_pixel() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let thing = s.object(
        "box",
        box_mesh(Vec3::new(0.5, 0.3, 0.4)),
        gray,
        Motion::Dynamic,
    );
    let start = Pose::new(Quat::from_rotation_z(0.4), Vec3::new(0.02, 1.3, 0.0));
    let end = Pose::new(
        Quat::from_rotation_z(0.47) * Quat::from_rotation_y(0.05),
        Vec3::new(0.06, 1.25, 0.03),
    );
    let spec = s.episode().place(thing, start).build();
    for lens in LENSES {
        let mut camera = with_lens(camera([160, 120], Vec3::ZERO, Vec3::Y), lens);
        let drift = Pose::new(Quat::from_rotation_y(0.02), Vec3::new(0.01, -0.02, 0.015));
        camera.world_from_camera_next = camera.world_from_camera * drift;
        let mut snapshot = still(&spec, vec![camera.clone()]);
        snapshot.instances[0].world_from_instance_next = end;
        let p = view(&s.desc, &snapshot, 1).planes;
        let (id, depth, flow) = (
            p.instance.unwrap(),
            p.z_depth_m.unwrap(),
            p.flow_px.unwrap(),
        );
        let projector = Projector::new(camera.intrinsics, lens);
        let mut seen = [0, 0];
        for (x, y) in (0..160).flat_map(|x| (0..120).map(move |y| (x, y))) {
            let here = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
            let ray = projector.unproject(here).unwrap();
            let next = if id.at(x, y) == 1 {
                let in_camera = (ray * (f64::from(depth.at(x, y)) / ray.z)).as_vec3();
                let in_box = start
                    .inverse()
                    .point(camera.world_from_camera.point(in_camera));
                camera
                    .world_from_camera_next
                    .inverse()
                    .point(end.point(in_box))
                    .as_dvec3()
            } else {
                drift.inverse().direction(ray.as_vec3()).as_dvec3()
            };
            let expected = opencv_project(&camera.intrinsics, &lens, next) - here;
            let found = DVec2::new(f64::from(flow.at(x, y)[0]), f64::from(flow.at(x, y)[1]));
            assert!(
                (found - expected).length() < 0.01,
                "{lens:?} {x}, {y}: {found}, expected {expected}"
            );
            seen[usize::from(id.at(x, y) == 1)] += 1;
        }
        assert!(seen[0] > 1000 && seen[1] > 1000, "{lens:?}: {seen:?}");
    }
}
