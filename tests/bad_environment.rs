//! Panoramas with one flaw each, beside the exact message.

use std::io::Cursor;
use std::path::PathBuf;

use benchside::scene::builder::SceneBuilder;
use benchside::scene::taxonomy::Taxonomy;
use image::{ImageFormat, Rgb, Rgb32FImage};

/// An uncompressed Radiance file.
fn radiance(width: u32, height: u32, pixels: &[[u8; 4]]) -> Vec<u8> {
    let mut bytes =
        format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n").into_bytes();
    bytes.extend(pixels.as_flattened());
    bytes
}

fn exr(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [f32; 3]) -> Vec<u8> {
    let image = Rgb32FImage::from_fn(width, height, |x, y| Rgb(pixel(x, y)));
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::OpenExr)
        .expect("an image goes into memory");
    bytes.into_inner()
}

/// The problems of a file with these bytes, without its path; and whether it was loaded.
fn load(name: &str, bytes: &[u8]) -> (String, bool) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("bad_environment_{}_{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a writable folder");
    let mut builder = SceneBuilder::new("test", Taxonomy::default(), &folder);
    let id = builder.add_environment(&path);
    assert_eq!(builder.add_environment(&path), id, "read once");
    let (desc, problems) = builder.finish();
    assert_eq!(desc.environments.len(), usize::from(id.is_some()));
    assert_eq!(desc.files.len(), 1, "its digest is taken");
    assert_eq!(desc.files[0].path, name);
    std::fs::remove_dir_all(&folder).expect("our own folder");
    let said = problems
        .to_string()
        .replace(&path.display().to_string(), name);
    (said, id.is_some())
}

const WHOLE: &str = "a whole Radiance (.hdr) or OpenEXR (.exr) image, twice as wide as high, at most 16384 × 8192 px";

#[test]
fn sound_panoramas_load() {
    let gray = [128, 128, 128, 129]; // (128 / 256) · 2
    assert_eq!(
        load("sound.hdr", &radiance(4, 2, &[gray; 8])),
        (String::new(), true)
    );
    let bytes = exr(4, 2, |x, y| [x as f32, y as f32, 1e5]);
    assert_eq!(load("sound.exr", &bytes), (String::new(), true));
}

#[test]
fn every_flaw_has_its_message() {
    let gray = [128, 128, 128, 129];
    let whole = |name: &str, found: &str, remedy: &str| {
        let remedy = if remedy.is_empty() {
            String::new()
        } else {
            format!("\n  remedy:   {remedy}")
        };
        format!("error: {name}\n  found:    {found}\n  expected: {WHOLE}{remedy}")
    };
    let pixel = |name: &str, place: &str, found: &str| {
        format!(
            "error: {name}: {place}\n  found:    a pixel of {found}\n  \
             expected: finite numbers, 0 or more\n  \
             remedy:   clamp the picture's values in an image editor"
        )
    };
    let spoilt = |bad: f32| {
        exr(8, 4, move |x, y| {
            if (x, y) == (5, 2) {
                [0.5, bad, 1.0]
            } else {
                [1.0; 3]
            }
        })
    };
    let truncated = &radiance(4, 2, &[gray; 8])[..60];
    let cases: Vec<(&str, Vec<u8>, String)> = vec![
        (
            "picture.hdr",
            b"\x89PNG\r\n\x1a\n".to_vec(),
            whole("picture.hdr", "neither Radiance nor OpenEXR", ""),
        ),
        (
            "empty.exr",
            Vec::new(),
            whole("empty.exr", "neither Radiance nor OpenEXR", ""),
        ),
        (
            "square.hdr",
            radiance(4, 4, &[gray; 16]),
            whole(
                "square.hdr",
                "4 × 4 px",
                "an equirectangular panorama shows 360° × 180°",
            ),
        ),
        // The pixels are not there: the size is refused before they are read.
        (
            "huge.hdr",
            radiance(32_768, 16_384, &[]),
            whole("huge.hdr", "32768 × 16384 px", "scale it down"),
        ),
        (
            "cut.hdr",
            truncated.to_vec(),
            whole("cut.hdr", "a broken image: failed to fill whole buffer", ""),
        ),
        (
            "nan.exr",
            spoilt(f32::NAN),
            pixel("nan.exr", "row 2, column 5", "0.5, NaN, 1"),
        ),
        (
            "inf.exr",
            spoilt(f32::INFINITY),
            pixel("inf.exr", "row 2, column 5", "0.5, inf, 1"),
        ),
        (
            "dark.exr",
            spoilt(-0.25),
            pixel("dark.exr", "row 2, column 5", "0.5, -0.25, 1"),
        ),
    ];
    for (name, bytes, says) in cases {
        assert_eq!(load(name, &bytes), (says, false), "{name}");
    }
}
