//! Helpers shared by the tests.

pub mod gltf;
pub mod scenes;
pub mod views;
