//! Panoramas of surroundings: Radiance (.hdr) and OpenEXR (.exr) files, linear light.

use std::f64::consts::{PI, TAU};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::base::color::LUMINANCE;
use crate::base::problem::Problem;

/// No panorama may be larger: 16,384 × 8,192 px, 1.5 GiB of light.
pub const MAX_WIDTH_PX: u32 = 16_384;
/// What a panorama should be, for messages.
pub(super) const EXPECTED: &str = "a whole Radiance (.hdr) or OpenEXR (.exr) image, twice as wide as high, at most 16384 × 8192 px";

/// Light from all around, equirectangular.
///
/// Rows go from straight up (top) to straight down, columns once around. Seen from inside, as in
/// Blender: the middle of the picture looks along world +X, what is left of it lies towards +Y
/// (a quarter of the width left of the middle), the left and the right edge meet at −X.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentMap {
    /// File name without extension.
    pub name: String,
    /// Twice the height.
    pub width_px: u32,
    pub height_px: u32,
    /// Linear sRGB, finite, ≥ 0, row-major from the top left; a light says what 1 is in cd/m².
    pub rgb: Arc<[[f32; 3]]>,
    /// Illuminance of a horizontal surface that faces up, lx, if a pixel of 1 is 1 cd/m².
    pub lux_per_nit: f64,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Flaw {
    place: String,
    found: String,
    expected: &'static str,
    remedy: &'static str,
}

impl Flaw {
    fn whole(found: String) -> Self {
        Self {
            place: String::new(),
            found,
            expected: EXPECTED,
            remedy: "",
        }
    }

    pub(super) fn problem(self, file: &Path) -> Problem {
        Problem::error(file, self.place, self.found, self.expected, self.remedy)
    }
}

impl EnvironmentMap {
    /// Of checked pixels: `width_px` twice `height_px`, all finite and ≥ 0.
    pub fn new(name: &str, width_px: u32, height_px: u32, rgb: Vec<[f32; 3]>) -> Self {
        let lux_per_nit = upward_lux(width_px as usize, height_px as usize, &rgb);
        Self {
            name: name.to_owned(),
            width_px,
            height_px,
            rgb: rgb.into(),
            lux_per_nit,
        }
    }

    /// Decodes a file's bytes. The size is looked at before anything is decoded.
    pub(super) fn decode(name: &str, bytes: &[u8]) -> Result<Self, Flaw> {
        let format = match bytes {
            [b'#', b'?', ..] => ImageFormat::Hdr,
            [0x76, 0x2f, 0x31, 0x01, ..] => ImageFormat::OpenExr,
            _ => return Err(Flaw::whole("neither Radiance nor OpenEXR".to_owned())),
        };
        let say = |e: image::ImageError| Flaw::whole(format!("a broken image: {e}"));
        let mut limits = Limits::no_limits();
        // RGBA of 32-bit floats of the largest size, and what goes along with it.
        limits.max_alloc = Some(u64::from(MAX_WIDTH_PX) * u64::from(MAX_WIDTH_PX) * 8 + (1 << 20));
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let decoder = reader.into_decoder().map_err(say)?;
        let (width_px, height_px) = decoder.dimensions();
        let size = || format!("{width_px} × {height_px} px");
        if width_px > MAX_WIDTH_PX || height_px > MAX_WIDTH_PX / 2 {
            return Err(Flaw {
                remedy: "scale it down",
                ..Flaw::whole(size())
            });
        }
        if height_px == 0 || width_px != 2 * height_px {
            return Err(Flaw {
                remedy: "an equirectangular panorama shows 360° × 180°",
                ..Flaw::whole(size())
            });
        }
        let image = DynamicImage::from_decoder(decoder).map_err(say)?;
        let samples = image.into_rgb32f().into_raw();
        let rgb = samples.as_chunks::<3>().0.to_vec();
        let sound = |c: &f32| c.is_finite() && *c >= 0.0;
        if let Some(at) = rgb.iter().position(|pixel| !pixel.iter().all(sound)) {
            let [r, g, b] = rgb[at];
            return Err(Flaw {
                place: format!(
                    "row {}, column {}",
                    at / width_px as usize,
                    at % width_px as usize
                ),
                found: format!("a pixel of {r}, {g}, {b}"),
                expected: "finite numbers, 0 or more",
                remedy: "clamp the picture's values in an image editor",
            });
        }
        Ok(Self::new(name, width_px, height_px, rgb))
    }
}

/// ∫ luminance · cos θ over the upper half.
fn upward_lux(width: usize, height: usize, rgb: &[[f32; 3]]) -> f64 {
    let step = PI / height as f64;
    let rows = rgb.chunks_exact(width.max(1)).enumerate();
    rows.map(|(row, pixels)| {
        // ∫ sin θ cos θ over the row, which may straddle the horizon.
        let (top, bottom) = (row as f64 * step, (row as f64 + 1.0) * step);
        let sine2 = |a: f64| {
            let sine = libm::sin(a.min(0.5 * PI));
            0.5 * sine * sine
        };
        let weight = (sine2(bottom) - sine2(top)) * TAU / width as f64;
        let sum: f64 = pixels
            .iter()
            .flat_map(|pixel| pixel.iter().zip(LUMINANCE))
            .map(|(c, w)| f64::from(*c) * f64::from(w))
            .sum();
        weight * sum
    })
    .sum()
}
