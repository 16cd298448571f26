//! `clip.proto`: manual recordings.

use std::time::Duration;

use iris_domain::{EventId, Span};

use crate::{Malformed, Message, checks, wire};

/// Asks the recorder for a manual clip of a stretch of buffered time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipRequest {
    /// From the press of the button to its release.
    pub span: Span,
    /// The camera's source generation.
    pub source_generation: i64,
}

/// The answer, given when the clip can be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipReply {
    /// The clip is there.
    Ready {
        /// Its event.
        event: EventId,
        /// Its length.
        duration: Duration,
    },
    /// The buffer holds nothing of that time.
    NothingBuffered,
    /// It could not be made; a line for a person.
    Failed(String),
}

impl Message for ClipRequest {
    type Wire = wire::ClipRequest;

    fn to_wire(&self) -> wire::ClipRequest {
        wire::ClipRequest {
            started_us: self.span.start.as_micros(),
            ended_us: self.span.end.as_micros(),
            source_generation: self.source_generation,
        }
    }

    fn from_wire(wire: wire::ClipRequest) -> Result<Self, Malformed> {
        let start = checks::timestamp(wire.started_us, "started_us")?;
        let end = checks::timestamp(wire.ended_us, "ended_us")?;
        let span = Span::new(start, end).ok_or_else(|| Malformed::new("a clip ends before it starts"))?;
        Ok(Self { span, source_generation: wire.source_generation })
    }
}

impl Message for ClipReply {
    type Wire = wire::ClipReply;

    fn to_wire(&self) -> wire::ClipReply {
        use wire::clip_reply::Kind;
        let kind = match self {
            Self::Ready { event, duration } => Kind::Ready(wire::ClipReady {
                event_id: event.get(),
                duration_ms: u32::try_from(duration.as_millis()).unwrap_or(u32::MAX),
            }),
            Self::NothingBuffered => Kind::Nothing(wire::NothingBuffered {}),
            Self::Failed(reason) => Kind::Failure(reason.clone()),
        };
        wire::ClipReply { kind: Some(kind) }
    }

    fn from_wire(wire: wire::ClipReply) -> Result<Self, Malformed> {
        use wire::clip_reply::Kind;
        match wire.kind {
            Some(Kind::Ready(ready)) => Ok(Self::Ready {
                event: EventId::new(ready.event_id).map_err(|error| Malformed::new(error.to_string()))?,
                duration: Duration::from_millis(u64::from(ready.duration_ms)),
            }),
            Some(Kind::Nothing(_)) => Ok(Self::NothingBuffered),
            Some(Kind::Failure(reason)) => Ok(Self::Failed(checks::text(reason, "failure")?)),
            None => Err(Malformed::new("an unknown clip answer")),
        }
    }
}
