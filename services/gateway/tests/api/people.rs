//! `/api/people`: enrolled humans, their faces, and every way in which an upload can be wrong.

use iris_bus::message::EmbedReply;
use iris_domain::Feature;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::sightings::{ReidNode, faces, feature, one_face, vector};
use crate::support::{World, answer, faults_of, id_of, json_of};

/// A real photo, small: two colours, as a JPEG.
pub fn photo() -> Vec<u8> {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let picture =
        image::RgbImage::from_fn(80, 60, |x, _| image::Rgb(if x < 40 { [200, 30, 30] } else { [30, 30, 200] }));
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

pub fn upload(world: &World, path: &str, bytes: Vec<u8>, kind: &str) -> RequestBuilder {
    let part = Part::bytes(bytes).file_name("photo").mime_str(kind).unwrap();
    world.gateway.request(Method::POST, path).multipart(Form::new().part("file", part))
}

async fn person(world: &World, name: &str) -> Value {
    json_of(world.gateway.post("/api/people", &json!({ "name": name })), 201).await
}

#[tokio::test]
async fn people_are_entered_listed_changed_and_deleted() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let entered = answer(gateway.post("/api/people", &json!({ "name": " Berta ", "notes": "neighbour" })), 201).await;
    let location = entered.headers()["location"].to_str().unwrap().to_owned();
    let berta: Value = entered.json().await.unwrap();
    assert_eq!(location, format!("/api/people/{}", berta["id"]));
    assert_eq!(
        (&berta["name"], &berta["notes"], &berta["num_faces"]),
        (&json!("Berta"), &json!("neighbour"), &json!(0))
    );
    assert_eq!(json_of(gateway.get(&location), 200).await, berta);
    let (ada, again) = (person(&world, "ada").await, person(&world, "Berta").await);
    let listed = json_of(gateway.get("/api/people"), 200).await;
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(id_of).collect();
    assert_eq!(ids, [id_of(&ada), id_of(&berta), id_of(&again)], "by name, whatever its case, then by id");

    let renamed = json_of(gateway.put(&location, &json!({ "name": "Bertha", "notes": null })), 200).await;
    assert_eq!((&renamed["name"], &renamed["notes"]), (&json!("Bertha"), &json!("neighbour")));
    let cleared = json_of(gateway.put(&location, &json!({ "notes": "" })), 200).await;
    assert_eq!(cleared["notes"], Value::Null);
    for (body, faults) in [
        (json!({}), vec!["body.name"]),
        (json!({ "name": null }), vec!["body.name"]),
        (json!({ "name": " " }), vec!["body.name"]),
        (json!({ "name": "x".repeat(129) }), vec!["body.name"]),
        (json!({ "name": 5, "notes": "x".repeat(4097) }), vec!["body.name", "body.notes"]),
    ] {
        assert_eq!(faults_of(gateway.post("/api/people", &body)).await, faults, "{body}");
    }
    assert_eq!(faults_of(gateway.put(&location, &json!({ "name": "" }))).await, ["body.name"]);
    answer(gateway.put("/api/people/999", &json!({ "name": "Nobody" })), 404).await;

    answer(gateway.delete(&location), 204).await;
    for request in [gateway.get(&location), gateway.delete(&location), gateway.get(&format!("{location}/faces"))] {
        assert_eq!(json_of(request, 404).await, json!({ "detail": "Person not found" }));
    }
    let some = json!({ "ids": [id_of(&ada), 999, id_of(&ada)] });
    let done = json_of(gateway.post("/api/people/bulk-delete", &some), 200).await;
    assert_eq!(done, json!({ "deleted": 1, "missing": [999] }));
    answer(gateway.post("/api/people/clear-all", &json!({})), 400).await;
    assert_eq!(faults_of(gateway.post("/api/people/clear-all", &json!({ "confirm": 1 }))).await, ["body.confirm"]);
    let all = json_of(gateway.post("/api/people/clear-all", &json!({ "confirm": true })), 200).await;
    assert_eq!(all, json!({ "deleted": 1 }));
    assert_eq!(json_of(gateway.get("/api/people"), 200).await, json!([]));
    gateway.stop().await;
}

#[tokio::test]
async fn a_face_is_enrolled_from_a_photo_and_forgotten_with_it() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let _node = ReidNode::of(&world.bus().await, faces(3, Some(feature(7, 1))), Vec::new()).await;
    let ada = person(&world, "Ada").await;
    let path = format!("/api/people/{}/faces", ada["id"]);
    let enrolled = json_of(upload(&world, &path, photo(), "image/jpeg"), 201).await;
    assert_eq!(enrolled["faces_detected"], 3);
    let stored = enrolled["image_path"].as_str().unwrap().to_owned();
    assert_eq!(world.files("photos"), [stored]);
    let listed = json_of(gateway.get(&path), 200).await;
    let face = &listed[0];
    assert_eq!((&face["id"], &face["person_id"]), (&enrolled["embedding_id"], &ada["id"]));
    assert_eq!(face["image_url"], format!("{path}/{}/image", face["id"]));
    let image = answer(gateway.get(face["image_url"].as_str().unwrap()), 200).await;
    assert_eq!(image.headers()["content-type"], "image/jpeg");
    assert!(image.headers()["cache-control"].to_str().unwrap().starts_with("private"));
    let etag = image.headers()["etag"].clone();
    let bytes = image.bytes().await.unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8().dimensions(), (80, 60));
    answer(gateway.get(face["image_url"].as_str().unwrap()).header("if-none-match", etag), 304).await;
    let known = world.store.gallery().person(id_of(&ada).try_into().unwrap()).await.unwrap().unwrap();
    assert!(known.faces[0].1.similarity(&feature(7, 1)).unwrap() > 0.999);

    // Whatever the client calls it, a PNG is a PNG.
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(64, 64).write_to(&mut png, image::ImageFormat::Png).unwrap();
    json_of(upload(&world, &path, png.into_inner(), "text/plain"), 201).await;
    assert_eq!(json_of(gateway.get(&format!("/api/people/{}", ada["id"])), 200).await["num_faces"], 2);

    let first = format!("{path}/{}", face["id"]);
    answer(gateway.delete(&first), 204).await;
    assert_eq!(json_of(gateway.delete(&first), 404).await, json!({ "detail": "Face not found" }));
    answer(gateway.get(&format!("{first}/image")), 404).await;
    assert_eq!(world.files("photos").len(), 1);
    answer(gateway.delete(&format!("/api/people/{}", ada["id"])), 204).await;
    assert_eq!(world.files("photos"), [""; 0], "nothing of a deleted person stays");
    gateway.stop().await;
}

#[tokio::test]
async fn an_upload_can_be_wrong_in_many_ways() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let ada = person(&world, "Ada").await;
    let path = format!("/api/people/{}/faces", ada["id"]);
    let detail = json_of(upload(&world, &path, photo(), "image/jpeg"), 503).await;
    assert_eq!(detail, json!({ "detail": "No re-ID service is running." }));

    let node = ReidNode::of(&world.bus().await, one_face(1), Vec::new()).await;
    let mut cut = photo();
    cut.truncate(100);
    for (bytes, status) in [
        (b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), 415),
        (b"<svg/>".to_vec(), 415),
        (Vec::new(), 400),
        (cut, 400),
        (vec![0; (8 << 20) + 1], 413),
        ([photo(), vec![0; 9 << 20]].concat(), 413),
    ] {
        let what = bytes.len();
        let refusal = json_of(upload(&world, &path, bytes, "image/jpeg"), status).await;
        assert!(refusal["detail"].is_string(), "{what} bytes: {refusal}");
    }
    // A file of just 8 MiB passes: zeros after a picture's end are nothing to a decoder.
    let mut largest = photo();
    largest.resize(8 << 20, 0);
    json_of(upload(&world, &path, largest, "image/jpeg"), 201).await;

    answer(gateway.post(&path, &json!({ "file": "x" })), 415).await;
    let bare = || gateway.request(Method::POST, &path);
    answer(bare().body(photo()).header("content-type", "image/jpeg"), 415).await;
    answer(bare(), 415).await;
    assert_eq!(faults_of(bare().header("content-type", "multipart/form-data").body("x")).await, ["body.file"]);
    assert_eq!(faults_of(bare().multipart(Form::new().text("other", "x"))).await, ["body.file"]);
    let twice = Form::new().part("file", Part::bytes(photo())).part("file", Part::bytes(photo()));
    assert_eq!(faults_of(bare().multipart(twice)).await, ["body.file"]);
    let broken = bare().header("content-type", "multipart/form-data; boundary=b").body("--b\r\nnonsense");
    answer(broken, 400).await;

    // The kind goes before the id, the id before the person, the person before the photo's content.
    answer(upload(&world, "/api/people/x/faces", b"GIF89a".to_vec(), "image/gif"), 415).await;
    assert_eq!(faults_of(upload(&world, "/api/people/x/faces", photo(), "image/jpeg")).await, ["path.id"]);
    answer(upload(&world, "/api/people/999/faces", photo(), "image/jpeg"), 404).await;
    let anonymous = gateway.bare(Method::POST, &path).multipart(Form::new().part("file", Part::bytes(photo())));
    answer(anonymous, 401).await;
    drop(node);

    for (reply, status) in [
        (faces(0, None), 422),
        (faces(2, None), 422),
        (EmbedReply::Unreadable, 400),
        (EmbedReply::Unavailable("no face recogniser is set".to_owned()), 503),
        (faces(1, Some(Feature { embedding: vector(1, 1, 128), ..feature(1, 1) })), 503),
    ] {
        let what = format!("{reply:?}");
        let _node = ReidNode::of(&world.bus().await, reply, Vec::new()).await;
        let refusal = json_of(upload(&world, &path, photo(), "image/jpeg"), status).await;
        assert!(status == 422 || refusal["detail"].is_string(), "{what}: {refusal}");
        if what.contains("recogniser") {
            assert_eq!(refusal["detail"], "The photo cannot be recognised: no face recogniser is set");
        }
    }
    assert_eq!(world.files("photos").len(), 1, "what was refused is not kept");
    gateway.stop().await;
}
