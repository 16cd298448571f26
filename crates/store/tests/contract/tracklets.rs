//! The contract of the waiting tracks' repository.

use crate::scene::*;
use crate::support::*;
use iris_domain::{CameraId, TrackKey};
use uuid::Uuid;

#[tokio::test]
async fn a_waiting_track_is_kept_until_it_is_deleted() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let tracks = [1, 2].map(|number| TrackKey { run: Uuid::new_v4(), number });
    store.tracklets().save(tracks[0], camera, b"first").await.unwrap();
    store.tracklets().save(tracks[1], camera, b"other").await.unwrap();
    store.tracklets().save(tracks[0], camera, b"second").await.unwrap();
    let loaded = store.tracklets().load(tracks[0]).await.unwrap().unwrap();
    assert_eq!((loaded.track, loaded.camera_id, loaded.state.as_slice()), (tracks[0], camera, &b"second"[..]));
    let all: Vec<_> = store.tracklets().all().await.unwrap().iter().map(|one| one.track).collect();
    assert_eq!(all, [tracks[1], tracks[0]], "longest untouched first");
    store.tracklets().delete(&tracks[..1]).await.unwrap();
    assert_eq!(store.tracklets().load(tracks[0]).await.unwrap(), None);
    store.cameras().delete(camera).await.unwrap().unwrap();
    assert!(store.tracklets().all().await.unwrap().is_empty());
    store.tracklets().save(tracks[0], CameraId::new(i64::MAX).unwrap(), b"late").await.unwrap();
    assert!(store.tracklets().all().await.unwrap().is_empty(), "nobody's");
}

#[tokio::test]
async fn a_deleted_sighting_takes_its_waiting_track_along() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let wanted = rich_track(camera, noon(), 1);
    let identity = recorded(&store, &wanted).await.identity;
    store.tracklets().save(wanted.track, camera, b"vectors").await.unwrap();
    store.identities().delete(&[identity], OPERATOR).await.unwrap();
    assert!(store.tracklets().all().await.unwrap().is_empty());
}
