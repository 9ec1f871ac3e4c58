//! Buffers and buffer views: which bytes the file is made of.

use std::borrow::Cow;

use super::Files;
use super::report::At;
use super::uri::{self, Target};

/// A `bufferView` that lies within its buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub buffer: usize,
    /// Of the first byte in the buffer.
    pub start: usize,
    pub len: usize,
    /// Between elements; `None` if they are tightly packed.
    pub stride: Option<usize>,
}

/// All buffers and views; `None` where an error has been reported.
pub(super) struct Buffers<'a> {
    bytes: Vec<Option<Cow<'a, [u8]>>>,
    views: Vec<Option<View>>,
}

impl<'a> Buffers<'a> {
    /// Reads all of them; `bin` is the GLB chunk.
    pub(super) fn load(root: &At<'a>, bin: Option<&'a [u8]>, files: &mut dyn Files) -> Self {
        let bytes: Vec<_> = root
            .items_of("buffers")
            .iter()
            .enumerate()
            .map(|(i, at)| load_buffer(at, bin.filter(|_| i == 0), files))
            .collect();
        let views = root
            .items_of("bufferViews")
            .iter()
            .map(|at| check_view(at, &bytes))
            .collect();
        Self { bytes, views }
    }

    pub(super) fn view_count(&self) -> usize {
        self.views.len()
    }

    /// `None` if there is none or it had errors.
    pub(super) fn view(&self, index: usize) -> Option<View> {
        *self.views.get(index)?
    }

    /// The bytes of a view.
    pub(super) fn view_bytes(&self, index: usize) -> Option<&[u8]> {
        let view = self.view(index)?;
        self.buffer(view.buffer)?
            .get(view.start..view.start + view.len)
    }

    /// The bytes of a buffer.
    pub(super) fn buffer(&self, index: usize) -> Option<&[u8]> {
        self.bytes.get(index)?.as_deref()
    }
}

fn load_buffer<'a>(
    at: &At<'a>,
    bin: Option<&'a [u8]>,
    files: &mut dyn Files,
) -> Option<Cow<'a, [u8]>> {
    let len = at.require("byteLength")?.integer(super::MAX_FILE_BYTES)? as usize;
    let bytes = match at.get("uri") {
        Some(uri) => Cow::Owned(read_uri(&uri, files)?),
        None => match bin {
            Some(bin) => Cow::Borrowed(bin),
            None => {
                at.error(
                    "no `uri`, and no binary chunk for it",
                    "a `uri`, or the first buffer of a .glb file",
                    "",
                );
                return None;
            }
        },
    };
    if bytes.len() < len {
        let found = format!("byteLength {len}, but only {} bytes of data", bytes.len());
        at.error(found, "all the data", "export it again, or copy it whole");
        return None;
    }
    Some(bytes)
}

/// The bytes that a URI stands for.
pub(super) fn read_uri(at: &At<'_>, files: &mut dyn Files) -> Option<Vec<u8>> {
    match uri::parse(at.text()?) {
        Ok(Target::Inline(bytes)) => Some(bytes),
        Ok(Target::Path(path)) => match files.read(&path) {
            Ok(bytes) => Some(bytes),
            Err(found) => {
                let found = format!("{}: {found}", super::report::describe(at.value()));
                at.error(found, "a file that can be read", "");
                None
            }
        },
        Err((found, expected)) => {
            at.error(found, expected, "");
            None
        }
    }
}

fn check_view(at: &At<'_>, buffers: &[Option<Cow<'_, [u8]>>]) -> Option<View> {
    let most = super::MAX_FILE_BYTES;
    let buffer = at.require("buffer")?.index("buffers", buffers.len())?;
    let start = match at.get("byteOffset") {
        Some(offset) => offset.integer(most)? as usize,
        None => 0,
    };
    let len = at.require("byteLength")?.integer(most)? as usize;
    let stride = match at.get("byteStride") {
        Some(stride) => {
            let bytes = stride.integer(most)? as usize;
            if !(4..=252).contains(&bytes) || !bytes.is_multiple_of(4) {
                stride.wrong("a multiple of 4 of 4 … 252");
                return None;
            }
            Some(bytes)
        }
        None => None,
    };
    let size = buffers[buffer].as_ref()?.len();
    // Both are at most 2^30.
    if start + len > size {
        let found = format!("bytes {start} … {} of buffer {buffer}", start + len);
        at.error(found, &format!("bytes of 0 … {size}"), "");
        return None;
    }
    Some(View {
        buffer,
        start,
        len,
        stride,
    })
}
