//! Where facts are kept: one stream for the few small ones that everyone may want, and one for crops and what was seen in them,
//! which are so much larger that they would push the others out.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use iris_proto::Message;

use crate::topic::{CROP, EVENT, Fact, OBSERVATION, SIGHTING};
use crate::work::{ASSOCIATION, Consumer, EMBEDDING};
use crate::{Bus, BusError};

/// A repeated id within this time is one fact. Repeats come from retries, seconds later.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A stream and its bounds.
pub(crate) struct FactStream {
    pub(crate) name: &'static str,
    /// What it keeps.
    topics: [&'static str; 2],
    kept: Duration,
    bytes_max: i64,
    retention: RetentionPolicy,
    /// Groups whose share is kept from the stream's first moment on, whether one of them was there yet or not.
    groups: fn() -> Vec<Consumer>,
}

/// Events and sightings. A consumer that was away for more than a day starts from Postgres; about a million facts fit.
const FACTS: FactStream = FactStream {
    name: "FACTS",
    topics: [EVENT.prefix(), SIGHTING.prefix()],
    kept: Duration::from_secs(24 * 60 * 60),
    bytes_max: 256 << 20,
    retention: RetentionPolicy::Limits,
    groups: Vec::new,
};

/// Crops and observations: some ten thousand crops wait for a re-ID service that is away for hours. They show people, so they
/// go as soon as they were worked on, and the oldest go when there are too many: who passed lately is worth more.
const CROPS: FactStream = FactStream {
    name: "CROPS",
    topics: [CROP.prefix(), OBSERVATION.prefix()],
    kept: Duration::from_secs(6 * 60 * 60),
    bytes_max: 2 << 30,
    retention: RetentionPolicy::Interest,
    groups: || vec![EMBEDDING.consumer(), ASSOCIATION.consumer()],
};

/// In this order: the first once kept what the second keeps now, and no subject may belong to two streams.
const ALL: [&FactStream; 2] = [&FACTS, &CROPS];

impl<M: Message> Fact<M> {
    /// The stream that keeps the topic.
    pub(crate) fn stream(&self) -> &'static FactStream {
        if CROPS.topics.contains(&self.prefix()) { &CROPS } else { &FACTS }
    }
}

impl FactStream {
    fn subjects(&self) -> Vec<String> {
        self.topics.iter().map(|topic| format!("{topic}.>")).collect()
    }

    fn config(&self) -> Config {
        Config {
            name: self.name.to_owned(),
            subjects: self.subjects(),
            max_age: self.kept,
            max_bytes: self.bytes_max,
            retention: self.retention,
            discard: DiscardPolicy::Old,
            duplicate_window: DUPLICATE_WINDOW,
            ..Config::default()
        }
    }
}

impl Bus {
    /// Makes sure that the streams of facts exist and keep what belongs to them; an older Iris' stream is changed in place, and
    /// what it holds stays. To be called until it succeeds, and again when a fact cannot be published: the server may have lost
    /// its store.
    pub async fn prepare_facts(&self) -> Result<(), BusError> {
        self.check_connected()?;
        for stream in ALL {
            self.prepare_stream(stream).await?;
            for group in (stream.groups)() {
                self.prepare_consumer(&group).await?;
            }
        }
        Ok(())
    }

    async fn prepare_stream(&self, stream: &FactStream) -> Result<(), BusError> {
        let refused = |error: &dyn std::fmt::Display| BusError::refused("prepare a stream of facts")(error);
        let made = self.jetstream.get_or_create_stream(stream.config()).await.map_err(|error| refused(&error))?;
        let there = &made.cached_info().config;
        if there.subjects == stream.subjects() {
            return Ok(());
        }
        // Bounds that an operator has set stay.
        let wanted = Config { subjects: stream.subjects(), ..there.clone() };
        self.jetstream.update_stream(wanted).await.map(drop).map_err(|error| refused(&error))
    }
}
