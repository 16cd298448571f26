//! Pictures waiting for the model. Bounded; when it is full the oldest goes, since a newer one is worth more.

use std::collections::VecDeque;
use std::time::Instant;

use iris_bus::FrameJob;
use iris_inference::{BATCH_MAX, BatchSupport, DetectorInfo};
use iris_runtime::CancellationToken;
use parking_lot::{Condvar, Mutex};
use tracing::Span;

/// Pictures waiting at most, in batches: while one batch runs the next fills, and a third absorbs the irregularity of many cameras.
const BATCHES_WAITING_MAX: usize = 3;
/// A model that takes one picture at a time has at least this many waiting at most: one second's worth of a slow model.
const WAITING_MIN: usize = 8;

/// A picture and since when it waits.
pub struct Waiting {
    /// The picture.
    pub job: FrameJob,
    /// When it came.
    pub since: Instant,
    /// What becomes of it, up to its answer.
    pub span: Span,
}

/// The queue.
pub struct Queue {
    waiting: Mutex<State>,
    changed: Condvar,
    batch_max: usize,
    length_max: usize,
    gone: CancellationToken,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Waiting>,
    closed: bool,
}

impl Queue {
    /// As long as suits the model.
    pub fn for_model(model: &DetectorInfo) -> Self {
        let batch_max = match model.max_batch {
            BatchSupport::Fixed(size) => size.max(1),
            BatchSupport::Dynamic => BATCH_MAX,
        };
        let length_max = (batch_max * BATCHES_WAITING_MAX).max(WAITING_MIN);
        let waiting = Mutex::new(State { jobs: VecDeque::with_capacity(length_max), closed: false });
        Self { waiting, changed: Condvar::new(), batch_max, length_max, gone: CancellationToken::new() }
    }

    /// Adds a picture; gives back the oldest when there is no room for both.
    pub fn push(&self, job: Waiting) -> Option<Waiting> {
        let mut state = self.waiting.lock();
        let displaced = if state.jobs.len() == self.length_max { state.jobs.pop_front() } else { None };
        state.jobs.push_back(job);
        self.changed.notify_one();
        displaced
    }

    /// Everything that waits, up to one batch; waits for the first. `None` when the queue is closed and empty.
    pub fn next_batch(&self) -> Option<Vec<Waiting>> {
        let mut state = self.waiting.lock();
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
        let size = state.jobs.len().min(self.batch_max);
        Some(state.jobs.drain(..size).collect())
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.waiting.lock().closed = true;
        self.changed.notify_all();
    }

    /// Cancelled when nobody takes pictures out any more.
    pub fn gone(&self) -> &CancellationToken {
        &self.gone
    }
}
