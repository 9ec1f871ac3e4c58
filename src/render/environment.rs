//! Everything that shines from infinitely far away, and ambient light: one radiance by direction.

use std::f32::consts::{FRAC_1_PI, PI, TAU};
use std::sync::{Arc, OnceLock};

use glam::{Vec2, Vec3};

use super::lanes::{F, V, lanes, splat};
use super::latlong::{LatLong, Lobes, direction_of, uv_of};
use crate::base::atmosphere::Atmosphere;
use crate::base::color::luminance;
use crate::base::light::{Light, LightKind};

/// Rows of the importance table; twice as many columns.
const ROWS: usize = 128;
/// Share of samples that go anywhere, so that no direction is left out where the table is dark.
const ANYWHERE: f32 = 0.05;

/// Light from all around of one frame: the sum of all ambient lights, skies and panoramas, in
/// cd/m² by colour; directions are unit vectors in the world frame.
#[derive(Default)]
pub struct Environment {
    ambient: Ambient,
    layers: Vec<Layer>,
    /// Made when first asked for: fast mode never samples.
    importance: OnceLock<Importance>,
}

/// Light from all around: `sky_nits` from above, `ground_nits` from below, linear in the height
/// of the direction or of the normal.
#[derive(Clone, Copy, Default)]
struct Ambient {
    sky_nits: Vec3,
    ground_nits: Vec3,
    reach_m: f32,
}

/// A sample of the directions of an [`Environment`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnvironmentSample {
    /// Unit, world.
    pub direction: Vec3,
    /// cd/m² by colour.
    pub radiance: Vec3,
    /// Per steradian.
    pub pdf: f32,
}

/// A panorama or a sky, turned.
pub struct Layer {
    pub nits_per_unit: Vec3,
    /// Cosine and sine of the turn about Z.
    pub turn: Vec2,
    pub lobes: Arc<Lobes>,
    /// Of a sky: its horizon is sharper than the picture.
    pub ground: Option<Vec3>,
}

impl Environment {
    /// Of a snapshot's lights; `maps` are those of the scene, prepared once.
    pub(super) fn new(lights: &[Light], maps: &[Arc<Lobes>]) -> Self {
        let mut environment = Self::default();
        for light in lights {
            let color = Vec3::from(light.color);
            match light.kind {
                LightKind::Ambient {
                    sky_nits,
                    ground_nits,
                    reach_m,
                } => {
                    let ambient = &mut environment.ambient;
                    ambient.sky_nits += color * sky_nits;
                    ambient.ground_nits += color * ground_nits;
                    if light.casts_shadow {
                        ambient.reach_m = ambient.reach_m.max(reach_m);
                    }
                }
                LightKind::Sky {
                    towards_sun,
                    turbidity,
                    ground_albedo,
                    scale,
                } => {
                    // Computed with the sun towards +X, then turned to it.
                    let level = Vec2::new(towards_sun.x, towards_sun.y);
                    let sun = Vec3::new(level.length(), 0.0, towards_sun.z);
                    let atmosphere = Atmosphere::new(sun, turbidity, ground_albedo);
                    let (dome, ground) = LatLong::sky(
                        |direction| atmosphere.sky_nits(direction),
                        |lux| atmosphere.ground_nits(lux),
                    );
                    environment.layers.push(Layer {
                        nits_per_unit: color * scale,
                        turn: level.normalize_or(Vec2::X),
                        lobes: Arc::new(Lobes::new(dome)),
                        ground: Some(ground),
                    });
                }
                LightKind::EnvironmentMap {
                    map,
                    rotation_rad,
                    nits_per_unit,
                } => environment.layers.push(Layer {
                    nits_per_unit: color * nits_per_unit,
                    turn: Vec2::new(libm::cosf(rotation_rad), libm::sinf(rotation_rad)),
                    lobes: maps[map.index()].clone(),
                    ground: None,
                }),
                LightKind::Point { .. }
                | LightKind::Spot { .. }
                | LightKind::Directional { .. }
                | LightKind::Rect { .. } => {}
            }
        }
        environment
    }

    /// Radiance from a direction. A sun that is a light of its own is not in it.
    #[inline]
    pub fn radiance(&self, direction: Vec3) -> Vec3 {
        let mut sum = self.ambient.towards(direction);
        for layer in &self.layers {
            sum += layer.radiance(direction);
        }
        sum
    }

    /// Cosine-weighted mean radiance about a normal: irradiance / π. Of skies and panoramas by nine
    /// spherical harmonics. Ambient light is by definition what its two luminances blend to by the
    /// cosine of the normal, as if each filled its half of the sphere; seen, it is the same blend.
    #[inline]
    pub fn diffuse(&self, normal: Vec3) -> Vec3 {
        self.ambient.towards(normal) + self.far(normal)
    }

    /// Mean radiance that a mirror of this roughness (0 … 1, as in glTF) shows about `direction`.
    #[inline]
    pub fn glossy(&self, direction: Vec3, roughness: f32) -> Vec3 {
        let mut sum = self.ambient.towards(direction);
        for layer in &self.layers {
            sum += layer.glossy(direction, roughness);
        }
        sum
    }

    /// Draws a direction in proportion to its luminance, roughly; `None` if all is black.
    pub fn sample(&self, u: [f32; 2]) -> Option<EnvironmentSample> {
        if self.is_black() {
            return None;
        }
        let direction = if self.layers.is_empty() {
            self.ambient.sample(u)
        } else {
            self.importance().sample(u)
        };
        Some(EnvironmentSample {
            direction,
            radiance: self.radiance(direction),
            pdf: self.pdf(direction),
        })
    }

    /// Density of [`Self::sample`] at a direction, per steradian; 0 if all is black.
    pub fn pdf(&self, direction: Vec3) -> f32 {
        if self.is_black() {
            0.0
        } else if self.layers.is_empty() {
            self.ambient.pdf(direction)
        } else {
            self.importance().pdf(direction)
        }
    }

    /// Whether no light comes from anywhere.
    pub fn is_black(&self) -> bool {
        let ambient = &self.ambient;
        ambient.sky_nits == Vec3::ZERO
            && ambient.ground_nits == Vec3::ZERO
            && self.layers.iter().all(Layer::is_black)
    }

    /// Of ambient light: luminance from straight above and below, and the reach of what blocks it.
    pub(super) fn ambient(&self) -> (Vec3, Vec3, f32) {
        let Ambient {
            sky_nits,
            ground_nits,
            reach_m,
        } = self.ambient;
        (sky_nits, ground_nits, reach_m)
    }

    /// All but ambient light.
    pub(super) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Whether it varies so slowly that there are no directions worth choosing.
    pub(super) fn is_smooth(&self) -> bool {
        self.layers.is_empty()
    }

    /// Whether anything blocks it.
    pub fn is_shadowed(&self) -> bool {
        self.ambient.reach_m > 0.0 || !self.layers.is_empty()
    }

    /// How near a thing must be to block it, metres, and for what share of the light about a
    /// normal: ambient light is blocked within its reach, what is infinitely far by everything.
    pub fn reaches(&self, normal: Vec3) -> [(f32, f32); 2] {
        let near = (self.ambient.reach_m, 1.0);
        if self.layers.is_empty() {
            return [near, (f32::INFINITY, 0.0)];
        }
        let far = luminance(self.far(normal));
        let all = far + luminance(self.ambient.towards(normal));
        let share = if all > 0.0 { far / all } else { 1.0 };
        [(near.0, 1.0 - share), (f32::INFINITY, share)]
    }

    /// Eight times [`Self::radiance`].
    #[inline]
    pub fn radiance8(&self, direction: V) -> V {
        self.ambient.towards8(direction)
            + self.layers8(|layer, i| layer.radiance(direction.lane(i)))
    }

    /// Whether nothing shines.
    pub fn is_dark(&self) -> bool {
        let Ambient {
            sky_nits,
            ground_nits,
            ..
        } = self.ambient;
        self.layers.is_empty() && sky_nits == Vec3::ZERO && ground_nits == Vec3::ZERO
    }

    /// Eight times [`Self::diffuse`].
    #[inline]
    pub fn diffuse8(&self, normal: V) -> V {
        self.ambient.towards8(normal) + self.layers8(|layer, i| layer.diffuse(normal.lane(i)))
    }

    /// Eight times [`Self::glossy`].
    #[inline]
    pub fn glossy8(&self, direction: V, roughness: F) -> V {
        let roughness = roughness.to_array();
        self.ambient.towards8(direction)
            + self.layers8(|layer, i| layer.glossy(direction.lane(i), roughness[i]))
    }

    /// Eight times [`Self::reaches`].
    pub fn reaches8(&self, normal: V) -> [(f32, F); 2] {
        if self.layers.is_empty() {
            return [(self.ambient.reach_m, F::ONE), (f32::INFINITY, F::ZERO)];
        }
        let far = lanes(|i| self.reaches(normal.lane(i))[1].1);
        [(self.ambient.reach_m, F::ONE - far), (f32::INFINITY, far)]
    }

    #[inline]
    fn layers8(&self, of: impl Fn(&Layer, usize) -> Vec3) -> V {
        if self.layers.is_empty() {
            return V::ZERO;
        }
        let sum = |i| self.layers.iter().fold(Vec3::ZERO, |sum, l| sum + of(l, i));
        V::lanes(sum)
    }

    fn far(&self, normal: Vec3) -> Vec3 {
        let layers = self.layers.iter();
        layers.fold(Vec3::ZERO, |sum, layer| sum + layer.diffuse(normal))
    }

    /// What [`Self::sample`] draws from, if there is more than ambient light: the sum of all, sums
    /// of the rows, of the columns within each row, then the cosines of the rows' edges.
    pub(super) fn importance_table(&self) -> Option<[Vec<f32>; 4]> {
        if self.layers.is_empty() {
            return None;
        }
        let table = self.importance();
        let cosine = |row: usize| libm::cosf(PI * row as f32 / ROWS as f32);
        let cosines = (0..=ROWS).map(cosine).collect();
        let (rows, columns) = (table.rows.clone(), table.columns.clone());
        Some([vec![table.total], rows, columns, cosines])
    }

    fn importance(&self) -> &Importance {
        self.importance.get_or_init(|| Importance::new(self))
    }
}

impl Ambient {
    #[inline]
    fn towards(&self, direction: Vec3) -> Vec3 {
        self.ground_nits
            .lerp(self.sky_nits, 0.5 + 0.5 * direction.z)
    }

    #[inline]
    fn towards8(&self, direction: V) -> V {
        let s = splat(0.5) + splat(0.5) * direction.z;
        V::splat(self.ground_nits) * (F::ONE - s) + V::splat(self.sky_nits) * s
    }

    /// Mean luminance of all directions, and its slope by height.
    fn line(&self) -> [f32; 2] {
        let (sky, ground) = (luminance(self.sky_nits), luminance(self.ground_nits));
        [0.5 * (sky + ground), 0.5 * (sky - ground)]
    }

    /// By the inverse of the distribution of the height z: density mean + slope · z.
    fn sample(&self, [u, v]: [f32; 2]) -> Vec3 {
        let [mean, slope] = self.line();
        // slope/2 · z² + mean · z = mean (2u − 1) + slope/2, by the stable root.
        let right = mean * (2.0 * u - 1.0) + 0.5 * slope;
        let root = (mean * mean + 2.0 * slope * right).max(0.0).sqrt();
        let z = (2.0 * right / (mean + root).max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0);
        let radius = (1.0 - z * z).max(0.0).sqrt();
        let azimuth = TAU * v;
        Vec3::new(
            radius * libm::cosf(azimuth),
            radius * libm::sinf(azimuth),
            z,
        )
    }

    fn pdf(&self, direction: Vec3) -> f32 {
        let [mean, slope] = self.line();
        (mean + slope * direction.z).max(0.0) / (2.0 * TAU * mean)
    }
}

impl Layer {
    fn turned(&self, direction: Vec3) -> Vec3 {
        let Vec2 { x: cos, y: sin } = self.turn;
        Vec3::new(
            cos * direction.x + sin * direction.y,
            cos * direction.y - sin * direction.x,
            direction.z,
        )
    }

    fn radiance(&self, direction: Vec3) -> Vec3 {
        self.nits_per_unit
            * match self.ground {
                Some(ground) if direction.z < 0.0 => ground,
                Some(_) => self.lobes.sharp().upper(self.turned(direction)),
                None => self.lobes.sharp().at(self.turned(direction)),
            }
    }

    fn diffuse(&self, normal: Vec3) -> Vec3 {
        self.nits_per_unit * self.lobes.diffuse(self.turned(normal))
    }

    fn glossy(&self, direction: Vec3, roughness: f32) -> Vec3 {
        self.nits_per_unit * self.lobes.glossy(self.turned(direction), roughness)
    }

    fn is_black(&self) -> bool {
        self.nits_per_unit == Vec3::ZERO || self.lobes.is_black()
    }
}

/// Piecewise constant luminance × solid angle on a grid of 256 × 128, and a little of it anywhere.
struct Importance {
    /// Sums of the rows up to and with each, then of each row's columns.
    rows: Vec<f32>,
    columns: Vec<f32>,
    /// Of the whole sphere.
    total: f32,
}

impl Importance {
    const COLUMNS: usize = 2 * ROWS;

    fn new(environment: &Environment) -> Self {
        let columns = Self::COLUMNS;
        let mut luminances = vec![0.0; ROWS * columns];
        for layer in &environment.layers {
            let picture = layer.lobes.of_width(columns);
            for (i, sum) in luminances.iter_mut().enumerate() {
                let uv = cell_center(i);
                let direction = layer.turned(direction_of(uv));
                *sum += luminance(layer.nits_per_unit * picture.at(direction));
            }
        }
        let mut table = Self {
            rows: Vec::with_capacity(ROWS),
            columns: Vec::with_capacity(ROWS * columns),
            total: 0.0,
        };
        for row in 0..ROWS {
            let area = cell_area(row);
            let mut sum = 0.0;
            for (i, luminances) in luminances
                .iter()
                .enumerate()
                .skip(row * columns)
                .take(columns)
            {
                let ambient = luminance(environment.ambient.towards(direction_of(cell_center(i))));
                sum += (luminances + ambient) * area;
                table.columns.push(sum);
            }
            table.total += sum;
            table.rows.push(table.total);
        }
        table
    }

    fn sample(&self, [u, v]: [f32; 2]) -> Vec3 {
        // One number chooses how and, stretched, is used again.
        if v < ANYWHERE || !(self.total > 0.0) {
            let v = if self.total > 0.0 { v / ANYWHERE } else { v };
            let z = (1.0 - 2.0 * v).clamp(-1.0, 1.0);
            return direction_of(Vec2::new(u, libm::acosf(z) * FRAC_1_PI));
        }
        let v = (v - ANYWHERE) / (1.0 - ANYWHERE);
        let (row, down) = pick(&self.rows, v);
        let columns = &self.columns[row * Self::COLUMNS..][..Self::COLUMNS];
        let (column, along) = pick(columns, u);
        // Even in height within the row.
        let [top, bottom] = [row, row + 1].map(|r| libm::cosf(PI * r as f32 / ROWS as f32));
        let z = top + (bottom - top) * down;
        direction_of(Vec2::new(
            (column as f32 + along) / Self::COLUMNS as f32,
            libm::acosf(z.clamp(-1.0, 1.0)) * FRAC_1_PI,
        ))
    }

    fn pdf(&self, direction: Vec3) -> f32 {
        let anywhere = 0.5 / TAU;
        if !(self.total > 0.0) {
            return anywhere;
        }
        let uv = uv_of(direction);
        let row = ((uv.y * ROWS as f32) as usize).min(ROWS - 1);
        let column = ((uv.x * Self::COLUMNS as f32) as usize).min(Self::COLUMNS - 1);
        let i = row * Self::COLUMNS + column;
        let before = if column > 0 { self.columns[i - 1] } else { 0.0 };
        let share = (self.columns[i] - before) / self.total;
        ANYWHERE * anywhere + (1.0 - ANYWHERE) * share / cell_area(row)
    }
}

/// Solid angle of a cell of the importance table.
fn cell_area(row: usize) -> f32 {
    let [top, bottom] = [row, row + 1].map(|r| libm::cosf(PI * r as f32 / ROWS as f32));
    (top - bottom) * TAU / Importance::COLUMNS as f32
}

fn cell_center(i: usize) -> Vec2 {
    let (row, column) = (i / Importance::COLUMNS, i % Importance::COLUMNS);
    Vec2::new(
        (column as f32 + 0.5) / Importance::COLUMNS as f32,
        (row as f32 + 0.5) / ROWS as f32,
    )
}

/// The entry of running sums that `u` of the last one falls into, and how far into it.
fn pick(sums: &[f32], u: f32) -> (usize, f32) {
    let total = sums[sums.len() - 1];
    let wanted = u * total;
    let i = sums.partition_point(|s| *s <= wanted).min(sums.len() - 1);
    let before = if i > 0 { sums[i - 1] } else { 0.0 };
    let width = sums[i] - before;
    let within = if width > 0.0 {
        (wanted - before) / width
    } else {
        0.5
    };
    (i, within.clamp(0.0, 1.0))
}
