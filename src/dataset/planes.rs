//! Planes as PNG files: one table says how each is encoded, and the manifest repeats it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::image_file::{PixelFormat, RawImage, encode};
use super::manifest::Request;
use crate::base::image::{Plane, Planes};
use crate::sense::sensor::SensorPlanes;

/// How one plane is stored, in words; part of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaneRecord {
    pub name: String,
    /// Within the image's folder.
    pub file: String,
    /// Channels and bits.
    pub encoding: String,
    pub decode: String,
}

struct PlaneFormat {
    name: &'static str,
    file: &'static str,
    pixel: PixelFormat,
    decode: &'static str,
}

/// All planes of the native format, in the order in which [`encode_planes`] gives them.
const FORMATS: [PlaneFormat; 11] = [
    PlaneFormat {
        name: "color",
        file: super::layout::COLOR,
        pixel: PixelFormat::Rgb8,
        decode: "sRGB, anti-aliased",
    },
    PlaneFormat {
        name: "albedo",
        file: "albedo.png",
        pixel: PixelFormat::Rgb8,
        decode: "base colour of the first surface, sRGB; black where there is none",
    },
    PlaneFormat {
        name: "z_depth",
        file: "z_depth.png",
        pixel: PixelFormat::Gray16,
        decode: "metres along the optical axis to the first surface = value * depth_unit_m; \
                 0: no surface, or one beside or behind a fisheye camera; 65535: that far or \
                 farther",
    },
    PlaneFormat {
        name: "instance",
        file: "instance.png",
        pixel: PixelFormat::Gray16,
        decode: "instance id of the first surface, as in labels.json; 0: background",
    },
    PlaneFormat {
        name: "class",
        file: "class.png",
        pixel: PixelFormat::Gray16,
        decode: "class id of the first surface, as in the manifest; 0: background",
    },
    PlaneFormat {
        name: "part",
        file: "part.png",
        pixel: PixelFormat::Gray16,
        decode: "part id of the first surface: index into the manifest's parts; \
                 0: unnamed, or background",
    },
    PlaneFormat {
        name: "normal",
        file: "normal.png",
        pixel: PixelFormat::Rgb16,
        decode: "shading normal of the first surface in the camera frame (x right, y down, \
                 z forward) = value / 65535 * 2 - 1; 0, 0, 0: no surface",
    },
    PlaneFormat {
        name: "object_coords",
        file: "object_coords.png",
        pixel: PixelFormat::Rgb16,
        decode: "point of the first surface within its object's bounding box, 0 to 1 along each \
                 object axis (NOCS) = value / 65535; 0, 0, 0 where the instance is 0",
    },
    PlaneFormat {
        name: "flow",
        file: "flow.png",
        pixel: PixelFormat::Rgb16,
        decode: "displacement of the first surface (else of the far background) to flow_secs \
                 later, in pixels: x = (R - 32768) / 64, y = (G - 32768) / 64 where B = 1; \
                 B = 0: outside the lens' domain, or 512 px or more",
    },
    PlaneFormat {
        name: "behind_z_depth",
        file: "behind_z_depth.png",
        pixel: PixelFormat::Gray16,
        decode: "as z_depth, to the first opaque surface",
    },
    PlaneFormat {
        name: "behind_instance",
        file: "behind_instance.png",
        pixel: PixelFormat::Gray16,
        decode: "as instance, of the first opaque surface",
    },
];

/// What a sensor delivers, of cameras that have one.
const SENSOR_COLOR: PlaneFormat = PlaneFormat {
    name: "sensor_color",
    file: "sensor_color.png",
    pixel: PixelFormat::Rgb8,
    decode: "what the camera's sensor makes of the light, sRGB; its parameters are in labels.json",
};
const SENSOR_Z_DEPTH: PlaneFormat = PlaneFormat {
    name: "sensor_z_depth",
    file: "sensor_z_depth.png",
    pixel: PixelFormat::Gray16,
    decode: "metres along the optical axis as the camera's depth sensor measures them = \
             value * depth_unit_m; 0: nothing measured; 65535: that far or farther",
};

/// The table of the planes that any camera has, for the manifest.
pub fn records(request: &Request) -> Vec<PlaneRecord> {
    let record = |f: &PlaneFormat| PlaneRecord {
        name: f.name.into(),
        file: f.file.into(),
        encoding: match f.pixel {
            PixelFormat::Gray16 => "PNG, gray, 16 bit",
            PixelFormat::Rgb8 => "PNG, RGB, 8 bit",
            PixelFormat::Rgb16 => "PNG, RGB, 16 bit",
        }
        .into(),
        decode: f.decode.into(),
    };
    let cameras = 0..request.cameras.len();
    let sensors = sensor_formats(
        !request.sensors.is_empty(),
        cameras
            .clone()
            .any(|camera| request.has_depth_sensor(camera)),
    );
    FORMATS.iter().chain(sensors).map(record).collect()
}

/// File names and pixel formats of a camera's planes.
pub fn files(
    request: &Request,
    camera: usize,
) -> impl Iterator<Item = (&'static str, PixelFormat)> + use<> {
    let sensors = sensor_formats(request.has_sensor(camera), request.has_depth_sensor(camera));
    FORMATS.iter().chain(sensors).map(|f| (f.file, f.pixel))
}

fn sensor_formats(color: bool, depth: bool) -> impl Iterator<Item = &'static PlaneFormat> + use<> {
    let color = color.then_some(&SENSOR_COLOR);
    color.into_iter().chain(depth.then_some(&SENSOR_Z_DEPTH))
}

/// PNG files of what a sensor delivers, as (file name, bytes).
pub fn encode_sensor(planes: &SensorPlanes, depth_unit_m: f64) -> Vec<(&'static str, Vec<u8>)> {
    let mut files = vec![(SENSOR_COLOR.file, encode(&raw_rgb8(&planes.color)))];
    if let Some(depth) = &planes.z_depth_m {
        let image = raw_gray16(depth, |z| depth_value(z, depth_unit_m));
        files.push((SENSOR_Z_DEPTH.file, encode(&image)));
    }
    files
}

/// A plane that its format cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("instance id {0} does not fit into a 16-bit plane: at most 65,535 objects an episode")]
pub struct TooManyInstances(pub u32);

/// PNG files of all planes that are there, as (file name, bytes).
///
/// # Errors
/// If an instance id is above 65,535.
pub fn encode_planes(
    planes: &Planes,
    depth_unit_m: f64,
) -> Result<Vec<(&'static str, Vec<u8>)>, TooManyInstances> {
    let depth = |p: &Plane<f32>| Ok(raw_gray16(p, |z| depth_value(z, depth_unit_m)));
    let images: [Option<Result<RawImage, TooManyInstances>>; 11] = [
        planes.color.as_ref().map(|p| Ok(raw_rgb8(p))),
        planes.albedo.as_ref().map(|p| Ok(raw_rgb8(p))),
        planes.z_depth_m.as_ref().map(depth),
        planes.instance.as_ref().map(raw_ids),
        planes.class.as_ref().map(|p| Ok(raw_gray16(p, |v| v))),
        planes.part.as_ref().map(|p| Ok(raw_gray16(p, |v| v))),
        planes
            .normal_in_camera
            .as_ref()
            .map(|p| Ok(raw_rgb16(p, normal_value))),
        planes
            .object_coords
            .as_ref()
            .map(|p| Ok(raw_rgb16(p, |c: [f32; 3]| c.map(unit_value)))),
        planes
            .flow_px
            .as_ref()
            .map(|p| Ok(raw_rgb16(p, flow_value))),
        planes.behind_z_depth_m.as_ref().map(depth),
        planes.behind_instance.as_ref().map(raw_ids),
    ];
    let mut files = Vec::with_capacity(images.len());
    for (format, image) in FORMATS.iter().zip(images) {
        if let Some(image) = image {
            files.push((format.file, encode(&image?)));
        }
    }
    Ok(files)
}

/// The PNG file of a colour plane.
pub fn encode_color(plane: &Plane<[u8; 3]>) -> Vec<u8> {
    encode(&raw_rgb8(plane))
}

/// Steps of `unit_m`; a surface is never 0, and never beyond the last value.
pub(super) fn depth_value(z_m: f32, unit_m: f64) -> u16 {
    if z_m > 0.0 {
        (f64::from(z_m) / unit_m + 0.5).clamp(1.0, 65535.0) as u16
    } else {
        0
    }
}

fn unit_value(v: f32) -> u16 {
    (v.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16
}

fn normal_value(n: [f32; 3]) -> [u16; 3] {
    let is_surface = n[0] != 0.0 || n[1] != 0.0 || n[2] != 0.0;
    let value = n.map(|c| unit_value(c * 0.5 + 0.5));
    if is_surface { value } else { [0; 3] }
}

/// As the KITTI benchmark stores flow.
fn flow_value([x, y]: [f32; 2]) -> [u16; 3] {
    let value = |v: f32| v * 64.0 + 32768.5;
    let fits = |v: f32| (0.0..65536.0).contains(&v);
    let (r, g) = (value(x), value(y));
    if fits(r) && fits(g) {
        [r as u16, g as u16, 1]
    } else {
        [0; 3]
    }
}

fn raw_rgb8(plane: &Plane<[u8; 3]>) -> RawImage {
    raw(plane, PixelFormat::Rgb8, plane.data.as_flattened().to_vec())
}

fn raw_ids(plane: &Plane<u32>) -> Result<RawImage, TooManyInstances> {
    let most = plane.data.iter().copied().max().unwrap_or(0);
    if most > u32::from(u16::MAX) {
        return Err(TooManyInstances(most));
    }
    Ok(raw_gray16(plane, |id| id as u16))
}

fn raw_gray16<T: Copy>(plane: &Plane<T>, value: impl Fn(T) -> u16) -> RawImage {
    let mut bytes = vec![0; plane.data.len() * 2];
    for (out, &v) in bytes.as_chunks_mut().0.iter_mut().zip(&plane.data) {
        *out = value(v).to_be_bytes();
    }
    raw(plane, PixelFormat::Gray16, bytes)
}

fn raw_rgb16<T: Copy>(plane: &Plane<T>, value: impl Fn(T) -> [u16; 3]) -> RawImage {
    let mut bytes = vec![0; plane.data.len() * 6];
    for (out, &v) in bytes.as_chunks_mut().0.iter_mut().zip(&plane.data) {
        let [r, g, b] = value(v).map(u16::to_be_bytes);
        *out = [r[0], r[1], g[0], g[1], b[0], b[1]];
    }
    raw(plane, PixelFormat::Rgb16, bytes)
}

fn raw<T>(plane: &Plane<T>, format: PixelFormat, bytes: Vec<u8>) -> RawImage {
    RawImage {
        width_px: plane.width_px as u32,
        height_px: plane.height_px as u32,
        format,
        bytes,
    }
}
