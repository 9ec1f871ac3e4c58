//! Cameras and lights against formulas.

use std::f64::consts::PI;

use benchside::base::camera::{Intrinsics, Lens, Projector};
use benchside::base::color::blackbody_rgb;
use benchside::base::light::LightKind;
use benchside::base::pose::Pose;
use benchside::base::sensor::DepthMethod;
use benchside::episode::sample;
use benchside::episode::spec::EpisodeSpec;
use benchside::world::session::Session;
use glam::{DVec2, Quat, Vec3};

use crate::support::recipes::{CABINET_M, FULL, lab, load_recipe_text, recipe, shapes};

fn episode(entries: &str, seed: u64, size_px: Option<(u32, u32)>) -> EpisodeSpec {
    let scene = lab();
    let desc = recipe(&scene, entries);
    sample(&scene, &desc, &shapes(&scene), seed, 0, size_px)
}

#[test]
fn shell_cameras_look_at_their_target_from_where_they_are_told() {
    let entries = r#"
        [[camera]]
        name = "orbit"
        mount = { shell = "far", radius_m = { uniform = [0.5, 2] }, azimuth_deg = { uniform = [10, 80] }, elevation_deg = { uniform = [20, 70] }, target_offset_m = [0.1, 0.2, 0.3] }
        vertical_fov_deg = 50
    "#;
    let target = Vec3::new(5.0, 0.0, 0.1) + Vec3::new(0.1, 0.2, 0.3);
    for seed in 0..50 {
        let spec = episode(entries, seed, None);
        let camera = &spec.frames[0].cameras[0];
        let pose = camera.world_from_camera;
        let from_target = pose.translation_m - target;
        let radius = from_target.length();
        assert!((0.5..=2.0).contains(&radius));
        let azimuth = from_target.y.atan2(from_target.x).to_degrees();
        let elevation = (from_target.z / radius).asin().to_degrees();
        assert!((9.99..=80.01).contains(&azimuth), "{azimuth}");
        assert!((19.99..=70.01).contains(&elevation), "{elevation}");
        let seen = pose.inverse().point(target);
        let pixel = Projector::new(camera.intrinsics, camera.lens)
            .project(seen.as_dvec3())
            .expect("the target is in front");
        assert!(pixel.distance(DVec2::new(320.0, 240.0)) < 1e-2, "{pixel}");
        // Upright: the picture's x axis is level, its y axis points down.
        assert!(pose.direction(Vec3::X).z.abs() < 1e-6);
        assert!(pose.direction(Vec3::Y).z < 0.0);
    }
}

#[test]
fn roll_turns_about_the_viewing_axis() {
    let mount = |roll: f64| {
        format!(
            "[[camera]]\nname = \"a\"\nvertical_fov_deg = 50\n\
             mount = {{ position_m = [0, -2, 1], look_at_m = [0, 0, 0], roll_deg = {roll} }}\n"
        )
    };
    let pose = |roll| episode(&mount(roll), 0, None).frames[0].cameras[0].world_from_camera;
    let (level, rolled) = (pose(0.0), pose(30.0));
    assert_eq!(level.translation_m, rolled.translation_m);
    let relative = level.inverse() * rolled;
    let expected = Quat::from_rotation_z(30f32.to_radians());
    assert!(relative.rotation.dot(expected).abs() > 1.0 - 1e-6);
}

#[test]
fn nodes_mount_cameras_as_blender_does() {
    let entries =
        "[[camera]]\nname = \"a\"\nmount = { node = \"anchor\" }\nvertical_fov_deg = 50\n";
    let spec = episode(entries, 0, None);
    // An unrotated camera of Blender's looks straight down with +Y at the top of the picture.
    let pose = spec.frames[0].cameras[0].world_from_camera;
    assert_eq!(pose.translation_m, Vec3::new(0.0, 0.0, 1.5));
    assert!(pose.direction(Vec3::Z).distance(Vec3::NEG_Z) < 1e-6);
    assert!(pose.direction(Vec3::NEG_Y).distance(Vec3::Y) < 1e-6);
    // A camera node has a field of view of its own.
    let still = &spec.frames[0].cameras[1];
    assert_eq!(still.name, "still");
    let focal = 240.0 / (25f64).to_radians().tan();
    assert!((still.intrinsics.fy_px - focal).abs() < 1e-4);
}

#[test]
fn the_picture_size_can_be_overridden() {
    let entries = r#"
        [[camera]]
        name = "fov"
        mount = { node = "anchor" }
        vertical_fov_deg = 60
        [[camera]]
        name = "intrinsics"
        mount = { node = "anchor" }
        intrinsics = { fx_px = 500, fy_px = 510, cx_px = 320, cy_px = 250 }
        [[camera]]
        name = "fisheye"
        mount = { node = "anchor" }
        vertical_fov_deg = 180
        lens = { model = "fisheye", k1 = 0.05 }
    "#;
    let spec = episode(entries, 0, Some((128, 128)));
    let of = |i: usize| -> Intrinsics { spec.frames[0].cameras[i].intrinsics };
    // The vertical field of view is kept, and pixels stay square.
    let focal = 64.0 / 30f64.to_radians().tan();
    assert_eq!((of(0).width_px, of(0).height_px), (128, 128));
    assert!((of(0).fy_px - focal).abs() < 1e-9 && of(0).fx_px == of(0).fy_px);
    assert_eq!((of(1).fx_px, of(1).cx_px), (100.0, 64.0));
    assert_eq!(of(1).fy_px, 510.0 * 128.0 / 480.0);
    // At the top of the picture a fisheye of 180° looks sideways.
    let lens = spec.frames[0].cameras[2].lens;
    assert_eq!(
        lens,
        Lens::Fisheye {
            k1: 0.05,
            k2: 0.0,
            k3: 0.0,
            k4: 0.0
        }
    );
    let ray = Projector::new(of(2), lens)
        .unproject(DVec2::new(64.0, 0.0))
        .expect("seen");
    assert!(ray.z.abs() < 1e-9 && (ray.y + 1.0).abs() < 1e-9, "{ray}");
}

#[test]
fn drift_moves_a_camera_between_frames_and_for_flow() {
    let entries = r#"
        [capture]
        frames = 3
        interval_secs = 0.5
        flow_secs = 0.1
        [[camera]]
        name = "moving"
        mount = { position_m = { uniform = [[0, -2, 1], [1, -1, 2]] }, look_at_m = [0, 0, 0] }
        vertical_fov_deg = 50
        drift_m_per_s = [0.2, 0, -0.1]
        drift_deg_per_s = [0, 30, 0]
        redraw = "episode"
        [[camera]]
        name = "redrawn"
        mount = { position_m = { uniform = [[0, -2, 1], [1, -1, 2]] }, look_at_m = [0, 0, 0] }
        vertical_fov_deg = 50
        drift_m_per_s = [0.2, 0, -0.1]
    "#;
    let spec = episode(entries, 4, None);
    let after = |secs: f32| {
        Pose::new(
            Quat::from_rotation_y((30.0 * secs).to_radians()),
            Vec3::new(0.2, 0.0, -0.1) * secs,
        )
    };
    let near = |a: Pose, b: Pose| {
        let turned = 1.0 - a.rotation.dot(b.rotation).abs();
        assert!(a.translation_m.distance(b.translation_m) < 1e-5 && turned < 1e-6);
    };
    let base = spec.frames[0].cameras[0].world_from_camera;
    for (i, frame) in spec.frames.iter().enumerate() {
        let secs = 0.5 * i as f32;
        assert!((frame.after_settling_secs - 0.5 * i as f64).abs() < 1e-9);
        near(frame.cameras[0].world_from_camera, base * after(secs));
        near(
            frame.cameras[0].world_from_camera_next,
            base * after(secs + 0.1),
        );
        let redrawn = &frame.cameras[1];
        let moved = redrawn.world_from_camera * Pose::at(Vec3::new(0.02, 0.0, -0.01));
        near(redrawn.world_from_camera_next, moved);
    }
    let redrawn = |i: usize| spec.frames[i].cameras[1].world_from_camera;
    assert_ne!(redrawn(0), redrawn(1));
    assert_ne!(redrawn(1), redrawn(2));
}

#[test]
fn cameras_keep_clear_of_what_stands_there() {
    // Half of the shell's directions lead into the cabinet.
    let entries = r#"
        [[camera]]
        name = "near"
        mount = { position_m = { uniform = [[-0.5, -0.1, 0.1], [0.0, 0.3, 0.4]] }, look_at_m = [0, 0, 0] }
        vertical_fov_deg = 50
        clearance_m = 0.05
    "#;
    let (middle, size) = CABINET_M;
    for seed in 0..100 {
        let spec = episode(entries, seed, None);
        let at = spec.frames[0].cameras[0].world_from_camera.translation_m;
        // Distance to a box: of the components outside; inside it is 0.
        let outside = ((at - middle).abs() - 0.5 * size).max(Vec3::ZERO);
        assert!(outside.length() >= 0.05 - 1e-5, "{at}");
    }
}

#[test]
fn scene_lights_change_together_and_can_be_off() {
    let entries = r#"
        [[light]]
        node = "panel"
        scale = { uniform = [0.5, 2] }
        kelvin = 3000
        on = { choice = [true, false] }
        shadows = false
    "#;
    let mut lit = 0;
    for seed in 0..60 {
        let spec = episode(entries, seed, None);
        if spec.lights.is_empty() {
            continue;
        }
        lit += 1;
        let nits: Vec<f32> = spec
            .lights
            .iter()
            .map(|light| match light.kind {
                LightKind::Rect { nits, .. } => nits,
                _ => panic!("a panel is a rectangle"),
            })
            .collect();
        assert_eq!(nits.len(), 2);
        assert!(nits[0] == nits[1] && (500.0..=2000.0).contains(&nits[0]));
        for light in &spec.lights {
            assert_eq!(light.color, blackbody_rgb(3000.0));
            assert!(!light.casts_shadow);
        }
    }
    // 60 throws of a coin: 30 ± 5 · √15.
    assert!((11..=49).contains(&lit), "{lit}");
}

#[test]
fn new_lights_have_the_strength_they_are_given() {
    let scene = lab();
    let (desc, problems) = load_recipe_text(&scene, FULL);
    let desc = desc.unwrap_or_else(|| panic!("{problems}"));
    let spec = sample(&scene, &desc, &shapes(&scene), 0, 0, None);
    let of = |name: &str| {
        let mut lights = spec.lights.iter();
        lights
            .find(|light| light.name == name)
            .unwrap_or_else(|| panic!("no {name}"))
    };
    let LightKind::Rect {
        world_from_light,
        half_size_m,
        nits,
    } = of("lamp").kind
    else {
        panic!("a lamp is a rectangle");
    };
    // A Lambertian panel of luminance L and area A gives π L A.
    let area = f64::from(4.0 * half_size_m[0] * half_size_m[1]);
    assert!((PI * f64::from(nits) * area - 1000.0).abs() < 1e-3);
    assert!(
        world_from_light
            .direction(Vec3::NEG_Z)
            .distance(Vec3::NEG_Z)
            < 1e-6
    );
    assert!(!of("lamp").casts_shadow);
    assert_eq!(of("lamp").color, blackbody_rgb(4000.0));
    assert_eq!(of("point").color, blackbody_rgb(5000.0));
    let LightKind::Spot {
        direction,
        inner_rad,
        outer_rad,
        ..
    } = of("spot").kind
    else {
        panic!("a spot is a spot");
    };
    assert!(direction.distance(Vec3::new(-1.0, -1.0, -2.0).normalize()) < 1e-6);
    assert!((inner_rad.to_degrees() - 15.0).abs() < 1e-4);
    assert!((outer_rad.to_degrees() - 25.0).abs() < 1e-4);
    let LightKind::Directional { direction, lux, .. } = of("directional").kind else {
        panic!("a sun is directional");
    };
    // From 45° above, out of the quadrant +X, +Y.
    assert!((direction.z + 0.5f32.sqrt()).abs() < 1e-6 && lux == 5000.0);
    assert!(direction.x < 0.0 && direction.y < 0.0);
    let LightKind::Ambient {
        sky_nits,
        ground_nits,
        reach_m,
    } = of("ambient").kind
    else {
        panic!("ambient light is ambient");
    };
    assert!((f64::from(sky_nits) * PI - 50.0).abs() < 1e-4);
    assert!((f64::from(ground_nits) * PI - 20.0).abs() < 1e-4);
    assert_eq!(reach_m, 0.8);

    let panels: Vec<_> = spec
        .lights
        .iter()
        .filter(|light| light.name.starts_with("panels/"))
        .collect();
    assert!(matches!(panels.len(), 6 | 8), "{} panels", panels.len());
    let mut middle = Vec3::ZERO;
    for panel in &panels {
        let LightKind::Rect {
            world_from_light,
            half_size_m,
            nits,
        } = panel.kind
        else {
            panic!("panels are rectangles");
        };
        assert!(
            world_from_light
                .direction(Vec3::NEG_Z)
                .distance(Vec3::NEG_Z)
                < 1e-6
        );
        // 0.6 m along its own X, which is turned to world Y.
        assert_eq!(half_size_m, [0.3, 0.6]);
        assert!(world_from_light.direction(Vec3::X).distance(Vec3::Y) < 1e-6);
        assert!((PI * f64::from(nits) * 0.72 - 4000.0).abs() < 1e-2);
        middle += world_from_light.translation_m / panels.len() as f32;
    }
    assert!(middle.distance(Vec3::new(0.0, 0.0, 2.7)) < 1e-5, "{middle}");
    let place = |i: usize| match panels[i].kind {
        LightKind::Rect {
            world_from_light, ..
        } => world_from_light.translation_m,
        _ => unreachable!(),
    };
    // Neighbours in a row are 1.2 m apart, along world Y as the grid is turned by 90°.
    assert!((place(1) - place(0)).distance(Vec3::new(0.0, 1.2, 0.0)) < 1e-5);

    let LightKind::Sky {
        towards_sun,
        turbidity,
        ground_albedo,
        scale,
    } = of("sky").kind
    else {
        panic!("a sky is a sky");
    };
    assert!((towards_sun.length() - 1.0).abs() < 1e-6);
    assert!((10.0..=60.0).contains(&towards_sun.z.asin().to_degrees()));
    assert_eq!((turbidity, ground_albedo, scale), (3.0, 0.3, 0.5));
    let suns: Vec<usize> = (0..40)
        .map(|episode| sample(&scene, &desc, &shapes(&scene), 0, episode, None))
        .map(|spec| spec.lights.iter().filter(|l| l.name == "sky_sun").count())
        .collect();
    // 40 throws of a coin: 20 ± 5 · √10.
    assert!((5..=35).contains(&suns.iter().sum::<usize>()), "{suns:?}");

    let LightKind::EnvironmentMap { nits_per_unit, .. } = of("environment").kind else {
        panic!("a panorama is a panorama");
    };
    // Even light of luminance L gives a surface π L.
    assert!((f64::from(nits_per_unit) * PI - 800.0).abs() < 1e-2);
}

#[test]
fn a_light_on_a_camera_goes_where_it_goes() {
    let scene = lab();
    let entries = "[capture]\nframes = 3\n[[light]]\nname = \"tip\"\nkind = \"spot\"\nmount_camera = \"scope\"\n\
         position_m = [0.01, 0, 0]\nlook_at_m = [0.01, 0, 1]\ncandela = { uniform = [1, 9] }\n\
         inner_deg = 20\nouter_deg = 40\n\
         [[camera]]\nname = \"scope\"\nvertical_fov_deg = 50\n\
         mount = { position_m = { uniform = [[-1, -1, 1], [1, 1, 2]] }, look_at_m = [0, 0, 0] }\n";
    let desc = recipe(&scene, entries);
    let spec = sample(&scene, &desc, &shapes(&scene), 0, 0, None);
    assert!(spec.lights.iter().all(|light| light.name != "tip"));
    let mut strengths = Vec::new();
    let mut places = Vec::new();
    for frame in &spec.frames {
        let [tip] = &frame.lights[..] else {
            panic!("one light on a camera");
        };
        let camera = frame.cameras.iter().find(|c| c.name == "scope").unwrap();
        let LightKind::Spot {
            position_m,
            direction,
            candela,
            ..
        } = tip.kind
        else {
            panic!("a spot");
        };
        let wanted = camera.world_from_camera.point(Vec3::new(0.01, 0.0, 0.0));
        assert!(position_m.distance(wanted) < 1e-6);
        assert!(direction.distance(camera.world_from_camera.direction(Vec3::Z)) < 1e-6);
        strengths.push(candela);
        places.push(position_m);
    }
    // Drawn once, carried to three places.
    assert!(strengths.iter().all(|s| *s == strengths[0]));
    assert!(places[0].distance(places[1]) > 1e-3);
    // Physics hands it on to the pictures.
    let simulated = benchside::world::simulate(&scene, &shapes(&scene), &spec).unwrap();
    for (frame, snapshot) in spec.frames.iter().zip(&simulated.frames) {
        assert!(snapshot.lights.contains(&frame.lights[0]));
    }
    // So does a task's world, whose scene cameras stand where they are in the first frame.
    let shapes = shapes(&scene);
    let session = Session::start(&scene, &shapes, &[], &spec, 20).expect("a session");
    let snapshot = session.snapshot(spec.frames[0].cameras.clone());
    assert!(snapshot.lights.contains(&spec.frames[0].lights[0]));
}

#[test]
fn lens_and_shutter_and_sensor_are_as_asked_for() {
    let scene = lab();
    let (desc, problems) = load_recipe_text(&scene, FULL);
    let desc = desc.unwrap_or_else(|| panic!("{problems}"));
    let of = |size, episode| {
        let spec = sample(&scene, &desc, &shapes(&scene), 0, episode, size);
        let cameras = &spec.frames[0].cameras;
        cameras
            .iter()
            .find(|c| c.name == "sensing")
            .unwrap()
            .clone()
    };
    let camera = of(None, 0);
    let exposure = camera.exposure;
    // The pupil's radius is f / 2N: 4 mm at N = 2 … 4.
    assert!(
        (0.0005..=0.001).contains(&exposure.pupil_radius_m),
        "{exposure:?}"
    );
    assert_eq!(
        (
            exposure.focus_m,
            exposure.shutter_secs,
            exposure.readout_secs
        ),
        (0.8, 0.01, 0.02)
    );
    let sensor = camera.sensor.unwrap();
    assert_eq!(sensor.color.read_noise_e, 3.0);
    assert!((80.0..=95.0).contains(&sensor.color.jpeg_quality));
    assert!([10.0, 12.0].contains(&sensor.color.adc_bits));
    let depth = sensor.depth.unwrap();
    assert_eq!(
        (depth.parameters.baseline_m, depth.parameters.window_px),
        (0.075, 7.0)
    );
    // Half the size, half the pixels; metres and shares stay.
    let small = of(Some((320, 240)), 0).sensor.unwrap();
    assert_eq!(small.color.blur_px, 0.4);
    assert_eq!(small.color.glare_share, 0.02);
    let small = small.depth.unwrap().parameters;
    assert_eq!(
        (small.baseline_m, small.window_px, small.disparity_step_px),
        (0.075, 3.5, 0.0625)
    );
    // Others see nothing of it, and it varies.
    let spec = sample(&scene, &desc, &shapes(&scene), 0, 0, None);
    let others = spec.frames[0]
        .cameras
        .iter()
        .filter(|c| c.name != "sensing");
    assert!(
        others
            .into_iter()
            .all(|c| c.sensor.is_none() && c.exposure.pupil_radius_m == 0.0)
    );
    assert_ne!(of(None, 0).sensor, of(None, 1).sensor);
}

#[test]
fn every_kind_of_sensor_has_defaults() {
    let scene = lab();
    for (kind, depth) in [
        ("ideal", None),
        ("machine_vision", None),
        ("consumer_rgbd", Some(DepthMethod::StructuredLight)),
        ("stereo_rgbd", Some(DepthMethod::Stereo)),
        ("endoscope", None),
    ] {
        let entries = format!(
            "[[camera]]\nname = \"c\"\nmount = {{ node = \"cam\" }}\nsensor = {{ kind = \"{kind}\" }}\n"
        );
        let desc = recipe(&scene, &entries);
        let spec = sample(&scene, &desc, &shapes(&scene), 0, 0, None);
        let sensor = spec.frames[0].cameras[0].sensor.as_ref().unwrap();
        assert_eq!(sensor.depth.as_ref().map(|d| d.method), depth, "{kind}");
        assert_eq!(sensor.color.full_well_e > 0.0, kind != "ideal");
    }
}
