//! Batches on one device: submitted one after the other, read back while the next ones run.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::encode::{Encoder, ViewJob};
use super::plan::{self, CUT_SHORT, Chunk, ChunkWords, Limits, Plan, RAY_COUNTERS, ViewLayout};
use super::readback;
use super::shaders::{Kernel, Pipelines, Spec};
use super::upload::{Places, SceneData};
use super::{GpuDevice, GpuError};
use crate::render::{Renderer, View, bsdf};

/// Batches that may wait for each other without one waiting for memory.
pub const RING: usize = 3;
/// Of the memory that passes leave to each other; more would only help views that are many and
/// small, and those fill any GPU with less.
const SCRATCH_BYTES: u64 = 256 << 20;
/// Submissions of one batch that wait for each other.
const MOST_WAITING: usize = 8;
/// A submission that takes longer than this hangs. Software adapters compile kernels when they are
/// first used, which on a busy machine takes minutes.
const PATIENCE: Duration = Duration::from_secs(120);
const SOFTWARE_PATIENCE: Duration = Duration::from_secs(1200);
/// Bytes between the uniform blocks of chunks: what every adapter can align to.
const UNIFORM_STEP: u64 = 256;
const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_DST);

/// One scene on one device.
pub struct GpuRenderer {
    device: GpuDevice,
    encoder: Arc<Encoder>,
    pipelines: Pipelines,
    places: Places,
    /// Whether the table that only paths read is there.
    has_interfaces: bool,
    /// Of any walk: of the deepest mesh's tree.
    stack: u32,
    /// Nodes of meshes, then of the top-level trees of each slot.
    nodes: wgpu::Buffer,
    mesh_nodes: u32,
    /// Vectors for each slot.
    top_room: u32,
    corners: wgpu::Buffer,
    words: wgpu::Buffer,
    texels: wgpu::Buffer,
    scratch: wgpu::Buffer,
    most_scratch: u64,
    /// Counts replacements of what all slots share.
    generation: u64,
    free: Arc<Mutex<Vec<Slot>>>,
    slots: u32,
}

/// The buffers of one batch at a time.
struct Slot {
    number: u32,
    batch: wgpu::Buffer,
    planes: wgpu::Buffer,
    counters: wgpu::Buffer,
    uniforms: wgpu::Buffer,
    readback: wgpu::Buffer,
    timer: Option<Timer>,
    bind_group: Option<(u64, wgpu::BindGroup)>,
}

struct Timer {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
}

/// A batch under way.
pub struct Ticket {
    device: GpuDevice,
    slot: Option<Slot>,
    free: Arc<Mutex<Vec<Slot>>>,
    /// Those that may not have ended, in order.
    submissions: VecDeque<wgpu::SubmissionIndex>,
    mapped: Arc<Mutex<Option<Result<(), wgpu::BufferAsyncError>>>>,
    layouts: Vec<ViewLayout>,
    plane_bytes: u64,
    counter_bytes: u64,
    primary_rays: u64,
    timed: bool,
}

/// A batch that is done.
#[derive(Debug, Default)]
pub struct Batch {
    pub views: Vec<View>,
    /// Rays from the camera, through pixel centres and colour samples.
    pub primary_rays: u64,
    /// Rays towards lights and into the ambient hemisphere, mirrored ones and those that go on
    /// through glass, as counted on the device.
    pub shadow_rays: u64,
    /// From the first pass's start to the last one's end, where the adapter can tell.
    pub gpu_time: Option<Duration>,
}

impl GpuRenderer {
    /// Uploads a scene.
    ///
    /// # Errors
    /// If it does not fit the adapter's buffers, before anything is allocated; if memory or device
    /// fails.
    pub fn new(renderer: &Renderer<'_>, device: &GpuDevice) -> Result<Self, GpuError> {
        let (data, places) = SceneData::new(renderer);
        data.check(device)?;
        let mesh_nodes = data.nodes.len() as u32;
        let top_room = 1 << 12;
        let slots = RING as u32;
        let bytes = node_bytes(mesh_nodes, top_room, slots);
        let nodes = device.buffer("the trees", bytes, STORAGE | wgpu::BufferUsages::COPY_SRC)?;
        let write = |buffer: &wgpu::Buffer, data: &[u8]| {
            if !data.is_empty() {
                device.queue.write_buffer(buffer, 0, data);
            }
        };
        write(&nodes, bytemuck::cast_slice(&data.nodes));
        let upload = |what: &str, bytes: &[u8]| {
            let buffer = device.buffer(what, bytes.len() as u64, STORAGE)?;
            write(&buffer, bytes);
            Ok::<_, GpuError>(buffer)
        };
        let corners = upload("the triangles", bytemuck::cast_slice(&data.corners))?;
        let words = upload("the vertices", bytemuck::cast_slice(&data.words))?;
        let texels = upload("the textures", bytemuck::cast_slice(&data.texels))?;
        let scratch = device.buffer("scratch memory", 16, STORAGE)?;
        let spec = Spec::default().joined(Spec {
            stack: data.stack + 16,
            rects: 0,
            side: 1,
        });
        device.check()?;
        Ok(Self {
            pipelines: Pipelines::new(device, spec, places),
            places,
            has_interfaces: false,
            device: device.clone(),
            encoder: Arc::new(Encoder::new(renderer.scene, data.meshes, data.panoramas)),
            stack: data.stack,
            nodes,
            mesh_nodes,
            top_room,
            corners,
            words,
            texels,
            scratch,
            most_scratch: SCRATCH_BYTES,
            generation: 0,
            free: Arc::default(),
            slots: 0,
        })
    }

    /// The device it is on.
    pub fn device(&self) -> &GpuDevice {
        &self.device
    }

    /// Compiles every kernel, which otherwise happens when each is first needed.
    ///
    /// # Errors
    /// If one does not compile.
    pub fn compile(&self) -> Result<(), GpuError> {
        for kernel in Kernel::ALL {
            self.pipelines.get(kernel)?;
        }
        Ok(())
    }

    /// Keeps what the passes leave to each other below so many bytes; larger batches are done in
    /// several chunks, large views in bands.
    pub fn limit_scratch(&mut self, bytes: u64) {
        self.most_scratch = bytes;
    }

    /// What turns frames into jobs for this renderer, and any other of the same scene.
    pub fn encoder(&self) -> Arc<Encoder> {
        self.encoder.clone()
    }

    /// How many of `jobs`, from the first on, one batch can hold.
    ///
    /// # Errors
    /// If the first view alone is too large.
    pub fn batch_len(&self, jobs: &[ViewJob]) -> Result<usize, GpuError> {
        let mut bytes = plan::READBACK_BYTES;
        for (i, job) in jobs.iter().enumerate() {
            bytes += plan::readback_bytes(job);
            if let Err(error) = self.device.fits("the planes of a view", bytes) {
                return if i == 0 { Err(error) } else { Ok(i) };
            }
        }
        Ok(jobs.len())
    }

    /// Starts a batch. At most [`RING`] should be under way at a time: more cost memory.
    ///
    /// # Errors
    /// If it does not fit (see [`Self::batch_len`]), or memory or device fails.
    pub fn submit(&mut self, jobs: &[ViewJob]) -> Result<Ticket, GpuError> {
        self.device.check()?;
        let mut slot = self.slot()?;
        let limits = self.limits();
        let top_at = self.mesh_nodes + slot.number * self.top_room;
        let mut plan = Plan::new(jobs, top_at, &limits)?;
        if plan.top.len() as u32 > self.top_room {
            self.grow_nodes(plan.top.len() as u32)?;
            let top_at = self.mesh_nodes + slot.number * self.top_room;
            plan = Plan::new(jobs, top_at, &limits)?;
        }
        self.pipelines.grow(Spec {
            stack: self.stack + plan.stack,
            rects: plan.rects,
            side: plan.side,
        });
        let scratch = 16 * plan.scratch_vectors;
        if self.scratch.size() < scratch {
            self.scratch = self.device.buffer("scratch memory", scratch, STORAGE)?;
            self.generation += 1;
        }
        let plane_bytes = 4 * plan.plane_words.max(4);
        let counter_bytes = 4 * u64::from(plan.counter_words);
        self.fill(&mut slot, &plan, plane_bytes, counter_bytes)?;
        if !plan.path_chunks.is_empty() && !self.has_interfaces {
            let table = bytemuck::cast_slice(bsdf::interface_albedos());
            let at = 4 * u64::from(self.places.interfaces);
            self.device.queue.write_buffer(&self.words, at, table);
            self.has_interfaces = true;
        }
        let submissions = self.start(&slot, &plan, plane_bytes, counter_bytes)?;
        let mapped = Arc::new(Mutex::new(None));
        let answer = mapped.clone();
        let used = plane_bytes + counter_bytes + 16;
        slot.readback
            .map_async(wgpu::MapMode::Read, ..used, move |result| {
                *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            });
        self.device.check()?;
        Ok(Ticket {
            device: self.device.clone(),
            slot: Some(slot),
            free: self.free.clone(),
            submissions,
            mapped,
            layouts: plan.layouts,
            plane_bytes,
            counter_bytes,
            primary_rays: plan.primary_rays,
            timed: !plan.chunks.is_empty() || !plan.path_chunks.is_empty(),
        })
    }

    /// Renders any number of views, in as many batches as they need.
    ///
    /// # Errors
    /// If a view is too large for the adapter, or memory or device fails.
    pub fn render_batch(&mut self, jobs: &[ViewJob]) -> Result<Batch, GpuError> {
        let mut under_way = VecDeque::new();
        let mut all = Batch::default();
        let mut rest = jobs;
        while !rest.is_empty() || !under_way.is_empty() {
            if !rest.is_empty() && under_way.len() < RING {
                let (now, later) = rest.split_at(self.batch_len(rest)?);
                under_way.push_back(self.submit(now)?);
                rest = later;
            } else if let Some(ticket) = under_way.pop_front() {
                all.join(ticket.collect()?);
            }
        }
        Ok(all)
    }

    fn limits(&self) -> Limits {
        let limits = &self.device.limits;
        let bytes = self
            .most_scratch
            .min(limits.max_storage_buffer_binding_size)
            .min(limits.max_buffer_size);
        Limits {
            scratch: bytes / 16,
            // llvmpipe ends a thread's loops after 65,535 turns of all of them together.
            samples: if self.device.is_software() {
                1
            } else {
                u32::MAX
            },
        }
    }

    fn slot(&mut self) -> Result<Slot, GpuError> {
        let free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(slot) = free {
            return Ok(slot);
        }
        let number = self.slots;
        self.slots += 1;
        if number as usize >= RING {
            self.grow_nodes(self.top_room)?;
        }
        let d = &self.device;
        let timer = if d.timestamps {
            let queries = d.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timer"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            });
            let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
            let resolved = d.buffer("timestamps", 16, usage)?;
            Some(Timer { queries, resolved })
        } else {
            None
        };
        Ok(Slot {
            number,
            batch: d.buffer("a batch", 16, STORAGE)?,
            planes: d.buffer("planes", 16, STORAGE)?,
            counters: d.buffer("counters", 16, STORAGE)?,
            uniforms: d.buffer("chunks", 16, STORAGE)?,
            readback: d.buffer("readback", 16, STORAGE)?,
            timer,
            bind_group: None,
        })
    }

    /// Makes room for top-level trees of `room` vectors in each slot.
    fn grow_nodes(&mut self, room: u32) -> Result<(), GpuError> {
        self.top_room = room.next_power_of_two().max(self.top_room);
        let bytes = node_bytes(self.mesh_nodes, self.top_room, self.slots.max(RING as u32));
        let usage = STORAGE | wgpu::BufferUsages::COPY_SRC;
        let nodes = self.device.buffer("the trees", bytes, usage)?;
        let d = &self.device.device;
        let mut encoder = d.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let kept = 16 * u64::from(self.mesh_nodes);
        if kept > 0 {
            encoder.copy_buffer_to_buffer(&self.nodes, 0, &nodes, 0, kept);
        }
        self.device.queue.submit([encoder.finish()]);
        self.nodes = nodes;
        self.generation += 1;
        Ok(())
    }

    /// Puts the batch into the slot's buffers; larger ones where these are too small.
    fn fill(
        &self,
        slot: &mut Slot,
        plan: &Plan,
        plane_bytes: u64,
        counter_bytes: u64,
    ) -> Result<(), GpuError> {
        let d = &self.device;
        let mut replaced = false;
        let mut room = |buffer: &mut wgpu::Buffer, what: &str, bytes: u64, usage| {
            if buffer.size() < bytes || !buffer.usage().contains(usage) {
                // A quarter more, so that batches that vary a little do not replace it each time.
                let more = bytes + bytes / 4;
                let bytes = if d.fits(what, more).is_ok() {
                    more
                } else {
                    bytes
                };
                *buffer = d.buffer(what, bytes, usage)?;
                replaced = true;
            }
            Ok::<_, GpuError>(())
        };
        let batch: &[u8] = bytemuck::cast_slice(&plan.batch);
        let uniforms = uniform_bytes(&plan.uniforms);
        let source = wgpu::BufferUsages::COPY_SRC;
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let readable = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        room(&mut slot.batch, "a batch", batch.len() as u64, STORAGE)?;
        room(
            &mut slot.planes,
            "the planes",
            plane_bytes,
            STORAGE | source,
        )?;
        room(
            &mut slot.counters,
            "the counters",
            counter_bytes,
            STORAGE | source,
        )?;
        room(
            &mut slot.uniforms,
            "the chunks",
            uniforms.len() as u64,
            uniform,
        )?;
        let back = plane_bytes + counter_bytes + 16;
        room(&mut slot.readback, "the planes read back", back, readable)?;
        d.queue.write_buffer(&slot.batch, 0, batch);
        d.queue.write_buffer(&slot.uniforms, 0, &uniforms);
        if !plan.top.is_empty() {
            let at = self.mesh_nodes + slot.number * self.top_room;
            let bytes = bytemuck::cast_slice(&plan.top);
            d.queue.write_buffer(&self.nodes, 16 * u64::from(at), bytes);
        }
        if replaced
            || slot
                .bind_group
                .as_ref()
                .is_none_or(|b| b.0 != self.generation)
        {
            slot.bind_group = Some((self.generation, self.bind(slot)));
        }
        Ok(())
    }

    fn bind(&self, slot: &Slot) -> wgpu::BindGroup {
        let buffers = [
            &self.nodes,
            &self.corners,
            &self.words,
            &self.texels,
            &slot.batch,
            &self.scratch,
            &slot.counters,
            &slot.planes,
        ];
        let mut entries: Vec<_> = buffers
            .iter()
            .enumerate()
            .map(|(i, buffer)| wgpu::BindGroupEntry {
                binding: i as u32,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        entries.push(wgpu::BindGroupEntry {
            binding: buffers.len() as u32,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &slot.uniforms,
                offset: 0,
                size: wgpu::BufferSize::new(size_of::<ChunkWords>() as u64),
            }),
        });
        let descriptor = wgpu::BindGroupDescriptor {
            label: Some("batch"),
            layout: &self.pipelines.bind_group_layout,
            entries: &entries,
        };
        self.device.device.create_bind_group(&descriptor)
    }

    /// Submits a batch: passes over all chunks, then each dispatch of paths by itself, as drivers
    /// end what takes seconds.
    fn start(
        &self,
        slot: &Slot,
        plan: &Plan,
        plane_bytes: u64,
        counter_bytes: u64,
    ) -> Result<VecDeque<wgpu::SubmissionIndex>, GpuError> {
        let d = &self.device.device;
        let begin = || d.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let timed = |first: bool, last: bool| {
            let timer = slot.timer.as_ref().filter(|_| first || last);
            timer.map(|t| wgpu::ComputePassTimestampWrites {
                query_set: &t.queries,
                beginning_of_pass_write_index: first.then_some(0),
                end_of_pass_write_index: last.then_some(1),
            })
        };
        let mut submissions = VecDeque::new();
        let mut encoder = begin();
        encoder.clear_buffer(&slot.counters, 0, None);
        let has_passes = !plan.chunks.is_empty();
        // A pass without work leaves no time, and who waits for that waits forever.
        if has_passes {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("batch"),
                timestamp_writes: timed(true, plan.path_chunks.is_empty()),
            });
            for (i, chunk) in plan.chunks.iter().enumerate() {
                self.chunk(&mut pass, slot, i as u32, chunk)?;
            }
        }
        let dispatches = plan.path_chunks.iter().map(|chunk| chunk.dispatches);
        let all: u32 = dispatches.sum();
        let mut left = all;
        for chunk in &plan.path_chunks {
            for dispatch in 0..chunk.dispatches {
                self.submit_one(std::mem::replace(&mut encoder, begin()), &mut submissions)?;
                let first = left == all && !has_passes;
                left -= 1;
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                    label: Some("paths"),
                    timestamp_writes: timed(first, left == 0),
                });
                pass.set_pipeline(self.pipelines.get(Kernel::Paths)?);
                let offset = (chunk.uniforms + dispatch) * UNIFORM_STEP as u32;
                let bind_group = slot.bind_group.as_ref().map(|(_, group)| group);
                pass.set_bind_group(0, bind_group, &[offset]);
                pass.dispatch_workgroups(
                    chunk.width.div_ceil(8),
                    chunk.rows.div_ceil(8),
                    chunk.bands,
                );
            }
        }
        let back = &slot.readback;
        encoder.copy_buffer_to_buffer(&slot.planes, 0, back, 0, plane_bytes);
        encoder.copy_buffer_to_buffer(&slot.counters, 0, back, plane_bytes, counter_bytes);
        if let Some(timer) = &slot.timer
            && (has_passes || all > 0)
        {
            encoder.resolve_query_set(&timer.queries, 0..2, &timer.resolved, 0);
            let at = plane_bytes + counter_bytes;
            encoder.copy_buffer_to_buffer(&timer.resolved, 0, back, at, 16);
        }
        self.submit_one(encoder, &mut submissions)?;
        Ok(submissions)
    }

    /// Submits; waits for the oldest where too many have not ended.
    fn submit_one(
        &self,
        encoder: wgpu::CommandEncoder,
        submissions: &mut VecDeque<wgpu::SubmissionIndex>,
    ) -> Result<(), GpuError> {
        submissions.push_back(self.device.queue.submit([encoder.finish()]));
        if submissions.len() > MOST_WAITING
            && let Some(oldest) = submissions.pop_front()
        {
            wait(&self.device, oldest)?;
        }
        Ok(())
    }

    fn chunk(
        &self,
        pass: &mut wgpu::ComputePass<'_>,
        slot: &Slot,
        index: u32,
        chunk: &Chunk,
    ) -> Result<(), GpuError> {
        let bind_group = slot.bind_group.as_ref().map(|(_, group)| group);
        let mut run = |kernel, fine: u32, [x, y, z]: [u32; 3]| {
            pass.set_pipeline(self.pipelines.get(kernel)?);
            let offset = (2 * index + fine) * UNIFORM_STEP as u32;
            pass.set_bind_group(0, bind_group, &[offset]);
            pass.dispatch_workgroups(x, y, z);
            Ok::<_, GpuError>(())
        };
        let tiles = |rows: u32, side: u32| {
            let tiles = |n: u32| (n * side).div_ceil(8);
            [tiles(chunk.width), tiles(rows), chunk.bands]
        };
        if chunk.labels || chunk.details || chunk.color {
            run(Kernel::Trace, 0, tiles(chunk.rows, 1))?;
        }
        if chunk.labels {
            run(Kernel::Labels, 0, tiles(chunk.out_rows, 1))?;
        }
        if chunk.details {
            run(Kernel::Details, 0, tiles(chunk.out_rows, 1))?;
        }
        if chunk.amodal {
            run(Kernel::Amodal, 0, tiles(chunk.out_rows, 1))?;
        }
        if chunk.color {
            if chunk.side > 1 {
                run(Kernel::Trace, 1, tiles(chunk.rows, chunk.side))?;
            }
            run(Kernel::Gather, 0, tiles(chunk.rows, 1))?;
            let [x, y] = plan::point_groups(chunk.points);
            run(Kernel::Shade, 0, [x, y, 1])?;
            run(Kernel::Resolve, 0, tiles(chunk.out_rows, 1))?;
        }
        if chunk.color || chunk.albedo {
            let quads = (chunk.width * chunk.out_rows).div_ceil(4);
            run(Kernel::Pack, 0, [quads.div_ceil(64), 1, chunk.bands])?;
        }
        Ok(())
    }
}

fn wait(device: &GpuDevice, submission: wgpu::SubmissionIndex) -> Result<(), GpuError> {
    let patience = if device.is_software() {
        SOFTWARE_PATIENCE
    } else {
        PATIENCE
    };
    let waited = device.device.poll(wgpu::PollType::Wait {
        submission_index: Some(submission),
        timeout: Some(patience),
    });
    device.check()?;
    match waited {
        Ok(_) => Ok(()),
        Err(error) => Err(GpuError::DeviceLost(format!(
            "a batch did not end: {error}"
        ))),
    }
}

fn node_bytes(mesh_nodes: u32, top_room: u32, slots: u32) -> u64 {
    16 * (u64::from(mesh_nodes) + u64::from(top_room) * u64::from(slots))
}

fn uniform_bytes(chunks: &[ChunkWords]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(chunks.len() * UNIFORM_STEP as usize);
    for chunk in chunks {
        bytes.extend_from_slice(bytemuck::cast_slice(chunk));
        bytes.resize(bytes.len().next_multiple_of(UNIFORM_STEP as usize), 0);
    }
    bytes
}

impl Ticket {
    /// Waits for the batch and takes it; its buffers are free again after this.
    ///
    /// # Errors
    /// If the device was lost or failed meanwhile; the views can be rendered again elsewhere.
    pub fn collect(mut self) -> Result<Batch, GpuError> {
        for submission in std::mem::take(&mut self.submissions) {
            wait(&self.device, submission)?;
        }
        let mapped = self
            .mapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(slot) = self.slot.take() else {
            return Err(GpuError::Internal("a batch was collected twice".into()));
        };
        if !matches!(mapped, Some(Ok(()))) {
            return Err(GpuError::DeviceLost("what it made cannot be read".into()));
        }
        let used = self.plane_bytes + self.counter_bytes + 16;
        let range = slot.readback.get_mapped_range(..used);
        let range = range.map_err(|e| GpuError::DeviceLost(e.to_string()))?;
        let words: &[u32] = bytemuck::cast_slice(&range);
        let (planes, rest) = words.split_at(self.plane_bytes as usize / 4);
        let (counters, rest) = rest.split_at(self.counter_bytes as usize / 4);
        let cut_short = counters[CUT_SHORT];
        let views = self.layouts.iter();
        let views = views.map(|layout| readback::view(layout, planes, counters));
        let shadow_rays = counters[..RAY_COUNTERS as usize].iter();
        let ticks = (self.timed && slot.timer.is_some()).then(|| {
            let stamp = |i: usize| u64::from(rest[2 * i]) | u64::from(rest[2 * i + 1]) << 32;
            stamp(1).saturating_sub(stamp(0))
        });
        let period = f64::from(self.device.queue.get_timestamp_period());
        let batch = Batch {
            views: views.collect(),
            primary_rays: self.primary_rays,
            shadow_rays: shadow_rays.map(|&n| u64::from(n)).sum(),
            gpu_time: ticks.map(|t| Duration::from_nanos((t as f64 * period) as u64)),
        };
        drop(range);
        slot.readback.unmap();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(slot);
        match cut_short {
            0 => Ok(batch),
            threads => Err(GpuError::CutShort { threads }),
        }
    }
}

impl Batch {
    /// Adds another batch's views, rays and time.
    pub fn join(&mut self, other: Self) {
        self.views.extend(other.views);
        self.primary_rays += other.primary_rays;
        self.shadow_rays += other.shadow_rays;
        if let Some(time) = other.gpu_time {
            *self.gpu_time.get_or_insert_default() += time;
        }
    }
}
