//! Authentication over the wire; its rules are tables in `src/auth/tests.rs`.

use iris_runtime::Secret;
use reqwest::Method;
use serde_json::json;

use crate::support::{KEY, World, answer, json_of};

#[tokio::test]
async fn who_asks_is_known_before_anything_else() {
    let world = World::start_with(|settings| {
        settings.sso_proxy_secret = Some(Secret::new("proxy"));
        settings.allowed_origins = vec!["https://friend.example".to_owned()];
    })
    .await;
    let gateway = &world.gateway;
    for path in [
        "/api/cameras",
        "/api/nothing",
        "/api",
        "/api/docs",
        "/api/feed",
        "/api/live/1/stream",
        "/api/identities",
        "/api/people/1/faces/1/image",
    ] {
        let refused = answer(gateway.bare(Method::GET, path), 401).await;
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        let body: serde_json::Value = refused.json().await.unwrap();
        assert_eq!(body, json!({ "detail": "Authentication required." }), "{path}");
    }
    let wrong = gateway.bare(Method::GET, "/api/cameras").bearer_auth("wrong");
    assert_eq!(json_of(wrong, 401).await, json!({ "detail": "Invalid API key." }));
    let twice = gateway.get("/api/cameras").header("authorization", format!("Bearer {KEY}"));
    answer(twice, 400).await;

    let user = |request| async { json_of(request, 200).await["user"].clone() };
    let by_key = json!({ "email": null, "name": null, "via": "api_key" });
    assert_eq!(user(gateway.get("/api/system")).await, by_key);
    let signed_in = || {
        let request = gateway.bare(Method::GET, "/api/system").header("x-email", "ada@example.org");
        request.header("x-user", "Ada").header("x-iris-proxy-secret", "proxy")
    };
    let ada = json!({ "email": "ada@example.org", "name": "Ada", "via": "sso" });
    assert_eq!(user(signed_in()).await, ada);
    assert_eq!(user(signed_in().bearer_auth("wrong")).await, ada);
    answer(gateway.bare(Method::GET, "/api/system").header("x-email", "ada@example.org"), 401).await;

    let question = gateway
        .bare(Method::OPTIONS, "/api/cameras")
        .header("origin", "https://friend.example")
        .header("access-control-request-method", "POST");
    let allowed = answer(question, 200).await;
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://friend.example");
    let stranger = answer(gateway.get("/api/cameras").header("origin", "https://evil.example"), 200).await;
    assert!(!stranger.headers().contains_key("access-control-allow-origin"));
    world.gateway.stop().await;
}
