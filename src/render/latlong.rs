//! Pictures by direction: bilinear lookups, blurred levels, spherical harmonics.

use std::f32::consts::{FRAC_1_PI, PI, TAU};
use std::sync::Arc;

use glam::{Vec2, Vec3};

use crate::scene::environment::EnvironmentMap;

/// Columns and rows of the picture of a computed sky: it changes fastest towards the horizon.
const SKY_SIZE: [usize; 2] = [128, 128];

/// Equirectangular light: rows from straight up to straight down, the middle column towards +X,
/// what is left of it towards +Y.
pub struct LatLong {
    width: usize,
    height: usize,
    rgb: Arc<[[f32; 3]]>,
}

/// A picture with blurred copies of itself.
pub struct Lobes {
    /// Each of half the size of the one before, down to two rows.
    levels: Vec<LatLong>,
    /// Irradiance / π in the first nine real spherical harmonics.
    harmonics: [Vec3; 9],
    black: bool,
}

/// Place in the picture (0 … 1 from the left, 0 … 1 from the top) of a direction.
#[inline]
pub fn uv_of(direction: Vec3) -> Vec2 {
    let azimuth = libm::atan2f(direction.y, direction.x);
    Vec2::new(
        0.5 - azimuth / TAU,
        libm::acosf(direction.z.clamp(-1.0, 1.0)) * FRAC_1_PI,
    )
}

/// Direction of a place in the picture.
#[inline]
pub fn direction_of(uv: Vec2) -> Vec3 {
    let azimuth = (0.5 - uv.x) * TAU;
    let polar = uv.y * PI;
    let radius = libm::sinf(polar);
    Vec3::new(
        radius * libm::cosf(azimuth),
        radius * libm::sinf(azimuth),
        libm::cosf(polar),
    )
}

impl LatLong {
    /// A picture of a sky that is the same on either side of the XZ plane, above even ground; the
    /// ground's luminance follows from the illuminance by the sky.
    pub fn sky(nits: impl Fn(Vec3) -> Vec3, ground_of_lux: impl Fn(Vec3) -> Vec3) -> (Self, Vec3) {
        let [width, height] = SKY_SIZE;
        let mut rgb = vec![[0.0; 3]; width * height];
        let mut lux = Vec3::ZERO;
        for y in 0..height / 2 {
            let [top, bottom] = [y, y + 1].map(|r| libm::cosf(PI * r as f32 / height as f32));
            let solid_angle = (top - bottom) * TAU / width as f32;
            for x in 0..width / 2 {
                let uv = Vec2::new(
                    (x as f32 + 0.5) / width as f32,
                    (y as f32 + 0.5) / height as f32,
                );
                let direction = direction_of(uv);
                let light = nits(direction);
                lux += light * (2.0 * solid_angle * direction.z);
                rgb[y * width + x] = light.to_array();
                rgb[y * width + width - 1 - x] = light.to_array();
            }
        }
        let ground = ground_of_lux(lux);
        rgb[width * (height / 2)..].fill(ground.to_array());
        let picture = Self {
            width,
            height,
            rgb: rgb.into(),
        };
        (picture, ground)
    }

    /// Radiance from a direction (unit), bilinear.
    #[inline]
    pub fn at(&self, direction: Vec3) -> Vec3 {
        self.bilinear(uv_of(direction), self.height)
    }

    /// The same of the upper half alone: nothing of the ground bleeds over the horizon.
    #[inline]
    pub fn upper(&self, direction: Vec3) -> Vec3 {
        self.bilinear(uv_of(direction), self.height / 2)
    }

    fn bilinear(&self, uv: Vec2, rows: usize) -> Vec3 {
        let x = uv.x * self.width as f32 - 0.5;
        let y = (uv.y * self.height as f32 - 0.5).clamp(0.0, (rows - 1) as f32);
        let (left, top) = (x.floor(), y.floor());
        let (tx, ty) = (x - left, y - top);
        let column = |x: f32| (x as i64).rem_euclid(self.width as i64) as usize;
        let (left, right) = (column(left), column(left + 1.0));
        let top = top as usize;
        let bottom = (top + 1).min(rows - 1);
        let pixel = |x: usize, y: usize| Vec3::from(self.rgb[y * self.width + x]);
        let upper = pixel(left, top).lerp(pixel(right, top), tx);
        let lower = pixel(left, bottom).lerp(pixel(right, bottom), tx);
        upper.lerp(lower, ty)
    }

    /// Half the size; rows weigh by their solid angle.
    fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let weight = |y: usize| libm::sinf((y as f32 + 0.5) * PI / self.height as f32);
        let pixel = |x: usize, y: usize| Vec3::from(self.rgb[y * self.width + x]);
        let mut rgb = Vec::with_capacity(width * height);
        for y in 0..height {
            let (a, b) = (weight(2 * y), weight(2 * y + 1));
            for x in 0..width {
                let upper = pixel(2 * x, 2 * y) + pixel(2 * x + 1, 2 * y);
                let lower = pixel(2 * x, 2 * y + 1) + pixel(2 * x + 1, 2 * y + 1);
                rgb.push(((upper * a + lower * b) / (2.0 * (a + b))).to_array());
            }
        }
        Self {
            width,
            height,
            rgb: rgb.into(),
        }
    }

    /// Projection on nine harmonics, each band scaled by what the cosine lobe leaves of it
    /// (Ramamoorthi, Hanrahan, "An Efficient Representation for Irradiance Environment Maps",
    /// 2001), divided by π.
    fn harmonics(&self) -> [Vec3; 9] {
        let mut sums = [Vec3::ZERO; 9];
        for y in 0..self.height {
            let [top, bottom] = [y, y + 1].map(|r| libm::cosf(PI * r as f32 / self.height as f32));
            let solid_angle = (top - bottom) * TAU / self.width as f32;
            for x in 0..self.width {
                let uv = Vec2::new(
                    (x as f32 + 0.5) / self.width as f32,
                    (y as f32 + 0.5) / self.height as f32,
                );
                let light = Vec3::from(self.rgb[y * self.width + x]) * solid_angle;
                for (sum, basis) in sums.iter_mut().zip(basis(direction_of(uv))) {
                    *sum += light * basis;
                }
            }
        }
        const BANDS: [f32; 9] = [
            1.0,
            2.0 / 3.0,
            2.0 / 3.0,
            2.0 / 3.0,
            0.25,
            0.25,
            0.25,
            0.25,
            0.25,
        ];
        std::array::from_fn(|i| sums[i] * BANDS[i])
    }
}

impl Lobes {
    /// Of a panorama.
    pub fn of_map(map: &EnvironmentMap) -> Self {
        Self::new(LatLong {
            width: map.width_px as usize,
            height: map.height_px as usize,
            rgb: map.rgb.clone(),
        })
    }

    /// Of a picture.
    pub fn new(picture: LatLong) -> Self {
        let black = picture.rgb.iter().all(|p| *p == [0.0; 3]);
        let mut levels = vec![picture];
        while let Some(last) = levels.last()
            && last.height >= 4
        {
            let next = last.halved();
            levels.push(next);
        }
        let mut lobes = Self {
            levels,
            harmonics: [Vec3::ZERO; 9],
            black,
        };
        // Nine harmonics see nothing finer.
        lobes.harmonics = lobes.of_width(128).harmonics();
        lobes
    }

    /// Width, height and pixels of every level, the picture itself first.
    pub fn levels(&self) -> impl ExactSizeIterator<Item = (usize, usize, &[[f32; 3]])> {
        let levels = self.levels.iter();
        levels.map(|level| (level.width, level.height, &*level.rgb))
    }

    /// Irradiance / π by normal, in nine harmonics.
    pub fn harmonics(&self) -> &[Vec3; 9] {
        &self.harmonics
    }

    /// The picture itself.
    #[inline]
    pub fn sharp(&self) -> &LatLong {
        &self.levels[0]
    }

    /// The sharpest level of at most `width` columns.
    pub fn of_width(&self, width: usize) -> &LatLong {
        let level = self.levels.iter().find(|level| level.width <= width);
        level.unwrap_or(&self.levels[self.levels.len() - 1])
    }

    /// Whether nothing shines.
    pub fn is_black(&self) -> bool {
        self.black
    }

    /// Irradiance / π of a surface of this normal.
    #[inline]
    pub fn diffuse(&self, normal: Vec3) -> Vec3 {
        let terms = self.harmonics.iter().zip(basis(normal));
        // Nine terms may ring below zero beside a strong light.
        terms
            .fold(Vec3::ZERO, |sum, (c, b)| sum + *c * b)
            .max(Vec3::ZERO)
    }

    /// Mean over a lobe: a level whose pixels are as wide as the lobe of a GGX mirror of
    /// α = roughness², turning into the diffuse mean where lobes fill half the sky.
    pub fn glossy(&self, direction: Vec3, roughness: f32) -> Vec3 {
        let alpha = roughness * roughness;
        // Half of a GGX lobe's reflections lie within 2 atan α of the mirror direction.
        let lobe_rad = 2.0 * libm::atanf(alpha);
        let pixel_rad = PI / self.levels[0].height as f32;
        let level = libm::log2f((lobe_rad / pixel_rad).max(1.0));
        let last = (self.levels.len() - 1) as f32;
        let level = level.min(last);
        let low = level.floor();
        let sharp = self.levels[low as usize].at(direction);
        let blurred = match self.levels.get(low as usize + 1) {
            Some(next) => sharp.lerp(next.at(direction), level - low),
            None => sharp,
        };
        let wide = ((alpha - 0.5) * 2.0).clamp(0.0, 1.0);
        blurred.lerp(self.diffuse(direction), wide)
    }
}

/// The first nine real spherical harmonics.
#[inline]
fn basis(d: Vec3) -> [f32; 9] {
    [
        0.282_094_8,
        0.488_602_5 * d.y,
        0.488_602_5 * d.z,
        0.488_602_5 * d.x,
        1.092_548_4 * d.x * d.y,
        1.092_548_4 * d.y * d.z,
        0.315_391_57 * (3.0 * d.z * d.z - 1.0),
        1.092_548_4 * d.x * d.z,
        0.546_274_2 * (d.x * d.x - d.y * d.y),
    ]
}
