//! What an operator corrects is obeyed by what comes next.

use std::time::{Duration, Instant};

use iris_store::IdentityChange;

use crate::stage::{ANNA, BERTA, CLARA, Stage, Walk};

/// The promise to operators.
const OBEYED_WITHIN: Duration = Duration::from_secs(2);

async fn stays(stage: &mut Stage, walk: &Walk, person: crate::stage::Person) -> iris_domain::IdentityId {
    stage.observed(&walk.sees(person, 0)).await;
    stage.observed(&walk.sees(person, 1)).await;
    stage.sighting_of(walk.track, |_| true).await.identity
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_obeyed_by_who_is_in_view_and_by_who_comes_next() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let (first, second) = (Walk::begin(yard), Walk::begin(yard));
    let anna = stays(&mut stage, &first, ANNA).await;
    let berta = stays(&mut stage, &second, BERTA).await;
    assert_ne!(anna, berta);

    let corrected = Instant::now();
    stage.store.identities().merge(anna, &[berta], "a test").await.unwrap().unwrap();
    let told = stage.sighting_of(second.track, |fact| fact.identity == anna).await;
    assert!(corrected.elapsed() < OBEYED_WITHIN, "{:?}", corrected.elapsed());
    assert_eq!(told.match_kind, iris_domain::identity::MatchKind::Manual);

    // Somebody with Berta's face is Anna from now on, and Berta's track stays with her whatever it shows.
    let third = Walk::begin(yard);
    assert_eq!(stays(&mut stage, &third, BERTA).await, anna);
    stage.observed(&second.sees(BERTA, 5)).await;
    stage.observed(&second.ends(6)).await;
    assert_eq!(stage.sighting_of(second.track, |fact| fact.ended).await.identity, anna);
    stage.counts("SELECT count(*) FROM identities", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_told_of_who_is_in_view() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let walk = Walk::begin(yard);
    let anna = stays(&mut stage, &walk, ANNA).await;
    let named = IdentityChange { name: Some("Anna".to_owned()), ..IdentityChange::default() };
    let corrected = Instant::now();
    stage.store.identities().update(anna, &named, "a test").await.unwrap().unwrap();
    stage.sighting_of(walk.track, |fact| fact.identity_name.as_deref() == Some("Anna")).await;
    assert!(corrected.elapsed() < OBEYED_WITHIN, "{:?}", corrected.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_apart_stays_apart_and_who_was_deleted_does_not_come_back() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let (first, second) = (Walk::begin(yard), Walk::begin(yard));
    let anna = stays(&mut stage, &first, ANNA).await;
    assert_eq!(stays(&mut stage, &second, ANNA).await, anna);
    let wrong = stage.store.sightings().by_tracks(&[second.track]).await.unwrap()[0].sighting;
    stage.store.identities().reject(anna, &[wrong], "a test").await.unwrap().unwrap();
    let twin = stage.sighting_of(second.track, |fact| fact.identity != anna).await.identity;
    stage.observed(&second.sees(ANNA, 7)).await;
    stage.observed(&second.ends(8)).await;
    assert_eq!(stage.sighting_of(second.track, |fact| fact.ended).await.identity, twin);

    stage.store.identities().delete(&[anna], "a test").await.unwrap();
    stage.observed(&first.sees(ANNA, 9)).await;
    stage.observed(&first.ends(10)).await;
    let clara = Walk::begin(yard);
    stays(&mut stage, &clara, CLARA).await;
    let deleted = format!("SELECT count(*) FROM sightings WHERE track_run = '{}'", first.track.run);
    assert_eq!(stage.count(&deleted), 0);
}
