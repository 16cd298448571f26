//! A real NATS server with JetStream for one test: own port, own store, the configuration that `deploy/` ships: the open one, or
//! that of a deployment with users and TLS. It can be stopped, killed and started again on the same port with the same store.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

use crate::deployment::Deployment;
use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nats/nats.conf");

/// A start takes 20 ms; a machine busy with other tests may take a hundred times that, not more.
const START_WITHIN: Duration = Duration::from_secs(10);

/// The server, running unless stopped. Dropping it kills the process and removes the store.
pub struct NatsServer {
    port: u16,
    configuration: PathBuf,
    /// Arguments and variables that the configuration wants.
    args: Vec<String>,
    env: Vec<(String, String)>,
    folder: TempDir,
    process: Option<Process>,
}

impl NatsServer {
    /// Starts a server on a free port and returns when it takes connections.
    ///
    /// # Errors
    /// `nats-server` is not installed (`deploy/install --run`) or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(free_port()?, CONFIGURATION.into(), Vec::new(), Vec::new()).await
    }

    /// Starts the server of a deployment at the port that its secrets were made for.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_deployed(deployment: &Deployment, port: u16) -> anyhow::Result<Self> {
        Self::start_by(deployment, port, deployment.configuration("nats/server.conf")).await
    }

    /// Starts the three servers of the example of a cluster, one after the other; they find each other when the last one is there.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_three(deployment: &Deployment) -> anyhow::Result<[Self; 3]> {
        let example = fs::read_to_string(deployment.configuration("nats/cluster.conf")).context("read the example")?;
        let ports: [(u16, u16); 3] =
            [(free_port()?, free_port()?), (free_port()?, free_port()?), (free_port()?, free_port()?)];
        let routes = (1..).zip(ports).fold(example, |text, (number, (_, route))| {
            text.replace(&format!("nats-{number}:6222"), &format!("127.0.0.1:{route}"))
        });
        let start = async |number: usize| {
            let (port, route) = ports[number];
            let own = routes
                .replace("0.0.0.0:6222", &format!("127.0.0.1:{route}"))
                .replace("nats-1:4222", &format!("127.0.0.1:{port}"))
                .replace("server_name: nats-1", &format!("server_name: nats-{}", number + 1));
            let file = deployment.configuration(&format!("nats/cluster-{}.conf", number + 1));
            fs::write(&file, own).context("write a server's configuration")?;
            Self::start_by(deployment, port, file).await
        };
        Ok([start(0).await?, start(1).await?, start(2).await?])
    }

    async fn start_by(deployment: &Deployment, port: u16, configuration: PathBuf) -> anyhow::Result<Self> {
        let env = [("NATS_TLS_CERT", "nats.crt"), ("NATS_TLS_KEY", "nats.key"), ("NATS_TLS_CA", "tls_ca.crt")];
        let env = env.map(|(name, file)| (name.to_owned(), deployment.secret(file).display().to_string())).into();
        let args = vec!["-m".to_owned(), free_port()?.to_string()];
        Self::start_with(port, configuration, args, env).await
    }

    async fn start_with(
        port: u16,
        configuration: PathBuf,
        args: Vec<String>,
        env: Vec<(String, String)>,
    ) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("iris-nats-").context("make a folder for NATS")?;
        let mut server = Self { port, configuration, args, env, folder, process: None };
        server.start_again().await?;
        Ok(server)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address for clients, `nats://127.0.0.1:<port>`; the same after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Everything the server has logged, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// The running server's process; `None` while it is down.
    pub fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill`](Self::kill): same port, same store.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let store = self.folder.path().display().to_string();
        let configuration = self.configuration.display().to_string();
        let mut args: Vec<String> =
            ["-c", &configuration, "-p", &self.port.to_string(), "-sd", &store].map(String::from).into();
        args.extend_from_slice(&self.args);
        let path = Path::new("nats-server");
        let program = Program { name: "nats-server", path, args, env: self.env.clone(), log_dir: self.folder.path() };
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
