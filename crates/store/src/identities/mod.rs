//! The identities' repository: who is known again, by what, and what operators corrected. Re-ID founds identities by recording
//! sightings; the gateway lists and corrects them; the leader's maintenance merges what has become one. Every correction is one
//! transaction with one entry in the ledger.

mod analytics;
mod apart;
mod deletion;
pub(crate) mod exemplars;
mod ledger;
mod list;
mod merge;
mod relations;
mod row;
mod split;
mod undo;
mod undo_merge;
mod undo_rename;
mod undo_split;
mod update;
pub(crate) mod upkeep;
mod vectors;

use iris_domain::{CameraId, Class, IdentityId, Timestamp};

use crate::Store;

pub use analytics::{Analytics, AnalyticsSummary, CameraAnalytics, HourAnalytics, KindAnalytics};
pub use deletion::{DELETE_IDENTITIES_BATCH, DeletedIdentities};
pub use ledger::{ListedOperations, Operation, OperationKind};
pub use merge::{MergeRefused, Merged};
pub use relations::KnownIdentityRow;
pub use split::{SplitOff, SplitRefused};
pub use undo::{UndoRefused, Undone};
pub use vectors::SightingVectors;

/// The identities of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Identities<'a> {
    pub(crate) store: &'a Store,
}

/// Whoever was seen, known again on any camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its row.
    pub id: IdentityId,
    /// As an operator named it.
    pub name: Option<String>,
    /// Whether an operator stands for it: maintenance never merges it.
    pub is_named: bool,
    /// An operator's notes.
    pub notes: Option<String>,
    /// What it is.
    pub object_class: Class,
    /// What it looks like.
    pub traits: Traits,
    /// Time in view, all its sightings together.
    pub total_seconds: f64,
    /// How many sightings it has.
    pub num_sightings: u64,
    /// When its first sighting began.
    pub first_seen: Timestamp,
    /// When it was in view last.
    pub last_seen: Timestamp,
    /// The cameras that saw it, by id.
    pub cameras: Vec<NamedCamera>,
    /// Path of its representative body crop in the library.
    pub rep_thumb_path: Option<String>,
    /// Path of its best face in the library.
    pub face_thumb_path: Option<String>,
    /// When it was founded.
    pub created_at: Timestamp,
}

/// What a thing looks like; mostly of vehicles. `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traits {
    /// Name of its colour.
    pub color: Option<String>,
    /// Its colour, `#rrggbb`.
    pub color_hex: Option<String>,
    /// Who made it.
    pub make: Option<String>,
    /// What kind of vehicle it is.
    pub vehicle_type: Option<String>,
}

/// A camera with its name of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCamera {
    /// The camera.
    pub id: CameraId,
    /// Its name.
    pub name: String,
}

/// An identity with what only a close look asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityDetail {
    /// The identity.
    pub identity: Identity,
    /// Faces it is known by.
    pub num_face_exemplars: u64,
    /// Appearances it is known by.
    pub num_appearance_exemplars: u64,
}

/// Which identities a list means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdentityFilter {
    /// Only those an operator stands for.
    pub named_only: bool,
    /// Only those with so many sightings or more.
    pub min_sightings: u64,
    /// Only those of this class.
    pub object_class: Option<String>,
}

/// A page of identities.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedIdentities {
    /// All that match, on whatever page.
    pub total: u64,
    /// Those of the page, most recently seen first.
    pub identities: Vec<Identity>,
}

/// What an operator changes about an identity; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdentityChange {
    /// A name, which makes it named; empty takes the name away, and with it `is_named`.
    pub name: Option<String>,
    /// Notes; empty takes them away.
    pub notes: Option<String>,
    /// Whether an operator stands for it, over what the name says.
    pub is_named: Option<bool>,
}
