//! Archives of pictures: one ZIP file a camera and episode, stored without compression (PNG
//! compresses), so that a reader takes any one picture out, and a recording has few files.

use std::io::{Read, Seek, SeekFrom};

use thiserror::Error;

/// ZIP counts entries in 16 bits, and the last value means something else.
pub const MOST_ENTRIES: usize = 65_534;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// 1980-01-01 00:00, the earliest that ZIP knows.
const TIME_AND_DATE: [u16; 2] = [0, 0x21];

/// Collects files of an archive in memory.
#[derive(Clone, Debug, Default)]
pub struct ZipWriter {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl ZipWriter {
    /// Adds a file.
    ///
    /// # Panics
    /// Beyond [`MOST_ENTRIES`], or at 4 GiB.
    pub fn push(&mut self, name: &str, content: &[u8]) {
        assert!(usize::from(self.entries) < MOST_ENTRIES);
        self.entries += 1;
        let offset = u32::try_from(self.bytes.len()).expect("an archive below 4 GiB");
        let length = u32::try_from(content.len()).expect("a picture below 4 GiB");
        let mut common = Vec::with_capacity(26);
        // Version 1.0, no flags, stored.
        u16s(&mut common, &[10, 0, 0]);
        u16s(&mut common, &TIME_AND_DATE);
        u32s(&mut common, &[crc32(content), length, length]);
        u16s(&mut common, &[name.len() as u16, 0]);

        u32s(&mut self.bytes, &[LOCAL]);
        self.bytes.extend_from_slice(&common);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(content);

        u32s(&mut self.directory, &[CENTRAL]);
        u16s(&mut self.directory, &[10]);
        self.directory.extend_from_slice(&common);
        u16s(&mut self.directory, &[0, 0, 0]);
        u32s(&mut self.directory, &[0, offset]);
        self.directory.extend_from_slice(name.as_bytes());
    }

    /// The archive.
    pub fn finish(mut self) -> Vec<u8> {
        let offset = u32::try_from(self.bytes.len()).expect("an archive below 4 GiB");
        let length = self.directory.len() as u32;
        self.bytes.append(&mut self.directory);
        u32s(&mut self.bytes, &[END]);
        u16s(&mut self.bytes, &[0, 0, self.entries, self.entries]);
        u32s(&mut self.bytes, &[length, offset]);
        u16s(&mut self.bytes, &[0]);
        self.bytes
    }
}

/// Why a file is not an archive as it is written here.
#[derive(Debug, Error)]
pub enum ZipError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Layout(&'static str),
}

/// An archive that was written here.
#[derive(Debug)]
pub struct ZipReader<R> {
    file: R,
    /// Name, offset of the local header, length and checksum.
    entries: Vec<(String, u32, u32, u32)>,
}

impl<R: Read + Seek> ZipReader<R> {
    /// Reads the directory.
    ///
    /// # Errors
    /// If it cannot be read or is of another layout.
    pub fn new(mut file: R) -> Result<Self, ZipError> {
        let whole = file.seek(SeekFrom::End(0))?;
        let place = whole.checked_sub(22).ok_or(ZipError::Layout("too short"))?;
        file.seek(SeekFrom::Start(place))?;
        let mut end = [0; 22];
        file.read_exact(&mut end)?;
        let (count, length, offset) = (u16_at(&end, 10), u32_at(&end, 12), u32_at(&end, 16));
        if u32_at(&end, 0) != END || u64::from(length) + u64::from(offset) != place {
            return Err(ZipError::Layout("no directory at the end"));
        }
        file.seek(SeekFrom::Start(u64::from(offset)))?;
        let mut directory = vec![0; length as usize];
        file.read_exact(&mut directory)?;
        let mut rest = directory.as_slice();
        let mut entries = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let broken = || ZipError::Layout("a broken directory");
            let (head, more) = rest.split_at_checked(46).ok_or_else(broken)?;
            let name = more.get(..usize::from(u16_at(head, 28)));
            let name = name.ok_or_else(broken)?;
            let (length, start) = (u32_at(head, 24), u32_at(head, 42));
            let end = u64::from(start) + 30 + name.len() as u64 + u64::from(length);
            let is_stored = u16_at(head, 10) == 0 && u32_at(head, 20) == length;
            if u32_at(head, 0) != CENTRAL || !is_stored || end > u64::from(offset) {
                return Err(broken());
            }
            rest = &more[name.len()..];
            let name = String::from_utf8_lossy(name).into_owned();
            entries.push((name, start, length, u32_at(head, 16)));
        }
        Ok(Self { file, entries })
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Name and content of the i-th file.
    ///
    /// # Errors
    /// If there is none, it cannot be read, or its checksum is wrong.
    pub fn get(&mut self, i: usize) -> Result<(&str, Vec<u8>), ZipError> {
        let none = ZipError::Layout("too few pictures");
        let (name, start, length, checksum) = self.entries.get(i).ok_or(none)?;
        let begin = u64::from(*start) + 30 + name.len() as u64;
        self.file.seek(SeekFrom::Start(begin))?;
        let mut content = vec![0; *length as usize];
        self.file.read_exact(&mut content)?;
        if crc32(&content) != *checksum {
            return Err(ZipError::Layout("a wrong checksum"));
        }
        Ok((name, content))
    }
}

fn u16s(out: &mut Vec<u8>, values: &[u16]) {
    values
        .iter()
        .for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
}

fn u32s(out: &mut Vec<u8>, values: &[u32]) {
    values
        .iter()
        .for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// As ZIP and PNG have it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let (mut value, mut bit) = (i as u32, 0);
            while bit < 8 {
                value = (value >> 1) ^ if value & 1 == 1 { 0xedb8_8320 } else { 0 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    let next = |crc: u32, &byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
    !bytes.iter().fold(!0, next)
}
