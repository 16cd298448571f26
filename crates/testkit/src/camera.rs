//! Cameras for tests: GStreamer's RTSP server (`camera/rtsp_camera.py`) playing files in a loop on a port of its own.
//! It can be switched off and on again at the same address, like a camera that lost its power.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/camera/rtsp_camera.py");

/// Debian's own Python, for which Debian packages the GStreamer bindings; another one in `PATH` would not have them.
const PYTHON: &str = "/usr/bin/python3";

/// Python and GStreamer load in under a second, in several on a machine that compiles at the same time.
const START_WITHIN: Duration = Duration::from_secs(20);

/// One RTSP server with one or more streams, running unless stopped. Dropping it kills the process.
pub struct RtspCamera {
    port: u16,
    args: Vec<String>,
    folder: TempDir,
    process: Option<Process>,
}

impl RtspCamera {
    /// Starts a server that plays each file in a loop under its name, and returns when it answers.
    ///
    /// # Errors
    /// GStreamer's RTSP server is not installed (`deploy/install --run`), or the script refuses the files.
    pub async fn start(streams: &[(&str, &Path)]) -> anyhow::Result<Self> {
        Self::start_with(streams, &[]).await
    }

    /// Like [`start`](Self::start), with further arguments for the script (its `--help` lists them).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(streams: &[(&str, &Path)], further: &[&str]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = TempDir::with_prefix("iris-camera-").context("make a folder for the camera's log")?;
        let mut args = vec![SCRIPT.to_owned(), "--port".to_owned(), port.to_string()];
        for (name, file) in streams {
            args.extend(["--stream".to_owned(), format!("{name}={}", file.display())]);
        }
        args.extend(further.iter().map(ToString::to_string));
        let mut camera = Self { port, args, folder, process: None };
        camera.start_again().await?;
        Ok(camera)
    }

    /// The address of a stream, without credentials; the same after a restart.
    #[must_use]
    pub fn url(&self, stream: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{stream}", self.port)
    }

    /// The server's port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The running server, to pause it or to read its log.
    pub fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Switches the server on again after [`stop`](Self::stop), at the same address. The files start from their beginning.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let program = Program {
            name: "camera",
            path: Path::new(PYTHON),
            args: self.args.clone(),
            env: Vec::new(),
            log_dir: self.folder.path(),
        };
        let process = self.process.insert(Process::start(&program)?);
        let port = self.port;
        wait::until(START_WITHIN, "the camera to answer", || {
            let alive = process.check_running();
            async move {
                alive?;
                TcpStream::connect(("127.0.0.1", port)).await.context("connect to the camera").map(drop)
            }
        })
        .await
    }

    /// Switches the server off as a power cut would: no goodbye to anybody.
    pub fn stop(&mut self) {
        self.process = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::process::Command;

    /// What `ffprobe` sees of a stream, one codec a line.
    async fn codecs(url: &str) -> String {
        let arguments =
            ["-v", "error", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
        let probed = Command::new("ffprobe").args(arguments).arg(url).kill_on_drop(true).output().await.unwrap();
        String::from_utf8(probed.stdout).unwrap()
    }

    #[tokio::test]
    async fn shows_a_picture_before_and_after_it_was_off() {
        let mut camera = RtspCamera::start_with(&[], &["--pattern", "testsrc"]).await.unwrap();
        let url = camera.url("stream");
        assert_eq!(codecs(&url).await, "h264\naac\n");
        camera.stop();
        assert_eq!(codecs(&url).await, "");
        camera.start_again().await.unwrap();
        assert_eq!(codecs(&url).await, "h264\naac\n");
    }
}
