//! Serves a stored file by its handle: whole or in part, or not at all to a client that has it. Reads a chunk at a time, so that
//! a clip of any length costs the same memory. Libraries that do this want a path; paths are opened by `iris-library` alone.

mod range;

use std::time::UNIX_EPOCH;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use iris_library::{MediaPath, OpenedFile};

use crate::app::App;
use crate::error::ApiError;
use range::{ByteRange, Wanted};

/// What a stored file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A recording.
    Clip,
    /// A picture.
    Picture,
}

impl Kind {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Clip => "video/mp4",
            Self::Picture => "image/jpeg",
        })
    }
}

/// An opened file, to be given to a client.
pub struct StoredMedia {
    file: OpenedFile,
    kind: Kind,
    etag: HeaderValue,
    last_modified: HeaderValue,
}

impl StoredMedia {
    /// Opens the file that a row names, beneath the library's root only.
    ///
    /// # Errors
    /// `not_found` without a path or a file; 400 for a path that leads out of the library.
    pub async fn open(app: &App, path: Option<String>, kind: Kind, not_found: ApiError) -> Result<Self, ApiError> {
        let Some(path) = path else { return Err(not_found) };
        let outside = |_| ApiError::BadRequest("The file lies outside the media library.".to_owned());
        let path: MediaPath = path.parse().map_err(outside)?;
        let library = app.library.clone();
        let opened = tokio::task::spawn_blocking(move || library.get(&path)).await;
        let opened = opened.map_err(|error| ApiError::Internal(error.to_string()))??;
        opened.map(|file| Self::new(file, kind)).ok_or(not_found)
    }

    /// A file of this kind.
    fn new(file: OpenedFile, kind: Kind) -> Self {
        // A stored file never changes under its name but by replacement, which changes its time.
        let nanos = file.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let etag = format!("\"{:x}-{nanos:x}\"", file.size_bytes);
        let last_modified = httpdate::fmt_http_date(file.modified.max(UNIX_EPOCH));
        let header = |text: String| HeaderValue::try_from(text).expect("digits, letters and quotes are a header value");
        Self { kind, etag: header(etag), last_modified: header(last_modified), file }
    }

    /// The answer to a `GET` or `HEAD` with these headers.
    ///
    /// # Errors
    /// No byte lies in the asked range, or the file cannot be read.
    pub async fn answer(self, method: &Method, headers: &HeaderMap) -> Result<Response, ApiError> {
        if self.is_known(headers) {
            return Ok((StatusCode::NOT_MODIFIED, self.headers()).into_response());
        }
        let size_bytes = self.file.size_bytes;
        // Ranges are for `GET` alone (RFC 9110, 14.2).
        let wanted = match headers.get(header::RANGE).filter(|_| *method == Method::GET && self.range_holds(headers)) {
            Some(range) => range::wanted(range.as_bytes(), size_bytes),
            None => Wanted::Whole,
        };
        match wanted {
            Wanted::Whole => self.send(StatusCode::OK, None, method),
            Wanted::Part(part) => self.send(StatusCode::PARTIAL_CONTENT, Some(part), method),
            Wanted::Nothing => Err(ApiError::RangeNotSatisfiable { size_bytes }),
        }
    }

    /// Whether the client says that it has this very file (RFC 9110, 13.2.2: the tag goes before the date).
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let tags = headers.get_all(header::IF_NONE_MATCH);
        if tags.iter().next().is_some() {
            return tags.iter().any(|tags| self.is_among(tags));
        }
        headers.get(header::IF_MODIFIED_SINCE).and_then(date).is_some_and(|since| {
            // Dates on the wire have whole seconds.
            date(&self.last_modified).is_some_and(|modified| modified <= since)
        })
    }

    fn is_among(&self, tags: &HeaderValue) -> bool {
        let tag = |text: &str| text.trim().trim_start_matches("W/") == self.etag || text.trim() == "*";
        tags.to_str().is_ok_and(|tags| tags.split(',').any(tag))
    }

    /// Whether a range still is one of the file the client knows: `If-Range` names its tag or its date exactly.
    fn range_holds(&self, headers: &HeaderMap) -> bool {
        headers.get(header::IF_RANGE).is_none_or(|known| known == self.etag || known == self.last_modified)
    }

    fn headers(&self) -> [(HeaderName, HeaderValue); 4] {
        [
            (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
            // Kept by the browser of who may see it, and asked about each time: it may be deleted.
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
            (header::ETAG, self.etag.clone()),
            (header::LAST_MODIFIED, self.last_modified.clone()),
        ]
    }

    fn send(self, status: StatusCode, part: Option<ByteRange>, method: &Method) -> Result<Response, ApiError> {
        let (common, kind, size_bytes) = (self.headers(), self.kind.content_type(), self.file.size_bytes);
        let length = part.map_or(size_bytes, ByteRange::length);
        let body = match *method {
            Method::HEAD => Body::empty(),
            _ => Body::from_stream(self.file.stream(part.map_or(0, |part| part.first), length)),
        };
        let mut response = (status, common, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CONTENT_LENGTH, length.into());
        if let Some(part) = part {
            headers.insert(header::CONTENT_RANGE, part.content_range(size_bytes));
        }
        Ok(response)
    }
}

fn date(value: &HeaderValue) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}
