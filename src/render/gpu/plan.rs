//! A batch laid out: where everything goes, and which bands of which views go through the passes
//! together.

use std::collections::HashMap;
use std::sync::Arc;

use super::GpuError;
use super::encode::{EncodedFrame, RayTable, Vector, ViewJob, ViewPlace};
use super::upload::NONE;
use crate::base::image::PlaneSet;

/// Counters of shadow rays, so that threads seldom wait for each other.
pub const RAY_COUNTERS: u32 = 64;
/// The counter after them: threads whose loops a driver cut short.
pub const CUT_SHORT: usize = 64;
/// Words of one instance's amodal coverage.
pub const COVERAGE_WORDS: u32 = 5;
/// Vectors of a shaded point; see `points.wgsl`.
const POINT_SIZE: u64 = 6;
/// Rows around a band that its filter reads.
const HALO: u32 = 2;
/// Of one dispatch of paths: enough to fill a GPU, and done long before a driver loses patience.
const MOST_PIXELS: u64 = 1 << 19;
const MOST_PATHS: u64 = 1 << 18;
/// Bands start at multiples of this, so that packed pixels do not straddle them.
const BAND_STEP: u32 = 4;

/// Where one view's planes are, in words of the plane buffer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewLayout {
    pub width: u32,
    pub height: u32,
    pub planes: PlaneOffsets,
    /// In words of the counters.
    pub coverage: u32,
    pub instances: u32,
    pub wanted: Wanted,
    /// Of reference mode.
    pub paths: Option<PathsLayout>,
}

/// What is to be made of a view's sums.
#[derive(Clone, Copy, Debug)]
pub struct PathsLayout {
    pub samples: u32,
    pub denoise: bool,
    /// Words a pixel.
    pub words: u32,
}

/// [`PlaneSet`] with a default.
#[derive(Clone, Copy, Debug)]
pub struct Wanted(pub PlaneSet);

impl Default for Wanted {
    fn default() -> Self {
        Self(PlaneSet::LEARNER)
    }
}

/// By plane; meaningless for a plane that is not wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlaneOffsets {
    pub color: u32,
    pub radiance: u32,
    pub z_depth: u32,
    pub instance: u32,
    pub class_part: u32,
    pub normal: u32,
    pub flow: u32,
    pub object_coords: u32,
    pub albedo: u32,
    pub behind_z_depth: u32,
    pub behind_instance: u32,
    pub sums: u32,
}

/// Bands that go through the passes together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chunk {
    pub bands: u32,
    /// Largest width, and numbers of rows with and without the halo.
    pub width: u32,
    pub rows: u32,
    pub out_rows: u32,
    pub side: u32,
    /// Points there is room for.
    pub points: u64,
    pub color: bool,
    pub albedo: bool,
    pub amodal: bool,
    pub labels: bool,
    pub details: bool,
}

/// Bands whose paths are traced together, in several dispatches.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathChunk {
    pub bands: u32,
    /// Largest width and number of rows.
    pub width: u32,
    pub rows: u32,
    /// Of its uniforms, one a dispatch.
    pub uniforms: u32,
    pub dispatches: u32,
}

/// A chunk that takes more bands.
struct OpenChunk {
    planes: PlaneSet,
    bands: Vec<[Vector; 2]>,
    pixels: u64,
    chunk: Chunk,
}

/// `Chunk` of `bindings.wgsl`.
pub type ChunkWords = [u32; 12];

/// What one step may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Vectors of scratch memory of a chunk's passes.
    pub scratch: u64,
    /// Paths of each pixel in a dispatch.
    pub samples: u32,
}

/// A batch ready to be uploaded.
pub struct Plan {
    pub batch: Vec<Vector>,
    pub top: Vec<Vector>,
    pub chunks: Vec<Chunk>,
    pub path_chunks: Vec<PathChunk>,
    /// Two a chunk: for the pass over pixel centres, and over colour samples; then one a dispatch
    /// of paths.
    pub uniforms: Vec<ChunkWords>,
    pub layouts: Vec<ViewLayout>,
    pub plane_words: u64,
    pub counter_words: u32,
    pub scratch_vectors: u64,
    pub primary_rays: u64,
    /// What the shaders must be made for.
    pub stack: u32,
    pub rects: u32,
    pub side: u32,
}

/// Bytes read back of any batch, beside those of its views: counters and two times.
pub const READBACK_BYTES: u64 = 4 * (RAY_COUNTERS as u64 + 1) + 16;

/// Bytes that a view adds to those, at most.
pub fn readback_bytes(job: &ViewJob) -> u64 {
    let view = &job.view;
    let coverage = if view.planes.amodal {
        COVERAGE_WORDS * job.frame.instances
    } else {
        0
    };
    // Each chunk counts its points, and has a band at least.
    let chunks = view.height.div_ceil(BAND_STEP);
    4 * (layout(job, 0).1 + u64::from(coverage) + u64::from(chunks))
}

fn layout(job: &ViewJob, start: u64) -> (PlaneOffsets, u64) {
    let n = u64::from(job.view.width) * u64::from(job.view.height);
    let packed = n.div_ceil(4) * 3;
    let p = &job.view.planes;
    let mut end = start;
    let mut take = |wanted: bool, words: u64| {
        let at = end;
        if wanted {
            end += words;
        }
        at as u32
    };
    let offsets = PlaneOffsets {
        color: take(p.color, packed),
        radiance: take(p.radiance, 3 * n),
        z_depth: take(p.z_depth, n),
        instance: take(p.instance, n),
        class_part: take(p.class || p.part, n),
        normal: take(p.normal, 3 * n),
        flow: take(p.flow, 2 * n),
        object_coords: take(p.object_coords, 3 * n),
        albedo: take(p.albedo, packed),
        behind_z_depth: take(p.behind, n),
        behind_instance: take(p.behind, n),
        sums: match &job.view.paths {
            Some(paths) => take(true, n * u64::from(paths.words_per_pixel())),
            None => 0,
        },
    };
    (offsets, end - start)
}

impl PlaneOffsets {
    fn vectors(&self) -> [Vector; 3] {
        [
            [self.color, self.radiance, self.z_depth, self.instance],
            [self.class_part, self.normal, self.flow, self.object_coords],
            [self.albedo, self.behind_z_depth, self.behind_instance, 0],
        ]
    }
}

/// Vectors of scratch memory a pixel needs.
fn scratch_per_pixel(side: u32, color: bool) -> u64 {
    let samples = u64::from(side * side);
    let fine = if side > 1 { samples } else { 0 };
    let points = if color { POINT_SIZE * samples } else { 0 };
    2 + fine + points
}

impl Plan {
    /// Lays out `jobs`; `top_at` is where in the node buffer the top-level trees go.
    ///
    /// # Errors
    /// If a few rows of one view need more scratch memory than that.
    pub fn new(jobs: &[ViewJob], top_at: u32, limits: &Limits) -> Result<Self, GpuError> {
        let mut plan = Self {
            batch: Vec::new(),
            top: Vec::new(),
            chunks: Vec::new(),
            path_chunks: Vec::new(),
            uniforms: Vec::new(),
            layouts: Vec::new(),
            plane_words: 0,
            counter_words: RAY_COUNTERS + 1,
            scratch_vectors: 0,
            primary_rays: 0,
            stack: 0,
            rects: 0,
            side: 1,
        };
        let mut frames: HashMap<*const EncodedFrame, [u32; 3]> = HashMap::new();
        let mut emitters: HashMap<*const Vec<Vector>, u32> = HashMap::new();
        let mut tables: HashMap<*const RayTable, u32> = HashMap::new();
        let mut materials: HashMap<*const Vec<Vector>, u32> = HashMap::new();
        let mut views = Vec::new();
        for job in jobs {
            let (frame, view) = (&job.frame, &job.view);
            let [top, frame_at, shared] = *frames.entry(Arc::as_ptr(frame)).or_insert_with(|| {
                let top = if frame.top.is_empty() {
                    NONE
                } else {
                    top_at + plan.top.len() as u32
                };
                plan.top.extend_from_slice(&frame.top);
                let shared = materials.entry(Arc::as_ptr(&frame.materials));
                let shared = *shared.or_insert_with(|| {
                    plan.batch.extend_from_slice(&frame.materials);
                    (plan.batch.len() - frame.materials.len()) as u32
                });
                [top, frame.append_to(&mut plan.batch, shared), shared]
            });
            let mut rays = [0; 2];
            for (at, table) in rays.iter_mut().zip(&view.rays) {
                if let Some(table) = table {
                    *at = *tables.entry(Arc::as_ptr(table)).or_insert_with(|| {
                        plan.batch.extend_from_slice(&table.rays);
                        (plan.batch.len() - table.rays.len()) as u32
                    });
                }
            }
            let (planes, words) = layout(job, plan.plane_words);
            let mut of_paths = [0; 4];
            if let Some(paths) = &view.paths {
                let lights = emitters.entry(Arc::as_ptr(&paths.emitters));
                let lights = *lights.or_insert_with(|| {
                    plan.batch.extend_from_slice(&paths.emitters);
                    (plan.batch.len() - paths.emitters.len()) as u32
                });
                let (batch, trees) = (&mut plan.batch, &mut plan.top);
                let own = [top, frame_at, shared];
                let [moments, count] = paths.append_to(batch, trees, top_at, own);
                of_paths = [moments, count, lights, planes.sums];
                plan.stack = plan.stack.max(paths.stack);
            }
            plan.plane_words += words;
            let coverage = plan.counter_words;
            if view.planes.amodal {
                plan.counter_words += COVERAGE_WORDS * frame.instances;
            }
            let place = ViewPlace {
                top,
                frame: frame_at,
                rays,
                coverage,
                planes: planes.vectors(),
                paths: of_paths,
            };
            views.push(plan.batch.len() as u32);
            plan.batch.extend(view.record(frame, &place));
            plan.layouts.push(ViewLayout {
                width: view.width,
                height: view.height,
                planes,
                coverage,
                instances: frame.instances,
                wanted: Wanted(view.wanted),
                paths: view.paths.as_ref().map(|paths| PathsLayout {
                    samples: paths.samples,
                    denoise: paths.denoise,
                    words: paths.words_per_pixel(),
                }),
            });
            plan.stack = plan.stack.max(frame.stack);
            plan.rects = plan.rects.max(frame.rects);
            plan.side = plan.side.max(view.side);
            plan.primary_rays += primary_rays(job);
        }
        plan.cut(jobs, &views, limits.scratch)?;
        plan.cut_paths(jobs, &views, limits.samples);
        Ok(plan)
    }

    /// Cuts views into bands and gathers bands into chunks.
    fn cut(&mut self, jobs: &[ViewJob], views: &[u32], limit: u64) -> Result<(), GpuError> {
        let mut open: Option<OpenChunk> = None;
        for (job, &view_at) in jobs.iter().zip(views) {
            let (view, planes) = (&job.view, job.view.planes);
            let color = planes.color || planes.radiance;
            let per_pixel = scratch_per_pixel(view.side, color);
            let per_row = per_pixel * u64::from(view.width);
            let most_rows = (limit / per_row).min(u64::from(view.height)) as u32;
            let halo = if color { HALO } else { 0 };
            let step = if most_rows >= view.height {
                view.height
            } else {
                most_rows.saturating_sub(2 * halo) / BAND_STEP * BAND_STEP
            };
            if step == 0 {
                return Err(GpuError::TooLarge {
                    what: format!("rows of {} pixels with {}² samples", view.width, view.side),
                    needed: 16 * per_row * u64::from(BAND_STEP + 2 * halo),
                    limit: 16 * limit,
                    adapter: "the scratch memory".into(),
                });
            }
            if !needs_passes(&planes) {
                continue;
            }
            for y in (0..view.height).step_by(step as usize) {
                let end = (y + step).min(view.height);
                let (first, last) = (y.saturating_sub(halo), (end + halo).min(view.height));
                let pixels = u64::from(last - first) * u64::from(view.width);
                let takes = |o: &OpenChunk| {
                    (o.planes, o.chunk.side) == (planes, view.side)
                        && (o.pixels + pixels) * per_pixel <= limit
                        && o.bands.len() < 65_535
                };
                if !open.as_ref().is_some_and(takes)
                    && let Some(done) = open.take()
                {
                    self.close(done);
                }
                let open = open.get_or_insert_with(|| {
                    let chunk = Chunk {
                        side: view.side,
                        color,
                        albedo: planes.albedo,
                        amodal: planes.amodal,
                        labels: planes.z_depth || planes.instance || planes.class || planes.part,
                        details: has_details(&planes),
                        ..Chunk::default()
                    };
                    OpenChunk {
                        planes,
                        bands: Vec::new(),
                        pixels: 0,
                        chunk,
                    }
                });
                open.bands.push([
                    [view_at, first, last - first, open.pixels as u32],
                    [y, end, 0, 0],
                ]);
                open.pixels += pixels;
                let chunk = &mut open.chunk;
                chunk.bands += 1;
                chunk.width = chunk.width.max(view.width);
                chunk.rows = chunk.rows.max(last - first);
                chunk.out_rows = chunk.out_rows.max(end - y);
            }
        }
        if let Some(done) = open {
            self.close(done);
        }
        Ok(())
    }

    /// Cuts the paths of views into dispatches that none takes long.
    fn cut_paths(&mut self, jobs: &[ViewJob], views: &[u32], most: u32) {
        // Bands, their pixels, samples of each.
        let mut open: (Vec<[Vector; 2]>, u64, u32, PathChunk) = Default::default();
        for (job, &view_at) in jobs.iter().zip(views) {
            let view = &job.view;
            let Some(paths) = &view.paths else {
                continue;
            };
            let rows = (MOST_PIXELS / u64::from(view.width)).max(1) as u32;
            for y in (0..view.height).step_by(rows as usize) {
                let end = view.height.min(y.saturating_add(rows));
                let pixels = u64::from(end - y) * u64::from(view.width);
                let (bands, sum, samples, _) = &open;
                let full = *sum + pixels > MOST_PIXELS || bands.len() >= 65_535;
                if !bands.is_empty() && (full || *samples != paths.samples) {
                    self.close_paths(std::mem::take(&mut open), most);
                }
                let (bands, sum, samples, chunk) = &mut open;
                bands.push([[view_at, y, end - y, 0], [y, end, 0, 0]]);
                (*sum, *samples) = (*sum + pixels, paths.samples);
                chunk.width = chunk.width.max(view.width);
                chunk.rows = chunk.rows.max(end - y);
            }
        }
        if !open.0.is_empty() {
            self.close_paths(open, most);
        }
    }

    fn close_paths(
        &mut self,
        (bands, pixels, samples, mut chunk): (Vec<[Vector; 2]>, u64, u32, PathChunk),
        most: u32,
    ) {
        let at = self.batch.len() as u32;
        chunk.bands = bands.len() as u32;
        self.batch.extend(bands.into_iter().flatten());
        chunk.uniforms = self.uniforms.len() as u32;
        let step = (MOST_PATHS / pixels).clamp(1, u64::from(samples.min(most))) as u32;
        chunk.dispatches = samples.div_ceil(step);
        for first in (0..samples).step_by(step as usize) {
            let count = step.min(samples - first);
            self.uniforms
                .push([at, 0, 0, 0, 0, 0, 0, 0, 0, first, count, 0]);
        }
        self.path_chunks.push(chunk);
    }

    fn close(&mut self, open: OpenChunk) {
        let OpenChunk {
            bands,
            pixels,
            mut chunk,
            ..
        } = open;
        let side = chunk.side;
        let samples = u64::from(side * side);
        let band_at = self.batch.len() as u32;
        self.batch.extend(bands.into_iter().flatten());
        let pixels_at = pixels;
        let fine_at = pixels_at + pixels;
        let points_at = fine_at + if side > 1 { samples * pixels } else { 0 };
        self.scratch_vectors = self
            .scratch_vectors
            .max(pixels * scratch_per_pixel(side, chunk.color));
        chunk.points = if chunk.color { samples * pixels } else { 0 };
        let point_counter = self.counter_words;
        self.counter_words += 1;
        for trace_side in [1, side] {
            self.uniforms.push([
                band_at,
                trace_side,
                side,
                point_counter,
                0,
                fine_at as u32,
                pixels_at as u32,
                points_at as u32,
                point_groups(chunk.points)[0] * 64,
                0,
                0,
                0,
            ]);
        }
        self.chunks.push(chunk);
    }
}

/// Workgroups of 64 for so many points, as a grid within the limits of every adapter.
pub fn point_groups(points: u64) -> [u32; 2] {
    let groups = points.div_ceil(64).max(1);
    let columns = groups.min(65_535);
    [columns as u32, groups.div_ceil(columns) as u32]
}

/// Whether any pass has to see what is visible.
fn needs_passes(p: &PlaneSet) -> bool {
    let plain = p.z_depth || p.instance || p.class || p.part || p.amodal;
    plain || p.color || p.radiance || has_details(p)
}

fn has_details(p: &PlaneSet) -> bool {
    p.normal || p.object_coords || p.flow || p.albedo || p.behind
}

/// Rays from the camera through pixel centres and colour samples. (Those that look for what is
/// behind glass come on top, uncounted.)
fn primary_rays(job: &ViewJob) -> u64 {
    let view = &job.view;
    let pixels = u64::from(view.width) * u64::from(view.height);
    let of = |table: &Option<Arc<RayTable>>, n: u64| table.as_ref().map_or(n, |t| t.seeing);
    let paths = view.paths.as_ref().map_or(0, |paths| paths.samples);
    let fine = if paths > 0 {
        pixels * u64::from(paths)
    } else if view.side > 1 {
        of(&view.rays[1], pixels * u64::from(view.side * view.side))
    } else {
        0
    };
    of(&view.rays[0], pixels) + fine
}
