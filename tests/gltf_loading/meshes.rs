//! Accessors, topology, normals.

use glam::{Vec2, Vec3, Vec4};
use serde_json::json;

use crate::support::gltf::{GltfFile, I8, I16, U8, U16, U32, volume};

const QUAD: [[f32; 3]; 4] = [
    [0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0],
    [1.0, 0.0, -1.0],
    [0.0, 0.0, -1.0],
];
const UP: [[f32; 3]; 4] = [[0.0, 1.0, 0.0]; 4];

/// A quad with normals, and whatever else the primitive gets.
fn quad(edit: impl FnOnce(&mut GltfFile, &mut serde_json::Value)) -> GltfFile {
    let mut file = GltfFile::new();
    let (positions, normals) = (file.floats(&QUAD), file.floats(&UP));
    let mut primitive = json!({"attributes": {"POSITION": positions, "NORMAL": normals}});
    edit(&mut file, &mut primitive);
    let mesh = file.mesh(primitive);
    file.root(json!({"mesh": mesh, "extras": {"bs_class": "tube"}}));
    file
}

#[test]
fn indices_of_every_width() {
    let order = [0_u8, 1, 2, 0, 2, 3];
    for (component, size) in [(U8, 1), (U16, 2), (U32, 4)] {
        let bytes: Vec<u8> = order
            .iter()
            .flat_map(|i| u32::from(*i).to_le_bytes()[..size].to_vec())
            .collect();
        let file = quad(|file, primitive| {
            primitive["indices"] = json!(file.accessor(component, "SCALAR", 6, &bytes));
        });
        let mesh = &file.scene().meshes[0];
        assert_eq!(mesh.triangles, [[0, 1, 2], [0, 2, 3]]);
        assert_eq!(
            mesh.positions,
            [Vec3::ZERO, Vec3::X, Vec3::new(1.0, 1.0, 0.0), Vec3::Y]
        );
        assert_eq!(mesh.normals, [Vec3::Z; 4]);
    }
}

#[test]
fn strips_and_fans() {
    // Section 3.7.2.1: strip triangle i is (i, i + (1 + i % 2), i + (2 − i % 2)), fan triangle i
    // is (i + 1, i + 2, 0).
    for (mode, expected) in [(5, [[0, 1, 2], [1, 3, 2]]), (6, [[1, 2, 0], [2, 3, 0]])] {
        let file = quad(|_, primitive| primitive["mode"] = json!(mode));
        assert_eq!(file.scene().meshes[0].triangles, expected, "mode {mode}");
    }
}

#[test]
fn lines_are_skipped_and_degenerate_triangles_dropped() {
    let mut file = quad(|file, primitive| {
        // Repeated vertices, a good triangle, two indices left over.
        primitive["indices"] = json!(file.indices(&[0, 0, 1, 1, 2, 1, 0, 1, 2, 0, 1]));
    });
    let mut line = file.json["meshes"][0]["primitives"][0].clone();
    line["mode"] = json!(1);
    let primitives = file.json["meshes"][0]["primitives"].as_array_mut();
    primitives.unwrap().push(line);
    let (scene, problems) = file.load();
    assert_eq!(scene.meshes.len(), 1);
    assert_eq!(scene.meshes[0].triangles, [[0, 1, 2]]);
    assert_eq!(problems.counts(), (0, 1), "{problems}");
    let warning = problems.iter().next().unwrap();
    assert_eq!(warning.place, "/meshes/0/primitives/1/mode (shape)");
}

#[test]
fn sparse_accessors_replace_elements() {
    let moved = |file: &mut GltfFile| {
        json!({
            "count": 2,
            "indices": {"bufferView": file.view(&[1, 3]), "componentType": U8},
            "values": {"bufferView": file.view(&[5.0_f32, 6.0, 7.0, 0.0, 8.0, 0.0]
                .iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>())},
        })
    };
    let mut file = quad(|_, _| {});
    file.json["accessors"][0]["sparse"] = moved(&mut file);
    let mesh = &file.scene().meshes[0];
    let expected = [
        Vec3::ZERO,
        Vec3::new(5.0, -7.0, 6.0),
        Vec3::new(1.0, 1.0, 0.0),
    ];
    assert_eq!(mesh.positions[..3], expected);

    // Without a buffer view, all other elements are zero.
    let mut file = quad(|file, primitive| primitive["indices"] = json!(file.indices(&[0, 1, 3])));
    file.json["accessors"][0]["sparse"] = moved(&mut file);
    file.json["accessors"][0]
        .as_object_mut()
        .unwrap()
        .remove("bufferView");
    let mesh = &file.scene().meshes[0];
    let last = Vec3::new(0.0, 0.0, 8.0);
    assert_eq!(
        mesh.positions,
        [Vec3::ZERO, Vec3::new(5.0, -7.0, 6.0), Vec3::ZERO, last]
    );
}

#[test]
fn missing_normals_are_flat_and_vertices_unshared() {
    let mut file = GltfFile::new();
    let mesh = file.tetrahedron();
    let tangents = file.floats(&[[1.0, 0.0, 0.0, 1.0]; 4]);
    let uvs = file.floats(&[[0.0, 0.0], [0.25, 0.5], [0.5, 0.5], [0.75, 1.0]]);
    let attributes = &mut file.json["meshes"][mesh]["primitives"][0]["attributes"];
    attributes["TANGENT"] = json!(tangents);
    attributes["TEXCOORD_0"] = json!(uvs);
    file.root(json!({"mesh": mesh, "extras": {"bs_class": "tube"}}));
    let mesh = &file.scene().meshes[0];
    assert_eq!(mesh.positions.len(), 12);
    assert_eq!(
        mesh.triangles,
        [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    );
    assert!(
        mesh.tangents.is_empty(),
        "the specification: must be ignored"
    );
    // The slanted face of legs 1, 2, 3 has the normal (1/1, 1/2, 1/3), normalized: (6, 3, 2) / 7.
    let slanted = Vec3::new(6.0, 3.0, 2.0) / 7.0;
    for (face, normal) in [Vec3::NEG_Z, Vec3::NEG_Y, Vec3::NEG_X, slanted]
        .iter()
        .enumerate()
    {
        for corner in 0..3 {
            let found = mesh.normals[3 * face + corner];
            assert!((found - normal).length() < 1e-7, "face {face}: {found}");
        }
    }
    assert_eq!(
        mesh.uvs[0][9..],
        [
            Vec2::new(0.25, 0.5),
            Vec2::new(0.5, 0.5),
            Vec2::new(0.75, 1.0)
        ]
    );
    // 1 · 2 · 3 / 6.
    assert!((volume(mesh) - 1.0).abs() < 1e-9);
}

#[test]
fn normals_and_tangents_become_unit_and_turn() {
    let file = quad(|file, primitive| {
        primitive["attributes"]["NORMAL"] = json!(file.floats(&[[0.0, 3.0, 0.0]; 4]));
        let tangents = [[2.0, 0.0, 0.0, 1.0], [0.0, 0.0, 5.0, -1.0]];
        let none = [[0.0, 0.0, 0.0, 1.0]; 2];
        primitive["attributes"]["TANGENT"] = json!(file.floats(&[tangents, none].concat()));
        primitive["mode"] = json!(5);
    });
    let mesh = &file.scene().meshes[0];
    assert_eq!(mesh.normals, [Vec3::Z; 4]);
    assert_eq!(
        mesh.tangents[..2],
        [
            Vec4::new(1.0, 0.0, 0.0, 1.0),
            Vec4::new(0.0, -1.0, 0.0, -1.0)
        ]
    );
    for t in &mesh.tangents[2..] {
        assert!(
            (t.truncate().length() - 1.0).abs() < 1e-6 && t.z.abs() < 1e-6,
            "{t}"
        );
    }

    // A normal of length 0 on a face becomes the face's; that is said.
    let file = quad(|file, primitive| {
        let mut normals = UP;
        normals[1] = [0.0; 3];
        primitive["attributes"]["NORMAL"] = json!(file.floats(&normals));
        primitive["mode"] = json!(5);
    });
    let (scene, problems) = file.load();
    assert_eq!(scene.meshes[0].normals, [Vec3::Z; 4]);
    assert_eq!(problems.counts(), (0, 1), "{problems}");
}

#[test]
fn normalized_integers() {
    let file = quad(|file, primitive| {
        primitive["mode"] = json!(5);
        // 51 / 255 = 0.2; 13107 / 65535 = 0.2.
        let uv: Vec<u8> = [0_u16, 65535, 13107, 0, 0, 0, 0, 0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let colors = [255, 51, 0, 0, 102, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let attributes = &mut primitive["attributes"];
        attributes["TEXCOORD_1"] = json!(file.normalized(U16, "VEC2", 4, &uv));
        attributes["COLOR_0"] = json!(file.normalized(U8, "VEC4", 4, &colors));
    });
    let mesh = &file.scene().meshes[0];
    assert!(mesh.uvs[0].is_empty());
    assert_eq!(mesh.uvs[1][..2], [Vec2::new(0.0, 1.0), Vec2::new(0.2, 0.0)]);
    assert_eq!(
        mesh.colors[..2],
        [Vec4::new(1.0, 0.2, 0.0, 0.0), Vec4::new(0.4, 0.0, 0.0, 0.0)]
    );

    // Three components: alpha is 1.
    let file = quad(|file, primitive| {
        primitive["mode"] = json!(5);
        let color = file.floats(&[[0.1, 0.2, 0.3]; 4]);
        primitive["attributes"]["COLOR_0"] = json!(color);
    });
    assert_eq!(
        file.scene().meshes[0].colors,
        [Vec4::new(0.1, 0.2, 0.3, 1.0); 4]
    );
}

#[test]
fn quantized_meshes() {
    let mut file = GltfFile::new();
    let positions: Vec<u8> = [[0_i16, 0, 0], [100, 0, 0], [0, 0, -200]]
        .iter()
        .flat_map(|p| [p[0], p[1], p[2], 0])
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let positions = file.accessor(I16, "VEC3", 3, &positions);
    let view = file.json["accessors"][positions]["bufferView"]
        .as_u64()
        .unwrap() as usize;
    file.json["bufferViews"][view]["byteStride"] = json!(8);
    let normals = file.normalized(I8, "VEC3", 3, &[0, 127, 0, 0, 127, 0, 0, 127, 0]);
    let mesh = file.mesh(json!({"attributes": {"POSITION": positions, "NORMAL": normals}}));
    file.root(json!({"mesh": mesh, "scale": [0.01, 0.01, 0.01], "extras": {"bs_class": "tube"}}));
    file.json["extensionsUsed"] = json!(["KHR_mesh_quantization"]);
    file.json["extensionsRequired"] = json!(["KHR_mesh_quantization"]);
    let scene = file.scene();
    assert_eq!(
        scene.meshes[0].positions,
        [Vec3::ZERO, 100.0 * Vec3::X, 200.0 * Vec3::Y]
    );
    assert_eq!(scene.meshes[0].normals, [Vec3::Z; 3]);
    assert!((scene.objects[0].bounds.max - Vec3::new(1.0, 2.0, 0.0)).length() < 1e-6);
}

#[test]
fn interleaved_attributes() {
    let mut file = GltfFile::new();
    let vertex = |p: [f32; 3]| [p[0], p[1], p[2], 0.0, 2.0, 0.0];
    let bytes: Vec<u8> = QUAD
        .into_iter()
        .flat_map(vertex)
        .flat_map(f32::to_le_bytes)
        .collect();
    let positions = file.accessor(5126, "VEC3", 4, &bytes);
    file.json["bufferViews"][0]["byteStride"] = json!(24);
    let mut normals = file.json["accessors"][positions].clone();
    normals["byteOffset"] = json!(12);
    let normals = file.push("accessors", normals);
    let attributes = json!({"POSITION": positions, "NORMAL": normals});
    let mesh = file.mesh(json!({"attributes": attributes, "mode": 5}));
    file.root(json!({"mesh": mesh, "extras": {"bs_class": "tube"}}));
    let mesh = &file.scene().meshes[0];
    assert_eq!(mesh.positions[2], Vec3::new(1.0, 1.0, 0.0));
    assert_eq!(mesh.normals, [Vec3::Z; 4]);
}

#[test]
fn a_mesh_is_shared_and_mirroring_goes_into_a_copy() {
    let mut file = GltfFile::new();
    let mesh = file.tetrahedron();
    let scales = [
        [1.0, 1.0, 1.0],
        [2.0, 2.0, 2.0],
        [1.0, -1.0, 1.0],
        [-1.0, -1.0, -2.0],
    ];
    for (x, scale) in scales.into_iter().enumerate() {
        let extras = json!({"bs_class": "tube"});
        file.root(
            json!({"mesh": mesh, "translation": [x, 0, 0], "scale": scale, "extras": extras}),
        );
    }
    let scene = file.scene();
    let surface = |i: usize| &scene.objects[i].surfaces[0];
    assert_eq!(surface(0).mesh, surface(1).mesh);
    assert_eq!(surface(2).mesh, surface(3).mesh);
    assert_eq!(scene.meshes.len(), 2);
    for (i, expected) in [1.0, 8.0, 1.0, 2.0].into_iter().enumerate() {
        let from_mesh = surface(i).object_from_mesh;
        assert!(from_mesh.matrix3.determinant() > 0.0, "object {i}");
        let mut mesh = scene.meshes[surface(i).mesh.index()].clone();
        for p in &mut mesh.positions {
            *p = scene.objects[i]
                .asset_from_object
                .point(from_mesh.transform_point3(*p));
            p.x -= i as f32;
        }
        assert!(
            (volume(&mesh) - expected).abs() < 1e-6,
            "object {i}: {}",
            volume(&mesh)
        );
        // The world's corners are those of the file: mirrored where the node says so.
        let top = mesh
            .positions
            .iter()
            .fold(0.0_f32, |a, p| if p.z.abs() > a.abs() { p.z } else { a });
        assert!(
            (top - [3.0, 6.0, -3.0, -3.0][i]).abs() < 1e-6,
            "object {i}: {top}"
        );
        // Normals agree with the triangles.
        let t = mesh.triangles[0].map(|i| mesh.positions[i as usize]);
        let normal = scene.meshes[surface(i).mesh.index()].normals[mesh.triangles[0][0] as usize];
        let turned = from_mesh.matrix3.inverse().transpose() * normal;
        let turned = scene.objects[i]
            .asset_from_object
            .direction(turned)
            .normalize();
        assert!(((t[1] - t[0]).cross(t[2] - t[0]).normalize() - turned).length() < 1e-6);
    }
}
