//! What `deploy/` puts on a machine, for tests that run real servers with the very files that a deployment mounts. The
//! configuration is laid out beneath a folder of the test's as it is beneath `/` in the containers, and so are the secrets, made by
//! `deploy/secrets`; paths in the configuration are relative, so that it is the same there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");

/// The files of one deployment, gone with this value.
pub struct Deployment {
    folder: TempDir,
}

impl Deployment {
    /// Makes secrets for servers at these ports of this machine, and copies the servers' configuration.
    ///
    /// # Errors
    /// The script fails.
    pub fn prepare(nats_port: u16, postgres_port: u16) -> anyhow::Result<Self> {
        let deployment = Self { folder: TempDir::with_prefix("iris-deployment-").context("make a folder")? };
        for server in ["nats", "nginx", "postgres"] {
            copy(&Path::new(DEPLOY).join(server), &deployment.configuration(server))?;
        }
        let mut script = Command::new(Path::new(DEPLOY).join("secrets"));
        script.arg(deployment.secret(""));
        script.env("IRIS_NATS_ADDRESS", format!("127.0.0.1:{nats_port}"));
        script.env("IRIS_POSTGRES_ADDRESS", format!("127.0.0.1:{postgres_port}"));
        let output = script.output().context("run deploy/secrets")?;
        ensure!(output.status.success(), "deploy/secrets: {}", String::from_utf8_lossy(&output.stderr));
        Ok(deployment)
    }

    /// Where a secret is: `/run/secrets/NAME` in a container.
    #[must_use]
    pub fn secret(&self, name: &str) -> PathBuf {
        self.folder.path().join("run/secrets").join(name)
    }

    /// What a secret says.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn read(&self, name: &str) -> anyhow::Result<String> {
        let text = fs::read_to_string(self.secret(name)).with_context(|| format!("read the secret {name}"))?;
        Ok(text.trim_end().to_owned())
    }

    /// Where a server's configuration is: `/etc/NAME` in a container.
    #[must_use]
    pub fn configuration(&self, name: &str) -> PathBuf {
        self.folder.path().join("etc").join(name)
    }

    /// A folder for what is not kept: `/tmp` in a container.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scratch(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.path().join("tmp");
        fs::create_dir_all(&folder).context("make a folder for what is not kept")?;
        Ok(folder)
    }

    /// How a service of this deployment is told where things are: by files, as in `docker-compose.yml`.
    #[must_use]
    pub fn environment(&self, service: &str) -> Vec<(String, String)> {
        let role = if service == "notify" { "notify" } else { "service" };
        let files = [
            ("IRIS_NATS_URL_FILE", format!("nats_url_{service}")),
            ("IRIS_DATABASE_URL_FILE", format!("database_url_{role}")),
            ("IRIS_API_KEY_FILE", "api_key".to_owned()),
            ("IRIS_SSO_PROXY_SECRET_FILE", "proxy_secret".to_owned()),
            ("SSL_CERT_FILE", "tls_ca.crt".to_owned()),
        ];
        files.map(|(name, file)| (name.to_owned(), self.secret(&file).display().to_string())).into()
    }
}

/// Copies the files of a folder, not the folders in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("list {}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))
                .with_context(|| format!("copy from {}", from.display()))?;
        }
    }
    Ok(())
}
