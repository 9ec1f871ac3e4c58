//! Buffers, accessors, meshes, materials, images.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::{assert_flaw, assert_report};
use crate::support::gltf::GltfFile;

#[test]
fn view_beyond_its_buffer() {
    assert_flaw(|json| json["bufferViews"][0]["byteOffset"] = json!(4), "?");
}

#[test]
fn buffer_shorter_than_it_says() {
    assert_flaw(|json| json["buffers"] = json!([{"byteLength": 4096}]), "?");
}

#[test]
fn buffer_from_nowhere() {
    let mut file = GltfFile::of_triangle();
    file.json["buffers"] = json!([{"byteLength": 36}]);
    assert_report(file.json.to_string().as_bytes(), "?");
}

#[test]
fn broken_base64() {
    assert_flaw(
        |json| json["buffers"] = json!([{"byteLength": 1, "uri": "data:;base64,A*=="}]),
        "?",
    );
}

#[test]
fn accessor_beyond_its_view() {
    assert_flaw(|json| json["accessors"][0]["count"] = json!(4), "?");
}

#[test]
fn accessor_count_that_overflows() {
    assert_flaw(
        |json| {
            json["accessors"][0]["count"] = json!(4_294_967_295_u32);
            json["accessors"][0]["byteOffset"] = json!(1_073_741_824);
        },
        "?",
    );
}

#[test]
fn accessor_of_minus_one_elements() {
    assert_flaw(|json| json["accessors"][0]["count"] = json!(-1), "?");
}

#[test]
fn accessor_of_nothing() {
    assert_flaw(|json| json["accessors"][0]["count"] = json!(0), "?");
}

#[test]
fn endless_zeros() {
    assert_flaw(
        |json| {
            let (ty, kind) = (5126, "VEC3");
            json["accessors"][0] =
                json!({"componentType": ty, "type": kind, "count": 4_000_000_000_u32});
        },
        "?",
    );
}

#[test]
fn unknown_component_type() {
    assert_flaw(
        |json| json["accessors"][0]["componentType"] = json!(5124),
        "?",
    );
}

#[test]
fn missing_accessor() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(7),
        "?",
    );
}

#[test]
fn positions_of_two_components() {
    assert_flaw(|json| json["accessors"][0]["type"] = json!("VEC2"), "?");
}

#[test]
fn overlapping_elements() {
    assert_flaw(|json| json["bufferViews"][0]["byteStride"] = json!(8), "?");
}

#[test]
fn nan_position() {
    let mut file = GltfFile::of_triangle();
    file.bin[12..16].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_report(&file.glb(), "?");
}

#[test]
fn position_beyond_a_million_metres() {
    let mut file = GltfFile::of_triangle();
    file.bin[12..16].copy_from_slice(&1e30_f32.to_le_bytes());
    assert_report(&file.glb(), "?");
}

#[test]
fn zero_area_mesh() {
    let mut file = GltfFile::of_triangle();
    // The third corner is the second one's double: all on one line.
    let line = [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0];
    file.bin = line.iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_report(&file.glb(), "?");
}

#[test]
fn index_beyond_the_vertices() {
    let mut file = GltfFile::of_triangle();
    let indices = file.indices(&[0, 1, 3]);
    file.json["meshes"][0]["primitives"][0]["indices"] = json!(indices);
    assert_report(&file.glb(), "?");
}

#[test]
fn fewer_normals_than_positions() {
    let mut file = GltfFile::of_triangle();
    let normals = file.floats(&[[0.0, 1.0, 0.0]; 2]);
    file.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(normals);
    assert_report(&file.glb(), "?");
}

#[test]
fn sparse_indices_that_fall() {
    let mut file = GltfFile::of_triangle();
    let (indices, values) = (file.view(&[2, 1]), file.view(&[0; 24]));
    file.json["accessors"][0]["sparse"] = json!({
        "count": 2,
        "indices": {"bufferView": indices, "componentType": 5121},
        "values": {"bufferView": values},
    });
    assert_report(&file.glb(), "?");
}

#[test]
fn unknown_primitive_mode() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["mode"] = json!(7),
        "?",
    );
}

#[test]
fn mesh_without_positions() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["attributes"] = json!({}),
        "?",
    );
}

fn with_material(material: Value) -> GltfFile {
    let mut file = GltfFile::of_triangle();
    file.push("materials", material);
    file.json["meshes"][0]["primitives"][0]["material"] = json!(0);
    file
}

#[test]
fn factor_out_of_range() {
    let file =
        with_material(json!({"name": "m", "pbrMetallicRoughness": {"roughnessFactor": 1.5}}));
    assert_report(&file.glb(), "?");
}

#[test]
fn unknown_alpha_mode() {
    assert_report(&with_material(json!({"alphaMode": "GLASS"})).glb(), "?");
}

#[test]
fn missing_material() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["material"] = json!(0),
        "?",
    );
}

#[test]
fn missing_variant() {
    let mut file = with_material(json!({"name": "m"}));
    file.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"] =
        json!({"mappings": [{"material": 0, "variants": [1]}]});
    assert_report(&file.glb(), "?");
}

/// A file whose only image is `bytes`.
fn with_image(bytes: &[u8]) -> GltfFile {
    let mut file = with_material(json!({"emissiveTexture": {"index": 0}}));
    let uvs = file.floats(&[[0.0, 0.0]; 3]);
    file.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = json!(uvs);
    let view = file.view(bytes);
    file.push("images", json!({"name": "pic", "bufferView": view}));
    file.push("textures", json!({"source": 0}));
    file
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * y) as u8, x as u8, y as u8]))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn texture_without_uvs() {
    let mut file = with_image(&encoded(ImageFormat::Png));
    let attributes = &mut file.json["meshes"][0]["primitives"][0]["attributes"];
    attributes.as_object_mut().unwrap().remove("TEXCOORD_0");
    assert_report(&file.glb(), "?");
}

#[test]
fn third_uv_set() {
    let mut file = with_image(&encoded(ImageFormat::Png));
    file.json["materials"][0]["emissiveTexture"]["texCoord"] = json!(2);
    assert_report(&file.glb(), "?");
}

#[test]
fn image_of_another_format() {
    assert_report(&with_image(b"RIFF....WEBP").glb(), "?");
}

#[test]
fn truncated_png() {
    let png = encoded(ImageFormat::Png);
    assert_report(&with_image(&png[..png.len() / 2]).glb(), "?");
}

#[test]
fn truncated_jpeg() {
    let jpeg = encoded(ImageFormat::Jpeg);
    assert_report(&with_image(&jpeg[..jpeg.len() / 2]).glb(), "?");
}

#[test]
fn huge_png() {
    // The header of a PNG of 2³¹ − 1 px each way, and its right CRC-32.
    let mut png =
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0".to_vec();
    let crc = png[12..].iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            if c & 1 == 1 {
                c >> 1 ^ 0xedb8_8320
            } else {
                c >> 1
            }
        })
    });
    png.extend((!crc).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    assert_report(&with_image(&png).glb(), "?");
}
