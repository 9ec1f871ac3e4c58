//! Helpers shared by the tests.

pub mod cli;
pub mod scenes;
pub mod views;
