//! Which cameras run here: those that are wanted, enabled, this process's share, and leased to it.
//!
//! Recording goes on without the bus: a lease that cannot be renewed because nobody can be asked is kept, and a process that starts
//! without the bus runs what it remembers. A lease that is another's ends the camera here at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use iris_bus::leases::RENEW_EVERY;
use iris_bus::message::WantedCamera;
use iris_bus::{CameraTable, Lease, LeaseError, Leases};
use iris_domain::{CameraId, Timestamp, assignment};
use iris_runtime::Context;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::Deps;
use crate::camera::CameraWorker;
use crate::heartbeat::States;
use crate::peers::Peers;
use crate::wanted::Wanted;

/// How often wanted and actual are compared when nothing was said.
const COMPARE_EVERY: Duration = Duration::from_secs(1);
/// How often what other buffers hold is compared with its age.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
/// A start without the bus waits this long for it before it runs the remembered cameras.
const BUS_PATIENCE: Duration = Duration::from_secs(3);

struct Owner {
    context: Context,
    deps: Deps,
    states: States,
    leases: Option<Leases>,
    running: BTreeMap<CameraId, Running>,
    renewed: Instant,
    expired: Instant,
    started: Instant,
    /// The bus was there once: without it no further camera may be taken.
    seen_bus: bool,
}

struct Running {
    wanted: WantedCamera,
    worker: CameraWorker,
    /// None while the camera runs without the bus.
    lease: Option<Lease>,
}

/// Compares wanted with actual until the context says stop, then stops every camera.
pub async fn run(
    context: &Context,
    deps: Deps,
    mut wanted: watch::Receiver<Wanted>,
    mut peers: watch::Receiver<Peers>,
    states: States,
) {
    let now = Instant::now();
    let mut owner = Owner {
        context: context.clone(),
        deps,
        states,
        leases: None,
        running: BTreeMap::new(),
        renewed: now,
        expired: now,
        started: now,
        seen_bus: false,
    };
    let mut compare = tokio::time::interval(COMPARE_EVERY);
    loop {
        tokio::select! {
            () = context.shutdown.cancelled() => break,
            _ = compare.tick() => {}
            _ = wanted.changed() => {}
            _ = peers.changed() => {}
        }
        let (table, members) = (wanted.borrow_and_update().clone(), peers.borrow_and_update().clone());
        owner.compare(&table, &members).await;
    }
    let all: Vec<CameraId> = owner.running.keys().copied().collect();
    owner.stop(all).await;
}

impl Owner {
    async fn compare(&mut self, wanted: &Wanted, members: &Peers) {
        let connected = self.deps.bus.is_connected();
        self.seen_bus |= connected;
        self.expire_buffers_left();
        let mine = self.share(&wanted.cameras, members);
        let leaving = self.running.keys().filter(|id| !mine.contains_key(id)).copied().collect();
        self.stop(leaving).await;
        self.adjust(&mine).await;
        if connected {
            self.renew().await;
            self.take(&mine).await;
            if wanted.confirmed {
                self.remove_buffers_of_deleted(&wanted.cameras);
            }
        } else if !self.seen_bus && self.started.elapsed() >= BUS_PATIENCE {
            for camera in mine.into_values() {
                self.start(camera.clone(), None);
            }
        }
    }

    /// The enabled cameras that are this process's to run.
    fn share<'a>(&self, cameras: &'a CameraTable, members: &Peers) -> BTreeMap<CameraId, &'a WantedCamera> {
        let is_mine = |id: CameraId| assignment::owner(id, members) == Some(&self.deps.instance);
        cameras
            .iter()
            .filter(|(id, camera)| camera.enabled && is_mine(**id))
            .map(|(id, camera)| (*id, camera))
            .collect()
    }

    /// Brings running cameras up to date: a new source means a new connection, anything else does not.
    async fn adjust(&mut self, mine: &BTreeMap<CameraId, &WantedCamera>) {
        let mut repointed = Vec::new();
        for (id, running) in &mut self.running {
            let Some(wanted) = mine.get(id).filter(|wanted| ***wanted != running.wanted) else { continue };
            if same_stream(&running.wanted, wanted) {
                running.worker.retune(wanted);
                running.wanted = (*wanted).clone();
            } else {
                repointed.push(*id);
            }
        }
        self.stop(repointed).await;
    }

    /// Takes the leases of cameras that do not run yet.
    async fn take(&mut self, mine: &BTreeMap<CameraId, &WantedCamera>) {
        for (id, camera) in mine {
            if self.running.contains_key(id) {
                continue;
            }
            match self.acquire(*id).await {
                Ok(lease) => self.start((*camera).clone(), Some(lease)),
                Err(LeaseError::Taken) => {}
                Err(LeaseError::Bus(error)) => {
                    warn!("no leases now: {error}");
                    self.leases = None;
                    return;
                }
            }
        }
    }

    async fn acquire(&mut self, camera: CameraId) -> Result<Lease, LeaseError> {
        let leases = match &self.leases {
            Some(leases) => leases.clone(),
            None => self.leases.insert(self.deps.bus.leases().await?).clone(),
        };
        leases.acquire(&format!("ingest.{camera}"), &self.deps.instance).await
    }

    async fn renew(&mut self) {
        if self.renewed.elapsed() < RENEW_EVERY {
            return;
        }
        self.renewed = Instant::now();
        let held: Vec<_> = self.running.iter_mut().map(|(id, running)| (*id, running.lease.take())).collect();
        let renewed = futures::future::join_all(held.into_iter().map(|(id, lease)| async move {
            let Some(mut lease) = lease else { return (id, None) };
            (id, lease.renew().await.is_ok().then_some(lease))
        }))
        .await;
        let mut lost = Vec::new();
        for (id, lease) in renewed {
            let kept = match lease {
                Some(lease) => Ok(lease),
                // It ran out while the bus was away, and may still be free; the bucket itself may be gone.
                None => {
                    self.leases = None;
                    self.acquire(id).await
                }
            };
            match (kept, self.running.get_mut(&id)) {
                (Ok(lease), Some(running)) => running.lease = Some(lease),
                (Err(LeaseError::Taken), _) => lost.push(id),
                _ => {}
            }
        }
        for id in &lost {
            info!(camera.id = %id, "camera {id} is another process's now");
        }
        self.stop(lost).await;
    }

    fn start(&mut self, camera: WantedCamera, lease: Option<Lease>) {
        if self.running.contains_key(&camera.id) {
            return;
        }
        match CameraWorker::start(&self.context.tasks, &self.deps, &camera) {
            Ok(worker) => {
                self.states.insert(camera.id, worker.status());
                self.running.insert(camera.id, Running { wanted: camera, worker, lease });
            }
            // Tried again with the next comparison: the disk may be full or unmounted.
            Err(error) => warn!(camera.id = %camera.id, "camera {} cannot be recorded: {error:#}", camera.id),
        }
    }

    async fn stop(&mut self, cameras: Vec<CameraId>) {
        let leaving: Vec<Running> = cameras.iter().filter_map(|id| self.running.remove(id)).collect();
        futures::future::join_all(leaving.into_iter().map(|running| async {
            running.worker.stop().await;
            if let Some(lease) = running.lease {
                lease.release().await;
            }
        }))
        .await;
        for id in cameras {
            self.states.remove(id);
        }
    }

    /// A camera that was switched off, or moved to another cell, leaves its buffer here, and nobody else looks at its age. Where
    /// another process of this cell records it, that one does the same.
    fn expire_buffers_left(&mut self) {
        if self.expired.elapsed() < EXPIRE_EVERY {
            return;
        }
        self.expired = Instant::now();
        let age = Duration::from_secs(self.deps.settings.segment_retention_seconds);
        let oldest = Timestamp::from_system(SystemTime::now()).minus(age);
        let Ok(kept) = self.deps.folders.cameras() else { return };
        for id in kept.into_iter().filter(|id| !self.running.contains_key(id)) {
            if let Err(error) = self.deps.folders.expire(id, oldest) {
                warn!(camera.id = %id, "remove what is too old of camera {id}: {error}");
            }
        }
    }

    fn remove_buffers_of_deleted(&self, cameras: &CameraTable) {
        let Ok(kept) = self.deps.folders.cameras() else { return };
        for id in kept.into_iter().filter(|id| !cameras.contains_key(id)) {
            match self.deps.folders.remove(id) {
                Ok(()) => info!(camera.id = %id, "removed the buffer of the deleted camera {id}"),
                Err(error) => warn!(camera.id = %id, "remove the buffer of the deleted camera {id}: {error}"),
            }
        }
    }
}

fn same_stream(one: &WantedCamera, other: &WantedCamera) -> bool {
    one.source == other.source && one.transport == other.transport && one.source_generation == other.source_generation
}
