//! What the points of a view were shaded to, for the next frame (see
//! [`crate::render::Sequence`]).

use glam::Vec3;

use super::color::Point;
use super::shade::{SHADE_NUMBERS, Shade8};
use super::{ViewScene, unpack};
use crate::base::camera::CameraSpec;
use crate::render::bvh::Shaft;
use crate::render::sequence::Changes;
use crate::render::{Mode, ViewOptions};

/// Larger views are shaded anew: a pixel takes some 250 bytes.
const MOST_PIXELS: u32 = 1 << 19;

/// Of one camera.
#[derive(Default)]
pub struct Memory {
    /// The frame before: its number, and how it was seen.
    last: Option<(u64, CameraSpec, ViewOptions)>,
    /// Whether `rows` are of that frame.
    filled: bool,
    rows: Vec<Row>,
    /// The row at work, and what becomes of the groups it had.
    work: Row,
    renamed: Vec<u32>,
}

#[derive(Default)]
struct Row {
    points: Vec<Kept>,
    /// Points shaded together share the shafts of their rays: by group, where they end.
    groups: Vec<u32>,
    shafts: Vec<Shaft>,
}

/// A shaded point.
#[derive(Clone, Copy)]
pub struct Kept {
    x: u32,
    group: u32,
    id: u64,
    direction: Vec3,
    pub shade: [f32; SHADE_NUMBERS],
}

/// Of a group that something moved through.
const TOUCHED: u32 = u32::MAX;
/// Of one that is good, but not taken over yet.
const GOOD: u32 = u32::MAX - 1;
/// The group of a point that is not shaded yet.
const NONE: u32 = u32::MAX - 2;

impl Memory {
    /// Begins a frame; `changes` since the one before. `None` if this one is not worth
    /// remembering: cameras that moved will most often move on.
    pub fn begin<'m>(
        &'m mut self,
        view: &ViewScene,
        options: &ViewOptions,
        number: u64,
        changes: Option<&'m Changes>,
    ) -> Option<Again<'m>> {
        let k = &view.camera.intrinsics;
        let now = (number, view.camera.clone(), *options);
        let last = self.last.replace(now);
        let is_alike = |(_, camera, with): &(u64, CameraSpec, ViewOptions)| {
            camera == view.camera && with == options
        };
        let stands = last.as_ref().is_none_or(is_alike);
        let filled = std::mem::take(&mut self.filled);
        if !stands || options.mode != Mode::Fast || k.width_px * k.height_px > MOST_PIXELS {
            self.rows = Vec::new();
            return None;
        }
        let follows = filled && last.is_some_and(|(before, ..)| before + 1 == number);
        self.filled = true;
        self.rows.resize_with(k.height_px as usize, Row::default);
        Some(Again {
            memory: self,
            changes: changes.filter(|_| follows),
        })
    }
}

/// The memory of the frame before while it becomes that of this one.
pub struct Again<'m> {
    memory: &'m mut Memory,
    /// `None`: nothing holds any more.
    changes: Option<&'m Changes>,
}

impl Again<'_> {
    /// Takes over what still holds of row `y`; the indices of `points` that it does not know.
    /// `points` are in order of x.
    pub fn recall(&mut self, y: usize, points: &[Point], missing: &mut Vec<u32>) {
        let Memory {
            rows,
            work,
            renamed,
            ..
        } = &mut *self.memory;
        let old = &mut rows[y];
        missing.clear();
        work.clear();
        renamed.clear();
        if let Some(changes) = self.changes {
            renamed.extend((0..old.groups.len()).map(|group| {
                let touched = old.shafts_of(group).iter().any(|s| changes.touch(s));
                if touched { TOUCHED } else { GOOD }
            }));
        } else {
            old.clear();
        }
        let mut first = 0;
        for (at, point) in points.iter().enumerate() {
            while old.points.get(first).is_some_and(|kept| kept.x < point.x) {
                first += 1;
            }
            let same_pixel = old.points[first..].iter().take_while(|k| k.x == point.x);
            let known = { same_pixel }.find(|kept| {
                let moved = |id| {
                    unpack(id).is_some_and(|(draw, _)| self.changes.is_some_and(|c| c.moved(draw)))
                };
                kept.is_of(point) && renamed[kept.group as usize] != TOUCHED && !moved(point.id)
            });
            let Some(known) = known else {
                missing.push(at as u32);
                work.points.push(Kept {
                    x: point.x,
                    group: NONE,
                    id: point.id,
                    direction: point.direction,
                    shade: [0.0; SHADE_NUMBERS],
                });
                continue;
            };
            let group = &mut renamed[known.group as usize];
            if *group == GOOD {
                *group = work.groups.len() as u32;
                work.add_group(old.shafts_of(known.group as usize));
            }
            work.points.push(Kept {
                group: *group,
                ..*known
            });
        }
        std::mem::swap(old, work);
    }

    /// Remembers what the points at these indices of row `y` were shaded to together, and where
    /// their rays passed.
    pub fn learn(&mut self, y: usize, points: &[u32], shade: &Shade8, shafts: &[Shaft]) {
        let row = &mut self.memory.rows[y];
        let group = row.groups.len() as u32;
        row.add_group(shafts);
        for (lane, &at) in points.iter().enumerate() {
            let kept = &mut row.points[at as usize];
            (kept.group, kept.shade) = (group, shade.lane(lane));
        }
    }

    /// The points of row `y`, in the order of [`Self::recall`].
    pub fn row(&self, y: usize) -> &[Kept] {
        &self.memory.rows[y].points
    }
}

impl Row {
    fn clear(&mut self) {
        self.points.clear();
        self.groups.clear();
        self.shafts.clear();
    }

    fn shafts_of(&self, group: usize) -> &[Shaft] {
        let begin = group.checked_sub(1).map_or(0, |before| self.groups[before]);
        &self.shafts[begin as usize..self.groups[group] as usize]
    }

    fn add_group(&mut self, shafts: &[Shaft]) {
        self.shafts.extend_from_slice(shafts);
        self.groups.push(self.shafts.len() as u32);
    }
}

impl Kept {
    fn is_of(&self, point: &Point) -> bool {
        let bits = |v: Vec3| v.to_array().map(f32::to_bits);
        self.id == point.id && bits(self.direction) == bits(point.direction)
    }
}
