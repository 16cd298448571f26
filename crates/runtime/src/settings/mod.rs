//! Settings: one TOML file for all services, overridden by `IRIS_<KEY>`, read once before anything is opened.
//!
//! A service reads the table `[common]` and its own. Every mistake is found in one go and names the key, the place
//! and what would be right. Driven by [`crate::main`]; tests of a service's settings call [`load`] themselves.

mod common;
mod secret;
mod source;
mod table;
mod value;

pub use common::{CommonSettings, HealthListen, LogFormat};
pub use secret::{Secret, SecretUrl};

use serde::{Serialize, de::DeserializeOwned};
use source::SettingsFile;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The services' tables, and the health port of each on 127.0.0.1 where `health_listen` does not say otherwise.
pub const SERVICES: [(&str, u16); 6] =
    [("gateway", 9100), ("ingest", 9101), ("detect", 9102), ("recorder", 9103), ("reid", 9104), ("notify", 9105)];

/// A service's own settings.
///
/// Derive `Deserialize` with `#[serde(default)]` on the struct (a key that is not set, or is wrong, takes its default
/// while the other mistakes are looked for), and do not use `#[serde(flatten)]` (it hides the keys' names).
/// Bounds are checked by garde, all of them.
pub trait Settings: DeserializeOwned + Serialize + garde::Validate<Context = ()> + Default {
    /// The table's name in the settings file: one of [`SERVICES`].
    const TABLE: &'static str;
}

/// How an environment variable is looked up; `&|name| std::env::var_os(name)` outside tests.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Settings that were read without a mistake.
#[derive(Debug)]
pub struct Loaded<S> {
    /// `[common]`.
    pub common: CommonSettings,
    /// The service's own table.
    pub service: S,
}

impl<S: Settings> Loaded<S> {
    /// The settings in force as TOML, defaults included, secrets as `***`.
    ///
    /// # Errors
    /// When a value has no TOML form, such as a whole number above `i64::MAX`.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let common = toml::to_string(&BTreeMap::from([("common", &self.common)]))?;
        let service = toml::to_string(&BTreeMap::from([(S::TABLE, &self.service)]))?;
        Ok(format!("{common}\n{service}"))
    }
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of the settings file, counted from 1; 0 is the file as a whole.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// Nowhere: the default is in force.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One wrong setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key with its table, such as `ingest.segment_seconds`.
    pub key: String,
    /// Where it was written.
    pub origin: Origin,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Mistake {
    fn new(key: impl Into<String>, origin: Origin, message: impl Into<String>) -> Self {
        Self { key: key.into(), origin, message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.key, self.origin, self.message)
    }
}

/// All mistakes of one reading; never empty.
#[derive(Debug, thiserror::Error)]
#[error("{} wrong in the settings:{}", count(.0), list(.0))]
pub struct Mistakes(pub Vec<Mistake>);

fn count(mistakes: &[Mistake]) -> String {
    if mistakes.len() == 1 { "one thing is".to_owned() } else { format!("{} things are", mistakes.len()) }
}

fn list(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect()
}

/// Reads the settings of one service.
///
/// # Errors
/// All mistakes of the file, of the environment and of the bounds, together.
pub fn load<S: Settings>(file: Option<&Path>, variables: Variables<'_>) -> Result<Loaded<S>, Mistakes> {
    let mut mistakes = Vec::new();
    let file = file.map(|path| SettingsFile::read(path, &mut mistakes)).unwrap_or_default();
    let mut common: CommonSettings = table::read("common", &file, variables, &mut mistakes);
    let service: S = table::read(S::TABLE, &file, variables, &mut mistakes);
    common.complete(S::TABLE);
    if mistakes.is_empty() { Ok(Loaded { common, service }) } else { Err(Mistakes(mistakes)) }
}
