//! Detection through the whole path: how near it comes to a bare loop over the same model, and what latency it adds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::topic;
use iris_domain::{CameraTuning, Timestamp};
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;

use crate::film;
use crate::report::{Bar, Report, quantile};
use crate::rig::Rig;
use crate::tap::Tap;

const MEASURED_FOR: Duration = Duration::from_secs(20);
/// The first answers also wait for the first key frame and a cold model.
const SETTLED_AFTER: Duration = Duration::from_secs(5);
/// Twenty seconds at five a second.
const ANSWERS: usize = 100;

/// One camera that sends more pictures than the model can judge, detection of every picture, one thread for the model.
pub async fn throughput(report: &mut Report) -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let model = realdata.path("det/yolox_nano_416.onnx");
    let rig = Rig::start().await?;
    let film = film::pattern(rig.folder.path(), "416x234", 120, 1000, 20)?;
    let before = bare(&model).await?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let _ingest = rig.ingest().await?;
    let _detect = rig.detect(&model).await?;
    let mut tracks = rig.bus.samples(topic::TRACKS, 1).await?;
    rig.watch(1, &source.url("street"), &CameraTuning { detect_interval: 0.0, ..CameraTuning::default() }).await?;
    let settled = Instant::now() + SETTLED_AFTER;
    while Instant::now() < settled {
        tracks.next().await.context("the bus was closed")?;
    }
    let (started, mut judged) = (Instant::now(), 0u32);
    while started.elapsed() < MEASURED_FOR {
        tracks.next().await.context("the bus was closed")?;
        judged += 1;
    }
    let rate = f64::from(judged) / started.elapsed().as_secs_f64();
    drop((source, _ingest, _detect));
    let after = bare(&model).await?;
    let bare = f64::midpoint(before, after);
    report.add("detection: pictures a second through the whole path", rate, "/s", Bar::None);
    report.add(format!("detection: bare loop ({before:.1} before, {after:.1} after)"), bare, "/s", Bar::None);
    report.add("detection: whole path over bare loop", rate / bare, "", Bar::AtLeast(0.9));
    Ok(())
}

/// Runs a second of the model alone in the same runtime, with one thread.
async fn bare(model: &Path) -> anyhow::Result<f64> {
    let output =
        tokio::process::Command::new(beside("examples/bare_loop")?).arg(model).args(["1", "10"]).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("bare_runs_per_second ")).context("no figure")?;
    Ok(line.trim().parse()?)
}

fn beside(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.parent().context("no folder")?.join(name))
}

/// From the end of a picture on the wire to the arrival of its detections on the bus, less the model's own time. Every picture of a
/// camera that sends five a second is judged. The camera's `captured` cannot be the beginning: it is anchored on the first packet,
/// and off by whatever delayed that one; it only says which picture an answer belongs to, since pictures lie 200 ms apart.
pub async fn latency(report: &mut Report) -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    for size in ["1280x720", "1920x1080"] {
        let rig = Rig::start().await?;
        let film = film::pattern(rig.folder.path(), size, 5, 4000, 40)?;
        let source = RtspCamera::start_with(&[("street", &film)], &["--audio", "none"]).await?;
        let tap = Tap::on(source.port()).await?;
        let _ingest = rig.ingest().await?;
        let _detect = rig.detect(&realdata.path("det/yolox_nano_416.onnx")).await?;
        let mut answers = rig.bus.samples(topic::DETECTIONS, 1).await?;
        rig.watch(1, &tap.url("street"), &CameraTuning { detect_interval: 0.0, ..CameraTuning::default() }).await?;
        let settled = Instant::now() + SETTLED_AFTER;
        let mut added = Vec::with_capacity(ANSWERS);
        while added.len() < ANSWERS {
            let (_, answer) = answers.next().await.context("the bus was closed")?;
            let now = Timestamp::from_system(SystemTime::now());
            if Instant::now() > settled {
                let passed = tap.nearest(answer.captured).context("no picture passed")?;
                added.push((now.seconds_since(passed) - f64::from(answer.timing.inference_us) / 1e6) * 1e3);
            }
        }
        for (name, share, bar) in [("median", 0.5, 10.0), ("p95", 0.95, 25.0)] {
            let what = format!("latency: added to the model's time, {size}, {name}");
            report.add(what, quantile(&mut added, share), "ms", Bar::AtMost(bar));
        }
    }
    Ok(())
}
