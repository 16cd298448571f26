//! The sightings' repository: one track's stay on one camera, as one identity. The leader of re-ID records them, any number of times by
//! their track's key; the gateway lists them. A sighting is linked to the events of its camera that it overlaps.

pub(crate) mod events;
mod list;
mod purge;
mod record;
mod record_details;
mod relabel;
pub(crate) mod row;

use iris_domain::identity::{Evidence, ExemplarKind, MatchKind};
use iris_domain::{CameraId, Class, EventId, Feature, IdentityId, PersonId, SightingId, Timestamp, TrackKey};

use crate::Store;
use crate::gallery::ExemplarId;
use crate::identities::Traits;

pub use purge::{DELETE_SIGHTINGS_BATCH, DeletedSightings};
pub(crate) use purge::{delete_all_of, remove};
pub use relabel::FaceSighting;

/// The sightings of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Sightings<'a> {
    pub(crate) store: &'a Store,
}

/// Whose sighting a track is to become or be, and why.
#[derive(Debug, Clone, PartialEq)]
pub enum Belongs {
    /// A new identity's. A track that already is a sighting stays as it is: told twice, it founds one.
    ToNew(Evidence),
    /// This identity's. A track that is another's moves. Where an operator said whose it is, it stays as it is.
    To(IdentityId, Evidence),
    /// Not this identity's, as it was taken for, but a new one's. A track that is another's by now stays as it is.
    AwayFrom(IdentityId, Evidence),
    /// Whoever's it is, for whatever reason it was.
    AsBefore,
}

/// A track as its sighting shall be. Writing it twice is writing it once.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSighting {
    /// The track.
    pub track: TrackKey,
    /// Where.
    pub camera_id: CameraId,
    /// The camera's source generation it was filmed under.
    pub source_generation: i64,
    /// What it is.
    pub object_class: Class,
    /// First picture with it; what was written first stays.
    pub ts: Timestamp,
    /// Latest picture with it; never goes back.
    pub end_ts: Timestamp,
    /// Whether the track is over; it stays over.
    pub ended: bool,
    /// Best detection score, 0..1; never falls.
    pub confidence: f32,
    /// Whose it is.
    pub belongs: Belongs,
    /// The person it was recognised as; `None` leaves it as it is.
    pub person: Option<RecognisedPerson>,
    /// Path of its crop in the library; `None` leaves it as it is.
    pub thumb_path: Option<String>,
    /// The track's faces on the whole; `None` leaves them as they are.
    pub face: Option<Feature>,
    /// The track's appearance on the whole; `None` leaves it as it is.
    pub body: Option<Feature>,
    /// What it looks like; what is known replaces what was.
    pub traits: Traits,
    /// Views of this track that its identity is now known by.
    pub exemplars_added: Vec<NewExemplar>,
    /// Exemplars of its identity that make room.
    pub exemplars_removed: Vec<ExemplarId>,
    /// Faces captured of it.
    pub face_samples: Vec<NewFaceSample>,
}

/// A person as recognised in a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecognisedPerson {
    /// The person.
    pub person_id: PersonId,
    /// The cosine that decided.
    pub score: f32,
}

/// A view that becomes an exemplar.
#[derive(Debug, Clone, PartialEq)]
pub struct NewExemplar {
    /// What it shows.
    pub kind: ExemplarKind,
    /// Its vector.
    pub feature: Feature,
    /// When it was filmed; one of a kind at a time.
    pub captured: Timestamp,
}

/// A captured face.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFaceSample {
    /// When; one at a time.
    pub ts: Timestamp,
    /// Its vector.
    pub feature: Feature,
    /// Path of its picture in the library.
    pub thumb_path: String,
}

/// What became of recording a sighting.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// It is written.
    Written(WrittenSighting),
    /// The identity vanished, is of another class, or was never founded: decide again.
    Gone,
    /// The camera looks elsewhere by now, or the sighting was deleted: this track is not to be recorded any more.
    Stale,
}

/// A written sighting.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenSighting {
    /// Its row.
    pub sighting: SightingId,
    /// Whose it is now, whatever was asked for.
    pub identity: IdentityId,
    /// That identity's name.
    pub identity_name: Option<String>,
    /// Whether that identity was founded by this.
    pub created: bool,
    /// Whose it was before, when it moved. An unnamed identity that has lost its last sighting is gone.
    pub moved_from: Option<IdentityId>,
    /// What it is linked by now.
    pub match_kind: MatchKind,
    /// The person it is recognised as, with their name.
    pub person_id: Option<PersonId>,
    /// The person's name when recognised.
    pub person_name: Option<String>,
    /// The exemplars that were added, in the order given; where they are more than an identity may have, some are gone again.
    pub exemplars: Vec<ExemplarId>,
    /// The events it is in, oldest first.
    pub events: Vec<EventId>,
}

/// A stored sighting.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Its row.
    pub id: SightingId,
    /// The track.
    pub track: TrackKey,
    /// Whose it is.
    pub identity_id: IdentityId,
    /// That identity's name of today.
    pub identity_name: Option<String>,
    /// Where.
    pub camera_id: CameraId,
    /// The camera's name of today.
    pub camera_name: String,
    /// What it is.
    pub object_class: Class,
    /// First picture with it.
    pub ts: Timestamp,
    /// Latest picture with it.
    pub end_ts: Timestamp,
    /// Whether the track is over.
    pub ended: bool,
    /// Best detection score, 0..1.
    pub confidence: f32,
    /// What it is linked by.
    pub match_kind: MatchKind,
    /// The cosine that decided; of an operator's word, what the machine had seen before.
    pub match_score: Option<f32>,
    /// How far it stood above the next identity's.
    pub match_margin: Option<f32>,
    /// Why, as the machine saw it.
    pub evidence: Evidence,
    /// The person it was recognised as, unless deleted since.
    pub person_id: Option<PersonId>,
    /// The person's name when recognised.
    pub person_name: Option<String>,
    /// The first event it is in.
    pub event_id: Option<EventId>,
    /// Path of its crop in the library.
    pub thumb_path: Option<String>,
}

/// A page of sightings.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedSightings {
    /// All that match, on whatever page.
    pub total: u64,
    /// Those of the page, newest first.
    pub sightings: Vec<Sighting>,
}

/// Whose sighting a track is.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackIdentity {
    /// The track.
    pub track: TrackKey,
    /// Its sighting.
    pub sighting: SightingId,
    /// Whose it is.
    pub identity: IdentityId,
    /// That identity's name.
    pub identity_name: Option<String>,
    /// What it is linked by.
    pub match_kind: MatchKind,
    /// The person it was recognised as.
    pub person_id: Option<PersonId>,
    /// The person's name when recognised.
    pub person_name: Option<String>,
}
