//! Enrolled people are recognised, in what comes and in what was seen before.

use std::time::{Duration, Instant};

use iris_store::NewPersonFace;
use iris_testkit::wait;

use crate::stage::{ANNA, BERTA, PATIENCE, Person, Stage, Walk, direction};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_enrolled_is_named_in_view_at_once_and_in_what_was_seen_before() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let (gone, here, other) = (Walk::begin(yard), Walk::begin(yard), Walk::begin(yard));
    for (walk, person) in [(&gone, ANNA), (&here, ANNA), (&other, BERTA)] {
        stage.observed(&walk.sees(person, 0)).await;
        stage.observed(&walk.sees(person, 1)).await;
        stage.sighting_of(walk.track, |_| true).await;
    }
    stage.observed(&gone.ends(2)).await;
    stage.sighting_of(gone.track, |fact| fact.ended).await;

    let person = stage.store.people().create("Anna", None).await.unwrap();
    let face = NewPersonFace { feature: direction(ANNA.face, 77, 1.0), image_path: None };
    let enrolled = Instant::now();
    stage.store.people().add_face(person.id, &face).await.unwrap().unwrap();
    let named = stage.sighting_of(here.track, |fact| fact.person == Some(person.id)).await;
    assert!(enrolled.elapsed() < Duration::from_secs(2), "{:?}", enrolled.elapsed());
    assert_eq!(named.person_name.as_deref(), Some("Anna"));
    let people = || async {
        let tracks = [gone.track, here.track, other.track];
        let placed = stage.store.sightings().by_tracks(&tracks).await?;
        let people: Vec<_> = placed.iter().map(|placed| placed.person_id).collect();
        anyhow::ensure!(people == [Some(person.id), Some(person.id), None], "{people:?}");
        Ok(())
    };
    wait::until(PATIENCE, "what was seen before to be named", people).await.unwrap();

    let next = Walk::begin(yard);
    stage.observed(&next.sees(ANNA, 0)).await;
    stage.observed(&next.sees(ANNA, 1)).await;
    assert_eq!(stage.sighting_of(next.track, |_| true).await.person, Some(person.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_begins_anew_leaves_names_as_they_are() {
    let (mut stage, mut node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let person = stage.store.people().create("Anna", None).await.unwrap();
    let face = NewPersonFace { feature: direction(ANNA.face, 77, 1.0), image_path: None };
    stage.store.people().add_face(person.id, &face).await.unwrap().unwrap();
    stage.leader("first").await;
    let walk = Walk::begin(yard);
    stage.observed(&walk.sees(ANNA, 0)).await;
    stage.observed(&walk.sees(ANNA, 1)).await;
    stage.observed(&walk.ends(2)).await;
    assert_eq!(stage.sighting_of(walk.track, |fact| fact.ended).await.person, Some(person.id));
    stage.done().await;

    let passes = |log: &str| log.matches("looked through what was seen for the enrolled people").count();
    let before = passes(&node.process().log());
    node.kill9().unwrap();
    node.start_again().unwrap();
    wait::until(PATIENCE, "the new leader to have looked through what was seen", || {
        let log = node.process().log();
        async move {
            anyhow::ensure!(passes(&log) > before, "{log}");
            Ok(())
        }
    })
    .await
    .unwrap();
    let placed = stage.store.sightings().by_tracks(&[walk.track]).await.unwrap();
    assert_eq!(placed[0].person_id, Some(person.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_enrolled_is_one_identity_even_with_a_face_that_only_the_photos_know() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    // With glasses, and in other clothes: like nothing that was seen of her before.
    let disguised = Person { face: 5, clothes: 5 };
    let person = stage.store.people().create("Anna", None).await.unwrap();
    for face in [ANNA.face, disguised.face] {
        let face = NewPersonFace { feature: direction(face, 77, 1.0), image_path: None };
        stage.store.people().add_face(person.id, &face).await.unwrap().unwrap();
    }
    // It takes over what changed when it is asked.
    stage.leader("first").await;
    let mut identities = Vec::new();
    for seen in [ANNA, disguised, BERTA] {
        let walk = Walk::begin(yard);
        stage.observed(&walk.sees(seen, 0)).await;
        stage.observed(&walk.sees(seen, 1)).await;
        stage.observed(&walk.ends(2)).await;
        let fact = stage.sighting_of(walk.track, |fact| fact.ended).await;
        assert_eq!(fact.person, (seen != BERTA).then_some(person.id));
        identities.push(fact.identity);
    }
    assert_eq!(identities[0], identities[1], "two photos of one person, one identity");
    assert_ne!(identities[0], identities[2]);
}
