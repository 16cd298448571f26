//! The notify service: tells people and their homes who visits. It works through the facts of events and sightings, as one group
//! however many of it run, so that nothing is missed while it is down; `iris_domain::visit` makes visits of them, Postgres keeps
//! those, and each target is told of them by a task of its own, so that none holds up another.
//!
//! This process remembers nothing: what is to be told, and what was, stands in Postgres. It never touches pictures or vectors.

mod config;
mod delivering;
mod following;
mod heartbeat;
mod message;
mod mqtt;
mod status;
mod webhook;

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use iris_bus::{Bus, BusOptions};
use iris_domain::visit::{Visit, VisitRules};
use iris_domain::{InstanceId, Timestamp};
use iris_runtime::Context;
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;
use tokio::sync::Notify;
use tracing::info;

pub use config::{FilterSettings, MqttSettings, NotifySettings, WebhookSettings};
use delivering::{Channel, Target};
use message::Writer;
use status::Status;
use webhook::Webhook;

/// What every part of this service needs; clones share it.
#[derive(Clone)]
struct Deps {
    bus: Bus,
    store: Store,
    rules: VisitRules,
    by_identity: bool,
    writer: Arc<Writer>,
    targets: Arc<Vec<Target>>,
    /// A visit changed: so may what a broker keeps.
    home_changed: Arc<Notify>,
    status: Arc<Status>,
}

/// Runs the service until the context says stop.
///
/// # Errors
/// When a target's secret cannot be read or is none, or an address in the settings is none.
pub async fn run(settings: NotifySettings, context: Context) -> anyhow::Result<()> {
    let mut targets = targets(&settings, context.service.version)?;
    let broker = broker(&settings, &context, &mut targets)?;
    if targets.is_empty() {
        info!("nobody is to be told: the settings name no target, see docs/notifications.md");
        context.shutdown.cancelled().await;
        return Ok(());
    }
    let deps = Deps::open(&settings, &context, targets).await?;
    let instance = InstanceId::new(context.instance.clone()).context("the instance's name is no plain name")?;
    status::watch(&context, &deps);
    heartbeat::start(&context, &deps, instance);
    follow(&context, &deps);
    tell(&context, &deps);
    if let Some(broker) = broker {
        keep_connected(&context, &deps, broker);
    }
    context.shutdown.cancelled().await;
    Ok(())
}

fn targets(settings: &NotifySettings, version: &str) -> anyhow::Result<Vec<Target>> {
    let webhook = |(name, settings): (&String, &WebhookSettings)| {
        let webhook = Webhook::open(settings, version).with_context(|| format!("the webhook `{name}`"))?;
        let (filter, changed) = (settings.filter.clone(), Arc::new(Notify::new()));
        Ok(Target { name: format!("webhook {name}"), filter, channel: Channel::Webhook(webhook), changed })
    };
    settings.webhooks.iter().map(webhook).collect()
}

/// Makes a target of the broker, and a connection to be kept.
fn broker(
    settings: &NotifySettings,
    context: &Context,
    targets: &mut Vec<Target>,
) -> anyhow::Result<Option<mqtt::Connection>> {
    let Some(settings) = &settings.mqtt else { return Ok(None) };
    let (mqtt, connection) = mqtt::open(settings, &context.instance).context("the MQTT broker")?;
    let (filter, changed) = (settings.filter.clone(), Arc::new(Notify::new()));
    targets.push(Target { name: "mqtt".to_owned(), filter, channel: Channel::Mqtt(mqtt), changed });
    Ok(Some(connection))
}

/// Starts the task that has the connection to the broker.
fn keep_connected(context: &Context, deps: &Deps, broker: mqtt::Connection) {
    let (shared, broker) = (deps.clone(), Arc::new(tokio::sync::Mutex::new(broker)));
    context.tasks.supervise("mqtt connection", move |stop| {
        let (deps, broker) = (shared.clone(), broker.clone());
        async move {
            if stop.run_until_cancelled(deps.status.database_prepared()).await.is_some() {
                // Nobody else waits for it: it is only shared with this job's next start.
                broker.lock().await.keep(&deps, &stop).await;
            }
            Ok(())
        }
    });
}

/// Starts what makes visits of facts.
fn follow(context: &Context, deps: &Deps) {
    let shared = deps.clone();
    context.tasks.supervise("events", move |stop| {
        let deps = shared.clone();
        async move { following::events(&deps, &stop).await }
    });
    let shared = deps.clone();
    context.tasks.supervise("sightings", move |stop| {
        let deps = shared.clone();
        async move { following::sightings(&deps, &stop).await }
    });
    let shared = deps.clone();
    context.tasks.supervise("ends of visits", move |stop| {
        let deps = shared.clone();
        async move { following::ends(&deps, &stop).await }
    });
}

/// Starts a task for each target.
fn tell(context: &Context, deps: &Deps) {
    for place in 0..deps.targets.len() {
        let shared = deps.clone();
        context.tasks.supervise(deps.targets[place].name.clone(), move |stop| {
            let deps = shared.clone();
            async move { delivering::run(&deps, &deps.targets[place], &stop).await }
        });
    }
}

impl Deps {
    async fn open(settings: &NotifySettings, context: &Context, targets: Vec<Target>) -> anyhow::Result<Self> {
        let name = format!("notify {}", context.instance);
        let bus = Bus::connect(&BusOptions { url: context.common.nats_url.expose().to_owned(), name }).await?;
        let url = SecretString::from(settings.database_url.expose().to_owned());
        let store = Store::open(&url, &StoreOptions::new("iris-notify")).await?;
        Ok(Self {
            bus,
            store,
            rules: settings.rules(),
            by_identity: settings.biometrics_enabled,
            writer: Arc::new(Writer::new(settings.public_url.as_ref(), settings.biometrics_enabled)),
            targets: Arc::new(targets),
            home_changed: Arc::default(),
            status: Arc::default(),
        })
    }

    /// The names of those who want to be told of a visit.
    fn targets_of(&self, visit: &Visit) -> Vec<String> {
        let admits = |target: &&Target| target.filter.visits().admits(visit);
        self.targets.iter().filter(admits).map(|target| target.name.clone()).collect()
    }

    /// Something may be to be told.
    fn wake(&self) {
        self.targets.iter().for_each(|target| target.changed.notify_one());
        self.home_changed.notify_one();
    }
}

fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}
