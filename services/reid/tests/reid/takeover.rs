//! One node leads; another one takes over from it.

use std::time::{Duration, Instant};

use crate::stage::{ANNA, Stage, Walk};

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_goes_on_with_what_the_leader_knew() {
    let (mut stage, mut first) = Stage::with_leader(&[]).await;
    let mut second = stage.node("second", &[]);
    second.ready().await.unwrap();
    assert!(!stage.state("second").await.leader);
    let yard = stage.camera("yard").await;
    // Anna is known by her clothes.
    let known = Walk::begin(yard);
    for seconds in 0..3 {
        stage.observed(&known.sees_clothes(ANNA, seconds, 0.9)).await;
    }
    let anna = stage.sighting_of(known.track, |_| true).await.identity;
    // A track that is still in view, and one of which too little was seen.
    let waits = Walk::begin(yard);
    stage.observed(&waits.sees_clothes(ANNA, 0, 0.3)).await;
    stage.counts("SELECT count(*) FROM tracklets", 2).await;
    stage.done().await;

    let killed = Instant::now();
    first.kill9().unwrap();
    // While nobody leads.
    stage.observed(&waits.sees_clothes(ANNA, 1, 0.9)).await;
    stage.observed(&waits.ends(2)).await;
    stage.observed(&known.ends(4)).await;
    stage.leader("second").await;
    assert!(killed.elapsed() < Duration::from_secs(10), "{:?}", killed.elapsed());
    let placed = stage.sighting_of(waits.track, |_| true).await;
    assert_eq!(placed.identity, anna);
    let sightings = format!("SELECT count(*) FROM sightings WHERE identity_id = {anna} AND ended");
    stage.counts(&sightings, 2).await;
    stage.counts("SELECT count(*) FROM tracklets", 0).await;
    let tracks = stage.store.sightings().get(placed.sighting).await.unwrap().unwrap();
    assert_eq!(tracks.end_ts.since(tracks.ts), Duration::from_secs(2), "what the first leader saw counts too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_stops_hands_over_at_once() {
    let (stage, mut first) = Stage::with_leader(&[]).await;
    let mut second = stage.node("second", &[]);
    second.ready().await.unwrap();
    assert!(first.terminate().await.unwrap().success());
    let stopped = Instant::now();
    stage.leader("second").await;
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());
}
