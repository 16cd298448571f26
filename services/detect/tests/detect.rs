//! The detection service against a real bus: the tests play ingest. The model is a graph of some hundred bytes that finds one box in
//! any picture, with the mean brightness as its score.

// It is never anything else; said here, the rules for tests (`unwrap` is fine) hold for its helpers too.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::{Detections, Frame, ServiceState};
use iris_bus::{Bus, BusOptions, DetectionAnswer, DetectionAnswers, topic};
use iris_domain::{CameraId, Timestamp};
use iris_testkit::nats::NatsServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use tempfile::TempDir;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);
const GREY: u8 = 128;

struct Rig {
    nats: NatsServer,
    bus: Bus,
    folder: TempDir,
    run: Uuid,
}

impl Rig {
    async fn start() -> anyhow::Result<Self> {
        let nats = NatsServer::start().await?;
        let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await?;
        wait::until(SOON, "the bus", || async {
            ensure!(bus.is_connected());
            Ok(())
        })
        .await?;
        Ok(Self { nats, bus, folder: tempfile::tempdir()?, run: Uuid::now_v7() })
    }

    fn node(&self, name: &str, device: &str) -> anyhow::Result<ServiceProcess> {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/inference/tests/data/yolov8_open.onnx");
        let env = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_INSTANCE", name.to_owned()),
            ("IRIS_MODEL", model.display().to_string()),
            ("IRIS_DEVICE", device.to_owned()),
            ("IRIS_THREADS", "1".to_owned()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
        ServiceProcess::start("iris-detect", name, env, self.folder.path())
    }

    fn send(&self, sequence: u64) -> anyhow::Result<()> {
        let (width, height) = (64, 64);
        let frame = Frame {
            run: self.run,
            sequence,
            captured: Timestamp::from_millis(1_000).context("a time")?,
            width,
            height,
            i420: vec![GREY; (width * height * 3 / 2) as usize].into(),
            min_score: 0.1,
            iou: 0.5,
        };
        ensure!(self.bus.send_frame(camera(), &frame), "the bus did not take the picture");
        Ok(())
    }

    /// Sends pictures and waits until each was answered.
    async fn judge(&self, answers: &mut DetectionAnswers, sequences: std::ops::Range<u64>) -> anyhow::Result<()> {
        let mut out: BTreeSet<u64> = sequences.clone().collect();
        for sequence in sequences {
            self.send(sequence)?;
            let detections = answer(answers).await?;
            let found = detections.outcome.map_err(anyhow::Error::msg)?;
            ensure!(found.len() == 1 && (found[0].score - f32::from(GREY) / 255.0).abs() < 0.01, "{found:?}");
            ensure!(detections.run == self.run && out.remove(&detections.sequence));
        }
        ensure!(out.is_empty(), "never answered: {out:?}");
        Ok(())
    }
}

fn camera() -> CameraId {
    CameraId::new(1).unwrap()
}

async fn answer(answers: &mut DetectionAnswers) -> anyhow::Result<Detections> {
    match tokio::time::timeout(SOON, answers.next()).await.context("no answer")? {
        Some(DetectionAnswer::Detections(detections)) => Ok(detections),
        other => anyhow::bail!("{other:?}"),
    }
}

async fn received(node: &ServiceProcess) -> anyhow::Result<f64> {
    let metrics = node.metrics().await?;
    let line = metrics.lines().find(|line| line.starts_with("iris_detect_pictures_received_total"));
    Ok(line.and_then(|line| line.rsplit(' ').next()).map_or(Ok(0.0), str::parse)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_share_the_pictures_and_one_that_dies_is_not_missed() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let mut answers = rig.bus.detection_answers(camera()).await?;
    // No node is known at once, long before any deadline.
    rig.send(0)?;
    let nobody = tokio::time::timeout(Duration::from_secs(2), answers.next()).await?;
    ensure!(nobody == Some(DetectionAnswer::NoDetector), "{nobody:?}");

    let (mut one, mut other) = (rig.node("one", "cpu")?, rig.node("other", "cpu")?);
    tokio::try_join!(one.ready(), other.ready())?;
    rig.judge(&mut answers, 1..61).await?;
    let (by_one, by_other) = (received(&one).await?, received(&other).await?);
    ensure!(by_one > 0.0 && by_other > 0.0 && by_one + by_other == 60.0, "{by_one} and {by_other}");

    one.kill9()?;
    // The server notices the closed connection by itself; from then on every picture is the other one's.
    wait::until(SOON, "the dead node to be forgotten", || async {
        let before = received(&other).await?;
        for sequence in 100..110 {
            rig.send(sequence)?;
        }
        wait::until(Duration::from_secs(1), "ten pictures", || async {
            ensure!(received(&other).await? >= before + 10.0);
            Ok(())
        })
        .await
    })
    .await?;

    // A node that starts is in use with the next pictures.
    one.start_again()?;
    one.ready().await?;
    wait::until(SOON, "the new node to be used", || async {
        rig.send(200)?;
        ensure!(received(&one).await? > 0.0);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_takes_what_waits_at_once_and_says_what_it_is() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let mut answers = rig.bus.detection_answers(camera()).await?;
    let mut node = rig.node("one", "cpu")?;
    node.ready().await?;
    for sequence in 1..=64 {
        rig.send(sequence)?;
    }
    let mut judged = BTreeSet::new();
    while judged.len() < 64 {
        judged.insert(answer(&mut answers).await?.sequence);
    }
    let metrics = node.metrics().await?;
    let runs =
        metrics.lines().find(|line| line.starts_with("iris_detect_batch_pictures_count")).context("no batches")?;
    let runs: f64 = runs.rsplit(' ').next().context("no number")?.parse()?;
    ensure!(runs < 64.0, "{runs} runs for 64 pictures: nothing was batched");

    let mut heartbeats = rig.bus.all_samples(topic::HEARTBEAT).await?;
    let (_, heartbeat) = tokio::time::timeout(SOON, heartbeats.next()).await?.context("the bus was closed")?;
    let ServiceState::Detect(state) = heartbeat.state else { anyhow::bail!("{heartbeat:?}") };
    ensure!(state.device == "cpu" && state.providers == ["CPUExecutionProvider"], "{state:?}");
    ensure!(
        state.model == "yolov8-open" && !state.classes.is_empty() && !state.runtime_version.is_empty(),
        "{state:?}"
    );

    // Told to stop, it goes within the time it has.
    ensure!(node.terminate().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wanted_device_that_is_missing_is_an_error_that_says_what_to_do() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let mut node = rig.node("one", "tensorrt")?;
    let status = node.process().ended(SOON).await?;
    let log = node.process().log();
    ensure!(!status.success() && log.contains("use device `tensorrt`") && log.contains("install"), "{status}: {log}");
    Ok(())
}
