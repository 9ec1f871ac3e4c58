//! Reading a scene's files within limits, and remembering their digests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::desc::FileDigest;

/// No file of a scene may be larger: 1 GiB.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 30;

/// The whole of a regular file.
///
/// # Errors
/// What is wrong, in words: missing, a folder or device, too large, unreadable.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let say = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "no permission to read this file".to_owned(),
        _ => e.to_string(),
    };
    let metadata = std::fs::metadata(path).map_err(say)?;
    if !metadata.is_file() {
        return Err("not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(say)?;
    // One byte more than allowed, so that a file that grows meanwhile is noticed.
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(say)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err("more than 1 GiB".to_owned());
    }
    Ok(bytes)
}

/// `path` made absolute, `.` and `..` folded; symbolic links are not followed.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut folded = PathBuf::new();
    for part in full.components() {
        match part {
            Component::CurDir => {}
            // At the root, `pop` does nothing, as for the operating system.
            Component::ParentDir => {
                folded.pop();
            }
            other => folded.push(other),
        }
    }
    folded
}

/// SHA-256 of every file read, by path relative to one folder.
pub(super) struct Digests {
    root: PathBuf,
    by_path: BTreeMap<String, String>,
}

impl Digests {
    /// Paths will be relative to `root`.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: absolute(root),
            by_path: BTreeMap::new(),
        }
    }

    /// The folder that paths are relative to, absolute.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Remembers a file; the second time does nothing.
    pub(super) fn add(&mut self, path: &Path, bytes: &[u8]) {
        self.by_path
            .entry(self.relative(path))
            .or_insert_with(|| hex(&Sha256::digest(bytes)));
    }

    /// Sorted by path.
    pub(super) fn finish(self) -> Vec<FileDigest> {
        self.by_path
            .into_iter()
            .map(|(path, sha256)| FileDigest { path, sha256 })
            .collect()
    }

    /// From the root, with forward slashes and `..` where needed.
    fn relative(&self, path: &Path) -> String {
        let path = absolute(path);
        let (from, to) = (self.root.components(), path.components());
        let common = from.clone().zip(to.clone()).take_while(|(a, b)| a == b);
        let common = common.count();
        let up = from.skip(common).map(|_| "..".to_owned());
        let down = to
            .skip(common)
            .map(|c| c.as_os_str().to_string_lossy().into_owned());
        up.chain(down).collect::<Vec<_>>().join("/")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
