//! Settings that must not be printed: tokens, and addresses that may hold a password.
//! They read like text and write themselves as `***`, so that `--check`, logs and `Debug` are safe by type.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use url::Url;

/// What is shown instead of a secret.
const HIDDEN: &str = "***";

/// A token, key or password. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes `text` as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself, for the one place that sends or compares it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde's own message would quote the value.
        let text = String::deserialize(deserializer)
            .map_err(|_| de::Error::custom("expected text in quotes (the value is not shown, it is a secret)"))?;
        Ok(Self::new(text))
    }
}

/// An address that may carry credentials, such as `postgres://iris:password@db/iris`. Shown with `***` in their place.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

impl SecretUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// When `text` is no absolute URL; the error does not quote it.
    pub fn parse(text: &str) -> Result<Self, url::ParseError> {
        Url::parse(text).map(Self)
    }

    /// The address with its credentials, for the one place that connects.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The URL's scheme, such as `postgres`.
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.0.scheme())?;
        if !self.0.username().is_empty() || self.0.password().is_some() {
            write!(f, "{HIDDEN}@")?;
        }
        write!(f, "{}", self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        // The query is left out: drivers take `?password=` there.
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wanted = "expected an address such as scheme://host:port (the value is not shown, it may hold a password)";
        let text = String::deserialize(deserializer).map_err(|_| de::Error::custom(wanted))?;
        Self::parse(&text).map_err(|error| de::Error::custom(format_args!("{error}; {wanted}")))
    }
}
