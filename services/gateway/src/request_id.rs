//! Every request has an id: the client's own where it is usable, else a fresh one. It is in the answer, in every log line of the
//! request and in its trace. The outermost layer; it decides nothing about the request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use iris_runtime::TraceContext;
use tracing::{Instrument, Span, field};
use uuid::Uuid;

use crate::app::App;
use crate::auth::peer_of;

/// The header, in both directions.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id taken over, in characters.
const LENGTH_MAX: usize = 128;

/// Gives the request its id and its span, and writes one line when it was answered.
pub async fn identify(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = usable(request.headers()).unwrap_or_else(fresh);
    let span = span(&app, &request, &id);
    let mut response = async {
        let started = Instant::now();
        let response = next.run(request).await;
        let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis());
        metrics::counter!("iris_http_requests_total", "status" => status.to_string()).increment(1);
        metrics::histogram!("iris_http_answer_seconds").record(started.elapsed());
        Span::current().record("http.status", status);
        tracing::info!(http.status = status, duration_ms, "answered {status} in {duration_ms} ms");
        response
    }
    .instrument(span)
    .await;
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}

/// The query is left out: clients put tokens there.
fn span(app: &App, request: &Request, id: &HeaderValue) -> Span {
    let (method, path, id) = (request.method(), request.uri().path(), id.to_str().unwrap_or_default());
    let span = tracing::info_span!("request", request.id = id, http.method = %method, http.path = path, http.status = field::Empty);
    // A stranger's trace headers could decide what is exported.
    if app.auth.trusts(peer_of(request)) {
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        TraceContext::received(headers).attach(&span);
    }
    span
}

/// The client's id, when it sent exactly one and it is 1 to 128 of `[A-Za-z0-9._-]`.
fn usable(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut sent = headers.get_all(X_REQUEST_ID).iter();
    let (Some(id), None) = (sent.next(), sent.next()) else { return None };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    ((1..=LENGTH_MAX).contains(&id.len()) && id.as_bytes().iter().all(plain)).then(|| id.clone())
}

fn fresh() -> HeaderValue {
    HeaderValue::try_from(Uuid::now_v7().to_string()).expect("a UUID is a header value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken_over() {
        let taken = |ids: &[&str]| {
            let mut headers = HeaderMap::new();
            for id in ids {
                headers.append(X_REQUEST_ID, HeaderValue::from_str(id).unwrap());
            }
            usable(&headers).is_some()
        };
        let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
        for id in ["a", "A.b_c-9", longest.as_str()] {
            assert!(taken(&[id]), "{id}");
        }
        for id in ["", " ", "a b", "a/b", "é", too_long.as_str()] {
            assert!(!taken(&[id]), "{id}");
        }
        assert!(!taken(&[]) && !taken(&["a", "b"]));
    }
}
