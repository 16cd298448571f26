//! The contract of the captured faces' repository.

use std::time::Duration;

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::support::*;
use iris_domain::{CameraId, EventId, FaceSampleId, IdentityId, Page, Timestamp};
use iris_store::{Store, UnknownSamples};

fn unknown() -> FaceSampleId {
    FaceSampleId::new(i64::MAX).unwrap()
}

async fn samples(store: &Store, identity: IdentityId) -> Vec<FaceSampleId> {
    store.face_samples().list_of(identity, ALL).await.unwrap().samples.iter().map(|sample| sample.id).collect()
}

/// An event with a clip.
async fn clip(store: &Store, camera: CameraId, ts: Timestamp, seconds: u64) -> EventId {
    let event = iris_domain::NewEvent { end_ts: Some(ts.plus(Duration::from_secs(seconds))), ..event(camera, ts) };
    let id = opened(store, &event).await;
    store.events().update(event.key, &ready(clip_of(&event, 7))).await.unwrap();
    id
}

#[tokio::test]
async fn captured_faces_come_newest_first_with_their_vectors() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (identity, sightings) = identity(&store, camera, 3).await;
    let sampled = store.face_samples().sample(2).await.unwrap();
    let times: Vec<_> = sampled.iter().map(|one| (one.sample.ts, one.sample.sighting_id)).collect();
    assert_eq!(times, [(after(120), sightings[2]), (after(60), sightings[1])]);
    let newest = &sampled[0];
    assert!(newest.face.similarity(&direction(3, 0.5)).unwrap() > 0.999);
    assert!(newest.body.as_ref().unwrap().similarity(&direction(1_003, 0.5)).unwrap() > 0.999);
    assert_eq!((newest.sample.identity_id, newest.sample.camera_name.as_str()), (identity, "yard"));
    let page = store.face_samples().list_of(identity, Page { limit: 1, offset: 1 }).await.unwrap();
    assert_eq!((page.total, page.samples.as_slice()), (3, &[sampled[1].sample.clone()][..]));
    assert_eq!(store.face_samples().get(newest.sample.id).await.unwrap(), Some(newest.sample.clone()));
    assert_eq!(store.face_samples().get(unknown()).await.unwrap(), None);
}

#[tokio::test]
async fn labels_are_given_to_all_or_to_none() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (identity, _) = identity(&store, camera, 2).await;
    let ids = samples(&store, identity).await;
    let refused = store.face_samples().label(&[ids[0], unknown()], "Ann").await.unwrap();
    assert_eq!(refused, Err(UnknownSamples(vec![unknown()])));
    assert_eq!(store.face_samples().get(ids[0]).await.unwrap().unwrap().label, None);
    assert_eq!(store.face_samples().label(&[ids[0], ids[1], ids[0]], "Ann").await.unwrap(), Ok(2));
    assert_eq!(store.face_samples().get(ids[1]).await.unwrap().unwrap().label.as_deref(), Some("Ann"));
    assert_eq!(store.face_samples().label(&ids[..1], "").await.unwrap(), Ok(1));
    assert_eq!(store.face_samples().get(ids[0]).await.unwrap().unwrap().label, None);
}

#[tokio::test]
async fn deleted_faces_name_their_pictures_and_the_identity_shows_another() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (identity, _) = identity(&store, camera, 3).await;
    let best = store.face_samples().list_of(identity, ALL).await.unwrap().samples[0].clone();
    let deleted = store.face_samples().delete(&[best.id, unknown()]).await.unwrap();
    assert_eq!((deleted.ids, deleted.paths), (vec![best.id], vec![best.thumb_path]));
    check_invariants(&database);
    let ids = samples(&store, identity).await;
    store.face_samples().label(&ids[..1], "Ann").await.unwrap().unwrap();
    assert_eq!(store.face_samples().delete_batch(Some("Bob")).await.unwrap().ids, []);
    assert_eq!(store.face_samples().delete_batch(Some("Ann")).await.unwrap().ids, ids[..1]);
    assert_eq!(store.face_samples().delete_batch(None).await.unwrap().ids, ids[1..]);
    assert_eq!(store.face_samples().delete_batch(None).await.unwrap().ids, []);
    assert_eq!(store.identities().get(identity).await.unwrap().unwrap().identity.face_thumb_path, None);
    check_invariants(&database);
}

#[tokio::test]
async fn clips_are_found_by_camera_and_time() {
    let (_database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    // One person, seen in the yard at noon and at the door an hour later; only the first sighting's face is asked for.
    let seen = recorded(&store, &rich_track(yard, noon(), 1)).await;
    let again = iris_store::RecordSighting { belongs: to(seen.identity), ..track(door, after(3_600)) };
    recorded(&store, &again).await;
    let asked = samples(&store, seen.identity).await;
    let inside = clip(&store, yard, before(5), 20).await;
    let soon = clip(&store, yard, after(90), 5).await;
    let just_over = clip(&store, yard, before(40), 20).await;
    let at_the_door = clip(&store, door, after(3_605), 20).await;
    clip(&store, door, noon(), 20).await;
    clip(&store, yard, before(42), 20).await;
    clip(&store, yard, after(101), 5).await;
    opened(&store, &event(yard, noon())).await;
    let found = store.face_samples().clips(&asked, after(9_000), ALL).await.unwrap().unwrap();
    let ids: Vec<_> = found.events.iter().map(|event| event.id).collect();
    assert_eq!((found.total, ids.as_slice()), (4, &[at_the_door, soon, inside, just_over][..]));
    let page = store.face_samples().clips(&asked, after(9_000), Page { limit: 1, offset: 2 }).await.unwrap().unwrap();
    assert_eq!((page.total, page.events.len(), page.events[0].id), (4, 1, inside));
    let refused = store.face_samples().clips(&[asked[0], unknown()], after(9_000), ALL).await.unwrap();
    assert_eq!(refused.unwrap_err(), UnknownSamples(vec![unknown()]));
}
