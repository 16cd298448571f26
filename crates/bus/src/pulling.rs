//! How a member of a group asks the server for its next message: one at a time, at one address for as long as the member lives.
//!
//! The client library's own stream would do but for one thing: when the server loses and gets back its streams, it gives up its
//! address while a message may be on the way there, and that message comes again only when its time is over. Here nothing that the
//! server gave out is thrown away.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::{Message, StatusCode, Subscriber};
use futures::StreamExt;

use crate::{Bus, BusError};

/// A server that is silent for twice this long has forgotten that this member waits.
const SERVER_SPEAKS_EVERY: Duration = Duration::from_secs(5);
/// How long the server remembers that a member waits.
const WAITING_REMEMBERED: Duration = Duration::from_secs(30);
/// A new connection, of which the server knows nothing, is noticed within this time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A member's address, and what it asked for.
pub(crate) struct Pulling {
    bus: Bus,
    inbox: String,
    answers: Subscriber,
    asked: Option<Asked>,
}

/// A request that the server has not answered yet.
struct Asked {
    /// Counts connections: a request does not outlive its own.
    connection: u64,
    heard: Instant,
}

/// What came.
pub(crate) enum Pulled {
    /// A message of the stream.
    Message(Message),
    /// Nothing yet: ask again.
    Nothing,
    /// The server does not know the group (any more); why, in its own words.
    Lost(String),
}

impl Pulling {
    pub(crate) async fn new(bus: &Bus) -> Result<Self, BusError> {
        let inbox = bus.client.new_inbox();
        let subscribed = bus.client.subscribe(inbox.clone()).await;
        let answers = subscribed.map_err(|error| BusError::refused("subscribe to work on facts")(&error))?;
        Ok(Self { bus: bus.clone(), inbox, answers, asked: None })
    }

    /// Asks, if that was not done yet, and waits for an answer, but not for long. Nothing is lost when the call is dropped.
    pub(crate) async fn pull(&mut self, consumer: &Consumer<pull::Config>) -> Result<Pulled, BusError> {
        let connection = self.bus.client.statistics().connects.load(Ordering::Relaxed);
        if self.asked.as_ref().is_none_or(|asked| asked.connection != connection) {
            self.ask(consumer, connection).await?;
        }
        match tokio::time::timeout(LOOK_EVERY, self.answers.next()).await {
            Ok(Some(message)) => Ok(self.answered(message)),
            Ok(None) => Err(BusError::Disconnected),
            Err(_) if self.is_forgotten() => {
                self.asked = None;
                Ok(Pulled::Lost("the server is silent".to_owned()))
            }
            Err(_) => Ok(Pulled::Nothing),
        }
    }

    async fn ask(&mut self, consumer: &Consumer<pull::Config>, connection: u64) -> Result<(), BusError> {
        self.bus.check_connected()?;
        let one = pull::BatchConfig {
            batch: 1,
            expires: Some(WAITING_REMEMBERED),
            idle_heartbeat: SERVER_SPEAKS_EVERY,
            ..pull::BatchConfig::default()
        };
        let asked = consumer.request_batch(one, self.inbox.as_str().into()).await;
        asked.map_err(|error| BusError::refused("ask for work on facts")(&error))?;
        self.asked = Some(Asked { connection, heard: Instant::now() });
        Ok(())
    }

    fn answered(&mut self, message: Message) -> Pulled {
        match message.status.unwrap_or(StatusCode::OK) {
            StatusCode::OK => {
                self.asked = None;
                Pulled::Message(message)
            }
            StatusCode::IDLE_HEARTBEAT => {
                if let Some(asked) = &mut self.asked {
                    asked.heard = Instant::now();
                }
                Pulled::Nothing
            }
            StatusCode::TIMEOUT => {
                self.asked = None;
                Pulled::Nothing
            }
            status => {
                self.asked = None;
                Pulled::Lost(message.description.unwrap_or_else(|| status.to_string()))
            }
        }
    }

    /// Whether the server says nothing although it is there.
    fn is_forgotten(&self) -> bool {
        let silent = |asked: &Asked| asked.heard.elapsed() > 2 * SERVER_SPEAKS_EVERY;
        self.bus.is_connected() && self.asked.as_ref().is_some_and(silent)
    }
}
