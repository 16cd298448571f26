//! `/api/face-groups`: the groups, and what an operator does with them.

use iris_store::WrittenSighting;
use reqwest::Method;
use serde_json::{Value, json};

use crate::sightings::{PICTURE, Seen};
use crate::support::{World, answer, faults_of, id_of, json_of, presence};

/// The sample that was captured of a sighting's identity, the newest.
async fn sample_of(world: &World, seen: &WrittenSighting) -> i64 {
    let faces = json_of(world.gateway.get(&format!("/api/identities/{}/faces", seen.identity)), 200).await;
    id_of(&faces["items"][0])
}

#[tokio::test]
async fn captured_faces_are_grouped_labelled_enrolled_and_removed() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let (door, yard) = (gateway.camera("Door").await, gateway.camera("Yard").await);
    let mut samples = Vec::new();
    for (camera, hour, face) in
        [(&door, 1, 1), (&yard, 2, 1), (&door, 3, 1), (&door, 4, 2), (&yard, 5, 2), (&yard, 6, 3)]
    {
        let ts = format!("2026-11-23T{hour:02}:00:00Z");
        let seen = world.seen(Seen { face: Some(face), body: Some(face), ..Seen::by(camera, &ts) }).await;
        samples.push(sample_of(&world, &seen).await);
    }
    let list = json_of(gateway.get("/api/face-groups"), 200).await;
    let settings =
        json!({ "face_threshold": 0.5, "clothing_weight": 0.0, "min_size": 1, "max_members": 40, "max_samples": 2000 });
    assert_eq!((&list["settings"], &list["total_samples"], &list["total_groups"]), (&settings, &json!(6), &json!(3)));
    assert_eq!(list, json_of(gateway.get("/api/face-groups"), 200).await, "the same data give the same answer");
    let first = &list["groups"][0];
    assert_eq!((&first["size"], &first["label"]), (&json!(3), &Value::Null));
    assert_eq!(first["cameras"], json!([{ "id": door["id"], "name": "Door" }, { "id": yard["id"], "name": "Yard" }]));
    assert_eq!(
        (&first["first_seen"], &first["last_seen"]),
        (&json!("2026-11-23T01:00:00.000Z"), &json!("2026-11-23T03:00:00.000Z"))
    );
    let mut members: Vec<_> = first["members"].as_array().unwrap().iter().map(id_of).collect();
    assert_eq!(
        (first["group_id"].as_i64(), first["rep_thumb_url"].as_str()),
        (Some(members[0]), first["members"][0]["thumb_url"].as_str())
    );
    members.sort_unstable();
    assert_eq!(members, samples[..3]);
    settings_are_parameters(&world).await;
    pictures_are_served(&world, samples[0]).await;
    labels_are_given_and_taken(&world, &samples).await;
    a_group_becomes_a_person(&world, &samples).await;
    samples_are_removed(&world, &samples).await;
    gateway.stop().await;
}

async fn settings_are_parameters(world: &World) {
    let gateway = &world.gateway;
    for (query, samples, groups, members) in [
        ("min_size=2", 6, 2, 3),
        ("min_size=2&max_members=1", 6, 2, 1),
        ("max_samples=3", 3, 2, 2),
        ("face_threshold=1", 6, 6, 1),
        ("clothing_weight=0.5", 6, 3, 3),
    ] {
        let list = json_of(gateway.get(&format!("/api/face-groups?{query}")), 200).await;
        let shown = list["groups"][0]["members"].as_array().unwrap().len();
        let found = (list["total_samples"].as_u64(), list["total_groups"].as_u64(), shown);
        assert_eq!(found, (Some(samples), Some(groups), members), "{query}");
        assert_eq!(list["groups"].as_array().unwrap().len() as u64, groups);
    }
    let wrong = "face_threshold=1.1&clothing_weight=x&min_size=0&max_members=501&max_samples=2001";
    let faults = faults_of(gateway.get(&format!("/api/face-groups?{wrong}"))).await;
    assert_eq!(faults.len(), 5, "{faults:?}");
}

async fn pictures_are_served(world: &World, sample: i64) {
    let path = format!("/api/face-groups/samples/{sample}/thumbnail");
    let picture = answer(world.gateway.get(&path), 200).await;
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    assert_eq!(picture.bytes().await.unwrap(), PICTURE);
    answer(world.gateway.bare(Method::GET, &path), 401).await;
    let missing = json_of(world.gateway.get("/api/face-groups/samples/999/thumbnail"), 404).await;
    assert_eq!(missing, json!({ "detail": "Face sample not found" }));
}

async fn labels_are_given_and_taken(world: &World, samples: &[i64]) {
    let label = |body: Value| world.gateway.post("/api/face-groups/label", &body);
    let given = json_of(label(json!({ "sample_ids": samples[..2], "label": " Postman " })), 200).await;
    assert_eq!(given, json!({ "updated": 2, "label": "Postman" }));
    let list = json_of(world.gateway.get("/api/face-groups"), 200).await;
    assert_eq!(list["groups"][0]["label"], "Postman");
    json_of(label(json!({ "sample_ids": [samples[2], 999], "label": "Other" })), 404).await;
    let taken = json_of(label(json!({ "sample_ids": [samples[0], samples[0]], "label": "" })), 200).await;
    assert_eq!(taken, json!({ "updated": 1, "label": null }));
    for (body, faults) in [
        (json!({}), vec!["body.sample_ids", "body.label"]),
        (json!({ "sample_ids": [], "label": 5 }), vec!["body.sample_ids", "body.label"]),
        (json!({ "sample_ids": (1..=1001).collect::<Vec<_>>(), "label": "x" }), vec!["body.sample_ids"]),
        (json!({ "sample_ids": [1], "label": "x".repeat(129) }), vec!["body.label"]),
    ] {
        assert_eq!(faults_of(label(body)).await, faults);
    }
}

async fn a_group_becomes_a_person(world: &World, samples: &[i64]) {
    let gateway = &world.gateway;
    let enroll = |body: Value| gateway.post("/api/face-groups/enroll", &body);
    json_of(enroll(json!({ "sample_ids": [samples[0], 999], "name": "Ada" })), 404).await;
    assert_eq!(faults_of(enroll(json!({ "sample_ids": [0] }))).await, ["body.sample_ids.0", "body.name"]);
    assert_eq!(json_of(gateway.get("/api/people"), 200).await, json!([]), "nothing was changed");
    let enrolled = json_of(enroll(json!({ "sample_ids": samples[..3], "name": " Ada " })), 200).await;
    assert_eq!((&enrolled["name"], &enrolled["enrolled_faces"]), (&json!("Ada"), &json!(3)));
    let again = json_of(enroll(json!({ "sample_ids": samples[..1], "name": "Ada" })), 200).await;
    assert_ne!(again["person_id"], enrolled["person_id"], "a name that exists makes a second person");
    let people = json_of(gateway.get("/api/people"), 200).await;
    let counts: Vec<_> = people.as_array().unwrap().iter().map(|person| person["num_faces"].clone()).collect();
    assert_eq!(counts, [3, 1]);
    let list = json_of(gateway.get("/api/face-groups"), 200).await;
    assert_eq!(list["groups"][0]["label"], "Ada");
    let faces = json_of(gateway.get(&format!("/api/people/{}/faces", enrolled["person_id"])), 200).await;
    for face in faces.as_array().unwrap() {
        let photo = answer(gateway.get(face["image_url"].as_str().unwrap()), 200).await;
        assert_eq!(photo.bytes().await.unwrap(), PICTURE, "a copy of the captured face");
    }
    assert_eq!(world.files("photos").len(), 4);
    let known = again["person_id"].clone();
    let more = json_of(enroll(json!({ "sample_ids": samples[1..2], "person_id": known })), 200).await;
    assert_eq!((&more["person_id"], &more["name"], &more["enrolled_faces"]), (&known, &json!("Ada"), &json!(1)));
    json_of(enroll(json!({ "sample_ids": samples[..1], "person_id": 999 })), 404).await;
    assert_eq!(faults_of(enroll(json!({ "sample_ids": [1], "person_id": 0 }))).await, ["body.person_id"]);
}

async fn samples_are_removed(world: &World, samples: &[i64]) {
    let gateway = &world.gateway;
    let path = format!("/api/face-groups/samples/{}", samples[0]);
    answer(gateway.delete(&path), 204).await;
    json_of(gateway.delete(&path), 404).await;
    let many = json!({ "ids": [samples[0], samples[1], 999] });
    let done = json_of(gateway.post("/api/face-groups/samples/bulk-delete", &many), 200).await;
    assert_eq!(done, json!({ "deleted": 1, "missing": [samples[0], 999] }));
    assert_eq!(world.files("faces").len(), 4);
    json_of(gateway.post("/api/face-groups/samples/clear-all", &json!({ "label": "Ada" })), 400).await;
    let clear = async |body: Value| {
        json_of(gateway.post("/api/face-groups/samples/clear-all", &body), 200).await["deleted"].clone()
    };
    assert_eq!(clear(json!({ "confirm": true, "label": "Ada" })).await, 1);
    assert_eq!(clear(json!({ "confirm": true })).await, 3);
    assert_eq!(world.files("faces"), [""; 0]);
    assert_eq!(json_of(gateway.get("/api/face-groups"), 200).await["total_groups"], 0);
}

#[tokio::test]
async fn the_clips_of_a_group_are_those_filmed_around_its_faces() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let (door, yard) = (gateway.camera("Door").await, gateway.camera("Yard").await);
    // Each event lasts ten seconds. The face was captured at 12:00:00.
    let mut events = Vec::new();
    for (camera, ts) in [
        (&door, "2026-11-23T11:59:29.000Z"),
        (&door, "2026-11-23T11:59:31.000Z"),
        (&door, "2026-11-23T12:01:29.000Z"),
        (&door, "2026-11-23T12:01:51.000Z"),
        (&yard, "2026-11-23T12:00:00.000Z"),
        (&yard, "2026-11-23T14:00:00.000Z"),
    ] {
        events.push(world.finished(&presence(camera, ts), b"clip").await.get());
    }
    let clipless = world.opened(&presence(&door, "2026-11-23T12:00:00.000Z")).await;
    let seen = world.seen(Seen { face: Some(1), seconds: 20, ..Seen::by(&door, "2026-11-23T12:00:00Z") }).await;
    let sample = sample_of(&world, &seen).await;
    let clips = async || {
        let body = json!({ "sample_ids": [sample] });
        let list = json_of(gateway.post("/api/face-groups/clips", &body), 200).await;
        let ids: Vec<i64> = list["items"].as_array().unwrap().iter().map(id_of).collect();
        assert_eq!(list["total"], ids.len());
        ids
    };
    assert!(!clips().await.contains(&clipless.get()), "only events with a clip");
    assert_eq!(clips().await, [events[2], events[1]], "newest first, on this camera, from 90 s before to 20 s after");
    // The same identity elsewhere counts as well.
    world.seen(Seen { of: Some(seen.identity), ..Seen::by(&yard, "2026-11-23T14:00:05Z") }).await;
    assert_eq!(clips().await, [events[5], events[2], events[1]]);
    let page = json!({ "sample_ids": [sample] });
    let page = json_of(gateway.post("/api/face-groups/clips?limit=1&offset=1", &page), 200).await;
    assert_eq!((page["total"].as_u64(), id_of(&page["items"][0])), (Some(3), events[2]));
    json_of(gateway.post("/api/face-groups/clips", &json!({ "sample_ids": [sample, 999] })), 404).await;
    assert_eq!(faults_of(gateway.post("/api/face-groups/clips", &json!({}))).await, ["body.sample_ids"]);
    gateway.stop().await;
}
