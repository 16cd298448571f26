//! One annotated picture, or the placeholder.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use iris_bus::message::{LivePicture, LiveReply, LiveRequest};
use iris_bus::topic;
use iris_domain::{CameraId, CameraRecord, Timestamp};

use super::watcher::stale_after;
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::openapi::ReadRefusals;
use crate::time::wall_now;

/// A camera that decodes key frames only may have to wait for the next one, 2 s with most; then its picture is drawn and encoded.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// The newest annotated picture
///
/// A camera without a recent picture shows a placeholder with its name and "no signal", so that an `<img>` never breaks.
#[utoipa::path(
    get,
    path = "/api/live/{id}/snapshot",
    tag = "live",
    params(("id" = i64, Path, minimum = 1, description = "The camera")),
    responses(
        ReadRefusals,
        (status = 200, description = "The picture or the placeholder", content_type = "image/jpeg", body = Vec<u8>,
            headers(("X-Timestamp" = String, description = "When it was filmed; when it was asked for, of a placeholder"))),
        (status = 404, description = "No such camera", body = ErrorBody),
    )
)]
pub async fn snapshot(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<Response, ApiError> {
    let camera = app.camera(id.valid()?).await?;
    match newest_picture(&app, &camera).await {
        Some(picture) => Ok(jpeg(picture.jpeg, picture.captured)),
        None => Ok(jpeg(app.live.placeholders.of(&camera.name).await?, wall_now())),
    }
}

/// The owner's newest picture, unless it is too old or the camera is disabled.
async fn newest_picture(app: &App, camera: &CameraRecord) -> Option<LivePicture> {
    if !camera.enabled {
        return None;
    }
    let asked: Result<LiveReply, _> =
        app.bus.ask(topic::ASK_LIVE, camera.id, &LiveRequest::Snapshot, ANSWER_WITHIN).await;
    let picture =
        asked.inspect_err(|error| tracing::debug!(camera.id = %camera.id, "no snapshot: {error}")).ok()?.picture?;
    (wall_now().since(picture.captured) <= stale_after(app)).then_some(picture)
}

fn jpeg(jpeg: Bytes, time: Timestamp) -> Response {
    let mut response = jpeg.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let time = HeaderValue::try_from(time.to_string()).expect("a time is a header value");
    headers.insert("x-timestamp", time);
    response
}
