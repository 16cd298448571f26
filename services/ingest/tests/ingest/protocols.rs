//! A working camera by each protocol and codec: each is recorded in files that a player decodes.

use std::path::Path;

use anyhow::ensure;
use iris_bus::message::WantedCamera;
use iris_domain::RtspTransport;
use iris_testkit::camera::RtspCamera;
use iris_testkit::port::free_port;
use iris_testkit::process::{Process, Program};

use crate::rig::{self, Rig};
use crate::strange::{self, StrangeCamera};

/// A camera that pushes to nobody: ffmpeg waits for one RTMP player and plays the film to it.
fn rtmp(folder: &Path, film: &Path, port: u16) -> anyhow::Result<Process> {
    let (film, url) = (film.display().to_string(), format!("rtmp://127.0.0.1:{port}/live/cam"));
    let args = ["-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", &film, "-c", "copy", "-f", "flv"];
    let args = args.into_iter().chain(["-listen", "1", &url]).map(ToOwned::to_owned).collect();
    Process::start(&Program { name: "rtmp", path: Path::new("ffmpeg"), args, env: Vec::new(), log_dir: folder })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_protocol_and_codec_is_recorded() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let folder = rig.folder.path();
    let film = rig::film(folder)?;
    let at = film.display().to_string();
    let pem = strange::certificate(folder).await?;
    let modern = "-c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=error";
    let hevc = strange::footage(folder, "hevc.mp4", &format!("-i {at} {modern} -c:a copy")).await?;
    let hevc_ts = strange::footage(folder, "hevc.ts", &format!("-i {} -c copy", hevc.display())).await?;
    let mute = strange::footage(folder, "mute.ts", &format!("-i {at} -c:v copy -an")).await?;

    let plain = RtspCamera::start(&[("street", &film), ("yard", &hevc)]).await?;
    let secret = ["--tls-pem", &pem.display().to_string(), "--audio", "pcmu"];
    let secret = RtspCamera::start_with(&[("street", &film)], &secret).await?;
    let web = StrangeCamera::start(folder, &[("film", &[(20.0, hevc_ts)])], None).await?;
    let secret_web = StrangeCamera::start(folder, &[("film", &[(20.0, mute)])], Some(&pem)).await?;
    let rtmp_port = free_port()?;
    let _rtmp = rtmp(folder, &film, rtmp_port)?;

    let cameras: [(i64, String, &[&str]); 7] = [
        (1, plain.url("street"), &["h264", "aac"]),
        (2, plain.url("street"), &["h264", "aac"]),
        (3, secret.url("street").replace("rtsp:", "rtsps:"), &["h264", "aac"]),
        (4, web.film("film"), &["hevc", "aac"]),
        (5, secret_web.film("film"), &["h264"]),
        (6, format!("rtmp://127.0.0.1:{rtmp_port}/live/cam"), &["h264", "aac"]),
        (7, plain.url("yard"), &["hevc", "aac"]),
    ];
    let mut ingest = rig.ingest("one")?;
    for (id, url, _) in &cameras {
        let transport = if *id == 2 { RtspTransport::Udp } else { RtspTransport::Tcp };
        rig.want(&WantedCamera { transport, ..rig::wanted(*id, url) }).await?;
    }
    for (id, _, codecs) in &cameras {
        let segments = rig.recorded(*id, 2).await.map_err(|error| error.context(format!("camera {id}")))?;
        // The second is whole: from key frame to key frame.
        let streams = strange::decoded(&rig.segment_file(*id, &segments[1])).await?;
        let found: Vec<_> = streams.iter().map(|stream| stream.codec.as_str()).collect();
        ensure!(found == *codecs, "camera {id}: {streams:?}");
        ensure!((45..=55).contains(&streams[0].frames) && streams[0].width == 320, "camera {id}: {streams:?}");
        ensure!(streams.iter().all(|stream| stream.frames > 0), "camera {id}: {streams:?}");
        ensure!(segments[0].run == segments[1].run, "camera {id} was connected again: {segments:?}");
    }
    ensure!(!ingest.process().log().contains(strange::PASSWORD), "a password is in the log");
    Ok(())
}
