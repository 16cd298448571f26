//! The table `[gateway]` of the settings. Read and judged once, before a socket opens; nothing here acts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::http::HeaderName;
use garde::Validate;
use ipnet::IpNet;
use iris_runtime::{Secret, SecretUrl, Settings};
use serde::{Deserialize, Serialize};
use url::Url;

/// What an operator may set of the gateway.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct GatewaySettings {
    /// Where HTTP is served, `address:port`. Beyond loopback only with authentication (see `allow_insecure`).
    #[garde(custom(safe_to_listen(self)))]
    pub listen: SocketAddr,
    /// The Postgres database, `postgres://user:password@host:port/database`.
    #[garde(custom(postgres_scheme))]
    pub database_url: SecretUrl,
    /// Whether every request under `/api` needs a credential.
    #[garde(skip)]
    pub auth_required: bool,
    /// The key that `Authorization: Bearer <key>` must carry. Without one, no bearer is right.
    #[garde(inner(custom(not_empty)))]
    pub api_key: Option<Secret>,
    /// The header in which a trusted proxy names the signed-in user's e-mail address.
    #[garde(custom(header_name))]
    pub sso_email_header: String,
    /// The header in which a trusted proxy gives the user's name.
    #[garde(custom(header_name))]
    pub sso_user_header: String,
    /// When set, the SSO headers count only together with `X-Iris-Proxy-Secret` of this value.
    #[garde(inner(custom(not_empty)))]
    pub sso_proxy_secret: Option<Secret>,
    /// The peers whose SSO and `X-Forwarded-Host` headers are believed, as CIDRs; an empty list turns them off.
    #[garde(skip)]
    pub trusted_proxies: Vec<IpNet>,
    /// Origins, such as `https://iris.example:8443`, whose pages may use the API from another site.
    #[garde(inner(custom(origin)))]
    pub allowed_origins: Vec<String>,
    /// Listen beyond loopback even without authentication. For closed test networks only.
    #[garde(skip)]
    pub allow_insecure: bool,
    /// Take `file:///...` as a camera's address. For demonstrations and tests.
    #[garde(skip)]
    pub allow_file_sources: bool,
    /// The highest picture rate of an MJPEG stream, 1 to 60 a second.
    #[garde(range(min = 1, max = 60))]
    pub live_mjpeg_fps: u32,
    /// A camera whose newest frame is older than this many seconds is offline, 1 to 3600.
    #[garde(range(min = 1, max = 3600))]
    pub status_stale_seconds: u32,
    /// How many days it is kept when cameras gave no pictures, 1 to 3650.
    #[garde(range(min = 1, max = 3650))]
    pub downtime_retention_days: u32,
    /// Whether live video with sound (HLS) is offered.
    #[garde(skip)]
    pub hls_enabled: bool,
    /// Cameras that may be watched by HLS at once, 1 to 1000.
    #[garde(range(min = 1, max = 1000))]
    pub hls_max_sessions: u32,
    /// The IANA name of the zone whose midnight begins "today" in analytics, such as `Europe/Berlin`.
    #[garde(custom(time_zone))]
    pub timezone: String,
    /// The folder of the page, what `web/` was built into. Without one there is the API alone.
    #[garde(skip)]
    pub web_dir: PathBuf,
    /// Whether faces and appearances may be read, compared and enrolled. Off, what is known can still be seen and deleted.
    #[garde(skip)]
    pub biometrics_enabled: bool,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        let cidr = |text: &str| text.parse().expect("a valid network");
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            database_url: SecretUrl::parse("postgres://iris@127.0.0.1:5432/iris").expect("a valid address"),
            auth_required: true,
            api_key: None,
            sso_email_header: "X-Email".to_owned(),
            sso_user_header: "X-User".to_owned(),
            sso_proxy_secret: None,
            trusted_proxies: vec![cidr("127.0.0.0/8"), cidr("::1/128")],
            allowed_origins: Vec::new(),
            allow_insecure: false,
            allow_file_sources: false,
            live_mjpeg_fps: 10,
            status_stale_seconds: 30,
            downtime_retention_days: 90,
            hls_enabled: true,
            hls_max_sessions: 8,
            timezone: "UTC".to_owned(),
            web_dir: PathBuf::from("web/dist"),
            biometrics_enabled: true,
        }
    }
}

impl Settings for GatewaySettings {
    const TABLE: &'static str = "gateway";
}

/// Beyond loopback anybody may knock: then everyone needs a credential, and an SSO header counts only from whoever knows the
/// proxy's secret, since an address can be forged or shared.
fn safe_to_listen(settings: &GatewaySettings) -> impl FnOnce(&SocketAddr, &()) -> garde::Result + '_ {
    |listen, ()| {
        if listen.ip().to_canonical().is_loopback() || settings.allow_insecure {
            return Ok(());
        }
        if !settings.auth_required {
            let why = "beyond loopback `auth_required` must be true (or `allow_insecure`, in a closed network)";
            return Err(garde::Error::new(why));
        }
        if settings.sso_proxy_secret.is_none() && !settings.trusted_proxies.is_empty() {
            let why =
                "beyond loopback the SSO header needs `sso_proxy_secret`; or set `trusted_proxies` to an empty list";
            return Err(garde::Error::new(why));
        }
        Ok(())
    }
}

fn postgres_scheme(url: &SecretUrl, (): &()) -> garde::Result {
    match url.scheme() {
        "postgres" | "postgresql" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected postgres"))),
    }
}

fn time_zone(name: &str, (): &()) -> garde::Result {
    jiff::tz::TimeZone::get(name)
        .map(drop)
        .map_err(|_| garde::Error::new("not a time zone of the IANA database, such as Europe/Berlin"))
}

fn not_empty(secret: &Secret, (): &()) -> garde::Result {
    if secret.expose().trim().is_empty() { Err(garde::Error::new("is empty; leave it out instead")) } else { Ok(()) }
}

fn header_name(name: &str, (): &()) -> garde::Result {
    HeaderName::try_from(name).map(drop).map_err(|_| garde::Error::new("not the name of an HTTP header"))
}

/// An origin as browsers write it: anything else would never match and leave the operator wondering.
fn origin(text: &str, (): &()) -> garde::Result {
    let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
    match Url::parse(text) {
        Ok(url) if web(&url) => Ok(()),
        _ => Err(garde::Error::new("not an origin such as https://iris.example or http://10.0.0.2:3000")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    /// The mistakes that these variables make, by key.
    fn mistakes(variables: &[(&str, &str)]) -> Vec<String> {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| format!("IRIS_{key}") == name).map(|(_, value)| OsString::from(value))
        };
        match iris_runtime::settings::load::<GatewaySettings>(None, &lookup) {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.0.into_iter().map(|mistake| mistake.key).collect(),
        }
    }

    #[test]
    fn listening_beyond_loopback_needs_authentication_and_the_proxys_secret() {
        let open = ("LISTEN", "0.0.0.0:8080");
        let refused = ["gateway.listen".to_owned()];
        assert_eq!(mistakes(&[open]), refused);
        assert_eq!(mistakes(&[open, ("AUTH_REQUIRED", "false"), ("SSO_PROXY_SECRET", "s")]), refused);
        assert_eq!(mistakes(&[("LISTEN", "[::]:8080")]), refused);
        for fine in [("SSO_PROXY_SECRET", "s"), ("ALLOW_INSECURE", "true")] {
            assert_eq!(mistakes(&[open, fine]), [""; 0], "{fine:?}");
        }
        for loopback in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(mistakes(&[("LISTEN", loopback), ("AUTH_REQUIRED", "false")]), [""; 0], "{loopback}");
        }
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        for (key, value) in [
            ("LISTEN", "localhost"),
            ("DATABASE_URL", "mysql://db/iris"),
            ("SSO_EMAIL_HEADER", "X Email"),
            ("TRUSTED_PROXIES", "10.0.0.0/8,nowhere"),
            ("ALLOWED_ORIGINS", "https://iris.example/"),
            ("ALLOWED_ORIGINS", "*"),
            ("LIVE_MJPEG_FPS", "0"),
            ("STATUS_STALE_SECONDS", "3601"),
            ("HLS_MAX_SESSIONS", "many"),
            ("API_KEY", " "),
            ("TIMEZONE", "Mars/Olympus"),
            ("TIMEZONE", "+01:00"),
            ("BIOMETRICS_ENABLED", "perhaps"),
        ] {
            let keys = mistakes(&[(key, value)]);
            let wanted = format!("gateway.{}", key.to_lowercase());
            assert!(keys.len() == 1 && keys[0].starts_with(&wanted), "{key}={value}: {keys:?}");
        }
    }
}
