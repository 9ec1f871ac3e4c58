//! Field of view and intrinsics.

use crate::base::camera::{Intrinsics, Lens};

/// Intrinsics of a picture whose vertical field of view is `fov_rad`: of the fisheye polynomial for
/// a fisheye, else of the pinhole (before any distortion). Square pixels, principal point in the
/// middle.
pub fn from_vertical_fov(size_px: (u32, u32), fov_rad: f64, lens: &Lens) -> Intrinsics {
    let (width, height) = size_px;
    let mut intrinsics = Intrinsics::from_vertical_fov(width, height, fov_rad);
    if let Lens::Fisheye { k1, k2, k3, k4 } = lens {
        let theta = 0.5 * fov_rad;
        let t2 = theta * theta;
        let theta_d = theta * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))));
        let f = 0.5 * f64::from(height) / theta_d;
        intrinsics.fx_px = f;
        intrinsics.fy_px = f;
    }
    intrinsics
}

/// The lens of coefficients in the order k1, k2, p1, p2, k3.
pub fn brown_conrady([k1, k2, p1, p2, k3]: [f64; 5]) -> Lens {
    Lens::BrownConrady { k1, k2, p1, p2, k3 }
}

/// The lens of coefficients in the order k1, k2, k3, k4.
pub fn fisheye([k1, k2, k3, k4]: [f64; 4]) -> Lens {
    Lens::Fisheye { k1, k2, k3, k4 }
}
