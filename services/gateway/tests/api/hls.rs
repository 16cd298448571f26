//! Live video with sound: playlists, segments and sessions over a buffer that the test plays.

use std::time::Duration;

use bytes::Bytes;
use iris_domain::{SegmentName, Timestamp};
use reqwest::Method;
use serde_json::json;

use crate::owner::{Owner, now};
use crate::stage::Stage;

/// A segment that ended `ago` seconds before now.
fn segment(sequence: u64, ago: u64) -> SegmentName {
    let end = now().minus(Duration::from_secs(ago));
    let start = Timestamp::from_millis(end.minus(Duration::from_secs(2)).as_millis()).unwrap();
    SegmentName { start, duration_ms: 2_000, sequence, run: 4, starts_with_key: true }
}

/// A buffer of twenty segments up to now; the bytes of the newest do not fit into two messages.
async fn buffered(gateway: &Stage, camera: i64) -> Owner {
    let owner = Owner::of(&gateway.bus, camera).await;
    for (sequence, ago) in (99_982..100_001).zip((1..20).rev()) {
        owner.buffer(segment(sequence, ago * 2), format!("segment {sequence}"));
    }
    owner.buffer(segment(100_001, 0), long_segment());
    owner
}

fn long_segment() -> Bytes {
    (0..1_300_000_u32).map(|index| (index % 251) as u8).collect()
}

async fn status(gateway: &Stage, path: &str) -> u16 {
    gateway.api.get(path).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_playlist_shows_the_newest_segments_and_they_can_be_read() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let _owner = buffered(&gateway, camera).await;
    let hls = |file: &str| format!("/api/live/{camera}/hls/{file}");
    assert_eq!(status(&gateway, &hls("seg00001.ts")).await, 404, "no session yet");

    let response = gateway.api.get(&hls("index.m3u8")).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/vnd.apple.mpegurl");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let playlist = response.text().await.unwrap();
    assert!(playlist.contains("#EXT-X-MEDIA-SEQUENCE:99996\n#EXT-X-DISCONTINUITY-SEQUENCE:4\n"), "{playlist}");
    let names: Vec<_> = playlist.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(names, ["seg99996.ts", "seg99997.ts", "seg99998.ts", "seg99999.ts", "seg00000.ts", "seg00001.ts"]);
    for (name, bytes) in [("seg99996.ts", "segment 99996".into()), ("seg00001.ts", long_segment())] {
        let response = gateway.api.get(&hls(name)).await.unwrap();
        assert_eq!(response.headers()["content-type"], "video/mp2t");
        assert_eq!(response.content_length(), Some(bytes.len() as u64));
        assert_eq!(response.bytes().await.unwrap(), bytes, "{name}");
    }
    // One that slid out of the window is still read while it is buffered.
    assert_eq!(gateway.api.get_bytes(&hls("seg99983.ts")).await.unwrap(), b"segment 99983");
    for (name, wanted) in [("seg50000.ts", 404), ("seg00002.ts", 404), ("seg1.ts", 400), ("..%2Fseg00001.ts", 400)] {
        assert_eq!(status(&gateway, &hls(name)).await, wanted, "{name}");
    }
}

#[tokio::test]
async fn closing_ends_the_session_at_once() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let _owner = buffered(&gateway, camera).await;
    let hls = |file: &str| format!("/api/live/{camera}/hls/{file}");
    for method in [Method::GET, Method::POST] {
        assert_eq!(status(&gateway, &hls("index.m3u8")).await, 200);
        assert_eq!(status(&gateway, &hls("seg00000.ts")).await, 200);
        for _ in 0..2 {
            let closed = gateway.api.request(method.clone(), &hls("close")).send().await.unwrap();
            assert_eq!(closed.status(), 204);
        }
        assert_eq!(status(&gateway, &hls("seg00000.ts")).await, 404);
    }
    assert_eq!(status(&gateway, "/api/live/99/hls/close").await, 404);
    assert_eq!(status(&gateway, "/api/live/99/hls/index.m3u8").await, 404);
}

#[tokio::test]
async fn a_disabled_camera_has_no_playlist_and_loses_its_session() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let _owner = buffered(&gateway, camera).await;
    let index = format!("/api/live/{camera}/hls/index.m3u8");
    assert_eq!(status(&gateway, &index).await, 200);
    gateway.api.put_json(&format!("/api/cameras/{camera}"), &json!({"enabled": false})).await.unwrap();
    assert_eq!(status(&gateway, &index).await, 409);
    assert_eq!(status(&gateway, &format!("/api/live/{camera}/hls/seg00000.ts")).await, 404);
}

#[tokio::test]
async fn hls_can_be_off_and_has_a_capacity() {
    let off = Stage::start_with(|settings| settings.hls_enabled = false).await;
    let camera = off.camera("Yard").await;
    let _owner = buffered(&off, camera).await;
    assert_eq!(status(&off, &format!("/api/live/{camera}/hls/index.m3u8")).await, 503);

    let narrow = Stage::start_with(|settings| settings.hls_max_sessions = 1).await;
    let (one, two) = (narrow.camera("One").await, narrow.camera("Two").await);
    let _owners = (buffered(&narrow, one).await, buffered(&narrow, two).await);
    let index = |camera| format!("/api/live/{camera}/hls/index.m3u8");
    assert_eq!(status(&narrow, &index(one)).await, 200);
    assert_eq!(status(&narrow, &index(two)).await, 503);
    assert_eq!(status(&narrow, &index(one)).await, 200);
    assert_eq!(status(&narrow, &format!("/api/live/{one}/hls/close")).await, 204);
    assert_eq!(status(&narrow, &index(two)).await, 200);
}

#[tokio::test]
async fn the_first_segment_is_waited_for() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let owner = Owner::of(&gateway.bus, camera).await;
    // What was filmed before the camera went away is not live.
    owner.buffer(segment(1, 600), "old");
    let index = format!("/api/live/{camera}/hls/index.m3u8");
    let mut lists = owner.lists();
    let filmed = async {
        lists.wait_for(|lists| *lists > 0).await.unwrap();
        owner.buffer(segment(2, 0), "new");
    };
    let (answer, ()) = tokio::join!(gateway.api.get_bytes(&index), filmed);
    let playlist = String::from_utf8(answer.unwrap()).unwrap();
    assert!(playlist.contains("seg00002.ts"), "{playlist}");
}
