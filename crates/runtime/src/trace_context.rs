//! The W3C trace context on its way through messages. Where traces are not exported it is empty and costs nothing.

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

/// A place in a trace, as a message carries it from a span of its sender to one of its receiver. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct TraceContext(Option<Context>);

impl TraceContext {
    /// That of the current span.
    pub fn current() -> Self {
        Self(PROPAGATOR.get().map(|_| Span::current().context()))
    }

    /// What the headers of a received message name; empty when they name none, or are malformed.
    pub fn received<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let extract = |propagator: &TraceContextPropagator| {
            propagator.extract_with_context(&Context::new(), &Received(headers.into_iter().collect()))
        };
        Self(PROPAGATOR.get().map(extract))
    }

    /// The headers that carry it; none when it is empty.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut headers = Headers(Vec::new());
        if let (Some(propagator), Some(context)) = (PROPAGATOR.get(), &self.0) {
            propagator.inject_context(context, &mut headers);
        }
        headers.0
    }

    /// Makes `span` a part of this trace; of none, when it is empty, the span begins its own. Call it before the span is entered.
    pub fn attach(&self, span: &Span) {
        let Some(context) = &self.0 else { return };
        // Refused for a span that nobody exports, or that was entered already: then it has no trace to join.
        let _own_trace = span.set_parent(context.clone());
    }
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
