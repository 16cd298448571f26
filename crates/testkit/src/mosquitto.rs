//! A real MQTT broker for one test, mosquitto, with a user and a password, and with TLS where a deployment lends its certificate. It
//! keeps nothing over a restart. What it has is seen by its own clients, which know nothing of Iris.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::deployment::Deployment;
use crate::port::free_port;
use crate::process::{Process, Program};
use crate::wait;

const START_WITHIN: Duration = Duration::from_secs(10);
/// Debian's place for it, which is not in everybody's `PATH`.
const MOSQUITTO: &str = "/usr/sbin/mosquitto";
/// Its only user.
pub const USER: &str = "iris";
/// The user's password.
pub const PASSWORD: &str = "secret of a test";

/// The broker, running unless killed. Dropping it kills the process.
pub struct Broker {
    port: u16,
    folder: TempDir,
    /// What clients need for TLS.
    tls: Vec<String>,
    process: Option<Process>,
}

impl Broker {
    /// Starts a broker without TLS.
    ///
    /// # Errors
    /// mosquitto is not installed (`deploy/install --test`) or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with("", Vec::new()).await
    }

    /// Starts a broker with TLS, with the certificate that a deployment's NATS has, which is for this machine too.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with_tls(deployment: &Deployment) -> anyhow::Result<Self> {
        let file = |name: &str| deployment.secret(name).display().to_string();
        let (authority, certificate, key) = (file("tls_ca.crt"), file("nats.crt"), file("nats.key"));
        let lines = format!("cafile {authority}\ncertfile {certificate}\nkeyfile {key}\n");
        Self::start_with(&lines, vec!["--cafile".to_owned(), authority]).await
    }

    async fn start_with(lines: &str, tls: Vec<String>) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("iris-mosquitto-").context("make a folder for the broker")?;
        let (port, passwords) = (free_port()?, folder.path().join("passwords"));
        let mut make = Command::new("mosquitto_passwd");
        succeeded(
            &make.args(["-b", "-c"]).arg(&passwords).args([USER, PASSWORD]).output().context("make a password")?,
        )?;
        fs::write(folder.path().join("password"), PASSWORD).context("write the password")?;
        let configuration = format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\npersistence false\nuser root\n{lines}",
            passwords.display()
        );
        fs::write(folder.path().join("mosquitto.conf"), configuration).context("write the broker's configuration")?;
        let mut broker = Self { port, folder, tls, process: None };
        broker.start_again().await?;
        Ok(broker)
    }

    /// Starts the broker again after [`kill`](Self::kill): same port, and nothing that it kept.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let args = vec!["-c".to_owned(), self.folder.path().join("mosquitto.conf").display().to_string()];
        let path = Path::new(MOSQUITTO);
        let program = Program { name: "mosquitto", path, args, env: Vec::new(), log_dir: self.folder.path() };
        let process = self.process.insert(Process::start(&program)?);
        let port = self.port;
        wait::until(START_WITHIN, "the broker to take connections", || {
            let alive = process.check_running();
            async move { alive.and(Ok(TcpStream::connect(("127.0.0.1", port)).await.map(drop)?)) }
        })
        .await
    }

    /// Kills the broker and waits until it is gone.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// The `[notify.mqtt]` table that leads here; more keys may follow.
    #[must_use]
    pub fn settings(&self) -> String {
        let scheme = if self.tls.is_empty() { "mqtt" } else { "mqtts" };
        let authority = self.tls.get(1).map(|file| format!("ca_file = \"{file}\"\n")).unwrap_or_default();
        let password = self.folder.path().join("password");
        format!(
            "[notify.mqtt]\nurl = \"{scheme}://127.0.0.1:{}\"\nuser = \"{USER}\"\npassword_file = \"{}\"\n{authority}",
            self.port,
            password.display()
        )
    }

    /// What the broker keeps, by topic.
    ///
    /// # Errors
    /// The client fails.
    pub fn retained(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut client = self.client("mosquitto_sub");
        let heard = client.args(["-t", "#", "--retained-only", "-W", "1", "-F", "%t %p"]).output()?;
        // That it waited in vain for more is how it ends.
        ensure!(heard.status.code() == Some(27), "{}", String::from_utf8_lossy(&heard.stderr));
        let text = String::from_utf8(heard.stdout).context("what is kept is no text")?;
        Ok(text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(topic, kept)| (topic.into(), kept.into()))
            .collect())
    }

    /// Says something.
    ///
    /// # Errors
    /// The client fails.
    pub fn publish(&self, topic: &str, payload: &str, retain: bool) -> anyhow::Result<()> {
        let mut client = self.client("mosquitto_pub");
        client.args(["-t", topic, "-m", payload, "-q", "1"]).args(retain.then_some("-r"));
        succeeded(&client.output()?)
    }

    /// Listens to a topic from now on, also over a restart of the broker.
    ///
    /// # Errors
    /// The client does not start.
    pub async fn listen(&self, topic: &str) -> anyhow::Result<Listener> {
        let name = format!("listener-{}", topic.replace(|one: char| !one.is_ascii_alphanumeric(), "-"));
        // Line by line, and by -d it says when it listens.
        let mut args: Vec<String> = ["-oL", "mosquitto_sub"].map(str::to_owned).into();
        args.extend(self.arguments());
        args.extend(["-t", topic, "-q", "1", "-d", "-F", "heard %p"].map(str::to_owned));
        let path = Path::new("stdbuf");
        let program = Program { name: &name, path, args, env: Vec::new(), log_dir: self.folder.path() };
        let listener = Listener { process: Process::start(&program)? };
        wait::until(START_WITHIN, "a listener", || async {
            ensure!(listener.process.log().contains("SUBACK"), "{}", listener.process.log());
            Ok(())
        })
        .await?;
        Ok(listener)
    }

    fn arguments(&self) -> Vec<String> {
        let port = self.port.to_string();
        let usual = ["-h", "127.0.0.1", "-p", &port, "-u", USER, "-P", PASSWORD].map(str::to_owned);
        usual.into_iter().chain(self.tls.iter().cloned()).collect()
    }

    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(program);
        client.args(self.arguments());
        client
    }
}

/// Somebody who listens to a topic.
pub struct Listener {
    process: Process,
}

impl Listener {
    /// What was heard so far.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.process.log().lines().filter_map(|line| line.strip_prefix("heard ")).map(str::to_owned).collect()
    }
}

fn succeeded(output: &Output) -> anyhow::Result<()> {
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
