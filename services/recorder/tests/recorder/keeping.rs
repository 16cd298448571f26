//! One recorder per cell, and what it keeps.

use anyhow::{Context, ensure};
use iris_domain::ClipStatus;
use iris_testkit::wait;

use crate::stage::{PATIENCE, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_clips_go_when_the_quota_is_full() {
    let mut stage = Stage::set().await;
    // An hour ago and half an hour ago, so that neither is protected.
    let (old, young) = (stage.camera(3600).await, stage.camera(1800).await);
    let old_event = stage.visit(&old, 10.0, 14.0).await;
    let young_event = stage.visit(&young, 10.0, 14.0).await;
    stage.settles().await;
    let old_files =
        [old_event.clip.as_ref().map(|clip| clip.path.clone()), old_event.thumbnail_path].map(Option::unwrap);
    assert!(old_files.iter().all(|path| stage.stored(path).is_file()));

    stage.recorder.terminate().await.unwrap();
    let quota = young_event.clip.as_ref().unwrap().size_bytes + 1;
    stage.recorder = stage.another("recorder-with-quota", &[("IRIS_LIBRARY_QUOTA_BYTES", &quota.to_string())]);
    wait::until(PATIENCE, "room", || async {
        ensure!(stage.events(&old).await?.is_empty(), "the old event is there");
        ensure!(old_files.iter().all(|path| !stage.stored(path).exists()), "its files are there");
        Ok(())
    })
    .await
    .unwrap();
    let kept = stage.event(&young, |event| event.clip_status == ClipStatus::Ready).await;
    assert!(stage.stored(&kept.clip.unwrap().path).is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_recorder_stands_by_and_takes_over() {
    let mut stage = Stage::set().await;
    let camera = stage.camera(40).await;
    let mut second = stage.another("recorder-2", &[]);
    second.ready().await.unwrap();
    wait::until(PATIENCE, "the second to stand by", || {
        let log = second.process().log();
        async move { log.contains("standing by").then_some(()).context(log) }
    })
    .await
    .unwrap();
    stage.record(&camera, 0..12);
    stage.person(&camera, 10.0, 12.0);
    let opened = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    stage.recorder.kill9().unwrap();
    // What the first has opened, the second finishes.
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!(event.key, opened.key);
    second.terminate().await.unwrap();
}
