//! The other services as their heartbeats tell of them: who is there, which camera fares how, what the detectors know. One task
//! follows the heartbeats; routes ask. It controls nobody.

mod roster;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::StreamExt;
use iris_bus::message::{DetectState, RecorderState, ReidState};
use iris_bus::{Bus, topic};
use iris_domain::{CameraCondition, CameraId, CameraRecord, CellId, Class, camera_condition};
use iris_runtime::{CancellationToken, Tasks};

use roster::Roster;
pub use roster::ServiceRow;

/// What was heard of the other services. Clones are the same.
#[derive(Debug, Clone)]
pub struct Fleet {
    roster: Arc<Mutex<Roster>>,
    stale_after: Duration,
}

/// A camera with whoever works on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// How the camera fares.
    pub condition: CameraCondition,
    /// The ingest process that has it; `None` when none has.
    pub node: Option<String>,
}

impl Fleet {
    /// Nobody was heard yet. A camera without a picture for longer than `stale_after` is offline.
    pub fn new(stale_after: Duration) -> Self {
        Self { roster: Arc::new(Mutex::new(Roster::new(stale_after))), stale_after }
    }

    /// Starts to follow the heartbeats.
    pub fn start(&self, tasks: &Tasks, bus: &Bus) {
        let (fleet, bus) = (self.clone(), bus.clone());
        tasks.supervise("heartbeats", move |stop| {
            let (fleet, bus) = (fleet.clone(), bus.clone());
            async move { fleet.follow(&bus, &stop).await }
        });
    }

    async fn follow(&self, bus: &Bus, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut heartbeats = bus.all_samples(topic::HEARTBEAT).await.context("follow the heartbeats")?;
        while let Some(next) = stop.run_until_cancelled(heartbeats.next()).await {
            let Some((_, heartbeat)) = next else { bail!("the heartbeats ended") };
            self.roster().observe(heartbeat, Instant::now());
        }
        Ok(())
    }

    /// How a camera fares.
    pub fn camera(&self, camera: &CameraRecord) -> CameraCondition {
        self.worker(camera).condition
    }

    /// How a camera fares, and who has it.
    pub fn worker(&self, camera: &CameraRecord) -> Worker {
        let (roster, now) = (self.roster(), Instant::now());
        let (worker, last_seen) = (roster.worker(camera.id, now), roster.last_seen(camera.id));
        let condition = camera_condition(camera.enabled, &worker, last_seen, self.stale_after);
        Worker { condition, node: roster.node(camera.id, now) }
    }

    /// The cell in which a camera is recorded; `None` when no ingest process spoke of it within the last minute.
    pub fn cell(&self, camera: CameraId) -> Option<CellId> {
        self.roster().cell(camera, Instant::now())
    }

    /// Every class that a detector knew since the gateway started, by name; empty when none was heard yet.
    pub fn classes(&self) -> Vec<Class> {
        self.roster().classes()
    }

    /// What the detectors that are heard now say of themselves, the one heard last first.
    pub fn detectors(&self) -> Vec<DetectState> {
        self.roster().detectors(Instant::now())
    }

    /// What the re-ID nodes that are heard now say of themselves, the leader first.
    pub fn reid(&self) -> Vec<ReidState> {
        self.roster().reid(Instant::now())
    }

    /// What the re-ID nodes that were heard within the last minute said of themselves, the leader first: for what needs none of them,
    /// but what they are.
    pub fn reid_lately(&self) -> Vec<ReidState> {
        self.roster().reid_lately(Instant::now())
    }

    /// What the recorders that are heard now say of themselves, by name.
    pub fn recorders(&self) -> Vec<(String, RecorderState)> {
        self.roster().recorders(Instant::now())
    }

    /// The media library's version, as an ingest process that is heard now says.
    pub fn media_version(&self) -> Option<String> {
        self.roster().media_version(Instant::now())
    }

    /// Every instance that was heard within the last minute or so, by service and name.
    pub fn services(&self) -> Vec<ServiceRow> {
        self.roster().services(Instant::now())
    }

    /// Which of the services that every enabled camera needs is not heard now.
    pub fn away(&self) -> Vec<&'static str> {
        self.roster().away(Instant::now())
    }

    fn roster(&self) -> MutexGuard<'_, Roster> {
        // Each change is whole or was not begun, whatever panicked.
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
