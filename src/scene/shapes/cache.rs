//! Convex decompositions kept on disk: they take seconds, and only the mesh decides them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use glam::Vec3;
use sha2::{Digest, Sha256};

use super::fit::Scaled;
use super::hull::Hull;

/// Goes into every key. Change it with the algorithm: on any update of parry, too.
const VERSION: &str = "benchside hulls v1, parry 0.31.1";

/// Where convex decompositions are kept. A missing, broken or unwritable cache costs time and
/// changes nothing else.
#[derive(Clone, Debug)]
pub struct ShapeCache {
    folder: Option<PathBuf>,
}

impl ShapeCache {
    /// The folder named by `BENCHSIDE_CACHE`, else `benchside` in the platform's cache folder of
    /// the user (`~/.cache` on Linux); none if there is no such thing.
    pub fn user() -> Self {
        let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty());
        let home = || variable("HOME").map(PathBuf::from);
        let folder = variable("BENCHSIDE_CACHE").map(PathBuf::from).or_else(|| {
            let base = if cfg!(windows) {
                variable("LOCALAPPDATA").map(PathBuf::from)
            } else if cfg!(target_os = "macos") {
                home().map(|h| h.join("Library/Caches"))
            } else {
                variable("XDG_CACHE_HOME")
                    .map(PathBuf::from)
                    .or_else(|| home().map(|h| h.join(".cache")))
            };
            base.map(|b| b.join("benchside"))
        });
        Self { folder }
    }

    /// In a folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
        }
    }

    /// Keeps nothing.
    pub fn none() -> Self {
        Self { folder: None }
    }

    /// What is kept for the mesh and parameters; else what `make` makes, kept if it is not empty.
    pub(super) fn get_or_make(
        &self,
        mesh: &Scaled,
        parameters: &[u32],
        make: impl FnOnce() -> Vec<Hull>,
    ) -> Vec<Hull> {
        let Some(folder) = &self.folder else {
            return make();
        };
        let path = folder.join(format!("{}.hulls", key(mesh, parameters)));
        if let Some(hulls) = std::fs::read(&path).ok().and_then(|bytes| decode(&bytes)) {
            return hulls;
        }
        let hulls = make();
        if !hulls.is_empty() {
            // A cache that cannot be written is no error: the next run takes as long as this one.
            let _ = write_whole(&path, &encode(&hulls));
        }
        hulls
    }
}

fn key(mesh: &Scaled, parameters: &[u32]) -> String {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    hash.update((parameters.len() as u64).to_le_bytes());
    parameters.iter().for_each(|p| hash.update(p.to_le_bytes()));
    hash.update((mesh.points.len() as u64).to_le_bytes());
    for x in mesh.points.iter().flat_map(|p| p.to_array()) {
        hash.update(x.to_le_bytes());
    }
    for i in mesh.triangles.iter().flatten() {
        hash.update(i.to_le_bytes());
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Number of hulls; of each: number of points and of triangles, points, triangles; then the
/// SHA-256 of it all. Little-endian.
fn encode(hulls: &[Hull]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut word = |w: u32| bytes.extend_from_slice(&w.to_le_bytes());
    word(hulls.len() as u32);
    for hull in hulls {
        word(hull.points.len() as u32);
        word(hull.triangles.len() as u32);
        let numbers = hull.points.iter().flat_map(|p| p.to_array());
        numbers.for_each(|x| word(x.to_bits()));
        hull.triangles.iter().flatten().for_each(|&i| word(i));
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// `None` unless the bytes are exactly what [`encode`] made.
fn decode(bytes: &[u8]) -> Option<Vec<Hull>> {
    let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Sha256::digest(body).as_slice() != digest {
        return None;
    }
    let mut words = body
        .chunks_exact(4)
        .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
    let mut hulls = Vec::new();
    for _ in 0..words.next()? {
        let (points, triangles) = (words.next()?, words.next()?);
        let mut hull = Hull {
            points: Vec::new(),
            triangles: Vec::new(),
        };
        for _ in 0..points {
            let mut x = || words.next().map(f32::from_bits);
            hull.points.push(Vec3::new(x()?, x()?, x()?));
        }
        for _ in 0..triangles {
            hull.triangles
                .push([words.next()?, words.next()?, words.next()?]);
        }
        hulls.push(hull);
    }
    Some(hulls)
}

/// Written beside, then renamed: readers see the whole file or none.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
