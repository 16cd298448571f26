//! Enrolled people are recognised, in what comes and in what was seen before.

use std::time::{Duration, Instant};

use iris_store::NewPersonFace;
use iris_testkit::wait;

use crate::stage::{ANNA, BERTA, PATIENCE, Stage, Walk, direction};

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
