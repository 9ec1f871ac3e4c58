//! Views of both executors, compared plane by plane.

use benchside::base::frame::FrameSnapshot;
use benchside::base::image::{Plane, PlaneSet};
use benchside::render::gpu::{GpuDevice, GpuRenderer, ViewJob};
use benchside::render::{Frame, Renderer, Scratch, View, ViewOptions};
use benchside::scene::desc::SceneDesc;

use crate::agreement::assert_agree;

/// Mean absolute difference of 8-bit colours. Silhouette pixels may show another surface, and a
/// shadow's edge another side: a fraction of a level on average.
pub const MOST_COLOR: f64 = 0.2;

pub const EVERYTHING: PlaneSet = PlaneSet {
    radiance: true,
    ..PlaneSet::ALL
};

pub fn jobs(gpu: &GpuRenderer, frame: &Frame, count: usize, options: &ViewOptions) -> Vec<ViewJob> {
    let encoder = gpu.encoder();
    let encoded = encoder.frame(frame);
    (0..count)
        .map(|camera| encoder.job(frame, &encoded, camera, options))
        .collect()
}

pub fn mean_difference(a: &Plane<[u8; 3]>, b: &Plane<[u8; 3]>) -> f64 {
    let pairs = a.data.as_flattened().iter().zip(b.data.as_flattened());
    let sum: u64 = pairs.map(|(&p, &q)| u64::from(p.abs_diff(q))).sum();
    sum as f64 / (3 * a.data.len()) as f64
}

/// Pixels where both views see the same surface at the same depth.
pub fn common(a: &View, b: &View) -> Vec<usize> {
    let (pa, pb) = (&a.planes, &b.planes);
    let (ia, ib) = (pa.instance.as_ref().unwrap(), pb.instance.as_ref().unwrap());
    let (da, db) = (
        pa.z_depth_m.as_ref().unwrap(),
        pb.z_depth_m.as_ref().unwrap(),
    );
    let same = |&i: &usize| {
        ia.data[i] == ib.data[i] && (da.data[i] - db.data[i]).abs() <= 1e-4 * da.data[i]
    };
    (0..ia.data.len()).filter(same).collect()
}

/// Share of `at` where two planes differ by more than `most` in any component.
pub fn share<const N: usize>(
    a: &Plane<[f32; N]>,
    b: &Plane<[f32; N]>,
    at: &[usize],
    most: f32,
) -> f64 {
    let differ = |p: [f32; N], q: [f32; N]| {
        p.iter()
            .zip(q)
            .any(|(&p, q)| p.is_nan() != q.is_nan() || (p - q).abs() > most)
    };
    let count = at.iter().filter(|&&i| differ(a.data[i], b.data[i])).count();
    count as f64 / at.len() as f64
}

/// Every plane that both views have.
fn assert_same(cpu: &View, gpu: &View, what: &str) {
    assert_agree(cpu, gpu, what);
    let (a, b) = (&cpu.planes, &gpu.planes);
    let at = common(cpu, gpu);
    let within = |name: &str, share: f64, most: f64| {
        assert!(
            share <= most,
            "{what}: {name} differs at {share} of the pixels"
        );
    };
    let both = |p: &Plane<u16>, q: &Plane<u16>| {
        let count = at.iter().filter(|&&i| p.data[i] != q.data[i]).count();
        count as f64 / at.len() as f64
    };
    within(
        "class",
        both(a.class.as_ref().unwrap(), b.class.as_ref().unwrap()),
        0.0,
    );
    // Parts meet without a step in depth.
    within(
        "part",
        both(a.part.as_ref().unwrap(), b.part.as_ref().unwrap()),
        0.002,
    );
    let [na, nb] = [a, b].map(|p| p.normal_in_camera.as_ref().unwrap());
    within("normal", share(na, nb, &at, 0.01), 0.004);
    let [ca, cb] = [a, b].map(|p| p.object_coords.as_ref().unwrap());
    within("object coordinates", share(ca, cb, &at, 1e-3), 0.002);
    let [fa, fb] = [a, b].map(|p| p.flow_px.as_ref().unwrap());
    within("flow", share(fa, fb, &at, 0.02), 0.002);
    let [ba, bb] = [a, b].map(|p| p.behind_instance.as_ref().unwrap());
    let behind = at.iter().filter(|&&i| ba.data[i] != bb.data[i]).count();
    within("what is behind", behind as f64 / at.len() as f64, 0.002);
    let [ba, bb] = [a, b].map(|p| p.behind_z_depth_m.as_ref().unwrap());
    let deep = |&&i: &&usize| (ba.data[i] - bb.data[i]).abs() > 1e-3 * ba.data[i];
    within(
        "depth behind",
        at.iter().filter(deep).count() as f64 / at.len() as f64,
        0.004,
    );
    let albedo = mean_difference(a.albedo.as_ref().unwrap(), b.albedo.as_ref().unwrap());
    assert!(albedo < MOST_COLOR, "{what}: albedo differs by {albedo}");
    let color = mean_difference(a.color.as_ref().unwrap(), b.color.as_ref().unwrap());
    let [ra, rb] = [a, b].map(|p| p.radiance.as_ref().unwrap());
    let radiance = share(ra, rb, &at, 0.05);
    eprintln!(
        "{what}: colour differs by {color:.4} of 255, albedo by {albedo:.4}, radiance at {radiance:.4}"
    );
    assert!(color < MOST_COLOR, "{what}: colour differs by {color}");
    within("radiance", radiance, 0.003);
}

/// Renders every camera on both and compares.
pub fn assert_executors_agree(
    device: &GpuDevice,
    scene: &SceneDesc,
    snapshot: &FrameSnapshot,
    samples: u32,
    what: &str,
) {
    let renderer = Renderer::new(scene);
    let mut gpu = GpuRenderer::new(&renderer, device).unwrap();
    let frame = renderer.frame(snapshot);
    let options = ViewOptions::fast(EVERYTHING, samples);
    let jobs = jobs(&gpu, &frame, snapshot.cameras.len(), &options);
    let batch = gpu
        .render_batch(&jobs)
        .unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(batch.views.len(), jobs.len());
    let mut scratch = Scratch::default();
    for (i, view) in batch.views.iter().enumerate() {
        let cpu = frame.view(i, &options, &mut scratch);
        let camera = &snapshot.cameras[i];
        assert_same(
            &cpu,
            view,
            &format!("{what}, camera {} {:?}", camera.name, camera.lens),
        );
    }
}
