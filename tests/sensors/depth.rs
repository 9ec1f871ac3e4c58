//! Depth sensors: noise against its formulas, holes where they belong.

use benchside::base::camera::CameraSpec;
use benchside::base::image::{Plane, PlaneSet, Planes};
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::base::seed::SeedPath;
use benchside::base::sensor::{
    ColorParameters, DepthMethod, DepthParameters, DepthSensorSpec, SensorSpec,
};
use benchside::render::{Renderer, Scratch, ViewOptions};
use benchside::scene::desc::{Motion, SceneDesc};
use benchside::scene::material::Material;
use benchside::sense::sensor::depth::shadows;
use benchside::sense::sensor::{Reflectances, sense};
use glam::Vec3;

use super::{NO_ERRORS, front};
use crate::support::scenes::{TestScene, box_mesh, camera};
use crate::support::views::still;

const NO_DEPTH_ERRORS: DepthParameters = DepthParameters {
    baseline_m: 0.08,
    min_m: 0.1,
    max_m: 20.0,
    disparity_step_px: 0.0,
    disparity_noise_px: 0.0,
    axial_noise_m: 0.0,
    grazing_noise_m: 0.0,
    edge_jitter_px: 0.0,
    window_px: 1.0,
    glass_holes: 0.0,
    min_signal: 0.0,
    max_signal: 1e6,
    min_texture: 0.0,
};

/// A white wall facing the camera at `z_m`, and a plate before it from x = 0 to the right of the
/// middle at `plate_z_m` if above 0.
struct Stage {
    desc: SceneDesc,
    planes: Planes,
    camera: CameraSpec,
    reflectances: Reflectances,
}

fn stage(z_m: f32, plate: Option<(f32, Material)>, wall: Material) -> Stage {
    let mut s = TestScene::new();
    let wall_material = s.material(wall);
    let wall = s.object(
        "wall",
        box_mesh(Vec3::new(40.0, 0.2, 40.0)),
        wall_material,
        Motion::Static,
    );
    let mut episode = s
        .episode()
        .place(wall, Pose::at(Vec3::new(0.0, z_m + 0.1, 0.0)));
    if let Some((plate_z, material)) = plate {
        let material = s.material(material);
        let mesh = box_mesh(Vec3::new(0.3, 0.01, 0.3));
        let plate = s.object("plate", mesh, material, Motion::Static);
        // Its names were not there when the episode began.
        let mut fuller = s
            .episode()
            .place(wall, Pose::at(Vec3::new(0.0, z_m + 0.1, 0.0)));
        fuller = fuller.place(plate, Pose::at(Vec3::new(0.15, plate_z + 0.005, 0.0)));
        episode = fuller;
    }
    let sky = Light {
        name: "sky".into(),
        kind: LightKind::Ambient {
            sky_nits: 200.0,
            ground_nits: 200.0,
            reach_m: 0.0,
        },
        color: [1.0; 3],
        casts_shadow: true,
    };
    let spec = episode.light(sky).build();
    let camera = front([320, 240]);
    let snapshot = still(&spec, vec![camera.clone()]);
    let renderer = Renderer::new(&s.desc);
    let set = PlaneSet {
        radiance: true,
        ..PlaneSet::ALL
    };
    let view =
        renderer
            .frame(&snapshot)
            .view(0, &ViewOptions::fast(set, 1), &mut Scratch::default());
    let reflectances = Reflectances::new(&s.desc, &snapshot);
    Stage {
        planes: view.planes,
        camera,
        reflectances,
        desc: s.desc,
    }
}

fn matte(value: f32) -> Material {
    Material {
        base_color: [value, value, value, 1.0],
        metallic: 0.0,
        ..Material::default()
    }
}

fn glass() -> Material {
    Material {
        metallic: 0.0,
        roughness: 0.0,
        transmission: 1.0,
        ..Material::default()
    }
}

impl Stage {
    fn depth(&self, method: DepthMethod, parameters: DepthParameters, name: &str) -> Plane<f32> {
        self.with(method, parameters, NO_ERRORS, name)
    }

    fn with(
        &self,
        method: DepthMethod,
        parameters: DepthParameters,
        color: ColorParameters,
        name: &str,
    ) -> Plane<f32> {
        assert!(!self.desc.objects.is_empty());
        let sensor = SensorSpec {
            color,
            depth: Some(DepthSensorSpec { method, parameters }),
        };
        let stream = SeedPath::root(1).child(name);
        let sensed = sense(
            &sensor,
            &self.camera,
            &self.planes,
            &self.reflectances,
            &stream,
        );
        sensed.z_depth_m.expect("asked for")
    }
}

const ACTIVE: DepthMethod = DepthMethod::StructuredLight;

#[test]
fn depth_noise_grows_with_the_square_of_depth() {
    // σ_z = z² / (f b) · σ_d (Khoshelham, Elberink 2012); f of the test camera in pixels.
    for z in [0.7f32, 1.5, 3.0] {
        let stage = stage(z, None, matte(0.8));
        let sensor = DepthParameters {
            disparity_noise_px: 0.05,
            ..NO_DEPTH_ERRORS
        };
        let depth = stage.depth(ACTIVE, sensor, "noise");
        let f = stage.camera.intrinsics.fx_px;
        let n = depth.data.len() as f64;
        let mean = depth.data.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let variance = depth
            .data
            .iter()
            .map(|v| (f64::from(*v) - mean).powi(2))
            .sum::<f64>()
            / n;
        let z = f64::from(z);
        let wanted = z * z / (f * 0.08) * 0.05;
        assert!((mean / z - 1.0).abs() < 2e-3, "{mean}");
        assert!(
            (variance.sqrt() / wanted - 1.0).abs() < 0.02,
            "{} for {wanted}",
            variance.sqrt()
        );
    }
}

#[test]
fn depth_comes_in_steps_of_disparity() {
    let stage = stage(2.0, None, matte(0.8));
    let sensor = DepthParameters {
        disparity_step_px: 0.125,
        disparity_noise_px: 0.2,
        ..NO_DEPTH_ERRORS
    };
    let depth = stage.depth(ACTIVE, sensor, "steps");
    let fb = stage.camera.intrinsics.fx_px * 0.08;
    let mut steps: Vec<i64> = Vec::new();
    for &z in &depth.data {
        let d = fb / f64::from(z) / 0.125;
        assert!((d - d.round()).abs() < 1e-3, "{d}");
        steps.push(d.round() as i64);
    }
    steps.sort_unstable();
    steps.dedup();
    assert!(steps.len() > 5, "{steps:?}");
}

#[test]
fn slant_and_axial_noise_follow_nguyen() {
    // σ_z = a + g / √z · θ² / (π/2 − θ)², on a floor seen at various slants.
    let mut s = TestScene::new();
    let paint = s.paint([0.8; 3]);
    let floor = s.object(
        "floor",
        box_mesh(Vec3::new(60.0, 60.0, 0.2)),
        paint,
        Motion::Static,
    );
    let spec = s
        .episode()
        .place(floor, Pose::at(Vec3::new(0.0, 0.0, -0.1)))
        .build();
    let camera = camera(
        [320, 240],
        Vec3::new(0.0, 0.0, 1.0),
        Vec3::new(0.0, 2.0, 0.0),
    );
    let snapshot = still(&spec, vec![camera.clone()]);
    let set = PlaneSet {
        radiance: true,
        ..PlaneSet::ALL
    };
    let renderer = Renderer::new(&s.desc);
    let planes = renderer
        .frame(&snapshot)
        .view(0, &ViewOptions::fast(set, 1), &mut Scratch::default())
        .planes;
    let sensor = SensorSpec {
        color: NO_ERRORS,
        depth: Some(DepthSensorSpec {
            method: ACTIVE,
            parameters: DepthParameters {
                axial_noise_m: 0.001,
                grazing_noise_m: 0.0004,
                ..NO_DEPTH_ERRORS
            },
        }),
    };
    let reflectances = Reflectances::new(&s.desc, &snapshot);
    let sensed = sense(&sensor, &camera, &planes, &reflectances, &SeedPath::root(4))
        .z_depth_m
        .unwrap();
    let truth = planes.z_depth_m.unwrap();
    for y in [40, 120, 220] {
        // Distance to the floor along the middle ray, 1 m above it, gives the slant.
        let k = camera.intrinsics;
        let (mut squares, mut wanted) = (0.0f64, 0.0f64);
        for x in 0..320 {
            let z = f64::from(truth.at(x, y));
            let ray = (((x as f64 + 0.5 - k.cx_px) / k.fx_px).powi(2)
                + ((y as f64 + 0.5 - k.cy_px) / k.fy_px).powi(2)
                + 1.0)
                .sqrt();
            let slant = (1.0 / (z * ray)).acos();
            let sigma =
                0.001 + 0.0004 / z.sqrt() * (slant / (std::f64::consts::FRAC_PI_2 - slant)).powi(2);
            squares += ((f64::from(sensed.at(x, y)) - z) / sigma).powi(2);
            wanted += 1.0;
        }
        // χ² of 320: ± 5 √640.
        assert!(
            (squares - wanted).abs() < 127.0,
            "row {y}: {squares} for {wanted}"
        );
    }
}

#[test]
fn the_projector_casts_a_shadow_of_the_right_width() {
    let stage = stage(1.5, Some((0.9, matte(0.8))), matte(0.8));
    let f = stage.camera.intrinsics.fx_px;
    let hole = |baseline: f64, y: usize| {
        let sensor = DepthParameters {
            baseline_m: baseline,
            ..NO_DEPTH_ERRORS
        };
        let depth = stage.depth(ACTIVE, sensor, "shadow");
        let holes: Vec<usize> = (0..320).filter(|&x| depth.at(x, y) == 0.0).collect();
        holes
    };
    let ids = stage.planes.instance.as_ref().unwrap();
    let plate: Vec<usize> = (0..320).filter(|&x| ids.at(x, 120) == 2).collect();
    // f b (1 / z_near − 1 / z_far) pixels, on the side away from the projector.
    for baseline in [0.08, 0.05] {
        let wanted = f * baseline * (1.0 / 0.9 - 1.0 / 1.5);
        let right = hole(baseline, 120);
        assert!(
            (right.len() as f64 - wanted).abs() <= 1.0,
            "{} for {wanted}",
            right.len()
        );
        assert_eq!(right[right.len() - 1] + 1, plate[0], "left of the plate");
        let left = hole(-baseline, 120);
        assert!(
            (left.len() as f64 - wanted).abs() <= 1.0,
            "{} for {wanted}",
            left.len()
        );
        assert_eq!(left[0], plate[plate.len() - 1] + 1, "right of the plate");
    }
    assert!(
        hole(0.08, 5).is_empty(),
        "above the plate nothing hides the wall"
    );
}

#[test]
fn one_sees_past_a_thin_thing_on_its_other_side() {
    // Disparity 10 far, a thing of 2 px at disparity 20: it hides 2 px, 10 px to its left.
    let mut row = vec![10.0f32; 60];
    row[40..42].fill(20.0);
    let hidden: Vec<usize> = (0..60).filter(|&x| shadows(&row, 60, false)[x]).collect();
    assert_eq!(hidden, [30, 31]);
    let hidden: Vec<usize> = (0..60).filter(|&x| shadows(&row, 60, true)[x]).collect();
    assert_eq!(hidden, [50, 51]);
}

#[test]
fn glass_gives_holes_or_what_is_behind() {
    let stage = stage(1.5, Some((0.9, glass())), matte(0.8));
    let ids = stage.planes.instance.as_ref().unwrap();
    let behind = stage.planes.behind_z_depth_m.as_ref().unwrap();
    for share in [0.0, 0.4, 1.0] {
        let sensor = DepthParameters {
            glass_holes: share,
            window_px: 3.0,
            ..NO_DEPTH_ERRORS
        };
        let depth = stage.depth(ACTIVE, sensor, "glass");
        let pane: Vec<usize> = (0..depth.data.len())
            .filter(|&i| ids.data[i] == 2)
            .collect();
        assert!(pane.len() > 2000);
        let holes =
            pane.iter().filter(|&&i| depth.data[i] == 0.0).count() as f64 / pane.len() as f64;
        assert!((holes - share).abs() < 0.06, "{holes} for {share}");
        for i in 0..depth.data.len() {
            let hole = depth.data[i] == 0.0;
            assert!(!hole || ids.data[i] == 2, "a hole where there is no glass");
            assert!(hole || (depth.data[i] / behind.data[i] - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn dark_far_and_mirroring_surfaces_give_too_little_or_too_much_light() {
    let holes = |material: Material, z: f32, sensor: DepthParameters| {
        let stage = stage(z, None, material);
        let depth = stage.depth(ACTIVE, sensor, "signal");
        let middle = depth.at(160, 120) == 0.0;
        let count = depth.data.iter().filter(|z| **z == 0.0).count() as f64;
        (count / depth.data.len() as f64, middle)
    };
    let sensor = DepthParameters {
        min_signal: 0.05,
        max_signal: 40.0,
        ..NO_DEPTH_ERRORS
    };
    // A matte wall returns albedo / z²; thresholds differ by ±30 %. A mirror lobe of 4 % adds
    // less than 0.02 at roughness 1.
    assert_eq!(holes(matte(0.5), 1.0, sensor.clone()).0, 0.0);
    assert_eq!(holes(matte(0.5), 5.0, sensor.clone()).0, 1.0);
    assert_eq!(holes(matte(0.001), 1.2, sensor.clone()).0, 1.0);
    // Polished steel: blinding where it faces the camera, black elsewhere.
    let steel = Material {
        roughness: 0.15,
        base_color: [0.6, 0.6, 0.6, 1.0],
        ..Material::default()
    };
    let (share, middle) = holes(steel, 1.0, sensor.clone());
    assert!(middle && share > 0.5, "{share}");
    // Out of range.
    let near = DepthParameters {
        max_m: 1.4,
        ..NO_DEPTH_ERRORS
    };
    assert_eq!(holes(matte(0.5), 1.5, near.clone()).0, 1.0);
    assert_eq!(holes(matte(0.5), 1.3, near).0, 0.0);
}

#[test]
fn stereo_needs_texture_and_a_match_in_both_pictures() {
    let stage = stage(1.0, None, matte(0.4));
    let f = stage.camera.intrinsics.fx_px;
    let sensor = DepthParameters {
        min_texture: 0.01,
        window_px: 7.0,
        ..NO_DEPTH_ERRORS
    };
    let flat = stage.depth(DepthMethod::Stereo, sensor.clone(), "stereo");
    assert!(
        flat.data.iter().all(|z| *z == 0.0),
        "an even wall matches nothing"
    );
    // Noise of the second kind than texture, but contrast to a matcher.
    let noisy = ColorParameters {
        full_well_e: 400.0,
        ..NO_ERRORS
    };
    let rough = stage.with(DepthMethod::Stereo, sensor, noisy, "stereo");
    let holes: Vec<usize> = (0..320).filter(|&x| rough.at(x, 100) == 0.0).collect();
    // The second camera to the right does not see the left f b / z pixels.
    let blind = f * 0.08;
    assert!(
        (holes.len() as f64 - blind).abs() <= 1.0,
        "{} for {blind}",
        holes.len()
    );
    assert_eq!(holes[0], 0);
}

#[test]
fn the_same_stream_gives_the_same_bytes_and_another_one_other_noise() {
    let stage = stage(1.5, Some((0.9, glass())), matte(0.5));
    let color = ColorParameters {
        full_well_e: 2000.0,
        jpeg_quality: 80.0,
        ..NO_ERRORS
    };
    let depth = DepthParameters {
        disparity_noise_px: 0.1,
        edge_jitter_px: 1.0,
        glass_holes: 0.5,
        window_px: 5.0,
        ..NO_DEPTH_ERRORS
    };
    let sensor = SensorSpec {
        color,
        depth: Some(DepthSensorSpec {
            method: ACTIVE,
            parameters: depth,
        }),
    };
    let run = |seed: u64, frame: u32| {
        let stream = benchside::sense::sensor::stream(seed, 3, "cam", frame);
        sense(
            &sensor,
            &stage.camera,
            &stage.planes,
            &stage.reflectances,
            &stream,
        )
    };
    let first = run(1, 0);
    assert_eq!(first, run(1, 0));
    for other in [run(2, 0), run(1, 1)] {
        assert_ne!(first.color, other.color);
        assert_ne!(first.z_depth_m, other.z_depth_m);
    }
}
