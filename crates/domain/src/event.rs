//! Events: one presence on one camera, or one manual recording, with the state of its clip. The recorder makes and finishes them,
//! the store keeps them, the gateway shows them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{CameraId, EventId, EventKey, IdentityId, PersonId, Span, Timestamp};

/// What made an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A presence: something that triggers was in view.
    Track,
    /// An operator pressed record.
    Manual,
}

/// How far an event's clip has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClipStatus {
    /// The presence goes on.
    Recording,
    /// It is over; the clip waits for its post-roll or is being cut.
    Pending,
    /// The clip can be played.
    Ready,
    /// There will be no clip; the event says why.
    Failed,
}

/// A text is none of the words of an [`EventKind`] or [`ClipStatus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of: {0}")]
pub struct UnknownWord(pub(crate) &'static str);

impl EventKind {
    /// The word of the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Manual => "manual",
        }
    }
}

impl FromStr for EventKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "track" => Ok(Self::Track),
            "manual" => Ok(Self::Manual),
            _ => Err(UnknownWord("track, manual")),
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ClipStatus {
    /// The word of the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for ClipStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "recording" => Ok(Self::Recording),
            "pending" => Ok(Self::Pending),
            "ready" => Ok(Self::Ready),
            "failed" => Ok(Self::Failed),
            _ => Err(UnknownWord("recording, pending, ready, failed")),
        }
    }
}

impl fmt::Display for ClipStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event to be written for the first time. Its camera, source, label and `ts` never change afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Chosen by the recorder; writing the same key twice is writing it once.
    pub key: EventKey,
    /// What made it.
    pub kind: EventKind,
    /// Where.
    pub camera_id: CameraId,
    /// The [`crate::camera_record::CameraRecord::source_generation`] it was filmed under.
    pub source_generation: i64,
    /// The class that triggered, or `manual`; never empty.
    pub label: String,
    /// First trigger detection, or the start of the manual recording.
    pub ts: Timestamp,
    /// Last trigger detection; `None` while it goes on.
    pub end_ts: Option<Timestamp>,
    /// Best detection score so far, 0..1.
    pub confidence: f32,
    /// Tracks that triggered so far.
    pub num_tracks: u32,
    /// [`ClipStatus::Recording`] or [`ClipStatus::Pending`].
    pub clip_status: ClipStatus,
}

/// What changed about an event. `None` leaves a field as it is, so that writing a change twice is writing it once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventChange {
    /// Last trigger detection.
    pub end_ts: Option<Timestamp>,
    /// Best detection score, 0..1.
    pub confidence: Option<f32>,
    /// Tracks that triggered.
    pub num_tracks: Option<u32>,
    /// Path of the thumbnail in the media library.
    pub thumbnail_path: Option<String>,
    /// How the clip has gone on.
    pub clip: Option<ClipChange>,
}

/// A step of an event's clip.
#[derive(Debug, Clone, PartialEq)]
pub enum ClipChange {
    /// The presence is over, the clip is to be cut.
    Pending,
    /// The clip is in the library.
    Ready(ClipRecord),
    /// There will be none, and why, in words for a person.
    Failed(String),
}

/// A finished clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipRecord {
    /// Path in the media library.
    pub path: String,
    /// Wall time from its first to its last picture.
    pub span: Span,
    /// Stretches of the promised time that it does not show, oldest first.
    pub gaps: Vec<Span>,
    /// Size of the file.
    pub size_bytes: u64,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its row.
    pub id: EventId,
    /// The recorder's name for it.
    pub key: EventKey,
    /// What made it.
    pub kind: EventKind,
    /// Where.
    pub camera_id: CameraId,
    /// The camera's name today.
    pub camera_name: String,
    /// The source generation it was filmed under.
    pub source_generation: i64,
    /// The class that triggered, or `manual`.
    pub label: String,
    /// First trigger detection, or the start of the manual recording.
    pub ts: Timestamp,
    /// Last trigger detection; `None` while it goes on.
    pub end_ts: Option<Timestamp>,
    /// Best detection score, 0..1.
    pub confidence: f32,
    /// Tracks that triggered.
    pub num_tracks: u32,
    /// How far the clip has come.
    pub clip_status: ClipStatus,
    /// Why there is no clip; set exactly when `clip_status` is [`ClipStatus::Failed`].
    pub clip_failure: Option<String>,
    /// The clip; set exactly when `clip_status` is [`ClipStatus::Ready`].
    pub clip: Option<ClipRecord>,
    /// Path of the thumbnail in the media library.
    pub thumbnail_path: Option<String>,
    /// When it was written first.
    pub created_at: Timestamp,
    /// Who is in it.
    pub subjects: EventSubjects,
}

/// Who is in an event, as far as re-ID knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventSubjects {
    /// The main subject: the one longest in view.
    pub identity: Option<NamedIdentity>,
    /// The person the main subject was recognised as, unless deleted since.
    pub person_id: Option<PersonId>,
    /// That person's name when recognised.
    pub person_name: Option<String>,
    /// Everyone, by id.
    pub identities: Vec<NamedIdentity>,
}

/// An identity with its name of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedIdentity {
    /// The identity.
    pub id: IdentityId,
    /// Its name.
    pub name: Option<String>,
}

impl Event {
    /// Seconds from the first to the last trigger; `None` while it goes on.
    pub fn duration_seconds(&self) -> Option<f64> {
        self.end_ts.map(|end| end.seconds_since(self.ts))
    }
}

/// Which events a list, a count or a clearance means; `None` and an empty filter mean all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventFilter {
    /// Of this camera.
    pub camera_id: Option<CameraId>,
    /// With exactly this label.
    pub label: Option<String>,
    /// Whose main subject was recognised as this person.
    pub person_id: Option<PersonId>,
    /// In which this identity is, as the main subject or beside it.
    pub identity_id: Option<IdentityId>,
    /// `ts` at or after.
    pub from: Option<Timestamp>,
    /// `ts` before.
    pub to: Option<Timestamp>,
}

impl EventFilter {
    /// Whether an event passes.
    pub fn admits(&self, event: &Event) -> bool {
        self.camera_id.is_none_or(|camera_id| camera_id == event.camera_id)
            && self.label.as_ref().is_none_or(|label| *label == event.label)
            && self.person_id.is_none_or(|person_id| Some(person_id) == event.subjects.person_id)
            && self.identity_id.is_none_or(|id| event.subjects.identities.iter().any(|identity| identity.id == id))
            && self.from.is_none_or(|from| from <= event.ts)
            && self.to.is_none_or(|to| event.ts < to)
    }
}

/// A stretch of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Items wanted at most.
    pub limit: u64,
    /// Items passed over first.
    pub offset: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_no_other_does() {
        for kind in [EventKind::Track, EventKind::Manual] {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for status in [ClipStatus::Recording, ClipStatus::Pending, ClipStatus::Ready, ClipStatus::Failed] {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert!("Track".parse::<EventKind>().is_err());
        assert_eq!("".parse::<ClipStatus>().unwrap_err().to_string(), "not one of: recording, pending, ready, failed");
    }
}
