//! From a presence to its event and its clip.

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use futures::StreamExt;
use iris_bus::message::EventChange;
use iris_domain::{ClipStatus, EventKind, Span};
use iris_testkit::wait;

use crate::film::{begins_with_index, picture_hashes, probe};
use crate::stage::{PATIENCE, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_becomes_an_event_with_its_clip() {
    let stage = Stage::set().await;
    let mut facts = stage.facts().await;
    let camera = stage.camera(40).await;
    stage.record(&camera, 0..6);

    stage.person(&camera, 10.0, 10.6);
    let armed = Instant::now();
    let opened = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    assert!(armed.elapsed() < Duration::from_millis(500), "opened after {:?}", armed.elapsed());
    assert_eq!((opened.ts, opened.end_ts, opened.label.as_str()), (camera.at(10.0), None, "person"));
    assert_eq!((opened.kind, opened.num_tracks), (EventKind::Track, 1));

    stage.person(&camera, 10.6, 13.0);
    stage.nobody(&camera, 13.0, 17.0);
    let closed = stage.event(&camera, |event| event.clip_status == ClipStatus::Pending).await;
    assert_eq!(closed.end_ts, Some(camera.at(12.8)));
    // The clip is owed up to second 15.8: the segment 14..16 completes it.
    stage.record(&camera, 6..8);
    let recorded = Instant::now();
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert!(recorded.elapsed() < Duration::from_secs(1), "ready after {:?}", recorded.elapsed());

    let clip = event.clip.unwrap();
    let path = stage.stored(&clip.path);
    assert!(clip.span.start <= camera.at(7.0) && camera.at(6.0) <= clip.span.start, "{:?}", clip.span);
    assert!(clip.span.end >= camera.at(15.7) && clip.span.end <= camera.at(16.0), "{:?}", clip.span);
    assert_eq!((clip.gaps, clip.size_bytes), (Vec::<Span>::new(), std::fs::metadata(&path).unwrap().len()));
    let (codecs, seconds) = probe(&path);
    assert_eq!(codecs, "h264,aac");
    assert!((seconds - clip.span.duration().as_secs_f64()).abs() < 0.3, "{seconds} s, {:?}", clip.span);
    assert!(begins_with_index(&path));
    let film = stage.film.pictures(3..8);
    let shown = picture_hashes(&path.display().to_string());
    assert!(film.windows(shown.len()).any(|window| window == shown), "every picture is the camera's own");
    let thumbnail = std::fs::read(stage.stored(&event.thumbnail_path.unwrap())).unwrap();
    assert_eq!(thumbnail[..2], [0xff, 0xd8]);

    stage.settles().await;
    let mut told = Vec::new();
    while told.last() != Some(&EventChange::ClipReady) {
        let (key, fact) = tokio::time::timeout(PATIENCE, facts.next()).await.unwrap().unwrap();
        assert_eq!((key, fact.event, fact.key), (camera.id.to_string(), event.id, event.key));
        told.push(fact.change);
    }
    assert_eq!(told, [EventChange::Opened, EventChange::Closed, EventChange::ClipReady]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pinned_segments_outlive_the_buffer() {
    let stage = Stage::set().await;
    let camera = stage.camera(40).await;
    let segments = stage.record(&camera, 0..8);
    stage.person(&camera, 10.0, 13.0);
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    wait::until(PATIENCE, "the pins", || async {
        let links = std::fs::metadata(&segments[7])?.nlink();
        anyhow::ensure!(links == 2, "segment 7 is not pinned");
        Ok(())
    })
    .await
    .unwrap();
    segments.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    stage.nobody(&camera, 13.0, 17.0);
    let ready = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!((ready.key, ready.clip.unwrap().gaps), (event.key, Vec::new()));
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_moved_to_another_cell_is_left_to_it() {
    let stage = Stage::set().await;
    let camera = stage.camera(40).await;
    stage.record(&camera, 0..10);
    stage.person(&camera, 4.0, 8.0);
    let open = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    stage.person(&camera.in_cell("another"), 8.2, 14.0);
    let ready = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!((ready.key, ready.end_ts), (open.key, Some(camera.at(7.8))), "over with its last picture here");
    // This comes after all that was said there.
    let other = stage.camera(40).await;
    stage.visit(&other, 6.0, 9.0).await;
    assert_eq!(stage.events(&camera).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_says_what_it_does_not_show() {
    let stage = Stage::set().await;
    let (torn, blind) = (stage.camera(40).await, stage.camera(40).await);
    stage.record(&torn, 0..5);
    stage.record(&torn, 7..9);
    for camera in [&torn, &blind] {
        stage.person(camera, 8.0, 12.0);
        stage.nobody(camera, 12.0, 16.0);
    }
    let clip = stage.event(&torn, |event| event.clip_status == ClipStatus::Ready).await.clip.unwrap();
    assert_eq!(clip.gaps.len(), 1, "{:?}", clip.gaps);
    let (gap, hole) = (clip.gaps[0], Span { start: torn.at(10.0), end: torn.at(14.0) });
    assert!(gap.start.seconds_since(hole.start).abs() < 0.3 && gap.end.seconds_since(hole.end).abs() < 0.3, "{gap:?}");

    let failed = stage.event(&blind, |event| event.clip_status == ClipStatus::Failed).await;
    assert_eq!(failed.clip_failure.as_deref(), Some("cut a clip: nothing of that time is recorded"));
    assert_eq!(failed.end_ts, Some(blind.at(11.8)));
    stage.settles().await;
}
