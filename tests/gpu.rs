//! The GPU executor against the CPU's.

mod compare;
mod formulas;
mod paths;
mod skies;

use std::path::{Path, PathBuf};

use benchside::base::camera::Lens;
use benchside::base::frame::FrameSnapshot;
use benchside::base::image::PlaneSet;
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::episode::sample;
use benchside::render::gpu::{
    AdapterDesc, AdapterKind, DeviceChoice, GpuDevice, GpuError, GpuExecutor, GpuRenderer,
    GpuReport, adapters, decide,
};
use benchside::render::{Renderer, Scratch, View, ViewOptions};
use benchside::scene::desc::{Motion, SceneDesc};
use benchside::scene::load::{Loaded, load};
use benchside::scene::material::{AlphaMode, Material};
use benchside::scene::shapes::Shapes;
use benchside::world::simulate;
use glam::Vec3;

use self::compare::{EVERYTHING, MOST_COLOR, assert_executors_agree, jobs, mean_difference};
use crate::agreement::assert_agree;
use crate::support::cli::{benchside, fresh, generate, ok, stderr};
use crate::support::gpu::{device, fresh_device};
use crate::support::scenes::{TestScene, box_mesh, camera, polygons};
use crate::support::views::{LENSES, still};

/// A settled first frame of a recipe.
fn settled(folder: &Path, seed: u64, size: (u32, u32)) -> (SceneDesc, FrameSnapshot) {
    let Loaded { scene, recipe, .. } = load(folder).unwrap_or_else(|p| panic!("{p}"));
    let shapes = Shapes::build(&scene).unwrap();
    let spec = sample(&scene, &recipe, &shapes, seed, 0, Some(size));
    let mut simulated = simulate(&scene, &shapes, &spec).unwrap_or_else(|e| panic!("{e}"));
    (scene, simulated.frames.swap_remove(0))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every folder of `scenes/` with a recipe.
fn shipped() -> Vec<PathBuf> {
    let scenes = std::fs::read_dir(root().join("scenes")).unwrap();
    let mut folders: Vec<_> = scenes
        .map(|e| e.unwrap().path())
        .filter(|f| f.join("recipe.toml").is_file())
        .collect();
    folders.sort();
    folders
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap().display().to_string()
}

/// Each camera with each lens.
fn with_all_lenses(snapshot: &mut FrameSnapshot) {
    let cameras = std::mem::take(&mut snapshot.cameras);
    for lens in LENSES {
        snapshot
            .cameras
            .extend(cameras.iter().cloned().map(|mut camera| {
                camera.lens = lens;
                camera
            }));
    }
}

#[test]
fn gpu_and_cpu_agree_through_all_lenses() {
    let Some(device) = device() else {
        return;
    };
    let (scene, mut snapshot) = settled(&root().join("tests/data/tiny"), 3, (160, 120));
    with_all_lenses(&mut snapshot);
    for samples in [1, 4] {
        assert_executors_agree(
            &device,
            &scene,
            &snapshot,
            samples,
            &format!("tiny, {samples} samples"),
        );
    }
}

#[test]
fn gpu_and_cpu_agree_in_shipped_scenes() {
    let Some(device) = device() else {
        return;
    };
    for folder in shipped() {
        let (scene, mut snapshot) = settled(&folder, 1, (160, 120));
        let what = name_of(&folder);
        let mut lenses = snapshot.clone();
        // A furnished room through every lens.
        lenses.cameras.truncate(1);
        with_all_lenses(&mut lenses);
        lenses
            .cameras
            .retain(|c| c.lens != snapshot.cameras[0].lens);
        snapshot.cameras.append(&mut lenses.cameras);
        assert!(snapshot.cameras.iter().any(|c| c.lens == Lens::Pinhole));
        assert_executors_agree(&device, &scene, &snapshot, 1, &what);
        snapshot.cameras.truncate(1);
        assert_executors_agree(&device, &scene, &snapshot, 4, &format!("{what}, 4 samples"));
    }
}

/// Boxes one behind the other, more than one round of the amodal walk tells apart.
#[test]
fn any_number_of_instances_on_one_ray_is_counted() {
    let Some(device) = device() else {
        return;
    };
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let thing = s.object("box", box_mesh(Vec3::splat(0.1)), gray, Motion::Static);
    let mut episode = s.episode();
    for i in 0..70 {
        // Not in the order of their ids.
        let at = Vec3::new(0.0, 0.2 * ((i * 37) % 70) as f32, 0.0);
        episode = episode.place(thing, Pose::at(at));
    }
    let eye = Vec3::new(0.0, -1.0, 0.0);
    let snapshot = still(&episode.build(), vec![camera([33, 33], eye, Vec3::ZERO)]);
    let renderer = Renderer::new(&s.desc);
    let mut gpu = GpuRenderer::new(&renderer, &device).unwrap();
    let frame = renderer.frame(&snapshot);
    let options = ViewOptions::fast(PlaneSet::ALL, 1);
    let jobs = jobs(&gpu, &frame, 1, &options);
    let view = gpu.render_batch(&jobs).unwrap().views.swap_remove(0);
    let cpu = frame.view(0, &options, &mut Scratch::default());
    assert!(view.coverage.iter().all(|c| c.amodal_px > 0));
    assert_agree(&cpu, &view, "70 boxes in a row");
}

/// The tiny scene's cameras, as a batch, in the ring and in bands.
#[test]
fn how_views_are_batched_changes_nothing() {
    let Some(device) = device() else {
        return;
    };
    let (scene, snapshot) = settled(&root().join("tests/data/tiny"), 5, (96, 64));
    let renderer = Renderer::new(&scene);
    let mut gpu = GpuRenderer::new(&renderer, &device).unwrap();
    let frame = renderer.frame(&snapshot);
    let options = ViewOptions::fast(EVERYTHING, 4);
    let all = jobs(&gpu, &frame, snapshot.cameras.len(), &options);
    let bits = |views: &[View]| {
        let view = |v: &View| {
            let flow = v.planes.flow_px.as_ref().unwrap().data.as_flattened();
            let flow: Vec<u32> = flow.iter().map(|f| f.to_bits()).collect();
            let mut rest = v.planes.clone();
            rest.flow_px = None;
            (rest, v.coverage.clone(), flow)
        };
        views.iter().map(view).collect::<Vec<_>>()
    };
    let whole = bits(&gpu.render_batch(&all).unwrap().views);

    // One at a time, all under way at once, collected in another order.
    let tickets: Vec<_> = (0..5)
        .map(|k| gpu.submit(&all[k % all.len()..][..1]).unwrap())
        .collect();
    for (k, ticket) in tickets.into_iter().enumerate().rev() {
        let batch = ticket.collect().unwrap();
        assert_eq!(
            bits(&batch.views),
            whole[k % all.len()..][..1],
            "ticket {k}"
        );
        assert!(batch.shadow_rays > 0 && batch.primary_rays > 0);
    }

    // With memory for only a few rows.
    gpu.limit_scratch(96 * 16 * 12 * 30);
    let banded = bits(&gpu.render_batch(&all).unwrap().views);
    for (a, b) in whole.iter().zip(&banded) {
        assert_eq!(a, b, "bands");
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_size() {
    let Some(whole) = device() else {
        return;
    };
    let number = decide(DeviceChoice::Gpu, &adapters())
        .unwrap()
        .adapter
        .unwrap();
    let (scene, snapshot) = settled(&root().join("tests/data/tiny"), 5, (96, 64));
    let renderer = Renderer::new(&scene);
    let small = GpuDevice::open_within(number, 1 << 13).unwrap();
    let error = GpuRenderer::new(&renderer, &small).err().unwrap();
    assert!(
        matches!(&error, GpuError::TooLarge { what, needed, limit: 8192, adapter }
            if what == "the scene's vertices" && *needed > 65_536 && adapter == whole.name()),
        "{error}"
    );
    // Room for the scene, and for the planes of 32 views to the last byte: but more than planes is
    // read back.
    let exact = GpuDevice::open_within(number, 1 << 20).unwrap();
    let mut gpu = GpuRenderer::new(&renderer, &exact).unwrap();
    let mut square = snapshot.clone();
    square.cameras.truncate(1);
    square.cameras[0].intrinsics = square.cameras[0].intrinsics.resized(64, 64);
    let frame = renderer.frame(&square);
    let depth_and_instance = PlaneSet {
        color: false,
        ..PlaneSet::LEARNER
    };
    let job = jobs(&gpu, &frame, 1, &ViewOptions::fast(depth_and_instance, 1));
    let many: Vec<_> = job.iter().cycle().take(32).cloned().collect();
    assert_eq!(gpu.render_batch(&many).unwrap().views.len(), 32);
    // Room for the scene, but not for a view.
    let medium = GpuDevice::open_within(number, 256 << 10).unwrap();
    let mut gpu = GpuRenderer::new(&renderer, &medium).unwrap();
    let mut snapshot = snapshot;
    for c in &mut snapshot.cameras {
        c.intrinsics = c.intrinsics.resized(640, 480);
        c.lens = Lens::Pinhole;
    }
    let frame = renderer.frame(&snapshot);
    let jobs = jobs(&gpu, &frame, 1, &ViewOptions::fast(PlaneSet::LEARNER, 1));
    let error = gpu.render_batch(&jobs).unwrap_err();
    assert!(
        matches!(error, GpuError::TooLarge { limit: 262_144, .. }),
        "{error}"
    );
}

#[test]
fn a_lost_device_is_told_apart() {
    let Some(device) = fresh_device() else {
        return;
    };
    let (scene, snapshot) = settled(&root().join("tests/data/tiny"), 5, (32, 32));
    let renderer = Renderer::new(&scene);
    let mut gpu = GpuRenderer::new(&renderer, &device).unwrap();
    let frame = renderer.frame(&snapshot);
    let jobs = jobs(&gpu, &frame, 1, &ViewOptions::fast(PlaneSet::LEARNER, 1));
    assert_eq!(gpu.render_batch(&jobs).unwrap().views.len(), 1);
    device.lose();
    let error = gpu.render_batch(&jobs).unwrap_err();
    assert!(matches!(error, GpuError::DeviceLost(_)), "{error}");
}

#[test]
fn views_go_on_after_a_loss_and_are_the_same() {
    if device().is_none() {
        return;
    }
    let Some(own) = fresh_device() else {
        return;
    };
    let (scene, snapshot) = settled(&root().join("tests/data/tiny"), 5, (32, 32));
    let renderer = Renderer::new(&scene);
    let executor = GpuExecutor::new(&renderer, &own).unwrap();
    let frame = renderer.frame(&snapshot);
    let options = ViewOptions::fast(PlaneSet::LEARNER, 1);
    let views = || executor.views(&frame, &[0, 1], &options, &mut Scratch::default());
    let before = views();
    assert_eq!(executor.report(), GpuReport::default());
    // Three fresh devices, then the CPU.
    for lost in 1..=4 {
        executor.lose_device();
        let after = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(views)).collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap())
                .collect::<Vec<_>>()
        });
        for view in after.iter().flat_map(|views| views.iter().zip(&before)) {
            let (after, before) = view;
            if lost < 4 {
                assert_eq!(after.planes, before.planes, "loss {lost}");
            } else {
                let [a, b] = [after, before].map(|v| v.planes.color.as_ref().unwrap());
                assert!(mean_difference(a, b) < MOST_COLOR);
            }
        }
        let report = executor.report();
        assert_eq!(report.lost, lost);
        assert_eq!(report.views_on_cpu, if lost < 4 { 0 } else { 6 });
        assert!(report.first_error.is_some());
    }
}

/// Loops of a software adapter end after some 65,535 turns without a word: what is behind must not
/// be lost.
#[test]
fn a_lid_behind_ten_thousands_of_panes_still_shades() {
    let Some(own) = device() else {
        return;
    };
    let mut s = TestScene::new();
    let gray = s.paint([0.6; 3]);
    let clear = s.material(Material {
        base_color: [1.0, 1.0, 1.0, 0.0],
        alpha: AlphaMode::Blend,
        double_sided: true,
        ..Material::default()
    });
    // Spans ±2 m in Y.
    let quad = |x: [f32; 2], z: f32| {
        [(x[0], -2.0), (x[1], -2.0), (x[1], 2.0), (x[0], 2.0)].map(|(x, y)| Vec3::new(x, y, z))
    };
    let panes: Vec<_> = (0..15_000)
        .map(|k| quad([-2.0, 2.0], 0.5 + 2e-5 * k as f32))
        .collect();
    let panes: Vec<&[Vec3]> = panes.iter().map(|q| &q[..]).collect();
    let things = [
        ("floor", polygons("floor", &[&quad([-2.0, 2.0], 0.0)]), gray),
        ("panes", polygons("panes", &panes), clear),
        ("lid", polygons("lid", &[&quad([-2.0, 0.0], 0.82)]), gray),
    ]
    .map(|(name, mesh, material)| s.object(name, mesh, material, Motion::Static));
    let panel = Light {
        name: "panel".into(),
        kind: LightKind::Rect {
            // Shines along its −Z.
            world_from_light: Pose::at(Vec3::Z * 3.0),
            half_size_m: [0.5, 0.5],
            nits: 4000.0,
        },
        color: [1.0; 3],
        casts_shadow: true,
    };
    let mut episode = s.episode().light(panel);
    for thing in things {
        episode = episode.place(thing, Pose::IDENTITY);
    }
    let eye = Vec3::new(0.0, -0.4, 0.4);
    let snapshot = still(&episode.build(), vec![camera([8, 8], eye, Vec3::ZERO)]);
    let renderer = Renderer::new(&s.desc);
    let executor = GpuExecutor::new(&renderer, &own).unwrap();
    let frame = renderer.frame(&snapshot);
    let options = ViewOptions::fast(PlaneSet::LEARNER, 1);
    let views = executor.views(&frame, &[0], &options, &mut Scratch::default());
    let cpu = frame.view(0, &options, &mut Scratch::default());
    let [ours, truth] = [&views[0], &cpu].map(|v| v.planes.color.as_ref().unwrap());
    let [dark, lit] = [0, 7].map(|x| truth.at(x, 4)[0]);
    assert!(dark < 5 && lit > 50, "{dark} and {lit}");
    let off = mean_difference(ours, truth);
    eprintln!(
        "lid: colour differs by {off} of 255, {:?}",
        executor.report()
    );
    assert!(off < MOST_COLOR, "colour differs by {off}");
}

#[test]
fn auto_takes_real_gpus_and_software_only_if_asked() {
    let adapter = |number: usize, kind: AdapterKind| AdapterDesc {
        number,
        name: format!("{kind}"),
        backend: "Vulkan".into(),
        kind,
        driver: String::new(),
        max_storage_buffer: 1 << 27,
        max_storage_buffers_per_stage: 8,
        timestamps: false,
    };
    use AdapterKind::{Discrete, Integrated, Software};
    let adapters: Vec<_> = [Software, Integrated, Discrete, Discrete]
        .into_iter()
        .enumerate()
        .map(|(i, kind)| adapter(i, kind))
        .collect();
    let chosen = |choice: &str, n: usize| {
        let choice: DeviceChoice = choice.parse().unwrap();
        decide(choice, &adapters[..n]).map(|d| d.adapter).ok()
    };
    assert_eq!(
        chosen("auto", 4),
        Some(Some(2)),
        "the first of the best kind"
    );
    assert_eq!(chosen("auto", 2), Some(Some(1)));
    assert_eq!(chosen("auto", 1), Some(None), "software is the CPU");
    assert_eq!(chosen("auto", 0), Some(None));
    assert_eq!(chosen("gpu", 1), Some(Some(0)));
    assert_eq!(chosen("gpu", 0), None);
    assert_eq!(chosen("gpu:3", 4), Some(Some(3)));
    assert_eq!(chosen("gpu:4", 4), None);
    assert_eq!(chosen("cpu", 4), Some(None));
    assert!("gpu:x".parse::<DeviceChoice>().is_err());
    let reason = decide(DeviceChoice::Auto, &adapters[..1]).unwrap().reason;
    assert!(reason.contains("--device gpu"), "{reason}");
}

#[test]
fn a_data_set_made_on_a_gpu_says_so_and_is_sound() {
    if device().is_none() {
        return;
    }
    let out = fresh("gpu_generate");
    ok(generate(&out, &["-n", "2", "--device", "gpu"]));
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    assert!(manifest.contains("\"executor\": \"gpu: "), "{manifest}");
    ok(benchside(["check".as_ref(), out.as_os_str()]));
    // Reference mode by the same way.
    let traced = fresh("gpu_generate_paths");
    let few = ["-n", "1", "--size", "32x24", "--mode", "reference"];
    let args = [&few[..], &["--samples", "2", "--device", "gpu"]].concat();
    ok(generate(&traced, &args));
    let log = std::fs::read_to_string(traced.join("manifest.json")).unwrap();
    assert!(log.contains("\"executor\": \"gpu: "), "{log}");
    ok(benchside(["check".as_ref(), traced.as_os_str()]));
    let output = generate(&out, &["-n", "2", "--resume"]).output().unwrap();
    assert!(
        stderr(&output).contains("renderer.executor"),
        "{}",
        stderr(&output)
    );
    assert!(ok(benchside(["devices"])).contains("--device auto would use"));
}
