//! Told of who visits. Real footage of one person on two cameras, and both ways of being told; says so and passes where there is no
//! footage.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::camera::RtspCamera;
use iris_testkit::mosquitto::Broker;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use iris_testkit::webhooks::Receiver;
use serde_json::{Value, json};

use crate::footage;

/// The machine may have other things to do.
const WITHIN: Duration = Duration::from_secs(120);

/// Two clips of one person, each on a camera of its own.
const CLIPS: [&str; 2] = ["book", "learn"];

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_to_two_cameras_is_one_visit_although_the_service_died_in_between() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let films = CLIPS.map(|clip| (clip, folder.path().join(format!("{clip}.mp4"))));
    for (clip, film) in &films {
        footage::with_nobody_after(&realdata.path(&format!("video/asl/{clip}.mkv")), film)?;
    }
    let (receiver, broker) = (Receiver::start()?, Broker::start().await?);
    // Nobody is told of somebody unknown before re-ID of a busy machine has had its say.
    let rules = "[notify]\nvisit_gap_seconds = 600\nrecognition_wait_seconds = 60\n";
    let known = "who = \"known\"";
    let settings = format!("{rules}{}{}filter = {{ {known} }}\n", receiver.target("phone", known), broker.settings());
    let mut system = System::with_model(&footage::detector(&realdata))
        .with_reid(&footage::reid(&realdata))
        .with_notify(settings)
        .start()
        .await?;
    let said = broker.listen("iris/visits").await?;
    let source = RtspCamera::start(&films.each_ref().map(|(clip, film)| (*clip, film.as_path()))).await?;

    let first = add(&system, &source, "book").await?;
    let anna = visitor(&system, first).await?;
    system.api.put_json(&format!("/api/identities/{anna}"), &json!({ "name": "Anna" })).await?;
    let told = receiver.wait_for("phone", 1).await?;
    ensure!(
        told[0].kind() == "visit.started" && told[0].json()["data"]["text"] == "Anna: book",
        "{:?}",
        told[0].json()
    );

    let notify = system.notify.as_mut().context("notify")?;
    notify.kill9()?;
    let second = add(&system, &source, "learn").await?;
    ensure!(visitor(&system, second).await? == anna, "one person is two");
    let notify = system.notify.as_mut().context("notify")?;
    notify.start_again()?;
    notify.ready().await?;
    let last = wait::until(WITHIN, "the second camera to be told of", || async {
        let last = receiver.received("phone").last().map(|told| told.json()).unwrap_or_default();
        ensure!(last["data"]["cameras"].as_array().is_some_and(|cameras| cameras.len() == 2), "{last}");
        Ok(last)
    })
    .await?;
    ensure!(last["data"]["text"] == "Anna: book, learn", "{last}");
    let clip = wait::until(WITHIN, "the first event's clip to be told of", || async {
        let last = receiver.received("phone").last().map(|told| told.json()).unwrap_or_default();
        last["data"]["events"][0]["clip_url"].as_str().map(str::to_owned).with_context(|| last.to_string())
    })
    .await?;
    ensure!(footage::index_is_first(&system.api.get_bytes(&clip).await?), "the link leads to no clip");
    wait::until(WITHIN, "the broker to know of Anna", || async {
        let kept = broker.retained()?;
        let camera: Value = serde_json::from_str(kept.get(&format!("iris/cameras/{second}")).context("no camera")?)?;
        ensure!(camera["last_known"] == "Anna", "{camera}");
        let last: Value = said.heard().last().map(|last| serde_json::from_str(last)).transpose()?.unwrap_or_default();
        ensure!(last["data"]["text"] == "Anna: book, learn", "{last}");
        Ok(())
    })
    .await?;

    let by_webhook: Vec<Value> = receiver.received("phone").iter().map(|told| told.json()).collect();
    let by_mqtt = said.heard().iter().map(|said| serde_json::from_str(said)).collect::<Result<Vec<Value>, _>>()?;
    is_one_visit(&by_webhook)?;
    is_one_visit(&by_mqtt)
}

/// Told of once, and then of what is new; what a service that died may have said again is the same message.
fn is_one_visit(told: &[Value]) -> anyhow::Result<()> {
    let data = |message: &Value, key: &str| message["data"][key].clone();
    ensure!(told.iter().all(|message| data(message, "visit_id") == data(&told[0], "visit_id")), "{told:#?}");
    let mut messages: Vec<_> =
        told.iter().map(|message| (data(message, "revision").as_u64(), &message["type"])).collect();
    ensure!(messages.is_sorted_by_key(|(revision, _)| *revision), "{told:#?}");
    messages.dedup();
    ensure!(messages.iter().filter(|(_, kind)| *kind == "visit.started").count() == 1, "{told:#?}");
    ensure!(messages.len() > 1 && messages[1..].iter().all(|(_, kind)| *kind == "visit.updated"), "{told:#?}");
    Ok(())
}

async fn add(system: &System, source: &RtspCamera, clip: &str) -> anyhow::Result<i64> {
    let wanted = json!({ "name": clip, "rtsp_url": source.url(clip), "pre_seconds": 1, "post_seconds": 2 });
    system.add_camera(&wanted).await
}

/// Whom the camera's first event is of.
async fn visitor(system: &System, camera: i64) -> anyhow::Result<i64> {
    wait::until(WITHIN, "a visitor who is known again", || async {
        let page = system.api.get_json(&format!("/api/events?camera_id={camera}&limit=500")).await?;
        let events = page["items"].as_array().context("no items")?;
        events.iter().find_map(|event| event["identity_id"].as_i64()).with_context(|| page.to_string())
    })
    .await
}
