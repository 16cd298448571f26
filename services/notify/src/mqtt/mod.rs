//! Tells a home by MQTT: the state of cameras and people as retained messages, Home Assistant what there is to be found, and each
//! change of a visit. A task of its own owns the connection. The retained state is made of Postgres anew whenever something changed or
//! the broker or Home Assistant came back, and compared with what was published: what differs is sent, what is not wanted any more
//! is taken away. So it is right again after a restart of anything.

mod home;
mod session;

use std::time::Duration;

use anyhow::Context as _;
use iris_runtime::{CancellationToken, SecretUrl};
use rumqttc::tokio_native_tls::native_tls;
use rumqttc::{LastWill, MqttOptions, QoS, TlsConfiguration, Transport};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{info, warn};

use crate::Deps;
use crate::config::MqttSettings;
use crate::delivering::Sent;
use crate::message::Message;
pub use home::Topics;
use session::Session;

/// A broker that says nothing for so long is gone; it is told that this client is after half as much again.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Connecting, a message's way there and the word that it arrived.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A visit with fifty events has some 20 KB.
const PACKET_BYTES_MAX: usize = 256 << 10;
/// Pauses before connecting again: a restart of the broker is hardly noticed, a broker that is gone hardly asked.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A message, and who waits for its arrival.
type Letter = (String, oneshot::Sender<()>);

/// A broker, as whoever tells it of visits sees it.
pub struct Mqtt {
    letters: mpsc::Sender<Letter>,
    connected: watch::Receiver<bool>,
}

impl Mqtt {
    /// Resolves when there is a connection.
    pub async fn ready(&self) {
        let mut connected = self.connected.clone();
        if connected.wait_for(|connected| *connected).await.is_err() {
            // The connection's task has ended with the process.
            std::future::pending::<()>().await;
        }
    }

    /// Sends a message and waits until the broker has it.
    pub async fn send(&self, message: &Message) -> Sent {
        let (arrived, arrival) = oneshot::channel();
        let sent = async {
            self.letters.send((message.body.clone(), arrived)).await.ok()?;
            arrival.await.ok()
        };
        match tokio::time::timeout(ANSWER_WITHIN, sent).await {
            Ok(Some(())) => Sent::Taken,
            Ok(None) => Sent::Lost("the connection to the broker was lost".to_owned()),
            Err(_) => Sent::Lost("the broker does not say that it has it".to_owned()),
        }
    }
}

/// The broker, as the task that talks to it sees it.
pub struct Connection {
    options: MqttOptions,
    topics: Topics,
    letters: mpsc::Receiver<Letter>,
    connected: watch::Sender<bool>,
}

/// Reads what is needed to connect. `instance` tells this process from others at the broker.
pub fn open(settings: &MqttSettings, instance: &str) -> anyhow::Result<(Mqtt, Connection)> {
    let topics = Topics::new(&settings.topic_prefix, &settings.discovery_prefix);
    // One at a time: who tells it of visits waits for each.
    let (letters, received) = mpsc::channel(1);
    let (connected, is_connected) = watch::channel(false);
    let options = options(settings, instance, &topics)?;
    let connection = Connection { options, topics, letters: received, connected };
    Ok((Mqtt { letters, connected: is_connected }, connection))
}

fn options(settings: &MqttSettings, instance: &str, topics: &Topics) -> anyhow::Result<MqttOptions> {
    let (host, port, tls) = address(&settings.url).context("the address has no host")?;
    let mut options = MqttOptions::new(format!("{}-{instance}", settings.topic_prefix), host, port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
    options.set_last_will(LastWill::new(topics.status(), home::OFFLINE, QoS::AtLeastOnce, true));
    if let Some(user) = &settings.user {
        let password = match &settings.password_file {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("read its password `{}`", file.display()))?
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
            None => String::new(),
        };
        options.set_credentials(user, password);
    }
    if tls {
        let mut connector = native_tls::TlsConnector::builder();
        if let Some(file) = &settings.ca_file {
            let read = || format!("its authority `{}`", file.display());
            let pem = std::fs::read(file).with_context(read)?;
            connector.add_root_certificate(native_tls::Certificate::from_pem(&pem).with_context(read)?);
        }
        let connector = connector.build().context("prepare TLS")?;
        options.set_transport(Transport::tls_with_config(TlsConfiguration::NativeConnector(connector)));
    }
    Ok(options)
}

fn address(url: &SecretUrl) -> Option<(String, u16, bool)> {
    let url = url::Url::parse(url.expose()).ok()?;
    let tls = url.scheme() == "mqtts";
    Some((
        url.host_str()?.trim_matches(['[', ']']).to_owned(),
        url.port().unwrap_or(if tls { 8883 } else { 1883 }),
        tls,
    ))
}

impl Connection {
    /// Keeps the connection, and the broker's state right, until told to stop.
    pub async fn keep(&mut self, deps: &Deps, stop: &CancellationToken) {
        let mut pause = PAUSE_MIN;
        let mut warned = false;
        while !stop.is_cancelled() {
            match Session::begin(&self.options, &self.topics, stop).await {
                Ok(Some(mut session)) => {
                    info!("connected to the MQTT broker");
                    metrics::counter!("iris_notify_mqtt_connects_total").increment(1);
                    (pause, warned) = (PAUSE_MIN, false);
                    self.connected.send_replace(true);
                    let ended = session.run(deps, &mut self.letters, stop).await;
                    self.connected.send_replace(false);
                    self.drop_letters();
                    match ended {
                        Ok(()) => return session.end().await,
                        Err(error) => warn!("lost the MQTT broker: {error:#}"),
                    }
                }
                Ok(None) => return,
                Err(error) if !std::mem::replace(&mut warned, true) => {
                    warn!("the MQTT broker cannot be reached, trying again: {error:#}");
                }
                Err(_) => {}
            }
            let jittered = pause.mul_f64(rand::random_range(0.5..=1.0));
            let _stopped = stop.run_until_cancelled(tokio::time::sleep(jittered)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Whoever waits for an arrival learns that there is none.
    fn drop_letters(&mut self) {
        while self.letters.try_recv().is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_and_whether_by_tls() {
        let address = |text: &str| address(&SecretUrl::parse(text).unwrap());
        assert_eq!(address("mqtt://broker"), Some(("broker".to_owned(), 1883, false)));
        assert_eq!(address("mqtts://[::1]:8884"), Some(("::1".to_owned(), 8884, true)));
        assert_eq!(address("mqtts://broker.example"), Some(("broker.example".to_owned(), 8883, true)));
    }
}
