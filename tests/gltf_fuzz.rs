//! The glTF and taxonomy loaders end without a panic and within memory on any bytes.

use std::cell::Cell;
use std::io::Cursor;
use std::path::Path;

use benchside::scene::gltf::load_bytes;
use benchside::scene::taxonomy::Taxonomy;
use image::{ImageFormat, RgbImage};
use serde_json::json;

use crate::support::fuzz::{Campaign, Rng, mutate_bytes, mutate_json, mutate_lines};
use crate::support::gltf::{GltfFile, I16, U8, taxonomy};
use crate::support::heap::peak_of;

/// One input may need this much. The inputs are of a few kilobytes; what they can stand for is
/// 65,536 zeros an accessor, and images of 8,256 px a byte.
const MOST_BYTES: usize = 64 << 20;

/// A file that uses everything the loader understands.
fn kitchen_sink() -> GltfFile {
    let mut file = GltfFile::new();
    let image = |format| {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_fn(8, 8, |x, y| image::Rgb([x as u8 * 30, y as u8 * 30, 99]))
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    };
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let view = file.view(&image(format));
        let source = file.push(
            "images",
            json!({"bufferView": view, "mimeType": "image/png"}),
        );
        file.push("textures", json!({"source": source, "sampler": 0}));
    }
    file.push("samplers", json!({"wrapS": 33071, "wrapT": 33648}));
    let transform = json!({"KHR_texture_transform": {"offset": [0.1, 0.2], "rotation": 1, "scale": [2, 2], "texCoord": 0}});
    file.push("materials", json!({
        "name": "all",
        "pbrMetallicRoughness": {
            "baseColorFactor": [1, 0.5, 0, 1], "baseColorTexture": {"index": 0, "extensions": transform},
            "metallicFactor": 0.5, "roughnessFactor": 0.5, "metallicRoughnessTexture": {"index": 1},
        },
        "normalTexture": {"index": 0, "scale": 2}, "occlusionTexture": {"index": 1, "strength": 0.5},
        "emissiveTexture": {"index": 0}, "emissiveFactor": [1, 1, 1], "alphaMode": "MASK", "alphaCutoff": 0.3,
        "doubleSided": true,
        "extensions": {
            "KHR_materials_emissive_strength": {"emissiveStrength": 3},
            "KHR_materials_transmission": {"transmissionFactor": 1, "transmissionTexture": {"index": 0}},
            "KHR_materials_ior": {"ior": 1.4}, "KHR_materials_unlit": {},
            "KHR_materials_volume": {"thicknessFactor": 1, "attenuationDistance": 2, "attenuationColor": [1, 1, 1]},
        },
    }));
    file.push("materials", json!({"name": "plain", "alphaMode": "BLEND"}));

    let corners = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 0.0, -2.0], [0.0, 3.0, 0.0]];
    let positions = file.floats(&corners);
    let uvs = file.floats(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    let normals = file.floats(&[[0.0, 1.0, 0.0]; 4]);
    let tangents = file.floats(&[[1.0, 0.0, 0.0, 1.0]; 4]);
    let colors = file.normalized(U8, "VEC4", 4, &[255; 16]);
    let indices = file.indices(&[0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);
    let moved = json!({
        "count": 2,
        "indices": {"bufferView": file.view(&[1, 3]), "componentType": U8},
        "values": {"bufferView": file.view(&[0x3f; 24])},
    });
    file.json["accessors"][positions]["sparse"] = moved;
    let attributes = json!({"POSITION": positions, "NORMAL": normals, "TANGENT": tangents,
        "TEXCOORD_0": uvs, "TEXCOORD_1": uvs, "COLOR_0": colors});
    let variants =
        json!({"KHR_materials_variants": {"mappings": [{"material": 1, "variants": [0, 1]}]}});
    let flat = json!({"POSITION": positions});
    file.push(
        "meshes",
        json!({"name": "shape", "primitives": [
            {"attributes": attributes, "indices": indices, "material": 0, "extensions": variants},
            {"attributes": flat, "indices": indices, "mode": 5},
            {"attributes": flat, "mode": 6, "material": 1},
            {"attributes": flat, "mode": 1},
        ]}),
    );
    let turns: Vec<u8> = [0_i16, 0, 0, 32767, 0, 32767, 0, 0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let (places, turns) = (
        file.floats(&[[0.0; 3], [1.0; 3]]),
        file.normalized(I16, "VEC4", 2, &turns),
    );
    let scales = file.floats(&[[1.0; 3], [-2.0; 3]]);
    let instances = json!({"EXT_mesh_gpu_instancing": {"attributes":
        {"TRANSLATION": places, "ROTATION": turns, "SCALE": scales}}});
    file.push(
        "cameras",
        json!({"type": "perspective", "perspective": {"yfov": 0.8}}),
    );
    let spot = json!({"type": "spot", "color": [1, 1, 0], "intensity": 9, "spot": {"innerConeAngle": 0.1, "outerConeAngle": 0.5}});
    let lights = json!([spot, {"type": "point"}, {"type": "directional"}]);
    file.json["extensions"] = json!({
        "KHR_lights_punctual": {"lights": lights},
        "KHR_materials_variants": {"variants": [{"name": "a"}, {"name": "b"}]},
    });
    file.json["extensionsUsed"] = json!(["KHR_mesh_quantization", "KHR_materials_sheen"]);
    file.json["extensionsRequired"] = json!(["KHR_mesh_quantization"]);

    let nodes = [
        json!({"name": "room", "children": [1, 8, 9, 10], "scale": [2, 2, 2], "extras": {"bs_friction": 0.5}}),
        json!({"name": "rack", "mesh": 0, "children": [2, 3, 4, 5, 6, 7], "rotation": [0, 0.6, 0, 0.8],
            "extras": {"bs_class": "rack", "bs_body": "dynamic", "bs_mass": 20000, "bs_part": "body"}}),
        json!({"name": "UCX_rack", "mesh": 0, "scale": [-1, 1, 1]}),
        json!({"name": "tip", "translation": [0, 1, 0], "extras": {"bs_keypoint": "tip"}}),
        json!({"name": "grip", "extras": {"bs_grasp": "grip"}}),
        json!({"name": "slot", "mesh": 0, "extras": {"bs_region": "slot"}}),
        json!({"name": "slot.001", "extras": {"bs_region": "slot"}}),
        json!({"name": "tubes", "mesh": 0, "extensions": instances,
            "extras": {"bs_class": "tube", "bs_collider": "capsule"}}),
        json!({"name": "panel", "extras": {"bs_light": "rect", "bs_lumens": 100, "bs_kelvin": 3000}}),
        json!({"name": "lamp", "camera": 0, "extensions": {"KHR_lights_punctual": {"light": 0}}}),
        json!({"name": "wall", "mesh": 0, "extras": {"bs_class": "tube"},
            "matrix": [0, 0, -2, 0, 0, 3, 0, 0, 4, 0, 0, 0, 1, 2, 3, 1]}),
    ];
    for node in nodes {
        file.push("nodes", node);
    }
    file.json["scenes"][0]["nodes"] = json!([0]);
    file
}

/// JSON and buffer of a GLB file.
fn taken_apart(glb: &[u8]) -> GltfFile {
    let json = 20 + u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
    GltfFile {
        json: serde_json::from_slice(&glb[20..json]).unwrap(),
        bin: glb[json + 8..].to_vec(),
    }
}

fn corpus() -> Vec<GltfFile> {
    let blender = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blender/frames.glb");
    vec![
        kitchen_sink(),
        taken_apart(&std::fs::read(blender).unwrap()),
        GltfFile::of_triangle(),
    ]
}

fn mutated(rng: &mut Rng, corpus: &[GltfFile]) -> Vec<u8> {
    let mut file = rng.pick(corpus).clone();
    if !rng.chance(6) {
        mutate_json(rng, &mut file.json);
    }
    if rng.chance(3) && !file.bin.is_empty() {
        mutate_bytes(rng, &mut file.bin);
    }
    if !file.json.is_object() {
        return file.json.to_string().into_bytes();
    }
    let mut bytes = if rng.chance(4) {
        file.embedded()
    } else {
        file.glb()
    };
    if rng.chance(8) {
        mutate_bytes(rng, &mut bytes);
    }
    bytes
}

fn campaign(campaign: &Campaign) {
    let corpus = corpus();
    let (loaded, refused) = (Cell::new(0_u64), Cell::new(0_u64));
    campaign.run(
        |rng| mutated(rng, &corpus),
        |bytes| {
            let (scene, problems) = load_bytes(bytes, taxonomy());
            // Whoever gets a scene may trust it.
            assert_eq!(problems.has_errors(), scene.assets.is_empty());
            let outcome = if problems.has_errors() {
                &refused
            } else {
                &loaded
            };
            outcome.set(outcome.get() + 1);
            for object in &scene.objects {
                assert!(object.asset_from_object.is_finite());
                assert!(object.bounds.min.is_finite() && object.bounds.max.is_finite());
                assert!(
                    object
                        .surfaces
                        .iter()
                        .all(|s| s.object_from_mesh.is_finite())
                );
            }
            for mesh in &scene.meshes {
                let n = mesh.positions.len();
                assert!(mesh.triangles.iter().flatten().all(|i| (*i as usize) < n));
                assert!(mesh.normals.len() == n && mesh.normals.iter().all(|v| v.is_normalized()));
                assert!(mesh.positions.iter().all(|p| p.is_finite()));
                for len in [mesh.tangents.len(), mesh.colors.len(), mesh.uvs[0].len()] {
                    assert!(len == 0 || len == n);
                }
            }
        },
    );
    // Mutations that all fail, or all do nothing, would test little.
    let (loaded, refused) = (loaded.get(), refused.get());
    println!("{loaded} loaded, {refused} refused");
    assert!(loaded > refused / 10 && refused > loaded / 10);
}

#[test]
fn the_kitchen_sink_is_clean() {
    let (scene, problems) = kitchen_sink().load();
    // Lines, and the sheen it asks for.
    assert_eq!(problems.counts(), (0, 2), "{problems}");
    assert_eq!(scene.objects.len(), 4);
}

#[test]
fn a_short_campaign_finds_nothing() {
    campaign(&Campaign::short("gltf", 3000, MOST_BYTES));
}

/// `BENCHSIDE_FUZZ_SECS=600 cargo test --release --test main gltf_fuzz -- --ignored --nocapture`
#[test]
#[ignore = "takes ten minutes"]
fn a_long_campaign_finds_nothing() {
    campaign(&Campaign::long("gltf", MOST_BYTES));
}

#[test]
fn a_short_campaign_on_the_taxonomy_finds_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/taxonomy.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let head: Vec<&str> = text.lines().take(60).collect();
    let head = head.join("\n");
    let loaded = Cell::new(0_u64);
    Campaign::short("taxonomy", 2000, 1 << 20).run(
        |rng| mutate_lines(rng, &head).into_bytes(),
        |bytes| {
            let text = std::str::from_utf8(bytes).unwrap();
            if let Ok(taxonomy) = Taxonomy::parse(&path, text) {
                loaded.set(loaded.get() + 1);
                // Ends, for there are no cycles.
                for class in &taxonomy.classes {
                    assert_eq!(
                        taxonomy.lineage(class.id).last(),
                        Some(&class.name.as_str())
                    );
                }
            }
        },
    );
    assert!((100..1900).contains(&loaded.get()), "{}", loaded.get());
}

#[test]
fn small_files_that_claim_much_get_little() {
    // Instances × primitives: quadratic in the file, unless counted.
    let mut many = GltfFile::of_triangle();
    let primitive = many.json["meshes"][0]["primitives"][0].clone();
    many.json["meshes"][0]["primitives"] = vec![primitive; 2000].into();
    let zeros = json!({"componentType": 5126, "type": "VEC3", "count": 65_535});
    let zeros = many.push("accessors", zeros);
    many.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"] =
        json!({"TRANSLATION": zeros});
    let ((_, problems), peak) = peak_of(|| many.load());
    assert!(
        problems
            .to_string()
            .contains("decode to more than 2048 MiB"),
        "{problems}"
    );
    assert!(peak < 3 << 30, "{peak}");
}
