//! The time of day that decisions go by: the system's, or in a replay that of the footage.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use iris_domain::Timestamp;

/// See the module's comment; clones show the same time.
#[derive(Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// Set by whoever replays, in milliseconds since 1970.
    Replay(Arc<AtomicI64>),
}

impl Clock {
    /// What it shows.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_system(SystemTime::now()),
            Self::Replay(millis) => Timestamp::from_millis(millis.load(Ordering::Relaxed)).unwrap_or(Timestamp::EPOCH),
        }
    }
}
