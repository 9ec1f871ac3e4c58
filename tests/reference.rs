//! Reference mode against formulas: energy, glass, lights, the camera, noise.

mod camera;
mod furnace;
pub mod glass;
mod lights;
mod noise;

use benchside::base::camera::{CameraSpec, Intrinsics};
use benchside::base::frame::FrameSnapshot;
use benchside::base::image::{Plane, PlaneSet};
use benchside::base::light::{Light, LightKind};
use benchside::render::{Mode, PathOptions, Renderer, Scratch, View, ViewOptions};
use benchside::scene::desc::SceneDesc;
use benchside::scene::material::Material;
use glam::Vec3;

use crate::support::scenes::{TestScene, camera};

/// Exact and unfiltered: what glass focuses is followed.
pub const EXACT: PathOptions = PathOptions {
    bounces: 24,
    caustics: true,
    denoise: false,
};

/// As [`EXACT`], but light goes straight through glass to what it shines on.
const STRAIGHT: PathOptions = PathOptions {
    caustics: false,
    ..EXACT
};

/// Linear colour alone.
pub const RADIANCE: PlaneSet = PlaneSet {
    color: false,
    radiance: true,
    z_depth: false,
    instance: false,
    class: false,
    part: false,
    normal: false,
    object_coords: false,
    flow: false,
    albedo: false,
    behind: false,
    amodal: false,
};

fn reference(
    scene: &SceneDesc,
    snapshot: &FrameSnapshot,
    planes: PlaneSet,
    samples: u32,
    paths: PathOptions,
    seed: u32,
) -> View {
    let options = ViewOptions {
        planes,
        samples,
        mode: Mode::Reference(paths),
        seed,
    };
    let renderer = Renderer::new(scene);
    let frame = renderer.frame(snapshot);
    frame.view(0, &options, &mut Scratch::default())
}

/// Radiance of the snapshot's first camera, cd/m² if it is one of [`looking`]'s.
fn radiance(
    scene: &SceneDesc,
    snapshot: &FrameSnapshot,
    samples: u32,
    paths: PathOptions,
) -> Plane<[f32; 3]> {
    let view = reference(scene, snapshot, RADIANCE, samples, paths, 0);
    view.planes.radiance.expect("it was asked for")
}

/// A pinhole camera whose radiance plane is in cd/m².
pub fn looking(size_px: [u32; 2], fov_deg: f64, eye: Vec3, target: Vec3) -> CameraSpec {
    let mut camera = camera(size_px, eye, target);
    camera.intrinsics = Intrinsics::from_vertical_fov(size_px[0], size_px[1], fov_deg.to_radians());
    camera.ev100 = (1.0f64 / 1.2).log2();
    camera
}

/// Mean over the pixels of a rectangle (columns, rows) of one colour.
pub fn mean(
    plane: &Plane<[f32; 3]>,
    xs: std::ops::Range<usize>,
    ys: std::ops::Range<usize>,
    color: usize,
) -> f64 {
    let n = (xs.len() * ys.len()) as f64;
    let pixels = ys.flat_map(|y| xs.clone().map(move |x| (x, y)));
    pixels
        .map(|(x, y)| f64::from(plane.at(x, y)[color]))
        .sum::<f64>()
        / n
}

/// Mean green over the whole picture.
fn mean_of_all(plane: &Plane<[f32; 3]>) -> f64 {
    mean(plane, 0..plane.width_px, 0..plane.height_px, 1)
}

pub fn assert_near(found: f64, expected: f64, relative: f64, what: &str) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{what}: {found}, expected {expected} within {} %",
        100.0 * relative
    );
}

pub fn furnace(nits: f32) -> Light {
    ambient(nits, nits)
}

fn ambient(sky_nits: f32, ground_nits: f32) -> Light {
    light(LightKind::Ambient {
        sky_nits,
        ground_nits,
        reach_m: 0.0,
    })
}

fn light(kind: LightKind) -> Light {
    Light {
        name: "light".into(),
        kind,
        color: [1.0; 3],
        casts_shadow: true,
    }
}

/// Lambert's reflector, nearly: seen and lit steeply its coat of index 1 reflects under 0.3 %.
fn matte(s: &mut TestScene, albedo: f32) -> benchside::base::ids::MaterialId {
    s.material(Material {
        base_color: [albedo, albedo, albedo, 1.0],
        metallic: 0.0,
        roughness: 1.0,
        ior: 1.0,
        ..Material::default()
    })
}

/// Shines by itself and reflects next to nothing.
pub fn glowing(nits: [f32; 3]) -> Material {
    Material {
        base_color: [0.0, 0.0, 0.0, 1.0],
        metallic: 0.0,
        ior: 1.0,
        emissive_nits: nits,
        ..Material::default()
    }
}

/// A clear body of this index; light crosses both of its faces.
pub fn glass(ior: f32) -> Material {
    Material {
        metallic: 0.0,
        roughness: 0.0,
        transmission: 1.0,
        thickness_m: 0.01,
        ior,
        ..Material::default()
    }
}

/// Fresnel's equations for unpolarized light: reflectance at a cosine, `eta` beyond over before.
pub fn fresnel(cosine: f64, eta: f64) -> f64 {
    let sin2 = (1.0 - cosine * cosine) / (eta * eta);
    if sin2 >= 1.0 {
        return 1.0;
    }
    let beyond = (1.0 - sin2).sqrt();
    let s = (cosine - eta * beyond) / (cosine + eta * beyond);
    let p = (beyond - eta * cosine) / (beyond + eta * cosine);
    0.5 * (s * s + p * p)
}
