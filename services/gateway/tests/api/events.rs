//! `/api/events`: lists and their filters, details, and every way to delete.

use iris_domain::{ClipChange, EventChange, EventKind};
use iris_library::MediaPath;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, answer, faults_of, id_of, json_of, presence};

#[tokio::test]
async fn events_are_listed_shown_and_deleted() {
    let world = World::start().await;
    let (door, yard) = (world.gateway.camera("Door").await, world.gateway.camera("Yard").await);
    an_event_shows_how_far_it_has_come(&world, &door).await;
    lists_are_filtered_and_paged(&world, &door, &yard).await;
    deletions_name_what_was_missing(&world, &door).await;
    clearing_needs_confirmation(&world, &door, &yard).await;
    world.gateway.stop().await;
}

async fn an_event_shows_how_far_it_has_come(world: &World, camera: &Value) {
    let gateway = &world.gateway;
    let event = presence(camera, "2026-11-23T02:07:09.123456Z");
    let id = world.opened(&event).await;
    let path = format!("/api/events/{id}");
    let mut open = json_of(gateway.get(&path), 200).await;
    assert!(open["created_at"].is_string());
    open["created_at"] = Value::Null;
    let wanted = json!({
        "id": id.get(), "kind": "track", "camera_id": camera["id"], "camera_name": "Door", "label": "person",
        "ts": "2026-11-23T02:07:09.123Z", "end_ts": null, "duration": null, "confidence": 0.9, "num_tracks": 1,
        "person_id": null, "person_name": null, "identity_id": null, "identity_name": null, "identities": [],
        "clip_status": "recording", "has_clip": false, "has_thumbnail": false, "clip_url": null, "thumb_url": null,
        "created_at": null, "clip_error": null, "clip_span": null, "clip_gaps": [], "sightings": []
    });
    assert_eq!(open, wanted);
    for media in ["clip", "thumbnail"] {
        answer(gateway.get(&format!("{path}/{media}")), 404).await;
    }
    let failed = EventChange {
        end_ts: Some(event.ts.plus(std::time::Duration::from_millis(2_500))),
        clip: Some(ClipChange::Failed("no video was buffered".to_owned())),
        ..EventChange::default()
    };
    world.store.events().update(event.key, &failed).await.unwrap();
    let failed = json_of(gateway.get(&path), 200).await;
    assert_eq!((&failed["clip_status"], &failed["clip_error"]), (&json!("failed"), &json!("no video was buffered")));
    assert_eq!((&failed["duration"], &failed["has_clip"]), (&json!(2.5), &json!(false)));

    let finished = presence(camera, "2026-11-23T03:00:00Z");
    let id = world.finished(&finished, b"clip").await;
    let ready = json_of(gateway.get(&format!("/api/events/{id}")), 200).await;
    assert_eq!(ready["clip_url"], format!("/api/events/{id}/clip"));
    assert_eq!(ready["thumb_url"], format!("/api/events/{id}/thumbnail"));
    assert_eq!(
        (&ready["clip_status"], &ready["has_clip"], &ready["has_thumbnail"]),
        (&json!("ready"), &json!(true), &json!(true))
    );
    assert_eq!(ready["clip_span"], json!({ "start": "2026-11-23T02:59:55.000Z", "end": "2026-11-23T03:00:20.000Z" }));
    let all = json_of(gateway.post("/api/events/clear-all", &json!({ "confirm": true })), 200).await;
    assert_eq!(all, json!({ "deleted": 2 }));
}

async fn lists_are_filtered_and_paged(world: &World, door: &Value, yard: &Value) {
    let gateway = &world.gateway;
    let mut ids = Vec::new();
    for (camera, ts, label) in [
        (door, "2026-11-20T00:00:00Z", "person"),
        (door, "2026-11-21T10:00:00Z", "dog"),
        (yard, "2026-11-21T10:00:00Z", "person"),
        (yard, "2026-11-22T23:59:59.999Z", "manual"),
    ] {
        let mut event = presence(camera, ts);
        event.label = label.to_owned();
        event.kind = if label == "manual" { EventKind::Manual } else { EventKind::Track };
        ids.push(world.opened(&event).await.get());
    }
    let [oldest, dog, person, newest] = ids[..] else { panic!("four events") };
    let (door, yard) = (id_of(door), id_of(yard));
    for (query, total, items) in [
        (String::new(), 4, vec![newest, person, dog, oldest]),
        (format!("camera_id={door}"), 2, vec![dog, oldest]),
        (format!("camera_id={yard}&label=person"), 1, vec![person]),
        ("label=dog".to_owned(), 1, vec![dog]),
        ("label=Dog".to_owned(), 0, vec![]),
        ("label=".to_owned(), 0, vec![]),
        ("camera_id=9223372036854775807".to_owned(), 0, vec![]),
        ("person_id=1".to_owned(), 0, vec![]),
        ("identity_id=1".to_owned(), 0, vec![]),
        ("from=2026-11-21T10:00:00Z".to_owned(), 3, vec![newest, person, dog]),
        ("from=2026-11-21T11:00:00%2B01:00".to_owned(), 3, vec![newest, person, dog]),
        ("from=2026-11-21T10:00:00.001Z".to_owned(), 1, vec![newest]),
        ("to=2026-11-21T10:00:00Z".to_owned(), 1, vec![oldest]),
        ("from=2026-11-20&to=2026-11-21".to_owned(), 1, vec![oldest]),
        ("from=2026-11-21&to=2026-11-21".to_owned(), 0, vec![]),
        ("from=2026-11-22&to=2026-11-20".to_owned(), 0, vec![]),
        ("limit=1".to_owned(), 4, vec![newest]),
        ("limit=2&offset=1".to_owned(), 4, vec![person, dog]),
        ("limit=500&offset=4".to_owned(), 4, vec![]),
        ("offset=9223372036854775807".to_owned(), 4, vec![]),
        ("unknown=1".to_owned(), 4, vec![newest, person, dog, oldest]),
    ] {
        let list = json_of(gateway.get(&format!("/api/events?{query}")), 200).await;
        let found: Vec<_> = list["items"].as_array().unwrap().iter().map(id_of).collect();
        assert_eq!((list["total"].as_u64(), found), (Some(total), items), "{query}");
        assert!(list["items"].as_array().unwrap().iter().all(|event| event.get("sightings").is_none()));
    }
    for (query, fault) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("offset=-1", "offset"),
        ("offset=9223372036854775808", "offset"),
        ("camera_id=", "camera_id"),
        ("person_id=0", "person_id"),
        ("identity_id=x", "identity_id"),
        ("from=yesterday", "from"),
        ("to=", "to"),
        ("label=%00", "label"),
    ] {
        let faults = faults_of(gateway.get(&format!("/api/events?{query}"))).await;
        assert_eq!(faults, [format!("query.{fault}")], "{query}");
    }
    let all = faults_of(gateway.get("/api/events?limit=0&offset=x&from=x&camera_id=0")).await;
    assert_eq!(all.len(), 4);
}

async fn deletions_name_what_was_missing(world: &World, camera: &Value) {
    let gateway = &world.gateway;
    let event = presence(camera, "2026-11-23T05:00:00Z");
    let with_files = world.finished(&event, b"clip").await;
    let path = format!("/api/events/{with_files}");
    let response = answer(gateway.delete(&path), 204).await;
    assert_eq!(response.bytes().await.unwrap().len(), 0);
    answer(gateway.delete(&path), 404).await;
    assert!(gateway.library().get(&MediaPath::clip(event.key, event.ts)).unwrap().is_none());

    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.opened(&presence(camera, "2026-11-23T06:00:00Z")).await.get());
    }
    let wanted = json!([999_999, ids[0], ids[1], 888_888, ids[0], 999_999, ids[2] as f64]);
    let done = json_of(gateway.post("/api/events/bulk-delete", &json!({ "ids": wanted })), 200).await;
    assert_eq!(done, json!({ "deleted": 3, "missing": [999_999, 888_888] }));
    for (ids, faults) in [
        (json!([]), vec!["body.ids"]),
        (json!((1..=1001).collect::<Vec<_>>()), vec!["body.ids"]),
        (
            json!([1, 0, "2", -1, 9.5, 9_223_372_036_854_775_808_u64]),
            vec!["body.ids.1", "body.ids.2", "body.ids.3", "body.ids.4", "body.ids.5"],
        ),
        (json!("1"), vec!["body.ids"]),
        (json!(null), vec!["body.ids"]),
    ] {
        assert_eq!(faults_of(gateway.post("/api/events/bulk-delete", &json!({ "ids": ids }))).await, faults, "{ids}");
    }
    let thousand: Vec<_> = (1_000_000..1_001_000).collect();
    let none = json_of(gateway.post("/api/events/bulk-delete", &json!({ "ids": thousand })), 200).await;
    assert_eq!((&none["deleted"], none["missing"].as_array().unwrap().len()), (&json!(0), 1000));
}

async fn clearing_needs_confirmation(world: &World, door: &Value, yard: &Value) {
    let gateway = &world.gateway;
    let total = async || json_of(gateway.get("/api/events?limit=1"), 200).await["total"].as_u64().unwrap();
    let before = total().await;
    assert!(before >= 4);
    for body in [json!({}), json!({ "confirm": null }), json!({ "confirm": false, "camera_id": door["id"] })] {
        let refusal = json_of(gateway.post("/api/events/clear-all", &body), 400).await;
        assert!(refusal["detail"].is_string(), "{body}");
    }
    for (body, fault) in [
        (json!({ "confirm": 1 }), "body.confirm"),
        (json!({ "confirm": "true" }), "body.confirm"),
        (json!({ "confirm": true, "camera_id": 0 }), "body.camera_id"),
        (json!({ "confirm": true, "label": 5 }), "body.label"),
    ] {
        assert_eq!(faults_of(gateway.post("/api/events/clear-all", &body)).await, [fault]);
    }
    assert_eq!(
        faults_of(gateway.request(Method::POST, "/api/events/clear-all").header("content-type", "application/json"))
            .await,
        ["body"]
    );
    assert_eq!(total().await, before);
    let clear = async |body: Value| json_of(gateway.post("/api/events/clear-all", &body), 200).await["deleted"].clone();
    assert_eq!(clear(json!({ "confirm": true, "camera_id": 999 })).await, 0);
    assert_eq!(clear(json!({ "confirm": true, "label": "" })).await, 0);
    assert_eq!(clear(json!({ "confirm": true, "camera_id": yard["id"], "label": "person" })).await, 1);
    assert_eq!(clear(json!({ "confirm": true, "camera_id": null, "label": "dog" })).await, 1);
    assert_eq!(clear(json!({ "confirm": true })).await, before - 2);
    assert_eq!(total().await, 0);
}
