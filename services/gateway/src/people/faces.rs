//! A person's enrolled faces.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use iris_domain::{PersonFaceId, PersonId};

use super::NOT_FOUND;
use super::view::FaceView;
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::events::files;
use crate::extract::{FaceId, Input, PathId};
use crate::openapi::{MutationRefusals, ReadRefusals};
use crate::stored_media::{Kind, StoredMedia};

/// The answer when the person has no such face.
const NO_FACE: ApiError = ApiError::NotFound("Face not found");

/// The faces they are recognised by.
#[utoipa::path(
    get, path = "/api/people/{id}/faces", operation_id = "list_person_faces", tag = "people", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 200, description = "All of them, by id", body = [FaceView]),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
pub async fn list(State(app): State<Arc<App>>, id: PathId<PersonId>) -> Result<Json<Vec<FaceView>>, ApiError> {
    let faces = app.store()?.people().faces(id.valid()?).await?.ok_or(NOT_FOUND)?;
    Ok(Json(faces.into_iter().map(FaceView::new).collect()))
}

fn both(id: PathId<PersonId>, face: PathId<PersonFaceId, FaceId>) -> Result<(PersonId, PersonFaceId), ApiError> {
    let mut input = Input::new();
    let (id, face) = (input.path(id), input.path(face));
    input.finish(id.zip(face))
}

/// The photo that a face was enrolled from, upright and without metadata.
#[utoipa::path(
    get, path = "/api/people/{id}/faces/{fid}/image", operation_id = "get_person_face_image", tag = "people",
    params(("id" = i64, Path, minimum = 1), ("fid" = i64, Path, minimum = 1, description = "The face")),
    responses(
        (status = 200, description = "A JPEG", content_type = "image/jpeg"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such person or face, or it has no photo", body = ErrorBody), ReadRefusals
    )
)]
pub async fn image(
    State(app): State<Arc<App>>,
    id: PathId<PersonId>,
    face: PathId<PersonFaceId, FaceId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (id, face) = both(id, face)?;
    app.person(id).await?;
    let face = app.store()?.people().face(id, face).await?.ok_or(NO_FACE)?;
    let no_photo = ApiError::NotFound("Image not found");
    StoredMedia::open(&app, face.image_path, Kind::Picture, no_photo).await?.answer(&method, &headers).await
}

/// Removes a face with its photo; nobody is recognised by it any more.
#[utoipa::path(
    delete, path = "/api/people/{id}/faces/{fid}", operation_id = "delete_person_face", tag = "people",
    params(("id" = i64, Path, minimum = 1), ("fid" = i64, Path, minimum = 1, description = "The face")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such person or face", body = ErrorBody), MutationRefusals
    )
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    id: PathId<PersonId>,
    face: PathId<PersonFaceId, FaceId>,
) -> Result<StatusCode, ApiError> {
    let (id, face) = both(id, face)?;
    app.person(id).await?;
    let deleting = app.clone();
    let work = async move {
        let deleted = deleting.store()?.people().delete_face(id, face).await?.ok_or(NO_FACE)?;
        files::remove_paths(&deleting.library, deleted.image_path).await;
        Ok(())
    };
    app.finish("delete a face", work).await?;
    app.corrected();
    Ok(StatusCode::NO_CONTENT)
}
