//! Who a track may be: what the gallery found, as the decision wants it. Filled in by the leader of re-ID.

use super::evidence::{Evidence, ExemplarRef};
use crate::{Class, Feature, IdentityId, PersonId, Timestamp};

/// Best similarities that are averaged for the score of an identity: one lucky exemplar does not decide, and the many views of an
/// identity that do not resemble the present one do not spoil it.
const TOP: usize = 3;

/// An identity that a track may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The identity.
    pub identity: IdentityId,
    /// Whether an operator named it.
    pub named: bool,
    /// What it is.
    pub class: Class,
    /// Cosine of the track's faces to its faces. `None` must mean that it has none to compare with (or the track has none): an
    /// identity that was found by its appearance alone, and whose faces were not looked at, cannot be told apart by them.
    pub face: Option<f32>,
    /// Cosine of the track's appearance to its appearances, as far as they are not older than the appearance window.
    pub body: Option<f32>,
    /// When it was seen last, on any camera.
    pub last_seen: Timestamp,
    /// The track can never be it: a companion of the track is, or an operator said so.
    pub cannot_link: bool,
    /// The exemplars that gave the scores.
    pub exemplars: Vec<ExemplarRef>,
}

/// A person that a track may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonCandidate {
    /// The person.
    pub person: PersonId,
    /// Cosine of the track's faces to the enrolled ones.
    pub score: f32,
}

/// What a track was decided to be before. Its own exemplars must be left out of the candidates that it is reviewed with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The identity.
    pub identity: IdentityId,
    /// Why.
    pub evidence: Evidence,
    /// Whether this track is all there is of the identity and no operator named it: it can move and leave nothing behind.
    pub alone: bool,
}

/// How like an identity a track is: for each view of the track its most similar exemplar, and of those the mean of the best three.
/// `None` when nothing can be compared.
pub fn identity_score<'a, V, E>(views: V, exemplars: E) -> Option<f32>
where
    V: IntoIterator<Item = &'a Feature>,
    E: IntoIterator<Item = &'a Feature> + Clone,
{
    let best = |view: &Feature| {
        let similarities = exemplars.clone().into_iter().filter_map(|exemplar| view.similarity(exemplar));
        similarities.max_by(f32::total_cmp)
    };
    let mut best: Vec<f32> = views.into_iter().filter_map(best).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    best.truncate(TOP);
    (!best.is_empty()).then(|| best.iter().sum::<f32>() / best.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::feature;

    #[test]
    fn the_best_three_views_count() {
        let exemplars = [feature(&[1.0, 0.0]), feature(&[0.0, 1.0])];
        let views = [feature(&[1.0, 0.0]), feature(&[0.0, 1.0]), feature(&[1.0, 1.0]), feature(&[-1.0, -1.0])];
        let score = identity_score(&views, &exemplars).unwrap();
        assert!((score - (1.0 + 1.0 + 0.5f32.sqrt()) / 3.0).abs() < 1e-5);
        assert_eq!(identity_score(&views, &[]), None);
    }
}
