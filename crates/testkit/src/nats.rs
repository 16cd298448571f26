//! A real NATS server with JetStream for one test: own port, own store, the configuration that `deploy/` ships.
//! It can be stopped, killed and started again on the same port with the same store.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nats/nats.conf");

/// A start takes 20 ms; a machine busy with other tests may take a hundred times that, not more.
const START_WITHIN: Duration = Duration::from_secs(10);

/// The server, running unless stopped. Dropping it kills the process and removes the store.
pub struct NatsServer {
    port: u16,
    folder: TempDir,
    process: Option<Process>,
}

impl NatsServer {
    /// Starts a server on a free port and returns when it takes connections.
    ///
    /// # Errors
    /// `nats-server` is not installed (`deploy/install --run`) or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("iris-nats-").context("make a folder for NATS")?;
        let mut server = Self { port: free_port()?, folder, process: None };
        server.start_again().await?;
        Ok(server)
    }

    /// The address for clients, `nats://127.0.0.1:<port>`; the same after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill`](Self::kill): same port, same store.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let store = self.folder.path().display().to_string();
        let args = ["-c", CONFIGURATION, "-p", &self.port.to_string(), "-sd", &store].map(String::from).into();
        let path = Path::new("nats-server");
        let program = Program { name: "nats-server", path, args, env: Vec::new(), log_dir: self.folder.path() };
        let process = self.process.insert(Process::start(&program)?);
        let port = self.port;
        wait::until(START_WITHIN, "NATS to take connections", || {
            let alive = process.check_running();
            async move { alive.and(greets_with_jetstream(port).await) }
        })
        .await
    }

    /// Stops the server as an operator would. Stopping what is stopped does nothing.
    ///
    /// # Errors
    /// It does not stop within 10 s.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        match self.process.take() {
            Some(mut process) => process.terminate(Duration::from_secs(10)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Kills the server (`kill -9`) and waits until it is gone.
    pub fn kill(&mut self) {
        self.process = None;
    }
}

/// A NATS server speaks first: one line with what it can do.
async fn greets_with_jetstream(port: u16) -> anyhow::Result<()> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.with_context(|| format!("connect to NATS at {port}"))?;
    let mut greeting = String::new();
    BufReader::new(stream).read_line(&mut greeting).await.context("read the greeting of NATS")?;
    ensure!(greeting.contains(r#""jetstream":true"#), "the server at {port} is not NATS with JetStream: {greeting}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn comes_back_on_the_same_port() {
        let mut server = NatsServer::start().await.unwrap();
        let url = server.url();
        server.kill();
        assert!(greets_with_jetstream(server.port).await.is_err());
        server.start_again().await.unwrap();
        server.stop().await.unwrap();
        assert!(greets_with_jetstream(server.port).await.is_err());
        server.start_again().await.unwrap();
        assert_eq!(server.url(), url);
    }
}
