//! Facts: kept by JetStream, acknowledged, delivered once per id within the stream's window.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_nats::jetstream::consumer::pull::Ordered;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream;
use futures::{Stream, StreamExt};
use iris_proto::Message;

use crate::samples::count_malformed;
use crate::topic::{ALL_FACTS, Fact};
use crate::{Bus, BusError};

/// The stream's name.
const STREAM: &str = "FACTS";
/// Facts are kept this long: a consumer that was away longer starts from Postgres.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Upper bound of the stream, in bytes; the oldest facts go first. About a million events.
const BYTES_MAX: i64 = 256 << 20;
/// A repeated id within this time is one fact. Repeats come from retries, seconds later.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A fact was not taken by the bus; try again with the same id.
#[derive(Debug, thiserror::Error)]
#[error("publish a fact: {0}")]
pub struct FactError(String);

impl Bus {
    /// Makes sure that the stream exists with these bounds. To be called until it succeeds.
    pub async fn prepare_facts(&self) -> Result<(), BusError> {
        self.check_connected()?;
        let wanted = stream::Config {
            name: STREAM.to_owned(),
            subjects: vec![ALL_FACTS.to_owned()],
            max_age: KEPT,
            max_bytes: BYTES_MAX,
            discard: stream::DiscardPolicy::Old,
            duplicate_window: DUPLICATE_WINDOW,
            ..stream::Config::default()
        };
        let made = self.jetstream.get_or_create_stream(wanted).await;
        made.map(drop).map_err(|error| BusError::refused("prepare the stream of facts")(&error))
    }

    /// Publishes a fact and waits until the server has it. The same `id` again is the same fact.
    pub async fn publish_fact<M: Message>(
        &self,
        topic: Fact<M>,
        key: impl std::fmt::Display,
        id: &str,
        fact: &M,
    ) -> Result<(), FactError> {
        self.check_connected().map_err(|error| FactError(error.to_string()))?;
        let message = PublishMessage::build().payload(iris_proto::encode(fact)).message_id(id);
        let sent = self.jetstream.send_publish(topic.of(key), message).await;
        let acknowledged = sent.map_err(|error| FactError(error.to_string()))?.await;
        acknowledged.map(drop).map_err(|error| FactError(error.to_string()))
    }

    /// Follows the facts of all keys from now on, in order.
    pub async fn new_facts<M: Message>(&self, topic: Fact<M>) -> Result<Facts<M>, BusError> {
        self.prepare_facts().await?;
        let refused = |error: &dyn std::fmt::Display| BusError::refused("follow facts")(error);
        let stream = self.jetstream.get_stream(STREAM).await.map_err(|error| refused(&error))?;
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

impl<M: Message> Stream for Facts<M> {
    type Item = (String, M);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
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
                Ok(fact) => return Poll::Ready(Some((key.to_owned(), fact))),
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }
}
