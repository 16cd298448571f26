//! Merging, splitting, rejecting, and undoing it all.

use iris_bus::message::{GalleryKind, Heartbeat, ReidState, ServiceState};
use iris_bus::topic;
use iris_domain::{IdentityId, InstanceId};
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::owner::now;
use crate::sightings::Seen;
use crate::support::{SOON, World, faults_of, json_of};

/// Sightings of one identity at these hours, with this face.
async fn seen_at(world: &World, camera: &Value, hours: &[u32], face: u64) -> (IdentityId, Vec<i64>) {
    let (mut of, mut sightings) = (None, Vec::new());
    for hour in hours {
        let ts = format!("2026-11-23T{hour:02}:00:00Z");
        let written = world.seen(Seen { of, face: Some(face), body: Some(face), ..Seen::by(camera, &ts) }).await;
        of = Some(written.identity);
        sightings.push(written.sighting.get());
    }
    (of.unwrap(), sightings)
}

async fn count_of(world: &World, identity: impl std::fmt::Display) -> u64 {
    let identity = json_of(world.gateway.get(&format!("/api/identities/{identity}")), 200).await;
    identity["num_sightings"].as_u64().unwrap()
}

#[tokio::test]
async fn identities_become_one_and_two_again() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let door = gateway.camera("Door").await;
    let (ada, _) = seen_at(&world, &door, &[1, 2], 1).await;
    let (also, _) = seen_at(&world, &door, &[3, 4, 5], 1).await;
    let car = world.seen(Seen { class: "car", ..Seen::by(&door, "2026-11-23T06:00:00Z") }).await.identity;
    json_of(gateway.put(&format!("/api/identities/{also}"), &json!({ "name": "Ada" })), 200).await;

    let merge = |body: Value| gateway.post("/api/identities/merge", &body);
    let (ada, also, car) = (ada.get(), also.get(), car.get());
    for (body, status) in [
        (json!({ "target_id": 999, "source_ids": [also] }), 404),
        (json!({ "target_id": ada, "source_ids": [also, 999] }), 404),
        (json!({ "target_id": ada, "source_ids": [ada, ada] }), 400),
        (json!({ "target_id": ada, "source_ids": [car] }), 400),
    ] {
        assert!(json_of(merge(body.clone()), status).await["detail"].is_string(), "{body}");
    }
    for (body, faults) in [
        (json!({}), vec!["body.target_id", "body.source_ids"]),
        (json!({ "target_id": 0, "source_ids": [] }), vec!["body.target_id", "body.source_ids"]),
        (json!({ "target_id": ada, "source_ids": [also, "x"] }), vec!["body.source_ids.1"]),
    ] {
        assert_eq!(faults_of(merge(body)).await, faults);
    }
    assert_eq!((count_of(&world, ada).await, count_of(&world, also).await), (2, 3), "nothing was changed");

    let merged = json_of(merge(json!({ "target_id": ada, "source_ids": [also, ada, also] })), 200).await;
    assert_eq!(
        (&merged["ok"], &merged["target_id"], &merged["affected_ids"], &merged["moved_sightings"]),
        (&json!(true), &json!(ada), &json!([also]), &json!(3))
    );
    let one = json_of(gateway.get(&format!("/api/identities/{ada}")), 200).await;
    assert_eq!((&one["name"], &one["is_named"], &one["num_sightings"]), (&json!("Ada"), &json!(true), &json!(5)));
    json_of(gateway.get(&format!("/api/identities/{also}")), 404).await;

    let undo = |id: &Value| gateway.request(reqwest::Method::POST, &format!("/api/identities/operations/{id}/undo"));
    let undone = json_of(undo(&merged["operation_id"]), 200).await;
    assert_eq!(undone["ok"], true);
    assert_eq!((count_of(&world, ada).await, count_of(&world, also).await), (2, 3));
    json_of(undo(&merged["operation_id"]), 409).await;
    json_of(undo(&json!(999)), 404).await;
    assert_eq!(faults_of(undo(&json!(0))).await, ["path.id"]);

    let ledger = json_of(gateway.get("/api/identities/operations?limit=10"), 200).await;
    let kinds: Vec<_> = ledger["items"].as_array().unwrap().iter().map(|item| item["kind"].clone()).collect();
    assert_eq!((ledger["total"].as_u64(), kinds), (Some(3), vec![json!("undo"), json!("merge"), json!("rename")]));
    let merge = &ledger["items"][1];
    assert_eq!((&merge["by"], &merge["undoable"]), (&json!("api key"), &json!(false)));
    assert!(merge["undone_at"].is_string() && merge["at"].is_string());
    assert_eq!(faults_of(gateway.get("/api/identities/operations?limit=0")).await, ["query.limit"]);
    gateway.stop().await;
}

#[tokio::test]
async fn sightings_are_split_off_by_hand_or_by_their_faces() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let door = gateway.camera("Door").await;
    let (ada, mut sightings) = seen_at(&world, &door, &[1, 2, 3], 1).await;
    for hour in [4, 5] {
        let ts = format!("2026-11-23T{hour:02}:00:00Z");
        let wrong = Seen { of: Some(ada), face: Some(2), body: Some(2), ..Seen::by(&door, &ts) };
        sightings.push(world.seen(wrong).await.sighting.get());
    }
    let (_, others) = seen_at(&world, &door, &[6], 3).await;
    let path = format!("/api/identities/{ada}/split");
    let split = |body: Value| gateway.post(&path, &body);
    for (body, status) in [
        (json!({}), 400),
        (json!({ "auto": false, "sighting_ids": [] }), 400),
        (json!({ "sighting_ids": others }), 400),
        (json!({ "sighting_ids": [999] }), 400),
        (json!({ "sighting_ids": sightings }), 400),
        (json!({ "auto": true }), 501),
    ] {
        assert!(json_of(split(body.clone()), status).await["detail"].is_string(), "{body}");
    }
    let wrong = json!({ "sighting_ids": [0], "auto": 1, "new_name": "x".repeat(129) });
    assert_eq!(faults_of(split(wrong)).await, ["body.sighting_ids.0", "body.auto", "body.new_name"]);
    json_of(gateway.post("/api/identities/999/split", &json!({ "sighting_ids": [1] })), 404).await;
    json_of(gateway.get(&path), 501).await;
    json_of(gateway.get("/api/identities/999/split"), 404).await;

    let off = json_of(split(json!({ "sighting_ids": sightings[3..], "auto": true, "new_name": "Bob" })), 200).await;
    let bob = off["target_id"].as_i64().unwrap();
    assert_eq!((&off["affected_ids"], &off["moved_sightings"]), (&json!([ada.get(), bob]), &json!(2)));
    let split_off = json_of(gateway.get(&format!("/api/identities/{bob}")), 200).await;
    assert_eq!(
        (&split_off["name"], &split_off["is_named"], &split_off["num_sightings"]),
        (&json!("Bob"), &json!(true), &json!(2))
    );
    let undo = format!("/api/identities/operations/{}/undo", off["operation_id"]);
    json_of(gateway.request(reqwest::Method::POST, &undo), 200).await;
    assert_eq!(count_of(&world, ada).await, 5);

    reid_is_heard(&world).await;
    let proposed = json_of(gateway.get(&path), 200).await;
    assert_eq!((&proposed["total"], count_of(&world, ada).await), (&json!(2), 5), "nothing is changed");
    let newest_first: Vec<_> = proposed["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(newest_first, [json!(sightings[4]), json!(sightings[3])]);
    let off = json_of(split(json!({ "auto": true })), 200).await;
    assert_eq!(off["moved_sightings"], 2);
    let moved = json_of(gateway.get(&format!("/api/identities/{}/sightings", off["target_id"])), 200).await;
    let mut moved: Vec<_> =
        moved["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
    moved.sort_unstable();
    assert_eq!(moved, sightings[3..]);
    json_of(split(json!({ "auto": true })), 400).await;
    json_of(gateway.get(&path), 400).await;
    gateway.stop().await;
}

#[tokio::test]
async fn who_is_not_this_person_stays_apart() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let door = gateway.camera("Door").await;
    let (ada, sightings) = seen_at(&world, &door, &[1, 2], 1).await;
    let path = format!("/api/identities/{ada}/reject");
    let reject = |body: Value| gateway.post(&path, &body);
    assert_eq!(faults_of(reject(json!({ "sighting_ids": [] }))).await, ["body.sighting_ids"]);
    json_of(reject(json!({ "sighting_ids": [999] })), 400).await;
    json_of(gateway.post("/api/identities/999/reject", &json!({ "sighting_ids": [1] })), 404).await;
    let rejected = json_of(reject(json!({ "sighting_ids": [sightings[1]] })), 200).await;
    assert_eq!((&rejected["ok"], &rejected["moved_sightings"]), (&json!(true), &json!(1)));
    assert_eq!(count_of(&world, ada).await, 1);
    let ledger = json_of(gateway.get("/api/identities/operations"), 200).await;
    assert_eq!((&ledger["items"][0]["kind"], &ledger["items"][0]["undoable"]), (&json!("reject"), &json!(true)));
    let undo = format!("/api/identities/operations/{}/undo", rejected["operation_id"]);
    json_of(gateway.request(reqwest::Method::POST, &undo), 200).await;
    assert_eq!(count_of(&world, ada).await, 2);
    gateway.stop().await;
}

/// Says once that a re-ID node is there, and waits until the gateway has heard it.
pub async fn reid_is_heard(world: &World) {
    let bus = world.bus().await;
    let state = ReidState {
        leader: true,
        face_detector: Some("yunet".to_owned()),
        face_recognizer: Some("edgeface".to_owned()),
        embedder: Some("osnet".to_owned()),
        device: "cpu".to_owned(),
        gallery: GalleryKind::Memory,
        faces_indexed: 12,
        bodies_indexed: 34,
        waiting: 0,
        refusal: None,
        face_join: 0.45,
        body_join: 0.92,
    };
    let heartbeat = Heartbeat {
        instance: InstanceId::new("r1").unwrap(),
        version: "1.0".to_owned(),
        at: now(),
        started: now(),
        degraded: None,
        state: ServiceState::Reid(state),
    };
    wait::until(SOON, "the re-ID node to be heard", || async {
        bus.publish(topic::HEARTBEAT, "reid.r1", &heartbeat);
        let system = json_of(world.gateway.get("/api/system"), 200).await;
        anyhow::ensure!(system["face_index"]["status"] == "ready", "{system}");
        Ok(system)
    })
    .await
    .unwrap();
}
