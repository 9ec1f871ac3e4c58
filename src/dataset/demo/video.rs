//! Colour pictures as H.264: yuv420p, constant frame rate, every second picture a key frame.
//!
//! The quantizer is constant and the encoder has one thread, so that the bytes are a function of
//! the pictures alone.

use std::io::{Read, Seek, SeekFrom};

use openh264::OpenH264API;
use openh264::decoder::Decoder;
use openh264::encoder::{
    ColorPrimaries, Complexity, Encoder, EncoderConfig, FrameRate, IntraFramePeriod,
    MatrixCoefficients, QpRange, RateControlMode, SpsPpsStrategy, TransferCharacteristics,
    VuiConfig,
};
use openh264::formats::{YUVSlices, YUVSource};
use thiserror::Error;

use super::mp4::{Mp4Error, Track};
use crate::base::image::Plane;

/// H.264's quantizer (0 … 51). Pictures of the shipped scenes come back with a PSNR of 45 dB in
/// luma and 41 dB in RGB, where colour at half resolution (4:2:0) alone leaves 38 to 46; at 256 ×
/// 256 px they take 4.7 KiB each. A finer quantizer adds bytes and less than 1 dB in RGB.
const QUANTIZER: u8 = 18;

/// A key frame every so many pictures, as LeRobot's own encoder does: a reader that wants one
/// picture decodes two at most.
const KEY_FRAME_INTERVAL: u32 = 2;

/// What the encoder takes: both sides even (chroma is stored for 2 × 2 pixels), at least 16.
pub const LEAST_SIDE_PX: u32 = 16;
/// Longer and shorter side.
pub const MOST_SIDES_PX: (u32, u32) = (3840, 2160);

/// The encoder has refused.
#[derive(Debug, Error)]
pub enum VideoError {
    #[error("the H.264 encoder: {0}")]
    Encoder(#[from] openh264::Error),
    #[error("the H.264 encoder {0}")]
    Stream(&'static str),
}

/// H.264 in memory: what an MP4 file is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedVideo {
    /// Parameters, and sizes of the pictures.
    pub track: Track,
    /// The pictures, one after another: NAL units, each after its length in four bytes.
    pub data: Vec<u8>,
}

impl EncodedVideo {
    /// An MP4 file.
    pub fn to_mp4(&self) -> Vec<u8> {
        let mut file = self.track.header();
        file.extend_from_slice(&self.data);
        file
    }
}

/// Encodes the pictures of one camera and one episode, in order.
pub struct VideoEncoder {
    encoder: Encoder,
    yuv: Yuv420,
    video: EncodedVideo,
}

impl VideoEncoder {
    /// Sides as [`LEAST_SIDE_PX`] says.
    ///
    /// # Errors
    /// If the encoder cannot be opened.
    pub fn new(width_px: u32, height_px: u32, rate_hz: u32) -> Result<Self, VideoError> {
        let color = VuiConfig::new()
            .color_primaries(ColorPrimaries::Bt709)
            .transfer_characteristics(TransferCharacteristics::Srgb)
            .matrix_coefficients(MatrixCoefficients::Smpte170M)
            .full_range(false);
        let config = EncoderConfig::new()
            // The one mode in which the encoder holds to these bounds alone, and to both.
            .rate_control_mode(RateControlMode::Bufferbased)
            .qp(QpRange::new(QUANTIZER, QUANTIZER))
            .intra_frame_period(IntraFramePeriod::from_num_frames(KEY_FRAME_INTERVAL))
            .max_frame_rate(FrameRate::from_hz(rate_hz as f32))
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            // Medium takes longer and saves 2 % of the bytes.
            .complexity(Complexity::Low)
            .skip_frames(false)
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(false)
            .num_threads(1)
            .vui(color);
        Ok(Self {
            encoder: Encoder::with_api_config(OpenH264API::from_source(), config)?,
            yuv: Yuv420::new(width_px as usize, height_px as usize),
            video: EncodedVideo {
                track: Track::new(width_px, height_px, rate_hz),
                data: Vec::new(),
            },
        })
    }

    /// Adds a picture: 8-bit sRGB, row by row, 3 bytes a pixel.
    ///
    /// # Errors
    /// If the encoder fails.
    ///
    /// # Panics
    /// If `rgb` is not of the encoder's size.
    pub fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        self.yuv.convert(rgb);
        let stream = self.encoder.encode(&self.yuv.slices())?;
        let track = &mut self.video.track;
        let (begin, mut is_key) = (self.video.data.len(), false);
        for layer in (0..stream.num_layers()).filter_map(|i| stream.layer(i)) {
            for nal in (0..layer.nal_count()).filter_map(|i| layer.nal_unit(i)) {
                let nal = without_start_code(nal);
                match nal.first().map(|b| b & 0x1f) {
                    Some(7) => set_once(&mut track.sps, nal)?,
                    Some(8) => set_once(&mut track.pps, nal)?,
                    Some(kind) => {
                        is_key |= kind == 5;
                        let length = u32::try_from(nal.len()).expect("a picture below 4 GiB");
                        self.video.data.extend_from_slice(&length.to_be_bytes());
                        self.video.data.extend_from_slice(nal);
                    }
                    None => {}
                }
            }
        }
        let bytes = self.video.data.len() - begin;
        if bytes == 0 {
            return Err(VideoError::Stream("has left out a picture"));
        }
        let bytes = u32::try_from(bytes).expect("a picture below 4 GiB");
        track.push(bytes, is_key);
        Ok(())
    }

    /// All pictures so far.
    pub fn finish(self) -> EncodedVideo {
        self.video
    }
}

/// Every key frame repeats the parameters; an MP4 file has them once.
fn set_once(parameters: &mut Vec<u8>, nal: &[u8]) -> Result<(), VideoError> {
    if parameters.is_empty() {
        parameters.extend_from_slice(nal);
    }
    if parameters != nal {
        return Err(VideoError::Stream("has changed its parameters"));
    }
    Ok(())
}

fn without_start_code(nal: &[u8]) -> &[u8] {
    let zeros = nal.iter().take_while(|&&b| b == 0).count();
    match nal.get(zeros) {
        Some(1) if zeros >= 2 => &nal[zeros + 1..],
        _ => nal,
    }
}

/// ITU-R BT.601, limited range: what decoders assume of a stream that does not say, too.
struct Yuv420 {
    width: usize,
    height: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

impl Yuv420 {
    fn new(width: usize, height: usize) -> Self {
        let quarter = (width / 2) * (height / 2);
        Self {
            width,
            height,
            y: vec![0; width * height],
            u: vec![0; quarter],
            v: vec![0; quarter],
        }
    }

    fn slices(&self) -> YUVSlices<'_> {
        let half = self.width / 2;
        YUVSlices::new(
            (&self.y, &self.u, &self.v),
            (self.width, self.height),
            (self.width, half, half),
        )
    }

    /// Integers with 16 binary places, rounded; chroma of the mean of 2 × 2 pixels.
    fn convert(&mut self, rgb: &[u8]) {
        assert_eq!(rgb.len(), self.width * self.height * 3);
        let (pixels, _) = rgb.as_chunks::<3>();
        for (y, pixel) in self.y.iter_mut().zip(pixels) {
            let [r, g, b] = pixel.map(i32::from);
            *y = ((16_829 * r + 33_039 * g + 6_416 * b + (16 << 16) + (1 << 15)) >> 16) as u8;
        }
        let half = self.width / 2;
        for (row, pair) in pixels.chunks_exact(2 * self.width).enumerate() {
            let (top, bottom) = pair.split_at(self.width);
            for column in 0..half {
                let four = [2 * column, 2 * column + 1].map(|i| [top[i], bottom[i]]);
                let mut sum = [0; 3];
                for pixel in four.as_flattened() {
                    (0..3).for_each(|c| sum[c] += i32::from(pixel[c]));
                }
                let [r, g, b] = sum;
                let middle = (128 << 18) + (1 << 17);
                let u = (-9_714 * r - 19_070 * g + 28_784 * b + middle) >> 18;
                let v = (28_784 * r - 24_103 * g - 4_681 * b + middle) >> 18;
                self.u[row * half + column] = u as u8;
                self.v[row * half + column] = v as u8;
            }
        }
    }
}

/// Why a picture did not come out of a video.
#[derive(Debug, Error)]
pub enum DecodeError {
    #[error("{0}")]
    Mp4(#[from] Mp4Error),
    #[error("the H.264 decoder: {0}")]
    Decoder(#[from] openh264::Error),
    #[error("no picture {0}")]
    Missing(usize),
}

impl From<std::io::Error> for DecodeError {
    fn from(error: std::io::Error) -> Self {
        Self::Mp4(error.into())
    }
}

/// The i-th picture of a file that was written here, 8-bit sRGB, with the key frame before it as
/// the only other one that is decoded.
///
/// # Errors
/// If there is no such picture, or the file is broken.
pub fn decode_picture(
    file: &mut (impl Read + Seek),
    i: usize,
) -> Result<Plane<[u8; 3]>, DecodeError> {
    let (track, range) = Track::read(file)?;
    let (first, before) = track.key_frame(i).ok_or(DecodeError::Missing(i))?;
    file.seek(SeekFrom::Start(range.start + before))?;
    let mut decoder = Decoder::new()?;
    let mut packet = Vec::new();
    for nal in [&track.sps, &track.pps] {
        packet.extend_from_slice(&[0, 0, 0, 1]);
        packet.extend_from_slice(nal);
    }
    let mut picture = None;
    for k in first..=i {
        let mut bytes = vec![0; track.bytes_of(k)];
        file.read_exact(&mut bytes)?;
        let mut rest = bytes.as_slice();
        while let Some((length, more)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let (nal, more) = more
                .split_at_checked(length)
                .ok_or(DecodeError::Missing(k))?;
            packet.extend_from_slice(&[0, 0, 0, 1]);
            packet.extend_from_slice(nal);
            rest = more;
        }
        picture = decoder.decode(&packet)?.map(|yuv| {
            let (width_px, height_px) = yuv.dimensions();
            let mut rgb = vec![0; 3 * width_px * height_px];
            yuv.write_rgb8(&mut rgb);
            Plane {
                width_px,
                height_px,
                data: rgb.as_chunks().0.to_vec(),
            }
        });
        packet.clear();
    }
    picture.ok_or(DecodeError::Missing(i))
}
