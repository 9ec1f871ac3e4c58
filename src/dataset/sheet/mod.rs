//! The contact sheet: a data set at a glance.

mod canvas;
pub mod demo;
mod font;
mod overlay;
mod paint;
pub mod strip;

use std::collections::BTreeMap;
use std::path::Path;

use self::canvas::{Canvas, Color, TEXT_SCALE, line_height, resample, text_width};
use self::overlay::{Drawn, overlay};
use super::coco::{Annotation, Category};
use super::coco_read::{Sink, read};
use super::image_file::{RawImage, decode};
use super::layout;
use super::manifest::{Format, Manifest};
use super::planes::encode_color;
use super::record::{color_path, read_labels};
use super::summary::Summary;
use crate::base::camera::Lens;
use crate::base::problem::{Problem, Problems};

/// Cells a row.
const COLUMNS: usize = 4;
/// Width of a cell, pixels.
const CELL_PX: usize = 480;
/// Between cells and around them, pixels.
const GAP_PX: usize = 12;
/// Images with overlays, beside the one whose planes are shown.
const MORE_IMAGES: usize = 12;

const PAPER: Color = [24, 26, 31];
const INK: Color = [226, 228, 233];
const FAINT: Color = [140, 145, 156];

/// The PNG file of a contact sheet: all planes of one image, labels over `MORE_IMAGES` spread
/// evenly over the set, and the classes.
///
/// # Errors
/// If files are missing or broken.
pub fn contact_sheet(
    root: &Path,
    manifest: &Manifest,
    summary: &Summary,
    images: &[u64],
) -> Result<Vec<u8>, Problems> {
    let sheet = Sheet { root, manifest };
    let [w, h] = manifest.request.size_px.map(|v| v as usize);
    let cell = (CELL_PX, (CELL_PX * h).div_ceil(w));
    let mut chosen = spread(images, MORE_IMAGES + 1);
    let labels = sheet.labels(&chosen)?;
    // The image with most objects comes first, its planes are shown; fisheyes, which see
    // everything, only if there is nothing else.
    let objects = |image: &&u64| {
        labels
            .get(image)
            .map_or((false, 0), |s| (s.straight, s.objects.len()))
    };
    if let Some(richest) = chosen.iter().rev().max_by_key(objects).copied() {
        chosen.retain(|&i| i != richest);
        chosen.insert(0, richest);
    }

    let mut cells: Vec<(String, Canvas)> = Vec::new();
    if let Some((&first, more)) = chosen.split_first() {
        for plane in &manifest.planes {
            let raw = sheet.image(&format!("{}/{}", layout::image(first), plane.file))?;
            let picture = paint::picture(&plane.name, &raw, &|id| sheet.color(u32::from(id)));
            let picture = match plane.name.as_str() {
                "color" | "albedo" | "normal" | "object_coords" => {
                    resample(&picture, cell.0, cell.1)
                }
                _ => canvas::nearest(&picture, cell.0, cell.1),
            };
            cells.push((plane.name.replace('_', " "), Canvas(picture)));
        }
        // With the planes, the first image's labels fill the row; without, it comes first.
        for image in std::iter::once(&first).chain(more) {
            let raw = sheet.image(&color_path(&manifest.request, *image))?;
            let color = paint::picture("color", &raw, &|_| FAINT);
            let drawn = labels.get(image).map_or(&[][..], |s| &s.objects);
            let canvas = overlay(&color, drawn, cell.0, cell.1);
            cells.push((sheet.caption(*image), canvas));
        }
    }
    Ok(encode_color(&sheet.compose(&cells, cell, summary).0))
}

/// The labels of one image.
#[derive(Default)]
struct Shown {
    /// Seen through a lens other than a fisheye, as far as known.
    straight: bool,
    objects: Vec<Drawn>,
}

struct Sheet<'a> {
    root: &'a Path,
    manifest: &'a Manifest,
}

impl Sheet<'_> {
    fn color(&self, class: u32) -> Color {
        self.manifest.class(class).map_or([0; 3], |c| c.color)
    }

    fn caption(&self, image: u64) -> String {
        let (episode, frame, camera) = self.manifest.request.place(image);
        let camera = &self.manifest.request.cameras[camera];
        match self.manifest.request.frames_per_episode {
            1 => format!("image {image}: episode {episode}, {camera}"),
            _ => format!("image {image}: episode {episode}, frame {frame}, {camera}"),
        }
    }

    fn image(&self, relative: &str) -> Result<RawImage, Problems> {
        let path = self.root.join(relative);
        let problem = |found: String| {
            let remedy = "see what benchside check says";
            Problem::error(&path, "", found, "a whole PNG file", remedy)
        };
        let bytes = std::fs::read(&path).map_err(|e| problem(e.to_string()))?;
        Ok(decode(&bytes).map_err(|e| problem(e.to_string()))?)
    }

    /// What to draw on each of a few images.
    fn labels(&self, images: &[u64]) -> Result<BTreeMap<u64, Shown>, Problems> {
        if !self.manifest.request.has(Format::Native) {
            let mut collector = Collector {
                sheet: self,
                categories: Vec::new(),
                drawn: images.iter().map(|&i| (i, Shown::default())).collect(),
            };
            read(&self.root.join(layout::COCO_ANNOTATIONS), &mut collector)?;
            return Ok(collector.drawn);
        }
        let mut all = BTreeMap::new();
        for &image in images {
            let record = read_labels(self.root, &self.manifest.request, image)?;
            let objects = record.labels.objects.iter();
            let drawn = objects.filter_map(|o| Drawn::of_label(o, self.color(o.class_id)));
            let shown = Shown {
                straight: !matches!(record.labels.camera.lens, Lens::Fisheye { .. }),
                objects: drawn.collect(),
            };
            all.insert(image, shown);
        }
        Ok(all)
    }

    fn compose(
        &self,
        cells: &[(String, Canvas)],
        cell: (usize, usize),
        summary: &Summary,
    ) -> Canvas {
        let line = line_height(TEXT_SCALE);
        let rows = cells.len().div_ceil(COLUMNS);
        let (step_x, step_y) = (cell.0 + GAP_PX, cell.1 + GAP_PX + line);
        let width = GAP_PX + COLUMNS * step_x;
        let head = GAP_PX + 2 * line + GAP_PX;
        let legend = self.legend(summary, width);
        let foot = legend.last().map_or(0, |l| l.1 + line + GAP_PX);
        let mut canvas = Canvas::new(width, head + rows * step_y + foot, PAPER);

        let request = &self.manifest.request;
        let title = self.manifest.scene.replace('_', " ");
        canvas.text(GAP_PX as i64, GAP_PX as i64, &title, TEXT_SCALE + 1, INK);
        let [w, h] = request.size_px;
        let text = format!(
            "{} images, {} episodes, {w} x {h}, seed {}",
            summary.images, summary.episodes.simulated, request.seed
        );
        let x = width - GAP_PX - text_width(&text, TEXT_SCALE);
        canvas.text(x as i64, GAP_PX as i64, &text, TEXT_SCALE, FAINT);

        for (i, (caption, picture)) in cells.iter().enumerate() {
            let x = GAP_PX + i % COLUMNS * step_x;
            let y = head + i / COLUMNS * step_y;
            canvas.paste(x, y, picture);
            let y = (y + cell.1 + 5) as i64;
            canvas.text(x as i64, y, caption, TEXT_SCALE, FAINT);
        }
        let top = head + rows * step_y;
        for (x, y, color, text) in legend {
            let (x, y) = (x as i64, (top + y) as i64);
            canvas.fill(x, y, 14, 14, color);
            canvas.text(x + 20, y, &text, TEXT_SCALE, INK);
        }
        canvas
    }

    /// Classes with their colours, in lines: (x, y, colour, text).
    fn legend(&self, summary: &Summary, width: usize) -> Vec<(usize, usize, Color, String)> {
        let (mut x, mut y) = (GAP_PX, 0);
        let mut entries = Vec::new();
        for class in &summary.classes {
            let text = format!("{} {}", class.name.replace('_', " "), class.visible);
            let advance = 20 + text_width(&text, TEXT_SCALE) + 24;
            if x + advance > width && x > GAP_PX {
                (x, y) = (GAP_PX, y + line_height(TEXT_SCALE) + 4);
            }
            entries.push((x, y, self.color(class.id), text));
            x += advance;
        }
        entries
    }
}

/// Collects the annotations of a few images from a COCO file.
struct Collector<'a> {
    sheet: &'a Sheet<'a>,
    categories: Vec<Category>,
    drawn: BTreeMap<u64, Shown>,
}

impl Sink for Collector<'_> {
    fn categories(&mut self, categories: Vec<Category>) {
        self.categories = categories;
    }

    fn annotation(&mut self, a: Annotation) {
        let Some(drawn) = self.drawn.get_mut(&(a.image_id.saturating_sub(1))) else {
            return;
        };
        let category = self.categories.iter().find(|c| c.id == a.category_id);
        let keypoints = a.keypoints.unwrap_or_default();
        let keypoints = keypoints.as_chunks::<3>().0.iter();
        drawn.objects.push(Drawn {
            name: category.map_or_else(String::new, |c| c.name.clone()),
            color: self.sheet.color(a.category_id),
            mask: a.segmentation,
            bbox: a.bbox,
            keypoints: keypoints
                .filter(|k| k[2] > 0.0)
                .map(|k| ([k[0] + 0.5, k[1] + 0.5], k[2] > 1.0))
                .collect(),
        });
    }
}

/// At most `most` of `all`, evenly spread.
fn spread(all: &[u64], most: usize) -> Vec<u64> {
    let n = all.len().min(most);
    (0..n).map(|i| all[i * all.len() / n]).collect()
}
