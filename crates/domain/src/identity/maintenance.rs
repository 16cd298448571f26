//! Tidying up: which identities have turned out to be one. Driven by the leader of re-ID now and then; each proposal becomes one
//! operation that an operator can undo. What an operator named is never merged, nor what was told apart or seen side by side.

use std::collections::BTreeSet;
use std::time::Duration;

use super::apart::ApartPairs;
use super::centroid::Centroid;
use super::evidence::{Evidence, MatchKind};
use super::rules::AssociationRules;
use crate::{CameraId, Class, IdentityId, Span};

/// Two tracks may overlap so long in one camera's pictures and yet be one thing: the tracker lost it and found it again.
const OVERLAP_FORGIVEN: Duration = Duration::from_secs(1);

/// An identity as tidying up sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownIdentity {
    /// Which.
    pub identity: IdentityId,
    /// Whether an operator named it.
    pub named: bool,
    /// What it is.
    pub class: Class,
    /// The middle of its face exemplars.
    pub face: Option<Centroid>,
    /// The middle of its appearances of late.
    pub body: Option<Centroid>,
    /// When it was seen on which camera, in any order; at least as far back as its appearances.
    pub presences: Vec<(CameraId, Span)>,
    /// How often it was seen.
    pub sightings: u64,
}

/// Two identities are one.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeProposal {
    /// The one that stays: seen more often, or else the older.
    pub target: IdentityId,
    /// The one that goes.
    pub source: IdentityId,
    /// Why.
    pub evidence: Evidence,
}

/// The merges that are safe, most similar first; an identity takes part in one of them at most, so that each is judged anew with
/// what the last one made.
pub fn maintenance(known: &[KnownIdentity], apart: &ApartPairs, rules: &AssociationRules) -> Vec<MergeProposal> {
    let unnamed: Vec<&KnownIdentity> = known.iter().filter(|identity| !identity.named).collect();
    let mut found: Vec<MergeProposal> = pairs(&unnamed)
        .filter(|(a, b)| !are_different(a, b, apart))
        .filter_map(|(a, b)| {
            let evidence = by_face(a, b, rules).or_else(|| by_body(a, b, &unnamed, apart, rules))?;
            Some(proposal(a, b, evidence))
        })
        .collect();
    found.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then((a.target, a.source).cmp(&(b.target, b.source))));
    let mut busy = BTreeSet::new();
    found.retain(|merge| {
        let free = !busy.contains(&merge.target) && !busy.contains(&merge.source);
        if free {
            busy.extend([merge.target, merge.source]);
        }
        free
    });
    found
}

fn pairs<'a>(known: &'a [&'a KnownIdentity]) -> impl Iterator<Item = (&'a KnownIdentity, &'a KnownIdentity)> {
    let all = known.iter().enumerate().flat_map(|(index, a)| known[..index].iter().map(move |b| (*a, *b)));
    all.filter(|(a, b)| a.class == b.class && a.identity != b.identity)
}

fn are_different(a: &KnownIdentity, b: &KnownIdentity, apart: &ApartPairs) -> bool {
    apart.contains(a.identity, b.identity) || were_side_by_side(a, b)
}

/// Seen by one camera at one time.
fn were_side_by_side(a: &KnownIdentity, b: &KnownIdentity) -> bool {
    let overlap = |one: &Span, other: &Span| one.end.min(other.end).since(one.start.max(other.start));
    a.presences.iter().any(|(camera, one)| {
        let of_camera = b.presences.iter().filter(|(other, _)| other == camera);
        of_camera.map(|(_, other)| overlap(one, other)).any(|together| together > OVERLAP_FORGIVEN)
    })
}

fn by_face(a: &KnownIdentity, b: &KnownIdentity, rules: &AssociationRules) -> Option<Evidence> {
    let face = face_of(a, b).filter(|face| *face >= rules.face_join)?;
    let body = body_of(a, b);
    Some(evidence(MatchKind::Face, face, Some(face), body, "the faces of two identities are the same"))
}

/// The same appearance within minutes, where no face denies it and nobody else looks the same who is known to be another.
fn by_body(
    a: &KnownIdentity,
    b: &KnownIdentity,
    known: &[&KnownIdentity],
    apart: &ApartPairs,
    rules: &AssociationRules,
) -> Option<Evidence> {
    let body = body_of(a, b).filter(|body| *body >= rules.body_join)?;
    let face = face_of(a, b);
    let denied = face.is_some_and(|face| face < rules.face_maybe);
    if denied || !seen_within(a, b, rules.merge_window) {
        return None;
    }
    let looks_like = |one: &KnownIdentity, third: &KnownIdentity| {
        body_of(one, third).is_some_and(|other| other >= body - rules.body_margin)
    };
    let denies = |one: &KnownIdentity, other: &KnownIdentity, third: &KnownIdentity| {
        let another =
            are_different(other, third, apart) || face_of(other, third).is_some_and(|face| face < rules.face_veto);
        another && looks_like(one, third)
    };
    let thirds = known.iter().filter(|third| third.identity != a.identity && third.identity != b.identity);
    let ambiguous =
        thirds.filter(|third| third.class == a.class).any(|third| denies(a, b, third) || denies(b, a, third));
    (!ambiguous).then(|| {
        evidence(MatchKind::Appearance, body, face, Some(body), "two identities seen within minutes look the same")
    })
}

fn seen_within(a: &KnownIdentity, b: &KnownIdentity, window: Duration) -> bool {
    let gap = |one: &Span, other: &Span| one.start.since(other.end).max(other.start.since(one.end));
    a.presences.iter().any(|(_, one)| b.presences.iter().any(|(_, other)| gap(one, other) <= window))
}

fn face_of(a: &KnownIdentity, b: &KnownIdentity) -> Option<f32> {
    a.face.as_ref()?.likeness(b.face.as_ref()?)
}

fn body_of(a: &KnownIdentity, b: &KnownIdentity) -> Option<f32> {
    a.body.as_ref()?.likeness(b.body.as_ref()?)
}

fn evidence(kind: MatchKind, score: f32, face: Option<f32>, body: Option<f32>, reason: &str) -> Evidence {
    Evidence { kind, score: Some(score), margin: None, face, body, exemplars: Vec::new(), reason: reason.into() }
}

fn proposal(a: &KnownIdentity, b: &KnownIdentity, evidence: Evidence) -> MergeProposal {
    let a_stays = a.sightings.cmp(&b.sightings).then(b.identity.cmp(&a.identity)).is_gt();
    let (target, source) = if a_stays { (a, b) } else { (b, a) };
    MergeProposal { target: target.identity, source: source.identity, evidence }
}

/// Faces before appearances.
fn strength(merge: &MergeProposal) -> f32 {
    let score = merge.evidence.score.unwrap_or(0.0);
    if merge.evidence.kind == MatchKind::Face { score + 1.0 } else { score }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Feature;
    use crate::identity::toys::{Person, at};

    struct Town(Vec<KnownIdentity>, ApartPairs);

    fn identity(id: i64, minute: f64, face: Option<Feature>, body: Option<Feature>) -> KnownIdentity {
        let start = at(minute * 60.0);
        let span = Span::new(start, start.plus(Duration::from_secs(10))).unwrap();
        KnownIdentity {
            identity: IdentityId::new(id).unwrap(),
            named: false,
            class: Class::person(),
            face: Centroid::of(&face),
            body: Centroid::of(&body),
            presences: vec![(CameraId::new(1).unwrap(), span)],
            sightings: 1,
        }
    }

    impl Town {
        fn merges(&self) -> Vec<(i64, i64, MatchKind)> {
            let merges = maintenance(&self.0, &self.1, &AssociationRules::default());
            merges.iter().map(|one| (one.target.get(), one.source.get(), one.evidence.kind)).collect()
        }
    }

    fn same_face() -> Town {
        let anna = Person::number(1);
        let seen = |id: i64, minute: f64| identity(id, minute, Some(anna.face_like(0.9, id as u64)), None);
        Town(vec![seen(1, 0.0), seen(2, 600.0)], ApartPairs::default())
    }

    fn same_clothes(minutes: f64) -> Town {
        let anna = Person::number(1);
        let seen = |id: i64, minute: f64| identity(id, minute, None, Some(anna.body_like(0.99, id as u64)));
        Town(vec![seen(1, 0.0), seen(2, minutes)], ApartPairs::default())
    }

    #[test]
    fn the_same_face_is_one_and_the_better_known_stays() {
        let mut town = same_face();
        assert_eq!(town.merges(), [(1, 2, MatchKind::Face)]);
        town.0[1].sightings = 5;
        assert_eq!(town.merges(), [(2, 1, MatchKind::Face)]);
    }

    #[test]
    fn the_same_clothes_are_one_within_minutes() {
        assert_eq!(same_clothes(10.0).merges(), [(1, 2, MatchKind::Appearance)]);
        assert_eq!(same_clothes(20.0).merges(), []);
    }

    #[test]
    fn what_was_named_told_apart_or_seen_side_by_side_is_left_alone() {
        let mut town = same_face();
        town.0[0].named = true;
        assert_eq!(town.merges(), []);
        let mut town = same_face();
        town.1.insert(town.0[0].identity, town.0[1].identity);
        assert_eq!(town.merges(), []);
        let mut town = same_face();
        town.0[1].presences = town.0[0].presences.clone();
        assert_eq!(town.merges(), []);
        town.0[1].presences[0].0 = CameraId::new(2).unwrap();
        assert_eq!(town.merges().len(), 1, "two cameras may see the same place");
        let mut town = same_face();
        town.0[1].class = Class::new("dog").unwrap();
        assert_eq!(town.merges(), []);
    }

    #[test]
    fn clothes_that_somebody_else_wears_too_say_nothing() {
        let mut town = same_clothes(5.0);
        let (anna, berta) = (Person::number(1), Person::number(2));
        let third = identity(3, 0.0, Some(berta.face_like(0.9, 1)), Some(anna.body_like(0.99, 3)));
        town.0.push(third);
        assert_eq!(town.merges(), [], "1 and 3 were seen side by side, and 2 looks like both");
    }

    #[test]
    fn each_takes_part_once() {
        let mut town = same_face();
        town.0.push(identity(3, 900.0, Some(Person::number(1).face_like(0.9, 3)), None));
        assert_eq!(town.merges().len(), 1);
    }
}
