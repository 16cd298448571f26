//! `/api/search`, and the switch that turns everything biometric off.

use iris_bus::message::SearchRow;
use iris_domain::{IdentityId, SightingId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::people::{photo, upload};
use crate::sightings::{ReidNode, Seen, faces, one_face};
use crate::support::{World, answer, faults_of, id_of, json_of};

#[tokio::test]
async fn who_looks_alike_is_found_by_photo_or_by_sighting() {
    let world = World::start().await;
    let (gateway, door) = (&world.gateway, world.gateway.camera("Door").await);
    let ada = world.seen(Seen { face: Some(1), body: Some(1), ..Seen::by(&door, "2026-11-23T08:00:00Z") }).await;
    let bob = world.seen(Seen { face: Some(2), ..Seen::by(&door, "2026-11-23T09:00:00Z") }).await;
    let mute = world.seen(Seen::by(&door, "2026-11-23T10:00:00Z")).await;
    let detail = json_of(upload(&world, "/api/search", photo(), "image/jpeg"), 503).await;
    assert_eq!(detail, json!({ "detail": "No re-ID service is running." }));

    let row = |of: &iris_store::WrittenSighting, face, body| SearchRow {
        identity: of.identity,
        sighting: of.sighting,
        face_score: face,
        body_score: body,
    };
    let gone = SearchRow {
        identity: IdentityId::new(999).unwrap(),
        sighting: SightingId::new(999).unwrap(),
        face_score: Some(0.9),
        body_score: None,
    };
    let rows = vec![row(&ada, Some(0.75), Some(0.5)), gone, row(&bob, Some(0.25), None)];
    let node = ReidNode::of(&world.bus().await, one_face(1), rows).await;
    let found = json_of(upload(&world, "/api/search", photo(), "image/jpeg"), 200).await;
    let scores = |found: &Value, what: &str| -> Vec<Value> {
        let rows = found[what].as_array().unwrap().iter();
        let one = what.replace("identities", "identity").replace("sightings", "sighting");
        rows.map(|row| json!([row[&one]["id"], row["face_score"], row["appearance_score"]])).collect()
    };
    assert_eq!(
        (&found["faces_detected"], &found["by_face"], &found["by_appearance"]),
        (&json!(1), &json!(true), &json!(false))
    );
    let (ada_id, bob_id) = (ada.identity.get(), bob.identity.get());
    assert_eq!(scores(&found, "identities"), [json!([ada_id, 0.75, 0.5]), json!([bob_id, 0.25, null])]);
    let (ada_seen, bob_seen) = (ada.sighting.get(), bob.sighting.get());
    assert_eq!(scores(&found, "sightings"), [json!([ada_seen, 0.75, 0.5]), json!([bob_seen, 0.25, null])]);
    let one = json_of(upload(&world, "/api/search?limit=1", photo(), "image/jpeg"), 200).await;
    assert_eq!(scores(&one, "identities").len(), 1);

    let by_sighting = json_of(gateway.post("/api/search", &json!({ "sighting_id": ada.sighting.get() })), 200).await;
    assert_eq!(scores(&by_sighting, "identities"), [json!([bob_id, 0.25, null])], "whose sighting it is, is known");
    assert_eq!((&by_sighting["faces_detected"], &by_sighting["by_appearance"]), (&Value::Null, &json!(true)));

    for (body, faults) in [
        (json!({}), vec!["body.sighting_id"]),
        (json!({ "sighting_id": 0 }), vec!["body.sighting_id"]),
        (json!({ "sighting_id": mute.sighting.get() }), vec!["body.sighting_id"]),
    ] {
        assert_eq!(faults_of(gateway.post("/api/search", &body)).await, faults, "{body}");
    }
    answer(gateway.post("/api/search", &json!({ "sighting_id": 999 })), 404).await;
    assert_eq!(faults_of(upload(&world, "/api/search?limit=101", photo(), "image/jpeg")).await, ["query.limit"]);
    answer(gateway.request(Method::POST, "/api/search").body("x"), 415).await;
    answer(upload(&world, "/api/search", b"GIF89a".to_vec(), "image/jpeg"), 415).await;
    drop(node);
    let _node = ReidNode::of(&world.bus().await, faces(0, None), Vec::new()).await;
    assert_eq!(faults_of(upload(&world, "/api/search", photo(), "image/jpeg")).await, ["body.file"]);
    gateway.stop().await;
}

#[tokio::test]
async fn without_biometrics_what_is_known_can_be_seen_and_forgotten_and_nothing_compared() {
    let world = World::start_with(|settings| settings.biometrics_enabled = false).await;
    let (gateway, door) = (&world.gateway, world.gateway.camera("Door").await);
    let _node = ReidNode::of(&world.bus().await, one_face(1), Vec::new()).await;
    let seen = world.seen(Seen { face: Some(1), ..Seen::by(&door, "2026-11-23T08:00:00Z") }).await;
    let person = json_of(gateway.post("/api/people", &json!({ "name": "Ada" })), 201).await;
    let identity = format!("/api/identities/{}", seen.identity);
    let faces = format!("/api/people/{}/faces", person["id"]);
    let samples = json_of(gateway.get(&format!("{identity}/faces")), 200).await;
    let sample = id_of(&samples["items"][0]);
    for request in [
        upload(&world, &faces, photo(), "image/jpeg"),
        upload(&world, "/api/search", photo(), "image/jpeg"),
        gateway.post("/api/search", &json!({ "sighting_id": seen.sighting.get() })),
        gateway.get("/api/face-groups"),
        gateway.post("/api/face-groups/enroll", &json!({ "sample_ids": [sample], "name": "Ada" })),
        gateway.post(&format!("{identity}/split"), &json!({ "auto": true })),
    ] {
        let refusal = json_of(request, 503).await;
        assert_eq!(refusal, json!({ "detail": "Biometrics are switched off here (`biometrics_enabled`)." }));
    }
    json_of(gateway.get("/api/identities"), 200).await;
    json_of(gateway.get(&faces), 200).await;
    json_of(gateway.put(&identity, &json!({ "name": "Ada" })), 200).await;
    answer(gateway.get(&format!("/api/face-groups/samples/{sample}/thumbnail")), 200).await;
    answer(gateway.delete(&format!("/api/face-groups/samples/{sample}")), 204).await;
    answer(gateway.delete(&identity), 204).await;
    answer(gateway.delete(&format!("/api/people/{}", person["id"])), 204).await;
    assert_eq!((world.files("faces"), world.files("bodies")), (vec![], vec![]));
    let system = json_of(gateway.get("/api/system"), 200).await;
    assert_eq!(system["backend"]["faces_enabled"], false);
    gateway.stop().await;
}
