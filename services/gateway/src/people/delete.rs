//! Deleting people, one, some or all, with their faces and photos. Events keep the name as it was recognised.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use iris_domain::PersonId;
use iris_store::{DELETE_PEOPLE_BATCH, DeletedPeople};

use super::NOT_FOUND;
use super::body::ClearAll;
use crate::app::App;
use crate::bulk::{self, BulkDelete, BulkDeleted, Cleared};
use crate::error::{ApiError, ErrorBody};
use crate::events::files;
use crate::extract::{Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals};

/// Deletes a person with their faces and photos.
#[utoipa::path(
    delete, path = "/api/people/{id}", operation_id = "delete_person", tag = "people", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 204, description = "Deleted; they stop matching within moments"),
        (status = 404, description = "Nobody has this id", body = ErrorBody), MutationRefusals
    )
)]
pub async fn delete(State(app): State<Arc<App>>, id: PathId<PersonId>) -> Result<StatusCode, ApiError> {
    let id = id.valid()?;
    let deleting = app.clone();
    match app.finish("delete people", async move { delete_these(&deleting, &[id]).await }).await?.is_empty() {
        true => Err(NOT_FOUND),
        false => Ok(StatusCode::NO_CONTENT),
    }
}

/// Deletes the people of these ids with their faces and photos.
#[utoipa::path(
    post, path = "/api/people/bulk-delete", operation_id = "delete_people", tag = "people", request_body = BulkDelete,
    responses((status = 200, description = "Those that existed are gone", body = BulkDeleted), BodyRefusals)
)]
pub async fn bulk_delete(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<BulkDeleted>, ApiError> {
    let ids = bulk::ids(&body)?;
    let (deleting, wanted) = (app.clone(), ids.clone());
    let gone = app.finish("delete people", async move { delete_these(&deleting, &wanted).await }).await?;
    Ok(Json(bulk::outcome(&ids, &gone)))
}

/// Deletes all people with their faces and photos.
#[utoipa::path(
    post, path = "/api/people/clear-all", operation_id = "clear_people", tag = "people", request_body = ClearAll,
    responses((status = 200, description = "All are gone", body = Cleared), BodyRefusals)
)]
pub async fn clear_all(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<Cleared>, ApiError> {
    let mut input = Input::new();
    let confirm = input.body(&body).boolean("confirm");
    bulk::confirmed(input.finish(Some(confirm))?)?;
    let clearing = app.clone();
    let deleted = app.finish("clear people", async move { clear(&clearing).await }).await?;
    tracing::info!(deleted, "cleared {deleted} people");
    Ok(Json(Cleared { deleted }))
}

async fn delete_these(app: &App, ids: &[PersonId]) -> Result<Vec<PersonId>, ApiError> {
    let deleted = app.store()?.people().delete(ids).await?;
    Ok(purged(app, deleted).await)
}

async fn clear(app: &App) -> Result<u64, ApiError> {
    let mut deleted = 0;
    loop {
        let batch = app.store()?.people().delete_batch().await?;
        let gone = purged(app, batch).await.len() as u64;
        deleted += gone;
        if gone < DELETE_PEOPLE_BATCH {
            return Ok(deleted);
        }
    }
}

/// Removes what deleted people leave behind, and says who they were.
async fn purged(app: &App, deleted: DeletedPeople) -> Vec<PersonId> {
    files::remove_paths(&app.library, deleted.image_paths).await;
    app.corrected();
    deleted.ids
}
