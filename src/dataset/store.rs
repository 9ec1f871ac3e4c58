//! The folder of a data set, being written: files appear whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::layout;
use crate::base::problem::{Problem, Problems};

/// A folder that one run, and no other, writes to.
///
/// Everything is first written below `.work/new` and then moved to its place by one rename. A
/// run that is killed leaves whole files and `.work`; the next run with `--resume` clears that.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// Held while this run lives; the system gives it back if the run is killed.
    lock: Option<File>,
    /// Makes names below `.work/new` unique.
    next_name: AtomicU64,
    /// Whether `root` was made by this run.
    created: bool,
}

/// What was there when a folder was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing, or an empty folder.
    Nothing,
    /// A data set, finished or not.
    Dataset,
    /// Files without a manifest.
    OtherFiles,
}

impl Store {
    /// What is in a folder; touches nothing.
    ///
    /// # Errors
    /// If it cannot be read, or is no folder.
    pub fn look(root: &Path) -> Result<Found, Problems> {
        look(root).map_err(|e| write_problem(root, &e))
    }

    /// Opens a folder for writing; makes it and its parents where they are missing, and clears
    /// what a killed run left half-written.
    ///
    /// # Errors
    /// If it cannot be written to, or another run is writing to it.
    pub fn open(root: &Path) -> Result<Self, Problems> {
        let created = !root.exists();
        let work = root.join(layout::WORK);
        let new = work.join("new");
        fs::create_dir_all(&work).map_err(|e| write_problem(root, &e))?;
        let lock_path = work.join("lock");
        let lock = File::create(&lock_path).map_err(|e| write_problem(&lock_path, &e))?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(Problem::error(
                root,
                "",
                "another run is writing here",
                "a folder of its own for every run",
                "wait for the other run, or choose another folder with -o",
            )
            .into());
        }
        if new.exists() {
            fs::remove_dir_all(&new).map_err(|e| write_problem(&new, &e))?;
        }
        fs::create_dir(&new).map_err(|e| write_problem(&new, &e))?;
        Ok(Self {
            root: root.to_path_buf(),
            lock: Some(lock),
            next_name: AtomicU64::new(0),
            created,
        })
    }

    /// The data set's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a file or folder is in its place.
    pub fn has(&self, relative: &str) -> bool {
        self.root.join(relative).exists()
    }

    /// Writes one file; replaces it if it is there.
    ///
    /// # Errors
    /// If the folder cannot be written to, or is full.
    pub fn write_file(&self, relative: &str, bytes: &[u8]) -> Result<(), Problems> {
        let new = self.new_path();
        self.clean_up(&new, || {
            fs::write(&new, bytes)?;
            self.put(&new, relative)
        })
        .map_err(|e| write_problem(&self.root.join(relative), &e))
    }

    /// Writes one file piece by piece; replaces it if it is there.
    ///
    /// # Errors
    /// What `write` returns, or if the folder cannot be written to.
    pub fn write_stream(
        &self,
        relative: &str,
        write: impl FnOnce(&mut io::BufWriter<File>) -> Result<(), WriteError>,
    ) -> Result<(), Problems> {
        let new = self.new_path();
        let result = self.clean_up(&new, || {
            let mut writer = io::BufWriter::new(File::create(&new)?);
            write(&mut writer)?;
            io::Write::flush(&mut writer)?;
            Ok(self.put(&new, relative)?)
        });
        result.map_err(|e: WriteError| match e {
            WriteError::Io(e) => write_problem(&self.root.join(relative), &e),
            WriteError::Problems(p) => p,
        })
    }

    /// Writes a folder of files: all of them appear at once. If the folder is already there, its
    /// files are replaced one by one.
    ///
    /// # Errors
    /// If the folder cannot be written to, or is full.
    pub fn write_folder(
        &self,
        relative: &str,
        files: &[(impl AsRef<Path>, Vec<u8>)],
    ) -> Result<(), Problems> {
        let new = self.new_path();
        self.clean_up(&new, || {
            fs::create_dir(&new)?;
            for (name, bytes) in files {
                fs::write(new.join(name), bytes)?;
            }
            if !self.has(relative) {
                return self.put(&new, relative);
            }
            for (name, _) in files {
                let place = self.root.join(relative).join(name);
                fs::rename(new.join(name), place)?;
            }
            fs::remove_dir(&new)
        })
        .map_err(|e| write_problem(&self.root.join(relative), &e))
    }

    /// Makes a file, or a folder with folders in it, where `build` is told to, and then moves it
    /// to its place, where nothing is yet.
    ///
    /// # Errors
    /// What `build` returns, or if the folder cannot be written to.
    pub fn build(
        &self,
        relative: &str,
        build: impl FnOnce(&Path) -> Result<(), Problems>,
    ) -> Result<(), Problems> {
        let new = self.new_path();
        self.clean_up(&new, || {
            build(&new)?;
            let put = self.put(&new, relative);
            put.map_err(|e| write_problem(&self.root.join(relative), &e))
        })
    }

    /// Removes a folder.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove_folder(&self, relative: &str) -> Result<(), Problems> {
        let path = self.root.join(relative);
        // Out of sight at once: a run that is killed here leaves no half of it.
        let aside = self.new_path();
        let removed = fs::rename(&path, &aside).and_then(|()| fs::remove_dir_all(&aside));
        removed.map_err(|e| write_problem(&path, &e))
    }

    /// Takes the traces of the work away; the data set stays.
    ///
    /// # Errors
    /// If they cannot be removed.
    pub fn finish(mut self) -> Result<(), Problems> {
        let work = self.root.join(layout::WORK);
        self.lock = None;
        fs::remove_dir_all(&work).map_err(|e| write_problem(&work, &e))
    }

    /// Leaves what is written for a later run; if not even the manifest was written, leaves
    /// nothing.
    pub fn release(mut self) {
        // What cannot be removed now is cleared by the next run: nothing is lost by going on.
        let work = self.root.join(layout::WORK);
        let _ = fs::remove_dir_all(work.join("new"));
        let _ = fs::remove_file(work.join("lock"));
        self.lock = None;
        let _ = fs::remove_dir(&work);
        if self.created && !self.has(layout::MANIFEST) {
            let _ = fs::remove_dir(&self.root);
        }
    }

    fn new_path(&self) -> PathBuf {
        let n = self.next_name.fetch_add(1, Ordering::Relaxed);
        self.root.join(layout::WORK).join(format!("new/{n}"))
    }

    /// Moves something to its place.
    fn put(&self, new: &Path, relative: &str) -> io::Result<()> {
        let place = self.root.join(relative);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(new, place)
    }

    /// Runs `write`; if it fails, removes what it left at `new`, so that a full disk has room
    /// for a message.
    fn clean_up<E>(&self, new: &Path, write: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let result = write();
        if result.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_file(new).or_else(|_| fs::remove_dir_all(new));
        }
        result
    }
}

/// Why a stream was not written.
#[derive(Debug)]
pub enum WriteError {
    Io(io::Error),
    /// Of the files that the stream is made from.
    Problems(Problems),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Problems> for WriteError {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

fn look(root: &Path) -> io::Result<Found> {
    if !root.try_exists()? {
        return Ok(Found::Nothing);
    }
    if root.join(layout::MANIFEST).exists() {
        return Ok(Found::Dataset);
    }
    for entry in fs::read_dir(root)? {
        if entry?.file_name() != layout::WORK {
            return Ok(Found::OtherFiles);
        }
    }
    Ok(Found::Nothing)
}

/// A file that could not be written, with what to do about it.
pub fn write_problem(path: &Path, error: &io::Error) -> Problems {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space, then run the same command with --resume"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "change the folder's permissions, or choose another folder with -o"
        }
        _ => "choose another folder with -o",
    };
    Problem::error(
        path,
        "",
        error.to_string(),
        "a file or folder that can be written",
        remedy,
    )
    .into()
}
