//! Wall time as the API writes it. The only place that turns a [`Timestamp`] into JSON, and the gateway's only look at the clock.

use std::time::SystemTime;

use iris_domain::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A moment: RFC 3339, UTC, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-23T02:07:09.123Z")]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The wall clock's time.
pub fn wall_now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}
