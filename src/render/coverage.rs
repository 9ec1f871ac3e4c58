//! Where each instance would be seen if nothing else were there.

use super::{Coverage, PixelBox};
use crate::base::ids::InstanceId;

/// Counts covered pixels by instance; each pixel once, if an instance's surfaces come together.
pub struct CoverageCounter {
    width: usize,
    /// The instance that covered each pixel last.
    last: Vec<u32>,
    counts: Vec<Coverage>,
}

impl CoverageCounter {
    /// For an image and `instances` instances; `last` is scratch memory.
    pub fn new(width: usize, height: usize, instances: usize, mut last: Vec<u32>) -> Self {
        last.clear();
        last.resize(width * height, 0);
        Self {
            width,
            last,
            counts: vec![Coverage::default(); instances],
        }
    }

    /// A surface of `instance` covers the pixel.
    #[inline]
    pub fn count(&mut self, instance: InstanceId, x: usize, y: usize) {
        let last = &mut self.last[y * self.width + x];
        if std::mem::replace(last, instance.0) == instance.0 {
            return;
        }
        let Some(coverage) = instance.object_index().and_then(|i| self.counts.get_mut(i)) else {
            return;
        };
        coverage.amodal_px += 1;
        let (x, y) = (x as u32, y as u32);
        let bounds = coverage.amodal_box.get_or_insert(PixelBox {
            x_min: x,
            y_min: y,
            x_max: x,
            y_max: y,
        });
        bounds.x_min = bounds.x_min.min(x);
        bounds.y_min = bounds.y_min.min(y);
        bounds.x_max = bounds.x_max.max(x);
        bounds.y_max = bounds.y_max.max(y);
    }

    /// The counts, and the scratch memory back.
    pub fn finish(self) -> (Vec<Coverage>, Vec<u32>) {
        (self.counts, self.last)
    }
}
