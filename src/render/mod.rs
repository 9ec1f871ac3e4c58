//! Frame snapshots → image planes, on the CPU.
//!
//! Visibility first: per pixel, which triangle of which surface of which instance. Colour and
//! every label read that one buffer.

use glam::Vec3;

use crate::base::frame::FrameSnapshot;
use crate::base::ids::InstanceId;
use crate::base::image::{PlaneSet, Planes};
use crate::scene::desc::SceneDesc;

/// Long-lived scene memory: meshes with their trees, textures with their mip levels. Holds no
/// episode state; share it between threads by reference.
pub struct Renderer {}

/// One frame's instances in place: draw list and top-level tree. Built once a frame, read by
/// all its cameras.
pub struct Frame<'a> {
    snapshot: &'a FrameSnapshot,
}

/// What to make of one view, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewOptions {
    pub planes: PlaneSet,
    /// Colour samples a pixel: 1, 4 or 16. Labels are always single-sample.
    pub samples: u32,
}

/// One view of one frame.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub planes: Planes,
    /// By instance id − 1; empty unless `PlaneSet::amodal`.
    pub coverage: Vec<Coverage>,
}

/// Where in the image an instance would be seen if nothing else were there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Pixels of the image whose centre ray meets the instance.
    pub amodal_px: u32,
    /// Their bounds; `None` if there are none.
    pub amodal_box: Option<PixelBox>,
}

/// Inclusive bounds in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelBox {
    pub x_min: u32,
    pub y_min: u32,
    pub x_max: u32,
    pub y_max: u32,
}

/// What stands between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occlusion {
    Clear,
    /// Only transparent surfaces; the nearest one's instance.
    ThroughGlass(InstanceId),
    /// The nearest opaque surface's instance.
    Blocked(InstanceId),
}

/// Buffers of one thread, reused from view to view.
#[derive(Default)]
pub struct Scratch {}

impl Renderer {
    /// Prepares a scene: builds a tree per mesh and mip levels per texture.
    pub fn new(_scene: &SceneDesc) -> Self {
        unimplemented!()
    }

    /// Puts the instances of a snapshot in place.
    pub fn frame<'a>(&'a self, _snapshot: &'a FrameSnapshot) -> Frame<'a> {
        unimplemented!()
    }
}

impl Frame<'_> {
    /// Renders the view of `snapshot.cameras[camera]`.
    pub fn view(&self, _camera: usize, _options: &ViewOptions, _scratch: &mut Scratch) -> View {
        unimplemented!("{}", self.snapshot.time_secs)
    }

    /// What stands between `from` and `to` (world, metres), ignoring surfaces within `margin_m`
    /// of `to`. Single-sided surfaces seen from behind do not count, as in a picture.
    pub fn occlusion(&self, _from: Vec3, _to: Vec3, _margin_m: f32) -> Occlusion {
        unimplemented!()
    }
}
