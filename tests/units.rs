//! Private parts of the library that stand alone, built here for the tests in them.
#![allow(dead_code)]

#[path = "../src/render/cpu/sampling.rs"]
mod sampling;
#[path = "../src/cli/generate/schedule.rs"]
mod schedule;
#[path = "../src/scene/gltf/uri.rs"]
mod uri;
