//! The contract of the events' repository: opening, changing, finding, deleting.

use std::collections::HashSet;
use std::time::Duration;

use crate::support::*;
use iris_domain::{
    ClipChange, ClipRecord, ClipStatus, EventChange, EventFilter, EventId, EventKey, EventKind, NewCamera, NewEvent,
    Page, Span, Timestamp,
};
use iris_store::{DELETE_BATCH, Opening, StoredClip, Written};
use uuid::Uuid;

#[tokio::test]
async fn an_event_is_kept_as_it_was_written() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await;
    let written = NewEvent {
        kind: EventKind::Manual,
        label: "manual".to_owned(),
        end_ts: Some(at("2026-11-23T02:07:19.5Z")),
        clip_status: ClipStatus::Pending,
        ..event(camera.id, Timestamp::from_micros(1_795_399_629_123_456).unwrap())
    };
    let id = opened(&store, &written).await;
    let read = store.events().get(id).await.unwrap().unwrap();
    assert_eq!((read.id, read.key, read.kind), (id, written.key, EventKind::Manual));
    assert_eq!((read.camera_id, read.camera_name.as_str()), (camera.id, "yard"));
    assert_eq!((read.ts, read.end_ts, read.label.as_str()), (written.ts, written.end_ts, "manual"));
    assert_eq!((read.confidence, read.num_tracks, read.clip_status), (0.5, 1, ClipStatus::Pending));
    assert_eq!((read.clip, read.clip_failure, read.thumbnail_path), (None, None, None));
    assert!(read.created_at >= camera.created_at);
    assert_eq!(store.events().get(EventId::new(i64::MAX).unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn writing_an_event_twice_is_writing_it_once() {
    let (database, store) = database().await;
    let event = event(camera(&store, "yard").await.id, at("2026-11-23"));
    let id = opened(&store, &event).await;
    assert_eq!(opened(&store, &event).await, id);
    assert_eq!(total(&store, &EventFilter::default()).await, 1);
    assert_counters_exact(&database);
}

#[tokio::test]
async fn a_deleted_event_does_not_come_back() {
    let (_database, store) = database().await;
    let event = event(camera(&store, "yard").await.id, at("2026-11-23"));
    let id = opened(&store, &event).await;
    assert_eq!(store.events().delete(&[id]).await.unwrap().len(), 1);
    assert_eq!(store.events().open(&event).await.unwrap(), Opening::Gone);
    let change = EventChange { confidence: Some(0.9), ..Default::default() };
    assert_eq!(store.events().update(event.key, &change).await.unwrap(), Written::Gone);
    assert_eq!(store.events().update(event.key, &EventChange::default()).await.unwrap(), Written::Gone);
    assert_eq!(total(&store, &EventFilter::default()).await, 0);
}

#[tokio::test]
async fn an_event_deleted_while_it_is_written_again_stays_deleted() {
    let (_database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    for _ in 0..50 {
        let event = event(camera_id, at("2026-11-23"));
        let id = opened(&store, &event).await;
        let ids = [id];
        let (events, again) = (store.events(), store.events());
        let (deleted, _) = tokio::join!(events.delete(&ids), again.open(&event));
        assert_eq!(deleted.unwrap().len(), 1);
        assert_eq!(store.events().get(id).await.unwrap(), None);
        assert_eq!(total(&store, &EventFilter::default()).await, 0);
    }
}

#[tokio::test]
async fn forgetting_a_deletion_lets_only_old_keys_back() {
    let (_database, store) = database().await;
    let event = event(camera(&store, "yard").await.id, at("2026-11-23"));
    let id = opened(&store, &event).await;
    store.events().delete(&[id]).await.unwrap();
    assert_eq!(store.events().forget_deletions(at("2020-01-01")).await.unwrap(), 0);
    assert_eq!(store.events().open(&event).await.unwrap(), Opening::Gone);
    assert_eq!(store.events().forget_deletions(at("2999-01-01")).await.unwrap(), 1);
    assert_ne!(opened(&store, &event).await, id);
}

#[tokio::test]
async fn a_repointed_camera_loses_its_past_and_nothing_else() {
    let (database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    let (before, elsewhere) = (event(yard, at("2026-11-23")), event(door, at("2026-11-23")));
    let former = opened(&store, &before).await;
    opened(&store, &elsewhere).await;
    assert_eq!(store.events().delete_batch_of_former_sources(yard).await.unwrap(), []);
    let other = source("rtsp://camera.example/other");
    store.cameras().update(yard, |now| NewCamera { source: other, ..now.settings() }).await.unwrap();
    let after = NewEvent { source_generation: 2, ..event(yard, at("2026-11-23")) };
    opened(&store, &after).await;
    let deleted = store.events().delete_batch_of_former_sources(yard).await.unwrap();
    assert_eq!(deleted.iter().map(|event| event.id).collect::<Vec<_>>(), [former]);
    assert_eq!(store.events().open(&event(yard, at("2026-11-23"))).await.unwrap(), Opening::Gone, "filmed before");
    assert_eq!(total(&store, &EventFilter::default()).await, 2);
    assert_counters_exact(&database);
}

#[tokio::test]
async fn an_event_runs_its_course() {
    let (_database, store) = database().await;
    let event = event(camera(&store, "yard").await.id, at("2026-11-23T02:00:00Z"));
    let id = opened(&store, &event).await;
    let now = async || store.events().get(id).await.unwrap().unwrap();
    let write = async |change: EventChange| {
        for _twice in 0..2 {
            assert_eq!(store.events().update(event.key, &change).await.unwrap(), Written::Updated);
        }
    };
    write(EventChange { confidence: Some(0.75), num_tracks: Some(2), ..Default::default() }).await;
    assert_eq!((now().await.confidence, now().await.num_tracks, now().await.end_ts), (0.75, 2, None));
    let end_ts = Some(at("2026-11-23T02:00:12.5Z"));
    write(EventChange { end_ts, clip: Some(ClipChange::Pending), ..Default::default() }).await;
    assert_eq!((now().await.clip_status, now().await.duration_seconds()), (ClipStatus::Pending, Some(12.5)));
    assert_eq!(store.events().unfinished(None, 10).await.unwrap(), [now().await]);
    let gap = Span::new(at("2026-11-23T02:00:03Z"), at("2026-11-23T02:00:04Z")).unwrap();
    let clip = ClipRecord { gaps: vec![gap], ..clip_of(&event, 1 << 33) };
    let thumbnail_path = Some("thumbnails/x.jpg".to_owned());
    write(EventChange { clip: Some(ClipChange::Ready(clip.clone())), thumbnail_path, ..Default::default() }).await;
    write(EventChange { clip: Some(ClipChange::Pending), ..Default::default() }).await;
    assert_eq!((now().await.clip_status, now().await.clip), (ClipStatus::Ready, Some(clip)));
    assert_eq!(now().await.thumbnail_path.as_deref(), Some("thumbnails/x.jpg"));
    assert_eq!(store.events().unfinished(None, 10).await.unwrap(), []);
    write(EventChange { clip: Some(ClipChange::Failed("the disk was full".to_owned())), ..Default::default() }).await;
    let failed = now().await;
    assert_eq!((failed.clip_status, failed.clip), (ClipStatus::Failed, None));
    assert_eq!(failed.clip_failure.as_deref(), Some("the disk was full"));
    assert_eq!((failed.end_ts, failed.num_tracks), (end_ts, 2));
}

#[tokio::test]
async fn unfinished_events_come_page_by_page() {
    let (_database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(opened(&store, &event(camera_id, at("2026-11-23"))).await);
    }
    let page = async |after| -> Vec<EventId> {
        store.events().unfinished(after, 2).await.unwrap().into_iter().map(|event| event.id).collect()
    };
    assert_eq!(page(None).await, ids[..2]);
    assert_eq!(page(Some(ids[1])).await, ids[2..4]);
    assert_eq!(page(Some(ids[3])).await, ids[4..]);
    assert_eq!(page(Some(ids[4])).await, []);
}

#[tokio::test]
async fn retention_sees_the_oldest_clips_and_their_sum() {
    let (_database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    assert_eq!(store.events().clip_bytes_total().await.unwrap(), 0);
    let mut clips = Vec::new();
    for (day, size_bytes) in [("2026-11-22", 20), ("2026-11-20", 5_000_000_000), ("2026-11-21", 0)] {
        let event = event(camera_id, at(day));
        let id = opened(&store, &event).await;
        store.events().update(event.key, &ready(clip_of(&event, size_bytes))).await.unwrap();
        clips.push(StoredClip { id, ts: event.ts, size_bytes });
    }
    opened(&store, &event(camera_id, at("2026-11-01"))).await;
    clips.sort_by_key(|clip| clip.ts);
    assert_eq!(store.events().oldest_with_clip(10).await.unwrap(), clips);
    assert_eq!(store.events().oldest_with_clip(1).await.unwrap(), clips[..1]);
    assert_eq!(store.events().clip_bytes_total().await.unwrap(), 5_000_000_020);
}

#[tokio::test]
async fn deleting_some_unknown_ids_deletes_the_rest_once() {
    let (database, store) = database().await;
    let event = event(camera(&store, "yard").await.id, at("2026-11-23"));
    let id = opened(&store, &event).await;
    let nobody = EventId::new(i64::MAX).unwrap();
    let deleted = store.events().delete(&[nobody, id, id]).await.unwrap();
    assert_eq!(deleted.iter().map(|event| event.id).collect::<Vec<_>>(), [id]);
    assert_eq!(deleted[0].key, event.key);
    assert_eq!(store.events().delete(&[id]).await.unwrap(), []);
    assert_eq!(store.events().delete(&[]).await.unwrap(), []);
    assert_counters_exact(&database);
}

#[tokio::test]
async fn a_clearance_goes_batch_by_batch_through_what_matches() {
    let (database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    for second in 0..=DELETE_BATCH {
        let ts = at("2026-11-23").plus(Duration::from_secs(second));
        opened(&store, &event(yard, ts)).await;
    }
    opened(&store, &event(door, at("2026-11-23"))).await;
    opened(&store, &NewEvent { label: "dog".to_owned(), ..event(yard, at("2026-11-23")) }).await;
    let people = EventFilter { camera_id: Some(yard), label: Some("person".to_owned()), ..Default::default() };
    let first = store.events().delete_batch(&people).await.unwrap();
    assert_eq!(first.len() as u64, DELETE_BATCH);
    assert_eq!(total(&store, &people).await, 1, "the newest is left");
    assert_eq!(store.events().delete_batch(&people).await.unwrap().len(), 1);
    assert_eq!(store.events().delete_batch(&people).await.unwrap(), []);
    assert_eq!(total(&store, &EventFilter::default()).await, 2);
    let nothing = EventFilter { label: Some(String::new()), ..Default::default() };
    assert_eq!(store.events().delete_batch(&nothing).await.unwrap(), []);
    assert_counters_exact(&database);
}

#[tokio::test]
async fn only_events_that_exist_own_files() {
    let (_database, store) = database().await;
    let event = event(camera(&store, "yard").await.id, at("2026-11-23"));
    opened(&store, &event).await;
    let orphan = EventKey(Uuid::new_v4());
    assert_eq!(store.events().existing(&[orphan, event.key]).await.unwrap(), HashSet::from([event.key]));
    assert_eq!(store.events().existing(&[]).await.unwrap(), HashSet::new());
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_and_ties_go_by_id() {
    let (_database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    let mut expected = Vec::new();
    for second in [0, 0, 1, 1, 1, 2] {
        let ts = at("2026-11-23").plus(Duration::from_secs(second));
        expected.push(opened(&store, &event(camera_id, ts)).await);
    }
    expected.reverse();
    let mut seen = Vec::new();
    for offset in (0..8).step_by(2) {
        let page = store.events().list(&EventFilter::default(), Page { limit: 2, offset }).await.unwrap();
        assert_eq!(page.total, 6);
        seen.extend(page.events.iter().map(|event| event.id));
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_list_shows_the_cameras_name_of_today() {
    let (_database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    opened(&store, &event(camera_id, at("2026-11-23"))).await;
    store.cameras().update(camera_id, |now| NewCamera { name: "garden".to_owned(), ..now.settings() }).await.unwrap();
    let listed = store.events().list(&EventFilter::default(), ALL).await.unwrap();
    assert_eq!(listed.events[0].camera_name, "garden");
}

#[tokio::test]
async fn a_label_that_no_event_can_have_matches_nothing() {
    let (_database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    opened(&store, &event(camera_id, at("2026-11-23"))).await;
    for label in ["", "\0", "Person", "person "] {
        let filter = EventFilter { label: Some(label.to_owned()), ..Default::default() };
        let listed = store.events().list(&filter, ALL).await.unwrap();
        assert_eq!((listed.total, listed.events.len()), (0, 0), "{label:?}");
    }
}
