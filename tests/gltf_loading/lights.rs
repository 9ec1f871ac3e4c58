//! Cameras, lights and frames, against Blender's own numbers (`tests/blender/frames.py`).

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};
use std::path::Path;

use benchside::base::color::blackbody_rgb;
use benchside::base::light::LightKind;
use benchside::base::pose::Pose;
use benchside::scene::desc::SceneDesc;
use benchside::scene::gltf::load_bytes;
use glam::{Quat, Vec3};
use serde_json::{Value, json};

use crate::support::gltf::{GltfFile, taxonomy};

fn with_light(light: Value, node: Value) -> GltfFile {
    let mut file = GltfFile::new();
    file.json["extensions"]["KHR_lights_punctual"]["lights"] = json!([light]);
    let mut node = node;
    node["extensions"]["KHR_lights_punctual"]["light"] = json!(0);
    file.root(node);
    file
}

#[test]
fn punctual_lights() {
    // White, so that the luminance is 1 and the numbers are the file's.
    let spot = json!({"type": "spot", "intensity": 40, "spot": {"innerConeAngle": 0.25, "outerConeAngle": 0.5}});
    let scene = with_light(spot, json!({"name": "lamp", "translation": [1, 2, 3]})).scene();
    let light = &scene.assets[0].lights[0];
    assert_eq!(light.name, "lamp");
    assert!(light.color.iter().all(|c| (c - 1.0).abs() < 1e-6));
    let LightKind::Spot {
        position_m,
        direction,
        candela,
        inner_rad,
        outer_rad,
    } = light.kind
    else {
        panic!("{light:?}");
    };
    assert_eq!(position_m, Vec3::new(1.0, -3.0, 2.0));
    // glTF shines along −Z, which is +Y here.
    assert_eq!(direction, Vec3::Y);
    assert!((candela - 40.0).abs() < 1e-4);
    assert_eq!((inner_rad, outer_rad), (0.25, 0.5));

    // Turned by −90° about X, −Z becomes −Y in glTF, which is down.
    let half = f64::sqrt(0.5);
    let sun = json!({"type": "directional", "intensity": 1000, "color": [0.5, 0.5, 0.5]});
    let scene = with_light(sun, json!({"rotation": [-half, 0, 0, half]})).scene();
    let light = &scene.assets[0].lights[0];
    let LightKind::Directional { direction, lux, .. } = light.kind else {
        panic!("{light:?}");
    };
    assert!((direction - Vec3::NEG_Z).length() < 1e-6);
    assert!(
        (lux - 500.0).abs() < 1e-3,
        "the colour's luminance is in the strength: {lux}"
    );

    let scene = with_light(json!({"type": "spot"}), json!({})).scene();
    assert!(matches!(
        scene.assets[0].lights[0].kind,
        LightKind::Spot {
            inner_rad: 0.0,
            outer_rad: FRAC_PI_4,
            ..
        }
    ));
}

#[test]
fn rectangular_lights() {
    let mut file = GltfFile::new();
    let extras = json!({"bs_light": "rect", "bs_lumens": 4000, "bs_kelvin": 3000});
    // glTF scale (x, z, y): 0.5 × 0.25 are half the sides.
    file.root(
        json!({"name": "p", "translation": [0, 2, 0], "scale": [0.5, 1, 0.25], "extras": extras}),
    );
    file.root(json!({"extras": {"bs_light": "rect"}}));
    let scene = file.scene();
    let [light, default] = scene.assets[0].lights.as_slice() else {
        panic!("two lights");
    };
    let LightKind::Rect {
        world_from_light,
        half_size_m,
        nits,
    } = light.kind
    else {
        panic!("{light:?}");
    };
    assert_eq!(world_from_light, Pose::at(Vec3::new(0.0, 0.0, 2.0)));
    assert_eq!(half_size_m, [0.5, 0.25]);
    // A Lambertian panel of area A and luminance L gives π A L lumens; A = 1 × 0.5.
    assert!((nits * PI * 0.5 - 4000.0).abs() < 1e-2);
    assert_eq!(light.color, blackbody_rgb(3000.0));
    assert_eq!(default.color, blackbody_rgb(5000.0));
    assert!(
        matches!(default.kind, LightKind::Rect { nits, .. } if (nits * PI * 4.0 - 3000.0).abs() < 1e-2)
    );
}

#[test]
fn cameras_have_opencv_axes() {
    let mut file = GltfFile::new();
    file.push(
        "cameras",
        json!({"type": "perspective", "perspective": {"yfov": 0.8, "znear": 0.1}}),
    );
    file.push(
        "cameras",
        json!({"type": "orthographic", "orthographic": {}}),
    );
    file.root(json!({"name": "view", "camera": 0, "translation": [0, 1, 0]}));
    file.root(json!({"name": "flat", "camera": 1}));
    let (scene, problems) = file.load();
    assert_eq!(problems.counts(), (0, 1), "{problems}");
    let [camera] = scene.assets[0].cameras.as_slice() else {
        panic!("one camera");
    };
    assert_eq!(
        (camera.name.as_str(), camera.vertical_fov_rad),
        ("view", 0.8)
    );
    let pose = camera.asset_from_camera;
    assert_eq!(pose.translation_m, Vec3::Z);
    // A glTF camera looks along −Z with +Y up; turned to Z up that is along +Y with +Z up.
    for (axis, expected) in [
        (Vec3::Z, Vec3::Y),
        (Vec3::NEG_Y, Vec3::Z),
        (Vec3::X, Vec3::X),
    ] {
        assert!((pose.direction(axis) - expected).length() < 1e-6, "{axis}");
    }
    // As a mount, the node looks along its own −Z, as an empty would.
    let (name, mount) = &scene.assets[0].nodes[0];
    assert_eq!(name, "view");
    assert!((mount.direction(Vec3::NEG_Z) - Vec3::Y).length() < 1e-6);
    let quarter = Quat::from_rotation_x(FRAC_PI_2);
    assert!(mount.rotation.dot(quarter).abs() > 1.0 - 1e-6);
}

fn blender() -> (SceneDesc, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blender");
    let (scene, problems) = load_bytes(
        &std::fs::read(folder.join("frames.glb")).unwrap(),
        taxonomy(),
    );
    assert!(problems.is_empty(), "{problems}");
    let truth = std::fs::read_to_string(folder.join("frames.json")).unwrap();
    (scene, serde_json::from_str(&truth).unwrap())
}

fn vector(value: &Value) -> Vec3 {
    let c = |i: usize| value[i].as_f64().unwrap() as f32;
    Vec3::new(c(0), c(1), c(2))
}

fn assert_pose(found: Pose, truth: &Value, name: &str) {
    let q = &truth["quat_xyzw"];
    let q = vector(q).extend(q[3].as_f64().unwrap() as f32);
    let position = vector(&truth["position"]);
    assert!(
        (found.translation_m - position).length() < 2e-6,
        "{name}: {found:?}"
    );
    assert!(
        found.rotation.dot(Quat::from_vec4(q)).abs() > 1.0 - 2e-6,
        "{name}: {found:?}"
    );
}

#[test]
fn blenders_numbers_are_the_worlds_numbers() {
    let (scene, truth) = blender();
    let asset = &scene.assets[0];
    let names: Vec<&str> = asset.nodes.iter().map(|(name, _)| name.as_str()).collect();
    for name in truth.as_object().unwrap().keys() {
        assert!(names.contains(&name.as_str()), "{name} is missing");
    }
    for (name, pose) in &asset.nodes {
        assert_pose(*pose, &truth[name], name);
    }
    for object in &scene.objects {
        assert_pose(object.asset_from_object, &truth[&object.name], &object.name);
    }
    let rect = asset.lights.iter().find(|l| l.name == "panel").unwrap();
    let LightKind::Rect {
        world_from_light,
        half_size_m,
        ..
    } = rect.kind
    else {
        panic!("{rect:?}");
    };
    assert_pose(world_from_light, &truth["panel"], "panel");
    // 0.3 × 0.6 in a parent of scale 2.
    assert!((half_size_m[0] - 0.6).abs() < 1e-6 && (half_size_m[1] - 1.2).abs() < 1e-6);
}

#[test]
fn blenders_corners_are_the_surfaces_corners() {
    let (scene, truth) = blender();
    for object in &scene.objects {
        // The tray's second surface is its lid, a child in the same object.
        for (surface, name) in object.surfaces.iter().zip([object.name.as_str(), "lid"]) {
            let mesh = &scene.meshes[surface.mesh.index()];
            let corners: Vec<Vec3> = mesh
                .positions
                .iter()
                .map(|p| {
                    object
                        .asset_from_object
                        .point(surface.object_from_mesh.transform_point3(*p))
                })
                .collect();
            let expected = truth[name]["corners"].as_array().unwrap();
            assert_eq!(expected.len(), 4);
            for corner in expected.iter().map(vector) {
                let near = corners.iter().any(|c| (c - corner).length() < 3e-6);
                assert!(near, "{name}: {corner} is not among {corners:?}");
            }
            let volume = crate::support::gltf::volume(mesh);
            let scale = f64::from(surface.object_from_mesh.matrix3.determinant());
            assert!(volume > 0.0 && scale > 0.0, "{name}: seen from outside");
        }
    }
    let tray = scene.objects.iter().find(|o| o.name == "tray").unwrap();
    assert_eq!(tray.surfaces.len(), 2);
    assert_eq!(scene.parts[tray.surfaces[1].part.index()], "lid");
}

#[test]
fn blenders_marks_are_in_the_objects_frame() {
    let (scene, truth) = blender();
    let tray = scene.objects.iter().find(|o| o.name == "tray").unwrap();
    let tip = tray.asset_from_object.point(tray.keypoints[0].point_m);
    assert!((tip - vector(&truth["tip"]["position"])).length() < 2e-6);
    let grip = tray.asset_from_object * tray.grasps[0].object_from_frame;
    assert_pose(grip, &truth["grip"], "grip");
    let slot = &tray.regions[0];
    assert_pose(
        tray.asset_from_object * slot.parent_from_region,
        &truth["slot"],
        "slot",
    );
    // 0.4 × 0.3 × 0.2 in parents of scale 2.
    assert!(
        (slot.half_size_m - Vec3::new(0.8, 0.6, 0.4)).length() < 1e-6,
        "{slot:?}"
    );
}

#[test]
fn blenders_cameras_and_lights() {
    let (scene, truth) = blender();
    let asset = &scene.assets[0];
    let camera = &asset.cameras[0];
    assert!((camera.vertical_fov_rad - 50_f64.to_radians()).abs() < 1e-6);
    let pose = camera.asset_from_camera;
    assert!((pose.translation_m - vector(&truth["view"]["position"])).length() < 2e-6);
    assert!((pose.direction(Vec3::Z) - vector(&truth["view"]["view_axis"])).length() < 2e-6);
    assert!((pose.direction(Vec3::NEG_Y) - vector(&truth["view"]["up_axis"])).length() < 2e-6);

    let light = |name: &str| asset.lights.iter().find(|l| l.name == name).unwrap();
    let near = |name: &str, key: &str, v: Vec3| {
        assert!(
            (v - vector(&truth[name][key])).length() < 3e-6,
            "{name} {key}: {v}"
        );
    };
    // BT.709 luminance of (1, 0.5, 0.25); Blender writes 683 lm/W, for lamps over 4π.
    let luminance = 0.2126 + 0.5 * 0.7152 + 0.25 * 0.0722;
    let candela_3_watts = 3.0 * 683.0 / (4.0 * PI) * luminance;
    let LightKind::Spot {
        position_m,
        direction,
        candela,
        inner_rad,
        outer_rad,
    } = light("spot").kind
    else {
        panic!("a spot");
    };
    near("spot", "position", position_m);
    near("spot", "view_axis", direction);
    assert!(
        (candela / candela_3_watts - 1.0).abs() < 1e-3,
        "{candela} {candela_3_watts}"
    );
    // 60° across, blend 0.5.
    assert!((outer_rad - PI / 6.0).abs() < 1e-6 && (inner_rad - PI / 12.0).abs() < 1e-6);
    let LightKind::Directional { direction, lux, .. } = light("sun").kind else {
        panic!("a sun");
    };
    near("sun", "view_axis", direction);
    assert!((lux / (3.0 * 683.0 * luminance) - 1.0).abs() < 1e-3);
    let LightKind::Point {
        position_m,
        candela,
    } = light("bulb").kind
    else {
        panic!("a bulb");
    };
    near("bulb", "position", position_m);
    assert!((candela / candela_3_watts - 1.0).abs() < 1e-3);
}
