//! Who belongs to which object; colliders, regions, keypoints, instances.

use benchside::base::ids::ClassId;
use benchside::base::pose::Pose;
use benchside::scene::desc::{ColliderKind, Motion, SceneDesc};
use benchside::scene::gltf::strip_blender_suffix;
use glam::{Quat, Vec3};
use serde_json::{Value, json};

use crate::support::gltf::{GltfFile, I16};

fn object<'a>(scene: &'a SceneDesc, name: &str) -> &'a benchside::scene::desc::ObjectDesc {
    let found = scene.objects.iter().find(|o| o.name == name);
    found.unwrap_or_else(|| panic!("no object {name}"))
}

fn kinds(scene: &SceneDesc, name: &str) -> Vec<ColliderKind> {
    let colliders = &object(scene, name).body.colliders;
    colliders.iter().map(|c| c.kind).collect()
}

/// `nodes` as they are, the first one the root; `"mesh": "?"` stands for a triangle.
fn tree(nodes: Vec<Value>) -> GltfFile {
    let mut file = GltfFile::new();
    let mesh = file.triangle();
    for (i, mut node) in nodes.into_iter().enumerate() {
        if node["mesh"] == "?" {
            node["mesh"] = json!(mesh);
        }
        if i == 0 {
            file.root(node);
        } else {
            file.push("nodes", node);
        }
    }
    file
}

#[test]
fn labels_come_from_the_nearest_ancestor() {
    let scene = tree(vec![
        json!({"name": "room", "children": [1, 2], "extras": {
            "bs_body": "dynamic", "bs_friction": 0.25, "bs_density": 2500, "bs_restitution": 0.5,
        }}),
        json!({"name": "a", "mesh": "?", "children": [3, 4], "extras": {
            "bs_class": "rack", "bs_instance": "the rack", "bs_part": "body", "bs_mass": 1,
        }}),
        json!({"name": "b", "mesh": "?", "extras": {
            "bs_class": "tube", "bs_body": "static", "bs_friction": 1,
        }}),
        json!({"name": "label", "mesh": "?", "extras": {"bs_part": "label"}}),
        json!({"name": "inner", "mesh": "?", "children": [5], "extras": {"bs_class": "tube"}}),
        json!({"name": "cap", "mesh": "?"}),
    ])
    .load()
    .0;
    let names: Vec<&str> = scene.objects.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(
        names,
        ["the rack", "inner", "b"],
        "depth first, in the order of the file's lists"
    );
    let parts = |name: &str| {
        let surfaces = object(&scene, name).surfaces.iter();
        surfaces
            .map(|s| scene.parts[s.part.index()].as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(parts("the rack"), ["body", "label"]);
    assert_eq!(
        parts("inner"),
        ["", ""],
        "a part ends where another object begins"
    );
    assert_eq!(object(&scene, "the rack").class, ClassId(3));

    let body = |name: &str| {
        let b = &object(&scene, name).body;
        (
            b.motion,
            b.friction,
            b.density_kg_per_m3,
            b.restitution,
            b.mass_kg,
        )
    };
    assert_eq!(
        body("the rack"),
        (Motion::Dynamic, 0.25, 2500.0, 0.5, Some(1.0))
    );
    assert_eq!(body("inner"), (Motion::Dynamic, 0.25, 2500.0, 0.5, None));
    assert_eq!(body("b"), (Motion::Static, 1.0, 2500.0, 0.5, None));
    let scene = GltfFile::of_triangle().scene();
    let b = &scene.objects[0].body;
    assert_eq!(
        (b.motion, b.friction, b.density_kg_per_m3, b.restitution),
        (Motion::Static, 0.6, 1000.0, 0.1)
    );
}

#[test]
fn colliders_by_key_by_name_and_by_default() {
    let tube = |extras: Value| {
        let mut extras = extras;
        extras["bs_class"] = json!("tube");
        vec![json!({"name": "tube", "mesh": "?", "children": [1], "extras": extras})]
    };
    let only = |nodes: Vec<Value>, more: Value| {
        let scene = tree([nodes, vec![more]].concat()).scene();
        kinds(&scene, "tube")
    };
    use ColliderKind as K;
    let plain = || json!({"name": "cap", "mesh": "?"});
    let dynamic = || json!({"bs_body": "dynamic"});
    assert_eq!(
        only(tube(json!({})), plain()),
        [K::TriangleMesh, K::TriangleMesh]
    );
    assert_eq!(
        only(tube(dynamic()), plain()),
        [K::ConvexHull, K::ConvexHull]
    );
    assert_eq!(only(tube(json!({"bs_collider": "none"})), plain()), []);
    for (name, kind) in [
        ("box", K::Box),
        ("sphere", K::Sphere),
        ("cylinder", K::Cylinder),
        ("capsule", K::Capsule),
        ("hull", K::ConvexHull),
        ("decompose", K::ConvexDecomposition),
    ] {
        let mut extras = dynamic();
        extras["bs_collider"] = json!(name);
        assert_eq!(
            only(tube(extras), plain()),
            [kind, kind],
            "inherited by the cap"
        );
    }
    // Any collision mesh replaces all rendered ones.
    for (name, kind) in [
        ("UBX_tube.001", K::Box),
        ("USP_tube", K::Sphere),
        ("UCP_tube", K::Capsule),
        ("UCX_tube_00", K::ConvexHull),
        ("tube-colonly.012", K::TriangleMesh),
        ("tube-convcolonly", K::ConvexHull),
    ] {
        let found = only(tube(json!({})), json!({"name": name, "mesh": "?"}));
        assert_eq!(found, [kind], "{name}");
    }
    let by_key =
        json!({"name": "c", "mesh": "?", "extras": {"bs_collider_only": 1, "bs_collider": "box"}});
    let scene = tree([tube(dynamic()), vec![by_key]].concat()).scene();
    assert_eq!(kinds(&scene, "tube"), [K::Box]);
    assert_eq!(object(&scene, "tube").surfaces.len(), 1, "not rendered");
}

#[test]
fn a_collider_is_fitted_to_the_whole_mesh() {
    let mut file = GltfFile::new();
    let shift = |x: f32| [[x, 0.0, 0.0], [x + 1.0, 0.0, 0.0], [x, 1.0, -1.0]];
    let positions = [file.floats(&shift(0.0)), file.floats(&shift(5.0))];
    let primitives = positions.map(|p| json!({"attributes": {"POSITION": p}}));
    let mesh = file.push("meshes", json!({"primitives": primitives}));
    file.root(
        json!({"name": "t", "mesh": mesh, "extras": {"bs_class": "tube", "bs_collider": "box"}}),
    );
    let scene = file.scene();
    let tube = object(&scene, "t");
    assert_eq!(tube.surfaces.len(), 2);
    assert_eq!(tube.body.colliders.len(), 1);
    let shape = &scene.meshes[tube.body.colliders[0].mesh.index()];
    assert_eq!(
        (shape.positions.len(), shape.triangles.as_slice()),
        (6, &[[0, 1, 2], [3, 4, 5]][..])
    );
    let far = shape.positions.iter().map(|p| p.x).fold(0.0, f32::max);
    assert_eq!(far, 6.0);
}

#[test]
fn an_objects_frame_is_rigid_and_its_marks_are_in_it() {
    // glTF: 90° about Y (up), scale (x, y, z) = (2, 3, 4), at (1, 2, 3). Z up: 90° about Z,
    // scale (2, 4, 3), at (1, −3, 2).
    let half = f64::sqrt(0.5);
    let scene = tree(vec![
        json!({"name": "t", "mesh": "?", "children": [1, 2, 3, 4], "translation": [1, 2, 3],
            "rotation": [0, half, 0, half], "scale": [2, 3, 4], "extras": {"bs_class": "tube"}}),
        json!({"name": "k", "translation": [1, 1, 1], "extras": {"bs_keypoint": "tip"}}),
        json!({"name": "g", "translation": [0, 1, 0], "rotation": [0, 1, 0, 0], "extras": {"bs_grasp": "top"}}),
        json!({"name": "r", "translation": [0, 0.5, 0], "scale": [0.5, 0.25, 1], "extras": {"bs_region": "slot"}}),
        json!({"name": "r2", "mesh": "?", "scale": [1, 1, 2], "extras": {"bs_region": "floor"}}),
    ])
    .scene();
    let tube = object(&scene, "t");
    let pose = tube.asset_from_object;
    assert_eq!(pose.translation_m, Vec3::new(1.0, -3.0, 2.0));
    assert!((pose.direction(Vec3::X) - Vec3::Y).length() < 1e-6);
    // The triangle (0,0,0) (1,0,0) (0,1,0), scaled by (2, 4, 3).
    assert_eq!(
        tube.surfaces[0]
            .object_from_mesh
            .transform_point3(Vec3::ONE),
        Vec3::new(2.0, 4.0, 3.0)
    );
    assert_eq!(
        (tube.bounds.min, tube.bounds.max),
        (Vec3::ZERO, Vec3::new(2.0, 4.0, 0.0))
    );
    // (1, 1, 1) in glTF is (1, −1, 1), scaled.
    assert_eq!(tube.keypoints[0].name, "tip");
    assert_eq!(tube.keypoints[0].point_m, Vec3::new(2.0, -4.0, 3.0));
    let grasp = &tube.grasps[0];
    assert_eq!(
        (grasp.name.as_str(), grasp.object_from_frame.translation_m),
        ("top", Vec3::new(0.0, 0.0, 3.0))
    );
    assert!((grasp.object_from_frame.direction(Vec3::X) - Vec3::NEG_X).length() < 1e-6);
    let [slot, floor] = tube.regions.as_slice() else {
        panic!("two regions");
    };
    assert_eq!(slot.parent_from_region, Pose::at(Vec3::new(0.0, 0.0, 1.5)));
    assert_eq!(slot.half_size_m, Vec3::new(1.0, 4.0, 0.75));
    // The box of the triangle, (0 … 1)² in its own frame, scaled by (2, 8, 3), centred.
    assert_eq!(floor.parent_from_region, Pose::at(Vec3::new(1.0, 4.0, 0.0)));
    assert_eq!(floor.half_size_m, Vec3::new(1.0, 4.0, 0.0));
    assert_eq!(scene.assets[0].regions.len(), 0);
    assert_eq!(tube.surfaces.len(), 1, "a region's mesh is not rendered");
}

#[test]
fn regions_of_no_object_belong_to_the_asset() {
    let mut file = GltfFile::of_triangle();
    for x in [1.0, 2.0] {
        file.root(json!({"translation": [x, 0, 0], "extras": {"bs_region": "bench"}}));
    }
    let scene = file.scene();
    let regions = &scene.assets[0].regions;
    let at: Vec<Vec3> = regions
        .iter()
        .map(|r| r.parent_from_region.translation_m)
        .collect();
    assert_eq!(at, [Vec3::X, 2.0 * Vec3::X]);
    assert!(
        regions
            .iter()
            .all(|r| r.name == "bench" && r.half_size_m == Vec3::ONE)
    );
}

#[test]
fn matrices_are_transforms_too() {
    let half = f64::sqrt(0.5);
    let trs = json!({"mesh": "?", "name": "t", "translation": [1, 2, 3], "rotation": [0, half, 0, half],
        "scale": [2, 3, 4], "extras": {"bs_class": "tube"}});
    // Columns of the same: x → −2 z, y → 3 y, z → 4 x.
    let matrix = json!({"mesh": "?", "name": "t", "extras": {"bs_class": "tube"},
        "matrix": [0, 0, -2, 0, 0, 3, 0, 0, 4, 0, 0, 0, 1, 2, 3, 1]});
    let [a, b] = [trs, matrix].map(|node| tree(vec![node]).scene());
    let (a, b) = (object(&a, "t"), object(&b, "t"));
    assert_eq!(
        a.asset_from_object.translation_m,
        b.asset_from_object.translation_m
    );
    let aligned = a
        .asset_from_object
        .rotation
        .dot(b.asset_from_object.rotation)
        .abs();
    assert!(aligned > 1.0 - 1e-6);
    let corner = |o: &benchside::scene::desc::ObjectDesc| {
        o.surfaces[0].object_from_mesh.transform_point3(Vec3::ONE)
    };
    assert!((corner(a) - corner(b)).length() < 1e-6);
}

#[test]
fn every_instance_is_an_object() {
    let mut file = GltfFile::new();
    let mesh = file.triangle();
    let places = file.floats(&[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 5.0]]);
    // No turn, a half turn about Y, and no turn: 32767 is 1.
    let turns = [[0_i16, 0, 0, 32767], [0, 32767, 0, 0], [0, 0, 0, 32767]];
    let turns: Vec<u8> = turns
        .iter()
        .flatten()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let turns = file.normalized(I16, "VEC4", 3, &turns);
    let scales = file.floats(&[[1.0; 3], [2.0; 3], [2.0; 3]]);
    let attributes = json!({"TRANSLATION": places, "ROTATION": turns, "SCALE": scales});
    let instancing = json!({"EXT_mesh_gpu_instancing": {"attributes": attributes}});
    file.root(
        json!({"name": "tube", "mesh": mesh, "translation": [0, 1, 0], "extensions": instancing,
        "extras": {"bs_class": "tube", "bs_body": "dynamic"}}),
    );
    // In a group whose class it takes.
    file.push(
        "nodes",
        json!({"name": "copies", "mesh": mesh, "extensions": instancing}),
    );
    file.root(json!({"name": "group", "children": [1], "extras": {"bs_class": "rack", "bs_friction": 0.9}}));
    let scene = file.scene();
    let names: Vec<&str> = scene.objects.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "tube#0", "tube#1", "tube#2", "copies#0", "copies#1", "copies#2"
        ]
    );
    let at = |i: usize| scene.objects[i].asset_from_object;
    assert_eq!(at(0), Pose::at(Vec3::Z));
    assert_eq!(at(1).translation_m, Vec3::new(1.0, 0.0, 1.0));
    assert!(
        at(1)
            .rotation
            .dot(Quat::from_rotation_z(std::f32::consts::PI))
            .abs()
            > 1.0 - 1e-6
    );
    assert_eq!(at(2).translation_m, Vec3::new(0.0, -5.0, 1.0));
    assert_eq!(at(3), Pose::IDENTITY);
    let size = |i: usize| scene.objects[i].bounds.size();
    assert_eq!(
        (size(0), size(1)),
        (Vec3::new(1.0, 1.0, 0.0), Vec3::new(2.0, 2.0, 0.0))
    );
    assert_eq!(scene.objects[4].class, ClassId(3));
    assert_eq!(scene.objects[4].body.friction, 0.9);
    assert_eq!(kinds(&scene, "tube#2"), [ColliderKind::ConvexHull]);
    assert_eq!(scene.meshes.len(), 1, "shared by all");
    assert_eq!(scene.assets[0].objects, 0..6);
}

#[test]
fn lints_warn() {
    let warning = |extras: Value, scale: f64| {
        let mut file = GltfFile::new();
        let mesh = file.tetrahedron();
        let mut extras = extras;
        extras["bs_class"] = json!("tube");
        file.root(json!({"mesh": mesh, "scale": [scale, scale, scale], "extras": extras}));
        let (scene, problems) = file.load();
        assert_eq!(scene.objects.len(), 1);
        problems.iter().map(|p| p.found.clone()).collect::<Vec<_>>()
    };
    // The box is 1 × 2 × 3 m.
    assert!(warning(json!({"bs_mass": 6000}), 1.0).is_empty());
    assert_eq!(
        warning(json!({"bs_mass": 1}), 1.0),
        ["bs_mass 1 kg: 0.2 kg/m³ of its bounding box"]
    );
    assert_eq!(warning(json!({"bs_mass": 240_000}), 1.0).len(), 1);
    assert_eq!(warning(json!({}), 100.0), ["a scene of 300.0 m"]);
    assert_eq!(warning(json!({}), 0.0002), ["an object of 0.600 mm"]);

    let mut file = GltfFile::of_triangle();
    for _ in 0..2 {
        file.root(json!({"mesh": 0, "extras": {"bs_class": "tube"}}));
    }
    let (_, problems) = file.load();
    let found: Vec<_> = problems.iter().map(|p| p.found.as_str()).collect();
    assert_eq!(found, ["3 objects, all with their origin at 0"]);
}

#[test]
fn blender_suffixes() {
    for (name, stripped) in [
        ("slide.001", "slide"),
        ("slide.1024", "slide"),
        ("slide.01", "slide.01"),
        ("slide.a01", "slide.a01"),
        (".001", ".001"),
        ("v1.001.002", "v1.001"),
        ("slide", "slide"),
    ] {
        assert_eq!(strip_blender_suffix(name), stripped);
    }
}
