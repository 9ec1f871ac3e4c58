//! Materials, textures, variants.

use std::io::Cursor;

use benchside::base::ids::MaterialId;
use benchside::scene::material::{AlphaMode, Material, TextureRef, Wrap};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::support::gltf::{GltfFile, base64};

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// 2 × 1 px: (255, 128, 0, 64) and (1, 2, 3, 4).
fn png() -> Vec<u8> {
    let mut image = RgbaImage::new(2, 1);
    image.put_pixel(0, 0, Rgba([255, 128, 0, 64]));
    image.put_pixel(1, 0, Rgba([1, 2, 3, 4]));
    encoded(&image.into(), ImageFormat::Png)
}

/// A triangle with two UV sets and this material.
fn with_material(material: Value) -> GltfFile {
    let mut file = GltfFile::of_triangle();
    let (uv0, uv1) = (file.floats(&[[0.0, 0.0]; 3]), file.floats(&[[0.5, 0.5]; 3]));
    let primitive = &mut file.json["meshes"][0]["primitives"][0];
    primitive["attributes"]["TEXCOORD_0"] = json!(uv0);
    primitive["attributes"]["TEXCOORD_1"] = json!(uv1);
    primitive["material"] = json!(0);
    file.push("materials", material);
    file
}

fn add_texture(file: &mut GltfFile, bytes: &[u8]) {
    let view = file.view(bytes);
    let image = file.push(
        "images",
        json!({"name": "pic", "bufferView": view, "mimeType": "image/png"}),
    );
    file.push("textures", json!({"source": image}));
}

#[test]
fn the_default_material_is_the_specifications() {
    for file in [GltfFile::of_triangle(), with_material(json!({}))] {
        let scene = file.scene();
        let material = &scene.materials[scene.objects[0].surfaces[0].material.index()];
        assert_eq!(*material, Material::default());
        assert_eq!(material.base_color, [1.0; 4]);
        assert_eq!(
            (material.metallic, material.roughness, material.ior),
            (1.0, 1.0, 1.5)
        );
        assert_eq!(material.alpha, AlphaMode::Opaque);
        assert!(material.attenuation_distance_m.is_infinite());
    }
}

#[test]
fn every_factor() {
    let material = json!({
        "name": "glass",
        "pbrMetallicRoughness": {
            "baseColorFactor": [0.1, 0.2, 0.3, 0.4], "metallicFactor": 0.5, "roughnessFactor": 0.6,
        },
        "emissiveFactor": [0.25, 0.5, 1.0],
        "alphaMode": "MASK",
        "alphaCutoff": 0.7,
        "doubleSided": true,
        "extensions": {
            "KHR_materials_emissive_strength": {"emissiveStrength": 8},
            "KHR_materials_transmission": {"transmissionFactor": 0.9},
            "KHR_materials_ior": {"ior": 1.52},
            "KHR_materials_volume": {
                "thicknessFactor": 0.002, "attenuationDistance": 0.5,
                "attenuationColor": [0.7, 0.8, 0.9],
            },
            "KHR_materials_unlit": {},
        },
    });
    let expected = Material {
        name: "glass".into(),
        base_color: [0.1, 0.2, 0.3, 0.4],
        metallic: 0.5,
        roughness: 0.6,
        emissive_nits: [2.0, 4.0, 8.0],
        alpha: AlphaMode::Mask(0.7),
        double_sided: true,
        unlit: true,
        transmission: 0.9,
        ior: 1.52,
        thickness_m: 0.002,
        attenuation_color: [0.7, 0.8, 0.9],
        attenuation_distance_m: 0.5,
        ..Material::default()
    };
    assert_eq!(with_material(material).scene().materials, [expected]);
    let blend = with_material(json!({"alphaMode": "BLEND"})).scene();
    assert_eq!(blend.materials[0].alpha, AlphaMode::Blend);
    let mask = with_material(json!({"alphaMode": "MASK"})).scene();
    assert_eq!(mask.materials[0].alpha, AlphaMode::Mask(0.5));
}

#[test]
fn every_kind_of_texture() {
    let mut file = with_material(json!({
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0, "texCoord": 1},
            "metallicRoughnessTexture": {"index": 0},
        },
        "normalTexture": {"index": 0, "scale": -0.5},
        "occlusionTexture": {"index": 0, "strength": 0.25},
        "emissiveTexture": {"index": 1, "extensions": {"KHR_texture_transform": {
            "offset": [0.1, 0.2], "rotation": 0.3, "scale": [2, 3], "texCoord": 1,
        }}},
        "extensions": {"KHR_materials_transmission": {"transmissionTexture": {"index": 0}}},
    }));
    add_texture(&mut file, &png());
    let sampler = json!({"wrapS": 33071, "wrapT": 33648, "minFilter": 9987});
    file.push("samplers", sampler);
    file.push("textures", json!({"source": 0, "sampler": 0}));
    let scene = file.scene();
    let m = &scene.materials[0];
    let texture = |r: Option<TextureRef>| &scene.textures[r.unwrap().texture.index()];

    let base = m.base_color_texture.unwrap();
    assert_eq!(
        (base.uv_set, base.offset, base.rotation_rad, base.scale),
        (1, [0.0; 2], 0.0, [1.0; 2])
    );
    let pixels = &texture(m.base_color_texture).rgba;
    assert_eq!(*pixels, [[255, 128, 0, 64], [1, 2, 3, 4]]);
    for (reference, srgb, wrap) in [
        (m.base_color_texture, true, Wrap::Repeat),
        (m.metallic_roughness_texture, false, Wrap::Repeat),
        (m.normal_texture, false, Wrap::Repeat),
        (m.occlusion_texture, false, Wrap::Repeat),
        (m.transmission_texture, false, Wrap::Repeat),
        (m.emissive_texture, true, Wrap::ClampToEdge),
    ] {
        let texture = texture(reference);
        assert_eq!((texture.srgb, texture.wrap_u), (srgb, wrap));
        assert_eq!(
            (texture.width_px, texture.height_px, texture.name.as_str()),
            (2, 1, "pic")
        );
        assert_eq!(texture.rgba, *pixels);
    }
    assert_eq!(texture(m.emissive_texture).wrap_v, Wrap::MirroredRepeat);
    assert_eq!(
        scene.textures.len(),
        3,
        "colour, data, colour with other wrap modes"
    );
    assert_eq!((m.normal_scale, m.occlusion_strength), (-0.5, 0.25));
    let emissive = m.emissive_texture.unwrap();
    assert_eq!(
        (emissive.uv_set, emissive.offset, emissive.scale),
        (1, [0.1, 0.2], [2.0, 3.0])
    );
    assert_eq!(emissive.rotation_rad, 0.3);
}

#[test]
fn images_of_every_kind_become_rgba8() {
    let base = json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}});
    let pixels = |bytes: &[u8]| {
        let mut file = with_material(base.clone());
        add_texture(&mut file, bytes);
        file.scene().textures[0].rgba.clone()
    };
    // 16 bit: v / 65535 · 255, rounded.
    let wide = image::ImageBuffer::from_pixel(1, 1, Rgb([65535_u16, 32896, 128]));
    let wide = DynamicImage::ImageRgb16(wide);
    assert_eq!(
        pixels(&encoded(&wide, ImageFormat::Png)),
        [[255, 128, 0, 255]]
    );
    let grey = DynamicImage::ImageLuma8(image::ImageBuffer::from_pixel(1, 1, image::Luma([77])));
    assert_eq!(
        pixels(&encoded(&grey, ImageFormat::Png)),
        [[77, 77, 77, 255]]
    );
    // A flat JPEG block keeps its colour to within rounding.
    let flat = RgbImage::from_pixel(8, 8, Rgb([200, 100, 50]));
    for pixel in pixels(&encoded(&flat.into(), ImageFormat::Jpeg)) {
        for (found, expected) in pixel.into_iter().zip([200, 100, 50, 255_u8]) {
            assert!(found.abs_diff(expected) <= 3, "{pixel:?}");
        }
    }
    // In a data: URI.
    let mut file = with_material(base);
    file.push(
        "images",
        json!({"uri": format!("data:image/png;base64,{}", base64(&png()))}),
    );
    file.push("textures", json!({"source": 0}));
    assert_eq!(file.scene().textures[0].rgba[1], [1, 2, 3, 4]);
}

#[test]
fn variants_map_to_materials() {
    let mut file = with_material(json!({"name": "plain"}));
    file.push("materials", json!({"name": "blue"}));
    file.push("materials", json!({"name": "pink"}));
    file.json["extensions"]["KHR_materials_variants"]["variants"] =
        json!([{"name": "sea"}, {"name": "rose"}, {"name": "sky"}]);
    file.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"]["mappings"] =
        json!([{"material": 1, "variants": [2, 0]}, {"material": 2, "variants": [1]}]);
    let scene = file.scene();
    assert_eq!(scene.assets[0].variants, ["sea", "rose", "sky"]);
    let surface = &scene.objects[0].surfaces[0];
    assert_eq!(surface.material, MaterialId(0));
    let expected = [(0, MaterialId(1)), (1, MaterialId(2)), (2, MaterialId(1))];
    assert_eq!(surface.variants, expected);
}
