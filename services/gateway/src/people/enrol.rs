//! Enrolling a face from an uploaded photo. The re-ID service looks at it; what the store keeps is the largest face's vector, and the
//! photo itself, upright and without metadata, for people to look at.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use iris_bus::message::{Embedded, EmbeddedFace};
use iris_domain::{Feature, PersonFaceId, PersonId};
use iris_library::MediaPath;
use iris_store::NewPersonFace;
use uuid::Uuid;

use super::NOT_FOUND;
use super::view::Enrolled;
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::events::files;
use crate::extract::{Input, PathId};
use crate::openapi::UploadRefusals;
use crate::upload::{self, PhotoForm, Upload};

/// The dimensions of every enrolled face, as the API promises: faces of recognisers with others cannot stand beside them.
const DIMENSIONS: usize = 512;

/// Enrols the largest face of a photo.
#[utoipa::path(
    post, path = "/api/people/{id}/faces", operation_id = "enroll_face", tag = "people", params(("id" = i64, Path, minimum = 1)),
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "Enrolled", body = Enrolled),
        (status = 404, description = "Nobody has this id", body = ErrorBody), UploadRefusals
    )
)]
pub async fn enrol(
    State(app): State<Arc<App>>,
    id: PathId<PersonId>,
    upload: Upload,
) -> Result<(StatusCode, Json<Enrolled>), ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let id = input.finish(id)?;
    app.person(id).await?;
    app.biometrics()?;
    let photo = upload.decode(&app).await?;
    let (faces_detected, face) = largest_face(app.embed(photo.clone()).await?)?;
    let keeping = app.clone();
    let kept = app.finish("enrol a face", async move { keep(&keeping, id, photo, face.feature).await }).await?;
    let (face, image_path) = kept;
    app.corrected();
    tracing::info!(person.id = %id, "enrolled a face of person `{id}`");
    Ok((StatusCode::CREATED, Json(Enrolled { embedding_id: face.get(), faces_detected, image_path })))
}

fn largest_face(embedded: Embedded) -> Result<(u32, EmbeddedFace), ApiError> {
    let faces_detected = embedded.faces_detected;
    let none = match faces_detected {
        0 => "no face was found in the photo",
        _ => "no face in the photo is clear enough",
    };
    let face = embedded.face.ok_or_else(|| upload::fault("no_face", none))?;
    let dimensions = face.feature.embedding.dimensions();
    if dimensions != DIMENSIONS {
        let detail = format!("The face recogniser in use gives {dimensions} dimensions; people need {DIMENSIONS}.");
        return Err(ApiError::unavailable(detail, "an unsuited face recogniser"));
    }
    Ok((faces_detected, face))
}

/// The photo first, so that no row ever names a file that was never there.
async fn keep(app: &App, id: PersonId, photo: Bytes, feature: Feature) -> Result<(PersonFaceId, String), ApiError> {
    let image_path = store_photo(app, id, photo).await?;
    let face = NewPersonFace { feature, image_path: Some(image_path.clone()) };
    let added = app.store()?.people().add_face(id, &face).await;
    let refusal = match added {
        Ok(Some(face)) => return Ok((face.id, image_path)),
        Ok(None) => NOT_FOUND,
        Err(error) => error.into(),
    };
    files::remove_paths(&app.library, [image_path]).await;
    Err(refusal)
}

/// Keeps a photo of a person; returns its path in the library.
pub async fn store_photo(app: &App, id: PersonId, photo: Bytes) -> Result<String, ApiError> {
    let path: MediaPath = format!("photos/{id}/{}.jpg", Uuid::new_v4()).parse().expect("digits and letters are a path");
    let (library, to) = (app.library.clone(), path.clone());
    let stored = tokio::task::spawn_blocking(move || library.put_bytes(&photo, &to)).await;
    stored.map_err(|error| ApiError::Internal(error.to_string()))??;
    Ok(path.to_string())
}
