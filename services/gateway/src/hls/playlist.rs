//! The playlist: starts or continues a session, waits a while for the first segment, and shows the window's newest state.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use iris_bus::message::{MediaReply, MediaRequest};
use iris_bus::topic;
use iris_domain::hls::{WINDOW_MAX, playlist as render, window};
use iris_domain::{CameraId, SegmentName, Timestamp};

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::openapi::ReadRefusals;
use crate::time::wall_now;

/// The first playlist is waited for this long: a camera just enabled has to be opened and to film its first segment.
const FIRST_WITHIN: Duration = Duration::from_secs(15);
/// How often it is asked for meanwhile; short against a segment of 2 s.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// A list of names is at hand in ingest.
const LIST_WITHIN: Duration = Duration::from_secs(2);

/// The live playlist, with sound
///
/// Starts the camera's HLS session, or goes on with it. Video is the camera's own, never transcoded; sound is AAC. A session that
/// nobody reads for 30 s ends.
#[utoipa::path(
    get,
    path = "/api/live/{id}/hls/index.m3u8",
    tag = "live",
    params(("id" = i64, Path, minimum = 1, description = "The camera")),
    responses(
        ReadRefusals,
        (status = 200, description = "The playlist", content_type = "application/vnd.apple.mpegurl", body = String),
        (status = 404, description = "No such camera", body = ErrorBody),
        (status = 409, description = "The camera is disabled", body = ErrorBody),
        (status = 503, description = "HLS is off or at capacity, or no video came within 15 s", body = ErrorBody),
    )
)]
pub async fn index(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<Response, ApiError> {
    let camera = app.camera(id.valid()?).await?;
    if !app.settings.hls_enabled {
        return Err(ApiError::unavailable("HLS is turned off.", "hls_enabled is false"));
    }
    if !camera.enabled {
        app.hls.close(camera.id);
        return Err(ApiError::Conflict("The camera is disabled.".to_owned()));
    }
    let at_capacity = |_| ApiError::unavailable("Too many cameras are watched by HLS already.", "hls_max_sessions");
    app.hls.sessions().start(camera.id, Instant::now()).map_err(at_capacity)?;
    let text = current_playlist(&app, camera.id).await.inspect_err(|_| app.hls.sessions().give_up(camera.id))?;
    Ok(([(header::CONTENT_TYPE, "application/vnd.apple.mpegurl")], text).into_response())
}

/// The playlist, as soon as there is one.
async fn current_playlist(app: &App, camera: CameraId) -> Result<String, ApiError> {
    let stale_after = Duration::from_secs(u64::from(app.settings.status_stale_seconds));
    let listed = async {
        loop {
            let segments = newest_segments(app, camera).await;
            if let Some((text, newest)) =
                segments.and_then(|segments| live_playlist(&segments, wall_now(), stale_after))
            {
                return shown(app, camera, text, newest);
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    match tokio::time::timeout(FIRST_WITHIN, app.shutdown.run_until_cancelled(listed)).await {
        Ok(Some(playlist)) => playlist,
        Ok(None) => Err(ApiError::unavailable("The gateway is stopping.", "stopping")),
        Err(_) => Err(ApiError::unavailable("The camera has no live video now.", "no playlist in time")),
    }
}

async fn newest_segments(app: &App, camera: CameraId) -> Option<Vec<SegmentName>> {
    let request = MediaRequest::List { newest: WINDOW_MAX as u32 };
    match app.bus.ask(topic::ASK_MEDIA, camera, &request, LIST_WITHIN).await {
        Ok(MediaReply::Segments(segments)) => Some(segments),
        Ok(_) => None,
        Err(error) => {
            tracing::debug!(camera.id = %camera, "no list of segments: {error}");
            None
        }
    }
}

/// The playlist and its newest segment; `None` when nothing is buffered, or only what was filmed before the camera went away.
fn live_playlist(segments: &[SegmentName], now: Timestamp, stale_after: Duration) -> Option<(String, u64)> {
    let window = window(segments);
    let newest = window.last().filter(|newest| now.since(newest.end()) <= stale_after)?;
    Some((render(window)?, newest.sequence))
}

fn shown(app: &App, camera: CameraId, text: String, newest: u64) -> Result<String, ApiError> {
    if app.hls.sessions().shown(camera, newest, Instant::now()) {
        return Ok(text);
    }
    Err(ApiError::unavailable("The session was closed.", "closed while it was waited for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filmed_long_ago_is_not_live() {
        let start = Timestamp::from_millis(1_700_000_000_000).unwrap();
        let segment = SegmentName { start, duration_ms: 2_000, sequence: 7, run: 1, starts_with_key: true };
        let outcome = |seconds| {
            let now = segment.end().plus(Duration::from_secs(seconds));
            live_playlist(&[segment], now, Duration::from_secs(30)).map(|(_, newest)| newest)
        };
        assert_eq!((outcome(0), outcome(30), outcome(31)), (Some(7), Some(7), None));
        assert_eq!(live_playlist(&[], start, Duration::MAX), None);
    }
}
