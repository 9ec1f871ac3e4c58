//! Cameras: intrinsics, lens models, projection and its inverse.
//!
//! OpenCV axes (x right, y down, z forward); the centre of pixel (i, j) is at (i + 0.5, j + 0.5).

use glam::{DVec2, DVec3};
use serde::{Deserialize, Serialize};

use super::pose::Pose;
use super::sensor::SensorSpec;

/// Size and pinhole parameters of an image, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intrinsics {
    pub width_px: u32,
    pub height_px: u32,
    pub fx_px: f64,
    pub fy_px: f64,
    /// Principal point; the image's centre is (width / 2, height / 2).
    pub cx_px: f64,
    pub cy_px: f64,
}

impl Intrinsics {
    /// Square pixels, principal point in the middle.
    pub fn from_vertical_fov(width_px: u32, height_px: u32, fov_rad: f64) -> Self {
        let f = f64::from(height_px) / 2.0 / libm::tan(fov_rad / 2.0);
        Self {
            width_px,
            height_px,
            fx_px: f,
            fy_px: f,
            cx_px: f64::from(width_px) / 2.0,
            cy_px: f64::from(height_px) / 2.0,
        }
    }

    /// The same camera with an image of another size: focal lengths and principal point scale.
    pub fn resized(&self, width_px: u32, height_px: u32) -> Self {
        let sx = f64::from(width_px) / f64::from(self.width_px);
        let sy = f64::from(height_px) / f64::from(self.height_px);
        Self {
            width_px,
            height_px,
            fx_px: self.fx_px * sx,
            fy_px: self.fy_px * sy,
            cx_px: self.cx_px * sx,
            cy_px: self.cy_px * sy,
        }
    }
}

/// How rays bend, in OpenCV's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum Lens {
    Pinhole,
    /// Radial k1, k2, k3 and tangential p1, p2 on the plane z = 1.
    BrownConrady {
        k1: f64,
        k2: f64,
        p1: f64,
        p2: f64,
        k3: f64,
    },
    /// Equidistant: θ_d = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸).
    Fisheye {
        k1: f64,
        k2: f64,
        k3: f64,
        k4: f64,
    },
}

/// One camera at one moment, every random choice made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraSpec {
    pub name: String,
    pub world_from_camera: Pose,
    /// `flow_secs` later.
    pub world_from_camera_next: Pose,
    pub intrinsics: Intrinsics,
    pub lens: Lens,
    /// Exposure value at ISO 100: luminance L fills the sensor at L = 1.2 · 2^ev100 cd/m².
    pub ev100: f64,
    /// Light of this colour temperature looks neutral; [`NEUTRAL_KELVIN`] changes nothing.
    pub white_balance_kelvin: f64,
    pub exposure: Exposure,
    /// What is written beside the true planes; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorSpec>,
}

/// What lens and shutter blur in a path-traced picture. The default blurs nothing. Labels are
/// those of a pinhole at the middle of the exposure, which is when the snapshot is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// Radius of the entrance pupil, metres; 0 is sharp everywhere.
    pub pupil_radius_m: f64,
    /// Distance along the optical axis that is sharp, metres; read only if there is a pupil.
    pub focus_m: f64,
    /// For so long each row gathers light, seconds.
    pub shutter_secs: f64,
    /// From the first row's start to the last row's, seconds; 0 is a global shutter.
    pub readout_secs: f64,
}

/// Correlated colour temperature of sRGB's white (D65).
pub const NEUTRAL_KELVIN: f64 = 6504.0;

/// Surfaces nearer than this along the optical axis (pinhole) or the ray are not seen, metres.
pub const NEAR_M: f32 = 0.005;

/// Intrinsics and lens with what their inverse needs, computed once a view.
#[derive(Clone, Copy, Debug)]
pub struct Projector {
    intrinsics: Intrinsics,
    /// 1 / focal lengths.
    inverse_focal: DVec2,
    lens: Lens,
    /// The radius (Brown–Conrady, on z = 1) or angle (fisheye) up to which the lens is
    /// one-to-one; beyond it the polynomial folds back and no pixel is assigned.
    limit: f64,
}

impl Projector {
    /// Of a camera.
    pub fn new(intrinsics: Intrinsics, lens: Lens) -> Self {
        let limit = match lens {
            Lens::Pinhole => f64::INFINITY,
            Lens::BrownConrady { k1, k2, k3, .. } => monotonic_limit(&[k1, k2, k3], 10.0),
            Lens::Fisheye { k1, k2, k3, k4 } => {
                monotonic_limit(&[k1, k2, k3, k4], std::f64::consts::PI)
            }
        };
        Self {
            inverse_focal: DVec2::new(1.0 / intrinsics.fx_px, 1.0 / intrinsics.fy_px),
            intrinsics,
            lens,
            limit,
        }
    }

    /// The radius on z = 1 (Brown–Conrady) or angle (fisheye) that the lens ends at.
    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// Pixel position of a point in the camera frame; `None` behind the camera or outside the
    /// lens' domain. Positions outside the image are given as they are.
    #[inline]
    pub fn project(&self, p: DVec3) -> Option<DVec2> {
        let k = &self.intrinsics;
        let d = match self.lens {
            Lens::Fisheye { k1, k2, k3, k4 } => {
                let r = libm::sqrt(p.x * p.x + p.y * p.y);
                let theta = libm::atan2(r, p.z);
                if !(theta < self.limit) {
                    return None;
                }
                if r < 1e-12 {
                    DVec2::ZERO
                } else {
                    let s = radial(&[k1, k2, k3, k4], theta) / r;
                    DVec2::new(p.x * s, p.y * s)
                }
            }
            _ => {
                if !(p.z > 1e-9) {
                    return None;
                }
                self.distort(DVec2::new(p.x / p.z, p.y / p.z))?
            }
        };
        Some(DVec2::new(k.fx_px * d.x + k.cx_px, k.fy_px * d.y + k.cy_px))
    }

    /// Direction in the camera frame of the ray through a pixel position: z = 1 for pinhole and
    /// Brown–Conrady, unit for fisheye. `None` where the lens sees nothing.
    #[inline]
    pub fn unproject(&self, pixel: DVec2) -> Option<DVec3> {
        let k = &self.intrinsics;
        let d = (pixel - DVec2::new(k.cx_px, k.cy_px)) * self.inverse_focal;
        match self.lens {
            Lens::Pinhole => Some(d.extend(1.0)),
            Lens::BrownConrady { .. } => Some(self.undistort(d)?.extend(1.0)),
            Lens::Fisheye { k1, k2, k3, k4 } => {
                let theta_d = d.length();
                if theta_d < 1e-12 {
                    return Some(DVec3::Z);
                }
                let theta = invert_radial(&[k1, k2, k3, k4], theta_d, self.limit)?;
                let s = libm::sin(theta) / theta_d;
                Some(DVec3::new(d.x * s, d.y * s, libm::cos(theta)))
            }
        }
    }

    fn distort(&self, p: DVec2) -> Option<DVec2> {
        let Lens::BrownConrady { k1, k2, p1, p2, k3 } = self.lens else {
            return Some(p);
        };
        let r2 = p.length_squared();
        if !(r2 < self.limit * self.limit) {
            return None;
        }
        let s = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
        Some(DVec2::new(
            p.x * s + 2.0 * p1 * p.x * p.y + p2 * (r2 + 2.0 * p.x * p.x),
            p.y * s + p1 * (r2 + 2.0 * p.y * p.y) + 2.0 * p2 * p.x * p.y,
        ))
    }

    /// Newton's method from the radial inverse, to 10⁻¹⁴.
    fn undistort(&self, d: DVec2) -> Option<DVec2> {
        let Lens::BrownConrady { k1, k2, k3, .. } = self.lens else {
            return Some(d);
        };
        // Mild lenses: one step of the fixed point is near enough for Newton's method. The lens is
        // one-to-one within its limit, so that what it finds there is the answer.
        let r2 = d.length_squared();
        let guess = d / (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3)));
        if let Some(p) = self.newton(guess, d, 5, 1e-14) {
            return Some(p);
        }
        let length = d.length();
        if length < 1e-12 {
            return Some(d);
        }
        let r = invert_radial(&[k1, k2, k3], length, self.limit)?;
        let p = d * (r / length);
        self.newton(p, d, 8, 1e-9)
    }

    /// The point that [`Self::distort`] moves to within `good` of `d`, by at most `steps` steps
    /// from `p`.
    fn newton(&self, mut p: DVec2, d: DVec2, steps: u32, good: f64) -> Option<DVec2> {
        let Lens::BrownConrady { k1, k2, p1, p2, k3 } = self.lens else {
            return Some(d);
        };
        for _ in 0..steps {
            let r2 = p.length_squared();
            let e = self.distort(p)? - d;
            if e.length_squared() < 1e-28 {
                return Some(p);
            }
            let s = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
            let ds = 2.0 * (k1 + r2 * (2.0 * k2 + r2 * 3.0 * k3));
            let a = s + p.x * p.x * ds + 2.0 * p1 * p.y + 6.0 * p2 * p.x;
            let b = p.x * p.y * ds + 2.0 * p1 * p.x + 2.0 * p2 * p.y;
            let c = s + p.y * p.y * ds + 6.0 * p1 * p.y + 2.0 * p2 * p.x;
            let det = a * c - b * b;
            if det.abs() < 1e-12 {
                return None;
            }
            p -= DVec2::new(c * e.x - b * e.y, a * e.y - b * e.x) / det;
        }
        ((self.distort(p)? - d).length() < good).then_some(p)
    }
}

/// x (1 + c0 x² + c1 x⁴ + …).
fn radial(c: &[f64], x: f64) -> f64 {
    let x2 = x * x;
    x * (1.0 + x2 * c.iter().rev().fold(0.0, |sum, k| sum * x2 + k))
}

/// Derivative of [`radial`].
fn radial_slope(c: &[f64], x: f64) -> f64 {
    let x2 = x * x;
    let powers = c.iter().enumerate().rev();
    1.0 + x2 * powers.fold(0.0, |sum, (i, k)| sum * x2 + k * (2 * i + 3) as f64)
}

/// The first zero of the slope, at most `most`: a scan of 1,000 steps, then bisection.
fn monotonic_limit(c: &[f64], most: f64) -> f64 {
    let step = most / 1000.0;
    let Some(i) = (1..=1000).find(|&i| radial_slope(c, step * f64::from(i)) <= 0.0) else {
        return most;
    };
    let (mut low, mut high) = (step * f64::from(i - 1), step * f64::from(i));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if radial_slope(c, middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// x in [0, limit) with `radial(c, x) = y`: Newton's method kept inside a bisection bracket.
fn invert_radial(c: &[f64], y: f64, limit: f64) -> Option<f64> {
    if !(y < radial(c, limit)) {
        return None;
    }
    let (mut low, mut high, mut x) = (0.0, limit, y.min(limit));
    for _ in 0..60 {
        let error = radial(c, x) - y;
        if error > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - error / radial_slope(c, x);
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - x).abs() <= 1e-13 * x.abs() {
            return Some(next);
        }
        x = next;
    }
    Some(x)
}
