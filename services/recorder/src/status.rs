//! How this recorder fares: the components behind `/ready`, and the heartbeat once a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use iris_bus::Pulse;
use iris_bus::message::{RecorderState, ServiceState};
use iris_bus::pulse::BEAT_EVERY;
use iris_domain::InstanceId;
use iris_runtime::{CancellationToken, Component, Context};
use iris_store::StoreError;
use tokio::sync::watch;

use crate::recording::Recordings;
use crate::{Deps, blocking};

/// The database and the disk are asked less often than the bus, of which the library knows by itself.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// No length of time.
const NEVER: u64 = u64::MAX;

/// Measured now and then, told each second.
#[derive(Debug)]
pub struct Status {
    disk_free_bytes: AtomicU64,
    library_bytes: AtomicU64,
    bytes_a_day: AtomicU64,
    /// [`NEVER`] where the room lasts.
    full_in_seconds: AtomicU64,
    /// Whether the database has its schema, so that it may be asked for events.
    prepared: watch::Sender<bool>,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            disk_free_bytes: AtomicU64::default(),
            library_bytes: AtomicU64::default(),
            bytes_a_day: AtomicU64::default(),
            full_in_seconds: AtomicU64::new(NEVER),
            prepared: watch::Sender::default(),
        }
    }
}

impl Status {
    /// The size of all clips together.
    pub fn set_library_bytes(&self, bytes: u64) {
        self.library_bytes.store(bytes, Ordering::Relaxed);
    }

    /// What clips take a day, and how long there is room for that; `None` is for good.
    pub fn set_forecast(&self, bytes_a_day: u64, full_in: Option<Duration>) {
        self.bytes_a_day.store(bytes_a_day, Ordering::Relaxed);
        self.full_in_seconds.store(full_in.map_or(NEVER, |time| time.as_secs()), Ordering::Relaxed);
    }

    /// Resolves when the database was there for the first time.
    pub async fn database_prepared(&self) {
        let mut prepared = self.prepared.subscribe();
        // The sender is this value's own, so it cannot be gone.
        let _lives = prepared.wait_for(|prepared| *prepared).await;
    }
}

/// Says that this process is there, at work or standing by.
pub struct Speaker {
    deps: Deps,
    pulse: Pulse,
    bus: Component,
    context: Context,
}

impl Speaker {
    /// Speaks for this process.
    pub fn new(context: &Context, deps: &Deps, instance: InstanceId) -> Self {
        let pulse = Pulse::new(&deps.bus, instance, context.service.version);
        Self { deps: deps.clone(), pulse, bus: context.health.component("bus"), context: context.clone() }
    }

    /// Speaks once a second until told to stop.
    pub async fn run(&self, recordings: Recordings, stop: &CancellationToken) {
        let mut beat = tokio::time::interval(BEAT_EVERY);
        while stop.run_until_cancelled(beat.tick()).await.is_some() {
            if self.deps.bus.is_connected() {
                self.bus.ready();
            } else {
                self.bus.not_ready("the message bus is not reachable");
            }
            self.beat(&recordings);
        }
    }

    fn beat(&self, recordings: &Recordings) {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (open, pending) = recordings.counts();
        metrics::gauge!("iris_recorder_events_open").set(open as f64);
        metrics::gauge!("iris_recorder_clips_pending").set(pending as f64);
        let not_ready = self.context.health.not_ready();
        let degraded = not_ready.iter().map(|(name, reason)| format!("{name}: {reason}")).collect::<Vec<_>>();
        let state = RecorderState {
            events_open: count(open),
            clips_pending: count(pending),
            disk_free_bytes: self.deps.status.disk_free_bytes.load(Ordering::Relaxed),
            library_bytes: self.deps.status.library_bytes.load(Ordering::Relaxed),
            bytes_a_day: self.deps.status.bytes_a_day.load(Ordering::Relaxed),
            full_in_seconds: Some(self.deps.status.full_in_seconds.load(Ordering::Relaxed))
                .filter(|time| *time != NEVER),
        };
        self.pulse.beat(ServiceState::Recorder(state), (!degraded.is_empty()).then(|| degraded.join("; ")));
    }
}

/// Brings the schema up to date once, as every service does that needs it, then asks whether the database is there.
async fn look_after(deps: &Deps) -> Result<(), StoreError> {
    if *deps.status.prepared.borrow() {
        return deps.store.ping().await;
    }
    deps.store.migrate().await?;
    deps.status.prepared.send_replace(true);
    Ok(())
}

/// Prepares the bus for facts and the database for events, as soon as they are there, and asks the database and the disk how they
/// are, until told to stop.
pub async fn probe(deps: &Deps, postgres: &Component, disk: &Component, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    let mut facts_prepared = false;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        facts_prepared = facts_prepared || deps.bus.prepare_facts().await.is_ok();
        match look_after(deps).await {
            Ok(()) => postgres.ready(),
            Err(_) => postgres.not_ready("the database does not answer; events wait in the journal"),
        }
        let library = deps.library.clone();
        match blocking(move || library.space()).await {
            Ok(space) => {
                deps.status.disk_free_bytes.store(space.free_bytes, Ordering::Relaxed);
                if space.free_bytes > 0 { disk.ready() } else { disk.not_ready("no space left") }
            }
            Err(error) => disk.not_ready(format!("the media folder cannot be measured: {error:#}")),
        }
    }
}
