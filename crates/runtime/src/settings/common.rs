//! The table `[common]`: what every service needs to be found, watched and connected.

use super::{SERVICES, SecretUrl};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// `[common]`, the same for all services that share the file.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct CommonSettings {
    /// This process's name among its kind, in messages, leases and logs. Default: the host's name and a random suffix.
    #[garde(inner(custom(plain_name)))]
    pub instance: Option<String>,
    /// The NATS server. Credentials may stand in the address: a user and a password, or a token.
    #[garde(custom(nats_scheme))]
    pub nats_url: SecretUrl,
    /// Where this machine's cell keeps segments, clips and its own state.
    #[garde(skip)]
    pub data_dir: PathBuf,
    /// Where media are stored, when that is not `library` in `data_dir`: a bucket of an object store that speaks S3,
    /// `s3+https://KEY:SECRET@HOST/BUCKET`.
    #[garde(inner(custom(s3_scheme)))]
    pub library_url: Option<SecretUrl>,
    /// Where `/live`, `/ready` and `/metrics` are served: `host:port`, only a host address (the port is then the
    /// service's own, see [`SERVICES`]), or `off`.
    #[garde(skip)]
    pub health_listen: HealthListen,
    /// How log lines look.
    #[garde(skip)]
    pub log_format: LogFormat,
    /// Which log lines are written, as tracing's filter writes it: `info`, or `info,iris_ingest=debug`.
    #[garde(custom(log_filter))]
    pub log: String,
    /// An OTLP collector for traces over HTTP, such as `http://collector:4318`; without it there are no traces.
    #[garde(inner(custom(http_scheme)))]
    pub otlp_endpoint: Option<SecretUrl>,
    /// Which part of the traces that start here is exported, 0 to 1.
    #[garde(range(min = 0.0, max = 1.0))]
    pub trace_ratio: f64,
}

impl Default for CommonSettings {
    fn default() -> Self {
        Self {
            instance: None,
            nats_url: SecretUrl::parse("nats://127.0.0.1:4222").expect("a valid address"),
            data_dir: PathBuf::from("data"),
            library_url: None,
            health_listen: HealthListen::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            log_format: LogFormat::Auto,
            log: "info".to_owned(),
            otlp_endpoint: None,
            trace_ratio: 1.0,
        }
    }
}

impl CommonSettings {
    /// Fills in what depends on the service: the health port.
    pub(super) fn complete(&mut self, table: &str) {
        if let HealthListen::Address(address) = self.health_listen {
            // A table that is none of ours (a test's) gets any free port.
            let port = SERVICES.iter().find(|(name, _)| *name == table).map_or(0, |(_, port)| *port);
            self.health_listen = HealthListen::Socket(SocketAddr::new(address, port));
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `pretty` on a terminal, `json` elsewhere.
    Auto,
    /// Lines for people.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// Where the health port listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthListen {
    /// Nowhere.
    Off,
    /// At this address and the service's own port.
    Address(IpAddr),
    /// Here; port 0 is any free one.
    Socket(SocketAddr),
}

impl Serialize for HealthListen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str("off"),
            Self::Address(address) => serializer.collect_str(address),
            Self::Socket(socket) => serializer.collect_str(socket),
        }
    }
}

impl<'de> Deserialize<'de> for HealthListen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        let address = text.parse().map(Self::Address).ok();
        address.or_else(|| text.parse().map(Self::Socket).ok()).ok_or_else(|| {
            let wanted = "an address such as 127.0.0.1:9100 or 0.0.0.0, or off";
            de::Error::invalid_value(de::Unexpected::Str(&text), &wanted)
        })
    }
}

/// The name becomes a part of bus subjects and of file names.
fn plain_name(name: &str, _: &()) -> garde::Result {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(garde::Error::new("expected 1 to 64 letters, digits, `-` or `_`")),
    }
}

fn nats_scheme(url: &SecretUrl, _: &()) -> garde::Result {
    match url.scheme() {
        "nats" | "tls" | "ws" | "wss" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected nats, tls, ws or wss"))),
    }
}

/// The rest of it is judged by who opens the library.
fn s3_scheme(url: &SecretUrl, _: &()) -> garde::Result {
    match url.scheme() {
        "s3+https" | "s3+http" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected s3+https"))),
    }
}

/// The collector stands in the same network; TLS to it is not built in.
fn http_scheme(url: &SecretUrl, _: &()) -> garde::Result {
    match url.scheme() {
        "http" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected http"))),
    }
}

fn log_filter(filter: &str, _: &()) -> garde::Result {
    EnvFilter::try_new(filter).map(drop).map_err(|error| garde::Error::new(format!("no log filter: {error}")))
}
