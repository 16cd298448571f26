//! Samples: published without waiting, received in order, refused when malformed.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::Subscriber;
use futures::{FutureExt, Stream, StreamExt};
use iris_proto::Message;
use iris_runtime::TraceContext;

use crate::topic::Sample;
use crate::{Bus, BusError, traces};

impl Bus {
    /// Sends a sample. While the bus is away, or its socket is full, the sample is dropped and counted: never late, never waited for.
    pub fn publish<M: Message>(&self, topic: Sample<M>, key: impl std::fmt::Display, sample: &M) {
        if !self.is_connected() {
            metrics::counter!("iris_bus_samples_dropped_total", "reason" => "disconnected").increment(1);
            return;
        }
        // Polled once: with room in the client's channel the message is queued now; without, it is dropped.
        let (subject, payload) = (topic.of(key), iris_proto::encode(sample));
        let queued = match traces::outgoing() {
            Some(headers) => self.client.publish_with_headers(subject, headers, payload).now_or_never(),
            None => self.client.publish(subject, payload).now_or_never(),
        };
        if !matches!(queued, Some(Ok(()))) {
            metrics::counter!("iris_bus_samples_dropped_total", "reason" => "full").increment(1);
        }
    }

    /// Receives the samples of one key.
    pub async fn samples<M: Message>(
        &self,
        topic: Sample<M>,
        key: impl std::fmt::Display,
    ) -> Result<Samples<M>, BusError> {
        self.subscribe(topic, topic.of(key)).await
    }

    /// Receives the samples of all keys.
    pub async fn all_samples<M: Message>(&self, topic: Sample<M>) -> Result<Samples<M>, BusError> {
        self.subscribe(topic, topic.all()).await
    }

    async fn subscribe<M: Message>(&self, topic: Sample<M>, subject: String) -> Result<Samples<M>, BusError> {
        let subscriber =
            self.client.subscribe(subject).await.map_err(|error| BusError::refused("subscribe to samples")(&error))?;
        Ok(Samples { topic, subscriber })
    }
}

/// A stream of `(key, sample)`; malformed ones are counted and skipped. It survives reconnects and ends with the process.
pub struct Samples<M> {
    topic: Sample<M>,
    subscriber: Subscriber,
}

impl<M: Message> Samples<M> {
    /// The next one, and the trace that it belongs to; `None` when the bus was closed.
    pub async fn next_traced(&mut self) -> Option<(String, M, TraceContext)> {
        std::future::poll_fn(|context| self.poll_traced(context)).await
    }

    fn poll_traced(&mut self, context: &mut Context<'_>) -> Poll<Option<(String, M, TraceContext)>> {
        loop {
            let Poll::Ready(received) = self.subscriber.poll_next_unpin(context) else { return Poll::Pending };
            let Some(message) = received else { return Poll::Ready(None) };
            let Some(key) = self.topic.key(message.subject.as_str()) else { continue };
            match iris_proto::decode(message.payload) {
                Ok(sample) => {
                    let trace = traces::incoming(message.headers.as_ref());
                    return Poll::Ready(Some((key.to_owned(), sample, trace)));
                }
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }
}

impl<M: Message> Stream for Samples<M> {
    type Item = (String, M);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_traced(context).map(|received| received.map(|(key, sample, _)| (key, sample)))
    }
}

/// One line and one count for a message that was refused.
pub(crate) fn count_malformed(subject: &str, error: &iris_proto::Malformed) {
    metrics::counter!("iris_bus_malformed_total").increment(1);
    tracing::warn!(subject, "refused a message: {error}");
}
