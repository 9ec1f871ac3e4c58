//! Adapters, which of them is used and why, and the device opened on it.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::GpuError;

/// What the user wants to render with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU if there is a real one, else the CPU.
    #[default]
    Auto,
    Cpu,
    /// The best adapter, a software one if there is no other.
    Gpu,
    /// An adapter by its number in [`adapters`].
    Numbered(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|n| n.parse().ok())
                .map(Self::Numbered)
                .ok_or_else(|| "expected auto, cpu, gpu or gpu:N (see `benchside devices`)".into()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu => f.write_str("gpu"),
            Self::Numbered(n) => write!(f, "gpu:{n}"),
        }
    }
}

/// An adapter that wgpu found.
#[derive(Clone, Debug)]
pub struct AdapterDesc {
    /// For `--device gpu:N`.
    pub number: usize,
    pub name: String,
    pub backend: String,
    pub kind: AdapterKind,
    pub driver: String,
    /// Largest storage buffer, bytes.
    pub max_storage_buffer: u64,
    pub max_storage_buffers_per_stage: u32,
    pub timestamps: bool,
}

/// What an adapter is made of; the better ones come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// The CPU behind a GPU's interface.
    Software,
    Unknown,
    Virtual,
    Integrated,
    Discrete,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Software => "software",
            Self::Unknown => "unknown",
            Self::Virtual => "virtual",
            Self::Integrated => "integrated",
            Self::Discrete => "discrete",
        })
    }
}

/// A decision and its reason, both for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Number of the adapter; `None` is the CPU.
    pub adapter: Option<usize>,
    pub reason: String,
}

/// An open device. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GpuDevice {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) limits: wgpu::Limits,
    pub(super) timestamps: bool,
    number: usize,
    name: String,
    software: bool,
    failure: Arc<Mutex<Option<GpuError>>>,
}

/// A buffer binding that every WebGPU adapter has as many of in a stage: this executor uses no
/// more.
pub const STORAGE_BUFFERS: u32 = 8;

/// One a process: drivers are loaded once.
static INSTANCE: LazyLock<wgpu::Instance> = LazyLock::new(|| {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    // Set explicitly: a debug build would ask for validation layers that may not be there.
    descriptor.flags = wgpu::InstanceFlags::empty();
    wgpu::Instance::new(descriptor)
});

fn found() -> Vec<wgpu::Adapter> {
    let adapters = pollster::block_on(INSTANCE.enumerate_adapters(wgpu::Backends::all()));
    let can_compute = |a: &wgpu::Adapter| {
        a.limits().max_storage_buffers_per_shader_stage >= STORAGE_BUFFERS
            && a.limits().max_compute_invocations_per_workgroup >= 64
    };
    adapters.into_iter().filter(can_compute).collect()
}

fn describe(number: usize, adapter: &wgpu::Adapter) -> AdapterDesc {
    let (info, limits) = (adapter.get_info(), adapter.limits());
    AdapterDesc {
        number,
        name: info.name,
        backend: format!("{:?}", info.backend),
        kind: match info.device_type {
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            wgpu::DeviceType::Other => AdapterKind::Unknown,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        },
        driver: format!("{} {}", info.driver, info.driver_info)
            .trim()
            .to_string(),
        max_storage_buffer: limits.max_storage_buffer_binding_size,
        max_storage_buffers_per_stage: limits.max_storage_buffers_per_shader_stage,
        timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
    }
}

/// Every adapter that can run the executor, in the driver's order.
pub fn adapters() -> Vec<AdapterDesc> {
    let found = found();
    found
        .iter()
        .enumerate()
        .map(|(i, a)| describe(i, a))
        .collect()
}

/// Whether a real GPU may be here, without loading any driver (which takes time, and software
/// drivers print to the terminal). On Linux a GPU has a device node; elsewhere only the drivers
/// know.
pub fn may_have_gpu() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    // Mesa and most others; NVIDIA; Windows' subsystem for Linux; Adreno and Mali on phones' kernels.
    const NODES: [&str; 5] = ["dri", "nvidia", "dxg", "kgsl", "mali"];
    let entries = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    let mut names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
    names.any(|name| NODES.iter().any(|node| name.starts_with(node)))
}

/// Which adapter `choice` means.
///
/// # Errors
/// If it asks for one that is not there.
pub fn decide(choice: DeviceChoice, adapters: &[AdapterDesc]) -> Result<Decision, GpuError> {
    let best = adapters
        .iter()
        .rev()
        .max_by_key(|a| a.kind)
        .map(|a| (a.number, a.kind, &a.name));
    let cpu = |reason: &str| Decision {
        adapter: None,
        reason: reason.into(),
    };
    match (choice, best) {
        (DeviceChoice::Cpu, _) => Ok(cpu("asked for")),
        (DeviceChoice::Auto, None) => Ok(cpu(
            "no GPU was found (no Vulkan, Metal or DirectX 12 driver)",
        )),
        (DeviceChoice::Auto, Some((_, AdapterKind::Software, name))) => Ok(cpu(&format!(
            "the only adapter, {name}, is the CPU behind a driver; --device gpu uses it nevertheless"
        ))),
        (DeviceChoice::Gpu, None) => Err(GpuError::NoAdapter(
            "no GPU was found (no Vulkan, Metal or DirectX 12 driver)".into(),
        )),
        (DeviceChoice::Auto | DeviceChoice::Gpu, Some((number, kind, _))) => Ok(Decision {
            adapter: Some(number),
            reason: format!("the best kind of adapter here: {kind}"),
        }),
        (DeviceChoice::Numbered(n), _) if n < adapters.len() => Ok(Decision {
            adapter: Some(n),
            reason: "asked for".into(),
        }),
        (DeviceChoice::Numbered(n), _) => Err(GpuError::NoAdapter(format!(
            "there is no adapter {n}; there are {} (see `benchside devices`)",
            adapters.len()
        ))),
    }
}

impl GpuDevice {
    /// Opens adapter `number` of [`adapters`] with all the buffer sizes it allows.
    ///
    /// # Errors
    /// If there is no such adapter, or its driver refuses.
    pub fn open(number: usize) -> Result<Self, GpuError> {
        Self::open_within(number, u64::MAX)
    }

    /// The same with buffers of at most so many bytes, as a smaller adapter would have it.
    ///
    /// # Errors
    /// If there is no such adapter, or its driver refuses.
    pub fn open_within(number: usize, most_bytes: u64) -> Result<Self, GpuError> {
        let adapter = found().into_iter().nth(number);
        let adapter = adapter.ok_or_else(|| {
            GpuError::NoAdapter(format!("adapter {number} is not there any more"))
        })?;
        let most = adapter.limits();
        let mut limits = wgpu::Limits::defaults();
        limits.max_storage_buffer_binding_size =
            most.max_storage_buffer_binding_size.min(most_bytes);
        limits.max_buffer_size = most.max_buffer_size;
        limits = limits.or_worse_values_from(&most);
        let timestamps = adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        let features = if timestamps {
            wgpu::Features::TIMESTAMP_QUERY
        } else {
            wgpu::Features::empty()
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("benchside"),
            required_features: features,
            required_limits: limits.clone(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|e| GpuError::NoAdapter(format!("adapter {number}: {e}")))?;
        let failure = Arc::new(Mutex::new(None));
        let note = |failure: &Arc<Mutex<Option<GpuError>>>, error| {
            let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error);
        };
        let lost = failure.clone();
        device.set_device_lost_callback(move |reason, message| {
            note(&lost, GpuError::DeviceLost(format!("{reason:?} {message}")));
        });
        let uncaptured = failure.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            note(&uncaptured, from_wgpu(error));
        }));
        Ok(Self {
            device,
            queue,
            limits,
            timestamps,
            number,
            name: adapter.get_info().name,
            software: adapter.get_info().device_type == wgpu::DeviceType::Cpu,
            failure,
        })
    }

    /// Of the adapter, as in [`adapters`].
    pub fn number(&self) -> usize {
        self.number
    }

    /// Of the adapter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the CPU behind a GPU's interface.
    pub(super) fn is_software(&self) -> bool {
        self.software
    }

    /// The first thing that went wrong on this device, if anything did. A device that failed once
    /// is not to be trusted again.
    pub fn check(&self) -> Result<(), GpuError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match &*failure {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Ends the device as if its driver had: what is submitted after this fails with
    /// [`GpuError::DeviceLost`]. For tests of what happens then.
    pub fn lose(&self) {
        self.device.destroy();
    }

    /// Refuses what is too large for one buffer, before it is allocated.
    pub(super) fn fits(&self, what: &str, needed: u64) -> Result<(), GpuError> {
        let limit = self
            .limits
            .max_storage_buffer_binding_size
            .min(self.limits.max_buffer_size);
        if needed <= limit {
            return Ok(());
        }
        Err(GpuError::TooLarge {
            what: what.into(),
            needed,
            limit,
            adapter: self.name.clone(),
        })
    }

    /// Makes a buffer; its contents are zeros.
    pub(super) fn buffer(
        &self,
        what: &str,
        bytes: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer, GpuError> {
        self.fits(what, bytes)?;
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(what),
            size: bytes.next_multiple_of(16).max(16),
            usage,
            mapped_at_creation: false,
        });
        match pollster::block_on(scope.pop()) {
            Some(_) => Err(GpuError::OutOfMemory(format!("{what}: {bytes} bytes"))),
            None => self.check().map(|()| buffer),
        }
    }
}

fn from_wgpu(error: wgpu::Error) -> GpuError {
    match error {
        wgpu::Error::OutOfMemory { source } => GpuError::OutOfMemory(source.to_string()),
        // wgpu reports what is done with a device that is gone as a validation error too.
        other if other.to_string().contains("lost") => GpuError::DeviceLost(other.to_string()),
        other => GpuError::Internal(other.to_string()),
    }
}
