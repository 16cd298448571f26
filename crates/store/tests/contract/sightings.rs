//! The contract of the sightings' repository: recording, and finding what was recorded.

use std::time::Duration;

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::support::*;
use iris_domain::identity::{ExemplarKind, MatchKind};
use iris_domain::{CameraId, Class, IdentityId, NewCamera, Page, SightingId};
use iris_store::{
    Belongs, NewExemplar, RecognisedPerson, RecordSighting, Recorded, StoreError, Traits, WrittenSighting,
};

fn nobody() -> IdentityId {
    IdentityId::new(i64::MAX).unwrap()
}

#[tokio::test]
async fn a_sighting_is_kept_as_it_was_recorded() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await;
    let wanted = RecordSighting {
        traits: Traits { color: Some("red".to_owned()), color_hex: Some("#ff0000".to_owned()), ..Default::default() },
        ..rich_track(camera.id, noon(), 1)
    };
    let WrittenSighting { sighting: id, identity, created, moved_from, exemplars, events, .. } =
        recorded(&store, &wanted).await;
    assert!(created && moved_from.is_none() && events.is_empty());
    assert_eq!(exemplars.len(), 2);
    let read = sighting(&store, id).await;
    assert_eq!((read.track, read.identity_id, read.camera_id), (wanted.track, identity, camera.id));
    assert_eq!((read.ts, read.end_ts, read.ended, read.confidence), (noon(), after(10), true, 0.5));
    assert_eq!((read.camera_name.as_str(), read.identity_name, read.event_id), ("yard", None, None));
    assert_eq!((read.match_kind, read.match_score, read.match_margin), (MatchKind::New, Some(0.75), Some(0.25)));
    assert_eq!((read.evidence, read.thumb_path), (why(MatchKind::New), wanted.thumb_path.clone()));
    let vectors = store.sightings().vectors_of(id).await.unwrap().unwrap();
    assert!(vectors.face.unwrap().similarity(wanted.face.as_ref().unwrap()).unwrap() > 0.999);
    assert!(vectors.body.unwrap().similarity(wanted.body.as_ref().unwrap()).unwrap() > 0.999);
    let founded = store.identities().get(identity).await.unwrap().unwrap();
    assert_eq!((founded.num_face_exemplars, founded.num_appearance_exemplars), (1, 1));
    assert_eq!((founded.identity.traits, founded.identity.total_seconds), (wanted.traits.clone(), 10.0));
    assert_eq!(founded.identity.rep_thumb_path, wanted.thumb_path);
    assert_eq!(founded.identity.face_thumb_path.unwrap(), wanted.face_samples[0].thumb_path);
    assert_eq!(store.sightings().get(SightingId::new(i64::MAX).unwrap()).await.unwrap(), None);
    check_invariants(&database);
}

#[tokio::test]
async fn telling_it_twice_founds_one_identity() {
    let (database, store) = database().await;
    let wanted = rich_track(camera(&store, "yard").await.id, noon(), 1);
    let once = recorded(&store, &wanted).await;
    let twice = recorded(&store, &wanted).await;
    assert_eq!(twice, WrittenSighting { created: false, ..once });
    assert_eq!(database.sql("SELECT count(*) FROM identities, sightings, exemplars, face_samples").unwrap(), "2");
    check_invariants(&database);
}

#[tokio::test]
async fn a_track_grows_and_never_shrinks() {
    let (database, store) = database().await;
    let first = track(camera(&store, "yard").await.id, noon());
    let id = recorded(&store, &RecordSighting { ended: false, ..first.clone() }).await.sighting;
    let grown = RecordSighting {
        ts: after(5),
        end_ts: after(40),
        confidence: 0.9,
        thumb_path: Some("bodies/x.jpg".to_owned()),
        belongs: Belongs::AsBefore,
        ..first.clone()
    };
    recorded(&store, &grown).await;
    recorded(&store, &RecordSighting { ended: false, belongs: Belongs::AsBefore, ..first }).await;
    let read = sighting(&store, id).await;
    assert_eq!((read.ts, read.end_ts, read.ended, read.confidence), (noon(), after(40), true, 0.9));
    assert_eq!((read.thumb_path.as_deref(), read.evidence), (Some("bodies/x.jpg"), why(MatchKind::New)));
    check_invariants(&database);
}

#[tokio::test]
async fn an_identity_that_vanished_is_to_be_decided_again() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let car = RecordSighting { object_class: Class::new("car").unwrap(), ..track(camera, noon()) };
    let car = recorded(&store, &car).await.identity;
    let evidence = why(MatchKind::Face);
    let (to_nobody, to_car) = (to(nobody()), to(car));
    for belongs in [to_nobody, to_car, Belongs::AwayFrom(car, evidence), Belongs::AsBefore] {
        let wanted = RecordSighting { belongs, ..track(camera, noon()) };
        assert_eq!(store.sightings().record(&wanted).await.unwrap(), Recorded::Gone, "{:?}", wanted.belongs);
    }
    assert_eq!(database.sql("SELECT count(*) FROM sightings").unwrap(), "1");
}

#[tokio::test]
async fn a_track_moves_to_another_identity_and_leaves_nothing_empty() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (keeper, _) = identity(&store, camera, 1).await;
    let wanted = rich_track(camera, after(600), 5);
    let stray = recorded(&store, &wanted).await;
    let moved = recorded(&store, &RecordSighting { belongs: to(keeper), ..wanted.clone() }).await;
    assert_eq!((moved.sighting, moved.identity, moved.moved_from), (stray.sighting, keeper, Some(stray.identity)));
    assert_eq!(moved.match_kind, MatchKind::Appearance);
    assert_eq!(store.identities().get(stray.identity).await.unwrap(), None);
    check_invariants(&database);
    let away = RecordSighting { belongs: Belongs::AwayFrom(keeper, why(MatchKind::New)), ..wanted.clone() };
    let parted = recorded(&store, &away).await;
    assert!(parted.created && parted.identity != keeper && parted.moved_from == Some(keeper));
    let again = recorded(&store, &away).await;
    assert_eq!((again.identity, again.created), (parted.identity, false), "told twice it parts once");
    check_invariants(&database);
    store.identities().update(parted.identity, &named("Ann"), OPERATOR).await.unwrap().unwrap();
    recorded(&store, &RecordSighting { belongs: to(keeper), ..wanted }).await;
    let ann = store.identities().get(parted.identity).await.unwrap().unwrap().identity;
    assert_eq!(
        (ann.num_sightings, ann.rep_thumb_path, ann.face_thumb_path),
        (0, None, None),
        "a name outlives sightings"
    );
    check_invariants(&database);
}

pub fn named(name: &str) -> iris_store::IdentityChange {
    iris_store::IdentityChange { name: Some(name.to_owned()), ..Default::default() }
}

#[tokio::test]
async fn an_operators_word_is_not_written_over() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 1).await;
    let wanted = RecordSighting { belongs: to(from), ..rich_track(camera, after(300), 7) };
    let id = recorded(&store, &wanted).await.sighting;
    let split = store.identities().split(from, &[id], None, OPERATOR).await.unwrap().unwrap();
    let stubborn = RecordSighting { end_ts: after(340), ..wanted };
    let written = recorded(&store, &stubborn).await;
    assert_eq!((written.identity, written.match_kind), (split.identity, MatchKind::Manual));
    let read = sighting(&store, id).await;
    assert_eq!((read.end_ts, read.evidence.kind), (after(340), MatchKind::Appearance));
    assert_eq!(owners(&store, &ids).await, [from]);
    check_invariants(&database);
}

#[tokio::test]
async fn exemplars_come_and_go_as_told_but_only_the_identitys_own() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let mine = recorded(&store, &rich_track(camera, noon(), 1)).await;
    let others = recorded(&store, &rich_track(camera, after(100), 2)).await;
    let captured = after(3);
    let added = NewExemplar { kind: ExemplarKind::Face, feature: direction(9, 0.9), captured };
    let removed = [mine.exemplars.clone(), others.exemplars.clone()].concat();
    let change = RecordSighting {
        track: sighting(&store, mine.sighting).await.track,
        belongs: Belongs::AsBefore,
        exemplars_added: vec![added.clone()],
        exemplars_removed: removed,
        ..track(camera, noon())
    };
    let epoch = store.gallery().epoch().await.unwrap();
    recorded(&store, &change).await;
    let known = store.gallery().identity(mine.identity).await.unwrap().unwrap();
    assert_eq!(known.exemplars.len(), 1);
    let one = &known.exemplars[0];
    assert_eq!(
        (one.sighting, one.camera, one.kind, one.captured),
        (mine.sighting, camera, ExemplarKind::Face, captured)
    );
    assert_eq!((one.feature.model.as_str(), one.feature.quality), ("test/1", 0.9));
    assert_eq!(store.gallery().identity(others.identity).await.unwrap().unwrap().exemplars.len(), 2);
    assert!(store.gallery().epoch().await.unwrap() > epoch);
    check_invariants(&database);
}

#[tokio::test]
async fn what_was_recognised_keeps_the_name_of_then() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let ann = store.people().create("Ann", None).await.unwrap();
    let person = Some(RecognisedPerson { person_id: ann.id, score: 0.6 });
    let wanted = RecordSighting { person, ..track(camera, noon()) };
    let written = recorded(&store, &wanted).await;
    assert_eq!((written.person_id, written.person_name.as_deref()), (Some(ann.id), Some("Ann")));
    let renamed = iris_store::PersonChange { name: Some("Anna".to_owned()), ..Default::default() };
    store.people().update(ann.id, &renamed).await.unwrap().unwrap();
    assert_eq!(recorded(&store, &wanted).await.person_name.as_deref(), Some("Ann"));
    store.people().delete(&[ann.id]).await.unwrap();
    let written = recorded(&store, &wanted).await;
    assert_eq!(
        (written.person_id, written.person_name.as_deref()),
        (None, Some("Ann")),
        "who is gone is not found again"
    );
}

#[tokio::test]
async fn a_camera_that_went_or_looks_elsewhere_records_nothing() {
    let (database, store) = database().await;
    let id = camera(&store, "yard").await.id;
    let elsewhere = source("rtsp://camera.example/other");
    store.cameras().update(id, |now| NewCamera { source: elsewhere.clone(), ..now.settings() }).await.unwrap().unwrap();
    assert_eq!(store.sightings().record(&track(id, noon())).await.unwrap(), Recorded::Stale);
    recorded(&store, &RecordSighting { source_generation: 2, ..track(id, noon()) }).await;
    let gone = CameraId::new(i64::MAX).unwrap();
    let error = store.sightings().record(&track(gone, noon())).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchCamera { camera_id, .. } if camera_id == gone), "{error:?}");
    assert_eq!(database.sql("SELECT count(*) FROM sightings").unwrap(), "1");
}

#[tokio::test]
async fn tracks_are_found_with_their_identities() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let tracks = [track(camera, noon()), track(camera, after(60)), track(camera, after(120))];
    let first = recorded(&store, &tracks[0]).await;
    let second = recorded(&store, &tracks[1]).await;
    store.identities().update(second.identity, &named("Ann"), OPERATOR).await.unwrap().unwrap();
    let keys: Vec<_> = tracks.iter().map(|track| track.track).collect();
    let found = store.sightings().by_tracks(&keys).await.unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.track, one.identity, one.identity_name.as_deref())).collect();
    assert_eq!(found, [(keys[0], first.identity, None), (keys[1], second.identity, Some("Ann"))]);
    assert_eq!(store.sightings().by_tracks(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn pages_of_sightings_neither_repeat_nor_skip() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (identity, mut ids) = identity(&store, camera, 5).await;
    let twin = RecordSighting { belongs: to(identity), ..track(camera, after(240)) };
    ids.push(recorded(&store, &twin).await.sighting);
    let mut paged = Vec::new();
    for offset in (0..6).step_by(2) {
        let page = store.sightings().list_of(identity, Page { limit: 2, offset }).await.unwrap();
        assert_eq!(page.total, 6);
        paged.extend(page.sightings.iter().map(|one| one.id));
    }
    ids.reverse();
    assert_eq!(paged, ids, "newest first, and of the same time the later row");
    let none = store.sightings().list_of(nobody(), ALL).await.unwrap();
    assert_eq!((none.total, none.sightings.len()), (0, 0));
}

#[tokio::test]
async fn who_was_seen_before_is_recognised_later() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (_, ids) = identity(&store, camera, 5).await;
    recorded(&store, &track(camera, after(30))).await;
    let mut found = Vec::new();
    let mut last = None;
    loop {
        let page = store.sightings().faces_since(after(60), last, 2).await.unwrap();
        let Some(end) = page.last() else { break };
        last = Some((end.ts, end.sighting));
        found.extend(page.iter().map(|one| one.sighting));
    }
    assert_eq!(found, ids[1..], "with a face, since then");
    let ann = store.people().create("Ann", None).await.unwrap().id;
    let gone = SightingId::new(i64::MAX).unwrap();
    let person = Some(RecognisedPerson { person_id: ann, score: 0.5 });
    store.sightings().set_person(&[(ids[1], person), (gone, person)]).await.unwrap();
    let read = sighting(&store, ids[1]).await;
    assert_eq!((read.person_id, read.person_name.as_deref()), (Some(ann), Some("Ann")));
    assert_eq!(store.sightings().identity_of_person(ann).await.unwrap(), Some(read.identity_id));
    store.sightings().set_person(&[(ids[1], None)]).await.unwrap();
    assert_eq!(store.sightings().identity_of_person(ann).await.unwrap(), None);
    assert_eq!(sighting(&store, ids[1]).await.person_name, None);
}

#[tokio::test]
async fn rows_written_by_hand_are_counted_too_and_what_cannot_be_counted_is_refused() {
    let (database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    let (keeper, _) = identity(&store, yard, 3).await;
    let others = [recorded(&store, &track(door, after(50))).await, recorded(&store, &track(door, after(5_000))).await];
    database.sql(&format!("UPDATE sightings SET identity_id = {keeper} WHERE id = {}", others[0].sighting)).unwrap();
    database.sql(&format!("DELETE FROM identities WHERE id = {}", others[0].identity)).unwrap();
    database
        .sql("UPDATE sightings SET end_ts = end_ts - interval '5 s', match_kind = 'face' WHERE id % 2 = 1")
        .unwrap();
    database.sql(&format!("DELETE FROM identities WHERE id = {}", others[1].identity)).unwrap();
    database.sql("DELETE FROM sightings WHERE id = 2").unwrap();
    database.sql("UPDATE identities SET rep_thumb_path = NULL, rep_confidence = NULL").unwrap();
    database.sql("UPDATE sightings SET thumb_path = NULL").unwrap();
    database.sql("UPDATE identities AS i SET (face_thumb_path, face_quality) = (SELECT thumb_path, quality FROM face_samples \
        WHERE identity_id = i.id ORDER BY quality DESC, id LIMIT 1)").unwrap();
    check_invariants(&database);
    let refused = [
        "UPDATE sightings SET camera_id = 2 WHERE camera_id = 1",
        "UPDATE sightings SET ts = ts - interval '1 s'",
        "UPDATE sightings SET object_class = 'dog'",
        "UPDATE identities SET object_class = 'dog'",
        "TRUNCATE sightings CASCADE",
    ];
    for change in refused {
        assert!(database.sql(change).unwrap_err().to_string().contains("never change"), "{change}");
    }
    database.sql("DELETE FROM cameras").unwrap();
    let counted = "SELECT count(*) FROM identity_cameras, sighting_totals, sighting_hours";
    assert_eq!(database.sql(counted).unwrap(), "0", "a cascade is counted");
}

#[tokio::test]
async fn what_a_deleted_camera_saw_goes_and_who_was_seen_elsewhere_stays() {
    let (database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    let (both, mut ids) = identity(&store, yard, 2).await;
    let at_the_door = rich_track(door, after(900), 30);
    let at_the_door = recorded(&store, &RecordSighting { belongs: to(both), ..at_the_door }).await.sighting;
    let only_yard = recorded(&store, &rich_track(yard, after(400), 40)).await.identity;
    store.identities().update(only_yard, &named("Ann"), OPERATOR).await.unwrap().unwrap();
    store.events().open(&event(yard, noon())).await.unwrap();
    check_invariants(&database);
    let left = store.cameras().delete(yard).await.unwrap().unwrap();
    assert_eq!((left.events.len(), left.sightings.sightings, left.sightings.paths.len()), (1, 3, 6));
    assert_eq!(left.sightings.identities, [only_yard], "whatever its name");
    let survivor = store.identities().get(both).await.unwrap().unwrap().identity;
    assert_eq!((survivor.num_sightings, survivor.first_seen), (1, after(900)));
    assert_eq!(survivor.cameras.iter().map(|camera| camera.id).collect::<Vec<_>>(), [door]);
    assert_eq!(sighting(&store, at_the_door).await.identity_id, both);
    ids.push(at_the_door);
    assert_eq!(database.sql("SELECT count(*) FROM face_samples WHERE camera_id <> 2").unwrap(), "0");
    check_invariants(&database);
}

#[tokio::test]
async fn what_a_repointed_camera_saw_before_goes_in_batches() {
    let (database, store) = database().await;
    let id = camera(&store, "yard").await.id;
    let (_, ids) = identity(&store, id, 2).await;
    let elsewhere = source("rtsp://camera.example/other");
    let repoint = store.cameras().update(id, |now| NewCamera { source: elsewhere.clone(), ..now.settings() });
    repoint.await.unwrap().unwrap();
    let fresh = RecordSighting { source_generation: 2, ..rich_track(id, after(300), 3) };
    let fresh = recorded(&store, &fresh).await;
    let gone = store.sightings().delete_batch_of_former_sources(id).await.unwrap();
    assert_eq!((gone.sightings, gone.identities.len()), (2, 1));
    assert_eq!(store.sightings().get(ids[0]).await.unwrap(), None);
    assert_eq!(store.sightings().delete_batch_of_former_sources(id).await.unwrap().sightings, 0);
    assert_eq!(sighting(&store, fresh.sighting).await.identity_id, fresh.identity);
    assert_eq!(store.sightings().delete_batch_of_camera(id).await.unwrap().identities, [fresh.identity]);
    check_invariants(&database);
    let now = at("2300-01-01");
    assert_eq!(store.sightings().forget_deletions(now.minus(Duration::from_secs(1))).await.unwrap(), 3);
}
