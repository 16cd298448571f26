//! The MJPEG stream: the parts of one viewer's camera as they come, until the viewer, the camera or the process goes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use iris_domain::CameraId;
use iris_runtime::CancellationToken;

use super::hub::Viewer;
use super::part::{BOUNDARY, PREAMBLE};
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, PathId, Query};
use crate::openapi::ReadRefusals;

/// A stream of annotated pictures (MJPEG)
///
/// Each part has `Content-Type`, `Content-Length` and `X-Timestamp` (when it was filmed). An unchanged picture is not repeated;
/// a viewer that reads slowly gets fewer pictures, never old ones. Without a picture there is a placeholder. `HEAD` is not
/// offered.
#[utoipa::path(
    get,
    path = "/api/live/{id}/stream",
    tag = "live",
    params(
        ("id" = i64, Path, minimum = 1, description = "The camera"),
        ("fps" = Option<f64>, Query, description = "Pictures a second at most; clamped to 1 and the setting `live_mjpeg_fps`"),
    ),
    responses(
        ReadRefusals,
        (status = 200, description = "The stream", content_type = "multipart/x-mixed-replace; boundary=frame", body = Vec<u8>),
        (status = 404, description = "No such camera", body = ErrorBody),
    )
)]
pub async fn stream(
    State(app): State<Arc<App>>,
    method: Method,
    id: PathId<CameraId>,
    query: Query,
) -> Result<Response, ApiError> {
    if method == Method::HEAD {
        return Ok(no_head());
    }
    let mut input = Input::new();
    let id = input.path(id);
    let fps = read_fps(&mut input, &query, app.settings.live_mjpeg_fps);
    let camera = app.camera(input.finish(id)?).await?;
    let viewer = app.live.watch(&app, &camera, fps);
    Ok(multipart(Body::from_stream(parts(viewer, app.shutdown.clone()))))
}

/// The answer to a `HEAD` of a stream.
pub(super) fn no_head() -> Response {
    ([(header::ALLOW, "GET")], ApiError::MethodNotAllowed).into_response()
}

/// A stream of parts with its headers.
pub(super) fn multipart(parts: Body) -> Response {
    let mut response = parts.into_response();
    let headers = response.headers_mut();
    let content_type = format!("multipart/x-mixed-replace; boundary={BOUNDARY}");
    headers.insert(header::CONTENT_TYPE, HeaderValue::try_from(content_type).expect("a boundary is a header value"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx passes every part on at once.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The wanted rate within its bounds; the highest one when none is asked for.
pub(super) fn read_fps(input: &mut Input, query: &Query, cap: u32) -> f32 {
    let mut fields = input.query(query);
    let cap = cap as f32;
    let Some(text) = fields.text("fps") else { return cap };
    match text.parse::<f64>() {
        Ok(fps) if fps.is_finite() => (fps as f32).clamp(1.0, cap),
        _ => {
            fields.fault("fps", "number_type", "must be a finite number");
            cap
        }
    }
}

fn parts(viewer: Viewer, shutdown: CancellationToken) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let following = stream::unfold((viewer, shutdown), |(mut viewer, shutdown)| async move {
        let part = shutdown.run_until_cancelled(viewer.next()).await??;
        Some((part, (viewer, shutdown)))
    });
    stream::iter([PREAMBLE]).chain(following).map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::FromRequestParts;
    use axum::http::Request;

    #[tokio::test]
    async fn the_rate_is_a_finite_number_and_clamped() {
        for (query, fps) in [
            ("", Some(10.0)),
            ("fps=2.5", Some(2.5)),
            ("fps=0", Some(1.0)),
            ("fps=-3", Some(1.0)),
            ("fps=1000", Some(10.0)),
            ("fps=", None),
            ("fps=NaN", None),
            ("fps=inf", None),
            ("fps=1e999", None),
            ("fps=fast", None),
        ] {
            let (mut parts, ()) = Request::builder().uri(format!("/?{query}")).body(()).unwrap().into_parts();
            let query_read = Query::from_request_parts(&mut parts, &()).await.unwrap();
            let mut input = Input::new();
            let read = read_fps(&mut input, &query_read, 10);
            assert_eq!(input.finish(Some(read)).ok(), fps, "{query}");
        }
    }
}
