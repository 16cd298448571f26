//! The contract of the people's repository.

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::support::*;
use iris_domain::{FaceSampleId, PersonFaceId, PersonId};
use iris_store::{
    ENROLLED_FACES_MAX, EnrolAs, EnrolRefused, NewPersonFace, PersonChange, RecognisedPerson, RecordSighting, Store,
    UnknownSamples,
};

fn nobody() -> PersonId {
    PersonId::new(i64::MAX).unwrap()
}

fn photo(number: usize) -> NewPersonFace {
    NewPersonFace { feature: direction(number, 0.5), image_path: Some(format!("photos/1/{number}.jpg")) }
}

async fn names(store: &Store) -> Vec<String> {
    store.people().list().await.unwrap().into_iter().map(|person| person.name).collect()
}

#[tokio::test]
async fn people_come_by_name_without_regard_to_case() {
    let (_database, store) = database().await;
    for name in ["bob", "Ann", "Émile", "ann", "Bob", "Ann"] {
        store.people().create(name, None).await.unwrap();
    }
    assert_eq!(names(&store).await, ["Ann", "ann", "Ann", "bob", "Bob", "Émile"], "and by id where they are the same");
}

#[tokio::test]
async fn a_person_is_kept_as_entered_and_changed_in_part() {
    let (_database, store) = database().await;
    let ann = store.people().create("Ann", Some("tall")).await.unwrap();
    assert_eq!((ann.name.as_str(), ann.notes.as_deref(), ann.num_faces), ("Ann", Some("tall"), 0));
    assert_eq!(store.people().get(ann.id).await.unwrap(), Some(ann.clone()));
    let renamed = PersonChange { name: Some("Anna".to_owned()), notes: None };
    let anna = store.people().update(ann.id, &renamed).await.unwrap().unwrap();
    assert_eq!((anna.name.as_str(), anna.notes.as_deref()), ("Anna", Some("tall")));
    let without = PersonChange { name: None, notes: Some(String::new()) };
    assert_eq!(store.people().update(ann.id, &without).await.unwrap().unwrap().notes, None);
    assert_eq!(store.people().create("Bob", Some("")).await.unwrap().notes, None);
    assert_eq!(store.people().get(nobody()).await.unwrap(), None);
    assert_eq!(store.people().update(nobody(), &renamed).await.unwrap(), None);
}

#[tokio::test]
async fn faces_are_enrolled_and_removed_one_by_one() {
    let (_database, store) = database().await;
    let ann = store.people().create("Ann", None).await.unwrap().id;
    let bob = store.people().create("Bob", None).await.unwrap().id;
    let first = store.people().add_face(ann, &photo(1)).await.unwrap().unwrap();
    let second = store.people().add_face(ann, &photo(2)).await.unwrap().unwrap();
    assert_eq!((first.person_id, first.quality, first.image_path.as_deref()), (ann, 0.5, Some("photos/1/1.jpg")));
    assert_eq!(store.people().faces(ann).await.unwrap(), Some(vec![first.clone(), second.clone()]));
    assert_eq!(store.people().get(ann).await.unwrap().unwrap().num_faces, 2);
    assert_eq!(store.people().face(ann, second.id).await.unwrap(), Some(second.clone()));
    assert_eq!(store.people().face(bob, second.id).await.unwrap(), None, "it is Ann's");
    assert_eq!(store.people().delete_face(bob, second.id).await.unwrap(), None);
    assert_eq!(store.people().delete_face(ann, second.id).await.unwrap(), Some(second));
    assert!(store.people().set_image(first.id, "photos/1/x.jpg").await.unwrap());
    assert!(!store.people().set_image(PersonFaceId::new(i64::MAX).unwrap(), "photos/1/y.jpg").await.unwrap());
    let left = store.people().faces(ann).await.unwrap().unwrap();
    assert_eq!(left[0].image_path.as_deref(), Some("photos/1/x.jpg"));
    assert_eq!((left.len(), store.people().faces(bob).await.unwrap()), (1, Some(Vec::new())));
    assert_eq!(store.people().faces(nobody()).await.unwrap(), None);
    assert_eq!(store.people().add_face(nobody(), &photo(3)).await.unwrap(), None);
}

#[tokio::test]
async fn deleting_people_takes_their_faces_and_leaves_what_was_recognised() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let ann = store.people().create("Ann", None).await.unwrap().id;
    let bob = store.people().create("Bob", None).await.unwrap().id;
    store.people().add_face(ann, &photo(1)).await.unwrap().unwrap();
    opened(&store, &event(camera, noon())).await;
    let person = Some(RecognisedPerson { person_id: ann, score: 0.5 });
    let seen = recorded(&store, &RecordSighting { person, ..track(camera, noon()) }).await;
    let deleted = store.people().delete(&[ann, nobody(), ann]).await.unwrap();
    assert_eq!((deleted.ids.as_slice(), deleted.image_paths.len()), (&[ann][..], 1));
    assert_eq!(names(&store).await, ["Bob"]);
    let read = sighting(&store, seen.sighting).await;
    assert_eq!((read.person_id, read.person_name.as_deref()), (None, Some("Ann")));
    assert_eq!(database.sql("SELECT person_name FROM events WHERE person_id IS NULL").unwrap(), "Ann");
    assert_eq!(store.people().delete(&[ann]).await.unwrap(), Default::default());
    assert_eq!(store.people().delete_batch().await.unwrap().ids, [bob]);
    assert_eq!(store.people().delete_batch().await.unwrap().ids, []);
    check_invariants(&database);
}

#[tokio::test]
async fn somebody_seen_thousands_of_times_can_be_deleted() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let ann = store.people().create("Ann", None).await.unwrap().id;
    let rows = format!(
        "INSERT INTO events (key, kind, camera_id, source_generation, label, ts, confidence, num_tracks, clip_status, person_id, person_name) \
         SELECT gen_random_uuid(), 'track', {camera}, 1, 'person', now(), 0.5, 1, 'recording', {ann}, 'Ann' FROM generate_series(1, 2500)"
    );
    database.sql(&rows).unwrap();
    assert_eq!(store.people().delete(&[ann]).await.unwrap().ids, [ann]);
    assert_eq!(
        database.sql("SELECT count(*) FROM events WHERE person_id IS NULL AND person_name = 'Ann'").unwrap(),
        "2500"
    );
}

#[tokio::test]
async fn a_person_is_made_of_the_best_captured_faces() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (identity, _) = identity(&store, camera, 15).await;
    let samples = store.face_samples().list_of(identity, ALL).await.unwrap().samples;
    let ids: Vec<FaceSampleId> = samples.iter().map(|sample| sample.id).collect();
    let enrolled = store.people().enrol(EnrolAs::New("Ann"), &ids).await.unwrap().unwrap();
    assert_eq!((enrolled.person.name.as_str(), enrolled.person.num_faces), ("Ann", 12));
    assert_eq!(enrolled.faces.len(), ENROLLED_FACES_MAX);
    let mut best: Vec<_> = samples.clone();
    best.sort_by(|a, b| b.quality.total_cmp(&a.quality).then(a.id.cmp(&b.id)));
    let copied: Vec<_> = enrolled.faces.iter().map(|face| (face.sample, &face.sample_thumb_path)).collect();
    assert_eq!(copied, best.iter().take(12).map(|sample| (sample.id, &sample.thumb_path)).collect::<Vec<_>>());
    let known = store.gallery().person(enrolled.person.id).await.unwrap().unwrap();
    assert_eq!((known.name.as_str(), known.faces.len(), known.faces[0].0), ("Ann", 12, enrolled.faces[0].face));
    let labels = store.face_samples().list_of(identity, ALL).await.unwrap().samples;
    assert!(labels.iter().all(|sample| sample.label.as_deref() == Some("Ann")));
    let again = store.people().enrol(EnrolAs::New("Ann"), &ids[..1]).await.unwrap().unwrap();
    assert_ne!(again.person.id, enrolled.person.id, "a second person");
    let epoch = store.gallery().epoch().await.unwrap();
    let more = store.people().enrol(EnrolAs::Known(again.person.id), &ids[1..3]).await.unwrap().unwrap();
    assert_eq!((more.person.id, more.person.num_faces, more.faces.len()), (again.person.id, 3, 2));
    assert!(store.gallery().epoch().await.unwrap() > epoch, "the index has to take them over");
    let nobody = PersonId::new(i64::MAX).unwrap();
    let refused = store.people().enrol(EnrolAs::Known(nobody), &ids).await.unwrap();
    assert_eq!(refused, Err(EnrolRefused::UnknownPerson(nobody)));
}

#[tokio::test]
async fn nobody_is_made_of_faces_that_do_not_exist() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (identity, _) = identity(&store, camera, 1).await;
    let known = store.face_samples().list_of(identity, ALL).await.unwrap().samples[0].id;
    let unknown = FaceSampleId::new(i64::MAX).unwrap();
    let refused = store.people().enrol(EnrolAs::New("Ann"), &[unknown, known, unknown]).await.unwrap();
    assert_eq!(refused, Err(EnrolRefused::UnknownSamples(UnknownSamples(vec![unknown]))));
    assert!(names(&store).await.is_empty());
    assert_eq!(store.face_samples().get(known).await.unwrap().unwrap().label, None);
}
