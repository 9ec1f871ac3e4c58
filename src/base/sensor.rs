//! What an image sensor and a depth sensor make of a view: parameters, every random choice made.
//! The models that read them are in [`crate::sense::sensor`].

use serde::{Deserialize, Serialize};

/// Declares parameters that are numbers here and distributions in a recipe.
macro_rules! parameters {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name<T = f64> {
            $($(#[$field_meta])* pub $field: T,)*
        }

        impl<T> $name<T> {
            /// Each parameter with its name, mapped.
            pub fn map<U>(&self, mut map: impl FnMut(&'static str, &T) -> U) -> $name<U> {
                $name { $($field: map(stringify!($field), &self.$field),)* }
            }
        }

        impl<T> $name<Option<T>> {
            /// All of them, if none is missing.
            pub fn all(self) -> Option<$name<T>> {
                Some($name { $($field: self.$field?,)* })
            }
        }
    };
}

parameters! {
    /// A colour sensor with its lens, in the order of the light's way. Lengths in pixels of the
    /// picture. 0 turns an effect off.
    pub struct ColorParameters {
        /// Light is off by this many stops.
        exposure_error_ev,
        /// Share of light that the lens scatters, 0 … 1.
        glare_share,
        /// Standard deviation of where it goes, pixels.
        glare_px,
        /// Standard deviation of the lens' blur, pixels.
        blur_px,
        /// Red's image is larger than green's by this share.
        chromatic_red,
        /// Blue's image is larger than green's by this share.
        chromatic_blue,
        /// Light falls off with this power of the cosine of the field angle; 4 is the law of a
        /// simple lens.
        vignetting_power,
        /// Share of light lost at the corners beside that, growing with the radius' square.
        vignetting_loss,
        /// Radius of the round field stop, by half the picture's shorter side.
        circle_radius,
        /// Width of its soft edge, by the same.
        circle_edge,
        /// Electrons that fill a pixel at gain 1; 0: no shot noise.
        full_well_e,
        /// Standard deviation of the electrons read without light.
        read_noise_e,
        /// Analogue gain: the picture's white is full_well_e / gain electrons.
        gain,
        /// Bits of the converter; 0: continuous.
        adc_bits,
        /// The camera's idea of the light's colour is off by this much, mired (10⁶ / K); positive
        /// takes the light for warmer than it is, and the picture turns blue.
        white_balance_error_mired,
        /// JPEG quality 1 … 100 of the picture; 0: not compressed.
        jpeg_quality,
    }
}

parameters! {
    /// A depth sensor that triangulates. Lengths in pixels are those of the picture.
    pub struct DepthParameters {
        /// The projector or second camera stands so far to the right (−: left), metres.
        baseline_m,
        /// Nothing nearer is measured.
        min_m,
        /// Nothing farther is measured.
        max_m,
        /// Disparities are multiples of this.
        disparity_step_px,
        /// Standard deviation of the disparity.
        disparity_noise_px,
        /// Standard deviation of the depth beside that.
        axial_noise_m,
        /// Coefficient of what slant adds to it.
        grazing_noise_m,
        /// Standard deviation of where a pixel's depth is taken from.
        edge_jitter_px,
        /// Side of the window that is matched.
        window_px,
        /// Share of windows on transparent surfaces that give nothing; the others measure what is
        /// behind.
        glass_holes,
        /// Structured light: least light that comes back, by that of a white wall at 1 m.
        min_signal,
        /// Structured light: most light that comes back.
        max_signal,
        /// Stereo: least standard deviation of the picture (0 … 1) in a window.
        min_texture,
    }
}

/// How depth is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepthMethod {
    /// An infrared pattern, projected and looked at.
    StructuredLight,
    /// Two cameras, no light of its own.
    Stereo,
}

/// A depth sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepthSensorSpec {
    pub method: DepthMethod,
    #[serde(flatten)]
    pub parameters: DepthParameters,
}

/// A camera's sensor in one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorSpec {
    pub color: ColorParameters,
    /// `None`: colour alone.
    pub depth: Option<DepthSensorSpec>,
}
