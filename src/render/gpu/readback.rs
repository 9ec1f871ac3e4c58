//! From the bytes that come back to views.

use glam::Vec3;

use super::plan::{COVERAGE_WORDS, PathsLayout, ViewLayout};
use crate::base::image::{Plane, Planes};
use crate::render::cpu::{Gathered, Sums, finish};
use crate::render::{Coverage, PixelBox, View};

/// One view out of the words of the planes and of the counters.
pub fn view(layout: &ViewLayout, planes: &[u32], counters: &[u32]) -> View {
    let (width, height) = (layout.width as usize, layout.height as usize);
    let n = width * height;
    let (p, wanted) = (&layout.planes, &layout.wanted.0);
    let words = |at: u32, count: usize| &planes[at as usize..at as usize + count];
    let color = |at: u32| {
        let bytes: &[u8] = bytemuck::cast_slice(words(at, n.div_ceil(4) * 3));
        bytes.as_chunks::<3>().0[..n].to_vec()
    };
    fn plane<T>(
        width_px: usize,
        height_px: usize,
        wanted: bool,
        data: impl FnOnce() -> Vec<T>,
    ) -> Option<Plane<T>> {
        wanted.then(|| Plane {
            width_px,
            height_px,
            data: data(),
        })
    }
    let floats =
        |at: u32, per_pixel: usize| -> &[f32] { bytemuck::cast_slice(words(at, n * per_pixel)) };
    let mut all = Planes {
        color: plane(
            width,
            height,
            wanted.color && layout.paths.is_none(),
            || color(p.color),
        ),
        radiance: plane(
            width,
            height,
            wanted.radiance && layout.paths.is_none(),
            || floats(p.radiance, 3).as_chunks::<3>().0.to_vec(),
        ),
        z_depth_m: plane(width, height, wanted.z_depth, || {
            floats(p.z_depth, 1).to_vec()
        }),
        instance: plane(width, height, wanted.instance, || {
            words(p.instance, n).to_vec()
        }),
        class: plane(width, height, wanted.class, || {
            words(p.class_part, n).iter().map(|&w| w as u16).collect()
        }),
        part: plane(width, height, wanted.part, || {
            words(p.class_part, n)
                .iter()
                .map(|&w| (w >> 16) as u16)
                .collect()
        }),
        normal_in_camera: plane(width, height, wanted.normal, || {
            floats(p.normal, 3).as_chunks::<3>().0.to_vec()
        }),
        object_coords: plane(width, height, wanted.object_coords, || {
            floats(p.object_coords, 3).as_chunks::<3>().0.to_vec()
        }),
        flow_px: plane(width, height, wanted.flow, || {
            floats(p.flow, 2).as_chunks::<2>().0.to_vec()
        }),
        albedo: plane(width, height, wanted.albedo, || color(p.albedo)),
        behind_z_depth_m: plane(width, height, wanted.behind, || {
            floats(p.behind_z_depth, 1).to_vec()
        }),
        behind_instance: plane(width, height, wanted.behind, || {
            words(p.behind_instance, n).to_vec()
        }),
    };
    if let Some(paths) = &layout.paths {
        let size = n * paths.words as usize;
        let gathered = gathered(words(p.sums, size), paths);
        let instances = paths.denoise.then(|| words(p.instance, n).to_vec());
        finish(wanted, (width, height), &gathered, instances, &mut all);
    }
    let coverage = if wanted.amodal {
        let at = layout.coverage as usize;
        let count = layout.instances as usize * COVERAGE_WORDS as usize;
        let records = counters[at..at + count]
            .as_chunks::<{ COVERAGE_WORDS as usize }>()
            .0;
        records.iter().map(coverage).collect()
    } else {
        Vec::new()
    };
    View {
        planes: all,
        coverage,
    }
}

/// Pixels out of the sums that paths left; see `k_paths.wgsl`.
fn gathered(words: &[u32], paths: &PathsLayout) -> Vec<Gathered> {
    let numbers: &[f32] = bytemuck::cast_slice(words);
    let vector = |n: &[f32]| Vec3::new(n[0], n[1], n[2]);
    let pixel = |n: &[f32]| {
        let mut sums = Sums {
            light: vector(n),
            ..Sums::default()
        };
        if paths.denoise {
            sums.squares = n[3];
            (sums.albedo, sums.normal) = (vector(&n[4..]), vector(&n[7..]));
        }
        sums.joined(paths.samples)
    };
    numbers
        .chunks_exact(paths.words as usize)
        .map(pixel)
        .collect()
}

/// Number, then 65,535 − least x and y, then largest x and y.
fn coverage(&[amodal_px, x_min, y_min, x_max, y_max]: &[u32; 5]) -> Coverage {
    Coverage {
        amodal_px,
        amodal_box: (amodal_px > 0).then(|| PixelBox {
            x_min: 65_535 - x_min,
            y_min: 65_535 - y_min,
            x_max,
            y_max,
        }),
    }
}
