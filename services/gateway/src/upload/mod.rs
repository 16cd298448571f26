//! Uploaded photos: the one file of a `multipart/form-data` body, judged by its size, then by its bytes, whatever the client says
//! of them. Nothing of it is decoded here but its header; [`Upload::decode`] does the rest off the async threads, and only when
//! the handler knows that the photo is wanted.

mod photo;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, FieldFault};
use photo::Photo;

/// The longest file, in bytes, as the API promises.
const FILE_BYTES_MAX: usize = 8 << 20;
/// What stands around the file: boundaries, headers, and small fields that nobody asked for.
const ENVELOPE_BYTES_MAX: usize = 64 << 10;
/// The longest file takes this long at 0.6 Mbit/s; whoever needs longer only holds the memory.
const WITHIN: Duration = Duration::from_secs(120);
/// What is read of a body that is too long before it is refused: four photos as large as any phone takes.
const LINGER_BYTES_MAX: usize = 64 << 20;
/// How long a body that is too long is read before it is refused.
const LINGER_FOR: Duration = Duration::from_secs(5);
/// Photos in memory at once: 128 MiB. Further ones wait, and are refused after [`ROOM_WITHIN`].
const UPLOADS_MAX: usize = 16;
/// How long an upload waits for room, within the time in which every refusal is due.
const ROOM_WITHIN: Duration = Duration::from_secs(4);
/// Photos decoded at once. Each may take half a gigabyte and a core for some seconds; further ones wait for their turn, and there
/// are never more than [`UPLOADS_MAX`] of them.
const DECODINGS_MAX: usize = 2;

/// The room for uploads, shared by all requests.
#[derive(Debug)]
pub struct Uploads {
    held: Arc<Semaphore>,
    decoding: Arc<Semaphore>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { held: Arc::new(Semaphore::new(UPLOADS_MAX)), decoding: Arc::new(Semaphore::new(DECODINGS_MAX)) }
    }
}

/// The body of an upload, for the description.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by `Upload`")]
pub struct PhotoForm {
    /// A JPEG, PNG or WebP of at most 8 MiB and 50 million pixels.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// An uploaded photo whose header is in order.
pub struct Upload {
    photo: Photo,
    /// Held until the photo is decoded or dropped.
    room: OwnedSemaphorePermit,
}

impl Upload {
    /// The photo upright, as a JPEG without metadata whose longer side has at most 1920 px.
    ///
    /// # Errors
    /// 400 when it cannot be decoded.
    pub async fn decode(self, app: &App) -> Result<Bytes, ApiError> {
        let stopping = |_| ApiError::Internal("the uploads were closed".to_owned());
        let turn = app.uploads.decoding.clone().acquire_owned().await.map_err(stopping)?;
        let decoded = tokio::task::spawn_blocking(move || {
            // Both are given back when the work is done, also when the client has gone away meanwhile.
            let _held = (self.room, turn);
            self.photo.upright_jpeg()
        });
        decoded.await.map_err(|error| ApiError::Internal(error.to_string()))?
    }
}

impl FromRequest<Arc<App>> for Upload {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        check_kind(request.headers())?;
        if announces_too_much(request.headers()) {
            let_finish(request).await;
            return Err(ApiError::BodyTooLarge);
        }
        let room = tokio::time::timeout(ROOM_WITHIN, app.uploads.held.clone().acquire_owned()).await;
        let Ok(Ok(room)) = room else {
            return Err(ApiError::unavailable(
                "Too many photos are uploaded at once; try again.",
                "no room for uploads",
            ));
        };
        DefaultBodyLimit::max(FILE_BYTES_MAX + ENVELOPE_BYTES_MAX).apply(&mut request);
        let unmarked = |_| fault("multipart_invalid", "the Content-Type names no boundary");
        let form = Multipart::from_request(request, app).await.map_err(unmarked)?;
        let file = tokio::time::timeout(WITHIN, read_file(form)).await.map_err(|_| ApiError::BodyTooSlow)??;
        let photo = tokio::task::spawn_blocking(move || Photo::judge(file)).await;
        Ok(Self { photo: photo.map_err(|error| ApiError::Internal(error.to_string()))??, room })
    }
}

/// Whether a body says of itself that it is an upload.
pub fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"))
}

fn check_kind(headers: &HeaderMap) -> Result<(), ApiError> {
    let plain = headers.get_all(header::CONTENT_ENCODING).iter().all(|encoding| encoding == "identity");
    let one_kind = headers.get_all(header::CONTENT_TYPE).iter().count() == 1;
    if plain && one_kind && is_multipart(headers) {
        return Ok(());
    }
    Err(ApiError::UnsupportedMediaType("Send the photo as the file of a multipart/form-data body.".to_owned()))
}

fn announces_too_much(headers: &HeaderMap) -> bool {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    announced.is_some_and(|bytes| bytes > FILE_BYTES_MAX + ENVELOPE_BYTES_MAX)
}

/// Takes in what a client goes on sending, for a while: whoever is cut off while sending does not see why. A client that asked whether
/// it may send is told by the refusal itself.
async fn let_finish(request: Request) {
    if request.headers().contains_key(header::EXPECT) {
        return;
    }
    let mut body = request.into_body();
    let reading = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > LINGER_BYTES_MAX {
                break;
            }
        }
    };
    // Either way the client is told now.
    let _in_time = tokio::time::timeout(LINGER_FOR, reading).await;
}

/// The field `file`; others are passed over.
async fn read_file(mut form: Multipart) -> Result<Bytes, ApiError> {
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() != Some("file") {
            continue;
        }
        if file.is_some() {
            return Err(fault("too_many", "send one photo at a time"));
        }
        file = Some(read_field(field).await?);
    }
    match file {
        None => Err(fault("missing", "is required")),
        Some(file) if file.is_empty() => Err(ApiError::BadRequest("The file is empty.".to_owned())),
        Some(file) => Ok(file),
    }
}

async fn read_field(mut field: Field<'_>) -> Result<Bytes, ApiError> {
    let (mut bytes, mut length) = (BytesMut::new(), 0);
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        length += chunk.len();
        // What is too long is read to its end, so that the client sees the answer, and not kept.
        if length <= FILE_BYTES_MAX {
            bytes.extend_from_slice(&chunk);
        }
    }
    if length > FILE_BYTES_MAX { Err(ApiError::BodyTooLarge) } else { Ok(bytes.freeze()) }
}

fn unreadable(error: MultipartError) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
        _ => ApiError::BadRequest("The multipart body is broken.".to_owned()),
    }
}

/// The refusal of a photo that begins as one and goes on otherwise.
pub fn undecodable() -> ApiError {
    ApiError::BadRequest("The photo cannot be decoded.".to_owned())
}

/// A fault of the field `file`.
pub fn fault(kind: &'static str, msg: impl Into<String>) -> ApiError {
    ApiError::invalid(FieldFault::field("body", "file", kind, msg))
}
