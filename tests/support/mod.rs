//! Helpers shared by the tests.

pub mod fuzz;
pub mod gltf;
pub mod heap;
pub mod scenes;
pub mod views;
