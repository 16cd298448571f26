//! Recording only: CPU and memory of 16 cameras beside 16 times `ffmpeg -c copy -f segment` on the same stream, at the same time.

use std::time::Duration;

use iris_domain::CameraTuning;
use iris_testkit::camera::RtspCamera;
use tokio::process::{Child, Command};

use crate::report::{Bar, Report};
use crate::rig::Rig;
use crate::{film, process};

const CAMERAS: i64 = 16;
/// Connecting is over, and buffers have their size.
const SETTLED_AFTER: Duration = Duration::from_secs(10);
const MEASURED_FOR: Duration = Duration::from_secs(30);

pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = film::pattern(rig.folder.path(), "1920x1080", 25, 4000, 20)?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let url = source.url("street");
    let mut ingest = rig.ingest().await?;
    let pid = ingest.process().pid();
    rig.watch(1, &url, &CameraTuning::default()).await?;
    tokio::time::sleep(SETTLED_AFTER).await;
    let memory_of_one = process::resident_mib(pid)?;

    rig.watch(CAMERAS, &url, &CameraTuning::default()).await?;
    let baseline: Vec<Child> =
        (0..CAMERAS).map(|number| ffmpeg(&url, rig.folder.path(), number)).collect::<anyhow::Result<_>>()?;
    let pids: Vec<u32> = baseline.iter().filter_map(Child::id).collect();
    tokio::time::sleep(SETTLED_AFTER).await;
    let used = || anyhow::Ok((process::cpu_seconds(pid)?, sum(&pids)?));
    let (iris_before, ffmpeg_before) = used()?;
    tokio::time::sleep(MEASURED_FOR).await;
    let (iris_after, ffmpeg_after) = used()?;
    let percent = |seconds: f64| 100.0 * seconds / MEASURED_FOR.as_secs_f64() / CAMERAS as f64;
    let (iris, ffmpeg) = (percent(iris_after - iris_before), percent(ffmpeg_after - ffmpeg_before));
    report.add("recording: CPU per 1080p25 camera, Iris", iris, "%", Bar::None);
    report.add("recording: CPU per 1080p25 camera, ffmpeg -c copy -f segment", ffmpeg, "%", Bar::None);
    report.add("recording: CPU, Iris over ffmpeg", iris / ffmpeg, "", Bar::AtMost(1.3));
    let further = (process::resident_mib(pid)? - memory_of_one) / (CAMERAS - 1) as f64;
    report.add("recording: memory of the first camera's process", memory_of_one, "MiB", Bar::None);
    report.add("recording: memory per further camera", further, "MiB", Bar::AtMost(40.0));
    Ok(())
}

fn ffmpeg(url: &str, folder: &std::path::Path, number: i64) -> anyhow::Result<Child> {
    let folder = folder.join(format!("baseline-{number}"));
    std::fs::create_dir(&folder)?;
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-c", "copy", "-f", "segment"]);
    command.args(["-segment_time", "2", "-segment_format", "mpegts"]).arg(folder.join("%05d.ts"));
    Ok(command.kill_on_drop(true).spawn()?)
}

fn sum(pids: &[u32]) -> anyhow::Result<f64> {
    pids.iter().map(|pid| process::cpu_seconds(*pid)).sum()
}
