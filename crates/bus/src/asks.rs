//! Asks: a question to whoever is responsible, an answer within a deadline.

use std::time::Duration;

use async_nats::{RequestErrorKind, Subject, Subscriber};
use futures::StreamExt;
use iris_proto::Message;
use iris_runtime::TraceContext;

use crate::samples::count_malformed;
use crate::topic::Ask;
use crate::{Bus, BusError, traces};

/// A question got no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nobody is responsible (any more).
    #[error("nobody answers for it")]
    NobodyThere,
    /// The deadline passed.
    #[error("no answer in time")]
    Late,
    /// The bus is away.
    #[error("the message bus is not reachable")]
    Disconnected,
    /// The answer was none.
    #[error("a malformed answer")]
    Malformed,
}

impl Bus {
    /// Asks and waits for the answer, at most `deadline`.
    pub async fn ask<Q: Message, A: Message>(
        &self,
        topic: Ask<Q, A>,
        key: impl std::fmt::Display,
        question: &Q,
        deadline: Duration,
    ) -> Result<A, AskError> {
        if !self.is_connected() {
            return Err(AskError::Disconnected);
        }
        let request = async_nats::Request::new().payload(iris_proto::encode(question)).timeout(Some(deadline));
        let request = match traces::outgoing() {
            Some(headers) => request.headers(headers),
            None => request,
        };
        let answer = self.client.send_request(topic.of(key), request).await.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => AskError::NobodyThere,
            RequestErrorKind::TimedOut => AskError::Late,
            _ => AskError::Disconnected,
        })?;
        iris_proto::decode(answer.payload).map_err(|error| {
            count_malformed(answer.subject.as_str(), &error);
            AskError::Malformed
        })
    }

    /// Answers the questions of one key.
    pub async fn questions<Q: Message, A: Message>(
        &self,
        topic: Ask<Q, A>,
        key: impl std::fmt::Display,
    ) -> Result<Questions<Q, A>, BusError> {
        let subscribed = self.client.subscribe(topic.of(key)).await;
        let subscriber = subscribed.map_err(|error| BusError::refused("subscribe to asks")(&error))?;
        Ok(Questions { topic, bus: self.clone(), subscriber })
    }

    /// Answers the questions of all keys, shared with the other members of `group`.
    pub async fn all_questions<Q: Message, A: Message>(
        &self,
        topic: Ask<Q, A>,
        group: &str,
    ) -> Result<Questions<Q, A>, BusError> {
        let subscribed = self.client.queue_subscribe(topic.all(), group.to_owned()).await;
        let subscriber = subscribed.map_err(|error| BusError::refused("subscribe to asks")(&error))?;
        Ok(Questions { topic, bus: self.clone(), subscriber })
    }
}

/// Questions to answer.
pub struct Questions<Q, A> {
    topic: Ask<Q, A>,
    bus: Bus,
    subscriber: Subscriber,
}

impl<Q: Message, A: Message> Questions<Q, A> {
    /// The next question; `None` when the bus was closed. Malformed ones are counted and skipped.
    pub async fn next(&mut self) -> Option<Question<Q, A>> {
        loop {
            let message = self.subscriber.next().await?;
            let (Some(reply), Some(key)) = (message.reply, self.topic.key(message.subject.as_str())) else { continue };
            let trace = traces::incoming(message.headers.as_ref());
            match iris_proto::decode(message.payload) {
                Ok(body) => {
                    let (key, bus) = (key.to_owned(), self.bus.clone());
                    return Some(Question { key, body, trace, reply, bus, answer: std::marker::PhantomData });
                }
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }
}

/// One question, to be answered once.
pub struct Question<Q, A> {
    /// Whom or what it concerns: a camera's id.
    pub key: String,
    /// The question.
    pub body: Q,
    /// The trace that it belongs to.
    pub trace: TraceContext,
    reply: Subject,
    bus: Bus,
    answer: std::marker::PhantomData<fn(A)>,
}

impl<Q, A: Message> Question<Q, A> {
    /// Answers. The asker's deadline covers a lost answer.
    pub async fn answer(self, answer: &A) {
        let sent = self.bus.client.publish(self.reply, iris_proto::encode(answer)).await;
        if let Err(error) = sent {
            tracing::debug!("an answer was not sent: {error}");
        }
    }
}
