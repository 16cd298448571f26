//! How soon a presence is an event, and how soon after its last segment its clip can be played.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::EventChange;
use iris_bus::topic;
use iris_domain::{SegmentName, Timestamp};
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use serde_json::json;

use crate::report::{Bar, Report, quantile};
use crate::rig;

/// Presences measured: three rounds of a film with one walk.
const PRESENCES: usize = 3;
const TRIGGERS: u32 = 3;
const POST: f64 = 2.0;
/// A walk of 13 s, the way around, and the clip.
const PRESENCE_WITHIN: Duration = Duration::from_secs(60);

pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = walk(&realdata, folder.path())?;
    let system = System::with_model(&realdata.path("det/yolox_nano_416.onnx")).set("IRIS_THREADS", "1").start().await?;
    let bus = rig::connect(&system.nats.url()).await?;
    let source = RtspCamera::start(&[("walk", &film)]).await?;
    let mut tracks = bus.all_samples(topic::TRACKS).await?;
    let mut facts = bus.new_facts(topic::EVENT).await?;
    let wanted = json!({ "name": "walk", "rtsp_url": source.url("walk"), "pre_seconds": 2, "post_seconds": POST });
    let camera = system.add_camera(&wanted).await?;
    let segments = system.data_dir().join("segments").join(camera.to_string());

    let (mut opening, mut cutting) = (Vec::new(), Vec::new());
    for _ in 0..PRESENCES {
        let (mut in_a_row, mut completed, mut last) = (0, None, Timestamp::EPOCH);
        let presence = async {
            loop {
                tokio::select! {
                    picture = tracks.next() => {
                        let (_, picture) = picture.context("the bus was closed")?;
                        let triggers = picture.tracks.iter().any(|track| track.observed && track.class.as_str() == "person");
                        in_a_row = if triggers { in_a_row + 1 } else { 0 };
                        last = if triggers { picture.captured } else { last };
                        if in_a_row == TRIGGERS {
                            completed = completed.or(Some(Instant::now()));
                        }
                    }
                    fact = facts.next() => match fact.context("the facts ended")?.1.change {
                        EventChange::Opened => {
                            let completed = completed.context("opened before the pictures were complete")?;
                            opening.push(completed.elapsed().as_secs_f64());
                        }
                        EventChange::Closed => {
                            let end = last.plus(Duration::from_secs_f64(POST));
                            let closed = segment_closed(&segments, end).await?;
                            while facts.next().await.context("the facts ended")?.1.change != EventChange::ClipReady {}
                            cutting.push(closed.elapsed()?.as_secs_f64());
                            return anyhow::Ok(());
                        }
                        _ => {}
                    },
                }
            }
        };
        tokio::time::timeout(PRESENCE_WITHIN, presence).await.context("no presence")??;
    }
    report.add(
        "events: opened after the completing picture, worst",
        quantile(&mut opening, 1.0),
        "s",
        Bar::AtMost(0.5),
    );
    report.add(
        "events: clip ready after its last segment closed, worst",
        quantile(&mut cutting, 1.0),
        "s",
        Bar::AtMost(1.0),
    );
    Ok(())
}

/// When the first segment that reaches to `end` was closed; waits for it. The file's last write tells, a moment before it gets its
/// name, because the segment may well be there before the fact that asks for it.
async fn segment_closed(folder: &Path, end: Timestamp) -> anyhow::Result<SystemTime> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let named = std::fs::read_dir(folder)?
            .filter_map(|entry| Some((entry.as_ref().ok()?.file_name().to_str()?.parse().ok()?, entry.ok()?.path())));
        let reaching = named.filter(|(name, _): &(SegmentName, PathBuf)| name.end() >= end);
        if let Some((_, file)) = reaching.min_by_key(|(name, _)| name.end()) {
            return Ok(file.metadata()?.modified()?);
        }
        ensure!(Instant::now() < deadline, "no segment reaches the end of the clip");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The first walk of the one-by-one footage with empty seconds around it.
fn walk(realdata: &Realdata, folder: &Path) -> anyhow::Result<PathBuf> {
    let film = folder.join("walk.mp4");
    let status = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-t", "22", "-i"])
        .arg(realdata.path("video/one-by-one-person-detection.mp4"))
        .args(["-c:v", "copy", "-an"])
        .arg(&film)
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg made no film");
    Ok(film)
}
