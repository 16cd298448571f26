//! Traces on their way through the headers of messages: out with the current span, back into the receiver's.

use async_nats::HeaderMap;
use iris_runtime::TraceContext;

/// The headers that carry the current span's trace; `None` where there is nothing to carry, so that messages stay as small as
/// they are.
pub(crate) fn outgoing() -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in TraceContext::current().headers() {
        headers.insert(name, value);
    }
    (!headers.is_empty()).then_some(headers)
}

/// The trace that a received message belongs to.
pub(crate) fn incoming(headers: Option<&HeaderMap>) -> TraceContext {
    let Some(headers) = headers else { return TraceContext::default() };
    let named = headers.iter().filter_map(|(name, values)| Some((name.as_ref(), values.first()?.as_str())));
    TraceContext::received(named)
}
