//! One segment, passed on from the buffer of whoever owns the camera, piece by piece: never more than one piece in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use iris_bus::message::{MediaReply, MediaRequest, PIECE_BYTES_MAX};
use iris_bus::{AskError, topic};
use iris_domain::CameraId;
use iris_domain::hls::{InvalidPlaylistName, PlaylistName};

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::openapi::ReadRefusals;

/// Reading half a megabyte from a disk that is busy recording.
const PIECE_WITHIN: Duration = Duration::from_secs(4);

const NOT_FOUND: ApiError = ApiError::NotFound("Segment not found");

/// Why a segment that was begun broke off.
#[derive(Debug, thiserror::Error)]
enum BrokenOff {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("the segment was removed while it was read")]
    Removed,
}

/// One segment of the live playlist
#[utoipa::path(
    get,
    path = "/api/live/{id}/hls/{segment}",
    tag = "live",
    params(
        ("id" = i64, Path, minimum = 1, description = "The camera"),
        ("segment" = String, Path, pattern = r"^seg\d{5}\.ts$", description = "As the playlist names it"),
    ),
    responses(
        ReadRefusals,
        (status = 200, description = "MPEG-TS", content_type = "video/mp2t", body = Vec<u8>),
        (status = 400, description = "Not the name of a segment", body = ErrorBody),
        (status = 404, description = "No such segment, or the session has ended", body = ErrorBody),
        (status = 503, description = "The camera's ingest service is away", body = ErrorBody),
    )
)]
pub async fn segment(
    State(app): State<Arc<App>>,
    id: PathId<CameraId>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, ApiError> {
    let camera = id.valid()?;
    let name = path.map_err(|_| InvalidPlaylistName).and_then(|Path((_, name))| name.parse::<PlaylistName>());
    let name = name.map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let newest = app.hls.sessions().newest_shown(camera, Instant::now()).ok_or(NOT_FOUND)?;
    let sequence = name.sequence(newest).ok_or(NOT_FOUND)?;
    let reader = Reader { app, camera, sequence };
    let (total_bytes, first) = match reader.read(0).await? {
        MediaReply::Piece { total_bytes, data } => (total_bytes, data),
        MediaReply::NoSuchSegment => return Err(NOT_FOUND),
        MediaReply::Segments(_) => return Err(AskError::Malformed.into()),
    };
    let headers = [(header::CONTENT_TYPE, "video/mp2t".to_owned()), (header::CONTENT_LENGTH, total_bytes.to_string())];
    Ok((headers, Body::from_stream(pieces(reader, first, total_bytes))).into_response())
}

/// Reads one segment of one camera.
struct Reader {
    app: Arc<App>,
    camera: CameraId,
    sequence: u64,
}

impl Reader {
    async fn read(&self, offset: u64) -> Result<MediaReply, AskError> {
        let request = MediaRequest::Read { sequence: self.sequence, offset, length: PIECE_BYTES_MAX };
        self.app.bus.ask(topic::ASK_MEDIA, self.camera, &request, PIECE_WITHIN).await
    }
}

/// The first piece and those behind it, each asked for when the one before was taken.
fn pieces(reader: Reader, first: Bytes, total_bytes: u64) -> impl Stream<Item = Result<Bytes, BrokenOff>> + Send {
    let offset = first.len() as u64;
    let rest = stream::try_unfold((reader, offset), move |(reader, offset)| async move {
        if offset >= total_bytes {
            return Ok(None);
        }
        match reader.read(offset).await? {
            MediaReply::Piece { data, .. } if !data.is_empty() => {
                let next = offset + data.len() as u64;
                Ok(Some((data, (reader, next))))
            }
            _ => Err(BrokenOff::Removed),
        }
    });
    stream::iter([Ok(first)]).chain(rest)
}
