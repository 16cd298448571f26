//! `/api/session`: changes the API key into a cookie for the pictures and videos of a page, and ends it. See [`crate::auth`].

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::FromTrustedPeer;
use crate::openapi::MutationRefusals;
use crate::time::wall_now;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(begin, end))
}

/// Begin a session
///
/// For the API key as a bearer token there is a cookie that holds for fifteen minutes, is kept from scripts and other sites, and
/// admits to everything the key does. Whoever was admitted in another way needs none and gets none.
#[utoipa::path(
    post, path = "/api/session", operation_id = "begin_session", tag = "system",
    responses(
        MutationRefusals,
        (status = 204, description = "The cookie, for the key", headers(("Set-Cookie" = String, description = "`iris_session`")))
    )
)]
async fn begin(State(app): State<Arc<App>>, peer: FromTrustedPeer, headers: HeaderMap) -> Response {
    match app.auth.session_for(&headers, wall_now(), peer.by_https(&headers)) {
        Some(cookie) => with_cookie(&cookie),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// End the session in this browser
#[utoipa::path(
    delete, path = "/api/session", operation_id = "end_session", tag = "system",
    responses(MutationRefusals, (status = 204, description = "The cookie is taken back"))
)]
async fn end(peer: FromTrustedPeer, headers: HeaderMap) -> Response {
    with_cookie(&crate::auth::farewell(peer.by_https(&headers)))
}

fn with_cookie(cookie: &str) -> Response {
    let cookie = HeaderValue::try_from(cookie).expect("a cookie is made of plain characters");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
