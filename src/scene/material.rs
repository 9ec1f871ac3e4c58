//! glTF materials and textures, every default resolved.

use crate::base::ids::TextureId;

/// Metallic-roughness material with the extensions the renderer knows. Factors follow glTF 2.0.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    pub name: String,
    /// Linear RGB and alpha.
    pub base_color: [f32; 4],
    pub base_color_texture: Option<TextureRef>,
    pub metallic: f32,
    pub roughness: f32,
    /// G roughness, B metallic.
    pub metallic_roughness_texture: Option<TextureRef>,
    pub normal_texture: Option<TextureRef>,
    /// Scales X and Y of the normal map.
    pub normal_scale: f32,
    /// R dims ambient light.
    pub occlusion_texture: Option<TextureRef>,
    pub occlusion_strength: f32,
    /// Linear RGB luminance in cd/m²: emissive factor × KHR emissive strength.
    pub emissive_nits: [f32; 3],
    pub emissive_texture: Option<TextureRef>,
    pub alpha: AlphaMode,
    /// Single-sided surfaces are invisible from behind.
    pub double_sided: bool,
    /// KHR_materials_unlit: base colour as it is, lit by nothing.
    pub unlit: bool,
    /// 0 … 1, KHR_materials_transmission.
    pub transmission: f32,
    /// R multiplies transmission.
    pub transmission_texture: Option<TextureRef>,
    pub ior: f32,
    /// KHR_materials_volume; 0 is thin-walled.
    pub thickness_m: f32,
    pub attenuation_color: [f32; 3],
    /// Metres; infinite means no absorption.
    pub attenuation_distance_m: f32,
}

impl Default for Material {
    /// glTF's default material.
    fn default() -> Self {
        Self {
            name: String::new(),
            base_color: [1.0; 4],
            base_color_texture: None,
            metallic: 1.0,
            roughness: 1.0,
            metallic_roughness_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
            occlusion_texture: None,
            occlusion_strength: 1.0,
            emissive_nits: [0.0; 3],
            emissive_texture: None,
            alpha: AlphaMode::Opaque,
            double_sided: false,
            unlit: false,
            transmission: 0.0,
            transmission_texture: None,
            ior: 1.5,
            thickness_m: 0.0,
            attenuation_color: [1.0; 3],
            attenuation_distance_m: f32::INFINITY,
        }
    }
}

/// glTF `alphaMode`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlphaMode {
    Opaque,
    /// Surface only where alpha ≥ the cutoff.
    Mask(f32),
    Blend,
}

/// A use of a texture, with KHR_texture_transform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureRef {
    pub texture: TextureId,
    /// 0 or 1: which of the mesh's UV sets.
    pub uv_set: u8,
    pub offset: [f32; 2],
    /// Radians, as KHR_texture_transform has it.
    pub rotation_rad: f32,
    pub scale: [f32; 2],
}

/// What lies outside 0 … 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    Repeat,
    MirroredRepeat,
    ClampToEdge,
}

/// An image with how it is sampled. The renderer makes the mip levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Texture {
    pub name: String,
    pub width_px: u32,
    pub height_px: u32,
    pub wrap_u: Wrap,
    pub wrap_v: Wrap,
    /// Whether RGB is sRGB-encoded (colour) or linear (data); alpha is always linear.
    pub srgb: bool,
    /// RGBA, row-major from the top left (UV 0, 0).
    pub rgba: Vec<[u8; 4]>,
}
