//! Energy: what neither absorbs nor shines vanishes before a uniform background.

use benchside::base::image::{Plane, PlaneSet};
use benchside::base::pose::Pose;
use benchside::render::PathOptions;
use benchside::scene::desc::Motion;
use benchside::scene::material::Material;
use glam::Vec3;

use super::{EXACT, assert_near, furnace, glass, glowing, looking, radiance, reference};
use crate::support::scenes::{TestScene, box_mesh, sphere_mesh};
use crate::support::views::still;

const NITS: f32 = 100.0;

/// Radiance over the furnace's of every pixel that sees a ball.
fn ball(material: Material, at: Vec3, samples: u32, paths: PathOptions) -> Vec<f64> {
    let mut s = TestScene::new();
    let material = s.material(material);
    let ball = s.object("ball", sphere_mesh(0.5, 96, 48), material, Motion::Static);
    let spec = s
        .episode()
        .place(ball, Pose::at(at))
        .light(furnace(NITS))
        .build();
    let camera = looking([48, 48], 36.0, at + Vec3::new(0.0, -1.9, 0.3), at);
    let planes = PlaneSet {
        instance: true,
        ..super::RADIANCE
    };
    let view = reference(
        &s.desc,
        &still(&spec, vec![camera]),
        planes,
        samples,
        paths,
        0,
    );
    let (radiance, ids) = (view.planes.radiance.unwrap(), view.planes.instance.unwrap());
    let pixels = radiance.data.iter().zip(&ids.data);
    let seen: Vec<f64> = pixels
        .filter(|(_, id)| **id == 1)
        .map(|(l, _)| f64::from(l[1] / NITS))
        .collect();
    assert!(seen.len() > 900, "{}", seen.len());
    seen
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn white_balls_vanish() {
    for (metallic, roughness, ior) in [
        (0.0, 0.03, 1.5),
        (0.0, 0.4, 1.5),
        (0.0, 1.0, 1.5),
        (0.0, 0.3, 2.4),
        (1.0, 0.0, 1.5),
        (1.0, 0.2, 1.5),
        (1.0, 0.6, 1.5),
        (1.0, 1.0, 1.5),
    ] {
        let white = Material {
            metallic,
            roughness,
            ior,
            ..Material::default()
        };
        let seen = ball(white, Vec3::ZERO, 64, EXACT);
        let what = format!("metallic {metallic}, roughness {roughness}, index {ior}");
        println!("{what}: {:.4}", mean(&seen));
        assert_near(mean(&seen), 1.0, 0.01, &what);
        let worst = seen.iter().fold(0.0f64, |w, l| w.max((l - 1.0).abs()));
        assert!(worst < 0.12, "{what}: a pixel is {worst} off");
    }
}

#[test]
fn rough_balls_of_glass_lose_no_energy() {
    for (ior, tolerance) in [(1.1, 0.02), (1.33, 0.02), (1.5, 0.02), (2.0, 0.03)] {
        for roughness in [0.0, 0.2, 0.5, 0.8] {
            let material = Material {
                roughness,
                ..glass(ior)
            };
            let paths = PathOptions {
                bounces: 64,
                ..EXACT
            };
            let found = mean(&ball(material, Vec3::ZERO, 24, paths));
            println!("glass of index {ior}, roughness {roughness}: {found:.4}");
            assert_near(
                found,
                1.0,
                tolerance,
                &format!("index {ior}, roughness {roughness}"),
            );
        }
    }
}

#[test]
fn a_rough_slab_of_glass_loses_no_energy() {
    for roughness in [0.0, 0.3, 0.6] {
        let mut s = TestScene::new();
        let frosted = s.material(Material {
            roughness,
            ..glass(1.5)
        });
        let slab = box_mesh(Vec3::new(6.0, 6.0, 0.02));
        let slab = s.object("slab", slab, frosted, Motion::Static);
        let spec = s.episode().place(slab, Pose::IDENTITY);
        let spec = spec.light(furnace(NITS)).build();
        let camera = looking([24, 24], 60.0, Vec3::new(0.0, -0.5, 1.0), Vec3::ZERO);
        let paths = PathOptions {
            bounces: 96,
            ..EXACT
        };
        let picture = radiance(&s.desc, &still(&spec, vec![camera]), 64, paths);
        let found = super::mean_of_all(&picture) / f64::from(NITS);
        println!("slab of roughness {roughness}: {found:.4}");
        assert_near(found, 1.0, 0.02, &format!("roughness {roughness}"));
    }
}

#[test]
fn rough_thin_walls_lose_no_energy() {
    for roughness in [0.0, 0.3, 0.7, 1.0] {
        let material = Material {
            roughness,
            thickness_m: 0.0,
            ..glass(1.5)
        };
        let seen = ball(material, Vec3::ZERO, 64, EXACT);
        assert_near(mean(&seen), 1.0, 0.02, &format!("roughness {roughness}"));
    }
}

#[test]
fn far_from_the_origin_surfaces_do_not_shade_themselves() {
    for metallic in [0.0, 1.0] {
        let white = Material {
            metallic,
            roughness: 0.4,
            ..Material::default()
        };
        let seen = ball(white, Vec3::new(37.0, -61.0, 9.0), 64, EXACT);
        assert_near(mean(&seen), 1.0, 0.01, &format!("metallic {metallic}"));
    }
    let seen = ball(glass(1.5), Vec3::new(37.0, -61.0, 9.0), 64, EXACT);
    assert_near(mean(&seen), 1.0, 0.02, "glass");
}

/// Directional albedo of glTF's opaque surface of index 1: Lambert under a GGX coat of α = 1
/// that reflects (1 − cos)⁵, by midpoint integration over the hemisphere.
fn matte_albedo(albedo: f64, cosine: f64) -> f64 {
    let (steps, sin) = (200, (1.0 - cosine * cosine).sqrt());
    let mut coat = 0.0;
    for i in 0..steps {
        let z = (f64::from(i) + 0.5) / f64::from(steps);
        let r = (1.0 - z * z).sqrt();
        for j in 0..steps {
            let phi = std::f64::consts::TAU * (f64::from(j) + 0.5) / f64::from(steps);
            // Half vector of the view (sin, 0, cosine) and this direction; D = 1 / π at α = 1,
            // where Smith's correlated shadowing is 2 v l / (v + l).
            let half = [sin + r * phi.cos(), r * phi.sin(), cosine + z];
            let length = half.iter().map(|h| h * h).sum::<f64>().sqrt();
            let v_dot_h = (half[0] * sin + half[2] * cosine) / length;
            let f = (1.0 - v_dot_h).powi(5);
            coat += f * 0.5 / (cosine + z) * z;
        }
    }
    coat *= 2.0 / f64::from(steps * steps);
    coat + albedo * (1.0 - coat)
}

#[test]
fn light_adds_up_between_the_walls_of_a_closed_box() {
    for albedo in [0.2f32, 0.5, 0.8] {
        let mut s = TestScene::new();
        let wall = s.material(Material {
            base_color: [albedo, albedo, albedo, 1.0],
            ..glowing([NITS; 3])
        });
        // Inside out.
        let mut walls = box_mesh(Vec3::new(1.0, 1.4, 0.8));
        for triangle in &mut walls.triangles {
            triangle.swap(1, 2);
        }
        walls.normals.iter_mut().for_each(|n| *n = -*n);
        let room = s.object("room", walls, wall, Motion::Static);
        let spec = s.episode().place(room, Pose::IDENTITY).build();
        let camera = looking([24, 24], 60.0, Vec3::new(0.1, -0.3, 0.1), Vec3::Y);
        let paths = PathOptions {
            bounces: 60,
            ..EXACT
        };
        let snapshot = still(&spec, vec![camera]);
        let picture: Plane<[f32; 3]> = radiance(&s.desc, &snapshot, 64, paths);
        // Albedo hardly depends on direction: its mean, weighted by the cosine, will do.
        let mean_albedo = (0..32)
            .map(|i| {
                let u = (f64::from(i) + 0.5) / 32.0;
                matte_albedo(f64::from(albedo), u.sqrt())
            })
            .sum::<f64>()
            / 32.0;
        let expected = f64::from(NITS) / (1.0 - mean_albedo);
        assert_near(
            super::mean_of_all(&picture),
            expected,
            0.015,
            &format!("albedo {albedo}"),
        );
    }
}
