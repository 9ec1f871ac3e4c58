//! Glass, liquids and mirrors against Snell, Fresnel, Beer and Lambert.

use benchside::base::image::Plane;
use benchside::base::pose::Pose;
use benchside::scene::desc::Motion;
use benchside::scene::material::Material;
use benchside::scene::mesh::Mesh;
use glam::{Quat, Vec3};

use super::{EXACT, assert_near, fresnel, glass, glowing, looking, mean, radiance};
use crate::support::scenes::{TestScene, box_mesh, polygons, sphere_mesh};
use crate::support::views::still;

const NITS: f32 = 100.0;

/// A rectangle in the plane y = `y` that faces −Y, from `x` to `to` and ±`half_height`. Narrow
/// enough, the mirrored view passes it by.
pub fn screen(x: f32, to: f32, y: f32, half_height: f32) -> Mesh {
    let h = half_height;
    let corners = [(x, -h), (to, -h), (to, h), (x, h)].map(|(x, z)| Vec3::new(x, y, z));
    polygons("screen", &[&corners])
}

/// What a camera at the origin that looks along +Y through a hole of `fov_deg` sees.
fn along_y(s: &TestScene, objects: &[(u32, Pose)], fov_deg: f64, samples: u32) -> Plane<[f32; 3]> {
    let mut episode = s.episode();
    for (object, pose) in objects {
        episode = episode.place(benchside::base::ids::ObjectId(*object), *pose);
    }
    let camera = looking([64, 16], fov_deg, Vec3::ZERO, Vec3::Y);
    radiance(
        &s.desc,
        &still(&episode.build(), vec![camera]),
        samples,
        EXACT,
    )
}

#[test]
fn a_slab_shifts_what_is_behind_it_as_snell_says() {
    let (thickness, distance) = (0.04, 1.0);
    let fov = 1.0;
    let focal = 8.0 / (fov / 2.0f64).to_radians().tan();
    for ior in [1.33, 1.5, 1.8] {
        for tilt_deg in [20.0f64, 45.0, 65.0] {
            let mut s = TestScene::new();
            let light = s.material(glowing([NITS; 3]));
            let clear = s.material(glass(ior as f32));
            let slab = box_mesh(Vec3::new(0.9, thickness, 0.4));
            s.object(
                "half",
                screen(-0.25, 0.0, distance, 1.0),
                light,
                Motion::Static,
            );
            s.object(
                "full",
                screen(-0.25, 0.25, distance, 1.0),
                light,
                Motion::Static,
            );
            s.object("slab", slab, clear, Motion::Static);
            // Turned counter-clockwise: rays are moved towards −x.
            let pose = Pose::new(
                Quat::from_rotation_z(tilt_deg.to_radians() as f32),
                Vec3::new(0.0, 0.5, 0.0),
            );
            let [half, full] =
                [0, 1].map(|screen| along_y(&s, &[(screen, Pose::IDENTITY), (2, pose)], fov, 64));
            let column = |picture, x: usize| mean(picture, x..x + 1, 0..16, 1);
            let bright: f64 = (0..64).map(|x| column(&half, x) / column(&full, x)).sum();
            let edge = bright - 32.0;
            // The edge is seen along the ray that is shifted onto it; its angle adds to the
            // angle of incidence.
            let mut angle = 0.0f64;
            for _ in 0..20 {
                let (sin, cos) = (tilt_deg.to_radians() + angle).sin_cos();
                let slowed = (ior * ior - sin * sin).sqrt();
                let shift = f64::from(thickness) * sin * (1.0 - cos / slowed);
                angle = (shift / f64::from(distance) / angle.cos()).atan();
            }
            let expected = focal * angle.tan();
            assert!(expected > 3.0);
            // Light that goes to and fro in the slab comes out by a step less shifted a time.
            let (sin, cos) = tilt_deg.to_radians().sin_cos();
            let step = 2.0 * f64::from(thickness) * sin / (ior * ior - sin * sin).sqrt() * cos;
            let echo = fresnel(cos, ior).powi(2);
            let expected = expected - focal * step / f64::from(distance) * echo / (1.0 - echo);
            assert!(
                (edge - expected).abs() < 0.005 * expected + 0.15,
                "index {ior}, {tilt_deg}°: edge at {edge} px, expected {expected}"
            );
        }
    }
}

/// Reflectance and transmittance of layers one behind the other, all orders summed.
fn stack(layers: &[(f64, f64)]) -> (f64, f64) {
    layers.iter().fold((0.0, 1.0), |(r, t), (r2, t2)| {
        let echoes = 1.0 / (1.0 - r * r2);
        (r + t * t * r2 * echoes, t * t2 * echoes)
    })
}

/// Transmittance of a plane-parallel absorbing body in air at an angle of incidence.
pub fn slab_transmittance(ior: f64, absorption_times_d: f64, incidence: f64) -> f64 {
    let r = fresnel(incidence.cos(), ior);
    let inside = (1.0 - (incidence.sin() / ior).powi(2)).sqrt();
    let t = (-absorption_times_d / inside).exp();
    stack(&[(r, 1.0 - r), (0.0, t), (r, 1.0 - r)]).1
}

#[test]
fn a_tinted_body_absorbs_as_beer_and_lambert_say() {
    let (d, attenuation) = (0.04f32, 0.02f32);
    for incidence_deg in [0.0f64, 30.0, 60.0] {
        let mut s = TestScene::new();
        let light = s.material(glowing([NITS; 3]));
        let tinted = s.material(Material {
            attenuation_color: [0.3, 0.6, 0.9],
            attenuation_distance_m: attenuation,
            ..glass(1.5)
        });
        s.object(
            "screen",
            screen(-0.25, 0.25, 1.0, 1.0),
            light,
            Motion::Static,
        );
        s.object(
            "slab",
            box_mesh(Vec3::new(1.0, d, 0.4)),
            tinted,
            Motion::Static,
        );
        let turned = Quat::from_rotation_z(incidence_deg.to_radians() as f32);
        let pose = Pose::new(turned, Vec3::new(0.0, 0.5, 0.0));
        let picture = along_y(&s, &[(0, Pose::IDENTITY), (1, pose)], 1.0, 256);
        for (color, c) in [0.3f64, 0.6, 0.9].into_iter().enumerate() {
            let depth = -c.ln() * f64::from(d / attenuation);
            let t = slab_transmittance(1.5, depth, incidence_deg.to_radians());
            let found = mean(&picture, 16..48, 0..16, color) / f64::from(NITS);
            assert_near(found, t, 0.01, &format!("{incidence_deg}°, colour {color}"));
        }
    }
}

/// A box with a hollow, both closed; the hollow's faces point into it.
fn hollow_box(outer: Vec3, inner: Vec3) -> Mesh {
    let mut hollow = box_mesh(inner);
    hollow.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    hollow.normals.iter_mut().for_each(|n| *n = -*n);
    crate::support::scenes::merged(&[(box_mesh(outer), Vec3::ZERO), (hollow, Vec3::ZERO)])
}

#[test]
fn a_filled_vessel_absorbs_and_reflects_as_its_layers_do() {
    let (wall, inside) = (0.004f32, 0.03f32);
    let outer = inside + 2.0 * wall;
    // The liquid reaches into the wall, ends before it with air between, or fits.
    for reach in [0.001f32, -0.001] {
        let mut s = TestScene::new();
        let light = s.material(glowing([NITS; 3]));
        let glass_ = s.material(glass(1.5));
        let liquid = s.material(Material {
            attenuation_color: [0.2, 0.5, 0.8],
            attenuation_distance_m: 0.03,
            ..glass(1.33)
        });
        s.object(
            "screen",
            screen(-0.25, 0.25, 1.0, 1.0),
            light,
            Motion::Static,
        );
        let vessel = hollow_box(Vec3::new(0.3, outer, 0.3), Vec3::new(0.28, inside, 0.28));
        s.object("vessel", vessel, glass_, Motion::Static);
        let filling = Vec3::new(0.281, inside + 2.0 * reach, 0.281);
        s.object("liquid", box_mesh(filling), liquid, Motion::Static);
        let pose = Pose::at(Vec3::new(0.0, 0.5, 0.0));
        let picture = along_y(&s, &[(0, Pose::IDENTITY), (1, pose), (2, pose)], 1.0, 256);
        let [air_glass, glass_liquid, air_liquid] =
            [1.5, 1.5 / 1.33, 1.33].map(|eta| fresnel(1.0, eta));
        for (color, c) in [0.2f64, 0.5, 0.8].into_iter().enumerate() {
            let path = f64::from(if reach > 0.0 {
                inside
            } else {
                inside + 2.0 * reach
            });
            let (t, face) = ((c.ln() * path / 0.03).exp(), |r: f64| (r, 1.0 - r));
            let expected = if reach > 0.0 {
                let layers = [air_glass, glass_liquid].map(face);
                stack(&[layers[0], layers[1], (0.0, t), layers[1], layers[0]]).1
            } else {
                let (g, l) = (face(air_glass), face(air_liquid));
                stack(&[g, g, l, (0.0, t), l, g, g]).1
            };
            let found = mean(&picture, 16..48, 0..16, color) / f64::from(NITS);
            assert_near(
                found,
                expected,
                0.01,
                &format!("reach {reach}, colour {color}"),
            );
        }
    }
}

#[test]
fn a_thin_wall_reflects_and_transmits_as_two_interfaces() {
    for incidence_deg in [0.0f64, 45.0, 70.0] {
        let mut s = TestScene::new();
        let light = s.material(glowing([NITS; 3]));
        let pane = s.material(Material {
            thickness_m: 0.0,
            double_sided: true,
            ..glass(1.5)
        });
        s.object(
            "screen",
            screen(-0.25, 0.25, 1.0, 1.0),
            light,
            Motion::Static,
        );
        s.object("pane", screen(-0.5, 0.5, 0.0, 0.3), pane, Motion::Static);
        let turned = Quat::from_rotation_z(incidence_deg.to_radians() as f32);
        let pose = Pose::new(turned, Vec3::new(0.0, 0.5, 0.0));
        let picture = along_y(&s, &[(0, Pose::IDENTITY), (1, pose)], 1.0, 256);
        let found = mean(&picture, 16..48, 0..16, 1) / f64::from(NITS);
        let r = fresnel(incidence_deg.to_radians().cos(), 1.5);
        let expected = 1.0 - 2.0 * r / (1.0 + r);
        assert_near(
            found,
            expected,
            0.005,
            &format!("{incidence_deg}° transmitted"),
        );
        if incidence_deg == 45.0 {
            // The mirrored ray leaves along −X or +X: screens on both sides, none behind.
            let mut s = TestScene::new();
            let light = s.material(glowing([NITS; 3]));
            let pane = s.material(Material {
                thickness_m: 0.0,
                double_sided: true,
                ..glass(1.5)
            });
            s.object(
                "screen",
                screen(-0.25, 0.25, 1.0, 1.0),
                light,
                Motion::Static,
            );
            s.object("pane", screen(-0.5, 0.5, 0.0, 0.3), pane, Motion::Static);
            let sides = [1.0f32, -1.0].map(|side| {
                let quarter = Quat::from_rotation_z(side * std::f32::consts::FRAC_PI_2);
                Pose::new(quarter, Vec3::new(0.0, 0.5, 0.0))
            });
            let picture = along_y(&s, &[(0, sides[0]), (0, sides[1]), (1, pose)], 1.0, 256);
            let found = mean(&picture, 16..48, 0..16, 1) / f64::from(NITS);
            assert_near(found, 1.0 - expected, 0.02, "45° reflected");
        }
    }
}

#[test]
fn a_prism_reflects_totally_beyond_the_critical_angle_only() {
    // A right-angled prism before the camera; its long face stands at 45°.
    for (ior, total) in [(1.5f64, true), (1.3, false)] {
        let a = 0.2;
        let [p, q, r] = [(-a, -a), (a, -a), (a, a)].map(|(x, y)| Vec3::new(x, y, 0.0));
        let up = Vec3::Z * 0.3;
        let (pb, qb, rb) = (p - up, q - up, r - up);
        let (pt, qt, rt) = (p + up, q + up, r + up);
        let faces: [&[Vec3]; 5] = [
            &[pb, qb, qt, pt],
            &[qb, rb, rt, qt],
            &[rb, pb, pt, rt],
            &[pt, qt, rt],
            &[pb, rb, qb],
        ];
        let mut s = TestScene::new();
        let light = s.material(glowing([NITS; 3]));
        let clear = s.material(glass(ior as f32));
        s.object("screen", screen(-0.5, 0.5, 1.0, 0.5), light, Motion::Static);
        s.object("prism", polygons("prism", &faces), clear, Motion::Static);
        // The screen stands to the right, where total reflection sends the view.
        let quarter = Quat::from_rotation_z(-std::f32::consts::FRAC_PI_2);
        let to_the_right = Pose::new(quarter, Vec3::new(0.0, 0.5, 0.0));
        let prism = Pose::at(Vec3::new(0.0, 0.5, 0.0));
        let picture = along_y(&s, &[(0, to_the_right), (1, prism)], 1.0, 256);
        let found = mean(&picture, 16..48, 0..16, 1) / f64::from(NITS);
        let face = fresnel(1.0, ior);
        let inner = fresnel(0.5f64.sqrt(), 1.0 / ior);
        assert_eq!(inner == 1.0, total);
        // What the last face sends back goes round: off the long face to the first, and again.
        let round = (inner * face).powi(2);
        let expected = (1.0 - face).powi(2) * inner / (1.0 - round);
        assert_near(found, expected, 0.02, &format!("index {ior}"));
    }
}

#[test]
fn a_mirror_shows_things_at_their_mirrored_place() {
    let mut s = TestScene::new();
    let steel = s.material(Material {
        roughness: 0.0,
        ..Material::default()
    });
    let light = s.material(glowing([NITS; 3]));
    s.object("mirror", screen(-2.0, 2.0, 0.0, 2.0), steel, Motion::Static);
    s.object("bulb", sphere_mesh(0.02, 32, 16), light, Motion::Static);
    // The mirror leans; its plane goes through (0, 1.2, 0).
    let turned = Quat::from_rotation_z(0.2) * Quat::from_rotation_x(0.1);
    let pose = Pose::new(turned, Vec3::new(0.0, 1.2, 0.0));
    let bulb = Vec3::new(0.45, 0.3, 0.25);
    let normal = pose.direction(Vec3::NEG_Y);
    let image = bulb - 2.0 * (bulb - pose.translation_m).dot(normal) * normal;
    let spec = s
        .episode()
        .place(benchside::base::ids::ObjectId(0), pose)
        .place(benchside::base::ids::ObjectId(1), Pose::at(bulb))
        .build();
    // Camera x, y, z are world x, −z, y.
    let camera = looking([64, 64], 50.0, Vec3::ZERO, Vec3::Y);
    let focal = camera.intrinsics.fx_px;
    let expected = [image.x, -image.z].map(|c| 32.0 + focal * f64::from(c / image.y));
    let picture = radiance(&s.desc, &still(&spec, vec![camera]), 64, EXACT);
    let (mut sum, mut at) = (0.0, [0.0; 2]);
    for (i, l) in picture.data.iter().enumerate() {
        sum += f64::from(l[1]);
        at[0] += f64::from(l[1]) * ((i % 64) as f64 + 0.5);
        at[1] += f64::from(l[1]) * ((i / 64) as f64 + 0.5);
    }
    let found = at.map(|x| x / sum);
    let off = (found[0] - expected[0]).hypot(found[1] - expected[1]);
    assert!(off < 0.1, "seen at {found:?}, expected {expected:?}");
    // All of its light arrives: as much as its image's solid angle holds.
    let bulb_px = (0.02 * focal / f64::from(image.length())).powi(2) * std::f64::consts::PI;
    assert_near(sum, bulb_px * f64::from(NITS), 0.15, "light of the image");
}
