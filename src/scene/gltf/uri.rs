//! URIs of buffers and images: `data:` with base64, or a relative path.

use std::path::PathBuf;

/// What a URI refers to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The bytes of a `data:` URI.
    Inline(Vec<u8>),
    /// Relative to the glTF file's folder.
    Path(PathBuf),
}

/// Reads a URI.
///
/// # Errors
/// (found, expected) in words.
pub(super) fn parse(uri: &str) -> Result<Target, (&'static str, &'static str)> {
    if let Some(data) = uri.strip_prefix("data:") {
        let (_, text) = data
            .split_once(";base64,")
            .ok_or(("a data: URI without `;base64,`", "base64 data"))?;
        return match base64(text) {
            Some(bytes) => Ok(Target::Inline(bytes)),
            None => Err(("a data: URI with broken base64", "base64 data")),
        };
    }
    let path = percent_decoded(uri).ok_or(("a URI with a broken %-escape", "a relative path"))?;
    let drive = path.as_bytes().get(1) == Some(&b':');
    if uri.contains("://") || path.starts_with("file:") {
        return Err(("a URL", "a relative path"));
    }
    if drive || path.starts_with(['/', '\\']) {
        return Err(("an absolute path", "a relative path"));
    }
    if path.is_empty() || path.contains('\0') {
        return Err(("an empty or broken path", "a relative path"));
    }
    Ok(Target::Path(PathBuf::from(path)))
}

/// RFC 4648 with the standard alphabet; padding may be absent, bits left over must be zero.
fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=').as_bytes();
    let padding = text.len() - body.len();
    if body.len() % 4 == 1 || (padding > 0 && !text.len().is_multiple_of(4)) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for group in body.chunks(4) {
        let mut word = 0_u32;
        for byte in group {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            word = word << 6 | u32::from(value);
        }
        word <<= 6 * (4 - group.len());
        let [_, out @ ..] = word.to_be_bytes();
        let whole = group.len() * 6 / 8;
        if out[whole..].iter().any(|b| *b != 0) {
            return None;
        }
        bytes.extend_from_slice(&out[..whole]);
    }
    Some(bytes)
}

/// `%20` and the like undone; must be UTF-8 after that.
fn percent_decoded(uri: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_rfc_4648() {
        // The test vectors of RFC 4648, section 10.
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
            ("Zm9vYg", "foob"),
        ] {
            assert_eq!(base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for broken in [
            "Z",
            "Zg=",
            "Zg===",
            "Zh==",
            "Zm9v\n",
            "Zm=v",
            "====",
            "Zm9vYg==Zm9v",
        ] {
            assert_eq!(base64(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn only_relative_paths_pass() {
        let path = |p: &str| Ok(Target::Path(PathBuf::from(p)));
        assert_eq!(parse("a%20b/ä.png"), path("a b/ä.png"));
        assert_eq!(parse("../t.png"), path("../t.png"));
        for bad in [
            "",
            "/etc/passwd",
            "%2Fetc",
            "\\\\host\\x",
            "C:/x.bin",
            "http://a/b",
            "file:x",
            "a%0",
            "a%zz",
            "%ff",
            "a%00b",
            "data:text/plain,x",
            "data:;base64,*",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
