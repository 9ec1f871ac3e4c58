//! The pictures of an episode that was played.

use crate::base::frame::FrameSnapshot;
use crate::base::image::{PlaneSet, Planes};
use crate::render::{Renderer, Scratch, Sequence, ViewOptions};

/// Renders every camera of every snapshot, in order, and hands each picture on: step, camera,
/// planes. Stops at the first error.
pub fn film<E>(
    renderer: &Renderer<'_>,
    snapshots: &[FrameSnapshot],
    planes: PlaneSet,
    samples: u32,
    scratch: &mut Scratch,
    mut picture: impl FnMut(usize, usize, Planes) -> Result<(), E>,
) -> Result<(), E> {
    let options = ViewOptions::fast(planes, samples);
    let mut sequence = Sequence::new(renderer);
    for (step, snapshot) in snapshots.iter().enumerate() {
        let mut frame = sequence.next(snapshot);
        for camera in 0..snapshot.cameras.len() {
            let view = frame.view(camera, &options, scratch);
            picture(step, camera, view.planes)?;
        }
    }
    Ok(())
}

/// 8-bit sRGB, 3 bytes a pixel.
pub fn rgb(planes: &Planes) -> Vec<u8> {
    let color = planes.color.as_ref().expect("asked for");
    color.data.iter().flatten().copied().collect()
}
