//! Helpers shared by the tests.

pub mod cli;
pub mod gltf;
pub mod scenes;
pub mod views;
