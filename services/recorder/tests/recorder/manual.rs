//! Manual recordings.

use std::time::Duration;

use iris_bus::message::{ClipReply, ClipRequest};
use iris_bus::topic;
use iris_domain::{ClipStatus, EventKind, Span};

use crate::film::probe;
use crate::stage::{Camera, PATIENCE, Stage};

async fn record(stage: &Stage, camera: &Camera, from: f64, to: f64) -> ClipReply {
    let span = Span { start: camera.at(from), end: camera.at(to) };
    let request = ClipRequest { span, source_generation: 1 };
    stage.bus.ask(topic::ASK_CLIP, format!("{}.{}", stage.cell(), camera.id), &request, PATIENCE).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_the_clip_of_what_was_recorded() {
    let stage = Stage::set().await;
    let camera = stage.camera(40).await;
    stage.record(&camera, 2..10);
    // It begins before the buffer does.
    let ClipReply::Ready { event, duration } = record(&stage, &camera, 0.0, 11.0).await else { panic!("no clip") };
    let stored = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!((stored.id, stored.kind, stored.label.as_str()), (event, EventKind::Manual, "manual"));
    assert_eq!((stored.ts, stored.end_ts), (camera.at(4.0), Some(camera.at(11.0))));
    let (codecs, seconds) = probe(&stage.stored(&stored.clip.unwrap().path));
    assert_eq!(codecs, "h264,aac");
    assert!((7.5..8.5).contains(&seconds) && (duration.as_secs_f64() - seconds).abs() < 0.3, "{seconds} {duration:?}");
    assert!(stored.thumbnail_path.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_video_there_is_nothing_to_cut() {
    let stage = Stage::set().await;
    let (camera, empty) = (stage.camera(100).await, stage.camera(100).await);
    stage.record(&camera, 0..4);
    assert_eq!(record(&stage, &empty, 0.0, 5.0).await, ClipReply::NothingBuffered);
    assert_eq!(record(&stage, &camera, 50.0, 55.0).await, ClipReply::NothingBuffered);
    let other_source = ClipRequest { span: Span { start: camera.at(1.0), end: camera.at(2.0) }, source_generation: 2 };
    let reply = stage
        .bus
        .ask(topic::ASK_CLIP, format!("{}.{}", stage.cell(), camera.id), &other_source, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(reply, ClipReply::NothingBuffered);
    assert!(stage.events(&camera).await.unwrap().is_empty());
}
