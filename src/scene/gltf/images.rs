//! PNG and JPEG images → textures.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::accessors::Accessors;
use super::report::At;
use super::{Files, buffers};
use crate::base::ids::TextureId;
use crate::scene::material::{Texture, Wrap};

/// Pixels that one image may have: 8,192 × 8,192.
pub(in crate::scene) const MAX_IMAGE_PX: u64 = 1 << 26;
/// Pixels that one byte of a file can stand for. Deflate makes at most 1,032 bytes of one, of
/// 8 pixels each; a JPEG block of 16 × 16 pixels takes at least 6 bits. More is a broken header.
const MAX_PNG_PX_PER_BYTE: u64 = 8 * 1032;
const MAX_JPEG_PX_PER_BYTE: u64 = 1024;
/// What an image should be, for messages.
pub(in crate::scene) const EXPECTED: &str = "a whole PNG or JPEG image of at most 8192 × 8192 px";

/// A decoded image.
pub(in crate::scene) struct Rgba8 {
    pub width_px: u32,
    pub height_px: u32,
    /// Row-major from the top left.
    pub rgba: Vec<[u8; 4]>,
}

/// Decodes a PNG or JPEG of at most `most_px` pixels; 16-bit channels are rounded to 8, grey
/// becomes RGB, missing alpha is 255, an Exif orientation is ignored as glTF says.
///
/// # Errors
/// What is wrong, in words.
pub(in crate::scene) fn decode(bytes: &[u8], most_px: u64) -> Result<Rgba8, String> {
    let format = match bytes {
        [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
        [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
        _ => return Err("neither PNG nor JPEG".to_owned()),
    };
    // The decoder fills what is missing of a JPEG with grey and does not say so.
    if format == ImageFormat::Jpeg && !bytes.windows(2).rev().any(|w| w == [0xff, 0xd9]) {
        return Err("a JPEG image without an end".to_owned());
    }
    let len = bytes.len() as u64;
    let most_here = len.saturating_mul(match format {
        ImageFormat::Png => MAX_PNG_PX_PER_BYTE,
        _ => MAX_JPEG_PX_PER_BYTE,
    });
    let check = |width_px: u32, height_px: u32| {
        let pixels = u64::from(width_px) * u64::from(height_px);
        if pixels == 0 || pixels > most_px.min(most_here) {
            return Err(format!("{width_px} × {height_px} px in {len} bytes"));
        }
        Ok(())
    };
    if let (ImageFormat::Png, Some([a, b, c, d, e, f, g, h])) = (format, bytes.get(16..24)) {
        // Before the decoder, whose message would be about memory.
        check(
            u32::from_be_bytes([*a, *b, *c, *d]),
            u32::from_be_bytes([*e, *f, *g, *h]),
        )?;
    }
    let say = |e: image::ImageError| format!("a broken image: {e}");
    let mut limits = Limits::no_limits();
    // 16-bit RGBA, the rows in work, and what goes along with them.
    limits.max_alloc = Some(most_px.saturating_mul(16).saturating_add(1 << 20));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(say)?;
    let (width_px, height_px) = decoder.dimensions();
    check(width_px, height_px)?;
    let image = DynamicImage::from_decoder(decoder)
        .map_err(say)?
        .into_rgba8();
    let rgba = image.as_raw().chunks_exact(4);
    Ok(Rgba8 {
        width_px,
        height_px,
        rgba: rgba.map(|p| [p[0], p[1], p[2], p[3]]).collect(),
    })
}

/// Image index, wrap modes, sRGB or not.
type Key = (usize, u8, u8, bool);

/// The textures of one file, made when a material asks for them.
pub(super) struct Textures<'a> {
    images: Vec<At<'a>>,
    samplers: Vec<At<'a>>,
    textures: Vec<At<'a>>,
    made: BTreeMap<Key, Option<TextureId>>,
    /// The first texture made of an image; `None` if the image is broken.
    of_image: BTreeMap<usize, Option<TextureId>>,
}

impl<'a> Textures<'a> {
    pub(super) fn new(root: &At<'a>) -> Self {
        Self {
            images: root.items_of("images"),
            samplers: root.items_of("samplers"),
            textures: root.items_of("textures"),
            made: BTreeMap::new(),
            of_image: BTreeMap::new(),
        }
    }

    /// The texture that `reference` names by index, as colour (`srgb`) or data.
    pub(super) fn get(
        &mut self,
        reference: &At<'a>,
        srgb: bool,
        accessors: &Accessors<'a>,
        files: &mut dyn Files,
        table: &mut Vec<Texture>,
    ) -> Option<TextureId> {
        let index = reference.index("textures", self.textures.len())?;
        let texture = self.textures[index].clone();
        let Some(source) = texture.get("source") else {
            let expected = "a `source` image";
            let remedy = "export textures as PNG or JPEG";
            texture.error("no `source`", expected, remedy);
            return None;
        };
        let image = source.index("images", self.images.len())?;
        let (wrap_u, wrap_v) = match texture.get("sampler") {
            Some(sampler) => {
                let index = sampler.index("samplers", self.samplers.len())?;
                let sampler = &self.samplers[index];
                (wrap(sampler, "wrapS")?, wrap(sampler, "wrapT")?)
            }
            None => (Wrap::Repeat, Wrap::Repeat),
        };
        let key = (image, wrap_u as u8, wrap_v as u8, srgb);
        if let Some(made) = self.made.get(&key) {
            return *made;
        }
        let first = self.of_image.get(&image).copied();
        let id = match first {
            None => self.load(image, accessors, files, table),
            Some(None) => None,
            Some(Some(same)) => {
                let copy = table[same.index()].clone();
                let bytes = 4 * copy.rgba.len() as u64;
                accessors.charge(bytes, &self.images[image])?;
                Some(push(table, copy))
            }
        };
        self.of_image.entry(image).or_insert(id);
        if let Some(id) = id {
            let made = &mut table[id.index()];
            (made.wrap_u, made.wrap_v, made.srgb) = (wrap_u, wrap_v, srgb);
        }
        self.made.insert(key, id);
        id
    }

    fn load(
        &self,
        image: usize,
        accessors: &Accessors<'a>,
        files: &mut dyn Files,
        table: &mut Vec<Texture>,
    ) -> Option<TextureId> {
        let at = &self.images[image];
        let read;
        let (place, bytes) = match (at.get("uri"), at.get("bufferView")) {
            (Some(uri), None) => {
                read = buffers::read_uri(&uri, files)?;
                (uri, read.as_slice())
            }
            (None, Some(view)) => {
                let views = accessors.buffers();
                let index = view.index("bufferViews", views.view_count())?;
                (view, views.view_bytes(index)?)
            }
            _ => {
                at.error("not one of `uri`, `bufferView`", "one of them", "");
                return None;
            }
        };
        let most_px = MAX_IMAGE_PX.min(accessors.budget() / 4);
        let decoded = match decode(bytes, most_px) {
            Ok(decoded) => decoded,
            Err(found) => {
                place.error(found, EXPECTED, "");
                return None;
            }
        };
        accessors.charge(4 * decoded.rgba.len() as u64, at)?;
        let name = at.get("name").and_then(|name| name.text());
        Some(push(
            table,
            Texture {
                name: name.unwrap_or_default().to_owned(),
                width_px: decoded.width_px,
                height_px: decoded.height_px,
                wrap_u: Wrap::Repeat,
                wrap_v: Wrap::Repeat,
                srgb: true,
                rgba: decoded.rgba,
            },
        ))
    }
}

fn push(table: &mut Vec<Texture>, texture: Texture) -> TextureId {
    table.push(texture);
    TextureId(table.len() as u32 - 1)
}

/// A sampler's wrap mode; filters are ignored, the renderer always filters.
fn wrap(sampler: &At<'_>, key: &str) -> Option<Wrap> {
    let Some(at) = sampler.get(key) else {
        return Some(Wrap::Repeat);
    };
    match at.integer(u64::from(u16::MAX))? {
        10497 => Some(Wrap::Repeat),
        33648 => Some(Wrap::MirroredRepeat),
        33071 => Some(Wrap::ClampToEdge),
        _ => {
            at.wrong("10497 (repeat), 33648 (mirrored) or 33071 (clamp)");
            None
        }
    }
}
