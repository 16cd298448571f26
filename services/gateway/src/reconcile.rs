//! Keeps the bus's table of wanted cameras as Postgres says: compares wanted with actual at every mutation and every two seconds.
//! The only writer of that table, so that no two mutations can overtake each other on their way there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iris_bus::CameraTable;
use iris_bus::message::WantedCamera;
use iris_domain::CameraRecord;
use iris_runtime::{CancellationToken, Component};

use crate::app::App;
use crate::error::ApiError;

/// A change made by another gateway, or a table lost with its server, is made good within this time: what the contract promises
/// for a mutation.
const INTERVAL: Duration = Duration::from_secs(2);
/// A pass that finds nothing to do takes milliseconds, one that fills the table of a thousand cameras a second; one that takes ten
/// hangs, and is begun again.
const PASS_WITHIN: Duration = Duration::from_secs(10);

/// Reconciles until the process stops.
pub async fn run(app: Arc<App>, health: Component, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
            () = app.cameras_changed.notified() => {}
        }
        let began = Instant::now();
        let pass = tokio::time::timeout(PASS_WITHIN, reconcile(&app));
        match stop.run_until_cancelled(pass).await {
            None => return,
            Some(Ok(Ok(()))) => {
                metrics::histogram!("iris_gateway_comparison_seconds").record(began.elapsed().as_secs_f64());
                health.ready();
            }
            Some(Ok(Err(error))) => health.not_ready(reason(&error)),
            Some(Err(_)) => health.not_ready("bringing the cameras to the bus takes too long"),
        }
    }
}

async fn reconcile(app: &App) -> Result<(), ApiError> {
    let cameras = app.store()?.cameras().list().await?;
    app.cameras_known.store(Arc::new(cameras.clone()));
    let wanted: CameraTable = cameras.into_iter().map(|camera| (camera.id, wanted(camera))).collect();
    let table = app.bus.cameras().await?;
    let actual = table.list().await?;
    for (id, camera) in &wanted {
        if actual.get(id) != Some(camera) {
            table.put(camera).await?;
        }
    }
    for id in actual.keys().filter(|id| !wanted.contains_key(id)) {
        table.delete(*id).await?;
    }
    if !table.is_complete().await? {
        table.set_complete().await?;
    }
    Ok(())
}

fn wanted(camera: CameraRecord) -> WantedCamera {
    WantedCamera {
        id: camera.id,
        name: camera.name,
        source: camera.source,
        transport: camera.rtsp_transport,
        enabled: camera.enabled,
        source_generation: camera.source_generation,
        tuning: camera.tuning,
    }
}

/// What the health port may show: the texts for people, not the causes.
fn reason(error: &ApiError) -> &str {
    match error {
        ApiError::Unavailable { detail, .. } => detail,
        _ => "the cameras in the database cannot be read",
    }
}
