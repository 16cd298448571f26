//! An event's clip and thumbnail. Their paths come from the database and are opened beneath the library's root only.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use iris_domain::EventId;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::openapi::ReadRefusals;
use crate::stored_media::{Kind, StoredMedia};

/// The recorded clip, an MP4. One byte range of it, where one is asked for.
#[utoipa::path(
    get, path = "/api/events/{id}/clip", operation_id = "get_event_clip", tag = "events",
    params(
        ("id" = i64, Path, minimum = 1),
        ("Range" = Option<String>, Header, example = "bytes=0-1048575", description = "One range; a suffix works too")
    ),
    responses(
        (status = 200, description = "The whole clip", content_type = "video/mp4"),
        (status = 206, description = "The asked range", content_type = "video/mp4"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such event, or it has no clip", body = ErrorBody),
        (status = 416, description = "No byte of the clip lies in the range", body = ErrorBody), ReadRefusals
    )
)]
pub async fn clip(
    State(app): State<Arc<App>>,
    id: PathId<EventId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let event = app.event(id.valid()?).await?;
    let path = event.clip.map(|clip| clip.path);
    StoredMedia::open(&app, path, Kind::Clip, ApiError::NotFound("Clip not found"))
        .await?
        .answer(&method, &headers)
        .await
}

/// A picture of the event's best moment.
#[utoipa::path(
    get, path = "/api/events/{id}/thumbnail", operation_id = "get_event_thumbnail", tag = "events", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 200, description = "A JPEG", content_type = "image/jpeg"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such event, or it has no thumbnail", body = ErrorBody), ReadRefusals
    )
)]
pub async fn thumbnail(
    State(app): State<Arc<App>>,
    id: PathId<EventId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let event = app.event(id.valid()?).await?;
    let not_found = ApiError::NotFound("Thumbnail not found");
    StoredMedia::open(&app, event.thumbnail_path, Kind::Picture, not_found).await?.answer(&method, &headers).await
}
