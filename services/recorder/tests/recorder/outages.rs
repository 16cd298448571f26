//! What goes away during a presence: the recorder, the database, the bus, the event itself, the camera.

use anyhow::ensure;
use iris_domain::ClipStatus;
use iris_testkit::wait;

use crate::stage::{PATIENCE, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_survives_the_recorders_death() {
    let mut stage = Stage::set().await;
    // The film is ahead of the clock, and the person comes as late as the post-roll is long: however soon the recorder is killed
    // after the event is told of, and however long its restart takes, the person was in view a moment ago.
    let camera = stage.camera(8).await;
    stage.record(&camera, 0..10);
    stage.person(&camera, 17.5, 20.0);
    let opened = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    stage.recorder.kill9().unwrap();
    assert_eq!(stage.journals(), 1);
    stage.recorder.start_again().unwrap();
    stage.listens().await;
    // The same person, under the same name: the presence goes on.
    stage.person(&camera, 20.0, 22.0);
    stage.nobody(&camera, 22.0, 26.0);
    stage.record(&camera, 10..14);
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!((event.key, event.ts, event.end_ts), (opened.key, camera.at(17.5), Some(camera.at(21.8))));
    assert_eq!((event.num_tracks, event.clip.unwrap().gaps), (1, Vec::new()));
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presence_that_ended_meanwhile_is_cut_at_the_next_start() {
    let mut stage = Stage::set().await;
    let camera = stage.camera(40).await;
    stage.record(&camera, 0..12);
    stage.person(&camera, 10.0, 12.0);
    stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    let stopped = stage.recorder.terminate().await.unwrap();
    assert!(stopped.success(), "{stopped}");
    assert_eq!(stage.journals(), 1, "a stop leaves the open event in its journal");
    stage.recorder.start_again().unwrap();
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!(event.end_ts, Some(camera.at(11.8)));
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_may_be_away_for_the_whole_presence() {
    let mut stage = Stage::set().await;
    let camera = stage.camera(40).await;
    stage.record(&camera, 0..12);
    stage.postgres.stop().await.unwrap();
    stage.person(&camera, 10.0, 12.0);
    stage.nobody(&camera, 12.0, 16.0);
    let journal = || async {
        ensure!(stage.journals() == 1, "{} journals", stage.journals());
        Ok(())
    };
    wait::until(PATIENCE, "the journal", journal).await.unwrap();
    stage.postgres.start_again().await.unwrap();
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!((event.ts, event.end_ts), (camera.at(10.0), Some(camera.at(11.8))));
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_may_go_in_the_middle() {
    let mut stage = Stage::set().await;
    let camera = stage.camera(20).await;
    stage.record(&camera, 0..14);
    stage.person(&camera, 16.0, 19.0);
    stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    stage.nats.kill();
    // Nothing is heard any more, so the presence ends at its last trigger, and its clip is told to the database.
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!(event.end_ts, Some(camera.at(18.8)));
    assert_eq!(stage.journals(), 1, "the facts are still owed");
    stage.nats.start_again().await.unwrap();
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_event_is_not_recorded_again() {
    let stage = Stage::set().await;
    let camera = stage.camera(40).await;
    stage.record(&camera, 0..14);
    stage.person(&camera, 10.0, 12.0);
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    stage.store.events().delete(&[event.id]).await.unwrap();
    stage.settles_in_view(&camera, 12.0).await;
    stage.person(&camera, 14.2, 15.0);
    stage.nobody(&camera, 15.0, 19.0);
    // The next presence is recorded, and shows that the former has been heard out.
    stage.person(&camera, 20.0, 22.0);
    let next = stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    assert_eq!(next.ts, camera.at(20.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_camera_takes_its_event_along() {
    let stage = Stage::set().await;
    let (camera, other) = (stage.camera(40).await, stage.camera(40).await);
    stage.record(&camera, 0..14);
    stage.store.cameras().delete(camera.id).await.unwrap();
    stage.person(&camera, 10.0, 12.0);
    let event = stage.visit(&other, 10.0, 12.0).await;
    assert_eq!(event.camera_id, other.id);
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_journal_costs_no_event() {
    let stage = Stage::set().await;
    let camera = stage.camera(20).await;
    let journals = stage.data().join("recorder/open");
    std::fs::remove_dir(&journals).unwrap();
    std::fs::write(&journals, "in the way").unwrap();
    stage.record(&camera, 0..14);
    stage.person(&camera, 10.0, 12.0);
    stage.event(&camera, |event| event.clip_status == ClipStatus::Recording).await;
    std::fs::remove_file(&journals).unwrap();
    stage.nobody(&camera, 12.0, 16.0);
    let event = stage.event(&camera, |event| event.clip_status == ClipStatus::Ready).await;
    assert_eq!(event.clip.unwrap().gaps, []);
    stage.settles().await;
}
