//! The cameras that are wanted: followed on the bus, and remembered on disk for a start without it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use iris_bus::message::WantedCameras;
use iris_bus::{Bus, CameraTable, CameraUpdate, Cameras};
use iris_runtime::{CancellationToken, Tasks};
use tokio::sync::watch;

use crate::Deps;

/// The copy on disk. It holds credentials, so only the owner may read it.
const CACHE_FILE: &str = "cameras";

/// A connection is noticed within this time.
const CONNECTION_NOTICED: Duration = Duration::from_millis(200);
/// A change that the bus did not tell (it lost its memory, and so the followers) is found within this time.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// The table, and whether it came from the bus or only from disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// The cameras.
    pub cameras: CameraTable,
    /// The bus has confirmed it: what is missing was really deleted.
    pub confirmed: bool,
}

/// Follows the table of wanted cameras.
pub fn follow(tasks: &Tasks, deps: &Deps) -> anyhow::Result<watch::Receiver<Wanted>> {
    let cameras = read_cache(&deps.folders.state().join(CACHE_FILE));
    let (sender, receiver) = watch::channel(Wanted { cameras, confirmed: false });
    let deps = deps.clone();
    tasks.supervise("wanted cameras", move |stop| follow_once(deps.clone(), sender.clone(), stop));
    Ok(receiver)
}

async fn follow_once(deps: Deps, wanted: watch::Sender<Wanted>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut look = tokio::time::interval(LOOK_EVERY);
    while stop.run_until_cancelled(connected(&deps.bus)).await.is_some() {
        let table = deps.bus.cameras().await?;
        // Followed first, read then: a change in between is seen twice and not never.
        let mut updates = std::pin::pin!(table.updates().await?);
        read_all(&deps, &table, &wanted).await?;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                update = updates.next() => match update {
                    Some(update) => publish(&deps, &wanted, |current| apply(current, update))?,
                    None => break,
                },
                _ = look.tick() => {
                    if !deps.bus.is_connected() {
                        break;
                    }
                    read_all(&deps, &table, &wanted).await?;
                }
            }
        }
    }
    Ok(())
}

/// Waits for the bus.
pub async fn connected(bus: &Bus) {
    while !bus.is_connected() {
        tokio::time::sleep(CONNECTION_NOTICED).await;
    }
}

/// Takes over the table as it stands. Until it is whole, what it lacks is kept.
async fn read_all(deps: &Deps, table: &Cameras, wanted: &watch::Sender<Wanted>) -> anyhow::Result<()> {
    let complete = table.is_complete().await?;
    let cameras = table.list().await?;
    publish(deps, wanted, |current| {
        if complete {
            *current = Wanted { cameras, confirmed: true };
        } else {
            current.cameras.extend(cameras);
        }
    })
}

fn apply(current: &mut Wanted, update: CameraUpdate) {
    match update {
        CameraUpdate::Wanted(camera) => {
            current.cameras.insert(camera.id, camera);
        }
        CameraUpdate::Deleted(id) => {
            current.cameras.remove(&id);
        }
    }
}

/// Changes the table; when it did change, remembers it and tells.
fn publish(deps: &Deps, wanted: &watch::Sender<Wanted>, change: impl FnOnce(&mut Wanted)) -> anyhow::Result<()> {
    let mut changed = wanted.borrow().clone();
    change(&mut changed);
    if changed == *wanted.borrow() {
        return Ok(());
    }
    let cameras = WantedCameras(changed.cameras.values().cloned().collect());
    wanted.send_replace(changed);
    write_cache(&deps.folders.state().join(CACHE_FILE), &cameras).context("remember the wanted cameras")
}

fn read_cache(path: &Path) -> CameraTable {
    let Ok(bytes) = std::fs::read(path) else { return CameraTable::new() };
    match iris_bus::decode::<WantedCameras>(bytes.into()) {
        Ok(cameras) => cameras.0.into_iter().map(|camera| (camera.id, camera)).collect(),
        Err(error) => {
            tracing::warn!("the remembered cameras cannot be read, waiting for the bus: {error}");
            CameraTable::new()
        }
    }
}

fn write_cache(path: &Path, cameras: &WantedCameras) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&iris_bus::encode(cameras))?;
    file.sync_data()?;
    std::fs::rename(fresh, path)
}
