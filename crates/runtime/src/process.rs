//! The life of a process: read the arguments and settings, start, run, drain, and end with an exit code.
//! Knows no service; each service's `main.rs` calls [`main`] with its own `run`.

use crate::health::port::{HealthPort, listen};
use crate::settings::{self, HealthListen, Loaded, Settings};
use crate::{Component, Context, Service, Tasks, tasks, telemetry};
use anyhow::Context as _;
use clap::{CommandFactory, FromArgMatches};
use futures::FutureExt;
use metrics_exporter_prometheus::PrometheusHandle;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Exit code for wrong arguments (clap's own) and wrong settings.
const EXIT_WRONG_SETTINGS: u8 = 2;
/// Exit code after a second signal, as a shell reports SIGINT.
const EXIT_IMPATIENT: i32 = 130;
/// How long a service takes to stop: container runtimes kill after 10 s, and what comes after it (tasks, the last
/// traces) needs up to 1.5 s more.
const STOP_TIME_MAX: Duration = Duration::from_secs(8);
/// What the tasks have to stop in when the service itself used all its time; they were told when it was.
const DRAIN_TIME_MIN: Duration = Duration::from_millis(500);
/// A signal within this time of the first is its echo, not impatience: a terminal's Ctrl-C reaches the process by itself
/// and once more through what started it (make, timeout, compose).
const ECHO_TIME_MAX: Duration = Duration::from_millis(500);
/// The metrics library wants its histograms folded this often, scraped or not.
const METRICS_UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The arguments of every Iris service.
#[derive(clap::Parser)]
struct Arguments {
    /// The settings file, shared by all services.
    #[arg(long, value_name = "FILE", env = "IRIS_CONFIG")]
    config: Option<PathBuf>,
    /// Check the settings, print those in force without secrets, and exit.
    #[arg(long)]
    check: bool,
}

/// Runs a service from its arguments to its exit code.
///
/// `run` is given its settings and everything a process needs; it returns when [`Context::shutdown`] is cancelled, or
/// earlier when the service cannot go on. After it the tasks of [`Context::tasks`] are stopped and waited for. SIGTERM and
/// SIGINT start the stop; a second one, half a second later or more, ends the process at once.
///
/// Exit codes: 0 after a stop that was asked for, 1 after a failure, 2 for wrong arguments or settings.
pub fn main<S, F, Fut>(service: Service, run: F) -> ExitCode
where
    S: Settings,
    F: FnOnce(S, Context) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let arguments = read_arguments(service);
    let loaded = match settings::load::<S>(arguments.config.as_deref(), &|name| std::env::var_os(name)) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            eprintln!("{}: {mistakes}", service.name);
            return ExitCode::from(EXIT_WRONG_SETTINGS);
        }
    };
    let ended = if arguments.check { print_settings(&loaded) } else { start(service, loaded, run) };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(service, &error);
            ExitCode::FAILURE
        }
    }
}

/// Says why the process failed: in the log, or plainly where the log is not there yet.
fn report(service: Service, error: &anyhow::Error) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!(service = service.name, "{} failed: {error:#}", service.name);
    } else {
        eprintln!("{}: {error:#}", service.name);
    }
}

fn read_arguments(service: Service) -> Arguments {
    let matches = Arguments::command().name(service.name).version(service.version).get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn print_settings<S: Settings>(loaded: &Loaded<S>) -> anyhow::Result<()> {
    print!("{}", loaded.to_toml().context("write the settings as TOML")?);
    Ok(())
}

/// Starts what surrounds the service, runs it and drains.
fn start<S, F, Fut>(service: Service, loaded: Loaded<S>, run: F) -> anyhow::Result<()>
where
    F: FnOnce(S, Context) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let context = Context::new(service, loaded.common);
    let traces = telemetry::start_logs_and_traces(&context)?;
    let metrics = telemetry::start_metrics(service)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the async runtime")?;
    let ended = runtime.block_on(live(context, metrics, |context| run(loaded.service, context)));
    // Threads of `spawn_blocking` that hang in a system call cannot be stopped; they end with the process.
    runtime.shutdown_background();
    if let Some(traces) = traces {
        traces.stop();
    }
    ended
}

/// The process's async life. What surrounds the service has a group of its own and outlives it, so that the health port
/// tells how a stop goes and a second signal is heard.
async fn live<F, Fut>(context: Context, metrics: PrometheusHandle, run: F) -> anyhow::Result<()>
where
    F: FnOnce(Context) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let surroundings = Tasks::new(CancellationToken::new());
    let process = context.health.component("process");
    surroundings.spawn("signals", obey(Signals::listen()?, context.shutdown.clone(), process.clone()));
    surroundings.spawn("metrics upkeep", keep_up(metrics.clone(), surroundings.token().clone()));
    if let HealthListen::Socket(address) = context.common.health_listen {
        let port = HealthPort::new(context.health.clone(), metrics);
        surroundings.spawn("health port", port.serve(listen(address).await?, surroundings.token().clone()));
    }
    let Service { name, version } = context.service;
    tracing::info!(service = name, version, instance = context.instance, "{name} {version} started");
    process.ready();
    let (shutdown, tasks) = (context.shutdown.clone(), context.tasks.clone());
    let ended = run_and_drain(run(context), &shutdown, &tasks).await;
    if ended.is_ok() {
        tracing::info!(service = name, "{name} stopped");
    }
    ended
}

/// Runs the service until it ends, or until it has had its time to stop; then stops its tasks in the time that is left.
async fn run_and_drain(
    run: impl Future<Output = anyhow::Result<()>>,
    shutdown: &CancellationToken,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    let mut run = pin!(AssertUnwindSafe(run).catch_unwind());
    let stopped_early = shutdown.run_until_cancelled(&mut run).await;
    let deadline = Instant::now() + STOP_TIME_MAX;
    let ended = match stopped_early {
        Some(ended) => Ok(ended),
        None => tokio::time::timeout_at(deadline, run).await,
    };
    shutdown.cancel();
    let drained = tasks.drain(deadline.saturating_duration_since(Instant::now()).max(DRAIN_TIME_MIN)).await;
    let ended = match ended {
        Err(_) => Err(anyhow::anyhow!("the service did not stop within {} s", STOP_TIME_MAX.as_secs())),
        Ok(Err(panic)) => Err(anyhow::anyhow!("the service panicked: {}", tasks::panic_message(&*panic))),
        Ok(Ok(ended)) => ended,
    };
    match (ended, drained) {
        (Ok(()), drained) => drained.context("stop the service's tasks"),
        (Err(error), Ok(())) => Err(error),
        (Err(error), Err(late)) => Err(anyhow::anyhow!("{error:#}; {late}")),
    }
}

/// The signals that ask for a stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("listen for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// The first signal starts the stop, the second one ends the process.
async fn obey(mut signals: Signals, shutdown: CancellationToken, process: Component) {
    let name = signals.next().await;
    process.set(Some("stopping".to_owned()));
    tracing::info!(signal = name, "{name}: stopping");
    shutdown.cancel();
    let echoes_end = Instant::now() + ECHO_TIME_MAX;
    while tokio::time::timeout_at(echoes_end, signals.next()).await.is_ok() {}
    let name = signals.next().await;
    tracing::warn!(signal = name, "{name} again: ending at once");
    std::process::exit(EXIT_IMPATIENT);
}

async fn keep_up(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP_INTERVAL);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        metrics.run_upkeep();
    }
}
