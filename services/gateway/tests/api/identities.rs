//! `/api/identities`: lists and details, pictures, deletion with everything that hangs on an identity.

use iris_domain::identity::MatchKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::sightings::{PICTURE, Seen};
use crate::support::{World, answer, faults_of, id_of, json_of, presence};

#[tokio::test]
async fn identities_are_listed_shown_and_named() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let (door, yard) = (gateway.camera("Door").await, gateway.camera("Yard").await);
    let ada =
        world.seen(Seen { face: Some(1), body: Some(1), ..Seen::by(&door, "2026-11-20T08:00:00Z") }).await.identity;
    let (of, kind) = (Some(ada), MatchKind::Face);
    let second = Seen { face: Some(1), of, kind, seconds: 10, ..Seen::by(&yard, "2026-11-21T08:00:00.500Z") };
    let second = world.seen(second).await.sighting;
    let car = world.seen(Seen { class: "car", crop: false, ..Seen::by(&yard, "2026-11-22T08:00:00Z") }).await.identity;

    let path = format!("/api/identities/{ada}");
    let detail = json_of(gateway.get(&path), 200).await;
    for (field, wanted) in [
        ("id", json!(ada.get())),
        ("name", Value::Null),
        ("is_named", json!(false)),
        ("object_class", json!("person")),
        ("color", Value::Null),
        ("make", Value::Null),
        ("total_seconds", json!(30.0)),
        ("num_sightings", json!(2)),
        ("first_seen", json!("2026-11-20T08:00:00.000Z")),
        ("last_seen", json!("2026-11-21T08:00:10.500Z")),
        ("cameras", json!([{ "id": door["id"], "name": "Door" }, { "id": yard["id"], "name": "Yard" }])),
        ("rep_thumb_url", json!(format!("{path}/thumbnail"))),
        ("face_thumb_url", json!(format!("{path}/thumbnail?view=face"))),
        ("notes", Value::Null),
        ("num_face_exemplars", json!(2)),
        ("num_appearance_exemplars", json!(1)),
    ] {
        assert_eq!(detail[field], wanted, "{field}");
    }
    let sightings = detail["sightings"].as_array().unwrap();
    assert_eq!((sightings.len(), id_of(&sightings[0])), (2, second.get()), "newest first");
    for (field, wanted) in [
        ("identity_id", json!(ada.get())),
        ("camera_id", yard["id"].clone()),
        ("camera_name", json!("Yard")),
        ("ts", json!("2026-11-21T08:00:00.500Z")),
        ("end_ts", json!("2026-11-21T08:00:10.500Z")),
        ("object_class", json!("person")),
        ("match_kind", json!("face")),
        (
            "match_exemplars",
            json!([{
                "sighting_id": 1, "kind": "face", "score": 0.5, "thumb_url": "/api/identities/sightings/1/thumbnail"
            }]),
        ),
        ("event_id", Value::Null),
        ("thumb_url", json!(format!("/api/identities/sightings/{second}/thumbnail"))),
    ] {
        assert_eq!(sightings[0][field], wanted, "{field}");
    }
    assert_eq!(json_of(gateway.get(&format!("{path}?recent=0")), 200).await["sightings"], json!([]));
    assert_eq!(faults_of(gateway.get(&format!("{path}?recent=201"))).await, ["query.recent"]);
    the_list_is_filtered(&world, ada.get(), car.get()).await;
    what_hangs_on_one_is_listed(&world, &path).await;
    pictures_are_served(&world, &path, second.get(), car.get()).await;
    a_name_makes_it_named(&world, &path).await;
    gateway.stop().await;
}

async fn the_list_is_filtered(world: &World, ada: i64, car: i64) {
    for (query, total, items) in [
        ("", 2, vec![car, ada]),
        ("object_class=person", 1, vec![ada]),
        ("object_class=", 0, vec![]),
        ("min_sightings=2", 1, vec![ada]),
        ("min_sightings=0&named_only=false", 2, vec![car, ada]),
        ("named_only=true", 0, vec![]),
        ("limit=1", 2, vec![car]),
        ("limit=1&offset=1", 2, vec![ada]),
    ] {
        let list = json_of(world.gateway.get(&format!("/api/identities?{query}")), 200).await;
        let found: Vec<_> = list["items"].as_array().unwrap().iter().map(id_of).collect();
        assert_eq!((list["total"].as_u64(), found), (Some(total), items), "{query}");
        assert!(list["items"].as_array().unwrap().iter().all(|item| item.get("notes").is_none()));
    }
    let wrong = "/api/identities?limit=501&offset=-1&named_only=perhaps&min_sightings=-1&object_class=%00";
    assert_eq!(faults_of(world.gateway.get(wrong)).await.len(), 5);
}

async fn what_hangs_on_one_is_listed(world: &World, path: &str) {
    let gateway = &world.gateway;
    for (what, total) in [("sightings", 2), ("faces", 2), ("events", 0)] {
        let list = json_of(gateway.get(&format!("{path}/{what}?limit=1")), 200).await;
        assert_eq!((&list["total"], list["items"].as_array().unwrap().len()), (&json!(total), total.min(1)), "{what}");
        assert_eq!(faults_of(gateway.get(&format!("{path}/{what}?limit=0"))).await, ["query.limit"], "{what}");
        let unknown = json_of(gateway.get(&format!("/api/identities/999/{what}")), 404).await;
        assert_eq!(unknown, json!({ "detail": "Identity not found" }));
    }
    let faces = json_of(gateway.get(&format!("{path}/faces")), 200).await;
    let face = &faces["items"][0];
    assert_eq!((&face["label"], &face["camera_name"]), (&Value::Null, &json!("Yard")));
    answer(gateway.get(face["thumb_url"].as_str().unwrap()), 200).await;
}

async fn pictures_are_served(world: &World, path: &str, sighting: i64, car: i64) {
    let gateway = &world.gateway;
    let of_sighting = format!("/api/identities/sightings/{sighting}/thumbnail");
    for picture in [format!("{path}/thumbnail"), format!("{path}/thumbnail?view=face"), of_sighting] {
        let response = answer(gateway.get(&picture), 200).await;
        assert_eq!(response.headers()["content-type"], "image/jpeg", "{picture}");
        let etag = response.headers()["etag"].clone();
        assert_eq!(response.bytes().await.unwrap(), PICTURE);
        answer(gateway.get(&picture).header("if-none-match", etag), 304).await;
        answer(gateway.request(Method::HEAD, &picture), 200).await;
        answer(gateway.bare(Method::GET, &picture), 401).await;
    }
    for (missing, detail) in [
        (format!("/api/identities/{car}/thumbnail"), "Thumbnail not found"),
        ("/api/identities/999/thumbnail".to_owned(), "Identity not found"),
        ("/api/identities/sightings/999/thumbnail".to_owned(), "Sighting not found"),
    ] {
        assert_eq!(json_of(gateway.get(&missing), 404).await, json!({ "detail": detail }), "{missing}");
    }
    assert_eq!(faults_of(gateway.get(&format!("{path}/thumbnail?view=back"))).await, ["query.view"]);
}

async fn a_name_makes_it_named(world: &World, path: &str) {
    let gateway = &world.gateway;
    for (body, name, is_named, notes) in [
        (json!({ "name": " Ada ", "notes": "tall" }), json!("Ada"), true, json!("tall")),
        (json!({ "is_named": false, "name": null }), json!("Ada"), false, json!("tall")),
        (json!({ "is_named": true, "notes": "" }), json!("Ada"), true, Value::Null),
        (json!({ "name": "" }), Value::Null, false, Value::Null),
        (json!({ "is_named": true }), Value::Null, true, Value::Null),
        (json!({ "name": "Ada" }), json!("Ada"), true, Value::Null),
    ] {
        let changed = json_of(gateway.put(path, &body), 200).await;
        assert_eq!(
            (&changed["name"], &changed["is_named"], &changed["notes"]),
            (&name, &json!(is_named), &notes),
            "{body}"
        );
        assert_eq!(changed, json_of(gateway.get(path), 200).await, "{body}");
    }
    for (body, faults) in [
        (json!({ "name": 5, "is_named": 1 }), vec!["body.name", "body.is_named"]),
        (json!({ "name": "x".repeat(129), "notes": "x".repeat(4097) }), vec!["body.name", "body.notes"]),
        (json!({ "name": "a\u{0}" }), vec!["body.name"]),
    ] {
        assert_eq!(faults_of(gateway.put(path, &body)).await, faults, "{body}");
    }
    answer(gateway.put("/api/identities/999", &json!({ "name": "Nobody" })), 404).await;
    let named = json_of(gateway.get("/api/identities?named_only=1"), 200).await;
    assert_eq!(named["total"], 1);
}

#[tokio::test]
async fn who_is_deleted_leaves_nothing_but_the_events_that_others_are_in() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let door = gateway.camera("Door").await;
    let alone = presence(&door, "2026-11-23T08:00:00Z");
    let shared = presence(&door, "2026-11-23T09:00:00Z");
    let (alone, shared) = (world.finished(&alone, b"clip").await, world.finished(&shared, b"clip").await);
    let ada = world.seen(Seen { face: Some(1), ..Seen::by(&door, "2026-11-23T08:00:00Z") }).await.identity;
    let again = Seen { face: Some(1), of: Some(ada), ..Seen::by(&door, "2026-11-23T09:00:00Z") };
    world.seen(again).await;
    let bob = world.seen(Seen { face: Some(2), seconds: 5, ..Seen::by(&door, "2026-11-23T09:00:02Z") }).await.identity;
    let event = json_of(gateway.get(&format!("/api/events/{shared}")), 200).await;
    assert_eq!((&event["identity_id"], event["sightings"].as_array().unwrap().len()), (&json!(ada.get()), 2));
    let everyone = json!([{ "id": ada.get(), "name": null }, { "id": bob.get(), "name": null }]);
    assert_eq!(event["identities"], everyone);
    let events = json_of(gateway.get(&format!("/api/identities/{ada}/events")), 200).await;
    let ids: Vec<_> = events["items"].as_array().unwrap().iter().map(id_of).collect();
    assert_eq!((events["total"].as_u64(), ids), (Some(2), vec![shared.get(), alone.get()]));

    answer(gateway.delete(&format!("/api/identities/{ada}")), 204).await;
    answer(gateway.delete(&format!("/api/identities/{ada}")), 404).await;
    answer(gateway.get(&format!("/api/events/{alone}")), 404).await;
    let event = json_of(gateway.get(&format!("/api/events/{shared}")), 200).await;
    assert_eq!(
        (&event["identity_id"], &event["identities"]),
        (&json!(bob.get()), &json!([{ "id": bob.get(), "name": null }]))
    );
    assert_eq!((world.files("clips").len(), world.files("thumbnails").len()), (1, 1));
    assert_eq!((world.files("bodies").len(), world.files("faces").len()), (1, 1));

    let ids = json!({ "ids": [ada.get(), bob.get(), bob.get()] });
    let done = json_of(gateway.post("/api/identities/bulk-delete", &ids), 200).await;
    assert_eq!(done, json!({ "deleted": 1, "missing": [ada.get()] }));
    assert_eq!(json_of(gateway.get("/api/events"), 200).await["total"], 0);
    for _ in 0..2 {
        world.seen(Seen::by(&door, "2026-11-23T10:00:00Z")).await;
        world.seen(Seen { class: "car", ..Seen::by(&door, "2026-11-23T10:00:00Z") }).await;
    }
    answer(gateway.post("/api/identities/clear-all", &json!({ "object_class": "car" })), 400).await;
    let wrong = json!({ "confirm": "yes", "object_class": 5 });
    let faults = faults_of(gateway.post("/api/identities/clear-all", &wrong)).await;
    assert_eq!(faults, ["body.confirm", "body.object_class"]);
    let clear =
        async |body: Value| json_of(gateway.post("/api/identities/clear-all", &body), 200).await["deleted"].clone();
    assert_eq!(clear(json!({ "confirm": true, "object_class": "car" })).await, 2);
    assert_eq!(clear(json!({ "confirm": true })).await, 2);
    assert_eq!((world.files("bodies"), world.files("faces"), world.files("clips")), (vec![], vec![], vec![]));
    gateway.stop().await;
}
