//! Film strips: pictures of a few cameras at a few moments.

use super::canvas::{Canvas, TEXT_SCALE, line_height};
use super::{GAP_PX, INK, PAPER};
use crate::base::image::Plane;
use crate::dataset::planes::encode_color;

/// One picture of a strip, and what to write under it.
pub struct Still {
    pub caption: String,
    pub picture: Plane<[u8; 3]>,
}

/// The PNG file of a sheet with one row a camera, pictures as large as they are.
pub fn film_strips(rows: &[Vec<Still>]) -> Vec<u8> {
    let text_px = line_height(TEXT_SCALE) + GAP_PX / 2;
    let height_of = |row: &[Still]| {
        let tallest = row.iter().map(|s| s.picture.height_px).max();
        tallest.unwrap_or(0) + text_px + GAP_PX
    };
    let width_of = |row: &[Still]| {
        row.iter()
            .map(|s| s.picture.width_px + GAP_PX)
            .sum::<usize>()
    };
    let width = rows.iter().map(|r| width_of(r)).max().unwrap_or(0) + GAP_PX;
    let height = rows.iter().map(|r| height_of(r)).sum::<usize>() + GAP_PX;
    let mut sheet = Canvas::new(width, height, PAPER);
    let mut y = GAP_PX;
    for row in rows {
        let mut x = GAP_PX;
        for still in row {
            let picture = &still.picture;
            for (line, pixels) in picture.data.chunks_exact(picture.width_px).enumerate() {
                let at = (y + line) * width + x;
                sheet.0.data[at..at + picture.width_px].copy_from_slice(pixels);
            }
            let below = y + picture.height_px + GAP_PX / 2;
            sheet.text(x as i64, below as i64, &still.caption, TEXT_SCALE, INK);
            x += picture.width_px + GAP_PX;
        }
        y += height_of(row);
    }
    encode_color(&sheet.0)
}
