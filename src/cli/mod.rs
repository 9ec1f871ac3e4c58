//! One file per verb.
pub mod bench;
