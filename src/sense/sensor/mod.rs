//! What a real camera would have delivered of a view: colour and depth with the errors of lens,
//! sensor and matching. Labels stay those of the view itself.

pub mod color;
pub mod depth;
mod reflectance;

pub use reflectance::Reflectances;

use crate::base::camera::CameraSpec;
use crate::base::image::{Plane, Planes};
use crate::base::seed::SeedPath;
use crate::base::sensor::SensorSpec;

/// What the sensor delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorPlanes {
    /// sRGB, 8 bit.
    pub color: Plane<[u8; 3]>,
    /// Metres along the optical axis; 0 where nothing is measured. `None` without depth sensor.
    pub z_depth_m: Option<Plane<f32>>,
}

/// The stream of random numbers of one image's sensor.
pub fn stream(seed: u64, episode: u64, camera: &str, frame: u32) -> SeedPath {
    let episode = SeedPath::root(seed).child("episode").index(episode);
    let camera = episode.child("sensor").child(camera);
    camera.index(u64::from(frame))
}

/// Runs the sensor over a view.
///
/// # Panics
/// If the view lacks `radiance`, or for a depth sensor `z_depth`, `instance`, `part`, `normal`,
/// `albedo` or `behind`.
pub fn sense(
    sensor: &SensorSpec,
    camera: &CameraSpec,
    planes: &Planes,
    reflectances: &Reflectances,
    stream: &SeedPath,
) -> SensorPlanes {
    let radiance = planes.radiance.as_ref().expect("sensors read radiance");
    let color = color::picture(
        &sensor.color,
        camera,
        radiance,
        &mut stream.child("color").rng(),
    );
    let z_depth_m = sensor.depth.as_ref().map(|depth| {
        let view = depth::DepthView::new(camera, planes, &color, reflectances);
        depth::measure(depth, &view, &mut stream.child("depth").rng())
    });
    SensorPlanes { color, z_depth_m }
}
