//! What is told of visits, and how it is signed.

use std::time::Duration;

use iris_bus::message::EventChange as Change;

use crate::stage::Stage;
use iris_testkit::webhooks::{Receiver, SECRET, is_genuine};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn who_is_seen_on_two_cameras_is_one_notification_that_is_updated_and_signed() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    let settings = "public_url = \"https://iris.example/\"\nvisit_gap_seconds = 10\nrecognition_wait_seconds = 2\n";
    let _service = stage.service(&format!("{settings}{}", receiver.target("phone", ""))).await;
    stage.says_that_it_is_well().await;

    let at_door = stage.somebody_comes(door, SECOND).await;
    let lin = stage.is_recognised(&at_door, None).await;
    let started = receiver.wait_for("phone", 1).await.unwrap().remove(0);
    assert_eq!(started.kind(), "visit.started");
    assert_eq!(started.headers["content-type"], "application/json");
    assert!(is_genuine(SECRET, &started, &started.body).unwrap());
    assert!(!is_genuine(SECRET, &started, &[&started.body[..], b" "].concat()).unwrap(), "a body that was changed");
    assert!(!is_genuine("whsec_QW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3Ro", &started, &started.body).unwrap());
    let data = &started.json()["data"];
    assert_eq!((&data["visitor"]["known"], &data["text"]), (&false.into(), &"person: Front door".into()));

    stage.is_named(lin, "Lin").await;
    stage.tells(&at_door, Change::Updated).await;
    let named = receiver.wait_for("phone", 2).await.unwrap().remove(1);
    let data = &named.json()["data"];
    assert_eq!((&data["visitor"]["name"], &data["text"]), (&"Lin".into(), &"Lin: Front door".into()));

    stage.leaves(&at_door, Duration::ZERO).await;
    let in_garden = stage.somebody_comes(garden, Duration::ZERO).await;
    stage.is_recognised(&in_garden, Some(lin)).await;
    let seen_again = receiver.wait_for("phone", 3).await.unwrap().remove(2);
    assert_eq!(seen_again.json()["data"]["text"], "Lin: Front door, Garden");
    stage.clip_is_ready(&at_door).await;
    let with_clip = receiver.wait_for("phone", 4).await.unwrap().remove(3);
    let data = &with_clip.json()["data"];
    assert_eq!(data["clip_url"], format!("https://iris.example/api/events/{}/clip", at_door.id));
    assert_eq!(data["url"], format!("https://iris.example/events/{}", in_garden.id));
    assert_eq!(data["camera"]["name"], "Garden");

    stage.leaves(&in_garden, Duration::ZERO).await;
    let ended = receiver.wait_for("phone", 5).await.unwrap().remove(4);
    assert_eq!(ended.json()["data"]["camera"], serde_json::Value::Null);
    assert!(ended.json()["data"]["ended_at"].is_string());

    let all = receiver.received("phone");
    let kinds: Vec<String> = all.iter().map(|one| one.kind()).collect();
    assert_eq!(kinds, ["visit.started", "visit.updated", "visit.updated", "visit.updated", "visit.ended"]);
    let ids: std::collections::BTreeSet<_> = all.iter().map(|one| one.json()["data"]["visit_id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "one visit");
    let revisions: Vec<_> = all.iter().map(|one| one.json()["data"]["revision"].as_u64().unwrap()).collect();
    assert!(revisions.is_sorted() && all.iter().all(|one| !String::from_utf8_lossy(&one.body).contains("vector")));
}

#[tokio::test]
async fn each_target_is_told_what_it_asked_for() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    let targets = [
        receiver.target("all", ""),
        receiver.target("garden", &format!("cameras = [{garden}]")),
        receiver.target("known", "who = \"known\""),
        receiver.target("rings", "news = [\"started\"]"),
        receiver.target("cars", "labels = [\"car\"]"),
    ];
    let settings = "visit_gap_seconds = 10\nrecognition_wait_seconds = 0\n";
    let _service = stage.service(&format!("{settings}{}", targets.concat())).await;

    let at_door = stage.somebody_comes(door, SECOND).await;
    receiver.wait_for("rings", 1).await.unwrap();
    let lin = stage.is_recognised(&at_door, None).await;
    stage.is_named(lin, "Lin").await;
    stage.tells(&at_door, Change::Updated).await;
    let known = receiver.wait_for("known", 1).await.unwrap().remove(0);
    assert_eq!((known.kind().as_str(), &known.json()["data"]["text"]), ("visit.started", &"Lin: Front door".into()));
    let in_garden = stage.somebody_comes(garden, Duration::ZERO).await;
    receiver.wait_for("garden", 1).await.unwrap();
    stage.leaves(&at_door, Duration::ZERO).await;
    stage.leaves(&in_garden, Duration::ZERO).await;
    let of_garden = receiver.wait_for("garden", 2).await.unwrap();
    assert!(of_garden.iter().all(|one| one.json()["data"]["visitor"]["known"] == false), "Lin was not there");
    assert_eq!(of_garden[1].kind(), "visit.ended");
    let kinds = |path: &str| receiver.received(path).iter().map(|one| one.kind()).collect::<Vec<_>>();
    receiver.wait_for("known", 2).await.unwrap();
    assert_eq!(kinds("known"), ["visit.started", "visit.ended"]);
    assert_eq!(kinds("rings"), ["visit.started", "visit.started"]);
    assert!(kinds("cars").is_empty());
}

#[tokio::test]
async fn nobody_is_named_where_biometrics_are_off() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let door = stage.camera("Front door").await;
    let settings = "visit_gap_seconds = 10\nbiometrics_enabled = false\n";
    let _service = stage.service(&format!("{settings}{}", receiver.target("phone", ""))).await;
    let presence = stage.somebody_comes(door, SECOND).await;
    receiver.wait_for("phone", 1).await.unwrap();
    let lin = stage.is_recognised(&presence, None).await;
    stage.is_named(lin, "Lin").await;
    stage.leaves(&presence, Duration::ZERO).await;
    let ended = receiver.wait_for("phone", 2).await.unwrap().remove(1);
    assert_eq!(ended.kind(), "visit.ended");
    let visitor = &ended.json()["data"]["visitor"];
    assert!(visitor["name"].is_null() && visitor["identity_id"].is_null(), "{visitor}");
    let words: Vec<_> =
        receiver.received("phone").iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect();
    assert!(words.iter().all(|words| !words.contains("Lin")), "{words:?}");
}

#[tokio::test]
async fn somebody_unknown_who_turns_out_to_be_there_already_is_not_a_second_visitor() {
    let (stage, receiver) = (Stage::set().await, Receiver::start().unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    let settings = "visit_gap_seconds = 60\nrecognition_wait_seconds = 0\n";
    let _service = stage.service(&format!("{settings}{}", receiver.target("phone", ""))).await;
    let at_door = stage.somebody_comes(door, SECOND).await;
    let lin = stage.is_recognised(&at_door, None).await;
    stage.worked_through().await;
    let first = receiver.wait_for("phone", 1).await.unwrap()[0].json()["data"]["visit_id"].clone();
    let in_garden = stage.somebody_comes(garden, Duration::ZERO).await;
    let of_others = || receiver.received("phone").into_iter().filter(|one| one.json()["data"]["visit_id"] != first);
    iris_testkit::wait::until(crate::stage::PATIENCE, "somebody unknown", || async {
        anyhow::ensure!(of_others().count() == 1);
        Ok(())
    })
    .await
    .unwrap();
    stage.is_recognised(&in_garden, Some(lin)).await;
    iris_testkit::wait::until(crate::stage::PATIENCE, "them to be Lin", || async {
        let other = of_others().last().map(|one| one.json()).unwrap_or_default();
        anyhow::ensure!(other["type"] == "visit.ended" && other["data"]["continues_in"] == first, "{other}");
        let own = receiver.received("phone").into_iter().filter(|one| one.json()["data"]["visit_id"] == first).last();
        let own = own.map(|one| one.json()).unwrap_or_default();
        anyhow::ensure!(own["data"]["cameras"].as_array().is_some_and(|cameras| cameras.len() == 2), "{own}");
        Ok(())
    })
    .await
    .unwrap();
}
