//! Live pictures: snapshots, streams for many viewers, and recording by hand.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use iris_bus::message::ClipReply;
use iris_bus::topic;
use iris_domain::{EventId, Timestamp};
use iris_testkit::wait;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::mjpeg::Parts;
use crate::owner::{Owner, heartbeat, now, picture, record_once};
use crate::stage::Stage;
use crate::support::KEY;

/// Anything a gateway does by itself takes at most a few seconds, on a busy machine too.
const WITHIN: Duration = Duration::from_secs(15);

async fn parts(gateway: &Stage, path: &str) -> Parts {
    let response = gateway.api.get(path).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    Parts::of(response)
}

/// Waits until somebody asked to watch; from then on pictures arrive.
async fn watched(owner: &Owner, fps: f32) {
    let mut watches = owner.watches();
    let asked = watches.wait_for(|watches| watches.iter().any(|(_, asked)| *asked == fps));
    tokio::time::timeout(WITHIN, asked).await.expect("nobody asks to watch").unwrap();
}

fn is_placeholder(jpeg: &Bytes) -> bool {
    jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9])
}

#[tokio::test]
async fn a_snapshot_is_the_newest_picture_or_the_placeholder() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Front door").await;
    let path = format!("/api/live/{camera}/snapshot");
    assert_eq!(gateway.api.get("/api/live/99/snapshot").await.unwrap().status(), 404);
    assert_eq!(gateway.api.get("/api/live/0/snapshot").await.unwrap().status(), 422);

    let response = gateway.api.get(&path).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(is_placeholder(&response.bytes().await.unwrap()));

    let owner = Owner::of(&gateway.bus, camera).await;
    assert!(is_placeholder(&gateway.api.get_bytes(&path).await.unwrap().into()));
    let shown = picture("the newest picture");
    owner.keep(shown.clone());
    let response = gateway.api.get(&path).await.unwrap();
    assert_eq!(response.headers()["x-timestamp"], shown.captured.to_string());
    assert_eq!(response.bytes().await.unwrap(), shown.jpeg);

    let mut old = picture("an old picture");
    old.captured = now().minus(Duration::from_secs(31));
    owner.keep(old);
    assert!(is_placeholder(&gateway.api.get_bytes(&path).await.unwrap().into()));

    owner.keep(picture("a new picture"));
    gateway.api.put_json(&format!("/api/cameras/{camera}"), &json!({"enabled": false})).await.unwrap();
    assert!(is_placeholder(&gateway.api.get_bytes(&path).await.unwrap().into()));
}

#[tokio::test]
async fn a_stream_refuses_what_is_wrong() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    for (path, status) in [
        ("/api/live/99/stream".to_owned(), 404),
        ("/api/live/one/stream".to_owned(), 422),
        (format!("/api/live/{camera}/stream?fps=NaN"), 422),
        (format!("/api/live/{camera}/stream?fps="), 422),
        ("/api/live/99/stream?fps=inf".to_owned(), 422),
    ] {
        assert_eq!(gateway.api.get(&path).await.unwrap().status(), status, "{path}");
    }
    let head = gateway.api.request(Method::HEAD, &format!("/api/live/{camera}/stream")).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["allow"]), (405, &"GET".parse().unwrap()));
}

#[tokio::test]
async fn a_stream_begins_with_what_there_is_and_repeats_nothing() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let path = format!("/api/live/{camera}/stream");
    let response = gateway.api.get(&path).await.unwrap();
    assert_eq!(response.headers()["content-type"], "multipart/x-mixed-replace; boundary=frame");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut unowned = Parts::of(response);
    assert!(is_placeholder(&unowned.next().await.unwrap().jpeg));
    drop(unowned);

    let owner = Owner::of(&gateway.bus, camera).await;
    owner.keep(picture("kept"));
    let mut viewer = parts(&gateway, &path).await;
    assert_eq!(viewer.next().await.unwrap().jpeg, "kept");
    watched(&owner, 10.0).await;
    let one = picture("one");
    owner.show(&one);
    let part = viewer.next().await.unwrap();
    assert_eq!((part.jpeg, part.time), (one.jpeg.clone(), one.captured.to_string()));
    // The same picture again is no news; the next one is.
    owner.show(&one);
    owner.show(&picture("two"));
    assert_eq!(viewer.next().await.unwrap().jpeg, "two");
    let mut second = parts(&gateway, &path).await;
    assert_eq!(second.next().await.unwrap().jpeg, "two", "who comes later begins with the newest");
}

#[tokio::test]
async fn the_owner_is_asked_for_what_the_fastest_viewer_wants_and_only_while_somebody_watches() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let owner = Owner::of(&gateway.bus, camera).await;
    let slow = parts(&gateway, &format!("/api/live/{camera}/stream?fps=2")).await;
    watched(&owner, 2.0).await;
    let came = Instant::now();
    let fast = parts(&gateway, &format!("/api/live/{camera}/stream?fps=100")).await;
    watched(&owner, 10.0).await;
    assert!(came.elapsed() < Duration::from_secs(2), "a faster viewer waits for the next round");
    drop(fast);
    let wishes = owner.watches();
    wait::until(WITHIN, "the wish for less", || {
        let last = wishes.borrow().last().copied();
        async move {
            anyhow::ensure!(last.is_some_and(|(_, fps)| fps == 2.0), "{last:?}");
            Ok(())
        }
    })
    .await
    .unwrap();
    drop(slow);
    // Wishes come every 2 s; when none came for 4 s, none will.
    wait::until(WITHIN, "the last wish", || {
        let quiet = wishes.borrow().last().unwrap().0.elapsed();
        async move {
            anyhow::ensure!(quiet > Duration::from_secs(4), "a wish came {quiet:?} ago");
            Ok(())
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_disabled_camera_goes_dark_and_a_deleted_one_ends_the_stream() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let owner = Owner::of(&gateway.bus, camera).await;
    owner.keep(picture("kept"));
    let mut viewer = parts(&gateway, &format!("/api/live/{camera}/stream")).await;
    assert_eq!(viewer.next().await.unwrap().jpeg, "kept");
    gateway.api.put_json(&format!("/api/cameras/{camera}"), &json!({"enabled": false})).await.unwrap();
    let dark = tokio::time::timeout(WITHIN, viewer.next()).await.unwrap().unwrap();
    assert!(is_placeholder(&dark.jpeg));
    gateway.api.delete(&format!("/api/cameras/{camera}")).await.unwrap();
    assert!(tokio::time::timeout(WITHIN, viewer.next()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_ends_when_the_gateway_stops() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let mut viewer = parts(&gateway, &format!("/api/live/{camera}/stream")).await;
    assert!(is_placeholder(&viewer.next().await.unwrap().jpeg));
    let asked = Instant::now();
    gateway.stop().await;
    assert!(viewer.next().await.is_none());
    assert!(asked.elapsed() < Duration::from_secs(5), "the stream held up the stop");
}

/// A viewer of whom only the picture seen last is kept.
fn watch_on(mut parts: Parts, viewers: &mut JoinSet<()>) -> watch::Receiver<u32> {
    let (seen, last) = watch::channel(0);
    viewers.spawn(async move {
        while let Some(part) = parts.next().await {
            if let Some(number) = number_of(&part.jpeg) {
                assert!(number > *seen.borrow(), "{number} after {}", *seen.borrow());
                seen.send_replace(number);
            }
        }
    });
    last
}

/// A picture of the size that a busy 1080p scene has, with its number in front.
fn numbered(number: u32) -> Bytes {
    let mut jpeg = vec![0; 200_000];
    jpeg[..9].copy_from_slice(format!("N{number:08}").as_bytes());
    jpeg.into()
}

fn number_of(jpeg: &[u8]) -> Option<u32> {
    let digits = jpeg.strip_prefix(b"N")?.get(..8)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Opens the stream with a small receive buffer and reads nothing of it.
async fn stalled_viewer(gateway: &Stage, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 << 10).unwrap();
    let mut stream = socket.connect(gateway.address()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: iris\r\nAuthorization: Bearer {}\r\n\r\n", KEY);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// The numbers of the pictures in what a stalled viewer receives when it reads on, up to `last`.
async fn catch_up(mut stream: TcpStream, last: u32) -> BTreeSet<u32> {
    let (mut received, mut numbers) = (Vec::new(), BTreeSet::new());
    while !numbers.contains(&last) {
        let read = tokio::time::timeout(WITHIN, stream.read_buf(&mut received)).await.expect("the newest never comes");
        assert!(read.unwrap() > 0, "the stream ends before the newest picture");
        let starts = received.windows(13).enumerate().filter(|(_, window)| window.starts_with(b"\r\n\r\nN"));
        let found: Vec<(usize, u32)> = starts.filter_map(|(at, window)| Some((at, number_of(&window[4..])?))).collect();
        numbers.extend(found.iter().map(|(_, number)| *number));
        let kept = received.len().saturating_sub(12);
        received.drain(..kept);
    }
    numbers
}

#[tokio::test]
async fn fifty_viewers_see_each_picture_at_once_whatever_the_slowest_does() {
    const VIEWERS: usize = 49;
    const PICTURES: u32 = 60;
    let gateway = Stage::start().await;
    let camera = gateway.camera("Square").await;
    let owner = Owner::of(&gateway.bus, camera).await;
    let path = format!("/api/live/{camera}/stream");
    let stalled = stalled_viewer(&gateway, &path).await;
    let mut viewers = JoinSet::new();
    let mut seen = Vec::new();
    for _ in 0..VIEWERS {
        seen.push(watch_on(parts(&gateway, &path).await, &mut viewers));
    }
    watched(&owner, 10.0).await;
    for number in 1..=PICTURES {
        owner.show(&picture(numbered(number)));
        // Every viewer but one reads, and each must get this very picture before the next is sent.
        for last in &mut seen {
            let in_time = tokio::time::timeout(WITHIN, last.wait_for(|last| *last == number)).await;
            in_time.unwrap_or_else(|_| panic!("picture {number} is held up")).expect("a stream ended");
        }
    }
    let caught_up = catch_up(stalled, PICTURES).await;
    assert!(caught_up.len() < 6, "the stalled viewer was sent old pictures: {caught_up:?}");
    let asked = owner.watches().borrow().len();
    assert!(asked < 200, "the owner is asked per camera, not per viewer: {asked}");
}

#[tokio::test]
async fn recording_by_hand_spans_from_start_to_stop() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let (start, stop) = (format!("/api/live/{camera}/record/start"), format!("/api/live/{camera}/record/stop"));
    let started = gateway.api.post_json(&start, &json!({})).await.unwrap();
    let refused = gateway.api.request(Method::POST, &stop).json(&started).send().await.unwrap();
    assert_eq!(refused.status(), 503, "there is no recorder");

    wait::until(Duration::from_secs(20), "the camera to be online", || async {
        gateway.bus.publish(topic::HEARTBEAT, "ingest.i1", &heartbeat(camera));
        let status = gateway.api.get_json(&format!("/api/cameras/{camera}/status")).await?;
        anyhow::ensure!(status["status"] == "online", "{status}");
        Ok(())
    })
    .await
    .unwrap();
    let ready = ClipReply::Ready { event: EventId::new(17).unwrap(), duration: Duration::from_millis(6_500) };
    let mut recorder = record_once(&gateway.bus, ready).await;
    let stopped = gateway.api.post_json(&stop, &started).await.unwrap();
    assert_eq!(stopped, json!({"event_id": 17, "clip": "/api/events/17/clip", "duration": 6.5}));
    let asked = recorder.join_next().await.unwrap().unwrap();
    assert_eq!(asked.span.start, Timestamp::parse(started["started_at"].as_str().unwrap()).unwrap());
    assert!(asked.span.end <= now() && asked.source_generation == 1);

    let mut recorder = record_once(&gateway.bus, ClipReply::NothingBuffered).await;
    let refused = gateway.api.request(Method::POST, &stop).json(&started).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    recorder.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_recording_that_cannot_be_is_refused() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let future = now().plus(Duration::from_secs(60)).to_string();
    for (path, body, status) in [
        (format!("/api/live/{camera}/record/stop"), json!({"started_at": "yesterday"}), 400),
        (format!("/api/live/{camera}/record/stop"), json!({"started_at": future}), 400),
        (format!("/api/live/{camera}/record/stop"), json!({}), 422),
        (format!("/api/live/{camera}/record/stop"), json!({"started_at": null}), 422),
        (format!("/api/live/{camera}/record/stop"), json!({"started_at": 1_700_000_000}), 422),
        ("/api/live/x/record/stop".to_owned(), json!({"started_at": "2026-01-01"}), 422),
        ("/api/live/99/record/stop".to_owned(), json!({"started_at": "2026-01-01"}), 404),
        ("/api/live/99/record/start".to_owned(), json!({}), 404),
        ("/api/live/-1/record/start".to_owned(), json!({}), 422),
    ] {
        let response = gateway.api.request(Method::POST, &path).json(&body).send().await.unwrap();
        assert_eq!(response.status(), status, "{path} {body}");
    }
}
