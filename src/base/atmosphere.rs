//! A clear sky from the physics of air: what the sun and the sky send to an observer on the
//! ground, in cd/m² and lux.
//!
//! Spectral single scattering by air, haze and ozone in a round atmosphere (Nishita et al.,
//! "Display of the Earth Taking into Account Atmospheric Scattering", 1993), with all further
//! orders as an isotropic source (Hillaire, "A Scalable and Production Ready Sky and Atmosphere
//! Rendering Technique", 2020). Optical depths towards the sun come from Chapman's function in
//! Schüler's closed form ("An Approximation to the Chapman Grazing-Incidence Function for
//! Atmospheric Scattering", GPU Pro 3, 2012), so that nothing has to be tabulated.

use std::f32::consts::{FRAC_1_PI, PI};
use std::sync::LazyLock;

use glam::Vec3;

/// Illuminance of the sun outside the atmosphere, lx (Darula, Kittler, Gueymard, "Reference
/// luminous solar constant and solar luminance for illuminance calculations", 2005: 133.3 klx).
pub const SOLAR_LUX: f32 = 133_300.0;

/// Apparent diameter of the sun, radians: 0.533° at its mean distance.
pub const SUN_DIAMETER_RAD: f32 = 0.0093;

/// Bands of the spectrum: 400, 440, … 680 nm.
const BANDS: usize = 8;
type Spectrum = [f32; BANDS];

/// Lengths in km.
const EARTH: f32 = 6371.0;
const AIR_SCALE: f32 = 8.0;
/// Where Rayleigh scattering ends to matter: e⁻⁸ of the ground's.
const TOP: f32 = 64.0;
/// Bruneton, "Precomputed Atmospheric Scattering: a New Implementation", 2017.
const HAZE_SCALE: f32 = 1.2;
/// Middle of the ozone layer (Bruneton, as above).
const OZONE_HEIGHT: f32 = 25.0;

/// Of haze scattering: share of extinction, and asymmetry (Bruneton, as above).
const HAZE_ALBEDO: f32 = 0.9;
const HAZE_FORWARD: f32 = 0.8;
/// Exponent of the wavelength in haze extinction (Ångström's mean for clear air).
const HAZE_EXPONENT: f32 = -1.3;

/// Vertical optical depth of air at 550 nm and its wavelength exponent (Bodhaine et al., "On
/// Rayleigh Optical Depth Calculations", 1999: 0.0973 at 550 nm, sea level).
const AIR_DEPTH: f32 = 0.0973;
const AIR_EXPONENT: f32 = -4.08;
/// Vertical optical depth of 300 Dobson units of ozone where it absorbs most, and a Gaussian of
/// its Chappuis band (maximum 5.1·10⁻²⁵ m² near 600 nm, half of that 55 nm away).
const OZONE_DEPTH: f32 = 0.041;
const OZONE_CENTER_NM: f32 = 597.0;
const OZONE_WIDTH_NM: f32 = 48.0;

/// Steps along a line of sight, and heights and directions of the multiple scattering.
const STEPS: usize = 24;
const LEVELS: usize = 8;
const DIRECTIONS: usize = 16;

/// Air above one place, for one position of the sun.
pub struct Atmosphere {
    /// Vertical optical depths at the ground.
    air: Spectrum,
    haze: Spectrum,
    ozone: Spectrum,
    towards_sun: Vec3,
    ground_albedo: f32,
    /// Radiance scattered into any direction by all orders but the first, a unit of scattering;
    /// by height, level i at TOP·(i / (LEVELS − 1))².
    further: [Spectrum; LEVELS],
}

/// Linear sRGB of each band, and the sun's share, luminance of the whole sun 1.
struct Bands {
    rgb: [Vec3; BANDS],
    sun: Spectrum,
}

fn nanometres(band: usize) -> f32 {
    400.0 + 40.0 * band as f32
}

static BAND_COLORS: LazyLock<Bands> = LazyLock::new(|| {
    let rgb = std::array::from_fn(|i| {
        let [x, y, z] = color_matching(nanometres(i));
        // IEC 61966-2-1.
        Vec3::new(
            3.240_454 * x - 1.537_139 * y - 0.498_531 * z,
            -0.969_266 * x + 1.876_011 * y + 0.041_556 * z,
            0.055_643 * x - 0.204_026 * y + 1.057_225 * z,
        )
    });
    // Planck's law at the sun's effective temperature.
    let planck = |nm: f32| {
        1.0 / (nm * nm * nm * nm * nm * 1e-14 * (libm::expf(1.4388e7 / (nm * 5772.0)) - 1.0))
    };
    let sun: Spectrum = std::array::from_fn(|i| planck(nanometres(i)));
    let luminance: f32 = (0..BANDS)
        .map(|i| sun[i] * color_matching(nanometres(i))[1])
        .sum();
    Bands {
        rgb,
        sun: sun.map(|s| s / luminance),
    }
});

/// CIE 1931 x̄, ȳ, z̄ by the multi-lobe fit of Wyman, Sloan, Shirley, "Simple Analytic
/// Approximations to the CIE XYZ Color Matching Functions", 2013.
fn color_matching(nm: f32) -> [f32; 3] {
    let lobe = |center: f32, below: f32, above: f32| {
        let t = (nm - center) * if nm < center { below } else { above };
        libm::expf(-0.5 * t * t)
    };
    [
        0.362 * lobe(442.0, 0.0624, 0.0374) + 1.056 * lobe(599.8, 0.0264, 0.0323)
            - 0.065 * lobe(501.1, 0.0490, 0.0382),
        0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322),
        1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725),
    ]
}

/// Linear sRGB in units of [`SOLAR_LUX`], out-of-gamut components set to 0.
fn rgb(spectrum: &Spectrum) -> Vec3 {
    let bands = BAND_COLORS.rgb.iter().zip(spectrum);
    bands
        .fold(Vec3::ZERO, |sum, (color, s)| sum + *color * *s)
        .max(Vec3::ZERO)
        * SOLAR_LUX
}

impl Atmosphere {
    /// `turbidity`: optical depth of air and haze by that of air alone (1 is pure air, 2 to 3 a
    /// clear day, 6 and more haze). `towards_sun`: unit, Z up. `ground_albedo`: 0 … 1, grey.
    pub fn new(towards_sun: Vec3, turbidity: f32, ground_albedo: f32) -> Self {
        let relative = |i: usize| libm::logf(nanometres(i) / 550.0);
        let power = |i: usize, exponent: f32| libm::expf(exponent * relative(i));
        let mut atmosphere = Self {
            air: std::array::from_fn(|i| AIR_DEPTH * power(i, AIR_EXPONENT)),
            haze: std::array::from_fn(|i| AIR_DEPTH * (turbidity - 1.0) * power(i, HAZE_EXPONENT)),
            ozone: std::array::from_fn(|i| {
                let t = (nanometres(i) - OZONE_CENTER_NM) / OZONE_WIDTH_NM;
                OZONE_DEPTH * libm::expf(-0.5 * t * t)
            }),
            towards_sun,
            ground_albedo,
            further: [[0.0; BANDS]; LEVELS],
        };
        atmosphere.further = std::array::from_fn(|i| atmosphere.further_orders(level_height(i)));
        atmosphere
    }

    /// Illuminance of a surface that faces the sun, by its own light alone, lx by colour.
    pub fn sun_lux(&self) -> Vec3 {
        let passed = self.sun_left(0.0, self.towards_sun.z);
        rgb(&std::array::from_fn(|i| BAND_COLORS.sun[i] * passed[i]))
    }

    /// Luminance of the sky towards `direction` (unit, not below the horizon) without the sun's
    /// disk, cd/m² by colour.
    pub fn sky_nits(&self, direction: Vec3) -> Vec3 {
        let direction = direction.with_z(direction.z.max(0.0)).normalize_or(Vec3::Z);
        let cosine = direction.dot(self.towards_sun);
        let air = 3.0 / (16.0 * PI) * (1.0 + cosine * cosine);
        // Cornette and Shanks, "Physically reasonable analytic expression for the single-
        // scattering phase function", 1992.
        let g2 = HAZE_FORWARD * HAZE_FORWARD;
        let base = (1.0 + g2 - 2.0 * HAZE_FORWARD * cosine).max(1e-6);
        let haze = 3.0 / (8.0 * PI) * (1.0 - g2) / (2.0 + g2) * (1.0 + cosine * cosine)
            / (base * base.sqrt());
        let path = self.march(0.0, direction, [air, haze], true);
        rgb(&path.radiance)
    }

    /// Luminance of the ground, lit by sun and sky, cd/m² by colour; `sky_lux` is the sky's
    /// illuminance of a horizontal surface.
    pub fn ground_nits(&self, sky_lux: Vec3) -> Vec3 {
        let lux = self.sun_lux() * self.towards_sun.z.max(0.0) + sky_lux;
        lux * (self.ground_albedo * FRAC_1_PI)
    }

    /// What is left of the sun's light at a height, by band; `cosine` of its zenith angle there.
    fn sun_left(&self, height: f32, cosine: f32) -> Spectrum {
        let Some([air, haze, ozone]) = columns(height, cosine) else {
            return [0.0; BANDS];
        };
        std::array::from_fn(|i| {
            libm::expf(-(self.air[i] * air + self.haze[i] * haze + self.ozone[i] * ozone))
        })
    }

    /// Light that the air along a line of sight sends back along it; with the further orders if
    /// `all`.
    fn march(&self, height: f32, direction: Vec3, phases: [f32; 2], all: bool) -> Path {
        let from = Vec3::new(0.0, 0.0, EARTH + height);
        let b = from.dot(direction);
        let inside = b * b - from.length_squared();
        let to_ground = inside + EARTH * EARTH;
        let hits_ground = direction.z < 0.0 && to_ground > 0.0;
        let length = if hits_ground {
            -b - to_ground.sqrt()
        } else {
            -b + (inside + (EARTH + TOP) * (EARTH + TOP)).max(0.0).sqrt()
        };
        let mut path = Path {
            radiance: [0.0; BANDS],
            scattered: [0.0; BANDS],
            passed: [1.0; BANDS],
        };
        let mut begin = 0.0;
        for step in 1..=STEPS {
            // Short steps first: the air is densest near the observer.
            let s = step as f32 / STEPS as f32;
            let end = length * s * s;
            let at = from + direction * (0.5 * (begin + end));
            let radius = at.length();
            let here = (radius - EARTH).max(0.0);
            let air = libm::expf(-here / AIR_SCALE) / AIR_SCALE;
            let haze = libm::expf(-here / HAZE_SCALE) / HAZE_SCALE;
            let ozone = ozone_density(here);
            let sun = self.sun_left(here, at.dot(self.towards_sun) / radius);
            let further = if all {
                self.further_at(here)
            } else {
                [0.0; BANDS]
            };
            for i in 0..BANDS {
                let by_air = self.air[i] * air;
                let by_haze = self.haze[i] * haze;
                let scattering = by_air + HAZE_ALBEDO * by_haze;
                let extinction = by_air + by_haze + self.ozone[i] * ozone;
                let left = libm::expf(-extinction * (end - begin));
                // ∫ of what the step sends, dimmed within the step itself.
                let share = path.passed[i] * (1.0 - left) / extinction.max(1e-12);
                let direct = BAND_COLORS.sun[i]
                    * sun[i]
                    * (by_air * phases[0] + HAZE_ALBEDO * by_haze * phases[1]);
                path.radiance[i] += share * (direct + scattering * further[i]);
                path.scattered[i] += share * scattering;
                path.passed[i] *= left;
            }
            begin = end;
        }
        if hits_ground {
            let at = from + direction * length;
            let cosine = at.dot(self.towards_sun) / EARTH;
            let sun = self.sun_left(0.0, cosine);
            for (i, sun) in sun.iter().enumerate() {
                path.radiance[i] += path.passed[i]
                    * BAND_COLORS.sun[i]
                    * sun
                    * (cosine.max(0.0) * self.ground_albedo * FRAC_1_PI);
            }
        }
        path
    }

    /// Hillaire's Ψ: light scattered twice, and the geometric series of all that follow.
    fn further_orders(&self, height: f32) -> Spectrum {
        // At right angles to the sun's azimuth, which stands for all.
        let sun = Vec3::new(self.towards_sun.x, self.towards_sun.y, 0.0);
        let side = sun.cross(Vec3::Z).normalize_or(Vec3::Y);
        let (mut second, mut again) = ([0.0; BANDS], [0.0; BANDS]);
        let isotropic = 0.25 * FRAC_1_PI;
        for k in 0..DIRECTIONS {
            let z = (2.0 * k as f32 + 1.0) / DIRECTIONS as f32 - 1.0;
            let direction = side * (1.0 - z * z).max(0.0).sqrt() + Vec3::Z * z;
            let path = self.march(height, direction, [isotropic; 2], false);
            for i in 0..BANDS {
                second[i] += path.radiance[i] / DIRECTIONS as f32;
                again[i] += path.scattered[i] / DIRECTIONS as f32;
            }
        }
        std::array::from_fn(|i| second[i] / (1.0 - again[i].min(0.95)))
    }

    fn further_at(&self, height: f32) -> Spectrum {
        let x = (height / TOP).clamp(0.0, 1.0).sqrt() * (LEVELS - 1) as f32;
        let low = (x as usize).min(LEVELS - 2);
        let t = x - low as f32;
        std::array::from_fn(|i| {
            self.further[low][i] + t * (self.further[low + 1][i] - self.further[low][i])
        })
    }
}

/// What comes along a line of sight, in units of the sun's illuminance.
struct Path {
    radiance: Spectrum,
    /// Share of isotropic light of luminance 1 that the line scatters towards its end.
    scattered: Spectrum,
    passed: Spectrum,
}

fn level_height(level: usize) -> f32 {
    let x = level as f32 / (LEVELS - 1) as f32;
    TOP * x * x
}

/// Share of all ozone in a km of height: a tent of 15 km to either side (Bruneton).
fn ozone_density(height: f32) -> f32 {
    (1.0 - (height - OZONE_HEIGHT).abs() / 15.0).max(0.0) / 15.0
}

/// Air, haze and ozone from a height to space, as multiples of the vertical column from the
/// ground; `None` if the earth is in the way.
fn columns(height: f32, cosine: f32) -> Option<[f32; 3]> {
    let radius = EARTH + height;
    let sine2 = (1.0 - cosine * cosine).max(0.0);
    if cosine < 0.0 && radius * sine2.sqrt() < EARTH {
        return None;
    }
    let slant =
        |scale: f32| libm::expf(-height / scale) * chapman(radius / scale, cosine, height / scale);
    // A thin shell, crossed once from below it; twice where a line dips under it again.
    let shell = radius / (EARTH + OZONE_HEIGHT);
    let beyond = 1.0 - shell * shell * sine2;
    let ozone = if height < OZONE_HEIGHT {
        1.0 / beyond.max(1e-4).sqrt()
    } else if cosine < 0.0 && beyond > 0.0 {
        2.0 / beyond.max(1e-4).sqrt()
    } else {
        0.0
    };
    Some([slant(AIR_SCALE), slant(HAZE_SCALE), ozone])
}

/// Chapman's function (slant by vertical column) at `x` scale heights from the earth's centre,
/// of which `height` are above the ground.
fn chapman(x: f32, cosine: f32, height: f32) -> f32 {
    let c = (0.5 * PI * x).sqrt();
    if cosine >= 0.0 {
        return c / ((c - 1.0) * cosine + 1.0);
    }
    // Twice the column from the lowest point of the line, less what lies the other way.
    let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
    let lowest = x * sine;
    let whole = 2.0 * (0.5 * PI * lowest).sqrt() * libm::expf((x - lowest).min(height));
    whole - c / ((c - 1.0) * -cosine + 1.0)
}
