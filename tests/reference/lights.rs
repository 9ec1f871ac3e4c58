//! Lights of every kind against closed forms, on a matte floor seen from above.

use benchside::base::ids::ObjectId;
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::render::PathOptions;
use benchside::scene::desc::Motion;
use benchside::scene::material::Material;
use benchside::scene::mesh::Mesh;
use glam::{Quat, Vec3};
use std::f64::consts::PI;

use super::{
    EXACT, STRAIGHT, ambient, assert_near, glass, glowing, light, looking, matte, mean, radiance,
};
use crate::support::scenes::{TestScene, box_mesh, plane_mesh, polygons, sphere_mesh};
use crate::support::views::still;

const ALBEDO: f32 = 0.5;

/// A matte floor about the origin; object 0.
fn floor() -> TestScene {
    let mut s = TestScene::new();
    let matte = matte(&mut s, ALBEDO);
    s.object("floor", plane_mesh(20.0, 20.0), matte, Motion::Static);
    s
}

/// Illuminance, lux, that a small patch of the floor at (x, 0) shows to a camera high above it.
fn lux(s: &TestScene, lights: &[Light], objects: &[(u32, Pose)], x: f32, samples: u32) -> f64 {
    lux_by(s, lights, objects, x, samples, EXACT)
}

fn lux_by(
    s: &TestScene,
    lights: &[Light],
    objects: &[(u32, Pose)],
    x: f32,
    samples: u32,
    paths: PathOptions,
) -> f64 {
    let mut episode = s.episode().place(ObjectId(0), Pose::IDENTITY);
    for (object, pose) in objects {
        episode = episode.place(ObjectId(*object), *pose);
    }
    for light in lights {
        episode = episode.light(light.clone());
    }
    let eye = Vec3::new(x, 0.0, 8.0);
    let camera = looking([16, 16], 0.2, eye, Vec3::new(x, 0.0, 0.0));
    let picture = radiance(
        &s.desc,
        &still(&episode.build(), vec![camera]),
        samples,
        paths,
    );
    super::mean_of_all(&picture) * PI / f64::from(ALBEDO)
}

const HALF: [f32; 2] = [0.2, 0.35];
const NITS: f32 = 1000.0;

/// A rectangle at this height that shines down.
fn panel(height: f32) -> Light {
    light(LightKind::Rect {
        world_from_light: Pose::at(Vec3::new(0.0, 0.0, height)),
        half_size_m: HALF,
        nits: NITS,
    })
}

/// The same rectangle as a surface about the origin that faces down.
fn panel_mesh() -> Mesh {
    let [x, y] = HALF;
    let corners = [(-x, -y), (-x, y), (x, y), (x, -y)].map(|(x, y)| Vec3::new(x, y, 0.0));
    polygons("panel", &[&corners])
}

/// Form factor from a horizontal element to a parallel rectangle above it, by its four corners
/// (Howell's catalogue, B-4).
fn form_factor(x: f64, height: f64) -> f64 {
    let corner = |a: f64, b: f64| {
        let (a, b) = (a / height, b / height);
        let half = |a: f64, b: f64| a / (1.0 + a * a).sqrt() * (b / (1.0 + a * a).sqrt()).atan();
        (half(a, b) + half(b, a)) / (2.0 * PI)
    };
    let [w, d] = HALF.map(f64::from);
    2.0 * (corner(x + w, d) - corner(x - w, d))
}

#[test]
fn a_panel_gives_its_form_factor_as_light_and_as_surface() {
    let height = 0.8f32;
    let mut s = floor();
    let glow = s.material(glowing([NITS; 3]));
    s.object("panel", panel_mesh(), glow, Motion::Static);
    let up = Pose::at(Vec3::new(0.0, 0.0, height));
    for x in [0.0f32, 0.3, 0.7, 1.5, 3.0] {
        let expected = PI * f64::from(NITS) * form_factor(f64::from(x), f64::from(height));
        let of_light = lux(&s, &[panel(height)], &[], x, 64);
        assert_near(of_light, expected, 0.01, &format!("light, {x} m aside"));
        let of_surface = lux(&s, &[], &[(1, up)], x, 64);
        assert_near(of_surface, expected, 0.01, &format!("surface, {x} m aside"));
        // A lamp: the light with a surface that shows it, lit once.
        let lamp = Pose::at(Vec3::new(0.0, 0.0, height + 0.01));
        let of_both = lux(&s, &[panel(height)], &[(1, lamp)], x, 64);
        assert_near(of_both, expected, 0.01, &format!("lamp, {x} m aside"));
    }
}

#[test]
fn a_glowing_ball_gives_its_solid_angle() {
    let mut s = floor();
    let glow = s.material(glowing([NITS; 3]));
    s.object("ball", sphere_mesh(0.1, 96, 48), glow, Motion::Static);
    let at = Vec3::new(0.0, 0.0, 0.7);
    for x in [0.2f32, 0.8] {
        let d2 = f64::from(x * x + at.z * at.z);
        // E = π L sin²(half angle) cos θ for a ball wholly above the horizon.
        let expected = PI * f64::from(NITS) * 0.01 / d2 * f64::from(at.z) / d2.sqrt();
        assert_near(
            lux(&s, &[], &[(1, Pose::at(at))], x, 256),
            expected,
            0.015,
            "ball",
        );
    }
}

#[test]
fn lights_without_size_obey_their_laws() {
    let s = floor();
    let bulb = Vec3::new(0.0, 0.0, 1.5);
    for x in [0.0f32, 0.5, 1.2] {
        let d2 = f64::from(x * x + bulb.z * bulb.z);
        let cosine = f64::from(bulb.z) / d2.sqrt();
        let point = light(LightKind::Point {
            position_m: bulb,
            candela: 300.0,
        });
        let expected = 300.0 / d2 * cosine;
        assert_near(lux(&s, &[point], &[], x, 4), expected, 0.01, "point");
        let (inner, outer) = (0.3f64, 0.8f64);
        let spot = light(LightKind::Spot {
            position_m: bulb,
            direction: Vec3::NEG_Z,
            candela: 300.0,
            inner_rad: inner as f32,
            outer_rad: outer as f32,
        });
        // KHR_lights_punctual's falloff.
        let falloff = (cosine - outer.cos()) / (inner.cos() - outer.cos());
        let expected = expected * falloff.clamp(0.0, 1.0).powi(2);
        assert_near(lux(&s, &[spot], &[], x, 4), expected, 0.01, "spot");
    }
    let sun = light(LightKind::Directional {
        direction: Vec3::new(0.6, 0.0, -0.8),
        lux: 1000.0,
        angular_diameter_rad: 0.0,
    });
    assert_near(lux(&s, &[sun], &[], 0.0, 4), 800.0, 0.01, "sun");
}

#[test]
fn ambient_light_falls_in_by_the_cosine() {
    let s = floor();
    // Radiance a + b z over the upper half: π (a + 2/3 b).
    let (sky, ground) = (100.0, 20.0);
    let expected = PI * (60.0 + 40.0 * 2.0 / 3.0);
    let found = lux(&s, &[ambient(sky, ground)], &[], 0.0, 256);
    assert_near(found, expected, 0.01, "sky above ground");
    // A wall beside the patch hides a quarter of the sphere, half of the uniform sky.
    let mut s = floor();
    let black = matte(&mut s, 0.0);
    s.object(
        "wall",
        box_mesh(Vec3::new(1.0, 4000.0, 4000.0)),
        black,
        Motion::Static,
    );
    let wall = Pose::at(Vec3::new(0.52, 0.0, 0.0));
    let found = lux(&s, &[ambient(100.0, 100.0)], &[(1, wall)], 0.0, 256);
    assert_near(found, 0.5 * PI * 100.0, 0.05, "half the sky");
}

#[test]
fn a_penumbra_is_as_wide_as_geometry_says() {
    let (height, screen_height) = (1.5f32, 0.5f32);
    let half_width = 0.1f32;
    let mut s = floor();
    let black = matte(&mut s, 0.0);
    s.object("screen", plane_mesh(2.0, 4.0), black, Motion::Static);
    let lamp = light(LightKind::Rect {
        world_from_light: Pose::at(Vec3::new(0.0, 0.0, height)),
        half_size_m: [half_width, 0.05],
        nits: NITS,
    });
    // The screen's edge is above x = 0; the camera is below it.
    let spec = s
        .episode()
        .place(ObjectId(0), Pose::IDENTITY)
        .place(ObjectId(1), Pose::at(Vec3::new(-1.0, 0.0, screen_height)))
        .light(lamp)
        .build();
    let eye = Vec3::new(0.0, 0.0, 0.45);
    let mut camera = looking([128, 8], 3.0, eye, Vec3::ZERO);
    // Pixels as wide as 1/300 m: image x is world x.
    camera.world_from_camera = Pose::new(Quat::from_rotation_x(std::f32::consts::PI), eye);
    (camera.intrinsics.fx_px, camera.intrinsics.fy_px) = (135.0, 135.0);
    let m_per_px = 0.45 / camera.intrinsics.fx_px;
    let picture = radiance(&s.desc, &still(&spec, vec![camera]), 256, EXACT);
    let profile: Vec<f64> = (0..128)
        .map(|x| mean(&picture, x..x + 1, 0..8, 1))
        .collect();
    let full = profile[120..].iter().sum::<f64>() / 8.0;
    let crossing = |share: f64| {
        let i = profile.iter().position(|l| *l > share * full).unwrap();
        let (a, b) = (profile[i - 1], profile[i]);
        i as f64 - 0.5 + (share * full - a) / (b - a)
    };
    let width = (crossing(0.8) - crossing(0.2)) / 0.6 * m_per_px;
    let expected = f64::from(2.0 * half_width * screen_height / (height - screen_height));
    assert_near(width, expected, 0.05, "penumbra");
    let middle = (crossing(0.5) - 64.0) * m_per_px;
    assert!(
        middle.abs() < 0.002,
        "its middle is {middle} m off the edge"
    );
}

/// Illuminance below a level slab of glass between lights and floor, over that without it.
fn below_glass(lights: &[Light], roughness: f32, thickness_m: f32, paths: PathOptions) -> f64 {
    let mut s = floor();
    let clear = s.material(Material {
        roughness,
        thickness_m,
        ..glass(1.5)
    });
    let slab = box_mesh(Vec3::new(6.0, 6.0, 0.02));
    s.object("slab", slab, clear, Motion::Static);
    // From below the slab.
    let eye = Vec3::new(0.0, 0.0, 0.3);
    let run = |with: bool| {
        let mut episode = s.episode().place(ObjectId(0), Pose::IDENTITY);
        if with {
            episode = episode.place(ObjectId(1), Pose::at(Vec3::new(0.0, 0.0, 0.4)));
        }
        for light in lights {
            episode = episode.light(light.clone());
        }
        let camera = looking([16, 16], 20.0, eye, Vec3::ZERO);
        let snapshot = still(&episode.build(), vec![camera]);
        super::mean_of_all(&radiance(&s.desc, &snapshot, 128, paths))
    };
    run(true) / run(false)
}

#[test]
fn light_straight_through_glass_is_nearly_what_refraction_gives() {
    // A large panel, which paths find by themselves often enough.
    let panel = light(LightKind::Rect {
        world_from_light: Pose::at(Vec3::new(0.0, 0.0, 1.4)),
        half_size_m: [0.5, 0.5],
        nits: NITS,
    });
    for (name, light) in [("panel", panel), ("sky", ambient(100.0, 100.0))] {
        for (roughness, thickness, tolerance) in [
            (0.0, 0.02, 0.04),
            (0.0, 0.0, 0.04),
            (0.3, 0.02, 0.08),
            (0.3, 0.0, 0.08),
        ] {
            let lights = std::slice::from_ref(&light);
            let exact = below_glass(lights, roughness, thickness, EXACT);
            let straight = below_glass(lights, roughness, thickness, STRAIGHT);
            let what = format!("{name}, roughness {roughness}, thickness {thickness}");
            println!("below glass, {what}: exact {exact:.4}, straight {straight:.4}");
            assert!((0.85..1.02).contains(&exact), "{what}: {exact}");
            assert_near(straight, exact, tolerance, &what);
        }
    }
}

#[test]
fn the_sun_shines_straight_through_glass() {
    let sun = light(LightKind::Directional {
        direction: Vec3::NEG_Z,
        lux: 1000.0,
        angular_diameter_rad: 0.0,
    });
    let r = super::fresnel(1.0, 1.5);
    let once = 1.0 - 2.0 * r / (1.0 + r);
    for paths in [EXACT, STRAIGHT] {
        let found = below_glass(std::slice::from_ref(&sun), 0.0, 0.02, paths);
        // What the floor sends up, the glass returns in part.
        assert!(
            (once * 0.99..once * 1.08).contains(&found),
            "{found}, at least {once}"
        );
    }
}
