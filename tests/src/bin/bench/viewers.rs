//! Fifty people watch one camera: one encoding per picture, flat memory, and the one who does not read delays nobody.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::json;
use tokio::task::JoinSet;

use crate::report::{Bar, Report, quantile};
use crate::{film, process};

const VIEWERS: usize = 50;
const SETTLED_AFTER: Duration = Duration::from_secs(8);
const MEASURED_FOR: Duration = Duration::from_secs(20);

pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = film::pattern(folder.path(), "1280x720", 25, 4000, 20)?;
    let mut system =
        System::with_model(&realdata.path("det/yolox_nano_416.onnx")).set("IRIS_THREADS", "1").start().await?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let wanted = json!({ "name": "street", "rtsp_url": source.url("street"), "detect_interval": 1 });
    let camera = system.add_camera(&wanted).await?;
    wait::until(Duration::from_secs(20), "the camera to be online", || async {
        let status = system.api.get_json(&format!("/api/cameras/{camera}/status")).await?;
        ensure!(status["status"] == "online", "{status}");
        Ok(())
    })
    .await?;

    let path = format!("/api/live/{camera}/stream");
    // Takes the head of the answer and then nothing more.
    let stalled = system.api.get(&path).await?;
    let end = Instant::now() + SETTLED_AFTER + MEASURED_FOR;
    let mut viewers = JoinSet::new();
    for _ in 1..VIEWERS {
        let (api, path) = (system.api.clone(), path.clone());
        viewers.spawn(async move {
            let mut body = api.get(&path).await?.bytes_stream();
            let (mut pictures, settled) = (0u32, end - MEASURED_FOR);
            while Instant::now() < end {
                let chunk = body.next().await.context("the stream ended")??;
                let parts = chunk.windows(11).filter(|window| window.eq_ignore_ascii_case(b"x-timestamp")).count();
                pictures += if Instant::now() > settled { u32::try_from(parts)? } else { 0 };
            }
            anyhow::Ok(f64::from(pictures))
        });
    }
    tokio::time::sleep_until((end - MEASURED_FOR).into()).await;
    let gateway = system.gateway.process().pid();
    let (memory, encoded) = (process::resident_mib(gateway)?, encoded(&system).await?);
    tokio::time::sleep_until((end - Duration::from_millis(200)).into()).await;
    let (grown, encoded) = (process::resident_mib(gateway)? - memory, self::encoded(&system).await? - encoded);
    let mut seen = Vec::new();
    while let Some(viewer) = viewers.join_next().await {
        seen.push(viewer??);
    }
    drop(stalled);
    report.add("viewers: pictures encoded in 20 s for 50 viewers", encoded, "", Bar::None);
    report.add(
        "viewers: of them seen by the slowest reader",
        quantile(&mut seen, 0.0) / encoded,
        "",
        Bar::AtLeast(0.95),
    );
    report.add("viewers: pictures encoded per picture seen", encoded / quantile(&mut seen, 0.5), "", Bar::AtMost(1.05));
    report.add("viewers: growth of the gateway's memory in 20 s", grown, "MiB", Bar::AtMost(5.0));
    Ok(())
}

async fn encoded(system: &System) -> anyhow::Result<f64> {
    let metrics = system.ingest.metrics().await?;
    let line = metrics.lines().find(|line| line.starts_with("iris_ingest_live_pictures_total")).context("no metric")?;
    Ok(line.rsplit(' ').next().context("no number")?.parse()?)
}
