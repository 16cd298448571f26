//! Watching: a snapshot, MJPEG, HLS with sound, a manual recording.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::json;

use crate::footage;

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_can_be_watched_heard_and_recorded_by_hand() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = footage::one_by_one(&realdata, folder.path(), 20.0, 30.0)?;
    // Anonymous, because ffmpeg opens the playlist's segments without the key.
    let system = System::with_model(&footage::detector(&realdata)).set("IRIS_AUTH_REQUIRED", "false").start().await?;
    let camera = RtspCamera::start(&[("walk", &film)]).await?;
    let id = system.add_camera(&json!({ "name": "walk", "rtsp_url": camera.url("walk") })).await?;
    wait::until(Duration::from_secs(20), "the camera to be online", || async {
        let status = system.api.get_json(&format!("/api/cameras/{id}/status")).await?;
        ensure!(status["status"] == "online" && !status["detector"].is_null(), "{status}");
        Ok(())
    })
    .await?;

    let started = system.api.post_json(&format!("/api/live/{id}/record/start"), &json!({})).await?;
    let snapshot = system.api.get_bytes(&format!("/api/live/{id}/snapshot")).await?;
    ensure!(snapshot.starts_with(&[0xff, 0xd8]) && snapshot.len() > 10_000, "{} bytes", snapshot.len());
    mjpeg(&system, id).await?;
    hls(&system, id, folder.path()).await?;
    manual(&system, id, &started, folder.path()).await
}

/// Parts follow each other, each with its length and a time that rises.
async fn mjpeg(system: &System, id: i64) -> anyhow::Result<()> {
    let response = system.api.get(&format!("/api/live/{id}/stream?fps=5")).await?;
    let kind = response.headers()["content-type"].to_str()?.to_owned();
    ensure!(kind.starts_with("multipart/x-mixed-replace") && kind.contains("boundary=frame"), "{kind}");
    let mut received = Vec::new();
    let mut body = response.bytes_stream();
    let enough = async {
        while String::from_utf8_lossy(&received).matches("X-Timestamp").count() < 6
            && String::from_utf8_lossy(&received).matches("x-timestamp").count() < 6
        {
            received.extend(body.next().await.context("the stream ended")??);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(20), enough).await.context("too few pictures")??;
    let text = String::from_utf8_lossy(&received).to_lowercase();
    let times: Vec<&str> = text.split("x-timestamp: ").skip(1).filter_map(|part| part.split("\r\n").next()).collect();
    ensure!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    Ok(())
}

/// A player gets pictures and sound out of the playlist.
async fn hls(system: &System, id: i64, folder: &std::path::Path) -> anyhow::Result<()> {
    let playlist = system.api.get_bytes(&format!("/api/live/{id}/hls/index.m3u8")).await?;
    let playlist = String::from_utf8(playlist)?;
    ensure!(playlist.starts_with("#EXTM3U") && playlist.contains(".ts"), "{playlist}");
    let played = folder.join("hls.mp4");
    let url = system.api.url(&format!("/api/live/{id}/hls/index.m3u8"));
    let mut player = tokio::process::Command::new("ffmpeg");
    player.args(["-nostdin", "-v", "error", "-y", "-i", &url, "-t", "4", "-c", "copy"]).arg(&played).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(60), player.output()).await.context("the player hangs")??;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let probed = footage::probe(&played)?;
    ensure!(footage::codecs(&probed) == ["aac", "h264"] && footage::seconds(&probed)? > 3.0, "{probed}");
    let closed = system.api.get(&format!("/api/live/{id}/hls/close")).await?;
    ensure!(closed.status().as_u16() == 204, "{}", closed.status());
    Ok(())
}

async fn manual(system: &System, id: i64, started: &serde_json::Value, folder: &std::path::Path) -> anyhow::Result<()> {
    // It has to wait for the segment that holds the end.
    let stop = system.api.request(reqwest::Method::POST, &format!("/api/live/{id}/record/stop"));
    let answer = stop.json(started).timeout(Duration::from_secs(40)).send().await?;
    ensure!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await?);
    let answer: serde_json::Value = answer.json().await?;
    let clip = folder.join("manual.mp4");
    std::fs::write(&clip, system.api.get_bytes(answer["clip"].as_str().context("no clip")?).await?)?;
    let length = footage::seconds(&footage::probe(&clip)?)?;
    let said = answer["duration"].as_f64().context("no duration")?;
    ensure!((length - said).abs() < 0.3 && length > 5.0, "{length} s, said to be {said} s");
    let event = system.api.get_json(&format!("/api/events/{}", answer["event_id"])).await?;
    ensure!(event["kind"] == "manual" && event["label"] == "manual" && event["ts"] == started["started_at"], "{event}");
    Ok(())
}
