//! The connection: opened once per process, reopened by the client library for ever, never waited for by recording.

use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, jetstream};
use tracing::{info, warn};
use url::Url;

/// Messages waiting in one subscription: about 3 s of tracks from 100 cameras at 5 pictures a second. When it is full the
/// client library drops the new message, which for a sample is made good by the next.
const SUBSCRIPTION_CAPACITY: usize = 2048;
/// Commands waiting for the socket. Publishing samples never waits for room (see `samples`), facts and asks have deadlines.
const CLIENT_CAPACITY: usize = 512;
/// A dead TCP peer is noticed after two of these.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// Longest pause between attempts to reconnect: short, since everything but recording waits for it.
const RECONNECT_PAUSE_MAX: Duration = Duration::from_secs(2);

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct BusOptions {
    /// `nats://host:port`, or `tls://`; user and password or a token may stand in it. A user's name becomes a part of subjects.
    pub url: String,
    /// How the server lists this client: service and instance.
    pub name: String,
}

/// The bus could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address is none.
    #[error("`nats_url` is not an address such as nats://127.0.0.1:4222")]
    Address,
    /// The connection is down; the client library keeps trying.
    #[error("the message bus is not reachable")]
    Disconnected,
    /// The server refused or did not answer.
    #[error("{attempted}: {reason}")]
    Refused {
        /// What was attempted.
        attempted: &'static str,
        /// What the server or the library said.
        reason: String,
    },
}

impl BusError {
    pub(crate) fn refused(attempted: &'static str) -> impl FnOnce(&dyn std::fmt::Display) -> Self {
        move |reason| Self::Refused { attempted, reason: reason.to_string() }
    }
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusServer {
    /// Such as `2.9.25`.
    pub version: String,
    /// The largest message it takes, in bytes.
    pub payload_bytes_max: usize,
    /// Whether it keeps streams.
    pub jetstream: bool,
    /// Whether it wants its clients to speak TLS.
    pub tls: bool,
}

/// A handle to the bus; cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
}

impl Bus {
    /// Starts connecting and returns at once: a service starts, and records, without NATS.
    pub async fn connect(options: &BusOptions) -> Result<Self, BusError> {
        Self::connect_with(options, ConnectOptions::new().retry_on_initial_connect()).await
    }

    /// Connects now or says why not: for whoever wants to know, and can do nothing without.
    pub async fn connect_now(options: &BusOptions) -> Result<Self, BusError> {
        Self::connect_with(options, ConnectOptions::new()).await
    }

    async fn connect_with(options: &BusOptions, connect: ConnectOptions) -> Result<Self, BusError> {
        let mut url = Url::parse(&options.url).map_err(|_| BusError::Address)?;
        let mut connect = connect
            .name(&options.name)
            .max_reconnects(None)
            .ping_interval(PING_INTERVAL)
            .connection_timeout(Duration::from_secs(3))
            .request_timeout(Some(Duration::from_secs(5)))
            .subscription_capacity(SUBSCRIPTION_CAPACITY)
            .client_capacity(CLIENT_CAPACITY)
            .reconnect_delay_callback(reconnect_pause)
            .event_callback(|event| async move { log_event(&event) });
        // Credentials leave the address here, so that the library cannot print them with it.
        match (url.username().to_owned(), url.password().map(str::to_owned)) {
            (user, Some(password)) if !user.is_empty() => {
                // Where users have rights, each may hear answers at its own addresses only (deploy/nats/accounts.conf).
                connect = connect.custom_inbox_prefix(format!("_INBOX.{user}")).user_and_password(user, password);
            }
            (token, None) if !token.is_empty() => connect = connect.token(token),
            _ => {}
        }
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| BusError::Address)?;
        let client =
            connect.connect(url.as_str()).await.map_err(|error| BusError::refused("connect to NATS")(&error))?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(Duration::from_secs(3));
        Ok(Self { client, jetstream })
    }

    /// Whether the server can be reached now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// What the server says of itself, once there is one.
    pub fn server(&self) -> BusServer {
        let info = self.client.server_info();
        BusServer {
            version: info.version,
            payload_bytes_max: info.max_payload,
            jetstream: info.jetstream,
            tls: info.tls_required,
        }
    }

    pub(crate) fn check_connected(&self) -> Result<(), BusError> {
        if self.is_connected() { Ok(()) } else { Err(BusError::Disconnected) }
    }
}

fn reconnect_pause(attempt: usize) -> Duration {
    let doubled = Duration::from_millis(50) * 2u32.saturating_pow(u32::try_from(attempt).unwrap_or(u32::MAX).min(8));
    doubled.min(RECONNECT_PAUSE_MAX)
}

fn log_event(event: &Event) {
    match event {
        Event::Connected => info!("connected to the message bus"),
        Event::Disconnected => warn!("lost the message bus; trying again"),
        Event::SlowConsumer(_) => {
            metrics::counter!("iris_bus_slow_consumer_total").increment(1);
        }
        other => tracing::debug!("message bus: {other}"),
    }
}
