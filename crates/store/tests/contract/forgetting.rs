//! Deleting somebody for good: nothing of them stays in any table, the files are named, shared events survive.

use std::collections::BTreeSet;

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::sightings::named;
use crate::support::*;
use iris_domain::{Class, IdentityId};
use iris_store::{DELETE_IDENTITIES_BATCH, NewPersonFace, OperationKind, RecordSighting, Recorded, Store, UndoRefused};
use iris_testkit::postgres::TestDatabase;

/// Every row of every table in which a text occurs, as `table: row`.
fn traces(database: &TestDatabase, text: &str) -> String {
    let tables =
        database.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").unwrap();
    let found = tables.lines().map(|table| {
        let rows = database.sql(&format!("SELECT t FROM \"{table}\" AS t WHERE t::text LIKE '%{text}%'")).unwrap();
        if rows.is_empty() { String::new() } else { format!("{table}: {rows}\n") }
    });
    found.collect()
}

/// A vector as its column prints.
fn printed(feature: &iris_domain::Feature) -> String {
    feature.embedding.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn exists(store: &Store, id: IdentityId) -> bool {
    store.identities().get(id).await.unwrap().is_some()
}

#[tokio::test]
async fn of_a_deleted_identity_nothing_is_left() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    // Merged, named, split and renamed before: the ledger knows of it too.
    let (id, ids) = identity(&store, camera, 3).await;
    let wanted = rich_track(camera, after(900), 500);
    let merged = recorded(&store, &wanted).await.identity;
    store.identities().update(merged, &named("Ann Secret"), OPERATOR).await.unwrap();
    let operation = store.identities().merge(id, &[merged], OPERATOR).await.unwrap().unwrap().operation;
    store.identities().update(id, &named("Bob Secret"), OPERATOR).await.unwrap();
    store.tracklets().save(wanted.track, camera, b"state of it").await.unwrap();
    let epoch = store.gallery().epoch().await.unwrap();
    let vectors = [printed(&direction(1, 0.5)), printed(&direction(500, 0.5)), printed(&direction(1_500, 0.5))];
    assert!(vectors.iter().all(|vector| !traces(&database, vector).is_empty()));
    assert!(traces(&database, "Secret").contains("identity_operations"));

    let deleted = store.identities().delete(&[id], OPERATOR).await.unwrap();
    assert_eq!(deleted.ids, [id]);
    let paths: BTreeSet<_> = deleted.paths.iter().collect();
    assert_eq!((deleted.paths.len(), paths.len()), (8, 8), "a crop and a face of each sighting");
    assert!(deleted.paths.contains(&wanted.thumb_path.clone().unwrap()));
    assert!(deleted.paths.contains(&wanted.face_samples[0].thumb_path));
    for text in vectors.iter().map(String::as_str).chain(["Secret", "bodies/", "faces/", "state of it"]) {
        assert_eq!(traces(&database, text), "", "{text}");
    }
    for table in ["exemplars", "sighting_vectors", "face_samples", "tracklets", "identity_cameras", "sighting_totals"] {
        assert_eq!(database.sql(&format!("SELECT count(*) FROM {table}")).unwrap(), "0", "{table}");
    }
    assert_eq!(store.identities().undo(operation, OPERATOR).await.unwrap(), Err(UndoRefused::Forgotten));
    assert!(store.gallery().epoch().await.unwrap() > epoch);
    assert_eq!(store.sightings().get(ids[0]).await.unwrap(), None);
    check_invariants(&database);
}

#[tokio::test]
async fn a_late_observation_brings_nobody_back() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let wanted = rich_track(camera, noon(), 1);
    let id = recorded(&store, &wanted).await.identity;
    store.identities().delete(&[id], OPERATOR).await.unwrap();
    assert_eq!(store.sightings().record(&wanted).await.unwrap(), Recorded::Stale);
    assert_eq!(database.sql("SELECT count(*) FROM identities").unwrap(), "0");
}

#[tokio::test]
async fn of_a_deleted_person_nothing_but_the_name_is_left() {
    let (database, store) = database().await;
    let ann = store.people().create("Ann", Some("secret notes")).await.unwrap().id;
    let face = NewPersonFace { feature: direction(7, 0.5), image_path: Some("photos/1/x.jpg".to_owned()) };
    store.people().add_face(ann, &face).await.unwrap().unwrap();
    let deleted = store.people().delete(&[ann]).await.unwrap();
    assert_eq!(deleted.image_paths, ["photos/1/x.jpg"]);
    for text in [&printed(&face.feature), "secret notes", "photos/"] {
        assert_eq!(traces(&database, text), "", "{text}");
    }
}

#[tokio::test]
async fn events_go_with_their_only_subject_and_stay_with_another() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let mut events = Vec::new();
    for hour in 0..3 {
        let event = event(camera, after(3_600 * hour));
        events.push(opened(&store, &event).await);
        store.events().update(event.key, &ready(clip_of(&event, 7))).await.unwrap();
        let end = iris_domain::EventChange { end_ts: Some(after(3_600 * hour + 30)), ..Default::default() };
        store.events().update(event.key, &end).await.unwrap();
    }
    let [alone, shared, elses] = events[..] else { panic!() };
    let bob = recorded(&store, &rich_track(camera, noon(), 1)).await.identity;
    let join = |ts| RecordSighting { belongs: to(bob), end_ts: ts, ..rich_track(camera, ts, 2) };
    recorded(&store, &RecordSighting { end_ts: after(3_630), ..join(after(3_600)) }).await;
    let ann = recorded(&store, &rich_track(camera, after(3_605), 3)).await.identity;
    recorded(&store, &rich_track(camera, after(7_200), 4)).await;
    let car =
        RecordSighting { object_class: Class::new("car").unwrap(), end_ts: after(8_000), ..track(camera, noon()) };
    let car = recorded(&store, &car).await.identity;
    check_invariants(&database);

    let deleted = store.identities().delete(&[bob], OPERATOR).await.unwrap();
    let gone: Vec<_> = deleted.events.iter().map(|event| (event.id, event.clip_path.is_some())).collect();
    assert_eq!(gone, [(alone, true)], "a parked car is no company");
    let subjects = store.events().get(shared).await.unwrap().unwrap().subjects;
    assert_eq!((subjects.identity.unwrap().id, subjects.identities.len()), (ann, 2), "the next one is promoted");
    check_invariants(&database);
    assert!(store.identities().delete(&[car], OPERATOR).await.unwrap().events.is_empty());
    assert!(store.events().get(elses).await.unwrap().is_some());
    check_invariants(&database);
}

#[tokio::test]
async fn events_of_several_go_when_all_of_them_go() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let event = opened(&store, &event(camera, noon())).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(recorded(&store, &rich_track(camera, after(number), number as usize)).await.identity);
    }
    assert!(store.identities().delete(&ids[..2], OPERATOR).await.unwrap().events.is_empty());
    let nobody = IdentityId::new(i64::MAX).unwrap();
    let deleted = store.identities().delete(&[ids[2], nobody, ids[0]], OPERATOR).await.unwrap();
    assert_eq!((deleted.ids.as_slice(), deleted.events.len(), deleted.events[0].id), (&ids[2..], 1, event));
    let again = store.identities().delete(&ids, OPERATOR).await.unwrap();
    assert_eq!((again.ids.len(), again.operation), (0, None), "nothing to delete is no operation");
    let entry = store.identities().operations(ALL).await.unwrap().operations.remove(0);
    assert_eq!((entry.kind, entry.by.as_str(), Some(entry.id)), (OperationKind::Delete, OPERATOR, deleted.operation));
    check_invariants(&database);
}

#[tokio::test]
async fn clearing_is_one_entry_however_many_there_are() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = DELETE_IDENTITIES_BATCH + 5;
    let rows = format!(
        "WITH founded AS (INSERT INTO identities (object_class, first_seen, last_seen) SELECT CASE n WHEN 1 THEN 'car' ELSE 'person' END, now(), now() \
             FROM generate_series(1, {}) AS n RETURNING id, object_class) \
         INSERT INTO sightings (track_run, track_number, camera_id, source_generation, identity_id, object_class, ts, end_ts, ended, confidence, \
             match_kind, evidence) \
         SELECT gen_random_uuid(), 1, {camera}, 1, id, object_class, now(), now() + interval '5 s', true, 0.5, 'new', '{{}}' FROM founded",
        people + 1
    );
    database.sql(&rows).unwrap();
    check_invariants(&database);
    let first = store.identities().delete_batch(Some("person"), OPERATOR, None).await.unwrap();
    let second = store.identities().delete_batch(Some("person"), OPERATOR, first.operation).await.unwrap();
    assert_eq!((first.ids.len() as u64, second.ids.len()), (DELETE_IDENTITIES_BATCH, 5));
    let third = store.identities().delete_batch(Some("person"), OPERATOR, second.operation).await.unwrap();
    assert_eq!((third.ids.len(), third.operation), (0, first.operation));
    let ledger = store.identities().operations(ALL).await.unwrap();
    assert_eq!((ledger.total, &ledger.operations[0].summary["deleted"]), (1, &people.into()));
    check_invariants(&database);
    let car = store.identities().delete_batch(None, OPERATOR, None).await.unwrap().ids;
    assert!(car.len() == 1 && !exists(&store, car[0]).await);
    assert_eq!(database.sql("SELECT count(*) FROM sighting_hours").unwrap(), "0");
}
