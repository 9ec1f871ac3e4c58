//! Labels drawn over a picture.

use super::canvas::{Canvas, Color, resample, text_width};
use crate::base::image::Plane;
use crate::sense::labels::{KeypointState, ObjectLabel};
use crate::sense::rle::Rle;

/// What is drawn of one object.
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) color: Color,
    pub(super) mask: Rle,
    /// `[x, y, width, height]`, pixels of the image.
    pub(super) bbox: [u32; 4],
    /// Position in the image, and whether it can be seen.
    pub(super) keypoints: Vec<([f64; 2], bool)>,
}

impl Drawn {
    /// Of a label; `None` if nothing of it is visible.
    pub(super) fn of_label(object: &ObjectLabel, color: Color) -> Option<Self> {
        let keypoint = |k: &crate::sense::labels::KeypointLabel| {
            let seen = match k.state {
                KeypointState::Outside => return None,
                KeypointState::Occluded { .. } => false,
                KeypointState::Visible | KeypointState::BehindGlass { .. } => true,
            };
            Some((k.px?, seen))
        };
        Some(Self {
            name: object.class.clone(),
            color,
            mask: object.mask.clone()?,
            bbox: object.box_visible_px?,
            keypoints: object.keypoints.iter().filter_map(keypoint).collect(),
        })
    }
}

/// Objects whose box fills more of the image than this are not tinted, so that the picture stays
/// one; only their outline is drawn.
const TINTED: f32 = 0.1;

/// Objects whose box fills more of the image than this get no box and no name: they are the room.
const NAMED: f32 = 0.3;

/// Objects with a smaller box than this many pixels of the drawing get no name.
const LEAST_NAMED_PX: i64 = 14;

/// The picture in the size of a cell, with masks, outlines, boxes, names and keypoints.
pub(super) fn overlay(
    color: &Plane<Color>,
    objects: &[Drawn],
    width: usize,
    height: usize,
) -> Canvas {
    let mut canvas = Canvas(resample(color, width, height));
    let size = (color.width_px, color.height_px);
    let owner = owners(objects, size);
    let image_px = (size.0 * size.1) as f32;
    let share = |o: &Drawn| area(o) as f32 / image_px;
    let tinted: Vec<bool> = objects.iter().map(|o| share(o) <= TINTED).collect();
    let owner = super::canvas::nearest(&owner, width, height);
    tint(&mut canvas, objects, &tinted, &owner);

    let scale = [width as f64 / size.0 as f64, height as f64 / size.1 as f64];
    let place = |v: f64, axis: usize| (v * scale[axis]).round() as i64;
    let mut order: Vec<&Drawn> = objects.iter().collect();
    order.sort_by_key(|o| std::cmp::Reverse(area(o)));
    order.retain(|o| share(o) <= NAMED);

    let boxes = order.iter().map(|o| {
        let [x, y, w, h] = o.bbox.map(f64::from);
        let (x0, y0) = (place(x, 0), place(y, 1));
        [x0, y0, place(x + w, 0) - x0, place(y + h, 1) - y0]
    });
    let boxes: Vec<[i64; 4]> = boxes.collect();
    for (object, &bounds) in order.iter().zip(&boxes) {
        canvas.frame(bounds, 1, object.color);
    }
    for object in &order {
        for &([x, y], seen) in &object.keypoints {
            let (x, y) = ((x * scale[0]) as f32, (y * scale[1]) as f32);
            if seen {
                canvas.disc(x, y, 3.0, [20, 20, 20]);
                canvas.disc(x, y, 2.0, bright(object.color));
            } else {
                canvas.ring(x, y, 2.5, 1.0, bright(object.color));
            }
        }
    }
    names(&mut canvas, &order, &boxes);
    canvas
}

/// Names on chips above the boxes; the ones that would hide another are left out.
fn names(canvas: &mut Canvas, objects: &[&Drawn], boxes: &[[i64; 4]]) {
    let mut chips: Vec<[i64; 4]> = Vec::new();
    for (object, &[x, y, w, h]) in objects.iter().zip(boxes) {
        if w.max(h) < LEAST_NAMED_PX {
            continue;
        }
        let text = object.name.replace('_', " ");
        let (width, height) = (text_width(&text, 1) as i64 + 3, 12);
        let x = x.min(canvas.width() as i64 - width).max(0);
        let y = if y >= height { y - height } else { y };
        let apart = |c: &[i64; 4]| {
            x + width <= c[0] || c[0] + c[2] <= x || y + height <= c[1] || c[1] + c[3] <= y
        };
        if chips.iter().all(apart) {
            canvas.fill(x, y, width, height, object.color);
            let [r, g, b] = object.color.map(u32::from);
            let is_light = 3 * r + 6 * g + b > 1280;
            let ink = if is_light { [10, 10, 10] } else { [250; 3] };
            canvas.text(x + 2, y + 2, &text, 1, ink);
            chips.push([x, y, width, height]);
        }
    }
}

/// 1 + the index of the object of each pixel; 0 is none.
fn owners(objects: &[Drawn], (width, height): (usize, usize)) -> Plane<u32> {
    let mut owner = Plane::filled(width, height, 0);
    for (i, object) in (1..).zip(objects) {
        if object.mask.size != [height as u32, width as u32] {
            continue;
        }
        for (start, length) in object.mask.spans().unwrap_or_default() {
            for p in start as usize..(start + length) as usize {
                owner.data[p % height * width + p / height] = i;
            }
        }
    }
    owner
}

/// Pixels of an object's box.
fn area(object: &Drawn) -> u64 {
    u64::from(object.bbox[2]) * u64::from(object.bbox[3])
}

fn tint(canvas: &mut Canvas, objects: &[Drawn], tinted: &[bool], owner: &Plane<u32>) {
    let (width, height) = (owner.width_px, owner.height_px);
    for y in 0..height {
        for x in 0..width {
            let id = owner.at(x, y);
            if id == 0 {
                continue;
            }
            let i = id as usize - 1;
            let (color, is_tinted) = (objects[i].color, tinted[i]);
            let edge = (x + 1 < width && owner.at(x + 1, y) != id)
                || (y + 1 < height && owner.at(x, y + 1) != id)
                || (x > 0 && owner.at(x - 1, y) != id)
                || (y > 0 && owner.at(x, y - 1) != id);
            let share = match (is_tinted, edge) {
                (true, true) => 0.85,
                (true, false) => 0.3,
                (false, true) => 0.5,
                (false, false) => continue,
            };
            canvas.mix(x as i64, y as i64, color, share);
        }
    }
}

fn bright(color: Color) -> Color {
    color.map(|c| c / 2 + 127)
}
