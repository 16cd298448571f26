//! `reid.proto`: what the re-ID service is asked.

use bytes::Bytes;
use iris_domain::{Feature, IdentityId, SightingId};

use crate::observation::FACE_BYTES_MAX;
use crate::{Malformed, Message, checks, feature, wire};

/// Largest photo, in bytes: below the bus's payload limit of 8 MB.
pub const PHOTO_BYTES_MAX: usize = 6 << 20;
/// Most faces that are counted.
const FACES_MAX: u32 = 10_000;
/// Most rows of a search.
pub const ROWS_MAX: usize = 500;

/// What do the networks say of this photo?
#[derive(Debug, Clone, PartialEq)]
pub struct EmbedRequest {
    /// The photo.
    pub jpeg: Bytes,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub enum EmbedReply {
    /// What was seen.
    Embedded(Embedded),
    /// The bytes are no picture.
    Unreadable,
    /// A network is missing or refused; a line for a person.
    Unavailable(String),
}

/// What the networks say of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// How many faces there are.
    pub faces_detected: u32,
    /// The largest of them; none when there is no face, or none that can be told from others.
    pub face: Option<EmbeddedFace>,
    /// The whole photo, where it looks like a picture of one person.
    pub body: Option<Feature>,
}

/// A face in a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedFace {
    /// Its vector.
    pub feature: Feature,
    /// The face with a margin.
    pub jpeg: Bytes,
}

/// Who looks most like this? At least one of the two vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    /// A face.
    pub face: Option<Feature>,
    /// A body.
    pub body: Option<Feature>,
    /// At most this many rows, 1..=[`ROWS_MAX`].
    pub limit: u32,
}

/// The answer, the most similar first.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchReply {
    /// One row for each identity.
    pub rows: Vec<SearchRow>,
}

/// One identity that looks similar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchRow {
    /// Which identity.
    pub identity: IdentityId,
    /// The sighting whose vector was the most similar.
    pub sighting: SightingId,
    /// Cosine of the faces.
    pub face_score: Option<f32>,
    /// Cosine of the bodies.
    pub body_score: Option<f32>,
}

/// Take in what was corrected, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReloadRequest;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReloadReply {
    /// The newest change that is in the index; 0 when there never was one.
    pub epoch: i64,
}

impl Message for EmbedRequest {
    type Wire = wire::EmbedRequest;

    fn to_wire(&self) -> wire::EmbedRequest {
        wire::EmbedRequest { jpeg: self.jpeg.clone() }
    }

    fn from_wire(wire: wire::EmbedRequest) -> Result<Self, Malformed> {
        Ok(Self { jpeg: checks::jpeg(wire.jpeg, PHOTO_BYTES_MAX, "a photo")? })
    }
}

impl Message for EmbedReply {
    type Wire = wire::EmbedReply;

    fn to_wire(&self) -> wire::EmbedReply {
        use wire::embed_reply::Kind;
        let kind = match self {
            Self::Embedded(embedded) => Kind::Embedded(embedded_to_wire(embedded)),
            Self::Unreadable => Kind::Unreadable(wire::Unreadable {}),
            Self::Unavailable(reason) => Kind::Unavailable(reason.clone()),
        };
        wire::EmbedReply { kind: Some(kind) }
    }

    fn from_wire(wire: wire::EmbedReply) -> Result<Self, Malformed> {
        use wire::embed_reply::Kind;
        match wire.kind {
            Some(Kind::Embedded(embedded)) => Ok(Self::Embedded(embedded_from_wire(embedded)?)),
            Some(Kind::Unreadable(wire::Unreadable {})) => Ok(Self::Unreadable),
            Some(Kind::Unavailable(reason)) => Ok(Self::Unavailable(checks::text(reason, "unavailable")?)),
            None => Err(Malformed::new("an unknown answer about a photo")),
        }
    }
}

fn embedded_to_wire(embedded: &Embedded) -> wire::Embedded {
    wire::Embedded {
        faces_detected: embedded.faces_detected,
        face: embedded
            .face
            .as_ref()
            .map(|face| wire::EmbeddedFace { feature: Some(feature::to_wire(&face.feature)), jpeg: face.jpeg.clone() }),
        body: embedded.body.as_ref().map(feature::to_wire),
    }
}

fn embedded_from_wire(wire: wire::Embedded) -> Result<Embedded, Malformed> {
    if wire.faces_detected > FACES_MAX {
        return Err(Malformed::new(format!("more than {FACES_MAX} faces")));
    }
    Ok(Embedded {
        faces_detected: wire.faces_detected,
        face: wire.face.map(face_from_wire).transpose()?,
        body: feature::optional_from_wire(wire.body)?,
    })
}

fn face_from_wire(wire: wire::EmbeddedFace) -> Result<EmbeddedFace, Malformed> {
    Ok(EmbeddedFace {
        feature: feature::from_wire(wire.feature.ok_or_else(|| Malformed::new("a face without its vector"))?)?,
        jpeg: checks::jpeg(wire.jpeg, FACE_BYTES_MAX, "a face")?,
    })
}

impl Message for SearchRequest {
    type Wire = wire::SearchRequest;

    fn to_wire(&self) -> wire::SearchRequest {
        wire::SearchRequest {
            face: self.face.as_ref().map(feature::to_wire),
            body: self.body.as_ref().map(feature::to_wire),
            limit: self.limit,
        }
    }

    fn from_wire(wire: wire::SearchRequest) -> Result<Self, Malformed> {
        let (face, body) = (feature::optional_from_wire(wire.face)?, feature::optional_from_wire(wire.body)?);
        if face.is_none() && body.is_none() {
            return Err(Malformed::new("a search for nothing"));
        }
        if !(1..=ROWS_MAX as u32).contains(&wire.limit) {
            return Err(Malformed::new(format!("limit is not within 1..={ROWS_MAX}")));
        }
        Ok(Self { face, body, limit: wire.limit })
    }
}

impl Message for SearchReply {
    type Wire = wire::SearchReply;

    fn to_wire(&self) -> wire::SearchReply {
        wire::SearchReply { rows: self.rows.iter().map(row_to_wire).collect() }
    }

    fn from_wire(wire: wire::SearchReply) -> Result<Self, Malformed> {
        checks::count(&wire.rows, ROWS_MAX, "rows")?;
        Ok(Self { rows: wire.rows.iter().map(row_from_wire).collect::<Result<_, _>>()? })
    }
}

fn row_to_wire(row: &SearchRow) -> wire::SearchRow {
    wire::SearchRow {
        identity_id: row.identity.get(),
        sighting_id: row.sighting.get(),
        face_score: row.face_score,
        body_score: row.body_score,
    }
}

fn row_from_wire(wire: &wire::SearchRow) -> Result<SearchRow, Malformed> {
    let score = |score: Option<f32>, field| score.map(|score| checks::cosine(score, field)).transpose();
    Ok(SearchRow {
        identity: checks::id(wire.identity_id, IdentityId::new, "identity id")?,
        sighting: checks::id(wire.sighting_id, SightingId::new, "sighting id")?,
        face_score: score(wire.face_score, "face_score")?,
        body_score: score(wire.body_score, "body_score")?,
    })
}

impl Message for ReloadRequest {
    type Wire = wire::ReloadRequest;

    fn to_wire(&self) -> wire::ReloadRequest {
        wire::ReloadRequest {}
    }

    fn from_wire(wire::ReloadRequest {}: wire::ReloadRequest) -> Result<Self, Malformed> {
        Ok(Self)
    }
}

impl Message for ReloadReply {
    type Wire = wire::ReloadReply;

    fn to_wire(&self) -> wire::ReloadReply {
        wire::ReloadReply { epoch: self.epoch }
    }

    fn from_wire(wire: wire::ReloadReply) -> Result<Self, Malformed> {
        if wire.epoch < 0 {
            return Err(Malformed::new("an epoch is not negative"));
        }
        Ok(Self { epoch: wire.epoch })
    }
}
