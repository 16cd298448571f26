//! With the index in Qdrant, which dies and comes back.

use anyhow::ensure;
use iris_bus::message::{GalleryKind, SearchRequest};
use iris_bus::topic;
use iris_domain::{CameraId, IdentityId};
use iris_testkit::port::free_port;
use iris_testkit::qdrant::{API_KEY, QdrantServer};
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;

use crate::stage::{ANNA, BERTA, CLARA, PATIENCE, Person, Stage, Walk, direction};

/// A server, and a leader whose index is there.
async fn stage() -> Option<(QdrantServer, Stage, ServiceProcess)> {
    let qdrant = QdrantServer::start().await.unwrap()?;
    let url = qdrant.url();
    let (stage, node) =
        Stage::with_leader(&[("IRIS_QDRANT_URL", url.as_str()), ("IRIS_QDRANT_API_KEY", API_KEY)]).await;
    assert_eq!(stage.state("first").await.gallery, GalleryKind::Qdrant);
    Some((qdrant, stage, node))
}

/// Somebody walks by; says who it was found to be.
async fn passes(stage: &mut Stage, camera: CameraId, person: Person) -> IdentityId {
    let walk = Walk::begin(camera);
    walks(stage, &walk, person).await;
    stage.sighting_of(walk.track, |fact| fact.ended).await.identity
}

async fn walks(stage: &Stage, walk: &Walk, person: Person) {
    stage.observed(&walk.sees(person, 0)).await;
    stage.observed(&walk.sees(person, 1)).await;
    stage.observed(&walk.ends(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_comes_back_empty_is_built_anew_and_nobody_becomes_somebody_else() {
    let Some((mut qdrant, mut stage, _node)) = stage().await else { return };
    let (yard, door) = (stage.camera("yard").await, stage.camera("door").await);
    let (anna, berta) = (passes(&mut stage, yard, ANNA).await, passes(&mut stage, yard, BERTA).await);
    assert_ne!(anna, berta);
    stage.done().await;

    qdrant.kill();
    stage.degraded("first", Some("Qdrant does not answer")).await;
    // What is seen meanwhile waits on the bus.
    let walk = Walk::begin(door);
    walks(&stage, &walk, ANNA).await;
    qdrant.empty().unwrap();
    qdrant.start_again().await.unwrap();
    let again = stage.sighting_of(walk.track, |fact| fact.ended).await;
    assert_eq!(again.identity, anna, "she was known again by what the database knows of her");
    stage.degraded("first", None).await;
    assert_eq!(passes(&mut stage, door, BERTA).await, berta);
    assert_ne!(passes(&mut stage, door, CLARA).await, anna);
    assert_eq!(stage.count("SELECT count(*) FROM identities"), 3);
    let indexed = stage.count("SELECT count(*) FROM exemplars WHERE kind = 'face'");
    wait::until(PATIENCE, "every face to be in the index", || async {
        let faces = stage.state("first").await.faces_indexed;
        ensure!(faces == indexed, "{faces} of {indexed}");
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_vanishes_between_two_questions_is_missed_at_once() {
    let Some((mut qdrant, mut stage, _node)) = stage().await else { return };
    let (yard, door) = (stage.camera("yard").await, stage.camera("door").await);
    let anna = passes(&mut stage, yard, ANNA).await;
    stage.done().await;
    // Nothing asks it in earnest while it is away.
    qdrant.kill();
    qdrant.empty().unwrap();
    qdrant.start_again().await.unwrap();
    assert_eq!(passes(&mut stage, door, ANNA).await, anna);
    assert_eq!(stage.count("SELECT count(*) FROM identities"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_killed_goes_on_with_what_it_held() {
    let Some((mut qdrant, mut stage, mut node)) = stage().await else { return };
    let (yard, door) = (stage.camera("yard").await, stage.camera("door").await);
    let anna = passes(&mut stage, yard, ANNA).await;
    stage.done().await;
    qdrant.kill();
    qdrant.start_again().await.unwrap();
    assert_eq!(passes(&mut stage, door, ANNA).await, anna);
    let log = node.process().log();
    assert_eq!(log.matches("the gallery was built from the database").count(), 1, "only when it was new: {log}");

    let request = SearchRequest { face: Some(direction(ANNA.face, 300, 1.0)), body: None, limit: 3 };
    let found = stage.bus.ask(topic::ASK_REID_SEARCH, topic::LEADER, &request, PATIENCE).await.unwrap();
    assert_eq!(found.rows.iter().map(|row| row.identity).collect::<Vec<_>>(), [anna]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_never_came_is_said() {
    let stage = Stage::set().await;
    let url = format!("http://127.0.0.1:{}", free_port().unwrap());
    let _node = stage.node("first", &[("IRIS_QDRANT_URL", url.as_str())]);
    stage.degraded("first", Some("gallery: Qdrant does not answer")).await;
    assert_eq!(stage.state("first").await.gallery, GalleryKind::Qdrant);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_said() {
    let Some(qdrant) = QdrantServer::start().await.unwrap() else { return };
    let stage = Stage::set().await;
    let url = qdrant.url();
    let _node = stage.node("first", &[("IRIS_QDRANT_URL", url.as_str()), ("IRIS_QDRANT_API_KEY", "another")]);
    stage.degraded("first", Some("Qdrant refused")).await;
}
