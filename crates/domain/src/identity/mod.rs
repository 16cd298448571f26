//! Who is who: tracks of all cameras in, identities and people out.
//!
//! Driven by the leader of re-ID, one [`Tracklet`] per track: each [`Observation`] (what the networks said of one crop) is taken in,
//! the gallery is asked for [`Candidate`]s, and [`decide`] or [`decide_together`] says what the track is, with its [`Evidence`].
//! A face decides first; appearance only within hours, and never against a face; two things seen side by side are never one; a weak
//! view waits rather than founding an identity. Nothing here asks the gallery, the database or the clock.

mod apart;
mod candidate;
mod centroid;
mod decide;
mod evidence;
mod exemplars;
mod groups;
mod linkage;
mod maintenance;
mod observation;
mod recognise;
mod review;
mod rules;
mod split;
mod together;
mod tracklet;
mod views;

pub use apart::ApartPairs;
pub use candidate::{Candidate, PersonCandidate, Settled, identity_score, tell_apart};
pub use centroid::Centroid;
pub use decide::{Decision, decide};
pub use evidence::{Evidence, ExemplarKind, ExemplarRef, MatchKind};
pub use exemplars::{EXEMPLARS_MAX, ExemplarView, select_exemplars};
pub use groups::{FaceGroup, GroupSettings, GroupedFace, group_faces};
pub use maintenance::{KnownIdentity, MergeProposal, maintenance};
pub use observation::{FaceView, Observation};
pub use recognise::{Recognition, recognise};
pub use rules::AssociationRules;
pub use split::{SplitSighting, split_in_two};
pub use together::{Undecided, decide_together};
pub use tracklet::{BodyView, KeptFace, Noted, Tracklet, VIEWS_MAX};
pub use views::MeanView;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenes;
#[cfg(test)]
mod toys;
