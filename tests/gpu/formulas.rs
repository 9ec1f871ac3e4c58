//! Reference mode on the GPU against formulas; see tests/reference.

use benchside::base::frame::FrameSnapshot;
use benchside::base::image::Plane;
use benchside::base::pose::Pose;
use benchside::render::gpu::{GpuDevice, GpuRenderer};
use benchside::render::{Mode, PathOptions, Renderer, ViewOptions};
use benchside::scene::desc::Motion;
use benchside::scene::material::Material;
use glam::{Quat, Vec3};

use super::compare::jobs;
use crate::reference::glass::{screen, slab_transmittance};
use crate::reference::{
    EXACT, RADIANCE, assert_near, fresnel, furnace, glass, glowing, looking, mean,
};
use crate::support::gpu::device;
use crate::support::scenes::{TestScene, box_mesh, sphere_mesh};
use crate::support::views::still;

const NITS: f32 = 100.0;

/// Radiance of each snapshot's first camera, cd/m².
fn radiance(
    device: &GpuDevice,
    s: &TestScene,
    snapshots: &[FrameSnapshot],
    samples: u32,
    paths: PathOptions,
) -> Vec<Plane<[f32; 3]>> {
    let renderer = Renderer::new(&s.desc);
    let mut gpu = GpuRenderer::new(&renderer, device).unwrap();
    let options = ViewOptions {
        planes: RADIANCE,
        samples,
        mode: Mode::Reference(paths),
        seed: 0,
    };
    let jobs: Vec<_> = snapshots
        .iter()
        .flat_map(|snapshot| jobs(&gpu, &renderer.frame(snapshot), 1, &options))
        .collect();
    let batch = gpu.render_batch(&jobs).unwrap_or_else(|e| panic!("{e}"));
    let views = batch.views.into_iter();
    views.map(|v| v.planes.radiance.unwrap()).collect()
}

/// Metal, paint, glass bodies and walls, smooth and rough, none of which absorbs: before a uniform
/// background all of them vanish.
#[test]
fn white_and_clear_balls_vanish() {
    let Some(device) = device() else {
        return;
    };
    let mut s = TestScene::new();
    let opaque = |metallic, roughness| Material {
        metallic,
        roughness,
        ..Material::default()
    };
    let clear = |roughness, thickness_m| Material {
        roughness,
        thickness_m,
        ..glass(1.5)
    };
    let materials = [
        opaque(1.0, 0.0),
        opaque(1.0, 0.5),
        opaque(0.0, 0.03),
        opaque(0.0, 0.6),
        clear(0.0, 0.01),
        clear(0.4, 0.01),
        clear(0.0, 0.0),
        clear(0.5, 0.0),
    ];
    let balls = materials.map(|material| {
        let material = s.material(material);
        let ball = sphere_mesh(0.22, 48, 24);
        s.object("ball", ball, material, Motion::Static)
    });
    let mut episode = s.episode();
    for (i, ball) in balls.into_iter().enumerate() {
        let (column, row) = (i % 4, i / 4);
        let at = Vec3::new(0.5 * column as f32 - 0.75, 0.0, 0.5 * row as f32 - 0.25);
        episode = episode.place(ball, Pose::at(at));
    }
    let spec = episode.light(furnace(NITS)).build();
    let camera = looking([48, 24], 40.0, Vec3::new(0.0, -1.6, 0.0), Vec3::ZERO);
    let paths = PathOptions {
        bounces: 48,
        ..EXACT
    };
    let picture = &radiance(&device, &s, &[still(&spec, vec![camera])], 32, paths)[0];
    for (row, column) in (0..2).flat_map(|row| (0..4).map(move |column| (row, column))) {
        let (x, y) = (12 * column, 12 * row);
        let found = mean(picture, x..x + 12, y..y + 12, 1) / f64::from(NITS);
        assert_near(found, 1.0, 0.02, &format!("ball {column}, row {row}"));
    }
}

/// Screens 1 m off from `x` to `to`, each alone, seen through a slab half way that is turned about
/// the vertical.
fn through_a_slab(
    device: &GpuDevice,
    material: Material,
    thickness_m: f32,
    turned_deg: f64,
    screens: &[(f32, f32)],
    (size_px, samples): ([u32; 2], u32),
) -> Vec<Plane<[f32; 3]>> {
    let mut s = TestScene::new();
    let light = s.material(glowing([NITS; 3]));
    let material = s.material(material);
    let slab = box_mesh(Vec3::new(0.9, thickness_m, 0.4));
    let slab = s.object("slab", slab, material, Motion::Static);
    let screens: Vec<_> = screens
        .iter()
        .map(|&(x, to)| s.object("screen", screen(x, to, 1.0, 1.0), light, Motion::Static))
        .collect();
    let turned = Quat::from_rotation_z(turned_deg.to_radians() as f32);
    let pose = Pose::new(turned, Vec3::new(0.0, 0.5, 0.0));
    let camera = looking(size_px, 1.0, Vec3::ZERO, Vec3::Y);
    let snapshot = |&screen| {
        let episode = s.episode().place(slab, pose);
        let episode = episode.place(screen, Pose::IDENTITY);
        still(&episode.build(), vec![camera.clone()])
    };
    let snapshots: Vec<_> = screens.iter().map(snapshot).collect();
    radiance(device, &s, &snapshots, samples, EXACT)
}

#[test]
fn a_slab_shifts_what_is_behind_it_as_snell_says() {
    let Some(device) = device() else {
        return;
    };
    let (thickness, ior, tilt_deg) = (0.04f32, 1.5f64, 45.0f64);
    let screens = [(-0.25, 0.0), (-0.25, 0.25)];
    let size = ([64, 16], 24);
    let pictures = through_a_slab(&device, glass(1.5), thickness, tilt_deg, &screens, size);
    let column = |picture, x: usize| mean(picture, x..x + 1, 0..16, 1);
    let bright: f64 = (0..64)
        .map(|x| column(&pictures[0], x) / column(&pictures[1], x))
        .sum();
    let edge = bright - 32.0;
    // The edge is seen along the ray that is shifted onto it; its angle adds to the angle of
    // incidence.
    let focal = 8.0 / 0.5f64.to_radians().tan();
    let mut angle = 0.0f64;
    for _ in 0..20 {
        let (sin, cos) = (tilt_deg.to_radians() + angle).sin_cos();
        let slowed = (ior * ior - sin * sin).sqrt();
        let shift = f64::from(thickness) * sin * (1.0 - cos / slowed);
        angle = (shift / angle.cos()).atan();
    }
    // Light that goes to and fro in the slab comes out by a step less shifted a time.
    let (sin, cos) = tilt_deg.to_radians().sin_cos();
    let step = 2.0 * f64::from(thickness) * sin / (ior * ior - sin * sin).sqrt() * cos;
    let echo = fresnel(cos, ior).powi(2);
    let expected = focal * angle.tan() - focal * step * echo / (1.0 - echo);
    assert!(
        (edge - expected).abs() < 0.005 * expected + 0.15,
        "edge at {edge} px, expected {expected}"
    );
}

#[test]
fn a_tinted_body_absorbs_as_beer_and_lambert_say() {
    let Some(device) = device() else {
        return;
    };
    let (thickness, attenuation, incidence_deg) = (0.04f32, 0.02f32, 30.0f64);
    let tinted = Material {
        attenuation_color: [0.3, 0.6, 0.9],
        attenuation_distance_m: attenuation,
        ..glass(1.5)
    };
    let size = ([16, 16], 96);
    let screens = [(-0.25, 0.25)];
    let picture = &through_a_slab(&device, tinted, thickness, incidence_deg, &screens, size)[0];
    for (color, c) in [0.3f64, 0.6, 0.9].into_iter().enumerate() {
        let depth = -c.ln() * f64::from(thickness / attenuation);
        let expected = slab_transmittance(1.5, depth, incidence_deg.to_radians());
        let found = mean(picture, 0..16, 0..16, color) / f64::from(NITS);
        assert_near(found, expected, 0.01, &format!("colour {color}"));
    }
}
