//! Whether a mutation was sent by a page of another site, whose browser adds the proxy's cookie without being asked.
//! Judged by `Sec-Fetch-Site` and `Origin`, which no page can forge; a client that sends neither is no browser.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, header};

use crate::error::ApiError;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Whether the request may change something. Closing a live session does, though a page may do it by `GET`.
pub(super) fn is_mutation(request: &Request) -> bool {
    match *request.method() {
        Method::GET | Method::HEAD => request.uri().path().ends_with("/hls/close"),
        Method::OPTIONS => false,
        _ => true,
    }
}

/// Refuses what comes from another site than the request's own host and the allowed origins.
pub(super) fn check(request: &Request, trusted_peer: bool, allowed_origins: &[String]) -> Result<(), ApiError> {
    let headers = request.headers();
    if headers.get_all(SEC_FETCH_SITE).iter().any(|site| site == "cross-site") {
        return Err(ApiError::CrossSite);
    }
    let own_host = own_host(request, trusted_peer);
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let at_home = origins.all(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            || own_host.is_some_and(|host| is_of_host(origin, host))
    });
    if at_home { Ok(()) } else { Err(ApiError::CrossSite) }
}

/// The host, with its port, that the browser believes to talk to.
fn own_host(request: &Request, trusted_peer: bool) -> Option<&str> {
    let forwarded = text(request.headers(), &X_FORWARDED_HOST).filter(|_| trusted_peer);
    // A chain of proxies lists its hosts; the first is the browser's.
    let forwarded = forwarded.and_then(|hosts| hosts.split(',').next()).map(str::trim);
    let own = text(request.headers(), &header::HOST).or_else(|| request.uri().authority().map(|host| host.as_str()));
    forwarded.filter(|host| !host.is_empty()).or(own)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Compares host and port; a scheme's usual port may be left out on either side. The scheme itself is not compared, since only
/// the proxy knows it.
fn is_of_host(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let usual_port = match scheme.to_ascii_lowercase().as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |text: &str| text.strip_suffix(usual_port).unwrap_or(text).to_ascii_lowercase();
    !authority.is_empty() && bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_with_the_host_and_its_port() {
        for (origin, host, same) in [
            ("http://iris.example", "iris.example", true),
            ("https://IRIS.example", "iris.example:443", true),
            ("https://iris.example:443", "iris.example", true),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://127.0.0.1:8080", "127.0.0.1:9090", false),
            ("http://127.0.0.1", "127.0.0.1:8080", false),
            ("https://iris.example", "iris.example:80", false),
            ("https://iris.example.evil", "iris.example", false),
            ("https://evil/iris.example", "iris.example", false),
            ("null", "null", false),
            ("", "", false),
            ("http://", "", false),
        ] {
            assert_eq!(is_of_host(origin, host), same, "{origin} at {host}");
        }
    }
}
