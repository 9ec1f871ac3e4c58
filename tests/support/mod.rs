//! Helpers shared by the tests.

pub mod scenes;
pub mod views;
