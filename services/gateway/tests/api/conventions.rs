//! What holds for every route: the order of checks, error bodies, ids, content types, headers.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;

use crate::support::{KEY, World, answer, faults_of, json_of};

#[tokio::test]
async fn every_request_meets_the_same_rules() {
    let world = World::start_with(|settings| settings.allow_file_sources = false).await;
    unknown_paths_and_methods(&world).await;
    ids_are_judged_alike_everywhere(&world).await;
    bodies_are_judged_before_fields(&world).await;
    checks_come_in_their_order(&world).await;
    every_answer_has_the_common_headers(&world).await;
    heads_are_answered_without_a_body(&world).await;
    tokio::task::spawn_blocking({
        let base = world.gateway.base.clone();
        move || broken_requests_are_refused(&base)
    })
    .await
    .unwrap();
    the_description_is_served(&world).await;
    world.gateway.stop().await;
}

async fn unknown_paths_and_methods(world: &World) {
    let gateway = &world.gateway;
    for path in
        ["/api", "/api/", "/api/nothing", "/api/cameras/", "/api/cameras/1/", "/api//cameras", "/api/events/1/clip/"]
    {
        let body = json_of(gateway.get(path), 404).await;
        assert_eq!(body, json!({ "detail": "Not found" }), "{path}");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/api/cameras", "GET,HEAD,POST"),
        (Method::POST, "/api/cameras/1", "GET,HEAD,PUT,DELETE"),
        (Method::PATCH, "/api/cameras/1", "GET,HEAD,PUT,DELETE"),
        (Method::GET, "/api/events/clear-all", "POST"),
        (Method::GET, "/api/identities/merge", "POST"),
        (Method::POST, "/api/identities/analytics", "GET,HEAD"),
        (Method::GET, "/api/search", "POST"),
        (Method::OPTIONS, "/api/cameras", "GET,HEAD,POST"),
        (Method::POST, "/health", "GET,HEAD"),
    ] {
        let response = answer(gateway.request(method.clone(), path), 405).await;
        let mut allowed: Vec<_> = response.headers()["allow"].to_str().unwrap().split(',').map(str::to_owned).collect();
        let mut wanted: Vec<_> = allow.split(',').collect();
        allowed.sort();
        wanted.sort_unstable();
        assert_eq!(allowed, wanted, "{method} {path}");
        assert!(response.json::<serde_json::Value>().await.unwrap()["detail"].is_string());
    }
}

async fn ids_are_judged_alike_everywhere(world: &World) {
    let gateway = &world.gateway;
    for id in ["0", "-1", "x", "1.0", "+1", "9223372036854775808", "%20", "1%00", "%ff"] {
        for request in [
            gateway.get(&format!("/api/cameras/{id}")),
            gateway.get(&format!("/api/cameras/{id}/status")),
            gateway.delete(&format!("/api/cameras/{id}")),
            gateway.put(&format!("/api/cameras/{id}"), &json!({})),
            gateway.get(&format!("/api/events/{id}")),
            gateway.delete(&format!("/api/events/{id}")),
            gateway.get(&format!("/api/events/{id}/clip")),
            gateway.get(&format!("/api/events/{id}/thumbnail")),
            gateway.get(&format!("/api/identities/{id}")),
            gateway.put(&format!("/api/identities/{id}"), &json!({})),
            gateway.delete(&format!("/api/identities/{id}")),
            gateway.get(&format!("/api/identities/{id}/sightings")),
            gateway.get(&format!("/api/identities/{id}/events")),
            gateway.get(&format!("/api/identities/{id}/faces")),
            gateway.get(&format!("/api/identities/{id}/thumbnail")),
            gateway.get(&format!("/api/identities/sightings/{id}/thumbnail")),
            gateway.post(&format!("/api/identities/{id}/split"), &json!({})),
            gateway.post(&format!("/api/identities/{id}/reject"), &json!({ "sighting_ids": [1] })),
            gateway.request(Method::POST, &format!("/api/identities/operations/{id}/undo")),
            gateway.get(&format!("/api/people/{id}")),
            gateway.put(&format!("/api/people/{id}"), &json!({})),
            gateway.delete(&format!("/api/people/{id}")),
            gateway.get(&format!("/api/people/{id}/faces")),
            gateway.get(&format!("/api/face-groups/samples/{id}/thumbnail")),
            gateway.delete(&format!("/api/face-groups/samples/{id}")),
        ] {
            assert_eq!(faults_of(request).await, ["path.id"], "{id}");
        }
        assert_eq!(faults_of(gateway.get(&format!("/api/events?camera_id={id}"))).await, ["query.camera_id"], "{id}");
        let both = gateway.delete(&format!("/api/people/{id}/faces/{id}"));
        assert_eq!(faults_of(both).await, ["path.id", "path.fid"], "{id}");
    }
    for (path, detail) in [
        ("/api/cameras/9223372036854775807", "Camera not found"),
        ("/api/cameras/7/status", "Camera not found"),
        ("/api/events/7", "Event not found"),
        ("/api/events/7/clip", "Event not found"),
        ("/api/events/7/thumbnail", "Event not found"),
    ] {
        assert_eq!(json_of(gateway.get(path), 404).await, json!({ "detail": detail }));
    }
}

async fn bodies_are_judged_before_fields(world: &World) {
    let post = || world.gateway.request(Method::POST, "/api/cameras");
    let typed = |kind: &str, body: &'static str| post().header("content-type", kind.to_owned()).body(body);
    answer(post().body("{}"), 415).await;
    assert_eq!(faults_of(post()).await, ["body"]);
    answer(typed("text/plain", "{}"), 415).await;
    answer(typed("application/json", "{}").header("content-encoding", "gzip"), 415).await;
    answer(post().header("content-type", "application/json").body("x".repeat((1 << 20) + 1)), 413).await;
    for body in ["", "{", "[]", "null", "\"text\"", "{\"a\":1,}"] {
        assert_eq!(faults_of(typed("application/json", body)).await, ["body"], "{body}");
    }
    assert_eq!(faults_of(typed("application/json; charset=utf-8", "{}")).await, ["body.name", "body.rtsp_url"]);
}

/// 401, 403, 404 of the path, 405, 415, 413, 422, 404 of the resource: each with all that come after it wrong as well.
async fn checks_come_in_their_order(world: &World) {
    let gateway = &world.gateway;
    let long = "x".repeat((1 << 20) + 1);
    let mail = ("x-email", "ada@example.org");
    let foreign = ("origin", "https://evil.example");
    answer(gateway.bare(Method::PATCH, "/api/nothing").body(long.clone()), 401).await;
    answer(gateway.bare(Method::PUT, "/api/nothing").header(mail.0, mail.1).header(foreign.0, foreign.1), 403).await;
    answer(gateway.request(Method::PATCH, "/api/nothing").body(long.clone()), 404).await;
    answer(gateway.request(Method::PATCH, "/api/cameras/x").body(long.clone()), 405).await;
    answer(gateway.request(Method::PUT, "/api/cameras/x").body(long.clone()), 415).await;
    answer(gateway.request(Method::PUT, "/api/cameras/x").header("content-type", "application/json").body(long), 413)
        .await;
    let wrong = gateway.put("/api/cameras/x", &json!({ "name": "", "enabled": 1 }));
    assert_eq!(faults_of(wrong).await, ["path.id", "body.name", "body.enabled"]);
    assert_eq!(faults_of(gateway.put("/api/cameras/77", &json!({ "name": "" }))).await, ["body.name"]);
    answer(gateway.put("/api/cameras/77", &json!({})), 404).await;
}

async fn every_answer_has_the_common_headers(world: &World) {
    let gateway = &world.gateway;
    for (request, status) in [
        (gateway.get("/api/cameras"), 200),
        (gateway.get("/api/nothing"), 404),
        (gateway.bare(Method::GET, "/api/cameras"), 401),
        (gateway.bare(Method::GET, "/health"), 200),
        (gateway.bare(Method::GET, "/nothing"), 404),
    ] {
        let response = answer(request.header("x-request-id", "my.id-1_A"), status).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(header("x-request-id"), "my.id-1_A");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-type"), "application/json");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
    let made = answer(gateway.get("/api/cameras").header("x-request-id", "with space"), 200).await;
    assert_ne!(made.headers()["x-request-id"], "with space");
}

async fn heads_are_answered_without_a_body(world: &World) {
    for path in [
        "/api/cameras",
        "/api/events",
        "/api/identities",
        "/api/identities/analytics",
        "/api/people",
        "/api/face-groups",
        "/api/system",
        "/api/cameras/detect/classes",
        "/api/docs",
        "/health",
    ] {
        let response = answer(world.gateway.request(Method::HEAD, path), 200).await;
        assert!(response.headers().contains_key("content-type"), "{path}");
        assert_eq!(response.bytes().await.unwrap().len(), 0, "{path}");
    }
    answer(world.gateway.request(Method::HEAD, "/api/feed"), 405).await;
}

/// What no HTTP library would send.
fn broken_requests_are_refused(base: &str) {
    let address = base.strip_prefix("http://").unwrap();
    let status_of = |request: &[u8]| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status_of(b"NONSENSE\r\n\r\n"), "400");
    assert_eq!(status_of(format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(200_000)).as_bytes()), "431");
    // Announced bytes that never come end the request when the client stops sending.
    let head = "POST /api/cameras HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let short = format!("{head}authorization: Bearer {KEY}\r\ncontent-length: 10\r\n\r\n{{}}");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(short.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
}

async fn the_description_is_served(world: &World) {
    let gateway = &world.gateway;
    answer(gateway.bare(Method::GET, "/api/openapi.json"), 401).await;
    let description = json_of(gateway.get("/api/openapi.json"), 200).await;
    assert!(description["paths"]["/api/cameras/{id}"]["put"]["responses"]["422"].is_object());
    let page = answer(gateway.get("/api/docs"), 200).await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'self';"));
    let html = page.text().await.unwrap();
    let links = html.split(['"', ' ']).filter(|word| word.ends_with(".js") || word.ends_with(".css"));
    let mut loaded = 0;
    for link in links {
        let body = answer(gateway.get(&format!("/api/{link}")), 200).await.text().await.unwrap();
        assert!(!link.contains("initializer") || body.contains("/api/openapi.json"), "{link}");
        loaded += 1;
    }
    assert!(loaded >= 4, "{html}");
    answer(gateway.get("/api/docs/nothing.js"), 404).await;
}
