//! A collector of traces for the stories: takes what the services export, as OTLP over HTTP, and puts the traces together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use anyhow::ensure;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use iris_runtime::{CancellationToken, Tasks};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use prost::Message as _;

/// Listens while it lives.
pub struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
    stop: CancellationToken,
}

/// One span.
#[derive(Debug)]
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    /// `<service>/<name>`, such as `ingest/frame`.
    what: String,
    attributes: BTreeMap<String, String>,
}

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let spans = Arc::<Mutex<Vec<Span>>>::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(spans.clone());
        let stop = CancellationToken::new();
        let serve = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        Tasks::new(stop.clone()).spawn("collector of traces", async move { serve.await.unwrap() });
        Ok(Self { url, spans, stop })
    }

    /// For `IRIS_OTLP_ENDPOINT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether a trace leads from `root` to the span `what` with this attribute, over all of `wanted`, and no span is without its
    /// parent, as far as they have come.
    pub fn has_whole(&self, root: &str, wanted: &[&str], what: &str, (key, value): (&str, &str)) -> anyhow::Result<()> {
        let spans = self.spans.lock().unwrap();
        let is_last = |span: &&Span| span.what == what && span.attributes.get(key).is_some_and(|had| had == value);
        let mut outcome = Err(anyhow::anyhow!("no {what} with {key} {value} among {} spans", spans.len()));
        for last in spans.iter().filter(is_last) {
            let trace: Vec<&Span> = spans.iter().filter(|span| span.trace == last.trace).collect();
            outcome = is_whole(&trace, root, wanted);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn is_whole(trace: &[&Span], root: &str, wanted: &[&str]) -> anyhow::Result<()> {
    let names: BTreeSet<&str> = trace.iter().map(|span| span.what.as_str()).collect();
    let missing: Vec<_> = wanted.iter().filter(|what| !names.contains(**what)).collect();
    ensure!(missing.is_empty(), "{missing:?} are missing among {names:?}");
    let known: BTreeSet<&[u8]> = trace.iter().map(|span| span.id.as_slice()).collect();
    for span in trace {
        let is_root = span.parent.is_empty();
        ensure!(is_root == (span.what == root), "{} begins the trace", span.what);
        ensure!(is_root || known.contains(span.parent.as_slice()), "nothing is known of the parent of {}", span.what);
    }
    Ok(())
}

async fn take(State(spans): State<Arc<Mutex<Vec<Span>>>>, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let mut taken = spans.lock().unwrap();
    for resource in request.resource_spans {
        let described = resource.resource.map(|resource| texts(&resource.attributes)).unwrap_or_default();
        let service = described.get("service.name").and_then(|name| name.strip_prefix("iris-")).unwrap_or("?");
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            taken.push(Span {
                what: format!("{service}/{}", span.name),
                attributes: texts(&span.attributes),
                trace: span.trace_id,
                id: span.span_id,
                parent: span.parent_span_id,
            });
        }
    }
    StatusCode::OK
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some((attribute.key.clone(), text.clone())),
        any_value::Value::IntValue(number) => Some((attribute.key.clone(), number.to_string())),
        _ => None,
    };
    attributes.iter().filter_map(text).collect()
}
