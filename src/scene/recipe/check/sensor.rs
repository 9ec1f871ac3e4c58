//! Sensors: a kind's defaults, overridden key by key; and what lens and shutter blur.

use super::{Checker, Limits, Per, ends};
use crate::base::sensor::{ColorParameters, DepthMethod, DepthParameters};
use crate::scene::recipe::desc::{ExposureDesc, LensDesc, PupilDesc, SensorDesc};
use crate::scene::recipe::dist::Dist;
use crate::scene::recipe::presets;
use crate::scene::recipe::raw::{Number, RawCamera, RawDepthMethod, RawSensor};

const ONCE: Per = Per::Episode;

impl<'a> Checker<'a> {
    pub(super) fn exposure(
        &mut self,
        raw: &'a RawCamera,
        flow_secs: Option<f64>,
    ) -> Option<ExposureDesc> {
        let pupil = match (&raw.f_number, &raw.focal_length_mm, &raw.pupil_mm) {
            (None, None, None) => Some(PupilDesc::Pinhole),
            (None, None, Some(pupil)) => {
                let pupil = self.numbers(pupil, Limits::above(0.0, 200.0), ONCE);
                pupil.map(PupilDesc::DiameterMm)
            }
            (Some(f_number), Some(focal), None) => {
                let f_number = self.numbers(f_number, Limits::new(0.5, 64.0), ONCE);
                let focal = self.numbers(focal, Limits::new(0.1, 2000.0), ONCE);
                f_number
                    .zip(focal)
                    .map(|(f_number, focal_length_mm)| PupilDesc::FNumber {
                        f_number,
                        focal_length_mm,
                    })
            }
            (f_number, focal, _) => {
                let place = [f_number, focal].into_iter().flatten().next();
                let place = place.map_or(&raw.at, |key| &key.place);
                let found = match (f_number, focal) {
                    (Some(_), None) => "f_number without focal_length_mm",
                    (None, Some(_)) => "focal_length_mm without f_number",
                    _ => "both f_number and pupil_mm",
                };
                self.error(
                    place,
                    found,
                    "f_number and focal_length_mm, or pupil_mm",
                    "",
                );
                None
            }
        };
        let has_pupil = pupil.as_ref().is_none_or(|p| *p != PupilDesc::Pinhole);
        let focus = match (&raw.focus_m, has_pupil) {
            (Some(focus), false) => {
                let found = "focus_m of a lens without an opening, which is sharp everywhere";
                let expected = "f_number and focal_length_mm, or pupil_mm";
                self.error(&focus.place, found, expected, "");
                None
            }
            (Some(focus), true) => self.numbers(focus, Limits::new(0.01, 10_000.0), ONCE),
            (None, false) => Some(Dist::constant(1.0)),
            (None, true) => {
                let found = "a lens with an opening, but no focus_m";
                self.error(&raw.at, found, "focus_m, the distance that is sharp", "");
                None
            }
        };
        let second = Limits::new(0.0, 1.0);
        let shutter = self.numbers_or(raw.shutter_secs.as_ref(), 0.0, second, ONCE);
        let readout = self.numbers_or(raw.readout_secs.as_ref(), 0.0, second, ONCE);
        if let (Some(shutter), Some(readout), Some(flow)) = (&shutter, &readout, flow_secs) {
            let longest = ends(shutter)[1] + ends(readout)[1];
            // Poses are known at the frame and flow_secs later; the exposure lies about the frame.
            if longest > 2.0 * flow {
                let keys = [&raw.shutter_secs, &raw.readout_secs];
                let place = keys.into_iter().flatten().next();
                let place = place.map_or(&raw.at, |key| &key.place);
                self.error(
                    place,
                    format!("an exposure of {longest} s with the readout"),
                    format!(
                        "at most twice capture.flow_secs, {} s",
                        super::rounded(2.0 * flow, 6)
                    ),
                    "shorten it, or lengthen flow_secs: motion is known for that long",
                );
            }
        }
        Some(ExposureDesc {
            pupil: pupil?,
            focus_m: focus?,
            shutter_secs: shutter?,
            readout_secs: readout?,
        })
    }

    pub(super) fn sensor(
        &mut self,
        raw: &'a RawSensor,
        lens: Option<&LensDesc>,
    ) -> Option<SensorDesc> {
        let preset = presets::color(raw.kind);
        let color = ColorParameters {
            exposure_error_ev: self.parameter(
                raw.exposure_error_ev.as_ref(),
                preset.exposure_error_ev,
                Limits::new(-8.0, 8.0),
            ),
            glare_share: self.parameter(
                raw.glare_share.as_ref(),
                preset.glare_share,
                Limits::new(0.0, 0.9),
            ),
            glare_px: self.parameter(
                raw.glare_px.as_ref(),
                preset.glare_px,
                Limits::new(0.0, 500.0),
            ),
            blur_px: self.parameter(raw.blur_px.as_ref(), preset.blur_px, Limits::new(0.0, 50.0)),
            chromatic_red: self.parameter(
                raw.chromatic_red.as_ref(),
                preset.chromatic_red,
                Limits::new(-0.05, 0.05),
            ),
            chromatic_blue: self.parameter(
                raw.chromatic_blue.as_ref(),
                preset.chromatic_blue,
                Limits::new(-0.05, 0.05),
            ),
            vignetting_power: self.parameter(
                raw.vignetting_power.as_ref(),
                preset.vignetting_power,
                Limits::new(0.0, 8.0),
            ),
            vignetting_loss: self.parameter(
                raw.vignetting_loss.as_ref(),
                preset.vignetting_loss,
                Limits::new(0.0, 1.0),
            ),
            circle_radius: self.parameter(
                raw.circle_radius.as_ref(),
                preset.circle_radius,
                Limits::new(0.0, 2.0),
            ),
            circle_edge: self.parameter(
                raw.circle_edge.as_ref(),
                preset.circle_edge,
                Limits::new(0.0, 1.0),
            ),
            full_well_e: self.parameter(
                raw.full_well_e.as_ref(),
                preset.full_well_e,
                Limits::new(0.0, 1_000_000.0),
            ),
            read_noise_e: self.parameter(
                raw.read_noise_e.as_ref(),
                preset.read_noise_e,
                Limits::new(0.0, 1000.0),
            ),
            gain: self.parameter(raw.gain.as_ref(), preset.gain, Limits::new(0.1, 1000.0)),
            adc_bits: self.parameter(
                raw.adc_bits.as_ref(),
                preset.adc_bits,
                Limits::new(0.0, 24.0),
            ),
            white_balance_error_mired: self.parameter(
                raw.white_balance_error_mired.as_ref(),
                preset.white_balance_error_mired,
                Limits::new(-150.0, 300.0),
            ),
            jpeg_quality: self.parameter(
                raw.jpeg_quality.as_ref(),
                preset.jpeg_quality,
                Limits::new(0.0, 100.0),
            ),
        };
        let (default_method, preset) = presets::depth(raw.kind);
        let method = match raw.depth.as_ref().map(|depth| depth.value) {
            None => default_method,
            Some(RawDepthMethod::None) => None,
            Some(RawDepthMethod::StructuredLight) => Some(DepthMethod::StructuredLight),
            Some(RawDepthMethod::Stereo) => Some(DepthMethod::Stereo),
        };
        self.fitting_depth_keys(raw, method);
        let depth = DepthParameters {
            baseline_m: self.parameter(
                raw.baseline_m.as_ref(),
                preset.baseline_m,
                Limits::new(-1.0, 1.0),
            ),
            min_m: self.parameter(raw.min_m.as_ref(), preset.min_m, Limits::new(0.0, 100.0)),
            max_m: self.parameter(raw.max_m.as_ref(), preset.max_m, Limits::new(0.01, 100.0)),
            disparity_step_px: self.parameter(
                raw.disparity_step_px.as_ref(),
                preset.disparity_step_px,
                Limits::new(0.0, 4.0),
            ),
            disparity_noise_px: self.parameter(
                raw.disparity_noise_px.as_ref(),
                preset.disparity_noise_px,
                Limits::new(0.0, 4.0),
            ),
            axial_noise_m: self.parameter(
                raw.axial_noise_m.as_ref(),
                preset.axial_noise_m,
                Limits::new(0.0, 1.0),
            ),
            grazing_noise_m: self.parameter(
                raw.grazing_noise_m.as_ref(),
                preset.grazing_noise_m,
                Limits::new(0.0, 0.1),
            ),
            edge_jitter_px: self.parameter(
                raw.edge_jitter_px.as_ref(),
                preset.edge_jitter_px,
                Limits::new(0.0, 10.0),
            ),
            window_px: self.parameter(
                raw.window_px.as_ref(),
                preset.window_px,
                Limits::new(1.0, 31.0),
            ),
            glass_holes: self.parameter(
                raw.glass_holes.as_ref(),
                preset.glass_holes,
                Limits::new(0.0, 1.0),
            ),
            min_signal: self.parameter(
                raw.min_signal.as_ref(),
                preset.min_signal,
                Limits::new(0.0, 1000.0),
            ),
            max_signal: self.parameter(
                raw.max_signal.as_ref(),
                preset.max_signal,
                Limits::above(0.0, 1_000_000.0),
            ),
            min_texture: self.parameter(
                raw.min_texture.as_ref(),
                preset.min_texture,
                Limits::new(0.0, 1.0),
            ),
        };
        let (color, depth) = (color.all(), depth.all());
        let depth = match method {
            None => None,
            Some(method) => {
                let depth = depth?;
                if lens.is_some_and(|lens| *lens != LensDesc::Pinhole) {
                    let place = raw.depth.as_ref().map_or(&raw.at, |depth| &depth.place);
                    let found = "a depth sensor behind a lens that bends lines";
                    let remedy = "leave out `lens`: depth sensors deliver rectified pictures; or \
                                  set depth = \"none\"";
                    self.error(place, found, "a pinhole lens", remedy);
                }
                if ends(&depth.min_m)[1] >= ends(&depth.max_m)[0] {
                    let keys = [&raw.min_m, &raw.max_m];
                    let place = keys.into_iter().flatten().next();
                    let place = place.map_or(&raw.at, |key| &key.place);
                    let found = format!(
                        "a range from {} m to {} m",
                        ends(&depth.min_m)[1],
                        ends(&depth.max_m)[0]
                    );
                    self.error(place, found, "min_m always below max_m", "");
                }
                let [low, high] = ends(&depth.baseline_m);
                if low <= 0.0 && high >= 0.0 {
                    let place = raw.baseline_m.as_ref().map_or(&raw.at, |key| &key.place);
                    let found = "a baseline that may be 0";
                    let remedy = "two eyes at one place see no depth";
                    self.error(place, found, "always above 0, or always below", remedy);
                }
                Some((method, depth))
            }
        };
        Some(SensorDesc {
            color: color?,
            depth,
        })
    }

    fn parameter(
        &mut self,
        raw: Option<&'a Number>,
        default: f64,
        limits: Limits,
    ) -> Option<Dist<f64>> {
        self.numbers_or(raw, default, limits, ONCE)
    }

    /// Keys of a depth sensor that is not there, or of another method, are read by nothing.
    fn fitting_depth_keys(&mut self, raw: &'a RawSensor, method: Option<DepthMethod>) {
        let any = |_| true;
        let structured = |m| m == DepthMethod::StructuredLight;
        let stereo = |m| m == DepthMethod::Stereo;
        type Reads = fn(DepthMethod) -> bool;
        let keys: [(&str, &'a Option<Number>, Reads); 13] = [
            ("baseline_m", &raw.baseline_m, any),
            ("min_m", &raw.min_m, any),
            ("max_m", &raw.max_m, any),
            ("disparity_step_px", &raw.disparity_step_px, any),
            ("disparity_noise_px", &raw.disparity_noise_px, any),
            ("axial_noise_m", &raw.axial_noise_m, any),
            ("grazing_noise_m", &raw.grazing_noise_m, any),
            ("edge_jitter_px", &raw.edge_jitter_px, any),
            ("window_px", &raw.window_px, any),
            ("glass_holes", &raw.glass_holes, any),
            ("min_signal", &raw.min_signal, structured),
            ("max_signal", &raw.max_signal, structured),
            ("min_texture", &raw.min_texture, stereo),
        ];
        for (name, key, reads) in keys {
            let Some(key) = key else { continue };
            let (found, expected) = match method {
                None => (
                    format!("{name} of a sensor that measures no depth"),
                    "depth = \"structured_light\" or \"stereo\"",
                ),
                Some(method) if !reads(method) => (
                    format!("{name}, which this way of measuring depth does not read"),
                    "min_signal and max_signal with \"structured_light\", min_texture with \"stereo\"",
                ),
                Some(_) => continue,
            };
            self.error(&key.place, found, expected, "");
        }
    }
}
