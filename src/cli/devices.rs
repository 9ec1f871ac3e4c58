//! `benchside devices`, and the choice of `--device`.

use super::Verdict;
use super::output::print;
use crate::base::problem::{Problem, Problems};
use crate::render::gpu::{DeviceChoice, GpuDevice, GpuError, adapters, decide, may_have_gpu};

pub(super) fn run() -> Result<Verdict, Problems> {
    let found = adapters();
    let mut text = String::new();
    for a in &found {
        text.push_str(&format!(
            "gpu:{} {} ({}, {})\n  driver {}; storage buffers of {} MiB, {} a stage; timestamps {}\n",
            a.number,
            a.name,
            a.kind,
            a.backend,
            a.driver,
            a.max_storage_buffer >> 20,
            a.max_storage_buffers_per_stage,
            if a.timestamps { "yes" } else { "no" },
        ));
    }
    if found.is_empty() {
        text.push_str("no GPU adapter (Vulkan, Metal or DirectX 12)\n");
    }
    for choice in [DeviceChoice::Auto, DeviceChoice::Gpu] {
        let line = match decide(choice, &found) {
            Ok(decision) => {
                let what = decision
                    .adapter
                    .map_or("cpu".into(), |n| format!("gpu:{n}"));
                format!("{what}: {}", decision.reason)
            }
            Err(error) => format!("nothing: {error}"),
        };
        text.push_str(&format!("--device {choice} would use {line}\n"));
    }
    print(&text)?;
    Ok(Verdict::Fine)
}

/// Opens what `--device` asks for; `None` is the CPU. Where `auto` ends up there, a line says why.
pub(super) fn open(choice: DeviceChoice) -> Result<Option<GpuDevice>, Problems> {
    if choice == DeviceChoice::Cpu {
        return Ok(None);
    }
    let refused = |error: GpuError| {
        Problem::error(
            "--device",
            "",
            error.to_string(),
            "a GPU adapter that works",
            "`benchside devices` lists them; --device cpu needs none",
        )
    };
    let found = if choice == DeviceChoice::Auto && !may_have_gpu() {
        Vec::new()
    } else {
        adapters()
    };
    let decision = decide(choice, &found).map_err(refused)?;
    let opened = decision.adapter.map(GpuDevice::open).transpose();
    match opened {
        Ok(Some(device)) => Ok(Some(device)),
        Ok(None) => {
            eprintln!("rendering on the CPU: {}", decision.reason);
            Ok(None)
        }
        Err(error) if choice == DeviceChoice::Auto => {
            eprintln!("rendering on the CPU: {error}");
            Ok(None)
        }
        Err(error) => Err(refused(error).into()),
    }
}
