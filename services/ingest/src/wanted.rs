//! The cameras that are wanted: followed on the bus, and remembered on disk for a start without it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use futures::StreamExt as _;
use iris_bus::message::WantedCameras;
use iris_bus::{CameraTable, CameraUpdate};
use iris_runtime::{CancellationToken, Tasks};
use tokio::sync::watch;

use crate::Deps;

/// The copy on disk. It holds credentials, so only the owner may read it.
const CACHE_FILE: &str = "cameras";

/// The table, and whether it came from the bus or only from disk.
#[derive(Debug, Clone, Default)]
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
    if !deps.bus.is_connected() {
        // Without a line in the log: the bus itself says that it is away.
        let _stopped = stop.run_until_cancelled(tokio::time::sleep(std::time::Duration::from_millis(200))).await;
        return if stop.is_cancelled() { Ok(()) } else { Box::pin(follow_once(deps, wanted, stop)).await };
    }
    let table = deps.bus.cameras().await?;
    // Followed first, listed then: a change in between is seen twice and not never.
    let mut updates = std::pin::pin!(table.updates().await?);
    let cameras = table.list().await?;
    publish(&deps, &wanted, |current| *current = Wanted { cameras, confirmed: true })?;
    loop {
        let Some(update) = stop.run_until_cancelled(updates.next()).await else { return Ok(()) };
        let update = update.context("the bus lost the table of cameras")?;
        publish(&deps, &wanted, |current| match update {
            CameraUpdate::Wanted(camera) => {
                current.cameras.insert(camera.id, camera);
            }
            CameraUpdate::Deleted(id) => {
                current.cameras.remove(&id);
            }
        })?;
    }
}

fn publish(deps: &Deps, wanted: &watch::Sender<Wanted>, change: impl FnOnce(&mut Wanted)) -> anyhow::Result<()> {
    wanted.send_modify(change);
    let cameras = wanted.borrow().cameras.values().cloned().collect();
    write_cache(&deps.folders.state().join(CACHE_FILE), &WantedCameras(cameras)).context("remember the wanted cameras")
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
