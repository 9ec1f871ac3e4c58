//! The real binary, and folders to run it in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

/// A small scene: 4 images an episode.
pub const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

/// A folder of this test's own that does not exist yet.
pub fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    path
}

/// The binary with these arguments.
pub fn benchside<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_benchside"));
    command.args(args);
    command
}

/// `generate` of the small scene into `out` with further arguments.
pub fn generate(out: &Path, args: &[&str]) -> Command {
    let mut command = benchside(["generate", TINY, "-o"]);
    command.arg(out);
    // What is compared byte by byte is the CPU's, whatever this machine has.
    if !args.contains(&"--device") {
        command.args(["--device", "cpu"]);
    }
    command.args(args);
    command
}

/// Runs a command that must succeed; its standard output.
pub fn ok(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// SHA-256 of every file below a folder, by relative path.
pub fn digests(root: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            all.insert(name.to_string(), sha256(&std::fs::read(&path).unwrap()));
        }
    }
    all
}

/// Lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
