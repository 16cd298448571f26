//! How pictures judged a second grow with the detection nodes that take them. The cameras are played from memory.

mod cameras;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_domain::Class;
use iris_inference::{BatchSupport, DetectOutcome, DetectRequest, DetectorInfo, Family, InputSize, Timing};
use iris_runtime::{CommonSettings, SecretUrl, Service};
use iris_testkit::nats::NatsServer;
use tokio::task::JoinSet;

use crate::report::{Bar, Report};
use crate::rig::Rig;
use cameras::Cameras;

/// The counts that are compared with one node.
const NODES: [usize; 2] = [4, 16];
/// How long a node takes for a picture, as a graphics card might.
const JUDGING: Duration = Duration::from_millis(20);
/// What YOLOX-Nano at 416 is sent of a camera of 16:9.
const SIZE: [u32; 2] = [416, 234];
/// Cameras for each node, five pictures a second each: a fifth more than it can judge.
const CAMERAS: usize = 12;
const INTERVAL: Duration = Duration::from_millis(200);

/// The demo's own detector, and what it is sent of a camera of 16:9.
const DETECTOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/iris-detector.onnx");
const DETECTOR_SIZE: [u32; 2] = [640, 360];
/// Cameras for each process, that send as many as they are allowed to.
const CAMERAS_UNBOUNDED: usize = 16;

/// Nodes whose model is a wait: everything but the model is the detection service's own.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let one = judged_by_waiting(1).await?;
    report.add("nodes: pictures a second, one that takes 20 ms for each", one, "/s", Bar::None);
    for nodes in NODES {
        let many = judged_by_waiting(nodes).await?;
        report.add(format!("nodes: pictures a second, {nodes}"), many, "/s", Bar::None);
        let bar = if nodes == 16 { Bar::AtLeast(0.95) } else { Bar::None };
        report.add(format!("nodes: {nodes} over {nodes} times one"), many / (one * nodes as f64), "", bar);
    }
    Ok(())
}

async fn judged_by_waiting(nodes: usize) -> anyhow::Result<f64> {
    let nats = NatsServer::start().await?;
    let mut contexts = Vec::new();
    let mut running = JoinSet::new();
    for number in 0..nodes {
        let common = CommonSettings {
            nats_url: SecretUrl::parse(&nats.url())?,
            instance: Some(format!("node-{number}")),
            ..CommonSettings::default()
        };
        let service = Service { name: "detect", version: env!("CARGO_PKG_VERSION") };
        let context = iris_runtime::Context::new(service, common);
        running.spawn(iris_detect::serve(context.clone(), waiting_model()?, "none".to_owned(), Box::new(wait)));
        contexts.push(context);
    }
    let cameras = Cameras { count: CAMERAS * nodes, size: SIZE, interval: INTERVAL };
    let judged = cameras.judged_a_second(&nats.url()).await?;
    contexts.iter().for_each(|context| context.shutdown.cancel());
    while let Some(node) = running.join_next().await {
        node.context("a node")??;
    }
    Ok(judged)
}

fn waiting_model() -> anyhow::Result<DetectorInfo> {
    Ok(DetectorInfo {
        name: "wait".to_owned(),
        family: Family::Yolox,
        input_size: InputSize::Fixed { width: SIZE[0], height: SIZE[0] },
        max_batch: BatchSupport::Fixed(1),
        classes: vec![Class::person()],
        device: "none".to_owned(),
        providers: Vec::new(),
        fingerprint: String::new(),
    })
}

fn wait(pictures: &[DetectRequest<'_>]) -> anyhow::Result<Vec<DetectOutcome>> {
    let judge = |_: &DetectRequest<'_>| {
        std::thread::sleep(JUDGING);
        DetectOutcome { detections: Vec::new(), timing: Timing { inference: JUDGING, ..Timing::default() } }
    };
    Ok(pictures.iter().map(judge).collect())
}

/// The real process with the demo's detector: one on one core, then two on two.
pub async fn on_cores(report: &mut Report) -> anyhow::Result<()> {
    if std::thread::available_parallelism()?.get() < 2 {
        println!("skipped: two processes on two cores need two");
        return Ok(());
    }
    let (one, two) = (judged_on_cores(1).await?, judged_on_cores(2).await?);
    report.add("cores: pictures a second, one detect on one core", one, "/s", Bar::None);
    report.add("cores: pictures a second, two on two", two, "/s", Bar::None);
    report.add("cores: two over one", two / one, "", Bar::AtLeast(1.8));
    Ok(())
}

async fn judged_on_cores(processes: usize) -> anyhow::Result<f64> {
    let rig = Rig::start().await?;
    let mut running = Vec::new();
    for core in 0..processes {
        let mut detect = rig.detect(Path::new(DETECTOR)).await?;
        pin(detect.process().pid(), core)?;
        running.push(detect);
    }
    let cameras = Cameras { count: CAMERAS_UNBOUNDED * processes, size: DETECTOR_SIZE, interval: Duration::ZERO };
    cameras.judged_a_second(&rig.nats.url()).await
}

/// Keeps a process, all its threads, on one core.
fn pin(pid: u32, core: usize) -> anyhow::Result<()> {
    let (pid, core) = (pid.to_string(), core.to_string());
    let output = Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", &core, &pid]).output();
    let output = output.context("run taskset")?;
    ensure!(output.status.success(), "pin to core {core}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
