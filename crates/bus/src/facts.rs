//! Facts: kept by JetStream, acknowledged, delivered once per id within the stream's window.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::jetstream::consumer::pull::Ordered;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::message::PublishMessage;
use futures::{Stream, StreamExt};
use iris_proto::Message;
use iris_runtime::TraceContext;

use crate::samples::count_malformed;
use crate::topic::Fact;
use crate::{Bus, BusError, traces};

/// A fact was not taken by the bus; try again with the same id.
#[derive(Debug, thiserror::Error)]
#[error("publish a fact: {0}")]
pub struct FactError(String);

impl Bus {
    /// Publishes a fact and waits until the server has it. The same `id` again is the same fact.
    pub async fn publish_fact<M: Message>(
        &self,
        topic: Fact<M>,
        key: impl std::fmt::Display,
        id: &str,
        fact: &M,
    ) -> Result<(), FactError> {
        self.check_connected().map_err(|error| FactError(error.to_string()))?;
        let headers = traces::outgoing().unwrap_or_default();
        let message = PublishMessage::build().payload(iris_proto::encode(fact)).headers(headers).message_id(id);
        let sent = self.jetstream.send_publish(topic.of(key), message).await;
        let acknowledged = sent.map_err(|error| FactError(error.to_string()))?.await;
        acknowledged.map(drop).map_err(|error| FactError(error.to_string()))
    }

    /// Follows the facts of all keys from now on, in order. For those who share the facts, or must miss none, there is
    /// [`Bus::work`].
    pub async fn new_facts<M: Message>(&self, topic: Fact<M>) -> Result<Facts<M>, BusError> {
        self.prepare_facts().await?;
        let refused = |error: &dyn std::fmt::Display| BusError::refused("follow facts")(error);
        let stream = self.jetstream.get_stream(topic.stream().name).await.map_err(|error| refused(&error))?;
        let config = pull::OrderedConfig {
            filter_subject: topic.all(),
            deliver_policy: DeliverPolicy::New,
            ..pull::OrderedConfig::default()
        };
        let consumer = stream.create_consumer(config).await.map_err(|error| refused(&error))?;
        let messages = consumer.messages().await.map_err(|error| refused(&error))?;
        Ok(Facts { topic, messages })
    }
}

/// A stream of `(key, fact)`. It ends when the server forgot the consumer (a restart without its store): follow anew.
pub struct Facts<M> {
    topic: Fact<M>,
    messages: Ordered,
}

impl<M: Message> Facts<M> {
    /// The next one, and the trace that it belongs to; `None` where the stream ends.
    pub async fn next_traced(&mut self) -> Option<(String, M, TraceContext)> {
        std::future::poll_fn(|context| self.poll_traced(context)).await
    }

    fn poll_traced(&mut self, context: &mut Context<'_>) -> Poll<Option<(String, M, TraceContext)>> {
        loop {
            let Poll::Ready(received) = self.messages.poll_next_unpin(context) else { return Poll::Pending };
            let message = match received {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    tracing::warn!("following facts ended: {error}");
                    return Poll::Ready(None);
                }
                None => return Poll::Ready(None),
            };
            let Some(key) = self.topic.key(message.subject.as_str()) else { continue };
            match iris_proto::decode(message.payload.clone()) {
                Ok(fact) => {
                    let trace = traces::incoming(message.headers.as_ref());
                    return Poll::Ready(Some((key.to_owned(), fact, trace)));
                }
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }
}

impl<M: Message> Stream for Facts<M> {
    type Item = (String, M);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_traced(context).map(|received| received.map(|(key, fact, _)| (key, fact)))
    }
}
