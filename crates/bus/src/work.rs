//! Work: facts that the members of a group share. Each fact goes to one member, which says when it is done; what a member does
//! not finish goes to another. The server keeps the group's place, so work waits while nobody is there and is gone on with after
//! a restart.
//!
//! Driven by a service's loop: [`Work::next`], then one of [`Job`]'s ends. A member takes one job at a time from the server, since
//! what it had taken ahead would count as given out while it is still waiting here.

use std::pin::pin;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{self, AckKind};
use iris_domain::CameraId;
use iris_proto::Message;
use iris_runtime::TraceContext;

use crate::message::{Crop, EventFact, ObservationFact, SightingFact};
use crate::pulling::{Pulled, Pulling};
use crate::samples::count_malformed;
use crate::topic::{CROP, EVENT, Fact, OBSERVATION, SIGHTING};
use crate::{Bus, BusError, traces};

/// The re-ID nodes look at crops.
pub const EMBEDDING: Queue<Crop> = Queue::new(CROP, "embedding");
/// The leading re-ID node takes in observations. What a leader had in hand when it died comes to its successor within its 10 s.
pub const ASSOCIATION: Queue<ObservationFact> =
    Queue::new(OBSERVATION, "association").given_again_after(Duration::from_secs(5));
/// The leading re-ID node writes into events who was seen; what was before re-ID came is not its concern.
pub const EVENT_SUBJECTS: Queue<EventFact> =
    Queue::new(EVENT, "event-subjects").given_again_after(Duration::from_secs(5)).from_now();
/// Notify makes visits of events; nobody is told of what was before it came.
pub const VISIT_EVENTS: Queue<EventFact> =
    Queue::new(EVENT, "visit-events").given_again_after(Duration::from_secs(5)).from_now();
/// Notify takes in who was seen.
pub const VISIT_SIGHTINGS: Queue<SightingFact> =
    Queue::new(SIGHTING, "visit-sightings").given_again_after(Duration::from_secs(5)).from_now();

/// A fact that was given out this often and never finished kills or hangs whoever takes it.
pub const ATTEMPTS_MAX: u32 = 5;
/// Jobs given out and not finished, of all members together: far more than there are members, since each has only a few.
const UNFINISHED_MAX: usize = 256;
/// A member that says nothing of a job for so long is taken for dead, unless the queue says otherwise.
const GIVEN_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Pause before lost work is taken up again.
const PAUSE: Duration = Duration::from_millis(500);

/// Which facts a group shares, and how.
pub struct Queue<M> {
    topic: Fact<M>,
    group: &'static str,
    given_again_after: Duration,
    unfinished_max: usize,
    from_now: bool,
}

impl<M> Clone for Queue<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Queue<M> {}

/// A group's place at the server.
pub(crate) struct Consumer {
    stream: &'static str,
    config: pull::Config,
}

impl<M: Message> Queue<M> {
    /// All facts of a topic that are still kept, shared under this name: letters, digits and `-`.
    pub const fn new(topic: Fact<M>, group: &'static str) -> Self {
        Self { topic, group, given_again_after: GIVEN_AGAIN_AFTER, unfinished_max: UNFINISHED_MAX, from_now: false }
    }

    /// A job whose member says nothing for so long goes to another.
    pub const fn given_again_after(self, time: Duration) -> Self {
        Self { given_again_after: time, ..self }
    }

    /// No more jobs than this are given out before one is finished.
    pub const fn unfinished_max(self, jobs: usize) -> Self {
        Self { unfinished_max: jobs, ..self }
    }

    /// The group's first member begins with what is published after it came; later ones go on where the group is.
    pub const fn from_now(self) -> Self {
        Self { from_now: true, ..self }
    }

    pub(crate) fn consumer(&self) -> Consumer {
        Consumer {
            stream: self.topic.stream().name,
            config: pull::Config {
                durable_name: Some(self.group.to_owned()),
                filter_subject: self.topic.all(),
                deliver_policy: if self.from_now { DeliverPolicy::New } else { DeliverPolicy::All },
                ack_policy: AckPolicy::Explicit,
                ack_wait: self.given_again_after,
                max_ack_pending: i64::try_from(self.unfinished_max).unwrap_or(i64::MAX),
                ..pull::Config::default()
            },
        }
    }
}

impl Bus {
    /// Takes part in a group's work. Nothing is asked of the server before the first [`Work::next`].
    pub fn work<M: Message>(&self, queue: Queue<M>) -> Work<M> {
        Work { bus: self.clone(), queue, pulling: None, consumer: None }
    }

    /// Facts that a group has not finished, given out or not.
    pub async fn unfinished<M: Message>(&self, queue: Queue<M>) -> Result<u64, BusError> {
        self.check_connected()?;
        let asked = self.jetstream.get_consumer_from_stream(queue.group, queue.topic.stream().name).await;
        let consumer: jetstream::consumer::Consumer<pull::Config> =
            asked.map_err(|error| BusError::refused("ask how much work there is")(&error))?;
        let info = consumer.cached_info();
        Ok(info.num_pending + info.num_ack_pending as u64)
    }

    /// Makes a group's place, or finds it.
    pub(crate) async fn prepare_consumer(
        &self,
        consumer: &Consumer,
    ) -> Result<jetstream::consumer::Consumer<pull::Config>, BusError> {
        self.check_connected()?;
        let made = self.jetstream.create_consumer_on_stream(consumer.config.clone(), consumer.stream).await;
        made.map_err(|error| BusError::refused("take part in work on facts")(&error))
    }
}

/// A member's side of a group's work.
pub struct Work<M> {
    bus: Bus,
    queue: Queue<M>,
    pulling: Option<Pulling>,
    /// The group's place, once it was found.
    consumer: Option<jetstream::consumer::Consumer<pull::Config>>,
}

impl<M: Message> Work<M> {
    /// The next job, whenever it comes: while the bus is away it waits, and when the server has lost the group's place a new one
    /// is made. Nothing is lost when the call is dropped. Malformed facts and those that nobody could finish are ended here.
    pub async fn next(&mut self) -> Job<M> {
        loop {
            match self.pull().await {
                Ok(Pulled::Message(message)) => {
                    let message = jetstream::Message { message, context: self.bus.jetstream.clone() };
                    if let Some(job) = self.accept(message).await {
                        return job;
                    }
                }
                Ok(Pulled::Nothing) => {}
                Ok(Pulled::Lost(reason)) => self.lost(&reason).await,
                Err(error) => self.lost(&error.to_string()).await,
            }
        }
    }

    async fn pull(&mut self) -> Result<Pulled, BusError> {
        let pulling = match &mut self.pulling {
            Some(pulling) => pulling,
            none => none.insert(Pulling::new(&self.bus).await?),
        };
        let consumer = match &mut self.consumer {
            Some(consumer) => consumer,
            none => {
                self.bus.prepare_facts().await?;
                none.insert(self.bus.prepare_consumer(&self.queue.consumer()).await?)
            }
        };
        pulling.pull(consumer).await
    }

    async fn lost(&mut self, reason: &str) {
        if self.consumer.take().is_some() {
            tracing::info!(group = self.queue.group, "taking up the work of `{}` again: {reason}", self.queue.group);
        }
        tokio::time::sleep(PAUSE).await;
    }

    async fn accept(&self, message: jetstream::Message) -> Option<Job<M>> {
        let attempt = message.info().map_or(1, |info| u32::try_from(info.delivered).unwrap_or(u32::MAX));
        let (message, acker) = message.split();
        let mut end = End { bus: self.bus.clone(), group: self.queue.group, acker };
        if attempt > 1 {
            metrics::counter!("iris_bus_jobs_given_again_total", "group" => end.group).increment(1);
        }
        if attempt > ATTEMPTS_MAX {
            end.give_up(&format!("nobody finished it in {ATTEMPTS_MAX} attempts")).await;
            return None;
        }
        let camera = self.queue.topic.key(message.subject.as_str()).and_then(|key| key.parse().ok());
        let trace = traces::incoming(message.headers.as_ref());
        match (camera, iris_proto::decode(message.payload)) {
            (Some(camera), Ok(fact)) => {
                Some(Job { camera, fact, attempt, trace, given_again_after: self.queue.given_again_after, end })
            }
            (None, _) => {
                end.give_up("its subject names no camera").await;
                None
            }
            (_, Err(error)) => {
                count_malformed(message.subject.as_str(), &error);
                end.send(AckKind::Term).await;
                None
            }
        }
    }
}

/// One fact to work on. Dropped without an end, it goes to another member after a while.
pub struct Job<M> {
    /// Whose fact it is.
    pub camera: CameraId,
    /// The fact.
    pub fact: M,
    /// How often it was given out, this time included.
    pub attempt: u32,
    /// The trace that it belongs to.
    pub trace: TraceContext,
    given_again_after: Duration,
    end: End,
}

impl<M> Job<M> {
    /// It is done. Should this be lost on the way, the fact comes again: whoever works on facts does not mind.
    pub async fn done(mut self) {
        self.end.send(AckKind::Ack).await;
    }

    /// It failed; somebody may try again after a while, [`ATTEMPTS_MAX`] times in all. When something that all jobs need is away,
    /// wait for it within [`during`](Self::during) instead.
    pub async fn retry_later(mut self, after: Duration) {
        self.end.send(AckKind::Nak(Some(after))).await;
    }

    /// It can never be done: counted and logged.
    pub async fn give_up(mut self, reason: &str) {
        self.end.give_up(reason).await;
    }

    /// Keeps the job this member's while it works or waits for what it needs.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut sign = tokio::time::interval(self.given_again_after / 3);
        sign.reset();
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = sign.tick() => self.end.send(AckKind::Progress).await,
            }
        }
    }
}

/// How a job ends.
struct End {
    bus: Bus,
    group: &'static str,
    acker: jetstream::message::Acker,
}

impl End {
    async fn give_up(&mut self, reason: &str) {
        metrics::counter!("iris_bus_jobs_given_up_total", "group" => self.group).increment(1);
        tracing::error!(group = self.group, "gave up a job of `{}`: {reason}", self.group);
        self.send(AckKind::Term).await;
    }

    async fn send(&mut self, kind: AckKind) {
        // While the bus is away there is nobody to tell, and nothing to wait for: the job is given again.
        if !self.bus.is_connected() {
            return;
        }
        if let Err(error) = self.acker.ack_with(kind).await {
            tracing::debug!(group = self.group, "the end of a job was not told: {error}");
        }
    }
}
