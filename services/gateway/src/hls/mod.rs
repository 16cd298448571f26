//! Live video with sound: HLS as a window over the segment buffer. There is no second connection to the camera and no process
//! per session; ingest is asked for names and bytes, and both are passed on as they are.

mod playlist;
mod segment;
mod sessions;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use iris_domain::CameraId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::openapi::MutationRefusals;
use sessions::Sessions;

/// The routes of HLS.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(playlist::index))
        .routes(routes!(close_by_get, close_by_post))
        .routes(routes!(segment::segment))
}

/// The HLS sessions of this gateway. A load balancer in front of several must keep a viewer with one of them.
#[derive(Debug)]
pub struct Hls(Mutex<Sessions>);

impl Hls {
    /// Without a session, and never with more than `sessions_max`.
    pub fn new(sessions_max: u32) -> Self {
        Self(Mutex::new(Sessions::new(sessions_max as usize)))
    }

    /// Ends a camera's session, if there is one: its segments are gone at once. To be called when a camera is disabled,
    /// repointed or deleted.
    pub fn close(&self, camera: CameraId) {
        self.sessions().close(camera);
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        // Each change is whole or was not begun, whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// End the camera's HLS session
///
/// Ends it for all its viewers; one that still plays starts it again. For pages that close while a request may not be finished.
#[utoipa::path(
    get,
    path = "/api/live/{id}/hls/close",
    tag = "live",
    params(("id" = i64, Path, minimum = 1, description = "The camera")),
    responses(
        MutationRefusals,
        (status = 204, description = "No session runs any more"),
        (status = 404, description = "No such camera", body = ErrorBody),
    )
)]
async fn close_by_get(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<StatusCode, ApiError> {
    close(&app, id).await
}

/// End the camera's HLS session
///
/// As by `GET`; what `navigator.sendBeacon` sends.
#[utoipa::path(
    post,
    path = "/api/live/{id}/hls/close",
    tag = "live",
    params(("id" = i64, Path, minimum = 1, description = "The camera")),
    responses(
        MutationRefusals,
        (status = 204, description = "No session runs any more"),
        (status = 404, description = "No such camera", body = ErrorBody),
    )
)]
async fn close_by_post(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<StatusCode, ApiError> {
    close(&app, id).await
}

async fn close(app: &App, id: PathId<CameraId>) -> Result<StatusCode, ApiError> {
    let camera = app.camera(id.valid()?).await?;
    app.hls.close(camera.id);
    Ok(StatusCode::NO_CONTENT)
}
