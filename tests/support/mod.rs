//! Helpers shared by the tests.

pub mod gltf;
pub mod json_schema;
pub mod recipes;
pub mod scenes;
pub mod views;
