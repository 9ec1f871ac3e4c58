//! Frames that follow one another: what nothing that moved can have changed is not shaded again.
//!
//! Shading a point asks what stands in the way of some rays. Points are shaded up to eight together,
//! and with them is kept where their rays pass ([`Shaft`]). They are shaded again only where their
//! own surface moved, or where a shaft meets the bounds, old or new, of something that did.
//! Pictures are the same to the bit.

use super::bvh::{Bvh, Shaft};
use super::cpu::{self, Scratch};
use super::geometry::{Draw, Geometry};
use super::{Frame, Renderer, View, ViewOptions};
use crate::base::frame::{Filling, FrameSnapshot, InstanceSnapshot};
use crate::base::light::Light;
use crate::scene::desc::Bounds;

/// Renders the frames of one episode, in order.
pub struct Sequence<'r> {
    renderer: &'r Renderer<'r>,
    last: Option<Last>,
    frames: u64,
    /// By camera.
    memories: Vec<cpu::Memory>,
}

/// What the frame before was.
struct Last {
    instances: Vec<InstanceSnapshot>,
    lights: Vec<Light>,
    draws: Vec<Placement>,
}

/// Where a draw is: bits of its transform, and bounds.
struct Placement {
    world_from_mesh: [u32; 12],
    bounds: Bounds,
}

/// What moved since the frame before.
pub struct Changes {
    /// By draw.
    moved: Vec<bool>,
    /// Over the bounds of what moved, before and after.
    tree: Bvh,
}

impl Changes {
    /// Whether a draw moved.
    #[inline]
    pub fn moved(&self, draw: u32) -> bool {
        self.moved[draw as usize]
    }

    /// Whether anything that moved may be, or have been, within a shaft.
    pub fn touch(&self, shaft: &Shaft) -> bool {
        let mut touched = false;
        self.tree.within(shaft, |_| {
            touched = true;
            true
        });
        touched
    }
}

/// A frame of a [`Sequence`].
pub struct NextFrame<'a> {
    frame: Frame<'a>,
    /// `None`: everything is new.
    changes: Option<Changes>,
    number: u64,
    memories: &'a mut Vec<cpu::Memory>,
}

impl<'r> Sequence<'r> {
    /// Before the first frame.
    pub fn new(renderer: &'r Renderer<'r>) -> Self {
        Self {
            renderer,
            last: None,
            frames: 0,
            memories: Vec::new(),
        }
    }

    /// The next frame. Nothing is taken over from a frame of other objects, other looks or other
    /// light.
    pub fn next<'a>(&'a mut self, snapshot: &'a FrameSnapshot) -> NextFrame<'a> {
        let frame = self.renderer.frame(snapshot);
        let now = Last {
            instances: snapshot.instances.clone(),
            lights: snapshot.lights.clone(),
            draws: placements(&frame.geometry),
        };
        let last = self.last.as_ref().filter(|last| last.is_like(&now));
        let changes = last.map(|last| changes(&last.draws, &now.draws));
        self.last = Some(now);
        self.frames += 1;
        NextFrame {
            frame,
            changes,
            number: self.frames,
            memories: &mut self.memories,
        }
    }
}

impl NextFrame<'_> {
    /// [`Frame::view`], with less work.
    pub fn view(&mut self, camera: usize, options: &ViewOptions, scratch: &mut Scratch) -> View {
        if self.memories.len() <= camera {
            self.memories.resize_with(camera + 1, cpu::Memory::default);
        }
        let memory = &mut self.memories[camera];
        let view = self.frame.seen_by(camera);
        let options = options.of_camera(camera);
        let again = memory.begin(&view, &options, self.number, self.changes.as_ref());
        cpu::render(&view, &options, scratch, again)
    }
}

impl Last {
    /// Whether the same objects look the same in the same light, wherever they are.
    fn is_like(&self, other: &Self) -> bool {
        let alike = |a: &InstanceSnapshot, b: &InstanceSnapshot| {
            (a.id, a.object, a.class) == (b.id, b.object, b.class)
                && a.looks == b.looks
                && same_liquids(a.fillings.as_deref(), b.fillings.as_deref())
        };
        self.lights == other.lights
            && self.instances.len() == other.instances.len()
            && self.draws.len() == other.draws.len()
            && (self.instances.iter().zip(&other.instances)).all(|(a, b)| alike(a, b))
    }
}

/// Whether the same liquids are there, in the same order, however high they stand.
fn same_liquids(a: Option<&[Filling]>, b: Option<&[Filling]>) -> bool {
    let alike = |(a, b): (&Filling, &Filling)| (a.round, a.color) == (b.round, b.color);
    match (a, b) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(alike),
        _ => a.is_none() == b.is_none(),
    }
}

fn placements(geometry: &Geometry) -> Vec<Placement> {
    let place = |(draw, bounds): (&Draw, &Bounds)| Placement {
        world_from_mesh: draw.world_from_mesh.to_cols_array().map(f32::to_bits),
        bounds: *bounds,
    };
    geometry
        .draws
        .iter()
        .zip(&geometry.bounds)
        .map(place)
        .collect()
}

fn changes(before: &[Placement], now: &[Placement]) -> Changes {
    let pairs = || before.iter().zip(now);
    let moved: Vec<bool> = pairs()
        .map(|(a, b)| a.world_from_mesh != b.world_from_mesh)
        .collect();
    let boxes: Vec<Bounds> = (pairs().zip(&moved).filter(|(_, moved)| **moved))
        .flat_map(|((a, b), _)| [a.bounds, b.bounds])
        .collect();
    Changes {
        moved,
        tree: Bvh::build(&boxes, 1),
    }
}
