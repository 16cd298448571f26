//! The wall: the pictures of several cameras in one stream. A browser lends a site six connections where HTTP/2 is not spoken, so
//! that a page of many tiles with a stream each would wait for ever.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use iris_domain::CameraId;
use iris_runtime::CancellationToken;

use super::hub::Viewer;
use super::part::PREAMBLE;
use super::stream::{multipart, no_head, read_fps};
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, Query, QueryFields};
use crate::openapi::ReadRefusals;

/// The largest wall; more cameras than anybody can look at.
const CAMERAS_MAX: usize = 64;

/// The pictures of several cameras in one stream
///
/// As `/api/live/{id}/stream`; each part says by `X-Camera-Id` which camera it is of. Cameras that nobody has are left out, so that
/// a wall outlives the deletion of one.
#[utoipa::path(
    get,
    path = "/api/live/wall",
    tag = "live",
    params(
        ("cameras" = String, Query, example = "1,2,3", description = "Ids of 1 to 64 cameras, separated by commas"),
        ("fps" = Option<f64>, Query, description = "Pictures a second of each; clamped to 1 and the setting `live_mjpeg_fps`"),
    ),
    responses(
        ReadRefusals,
        (status = 200, description = "The stream", content_type = "multipart/x-mixed-replace; boundary=frame", body = Vec<u8>),
        (status = 404, description = "None of the cameras exists", body = ErrorBody),
    )
)]
pub async fn wall(State(app): State<Arc<App>>, method: Method, query: Query) -> Result<Response, ApiError> {
    if method == Method::HEAD {
        return Ok(no_head());
    }
    let mut input = Input::new();
    let fps = read_fps(&mut input, &query, app.settings.live_mjpeg_fps);
    let wanted = read_cameras(&mut input.query(&query));
    let wanted = input.finish(wanted)?;
    let cameras = app.store()?.cameras().list().await?;
    let shown: Vec<_> = cameras.iter().filter(|camera| wanted.contains(&camera.id)).collect();
    if shown.is_empty() {
        return Err(ApiError::NotFound("Camera not found"));
    }
    let viewers = shown.into_iter().map(|camera| (camera.id, app.live.watch(&app, camera, fps))).collect();
    Ok(multipart(Body::from_stream(parts(viewers, app.shutdown.clone()))))
}

fn read_cameras(fields: &mut QueryFields<'_, '_>) -> Option<Vec<CameraId>> {
    let text = fields.text("cameras").unwrap_or_default();
    let ids: Option<Vec<CameraId>> = text.split(',').map(|id| id.parse().ok()).collect();
    let ids = ids.filter(|ids| ids.len() <= CAMERAS_MAX);
    if ids.is_none() {
        fields.fault(
            "cameras",
            "ids_invalid",
            format!("must be ids of 1 to {CAMERAS_MAX} cameras, separated by commas"),
        );
    }
    ids
}

/// The parts of all viewers as they come. A camera that is deleted ends alone; the stream ends with the last one.
fn parts(
    viewers: Vec<(CameraId, Viewer)>,
    shutdown: CancellationToken,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let cameras = viewers.into_iter().map(|(camera, viewer)| Box::pin(parts_of(camera, viewer)));
    let following = stream::select_all(cameras).flat_map(stream::iter).take_until(shutdown.cancelled_owned());
    stream::iter([PREAMBLE]).chain(following).map(Ok)
}

/// A viewer's parts, each with a line before its head that names the camera.
fn parts_of(camera: CameraId, viewer: Viewer) -> impl Stream<Item = [Bytes; 2]> + Send {
    let line = Bytes::from(format!("X-Camera-Id: {camera}\r\n"));
    stream::unfold((viewer, line), |(mut viewer, line)| async move {
        let part = viewer.next().await?;
        Some(([line.clone(), part], (viewer, line)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::FromRequestParts;
    use axum::http::Request;

    #[tokio::test]
    async fn a_wall_is_of_one_to_sixty_four_cameras() {
        let many =
            |count: i64| format!("cameras={}", (1..=count).map(|id| id.to_string()).collect::<Vec<_>>().join(","));
        for (query, count) in [
            ("cameras=1".to_owned(), Some(1)),
            ("cameras=3,1,2".to_owned(), Some(3)),
            (many(64), Some(64)),
            (many(65), None),
            (String::new(), None),
            ("cameras=".to_owned(), None),
            ("cameras=1,,2".to_owned(), None),
            ("cameras=0".to_owned(), None),
            ("cameras=one".to_owned(), None),
        ] {
            let (mut head, ()) = Request::builder().uri(format!("/?{query}")).body(()).unwrap().into_parts();
            let query_read = Query::from_request_parts(&mut head, &()).await.unwrap();
            let mut input = Input::new();
            let read = read_cameras(&mut input.query(&query_read));
            assert_eq!(input.finish(read).ok().map(|ids| ids.len()), count, "{query}");
        }
    }
}
