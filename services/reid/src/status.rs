//! How this node fares, noted by who knows and read by the heartbeat; and the database's component behind `/ready`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use iris_bus::work;
use iris_runtime::{CancellationToken, Component};
use iris_store::StoreError;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::Deps;

/// The database and the queues are asked less often than the bus, of which the library knows by itself.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// Noted now and then, told each second.
#[derive(Debug, Default)]
pub struct Status {
    leader: AtomicBool,
    faces_indexed: AtomicU64,
    bodies_indexed: AtomicU64,
    waiting: AtomicU64,
    /// Whether the database has its schema, so that it may be asked for identities.
    prepared: watch::Sender<bool>,
}

impl Status {
    /// Whether this node decides who is who.
    pub fn leads(&self) -> bool {
        self.leader.load(Ordering::Relaxed)
    }

    /// It does from now on, or no more.
    pub fn set_leader(&self, leader: bool) {
        self.leader.store(leader, Ordering::Relaxed);
        metrics::gauge!("iris_reid_leader").set(if leader { 1.0 } else { 0.0 });
    }

    /// Faces and appearances in the index.
    pub fn indexed(&self) -> (u64, u64) {
        (self.faces_indexed.load(Ordering::Relaxed), self.bodies_indexed.load(Ordering::Relaxed))
    }

    /// So many are in the index now.
    pub fn set_indexed(&self, faces: u64, bodies: u64) {
        self.faces_indexed.store(faces, Ordering::Relaxed);
        self.bodies_indexed.store(bodies, Ordering::Relaxed);
        metrics::gauge!("iris_reid_exemplars_indexed", "kind" => "face").set(faces as f64);
        metrics::gauge!("iris_reid_exemplars_indexed", "kind" => "appearance").set(bodies as f64);
    }

    /// Crops and observations still to be looked at, of all nodes.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Resolves when the database was there for the first time.
    pub async fn database_prepared(&self) {
        let mut prepared = self.prepared.subscribe();
        // The sender is this value's own, so it cannot be gone.
        let _lives = prepared.wait_for(|prepared| *prepared).await;
    }
}

/// Prepares the bus and the database as soon as they are there, and asks how they are, until told to stop.
pub async fn probe(deps: &Deps, postgres: &Component, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match look_after(deps).await {
            Ok(()) => postgres.ready(),
            Err(_) => postgres.not_ready("the database does not answer; observations wait on the bus"),
        }
        count_waiting(deps).await;
    }
}

/// Asks whether the gallery is there, until told to stop. In this process's memory it always is.
pub async fn probe_gallery(deps: &Deps, component: &Component, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match stop.run_until_cancelled(deps.gallery.epoch()).await {
            Some(Ok(_)) => component.ready(),
            // Its words change from try to try.
            Some(Err(error)) if error.is_transient() => {
                component.not_ready("Qdrant does not answer; observations wait on the bus");
            }
            Some(Err(error)) => component.not_ready(error.to_string()),
            None => {}
        }
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

async fn count_waiting(deps: &Deps) {
    let (crops, observations) =
        tokio::join!(deps.bus.unfinished(work::EMBEDDING), deps.bus.unfinished(work::ASSOCIATION));
    if let (Ok(crops), Ok(observations)) = (crops, observations) {
        deps.status.waiting.store(crops + observations, Ordering::Relaxed);
        metrics::gauge!("iris_reid_waiting", "what" => "crops").set(crops as f64);
        metrics::gauge!("iris_reid_waiting", "what" => "observations").set(observations as f64);
    }
}
