//! Light from all around: skies against published measurements, panoramas against integrals.

use std::f32::consts::{PI, TAU};

use benchside::base::atmosphere::{Atmosphere, SOLAR_LUX};
use benchside::base::color::LUMINANCE;
use benchside::base::ids::EnvironmentId;
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::base::seed::SeedPath;
use benchside::render::{Environment, Renderer};
use benchside::scene::desc::Motion;
use benchside::scene::environment::EnvironmentMap;
use benchside::scene::material::Material;
use glam::Vec3;

use crate::support::scenes::{TestScene, box_mesh, camera, sphere_mesh};
use crate::support::views::{still, view};

fn light(kind: LightKind) -> Light {
    Light {
        name: "light".into(),
        kind,
        color: [1.0; 3],
        casts_shadow: true,
    }
}

fn luminance(color: Vec3) -> f32 {
    color.dot(Vec3::from(LUMINANCE))
}

/// CIE x, y of a linear sRGB colour (IEC 61966-2-1).
fn chromaticity(c: Vec3) -> [f32; 2] {
    let x = 0.412_391 * c.x + 0.357_584 * c.y + 0.180_481 * c.z;
    let y = luminance(c);
    let z = 0.019_331 * c.x + 0.119_195 * c.y + 0.950_532 * c.z;
    [x / (x + y + z), y / (x + y + z)]
}

fn towards(elevation_deg: f32) -> Vec3 {
    let elevation = elevation_deg.to_radians();
    Vec3::new(elevation.cos(), 0.0, elevation.sin())
}

/// Directions of the upper half, each with its solid angle: rows of equal height.
fn upper_half(rows: usize, columns: usize) -> impl Iterator<Item = (Vec3, f32)> {
    let solid_angle = TAU / (rows * columns) as f32;
    (0..rows * columns).map(move |i| {
        let z = ((i / columns) as f32 + 0.5) / rows as f32;
        let azimuth = TAU * ((i % columns) as f32 + 0.5) / columns as f32;
        let radius = (1.0 - z * z).max(0.0).sqrt();
        let direction = Vec3::new(radius * azimuth.cos(), radius * azimuth.sin(), z);
        (direction, solid_angle)
    })
}

/// Directions of the whole sphere with their solid angles.
fn sphere(rows: usize) -> impl Iterator<Item = (Vec3, f32)> {
    upper_half(rows, 4 * rows).flat_map(|(d, w)| [(d, w), (-d, w)])
}

fn mean_of(environment: &Environment) -> Vec3 {
    let sum = sphere(256).map(|(d, w)| environment.radiance(d) * w);
    sum.sum::<Vec3>() / (4.0 * PI)
}

/// A scene with these panoramas.
fn with_maps(maps: Vec<EnvironmentMap>) -> TestScene {
    let mut scene = TestScene::new();
    scene.desc.environments = maps;
    scene
}

/// Dark, with a bright window of 20° about azimuth 90°, 30° up, and a faint warm ground.
fn room() -> EnvironmentMap {
    let (width, height) = (128, 64);
    let pixels = (0..width * height).map(|i| {
        let (x, y) = (i % width, i / width);
        let azimuth = 180.0 - 360.0 * (x as f32 + 0.5) / width as f32;
        let elevation = 90.0 - 180.0 * (y as f32 + 0.5) / height as f32;
        if (azimuth - 90.0).abs() < 10.0 && (elevation - 30.0).abs() < 10.0 {
            [50.0, 60.0, 80.0]
        } else if elevation < 0.0 {
            [0.5, 0.4, 0.3]
        } else {
            [0.1; 3]
        }
    });
    EnvironmentMap::new("room", width as u32, height as u32, pixels.collect())
}

fn map_light(rotation_deg: f32, nits_per_unit: f32) -> Light {
    light(LightKind::EnvironmentMap {
        map: EnvironmentId(0),
        rotation_rad: rotation_deg.to_radians(),
        nits_per_unit,
    })
}

fn sky_light(elevation_deg: f32) -> Light {
    light(LightKind::Sky {
        towards_sun: towards(elevation_deg),
        turbidity: 2.5,
        ground_albedo: 0.2,
        scale: 1.0,
    })
}

fn ambient(sky_nits: f32, ground_nits: f32) -> Light {
    light(LightKind::Ambient {
        sky_nits,
        ground_nits,
        reach_m: 1.0,
    })
}

#[test]
fn a_clear_sky_is_as_bright_as_measured_ones() {
    // Illuminating Engineering Society, "Recommended Practice for the Calculation of Daylight
    // Availability" (1984), clear sky: sun 127.5 klx · exp(−0.21 / sin h), times 1.04 for the
    // newer solar constant; sky on the horizontal 0.8 + 15.5 √(sin h) klx.
    for elevation in [15.0f32, 30.0, 45.0, 60.0, 80.0] {
        let atmosphere = Atmosphere::new(towards(elevation), 2.0, 0.2);
        let sine = elevation.to_radians().sin();
        let sun = luminance(atmosphere.sun_lux());
        let measured = SOLAR_LUX * (-0.21 / sine).exp();
        assert!(
            (sun / measured - 1.0).abs() < 0.2,
            "sun {elevation}°: {sun} lx, measured {measured}"
        );
        let sky: f32 = upper_half(24, 48)
            .map(|(d, w)| luminance(atmosphere.sky_nits(d)) * d.z * w)
            .sum();
        let measured = 800.0 + 15_500.0 * sine.sqrt();
        assert!(
            (sky / measured - 1.0).abs() < 0.35,
            "sky at {elevation}°: {sky} lx, measured {measured}"
        );
    }
}

#[test]
fn a_clear_sky_has_the_form_and_colour_of_a_clear_sky() {
    let atmosphere = Atmosphere::new(towards(30.0), 2.5, 0.2);
    let at = |elevation: f32, azimuth: f32| {
        let (e, a) = (elevation.to_radians(), azimuth.to_radians());
        atmosphere.sky_nits(Vec3::new(e.cos() * a.cos(), e.cos() * a.sin(), e.sin()))
    };
    // CIE standard clear sky (ISO 15469, type 12: a = −1, b = −0.32, c = 10, d = −3, e = 0.45),
    // sun 60° from the zenith: ratios to the zenith's luminance.
    let cie = |elevation: f32, azimuth: f32| {
        let gradation = |z: f32| 1.0 - (-0.32 / z.cos().max(1e-6)).exp();
        let indicatrix = |chi: f32| {
            1.0 + 10.0 * ((-3.0 * chi).exp() - (-1.5 * PI).exp()) + 0.45 * chi.cos() * chi.cos()
        };
        let (e, a) = (elevation.to_radians(), azimuth.to_radians());
        let d = Vec3::new(e.cos() * a.cos(), e.cos() * a.sin(), e.sin());
        let chi = d.dot(towards(30.0)).clamp(-1.0, 1.0).acos();
        gradation(0.5 * PI - e) * indicatrix(chi)
            / (gradation(0.0) * indicatrix(60f32.to_radians()))
    };
    let zenith = luminance(at(90.0, 0.0));
    // 1.5 to 4 kcd/m² for this height of the sun (Karayel et al., "Zenith luminance and sky
    // luminance distributions for daylighting calculations", 1984).
    assert!((1500.0..4000.0).contains(&zenith), "{zenith}");
    for (elevation, azimuth) in [
        (60.0, 180.0),
        (45.0, 90.0),
        (20.0, 180.0),
        (10.0, 90.0),
        (50.0, 0.0),
    ] {
        let ratio = luminance(at(elevation, azimuth)) / zenith;
        let standard = cie(elevation, azimuth);
        assert!(
            (ratio / standard).ln().abs() < 0.45,
            "{elevation}° up, {azimuth}° from the sun: {ratio}, standard {standard}"
        );
    }
    // Blue overhead: correlated colour temperatures of clear zeniths are 10,000 K and far more,
    // x 0.23 … 0.28 (Hernández-Andrés et al., "Color and spectral analysis of daylight in
    // southern Europe", 2001); whiter at the horizon.
    let [x, y] = chromaticity(at(90.0, 0.0));
    assert!(
        (0.23..0.28).contains(&x) && (0.22..0.29).contains(&y),
        "{x}, {y}"
    );
    let [horizon, _] = chromaticity(at(2.0, 90.0));
    assert!(horizon > x + 0.03, "{horizon}");
    // A high sun is whitish (5,000 to 6,000 K), a low one orange (below 3,500 K: x > 0.4).
    let [x, y] = chromaticity(Atmosphere::new(towards(60.0), 2.5, 0.2).sun_lux());
    assert!(
        (0.32..0.36).contains(&x) && (0.33..0.37).contains(&y),
        "{x}, {y}"
    );
    let [x, _] = chromaticity(Atmosphere::new(towards(4.0), 2.5, 0.2).sun_lux());
    assert!(x > 0.4, "{x}");
}

#[test]
fn the_sky_is_brightest_around_the_sun_and_dark_at_dusk() {
    let scene = TestScene::new();
    let renderer = Renderer::new(&scene.desc);
    for elevation in [20.0, 50.0] {
        let sky = renderer.environment(&[sky_light(elevation)]);
        let brightest = upper_half(64, 128)
            .map(|(d, _)| d)
            .max_by(|a, b| luminance(sky.radiance(*a)).total_cmp(&luminance(sky.radiance(*b))))
            .unwrap();
        assert!(brightest.angle_between(towards(elevation)).to_degrees() < 3.0);
    }
    let lux = |elevation| {
        luminance(
            renderer
                .environment(&[sky_light(elevation)])
                .diffuse(Vec3::Z),
        ) * PI
    };
    let (day, sunset, dusk) = (lux(45.0), lux(0.0), lux(-5.0));
    // At sunset some 300 to 1,000 lx, at 5° below about 5 lx (US Naval Observatory).
    assert!(
        day > 8_000.0 && (200.0..1500.0).contains(&sunset),
        "{day}, {sunset}"
    );
    assert!(dusk < 0.1 * sunset, "{dusk}");
    // The ground below: albedo times the illuminance by sun and sky.
    let sky = renderer.environment(&[sky_light(45.0)]);
    let sun = luminance(Atmosphere::new(towards(45.0), 2.5, 0.2).sun_lux());
    let expected = 0.2 / PI * (sun * 0.5f32.sqrt() + day);
    let ground = luminance(sky.radiance(Vec3::NEG_Z));
    assert!(
        (ground / expected - 1.0).abs() < 0.05,
        "{ground}, {expected}"
    );
}

#[test]
fn a_panorama_looks_where_it_should() {
    // Middle: +X; a quarter to the left: +Y.
    let scene = with_maps(vec![room()]);
    let renderer = Renderer::new(&scene.desc);
    let up = 30f32.to_radians();
    let towards_window = |azimuth_deg: f32| {
        let a = azimuth_deg.to_radians();
        Vec3::new(up.cos() * a.cos(), up.cos() * a.sin(), up.sin())
    };
    let straight = renderer.environment(&[map_light(0.0, 2.0)]);
    assert!(
        straight
            .radiance(towards_window(90.0))
            .distance(Vec3::new(100.0, 120.0, 160.0))
            < 1e-3
    );
    assert!(
        straight
            .radiance(towards_window(0.0))
            .distance(Vec3::splat(0.2))
            < 1e-5
    );
    assert!(
        straight
            .radiance(Vec3::NEG_Z)
            .distance(Vec3::new(1.0, 0.8, 0.6))
            < 1e-5
    );
    // Turned by 30° counter-clockwise, the window is at 120°.
    let turned = renderer.environment(&[map_light(30.0, 2.0)]);
    assert!(
        turned
            .radiance(towards_window(120.0))
            .distance(Vec3::new(100.0, 120.0, 160.0))
            < 1e-2
    );
    assert!(
        turned
            .radiance(towards_window(80.0))
            .distance(Vec3::splat(0.2))
            < 1e-2
    );
}

/// Every kind of surroundings, and all of them together.
fn all_kinds(scene: &TestScene) -> Vec<(&'static str, Environment)> {
    let renderer = Renderer::new(&scene.desc);
    [
        ("ambient", vec![ambient(100.0, 30.0)]),
        ("even", vec![ambient(50.0, 50.0)]),
        ("from below", vec![ambient(0.0, 70.0)]),
        ("map", vec![map_light(70.0, 10.0)]),
        ("sky", vec![sky_light(35.0)]),
        (
            "all",
            vec![ambient(100.0, 0.0), map_light(0.0, 30.0), sky_light(5.0)],
        ),
    ]
    .into_iter()
    .map(|(name, lights)| (name, renderer.environment(&lights)))
    .collect()
}

#[test]
fn the_density_of_samples_integrates_to_one() {
    let scene = with_maps(vec![room()]);
    for (name, environment) in all_kinds(&scene) {
        let parts = sphere(400).map(|(d, w)| f64::from(environment.pdf(d) * w));
        let total: f64 = parts.sum();
        assert!((total - 1.0).abs() < 5e-3, "{name}: {total}");
    }
}

#[test]
fn samples_find_all_light_and_come_as_often_as_their_density_says() {
    let scene = with_maps(vec![room()]);
    for (name, environment) in all_kinds(&scene) {
        let mut rng = SeedPath::root(7).child(name).rng();
        let count = 40_000;
        let (mut light, mut squares, mut upper) = (0.0f64, 0.0f64, 0u32);
        for _ in 0..count {
            let u = [rng.unit() as f32, rng.unit() as f32];
            let sample = environment.sample(u).expect("not black");
            assert!((sample.direction.length() - 1.0).abs() < 1e-4);
            assert_eq!(sample.pdf, environment.pdf(sample.direction));
            assert_eq!(sample.radiance, environment.radiance(sample.direction));
            let weight = f64::from(luminance(sample.radiance) / sample.pdf);
            light += weight;
            squares += weight * weight;
            upper += u32::from(sample.direction.z > 0.25);
        }
        let n = f64::from(count);
        let (mean, wanted) = (
            light / n,
            4.0 * f64::from(PI) * f64::from(luminance(mean_of(&environment))),
        );
        let error = ((squares / n - mean * mean).max(0.0) / n).sqrt();
        assert!(
            (mean - wanted).abs() < 4.0 * error + 2e-3 * wanted,
            "{name}: {mean} ± {error}, integral {wanted}"
        );
        // Good enough to be of use: a sample's weight varies little.
        assert!(
            error * n.sqrt() < 0.6 * mean,
            "{name}: {}",
            error * n.sqrt() / mean
        );
        let share: f64 = sphere(400)
            .filter(|(d, _)| d.z > 0.25)
            .map(|(d, w)| f64::from(environment.pdf(d) * w))
            .sum();
        let found = f64::from(upper) / n;
        assert!((found - share).abs() < 0.012, "{name}: {found}, {share}");
    }
}

#[test]
fn nothing_to_sample_in_the_dark() {
    let black = EnvironmentMap::new("black", 8, 4, vec![[0.0; 3]; 32]);
    let scene = with_maps(vec![black]);
    let renderer = Renderer::new(&scene.desc);
    for lights in [vec![], vec![ambient(0.0, 0.0)], vec![map_light(0.0, 100.0)]] {
        let dark = renderer.environment(&lights);
        assert!(dark.is_black());
        assert_eq!(dark.sample([0.3, 0.6]), None);
        assert_eq!(dark.pdf(Vec3::Z), 0.0);
    }
    assert!(!renderer.environment(&[ambient(0.0, 1.0)]).is_black());
}

#[test]
fn diffuse_light_is_the_cosine_weighted_mean() {
    let scene = with_maps(vec![room()]);
    let kinds = all_kinds(&scene).into_iter();
    for (name, environment) in kinds.filter(|(name, _)| ["map", "sky"].contains(name)) {
        let most = luminance(environment.diffuse(Vec3::Z))
            .max(luminance(environment.diffuse(Vec3::NEG_Z)));
        for normal in [
            Vec3::Z,
            Vec3::X,
            Vec3::Y,
            Vec3::NEG_Z,
            Vec3::new(1.0, -2.0, 2.0) / 3.0,
        ] {
            let mean = sphere(192)
                .map(|(d, w)| environment.radiance(d) * (d.dot(normal).max(0.0) * w / PI))
                .sum::<Vec3>();
            let off = luminance(environment.diffuse(normal) - mean).abs();
            // Nine terms are within a few percent (Ramamoorthi, Hanrahan 2001).
            assert!(off < 0.08 * most, "{name}, {normal}: {off} of {most}");
        }
    }
}

#[test]
fn ambient_light_is_blended_by_the_cosine() {
    let scene = TestScene::new();
    let environment = Renderer::new(&scene.desc).environment(&[ambient(90.0, 30.0)]);
    for (normal, nits) in [
        (Vec3::Z, 90.0),
        (Vec3::NEG_Z, 30.0),
        (Vec3::X, 60.0),
        (Vec3::new(0.0, 0.6, 0.8), 84.0),
    ] {
        for found in [
            environment.diffuse(normal),
            environment.radiance(normal),
            environment.glossy(normal, 0.5),
        ] {
            assert!(
                found.distance(Vec3::splat(nits)) < 1e-4,
                "{normal}: {found}"
            );
        }
    }
}

#[test]
fn an_even_panorama_is_even_however_it_is_looked_at() {
    let even = EnvironmentMap::new("even", 64, 32, vec![[2.0, 3.0, 4.0]; 64 * 32]);
    let scene = with_maps(vec![even]);
    let renderer = Renderer::new(&scene.desc);
    let environment = renderer.environment(&[map_light(12.0, 10.0)]);
    let light = Vec3::new(20.0, 30.0, 40.0);
    for (d, _) in sphere(8) {
        assert!(environment.radiance(d).distance(light) < 1e-4);
        assert!(environment.diffuse(d).distance(light) < 0.1);
        for roughness in [0.0, 0.2, 0.5, 0.8, 1.0] {
            assert!(environment.glossy(d, roughness).distance(light) < 0.1);
        }
    }
}

#[test]
fn rough_mirrors_blur_more_and_lose_no_light() {
    let scene = with_maps(vec![room()]);
    let environment = Renderer::new(&scene.desc).environment(&[map_light(0.0, 1.0)]);
    let mean = luminance(mean_of(&environment));
    let mut last = f32::INFINITY;
    for roughness in [0.0, 0.3, 0.5, 0.7, 1.0] {
        let values: Vec<(f32, f32)> = sphere(128)
            .map(|(d, w)| (luminance(environment.glossy(d, roughness)), w))
            .collect();
        let total: f32 = values.iter().map(|(v, w)| v * w).sum::<f32>() / (4.0 * PI);
        assert!(
            (total / mean - 1.0).abs() < 0.05,
            "{roughness}: {total} of {mean}"
        );
        let peak = values.iter().map(|(v, _)| *v).fold(0.0, f32::max);
        assert!(peak < last * 1.001, "{roughness}: {peak} after {last}");
        last = peak;
    }
}

#[test]
fn a_white_sphere_vanishes_in_an_even_panorama() {
    for (metallic, roughness) in [(0.0, 0.05), (0.0, 0.7), (1.0, 0.05), (1.0, 0.4), (1.0, 1.0)] {
        let mut s = with_maps(vec![EnvironmentMap::new(
            "even",
            64,
            32,
            vec![[1.0; 3]; 64 * 32],
        )]);
        let white = s.material(Material {
            metallic,
            roughness,
            ..Material::default()
        });
        let ball = s.object("ball", sphere_mesh(0.5, 64, 32), white, Motion::Static);
        let spec = s
            .episode()
            .place(ball, Pose::IDENTITY)
            .light(map_light(0.0, 100.0))
            .build();
        let camera = camera([64, 64], Vec3::new(0.0, -1.6, 0.3), Vec3::ZERO);
        let view = view(&s.desc, &still(&spec, vec![camera]), 4);
        let ids = view.planes.instance.unwrap();
        assert!(ids.data.iter().filter(|&&id| id == 1).count() > 1000);
        let color = view.planes.color.unwrap();
        let background = color.at(0, 0);
        assert!(
            background[0] > 60,
            "the furnace itself glows: {background:?}"
        );
        for pixel in &color.data {
            let off = pixel
                .iter()
                .zip(background)
                .map(|(a, b)| a.abs_diff(b))
                .max();
            assert!(
                off <= Some(1),
                "metallic {metallic}, roughness {roughness}: {pixel:?}"
            );
        }
    }
}

#[test]
fn a_roof_shades_the_sky_but_not_near_ambient_light() {
    // A small plate under a roof 10 m up: sky light cannot come, ambient light reaches 1 m.
    let mean = |lights: Vec<Light>| {
        let mut s = with_maps(vec![EnvironmentMap::new(
            "even",
            64,
            32,
            vec![[1.0; 3]; 64 * 32],
        )]);
        let paint = s.paint([0.5; 3]);
        let plate = s.object(
            "plate",
            box_mesh(Vec3::new(1.0, 1.0, 0.1)),
            paint,
            Motion::Static,
        );
        let roof = s.object(
            "roof",
            box_mesh(Vec3::new(2000.0, 2000.0, 0.1)),
            paint,
            Motion::Static,
        );
        let mut episode = s
            .episode()
            .place(plate, Pose::IDENTITY)
            .place(roof, Pose::at(Vec3::new(0.0, 0.0, 10.0)));
        for light in lights {
            episode = episode.light(light);
        }
        let spec = episode.build();
        let camera = camera([16, 16], Vec3::new(0.0, 0.0, 0.8), Vec3::ZERO);
        let color = view(&s.desc, &still(&spec, vec![camera]), 1)
            .planes
            .color
            .unwrap();
        color.data.iter().map(|p| u32::from(p[1])).sum::<u32>() / 256
    };
    let (near, far) = (
        mean(vec![ambient(300.0, 0.0)]),
        mean(vec![map_light(0.0, 300.0)]),
    );
    let both = mean(vec![ambient(300.0, 0.0), map_light(0.0, 300.0)]);
    assert!(near > 80, "{near}");
    assert_eq!(far, 0);
    assert!(both.abs_diff(near) <= 2, "{both} for {near}");
}
