//! Buffers, accessors, meshes, materials, images.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::{assert_flaw, assert_report};
use crate::support::gltf::GltfFile;

#[test]
fn view_beyond_its_buffer() {
    assert_flaw(
        |json| json["bufferViews"][0]["byteOffset"] = json!(4),
        "error: memory.gltf: /bufferViews/0
  found:    bytes 4 … 40 of buffer 0
  expected: bytes of 0 … 36",
    );
}

#[test]
fn buffer_shorter_than_it_says() {
    assert_flaw(
        |json| json["buffers"] = json!([{"byteLength": 4096}]),
        "error: memory.gltf: /buffers/0
  found:    byteLength 4096, but only 36 bytes of data
  expected: all the data
  remedy:   export it again, or copy it whole",
    );
}

#[test]
fn buffer_from_nowhere() {
    let mut file = GltfFile::of_triangle();
    file.json["buffers"] = json!([{"byteLength": 36}]);
    assert_report(
        file.json.to_string().as_bytes(),
        "error: memory.gltf: /buffers/0
  found:    no `uri`, and no binary chunk for it
  expected: a `uri`, or the first buffer of a .glb file",
    );
}

#[test]
fn broken_base64() {
    assert_flaw(
        |json| json["buffers"] = json!([{"byteLength": 1, "uri": "data:;base64,A*=="}]),
        "error: memory.gltf: /buffers/0/uri
  found:    a data: URI with broken base64
  expected: base64 data",
    );
}

#[test]
fn accessor_beyond_its_view() {
    assert_flaw(
        |json| json["accessors"][0]["count"] = json!(4),
        "error: memory.gltf: /accessors/0
  found:    4 elements that end at byte 48 of bufferView 0
  expected: an end within its 36 bytes",
    );
}

#[test]
fn accessor_count_that_overflows() {
    assert_flaw(
        |json| {
            json["accessors"][0]["count"] = json!(4_294_967_295_u32);
            json["accessors"][0]["byteOffset"] = json!(1_073_741_824);
        },
        "error: memory.gltf: /accessors/0
  found:    4294967295 elements that end at byte 52613349364 of bufferView 0
  expected: an end within its 36 bytes",
    );
}

#[test]
fn accessor_of_minus_one_elements() {
    assert_flaw(
        |json| json["accessors"][0]["count"] = json!(-1),
        "error: memory.gltf: /accessors/0/count
  found:    -1
  expected: a whole number of 0 … 4294967295",
    );
}

#[test]
fn accessor_of_nothing() {
    assert_flaw(
        |json| json["accessors"][0]["count"] = json!(0),
        "error: memory.gltf: /accessors/0/count
  found:    0
  expected: at least 1",
    );
}

#[test]
fn endless_zeros() {
    assert_flaw(
        |json| {
            let (ty, kind) = (5126, "VEC3");
            json["accessors"][0] =
                json!({"componentType": ty, "type": kind, "count": 4_000_000_000_u32});
        },
        "error: memory.gltf: /accessors/0/count
  found:    4000000000
  expected: at most 65536 elements without a `bufferView`",
    );
}

#[test]
fn unknown_component_type() {
    assert_flaw(
        |json| json["accessors"][0]["componentType"] = json!(5124),
        "error: memory.gltf: /accessors/0/componentType
  found:    5124
  expected: 5120, 5121, 5122, 5123, 5125 or 5126",
    );
}

#[test]
fn missing_accessor() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(7),
        "error: memory.gltf: /meshes/0/primitives/0/attributes/POSITION (shape)
  found:    7
  expected: an index into `accessors`, which has 1 entry",
    );
}

#[test]
fn positions_of_two_components() {
    assert_flaw(
        |json| json["accessors"][0]["type"] = json!("VEC2"),
        "error: memory.gltf: /meshes/0/primitives/0/attributes/POSITION (shape)
  found:    an accessor of VEC2 float
  expected: VEC3 float",
    );
}

#[test]
fn overlapping_elements() {
    assert_flaw(
        |json| json["bufferViews"][0]["byteStride"] = json!(8),
        "error: memory.gltf: /accessors/0
  found:    elements of 12 bytes, 8 bytes apart
  expected: elements that do not overlap",
    );
}

#[test]
fn nan_position() {
    let mut file = GltfFile::of_triangle();
    file.bin[12..16].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_report(
        &file.glb(),
        "error: memory.gltf: /accessors/0
  found:    [NaN, 0.0, 0.0] in element 1
  expected: finite numbers",
    );
}

#[test]
fn position_beyond_a_million_metres() {
    let mut file = GltfFile::of_triangle();
    file.bin[12..16].copy_from_slice(&1e30_f32.to_le_bytes());
    assert_report(
        &file.glb(),
        "error: memory.gltf: /meshes/0/primitives/0/attributes/POSITION (shape)
  found:    [1e30, 0.0, 0.0] as position 1
  expected: numbers within ±1e6",
    );
}

#[test]
fn zero_area_mesh() {
    let mut file = GltfFile::of_triangle();
    // The third corner is the second one's double: all on one line.
    let line = [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0];
    file.bin = line.iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_report(
        &file.glb(),
        "error: memory.gltf: /meshes/0 (shape)
  found:    a mesh without area: every triangle is degenerate
  expected: at least one triangle with an area
  remedy:   delete it, or apply the scale that flattens it",
    );
}

#[test]
fn index_beyond_the_vertices() {
    let mut file = GltfFile::of_triangle();
    let indices = file.indices(&[0, 1, 3]);
    file.json["meshes"][0]["primitives"][0]["indices"] = json!(indices);
    assert_report(
        &file.glb(),
        "error: memory.gltf: /meshes/0/primitives/0/indices (shape)
  found:    index 3 as number 2
  expected: indices below 3, the number of vertices",
    );
}

#[test]
fn fewer_normals_than_positions() {
    let mut file = GltfFile::of_triangle();
    let normals = file.floats(&[[0.0, 1.0, 0.0]; 2]);
    file.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(normals);
    assert_report(
        &file.glb(),
        "error: memory.gltf: /meshes/0/primitives/0/attributes/NORMAL (shape)
  found:    2 elements
  expected: 3, as many as positions",
    );
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
    assert_report(
        &file.glb(),
        "error: memory.gltf: /accessors/0
  found:    sparse index 1 as number 1
  expected: rising indices below 3",
    );
}

#[test]
fn unknown_primitive_mode() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["mode"] = json!(7),
        "error: memory.gltf: /meshes/0/primitives/0/mode (shape)
  found:    7
  expected: a mode of 0 … 6",
    );
}

#[test]
fn mesh_without_positions() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["attributes"] = json!({}),
        "error: memory.gltf: /meshes/0/primitives/0/attributes (shape)
  found:    no `POSITION`
  expected: a `POSITION`",
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
    assert_report(
        &file.glb(),
        "error: memory.gltf: /materials/0/pbrMetallicRoughness/roughnessFactor (m)
  found:    1.5
  expected: a number of 0 … 1",
    );
}

#[test]
fn unknown_alpha_mode() {
    assert_report(
        &with_material(json!({"alphaMode": "GLASS"})).glb(),
        r#"error: memory.gltf: /materials/0/alphaMode
  found:    "GLASS"
  expected: OPAQUE, MASK or BLEND"#,
    );
}

#[test]
fn missing_material() {
    assert_flaw(
        |json| json["meshes"][0]["primitives"][0]["material"] = json!(0),
        "error: memory.gltf: /meshes/0/primitives/0/material (shape)
  found:    0
  expected: an index into `materials`, which has 0 entries",
    );
}

#[test]
fn missing_variant() {
    let mut file = with_material(json!({"name": "m"}));
    file.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"] =
        json!({"mappings": [{"material": 0, "variants": [1]}]});
    assert_report(&file.glb(), "error: memory.gltf: /meshes/0/primitives/0/extensions/KHR_materials_variants/mappings/0/variants/0 (shape)
  found:    1
  expected: an index into `KHR_materials_variants.variants`, which has 0 entries");
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
    assert_report(
        &file.glb(),
        "error: memory.gltf: /meshes/0/primitives/0 (shape)
  found:    no TEXCOORD_0, which its material uses
  expected: UVs for every texture
  remedy:   unwrap the mesh, or use a material without textures",
    );
}

#[test]
fn third_uv_set() {
    let mut file = with_image(&encoded(ImageFormat::Png));
    file.json["materials"][0]["emissiveTexture"]["texCoord"] = json!(2);
    assert_report(
        &file.glb(),
        "error: memory.gltf: /materials/0/emissiveTexture/texCoord
  found:    2
  expected: 0 or 1: two UV sets are supported",
    );
}

#[test]
fn image_of_another_format() {
    assert_report(
        &with_image(b"RIFF....WEBP").glb(),
        "error: memory.gltf: /images/0/bufferView (pic)
  found:    neither PNG nor JPEG
  expected: a whole PNG or JPEG image of at most 8192 × 8192 px",
    );
}

#[test]
fn truncated_png() {
    let png = encoded(ImageFormat::Png);
    assert_report(
        &with_image(&png[..png.len() / 2]).glb(),
        "error: memory.gltf: /images/0/bufferView (pic)
  found:    a broken image: unexpected end of file
  expected: a whole PNG or JPEG image of at most 8192 × 8192 px",
    );
}

#[test]
fn truncated_jpeg() {
    let jpeg = encoded(ImageFormat::Jpeg);
    assert_report(
        &with_image(&jpeg[..jpeg.len() / 2]).glb(),
        "error: memory.gltf: /images/0/bufferView (pic)
  found:    a JPEG image without an end
  expected: a whole PNG or JPEG image of at most 8192 × 8192 px",
    );
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
    assert_report(
        &with_image(&png).glb(),
        "error: memory.gltf: /images/0/bufferView (pic)
  found:    2147483647 × 2147483647 px in 45 bytes
  expected: a whole PNG or JPEG image of at most 8192 × 8192 px",
    );
}
