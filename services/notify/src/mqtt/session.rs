//! One connection to the broker, from its first word to its last. Everything is published with a word from the broker that it arrived,
//! one after the other, so that it is known what the broker has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use iris_runtime::CancellationToken;
use iris_store::StoreError;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Outgoing, Packet, Publish, QoS};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::debug;

use super::home::{self, Home, OFFLINE, ONLINE, Topics};
use super::{ANSWER_WITHIN, Letter};
use crate::Deps;

/// How often the state is compared although nothing is known to have changed: cameras and people are added and renamed.
const COMPARE_EVERY: Duration = Duration::from_secs(5);
/// Subscriptions and the one message that is on its way.
const REQUESTS: usize = 16;

pub struct Session {
    client: AsyncClient,
    eventloop: EventLoop,
    topics: Topics,
    /// What the broker keeps of this session's.
    published: BTreeMap<String, String>,
    /// What it kept from earlier ones.
    found: BTreeSet<String>,
    /// Home Assistant has begun anew, and asks for everything.
    asked_for_all: bool,
}

impl Session {
    /// Connects. `None` when told to stop before.
    pub async fn begin(
        options: &MqttOptions,
        topics: &Topics,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<Self>> {
        let (client, eventloop) = AsyncClient::new(options.clone(), REQUESTS);
        let mut session = Self {
            client,
            eventloop,
            topics: topics.clone(),
            published: BTreeMap::new(),
            found: BTreeSet::new(),
            asked_for_all: false,
        };
        let connect = timeout(ANSWER_WITHIN, session.connect());
        match stop.run_until_cancelled(connect).await {
            None => Ok(None),
            Some(connected) => connected.context("no answer in time")?.map(|()| Some(session)),
        }
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        while !matches!(self.eventloop.poll().await?, Event::Incoming(Packet::ConnAck(_))) {}
        for topic in self.topics.subscriptions() {
            self.client.subscribe(topic, QoS::AtLeastOnce).await?;
        }
        let status = self.topics.status();
        self.publish(&status, ONLINE, true).await
    }

    /// Keeps the broker's state right and hands over letters. Ends with `Ok` when told to stop.
    pub async fn run(
        &mut self,
        deps: &Deps,
        letters: &mut mpsc::Receiver<Letter>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let mut compare = tokio::time::interval(COMPARE_EVERY);
        compare.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let changed = deps.home_changed.clone();
        loop {
            let is_due = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                event = self.eventloop.poll() => {
                    self.hear(&event?);
                    std::mem::take(&mut self.asked_for_all)
                }
                Some((body, arrived)) = letters.recv() => {
                    let topic = self.topics.visits();
                    self.publish(&topic, &body, false).await?;
                    // Nobody waits any more: it is sent again.
                    let _late = arrived.send(());
                    false
                }
                () = changed.notified() => true,
                _ = compare.tick() => true,
            };
            if is_due {
                self.compare(deps).await?;
            }
        }
    }

    /// Says goodbye, so that nobody has to wait until this client is missed.
    pub async fn end(&mut self) {
        let status = self.topics.status();
        let goodbye = async {
            self.publish(&status, OFFLINE, true).await?;
            self.client.disconnect().await?;
            while self.eventloop.poll().await.is_ok() {}
            anyhow::Ok(())
        };
        let _in_time = timeout(Duration::from_secs(2), goodbye).await;
    }

    /// Publishes what differs from what the broker has, and takes away what is not wanted.
    async fn compare(&mut self, deps: &Deps) -> anyhow::Result<()> {
        let home = match Home::read(deps).await {
            Ok(home) => home,
            Err(error @ StoreError::Corrupt { .. }) => return Err(error.into()),
            Err(error) => {
                debug!("the state at the MQTT broker waits: {error}");
                return Ok(());
            }
        };
        let wanted = home.retained(&self.topics);
        let unwanted = self.found.iter().chain(self.published.keys()).filter(|topic| !wanted.contains_key(*topic));
        for topic in unwanted.cloned().collect::<BTreeSet<_>>() {
            self.publish(&topic, "", true).await?;
            self.found.remove(&topic);
            self.published.remove(&topic);
        }
        for (topic, payload) in wanted {
            if self.published.get(&topic) != Some(&payload) {
                self.publish(&topic, &payload, true).await?;
                self.published.insert(topic, payload);
            }
        }
        Ok(())
    }

    /// Publishes, and waits for the broker's word that it has it.
    async fn publish(&mut self, topic: &str, payload: &str, retain: bool) -> anyhow::Result<()> {
        let published = async {
            self.client.publish(topic, QoS::AtLeastOnce, retain, payload.as_bytes()).await?;
            let mut sent = None;
            loop {
                let event = self.eventloop.poll().await?;
                match &event {
                    Event::Outgoing(Outgoing::Publish(id)) => sent = Some(*id),
                    Event::Incoming(Packet::PubAck(ack)) if sent == Some(ack.pkid) => return anyhow::Ok(()),
                    event => self.hear(event),
                }
            }
        };
        timeout(ANSWER_WITHIN, published).await.map_err(|_| anyhow!("the broker does not say that it has a message"))?
    }

    fn hear(&mut self, event: &Event) {
        let Event::Incoming(Packet::Publish(Publish { topic, payload, retain, .. })) = event else { return };
        if *topic == self.topics.home_status() {
            if payload.as_ref() == home::ONLINE.as_bytes() && !retain {
                self.published.clear();
                self.asked_for_all = true;
            }
        } else if *retain && !payload.is_empty() {
            self.found.insert(topic.clone());
        }
    }
}
