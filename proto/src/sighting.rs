//! `sighting.proto`: who a track is.

use iris_domain::identity::MatchKind;
use iris_domain::{IdentityId, PersonId, SightingId, TrackKey};

use crate::{Malformed, Message, checks, wire};

/// A track is an identity; the rows in Postgres say what that is now.
#[derive(Debug, Clone, PartialEq)]
pub struct SightingFact {
    /// The row.
    pub sighting: SightingId,
    /// Which track.
    pub track: TrackKey,
    /// Who or what it is.
    pub identity: IdentityId,
    /// The identity's name, if somebody gave it one.
    pub identity_name: Option<String>,
    /// The enrolled person that was recognised.
    pub person: Option<PersonId>,
    /// That person's name.
    pub person_name: Option<String>,
    /// By what it was known.
    pub match_kind: MatchKind,
    /// Similarity that decided, a cosine; none for a new identity.
    pub score: Option<f32>,
    /// The track is over.
    pub ended: bool,
}

impl Message for SightingFact {
    type Wire = wire::SightingFact;

    fn to_wire(&self) -> wire::SightingFact {
        let match_kind = match self.match_kind {
            MatchKind::Face => wire::MatchKind::Face,
            MatchKind::Appearance => wire::MatchKind::Appearance,
            MatchKind::New => wire::MatchKind::New,
            MatchKind::Manual => wire::MatchKind::Manual,
        };
        wire::SightingFact {
            sighting_id: self.sighting.get(),
            run: checks::uuid_bytes(self.track.run),
            number: self.track.number,
            identity_id: self.identity.get(),
            identity_name: self.identity_name.clone().unwrap_or_default(),
            person_id: self.person.map_or(0, PersonId::get),
            person_name: self.person_name.clone().unwrap_or_default(),
            match_kind: match_kind.into(),
            score: self.score,
            ended: self.ended,
        }
    }

    fn from_wire(wire: wire::SightingFact) -> Result<Self, Malformed> {
        let match_kind = match wire.match_kind() {
            wire::MatchKind::Face => MatchKind::Face,
            wire::MatchKind::Appearance => MatchKind::Appearance,
            wire::MatchKind::New => MatchKind::New,
            wire::MatchKind::Manual => MatchKind::Manual,
            wire::MatchKind::Unspecified => return Err(Malformed::new("an unknown kind of match")),
        };
        Ok(Self {
            sighting: checks::id(wire.sighting_id, SightingId::new, "sighting id")?,
            track: checks::track(&wire.run, wire.number)?,
            identity: checks::id(wire.identity_id, IdentityId::new, "identity id")?,
            identity_name: checks::optional_text(wire.identity_name, "identity_name")?,
            person: checks::optional_id(wire.person_id, PersonId::new, "person id")?,
            person_name: checks::optional_text(wire.person_name, "person_name")?,
            match_kind,
            score: wire.score.map(|score| checks::cosine(score, "score")).transpose()?,
            ended: wire.ended,
        })
    }
}
