//! `[camera.sensor]` as it stands in the file.

use super::raw::Number;
use super::reader::At;
use super::record::{record, words};

words! {
    /// A kind of camera, which gives every parameter its default.
    pub enum SensorPreset {
        /// No errors at all: parameters are switched on one by one.
        "ideal" => Ideal,
        /// An industrial colour camera with a good lens.
        "machine_vision" => MachineVision,
        /// Colour and depth by structured infrared light, short range, for indoors.
        "consumer_rgbd" => ConsumerRgbd,
        /// Colour and depth by two cameras.
        "stereo_rgbd" => StereoRgbd,
        /// A video endoscope: round picture, strong noise and glare.
        "endoscope" => Endoscope,
    }
}

words! {
    /// How depth is measured.
    pub enum RawDepthMethod {
        /// Not at all.
        "none" => None,
        /// By a projected infrared pattern.
        "structured_light" => StructuredLight,
        /// By a second camera.
        "stereo" => Stereo,
    }
}

record! {
    /// What a real sensor makes of the view: the planes sensor_color and sensor_z_depth. Every
    /// parameter is drawn once an episode. Defaults are the kind's.
    pub struct RawSensor {
        /// The kind of camera.
        kind: SensorPreset,
        /// How depth is measured; only through a pinhole lens. Default: the kind's.
        depth: Option<At<RawDepthMethod>>,
        /// Light is off by this many stops, −8 … 8.
        exposure_error_ev: Option<Number>,
        /// Share of light that the lens scatters, 0 … 0.9.
        glare_share: Option<Number>,
        /// Standard deviation of where it goes, pixels of a picture of size_px, 0 … 500.
        glare_px: Option<Number>,
        /// Standard deviation of the lens' blur, pixels of a picture of size_px, 0 … 50.
        blur_px: Option<Number>,
        /// Red's image is larger than green's by this share, −0.05 … 0.05.
        chromatic_red: Option<Number>,
        /// Blue's image is larger than green's by this share, −0.05 … 0.05.
        chromatic_blue: Option<Number>,
        /// Light falls off with this power of the cosine of the field angle, 0 … 8; 4 is the law
        /// of a simple lens.
        vignetting_power: Option<Number>,
        /// Share of light lost at the corners beside that, 0 … 1.
        vignetting_loss: Option<Number>,
        /// Radius of the round field stop by half the picture's shorter side, 0 … 2; 0: none.
        circle_radius: Option<Number>,
        /// Width of its soft edge, by the same, 0 … 1.
        circle_edge: Option<Number>,
        /// Electrons that fill a pixel at gain 1, 0 … 1000000; 0: no shot noise, no read noise.
        full_well_e: Option<Number>,
        /// Standard deviation of the electrons read without light, 0 … 1000.
        read_noise_e: Option<Number>,
        /// Analogue gain, 0.1 … 1000: the picture's white is full_well_e / gain electrons.
        gain: Option<Number>,
        /// Bits of the converter, 0 … 24; 0: continuous.
        adc_bits: Option<Number>,
        /// White balance is off by this much, mired (10⁶ / K), −150 … 300; positive turns the
        /// picture blue.
        white_balance_error_mired: Option<Number>,
        /// JPEG quality of the picture, 0 … 100; 0: not compressed.
        jpeg_quality: Option<Number>,
        /// The projector or second camera stands so far to the right (−: left), metres, −1 … 1.
        baseline_m: Option<Number>,
        /// Nothing nearer is measured, metres, 0 … 100.
        min_m: Option<Number>,
        /// Nothing farther is measured, metres, 0.01 … 100.
        max_m: Option<Number>,
        /// Disparities are multiples of this, pixels of a picture of size_px, 0 … 4.
        disparity_step_px: Option<Number>,
        /// Standard deviation of the disparity, pixels of a picture of size_px, 0 … 4.
        disparity_noise_px: Option<Number>,
        /// Standard deviation of the depth beside that, metres, 0 … 1.
        axial_noise_m: Option<Number>,
        /// Coefficient of what slant adds to it, 0 … 0.1: times (θ / (90° − θ))² / √z.
        grazing_noise_m: Option<Number>,
        /// Standard deviation of where a pixel's depth is taken from, pixels of a picture of
        /// size_px, 0 … 10.
        edge_jitter_px: Option<Number>,
        /// Side of the window that is matched, pixels of a picture of size_px, 1 … 31.
        window_px: Option<Number>,
        /// Share of windows on transparent surfaces that give nothing, 0 … 1; the others measure
        /// what is behind.
        glass_holes: Option<Number>,
        /// Structured light: least light that comes back, by that of a white wall at 1 m, 0 …
        /// 1000.
        min_signal: Option<Number>,
        /// Structured light: most light that comes back, by the same, above 0, at most 1000000.
        max_signal: Option<Number>,
        /// Stereo: least standard deviation of the picture (0 … 1) in a window, 0 … 1.
        min_texture: Option<Number>,
    }
}
