//! `--log FILE`: one JSON object a line, for those who watch many runs.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::base::problem::Problems;
use crate::dataset::store::write_problem;

/// Where events go; nowhere if no file was asked for.
#[derive(Debug)]
pub(super) struct Log {
    file: Option<Mutex<File>>,
    begin: Instant,
}

impl Log {
    /// Appends to a file.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Problems> {
        let open = |path: &Path| {
            let file = File::options().create(true).append(true).open(path);
            file.map(Mutex::new).map_err(|e| write_problem(path, &e))
        };
        Ok(Self {
            file: path.map(open).transpose()?,
            begin: Instant::now(),
        })
    }

    /// Writes one event with the seconds since the run began. A log that cannot be written (any
    /// more) does not stop a run.
    pub(super) fn event(&self, name: &str, values: serde_json::Value) {
        let Some(file) = &self.file else { return };
        let secs = self.begin.elapsed().as_secs_f64();
        let mut line = serde_json::json!({ "secs": secs, "event": name });
        if let (Some(line), serde_json::Value::Object(values)) = (line.as_object_mut(), values) {
            line.extend(values);
        }
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}
