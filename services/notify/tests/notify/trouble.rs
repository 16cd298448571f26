//! Targets that fail, and a service that dies.

use std::time::Duration;

use iris_bus::message::EventChange as Change;
use iris_testkit::wait;

use crate::stage::{PATIENCE, Stage};
use iris_testkit::webhooks::{Answer, Receiver};

const SETTINGS: &str = "visit_gap_seconds = 3600\nrecognition_wait_seconds = 0\n";
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_target_that_fails_is_told_later_and_holds_up_no_other() {
    let (stage, failing, well) = (Stage::set().await, Receiver::start().unwrap(), Receiver::start().unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    // The first hangs for as long as it is let.
    failing.answers(&[Answer::Silence, Answer::Status(500), Answer::Redirect]);
    let targets = [failing.target("failing", ""), well.target("well", "")].concat();
    let service = stage.service(&format!("{SETTINGS}{targets}")).await;
    stage.somebody_comes(door, SECOND).await;
    failing.wait_for("failing", 1).await.unwrap();
    stage.somebody_comes(garden, SECOND).await;
    assert_eq!(well.wait_for("well", 2).await.unwrap().len(), 2);
    assert_eq!(failing.received("failing").len(), 1, "the other was told while this one was waited for");

    let tries = failing.wait_for("failing", 5).await.unwrap();
    let mut told: Vec<&str> = tries.iter().map(|one| one.id()).collect();
    assert_eq!(told.len(), 5, "three that failed, and two visits");
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 2, "what is said again has the same id");
    assert!(failing.received("elsewhere").is_empty(), "a redirect was followed");
    wait::until(PATIENCE, "nothing to be left to tell", || async {
        let metrics = service.metrics().await?;
        anyhow::ensure!(metrics.contains("iris_notify_waiting{target=\"webhook failing\"} 0"), "{metrics}");
        anyhow::ensure!(metrics.contains("iris_notify_failures_total{target=\"webhook failing\"} 3"), "{metrics}");
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_target_that_was_away_is_told_what_is_and_not_all_that_was() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let door = stage.camera("Front door").await;
    receiver.answers(&[Answer::Status(503)]);
    let _service = stage.service(&format!("{SETTINGS}{}", receiver.target("phone", ""))).await;
    let presence = stage.somebody_comes(door, SECOND).await;
    receiver.wait_for("phone", 1).await.unwrap();
    let lin = stage.is_recognised(&presence, None).await;
    stage.is_named(lin, "Lin").await;
    stage.leaves(&presence, Duration::ZERO).await;
    stage.clip_is_ready(&presence).await;
    let told = receiver.wait_for("phone", 2).await.unwrap().remove(1);
    assert_eq!(told.kind(), "visit.started", "it knows nothing of the visit");
    assert_eq!(told.json()["data"]["text"], "Lin: Front door");
    stage.told("phone").await;
    assert_eq!(receiver.received("phone").len(), 2);
}

#[tokio::test]
async fn a_target_that_is_gone_is_left_alone() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    receiver.answers(&[Answer::Status(410)]);
    let mut service =
        stage.service(&format!("{SETTINGS}{}{}", receiver.target("gone", ""), receiver.target("well", ""))).await;
    // Both are at the same server, and whoever comes first is told that it is gone.
    stage.somebody_comes(door, SECOND).await;
    wait::until(PATIENCE, "both to be told", || async {
        anyhow::ensure!(receiver.received("gone").len() + receiver.received("well").len() == 2);
        Ok(())
    })
    .await
    .unwrap();
    stage.somebody_comes(garden, SECOND).await;
    wait::until(PATIENCE, "the other to be told", || async {
        anyhow::ensure!(receiver.received("gone").len() + receiver.received("well").len() == 3);
        Ok(())
    })
    .await
    .unwrap();
    stage.worked_through().await;
    let counts = [receiver.received("gone").len(), receiver.received("well").len()];
    assert!(counts == [1, 2] || counts == [2, 1], "{counts:?}");
    assert!(service.process().log().contains("410"));
}

#[tokio::test]
async fn what_happens_while_the_service_is_dead_is_told_once_when_it_is_back() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    let settings = format!("visit_gap_seconds = 20\nrecognition_wait_seconds = 0\n{}", receiver.target("phone", ""));
    let mut service = stage.service(&settings).await;
    let at_door = stage.somebody_comes(door, SECOND).await;
    let lin = stage.is_recognised(&at_door, None).await;
    stage.told("phone").await;
    let visit = receiver.wait_for("phone", 1).await.unwrap()[0].json()["data"]["visit_id"].clone();
    service.kill9().unwrap();

    stage.leaves(&at_door, Duration::ZERO).await;
    let in_garden = stage.somebody_comes(garden, Duration::ZERO).await;
    stage.is_recognised(&in_garden, Some(lin)).await;
    // What is told twice, and in the wrong order.
    stage.tells(&in_garden, Change::Opened).await;
    stage.tells(&at_door, Change::Opened).await;
    service.start_again().unwrap();
    service.ready().await.unwrap();
    stage.worked_through().await;
    stage.leaves(&in_garden, Duration::ZERO).await;
    wait::until(PATIENCE, "the end of the visit", || async {
        let last = receiver.received("phone").last().map(|one| one.json()).unwrap_or_default();
        anyhow::ensure!(last["type"] == "visit.ended", "{last}");
        Ok(())
    })
    .await
    .unwrap();
    let told: Vec<_> = receiver.received("phone").iter().map(|one| one.json()).collect();
    assert!(told.iter().all(|one| one["data"]["visit_id"] == visit), "one visit: {told:#?}");
    assert_eq!(told.iter().filter(|one| one["type"] == "visit.started").count(), 1, "{told:#?}");
    let revisions: Vec<_> = told.iter().map(|one| one["data"]["revision"].as_u64()).collect();
    assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]), "nothing twice: {revisions:?}");
}

#[tokio::test]
async fn what_was_being_told_when_the_service_died_is_told_again_with_the_same_id() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let door = stage.camera("Front door").await;
    receiver.answers(&[Answer::Silence]);
    let mut service = stage.service(&format!("{SETTINGS}{}", receiver.target("phone", ""))).await;
    let presence = stage.somebody_comes(door, SECOND).await;
    receiver.wait_for("phone", 1).await.unwrap();
    service.kill9().unwrap();
    stage.leaves(&presence, Duration::ZERO).await;
    stage.clip_is_ready(&presence).await;
    service.start_again().unwrap();
    let told = receiver.wait_for("phone", 3).await.unwrap();
    assert_eq!(told[0].id(), told[1].id());
    assert_eq!((told[1].kind().as_str(), told[2].kind().as_str()), ("visit.started", "visit.updated"));
    assert!(told[1].json()["data"]["clip_url"].is_null() && told[2].json()["data"]["clip_url"].is_string());
}
