//! All routes, and the layers that every request passes: its id, the headers every answer has, who asks; then routing.

use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::error::ApiError;
use crate::page::Page;
use crate::{
    auth, cameras, events, face_groups, feed, health, hls, identities, live, openapi, people, request_id, search,
    session, system,
};

/// The finished service, as the server calls it.
pub type HttpService = BoxCloneSyncService<Request, Response, Infallible>;

/// Puts everything together.
pub fn service(app: Arc<App>) -> HttpService {
    let (routes, description) = routes().split_for_parts();
    let page = Page::read(&app.settings.web_dir);
    let unrouted =
        move |method: Method, uri: Uri, headers: HeaderMap| async move { page.answer(&method, &uri, &headers) };
    let routes = routes
        .merge(openapi::router(&description))
        .fallback(unrouted)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .with_state(app.clone());
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), request_id::identify))
        .layer(from_fn(add_headers))
        .option_layer(cors(&app.settings.allowed_origins))
        .layer(CatchPanicLayer::custom(panicked))
        // Before routing: nobody learns without a credential which paths exist.
        .layer(from_fn_with_state(app, auth::authenticate));
    BoxCloneSyncService::new(layers.service(routes).map_response(IntoResponse::into_response))
}

/// Every route with its description.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(cameras::router())
        .merge(live::router())
        .merge(hls::router())
        .merge(events::router())
        .merge(identities::router())
        .merge(people::router())
        .merge(face_groups::router())
        .merge(search::router())
        .merge(feed::router())
        .merge(system::router())
        .merge(session::router())
        .merge(health::router())
}

/// Nothing is sniffed; and what says nothing of caching is kept by nobody.
async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Answers the questions of browsers whether pages of the allowed origins may ask; nobody's when there are none.
fn cors(allowed_origins: &[String]) -> Option<CorsLayer> {
    if allowed_origins.is_empty() {
        return None;
    }
    let origins = allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let request_id = HeaderName::from_static("x-request-id");
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::RANGE, request_id.clone()])
            .expose_headers([header::CONTENT_RANGE, header::ACCEPT_RANGES, header::ETAG, request_id]),
    )
}

/// A bug costs one answer, not the process. The panic hook has logged where it was.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::Internal("a handler panicked".to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// The whole API in a few lines: method, path and the statuses it promises.
    #[test]
    fn every_route_is_described() {
        let description = serde_json::to_value(routes().into_openapi()).unwrap();
        let (mut lines, mut names) = (Vec::new(), HashSet::new());
        for (path, methods) in description["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let what = format!("{method} {path}");
                assert!(operation["summary"].is_string(), "{what} has no summary");
                assert!(names.insert(operation["operationId"].clone()), "{what} has another's name");
                assert!(operation["tags"][0].is_string(), "{what} has no tag");
                let responses = operation["responses"].as_object().unwrap();
                assert!(path == "/health" || responses.contains_key("401"), "{what} needs no credential");
                assert!(responses.values().all(|response| response["description"] != ""), "{what} has no description");
                let statuses: Vec<_> = responses.keys().map(String::as_str).collect();
                lines.push(format!("{:6} {path} {}", method.to_uppercase(), statuses.join(" ")));
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
