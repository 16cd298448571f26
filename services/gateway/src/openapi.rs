//! The API's description at `/api/openapi.json`, gathered from the handlers, and a page to browse and try it at `/api/docs`.
//! The page's files are compiled in; it loads nothing from anywhere else.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as ResponseDescription, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi};
use utoipa_swagger_ui::Config;

use crate::app::App;
use crate::error::{ApiError, ErrorBody, ValidationBody};

/// Scripts and data come from here only; the page's library sets styles inline and draws its icons from `data:` addresses.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     frame-ancestors 'none'",
);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Iris",
        description = "Cameras, live pictures, recordings, and who was seen. Times are RFC 3339 in UTC; errors are `{ \"detail\": ... }`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "cameras", description = "Which cameras are watched, and how"),
        (name = "live", description = "What they see now"),
        (name = "events", description = "What was recorded"),
        (name = "identities", description = "Who was seen, known again on any camera"),
        (name = "people", description = "Whom to recognise by name"),
        (name = "face-groups", description = "Captured faces, grouped by who they seem to be"),
        (name = "system", description = "What runs, and how it fares")
    ),
    components(schemas(ErrorBody, ValidationBody)),
    security(("api_key" = []), ("sso" = []))
)]
struct Frame;

/// The description without the routes: what holds for all of them.
pub fn frame() -> utoipa::openapi::OpenApi {
    let mut frame = Frame::openapi();
    let components = frame.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The API key.")).build();
    components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
    let sso = ApiKeyValue::with_description("X-Email", "Set by the single sign-on proxy; believed from it only.");
    components.add_security_scheme("sso", SecurityScheme::ApiKey(ApiKey::Header(sso)));
    frame
}

/// The routes of the description and its page.
pub fn router(description: &utoipa::openapi::OpenApi) -> Router<Arc<App>> {
    let json = Bytes::from(description.to_json().expect("the description is made of texts and numbers"));
    // The library's checker of descriptions is another company's server.
    let config = Arc::new(Config::from("/api/openapi.json").validator_url("none").persist_authorization(true));
    let page = Router::new().route("/api/docs", get(index)).route("/api/docs/{file}", get(file)).with_state(config);
    page.route("/api/openapi.json", get(move || async move { ([(header::CONTENT_TYPE, "application/json")], json) }))
}

/// The page itself. Its links are relative to `docs/`, and a path with a trailing slash would be another one here.
async fn index(State(config): State<Arc<Config<'static>>>) -> Result<Response, ApiError> {
    let (html, _) = asset("index.html", config)?;
    let html = String::from_utf8_lossy(&html).replace("Swagger UI", "Iris API");
    let html = html.replace("\"./", "\"docs/").replace("\"index.css\"", "\"docs/index.css\"");
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], with_policy(html.into_response())).into_response())
}

/// A script, style or picture of the page.
async fn file(Path(name): Path<String>, State(config): State<Arc<Config<'static>>>) -> Result<Response, ApiError> {
    let (bytes, kind) = asset(&name, config)?;
    Ok(([(header::CONTENT_TYPE, kind)], with_policy(bytes.into_response())).into_response())
}

fn asset(name: &str, config: Arc<Config<'static>>) -> Result<(Vec<u8>, String), ApiError> {
    let found = utoipa_swagger_ui::serve(name, config).map_err(|error| ApiError::Internal(error.to_string()))?;
    let file = found.ok_or(ApiError::UnknownPath)?;
    Ok((file.bytes.into_owned(), file.content_type))
}

fn with_policy(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    response
}

/// What every `GET` may answer when it refuses.
pub enum ReadRefusals {}
/// What every mutation without a body may answer when it refuses.
pub enum MutationRefusals {}
/// What every mutation with a body may answer when it refuses.
pub enum BodyRefusals {}
/// What every upload of a photo may answer when it refuses.
pub enum UploadRefusals {}

const READ: [(&str, &str); 4] = [
    ("400", "Contradicts itself, such as by two credentials of one kind"),
    ("401", "No credential, or a wrong one"),
    ("422", "Parts of the request are wrong; all of them are named"),
    ("503", "The database or a service is away; try again"),
];
const MUTATION: (&str, &str) = ("403", "Sent by another site's page");
const BODY: [(&str, &str); 3] = [
    ("408", "The body did not arrive in time"),
    ("413", "The body is longer than a megabyte"),
    ("415", "The body is not JSON, or is packed"),
];

const UPLOAD: [(&str, &str); 4] = [
    ("400", "The file is empty or cannot be decoded"),
    ("408", "The body did not arrive in time"),
    ("413", "The file is longer than 8 MiB, or has more than 50 million pixels"),
    ("415", "The file is no JPEG, PNG or WebP"),
];

impl IntoResponses for ReadRefusals {
    fn responses() -> BTreeMap<String, RefOr<ResponseDescription>> {
        refusals(READ)
    }
}

impl IntoResponses for MutationRefusals {
    fn responses() -> BTreeMap<String, RefOr<ResponseDescription>> {
        refusals(READ.into_iter().chain([MUTATION]))
    }
}

impl IntoResponses for BodyRefusals {
    fn responses() -> BTreeMap<String, RefOr<ResponseDescription>> {
        refusals(READ.into_iter().chain([MUTATION]).chain(BODY))
    }
}

impl IntoResponses for UploadRefusals {
    fn responses() -> BTreeMap<String, RefOr<ResponseDescription>> {
        refusals(READ.into_iter().chain([MUTATION]).chain(UPLOAD))
    }
}

fn refusals(
    table: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> BTreeMap<String, RefOr<ResponseDescription>> {
    let described = |(status, description): (&str, &str)| {
        let schema = if status == "422" { "ValidationBody" } else { "ErrorBody" };
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        let response = ResponseBuilder::new().description(description).content("application/json", content).build();
        (status.to_owned(), RefOr::T(response))
    };
    table.into_iter().map(described).collect()
}
