//! One type per identifier, so that two of them can never be swapped.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An identifier was zero, negative or too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a whole number between 1 and 9223372036854775807")]
pub struct InvalidId;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl $name {
            /// Accepts the positive 64-bit integers.
            pub fn new(value: i64) -> Result<Self, InvalidId> {
                if value > 0 { Ok(Self(value)) } else { Err(InvalidId) }
            }

            /// The number behind the id.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = InvalidId;
            fn try_from(value: i64) -> Result<Self, InvalidId> {
                Self::new(value)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map_err(|_| InvalidId).and_then(Self::new)
            }
        }
    };
}

row_id!(
    /// A camera's row in Postgres.
    CameraId
);
row_id!(
    /// A time without pictures in Postgres.
    DowntimeId
);
row_id!(
    /// An event's row in Postgres.
    EventId
);
row_id!(
    /// An identity (automatic, cross-camera) in Postgres.
    IdentityId
);
row_id!(
    /// A manually enrolled person in Postgres.
    PersonId
);
row_id!(
    /// One sighting of an identity in Postgres.
    SightingId
);
row_id!(
    /// One captured face in Postgres.
    FaceSampleId
);
row_id!(
    /// One enrolled face of a person in Postgres.
    PersonFaceId
);
row_id!(
    /// One correction by an operator in Postgres.
    OperationId
);

/// Names an event before Postgres knows it: made by the recorder, the key of every idempotent write and of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventKey(pub Uuid);

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Names a track everywhere and for ever: the tracker's run (fresh at each start of a camera's analysis) and its number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackKey {
    /// The tracker's run.
    pub run: Uuid,
    /// Counts from 1 within the run.
    pub number: u64,
}

/// Names one running process of a service, for leases and heartbeats.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceId(String);

impl InstanceId {
    /// Accepts 1-64 of `[A-Za-z0-9_-]`: the name becomes part of a bus subject.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        is_plain(&name).then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names a cell: the folder that an ingest and a recorder share. Clones share it, since every picture's tracks carry it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(Arc<str>);

impl CellId {
    /// Accepts what [`InstanceId::new`] does.
    pub fn new(name: &str) -> Option<Self> {
        is_plain(name).then(|| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
