//! Deleting identities, one, some or all, for good: rows first, then every crop, face and clip that was theirs alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use iris_domain::IdentityId;
use iris_store::{DELETE_IDENTITIES_BATCH, DeletedIdentities};

use super::NOT_FOUND;
use super::body::ClearAll;
use crate::app::App;
use crate::auth::Principal;
use crate::bulk::{self, BulkDelete, BulkDeleted, Cleared};
use crate::error::{ApiError, ErrorBody};
use crate::events::files;
use crate::extract::{Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals};

/// Deletes an identity with its sightings, vectors and pictures, and the events that nobody else was in.
#[utoipa::path(
    delete, path = "/api/identities/{id}", operation_id = "delete_identity", tag = "identities", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "Nobody has this id", body = ErrorBody), MutationRefusals
    )
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    user: Principal,
    id: PathId<IdentityId>,
) -> Result<StatusCode, ApiError> {
    let id = id.valid()?;
    match delete_these(&app, vec![id], &user).await?.is_empty() {
        true => Err(NOT_FOUND),
        false => Ok(StatusCode::NO_CONTENT),
    }
}

/// Deletes the identities of these ids, each with all that is its own.
#[utoipa::path(
    post, path = "/api/identities/bulk-delete", operation_id = "delete_identities", tag = "identities", request_body = BulkDelete,
    responses((status = 200, description = "Those that existed are gone", body = BulkDeleted), BodyRefusals)
)]
pub async fn bulk_delete(
    State(app): State<Arc<App>>,
    user: Principal,
    body: JsonBody,
) -> Result<Json<BulkDeleted>, ApiError> {
    let ids = bulk::ids(&body)?;
    let gone = delete_these(&app, ids.clone(), &user).await?;
    Ok(Json(bulk::outcome(&ids, &gone)))
}

/// Deletes all identities, or all of one class, each with all that is its own.
#[utoipa::path(
    post, path = "/api/identities/clear-all", operation_id = "clear_identities", tag = "identities", request_body = ClearAll,
    responses((status = 200, description = "All that matched are gone", body = Cleared), BodyRefusals)
)]
pub async fn clear_all(
    State(app): State<Arc<App>>,
    user: Principal,
    body: JsonBody,
) -> Result<Json<Cleared>, ApiError> {
    let mut input = Input::new();
    let wanted = ClearAll::read(&mut input.body(&body));
    let ClearAll { confirm, object_class } = input.finish(Some(wanted))?;
    bulk::confirmed(confirm)?;
    let (clearing, by) = (app.clone(), user.signature());
    let work = async move { clear(&clearing, object_class.as_deref(), &by).await };
    let deleted = app.finish("clear identities", work).await?;
    tracing::info!(deleted, "cleared {deleted} identities");
    Ok(Json(Cleared { deleted }))
}

async fn delete_these(app: &Arc<App>, ids: Vec<IdentityId>, user: &Principal) -> Result<Vec<IdentityId>, ApiError> {
    let (deleting, by) = (app.clone(), user.signature());
    let work = async move {
        let deleted = deleting.store()?.identities().delete(&ids, &by).await?;
        Ok(forgotten(&deleting, deleted).await)
    };
    app.finish("delete identities", work).await
}

async fn clear(app: &App, object_class: Option<&str>, by: &str) -> Result<u64, ApiError> {
    let (mut deleted, mut operation) = (0, None);
    loop {
        let batch = app.store()?.identities().delete_batch(object_class, by, operation).await?;
        operation = batch.operation;
        let gone = forgotten(app, batch).await.len() as u64;
        deleted += gone;
        if gone < DELETE_IDENTITIES_BATCH {
            return Ok(deleted);
        }
    }
}

/// Removes what deleted identities leave behind, and says which they were.
async fn forgotten(app: &App, deleted: DeletedIdentities) -> Vec<IdentityId> {
    files::remove_paths(&app.library, deleted.paths).await;
    files::remove(&app.library, &deleted.events).await;
    app.corrected();
    deleted.ids
}
