//! Episodes and their frames on a few threads. Which thread does what changes nothing but time.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What is to be done. Called from several threads at once.
pub(super) trait Work: Sync {
    /// An episode that has begun.
    type Episode: Send + Sync;
    /// Buffers of one thread.
    type Scratch: Default;
    type Error: Send;

    /// Begins an episode; its frames are 0 … the number returned. `None`: nothing to do.
    fn begin(&self, episode: u64) -> Result<Option<(Self::Episode, u32)>, Self::Error>;

    /// Does one frame of an episode that has begun.
    fn frame(
        &self,
        episode: &Self::Episode,
        frame: u32,
        scratch: &mut Self::Scratch,
    ) -> Result<(), Self::Error>;
}

/// Does all frames of all episodes; stops at the first error.
///
/// Frames that are ready go before new episodes, so at most `threads` episodes are in memory.
pub(super) fn run<W: Work>(
    work: &W,
    episodes: std::ops::Range<u64>,
    threads: usize,
) -> Result<(), W::Error> {
    let shared = Shared {
        queue: Mutex::new(Queue {
            episodes,
            ready: VecDeque::new(),
            beginning: 0,
            stopped: false,
            error: None,
        }),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| worker(work, &shared));
        }
    });
    match shared.lock().error.take() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

struct Queue<W: Work> {
    episodes: std::ops::Range<u64>,
    ready: VecDeque<(Arc<W::Episode>, u32)>,
    /// Episodes that are being begun: their frames are still to come.
    beginning: usize,
    stopped: bool,
    error: Option<W::Error>,
}

struct Shared<W: Work> {
    queue: Mutex<Queue<W>>,
    changed: Condvar,
}

impl<W: Work> Shared<W> {
    /// The queue stays whole if a thread panics: tasks run outside the lock.
    fn lock(&self) -> MutexGuard<'_, Queue<W>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, error: Option<W::Error>) {
        let mut queue = self.lock();
        queue.stopped = true;
        queue.error = queue.error.take().or(error);
        self.changed.notify_all();
    }

    fn next(&self) -> Option<Task<W>> {
        let mut queue = self.lock();
        loop {
            if queue.stopped {
                return None;
            }
            if let Some((episode, frame)) = queue.ready.pop_front() {
                return Some(Task::Frame(episode, frame));
            }
            if let Some(episode) = queue.episodes.next() {
                queue.beginning += 1;
                return Some(Task::Begin(episode));
            }
            if queue.beginning == 0 {
                return None;
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

enum Task<W: Work> {
    Begin(u64),
    Frame(Arc<W::Episode>, u32),
}

fn worker<W: Work>(work: &W, shared: &Shared<W>) {
    /// Lets the other threads end if this one panics.
    struct StopOnPanic<'a, W: Work>(&'a Shared<W>);
    impl<W: Work> Drop for StopOnPanic<'_, W> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                self.0.stop(None);
            }
        }
    }
    let _stop = StopOnPanic(shared);

    let mut scratch = W::Scratch::default();
    while let Some(task) = shared.next() {
        let result = match task {
            Task::Frame(episode, frame) => work.frame(&episode, frame, &mut scratch),
            Task::Begin(episode) => work.begin(episode).map(|begun| {
                let mut queue = shared.lock();
                queue.beginning -= 1;
                if let Some((episode, frames)) = begun {
                    let episode = Arc::new(episode);
                    queue
                        .ready
                        .extend((0..frames).map(|f| (episode.clone(), f)));
                }
                shared.changed.notify_all();
            }),
        };
        if let Err(error) = result {
            shared.stop(Some(error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Episode `e` has `e % 3` frames.
    struct Recorder {
        done: Mutex<Vec<(u64, u32)>>,
        fail_at: Option<(u64, u32)>,
    }

    impl Work for Recorder {
        type Episode = u64;
        type Scratch = ();
        type Error = (u64, u32);

        fn begin(&self, episode: u64) -> Result<Option<(u64, u32)>, (u64, u32)> {
            Ok((!episode.is_multiple_of(3)).then_some((episode, (episode % 3) as u32)))
        }

        fn frame(&self, &episode: &u64, frame: u32, _: &mut ()) -> Result<(), (u64, u32)> {
            if self.fail_at == Some((episode, frame)) {
                return Err((episode, frame));
            }
            self.done.lock().unwrap().push((episode, frame));
            Ok(())
        }
    }

    fn record(threads: usize, fail_at: Option<(u64, u32)>) -> (Result<(), (u64, u32)>, usize) {
        let recorder = Recorder {
            done: Mutex::default(),
            fail_at,
        };
        let result = run(&recorder, 0..30, threads);
        let done = recorder.done.into_inner().unwrap();
        let distinct: BTreeSet<_> = done.iter().collect();
        assert_eq!(distinct.len(), done.len(), "a frame was done twice");
        (result, done.len())
    }

    #[test]
    fn every_frame_is_done_once_on_any_number_of_threads() {
        for threads in [1, 2, 7] {
            assert_eq!(record(threads, None), (Ok(()), 30));
        }
    }

    #[test]
    fn an_error_ends_all_threads() {
        for threads in [1, 4] {
            let (result, done) = record(threads, Some((4, 0)));
            assert_eq!(result, Err((4, 0)));
            assert!(done < 30);
        }
    }
}
