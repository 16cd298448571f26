//! The pictures of identities and sightings. Their paths come from the database and are opened beneath the library's root only.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use iris_domain::{IdentityId, SightingId};

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, PathId, Query};
use crate::openapi::ReadRefusals;
use crate::stored_media::{Kind, StoredMedia};

/// The answer when there is no picture.
const NO_THUMBNAIL: ApiError = ApiError::NotFound("Thumbnail not found");

/// Which picture of an identity.
#[derive(Debug, Clone, Copy)]
enum Of {
    Body,
    Face,
}

/// Its representative picture, or its best face.
#[utoipa::path(
    get, path = "/api/identities/{id}/thumbnail", operation_id = "get_identity_thumbnail", tag = "identities",
    params(
        ("id" = i64, Path, minimum = 1),
        ("view" = Option<String>, Query, pattern = "^(body|face)$", description = "`body` (if absent) or `face`")
    ),
    responses(
        (status = 200, description = "A JPEG", content_type = "image/jpeg"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such identity, or it has no such picture", body = ErrorBody), ReadRefusals
    )
)]
pub async fn thumbnail(
    State(app): State<Arc<App>>,
    id: PathId<IdentityId>,
    query: Query,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let of = input.query(&query).word("view", &[("body", Of::Body), ("face", Of::Face)]).unwrap_or(Of::Body);
    let identity = app.identity(input.finish(id)?).await?.identity;
    let path = match of {
        Of::Body => identity.rep_thumb_path,
        Of::Face => identity.face_thumb_path,
    };
    StoredMedia::open(&app, path, Kind::Picture, NO_THUMBNAIL).await?.answer(&method, &headers).await
}

/// What was seen in one sighting.
#[utoipa::path(
    get, path = "/api/identities/sightings/{id}/thumbnail", operation_id = "get_sighting_thumbnail", tag = "identities",
    params(("id" = i64, Path, minimum = 1, description = "The sighting")),
    responses(
        (status = 200, description = "A JPEG", content_type = "image/jpeg"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such sighting, or it has no picture", body = ErrorBody), ReadRefusals
    )
)]
pub async fn sighting_thumbnail(
    State(app): State<Arc<App>>,
    id: PathId<SightingId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = app.store()?.sightings().get(id.valid()?).await?;
    let sighting = found.ok_or(ApiError::NotFound("Sighting not found"))?;
    StoredMedia::open(&app, sighting.thumb_path, Kind::Picture, NO_THUMBNAIL).await?.answer(&method, &headers).await
}
