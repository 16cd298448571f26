//! The table `[notify]` of the settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use garde::Validate;
use iris_domain::CameraId;
use iris_domain::visit::{VisitFilter, VisitNews, VisitRules, Who};
use iris_runtime::{SecretUrl, Settings};
use serde::{Deserialize, Serialize};
use url::Url;

/// Who is told of visits, and how. Without a target the service does nothing.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct NotifySettings {
    /// The Postgres database, `postgres://user:password@host:port/database`.
    #[garde(custom(postgres_scheme))]
    pub database_url: SecretUrl,
    /// Where people reach Iris with a browser, such as `https://iris.example`: what links in messages begin with. Not set: they are
    /// paths.
    #[garde(inner(custom(public_address)))]
    pub public_url: Option<Url>,
    /// A visitor who is not seen on any camera for longer has left, in seconds, 10 to 86400.
    #[garde(range(min = 10, max = 86_400))]
    pub visit_gap_seconds: u32,
    /// How long a visit of somebody unknown waits for a name before it is told, in seconds, 0 to 300.
    #[garde(range(max = 300))]
    pub recognition_wait_seconds: u32,
    /// Whether messages may say who it is. Gateway, ingest and re-ID have the same setting.
    #[garde(skip)]
    pub biometrics_enabled: bool,
    /// Webhooks by name: `[notify.webhooks.NAME]`.
    #[garde(custom(plain_names), dive)]
    pub webhooks: BTreeMap<String, WebhookSettings>,
    /// An MQTT broker, and through it Home Assistant: `[notify.mqtt]`.
    #[garde(dive)]
    pub mqtt: Option<MqttSettings>,
}

/// An HTTP server that is told of visits.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
pub struct WebhookSettings {
    /// Where to send, `https://...`.
    #[garde(custom(webhook_scheme(&self.allow_insecure)))]
    pub url: SecretUrl,
    /// A file with the secret that messages are signed with, `whsec_` and at least 24 bytes in base64.
    #[garde(skip)]
    pub secret_file: PathBuf,
    /// Whether `http://` will do: who listens in reads everything.
    #[serde(default)]
    #[garde(skip)]
    pub allow_insecure: bool,
    /// Which visits.
    #[serde(default)]
    #[garde(skip)]
    pub filter: FilterSettings,
}

/// An MQTT broker.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
pub struct MqttSettings {
    /// Where it is: `mqtt://host`, or `mqtts://host` by TLS; ports 1883 and 8883 unless another is named.
    #[garde(custom(broker_address))]
    pub url: SecretUrl,
    /// Who this client is to it.
    #[serde(default)]
    #[garde(skip)]
    pub user: Option<String>,
    /// A file with the user's password.
    #[serde(default)]
    #[garde(skip)]
    pub password_file: Option<PathBuf>,
    /// A file with an authority that vouches for it, beside those of the system.
    #[serde(default)]
    #[garde(skip)]
    pub ca_file: Option<PathBuf>,
    /// What all topics begin with; another for each Iris at one broker.
    #[serde(default = "topic_prefix")]
    #[garde(custom(plain_name))]
    pub topic_prefix: String,
    /// Where Home Assistant looks for devices; empty: it is told nothing.
    #[serde(default = "discovery_prefix")]
    #[garde(custom(plain_name_or_none))]
    pub discovery_prefix: String,
    /// Which visits.
    #[serde(default)]
    #[garde(skip)]
    pub filter: FilterSettings,
}

fn topic_prefix() -> String {
    "iris".to_owned()
}

fn discovery_prefix() -> String {
    "homeassistant".to_owned()
}

/// Which visits a target is told of, and what of them. What is not set means all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterSettings {
    /// Ids of cameras.
    pub cameras: BTreeSet<CameraId>,
    /// Classes, such as `person`.
    pub labels: BTreeSet<String>,
    /// `anybody`, `known` or `unknown`.
    pub who: Who,
    /// `started`, `updated`, `ended`.
    pub news: Vec<VisitNews>,
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            database_url: SecretUrl::parse("postgres://iris@127.0.0.1:5432/iris").expect("a valid address"),
            public_url: None,
            visit_gap_seconds: 180,
            recognition_wait_seconds: 10,
            biometrics_enabled: true,
            webhooks: BTreeMap::new(),
            mqtt: None,
        }
    }
}

impl Settings for NotifySettings {
    const TABLE: &'static str = "notify";
}

impl NotifySettings {
    /// When visits begin and end. Where nobody is known, nobody waits for a name.
    pub fn rules(&self) -> VisitRules {
        let wait = if self.biometrics_enabled { self.recognition_wait_seconds } else { 0 };
        VisitRules {
            gap: Duration::from_secs(self.visit_gap_seconds.into()),
            recognition_wait: Duration::from_secs(wait.into()),
        }
    }
}

impl FilterSettings {
    /// Which visits.
    pub fn visits(&self) -> VisitFilter {
        VisitFilter { cameras: self.cameras.clone(), labels: self.labels.clone(), who: self.who }
    }

    /// Whether such news of a visit are wanted.
    pub fn wants(&self, news: VisitNews) -> bool {
        self.news.is_empty() || self.news.contains(&news)
    }
}

fn postgres_scheme(url: &SecretUrl, _: &()) -> garde::Result {
    match url.scheme() {
        "postgres" | "postgresql" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected postgres"))),
    }
}

fn public_address(url: &Url, _: &()) -> garde::Result {
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.query().is_none();
    if plain { Ok(()) } else { Err(garde::Error::new("expected an address such as https://iris.example")) }
}

fn webhook_scheme(allow_insecure: &bool) -> impl FnOnce(&SecretUrl, &()) -> garde::Result + '_ {
    move |url, ()| match url.scheme() {
        "https" => Ok(()),
        "http" if *allow_insecure => Ok(()),
        "http" => Err(garde::Error::new("http:// is read by whoever listens in: use https://, or set allow_insecure")),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected https"))),
    }
}

fn broker_address(url: &SecretUrl, _: &()) -> garde::Result {
    let parsed = Url::parse(url.expose()).ok();
    let plain = |url: &Url| {
        matches!(url.scheme(), "mqtt" | "mqtts")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    if parsed.as_ref().is_some_and(plain) {
        return Ok(());
    }
    Err(garde::Error::new(
        "expected mqtt://host or mqtts://host; the user stands in `user`, the password in `password_file`",
    ))
}

/// The names become parts of rows, topics and metrics.
fn plain_names<T>(targets: &BTreeMap<String, T>, _: &()) -> garde::Result {
    targets.keys().try_for_each(|name| plain_name(name, &()))
}

fn plain_name(name: &str, _: &()) -> garde::Result {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(garde::Error::new(format!("`{name}`: expected 1 to 64 letters, digits, `-` or `_`"))),
    }
}

fn plain_name_or_none(name: &str, _: &()) -> garde::Result {
    if name.is_empty() { Ok(()) } else { plain_name(name, &()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<NotifySettings, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let loaded = iris_runtime::settings::load::<NotifySettings>(Some(file.path()), &|_| None);
        loaded.map(|loaded| loaded.service).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn a_target_is_written_in_a_few_lines() {
        let settings = load(
            "[notify.webhooks.phone]\nurl = \"https://hooks.example/iris?key=hidden\"\nsecret_file = \"/run/secrets/phone\"\n\
             filter = { cameras = [1, 2], labels = [\"person\"], who = \"known\", news = [\"started\", \"ended\"] }\n",
        )
        .unwrap();
        let filter = &settings.webhooks["phone"].filter;
        assert_eq!((filter.visits().cameras.len(), filter.who), (2, Who::Known));
        assert!(filter.wants(VisitNews::Started) && !filter.wants(VisitNews::Updated));
        assert!(FilterSettings::default().wants(VisitNews::Updated));
    }

    #[test]
    fn every_mistake_is_named() {
        let report = load(
            "[notify]\nvisit_gap_seconds = 1\nrecognition_wait_seconds = 1000\npublic_url = \"ftp://iris.example\"\n\
             database_url = \"mysql://db/iris\"\n[notify.webhooks.\"a phone\"]\nurl = \"http://hooks.example\"\nsecret_file = \"x\"\n\
             filtre = { who = \"known\" }\n",
        )
        .unwrap_err();
        for wrong in [
            "visit_gap_seconds",
            "recognition_wait_seconds",
            "public_url",
            "database_url",
            "`a phone`",
            "allow_insecure",
            "notify.webhooks.a phone.filtre",
        ] {
            assert!(report.contains(wrong), "{wrong}: {report}");
        }
        let report =
            load("[notify.webhooks.phone]\nurl = \"https://x\"\nsecret_file = \"x\"\nfilter = { who = \"me\" }\n");
        assert!(report.unwrap_err().contains("anybody"));
    }

    #[test]
    fn nobody_waits_for_a_name_where_nobody_is_known() {
        let settings = NotifySettings { biometrics_enabled: false, ..NotifySettings::default() };
        assert_eq!(settings.rules().recognition_wait, Duration::ZERO);
        assert_eq!(NotifySettings::default().rules().gap, Duration::from_secs(180));
    }
}
