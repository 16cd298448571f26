//! The W3C trace context on its way through messages: [`inject`] where one is sent, [`attach`] where one is received.
//! Both do nothing where traces are not exported.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::sync::OnceLock;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Set once the export runs.
static PROPAGATOR: OnceLock<TraceContextPropagator> = OnceLock::new();

pub(crate) fn enable() {
    PROPAGATOR.get_or_init(TraceContextPropagator::new);
}

/// The headers that carry the trace of `span` to the receiver of a message; none without an export.
pub fn inject(span: &Span) -> Vec<(String, String)> {
    let mut headers = Headers(Vec::new());
    if let Some(propagator) = PROPAGATOR.get() {
        propagator.inject_context(&span.context(), &mut headers);
    }
    headers.0
}

/// Makes `span` a part of the trace that the headers of a received message name. Call it before the span is entered.
/// Headers that name none, or that are malformed, leave the span a trace of its own.
pub fn attach<'a>(span: &Span, headers: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let Some(propagator) = PROPAGATOR.get() else { return };
    let headers = headers.into_iter().collect();
    let context = propagator.extract_with_context(&Context::new(), &Received(headers));
    // Refused for a span that the log filter disabled, or that was entered already: then it has no trace to join.
    let _own_trace = span.set_parent(context);
}

/// Headers to send.
struct Headers(Vec<(String, String)>);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        // The propagator writes an empty `tracestate` for almost every trace; it says nothing.
        if !value.is_empty() {
            self.0.push((key.to_owned(), value));
        }
    }
}

/// Headers that were received; their names are compared as HTTP does.
struct Received<'a>(Vec<(&'a str, &'a str)>);

impl Extractor for Received<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| *value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}
