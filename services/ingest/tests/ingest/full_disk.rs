//! A disk too small for the buffer: the camera says so, the oldest part of its buffer makes room, and recording goes on.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use iris_bus::message::CameraPhase;
use iris_testkit::camera::RtspCamera;
use iris_testkit::port::free_port;
use iris_testkit::process::{Process, Program};

use crate::rig::{self, Rig};

/// Room for some seconds of the film.
const MOUNT: &str = "mount -t tmpfs -o size=1m disk";

/// Ingest with a data folder on a disk of its own, which nobody else sees and which goes with the process.
fn ingest(rig: &Rig) -> anyhow::Result<Process> {
    let data = rig.data_dir().display().to_string();
    let script = format!("{MOUNT} \"$1\" && exec \"$2\"");
    let args = ["-m", "sh", "-c", &script, "sh", &data, env!("CARGO_BIN_EXE_iris-ingest")];
    let env = [
        ("IRIS_NATS_URL", rig.nats.url()),
        ("IRIS_DATA_DIR", data.clone()),
        ("IRIS_INSTANCE", "one".to_owned()),
        ("IRIS_HEALTH_LISTEN", format!("127.0.0.1:{}", free_port()?)),
    ];
    Process::start(&Program {
        name: "one",
        path: Path::new("unshare"),
        args: args.map(ToOwned::to_owned).to_vec(),
        env: env.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        log_dir: rig.folder.path(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_makes_room() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    std::fs::create_dir(rig.data_dir())?;
    let mut attempt = Command::new("unshare");
    let may_mount = attempt.args(["-m", "sh", "-c", &format!("{MOUNT} \"$1\""), "sh"]).arg(rig.data_dir()).output()?;
    if !may_mount.status.success() {
        println!("skipped: mounting a small disk needs root");
        return Ok(());
    }
    let film = rig::film(rig.folder.path())?;
    let camera = RtspCamera::start(&[("street", &film)]).await?;
    let mut ingest = ingest(&rig)?;
    rig.want(&rig::wanted(1, &camera.url("street"))).await?;

    let state = rig.state(1, |state| state.phase == CameraPhase::Error).await?;
    ensure!(state.detail.as_deref() == Some("the disk is full"), "{state:?}");
    rig.state(1, |state| state.phase == CameraPhase::Online).await?;
    let after = rig.recorded(1, 1).await?;
    ensure!(after[0].sequence > 0, "the oldest segments made room: {after:?}");
    ensure!(after.iter().all(|name| name.run == after[0].run), "the camera was connected again: {after:?}");
    ingest.check_running()
}
