//! Helpers shared by the tests.

pub mod cli;
pub mod fuzz;
pub mod gltf;
pub mod gpu;
pub mod heap;
pub mod json_schema;
pub mod python;
pub mod recipes;
pub mod robots;
pub mod scenes;
pub mod views;
