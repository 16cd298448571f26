//! A bus, a film to stream, and ingest processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::{CameraState, Heartbeat, MediaReply, MediaRequest, ServiceState, WantedCamera};
use iris_bus::{Bus, BusOptions, topic};
use iris_domain::{CameraId, CameraTuning, RtspTransport, SegmentName, SourceUrl};
use iris_testkit::nats::NatsServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use tempfile::TempDir;

/// Connecting, a first key frame and two segments of about 2 s, on a machine that does other things too.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Rig {
    pub nats: NatsServer,
    pub bus: Bus,
    pub folder: TempDir,
}

impl Rig {
    pub async fn start() -> anyhow::Result<Self> {
        let nats = NatsServer::start().await?;
        let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await?;
        let folder = tempfile::tempdir()?;
        wait::until(SOON, "the bus", || {
            let connected = bus.is_connected();
            async move {
                ensure!(connected);
                Ok(())
            }
        })
        .await?;
        Ok(Self { nats, bus, folder })
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// An ingest process of this cell.
    pub fn ingest(&self, instance: &str) -> anyhow::Result<ServiceProcess> {
        let env = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_DATA_DIR", self.data_dir().display().to_string()),
            ("IRIS_INSTANCE", instance.to_owned()),
            ("IRIS_OPEN_TIMEOUT_SECONDS", "3".to_owned()),
            ("IRIS_STALL_TIMEOUT_SECONDS", "3".to_owned()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
        ServiceProcess::start("iris-ingest", instance, env, self.folder.path())
    }

    pub async fn want(&self, camera: &WantedCamera) -> anyhow::Result<()> {
        let table = self.bus.cameras().await?;
        table.put(camera).await?;
        Ok(table.set_complete().await?)
    }

    /// The buffer of a camera, as its owner tells it.
    pub async fn segments(&self, camera: i64) -> anyhow::Result<Vec<SegmentName>> {
        let list = MediaRequest::List { newest: 1000 };
        match self.bus.ask(topic::ASK_MEDIA, camera, &list, Duration::from_secs(2)).await? {
            MediaReply::Segments(names) => Ok(names),
            other => anyhow::bail!("{other:?}"),
        }
    }

    pub async fn recorded(&self, camera: i64, at_least: usize) -> anyhow::Result<Vec<SegmentName>> {
        wait::until(SOON, "recorded segments", || async {
            let names = self.segments(camera).await?;
            ensure!(names.len() >= at_least, "{} segments", names.len());
            Ok(names)
        })
        .await
    }

    /// Waits for a state of a camera, as heartbeats tell it.
    pub async fn state(&self, camera: i64, wanted: impl Fn(&CameraState) -> bool) -> anyhow::Result<CameraState> {
        let mut heartbeats = self.bus.all_samples(topic::HEARTBEAT).await?;
        let mut last = None;
        let waited = tokio::time::timeout(SOON, async {
            while let Some((_, heartbeat)) = heartbeats.next().await {
                for state in cameras(heartbeat).into_values().filter(|state| state.camera.get() == camera) {
                    if wanted(&state) {
                        return Some(state);
                    }
                    last = Some(state);
                }
            }
            None
        })
        .await;
        waited.ok().flatten().with_context(|| format!("camera {camera} stayed {last:?}"))
    }

    /// Segment files on disk, whoever wrote them.
    pub fn files(&self, camera: i64) -> Vec<SegmentName> {
        let Ok(entries) = std::fs::read_dir(self.data_dir().join("segments").join(camera.to_string())) else {
            return vec![];
        };
        let mut names: Vec<SegmentName> =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        names.sort();
        names
    }

    /// Where a segment lies.
    pub fn segment_file(&self, camera: i64, segment: &SegmentName) -> PathBuf {
        self.data_dir().join("segments").join(camera.to_string()).join(segment.to_string())
    }
}

/// The cameras in an ingest heartbeat.
pub fn cameras(heartbeat: Heartbeat) -> BTreeMap<CameraId, CameraState> {
    match heartbeat.state {
        ServiceState::Ingest(ingest) => ingest.cameras.into_iter().map(|state| (state.camera, state)).collect(),
        _ => BTreeMap::new(),
    }
}

pub fn wanted(id: i64, url: &str) -> WantedCamera {
    WantedCamera {
        id: CameraId::new(id).expect("a positive id"),
        name: format!("camera {id}"),
        source: SourceUrl::parse(url, false).expect("a stream address"),
        transport: RtspTransport::Tcp,
        enabled: true,
        source_generation: 1,
        tuning: CameraTuning::default(),
    }
}

/// Twenty seconds of a moving pattern with sound, a key frame each second.
pub fn film(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join("film.mp4");
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=20"])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:duration=20", "-c:v", "libx264", "-preset", "ultrafast"])
        .args(["-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"])
        .arg(&file)
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg made no film");
    Ok(file)
}

/// A bright upright box, as large as a person some metres away, on a dark ground of 1280x720 px for ten seconds; it walks so many
/// pixels a second to the right.
pub fn walking_box(folder: &Path, pixels_a_second: u32) -> anyhow::Result<PathBuf> {
    let file = folder.join("box.mp4");
    let walk = format!("overlay=x=60+{pixels_a_second}*t:y=200,format=yuv420p");
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "color=0x202020:size=1280x720:rate=25:duration=10"])
        .args(["-f", "lavfi", "-i", "color=white:size=120x360:rate=25:duration=10", "-filter_complex", &walk])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "25"])
        .arg(&file)
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg made no film");
    Ok(file)
}

/// A JPEG's pixels in a format of ffmpeg's, such as `gray`, and its width and height.
pub async fn decode(jpeg: &[u8], format: &str) -> anyhow::Result<(Vec<u8>, usize, usize)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("picture.jpg");
    std::fs::write(&file, jpeg)?;
    let output = tokio::process::Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&file)
        .args(["-pix_fmt", format, "-f", "rawvideo", "-"])
        .output()
        .await?;
    let size = tokio::process::Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0"])
        .arg(&file)
        .output()
        .await?;
    let size = String::from_utf8(size.stdout)?;
    let (width, height) = size.trim().split_once(',').context("no size")?;
    ensure!(output.status.success(), "ffmpeg read no JPEG");
    Ok((output.stdout, width.parse()?, height.parse()?))
}
