//! A real nginx with the configuration that `deploy/` ships, in front of a gateway of a test. Only ports and addresses are changed in
//! it; they are the only things that are not the same on every machine.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::net::TcpStream;

use crate::deployment::Deployment;
use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

const START_WITHIN: Duration = Duration::from_secs(10);

/// Debian's place for it, which is not in everybody's `PATH`.
const NGINX: &str = "/usr/sbin/nginx";

/// The server, running. Dropping it kills the process.
pub struct Nginx {
    port: u16,
    plain_port: u16,
    process: Process,
}

impl Nginx {
    /// Starts it before a gateway. `sign_in` is where an oauth2-proxy listens; without one nobody is signed in by it.
    ///
    /// # Errors
    /// nginx is not installed (`deploy/install --test`), or refuses its configuration.
    pub async fn start(
        deployment: &Deployment,
        gateway: SocketAddr,
        sign_in: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let (port, plain_port) = (free_port()?, free_port()?);
        let configuration = deployment.configuration("nginx");
        let sign_in_file = if sign_in.is_some() { "sso-oauth2-proxy.conf" } else { "sso-off.conf" };
        fs::copy(configuration.join(sign_in_file), configuration.join("sso.conf")).context("choose who signs in")?;
        let file = configuration.join("nginx.conf");
        let here = [
            ("listen 8443 ", format!("listen 127.0.0.1:{port} ")),
            ("listen 8080;", format!("listen 127.0.0.1:{plain_port};")),
            ("gateway:8080", gateway.to_string()),
            ("oauth2-proxy:4180", sign_in.unwrap_or(gateway).to_string()),
        ];
        let mut text = fs::read_to_string(&file).context("read nginx.conf")?;
        for (there, here) in here {
            ensure!(text.matches(there).count() == 1, "nginx.conf says `{there}` not once");
            text = text.replace(there, &here);
        }
        fs::write(&file, text).context("write nginx.conf")?;
        let scratch = deployment.scratch()?;
        let mut process = start(&file, &scratch)?;
        wait::until(START_WITHIN, "nginx to listen", || {
            let alive = process.check_running();
            async move { alive.and(Ok(TcpStream::connect(("127.0.0.1", port)).await.map(drop)?)) }
        })
        .await?;
        Ok(Self { port, plain_port, process })
    }

    /// Where HTTPS is served, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a path, by the name in the certificate.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The same by HTTP.
    #[must_use]
    pub fn plain_url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.plain_port)
    }

    /// The running server's process, to read its log.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

fn start(configuration: &Path, scratch: &Path) -> anyhow::Result<Process> {
    // Started by root it would lend its work to a user who cannot read the test's folder. In a container it is never root.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let args = [
        "-c",
        &configuration.display().to_string(),
        "-p",
        &format!("{}/", scratch.display()),
        "-e",
        "/dev/stderr",
        "-g",
        &format!("daemon off; {user}"),
    ];
    let args = args.map(String::from).into();
    Process::start(&Program { name: "nginx", path: Path::new(NGINX), args, env: Vec::new(), log_dir: scratch })
}

/// `curl` that believes the deployment's own authority and nobody else, and says nothing but what it got.
#[must_use]
pub fn curl(deployment: &Deployment) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--noproxy", "*", "--cacert"]).arg(deployment.secret("tls_ca.crt"));
    curl
}
