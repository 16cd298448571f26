//! Deleting events, one, some or all. Rows first, then files; the recorder notices by the store that an open event is gone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use iris_domain::{CameraId, EventFilter, EventId};
use iris_store::DELETE_BATCH;
use utoipa::ToSchema;

use super::{NOT_FOUND, files};
use crate::app::App;
use crate::bulk::{self, BulkDelete, BulkDeleted, Cleared};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Fields, Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals};

/// Which events to clear.
#[derive(Debug, ToSchema)]
#[schema(as = ClearEvents)]
pub struct ClearAll {
    /// Must be `true`.
    #[schema(value_type = bool, example = true)]
    confirm: Option<bool>,
    /// Only those of this camera.
    #[schema(value_type = Option<i64>)]
    camera_id: Option<CameraId>,
    /// Only those with exactly this label.
    #[schema(example = "person")]
    label: Option<String>,
}

/// Deletes an event with its clip and thumbnail.
#[utoipa::path(
    delete, path = "/api/events/{id}", operation_id = "delete_event", tag = "events", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "Nobody has this id", body = ErrorBody), MutationRefusals
    )
)]
pub async fn delete(State(app): State<Arc<App>>, id: PathId<EventId>) -> Result<StatusCode, ApiError> {
    let id = id.valid()?;
    let deleting = app.clone();
    match app.finish("delete events", async move { delete_these(&deleting, &[id]).await }).await?.is_empty() {
        true => Err(NOT_FOUND),
        false => Ok(StatusCode::NO_CONTENT),
    }
}

/// Deletes the events of these ids with their files.
#[utoipa::path(
    post, path = "/api/events/bulk-delete", operation_id = "delete_events", tag = "events", request_body = BulkDelete,
    responses((status = 200, description = "Those that existed are gone", body = BulkDeleted), BodyRefusals)
)]
pub async fn bulk_delete(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<BulkDeleted>, ApiError> {
    let ids = bulk::ids(&body)?;
    let (deleting, wanted) = (app.clone(), ids.clone());
    let gone = app.finish("delete events", async move { delete_these(&deleting, &wanted).await }).await?;
    Ok(Json(bulk::outcome(&ids, &gone)))
}

/// Deletes all events that match, with their files.
#[utoipa::path(
    post, path = "/api/events/clear-all", operation_id = "clear_events", tag = "events", request_body = ClearAll,
    responses((status = 200, description = "All that matched are gone", body = Cleared), BodyRefusals)
)]
pub async fn clear_all(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<Cleared>, ApiError> {
    let mut input = Input::new();
    let wanted = ClearAll::read(&mut input.body(&body));
    let ClearAll { confirm, camera_id, label } = input.finish(Some(wanted))?;
    bulk::confirmed(confirm)?;
    let filter = EventFilter { camera_id, label, ..EventFilter::default() };
    let clearing = app.clone();
    let deleted = app.finish("clear events", async move { clear(&clearing, &filter).await }).await?;
    tracing::info!(deleted, "cleared {deleted} events");
    Ok(Json(Cleared { deleted }))
}

impl ClearAll {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            confirm: fields.boolean("confirm"),
            camera_id: fields.id("camera_id"),
            label: fields.text("label").map(str::to_owned),
        }
    }
}

async fn delete_these(app: &App, ids: &[EventId]) -> Result<Vec<EventId>, ApiError> {
    let deleted = app.store()?.events().delete(ids).await?;
    files::remove(&app.library, &deleted).await;
    Ok(deleted.into_iter().map(|event| event.id).collect())
}

async fn clear(app: &App, filter: &EventFilter) -> Result<u64, ApiError> {
    let mut deleted = 0;
    loop {
        let batch = app.store()?.events().delete_batch(filter).await?;
        files::remove(&app.library, &batch).await;
        deleted += batch.len() as u64;
        if (batch.len() as u64) < DELETE_BATCH {
            return Ok(deleted);
        }
    }
}
