//! MP4 files with one H.264 track at a constant frame rate: written, put together, read again.
//!
//! The header comes first and the pictures follow in one piece, so that tracks are put together
//! by adding up headers and copying the pieces. There are no edit lists and no reordered
//! pictures: picture i is shown at exactly i / rate seconds.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use thiserror::Error;

/// One picture lasts so many of the file's time units, which are rate × this a second.
const UNITS_A_PICTURE: u32 = 512;

/// Parameters of a track, and the sizes of its pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub width_px: u32,
    pub height_px: u32,
    /// Pictures a second.
    pub rate_hz: u32,
    /// Sequence parameter set, a NAL unit.
    pub sps: Vec<u8>,
    /// Picture parameter set, a NAL unit.
    pub pps: Vec<u8>,
    /// Bytes of each picture, and whether it is a key frame.
    pictures: Vec<(u32, bool)>,
}

/// Why a file is not an MP4 file as it is written here.
#[derive(Debug, Error)]
pub enum Mp4Error {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Layout(String),
}

impl Track {
    /// Without pictures.
    pub fn new(width_px: u32, height_px: u32, rate_hz: u32) -> Self {
        Self {
            width_px,
            height_px,
            rate_hz,
            sps: Vec::new(),
            pps: Vec::new(),
            pictures: Vec::new(),
        }
    }

    /// Adds a picture of so many bytes.
    pub fn push(&mut self, bytes: u32, is_key: bool) {
        self.pictures.push((bytes, is_key));
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// Bytes of all pictures together.
    pub fn data_bytes(&self) -> u64 {
        self.pictures.iter().map(|p| u64::from(p.0)).sum()
    }

    /// Bytes of the i-th picture.
    ///
    /// # Panics
    /// If there is none.
    pub fn bytes_of(&self, i: usize) -> usize {
        self.pictures[i].0 as usize
    }

    /// The last key frame up to picture i, and the bytes of all pictures before it.
    pub fn key_frame(&self, i: usize) -> Option<(usize, u64)> {
        let key = self.pictures.get(..=i)?.iter().rposition(|p| p.1)?;
        let before = self.pictures[..key].iter().map(|p| u64::from(p.0)).sum();
        Some((key, before))
    }

    /// Adds the pictures of another track, if it has the same parameters.
    pub fn append(&mut self, other: &Self) -> bool {
        let parameters = |t: &Self| (t.width_px, t.height_px, t.rate_hz);
        let same =
            parameters(self) == parameters(other) && self.sps == other.sps && self.pps == other.pps;
        if same {
            self.pictures.extend_from_slice(&other.pictures);
        }
        same
    }

    /// The file up to the pictures' bytes.
    pub fn header(&self) -> Vec<u8> {
        let mut file = Vec::new();
        put(&mut file, b"ftyp", |b| {
            b.extend_from_slice(b"isom\0\0\x02\0isomiso2avc1mp41");
        });
        // The header's length does not depend on the offset that stands in it.
        let length = file.len() + self.moov(0).len() + 8;
        let offset = u32::try_from(length).expect("a header below 4 GiB");
        file.extend_from_slice(&self.moov(offset));
        let data = u32::try_from(self.data_bytes() + 8).expect("a video below 4 GiB");
        file.extend_from_slice(&data.to_be_bytes());
        file.extend_from_slice(b"mdat");
        file
    }

    fn moov(&self, data_offset: u32) -> Vec<u8> {
        let count = self.pictures.len() as u32;
        let scale = self.rate_hz * UNITS_A_PICTURE;
        let duration = count * UNITS_A_PICTURE;
        let mut moov = Vec::new();
        put(&mut moov, b"moov", |b| {
            put(b, b"mvhd", |b| {
                // Version, no dates, time scale, duration, speed 1, volume 1.
                u32s(b, &[0, 0, 0, scale, duration, 0x1_0000, 0x100_0000, 0, 0]);
                u32s(b, &MATRIX);
                u32s(b, &[0, 0, 0, 0, 0, 0, 2]);
            });
            put(b, b"trak", |b| {
                put(b, b"tkhd", |b| {
                    // Enabled and shown; track 1.
                    u32s(b, &[3, 0, 0, 1, 0, duration, 0, 0, 0, 0]);
                    u32s(b, &MATRIX);
                    u32s(b, &[self.width_px << 16, self.height_px << 16]);
                });
                put(b, b"mdia", |b| self.media(b, scale, duration, data_offset));
            });
        });
        moov
    }

    fn media(&self, b: &mut Vec<u8>, scale: u32, duration: u32, data_offset: u32) {
        put(b, b"mdhd", |b| {
            // Language "und".
            u32s(b, &[0, 0, 0, scale, duration, 0x55c4_0000]);
        });
        put(b, b"hdlr", |b| {
            u32s(b, &[0, 0]);
            b.extend_from_slice(b"vide");
            u32s(b, &[0, 0, 0]);
            b.push(0);
        });
        put(b, b"minf", |b| {
            put(b, b"vmhd", |b| u32s(b, &[1, 0, 0]));
            put(b, b"dinf", |b| {
                put(b, b"dref", |b| {
                    u32s(b, &[0, 1]);
                    // In this same file.
                    put(b, b"url ", |b| u32s(b, &[1]));
                });
            });
            put(b, b"stbl", |b| self.samples(b, data_offset));
        });
    }

    fn samples(&self, b: &mut Vec<u8>, data_offset: u32) {
        let count = self.pictures.len() as u32;
        put(b, b"stsd", |b| {
            u32s(b, &[0, 1]);
            put(b, b"avc1", |b| {
                u32s(b, &[0, 1, 0, 0, 0, 0]);
                u16s(b, &[self.width_px as u16, self.height_px as u16]);
                // 72 pixels an inch, one picture a sample.
                u32s(b, &[0x48_0000, 0x48_0000, 0]);
                u16s(b, &[1]);
                b.extend_from_slice(&[0; 32]);
                u16s(b, &[24, 0xffff]);
                put(b, b"avcC", |b| self.avc_config(b));
            });
        });
        put(b, b"stts", |b| u32s(b, &[0, 1, count, UNITS_A_PICTURE]));
        let keys = (1u32..).zip(&self.pictures).filter(|(_, p)| p.1);
        let keys: Vec<u32> = keys.map(|(i, _)| i).collect();
        put(b, b"stss", |b| {
            u32s(b, &[0, keys.len() as u32]);
            u32s(b, &keys);
        });
        // All in one chunk.
        put(b, b"stsc", |b| u32s(b, &[0, 1, 1, count, 1]));
        put(b, b"stsz", |b| {
            u32s(b, &[0, 0, count]);
            self.pictures.iter().for_each(|p| u32s(b, &[p.0]));
        });
        put(b, b"stco", |b| u32s(b, &[0, 1, data_offset]));
    }

    fn avc_config(&self, b: &mut Vec<u8>) {
        // Version; profile, compatibility and level as in the parameters; lengths of 4 bytes.
        b.push(1);
        b.extend_from_slice(self.sps.get(1..4).unwrap_or(&[0; 3]));
        b.extend_from_slice(&[0xff, 0xe1]);
        u16s(b, &[self.sps.len() as u16]);
        b.extend_from_slice(&self.sps);
        b.push(1);
        u16s(b, &[self.pps.len() as u16]);
        b.extend_from_slice(&self.pps);
    }

    /// Reads a file that was written here; also where the pictures' bytes are.
    ///
    /// # Errors
    /// If it cannot be read or is of another layout.
    pub fn read(file: &mut (impl Read + Seek)) -> Result<(Self, Range<u64>), Mp4Error> {
        let whole = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let (mut place, mut header) = (0, None);
        loop {
            let mut head = [0; 8];
            file.read_exact(&mut head)?;
            let length = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
            if length < 8 || place + length > whole {
                return Err(layout("a box that ends beyond the file"));
            }
            match &head[4..] {
                b"moov" if length <= MOST_HEADER_BYTES => {
                    let mut bytes = vec![0; length as usize - 8];
                    file.read_exact(&mut bytes)?;
                    header = Some(Self::parse(&bytes)?);
                }
                b"mdat" => {
                    let Some((track, offset)) = header else {
                        return Err(layout("no header before the pictures"));
                    };
                    let range = place + 8..place + length;
                    if u64::from(offset) != range.start || length - 8 != track.data_bytes() {
                        return Err(layout("pictures that are not where the header says"));
                    }
                    return Ok((track, range));
                }
                _ => {
                    file.seek(SeekFrom::Start(place + length))?;
                }
            }
            place += length;
        }
    }

    /// The track, and where the header says that the pictures begin.
    fn parse(moov: &[u8]) -> Result<(Self, u32), Mp4Error> {
        let media = find(moov, &[b"trak", b"mdia"])?;
        let table = find(media, &[b"minf", b"stbl"])?;
        let scale = word(find(media, &[b"mdhd"])?, 3)?;
        let times = find(table, &[b"stts"])?;
        let description = find(table, &[b"stsd"])?;
        let entry = find(description.get(8..).unwrap_or(&[]), &[b"avc1"])?;
        let config = find(entry.get(78..).unwrap_or(&[]), &[b"avcC"])?;
        let (sps, rest) = parameter_set(config.get(6..).unwrap_or(&[]))?;
        let (pps, _) = parameter_set(rest.get(1..).unwrap_or(&[]))?;
        let sides = word(entry, 6)?;
        let sizes = find(table, &[b"stsz"])?;
        let count = word(sizes, 2)?;
        if word(times, 1)? != 1 || word(times, 2)? != count || word(times, 3)? != UNITS_A_PICTURE {
            return Err(layout("a frame rate that changes"));
        }
        if sizes.len() as u64 != 12 + 4 * u64::from(count) || !scale.is_multiple_of(UNITS_A_PICTURE)
        {
            return Err(layout("tables of other lengths"));
        }
        let keys = find(table, &[b"stss"])?;
        let mut pictures = Vec::with_capacity(count as usize);
        for i in 0..count as usize {
            pictures.push((word(sizes, 3 + i)?, false));
        }
        for i in 0..word(keys, 1)? as usize {
            let key = word(keys, 2 + i)?.wrapping_sub(1) as usize;
            let picture = pictures.get_mut(key);
            picture
                .ok_or_else(|| layout("a key frame beyond the end"))?
                .1 = true;
        }
        let track = Self {
            width_px: sides >> 16,
            height_px: sides & 0xffff,
            rate_hz: scale / UNITS_A_PICTURE,
            sps: sps.to_vec(),
            pps: pps.to_vec(),
            pictures,
        };
        Ok((track, word(find(table, &[b"stco"])?, 2)?))
    }
}

/// A header of more bytes belongs to no video of ours.
const MOST_HEADER_BYTES: u64 = 1 << 28;

/// No turn, no shift.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

fn put(out: &mut Vec<u8>, kind: &[u8; 4], fill: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(kind);
    fill(out);
    let length = u32::try_from(out.len() - begin).expect("a header below 4 GiB");
    out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
}

fn u32s(out: &mut Vec<u8>, values: &[u32]) {
    values
        .iter()
        .for_each(|v| out.extend_from_slice(&v.to_be_bytes()));
}

fn u16s(out: &mut Vec<u8>, values: &[u16]) {
    values
        .iter()
        .for_each(|v| out.extend_from_slice(&v.to_be_bytes()));
}

fn layout(what: impl Into<String>) -> Mp4Error {
    Mp4Error::Layout(what.into())
}

/// Contents of the box at a path.
fn find<'a>(mut bytes: &'a [u8], path: &[&[u8; 4]]) -> Result<&'a [u8], Mp4Error> {
    for kind in path {
        loop {
            let name = || String::from_utf8_lossy(*kind).into_owned();
            let missing = || layout(format!("no `{}` box", name()));
            let length = word(bytes, 0).map_err(|_| missing())? as usize;
            let found = bytes.get(4..8).ok_or_else(missing)?;
            let inside = bytes.get(8..length).ok_or_else(missing)?;
            if found == *kind {
                bytes = inside;
                break;
            }
            bytes = &bytes[length..];
        }
    }
    Ok(bytes)
}

/// The i-th 32-bit word.
fn word(bytes: &[u8], i: usize) -> Result<u32, Mp4Error> {
    let four = bytes.get(4 * i..4 * i + 4);
    let four = four.ok_or_else(|| layout("a box that is too short"))?;
    Ok(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

fn parameter_set(bytes: &[u8]) -> Result<(&[u8], &[u8]), Mp4Error> {
    let short = || layout("a box that is too short");
    let (&[high, low], rest) = bytes.split_first_chunk().ok_or_else(short)?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    rest.split_at_checked(length).ok_or_else(short)
}
