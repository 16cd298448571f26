//! The export of traces by OTLP over HTTP, where `otlp_endpoint` is set. Without it nothing here runs, and the spans of single
//! pictures and messages, which are of the level debug, cost nothing.

use crate::settings::SecretUrl;
use crate::{Context, trace_context};
use anyhow::Context as _;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::time::Duration;
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

/// How long the end of the process waits for the last spans: they are worth less than a stop in time.
const FLUSH_TIME_MAX: Duration = Duration::from_secs(1);
/// How long one export may take; the collector stands in the same network.
const EXPORT_TIME_MAX: Duration = Duration::from_secs(5);

/// The export while the process lives.
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts the export to the collector at `endpoint`, on a thread of its own with a bounded queue (2048 spans, the
    /// library's default; spans that find it full are dropped and counted in the log).
    pub(super) fn start(context: &Context, endpoint: &SecretUrl) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{}/v1/traces", endpoint.expose().trim_end_matches('/')))
            .with_timeout(EXPORT_TIME_MAX)
            .build()
            .with_context(|| format!("export traces to {endpoint}"))?;
        let resource = Resource::builder()
            .with_service_name(format!("iris-{}", context.service.name))
            .with_attribute(KeyValue::new("service.version", context.service.version))
            .with_attribute(KeyValue::new("service.instance.id", context.instance.clone()))
            .build();
        // Whoever starts a trace decides for all who take part in it.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(context.common.trace_ratio)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .with_sampler(sampler)
            .build();
        trace_context::enable();
        Ok(Self(provider))
    }

    /// What hands spans to the export.
    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let ours = filter_fn(is_exported).with_max_level_hint(LevelFilter::DEBUG);
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("iris")).with_filter(ours).boxed()
    }

    /// Sends what is left and ends the export.
    pub(crate) fn stop(self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH_TIME_MAX) {
            tracing::warn!(%error, "export the last traces: {error}");
        }
    }
}

/// Our spans, and the log lines within them from info on. What is written to the log is another matter.
fn is_exported(what: &Metadata<'_>) -> bool {
    let level = if what.is_span() { LevelFilter::DEBUG } else { LevelFilter::INFO };
    what.target().starts_with("iris") && *what.level() <= level
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CommonSettings, Service, TraceContext};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use tracing_subscriber::layer::SubscriberExt;

    /// A collector for one export: its address, and a thread that returns the request's first line and body.
    fn collector() -> (SecretUrl, std::thread::JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = SecretUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let request = std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut head = Vec::new();
            while head.last().is_none_or(|line: &String| line != "\r\n") {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                head.push(line);
            }
            let length =
                head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
            let mut body = vec![0; length.expect("a request with its length")];
            stream.read_exact(&mut body).unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            (head.remove(0), body)
        });
        (address, request)
    }

    #[test]
    fn spans_are_exported_under_the_trace_that_came_with_a_message() {
        let (endpoint, request) = collector();
        let context = Context::new(Service { name: "ingest", version: "1.2.3" }, CommonSettings::default());
        let traces = Traces::start(&context, &endpoint).unwrap();
        let subscriber = tracing_subscriber::registry().with(vec![traces.layer()]);
        let sent = tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("cut_clip");
            let sender = [("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
            TraceContext::received(sender).attach(&span);
            span.in_scope(|| tracing::debug_span!("ask").in_scope(|| TraceContext::current().headers()))
        });
        let [(name, value)] = &sent[..] else { panic!("one header, not {sent:?}") };
        assert_eq!(name, "traceparent");
        assert!(value.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && value.ends_with("-01"), "{value}");
        assert!(!value.contains("b7ad6b7169203331"), "the span of the caller: {value}");

        traces.stop();
        let (line, body) = request.join().unwrap();
        assert_eq!(line, "POST /v1/traces HTTP/1.1\r\n");
        let holds = |wanted: &[u8]| body.windows(wanted.len()).any(|window| window == wanted);
        assert!(holds(b"iris-ingest") && holds(b"1.2.3") && holds(context.instance.as_bytes()) && holds(b"cut_clip"));
        assert!(holds(&0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes()), "the caller's trace");
        assert!(holds(&0xb7ad_6b71_6920_3331_u64.to_be_bytes()), "the caller's span as the parent");
    }
}
