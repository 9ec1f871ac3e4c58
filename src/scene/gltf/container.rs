//! GLB chunks, and JSON within limits.

use std::path::Path;

use serde_json::Value;

use crate::base::problem::{Problem, Problems};

/// A JSON document may hold this many values; each costs up to some hundred bytes in memory.
const MAX_JSON_VALUES: usize = 2_000_000;

const GLB_MAGIC: &[u8] = b"glTF";
const JSON_CHUNK: &[u8] = b"JSON";
const BIN_CHUNK: &[u8] = b"BIN\0";

/// A file taken apart.
pub(super) struct Container<'a> {
    pub json: Value,
    /// The binary chunk of a GLB file.
    pub bin: Option<&'a [u8]>,
}

/// Tells `.glb` from `.gltf` by content.
///
/// # Errors
/// The first flaw that makes the rest unreadable.
pub(super) fn open<'a>(bytes: &'a [u8], file: &Path) -> Result<Container<'a>, Problems> {
    let error = |found: String, expected: &str, remedy: &str| {
        Problems::from(Problem::error(file, "", found, expected, remedy))
    };
    let (json, bin) = if bytes.starts_with(GLB_MAGIC) {
        chunks(bytes).map_err(|(found, expected)| {
            error(found, expected, "export it again, or copy it whole")
        })?
    } else {
        let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
        match first {
            Some(b'{') => (bytes, None),
            None => return Err(error("an empty file".into(), "a glTF 2.0 file", "")),
            Some(_) => {
                let start: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
                let found = format!("a file that begins with bytes {}", start.join(" "));
                return Err(error(found, "a glTF 2.0 file: `glTF` or JSON", ""));
            }
        }
    };
    let values = value_count(json);
    if values > MAX_JSON_VALUES {
        let found = format!("JSON of about {values} values");
        let expected = format!("at most {MAX_JSON_VALUES}");
        return Err(error(
            found,
            &expected,
            "split the scene into several files",
        ));
    }
    let json = serde_json::from_slice(json).map_err(|e| {
        let place = format!("JSON line {}, column {}", e.line(), e.column());
        let text = e.to_string();
        let found = text.split(" at line").next().unwrap_or(&text);
        Problem::error(
            file,
            place,
            format!("broken JSON: {found}"),
            "valid JSON",
            "",
        )
    })?;
    Ok(Container { json, bin })
}

type Chunks<'a> = (&'a [u8], Option<&'a [u8]>);

/// The JSON chunk and the binary chunk; further chunks are ignored, as the specification says.
fn chunks(bytes: &[u8]) -> Result<Chunks<'_>, (String, &'static str)> {
    let word = |at: usize| -> Option<u32> {
        let word = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(word.try_into().ok()?))
    };
    let (Some(version), Some(length)) = (word(4), word(8)) else {
        let found = format!("a GLB header of {} bytes", bytes.len());
        return Err((found, "12 bytes"));
    };
    if version != 2 {
        return Err((format!("GLB version {version}"), "version 2"));
    }
    if length as usize != bytes.len() {
        let found = format!("a GLB file of {} bytes", bytes.len());
        let found = format!("{found} whose header says {length}");
        return Err((found, "a file as long as its header says"));
    }
    let mut at = 12;
    let mut found = Vec::new();
    while at < bytes.len() {
        let body = at + 8;
        let (Some(length), Some(kind)) = (word(at), bytes.get(at + 4..body)) else {
            return Err((
                format!("{} bytes after the last chunk", bytes.len() - at),
                "none",
            ));
        };
        let end = body.checked_add(length as usize);
        let Some(data) = end.and_then(|end| bytes.get(body..end)) else {
            let found = format!("a GLB chunk of {length} bytes at byte {at}");
            return Err((found, "a chunk that ends within the file"));
        };
        found.push((kind, data));
        at = body + data.len();
    }
    match found.as_slice() {
        [(JSON_CHUNK, json), (BIN_CHUNK, bin), ..] => Ok((json, Some(bin))),
        [(JSON_CHUNK, json), ..] => Ok((json, None)),
        _ => Err((
            "no JSON chunk first".into(),
            "a GLB file whose first chunk is JSON",
        )),
    }
}

/// An upper bound of the number of values, without building them.
fn value_count(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' | b',' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}
