//! Observations in the dress of a protocol.

use std::borrow::Cow;

use image::ExtendedColorType::Rgb8;
use image::ImageEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use super::array::{Dress, bytes_of};
use super::value::Value;
use crate::policy::exchange::{Input, Observation, Picture};

/// How vla-eval gets pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageFormat {
    Raw,
    /// Lossless.
    #[default]
    Png,
    /// Quality 95, lossy.
    Jpeg,
}

/// Shape and bytes of a picture as it is to be sent: rows, columns, channels, or channels first.
pub fn pixels(picture: &Picture) -> ([usize; 3], Cow<'_, [u8]>) {
    let (width, height) = (picture.width_px as usize, picture.height_px as usize);
    if !picture.channels_first {
        return ([height, width, 3], Cow::Borrowed(&picture.rgb));
    }
    let planes = (0..3).flat_map(|channel| picture.rgb.iter().skip(channel).step_by(3).copied());
    ([3, height, width], Cow::Owned(planes.collect()))
}

/// An observation as a map, in which entries of more than one part are maps in maps.
pub fn tree<'a>(
    observation: &'a Observation,
    dress: Dress,
    picture: impl Fn(&'a Picture) -> Value<'a>,
) -> Value<'a> {
    let mut entries = Vec::new();
    for (path, input) in &observation.0 {
        let value = match input {
            Input::Picture(p) => picture(p),
            Input::Numbers(numbers) => {
                dress("<f4", &[numbers.len()], Cow::Owned(bytes_of(numbers)))
            }
            Input::Text(text) => Value::text(text),
        };
        put(&mut entries, path, value);
    }
    Value::Map(entries)
}

/// Puts a value where a path leads.
pub fn put<'a>(entries: &mut Vec<(Value<'a>, Value<'a>)>, path: &'a [String], value: Value<'a>) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        entries.push((Value::text(first), value));
        return;
    }
    let same = |(key, below): &(Value<'a>, Value<'a>)| {
        key.as_text() == Some(first) && matches!(below, Value::Map(_))
    };
    let at = entries.iter().position(same).unwrap_or_else(|| {
        entries.push((Value::text(first), Value::Map(Vec::new())));
        entries.len() - 1
    });
    if let Value::Map(below) = &mut entries[at].1 {
        put(below, rest, value);
    }
}

/// A picture as an array of bytes.
pub fn array_picture<'a>(picture: &'a Picture, dress: Dress) -> Value<'a> {
    let (shape, bytes) = pixels(picture);
    dress("|u1", &shape, bytes)
}

/// A picture as vla-eval's image. Its decoder makes rows, columns, channels of every image, so one
/// with channels first goes as an array, as does what cannot be encoded.
pub fn vla_eval_picture<'a>(picture: &'a Picture, format: ImageFormat, dress: Dress) -> Value<'a> {
    let (shape, bytes) = pixels(picture);
    if picture.channels_first {
        return dress("|u1", &shape, bytes);
    }
    let (width, height) = (picture.width_px, picture.height_px);
    let mut encoded = Vec::new();
    let (name, result) = match format {
        ImageFormat::Raw => {
            let mut image = image_value("raw", &shape, bytes);
            if let Value::Map(entries) = &mut image {
                entries.push((Value::text("dtype"), Value::text("|u1")));
            }
            return image;
        }
        ImageFormat::Png => (
            "png",
            PngEncoder::new_with_quality(&mut encoded, CompressionType::Fast, FilterType::Up)
                .write_image(&bytes, width, height, Rgb8),
        ),
        ImageFormat::Jpeg => (
            "jpeg",
            JpegEncoder::new_with_quality(&mut encoded, 95)
                .write_image(&bytes, width, height, Rgb8),
        ),
    };
    match result {
        Ok(()) => image_value(name, &shape, Cow::Owned(encoded)),
        Err(_) => dress("|u1", &shape, bytes),
    }
}

fn image_value<'a>(format: &'static str, shape: &[usize; 3], data: Cow<'a, [u8]>) -> Value<'a> {
    Value::map([
        ("__image__", Value::Bool(true)),
        ("format", Value::text(format)),
        ("data", Value::Bytes(data)),
        (
            "shape",
            Value::List(shape.iter().map(|n| Value::Int(*n as i64)).collect()),
        ),
    ])
}
