//! The contract of the identities' repository: finding, naming, summing up. Corrections have a file of their own.

use std::time::Duration;

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::sightings::named;
use crate::support::*;
use iris_domain::identity::MatchKind;
use iris_domain::{CameraId, Class, IdentityId, Page, Timestamp};
use iris_store::{
    Belongs, HourAnalytics, IdentityChange, IdentityFilter, OperationKind, RecordSighting, Store, StoreError,
};

/// Four people and a car, the first seen latest: with 3, 1, 1 and 1 sightings; the second is named.
async fn street(store: &Store, camera: CameraId) -> Vec<IdentityId> {
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(recorded(store, &track(camera, before(1_000 * number))).await.identity);
    }
    for minute in 1..3 {
        recorded(store, &RecordSighting { belongs: to(ids[0]), ..track(camera, after(60 * minute)) }).await;
    }
    let car = RecordSighting { object_class: Class::new("car").unwrap(), ..track(camera, before(5_000)) };
    ids.push(recorded(store, &car).await.identity);
    store.identities().update(ids[1], &named("Ann"), OPERATOR).await.unwrap().unwrap();
    ids
}

async fn listed(store: &Store, filter: &IdentityFilter, page: Page) -> (u64, Vec<IdentityId>) {
    let listed = store.identities().list(filter, page).await.unwrap();
    (listed.total, listed.identities.iter().map(|identity| identity.id).collect())
}

#[tokio::test]
async fn the_list_is_newest_first_and_filtered() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let ids = street(&store, camera).await;
    let all = IdentityFilter::default();
    assert_eq!(listed(&store, &all, ALL).await, (5, ids.clone()));
    assert_eq!(listed(&store, &all, Page { limit: 2, offset: 1 }).await, (5, ids[1..3].to_vec()));
    let named_only = IdentityFilter { named_only: true, ..Default::default() };
    assert_eq!(listed(&store, &named_only, ALL).await, (1, vec![ids[1]]));
    let often = IdentityFilter { min_sightings: 2, ..Default::default() };
    assert_eq!(listed(&store, &often, ALL).await, (1, vec![ids[0]]));
    for (class, count) in [("car", 1), ("person", 4), ("unicorn", 0), ("", 0), ("a\0b", 0)] {
        let of_class = IdentityFilter { object_class: Some(class.to_owned()), ..Default::default() };
        assert_eq!(listed(&store, &of_class, ALL).await.0, count, "{class:?}");
    }
    let one = store.identities().list(&often, ALL).await.unwrap().identities.remove(0);
    assert_eq!((one.num_sightings, one.total_seconds, one.is_named), (3, 30.0, false));
    assert_eq!((one.first_seen, one.last_seen), (noon(), after(130)));
    assert_eq!((one.cameras.len(), one.cameras[0].name.as_str()), (1, "yard"));
    let named: Vec<_> = store.identities().named(&[ids[4], ids[1], IdentityId::new(i64::MAX).unwrap()]).await.unwrap();
    assert_eq!(named.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1], ids[4]]);
    check_invariants(&database);
}

#[tokio::test]
async fn naming_is_an_entry_in_the_ledger_and_a_change_of_the_gallery() {
    let (_database, store) = database().await;
    let id = recorded(&store, &track(camera(&store, "yard").await.id, noon())).await.identity;
    let epoch = store.gallery().epoch().await.unwrap();
    let ann = store.identities().update(id, &named("Ann"), OPERATOR).await.unwrap().unwrap();
    assert_eq!((ann.name.as_deref(), ann.is_named), (Some("Ann"), true));
    assert!(store.gallery().epoch().await.unwrap() > epoch);
    let notes = IdentityChange { notes: Some("tall".to_owned()), ..Default::default() };
    let noted = store.identities().update(id, &notes, OPERATOR).await.unwrap().unwrap();
    assert_eq!((noted.name.as_deref(), noted.notes.as_deref()), (Some("Ann"), Some("tall")));
    let ledger = store.identities().operations(ALL).await.unwrap();
    assert_eq!(ledger.total, 1, "notes are none of the ledger's");
    let entry = &ledger.operations[0];
    assert_eq!((entry.kind, entry.by.as_str(), entry.undoable), (OperationKind::Rename, OPERATOR, true));
    assert_eq!((entry.identities.as_slice(), &entry.summary["name"]["to"]), (&[id][..], &"Ann".into()));
    let nobody = IdentityId::new(i64::MAX).unwrap();
    assert_eq!(store.identities().update(nobody, &named("Bob"), OPERATOR).await.unwrap(), None);
    assert_eq!(store.identities().get(nobody).await.unwrap(), None);
}

#[tokio::test]
async fn of_many_partial_updates_at_once_none_is_lost() {
    let (_database, store) = database().await;
    let id = recorded(&store, &track(camera(&store, "yard").await.id, noon())).await.identity;
    let mut updates = tokio::task::JoinSet::new();
    for number in 0..10 {
        let store = store.clone();
        updates.spawn(async move {
            let notes = IdentityChange { notes: Some(number.to_string()), ..Default::default() };
            let change = if number == 5 { named("Ann") } else { notes };
            store.identities().update(id, &change, OPERATOR).await.unwrap().unwrap();
        });
    }
    updates.join_all().await;
    let read = store.identities().get(id).await.unwrap().unwrap().identity;
    assert!(read.name.as_deref() == Some("Ann") && read.notes.is_some());
}

#[tokio::test]
async fn analytics_count_what_there_is() {
    let (_database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    let ids = street(&store, yard).await;
    let longer = RecordSighting {
        end_ts: before(40),
        belongs: Belongs::To(ids[0], why(MatchKind::Face)),
        ..track(door, before(70))
    };
    recorded(&store, &longer).await;
    let now = after(1_800);
    let analytics = store.identities().analytics("person", "UTC", now).await.unwrap();
    let summary = analytics.summary;
    assert_eq!((summary.total_identities, summary.named, summary.unnamed, summary.total_sightings), (4, 1, 3, 7));
    assert_eq!((summary.seen_today, summary.seen_7d), (4, 4));
    let cameras: Vec<_> = analytics
        .by_camera
        .iter()
        .map(|one| (one.camera_id, one.camera_name.as_str(), one.sightings, one.distinct_people, one.avg_dwell_seconds))
        .collect();
    assert_eq!(cameras, [(yard, "yard", 6, 4, 10.0), (door, "door", 1, 1, 30.0)]);
    let kinds = analytics.by_match_kind;
    assert_eq!((kinds.face, kinds.appearance, kinds.new, kinds.manual), (1, 2, 4, 0));
    assert_eq!(analytics.by_hour.len(), 24);
    assert_eq!(analytics.by_hour[0].hour, at("2026-11-22T13:00:00Z"));
    assert_eq!(analytics.by_hour[23], HourAnalytics { hour: noon(), sightings: 3 });
    assert_eq!(analytics.by_hour[22].sightings, 4);
    let nothing = store.identities().analytics("unicorn", "UTC", now).await.unwrap();
    assert_eq!((nothing.summary.total_identities, nothing.by_camera.len(), nothing.by_hour.len()), (0, 0, 24));
}

#[tokio::test]
async fn a_day_begins_where_the_server_lives() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    recorded(&store, &track(camera, at("2026-11-23T11:00:00Z"))).await;
    database.sql("UPDATE identities SET created_at = '2026-11-23T11:00:00Z'").unwrap();
    // Midnight in Tokyo is 15:00 UTC, in Los Angeles 08:00.
    let now = at("2026-11-23T16:00:00Z");
    for (timezone, seen) in [("UTC", 1), ("Asia/Tokyo", 0), ("America/Los_Angeles", 1)] {
        let summary = store.identities().analytics("person", timezone, now).await.unwrap().summary;
        assert_eq!((summary.seen_today, summary.created_today, summary.seen_7d), (seen, seen, 1), "{timezone}");
    }
    let week_later = now.plus(Duration::from_secs(7 * 86_400));
    assert_eq!(store.identities().analytics("person", "UTC", week_later).await.unwrap().summary.seen_7d, 0);
    let unknown = store.identities().analytics("person", "Mars/Base", now).await.unwrap_err();
    assert!(matches!(unknown, StoreError::Refused { .. }), "{unknown:?}");
}

#[tokio::test]
async fn tidying_up_sees_the_unnamed_of_late() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let ids = street(&store, camera).await;
    let span = |ts: Timestamp| (camera, iris_domain::Span::new(ts, ts.plus(Duration::from_secs(10))).unwrap());
    let view = store.identities().maintenance_view(before(2_500), 10).await.unwrap();
    let view: Vec<_> = view.iter().map(|one| (one.identity.id, one.num_sightings, one.presences.clone())).collect();
    let first = vec![span(noon()), span(after(60)), span(after(120))];
    assert_eq!(view, [(ids[0], 3, first), (ids[2], 1, vec![span(before(2_000))])]);
    assert_eq!(store.identities().maintenance_view(before(2_500), 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_identitys_vectors_come_newest_first() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (id, mut sightings) = identity(&store, camera, 3).await;
    let bare = RecordSighting { belongs: to(id), ..track(camera, after(400)) };
    sightings.push(recorded(&store, &bare).await.sighting);
    let vectors = store.identities().vectors_of(id, 3).await.unwrap();
    let found: Vec<_> = vectors.iter().map(|one| (one.sighting, one.face.is_some(), one.body.is_some())).collect();
    assert_eq!(found, [(sightings[3], false, false), (sightings[2], true, true), (sightings[1], true, true)]);
    assert_eq!(vectors[2].span.start, after(60));
}
