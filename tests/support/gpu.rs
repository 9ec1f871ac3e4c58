//! The adapter that GPU tests run on.

use std::sync::OnceLock;

use benchside::render::gpu::{DeviceChoice, GpuDevice, adapters, decide};

/// A device of any adapter, software ones too. Without one the test is skipped, visibly; with
/// `CI=true` that is a failure.
pub fn device() -> Option<GpuDevice> {
    static DEVICE: OnceLock<Option<GpuDevice>> = OnceLock::new();
    let device = DEVICE.get_or_init(fresh_device);
    if device.is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "no GPU adapter; install mesa-vulkan-drivers for a software one"
        );
        eprintln!("SKIPPED: no GPU adapter here (mesa-vulkan-drivers brings a software one)");
    }
    device.clone()
}

/// A device of its own, to be lost.
pub fn fresh_device() -> Option<GpuDevice> {
    let decision = decide(DeviceChoice::Gpu, &adapters()).ok()?;
    let number = decision.adapter?;
    Some(GpuDevice::open(number).unwrap_or_else(|e| panic!("{e}")))
}
