//! Everything a request can come to grief on, and the only place that knows HTTP's statuses for it. A text for the person who
//! asked goes into the answer; what only an operator should know goes into the log.

use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use iris_bus::{AskError, BusError};
use iris_domain::Fault;
use iris_library::LibraryError;
use iris_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not answered as it was meant. Variants are by what the caller can do about it.
#[derive(Debug)]
pub enum ApiError {
    /// The request contradicts itself or the moment.
    BadRequest(String),
    /// No credential, or a wrong one.
    Unauthenticated(&'static str),
    /// A mutation that another site's page made the browser send.
    CrossSite,
    /// The resource that the path names does not exist, such as `Camera not found`.
    NotFound(&'static str),
    /// Nothing is served under this path.
    UnknownPath,
    /// The path is served, but not by this method; the router adds `Allow`.
    MethodNotAllowed,
    /// The body did not come in time.
    BodyTooSlow,
    /// The resource is not in a state that allows it.
    Conflict(String),
    /// The body is longer than it may be.
    BodyTooLarge,
    /// The photo has more pixels than may be decoded.
    PictureTooLarge,
    /// The body is of a kind or an encoding that is not read here.
    UnsupportedMediaType(String),
    /// No part of the file lies in the asked range.
    RangeNotSatisfiable {
        /// Size of the whole file.
        size_bytes: u64,
    },
    /// Parts of the request are wrong; all of them, at once.
    Invalid(Vec<FieldFault>),
    /// This installation has no service that could do it.
    NotImplemented(&'static str),
    /// A bug, or data that this program cannot have written: the text is for the log only.
    Internal(String),
    /// Something the answer needs is away; trying later may succeed.
    Unavailable {
        /// For the person who asked.
        detail: String,
        /// For the log.
        cause: String,
    },
}

/// A step of the way to a wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Step {
    /// `body`, `query` or `path`, or a field's name.
    Name(String),
    /// A place in a list, counted from 0.
    Index(usize),
}

/// One wrong part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldFault {
    /// Where: `["body", "name"]`.
    #[schema(example = json!(["body", "detect_conf"]))]
    pub loc: Vec<Step>,
    /// What is wrong and what would be right.
    #[schema(example = "must be between 0 and 1")]
    pub msg: String,
    /// A short machine word.
    #[serde(rename = "type")]
    #[schema(example = "out_of_range")]
    pub kind: &'static str,
}

impl FieldFault {
    /// A fault of the part `place` (`body`, `query` or `path`) as a whole.
    pub fn whole(place: &str, kind: &'static str, msg: impl Into<String>) -> Self {
        Self { loc: vec![Step::Name(place.to_owned())], msg: msg.into(), kind }
    }

    /// A fault of one field of `place`.
    pub fn field(place: &str, field: &str, kind: &'static str, msg: impl Into<String>) -> Self {
        let mut fault = Self::whole(place, kind, msg);
        fault.loc.push(Step::Name(field.to_owned()));
        fault
    }

    /// A fault of a body that the domain found.
    pub fn of_body(fault: Fault) -> Self {
        Self::field("body", fault.field, fault.kind, fault.message)
    }
}

/// The body of every error but validation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong, for a person.
    #[schema(example = "Camera not found")]
    pub detail: String,
}

/// The body of a 422.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationBody {
    /// Every fault that was found.
    pub detail: Vec<FieldFault>,
}

impl ApiError {
    /// Something is away that the answer needs, such as `the detector`.
    pub fn unavailable(detail: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::Unavailable { detail: detail.into(), cause: cause.to_string() }
    }

    /// A single fault as a refusal.
    pub fn invalid(fault: FieldFault) -> Self {
        Self::Invalid(vec![fault])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::BodyTooLarge | Self::PictureTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RangeNotSatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The text for the person who asked; validation has a list instead.
    fn detail(&self) -> String {
        match self {
            Self::BadRequest(text) | Self::Conflict(text) | Self::UnsupportedMediaType(text) => text.clone(),
            Self::Unauthenticated(text) | Self::NotFound(text) | Self::NotImplemented(text) => (*text).to_owned(),
            Self::CrossSite => "Refused: the request comes from another site's page.".to_owned(),
            Self::UnknownPath => "Not found".to_owned(),
            Self::MethodNotAllowed => "Method not allowed".to_owned(),
            Self::BodyTooSlow => "The body did not arrive in time.".to_owned(),
            Self::BodyTooLarge => "The body is too large.".to_owned(),
            Self::PictureTooLarge => "The photo has more than 50 million pixels.".to_owned(),
            Self::RangeNotSatisfiable { size_bytes } => format!("The file has {size_bytes} bytes."),
            Self::Invalid(faults) => format!("{} parts of the request are wrong", faults.len()),
            Self::Internal(_) => {
                "Something went wrong inside Iris; its log says more under this request's id.".to_owned()
            }
            Self::Unavailable { detail, .. } => detail.clone(),
        }
    }

    fn log(&self) {
        match self {
            Self::Internal(cause) => tracing::error!(error = cause, "a request failed: {cause}"),
            Self::Unavailable { detail, cause } => tracing::warn!(error = cause, "answered 503 ({detail}): {cause}"),
            _ => {}
        }
    }
}

/// For the log: the cause where there is one.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(cause) | Self::Unavailable { cause, .. } => f.write_str(cause),
            other => f.write_str(&other.detail()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        let mut response = match &self {
            Self::Invalid(faults) => (status, Json(ValidationBody { detail: faults.clone() })).into_response(),
            other => (status, Json(ErrorBody { detail: other.detail() })).into_response(),
        };
        let mut add = |name, value| response.headers_mut().insert(name, value);
        match self {
            Self::Unauthenticated(_) => add(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Self::RangeNotSatisfiable { size_bytes } => {
                let whole = HeaderValue::try_from(format!("bytes */{size_bytes}")).expect("digits are a header value");
                add(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
                add(header::CONTENT_RANGE, whole)
            }
            // What was read of the connection ends somewhere inside a body: the next request on it could not be found.
            Self::BodyTooLarge | Self::BodyTooSlow => add(header::CONNECTION, HeaderValue::from_static("close")),
            // Losing a dependency is a matter of seconds; clients that retry should not do so at once.
            Self::Unavailable { .. } => add(header::RETRY_AFTER, HeaderValue::from_static("2")),
            _ => None,
        };
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => Self::unavailable("The database is not available.", error),
            StoreError::Conflict { .. } => Self::unavailable("Another change came between; try again.", error),
            StoreError::NoSuchCamera { .. } => Self::NotFound("Camera not found"),
            StoreError::Corrupt { .. } | StoreError::Refused { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Foreign { .. } => Self::BadRequest("The file lies outside the media library.".to_owned()),
            LibraryError::Away { .. } => Self::unavailable("The media library is not available.", error),
            LibraryError::Full { .. } | LibraryError::Io { .. } | LibraryError::Bucket(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl From<BusError> for ApiError {
    fn from(error: BusError) -> Self {
        Self::unavailable("The message bus is not available.", error)
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        let detail = match error {
            AskError::NobodyThere => "No service is responsible for this camera now.",
            AskError::Late => "The responsible service did not answer in time.",
            AskError::Disconnected => "The message bus is not available.",
            AskError::Malformed => "The responsible service gave an answer that cannot be read.",
        };
        Self::unavailable(detail, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table: what goes wrong, its status, and what the answer says beside its `detail`.
    #[test]
    fn every_error_has_its_status() {
        let store = |attempt| StoreError::Unavailable { attempt, why: "gone".to_owned() };
        let table: [(ApiError, u16, &str); 21] = [
            (ApiError::BadRequest("no".to_owned()), 400, ""),
            (LibraryError::Foreign { attempt: "open", path: "x".to_owned() }.into(), 400, ""),
            (ApiError::Unauthenticated("Authentication required."), 401, "www-authenticate: Bearer"),
            (ApiError::CrossSite, 403, ""),
            (ApiError::NotFound("Camera not found"), 404, ""),
            (ApiError::UnknownPath, 404, ""),
            (ApiError::MethodNotAllowed, 405, ""),
            (ApiError::BodyTooSlow, 408, "connection: close"),
            (ApiError::Conflict("busy".to_owned()), 409, ""),
            (ApiError::BodyTooLarge, 413, "connection: close"),
            (ApiError::PictureTooLarge, 413, ""),
            (ApiError::UnsupportedMediaType("no".to_owned()), 415, ""),
            (ApiError::RangeNotSatisfiable { size_bytes: 7 }, 416, "content-range: bytes */7"),
            (ApiError::invalid(FieldFault::field("body", "name", "missing", "is required")), 422, ""),
            (ApiError::Internal("secret".to_owned()), 500, ""),
            (ApiError::NotImplemented("no service for it"), 501, ""),
            (StoreError::Corrupt { attempt: "list", what: "row".to_owned() }.into(), 500, ""),
            (store("list").into(), 503, "retry-after: 2"),
            (BusError::Disconnected.into(), 503, "retry-after: 2"),
            (AskError::NobodyThere.into(), 503, "retry-after: 2"),
            (AskError::Late.into(), 503, "retry-after: 2"),
        ];
        for (error, status, header) in table {
            let what = format!("{error:?}");
            let response = error.into_response();
            assert_eq!(response.status().as_u16(), status, "{what}");
            if let Some((name, value)) = header.split_once(": ") {
                assert_eq!(response.headers()[name], value, "{what}");
            }
        }
    }

    #[test]
    fn what_only_the_log_may_say_is_not_in_the_answer() {
        let internal = ApiError::Internal("password=hunter2".to_owned());
        let away = ApiError::unavailable("The database is not available.", "postgres://iris:hunter2@db");
        assert!(!internal.detail().contains("hunter2") && !away.detail().contains("hunter2"));
    }
}
