//! Vocabulary of the whole crate. Imports nothing of ours.

pub mod atmosphere;
pub mod camera;
pub mod color;
pub mod frame;
pub mod guard;
pub mod ids;
pub mod image;
pub mod light;
pub mod pose;
pub mod problem;
pub mod seed;
pub mod sensor;
pub mod settling;
pub mod tone;
