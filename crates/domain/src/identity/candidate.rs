//! Who a track may be: what the gallery found, as the decision wants it. Filled in by the leader of re-ID.

use std::collections::BTreeSet;

use super::centroid::Centroid;
use super::evidence::{Evidence, ExemplarRef};
use super::rules::AssociationRules;
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
    /// Those of the other candidates that are certainly somebody else, filled in by [`tell_apart`]. Only they are its rivals: one person
    /// who was founded twice looks like both, which is no reason to be neither.
    pub apart_from: BTreeSet<IdentityId>,
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

/// Notes which of the candidates are certainly two: an operator named both or said so, or they were seen side by side (`are_apart`), or
/// their faces are of two people. `faces` are the middles of their face exemplars, in the candidates' order.
pub fn tell_apart(
    candidates: &mut [Candidate],
    faces: &[Option<Centroid>],
    are_apart: impl Fn(IdentityId, IdentityId) -> bool,
    rules: &AssociationRules,
) {
    for a in 1..candidates.len() {
        for b in 0..a {
            let (one, other) = (&candidates[a], &candidates[b]);
            let likeness = faces[a].as_ref().zip(faces[b].as_ref()).and_then(|(one, other)| one.likeness(other));
            let unlike = likeness.is_some_and(|likeness| likeness < rules.face_veto);
            if unlike || (one.named && other.named) || are_apart(one.identity, other.identity) {
                let (one, other) = (one.identity, other.identity);
                candidates[a].apart_from.insert(other);
                candidates[b].apart_from.insert(one);
            }
        }
    }
}

/// How like an identity a track is: the mean of the best three similarities of what the track looks like on average to the exemplars.
/// `None` when nothing can be compared.
pub fn identity_score<'a>(track: &Feature, exemplars: impl IntoIterator<Item = &'a Feature>) -> Option<f32> {
    let mut best: Vec<f32> = exemplars.into_iter().filter_map(|exemplar| track.similarity(exemplar)).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    best.truncate(TOP);
    (!best.is_empty()).then(|| best.iter().sum::<f32>() / best.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::feature;

    #[test]
    fn the_best_three_exemplars_count() {
        let track = feature(&[1.0, 0.0]);
        let exemplars = [feature(&[1.0, 0.0]), feature(&[0.0, 1.0]), feature(&[1.0, 1.0]), feature(&[-1.0, -1.0])];
        let score = identity_score(&track, &exemplars).unwrap();
        assert!((score - (1.0 + 0.5f32.sqrt()) / 3.0).abs() < 1e-5);
        assert_eq!(identity_score(&track, []), None);
    }
}
