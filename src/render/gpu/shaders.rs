//! The kernels: which WGSL files each is made of, and their pipelines.

use std::sync::OnceLock;

use super::upload::Places;
use super::{GpuDevice, GpuError};

/// The text of a file of `shaders/`.
macro_rules! wgsl {
    ($($name:literal),*) => {
        vec![$(include_str!(concat!("shaders/", $name, ".wgsl"))),*]
    };
}

/// A kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    Trace,
    Labels,
    Details,
    Amodal,
    Gather,
    Shade,
    Resolve,
    Pack,
    Paths,
}

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Trace,
        Self::Labels,
        Self::Details,
        Self::Amodal,
        Self::Gather,
        Self::Shade,
        Self::Resolve,
        Self::Pack,
        Self::Paths,
    ];

    /// Its own files after those that all share, and the kinds of walk it takes.
    fn parts(self) -> (Vec<&'static str>, &'static [&'static str]) {
        match self {
            Self::Trace => (wgsl!["presence", "closest", "k_trace"], &["closest"]),
            Self::Labels => (wgsl!["k_labels"], &[]),
            Self::Details => (wgsl!["tone", "k_details"], &[]),
            Self::Amodal => (wgsl!["presence", "k_amodal"], &["covering"]),
            Self::Gather => (wgsl!["k_gather"], &[]),
            Self::Shade => (
                wgsl![
                    "presence",
                    "closest",
                    "light_ray",
                    "fresnel",
                    "brdf",
                    "light",
                    "environment",
                    "points",
                    "k_shade"
                ],
                &["closest", "light"],
            ),
            Self::Resolve => (wgsl!["tone", "points", "k_resolve"], &[]),
            Self::Pack => (wgsl!["k_pack"], &[]),
            Self::Paths => (
                wgsl![
                    "presence",
                    "fresnel",
                    "brdf",
                    "light",
                    "environment",
                    "sampler",
                    "importance",
                    "emitters",
                    "bsdf",
                    "first",
                    "straight",
                    "path",
                    "lens_ray",
                    "k_paths"
                ],
                &["first", "straight"],
            ),
        }
    }

    /// The whole text.
    pub fn source(self, spec: &Spec, places: &Places) -> String {
        let mut text = constants(spec, places);
        let (files, walks) = self.parts();
        let shared = wgsl!["bindings", "view", "rays", "texture", "material", "surface"];
        text.extend(shared.into_iter().chain(files));
        for kind in walks {
            let walk = wgsl!["walk"].concat();
            text.push_str(&walk.replace("KIND", kind));
        }
        text
    }
}

/// Sizes of what threads keep for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// Stack entries of a walk.
    pub stack: u32,
    /// Area lights.
    pub rects: u32,
    /// Colour samples a pixel's side.
    pub side: u32,
}

impl Spec {
    /// Enough for both, in steps so that it seldom grows.
    pub fn joined(self, other: Self) -> Self {
        Self {
            stack: self.stack.max(other.stack).max(1).next_multiple_of(32),
            rects: self.rects.max(other.rects).max(1).next_power_of_two(),
            side: self.side.max(other.side).max(1).next_power_of_two(),
        }
    }
}

fn constants(spec: &Spec, places: &Places) -> String {
    let list = [
        ("STACK", spec.stack),
        ("RECTS", spec.rects),
        ("GROUPS", spec.side * spec.side),
        ("ALBEDOS", places.albedos),
        ("SRGB", places.srgb),
        ("SAMPLES", places.samples),
        ("ENCODE", places.encode),
        ("TEXTURES", places.textures),
        ("INTERFACES", places.interfaces),
    ];
    let line = |(name, value): (&str, u32)| format!("const {name}: u32 = {value}u;\n");
    list.into_iter().map(line).collect()
}

/// Pipelines of one device, each made when it is first needed.
pub struct Pipelines {
    device: GpuDevice,
    pub bind_group_layout: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    spec: Spec,
    places: Places,
    made: [OnceLock<wgpu::ComputePipeline>; Kernel::ALL.len()],
}

impl Pipelines {
    /// None made yet.
    pub fn new(device: &GpuDevice, spec: Spec, places: Places) -> Self {
        let storage = |binding: u32| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage {
                    read_only: binding < 5,
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let mut entries: Vec<_> = (0..super::device::STORAGE_BUFFERS).map(storage).collect();
        entries.push(wgpu::BindGroupLayoutEntry {
            binding: super::device::STORAGE_BUFFERS,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: true,
                min_binding_size: None,
            },
            count: None,
        });
        let d = &device.device;
        let bind_group_layout = d.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("render"),
            entries: &entries,
        });
        let layout = d.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("render"),
            bind_group_layouts: &[Some(&bind_group_layout)],
            immediate_size: 0,
        });
        Self {
            device: device.clone(),
            bind_group_layout,
            layout,
            spec,
            places,
            made: Default::default(),
        }
    }

    /// Forgets all pipelines if they are too small for `spec`.
    pub fn grow(&mut self, spec: Spec) {
        let joined = self.spec.joined(spec);
        if joined != self.spec {
            self.spec = joined;
            self.made = Default::default();
        }
    }

    /// The pipeline of a kernel.
    ///
    /// # Errors
    /// If the shader does not compile: a bug here or in the driver.
    pub fn get(&self, kernel: Kernel) -> Result<&wgpu::ComputePipeline, GpuError> {
        let place = &self.made[kernel as usize];
        if let Some(pipeline) = place.get() {
            return Ok(pipeline);
        }
        let label = format!("{kernel:?}");
        let d = &self.device.device;
        let scope = d.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = d.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(&label),
            source: wgpu::ShaderSource::Wgsl(kernel.source(&self.spec, &self.places).into()),
        });
        let pipeline = d.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&self.layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        if let Some(error) = pollster::block_on(scope.pop()) {
            self.device.check()?;
            return Err(GpuError::Internal(format!("kernel {label}: {error}")));
        }
        self.device.check()?;
        Ok(place.get_or_init(|| pipeline))
    }
}
