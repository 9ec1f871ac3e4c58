//! Tasks are data: what robots are to do in a scene, when they have done it, and how an expert
//! does it, all in a TOML file (see `scenes/TASKS.md`).
//!
//! [`check::check`] gives a [`desc::TaskDesc`]; in each episode [`goal::Goal::bind`] fixes what
//! its names stand for, [`judge::Judge`] watches, and [`expert::Expert`] acts.

pub mod actors;
mod bind;
pub mod cameras;
pub mod check;
pub mod desc;
pub mod expert;
pub mod geometry;
pub mod goal;
pub mod judge;
pub mod load;
pub mod predicate;
pub mod raw;
pub mod raw_predicate;
pub mod raw_skill;
pub mod raw_vessel;
mod regions;
pub mod rollout;
pub mod start;
mod summary;
pub mod variation;

use std::path::Path;

use crate::base::problem::Problems;
use crate::scene::recipe::reader::Reader;

/// Reads the text of a task. `file` is for messages. Never panics, whatever the text.
pub fn parse(text: &str, file: &Path) -> (Option<raw::RawTask>, Problems) {
    Reader::document(text, file)
}

/// The JSON Schema of a task file, for editors, as indented text.
pub fn schema_json() -> String {
    crate::scene::recipe::schema_of::<raw::RawTask>()
}
