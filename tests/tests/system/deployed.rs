//! The system as `docker-compose.yml` runs it: each service its own user of a bus with TLS, the database's schema made by a job and
//! out of the services' reach, secrets in files. One person walks past one camera, and somebody uses every part of it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_testkit::camera::RtspCamera;
use iris_testkit::nginx::{Nginx, curl};
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use iris_testkit::webhooks::Receiver;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::footage;
use crate::telemetry::Prometheus;
use crate::traces::Collector;

/// The walk takes 13 s, its clip and its sighting come some seconds later.
const WALKED_WITHIN: Duration = Duration::from_secs(90);
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn every_service_works_with_the_least_rights() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    // The first of the walks: from 2.4 s to 15.5 s of the film.
    let film = footage::one_by_one(&realdata, folder.path(), 4.0, 30.0)?;
    let model = |name: &str| realdata.path(name).display().to_string();
    let traces = Collector::start().await?;
    let receiver = Receiver::start()?;
    let mut system = System::with_model(&footage::detector(&realdata))
        .set("IRIS_EMBEDDER", model("reid/osnet_x0_25_msmt17.onnx"))
        .set("IRIS_FACE_DETECTOR", model("face_det/scrfd_500m_dyn.onnx"))
        .set("IRIS_FACE_RECOGNIZER", model("face_rec/w600k_mbf_int8_512.onnx"))
        .set("IRIS_OTLP_ENDPOINT", traces.url())
        .with_notify(format!("[notify]\nrecognition_wait_seconds = 0\n{}", receiver.target("phone", "")))
        .as_deployed()
        .start()
        .await?;
    let camera = RtspCamera::start(&[("walk", &film)]).await?;
    let wanted = json!({ "name": "walk", "rtsp_url": camera.url("walk"), "pre_seconds": 2, "post_seconds": 2 });
    let id = system.add_camera(&wanted).await?;
    is_online(&system, id).await?;
    let prometheus = Prometheus::start(&system, folder.path()).await?;
    let started = system.api.post_json(&format!("/api/live/{id}/record/start"), &json!({})).await?;

    watched_live(&system, id).await?;
    let event = event_with_somebody(&system, id).await?;
    event_is_traced_from_its_picture_on(&system, &traces, &event).await?;
    let told = receiver.wait_for("phone", 1).await?;
    ensure!(
        told[0].json()["data"]["text"].as_str().is_some_and(|text| text.ends_with(": walk")),
        "{:?}",
        told[0].json()
    );
    clip_comes_in_pieces_through_nginx(&system, &event).await?;
    recorded_by_hand(&system, id, &started).await?;
    identity_is_found_and_named(&system, &event, &realdata.path("images/faces_known/obama.jpg")).await?;
    prometheus.fills_dashboards().await?;
    let alerts = prometheus.alerts().await?;
    ensure!(alerts.is_empty(), "{alerts:?}");
    let refused = refusals(&system.nats.log());
    ensure!(refused.is_empty(), "{}", refused.join("\n"));

    // With the server its buckets are gone, and everything is made anew.
    system.nats.kill();
    system.nats.start_again().await?;
    is_online(&system, id).await?;
    system.api.delete(&format!("/api/cameras/{id}")).await?;

    // Who is asked may answer on the connection by which the question came. What was asked before the server went is answered after
    // it came back, and refused; nobody waits for it.
    let late = |line: &&String| line.contains("\"_INBOX.") || line.contains("\"iris.sample.detections.");
    let refused = refusals(&system.nats.log());
    ensure!(refused.iter().all(|line| late(&line)), "{}", refused.join("\n"));
    database_refused_nobody(&mut system)
}

async fn is_online(system: &System, id: i64) -> anyhow::Result<()> {
    wait::until(SOON, "the camera to be online", || async {
        let status = system.api.get_json(&format!("/api/cameras/{id}/status")).await?;
        ensure!(status["status"] == "online" && !status["detector"].is_null(), "{status}");
        Ok(())
    })
    .await
}

async fn watched_live(system: &System, id: i64) -> anyhow::Result<()> {
    let snapshot = system.api.get_bytes(&format!("/api/live/{id}/snapshot")).await?;
    ensure!(snapshot.starts_with(&[0xff, 0xd8]), "no snapshot");
    let mut stream = system.api.get(&format!("/api/live/{id}/stream?fps=5")).await?.bytes_stream();
    let mut received = 0;
    while received < 200_000 {
        received += stream.next().await.context("the stream ended")??.len();
    }
    let playlist = format!("/api/live/{id}/hls/index.m3u8");
    let playlist = wait::until(SOON, "a playlist", || async {
        let text = String::from_utf8(system.api.get_bytes(&playlist).await?)?;
        ensure!(text.contains(".ts"), "{text}");
        Ok(text)
    })
    .await?;
    let segment = playlist.lines().rfind(|line| line.ends_with(".ts")).context("no segment")?;
    let segment = system.api.get_bytes(&format!("/api/live/{id}/hls/{segment}")).await?;
    ensure!(segment.first() == Some(&0x47), "no MPEG-TS");
    Ok(())
}

/// Waits for the walk's event: its clip, and who it was.
async fn event_with_somebody(system: &System, id: i64) -> anyhow::Result<Value> {
    let event = wait::until(WALKED_WITHIN, "an event with a clip and an identity", || async {
        let page = system.api.get_json(&format!("/api/events?camera_id={id}")).await?;
        let done = |event: &&Value| {
            event["kind"] == "track" && event["clip_status"] == "ready" && event["identity_id"].is_i64()
        };
        page["items"].as_array().and_then(|items| items.iter().find(done)).cloned().with_context(|| page.to_string())
    })
    .await?;
    let clip = system.api.get_bytes(event["clip_url"].as_str().context("no clip")?).await?;
    ensure!(footage::index_is_first(&clip), "no clip that can be played");
    Ok(event)
}

/// One trace leads from the picture that opened the event to the page, one from a picture to who was known in it.
async fn event_is_traced_from_its_picture_on(system: &System, traces: &Collector, event: &Value) -> anyhow::Result<()> {
    let event_id = event["id"].to_string();
    let sighting = system.api.get_json(&format!("/api/identities/{}/sightings", event["identity_id"])).await?;
    let sighting = sighting["items"][0]["id"].to_string();
    let picture = ["ingest/frame", "ingest/scale", "detect/judge", "ingest/follow"];
    let recorded =
        ["recorder/watch", "recorder/event", "recorder/write_event", "recorder/publish_event", "recorder/cut_clip"];
    let known = ["ingest/cut_crop", "ingest/publish_crop", "reid/embed", "reid/associate", "reid/publish_sighting"];
    wait::until(SOON, "the traces of the event and of the sighting", || async {
        let opened = [&picture[..], &recorded].concat();
        traces.has_whole("ingest/frame", &opened, "gateway/feed_event", ("event.id", &event_id))?;
        let sighted = [&picture[..], &known].concat();
        traces.has_whole("ingest/frame", &sighted, "gateway/feed_sighting", ("sighting.id", &sighting))
    })
    .await
}

/// As a player asks for it.
async fn clip_comes_in_pieces_through_nginx(system: &System, event: &Value) -> anyhow::Result<()> {
    let deployment = system.deployment.as_ref().context("deployed")?;
    let nginx = Nginx::start(deployment, system.gateway_address(), None).await?;
    let key = format!("Authorization: Bearer {}", deployment.read("api_key")?);
    let clip = nginx.url(event["clip_url"].as_str().context("no clip")?);
    let whole = system.api.get_bytes(event["clip_url"].as_str().context("no clip")?).await?;
    let mut curl = curl(deployment);
    let piece =
        curl.args(["--fail", "-H", &key, "-H", "Range: bytes=1000-1999", "-w", "%{http_code}"]).arg(clip).output()?;
    ensure!(piece.stdout.strip_suffix(b"206") == Some(&whole[1000..2000]), "{} bytes", piece.stdout.len());
    Ok(())
}

async fn recorded_by_hand(system: &System, id: i64, started: &Value) -> anyhow::Result<()> {
    let stop = system.api.request(Method::POST, &format!("/api/live/{id}/record/stop"));
    // It has to wait for the segment that holds the end.
    let answer = stop.json(started).timeout(Duration::from_secs(40)).send().await?;
    ensure!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await?);
    Ok(())
}

async fn identity_is_found_and_named(system: &System, event: &Value, photo: &Path) -> anyhow::Result<()> {
    let photo = Part::bytes(std::fs::read(photo)?).file_name("photo.jpg");
    let search = system.api.request(Method::POST, "/api/search").multipart(Form::new().part("file", photo));
    let found = search.timeout(SOON).send().await?;
    ensure!(found.status().is_success(), "{}: {}", found.status(), found.text().await?);
    let identity = format!("/api/identities/{}", event["identity_id"]);
    let named = system.api.put_json(&identity, &json!({ "name": "Postman" })).await?;
    ensure!(named["name"] == "Postman", "{named}");
    Ok(())
}

/// The server's own word, since a service that is refused something of little weight may go on.
fn refusals(log: &str) -> Vec<String> {
    log.lines().filter(|line| line.contains("Violation")).map(str::to_owned).collect()
}

fn database_refused_nobody(system: &mut System) -> anyhow::Result<()> {
    let System { gateway, recorder, reid, notify, .. } = system;
    for service in [gateway, recorder].into_iter().chain(reid).chain(notify) {
        let log = service.process().log();
        let denied = log.lines().find(|line| line.contains("permission denied"));
        ensure!(denied.is_none(), "{denied:?}");
    }
    Ok(())
}
