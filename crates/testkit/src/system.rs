//! A whole Iris for one test: NATS, Postgres and the four services as real processes on free ports, with a data folder that
//! goes away with it. A test changes it by killing, stopping and restarting its parts.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;
use tempfile::TempDir;

use crate::api::Api;
use crate::nats::NatsServer;
use crate::port::free_port;
use crate::postgres::{PostgresServer, TestDatabase};
use crate::service::ServiceProcess;

const API_KEY: &str = "key-of-a-test";

/// The running system. Its parts stop in the order of the fields.
pub struct System {
    /// The REST API.
    pub api: Api,
    /// Serves the API.
    pub gateway: ServiceProcess,
    /// Records the cameras.
    pub ingest: ServiceProcess,
    /// Finds things in pictures.
    pub detect: ServiceProcess,
    /// Writes events and clips.
    pub recorder: ServiceProcess,
    /// The bus.
    pub nats: NatsServer,
    /// The database server, where the test asked for one of its own.
    pub postgres: Option<PostgresServer>,
    _database: Option<TestDatabase>,
    folder: TempDir,
}

/// What differs from the usual system.
pub struct SystemBuilder {
    settings: Vec<(String, String)>,
    own_postgres: bool,
}

impl System {
    /// A system whose detect runs the given ONNX file on the CPU.
    #[must_use]
    pub fn with_model(model: &Path) -> SystemBuilder {
        let settings = vec![("IRIS_MODEL".to_owned(), model.display().to_string())];
        SystemBuilder { settings, own_postgres: false }
    }

    /// The folder with segments, clips and the services' own state.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder with a log per service.
    #[must_use]
    pub fn log_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a camera and returns its id.
    ///
    /// # Errors
    /// The gateway refuses it.
    pub async fn add_camera(&self, camera: &Value) -> anyhow::Result<i64> {
        let created = self.api.post_json("/api/cameras", camera).await?;
        created["id"].as_i64().with_context(|| format!("find the id in {created}"))
    }
}

impl SystemBuilder {
    /// Gives every service a setting, e.g. `IRIS_SEGMENT_SECONDS`; each takes those that are its own.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// Uses a Postgres server of its own, which the test may stop, instead of a database on the shared one.
    #[must_use]
    pub fn with_own_postgres(mut self) -> Self {
        self.own_postgres = true;
        self
    }

    /// Starts everything and returns when every service is ready.
    ///
    /// # Errors
    /// A part is not installed or not built, or does not become ready; the text names it and has the end of its log.
    pub async fn start(self) -> anyhow::Result<System> {
        let folder = TempDir::with_prefix("iris-system-").context("make a folder for the system")?;
        let (nats, (postgres, database, database_url)) =
            tokio::try_join!(NatsServer::start(), start_database(self.own_postgres))?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let env = self.env(&folder.path().join("data"), &listen, &nats.url(), &database_url);
        let start = |name: &str| ServiceProcess::start(&format!("iris-{name}"), name, env.clone(), folder.path());
        let (mut gateway, mut ingest) = (start("gateway")?, start("ingest")?);
        let (mut detect, mut recorder) = (start("detect")?, start("recorder")?);
        tokio::try_join!(gateway.ready(), ingest.ready(), detect.ready(), recorder.ready())?;
        let api = Api::new(format!("http://{listen}"), API_KEY)?;
        Ok(System { api, gateway, ingest, detect, recorder, nats, postgres, _database: database, folder })
    }

    fn env(self, data_dir: &Path, listen: &str, nats_url: &str, database_url: &str) -> Vec<(String, String)> {
        let usual = [
            ("IRIS_DATA_DIR", data_dir.display().to_string()),
            ("IRIS_LISTEN", listen.to_owned()),
            ("IRIS_NATS_URL", nats_url.to_owned()),
            ("IRIS_DATABASE_URL", database_url.to_owned()),
            ("IRIS_API_KEY", API_KEY.to_owned()),
            ("IRIS_DEVICE", "cpu".to_owned()),
            ("IRIS_LOG_FORMAT", "pretty".to_owned()),
        ];
        usual.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(self.settings).collect()
    }
}

/// Either a database on the shared server, or a server of its own; and the database's URL.
async fn start_database(own: bool) -> anyhow::Result<(Option<PostgresServer>, Option<TestDatabase>, String)> {
    if own {
        let server = PostgresServer::start().await?;
        let url = server.url("postgres");
        return Ok((Some(server), None, url));
    }
    let database = TestDatabase::create().await?;
    let url = database.url();
    Ok((None, Some(database), url))
}
