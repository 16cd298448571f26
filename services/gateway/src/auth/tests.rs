//! The rules of authentication, as tables.

use axum::body::Body;
use axum::http::Method;

use super::*;

const KEY: &str = "right-key";

fn settings() -> GatewaySettings {
    GatewaySettings { api_key: Some(Secret::new(KEY)), ..GatewaySettings::default() }
}

fn with_proxy_secret() -> GatewaySettings {
    GatewaySettings { sso_proxy_secret: Some(Secret::new("proxy")), ..settings() }
}

fn without_authentication() -> GatewaySettings {
    GatewaySettings { auth_required: false, ..settings() }
}

fn request(method: Method, peer: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().method(method).uri("/api/cameras").header("host", "iris.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer(format!("{peer}:4711").parse().unwrap()));
    request
}

/// What becomes of a `GET`: how it was admitted, or the status of its refusal.
fn admitted(settings: &GatewaySettings, peer: &str, headers: &[(&str, &str)]) -> Result<Via, u16> {
    outcome(settings, &request(Method::GET, peer, headers))
}

fn outcome(settings: &GatewaySettings, request: &Request) -> Result<Via, u16> {
    let auth = Auth::new(settings).unwrap();
    admit(&auth, request).map(|principal| principal.via).map_err(|refusal| refusal.into_response().status().as_u16())
}

const NEAR: &str = "127.0.0.1";
const FAR: &str = "192.0.2.7";
const RIGHT: (&str, &str) = ("authorization", "Bearer right-key");
const WRONG: (&str, &str) = ("authorization", "Bearer wrong-key");
const MAIL: (&str, &str) = ("x-email", "ada@example.org");

#[test]
fn the_key_and_a_trusted_proxy_admit_and_nothing_else_does() {
    use Via::{ApiKey, Sso};
    for (peer, headers, wanted) in [
        (NEAR, vec![], Err(401)),
        (NEAR, vec![RIGHT], Ok(ApiKey)),
        (FAR, vec![RIGHT], Ok(ApiKey)),
        (NEAR, vec![("authorization", "bEARER  right-key ")], Ok(ApiKey)),
        (NEAR, vec![WRONG], Err(401)),
        (NEAR, vec![("authorization", "Bearer ")], Err(401)),
        (NEAR, vec![("authorization", "Basic right-key")], Err(401)),
        (NEAR, vec![MAIL], Ok(Sso)),
        ("[::ffff:127.0.0.1]", vec![MAIL], Ok(Sso)),
        ("[::1]", vec![MAIL], Ok(Sso)),
        (NEAR, vec![MAIL, WRONG], Ok(Sso)),
        (NEAR, vec![("x-email", " "), RIGHT], Ok(ApiKey)),
        (NEAR, vec![("x-email", " ")], Err(401)),
        (FAR, vec![MAIL], Err(401)),
        (FAR, vec![MAIL, RIGHT], Ok(ApiKey)),
        (NEAR, vec![RIGHT, RIGHT], Err(400)),
        (NEAR, vec![MAIL, MAIL], Err(400)),
        (NEAR, vec![MAIL, ("x-iris-proxy-secret", "a"), ("x-iris-proxy-secret", "a")], Err(400)),
        (FAR, vec![MAIL, MAIL, RIGHT], Ok(ApiKey)),
    ] {
        assert_eq!(admitted(&settings(), peer, &headers), wanted, "{headers:?} from {peer}");
    }
    let keyless = GatewaySettings { api_key: None, ..settings() };
    assert_eq!(admitted(&keyless, NEAR, &[RIGHT]), Err(401));
}

#[test]
fn the_proxys_secret_counts_where_it_is_set() {
    for (headers, wanted) in [
        (vec![MAIL], Err(401)),
        (vec![MAIL, ("x-iris-proxy-secret", "wrong")], Err(401)),
        (vec![MAIL, ("x-iris-proxy-secret", "proxy")], Ok(Via::Sso)),
        (vec![MAIL, RIGHT], Ok(Via::ApiKey)),
    ] {
        assert_eq!(admitted(&with_proxy_secret(), NEAR, &headers), wanted, "{headers:?}");
    }
}

#[test]
fn without_authentication_everyone_is_somebody() {
    let settings = without_authentication();
    for (headers, wanted) in
        [(vec![], Via::Anonymous), (vec![WRONG], Via::Anonymous), (vec![RIGHT], Via::ApiKey), (vec![MAIL], Via::Sso)]
    {
        assert_eq!(admitted(&settings, NEAR, &headers), Ok(wanted), "{headers:?}");
    }
}

#[test]
fn a_session_admits_as_the_key_does_but_is_no_key() {
    let auth = Auth::new(&settings()).unwrap();
    let given =
        |headers: &[(&str, &str)]| auth.session_for(request(Method::POST, NEAR, headers).headers(), wall_now(), false);
    let cookie = given(&[RIGHT]).unwrap();
    let cookie = ("cookie", cookie.split(';').next().unwrap());
    assert_eq!(admitted(&settings(), FAR, &[cookie]), Ok(Via::ApiKey));
    assert_eq!(admitted(&settings(), FAR, &[cookie, WRONG]), Err(401));
    assert_eq!(admitted(&settings(), NEAR, &[cookie, MAIL]), Ok(Via::Sso));
    // It buys no other session, and no page of another site may use it.
    assert_eq!(given(&[cookie]), None);
    let foreign = [cookie, ("origin", "https://evil.example")];
    assert_eq!(outcome(&settings(), &request(Method::POST, FAR, &foreign)), Err(403));
    let own = [cookie, ("origin", "https://iris.example")];
    assert_eq!(outcome(&settings(), &request(Method::POST, FAR, &own)), Ok(Via::ApiKey));
}

#[test]
fn another_sites_page_cannot_change_anything() {
    let own = ("origin", "https://iris.example");
    let foreign = ("origin", "https://evil.example");
    let cross = ("sec-fetch-site", "cross-site");
    let settings = GatewaySettings { allowed_origins: vec!["https://friend.example".to_owned()], ..settings() };
    for (headers, wanted) in [
        (vec![MAIL], Ok(Via::Sso)),
        (vec![MAIL, own], Ok(Via::Sso)),
        (vec![MAIL, ("origin", "https://friend.example")], Ok(Via::Sso)),
        (vec![MAIL, foreign], Err(403)),
        (vec![MAIL, ("origin", "null")], Err(403)),
        (vec![MAIL, own, foreign], Err(403)),
        (vec![MAIL, cross], Err(403)),
        (vec![MAIL, own, ("sec-fetch-site", "same-origin")], Ok(Via::Sso)),
        (vec![RIGHT, foreign, cross], Ok(Via::ApiKey)),
        (vec![MAIL, ("x-forwarded-host", "outside.example"), ("origin", "https://outside.example")], Ok(Via::Sso)),
        (vec![MAIL, ("x-forwarded-host", "outside.example"), own], Err(403)),
    ] {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert_eq!(outcome(&settings, &request(method, NEAR, &headers)), wanted, "{headers:?}");
        }
        assert!(admitted(&settings, NEAR, &headers).is_ok(), "reading with {headers:?}");
    }
    let anonymous = request(Method::POST, FAR, &[foreign]);
    assert_eq!(outcome(&without_authentication(), &anonymous), Err(403));
    let untrusted = [("x-forwarded-host", "evil.example"), foreign];
    assert_eq!(outcome(&without_authentication(), &request(Method::POST, FAR, &untrusted)), Err(403));
}

#[test]
fn closing_a_live_session_by_get_is_a_mutation() {
    let mut close = request(Method::GET, NEAR, &[MAIL, ("sec-fetch-site", "cross-site")]);
    assert!(outcome(&settings(), &close).is_ok());
    *close.uri_mut() = "/api/live/1/hls/close".parse().unwrap();
    assert_eq!(outcome(&settings(), &close), Err(403));
}
