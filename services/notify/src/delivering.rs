//! Tells one target of visits: holds the next that is to be told, sends it, notes how it went. What fails is tried again after a pause
//! that grows to an hour, for a day; a newer state of the visit takes its place meanwhile, so that a target that was away is told
//! what is, once, and not all that was. Only what a target may have without anybody knowing is told again as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iris_domain::Timestamp;
use iris_domain::visit::VisitNews;
use iris_runtime::CancellationToken;
use iris_store::{Delivery, StoreError};
use tokio::sync::Notify;
use tracing::{debug, error, info, warn};

use crate::config::FilterSettings;
use crate::message::Message;
use crate::mqtt::Mqtt;
use crate::webhook::Webhook;
use crate::{Deps, now};

/// What is held is sent within its deadline, which is shorter; then another may try.
const HELD_FOR: Duration = Duration::from_secs(30);
/// Something becomes due without anybody saying so: what waited for a name, or for its next try.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause while the database is away.
const PAUSE: Duration = Duration::from_secs(2);
/// The first pause after a failure: what was a hiccup is over by then.
const AGAIN_AFTER_MIN: Duration = Duration::from_secs(5);
/// The longest.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(3600);
/// After a day nobody wants to be rung for it any more.
const TRIED_FOR: Duration = Duration::from_secs(24 * 3600);

/// Somebody who is told of visits.
pub struct Target {
    /// Its name in Postgres, logs and metrics.
    pub name: String,
    /// What it wants to be told.
    pub filter: FilterSettings,
    /// How.
    pub channel: Channel,
    /// Something may be to be told.
    pub changed: Arc<Notify>,
}

/// How a target is told.
pub enum Channel {
    /// By HTTP.
    Webhook(Webhook),
    /// By MQTT.
    Mqtt(Mqtt),
}

/// What became of a message.
#[derive(Debug, PartialEq)]
pub enum Sent {
    /// The target has it.
    Taken,
    /// It has not: why, and how long it wants not to be asked again.
    Refused(String, Option<Duration>),
    /// Nobody knows, and why.
    Lost(String),
    /// It never wants to be told again.
    Unwanted,
}

impl Channel {
    /// Resolves when there is any use in sending. A broker that is away is waited for; whether a server is there shows when it is asked.
    async fn ready(&self) {
        match self {
            Self::Webhook(_) => {}
            Self::Mqtt(mqtt) => mqtt.ready().await,
        }
    }

    async fn send(&self, message: &Message) -> Sent {
        match self {
            Self::Webhook(webhook) => webhook.send(message).await,
            Self::Mqtt(mqtt) => mqtt.send(message).await,
        }
    }
}

/// Tells a target until told to stop, or until it says that it never wants to be told again.
///
/// # Errors
/// Never; what fails is tried again.
pub async fn run(deps: &Deps, target: &Target, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return Ok(());
    }
    let teller = Teller { deps, target, failing: AtomicBool::new(false) };
    loop {
        match stop.run_until_cancelled(teller.tell_next()).await {
            None | Some(Ok(Told::Unwanted)) => return Ok(()),
            Some(Ok(Told::Something)) => {}
            Some(Ok(Told::Nothing)) => {
                let changed = tokio::time::timeout(LOOK_EVERY, target.changed.notified());
                let _either = stop.run_until_cancelled(changed).await;
            }
            Some(Err(error)) => {
                debug!(target = target.name, "`{}` waits: {error}", target.name);
                let _stopped = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
}

enum Told {
    Something,
    Nothing,
    Unwanted,
}

struct Teller<'a> {
    deps: &'a Deps,
    target: &'a Target,
    /// Whether the last message failed: one line in the log when it begins, and one when it is over.
    failing: AtomicBool,
}

impl Teller<'_> {
    async fn tell_next(&self) -> Result<Told, StoreError> {
        self.target.channel.ready().await;
        let (visits, now) = (self.deps.store.visits(), now());
        let Some(delivery) = visits.hold(&self.target.name, now, now.plus(HELD_FOR)).await? else {
            return Ok(Told::Nothing);
        };
        let news = delivery.visit.news(delivery.was_told).filter(|news| self.target.filter.wants(*news));
        let Some(news) = news else {
            visits.told(&delivery).await?;
            return Ok(Told::Something);
        };
        self.tell(&delivery, news).await
    }

    async fn tell(&self, delivery: &Delivery, news: VisitNews) -> Result<Told, StoreError> {
        let visits = self.deps.store.visits();
        let names = visits.names(std::slice::from_ref(&delivery.visit), self.deps.by_identity).await?;
        let message = self.deps.writer.write(&delivery.visit, news, &names, now());
        match self.target.channel.send(&message).await {
            Sent::Taken => {
                metrics::counter!("iris_notify_sent_total", "target" => self.target.name.clone(), "news" => news.as_str())
                    .increment(1);
                if self.failing.swap(false, Ordering::Relaxed) {
                    info!(target = self.target.name, "`{}` takes messages again", self.target.name);
                }
                visits.told(delivery).await?;
                Ok(Told::Something)
            }
            Sent::Refused(reason, wanted) => {
                if let Some(again_at) = self.failed(delivery, &reason, wanted).await? {
                    visits.refused(delivery, again_at).await?;
                }
                Ok(Told::Something)
            }
            Sent::Lost(reason) => {
                if let Some(again_at) = self.failed(delivery, &reason, None).await? {
                    visits.lost(delivery, again_at).await?;
                }
                Ok(Told::Something)
            }
            Sent::Unwanted => {
                let name = &self.target.name;
                warn!(
                    target = name,
                    "`{name}` says that it is gone for good (410): nothing more is sent until the next start"
                );
                visits.give_up(delivery).await?;
                Ok(Told::Unwanted)
            }
        }
    }

    /// When it is to be tried again, unless it is given up.
    async fn failed(
        &self,
        delivery: &Delivery,
        reason: &str,
        wanted: Option<Duration>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (visits, name, now) = (self.deps.store.visits(), &self.target.name, now());
        metrics::counter!("iris_notify_failures_total", "target" => name.clone()).increment(1);
        if !self.failing.swap(true, Ordering::Relaxed) {
            warn!(target = name, "`{name}` takes no message, trying again for a day: {reason}");
        }
        if now.since(delivery.failing_since) >= TRIED_FOR {
            metrics::counter!("iris_notify_given_up_total", "target" => name.clone()).increment(1);
            error!(target = name, visit.id = %delivery.visit.id, "gave up telling `{name}` of a visit: {reason}");
            visits.give_up(delivery).await?;
            return Ok(None);
        }
        let pause = pause(delivery.attempts, rand::random_range(0.5..=1.0));
        let pause = wanted.map_or(pause, |wanted| wanted.clamp(pause, AGAIN_AFTER_MAX));
        Ok(Some(now.plus(pause)))
    }
}

/// How long to wait after so many tries: doubling, and times `jitter` (0.5 to 1), so that many visits that failed together do not
/// come back together.
fn pause(attempts: u32, jitter: f64) -> Duration {
    let doubled = AGAIN_AFTER_MIN.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    doubled.min(AGAIN_AFTER_MAX).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds: Vec<u64> = [0, 1, 2, 3, 9, 10, 11, u32::MAX].map(|tries| pause(tries, 1.0).as_secs()).into();
        assert_eq!(seconds, [5, 5, 10, 20, 1280, 2560, 3600, 3600]);
        assert_eq!(pause(1, 0.5), Duration::from_millis(2500));
    }
}
