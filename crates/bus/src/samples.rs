//! Samples: published without waiting, received in order, refused when malformed.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::Subscriber;
use futures::{FutureExt, Stream, StreamExt};
use iris_proto::Message;

use crate::topic::Sample;
use crate::{Bus, BusError};

impl Bus {
    /// Sends a sample. While the bus is away, or its socket is full, the sample is dropped and counted: never late, never waited for.
    pub fn publish<M: Message>(&self, topic: Sample<M>, key: impl std::fmt::Display, sample: &M) {
        if !self.is_connected() {
            metrics::counter!("iris_bus_samples_dropped_total", "reason" => "disconnected").increment(1);
            return;
        }
        // Polled once: with room in the client's channel the message is queued now; without, it is dropped.
        let queued = self.client.publish(topic.of(key), iris_proto::encode(sample)).now_or_never();
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

impl<M: Message> Stream for Samples<M> {
    type Item = (String, M);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Poll::Ready(received) = self.subscriber.poll_next_unpin(context) else { return Poll::Pending };
            let Some(message) = received else { return Poll::Ready(None) };
            let Some(key) = self.topic.key(message.subject.as_str()) else { continue };
            match iris_proto::decode(message.payload) {
                Ok(sample) => return Poll::Ready(Some((key.to_owned(), sample))),
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }
}

/// One line and one count for a message that was refused.
pub(crate) fn count_malformed(subject: &str, error: &iris_proto::Malformed) {
    metrics::counter!("iris_bus_malformed_total").increment(1);
    tracing::warn!(subject, "refused a message: {error}");
}
