//! Which glTF extensions are understood, and what happens to the others.

use std::collections::BTreeSet;

use super::report::At;

/// Everything that the loader consumes.
const KNOWN: [&str; 10] = [
    "EXT_mesh_gpu_instancing",
    "KHR_lights_punctual",
    "KHR_materials_emissive_strength",
    "KHR_materials_ior",
    "KHR_materials_transmission",
    "KHR_materials_unlit",
    "KHR_materials_variants",
    "KHR_materials_volume",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
];

/// Not understood, and the picture is another one without them.
const SEEN_IF_MISSING: [&str; 16] = [
    "EXT_lights_image_based",
    "EXT_texture_avif",
    "EXT_texture_webp",
    "KHR_animation_pointer",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_diffuse_transmission",
    "KHR_materials_dispersion",
    "KHR_materials_iridescence",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_node_visibility",
    "KHR_texture_basisu",
    "MSFT_lod",
    "MSFT_texture_dds",
];

/// What a file says about its extensions.
#[derive(Default)]
pub(super) struct Extensions {
    /// Integer positions, normals, tangents and UVs are allowed.
    pub quantized_meshes: bool,
}

/// Required and unknown: an error. Used, unknown, and visible in the picture: a warning.
pub(super) fn check(root: &At<'_>) -> Extensions {
    let mut found = Extensions::default();
    let mut required = Vec::new();
    for at in root.items_of("extensionsRequired") {
        let Some(name) = at.text() else { continue };
        required.push(name);
        found.quantized_meshes |= name == "KHR_mesh_quantization";
        if !KNOWN.contains(&name) {
            let remedy = match name {
                "KHR_draco_mesh_compression" | "EXT_meshopt_compression" => {
                    "export it without mesh compression"
                }
                _ => "export it without this extension",
            };
            at.wrong_with("an extension that Benchside understands", remedy);
        }
    }
    for at in root.items_of("extensionsUsed") {
        let Some(name) = at.text() else { continue };
        found.quantized_meshes |= name == "KHR_mesh_quantization";
        if SEEN_IF_MISSING.contains(&name) && !required.contains(&name) {
            let found = format!("{name}, which is ignored");
            at.warn(found, "a look that does not depend on it", "");
        }
    }
    found
}

/// Names of the file's KHR_materials_variants.
pub(super) fn variant_names(root: &At<'_>) -> Vec<String> {
    let Some(variants) = root.extension("KHR_materials_variants") else {
        return Vec::new();
    };
    let Some(list) = variants.require("variants") else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let mut seen = BTreeSet::new();
    for at in list.items() {
        let name = at.require("name");
        let text = name.as_ref().and_then(|name| name.text());
        if let (Some(at), Some(text)) = (&name, text)
            && !seen.insert(text)
        {
            at.wrong("a name of its own for each variant");
        }
        names.push(text.unwrap_or_default().to_owned());
    }
    names
}
