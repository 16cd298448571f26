//! A bus with ingest, and where wanted detect; the measurements play the gateway.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::{CameraPhase, ServiceState, WantedCamera};
use iris_bus::{Bus, BusOptions, topic};
use iris_domain::{CameraId, CameraTuning, RtspTransport, SourceUrl, Timestamp};
use iris_testkit::nats::NatsServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use tempfile::TempDir;

/// Connecting many cameras at once on a small machine.
const ONLINE_WITHIN: Duration = Duration::from_secs(60);

pub struct Rig {
    pub nats: NatsServer,
    pub bus: Bus,
    pub folder: TempDir,
}

impl Rig {
    pub async fn start() -> anyhow::Result<Self> {
        let nats = NatsServer::start().await?;
        let bus = connect(&nats.url()).await?;
        Ok(Self { nats, bus, folder: tempfile::tempdir()? })
    }

    pub async fn ingest(&self) -> anyhow::Result<ServiceProcess> {
        let env = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_DATA_DIR", self.folder.path().join("data").display().to_string()),
        ];
        let mut ingest = ServiceProcess::start("iris-ingest", "ingest", owned(&env), self.folder.path())?;
        ingest.ready().await?;
        Ok(ingest)
    }

    pub async fn detect(&self, model: &Path) -> anyhow::Result<ServiceProcess> {
        let env = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_MODEL", model.display().to_string()),
            ("IRIS_DEVICE", "cpu".to_owned()),
            ("IRIS_THREADS", "1".to_owned()),
        ];
        let mut detect = ServiceProcess::start("iris-detect", "detect", owned(&env), self.folder.path())?;
        detect.ready().await?;
        Ok(detect)
    }

    /// Wants cameras `1..=count` and waits until they are online.
    pub async fn watch(&self, count: i64, url: &str, tuning: &CameraTuning) -> anyhow::Result<()> {
        let table = self.bus.cameras().await?;
        for id in 1..=count {
            let camera = WantedCamera {
                id: CameraId::new(id)?,
                name: format!("camera {id}"),
                source: SourceUrl::parse(url, false)?,
                transport: RtspTransport::Tcp,
                enabled: true,
                source_generation: 1,
                tuning: tuning.clone(),
            };
            table.put(&camera).await?;
        }
        table.set_complete().await?;
        let mut heartbeats = self.bus.all_samples(topic::HEARTBEAT).await?;
        let all_online = async {
            while let Some((_, heartbeat)) = heartbeats.next().await {
                let ServiceState::Ingest(state) = heartbeat.state else { continue };
                if state.cameras.iter().filter(|camera| camera.phase == CameraPhase::Online).count() as i64 == count {
                    return;
                }
            }
        };
        tokio::time::timeout(ONLINE_WITHIN, all_online).await.context("not all cameras came online")
    }
}

/// By this machine's clock.
pub fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

/// A client of a bus, once it is connected.
pub async fn connect(url: &str) -> anyhow::Result<Bus> {
    let bus = Bus::connect(&BusOptions { url: url.to_owned(), name: "bench".to_owned() }).await?;
    wait::until(Duration::from_secs(10), "the bus", || async {
        ensure!(bus.is_connected());
        Ok(())
    })
    .await?;
    Ok(bus)
}

fn owned(env: &[(&str, String)]) -> Vec<(String, String)> {
    env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
