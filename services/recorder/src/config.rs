//! The table `[recorder]` of the settings.

use std::time::Duration;

use garde::Validate;
use iris_domain::retention::RetentionRules;
use iris_runtime::{SecretUrl, Settings};
use serde::{Deserialize, Serialize};

/// One day in seconds.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// How events are kept.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct RecorderSettings {
    /// The Postgres database, `postgres://user:password@host:port/database`.
    #[garde(custom(postgres_scheme))]
    pub database_url: SecretUrl,
    /// All clips together, in bytes; beyond it the oldest events go. 0 is without bound: then only the floor of free space holds.
    #[garde(skip)]
    pub library_quota_bytes: u64,
    /// Free space of the media disk below which the oldest events go, in bytes; 0 turns this off. The default of 1 GiB leaves
    /// the segment buffers of ten cameras about ten minutes at 2 Mbit/s.
    #[garde(skip)]
    pub free_floor_bytes: u64,
    /// Events older than this many days go, whatever room there is. Not set: they stay.
    #[garde(inner(range(min = 1, max = 36_500)))]
    pub event_retention_days: Option<u32>,
    /// Clips cut at once, 1 to 16. Cutting copies packets, so two keep a disk busy.
    #[garde(range(min = 1, max = 16))]
    pub cut_workers: usize,
}

impl Default for RecorderSettings {
    fn default() -> Self {
        Self {
            database_url: SecretUrl::parse("postgres://iris@127.0.0.1:5432/iris").expect("a valid address"),
            library_quota_bytes: 0,
            free_floor_bytes: 1 << 30,
            event_retention_days: None,
            cut_workers: 2,
        }
    }
}

impl Settings for RecorderSettings {
    const TABLE: &'static str = "recorder";
}

impl RecorderSettings {
    /// What retention obeys.
    pub fn retention(&self) -> RetentionRules {
        let days = |days: u32| Duration::from_secs(u64::from(days) * DAY_SECONDS);
        RetentionRules {
            quota_bytes: (self.library_quota_bytes > 0).then_some(self.library_quota_bytes),
            free_floor_bytes: self.free_floor_bytes,
            age_max: self.event_retention_days.map(days),
        }
    }
}

fn postgres_scheme(url: &SecretUrl, _: &()) -> garde::Result {
    match url.scheme() {
        "postgres" | "postgresql" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected postgres"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named() {
        let settings = RecorderSettings {
            database_url: SecretUrl::parse("mysql://iris:secret@db/iris").unwrap(),
            event_retention_days: Some(0),
            cut_workers: 0,
            ..RecorderSettings::default()
        };
        let report = settings.validate().unwrap_err().to_string();
        assert!(
            ["database_url", "event_retention_days", "cut_workers"].iter().all(|key| report.contains(key)),
            "{report}"
        );
        assert!(!report.contains("secret"));
        RecorderSettings::default().validate().unwrap();
    }

    #[test]
    fn zero_is_no_quota() {
        assert_eq!(RecorderSettings::default().retention().quota_bytes, None);
        let settings = RecorderSettings { library_quota_bytes: 5, event_retention_days: Some(2), ..Default::default() };
        assert_eq!(settings.retention().quota_bytes, Some(5));
        assert_eq!(settings.retention().age_max, Some(Duration::from_secs(2 * DAY_SECONDS)));
    }
}
