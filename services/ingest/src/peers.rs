//! Who is there, by their heartbeats: the ingest processes, among which the cameras are shared, and whether there is any detection
//! node, without which nothing need be decoded for detection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use iris_bus::message::ServiceState;
use iris_bus::topic;
use iris_domain::{CellId, InstanceId};
use iris_runtime::{CancellationToken, Tasks};
use tokio::sync::watch;

use crate::Deps;

/// The ingest processes that are there, each with its cell.
pub type Peers = BTreeMap<InstanceId, CellId>;

/// A process not heard for this long is gone: it speaks once a second, and its leases run out two seconds later.
const SILENCE_MAX: Duration = Duration::from_secs(4);

/// Whether any detection node is there. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct DetectorPresence(Arc<AtomicBool>);

impl DetectorPresence {
    /// Whether one was heard lately.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Follows the ingest processes; this one always counts.
pub fn follow(tasks: &Tasks, deps: &Deps) -> watch::Receiver<Peers> {
    let (sender, receiver) = watch::channel(Peers::from([(deps.instance.clone(), deps.cell.clone())]));
    let deps = deps.clone();
    tasks.supervise("peers", move |stop| follow_once(deps.clone(), sender.clone(), stop));
    receiver
}

async fn follow_once(deps: Deps, peers: watch::Sender<Peers>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut heartbeats = deps.bus.all_samples(topic::HEARTBEAT).await?;
    let mut heard: BTreeMap<InstanceId, (CellId, Instant)> = BTreeMap::new();
    let mut detector_heard: Option<Instant> = None;
    let mut check = tokio::time::interval(Duration::from_secs(1));
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            heartbeat = heartbeats.next() => {
                let (_, heartbeat) = heartbeat.context("the bus was closed")?;
                match heartbeat.state {
                    ServiceState::Ingest(ingest) => {
                        heard.insert(heartbeat.instance, (ingest.cell, Instant::now()));
                    }
                    ServiceState::Detect(_) => detector_heard = Some(Instant::now()),
                    ServiceState::Recorder(_) | ServiceState::Reid(_) | ServiceState::Notify => {}
                }
            }
            // While the bus is away nobody is heard and nothing can be concluded from it.
            _ = check.tick(), if deps.bus.is_connected() => {
                heard.retain(|_, (_, at)| at.elapsed() < SILENCE_MAX);
                detector_heard = detector_heard.filter(|at| at.elapsed() < SILENCE_MAX);
            }
        }
        deps.detectors.0.store(detector_heard.is_some(), Ordering::Relaxed);
        let mut present: Peers = heard.iter().map(|(instance, (cell, _))| (instance.clone(), cell.clone())).collect();
        present.insert(deps.instance.clone(), deps.cell.clone());
        peers.send_if_modified(|known| {
            let changed = *known != present;
            *known = present;
            changed
        });
    }
    Ok(())
}
