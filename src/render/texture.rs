//! Mip-mapped textures.

use glam::{Vec2, Vec4};

use crate::base::color::linear_from_srgb;
use crate::scene::material::{Texture, TextureRef, Wrap};

/// A texture with all its mip levels.
pub struct MipTexture {
    levels: Vec<Level>,
    wrap: [Wrap; 2],
    /// Linear value of each byte of RGB.
    decode: &'static [f32; 256],
}

struct Level {
    width: usize,
    height: usize,
    rgba: Vec<[u8; 4]>,
}

static LINEAR: std::sync::LazyLock<[f32; 256]> =
    std::sync::LazyLock::new(|| std::array::from_fn(|i| i as f32 / 255.0));
static SRGB: std::sync::LazyLock<[f32; 256]> =
    std::sync::LazyLock::new(|| std::array::from_fn(|i| linear_from_srgb(i as f32 / 255.0)));

impl MipTexture {
    /// Makes the levels: each texel is the mean of the 2×2 (at odd edges 3) above it, taken in
    /// linear light, RGB weighted by alpha so that hidden colours do not bleed in.
    pub fn new(texture: &Texture) -> Self {
        let decode = if texture.srgb { &*SRGB } else { &*LINEAR };
        let mut levels = vec![Level {
            width: texture.width_px as usize,
            height: texture.height_px as usize,
            rgba: texture.rgba.clone(),
        }];
        while let Some(above) = levels.last()
            && (above.width > 1 || above.height > 1)
        {
            levels.push(above.half(decode));
        }
        Self {
            levels,
            wrap: [texture.wrap_u, texture.wrap_v],
            decode,
        }
    }

    /// Width, height and texels of every level, the full image first.
    pub fn levels(&self) -> impl ExactSizeIterator<Item = (usize, usize, &[[u8; 4]])> {
        let levels = self.levels.iter();
        levels.map(|l| (l.width, l.height, l.rgba.as_slice()))
    }

    /// Width and height of the full image, texels.
    #[inline]
    pub fn size(&self) -> Vec2 {
        Vec2::new(self.levels[0].width as f32, self.levels[0].height as f32)
    }

    /// Linear RGBA of the smallest level.
    pub fn mean(&self) -> Vec4 {
        self.bilinear(self.levels.len() - 1, Vec2::splat(0.5))
    }

    /// Linear RGBA at `uv` for a footprint of `texels` texels of the full image (its diameter),
    /// trilinear.
    #[inline]
    pub fn sample(&self, uv: Vec2, texels: f32) -> Vec4 {
        let last = self.levels.len() - 1;
        if !(texels > 1.0) || last == 0 {
            return self.bilinear(0, uv);
        }
        let level = libm::log2f(texels).min(last as f32);
        let low = (level as usize).min(last);
        let fraction = level - low as f32;
        let a = self.bilinear(low, uv);
        if fraction == 0.0 || low == last {
            return a;
        }
        a + (self.bilinear(low + 1, uv) - a) * fraction
    }

    #[inline]
    fn bilinear(&self, level: usize, uv: Vec2) -> Vec4 {
        let level = &self.levels[level];
        let x = uv.x * level.width as f32 - 0.5;
        let y = uv.y * level.height as f32 - 0.5;
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        let (x0, y0) = (x0 as i64, y0 as i64);
        let xs = [x0, x0 + 1].map(|x| wrapped(x, level.width, self.wrap[0]));
        let ys = [y0, y0 + 1].map(|y| wrapped(y, level.height, self.wrap[1]) * level.width);
        let texel = |i: usize| {
            let [r, g, b, a] = level.rgba[i];
            Vec4::new(
                self.decode[r as usize],
                self.decode[g as usize],
                self.decode[b as usize],
                f32::from(a) * (1.0 / 255.0),
            )
        };
        let top = texel(ys[0] + xs[0]) * (1.0 - fx) + texel(ys[0] + xs[1]) * fx;
        let bottom = texel(ys[1] + xs[0]) * (1.0 - fx) + texel(ys[1] + xs[1]) * fx;
        top * (1.0 - fy) + bottom * fy
    }
}

impl Level {
    fn half(&self, decode: &[f32; 256]) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        // An odd edge's last texel takes three.
        let span = |i: usize, n: usize, half: usize| {
            let end = if i + 1 == half { n } else { 2 * i + 2 };
            (2 * i).min(n - 1)..end
        };
        let mut rgba = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let (mut color, mut plain, mut alpha, mut n) = ([0.0f32; 3], [0.0f32; 3], 0.0, 0.0);
                for row in span(y, self.height, height) {
                    for column in span(x, self.width, width) {
                        let texel = self.rgba[row * self.width + column];
                        let a = f32::from(texel[3]);
                        for k in 0..3 {
                            let v = decode[texel[k] as usize];
                            color[k] += v * a;
                            plain[k] += v;
                        }
                        alpha += a;
                        n += 1.0;
                    }
                }
                let linear: [f32; 3] = std::array::from_fn(|k| {
                    if alpha > 0.0 {
                        color[k] / alpha
                    } else {
                        plain[k] / n
                    }
                });
                let [r, g, b] = linear.map(|v| nearest_byte(decode, v));
                rgba.push([r, g, b, (alpha / n + 0.5) as u8]);
            }
        }
        Self {
            width,
            height,
            rgba,
        }
    }
}

/// The byte whose decoded value is nearest; `decode` rises.
fn nearest_byte(decode: &[f32; 256], v: f32) -> u8 {
    let above = decode.partition_point(|&d| d < v).min(255);
    if above > 0 && v - decode[above - 1] < decode[above] - v {
        (above - 1) as u8
    } else {
        above as u8
    }
}

#[inline]
fn wrapped(i: i64, n: usize, wrap: Wrap) -> usize {
    let size = n as i64;
    let i = match wrap {
        Wrap::Repeat => i.rem_euclid(size),
        Wrap::ClampToEdge => i.clamp(0, size - 1),
        Wrap::MirroredRepeat => {
            let i = i.rem_euclid(2 * size);
            if i < size { i } else { 2 * size - 1 - i }
        }
    };
    i as usize
}

/// KHR_texture_transform: scale, then rotate, then move.
#[inline]
pub fn transform_uv(texture: &TextureRef, uv: Vec2) -> Vec2 {
    let uv = uv * Vec2::from(texture.scale);
    let uv = if texture.rotation_rad == 0.0 {
        uv
    } else {
        let (s, c) = (
            libm::sinf(texture.rotation_rad),
            libm::cosf(texture.rotation_rad),
        );
        Vec2::new(c * uv.x + s * uv.y, -s * uv.x + c * uv.y)
    };
    uv + Vec2::from(texture.offset)
}
