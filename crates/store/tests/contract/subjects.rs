//! Who is in events: links by time, and the main subject, in whatever order sightings and events come.

use std::time::Duration;

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::sightings::named;
use crate::support::*;
use iris_domain::{CameraId, Class, Event, EventChange, EventFilter, EventId, EventKind, NewEvent, Page, Timestamp};
use iris_store::{Belongs, RecognisedPerson, RecordSighting, Store};

async fn read(store: &Store, id: EventId) -> Event {
    store.events().get(id).await.unwrap().unwrap()
}

/// A presence of a person that is over after so many seconds.
async fn ended(store: &Store, camera: CameraId, ts: Timestamp, seconds: u64) -> EventId {
    let event = NewEvent { end_ts: Some(ts.plus(Duration::from_secs(seconds))), ..event(camera, ts) };
    opened(store, &event).await
}

async fn seen(store: &Store, camera: CameraId, ts: Timestamp, seconds: u64) -> iris_store::WrittenSighting {
    let end_ts = ts.plus(Duration::from_secs(seconds));
    recorded(store, &RecordSighting { end_ts, ..track(camera, ts) }).await
}

#[tokio::test]
async fn whichever_comes_first_a_sighting_is_in_its_event() {
    let (database, store) = database().await;
    let (yard, door) = (camera(&store, "yard").await.id, camera(&store, "door").await.id);
    let early = seen(&store, yard, noon(), 10).await;
    let event = opened(&store, &event(yard, after(1))).await;
    let late = seen(&store, yard, after(3), 30).await;
    assert_eq!((early.events.len(), late.events.as_slice()), (0, &[event][..]));
    seen(&store, door, after(3), 30).await;
    seen(&store, yard, before(600), 30).await;
    let read = read(&store, event).await.subjects;
    assert_eq!(read.identity.unwrap().id, late.identity, "longest in view");
    let everyone: Vec<_> = read.identities.iter().map(|one| one.id).collect();
    assert_eq!(everyone, [early.identity, late.identity]);
    assert_eq!(sighting(&store, early.sighting).await.event_id, Some(event));
    let inside: Vec<_> = store.sightings().of_event(event).await.unwrap().iter().map(|one| one.id).collect();
    assert_eq!(inside, [early.sighting, late.sighting]);
    check_invariants(&database);
}

#[tokio::test]
async fn the_main_subject_changes_while_the_presence_goes_on() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let event = opened(&store, &event(camera, noon())).await;
    let first = seen(&store, camera, noon(), 5).await;
    let wanted = track(camera, after(1));
    let second = recorded(&store, &RecordSighting { end_ts: after(2), ..wanted.clone() }).await;
    assert_eq!(read(&store, event).await.subjects.identity.unwrap().id, first.identity);
    let longer = RecordSighting { end_ts: after(20), belongs: Belongs::AsBefore, ..wanted };
    recorded(&store, &longer).await;
    assert_eq!(read(&store, event).await.subjects.identity.unwrap().id, second.identity);
    check_invariants(&database);
}

#[tokio::test]
async fn an_end_unlinks_who_came_later_and_cuts_the_view() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let open = event(camera, noon());
    let id = opened(&store, &open).await;
    let inside = seen(&store, camera, noon(), 10).await;
    let beyond = seen(&store, camera, after(8), 60).await;
    let later = seen(&store, camera, after(30), 500).await;
    assert_eq!(read(&store, id).await.subjects.identity.unwrap().id, later.identity);
    let end = EventChange { end_ts: Some(after(10)), ..Default::default() };
    store.events().update(open.key, &end).await.unwrap();
    let subjects = read(&store, id).await.subjects;
    assert_eq!(subjects.identity.unwrap().id, inside.identity);
    let everyone: Vec<_> = subjects.identities.iter().map(|one| one.id).collect();
    assert_eq!(everyone, [inside.identity, beyond.identity]);
    check_invariants(&database);
}

#[tokio::test]
async fn a_presence_that_was_split_names_its_subject_in_every_part() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let mut parts = Vec::new();
    for part in 0..3 {
        parts.push(ended(&store, camera, after(600 * part), 600).await);
    }
    let stays = seen(&store, camera, after(10), 1_700).await;
    assert_eq!(stays.events, parts);
    for part in &parts {
        assert_eq!(read(&store, *part).await.subjects.identity.unwrap().id, stays.identity);
    }
    assert_eq!(sighting(&store, stays.sighting).await.event_id, Some(parts[0]));
    let listed = store.events().list_of_identity(stays.identity, Page { limit: 2, offset: 0 }).await.unwrap();
    assert_eq!((listed.total, listed.events[0].id, listed.events[1].id), (3, parts[2], parts[1]));
    check_invariants(&database);
}

#[tokio::test]
async fn a_parked_car_is_not_the_subject_of_a_persons_event() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let car =
        RecordSighting { object_class: Class::new("car").unwrap(), end_ts: after(900), ..track(camera, before(900)) };
    let car = recorded(&store, &car).await.identity;
    let event = opened(&store, &event(camera, noon())).await;
    assert_eq!(read(&store, event).await.subjects.identity.unwrap().id, car, "until a person is known");
    let person = seen(&store, camera, noon(), 5).await.identity;
    let subjects = read(&store, event).await.subjects;
    assert_eq!((subjects.identity.unwrap().id, subjects.identities.len()), (person, 2));
    check_invariants(&database);
}

#[tokio::test]
async fn a_manual_recording_has_no_subjects() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let manual = NewEvent { kind: EventKind::Manual, label: "manual".to_owned(), ..event(camera, noon()) };
    let id = opened(&store, &manual).await;
    seen(&store, camera, noon(), 5).await;
    assert_eq!(read(&store, id).await.subjects, Default::default());
    check_invariants(&database);
}

#[tokio::test]
async fn events_are_found_by_the_person_and_keep_their_name() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let mut events = Vec::new();
    let ann = store.people().create("Ann", None).await.unwrap().id;
    for minute in 0..4 {
        events.push(ended(&store, camera, after(60 * minute), 10).await);
        let person = (minute != 2).then_some(RecognisedPerson { person_id: ann, score: 0.5 });
        recorded(&store, &RecordSighting { person, ..track(camera, after(60 * minute)) }).await;
    }
    let of_ann = EventFilter { person_id: Some(ann), ..Default::default() };
    let listed = store.events().list(&of_ann, Page { limit: 2, offset: 0 }).await.unwrap();
    assert_eq!((listed.total, listed.events[0].id, listed.events[1].id), (3, events[3], events[1]));
    assert!(listed.events.iter().all(|event| of_ann.admits(event)));
    assert_eq!(listed.events[0].subjects.person_name.as_deref(), Some("Ann"));
    let narrow = EventFilter { from: Some(after(30)), label: Some("person".to_owned()), ..of_ann.clone() };
    assert_eq!(total(&store, &narrow).await, 2);
    store.people().delete(&[ann]).await.unwrap();
    assert_eq!(total(&store, &of_ann).await, 0);
    let subjects = read(&store, events[0]).await.subjects;
    assert_eq!((subjects.person_id, subjects.person_name.as_deref()), (None, Some("Ann")));
    check_invariants(&database);
}

#[tokio::test]
async fn events_are_found_by_an_identity_that_is_in_them_as_the_main_subject_or_beside_it() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let event = ended(&store, camera, noon(), 10).await;
    let (main, beside) = (seen(&store, camera, noon(), 10).await, seen(&store, camera, noon(), 5).await);
    ended(&store, camera, after(600), 10).await;
    let other = seen(&store, camera, after(600), 10).await;
    for (identity, found) in [(main.identity, 1), (beside.identity, 1), (other.identity, 1)] {
        let filter = EventFilter { identity_id: Some(identity), ..Default::default() };
        let listed = store.events().list(&filter, Page { limit: 5, offset: 0 }).await.unwrap();
        assert_eq!((listed.total, listed.events.len()), (found, found as usize));
        assert!(listed.events.iter().all(|event| filter.admits(event)));
        assert_eq!(listed.events[0].id == event, identity != other.identity);
    }
    let nobodys_label =
        EventFilter { identity_id: Some(main.identity), label: Some("car".to_owned()), ..Default::default() };
    assert_eq!(total(&store, &nobodys_label).await, 0);
    check_invariants(&database);
}

#[tokio::test]
async fn naming_somebody_names_their_events() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let event = ended(&store, camera, noon(), 10).await;
    let seen = seen(&store, camera, noon(), 10).await;
    store.identities().update(seen.identity, &named("Ann"), OPERATOR).await.unwrap().unwrap();
    assert_eq!(read(&store, event).await.subjects.identity.unwrap().name.as_deref(), Some("Ann"));
    let bob = store.people().create("Bob", None).await.unwrap().id;
    let person = Some(RecognisedPerson { person_id: bob, score: 0.7 });
    let changed = store.sightings().set_person(&[(seen.sighting, person)]).await.unwrap();
    assert_eq!((changed.as_slice(), read(&store, event).await.subjects.person_id), (&[event][..], Some(bob)));
}

#[tokio::test]
async fn a_deleted_event_leaves_its_sightings() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let event = ended(&store, camera, noon(), 10).await;
    let seen = seen(&store, camera, noon(), 10).await;
    store.events().delete(&[event]).await.unwrap();
    assert_eq!(sighting(&store, seen.sighting).await.event_id, None);
    check_invariants(&database);
}
