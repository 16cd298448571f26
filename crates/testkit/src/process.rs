//! A child process of a test: started with its output in a file, stopped politely or by `kill -9`, gone when the test is.
//!
//! Driven by the servers and services of this crate. It never leaves a process behind: dropping it kills and reaps the
//! child, and where the test itself is killed the kernel does it (`setpriv --pdeathsig`, which needs no unsafe code here).
//! The kernel watches the *thread* that started the child, so start processes from the test's own task.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

/// A running (or ended) child process with its log.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// What to run, and where its output goes.
pub struct Program<'a> {
    /// The name in failure texts, and of the log file.
    pub name: &'a str,
    /// The program's path, or a name to look up in `PATH`.
    pub path: &'a Path,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to the test's own environment; every `IRIS_*` of the test's is withheld.
    pub env: Vec<(String, String)>,
    /// The folder for `<name>.log`. A second start appends.
    pub log_dir: &'a Path,
}

impl Process {
    /// Starts the program; it is not ready for anything yet.
    ///
    /// # Errors
    /// The log file cannot be written, or `setpriv` is missing. A missing program ends the process at once, with a line
    /// in its log.
    pub fn start(program: &Program<'_>) -> anyhow::Result<Self> {
        let log = program.log_dir.join(format!("{}.log", program.name));
        let output = File::options().create(true).append(true).open(&log);
        let output = output.with_context(|| format!("open the log {}", log.display()))?;
        let child = command(program)
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("share the log between stdout and stderr")?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("start {} by setpriv", program.name))?;
        Ok(Self { name: program.name.to_owned(), child, log })
    }

    /// The process id. It is valid as long as this value lives, because only this value reaps the child.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything the process has written so far, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Fails with the end of the log if the process has ended by itself.
    ///
    /// # Errors
    /// The process is gone.
    pub fn check_running(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait().with_context(|| format!("look after {}", self.name))? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}); its last lines:\n{}", self.name, self.last_lines()),
        }
    }

    /// Kills the process as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// It cannot be reaped.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.child.kill().with_context(|| format!("kill {}", self.name))?;
        self.child.wait().with_context(|| format!("reap {}", self.name))?;
        Ok(())
    }

    /// Asks the process to stop (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// It has not stopped `within` the time; the text has the end of its log.
    pub async fn terminate(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.ended(within).await
    }

    /// Waits until the process ends by itself.
    ///
    /// # Errors
    /// It still runs after `within`; the text has the end of its log.
    pub async fn ended(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let what = format!("{} to end", self.name);
        let ended = wait::until(within, &what, || {
            let answer = self.child.try_wait();
            async move { answer?.context("it still runs") }
        });
        match ended.await {
            Ok(status) => Ok(status),
            Err(still_runs) => Err(still_runs.context(format!("last lines:\n{}", self.last_lines()))),
        }
    }

    /// Sends a signal, e.g. STOP and CONT to play a process that hangs. One that has ended already is left alone.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).with_context(|| format!("signal {} with {signal:?}", self.name))
    }

    /// The end of the log: as much as one screen shows.
    fn last_lines(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error here means that it is gone already, which is what was wanted.
        let _ = self.kill9();
    }
}

fn command(program: &Program<'_>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program.path).args(&program.args);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IRIS_") {
            command.env_remove(name);
        }
    }
    command.envs(program.env.iter().map(|(name, value)| (name, value)));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log_dir: &Path) -> Process {
        Process::start(&Program {
            name: "shell",
            path: Path::new("/bin/sh"),
            args: vec!["-c".into(), script.into()],
            env: vec![("GREETING".into(), "hello".into())],
            log_dir,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn output_and_exit_code_are_kept() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("echo $GREETING; echo oh >&2; exit 7", logs.path());
        assert_eq!(process.ended(Duration::from_secs(10)).await.unwrap().code(), Some(7));
        assert_eq!(process.log(), "hello\noh\n");
        assert!(format!("{:#}", process.check_running().unwrap_err()).contains("exit status: 7"));
    }

    #[tokio::test]
    async fn terminate_waits_for_the_end_and_says_when_there_is_none() {
        let logs = tempfile::tempdir().unwrap();
        let mut stubborn = shell("trap '' TERM; echo ready; while :; do sleep 1; done", logs.path());
        let ready = || {
            let log = stubborn.log();
            async move { log.contains("ready").then_some(()).context(log) }
        };
        wait::until(Duration::from_secs(10), "the shell", ready).await.unwrap();
        let failure = stubborn.terminate(Duration::from_millis(200)).await.unwrap_err();
        assert!(format!("{failure:#}").contains("for shell to end"), "{failure:#}");
        let mut polite = shell("exec sleep 1000", logs.path());
        assert!(!polite.terminate(Duration::from_secs(10)).await.unwrap().success());
    }

    #[test]
    fn dropping_kills() {
        let logs = tempfile::tempdir().unwrap();
        let process = shell("exec sleep 1000", logs.path());
        let folder = PathBuf::from(format!("/proc/{}", process.pid()));
        assert!(folder.exists());
        drop(process);
        assert!(!folder.exists());
    }
}
