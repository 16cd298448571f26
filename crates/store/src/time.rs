//! Wall time to and from `timestamptz`. Both count microseconds, so nothing is rounded.

use iris_domain::Timestamp;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;

use crate::error::Failure;

/// A domain time as a column's value.
pub(crate) fn to_column(time: Timestamp) -> DateTime {
    DateTime::from_unix_timestamp_nanos(i128::from(time.as_micros()) * 1_000)
        .expect("a Timestamp ends with the year 9999, as does this type")
}

/// A column's value as a domain time; `field` names it in the error.
pub(crate) fn from_column(time: DateTime, field: &str) -> Result<Timestamp, Failure> {
    let micros = time.unix_timestamp_nanos() / 1_000;
    i64::try_from(micros)
        .ok()
        .and_then(Timestamp::from_micros)
        .ok_or_else(|| Failure::Corrupt(format!("{field} {time} lies outside 1970 to 9999")))
}
