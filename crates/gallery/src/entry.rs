//! What goes into a gallery, what is asked of it and what it answers.

use std::cmp::Ordering;
use std::fmt;

use iris_domain::{CameraId, Class, Feature, IdentityId, PersonId, Timestamp};

/// Scores that a hit carries at most: association takes an identity by the mean of its best few, not by one lucky exemplar.
pub const SCORES_MAX: usize = 3;

/// Whose vector an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// An identity, found by itself.
    Identity(IdentityId),
    /// A person, enrolled by hand.
    Person(PersonId),
}

impl Subject {
    /// Which of the two it is.
    pub fn of(self) -> Of {
        match self {
            Self::Identity(_) => Of::Identities,
            Self::Person(_) => Of::People,
        }
    }

    /// The row's number, which means nothing without [`Self::of`].
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Identity(id) => id.get(),
            Self::Person(id) => id.get(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(id) => write!(f, "identity {id}"),
            Self::Person(id) => write!(f, "person {id}"),
        }
    }
}

/// Identities or people: they are searched apart, since being the same as an identity and being an enrolled person are two
/// questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// Exemplars of identities.
    Identities,
    /// Enrolled faces of people.
    People,
}

/// What a vector was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An aligned face.
    Face,
    /// A whole body, vehicle or animal.
    Appearance,
}

/// One vector of a subject. It is known by its `id` among those of its [`Of`], [`Kind`] and models.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The row in Postgres: of an exemplar, or of a person's face.
    pub id: u64,
    /// Whose it is; a merge moves it to another.
    pub subject: Subject,
    /// What it was made of.
    pub kind: Kind,
    /// The vector and its models.
    pub feature: Feature,
    /// The subject's class.
    pub class: Class,
    /// Where it was seen; an uploaded photo was seen by no camera.
    pub camera: Option<CameraId>,
    /// When it was seen.
    pub captured: Timestamp,
}

/// Who looks like this? Entries of other models than the feature's are never compared with it.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// What was seen.
    pub feature: &'a Feature,
    /// What it was made of.
    pub kind: Kind,
    /// Among whom to look.
    pub of: Of,
    /// Only entries of this class.
    pub class: Option<&'a Class>,
    /// Only entries captured at this time or later.
    pub since: Option<Timestamp>,
    /// Not these.
    pub exclude: &'a [Subject],
    /// Subjects at most.
    pub limit: usize,
}

impl<'a> Query<'a> {
    /// Asks among all entries, of any class and age.
    pub fn new(of: Of, kind: Kind, feature: &'a Feature, limit: usize) -> Self {
        Self { feature, kind, of, class: None, since: None, exclude: &[], limit }
    }
}

/// A subject that looks like what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Who.
    pub subject: Subject,
    /// Its entry that looks most like it.
    pub entry: u64,
    /// The cosine to that entry, -1..1.
    pub score: f32,
    /// The cosines to its best entries, [`SCORES_MAX`] at most, best first; the first is `score`.
    pub scores: Vec<f32>,
}

impl Hit {
    /// Of entries with their cosines: the best first, of equals the one with the smaller id. `None` of none.
    pub(crate) fn best_of(subject: Subject, mut entries: Vec<(u64, f32)>) -> Option<Self> {
        entries.sort_by(|(id_a, a), (id_b, b)| b.total_cmp(a).then(id_a.cmp(id_b)));
        entries.truncate(SCORES_MAX);
        let (entry, score) = *entries.first()?;
        Some(Self { subject, entry, score, scores: entries.into_iter().map(|(_, score)| score).collect() })
    }

    /// Best first; equals by subject, so that the same gallery answers the same.
    pub(crate) fn order(a: &Self, b: &Self) -> Ordering {
        b.score.total_cmp(&a.score).then(a.subject.cmp(&b.subject))
    }
}
