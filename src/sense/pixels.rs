//! What can be counted in the planes: per instance its pixels, box, parts and mask.

use super::rle::{Rle, RunBuilder};
use crate::base::image::Plane;
use crate::render::PixelBox;

/// What the planes show of one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstancePixels {
    /// Pixels whose first surface is the instance's.
    pub visible_px: u32,
    /// Bounds of these pixels.
    pub visible_box: Option<PixelBox>,
    /// Pixels where the instance is the first opaque surface, and another instance's transparent
    /// surface is before it.
    pub through_glass_px: u32,
    /// (part id, visible pixels), in order of id, part 0 (unnamed) included; parts without
    /// visible pixels are absent.
    pub parts: Vec<(u16, u32)>,
    /// Mask of the visible pixels.
    pub mask: Option<Rle>,
}

/// Counts the pixels of instances 1 … `instances`; entry `i` is of instance `i + 1`.
///
/// # Panics
/// If the planes differ in size or hold an id above `instances`: they are then not of this frame.
pub fn count_pixels(
    instances: usize,
    instance: &Plane<u32>,
    part: Option<&Plane<u16>>,
    behind: Option<&Plane<u32>>,
) -> Vec<InstancePixels> {
    let mut all = vec![InstancePixels::default(); instances];
    let width = instance.width_px;
    assert!(width > 0, "a view has pixels");
    for (y, row) in instance.data.chunks_exact(width).enumerate() {
        let parts = part.map(|p| &p.data[y * width..][..width]);
        let mut start = 0;
        for x in 1..=width {
            let id = row[start];
            let goes_on = x < width && row[x] == id && parts.is_none_or(|p| p[x] == p[start]);
            if goes_on {
                continue;
            }
            if id != 0 {
                let run = (x - start) as u32;
                let pixels = &mut all[id as usize - 1];
                pixels.visible_px += run;
                grow(
                    &mut pixels.visible_box,
                    start as u32,
                    x as u32 - 1,
                    y as u32,
                );
                if let Some(p) = parts {
                    add_part(&mut pixels.parts, p[start], run);
                }
            }
            start = x;
        }
    }
    if let Some(behind) = behind {
        for (&first, &opaque) in instance.data.iter().zip(&behind.data) {
            if opaque != first && opaque != 0 {
                all[opaque as usize - 1].through_glass_px += 1;
            }
        }
    }
    add_masks(&mut all, instance);
    all
}

fn grow(bounds: &mut Option<PixelBox>, x_min: u32, x_max: u32, y: u32) {
    let b = bounds.get_or_insert(PixelBox {
        x_min,
        y_min: y,
        x_max,
        y_max: y,
    });
    b.x_min = b.x_min.min(x_min);
    b.x_max = b.x_max.max(x_max);
    b.y_max = y;
}

fn add_part(parts: &mut Vec<(u16, u32)>, part: u16, px: u32) {
    match parts.binary_search_by_key(&part, |p| p.0) {
        Ok(i) => parts[i].1 += px,
        Err(i) => parts.insert(i, (part, px)),
    }
}

/// All masks in one walk down the columns.
fn add_masks(all: &mut [InstancePixels], instance: &Plane<u32>) {
    let (width, height) = (instance.width_px, instance.height_px);
    let mut builders = vec![RunBuilder::default(); all.len()];
    let (mut id, mut start, mut at) = (0, 0, 0);
    let mut end_run = |id: u32, start: u32, end: u32| {
        if id != 0 && end > start {
            builders[id as usize - 1].push(start, end - start);
        }
    };
    for x in 0..width {
        for y in 0..height {
            let next = instance.data[y * width + x];
            if next != id {
                end_run(id, start, at);
                (id, start) = (next, at);
            }
            at += 1;
        }
    }
    end_run(id, start, at);
    for (pixels, builder) in all.iter_mut().zip(builders) {
        if pixels.visible_px > 0 {
            pixels.mask = Some(builder.finish(height as u32, width as u32));
        }
    }
}
