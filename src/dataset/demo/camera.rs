//! The pictures of one camera and one episode, on their way into files.

use thiserror::Error;

use super::video::{VideoEncoder, VideoError};
use super::zip::ZipWriter;
use super::{DemoCamera, DemoSchema};
use crate::dataset::image_file::{PixelFormat, RawImage, encode};
use crate::dataset::planes::depth_value;

/// Why a picture was not taken.
#[derive(Debug, Error)]
pub enum PictureError {
    #[error(transparent)]
    Video(#[from] VideoError),
    #[error("{plane} of {found} values where {expected} belong")]
    Size {
        plane: &'static str,
        found: usize,
        expected: usize,
    },
    #[error("a depth that is not finite")]
    Depth,
    #[error("instance id {0}, and there are {1} objects")]
    Instance(u32, usize),
}

/// Encodes pictures as they come: an episode's memory is that of its files, not of its pictures.
pub struct CameraEncoder {
    camera: DemoCamera,
    depth_unit_m: f64,
    video: VideoEncoder,
    depth: ZipWriter,
    instance: ZipWriter,
    lossless: Option<ZipWriter>,
    histogram: ColorHistogram,
    pictures: usize,
    most_instance: u32,
}

/// How often each 8-bit value occurs, for red, green and blue.
pub type ColorHistogram = [Vec<u64>; 3];

/// Files of one camera and one episode.
#[derive(Debug)]
pub struct EncodedCamera {
    pub(super) mp4: Vec<u8>,
    pub(super) depth: Vec<u8>,
    pub(super) instance: Vec<u8>,
    /// Archive of 8-bit PNGs, if asked for.
    pub(super) lossless: Option<Vec<u8>>,
    pub(super) histogram: ColorHistogram,
    pub(super) pictures: usize,
    pub(super) most_instance: u32,
}

impl CameraEncoder {
    /// For one episode; `lossless` keeps colour as it is, too.
    pub(super) fn new(
        schema: &DemoSchema,
        camera: &DemoCamera,
        lossless: bool,
    ) -> Result<Self, VideoError> {
        Ok(Self {
            camera: camera.clone(),
            depth_unit_m: schema.depth_unit_m,
            video: VideoEncoder::new(camera.width_px, camera.height_px, schema.rate_hz)?,
            depth: ZipWriter::default(),
            instance: ZipWriter::default(),
            lossless: lossless.then(ZipWriter::default),
            histogram: [vec![0; 256], vec![0; 256], vec![0; 256]],
            pictures: 0,
            most_instance: 0,
        })
    }

    /// Adds the picture of the next step. `color` is 8-bit sRGB, row by row, 3 bytes a pixel;
    /// `z_depth_m` in metres, 0 where nothing is seen; `instance` ids. What the camera does not
    /// record is left empty.
    ///
    /// # Errors
    /// If they are not of the camera's size, or hold what cannot be stored.
    ///
    /// # Panics
    /// Beyond 65,534 pictures.
    pub fn push(
        &mut self,
        color: &[u8],
        z_depth_m: &[f32],
        instance: &[u32],
    ) -> Result<(), PictureError> {
        let pixels = self.camera.width_px as usize * self.camera.height_px as usize;
        let size = |plane, found, expected| match found == expected {
            true => Ok(()),
            false => Err(PictureError::Size {
                plane,
                found,
                expected,
            }),
        };
        let if_recorded = |recorded| if recorded { pixels } else { 0 };
        size("colour", color.len(), 3 * pixels)?;
        size("depth", z_depth_m.len(), if_recorded(self.camera.depth))?;
        size(
            "instances",
            instance.len(),
            if_recorded(self.camera.instances),
        )?;
        if z_depth_m.iter().any(|z| !z.is_finite()) {
            return Err(PictureError::Depth);
        }
        let most = instance.iter().copied().max().unwrap_or(0);
        if most > u32::from(u16::MAX) {
            return Err(PictureError::Instance(most, usize::from(u16::MAX)));
        }
        self.most_instance = self.most_instance.max(most);

        self.video.push(color)?;
        for pixel in color.as_chunks::<3>().0 {
            (0..3).for_each(|c| self.histogram[c][usize::from(pixel[c])] += 1);
        }
        let name = picture_name(self.pictures);
        if let Some(lossless) = &mut self.lossless {
            let image = raw(&self.camera, PixelFormat::Rgb8, color.to_vec());
            lossless.push(&name, &encode(&image));
        }
        if self.camera.depth {
            let value = |&z: &f32| depth_value(z, self.depth_unit_m).to_be_bytes();
            let bytes = z_depth_m.iter().flat_map(value).collect();
            let image = raw(&self.camera, PixelFormat::Gray16, bytes);
            self.depth.push(&name, &encode(&image));
        }
        if self.camera.instances {
            let bytes = instance.iter().flat_map(|&id| (id as u16).to_be_bytes());
            let image = raw(&self.camera, PixelFormat::Gray16, bytes.collect());
            self.instance.push(&name, &encode(&image));
        }
        self.pictures += 1;
        Ok(())
    }

    /// The files.
    pub fn finish(self) -> EncodedCamera {
        EncodedCamera {
            mp4: self.video.finish().to_mp4(),
            depth: self.depth.finish(),
            instance: self.instance.finish(),
            lossless: self.lossless.map(ZipWriter::finish),
            histogram: self.histogram,
            pictures: self.pictures,
            most_instance: self.most_instance,
        }
    }
}

/// Of the picture of a step, in an archive.
pub(super) fn picture_name(step: usize) -> String {
    format!("{step:06}.png")
}

fn raw(camera: &DemoCamera, format: PixelFormat, bytes: Vec<u8>) -> RawImage {
    RawImage {
        width_px: camera.width_px,
        height_px: camera.height_px,
        format,
        bytes,
    }
}
