//! Episodes from formulas, which the clients' scripts know too (tests/clients/demo_truth.py).

use std::path::Path;

use benchside::base::camera::{CameraSpec, Exposure, Intrinsics, Lens};
use benchside::base::pose::Pose;
use benchside::dataset::demo::{
    Channel, DemoCamera, DemoContact, DemoEpisode, DemoFormat, DemoFrames, DemoManifest,
    DemoObject, DemoRequest, DemoSchema, DemoStep, DemoVerdict, Recording, RecordingSummary,
};
use glam::{Quat, Vec3};
use rayon::prelude::*;
use serde_json::{Value, json};

pub const ALL: [DemoFormat; 4] = [
    DemoFormat::Native,
    DemoFormat::Lerobot3,
    DemoFormat::Lerobot2,
    DemoFormat::Robomimic,
];

pub fn schema() -> DemoSchema {
    let channel = |name: String, unit: &str, range| Channel {
        name,
        unit: unit.into(),
        range,
    };
    let joint = |i: usize| channel(format!("arm_joint{i}.position"), "rad", Some((-2.0, 3.0)));
    let mut state: Vec<Channel> = (1..=7).map(joint).collect();
    state.push(channel(
        "gripper.open_fraction".into(),
        "1",
        Some((0.0, 1.0)),
    ));
    state.push(channel("arm_joint1.velocity".into(), "rad/s", None));
    let mut action: Vec<Channel> = (1..=7).map(joint).collect();
    action.push(channel("gripper.open_fraction".into(), "1", None));
    DemoSchema {
        task: "load_slide".into(),
        stages: vec!["reach".into(), "seat".into()],
        robot: "fr3".into(),
        rate_hz: 20,
        state,
        action,
        cameras: vec![
            DemoCamera {
                name: "front".into(),
                width_px: 96,
                height_px: 64,
                depth: true,
                instances: true,
            },
            DemoCamera {
                name: "wrist-2".into(),
                width_px: 64,
                height_px: 80,
                depth: false,
                instances: false,
            },
        ],
        reward_terms: vec!["progress".into(), "contact".into()],
        depth_unit_m: 0.0005,
    }
}

pub fn manifest(formats: &[DemoFormat], keep_failures: bool) -> DemoManifest {
    let recorder = json!({ "seed": 0, "episodes": 7 });
    let request = DemoRequest::new(formats.iter().copied(), keep_failures, recorder);
    DemoManifest::new(schema(), request)
}

/// A triangle wave between 0 and 255 that takes 512 to come back.
fn wave(v: usize) -> u8 {
    let v = v % 512;
    if v < 256 { v as u8 } else { (511 - v) as u8 }
}

/// Smooth, and moving so far in every step that no picture is like its neighbours.
pub fn color(camera: &DemoCamera, episode: u64, step: usize) -> Vec<u8> {
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    let shift = 90 * episode as usize + width;
    let mut rgb = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            rgb.push(wave(4 * x + 23 * step + shift));
            rgb.push(wave(5 * y + 31 * step + shift));
            rgb.push(wave(2 * (x + y) + 17 * step));
        }
    }
    rgb
}

pub fn depth(camera: &DemoCamera, step: usize) -> Vec<f32> {
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    let value = |i: usize| match (i + step) % 13 {
        0 => 0.0,
        _ => 0.25 + 0.001 * (i % width) as f32 + 0.003 * step as f32,
    };
    (0..width * height).map(value).collect()
}

pub fn instance(camera: &DemoCamera, step: usize) -> Vec<u32> {
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    let id = |i: usize| ((i % width + step) / 32 % 4) as u32;
    (0..width * height).map(id).collect()
}

pub fn step_count(episode: u64) -> usize {
    9 + 4 * episode as usize
}

/// Episode 2 fails with steps, 5 without.
pub fn episode(schema: &DemoSchema, index: u64) -> DemoEpisode {
    let success = index != 2 && index != 5;
    let count = if index == 5 { 0 } else { step_count(index) };
    let objects = ["fr3", "slide", "tray"].map(|name| DemoObject {
        name: name.into(),
        class: format!("{name}_class"),
    });
    let steps = (0..count).map(|i| step(schema, index, i)).collect();
    let frames = |camera: &DemoCamera| DemoFrames {
        color: (0..count).map(|i| color(camera, index, i)).collect(),
        z_depth_m: match camera.depth {
            true => (0..count).map(|i| depth(camera, i)).collect(),
            false => Vec::new(),
        },
        instance: match camera.instances {
            true => (0..count).map(|i| instance(camera, i)).collect(),
            false => Vec::new(),
        },
    };
    DemoEpisode {
        index,
        instruction: ["Seat the slide.", "Put slide \"7\" into the tray – gently."]
            [index as usize % 2]
            .into(),
        verdict: DemoVerdict {
            success,
            reason: if success { "success" } else { "timed out" }.into(),
        },
        spec: json!({ "seed": index, "objects": [1.5, 2.25] }),
        objects: objects.to_vec(),
        steps,
        frames: schema.cameras.iter().map(frames).collect(),
    }
}

/// Sixteenths, which f32 and JSON hold exactly.
fn number(i: usize, k: usize, episode: u64) -> f32 {
    let n = (i * 7 + k * 5 + 3 * episode as usize) % 32;
    n as f32 / 16.0
}

fn step(schema: &DemoSchema, episode: u64, i: usize) -> DemoStep {
    let camera = |c: &DemoCamera| {
        let pose = Pose::at(Vec3::new(0.5, 0.0625 * i as f32, 1.0));
        CameraSpec {
            name: c.name.clone(),
            world_from_camera: pose,
            world_from_camera_next: pose,
            intrinsics: Intrinsics::from_vertical_fov(c.width_px, c.height_px, 1.0),
            lens: Lens::Pinhole,
            ev100: 9.0,
            white_balance_kelvin: 6504.0,
            exposure: Exposure::default(),
            sensor: None,
        }
    };
    let contacts = (1..=(i % 3) as u32).map(|k| DemoContact {
        instances: (k, 3),
        force_n: 0.5 * k as f32,
    });
    let mut action: Vec<f32> = (0..7).map(|k| number(i, k, episode) - 1.0).collect();
    action.push(number(i, 7, episode));
    DemoStep {
        state: (0..schema.state.len())
            .map(|k| number(i + 1, k, episode))
            .collect(),
        action,
        reward_terms: vec![0.25 * i as f32, -0.125],
        stage: (i / 5).min(2) as u32,
        poses: (0..3)
            .map(|k| Pose::new(Quat::IDENTITY, Vec3::new(k as f32, 0.25 * i as f32, 0.5)))
            .collect(),
        contacts: contacts.collect(),
        state_digest: std::array::from_fn(|b| (b + i + episode as usize) as u8),
        cameras: schema.cameras.iter().map(camera).collect(),
    }
}

pub const EPISODES: u64 = 7;

/// Records all episodes into a folder, from several threads.
pub fn record(root: &Path, formats: &[DemoFormat], keep_failures: bool) -> RecordingSummary {
    let manifest = manifest(formats, keep_failures);
    let schema = manifest.demonstrations.clone();
    let recording = Recording::create_or_resume(root, manifest, false).unwrap();
    (0..EPISODES)
        .into_par_iter()
        .for_each(|i| recording.write(&episode(&schema, i)).unwrap());
    recording.finish(EPISODES, &|_, _, _| ()).unwrap()
}

/// What the clients must find, written beside the recording.
pub fn write_truth(path: &Path, keep_failures: bool) {
    let schema = schema();
    let kept = (0..EPISODES).map(|i| episode(&schema, i));
    let kept = kept.filter(|e| !e.steps.is_empty() && (keep_failures || e.verdict.success));
    let of = |e: &DemoEpisode| {
        let all = |of: &dyn Fn(&DemoStep) -> Value| e.steps.iter().map(of).collect::<Vec<_>>();
        json!({
            "recording_index": e.index,
            "instruction": e.instruction,
            "success": e.verdict.success,
            "state": all(&|s| json!(s.state)),
            "action": all(&|s| json!(s.action)),
            "reward": all(&|s| json!(s.reward_terms.iter().sum::<f32>())),
            "stage": all(&|s| json!(s.stage)),
            "objects_at": all(&|s| json!(s.poses.iter().map(|p| p.translation_m).collect::<Vec<_>>())),
            "contacts": all(&|s| json!(s.contacts.len())),
            "digest": all(&|s| json!(s.state_digest)),
        })
    };
    let truth = json!({
        "schema": schema,
        "episodes": kept.map(|e| of(&e)).collect::<Vec<_>>(),
    });
    std::fs::write(path, truth.to_string()).unwrap();
}
