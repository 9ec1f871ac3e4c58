//! What can go wrong with a GPU.

use thiserror::Error;

/// Why a GPU did not do what it was asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GpuError {
    /// There is no such adapter.
    #[error("{0}")]
    NoAdapter(String),
    /// The device is gone: whatever it was doing can be done again, on a fresh device or the CPU.
    #[error("the GPU was lost: {0}")]
    DeviceLost(String),
    /// Something is larger than the adapter lets a buffer be.
    #[error("{what} need {needed} bytes in one buffer; {adapter} allows {limit}")]
    TooLarge {
        what: String,
        needed: u64,
        limit: u64,
        adapter: String,
    },
    /// The adapter's memory does not suffice.
    #[error("the GPU is out of memory: {0}")]
    OutOfMemory(String),
    /// A view asks for longer walks than the driver's loops may run.
    #[error("the GPU driver ended loops of {threads} threads before their rays were at an end")]
    CutShort { threads: u32 },
    /// wgpu refused something, or a driver failed: a bug here or there.
    #[error("the GPU driver reports: {0}")]
    Internal(String),
}
