//! Run-length encoded masks, as COCO has them.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A binary mask in COCO's compressed run-length form.
///
/// Runs go down the columns, left to right, and alternate between outside and inside; the first
/// counts pixels outside and may be 0. Each count from the fourth on is stored as the difference
/// to the count two before it, in groups of five bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rle {
    /// Height and width of the image, pixels.
    pub size: [u32; 2],
    /// The runs, compressed.
    pub counts: String,
}

/// Why a text is not a mask.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RleError {
    /// A byte outside `0` … `o`.
    #[error("byte {byte:#04x} at {at} does not occur in a compressed mask")]
    Byte { byte: u8, at: usize },
    /// The text ends inside a count.
    #[error("the text ends inside a count")]
    Truncated,
    /// A count is negative or too large.
    #[error("count {index} is {value}, outside 0 … 4,294,967,295")]
    Count { index: usize, value: i64 },
    /// The runs do not fill the image.
    #[error("the runs add up to {sum} pixels, but the image has {pixels}")]
    Sum { sum: u64, pixels: u64 },
}

impl Rle {
    /// Of runs (outside first) that fill an image of this size.
    pub fn from_runs(height_px: u32, width_px: u32, runs: &[u32]) -> Self {
        Self {
            size: [height_px, width_px],
            counts: compress(runs),
        }
    }

    /// The runs, outside first; they fill the image exactly.
    ///
    /// # Errors
    /// If the text is not a compressed mask of this size.
    pub fn runs(&self) -> Result<Vec<u32>, RleError> {
        let runs = decompress(&self.counts)?;
        let sum: u64 = runs.iter().map(|&r| u64::from(r)).sum();
        let pixels = u64::from(self.size[0]) * u64::from(self.size[1]);
        if sum != pixels {
            return Err(RleError::Sum { sum, pixels });
        }
        Ok(runs)
    }

    /// The inside runs as (first pixel, length), both along the columns: pixel
    /// `x * height + y`.
    ///
    /// # Errors
    /// As [`Rle::runs`].
    pub fn spans(&self) -> Result<Vec<(u32, u32)>, RleError> {
        let mut at = 0;
        let mut spans = Vec::new();
        for (i, run) in self.runs()?.into_iter().enumerate() {
            if i % 2 == 1 && run > 0 {
                spans.push((at, run));
            }
            at += run;
        }
        Ok(spans)
    }
}

/// COCO's compressed form of a list of counts.
pub fn compress(counts: &[u32]) -> String {
    let mut text = String::with_capacity(2 * counts.len());
    for (i, &count) in counts.iter().enumerate() {
        let mut rest = i64::from(count);
        if i > 2 {
            rest -= i64::from(counts[i - 2]);
        }
        loop {
            let group = (rest & 0x1f) as u8;
            rest >>= 5;
            let sign_is_clear = if group & 0x10 == 0 {
                rest == 0
            } else {
                rest == -1
            };
            let more = if sign_is_clear { 0 } else { 0x20 };
            text.push(char::from(48 + (group | more)));
            if sign_is_clear {
                break;
            }
        }
    }
    text
}

/// The counts of COCO's compressed form.
///
/// # Errors
/// If the text is not such a form.
pub fn decompress(text: &str) -> Result<Vec<u32>, RleError> {
    let mut counts: Vec<u32> = Vec::new();
    let (mut value, mut shift) = (0i64, 0u32);
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        if !(48..48 + 64).contains(&byte) {
            return Err(RleError::Byte { byte, at });
        }
        let group = byte - 48;
        value |= i64::from(group & 0x1f) << shift;
        shift += 5;
        let index = counts.len();
        if group & 0x20 != 0 {
            // A difference of two counts has at most 33 bits: seven groups.
            if shift > 30 {
                return Err(RleError::Count { index, value });
            }
            continue;
        }
        if group & 0x10 != 0 {
            value |= -1 << shift;
        }
        if index > 2 {
            value += i64::from(counts[index - 2]);
        }
        counts.push(u32::try_from(value).map_err(|_| RleError::Count { index, value })?);
        (value, shift) = (0, 0);
    }
    if shift > 0 {
        return Err(RleError::Truncated);
    }
    Ok(counts)
}

/// Collects the runs of one mask, given its inside spans in order.
#[derive(Clone, Debug, Default)]
pub(super) struct RunBuilder {
    runs: Vec<u32>,
    end: u32,
}

impl RunBuilder {
    /// An inside span that begins at or after the end of the one before.
    pub(super) fn push(&mut self, start: u32, length: u32) {
        self.runs.push(start - self.end);
        self.runs.push(length);
        self.end = start + length;
    }

    /// The mask, in an image of this size.
    pub(super) fn finish(mut self, height_px: u32, width_px: u32) -> Rle {
        let pixels = height_px * width_px;
        if self.end < pixels || self.runs.is_empty() {
            self.runs.push(pixels - self.end);
        }
        Rle::from_runs(height_px, width_px, &self.runs)
    }
}
