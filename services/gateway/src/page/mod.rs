//! The page: what `web/` was built into, served at `/` to everybody, since it holds no data. Every address that is no file's is the
//! page itself, which knows its own views; only what looks like a file and is none is unknown.
//!
//! The files are read once, when the process starts. Without them there is the API alone.

mod files;

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::auth::is_api;
use crate::error::ApiError;
use files::{Encoding, File, Files};

/// Scripts, styles, pictures and data come from here only, and nothing that is written into the page runs. `blob:` is for pictures
/// that were just taken and for live video that a script puts together.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
     connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
/// The page may ask for this machine's camera, to enrol a face; nothing else.
const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(self), microphone=(), geolocation=(), payment=(), usb=()");
/// Files under this folder have a hash in their name and never change.
const HASHED: &str = "/assets/";

/// The files of the page, ready to be served.
#[derive(Debug, Clone)]
pub struct Page(Option<Arc<Files>>);

impl Page {
    /// Reads a folder. One that is not there, or holds no page, is said once and served as nothing.
    pub fn read(folder: &Path) -> Self {
        match Files::read(folder) {
            Ok(files) => {
                tracing::info!(files = files.count(), "serving the page from `{}`", folder.display());
                Self(Some(Arc::new(files)))
            }
            Err(error) => {
                tracing::info!("there is no page to serve: read `{}`: {error}", folder.display());
                Self(None)
            }
        }
    }

    /// The answer to what no route of the API takes.
    pub fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        let asked = matches!(*method, Method::GET | Method::HEAD) && !is_api(uri.path());
        let found = self.0.as_ref().filter(|_| asked).and_then(|files| found(files, uri.path()));
        match found {
            Some((path, file)) => served(path, file, headers),
            None => ApiError::UnknownPath.into_response(),
        }
    }
}

/// The file of a path; the page's own where the path cannot be a file's.
fn found<'a>(files: &'a Files, path: &'a str) -> Option<(&'a str, &'a File)> {
    let is_view = !path.rsplit('/').next().unwrap_or_default().contains('.');
    files
        .get(path)
        .map(|file| (path, file))
        .or_else(|| files.get("/index.html").filter(|_| is_view).map(|file| ("/", file)))
}

fn served(path: &str, file: &File, headers: &HeaderMap) -> Response {
    let caching = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == file.etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(file, headers)
    };
    let answered = response.headers_mut();
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answered.insert(header::ETAG, HeaderValue::try_from(&file.etag).expect("a hash is a header value"));
    answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answered.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    answered.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answered.insert(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    answered.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

fn body(file: &File, headers: &HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (encoding, bytes) = file.packed_for(accepted);
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    if encoding != Encoding::Identity {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::fs;

    fn page() -> (tempfile::TempDir, Page) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        for (name, text) in [
            ("index.html", "<!doctype html>"),
            ("assets/index-abc.js", "plain"),
            ("assets/index-abc.js.br", "by brotli"),
            ("assets/index-abc.js.gz", "by gzip"),
            ("favicon.svg", "<svg/>"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let page = Page::read(folder.path());
        (folder, page)
    }

    fn ask(page: &Page, method: Method, path: &str, headers: &[(HeaderName, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        page.answer(&method, &path.parse().unwrap(), &headers.collect())
    }

    async fn text(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_address_that_is_no_file_is_the_page() {
        let (_folder, page) = page();
        for path in ["/", "/index.html", "/live", "/events/12?camera=3", "/somewhere/else"] {
            let response = ask(&page, Method::GET, path, &[]);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
            assert_eq!(text(response).await, "<!doctype html>", "{path}");
        }
    }

    #[tokio::test]
    async fn what_is_neither_a_file_nor_a_view_is_unknown() {
        let (_folder, page) = page();
        for (method, path) in [
            (Method::GET, "/api"),
            (Method::GET, "/api/nothing"),
            (Method::GET, "/assets/gone-123.js"),
            (Method::GET, "/../Cargo.toml"),
            (Method::GET, "/.env"),
            (Method::POST, "/"),
            (Method::DELETE, "/live"),
        ] {
            let response = ask(&page, method, path, &[]);
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json", "{path}");
        }
    }

    #[tokio::test]
    async fn files_come_packed_as_the_browser_takes_them() {
        let (_folder, page) = page();
        for (accepted, wanted) in [
            ("gzip, deflate, br", "by brotli"),
            ("gzip", "by gzip"),
            ("br;q=0, gzip;q=0.5", "by gzip"),
            ("identity", "plain"),
            ("", "plain"),
        ] {
            let response = ask(&page, Method::GET, "/assets/index-abc.js", &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
            assert_eq!(text(response).await, wanted, "{accepted}");
        }
    }

    #[test]
    fn an_unchanged_file_is_not_sent_again_and_every_answer_has_its_policy() {
        let (_folder, page) = page();
        let first = ask(&page, Method::GET, "/", &[]);
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let second = ask(&page, Method::GET, "/", &[(header::IF_NONE_MATCH, format!("\"other\", {tag}").as_str())]);
        assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::NOT_MODIFIED));
        for response in [first, second] {
            assert!(
                response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("script-src 'self';")
            );
        }
    }

    /// The page's types are made of this file. `UPDATE_OPENAPI=1 cargo nextest run -p iris-gateway description_of_the_page` writes it.
    #[test]
    fn the_description_of_the_page_is_that_of_the_routes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
        let wanted = crate::router::routes().into_openapi().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            fs::write(&path, &wanted).unwrap();
        }
        assert!(fs::read_to_string(&path).unwrap() == wanted, "web/openapi.json is not what the routes are now");
    }

    #[test]
    fn without_its_files_there_is_the_api_alone() {
        let empty = tempfile::tempdir().unwrap();
        for folder in [empty.path(), Path::new("/nowhere")] {
            let response = ask(&Page::read(folder), Method::GET, "/", &[]);
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
        }
    }
}
