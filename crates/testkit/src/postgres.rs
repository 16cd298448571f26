//! A real PostgreSQL for tests: a fresh, migrated database per test, on the server that `IRIS_TEST_POSTGRES_URL` names (a
//! superuser's URL, as the test script sets it) or else on a private server of the test's own.
//!
//! Driven by tests of the store and of everything above it. It knows the schema only as `iris_store::Store::migrate`.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};
use iris_store::{Store, StoreOptions};
use rustix::process::Signal;
use secrecy::SecretString;
use tempfile::TempDir;
use uuid::Uuid;

use crate::deployment::Deployment;
use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

/// Names the server to use instead of a private one.
const SERVER_VARIABLE: &str = "IRIS_TEST_POSTGRES_URL";

/// Where Debian keeps the programs, a folder per version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A start takes half a second; a machine busy with other tests may take many times that.
const START_WITHIN: Duration = Duration::from_secs(30);

/// A fast shutdown only waits for the checkpoint.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A migrated database of its own, dropped with this value.
pub struct TestDatabase {
    name: String,
    server_url: String,
    own_server: Option<PostgresServer>,
}

impl TestDatabase {
    /// A fresh database with today's schema.
    ///
    /// # Errors
    /// PostgreSQL is not installed (`deploy/install --run`), does not start, or the schema does not build.
    pub async fn create() -> anyhow::Result<Self> {
        let own_server = match std::env::var(SERVER_VARIABLE) {
            Ok(_) => None,
            Err(_) => Some(PostgresServer::start().await?),
        };
        let server_url = match &own_server {
            Some(server) => server.url("postgres"),
            None => std::env::var(SERVER_VARIABLE).context("read the test server's URL")?,
        };
        let template = template(&server_url).await?;
        let name = format!("iris_test_{}", Uuid::new_v4().simple());
        psql(&server_url, &format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(Self { name, server_url, own_server })
    }

    /// The database's URL, of a superuser.
    #[must_use]
    pub fn url(&self) -> String {
        database_url(&self.server_url, &self.name)
    }

    /// A store on the database, with a process's usual options.
    ///
    /// # Errors
    /// The server's URL is not one.
    pub async fn store(&self) -> anyhow::Result<Store> {
        Ok(Store::open(&SecretString::from(self.url()), &StoreOptions::new("iris-test")).await?)
    }

    /// Runs SQL that no repository offers, as an operator with `psql` would, and returns what it prints.
    ///
    /// # Errors
    /// The statement fails; the text has the server's words.
    pub fn sql(&self, statements: &str) -> anyhow::Result<String> {
        psql(&self.url(), statements)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.own_server.is_none() {
            // What is left behind on failure is one small database of a server for tests.
            let _ = psql(&self.server_url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// A PostgreSQL server on 127.0.0.1, running unless stopped, its data kept over restarts and removed with this value.
pub struct PostgresServer {
    port: u16,
    folder: TempDir,
    process: Option<Process>,
}

impl PostgresServer {
    /// Makes a data folder and starts a server on a free port; returns when it answers.
    ///
    /// # Errors
    /// PostgreSQL is not installed (`deploy/install --run`) or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("iris-postgres-").context("make a folder for PostgreSQL")?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data).context("make PostgreSQL's data folder")?;
        if let Some(user) = other_user()? {
            chown(folder.path(), Some(user), Some(user)).context("give the folder to the user postgres")?;
            chown(&data, Some(user), Some(user)).context("give the data folder to the user postgres")?;
        }
        let mut initdb = Command::new("setpriv");
        initdb.args(as_other_user()?).arg(program("initdb")?).arg("--pgdata").arg(&data);
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        // A busy machine takes many seconds for it, in which other servers of the test have to be waited for.
        tokio::task::spawn_blocking(move || output(&mut initdb)).await.context("make a database's files")??;
        let mut server = Self { port: free_port()?, folder, process: None };
        server.start_again().await?;
        Ok(server)
    }

    /// A database's URL on this server, as its superuser; the same after a restart.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes the roles of a deployment in a database, as its container does.
    ///
    /// # Errors
    /// The server or the script refuses.
    pub fn make_roles(&self, database: &str, deployment: &Deployment) -> anyhow::Result<()> {
        let mut roles = Command::new(program("psql")?);
        roles.args(["--no-psqlrc", "--quiet", "--file"]).arg(deployment.configuration("postgres/roles.sql"));
        output(roles.arg(self.url(database)).env("IRIS_SECRETS", deployment.secret(""))).map(drop)
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill`](Self::kill): same port, same data.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let mut args = as_other_user()?;
        args.push(program("postgres")?.display().to_string());
        args.extend(["-D".to_owned(), self.folder.path().join("data").display().to_string()]);
        args.extend([
            "-p".to_owned(),
            self.port.to_string(),
            "-h".to_owned(),
            "127.0.0.1".to_owned(),
            "-k".to_owned(),
            String::new(),
        ]);
        // A test's data need not survive a power cut; what was committed survives `kill` all the same.
        for setting in ["fsync=off", "full_page_writes=off", "max_connections=200"] {
            args.extend(["-c".to_owned(), setting.to_owned()]);
        }
        let log_dir = self.folder.path();
        let program = Program { name: "postgres", path: Path::new("setpriv"), args, env: Vec::new(), log_dir };
        let url = self.url("postgres");
        let process = self.process.insert(Process::start(&program)?);
        wait::until(START_WITHIN, "PostgreSQL to answer", || {
            let answer = start_if_ended(process, &program).and_then(|()| psql(&url, "SELECT 1"));
            async move { answer.map(drop) }
        })
        .await
    }

    /// Stops the server as an operator would, disconnecting everyone. Stopping what is stopped does nothing.
    ///
    /// # Errors
    /// It does not stop within 10 s.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(Signal::INT)?;
        process.ended(STOP_WITHIN).await.map(drop)
    }

    /// Kills the server (`kill -9`) and waits until it is gone.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// The running server's process, to be stopped and continued by signals; `None` while it is down.
    pub fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Killed at once it would leave a segment of shared memory behind, and there are only so many.
        let Some(process) = &mut self.process else { return };
        let deadline = Instant::now() + STOP_WITHIN;
        let asked = process.signal(Signal::QUIT).is_ok();
        while asked && process.check_running().is_ok() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// After a kill the old server's children hold its shared memory for a moment more, and a new server refuses to start
/// beside them.
fn start_if_ended(process: &mut Process, program: &Program<'_>) -> anyhow::Result<()> {
    if process.check_running().is_err() {
        *process = Process::start(program)?;
    }
    Ok(())
}

/// A migrated database to copy from, made by whoever comes first. Its name stands for the running test program, so that a
/// program that was built with another schema makes another one.
async fn template(server_url: &str) -> anyhow::Result<String> {
    let executable = std::env::current_exe().context("find the running program")?;
    let built = std::fs::metadata(&executable)?.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let name = executable
        .file_stem()
        .context("name the running program")?
        .to_string_lossy()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    // A name has 63 bytes at most; the end of a test program's name is its hash.
    let template = format!("iris_template_{}_{built:x}", &name[name.len().saturating_sub(25)..]).to_lowercase();
    if psql(server_url, &format!("SELECT 1 FROM pg_database WHERE datname = '{template}'"))?.contains('1') {
        return Ok(template);
    }
    let draft = format!("iris_draft_{}", Uuid::new_v4().simple());
    psql(server_url, &format!("CREATE DATABASE {draft}"))?;
    let url = SecretString::from(database_url(server_url, &draft));
    let store = Store::open(&url, &StoreOptions::new("iris-test")).await?;
    store.migrate().await.context("migrate the template")?;
    store.close().await?;
    // Under its own name it is finished. Where somebody else was faster, theirs is as good.
    if psql(server_url, &format!("ALTER DATABASE {draft} RENAME TO {template}")).is_err() {
        psql(server_url, &format!("DROP DATABASE {draft}"))?;
    }
    Ok(template)
}

/// `server_url` with its path replaced by a database's name.
fn database_url(server_url: &str, database: &str) -> String {
    let (url, query) =
        server_url.split_once('?').map_or((server_url, String::new()), |(url, query)| (url, format!("?{query}")));
    let authority_start = url.find("://").map_or(0, |scheme| scheme + 3);
    let authority_end = url[authority_start..].find('/').map_or(url.len(), |slash| authority_start + slash);
    format!("{}/{database}{query}", &url[..authority_end])
}

/// Runs SQL at a database's URL, as an operator with `psql` would, and returns what it prints.
///
/// # Errors
/// The server is away, or a statement fails; the text has the server's words.
pub fn psql(url: &str, statements: &str) -> anyhow::Result<String> {
    let mut psql = Command::new(program("psql")?);
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        "--command",
        statements,
    ]);
    // libpq would wait for a server that does not answer.
    output(psql.arg(url).env("PGCONNECT_TIMEOUT", "5"))
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_owned();
    let Output { status, stdout, stderr } = command.output().with_context(|| format!("run {}", name.display()))?;
    ensure!(status.success(), "{} ended ({status}): {}", name.display(), String::from_utf8_lossy(&stderr).trim());
    Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
}

/// One of PostgreSQL's programs, of the newest version installed.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).with_context(|| format!("look for PostgreSQL in {VERSIONS}"))?;
    let newest = versions
        .filter_map(|entry| Some((entry.as_ref().ok()?.file_name().to_str()?.parse::<u32>().ok()?, entry.ok()?.path())))
        .filter_map(|(version, folder)| {
            Some((version, folder.join("bin").join(name))).filter(|(_, path)| path.exists())
        })
        .max();
    newest.map(|(_, path)| path).with_context(|| format!("find `{name}` in {VERSIONS}: install postgresql"))
}

/// PostgreSQL refuses to run as root: then it runs as the user its package made.
fn other_user() -> anyhow::Result<Option<u32>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("read the users")?;
    let Some(line) = users.lines().find(|line| line.starts_with("postgres:")) else {
        bail!("find the user postgres: there is none")
    };
    Ok(Some(line.split(':').nth(2).and_then(|id| id.parse().ok()).context("read the user id of postgres")?))
}

/// `setpriv`'s arguments to become that user. Changing the user cancels the death signal, so it is asked for again.
fn as_other_user() -> anyhow::Result<Vec<String>> {
    let mut args: Vec<String> = ["--pdeathsig", "KILL"].map(String::from).into();
    if let Some(user) = other_user()? {
        args.extend([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()]);
    }
    args.push("--".to_owned());
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_replaces_the_path() {
        for (server, url) in [
            ("postgres://u:p@host:5432/postgres", "postgres://u:p@host:5432/x"),
            ("postgres://host", "postgres://host/x"),
            ("postgres:///postgres?host=/run/pg", "postgres:///x?host=/run/pg"),
        ] {
            assert_eq!(database_url(server, "x"), url);
        }
    }

    #[tokio::test]
    async fn the_server_comes_back_with_its_data() {
        let mut server = PostgresServer::start().await.unwrap();
        let url = server.url("postgres");
        psql(&url, "CREATE TABLE kept (id int)").unwrap();
        server.kill();
        assert!(psql(&url, "SELECT 1").is_err());
        server.start_again().await.unwrap();
        assert_eq!(psql(&url, "SELECT count(*) FROM kept").unwrap(), "0");
        server.stop().await.unwrap();
        assert!(psql(&url, "SELECT 1").is_err());
    }
}
