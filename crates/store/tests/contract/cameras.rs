//! The contract of the cameras' repository.

use crate::support::*;
use iris_domain::{CameraId, CameraTuning, Class, NewCamera, RtspTransport};
use iris_store::StoreError;

#[tokio::test]
async fn a_camera_is_kept_as_it_was_entered() {
    let (_database, store) = database().await;
    let entered = NewCamera {
        name: "Hof – Süd 🐕".to_owned(),
        enabled: false,
        rtsp_transport: RtspTransport::Udp,
        tuning: CameraTuning {
            detect_conf: 0.123,
            detect_interval: 0.0,
            trigger_classes: vec![Class::new("dog").unwrap(), Class::new("traffic light").unwrap()],
            ..Default::default()
        },
        ..camera_named("")
    };
    let created = store.cameras().create(&entered).await.unwrap();
    assert_eq!(created.settings(), entered);
    assert_eq!((created.source_generation, created.created_at), (1, created.updated_at));
    assert_eq!(store.cameras().get(created.id).await.unwrap(), Some(created.clone()));
    let second = camera(&store, "second").await;
    assert_eq!(store.cameras().list().await.unwrap(), [created, second]);
}

#[tokio::test]
async fn only_a_new_source_makes_a_new_generation() {
    let (_database, store) = database().await;
    let id = camera(&store, "before").await.id;
    let renamed = store.cameras().update(id, |now| NewCamera { name: "after".to_owned(), ..now.settings() });
    let renamed = renamed.await.unwrap().unwrap();
    assert_eq!((renamed.before.name.as_str(), renamed.after.name.as_str()), ("before", "after"));
    assert!(!renamed.repointed() && renamed.after.updated_at > renamed.before.updated_at);
    assert_eq!(renamed.after.created_at, renamed.before.created_at);
    let elsewhere = source("rtsp://camera.example/other");
    let repointed = store.cameras().update(id, |now| NewCamera { source: elsewhere.clone(), ..now.settings() });
    let repointed = repointed.await.unwrap().unwrap();
    assert!(repointed.repointed());
    assert_eq!((repointed.after.source_generation, &repointed.after.source), (2, &elsewhere));
    assert_eq!(store.cameras().get(id).await.unwrap(), Some(repointed.after));
}

#[tokio::test]
async fn of_many_partial_updates_at_once_none_is_lost() {
    let (_database, store) = database().await;
    let id = camera(&store, "x").await.id;
    let mut updates = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        updates.spawn(async move {
            let longer =
                |now: &iris_domain::CameraRecord| NewCamera { name: format!("{}x", now.name), ..now.settings() };
            store.cameras().update(id, longer).await.unwrap().unwrap();
        });
    }
    updates.join_all().await;
    assert_eq!(store.cameras().get(id).await.unwrap().unwrap().name, "x".repeat(21));
}

#[tokio::test]
async fn nobodys_id_is_none_and_not_an_error() {
    let (_database, store) = database().await;
    let nobody = CameraId::new(i64::MAX).unwrap();
    assert_eq!(store.cameras().get(nobody).await.unwrap(), None);
    assert_eq!(store.cameras().update(nobody, |now| now.settings()).await.unwrap(), None);
    assert_eq!(store.cameras().delete(nobody).await.unwrap(), None);
}

#[tokio::test]
async fn deleting_a_camera_takes_its_events_and_names_their_files() {
    let (database, store) = database().await;
    let (gone, stays) = (camera(&store, "gone").await.id, camera(&store, "stays").await.id);
    let with_clip = event(gone, at("2026-11-23"));
    let id = opened(&store, &with_clip).await;
    store.events().update(with_clip.key, &ready(clip_of(&with_clip, 7))).await.unwrap();
    let other = opened(&store, &event(stays, at("2026-11-23"))).await;
    let left = store.cameras().delete(gone).await.unwrap().unwrap().events;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].id, left[0].camera_id), (id, gone));
    assert_eq!(left[0].clip_path, Some(clip_of(&with_clip, 7).path));
    assert_eq!(store.cameras().list().await.unwrap().len(), 1);
    let events = store.events().list(&Default::default(), ALL).await.unwrap().events;
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [other]);
    assert_counters_exact(&database);
    let late = store.events().open(&event(gone, at("2026-11-23"))).await.unwrap_err();
    assert!(matches!(late, StoreError::NoSuchCamera { camera_id, .. } if camera_id == gone), "{late:?}");
}

#[tokio::test]
async fn a_value_beyond_the_schema_is_refused_without_repeating_the_source() {
    let (_database, store) = database().await;
    let tuning = CameraTuning { detect_imgsz: 64, ..Default::default() };
    let refused = store.cameras().create(&NewCamera { tuning, ..camera_named("too small") }).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    assert!(!format!("{refused:?} {refused}").contains("secret"));
}

#[tokio::test]
async fn a_row_that_iris_did_not_write_is_named() {
    let (database, store) = database().await;
    let id = camera(&store, "tampered").await.id;
    database.sql("UPDATE cameras SET source_url = 'concat:secret'").unwrap();
    let corrupt = store.cameras().get(id).await.unwrap_err();
    assert!(matches!(corrupt, StoreError::Corrupt { .. }), "{corrupt:?}");
    assert_eq!(corrupt.to_string(), format!("get a camera: camera {id}: source_url"));
}
