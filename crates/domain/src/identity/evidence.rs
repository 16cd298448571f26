//! Why a track is who it is: kept with every sighting, so that an operator can see it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::SightingId;
use crate::event::UnknownWord;

/// What a sighting was linked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchKind {
    /// The face.
    Face,
    /// The appearance: clothes, build, paint.
    Appearance,
    /// Nothing: it founded its identity.
    New,
    /// An operator's word, which no machine changes.
    Manual,
}

impl MatchKind {
    /// The word of the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Appearance => "appearance",
            Self::New => "new",
            Self::Manual => "manual",
        }
    }
}

impl FromStr for MatchKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "face" => Ok(Self::Face),
            "appearance" => Ok(Self::Appearance),
            "new" => Ok(Self::New),
            "manual" => Ok(Self::Manual),
            _ => Err(UnknownWord("face, appearance, new, manual")),
        }
    }
}

impl fmt::Display for MatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an exemplar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExemplarKind {
    /// A face.
    Face,
    /// A whole appearance.
    Appearance,
}

impl ExemplarKind {
    /// The word of the database and the index.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Appearance => "appearance",
        }
    }
}

impl FromStr for ExemplarKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "face" => Ok(Self::Face),
            "appearance" => Ok(Self::Appearance),
            _ => Err(UnknownWord("face, appearance")),
        }
    }
}

/// An exemplar that spoke for a match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExemplarRef {
    /// The sighting it was taken of.
    pub sighting: SightingId,
    /// What it shows.
    pub kind: ExemplarKind,
    /// Its cosine to the track.
    pub score: f32,
}

/// Why a track is who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What decided.
    pub kind: MatchKind,
    /// The deciding cosine; of a founded identity, that of the most similar known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// How far the deciding cosine stood above that of the next identity; none where there was no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f32>,
    /// Cosine of the faces, where both had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<f32>,
    /// Cosine of the appearances, where both had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<f32>,
    /// The exemplars it was compared with, most similar first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemplars: Vec<ExemplarRef>,
    /// The rule that decided, in words for an operator.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_no_other_does() {
        for kind in [MatchKind::Face, MatchKind::Appearance, MatchKind::New, MatchKind::Manual] {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for kind in [ExemplarKind::Face, ExemplarKind::Appearance] {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("Face".parse::<MatchKind>().is_err() && "body".parse::<ExemplarKind>().is_err());
    }

    #[test]
    fn evidence_is_stored_without_what_is_not_there() {
        let evidence = Evidence {
            kind: MatchKind::New,
            score: None,
            margin: None,
            face: None,
            body: Some(0.5),
            exemplars: Vec::new(),
            reason: "nobody known is like it".into(),
        };
        let stored = serde_json::to_value(&evidence).unwrap();
        assert_eq!(stored, serde_json::json!({"kind": "new", "body": 0.5, "reason": "nobody known is like it"}));
        assert_eq!(serde_json::from_value::<Evidence>(stored).unwrap(), evidence);
    }
}
