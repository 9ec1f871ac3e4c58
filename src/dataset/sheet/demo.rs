//! The contact sheet of a recording: some moments of some episodes, by every camera.

use std::path::Path;

use super::canvas::{Canvas, TEXT_SCALE, line_height, nearest, resample, text_width};
use super::{FAINT, GAP_PX, INK, PAPER, spread};
use crate::base::problem::Problems;
use crate::dataset::demo::native::{EpisodeRecord, broken, open};
use crate::dataset::demo::video::decode_picture;
use crate::dataset::demo::{DemoManifest, layout};
use crate::dataset::planes::encode_color;

/// Moments of an episode, evenly spread from the first step to the last.
const COLUMNS: u64 = 6;
/// Height of a picture, pixels.
const CELL_PX: usize = 192;
/// Episodes shown, evenly spread.
const MOST_EPISODES: usize = 6;

/// The PNG file of a contact sheet of kept episodes; `title` says what they are.
///
/// # Errors
/// If videos are missing or broken.
pub fn contact_sheet(
    root: &Path,
    manifest: &DemoManifest,
    kept: &[u64],
    title: &str,
) -> Result<Vec<u8>, Problems> {
    let cameras = &manifest.demonstrations.cameras;
    let widths = cameras.iter().map(|c| width(c.width_px, c.height_px));
    let cell = widths.max().unwrap_or(CELL_PX);
    let line = line_height(TEXT_SCALE);
    let (step_x, step_y) = (cell + GAP_PX, CELL_PX + GAP_PX);
    let rows = spread(kept, MOST_EPISODES);
    let page = GAP_PX + (COLUMNS as usize * step_x).max(text_width(title, TEXT_SCALE) + GAP_PX);
    let block = line + GAP_PX + cameras.len() * step_y;
    let head = 2 * GAP_PX + line;
    let mut canvas = Canvas::new(page, head + rows.len() * block, PAPER);
    canvas.text(GAP_PX as i64, GAP_PX as i64, title, TEXT_SCALE, INK);
    for (row, &index) in rows.iter().enumerate() {
        let record = EpisodeRecord::read(root, index)?;
        let top = head + row * block;
        let verdict = &record.verdict.reason;
        let text = format!(
            "episode {index}, {} steps, {verdict}: {}",
            record.steps, record.instruction
        );
        canvas.text(GAP_PX as i64, top as i64, &text, TEXT_SCALE, FAINT);
        for (c, camera) in cameras.iter().enumerate() {
            let path = root
                .join(layout::episode(index))
                .join(layout::video(&camera.name));
            for column in 0..COLUMNS {
                let step = column * record.steps.saturating_sub(1) / (COLUMNS - 1);
                let picture = decode_picture(&mut open(&path)?, step as usize);
                let picture =
                    picture.map_err(|e| broken(&path, "", e.to_string(), "a video as written"))?;
                let width = width(camera.width_px, camera.height_px);
                let picture = if picture.height_px > CELL_PX {
                    resample(&picture, width, CELL_PX)
                } else {
                    nearest(&picture, width, CELL_PX)
                };
                let x = GAP_PX + column as usize * step_x;
                canvas.paste(x, top + line + GAP_PX / 2 + c * step_y, &Canvas(picture));
            }
        }
    }
    Ok(encode_color(&canvas.0))
}

/// Of a picture that is as high as a cell.
fn width(width_px: u32, height_px: u32) -> usize {
    (CELL_PX * width_px as usize / height_px.max(1) as usize).max(1)
}
