//! Who is who: tracks of several cameras become identities.

use std::time::Duration;

use iris_bus::message::{EventChange, EventFact, SearchRequest};
use iris_bus::topic;
use iris_domain::identity::MatchKind;
use iris_domain::{ClipStatus, EventKey, EventKind, NewEvent};
use iris_store::Opening;
use iris_testkit::wait;
use uuid::Uuid;

use crate::stage::{ANNA, BERTA, PATIENCE, Person, Stage, Walk, direction, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_face_is_known_again_on_another_camera_and_another_face_is_another() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let (yard, door) = (stage.camera("yard").await, stage.camera("door").await);

    let anna = Walk::begin(yard);
    for second in 0..3 {
        stage.observed(&anna.sees(ANNA, second)).await;
    }
    let founded = stage.sighting_of(anna.track, |_| true).await;
    assert_eq!((founded.match_kind, founded.person), (MatchKind::New, None));
    stage.observed(&anna.ends(3)).await;
    stage.sighting_of(anna.track, |fact| fact.ended).await;

    // In other clothes.
    let again = Walk::begin(door);
    let changed = Person { clothes: 5, ..ANNA };
    for second in 10..12 {
        stage.observed(&again.sees(changed, second)).await;
    }
    let known = stage.sighting_of(again.track, |_| true).await;
    assert_eq!((known.identity, known.match_kind), (founded.identity, MatchKind::Face));
    assert!(known.score.unwrap() > 0.8);

    // In Anna's clothes, but with a face of her own.
    let berta = Walk::begin(door);
    for second in 20..22 {
        stage.observed(&berta.sees(Person { clothes: 0, ..BERTA }, second)).await;
    }
    assert_ne!(stage.sighting_of(berta.track, |_| true).await.identity, founded.identity);

    let evidence = stage.store.sightings().get(known.sighting).await.unwrap().unwrap().evidence;
    assert!(!evidence.exemplars.is_empty() && evidence.reason.contains("face"), "{evidence:?}");
    let identity = stage.store.identities().get(founded.identity).await.unwrap().unwrap();
    assert_eq!(identity.identity.cameras.len(), 2);
    assert_eq!(identity.num_face_exemplars, 2, "one of each track");
    assert!(identity.identity.face_thumb_path.is_some());
    let pictures = stage.pictures();
    assert!(pictures["bodies"] == 3 && pictures["faces"] >= 5, "{pictures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_look_the_same_side_by_side_are_two() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let (mut one, mut other) = (Walk::begin(yard), Walk::begin(yard));
    one.companions.push(other.track);
    other.companions.push(one.track);
    for second in 0..3 {
        stage.observed(&one.sees_clothes(ANNA, second, 0.9)).await;
        stage.observed(&other.sees_clothes(ANNA, second, 0.9)).await;
    }
    stage.observed(&one.ends(3)).await;
    stage.observed(&other.ends(3)).await;
    let first = stage.sighting().await;
    let second = loop {
        let fact = stage.sighting().await;
        if fact.track != first.track {
            break fact;
        }
    };
    assert_ne!(first.identity, second.identity);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_told_again_changes_nothing() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let anna = Walk::begin(yard);
    let said: Vec<_> = (0..4).map(|second| anna.sees(ANNA, second)).chain([anna.ends(4)]).collect();
    for fact in &said {
        stage.observed(fact).await;
    }
    stage.sighting_of(anna.track, |fact| fact.ended).await;
    let rows = ["identities", "sightings", "exemplars", "face_samples", "tracklets"];
    let counted = |stage: &Stage| rows.map(|table| stage.count(&format!("SELECT count(*) FROM {table}")));
    let before = counted(&stage);
    assert_eq!((before[0], before[1], before[4]), (1, 1, 0));
    for fact in said.iter().rev() {
        stage.observed(fact).await;
    }
    // Somebody else after it: then all of that was taken in.
    let berta = Walk::begin(yard);
    stage.observed(&berta.sees(BERTA, 0)).await;
    stage.observed(&berta.sees(BERTA, 1)).await;
    stage.observed(&berta.ends(2)).await;
    stage.sighting_of(berta.track, |fact| fact.ended).await;
    stage.counts("SELECT count(*) FROM identities", 2).await;
    stage.counts("SELECT count(*) FROM sightings", 2).await;
    let anna_is = |table: &str| {
        format!(
            "SELECT count(*) FROM {table} JOIN sightings AS s ON s.id = sighting_id WHERE track_run = '{}'",
            anna.track.run
        )
    };
    assert_eq!(stage.count(&anna_is("exemplars")), before[2]);
    assert_eq!(stage.count(&anna_is("face_samples")), before[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_database_is_away() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    stage.postgres.stop().await.unwrap();
    let anna = Walk::begin(yard);
    for second in 0..3 {
        stage.observed(&anna.sees(ANNA, second)).await;
    }
    stage.observed(&anna.ends(3)).await;
    // Longer than the bus waits for a sign of life before it gives a job to somebody else.
    let quiet = tokio::time::timeout(Duration::from_secs(7), stage.sighting()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    stage.postgres.start_again().await.unwrap();
    stage.sighting_of(anna.track, |fact| fact.ended).await;
    stage.counts("SELECT count(*) FROM sightings", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_opened_later_learns_who_is_in_it() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let anna = Walk::begin(yard);
    stage.observed(&anna.sees(ANNA, 0)).await;
    stage.observed(&anna.sees(ANNA, 1)).await;
    let founded = stage.sighting_of(anna.track, |_| true).await;
    let new = NewEvent {
        key: EventKey(Uuid::now_v7()),
        kind: EventKind::Track,
        camera_id: yard,
        source_generation: 1,
        label: "person".to_owned(),
        ts: now(),
        end_ts: None,
        confidence: 0.9,
        num_tracks: 1,
        clip_status: ClipStatus::Recording,
    };
    let Opening::Open(event) = stage.store.events().open(&new).await.unwrap() else { panic!("the event is open") };
    let fact = EventFact { event, key: new.key, change: EventChange::Opened };
    stage.bus.publish_fact(topic::EVENT, yard, "opened", &fact).await.unwrap();
    wait::until(PATIENCE, "the event's subject", || async {
        let who = stage.store.sightings().of_event(event).await?;
        anyhow::ensure!(who.iter().any(|sighting| sighting.identity_id == founded.identity), "{who:?}");
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_most_like_a_picture_is_found_with_the_sighting_that_says_so() {
    let (mut stage, _node) = Stage::with_leader(&[]).await;
    let yard = stage.camera("yard").await;
    let mut founded = Vec::new();
    for person in [ANNA, BERTA] {
        let walk = Walk::begin(yard);
        stage.observed(&walk.sees(person, 0)).await;
        stage.observed(&walk.sees(person, 1)).await;
        stage.observed(&walk.ends(2)).await;
        founded.push(stage.sighting_of(walk.track, |fact| fact.ended).await);
    }
    let search = SearchRequest { face: Some(direction(BERTA.face, 99, 1.0)), body: None, limit: 10 };
    let second = Duration::from_secs(5);
    let found = stage.bus.ask(topic::ASK_REID_SEARCH, topic::LEADER, &search, second).await.unwrap();
    let best = found.rows[0];
    assert_eq!((best.identity, best.sighting), (founded[1].identity, founded[1].sighting));
    assert!(best.face_score.unwrap() > 0.8 && best.body_score.is_none() && found.rows.len() == 2);

    let clothes = SearchRequest { face: None, body: Some(direction(8 + ANNA.clothes, 99, 1.0)), limit: 1 };
    let found = stage.bus.ask(topic::ASK_REID_SEARCH, topic::LEADER, &clothes, second).await.unwrap();
    assert_eq!((found.rows.len(), found.rows[0].identity), (1, founded[0].identity));
}
