//! Log lines, traces and metrics: set up once per process by [`crate::main`], before anything happens that is worth a
//! line.

mod traces;

use traces::Traces;

use crate::settings::LogFormat;
use crate::{Context, Service};
use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// Upper bounds in seconds for every histogram named `*_seconds`: from a frame's stages (1 ms) to a clip's cut (30 s).
const SECONDS_BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Log lines go to standard error, so that `--check` and pipes keep standard output for themselves. Traces are exported
/// where the settings say where to; the caller stops them last.
pub(crate) fn start_logs_and_traces(context: &Context) -> anyhow::Result<Option<Traces>> {
    let common = &context.common;
    let filter = EnvFilter::try_new(&common.log).context("read the log filter")?;
    let traces = common.otlp_endpoint.as_ref().map(|endpoint| Traces::start(context, endpoint)).transpose()?;
    let mut layers = vec![lines(common.log_format).with_filter(filter).boxed()];
    layers.extend(traces.as_ref().map(Traces::layer));
    tracing_subscriber::registry().with(layers).try_init().context("start the log")?;
    log_panics();
    Ok(traces)
}

fn lines(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let terminal = std::io::stderr().is_terminal();
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(terminal);
    let pretty = format == LogFormat::Pretty || (format == LogFormat::Auto && terminal);
    if pretty { lines.boxed() } else { lines.json().flatten_event(true).boxed() }
}

/// A panic becomes one log line like any other failure, with its place.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = std::backtrace::Backtrace::capture();
        let backtrace =
            (backtrace.status() == std::backtrace::BacktraceStatus::Captured).then(|| backtrace.to_string());
        tracing::error!(place, thread = thread.name(), backtrace, "panicked: {message}");
    }));
}

/// Starts to record metrics; the handle renders them for the health port.
pub(crate) fn start_metrics(service: Service) -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("start the metrics")?;
    metrics::gauge!("iris_build_info", "service" => service.name, "version" => service.version).set(1.0);
    Ok(handle)
}
