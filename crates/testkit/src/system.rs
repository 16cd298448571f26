//! A whole Iris for one test: NATS, Postgres and the services as real processes on free ports, with a data folder that goes away
//! with it. A test changes it by killing, stopping and restarting its parts.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::api::Api;
use crate::deployment::Deployment;
use crate::nats::NatsServer;
use crate::port::free_port;
use crate::postgres::{PostgresServer, TestDatabase, psql};
use crate::service::ServiceProcess;

const API_KEY: &str = "key-of-a-test";
/// Where notify's settings are, beneath the system's folder.
const NOTIFY_SETTINGS: &str = "notify.toml";

/// An empty database has its tables within a second, on a machine that is busy within some more.
const MIGRATED_WITHIN: Duration = Duration::from_secs(30);

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
    /// Says who is who, where the test asked for it or the system is as deployed.
    pub reid: Option<ServiceProcess>,
    /// Tells of visits, where the test asked for it.
    pub notify: Option<ServiceProcess>,
    /// The bus.
    pub nats: NatsServer,
    /// The database server, where the test asked for one of its own.
    pub postgres: Option<PostgresServer>,
    /// The files of a deployment, where the system is as deployed.
    pub deployment: Option<Deployment>,
    listen: SocketAddr,
    settings: Vec<(String, String)>,
    _database: Option<TestDatabase>,
    folder: TempDir,
}

/// What differs from the usual system.
pub struct SystemBuilder {
    settings: Vec<(String, String)>,
    own_postgres: bool,
    reid: bool,
    notify: Option<String>,
    deployed: bool,
}

impl System {
    /// A system whose detect runs the given ONNX file on the CPU.
    #[must_use]
    pub fn with_model(model: &Path) -> SystemBuilder {
        let settings = vec![("IRIS_MODEL".to_owned(), model.display().to_string())];
        SystemBuilder { settings, own_postgres: false, reid: false, notify: None, deployed: false }
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

    /// Where the gateway listens.
    #[must_use]
    pub fn gateway_address(&self) -> SocketAddr {
        self.listen
    }

    /// The recorder's settings, for an operator's program that works with the same database and the same folder.
    #[must_use]
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
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

    /// Runs re-ID too, with the given networks: each a setting such as `IRIS_FACE_DETECTOR` and an ONNX file.
    #[must_use]
    pub fn with_reid(mut self, networks: &[(&str, PathBuf)]) -> Self {
        self.settings.extend(networks.iter().map(|(name, file)| ((*name).to_owned(), file.display().to_string())));
        self.reid = true;
        self
    }

    /// Runs notify too, with this settings file.
    #[must_use]
    pub fn with_notify(mut self, settings: impl Into<String>) -> Self {
        self.notify = Some(settings.into());
        self
    }

    /// Runs it as `docker-compose.yml` does, on a Postgres server of its own: each service is its own user of the bus, by TLS, the
    /// database's schema is made by a job and not by the services' role, secrets are files; and there is re-ID.
    #[must_use]
    pub fn as_deployed(mut self) -> Self {
        self.deployed = true;
        self
    }

    /// Starts everything and returns when every service is ready.
    ///
    /// # Errors
    /// A part is not installed or not built, or does not become ready; the text names it and has the end of its log.
    pub async fn start(self) -> anyhow::Result<System> {
        let folder = TempDir::with_prefix("iris-system-").context("make a folder for the system")?;
        let surroundings = if self.deployed {
            Surroundings::deployed(folder.path()).await?
        } else {
            Surroundings::open(self.own_postgres).await?
        };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let start = |name: &str| {
            let mut env = self.env(&folder.path().join("data"), listen, surroundings.environment(name));
            if name == "notify" {
                env.push(("IRIS_CONFIG".to_owned(), folder.path().join(NOTIFY_SETTINGS).display().to_string()));
            }
            ServiceProcess::start(&format!("iris-{name}"), name, env, folder.path())
        };
        let (mut gateway, mut ingest) = (start("gateway")?, start("ingest")?);
        let (mut detect, mut recorder) = (start("detect")?, start("recorder")?);
        let mut reid = (self.deployed || self.reid).then(|| start("reid")).transpose()?;
        if let Some(settings) = &self.notify {
            fs::write(folder.path().join(NOTIFY_SETTINGS), settings).context("write the settings of notify")?;
        }
        let mut notify = self.notify.as_ref().map(|_| start("notify")).transpose()?;
        tokio::try_join!(gateway.ready(), ingest.ready(), detect.ready(), recorder.ready())?;
        for service in reid.iter_mut().chain(&mut notify) {
            service.ready().await?;
        }
        let api = Api::new(format!("http://{listen}"), surroundings.api_key.clone())?;
        let settings = self.env(&folder.path().join("data"), listen, surroundings.environment("recorder"));
        let Surroundings { nats, postgres, database, deployment, .. } = surroundings;
        Ok(System {
            api,
            gateway,
            ingest,
            detect,
            recorder,
            reid,
            notify,
            nats,
            postgres,
            deployment,
            listen,
            settings,
            _database: database,
            folder,
        })
    }

    fn env(&self, data_dir: &Path, listen: SocketAddr, surroundings: Vec<(String, String)>) -> Vec<(String, String)> {
        let usual = [
            ("IRIS_DATA_DIR", data_dir.display().to_string()),
            ("IRIS_LISTEN", listen.to_string()),
            ("IRIS_DEVICE", "cpu".to_owned()),
            ("IRIS_LOG_FORMAT", "pretty".to_owned()),
        ];
        let usual = usual.into_iter().map(|(name, value)| (name.to_owned(), value));
        usual.chain(surroundings).chain(self.settings.iter().cloned()).collect()
    }
}

/// What the services find when they start.
struct Surroundings {
    nats: NatsServer,
    postgres: Option<PostgresServer>,
    database: Option<TestDatabase>,
    database_url: String,
    deployment: Option<Deployment>,
    api_key: String,
}

impl Surroundings {
    /// A bus that asks nobody who they are, and a database of which the services are the superuser: on the shared server, or on one
    /// of its own.
    async fn open(own_postgres: bool) -> anyhow::Result<Self> {
        let (nats, (postgres, database, database_url)) =
            tokio::try_join!(NatsServer::start(), start_database(own_postgres))?;
        Ok(Self { nats, postgres, database, database_url, deployment: None, api_key: API_KEY.to_owned() })
    }

    async fn deployed(log_dir: &Path) -> anyhow::Result<Self> {
        let postgres = PostgresServer::start().await?;
        let nats_port = free_port()?;
        let deployment = Deployment::prepare(nats_port, postgres.port())?;
        let nats = NatsServer::start_deployed(&deployment, nats_port).await?;
        psql(&postgres.url("postgres"), "CREATE DATABASE iris")?;
        postgres.make_roles("iris", &deployment)?;
        migrate(&deployment, log_dir).await?;
        let api_key = deployment.read("api_key")?;
        let (postgres, deployment) = (Some(postgres), Some(deployment));
        Ok(Self { nats, postgres, database: None, database_url: String::new(), deployment, api_key })
    }

    fn environment(&self, service: &str) -> Vec<(String, String)> {
        if let Some(deployment) = &self.deployment {
            return deployment.environment(service);
        }
        let plain = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_DATABASE_URL", self.database_url.clone()),
            ("IRIS_API_KEY", self.api_key.clone()),
        ];
        plain.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

/// The job that makes the schema, as the role that owns it.
async fn migrate(deployment: &Deployment, log_dir: &Path) -> anyhow::Result<()> {
    let owner = deployment.secret("database_url_owner").display().to_string();
    let env = vec![("IRIS_DATABASE_URL_FILE".to_owned(), owner)];
    let mut job = ServiceProcess::start("iris-migrate", "migrate", env, log_dir)?;
    let status = job.process().ended(MIGRATED_WITHIN).await?;
    ensure!(status.success(), "iris-migrate ended ({status}): {}", job.process().log());
    Ok(())
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
