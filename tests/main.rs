//! The one integration binary. Truth comes from formulas and from other people's software.

mod support;

mod agreement;
mod analytic;
mod bad_environment;
mod bad_gltf;
mod bad_recipe;
mod bad_render;
mod bad_run;
mod bench;
mod conformance;
mod cycles;
mod dataset;
mod demo;
mod determinism;
mod environment;
mod episode;
mod eval;
mod gltf_fuzz;
mod gltf_loading;
mod gpu;
mod labels;
mod layering;
mod manipulation;
mod physics;
mod policy;
mod recipe_fuzz;
mod reference;
mod robot;
mod sensors;
mod sequence;
mod shaders;
mod task;
