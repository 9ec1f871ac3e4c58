//! glTF materials → [`Material`], with the extensions the renderer knows.

use super::accessors::Accessors;
use super::images::Textures;
use super::report::At;
use super::{Files, extras};
use crate::base::ids::MaterialId;
use crate::scene::material::{AlphaMode, Material, Texture, TextureRef};

/// The materials of one file.
pub(super) struct Materials {
    ids: Vec<MaterialId>,
    default: Option<MaterialId>,
}

impl Materials {
    /// Checks all of them, used or not, and appends them to `table` and their textures to
    /// `texture_table`.
    pub(super) fn load<'a>(
        root: &At<'a>,
        accessors: &Accessors<'a>,
        files: &mut dyn Files,
        table: &mut Vec<Material>,
        texture_table: &mut Vec<Texture>,
    ) -> Self {
        let mut textures = Textures::new(root);
        let mut ids = Vec::new();
        for at in root.items_of("materials") {
            let mut reader = Reader {
                accessors,
                files: &mut *files,
                textures: &mut textures,
                table: texture_table,
            };
            ids.push(MaterialId(table.len() as u32));
            table.push(reader.material(&at));
            extras::warn_misplaced(&at, "material");
        }
        Self { ids, default: None }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The id of the file's material `index`; of glTF's default material for `None`.
    pub(super) fn id(&mut self, index: Option<usize>, table: &mut Vec<Material>) -> MaterialId {
        match index {
            Some(index) => self.ids[index],
            None => *self.default.get_or_insert_with(|| {
                table.push(Material::default());
                MaterialId(table.len() as u32 - 1)
            }),
        }
    }
}

struct Reader<'r, 'a> {
    accessors: &'r Accessors<'a>,
    files: &'r mut dyn Files,
    textures: &'r mut Textures<'a>,
    table: &'r mut Vec<Texture>,
}

impl<'a> Reader<'_, 'a> {
    fn material(&mut self, at: &At<'a>) -> Material {
        let mut m = Material::default();
        if let Some(name) = at.get("name").and_then(|name| name.text()) {
            m.name = name.to_owned();
        }
        if let Some(pbr) = at.get("pbrMetallicRoughness") {
            colour(&pbr, "baseColorFactor", &mut m.base_color);
            unit(&pbr, "metallicFactor", &mut m.metallic);
            unit(&pbr, "roughnessFactor", &mut m.roughness);
            m.base_color_texture = self.texture(&pbr, "baseColorTexture", true);
            m.metallic_roughness_texture = self.texture(&pbr, "metallicRoughnessTexture", false);
        }
        m.normal_texture = self.texture(at, "normalTexture", false);
        if let Some(normal) = at.get("normalTexture") {
            real(&normal, "scale", &mut m.normal_scale);
        }
        m.occlusion_texture = self.texture(at, "occlusionTexture", false);
        if let Some(occlusion) = at.get("occlusionTexture") {
            unit(&occlusion, "strength", &mut m.occlusion_strength);
        }
        m.emissive_texture = self.texture(at, "emissiveTexture", true);
        colour(at, "emissiveFactor", &mut m.emissive_nits);
        m.alpha = alpha(at);
        if let Some(double_sided) = at.get("doubleSided").and_then(|v| v.boolean()) {
            m.double_sided = double_sided;
        }
        self.extensions(at, &mut m);
        m
    }

    fn extensions(&mut self, at: &At<'a>, m: &mut Material) {
        m.unlit = at.extension("KHR_materials_unlit").is_some();
        if let Some(emissive) = at.extension("KHR_materials_emissive_strength") {
            let mut strength = 1.0;
            at_least(&emissive, "emissiveStrength", 0.0, &mut strength);
            m.emissive_nits = m.emissive_nits.map(|c| c * strength);
            if m.emissive_nits.iter().any(|c| !c.is_finite()) {
                emissive.error("an infinite emission", "a finite one", "");
            }
        }
        if let Some(transmission) = at.extension("KHR_materials_transmission") {
            unit(&transmission, "transmissionFactor", &mut m.transmission);
            m.transmission_texture = self.texture(&transmission, "transmissionTexture", false);
        }
        if let Some(ior) = at.extension("KHR_materials_ior") {
            at_least(&ior, "ior", 1.0, &mut m.ior);
        }
        if let Some(volume) = at.extension("KHR_materials_volume") {
            at_least(&volume, "thicknessFactor", 0.0, &mut m.thickness_m);
            colour(&volume, "attenuationColor", &mut m.attenuation_color);
            if let Some(distance) = volume.get("attenuationDistance").and_then(|v| v.positive()) {
                m.attenuation_distance_m = distance;
            }
            if let Some(texture) = volume.get("thicknessTexture") {
                let expected = "thickness from the factor alone";
                texture.warn("a thickness texture, which is ignored", expected, "");
            }
        }
    }

    fn texture(&mut self, at: &At<'a>, key: &str, srgb: bool) -> Option<TextureRef> {
        let at = at.get(key)?;
        let index = at.require("index")?;
        let (textures, accessors) = (&mut *self.textures, self.accessors);
        let texture = textures.get(&index, srgb, accessors, self.files, self.table)?;
        let mut reference = TextureRef {
            texture,
            uv_set: 0,
            offset: [0.0; 2],
            rotation_rad: 0.0,
            scale: [1.0; 2],
        };
        uv_set(&at, &mut reference);
        if let Some(transform) = at.extension("KHR_texture_transform") {
            reals(&transform, "offset", &mut reference.offset);
            real(&transform, "rotation", &mut reference.rotation_rad);
            reals(&transform, "scale", &mut reference.scale);
            uv_set(&transform, &mut reference);
        }
        Some(reference)
    }
}

/// Every use of a texture in a material.
pub(super) fn texture_refs(m: &Material) -> impl Iterator<Item = &TextureRef> {
    [
        &m.base_color_texture,
        &m.metallic_roughness_texture,
        &m.normal_texture,
        &m.occlusion_texture,
        &m.emissive_texture,
        &m.transmission_texture,
    ]
    .into_iter()
    .flatten()
}

fn uv_set(at: &At<'_>, reference: &mut TextureRef) {
    if let Some(set) = at.get("texCoord")
        && let Some(index) = set.integer(u64::from(u32::MAX))
    {
        match index {
            0 | 1 => reference.uv_set = index as u8,
            _ => set.wrong("0 or 1: two UV sets are supported"),
        }
    }
}

fn alpha(at: &At<'_>) -> AlphaMode {
    let mut cutoff = 0.5;
    at_least(at, "alphaCutoff", 0.0, &mut cutoff);
    let Some(mode) = at.get("alphaMode") else {
        return AlphaMode::Opaque;
    };
    match mode.text() {
        Some("MASK") => AlphaMode::Mask(cutoff),
        Some("BLEND") => AlphaMode::Blend,
        Some("OPAQUE") | None => AlphaMode::Opaque,
        Some(_) => {
            mode.wrong("OPAQUE, MASK or BLEND");
            AlphaMode::Opaque
        }
    }
}

/// `N` numbers of 0 … 1, if present.
fn colour<const N: usize>(at: &At<'_>, key: &str, to: &mut [f32; N]) {
    if let Some(numbers) = at.get(key).and_then(|v| v.numbers_in::<N>(0.0, 1.0)) {
        *to = numbers.map(|v| v as f32);
    }
}

/// A number of 0 … 1, if present.
fn unit(at: &At<'_>, key: &str, to: &mut f32) {
    if let Some(number) = at.get(key).and_then(|v| v.number_in(0.0, 1.0)) {
        *to = number as f32;
    }
}

/// A number of at least `low`, if present.
fn at_least(at: &At<'_>, key: &str, low: f64, to: &mut f32) {
    if let Some(number) = at.get(key).and_then(|v| v.number_in(low, f64::INFINITY)) {
        *to = number as f32;
    }
}

/// Any number, if present.
fn real(at: &At<'_>, key: &str, to: &mut f32) {
    if let Some(number) = at.get(key).and_then(|v| v.number()) {
        *to = number as f32;
    }
}

/// Any `N` numbers, if present.
fn reals<const N: usize>(at: &At<'_>, key: &str, to: &mut [f32; N]) {
    if let Some(numbers) = at.get(key).and_then(|v| v.numbers::<N>()) {
        *to = numbers.map(|v| v as f32);
    }
}
