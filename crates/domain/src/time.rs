//! Wall time: when something was filmed or happened. Machines are driven by `now`, a [`std::time::Instant`] that the driver reads;
//! the codec's media time stays inside the `media` crate.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Wall time in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

/// A text is no time, or a time that Iris cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time: give RFC 3339 such as 2026-11-23T02:07:09.123Z, or a date")]
pub struct InvalidTime;

/// 9999-12-31T23:59:59.999999Z, the last moment RFC 3339 can write.
const MICROS_MAX: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// Refuses times before 1970 and after 9999, which no camera films and RFC 3339 cannot write.
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if 0 <= micros && micros <= MICROS_MAX { Some(Self(micros)) } else { None }
    }

    /// As [`Self::from_micros`], from milliseconds.
    pub const fn from_millis(millis: i64) -> Option<Self> {
        match millis.checked_mul(1_000) {
            Some(micros) => Self::from_micros(micros),
            None => None,
        }
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The clock's time; out of the type's range it is clamped to it.
    pub fn from_system(time: std::time::SystemTime) -> Self {
        let micros = time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_micros());
        Self(i64::try_from(micros).unwrap_or(MICROS_MAX).min(MICROS_MAX))
    }

    /// RFC 3339 with any offset; without an offset UTC is meant; a date alone is its midnight UTC.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        use jiff::{civil, tz::TimeZone};
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Self::from_micros(instant.as_microsecond()).ok_or(InvalidTime);
        }
        let civil: civil::DateTime = text.parse().map_err(|_| InvalidTime)?;
        let zoned = civil.to_zoned(TimeZone::UTC).map_err(|_| InvalidTime)?;
        Self::from_micros(zoned.timestamp().as_microsecond()).ok_or(InvalidTime)
    }

    /// `self + span`, clamped to the type's range.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(duration_micros(span)).min(MICROS_MAX))
    }

    /// `self - span`, clamped to the type's range.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(duration_micros(span)).max(0))
    }

    /// How long `self` lies after `earlier`; zero when it does not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Seconds from `earlier` to `self`, negative when `self` is the earlier one.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }
}

fn duration_micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(MICROS_MAX)
}

/// RFC 3339, UTC, milliseconds: `2026-11-23T02:07:09.123Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.as_millis()).expect("the type's range lies within jiff's");
        write!(f, "{instant:.3}")
    }
}

/// A stretch of wall time, `start <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First moment.
    pub start: Timestamp,
    /// Moment after the last.
    pub end: Timestamp,
}

impl Span {
    /// The stretch between two moments; `None` when they are in the wrong order.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start <= end).then_some(Self { start, end })
    }

    /// Its length.
    pub fn duration(self) -> Duration {
        self.end.since(self.start)
    }

    /// Whether the two share more than a border.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_contract_allows_and_writes_milliseconds_utc() {
        for (text, written) in [
            ("2026-11-23T02:07:09.123Z", "2026-11-23T02:07:09.123Z"),
            ("2026-11-23T03:07:09.123456+01:00", "2026-11-23T02:07:09.123Z"),
            ("2026-11-23T02:07:09", "2026-11-23T02:07:09.000Z"),
            ("2026-11-23", "2026-11-23T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2026-13-01", "1969-12-31T00:00:00Z", "12:00", "123"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }
}
