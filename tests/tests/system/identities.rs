//! Known again. Held to the truth of real footage; says so and passes where there is none.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::footage;

/// The machine may have other things to do.
const WITHIN: Duration = Duration::from_secs(90);

#[test]
fn everybody_is_known_again_in_whatever_order_they_come() {
    if Realdata::find().is_none() {
        return;
    }
    let evaluation = Command::new(env!("CARGO_BIN_EXE_eval_identities")).arg("2").output().unwrap();
    let report = String::from_utf8_lossy(&evaluation.stdout);
    assert!(evaluation.status.success(), "{report}\n{}", String::from_utf8_lossy(&evaluation.stderr));
}

/// Two clips of one person, each on a camera of its own, and one of somebody else.
const CLIPS: [&str; 3] = ["book", "learn", "night"];

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_to_two_cameras_is_one_identity_and_bears_the_name_given_on_both() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let films = CLIPS.map(|clip| (clip, folder.path().join(format!("{clip}.mp4"))));
    for (clip, film) in &films {
        footage::with_nobody_after(&realdata.path(&format!("video/asl/{clip}.mkv")), film)?;
    }
    let system = System::with_model(&footage::detector(&realdata)).with_reid(&footage::reid(&realdata)).start().await?;
    let source = RtspCamera::start(&films.each_ref().map(|(clip, film)| (*clip, film.as_path()))).await?;
    let mut identities = Vec::new();
    for (clip, _) in &films {
        let wanted = json!({ "name": clip, "rtsp_url": source.url(clip), "pre_seconds": 1, "post_seconds": 2 });
        let camera = system.add_camera(&wanted).await?;
        identities.push(wait::until(WITHIN, "a visitor who is known", || known_visitor(&system, camera)).await?);
    }
    ensure!(identities[0] == identities[1], "one person is two: {identities:?}");
    ensure!(identities[2] != identities[0], "two people are one: {identities:?}");

    let card = system.api.get_json(&format!("/api/identities/{}", identities[0])).await?;
    let sighting = &card["sightings"][0];
    ensure!(["face", "appearance", "new"].iter().any(|kind| sighting["match_kind"] == *kind), "{sighting}");
    let url = sighting["thumb_url"].as_str().with_context(|| format!("no picture of {sighting}"))?;
    ensure!(system.api.get_bytes(url).await?.starts_with(&[0xff, 0xd8]), "the sighting's picture is no JPEG");
    let named = json!({ "name": "Anna" });
    system.api.put_json(&format!("/api/identities/{}", identities[0]), &named).await?;
    let events = system.api.get_json(&format!("/api/identities/{}/events?limit=100", identities[0])).await?;
    let events = events["items"].as_array().context("no items")?;
    let cameras: std::collections::BTreeSet<_> = events.iter().map(|event| event["camera_id"].as_i64()).collect();
    ensure!(cameras.len() == 2 && events.iter().all(|event| event["identity_name"] == "Anna"), "{events:?}");
    Ok(())
}

/// Whom the camera's first event is of, once its clip is ready.
async fn known_visitor(system: &System, camera: i64) -> anyhow::Result<i64> {
    let page = system.api.get_json(&format!("/api/events?camera_id={camera}&limit=500")).await?;
    let events: Vec<&Value> = page["items"].as_array().into_iter().flatten().collect();
    let done = events.iter().rev().find(|event| event["clip_status"] == "ready" && event["identity_id"].is_i64());
    done.and_then(|event| event["identity_id"].as_i64()).with_context(|| format!("of {} events", events.len()))
}
