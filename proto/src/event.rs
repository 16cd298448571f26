//! `event.proto`: what happened to an event.

use iris_domain::{EventId, EventKey};

use crate::{Malformed, Message, checks, wire};

/// Something changed about an event; its row in Postgres says what it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventFact {
    /// The row.
    pub event: EventId,
    /// The recorder's own name of it.
    pub key: EventKey,
    /// What happened.
    pub change: EventChange,
}

/// The stages of an event's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventChange {
    /// A presence began.
    Opened,
    /// It goes on with something new: another subject, a better score.
    Updated,
    /// It ended; the clip is still to be cut.
    Closed,
    /// The clip can be played.
    ClipReady,
    /// There will be no clip; the row says why.
    ClipFailed,
}

impl EventChange {
    /// A short word for message ids and the feed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Closed => "closed",
            Self::ClipReady => "clip_ready",
            Self::ClipFailed => "clip_failed",
        }
    }
}

impl Message for EventFact {
    type Wire = wire::EventFact;

    fn to_wire(&self) -> wire::EventFact {
        let change = match self.change {
            EventChange::Opened => wire::EventChange::Opened,
            EventChange::Updated => wire::EventChange::Updated,
            EventChange::Closed => wire::EventChange::Closed,
            EventChange::ClipReady => wire::EventChange::ClipReady,
            EventChange::ClipFailed => wire::EventChange::ClipFailed,
        };
        wire::EventFact { event_id: self.event.get(), key: checks::uuid_bytes(self.key.0), change: change.into() }
    }

    fn from_wire(wire: wire::EventFact) -> Result<Self, Malformed> {
        let change = match wire.change() {
            wire::EventChange::Opened => EventChange::Opened,
            wire::EventChange::Updated => EventChange::Updated,
            wire::EventChange::Closed => EventChange::Closed,
            wire::EventChange::ClipReady => EventChange::ClipReady,
            wire::EventChange::ClipFailed => EventChange::ClipFailed,
            wire::EventChange::Unspecified => return Err(Malformed::new("an unknown event change")),
        };
        Ok(Self {
            event: EventId::new(wire.event_id).map_err(|error| Malformed::new(error.to_string()))?,
            key: EventKey(checks::uuid(&wire.key, "key")?),
            change,
        })
    }
}
