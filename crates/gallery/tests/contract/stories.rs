//! What every gallery does.

use iris_domain::{Class, Feature, ModelFingerprint};
use iris_gallery::{Entry, Gallery, GalleryError, Hit, Kind, Of, Query, Subject};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::support::{at, entry, feature, identity, person, plain_scan, seconds, subjects};
use crate::world::World;

async fn search(gallery: &dyn Gallery, query: &Query<'_>) -> Vec<Hit> {
    gallery.search(query).await.unwrap()
}

/// The faces of identities that look most in this direction.
async fn looking(gallery: &dyn Gallery, degrees: f32) -> Vec<Hit> {
    search(gallery, &Query::new(Of::Identities, Kind::Face, &at(degrees), 10)).await
}

async fn found(gallery: &dyn Gallery, degrees: f32) -> Vec<Subject> {
    subjects(&looking(gallery, degrees).await)
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() < 1e-5
}

pub async fn an_empty_gallery_finds_nobody(gallery: &dyn Gallery) {
    assert_eq!(looking(gallery, 0.0).await, []);
    assert_eq!(gallery.count(Of::People, Kind::Face).await.unwrap(), 0);
    gallery.remove(identity(1)).await.unwrap();
    gallery.replace(identity(1), Vec::new()).await.unwrap();
    gallery.upsert(Vec::new()).await.unwrap();
    assert_eq!(gallery.epoch().await.unwrap(), None);
}

pub async fn a_subject_is_found_by_its_best_entries(gallery: &dyn Gallery) {
    let angles = [(11, 90.0), (12, 60.0), (13, 0.0), (14, 30.0)];
    let mut entries: Vec<Entry> = angles.iter().map(|(id, angle)| entry(*id, identity(1), at(*angle))).collect();
    entries.push(entry(20, identity(2), at(20.0)));
    gallery.upsert(entries).await.unwrap();
    let hits = looking(gallery, 0.0).await;
    assert_eq!(subjects(&hits), [identity(1), identity(2)]);
    assert_eq!((hits[0].entry, hits[1].entry), (13, 20));
    let expected = [0.0f32, 30.0, 60.0].map(|angle| angle.to_radians().cos());
    assert!(hits[0].scores.iter().zip(expected).all(|(a, b)| close(*a, b)) && hits[0].scores.len() == 3);
    assert!(close(hits[1].score, 20f32.to_radians().cos()) && hits[1].scores == [hits[1].score]);
}

pub async fn equals_come_in_the_order_of_their_subjects(gallery: &dyn Gallery) {
    let of = [(1, 7), (2, 3), (3, 5)].map(|(id, subject)| entry(id, identity(subject), at(45.0)));
    gallery.upsert(of.to_vec()).await.unwrap();
    assert_eq!(found(gallery, 0.0).await, [identity(3), identity(5), identity(7)]);
    gallery.upsert(vec![entry(9, identity(3), at(45.0))]).await.unwrap();
    assert_eq!(looking(gallery, 0.0).await[0].entry, 2, "of equal entries the one with the smaller id");
}

pub async fn a_limit_keeps_the_best(gallery: &dyn Gallery) {
    let entries = (1..=9).map(|number| entry(number, identity(number as i64), at(10.0 * number as f32)));
    gallery.upsert(entries.collect()).await.unwrap();
    let direction = at(0.0);
    let query = Query::new(Of::Identities, Kind::Face, &direction, 2);
    assert_eq!(subjects(&search(gallery, &query).await), [identity(1), identity(2)]);
    assert_eq!(search(gallery, &Query { limit: 0, ..query }).await, []);
}

pub async fn only_what_was_asked_for_is_found(gallery: &dyn Gallery) {
    let light = Class::new("traffic light").unwrap();
    let old = Entry { captured: seconds(10), ..entry(1, identity(1), at(0.0)) };
    let other = Entry { class: light.clone(), captured: seconds(20), camera: None, ..entry(2, identity(2), at(10.0)) };
    let new = Entry { captured: seconds(30), ..entry(3, identity(3), at(20.0)) };
    let newer_of_old = Entry { captured: seconds(30), ..entry(4, identity(1), at(90.0)) };
    gallery.upsert(vec![old, other, new, newer_of_old]).await.unwrap();

    let direction = at(0.0);
    let all = Query::new(Of::Identities, Kind::Face, &direction, 10);
    let lights = Query { class: Some(&light), ..all.clone() };
    assert_eq!(subjects(&search(gallery, &lights).await), [identity(2)]);
    let bird = Class::new("bird").unwrap();
    assert_eq!(search(gallery, &Query { class: Some(&bird), ..all.clone() }).await, []);
    let since = Query { since: Some(seconds(20)), ..all.clone() };
    let hits = search(gallery, &since).await;
    assert_eq!(subjects(&hits), [identity(2), identity(3), identity(1)]);
    assert_eq!(hits[2].entry, 4, "the old entry does not count for its subject");
    let exclude = [identity(1), person(3), identity(99)];
    let others = Query { exclude: &exclude, ..all.clone() };
    assert_eq!(subjects(&search(gallery, &others).await), [identity(2), identity(3)]);
    assert_eq!(search(gallery, &Query { since: Some(seconds(31)), ..all }).await, []);
}

pub async fn vectors_of_other_kinds_and_models_never_meet(gallery: &dyn Gallery) {
    let other_model = Feature { model: ModelFingerprint::new("test/other").unwrap(), ..at(0.0) };
    let body = Entry { kind: Kind::Appearance, ..entry(1, identity(4), at(0.0)) };
    let entries = vec![
        entry(1, identity(1), at(0.0)),
        entry(1, person(2), at(0.0)),
        entry(2, identity(3), other_model.clone()),
        body,
        entry(3, identity(5), feature(&[1.0, 0.0, 0.0])),
    ];
    gallery.upsert(entries).await.unwrap();
    assert_eq!(found(gallery, 0.0).await, [identity(1)]);
    let direction = at(0.0);
    let people = Query::new(Of::People, Kind::Face, &direction, 9);
    assert_eq!(subjects(&search(gallery, &people).await), [person(2)]);
    let bodies = Query { of: Of::Identities, kind: Kind::Appearance, ..people };
    assert_eq!(subjects(&search(gallery, &bodies).await), [identity(4)]);
    let other = Query::new(Of::Identities, Kind::Face, &other_model, 9);
    assert_eq!(subjects(&search(gallery, &other).await), [identity(3)]);
    assert_eq!(gallery.count(Of::Identities, Kind::Face).await.unwrap(), 3, "of all models");
    assert_eq!(gallery.count(Of::People, Kind::Face).await.unwrap(), 1);
    assert_eq!(gallery.count(Of::People, Kind::Appearance).await.unwrap(), 0);
}

pub async fn an_entry_that_is_written_again_changes_and_may_move(gallery: &dyn Gallery) {
    gallery.upsert(vec![entry(1, identity(1), at(0.0)), entry(2, identity(2), at(30.0))]).await.unwrap();
    gallery.upsert(vec![entry(1, identity(2), at(90.0))]).await.unwrap();
    let hits = looking(gallery, 90.0).await;
    assert_eq!(subjects(&hits), [identity(2)], "it left nothing behind");
    assert_eq!((hits[0].entry, hits[0].scores.len()), (1, 2));
    assert_eq!(gallery.count(Of::Identities, Kind::Face).await.unwrap(), 2);
}

pub async fn a_replaced_subject_has_the_new_entries_only(gallery: &dyn Gallery) {
    let body = Entry { kind: Kind::Appearance, ..entry(3, identity(1), at(0.0)) };
    let before =
        vec![entry(1, identity(1), at(0.0)), entry(2, identity(1), at(20.0)), body, entry(9, identity(2), at(50.0))];
    gallery.upsert(before).await.unwrap();
    gallery.replace(identity(1), vec![entry(2, identity(1), at(40.0)), entry(4, identity(1), at(90.0))]).await.unwrap();
    let hits = looking(gallery, 0.0).await;
    assert_eq!(subjects(&hits), [identity(1), identity(2)]);
    assert_eq!((hits[0].entry, hits[0].scores.len()), (2, 2));
    assert!(close(hits[0].score, 40f32.to_radians().cos()));
    assert_eq!(gallery.count(Of::Identities, Kind::Appearance).await.unwrap(), 0);
}

pub async fn entries_of_another_subject_are_refused_whole(gallery: &dyn Gallery) {
    gallery.upsert(vec![entry(1, identity(1), at(0.0))]).await.unwrap();
    let mixed = vec![entry(2, identity(1), at(0.0)), entry(3, identity(2), at(0.0))];
    let refusal = gallery.replace(identity(1), mixed).await.unwrap_err();
    assert!(matches!(refusal, GalleryError::ForeignEntry { entry: 3, .. }) && !refusal.is_transient());
    assert_eq!(refusal.to_string(), "replace the entries of identity 1: entry 3 is of identity 2");
    assert_eq!(looking(gallery, 0.0).await[0].entry, 1);
}

pub async fn a_removed_subject_is_forgotten_and_nobody_else(gallery: &dyn Gallery) {
    let entries = (1..=4).map(|number| entry(number, identity(number as i64), at(10.0 * number as f32)));
    gallery.upsert(entries.collect()).await.unwrap();
    gallery.upsert(vec![entry(1, person(2), at(0.0))]).await.unwrap();
    gallery.remove(identity(2)).await.unwrap();
    assert_eq!(found(gallery, 0.0).await, [identity(1), identity(3), identity(4)]);
    gallery.remove(identity(1)).await.unwrap();
    assert_eq!(found(gallery, 0.0).await, [identity(3), identity(4)]);
    assert_eq!(gallery.count(Of::Identities, Kind::Face).await.unwrap(), 2);
    assert_eq!(gallery.count(Of::People, Kind::Face).await.unwrap(), 1, "a person of the same number stays");
}

pub async fn a_change_that_is_repeated_changes_nothing_more(gallery: &dyn Gallery) {
    let entries = vec![entry(1, identity(1), at(0.0)), entry(2, identity(2), at(30.0))];
    for _ in 0..2 {
        gallery.upsert(entries.clone()).await.unwrap();
        gallery.replace(identity(2), entries[1..].to_vec()).await.unwrap();
        gallery.remove(identity(3)).await.unwrap();
    }
    assert_eq!(found(gallery, 0.0).await, [identity(1), identity(2)]);
    assert_eq!(gallery.count(Of::Identities, Kind::Face).await.unwrap(), 2);
}

pub async fn a_batch_is_answered_like_its_queries(gallery: &dyn Gallery) {
    let entries = (1..=20).map(|number| entry(number, identity(number as i64), at(18.0 * number as f32)));
    gallery.upsert(entries.collect()).await.unwrap();
    let directions: Vec<Feature> = (0..30).map(|number| at(7.0 + 12.0 * number as f32)).collect();
    let queries: Vec<Query<'_>> =
        directions.iter().map(|direction| Query::new(Of::Identities, Kind::Face, direction, 3)).collect();
    let answers = gallery.search_batch(&queries).await.unwrap();
    assert_eq!(answers.len(), queries.len());
    for (query, answer) in queries.iter().zip(answers) {
        assert_eq!(answer, search(gallery, query).await);
    }
    assert_eq!(gallery.search_batch(&[]).await.unwrap(), Vec::<Vec<Hit>>::new());
}

pub async fn the_epoch_is_what_was_noted_last(gallery: &dyn Gallery) {
    for epoch in [0, 7, 5, i64::MAX] {
        gallery.set_epoch(epoch).await.unwrap();
        assert_eq!(gallery.epoch().await.unwrap(), Some(epoch));
    }
    assert_eq!(gallery.count(Of::Identities, Kind::Face).await.unwrap(), 0, "it is no entry");
}

pub async fn a_cleared_gallery_is_as_new(gallery: &dyn Gallery) {
    for round in 1..=2 {
        gallery.upsert(vec![entry(1, identity(1), at(0.0)), entry(1, person(1), at(0.0))]).await.unwrap();
        gallery.set_epoch(round).await.unwrap();
        gallery.clear().await.unwrap();
        assert_eq!(gallery.epoch().await.unwrap(), None);
        assert_eq!(looking(gallery, 0.0).await, []);
        assert_eq!(gallery.count(Of::People, Kind::Face).await.unwrap(), 0);
    }
}

pub async fn hundreds_of_entries_are_found_as_by_a_plain_scan(gallery: &dyn Gallery) {
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let world = World { dimensions: 64, freedom: 64, looks: 2 };
    let people: Vec<_> = (0..60).map(|_| world.person(rng)).collect();
    let entries: Vec<Entry> = (0..600)
        .map(|number| {
            let values = people[number % 60].exemplar(rng, number / 60);
            entry(number as u64 + 1, identity(number as i64 % 60 + 1), feature(&values))
        })
        .collect();
    gallery.upsert(entries.clone()).await.unwrap();
    for (number, person) in people.iter().enumerate().take(20) {
        let seen = feature(&person.exemplar(rng, number));
        let query = Query::new(Of::Identities, Kind::Face, &seen, 5);
        let (hits, expected) = (search(gallery, &query).await, plain_scan(&entries, &query));
        assert_eq!(subjects(&hits), subjects(&expected));
        for (hit, expected) in hits.iter().zip(&expected) {
            assert_eq!(hit.entry, expected.entry);
            assert!(hit.scores.iter().zip(&expected.scores).all(|(a, b)| close(*a, *b)));
        }
    }
}
