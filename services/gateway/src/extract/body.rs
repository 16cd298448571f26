//! JSON bodies: judged by their headers first, then by their size, then read.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use crate::error::{ApiError, FieldFault};

/// The longest JSON body, in bytes; a thousand ids need 20 KiB.
const BYTES_MAX: usize = 1 << 20;
/// A megabyte takes this long on a very slow line; whoever needs longer only holds the connection.
const WITHIN: Duration = Duration::from_secs(20);

/// A JSON object, its fields not judged yet: see [`super::Input::body`].
#[derive(Debug)]
pub struct JsonBody(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        // Without a body there is nothing whose kind could be wrong.
        let nothing_sent = !parts.headers.contains_key(header::CONTENT_TYPE) && body.is_end_stream();
        if !nothing_sent {
            check_kind(&parts.headers)?;
        }
        check_announced_size(&parts.headers)?;
        parse(&read(body).await?).map(Self)
    }
}

/// Another content type is refused before anything is read, and so is a body that would have to be unpacked.
fn check_kind(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or("?").trim().to_ascii_lowercase();
    let packed = headers.get_all(header::CONTENT_ENCODING).iter().map(text).any(|encoding| encoding != "identity");
    if packed {
        return Err(ApiError::UnsupportedMediaType("Send the body without a Content-Encoding.".to_owned()));
    }
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter().map(text);
    let json = matches!((kinds.next(), kinds.next()), (Some(kind), None) if is_json(&kind));
    if json { Ok(()) } else { Err(ApiError::UnsupportedMediaType("Send JSON, as application/json.".to_owned())) }
}

/// `application/json` and its kin, such as `application/merge-patch+json`, in UTF-8.
fn is_json(kind: &str) -> bool {
    let mut parts = kind.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some(("charset", charset)) => matches!(charset.trim_matches('"'), "utf-8" | "utf8"),
        _ => true,
    });
    utf8 && (essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json"))
}

fn check_announced_size(headers: &HeaderMap) -> Result<(), ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BYTES_MAX as u64) { Err(ApiError::BodyTooLarge) } else { Ok(()) }
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    let whole = tokio::time::timeout(WITHIN, Limited::new(body, BYTES_MAX).collect());
    match whole.await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge),
        Ok(Err(_)) => Err(ApiError::BadRequest("The body broke off.".to_owned())),
        Err(_) => Err(ApiError::BodyTooSlow),
    }
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let refused = |kind, msg: String| Err(ApiError::invalid(FieldFault::whole("body", kind, msg)));
    if bytes.is_empty() {
        return refused("missing", "a JSON object is required".to_owned());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => refused("object_type", "must be a JSON object".to_owned()),
        Err(error) => refused("json_invalid", format!("not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    async fn outcome(headers: &[(&str, &str)], body: impl Into<Body>) -> u16 {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match JsonBody::from_request(request.body(body.into()).unwrap(), &()).await {
            Ok(_) => 200,
            Err(error) => error.into_response().status().as_u16(),
        }
    }

    const JSON: (&str, &str) = ("content-type", "application/json");

    #[tokio::test]
    async fn the_kind_goes_before_the_size_and_the_size_before_the_content() {
        let longest = format!(r#"{{"a":"{}"}}"#, "x".repeat(BYTES_MAX - 8));
        assert_eq!(longest.len(), BYTES_MAX);
        let too_long = format!("{longest} ");
        for (headers, body, status) in [
            (vec![JSON], "{}", 200),
            (vec![("content-type", "Application/JSON; charset=UTF-8")], "{}", 200),
            (vec![("content-type", "application/merge-patch+json")], "{}", 200),
            (vec![JSON, ("content-encoding", "identity")], "{}", 200),
            (vec![JSON], longest.as_str(), 200),
            (vec![], "{}", 415),
            (vec![], "", 422),
            (vec![("content-type", "text/plain")], "", 415),
            (vec![("content-type", "text/plain")], "{}", 415),
            (vec![("content-type", "application/json; charset=latin1")], "{}", 415),
            (vec![JSON, JSON], "{}", 415),
            (vec![JSON, ("content-encoding", "gzip")], "{}", 415),
            (vec![("content-type", "text/plain")], too_long.as_str(), 415),
            (vec![JSON], too_long.as_str(), 413),
            (vec![JSON, ("content-length", "1048577")], "", 413),
            (vec![JSON], "", 422),
            (vec![JSON], "{", 422),
            (vec![JSON], "[]", 422),
            (vec![JSON], "null", 422),
            (vec![JSON], r#"{"a":1e999}"#, 422),
            (vec![JSON], "{\"a\":\"\u{0}\"}", 422),
        ] {
            assert_eq!(outcome(&headers, body.to_owned()).await, status, "{headers:?} {:.40}", body);
        }
        let deep = "[".repeat(100_000);
        assert_eq!(outcome(&[JSON], format!(r#"{{"a":{deep}"#)).await, 422);
        assert_eq!(outcome(&[JSON], Body::from(b"{\"a\":\"\xff\"}".as_slice())).await, 422);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_not_waited_for() {
        let stalled = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(outcome(&[JSON], stalled).await, 408);
    }
}
