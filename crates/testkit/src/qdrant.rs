//! A real Qdrant for one test, where a program of it is at hand: no registry of packages has one, so `IRIS_TEST_QDRANT` names it. It
//! can be killed and started again on the same ports, with what it held or without.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use anyhow::Context;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

/// The variable that names the program.
const PROGRAM_VARIABLE: &str = "IRIS_TEST_QDRANT";
/// The key that it asks for.
pub const API_KEY: &str = "key-of-a-test";

/// One that was built without optimisation starts in seconds, and the machine runs other tests.
const START_WITHIN: Duration = Duration::from_secs(60);

/// The server, running unless killed. Dropping it kills the process and removes what it held.
pub struct QdrantServer {
    program: PathBuf,
    port: u16,
    http_port: u16,
    folder: TempDir,
    process: Option<Process>,
}

impl QdrantServer {
    /// Starts a server that asks for [`API_KEY`], and returns when it takes connections; `None`, said aloud, where no program is named.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start() -> anyhow::Result<Option<Self>> {
        let Some(program) = env::var_os(PROGRAM_VARIABLE) else {
            println!("skipped: {PROGRAM_VARIABLE} names no program of Qdrant's server");
            return Ok(None);
        };
        let folder = TempDir::with_prefix("iris-qdrant-").context("make a folder for Qdrant")?;
        let (port, http_port) = (free_port()?, free_port()?);
        let mut server = Self { program: program.into(), port, http_port, folder, process: None };
        server.start_again().await?;
        Ok(Some(server))
    }

    /// Its gRPC address; the same after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts the server again after [`kill`](Self::kill): same ports, with what it held.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let env = [
            ("QDRANT__SERVICE__HOST", "127.0.0.1".to_owned()),
            ("QDRANT__SERVICE__GRPC_PORT", self.port.to_string()),
            ("QDRANT__SERVICE__HTTP_PORT", self.http_port.to_string()),
            ("QDRANT__SERVICE__API_KEY", API_KEY.to_owned()),
            ("QDRANT__STORAGE__STORAGE_PATH", path("storage")),
            ("QDRANT__STORAGE__SNAPSHOTS_PATH", path("storage/snapshots")),
            ("QDRANT__TELEMETRY_DISABLED", "true".to_owned()),
            ("QDRANT_INIT_FILE_PATH", path("initialized")),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let log_dir = self.folder.path();
        let program = Program { name: "qdrant", path: &self.program, args: Vec::new(), env, log_dir };
        let process = self.process.insert(Process::start(&program)?);
        let port = self.port;
        wait::until(START_WITHIN, "Qdrant to take connections", || {
            let alive = process.check_running();
            async move { alive.and(Ok(TcpStream::connect(("127.0.0.1", port)).await.map(drop)?)) }
        })
        .await
    }

    /// Kills the server (`kill -9`) and waits until it is gone.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Removes what a killed server held.
    ///
    /// # Errors
    /// The files cannot be removed.
    pub fn empty(&mut self) -> anyhow::Result<()> {
        fs::remove_dir_all(self.folder.path().join("storage")).context("remove what Qdrant held")
    }
}
