//! An event as clients see it.

use iris_domain::{ClipStatus, Event, EventSubjects, NamedIdentity, Span};
use iris_store::Sighting;
use serde::Serialize;
use utoipa::ToSchema;

use crate::identities::view::SightingView;
use crate::time::Time;

/// One presence on one camera, or one manual recording.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its number.
    #[schema(example = 12)]
    id: i64,
    /// `track` or `manual`.
    #[schema(example = "track")]
    kind: &'static str,
    #[schema(example = 1)]
    camera_id: i64,
    /// The camera's name today.
    #[schema(example = "Front door")]
    camera_name: String,
    /// The class that triggered, or `manual`.
    #[schema(example = "person")]
    label: String,
    /// The first trigger detection.
    ts: Time,
    /// The last one; null while the presence goes on.
    end_ts: Option<Time>,
    /// Seconds from `ts` to `end_ts`.
    #[schema(example = 7.25)]
    duration: Option<f64>,
    /// The best detection's score.
    #[schema(example = 0.87)]
    confidence: f32,
    /// Tracks that triggered.
    num_tracks: u32,
    #[serde(flatten)]
    subjects: Subjects,
    /// `recording`, `pending`, `ready` or `failed`.
    #[schema(example = "ready")]
    clip_status: &'static str,
    /// Whether there is a clip to fetch.
    has_clip: bool,
    /// Whether there is a thumbnail to fetch.
    has_thumbnail: bool,
    #[schema(example = "/api/events/12/clip")]
    clip_url: Option<String>,
    #[schema(example = "/api/events/12/thumbnail")]
    thumb_url: Option<String>,
    /// The stretch of time the clip shows.
    clip_span: Option<Stretch>,
    /// Stretches inside it without video.
    clip_gaps: Vec<Stretch>,
    created_at: Time,
}

/// Who was recognised.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Subjects {
    /// The main subject as an enrolled person: of all who were seen, the one longest in view.
    person_id: Option<i64>,
    /// That person's name as it was recognised.
    person_name: Option<String>,
    /// The main subject as an identity.
    identity_id: Option<i64>,
    /// That identity's name today.
    identity_name: Option<String>,
    /// Everyone who was seen, by id.
    identities: Vec<IdentityName>,
}

/// An identity by its name today.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityName {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "Postman")]
    name: Option<String>,
}

impl Subjects {
    fn new(subjects: EventSubjects) -> Self {
        let (identity_id, identity_name) = match subjects.identity {
            Some(identity) => (Some(identity.id.get()), identity.name),
            None => (None, None),
        };
        let named = |identity: NamedIdentity| IdentityName { id: identity.id.get(), name: identity.name };
        Self {
            person_id: subjects.person_id.map(Into::into),
            person_name: subjects.person_name,
            identity_id,
            identity_name,
            identities: subjects.identities.into_iter().map(named).collect(),
        }
    }
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventList {
    /// All that match the filter.
    #[schema(example = 1)]
    pub total: u64,
    /// Those of the page, newest first.
    pub items: Vec<EventView>,
}

/// An event with what only its own page shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventDetail {
    #[serde(flatten)]
    event: EventView,
    /// Why there is no clip; null unless `clip_status` is `failed`.
    clip_error: Option<String>,
    /// Who was seen when, oldest first.
    sightings: Vec<SightingView>,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stretch {
    start: Time,
    end: Time,
}

impl From<Span> for Stretch {
    fn from(span: Span) -> Self {
        Self { start: Time(span.start), end: Time(span.end) }
    }
}

impl EventView {
    /// An event of the store.
    pub fn new(event: Event) -> Self {
        let id = event.id;
        let url = |there: bool, what: &str| there.then(|| format!("/api/events/{id}/{what}"));
        let clip = event.clip.as_ref();
        let (has_clip, has_thumbnail) = (event.clip_status == ClipStatus::Ready, event.thumbnail_path.is_some());
        Self {
            id: id.get(),
            kind: event.kind.as_str(),
            camera_id: event.camera_id.get(),
            duration: event.duration_seconds(),
            camera_name: event.camera_name,
            label: event.label,
            ts: Time(event.ts),
            end_ts: event.end_ts.map(Time),
            confidence: event.confidence,
            num_tracks: event.num_tracks,
            subjects: Subjects::new(event.subjects),
            clip_status: event.clip_status.as_str(),
            has_clip,
            has_thumbnail,
            clip_url: url(has_clip, "clip"),
            thumb_url: url(has_thumbnail, "thumbnail"),
            clip_span: clip.map(|clip| clip.span.into()),
            clip_gaps: clip.map(|clip| clip.gaps.iter().copied().map(Stretch::from).collect()).unwrap_or_default(),
            created_at: Time(event.created_at),
        }
    }
}

impl EventDetail {
    /// An event of the store with the sightings in it.
    pub fn new(event: Event, sightings: Vec<Sighting>) -> Self {
        Self {
            clip_error: event.clip_failure.clone(),
            sightings: sightings.into_iter().map(SightingView::new).collect(),
            event: EventView::new(event),
        }
    }
}
