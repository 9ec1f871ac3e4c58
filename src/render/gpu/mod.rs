//! The GPU executor: rays in compute kernels, many views of many frames in one batch.
//!
//! Storage buffers only, so that any number of textures works on any adapter. The way of a batch:
//! `encode` turns frames and views into words, `plan` lays them out and cuts them into chunks
//! that fit the scratch memory, `renderer` runs the kernels of `shaders` over each chunk and
//! reads the planes back while the next batch runs.
//!
//! In reference mode paths add to sums in the planes, a few samples a dispatch, so that none takes
//! long; the CPU makes the picture of the sums, and filters it.

mod device;
mod encode;
mod error;
mod executor;
mod lights;
mod paths;
mod plan;
mod readback;
mod renderer;
mod shaders;
mod upload;

pub use device::{
    AdapterDesc, AdapterKind, Decision, DeviceChoice, GpuDevice, adapters, decide, may_have_gpu,
};
pub use encode::{EncodedFrame, Encoder, ViewJob};
pub use error::GpuError;
pub use executor::{GpuExecutor, GpuReport};
pub use renderer::{Batch, GpuRenderer, RING, Ticket};
