//! Reference mode beside Blender's Cycles: the same glassware, lights and camera in both. Slow;
//! see tests/cycles/README.md.

use std::path::{Path, PathBuf};
use std::process::Command;

use benchside::base::camera::Intrinsics;
use benchside::base::ids::ObjectId;
use benchside::base::image::PlaneSet;
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::base::tone;
use benchside::render::{Mode, PathOptions, Renderer, Scratch, ViewOptions};
use benchside::scene::builder::SceneBuilder;
use benchside::scene::desc::Motion;
use benchside::scene::material::Material;
use benchside::scene::taxonomy::Taxonomy;
use glam::{Mat4, Quat, Vec3};
use serde_json::{Value, json};

use crate::support::cli::{fresh, ok};
use crate::support::python::python;
use crate::support::scenes::{TestScene, camera, plane_mesh};
use crate::support::views::still;

/// What stands on the table: asset, position, turn about Z, tilt about X before that; degrees.
const THINGS: &[(&str, [f32; 2], f32, f32)] = &[
    ("microscope_slide", [-0.12, -0.07], 10.0, 0.0),
    ("microscope_slide", [-0.02, -0.11], 75.0, 0.0),
    ("tube_15ml", [-0.04, 0.03], 0.0, 0.0),
    ("tube_15ml", [0.06, -0.08], 50.0, 90.0),
    ("beaker", [0.09, 0.05], 200.0, 0.0),
    ("marker_pen", [-0.13, 0.02], -20.0, 0.0),
    ("forceps", [0.15, -0.07], 100.0, 0.0),
    ("slide_box", [-0.13, 0.13], 15.0, 0.0),
];

/// Side lengths of the table, metres.
const TABLE: [f32; 2] = [1.2, 1.0];
const TABLE_ALBEDO: f32 = 0.45;

fn rect(from: Vec3, to: Vec3, half_size_m: [f32; 2], nits: f32, color: [f32; 3]) -> Light {
    // A light shines along its −Z, a camera looks along its +Z.
    let turned = Quat::from_rotation_x(std::f32::consts::PI);
    let looking = Pose::looking_at(from, to);
    Light {
        name: "panel".into(),
        kind: LightKind::Rect {
            world_from_light: Pose::new(looking.rotation * turned, from),
            half_size_m,
            nits,
        },
        color,
        casts_shadow: true,
    }
}

fn lights() -> Vec<Light> {
    vec![
        rect(
            Vec3::new(-0.5, 0.2, 0.9),
            Vec3::ZERO,
            [0.25, 0.15],
            3000.0,
            [1.0; 3],
        ),
        rect(
            Vec3::new(0.7, -0.5, 0.6),
            Vec3::ZERO,
            [0.2, 0.2],
            1200.0,
            [1.2, 0.97, 0.75],
        ),
        Light {
            name: "world".into(),
            kind: LightKind::Ambient {
                sky_nits: 80.0,
                ground_nits: 80.0,
                reach_m: 0.0,
            },
            color: [1.0; 3],
            casts_shadow: true,
        },
    ]
}

fn matrix(pose: &Pose) -> Vec<f32> {
    // Row by row.
    Mat4::from(pose.affine())
        .transpose()
        .to_cols_array()
        .to_vec()
}

fn described(light: &Light, gain: f32) -> Value {
    let color = light.color;
    match &light.kind {
        LightKind::Rect {
            world_from_light,
            half_size_m,
            nits,
        } => json!({
            "kind": "rect",
            "world_from_light": matrix(world_from_light),
            "size_m": half_size_m.map(|h| 2.0 * h),
            "radiance": color.map(|c| c * nits * gain),
        }),
        LightKind::Ambient { sky_nits, .. } => {
            json!({"kind": "world", "radiance": color.map(|c| c * sky_nits * gain)})
        }
        other => panic!("no counterpart for {other:?}"),
    }
}

fn bytes<T: bytemuck::NoUninit>(data: &[T]) -> &[u8] {
    bytemuck::cast_slice(data)
}

/// Samples a pixel, of both: `BENCHSIDE_CYCLES_SAMPLES`, 512 if it is not set.
fn samples() -> u32 {
    let named = std::env::var("BENCHSIDE_CYCLES_SAMPLES");
    named.map_or(512, |n| n.parse().expect("a number"))
}

/// Renders the scene and writes it with its description into `folder`.
fn ours(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let (taxonomy, _) = Taxonomy::load(&root.join("taxonomy.toml")).unwrap();
    let mut builder = SceneBuilder::new("cycles", taxonomy, &root);
    let file = |name: &str| root.join("assets").join(format!("{name}.glb"));
    let assets: Vec<_> = THINGS
        .iter()
        .map(|(name, ..)| builder.add_asset(&file(name)).unwrap())
        .collect();
    let (desc, problems) = builder.finish();
    assert!(problems.is_empty(), "{problems}");
    let mut s = TestScene { desc };
    let mut placed: Vec<(ObjectId, Pose, Value)> = Vec::new();
    for ((name, [x, y], turn, tilt), asset) in THINGS.iter().zip(assets) {
        let objects = s.desc.assets[asset.index()].objects.clone();
        assert_eq!(objects.len(), 1, "{name}");
        let object = ObjectId(objects.start);
        let rotation =
            Quat::from_rotation_z(turn.to_radians()) * Quat::from_rotation_x(tilt.to_radians());
        let corners = s.desc.objects[object.index()].bounds.corners();
        let lowest = corners.map(|c| (rotation * c).z);
        let lowest = lowest.into_iter().fold(f32::INFINITY, f32::min);
        // Just above the table: surfaces in one place would be seen by chance.
        let pose = Pose::new(rotation, Vec3::new(*x, *y, 2e-4 - lowest));
        let asset = json!({"file": file(name), "world_from_object": matrix(&pose)});
        placed.push((object, pose, asset));
    }
    let wood = s.material(Material {
        name: "table".into(),
        base_color: [TABLE_ALBEDO, TABLE_ALBEDO, TABLE_ALBEDO, 1.0],
        metallic: 0.0,
        roughness: 1.0,
        ..Material::default()
    });
    let table = s.object(
        "table",
        plane_mesh(TABLE[0], TABLE[1]),
        wood,
        Motion::Static,
    );
    let mut episode = s.episode().place(table, Pose::IDENTITY);
    for (object, pose, _) in &placed {
        episode = episode.place(*object, *pose);
    }
    for light in lights() {
        episode = episode.light(light);
    }
    let size = [320, 240];
    let mut camera = camera(
        size,
        Vec3::new(0.03, -0.42, 0.33),
        Vec3::new(0.0, 0.01, 0.03),
    );
    camera.intrinsics = Intrinsics::from_vertical_fov(size[0], size[1], 40f64.to_radians());
    camera.ev100 = 7.4;
    let gain = tone::gains(&camera).x;
    let snapshot = still(&episode.build(), vec![camera.clone()]);
    let renderer = Renderer::new(&s.desc);
    let frame = renderer.frame(&snapshot);
    for (name, caustics, denoise, samples) in [
        ("exact", true, false, samples()),
        ("straight", false, false, samples()),
        ("default", false, true, 64),
    ] {
        let options = ViewOptions {
            planes: PlaneSet {
                radiance: true,
                ..PlaneSet::LEARNER
            },
            samples,
            mode: Mode::Reference(PathOptions {
                bounces: 24,
                caustics,
                denoise,
            }),
            seed: 0,
        };
        let planes = frame.view(0, &options, &mut Scratch::default()).planes;
        let write = |plane: &str, data: &[u8]| {
            std::fs::write(folder.join(format!("{plane}.bin")), data).unwrap();
        };
        write(name, bytes(&planes.radiance.unwrap().data));
        write("z_depth", bytes(&planes.z_depth_m.unwrap().data));
        write("instance", bytes(&planes.instance.unwrap().data));
    }
    let k = camera.intrinsics;
    let lights: Vec<Value> = lights().iter().map(|l| described(l, gain)).collect();
    let scene = json!({
        "samples": samples(),
        "camera": {
            "world_from_camera": matrix(&camera.world_from_camera),
            "size_px": size,
            "focal_px": k.fx_px,
        },
        "table": {"size_m": TABLE, "albedo": TABLE_ALBEDO},
        "lights": lights,
        "objects": placed.into_iter().map(|(_, _, asset)| asset).collect::<Vec<_>>(),
    });
    std::fs::write(folder.join("scene.json"), scene.to_string()).unwrap();
}

#[test]
#[ignore = "minutes; see tests/cycles/README.md"]
fn glassware_looks_as_in_cycles() {
    let Some(python) = python("bpy, numpy, PIL") else {
        return;
    };
    let folder: PathBuf = fresh("cycles");
    std::fs::create_dir_all(&folder).unwrap();
    ours(&folder);
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "cycles", "compare.py"]
        .iter()
        .collect();
    let mut command = Command::new(python);
    command.arg(script).arg(&folder);
    let report = ok(command);
    println!("{report}");
    let numbers: Value = report
        .lines()
        .find_map(|line| line.strip_prefix("NUMBERS "))
        .map(|text| serde_json::from_str(text).unwrap())
        .expect("a line of numbers");
    let number = |key: &str| numbers[key].as_f64().unwrap_or_else(|| panic!("no {key}"));
    assert!(number("least_iou") > 0.99);
    assert!(number("depth_agrees") > 0.995);
    assert!(number("mean_off") < 0.02);
    assert!(number("block_rmse") < 0.02);
}
