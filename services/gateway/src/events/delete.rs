//! Deleting events, one, some or all. Rows first, then files; the recorder notices by the store that an open event is gone.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use iris_domain::{CameraId, EventFilter, EventId};
use iris_store::DELETE_BATCH;
use serde::Serialize;
use utoipa::ToSchema;

use super::{NOT_FOUND, files};
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Fields, Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals};

/// Ids in one bulk deletion, as the API promises; one statement deletes them.
const IDS_MAX: usize = 1000;

/// Which events to delete.
#[derive(Debug, ToSchema)]
pub struct BulkDelete {
    /// 1 to 1000 of them; repeats count once.
    #[schema(value_type = Vec<i64>, example = json!([1, 2, 3]), min_items = 1, max_items = 1000)]
    ids: Vec<EventId>,
}

/// What became of a bulk deletion.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkDeleted {
    /// How many are gone.
    #[schema(example = 2)]
    deleted: usize,
    /// The ids that nobody had, in the order given.
    #[schema(example = json!([3]))]
    missing: Vec<i64>,
}

/// Which events to clear.
#[derive(Debug, ToSchema)]
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

/// What became of a clearance.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cleared {
    /// How many are gone.
    #[schema(example = 1234)]
    deleted: u64,
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
    let mut input = Input::new();
    let read = input.body(&body).ids("ids", IDS_MAX).map(|ids| BulkDelete { ids });
    let ids = without_repeats(input.finish(read)?.ids);
    let (deleting, wanted) = (app.clone(), ids.clone());
    let gone = app.finish("delete events", async move { delete_these(&deleting, &wanted).await }).await?;
    let missing = ids.into_iter().filter(|id| !gone.contains(id)).map(EventId::get).collect();
    Ok(Json(BulkDeleted { deleted: gone.len(), missing }))
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
    if confirm != Some(true) {
        return Err(ApiError::BadRequest("Set \"confirm\": true to delete them.".to_owned()));
    }
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

async fn delete_these(app: &App, ids: &[EventId]) -> Result<HashSet<EventId>, ApiError> {
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

fn without_repeats(ids: Vec<EventId>) -> Vec<EventId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}
