//! One of our services as a real process, from the binary that cargo built beside the test.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

/// A service promises to drain within 10 s; half as much again is late.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// Ready includes the database, the bus and, in detect, a loaded model, on a machine that runs other tests.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A service that can be killed and started again with the same settings. Dropping it kills the process.
pub struct ServiceProcess {
    binary: PathBuf,
    name: String,
    env: Vec<(String, String)>,
    health: String,
    log_dir: PathBuf,
    process: Process,
}

impl ServiceProcess {
    /// Starts a binary, e.g. `iris-ingest`, with the given settings and a health port of its own. `name` names its log in
    /// `log_dir`, so that two of a kind can run. It may not be ready yet.
    ///
    /// # Errors
    /// The binary has not been built (`cargo build --workspace --bins`).
    pub fn start(binary: &str, name: &str, env: Vec<(String, String)>, log_dir: &Path) -> anyhow::Result<Self> {
        let binary = built(binary)?;
        let health = format!("127.0.0.1:{}", free_port()?);
        let mut env = env;
        env.push(("IRIS_HEALTH_LISTEN".to_owned(), health.clone()));
        let process = spawn(&binary, name, &env, log_dir)?;
        Ok(Self { binary, name: name.to_owned(), env, health, log_dir: log_dir.to_owned(), process })
    }

    /// Waits until the service says on its health port that it can do its work.
    ///
    /// # Errors
    /// It ends, or is not ready in 30 s; the text has what its health port said last.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let what = format!("{} to be ready", self.name);
        let (url, process) = (format!("http://{}/ready", self.health), &mut self.process);
        wait::until(READY_WITHIN, &what, || {
            let (alive, url) = (process.check_running(), url.clone());
            async move { alive.and(answers_ok(&url).await) }
        })
        .await
    }

    /// Where its health port listens.
    #[must_use]
    pub fn health_address(&self) -> &str {
        &self.health
    }

    /// The text of `/metrics`, in Prometheus' format.
    ///
    /// # Errors
    /// The health port does not answer.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        let response = reqwest::get(format!("http://{}/metrics", self.health)).await.context("ask for metrics")?;
        response.text().await.with_context(|| format!("read the metrics of {}", self.name))
    }

    /// The process, to signal it or to read its log.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Kills the service as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// It cannot be reaped.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.process.kill9()
    }

    /// Stops the service as an operator would.
    ///
    /// # Errors
    /// It takes longer than it may.
    pub async fn terminate(&mut self) -> anyhow::Result<ExitStatus> {
        self.process.terminate(STOP_WITHIN).await
    }

    /// Starts the service again, with the same settings, after [`kill9`](Self::kill9) or [`terminate`](Self::terminate).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.process = spawn(&self.binary, &self.name, &self.env, &self.log_dir)?;
        Ok(())
    }
}

fn spawn(binary: &Path, name: &str, env: &[(String, String)], log_dir: &Path) -> anyhow::Result<Process> {
    Process::start(&Program { name, path: binary, args: Vec::new(), env: env.to_vec(), log_dir })
}

/// Where one of our programs is, e.g. `iris-ingest`. Cargo puts a package's binaries in the folder above its test programs, and beside
/// its other binaries.
///
/// # Errors
/// It has not been built (`cargo build --workspace --bins`).
pub fn built(binary: &str) -> anyhow::Result<PathBuf> {
    let running = std::env::current_exe().context("find the running program")?;
    let beside = running.parent().context("find cargo's target folder")?;
    let is_test = beside.file_name().is_some_and(|name| name == "deps");
    let profile = if is_test { beside.parent().context("find cargo's target folder")? } else { beside };
    let path = profile.join(binary);
    ensure!(path.is_file(), "{} has not been built: cargo build --workspace --bins", path.display());
    Ok(path)
}

async fn answers_ok(url: &str) -> anyhow::Result<()> {
    let response = reqwest::get(url).await.with_context(|| format!("ask {url}"))?;
    let status = response.status();
    ensure!(status.is_success(), "{url} answers {status}: {}", response.text().await.unwrap_or_default());
    Ok(())
}
