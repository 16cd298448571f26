//! Removing what a camera left behind: everything when it is deleted, what it saw before when it is repointed; identities that no
//! other camera saw go along. Rows go first, in batches, then their files; an event's file that a crash leaves is an orphan that the
//! recorder's retention finds.

use std::sync::Arc;
use std::time::Duration;

use iris_domain::{CameraId, EventFilter};
use iris_runtime::CancellationToken;
use iris_store::{DELETE_BATCH, DELETE_SIGHTINGS_BATCH};

use super::NOT_FOUND;
use crate::app::App;
use crate::error::ApiError;
use crate::events::files;

/// How long a repointing request waits for the purge; what takes longer (tens of thousands of events) goes on without it.
const REQUEST_WAITS: Duration = Duration::from_secs(3);
/// How often purges that a crash or an outage cut short are looked for.
const TIDY_INTERVAL: Duration = Duration::from_secs(60);

/// Deletes a camera with all it has.
pub async fn delete_camera(app: Arc<App>, id: CameraId) -> Result<(), ApiError> {
    let store = app.store()?;
    let filter = EventFilter { camera_id: Some(id), ..EventFilter::default() };
    app.camera(id).await?;
    loop {
        let batch = store.events().delete_batch(&filter).await?;
        files::remove(&app.library, &batch).await;
        if (batch.len() as u64) < DELETE_BATCH {
            break;
        }
    }
    loop {
        let batch = store.sightings().delete_batch_of_camera(id).await?;
        files::remove_paths(&app.library, batch.paths).await;
        if batch.sightings < DELETE_SIGHTINGS_BATCH {
            break;
        }
    }
    let last = store.cameras().delete(id).await?.ok_or(NOT_FOUND)?;
    app.cameras_changed.notify_one();
    files::remove(&app.library, &last.events).await;
    files::remove_paths(&app.library, last.sightings.paths).await;
    app.corrected();
    Ok(())
}

/// Purges what the camera saw before it was repointed, waiting for a while.
pub async fn after_repointing(app: &Arc<App>, id: CameraId) {
    let purging = app.clone();
    let purge = app.tasks.spawn("purge", async move { former_sources(&purging, id).await });
    match tokio::time::timeout(REQUEST_WAITS, purge.join()).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!(camera.id = %id, "purging camera `{id}` goes on later: {error}"),
        Ok(Err(error)) => tracing::error!(camera.id = %id, "purging camera `{id}` goes on later: {error}"),
        Err(_) => tracing::info!(camera.id = %id, "purging camera `{id}` takes longer and goes on"),
    }
}

/// Finishes purges that were cut short.
pub async fn tidy(app: Arc<App>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TIDY_INTERVAL);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(outcome) = stop.run_until_cancelled(tidy_once(&app)).await else { return };
        if let Err(error) = outcome {
            tracing::debug!("looking for purges to finish: {error}");
        }
    }
}

async fn tidy_once(app: &App) -> Result<(), ApiError> {
    for camera in app.store()?.cameras().list().await? {
        former_sources(app, camera.id).await?;
    }
    Ok(())
}

async fn former_sources(app: &App, id: CameraId) -> Result<(), ApiError> {
    loop {
        let batch = app.store()?.events().delete_batch_of_former_sources(id).await?;
        files::remove(&app.library, &batch).await;
        if (batch.len() as u64) < DELETE_BATCH {
            break;
        }
    }
    loop {
        let batch = app.store()?.sightings().delete_batch_of_former_sources(id).await?;
        files::remove_paths(&app.library, batch.paths).await;
        if batch.sightings < DELETE_SIGHTINGS_BATCH {
            return Ok(());
        }
    }
}
