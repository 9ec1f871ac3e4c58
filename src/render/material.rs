//! Materials as the renderer reads them, and their value at a point of a surface.

use glam::{Vec2, Vec3};

use super::lanes::{F, LANES, V, splat};
use super::surface::SurfacePoint;
use super::texture::{MipTexture, transform_uv};
use crate::base::frame::MaterialLook;
use crate::scene::material::{AlphaMode, Material, TextureRef};

/// How a material takes part in visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opacity {
    Opaque,
    /// Opaque where alpha reaches the cutoff, else no surface.
    Cutout,
    /// Transparent by alpha; no surface where alpha is 0, opaque where it is 1.
    Blend,
    /// Light passes (glass, clear plastic, liquid).
    Transmissive,
}

/// What a point of a surface is for a ray that meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Nothing,
    Transparent,
    Opaque,
}

/// Alpha below this is no surface, above its complement opaque: half a step of 8 bits.
const ALPHA_STEP: f32 = 0.5 / 255.0;

/// A material with one episode's changes.
pub struct RenderMaterial {
    pub opacity: Opacity,
    pub double_sided: bool,
    pub unlit: bool,
    pub ior: f32,
    /// Of light that passes straight through one wall: KHR volume's Beer–Lambert absorption over
    /// the given thickness.
    pub volume_tint: Vec3,
    /// What fills a body of this surface; `None` for thin walls.
    pub interior: Option<Interior>,
    /// Whether a normal map bends the surface's normal.
    pub bumpy: bool,
    /// Its values anywhere, before vertex colours, if no texture takes part.
    plain: Option<MaterialPoint>,
    material: Material,
}

/// A clear medium.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interior {
    pub ior: f32,
    /// Beer–Lambert coefficient by colour, 1/m.
    pub absorption: Vec3,
}

/// A material's values at one point, linear.
#[derive(Clone, Copy, Debug, Default)]
pub struct MaterialPoint {
    pub base_color: Vec3,
    pub alpha: f32,
    pub metallic: f32,
    /// GGX α = roughness².
    pub roughness: f32,
    pub occlusion: f32,
    pub emissive_nits: Vec3,
    pub transmission: f32,
}

/// [`MaterialPoint`] of eight points, and their indices of refraction.
pub struct MaterialPoint8 {
    pub base_color: V,
    pub alpha: F,
    pub metallic: F,
    pub roughness: F,
    pub occlusion: F,
    pub emissive_nits: V,
    pub transmission: F,
    pub ior: F,
}

impl MaterialPoint8 {
    /// The same at all of them.
    #[inline(always)]
    pub fn splat(point: &MaterialPoint, ior: f32) -> Self {
        Self {
            base_color: V::splat(point.base_color),
            alpha: splat(point.alpha),
            metallic: splat(point.metallic),
            roughness: splat(point.roughness),
            occlusion: splat(point.occlusion),
            emissive_nits: V::splat(point.emissive_nits),
            transmission: splat(point.transmission),
            ior: splat(ior),
        }
    }

    /// One a lane.
    #[inline(always)]
    pub fn lanes(points: &[MaterialPoint; LANES], ior: impl Fn(usize) -> f32) -> Self {
        let (base_color, alpha) = V::rows(|i| points[i].base_color.extend(points[i].alpha).into());
        let (emissive_nits, metallic) =
            V::rows(|i| points[i].emissive_nits.extend(points[i].metallic).into());
        let (rest, transmission) = V::rows(|i| {
            let p = &points[i];
            [p.roughness, p.occlusion, ior(i), p.transmission]
        });
        Self {
            base_color,
            alpha,
            metallic,
            roughness: rest.x,
            occlusion: rest.y,
            emissive_nits,
            transmission,
            ior: rest.z,
        }
    }
}

impl RenderMaterial {
    /// As the file has it.
    pub fn new(material: &Material) -> Self {
        let opacity = match material.alpha {
            AlphaMode::Blend => Opacity::Blend,
            _ if material.transmission > 0.0 => Opacity::Transmissive,
            AlphaMode::Mask(_) => Opacity::Cutout,
            AlphaMode::Opaque => Opacity::Opaque,
        };
        let path = material.thickness_m / material.attenuation_distance_m;
        let volume_tint = if path > 0.0 {
            Vec3::from(material.attenuation_color.map(|c| libm::powf(c, path)))
        } else {
            Vec3::ONE
        };
        let log = |c: f32| libm::logf(c.max(1e-6)) / material.attenuation_distance_m;
        let interior = (material.thickness_m > 0.0).then(|| Interior {
            ior: material.ior,
            absorption: Vec3::from(material.attenuation_color.map(|c| -log(c))),
        });
        Self {
            interior: interior.filter(|_| opacity == Opacity::Transmissive),
            opacity,
            double_sided: material.double_sided,
            unlit: material.unlit,
            ior: material.ior,
            volume_tint,
            bumpy: material.normal_texture.is_some(),
            plain: plain_values(material),
            material: material.clone(),
        }
    }

    /// Its values anywhere on a mesh without vertex colours, if no texture takes part.
    #[inline]
    pub fn plain(&self) -> Option<&MaterialPoint> {
        self.plain.as_ref()
    }

    /// With one object's changes.
    pub fn with_look(material: &Material, look: &MaterialLook) -> Self {
        let mut changed = material.clone();
        for (factor, tint) in changed.base_color.iter_mut().zip(look.tint) {
            *factor *= tint;
        }
        changed.roughness = look.roughness.unwrap_or(changed.roughness);
        changed.metallic = look.metallic.unwrap_or(changed.metallic);
        if let Some(texture) = look.texture {
            let plain = TextureRef {
                texture,
                uv_set: 0,
                offset: [0.0; 2],
                rotation_rad: 0.0,
                scale: [1.0; 2],
            };
            changed.base_color_texture.get_or_insert(plain).texture = texture;
        }
        if let Some(map) = &mut changed.base_color_texture {
            map.offset[0] += look.uv_offset[0];
            map.offset[1] += look.uv_offset[1];
        }
        Self::new(&changed)
    }

    /// The glTF material with the changes made.
    pub fn source(&self) -> &Material {
        &self.material
    }

    /// Whether values at a point need the texture coordinates of the point.
    #[inline]
    pub fn presence(&self, textures: &[MipTexture], uvs: [Vec2; 2], vertex_alpha: f32) -> Presence {
        let alpha = || {
            let texel = self
                .material
                .base_color_texture
                .as_ref()
                .map_or(1.0, |map| sample(textures, map, uvs, None).w);
            self.material.base_color[3] * texel * vertex_alpha
        };
        match self.opacity {
            Opacity::Opaque => Presence::Opaque,
            Opacity::Transmissive => Presence::Transparent,
            Opacity::Cutout => match self.material.alpha {
                AlphaMode::Mask(cutoff) if alpha() < cutoff => Presence::Nothing,
                _ => Presence::Opaque,
            },
            Opacity::Blend => match alpha() {
                a if a < ALPHA_STEP => Presence::Nothing,
                a if a > 1.0 - ALPHA_STEP => Presence::Opaque,
                _ => Presence::Transparent,
            },
        }
    }

    /// Base colour alone.
    #[inline]
    pub fn base_color(&self, textures: &[MipTexture], point: &SurfacePoint) -> Vec3 {
        let m = &self.material;
        let map = m.base_color_texture.as_ref();
        let texel = map.map_or(glam::Vec4::ONE, |map| {
            sample(textures, map, point.uvs, Some(point))
        });
        Vec3::new(m.base_color[0], m.base_color[1], m.base_color[2])
            * texel.truncate()
            * point.color.truncate()
    }

    /// All values at a point.
    #[inline]
    pub fn at(&self, textures: &[MipTexture], point: &SurfacePoint) -> MaterialPoint {
        let m = &self.material;
        let read = |map: &Option<TextureRef>| {
            map.as_ref()
                .map(|map| sample(textures, map, point.uvs, Some(point)))
        };
        let base = read(&m.base_color_texture).unwrap_or(glam::Vec4::ONE)
            * glam::Vec4::from(m.base_color)
            * point.color;
        let mr = read(&m.metallic_roughness_texture);
        MaterialPoint {
            base_color: base.truncate(),
            alpha: if m.alpha == AlphaMode::Blend {
                base.w
            } else {
                1.0
            },
            metallic: m.metallic * mr.map_or(1.0, |t| t.z),
            roughness: (m.roughness * mr.map_or(1.0, |t| t.y)).clamp(0.03, 1.0),
            occlusion: read(&m.occlusion_texture)
                .map_or(1.0, |t| 1.0 + m.occlusion_strength * (t.x - 1.0)),
            emissive_nits: Vec3::from(m.emissive_nits)
                * read(&m.emissive_texture).map_or(Vec3::ONE, |t| t.truncate()),
            transmission: m.transmission * read(&m.transmission_texture).map_or(1.0, |t| t.x),
        }
    }

    /// Emission alone, cd/m².
    pub fn emission(&self, textures: &[MipTexture], point: &SurfacePoint) -> Vec3 {
        let m = &self.material;
        let texel = m.emissive_texture.as_ref().map_or(Vec3::ONE, |map| {
            sample(textures, map, point.uvs, Some(point)).truncate()
        });
        Vec3::from(m.emissive_nits) * texel
    }

    /// Mean emission over the texture, cd/m².
    pub fn mean_emission(&self, textures: &[MipTexture]) -> Vec3 {
        let m = &self.material;
        let texel = m.emissive_texture.as_ref().map_or(Vec3::ONE, |map| {
            textures[map.texture.index()].mean().truncate()
        });
        Vec3::from(m.emissive_nits) * texel
    }

    /// The normal map's UV set and its normal at a point, in tangent space; `None` without a map.
    #[inline]
    pub fn mapped_normal(
        &self,
        textures: &[MipTexture],
        point: &SurfacePoint,
    ) -> Option<(u8, Vec3)> {
        let m = &self.material;
        let map = m.normal_texture.as_ref()?;
        let n = sample(textures, map, point.uvs, Some(point)).truncate() * 2.0 - 1.0;
        let n = Vec3::new(n.x * m.normal_scale, n.y * m.normal_scale, n.z);
        Some((map.uv_set, n.normalize_or(Vec3::Z)))
    }
}

/// The values of a material without textures.
fn plain_values(m: &Material) -> Option<MaterialPoint> {
    let maps = [
        &m.base_color_texture,
        &m.metallic_roughness_texture,
        &m.occlusion_texture,
        &m.emissive_texture,
        &m.transmission_texture,
    ];
    maps.iter().all(|map| map.is_none()).then(|| MaterialPoint {
        base_color: Vec3::new(m.base_color[0], m.base_color[1], m.base_color[2]),
        alpha: if m.alpha == AlphaMode::Blend {
            m.base_color[3]
        } else {
            1.0
        },
        metallic: m.metallic,
        roughness: m.roughness.clamp(0.03, 1.0),
        occlusion: 1.0,
        emissive_nits: Vec3::from(m.emissive_nits),
        transmission: m.transmission,
    })
}

/// A texture at a point; without a `point` at full resolution.
#[inline]
fn sample(
    textures: &[MipTexture],
    map: &TextureRef,
    uvs: [Vec2; 2],
    point: Option<&SurfacePoint>,
) -> glam::Vec4 {
    let texture = &textures[map.texture.index()];
    let set = map.uv_set as usize;
    let texels = point.map_or(0.0, |p| {
        let size = texture.size();
        let scale = (map.scale[0] * map.scale[1]).abs();
        libm::sqrtf(p.uv_footprint[set] * scale * size.x * size.y)
    });
    texture.sample(transform_uv(map, uvs[set]), texels)
}
