//! Clips and thumbnails: ranges, conditions, containment.

use std::os::unix::fs::symlink;

use iris_domain::{EventChange, EventId};
use iris_library::MediaPath;
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{World, answer, presence};

/// More than two chunks, and every byte tells where it is.
fn footage() -> Vec<u8> {
    (0..2_500_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[tokio::test]
async fn stored_media_is_served_whole_in_part_or_not_at_all() {
    let world = World::start().await;
    let camera = world.gateway.camera("Door").await;
    let event = presence(&camera, "2026-11-23T05:00:00Z");
    let id = world.finished(&event, &footage()).await;
    ranges_are_cut_exactly(&world, id).await;
    conditions_are_honoured(&world, id).await;
    nothing_outside_the_library_is_served(&world, id, &camera).await;
    world.gateway.stop().await;
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

async fn ranges_are_cut_exactly(world: &World, id: EventId) {
    let (gateway, whole) = (&world.gateway, footage());
    let path = format!("/api/events/{id}/clip");
    let clip = answer(gateway.get(&path), 200).await;
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("content-length", "2500000"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-cache"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(header(&clip, name), value);
    }
    assert!(clip.bytes().await.unwrap() == whole);
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=0-1048575", 0, 1_048_575),
        ("bytes=1048570-2097160", 1_048_570, 2_097_160),
        ("bytes=2499999-", 2_499_999, 2_499_999),
        ("bytes=1000-", 1_000, 2_499_999),
        ("bytes=-5", 2_499_995, 2_499_999),
        ("bytes=-9999999", 0, 2_499_999),
        ("bytes=5-9999999", 5, 2_499_999),
    ] {
        let part = answer(gateway.get(&path).header("range", range), 206).await;
        assert_eq!(header(&part, "content-range"), format!("bytes {first}-{last}/2500000"), "{range}");
        assert_eq!(header(&part, "content-length"), (last - first + 1).to_string());
        assert_eq!(header(&part, "accept-ranges"), "bytes");
        assert!(part.bytes().await.unwrap() == whole[first..=last], "{range}");
    }
    for range in ["bytes=2500000-", "bytes=2500000-2500001", "bytes=-0"] {
        let refused = answer(gateway.get(&path).header("range", range), 416).await;
        assert_eq!(header(&refused, "content-range"), "bytes */2500000", "{range}");
        assert_eq!(header(&refused, "accept-ranges"), "bytes");
    }
    for range in ["bytes=0-1,5-6", "bytes=5-1", "items=0-1", "bytes=x"] {
        answer(gateway.get(&path).header("range", range), 200).await;
    }
    let head = answer(gateway.request(Method::HEAD, &path).header("range", "bytes=0-9"), 200).await;
    assert_eq!((header(&head, "content-length"), header(&head, "accept-ranges")), ("2500000", "bytes"));
    assert_eq!(head.bytes().await.unwrap().len(), 0);
}

async fn conditions_are_honoured(world: &World, id: EventId) {
    let gateway = &world.gateway;
    for media in ["clip", "thumbnail"] {
        let path = format!("/api/events/{id}/{media}");
        let first = answer(gateway.get(&path), 200).await;
        let (etag, modified) = (header(&first, "etag").to_owned(), header(&first, "last-modified").to_owned());
        let long_ago = "Mon, 01 Jan 2001 00:00:00 GMT";
        for (name, value, status) in [
            ("if-none-match", etag.as_str(), 304),
            ("if-none-match", "*", 304),
            ("if-none-match", &format!("\"other\", W/{etag}"), 304),
            ("if-none-match", "\"other\"", 200),
            ("if-modified-since", &modified, 304),
            ("if-modified-since", long_ago, 200),
            ("if-modified-since", "nonsense", 200),
        ] {
            let response = answer(gateway.get(&path).header(name, value), status).await;
            assert_eq!(header(&response, "etag"), etag, "{name}: {value}");
            assert_eq!(header(&response, "cache-control"), "private, no-cache");
        }
        // The tag goes before the date.
        let both = gateway.get(&path).header("if-none-match", "\"other\"").header("if-modified-since", &modified);
        answer(both, 200).await;
        for (known, status) in [(etag.as_str(), 206), (&modified, 206), ("\"other\"", 200), (long_ago, 200)] {
            answer(gateway.get(&path).header("range", "bytes=0-3").header("if-range", known), status).await;
        }
    }
    let picture = answer(gateway.get(&format!("/api/events/{id}/thumbnail")), 200).await;
    assert_eq!(header(&picture, "content-type"), "image/jpeg");
    assert_eq!(picture.bytes().await.unwrap(), &b"\xff\xd8 a picture"[..]);
}

async fn nothing_outside_the_library_is_served(world: &World, id: EventId, camera: &serde_json::Value) {
    let gateway = &world.gateway;
    let event = presence(camera, "2026-11-23T06:00:00Z");
    let lured = world.finished(&event, b"clip").await;
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), "secret").unwrap();
    let path = MediaPath::thumbnail(event.key, event.ts);
    let in_library = gateway.library_folder().join(path.as_str());
    std::fs::remove_file(&in_library).unwrap();
    symlink(outside.path(), &in_library).unwrap();
    let refused = answer(gateway.get(&format!("/api/events/{lured}/thumbnail")), 400).await;
    assert!(!refused.text().await.unwrap().contains("secret"));

    let wandering = EventChange { thumbnail_path: Some("../../etc/passwd".to_owned()), ..EventChange::default() };
    world.store.events().update(event.key, &wandering).await.unwrap();
    answer(gateway.get(&format!("/api/events/{lured}/thumbnail")), 400).await;

    gateway.library().delete(&MediaPath::clip(event.key, event.ts)).unwrap();
    let missing = answer(gateway.get(&format!("/api/events/{lured}/clip")), 404).await;
    assert_eq!(missing.json::<serde_json::Value>().await.unwrap(), json!({ "detail": "Clip not found" }));
    answer(gateway.get(&format!("/api/events/{id}/clip")), 200).await;
}
