//! Single captured faces: their pictures, and their removal.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use iris_domain::FaceSampleId;
use iris_store::{DELETE_SAMPLES_BATCH, DeletedFaceSamples};
use utoipa::ToSchema;

use crate::app::App;
use crate::bulk::{self, BulkDelete, BulkDeleted, Cleared};
use crate::error::{ApiError, ErrorBody};
use crate::events::files;
use crate::extract::{Fields, Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals, ReadRefusals};
use crate::stored_media::{Kind, StoredMedia};

/// The answer when nobody has the sample's id.
pub const NOT_FOUND: ApiError = ApiError::NotFound("Face sample not found");

/// Which samples to clear.
#[derive(Debug, ToSchema)]
#[schema(as = ClearFaceSamples)]
pub struct ClearAll {
    /// Must be `true`.
    #[schema(value_type = bool, example = true)]
    confirm: Option<bool>,
    /// Only those with exactly this label.
    #[schema(example = "Postman")]
    label: Option<String>,
}

impl ClearAll {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self { confirm: fields.boolean("confirm"), label: fields.text("label").map(str::to_owned) }
    }
}

/// The captured face.
#[utoipa::path(
    get, path = "/api/face-groups/samples/{id}/thumbnail", operation_id = "get_face_sample_thumbnail", tag = "face-groups",
    params(("id" = i64, Path, minimum = 1, description = "The sample")),
    responses(
        (status = 200, description = "A JPEG", content_type = "image/jpeg"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
pub async fn thumbnail(
    State(app): State<Arc<App>>,
    id: PathId<FaceSampleId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let sample = app.store()?.face_samples().get(id.valid()?).await?.ok_or(NOT_FOUND)?;
    let not_found = ApiError::NotFound("Thumbnail not found");
    StoredMedia::open(&app, Some(sample.thumb_path), Kind::Picture, not_found).await?.answer(&method, &headers).await
}

/// Removes a captured face with its picture.
#[utoipa::path(
    delete, path = "/api/face-groups/samples/{id}", operation_id = "delete_face_sample", tag = "face-groups",
    params(("id" = i64, Path, minimum = 1, description = "The sample")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "Nobody has this id", body = ErrorBody), MutationRefusals
    )
)]
pub async fn delete(State(app): State<Arc<App>>, id: PathId<FaceSampleId>) -> Result<StatusCode, ApiError> {
    let id = id.valid()?;
    let deleting = app.clone();
    match app.finish("delete face samples", async move { delete_these(&deleting, &[id]).await }).await?.is_empty() {
        true => Err(NOT_FOUND),
        false => Ok(StatusCode::NO_CONTENT),
    }
}

/// Removes the captured faces of these ids with their pictures.
#[utoipa::path(
    post, path = "/api/face-groups/samples/bulk-delete", operation_id = "delete_face_samples", tag = "face-groups",
    request_body = BulkDelete,
    responses((status = 200, description = "Those that existed are gone", body = BulkDeleted), BodyRefusals)
)]
pub async fn bulk_delete(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<BulkDeleted>, ApiError> {
    let ids = bulk::ids(&body)?;
    let (deleting, wanted) = (app.clone(), ids.clone());
    let gone = app.finish("delete face samples", async move { delete_these(&deleting, &wanted).await }).await?;
    Ok(Json(bulk::outcome(&ids, &gone)))
}

/// Removes all captured faces, or those with one label, with their pictures.
#[utoipa::path(
    post, path = "/api/face-groups/samples/clear-all", operation_id = "clear_face_samples", tag = "face-groups",
    request_body = ClearAll,
    responses((status = 200, description = "All that matched are gone", body = Cleared), BodyRefusals)
)]
pub async fn clear_all(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<Cleared>, ApiError> {
    let mut input = Input::new();
    let wanted = ClearAll::read(&mut input.body(&body));
    let ClearAll { confirm, label } = input.finish(Some(wanted))?;
    bulk::confirmed(confirm)?;
    let clearing = app.clone();
    let deleted = app.finish("clear face samples", async move { clear(&clearing, label.as_deref()).await }).await?;
    tracing::info!(deleted, "cleared {deleted} face samples");
    Ok(Json(Cleared { deleted }))
}

async fn delete_these(app: &App, ids: &[FaceSampleId]) -> Result<Vec<FaceSampleId>, ApiError> {
    let deleted = app.store()?.face_samples().delete(ids).await?;
    Ok(purged(app, deleted).await)
}

async fn clear(app: &App, label: Option<&str>) -> Result<u64, ApiError> {
    let mut deleted = 0;
    loop {
        let batch = app.store()?.face_samples().delete_batch(label).await?;
        let gone = purged(app, batch).await.len() as u64;
        deleted += gone;
        if gone < DELETE_SAMPLES_BATCH {
            return Ok(deleted);
        }
    }
}

/// Removes what deleted samples leave behind, and says which they were.
async fn purged(app: &App, deleted: DeletedFaceSamples) -> Vec<FaceSampleId> {
    files::remove_paths(&app.library, deleted.paths).await;
    deleted.ids
}
