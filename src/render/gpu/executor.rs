//! Views of many threads in common batches, and what happens when the device is lost.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::encode::{Encoder, ViewJob};
use super::{GpuDevice, GpuError, GpuRenderer, RING};
use crate::render::{Frame, Renderer, Scratch, View, ViewOptions};

/// Fresh devices opened before the CPU takes over for good.
const MOST_RESTARTS: u32 = 3;

/// One scene on a GPU, for any number of threads.
///
/// A thread that wants views puts them in a queue. If fewer than [`RING`] batches are under way it
/// takes all that is queued, its own and others', as one batch; else it waits for a batch to end.
pub struct GpuExecutor {
    encoder: Arc<Encoder>,
    name: String,
    number: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// `None` when the CPU has taken over.
    renderer: Option<GpuRenderer>,
    /// Counts renderers.
    generation: u64,
    queue: VecDeque<(u64, Vec<ViewJob>)>,
    done: HashMap<u64, Result<Vec<View>, GpuError>>,
    next: u64,
    under_way: usize,
    report: GpuReport,
}

/// What did not go as it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuReport {
    /// Devices lost or failed.
    pub lost: u32,
    /// Views made on the CPU instead.
    pub views_on_cpu: u64,
    /// What was reported first.
    pub first_error: Option<String>,
}

impl GpuExecutor {
    /// Uploads a scene.
    ///
    /// # Errors
    /// If it does not fit the adapter, or memory or device fails.
    pub fn new(renderer: &Renderer<'_>, device: &GpuDevice) -> Result<Self, GpuError> {
        let gpu = GpuRenderer::new(renderer, device)?;
        Ok(Self {
            encoder: gpu.encoder(),
            name: device.name().into(),
            number: device.number(),
            state: Mutex::new(State {
                renderer: Some(gpu),
                generation: 0,
                queue: VecDeque::new(),
                done: HashMap::new(),
                next: 0,
                under_way: 0,
                report: GpuReport::default(),
            }),
            changed: Condvar::new(),
        })
    }

    /// Of the adapter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What went wrong so far.
    pub fn report(&self) -> GpuReport {
        self.lock().report.clone()
    }

    /// Views of these cameras of a frame; on the CPU if no GPU can.
    pub fn views(
        &self,
        frame: &Frame<'_>,
        cameras: &[usize],
        options: &ViewOptions,
        scratch: &mut Scratch,
    ) -> Vec<View> {
        let encoded = self.encoder.frame(frame);
        let job = |&camera: &usize| self.encoder.job(frame, &encoded, camera, options);
        let jobs: Vec<ViewJob> = cameras.iter().map(job).collect();
        loop {
            let generation = self.lock().generation;
            match self.run(jobs.clone()) {
                Ok(views) => return views,
                Err(error) if self.recover(generation, frame.renderer, &error) => {}
                Err(_) => break,
            }
        }
        self.lock().report.views_on_cpu += cameras.len() as u64;
        let view = |&camera: &usize| frame.view(camera, options, scratch);
        cameras.iter().map(view).collect()
    }

    /// The state stays whole if a thread panics: what may panic runs outside the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, jobs: Vec<ViewJob>) -> Result<Vec<View>, GpuError> {
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        state.queue.push_back((id, jobs));
        loop {
            if let Some(result) = state.done.remove(&id) {
                return result;
            }
            if state.under_way < RING && !state.queue.is_empty() {
                state = self.lead(state);
            } else {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Takes what is queued as one batch and hands out its views.
    fn lead<'l>(&'l self, mut state: MutexGuard<'l, State>) -> MutexGuard<'l, State> {
        let (mut owners, mut batch) = (Vec::new(), Vec::new());
        let submitted = match &mut state.renderer {
            Some(_) => Ok(()),
            None => Err(GpuError::DeviceLost("the CPU has taken over".into())),
        };
        while let Some((id, jobs)) = state.queue.pop_front() {
            let before = batch.len();
            batch.extend(jobs.iter().cloned());
            let fits = match &state.renderer {
                Some(gpu) => gpu.batch_len(&batch).is_ok_and(|n| n == batch.len()),
                None => true,
            };
            if !fits && before > 0 {
                batch.truncate(before);
                state.queue.push_front((id, jobs));
                break;
            }
            owners.push((id, batch.len() - before));
        }
        // What is too large for one batch alone goes in several, one after the other.
        let mut tickets = Vec::new();
        let mut result = submitted;
        let mut rest = &batch[..];
        while result.is_ok() && !rest.is_empty() {
            let Some(gpu) = &mut state.renderer else {
                break;
            };
            let started = gpu.batch_len(rest).and_then(|n| {
                let (now, later) = rest.split_at(n);
                rest = later;
                gpu.submit(now)
            });
            match started {
                Ok(ticket) => tickets.push(ticket),
                Err(error) => result = Err(error),
            }
        }
        state.under_way += 1;
        drop(state);

        let mut views = Vec::new();
        for ticket in tickets {
            match ticket.collect() {
                Ok(batch) => views.extend(batch.views),
                Err(error) => result = result.and(Err(error)),
            }
        }
        let mut views = views.into_iter();
        let mut state = self.lock();
        for (id, count) in owners {
            let own = match &result {
                Ok(()) => Ok(views.by_ref().take(count).collect()),
                Err(error) => Err(error.clone()),
            };
            state.done.insert(id, own);
        }
        state.under_way -= 1;
        self.changed.notify_all();
        state
    }

    /// After a failure of renderer `generation`: whether the GPU is worth another try.
    fn recover(&self, generation: u64, scene: &Renderer<'_>, error: &GpuError) -> bool {
        let mut state = self.lock();
        state
            .report
            .first_error
            .get_or_insert_with(|| error.to_string());
        if matches!(error, GpuError::TooLarge { .. } | GpuError::CutShort { .. }) {
            // The device is all right; this view is not for it.
            return false;
        }
        if state.generation != generation {
            return true;
        }
        if state.renderer.is_none() {
            return false;
        }
        state.generation += 1;
        state.report.lost += 1;
        // Before the new one: two may not fit the memory.
        state.renderer = None;
        if state.report.lost <= MOST_RESTARTS {
            let fresh = GpuDevice::open(self.number);
            state.renderer = fresh.and_then(|d| GpuRenderer::new(scene, &d)).ok();
        }
        state.renderer.is_some()
    }

    /// Loses the device, as a driver might. For tests of what happens then.
    pub fn lose_device(&self) {
        if let Some(renderer) = &self.lock().renderer {
            renderer.device().lose();
        }
    }
}
