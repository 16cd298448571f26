//! `strange_camera.py` as a process, and the footage it sends: byte for byte what a test wants, well or not.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use iris_testkit::port::free_port;
use iris_testkit::process::{Process, Program};
use iris_testkit::wait;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::rig::SOON;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ingest/strange_camera.py");

/// Length of an MPEG-TS packet.
const TS_PACKET: usize = 188;

/// A running server; gone when dropped.
pub struct StrangeCamera {
    scheme: &'static str,
    port: u16,
    process: Process,
}

impl StrangeCamera {
    /// Plays each film, given as takes of so many seconds, under its name; by HTTPS when there is a certificate.
    pub async fn start(folder: &Path, films: &[(&str, &[(f32, PathBuf)])], pem: Option<&Path>) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut args = vec![SCRIPT.to_owned(), "--port".to_owned(), port.to_string()];
        for (name, takes) in films {
            let takes: Vec<_> = takes.iter().map(|(seconds, file)| format!("{seconds}:{}", file.display())).collect();
            args.extend(["--film".to_owned(), format!("{name}={}", takes.join(","))]);
        }
        args.extend(pem.into_iter().flat_map(|pem| ["--pem".to_owned(), pem.display().to_string()]));
        let name = format!("strange-{port}");
        let path = Path::new("/usr/bin/python3");
        let mut process = Process::start(&Program { name: &name, path, args, env: Vec::new(), log_dir: folder })?;
        wait::until(SOON, "the strange camera to listen", || {
            let alive = process.check_running();
            async move {
                alive?;
                TcpStream::connect(("127.0.0.1", port)).await.context("connect").map(drop)
            }
        })
        .await?;
        Ok(Self { scheme: if pem.is_some() { "https" } else { "http" }, port, process })
    }

    /// The address of a film, with a password that no log may show.
    pub fn film(&self, name: &str) -> String {
        format!("{}://admin:{PASSWORD}@127.0.0.1:{}/{name}?token={PASSWORD}", self.scheme, self.port)
    }

    /// The address of one of its RTSP answers.
    pub fn rtsp(&self, name: &str) -> String {
        format!("rtsp://admin:{PASSWORD}@127.0.0.1:{}/{name}", self.port)
    }

    /// Fails when the server has ended.
    pub fn check_running(&mut self) -> anyhow::Result<()> {
        self.process.check_running()
    }
}

/// In the addresses of strange cameras.
pub const PASSWORD: &str = "n0tForL0gs";

/// What ffmpeg makes of `arguments`, as `folder/name`.
pub async fn footage(folder: &Path, name: &str, arguments: &str) -> anyhow::Result<PathBuf> {
    let file = folder.join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y"]).args(arguments.split_whitespace()).arg(&file);
    let made = ffmpeg.kill_on_drop(true).output().await.context("run ffmpeg")?;
    ensure!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
    Ok(file)
}

/// A certificate that nobody signed, and its key, in one file.
pub async fn certificate(folder: &Path) -> anyhow::Result<PathBuf> {
    let (pem, key) = (folder.join("camera.pem"), folder.join("camera.key"));
    let mut openssl = Command::new("openssl");
    openssl.args("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=camera -keyout".split(' ')).arg(&key);
    let made = openssl.arg("-out").arg(&pem).kill_on_drop(true).output().await.context("run openssl")?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let both = std::fs::read_to_string(&pem)? + &std::fs::read_to_string(&key)?;
    std::fs::write(&pem, both)?;
    Ok(pem)
}

/// A copy of an MPEG-TS file in which every `nth` packet is missing.
pub fn with_losses(whole: &Path, nth: usize, lossy: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(whole)?;
    let kept = bytes.chunks(TS_PACKET).enumerate().filter(|(place, _)| place % nth != nth - 1);
    Ok(std::fs::write(lossy, kept.flat_map(|(_, packet)| packet).copied().collect::<Vec<_>>())?)
}

/// One stream of a file: its codec, its size where it has one, and how many of its packets can be decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    pub codec: String,
    pub width: u64,
    pub frames: usize,
}

/// What a player sees in a file.
pub async fn decoded(file: &Path) -> anyhow::Result<Vec<Decoded>> {
    let arguments = "-v quiet -count_frames -show_entries stream=codec_name,width,nb_read_frames -of json";
    let mut ffprobe = Command::new("ffprobe");
    let probed =
        ffprobe.args(arguments.split(' ')).arg(file).kill_on_drop(true).output().await.context("run ffprobe")?;
    let report: Value = serde_json::from_slice(&probed.stdout).with_context(|| format!("probe {}", file.display()))?;
    let stream = |stream: &Value| Decoded {
        codec: stream["codec_name"].as_str().unwrap_or_default().to_owned(),
        width: stream["width"].as_u64().unwrap_or(0),
        frames: stream["nb_read_frames"].as_str().and_then(|frames| frames.parse().ok()).unwrap_or(0),
    };
    Ok(report["streams"].as_array().context("no streams")?.iter().map(stream).collect())
}
