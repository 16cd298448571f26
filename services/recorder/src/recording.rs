//! The events that are not finished, each with a task of its own: so none waits for another, whatever its camera, its clip or the
//! database does. An event's task keeps its journal, tells Postgres and the bus, pins segments and cuts the clip; it ends when
//! the last step was told, and leaves nothing but the row and the files of the library.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use iris_bus::Bus;
use iris_domain::presence::PresenceSummary;
use iris_domain::{EventId, EventKey};
use iris_library::MediaPath;
use iris_runtime::{CancellationToken, Tasks};
use parking_lot::Mutex;
use tokio::sync::watch;
use tracing::{Instrument, debug_span};

use crate::journal::{Entry, Journal, Stage, Subject};
use crate::{Deps, blocking, cut, telling};

/// Events that are not finished, at most. Each is a small file and a waiting task; so many mean that the database or the bus
/// has been away for a day. Beyond it no presence is recorded, and each is told in the log.
const UNFINISHED_MAX: usize = 20_000;
/// What a stop waits for at most: a clip that is being cut.
const DRAIN_WITHIN: Duration = Duration::from_secs(6);
/// The journal follows a presence no closer than this.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// One unfinished event, shared by its task and by whoever makes it go on.
#[derive(Debug)]
pub struct Recording {
    entry: watch::Sender<Entry>,
    outcome: watch::Sender<Option<Outcome>>,
    discarded: CancellationToken,
    /// Its files.
    pub journal: Journal,
}

/// How an event ended, once its row says so.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With a clip of this length.
    Ready(EventId, Duration),
    /// Without one, and why.
    Failed(String),
    /// It was deleted meanwhile.
    Discarded,
}

impl Recording {
    fn new(entry: Entry, journal: Journal) -> Self {
        let (entry, outcome) = (watch::Sender::new(entry), watch::Sender::new(None));
        Self { entry, outcome, discarded: CancellationToken::new(), journal }
    }

    /// The event and its changes.
    pub fn entries(&self) -> watch::Receiver<Entry> {
        self.entry.subscribe()
    }

    /// How it ends; `None` while it has not.
    pub fn outcome(&self) -> watch::Receiver<Option<Outcome>> {
        self.outcome.subscribe()
    }

    /// The event as it is now.
    pub fn now(&self) -> Entry {
        self.entry.borrow().clone()
    }

    /// The presence goes on.
    pub fn goes_on(&self, summary: &PresenceSummary) {
        self.entry.send_modify(|entry| entry.subject = Subject::Presence(summary.clone()));
    }

    /// The presence is over.
    pub fn close(&self, summary: PresenceSummary) {
        self.entry.send_modify(|entry| {
            entry.subject = Subject::Presence(summary);
            entry.stage = Stage::Pending;
        });
    }

    /// A step of the clip.
    pub fn reach(&self, stage: Stage) {
        self.entry.send_modify(|entry| entry.stage = stage);
    }

    /// Resolves when the event is no longer at `stage`.
    pub async fn leaves(&self, stage: &Stage) {
        let mut entries = self.entries();
        // The sender is this value's own, so it cannot be gone.
        let _lives = entries.wait_for(|entry| entry.stage != *stage).await;
    }

    /// The row says how it ended.
    pub fn ended(&self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }

    /// Whether the event was deleted, or its camera.
    pub fn is_discarded(&self) -> bool {
        self.discarded.is_cancelled()
    }

    /// Resolves when the event was deleted.
    pub fn discarded(&self) -> &CancellationToken {
        &self.discarded
    }
}

/// All unfinished events. Clones are the same.
#[derive(Clone)]
pub struct Recordings {
    deps: Deps,
    tasks: Tasks,
    unfinished: Arc<Mutex<BTreeMap<EventKey, Arc<Recording>>>>,
}

impl Recordings {
    /// None yet; their tasks are part of `tasks`.
    pub fn new(deps: Deps, tasks: &Tasks) -> Self {
        Self { deps, tasks: tasks.child(), unfinished: Arc::default() }
    }

    /// Takes up an event, new or read from its journal; `None` when there are too many.
    pub fn take_up(&self, entry: Entry) -> Option<Arc<Recording>> {
        let (key, camera) = (entry.key, entry.camera);
        let journal = Journal::of(self.deps.cell.journals(), key);
        let recording = Arc::new(Recording::new(entry, journal));
        {
            let mut unfinished = self.unfinished.lock();
            if unfinished.len() >= UNFINISHED_MAX {
                metrics::counter!("iris_recorder_events_refused_total").increment(1);
                tracing::error!(camera.id = %camera, "{UNFINISHED_MAX} events are unfinished; a presence is not recorded");
                return None;
            }
            unfinished.insert(key, recording.clone());
        }
        // Part of what opened it: a picture, or an operator's request.
        let span = debug_span!("event", event.key = %key, camera.id = %camera);
        let (this, shared) = (self.clone(), recording.clone());
        self.tasks.supervise(format!("event {key}"), move |stop| {
            let (this, recording) = (this.clone(), shared.clone());
            async move {
                if follow(&this.deps, &recording, &stop).await? {
                    this.unfinished.lock().remove(&key);
                }
                Ok(())
            }
            .instrument(span.clone())
        });
        Some(recording)
    }

    /// The bus that their pictures come by.
    pub fn bus(&self) -> &Bus {
        &self.deps.bus
    }

    /// Resolves when every event's task has ended, after a stop: then nothing writes into a journal any more.
    pub async fn drained(&self) {
        if let Err(late) = self.tasks.drain(DRAIN_WITHIN).await {
            tracing::warn!("{late}; their journals are taken up at the next start");
        }
    }

    /// Those there are now.
    pub fn all(&self) -> Vec<Arc<Recording>> {
        self.unfinished.lock().values().cloned().collect()
    }

    /// How many presences go on, and how many clips are still to be cut.
    pub fn counts(&self) -> (usize, usize) {
        let unfinished = self.unfinished.lock();
        let count = |wanted: fn(&Stage) -> bool| {
            unfinished.values().filter(|recording| wanted(&recording.entry.borrow().stage)).count()
        };
        (count(|stage| *stage == Stage::Recording), count(|stage| *stage == Stage::Pending))
    }
}

/// An event from where it stands to its end; false when it was told to stop before.
async fn follow(deps: &Deps, recording: &Recording, stop: &CancellationToken) -> anyhow::Result<bool> {
    // Whatever the disk says, the event goes on: a full disk costs the journal, not the event.
    save(recording, true).await;
    let work =
        async { tokio::join!(telling::tell(deps, recording), keep_journal(recording), cut::finish(deps, recording)).0 };
    let Some(told) = stop.run_until_cancelled(work).await else {
        save(recording, true).await;
        return Ok(false);
    };
    if told == Outcome::Discarded {
        remove_files(deps, recording).await;
    }
    recording.ended(told);
    let journal = recording.journal.clone();
    blocking(move || journal.remove()).await.context("remove the journal of a finished event")?;
    Ok(true)
}

/// Writes down what changes until the event needs no journal any more: each step at once, the rest once a second.
async fn keep_journal(recording: &Recording) {
    let mut entries = recording.entries();
    let mut saved = recording.now();
    while !recording.is_discarded() && !saved.stage.is_final() {
        let changed = async { tokio::join!(tokio::time::sleep(PROGRESS_EVERY), entries.changed()).1 };
        let stepped = recording.leaves(&saved.stage);
        tokio::select! {
            _ = changed => {}
            () = stepped => {}
            () = recording.discarded().cancelled() => return,
        }
        let entry = entries.borrow_and_update().clone();
        save(recording, entry.stage != saved.stage).await;
        saved = entry;
    }
}

/// Writes the journal; a failure is told and made good by the next change or the next start of the task.
async fn save(recording: &Recording, step: bool) {
    let (journal, entry) = (recording.journal.clone(), recording.now());
    let key = entry.key;
    let saved = blocking(move || if step { journal.save_step(&entry) } else { journal.save_progress(&entry) }).await;
    if let Err(error) = saved {
        metrics::counter!("iris_recorder_journal_failures_total").increment(1);
        // A step is told each time; what follows every second is only counted.
        if step {
            tracing::error!(event.key = %key, "write the journal of event {key}: {error:#}");
        }
    }
}

/// Removes what a deleted event has left in the library.
async fn remove_files(deps: &Deps, recording: &Recording) {
    let entry = recording.now();
    let library = deps.library.clone();
    let (key, ts) = (entry.key, entry.span().start);
    let removed = blocking(move || {
        library.delete(&MediaPath::clip(key, ts))?;
        library.delete(&MediaPath::thumbnail(key, ts))
    });
    if let Err(error) = removed.await {
        tracing::warn!(event.key = %key, "remove the files of a deleted event: {error:#}; the next sweep tries again");
    }
}
